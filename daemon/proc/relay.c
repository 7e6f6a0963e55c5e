/* SPDX-License-Identifier: Apache-2.0 */
/* relay.c - see relay.h. */
#include "daemon/proc/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum mash_err
mash_relay_open(struct mash_relay *relay, int *ret_write_fd)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
        return MASH_E_IO;
    relay->fd = fds[0];
    relay->len = 0;
    *ret_write_fd = fds[1];
    return MASH_OK;
}

static void
pass_on(struct mash_relay *relay, const char *name, int out_fd)
{
    char line[MASH_RELAY_LINE + 32];
    for (size_t i = 0; i < relay->len; i++)
        if ((unsigned char)relay->line[i] < 0x20 || relay->line[i] == 0x7f)
            relay->line[i] = '?'; /* what a role says is not trusted to be a log line */
    int len = snprintf(line, sizeof(line), "role=%s %.*s\n", name, (int)relay->len, relay->line);
    if (len > 0) {
        ssize_t written = write(out_fd, line, (size_t)len);
        (void)written;
    }
    relay->len = 0;
}

enum mash_err
mash_relay_pump(struct mash_relay *relay, const char *name, int out_fd)
{
    char got[4096];
    ssize_t n = read(relay->fd, got, sizeof(got));
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? MASH_OK : MASH_E_CLOSED;
    if (n == 0)
        return MASH_E_CLOSED;
    for (ssize_t i = 0; i < n; i++) {
        if (got[i] != '\n')
            relay->line[relay->len++] = got[i];
        if (got[i] == '\n' || relay->len == sizeof(relay->line))
            pass_on(relay, name, out_fd);
    }
    return MASH_OK;
}

void
mash_relay_close(struct mash_relay *relay, const char *name, int out_fd)
{
    if (relay->fd < 0)
        return;
    int rounds = 32; /* a pipe holds 16 times what one round reads; its writer is gone */
    while (rounds-- > 0 && mash_relay_pump(relay, name, out_fd) == MASH_OK)
        continue;
    if (relay->len > 0)
        pass_on(relay, name, out_fd);
    (void)close(relay->fd);
    relay->fd = -1;
}
