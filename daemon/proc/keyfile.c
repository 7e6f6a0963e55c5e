/* SPDX-License-Identifier: Apache-2.0 */
/* keyfile.c - see keyfile.h. */
#include "daemon/proc/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/file.h"

#define KEYFILE_MAX 8192u /* a key file is some hundred bytes */

/* Who may read it?  (proto/keys.h asks the same of a file) */
static enum mash_err
check_mode(int fd, const char *path, unsigned uid, char *why, size_t why_size)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        (void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
        return MASH_E_IO;
    }
    if (!S_ISREG(status.st_mode)) {
        (void)snprintf(why, why_size, "%s: not a regular file", path);
        return MASH_E_FORMAT;
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        (void)snprintf(why, why_size, "%s: others may read this secret key (mode %04o): chmod 0600 it", path,
                       (unsigned)(status.st_mode & 07777));
        return MASH_E_DENIED;
    }
    if (status.st_uid != 0 && status.st_uid != uid) {
        (void)snprintf(why, why_size, "%s: belongs to uid %u: chown it to uid %u", path, (unsigned)status.st_uid, uid);
        return MASH_E_DENIED;
    }
    return MASH_OK;
}

static enum mash_err
seal_copy(int fd, int *ret_fd)
{
    uint8_t content[KEYFILE_MAX];
    size_t len = 0;
    int copy = -1;
    enum mash_err err = mash_file_read_fd(fd, content, sizeof(content), &len);
    if (err != MASH_OK)
        goto out;
    err = MASH_E_IO;
    copy = memfd_create("key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy < 0 || fchmod(copy, 0600) != 0 || pwrite(copy, content, len, 0) != (ssize_t)len)
        goto out;
    if (fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        goto out;
    *ret_fd = copy;
    copy = -1;
    err = MASH_OK;
out:
    explicit_bzero(content, sizeof(content));
    if (copy >= 0)
        (void)close(copy);
    return err;
}

enum mash_err
mash_keyfile_open(const char *path, unsigned uid, int *ret_fd, char *ret_why, size_t why_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        (void)snprintf(ret_why, why_size, "%s: %s", path, strerror(errno));
        return MASH_E_IO;
    }
    enum mash_err err = check_mode(fd, path, uid, ret_why, why_size);
    if (err == MASH_OK) {
        err = seal_copy(fd, ret_fd);
        if (err != MASH_OK)
            (void)snprintf(ret_why, why_size, "%s: %s", path,
                           err == MASH_E_LIMIT ? "too large for a key file" : strerror(errno));
    }
    (void)close(fd);
    return err;
}
