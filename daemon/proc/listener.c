/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c - see listener.h. */
#include "daemon/proc/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static enum mash_err
control_open(int fd, const struct sockaddr_un *address, unsigned uid, unsigned gid, const char **ret_what)
{
    const struct sockaddr *name = (const struct sockaddr *)address;
    *ret_what = "connect";
    if (connect(fd, name, sizeof(*address)) == 0)
        return MASH_E_CONFLICT;
    if (errno == ECONNREFUSED && unlink(address->sun_path) != 0)
        return MASH_E_IO;
    *ret_what = "bind";
    mode_t before = umask(0177); /* 0600 from its first moment */
    int bound = bind(fd, name, sizeof(*address));
    int error = errno;
    (void)umask(before);
    errno = error;
    if (bound != 0)
        return MASH_E_IO;
    *ret_what = "chown";
    if (geteuid() == 0 && lchown(address->sun_path, uid, gid) != 0)
        return MASH_E_IO;
    *ret_what = "listen";
    return listen(fd, BACKLOG) == 0 ? MASH_OK : MASH_E_IO;
}

enum mash_err
mash_listener_control(const char *path, unsigned uid, unsigned gid, int *ret_fd, char *ret_why, size_t why_size)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *what = "socket";
    if (strlen(path) >= sizeof(address.sun_path)) {
        (void)snprintf(ret_why, why_size, "%s: a socket path may have %zu characters at most", path,
                       sizeof(address.sun_path) - 1);
        return MASH_E_LIMIT;
    }
    memcpy(address.sun_path, path, strlen(path));

    enum mash_err err = MASH_E_IO;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        err = control_open(fd, &address, uid, gid, &what);
    if (err == MASH_OK) {
        *ret_fd = fd;
        return MASH_OK;
    }
    if (err == MASH_E_CONFLICT)
        (void)snprintf(ret_why, why_size, "%s: another mashd is serving there", path);
    else
        (void)snprintf(ret_why, why_size, "%s: %s: %s", path, what, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return err;
}

static socklen_t
parse_address(const char *text, struct sockaddr_storage *ret_address)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    if (len < 2 || len >= sizeof(host))
        return 0;
    memcpy(host, text, len);
    host[len] = '\0';
    in_port_t port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    memset(ret_address, 0, sizeof(*ret_address));
    if (host[0] == '[') {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret_address;
        host[len - 1] = '\0';
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1 ? sizeof(*six) : 0;
    }
    struct sockaddr_in *four = (struct sockaddr_in *)ret_address;
    four->sin_family = AF_INET;
    four->sin_port = port;
    return inet_pton(AF_INET, host, &four->sin_addr) == 1 ? sizeof(*four) : 0;
}

enum mash_err
mash_listener_http(const char *address, int *ret_fd, char *ret_why, size_t why_size)
{
    struct sockaddr_storage name;
    const int on = 1;
    socklen_t len = parse_address(address, &name);
    int fd = len > 0 ? socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, (const struct sockaddr *)&name, len) == 0 && listen(fd, BACKLOG) == 0) {
        *ret_fd = fd;
        return MASH_OK;
    }
    (void)snprintf(ret_why, why_size, "console %s: %s", address, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return MASH_E_IO;
}
