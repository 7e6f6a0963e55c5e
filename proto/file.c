/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - see file.h. */
#include "proto/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum mash_err
errno_err(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return MASH_E_UNKNOWN;
    case EEXIST:
        return MASH_E_CONFLICT;
    case ENOSPC:
    case EDQUOT:
        return MASH_E_FULL;
    case ENOMEM:
        return MASH_E_NOMEM;
    default:
        return MASH_E_IO;
    }
}

const char *
mash_file_strerror(enum mash_err err)
{
    switch (err) {
    case MASH_E_UNKNOWN:
        return strerror(errno == ENOTDIR ? ENOTDIR : ENOENT);
    case MASH_E_CONFLICT:
        return strerror(EEXIST);
    case MASH_E_IO:
        return strerror(errno);
    case MASH_E_FORMAT:
        return "not a regular file";
    default:
        return mash_strerror(err);
    }
}

enum mash_err
mash_file_read_fd(int fd, uint8_t *buffer, size_t size, size_t *ret_len)
{
    size_t len = 0;
    for (;;) {
        uint8_t beyond;
        uint8_t *at = len < size ? buffer + len : &beyond;
        size_t room = len < size ? size - len : 1;
        ssize_t got = pread(fd, at, room, (off_t)len);
        if (got < 0 && errno == ESPIPE)
            got = read(fd, at, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return MASH_E_IO;
        if (got == 0)
            break;
        if (len == size)
            return MASH_E_LIMIT;
        len += (size_t)got;
    }
    *ret_len = len;
    return MASH_OK;
}

enum mash_err
mash_file_read(const char *path, struct mash_bytes *ret_content)
{
    struct stat status;
    size_t before = ret_content->len;
    size_t len = 0;
    uint8_t *at = NULL;
    enum mash_err err;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0) {
        err = errno_err();
    } else if (!S_ISREG(status.st_mode)) {
        err = MASH_E_FORMAT;
    } else {
        err = mash_bytes_extend(ret_content, (size_t)status.st_size, &at);
        if (err == MASH_OK) {
            err = mash_file_read_fd(fd, at, (size_t)status.st_size, &len);
            ret_content->len = err == MASH_OK ? before + len : before;
        }
    }
    if (fd >= 0)
        (void)close(fd);
    return err;
}

static enum mash_err
write_all(int fd, struct mash_span content)
{
    size_t done = 0;
    while (done < content.len) {
        ssize_t put = write(fd, content.data + done, content.len - done);
        if (put < 0 && errno != EINTR)
            return errno_err();
        done += put < 0 ? 0 : (size_t)put;
    }
    return MASH_OK;
}

/* fsync the directory that holds path, or a rename may be lost with the power. */
static enum mash_err
sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (directory == NULL)
        return MASH_E_NOMEM;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (fd < 0)
        return MASH_E_IO;
    enum mash_err err = fsync(fd) == 0 ? MASH_OK : MASH_E_IO;
    (void)close(fd);
    return err;
}

/* Give the temporary file its name: link() refuses an existing one, rename() replaces it. */
static enum mash_err
give_name(const char *temporary, const char *path, bool replace)
{
    if (replace)
        return rename(temporary, path) == 0 ? MASH_OK : errno_err();
    enum mash_err err = link(temporary, path) == 0 ? MASH_OK : errno_err();
    (void)unlink(temporary);
    return err;
}

static enum mash_err
file_write(const char *path, struct mash_span content, mode_t mode, bool replace)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.new-XXXXXX", path) < 0)
        return MASH_E_NOMEM;
    enum mash_err err = MASH_OK;
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 until the content is there */
    if (fd < 0) {
        err = errno_err();
        goto out;
    }
    err = write_all(fd, content);
    if (err == MASH_OK && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
        err = errno_err();
    if (err == MASH_OK)
        err = give_name(temporary, path, replace);
    if (err == MASH_OK)
        err = sync_directory(path);
    else
        (void)unlink(temporary);
    (void)close(fd);
out:
    free(temporary);
    return err;
}

enum mash_err
mash_file_create(const char *path, struct mash_span content, mode_t mode)
{
    return file_write(path, content, mode, false);
}

enum mash_err
mash_file_replace(const char *path, struct mash_span content, mode_t mode)
{
    return file_write(path, content, mode, true);
}
