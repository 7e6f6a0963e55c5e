/* SPDX-License-Identifier: Apache-2.0 */
/* relay.h - the stderr of a role, line by line, to the stderr of the parent with the role's name before it:
 * so a role holds no descriptor of the log file, and cannot speak in another's name. */
#ifndef MASH_DAEMON_PROC_RELAY_H
#define MASH_DAEMON_PROC_RELAY_H

#include "proto/bytes.h"

#define MASH_RELAY_LINE 1400u

/* One role's line in the making; all zero and fd -1: closed. */
struct mash_relay {
    int fd;
    size_t len;
    char line[MASH_RELAY_LINE];
};

/* Make the pipe.  ret_write_fd: the role's end, close-on-exec and non-blocking, yours.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_relay_open(struct mash_relay *relay, int *ret_write_fd);

/* Pass on what is there to out_fd, as `role=NAME LINE`.  MASH_E_CLOSED: the role has ended. */
MASH_MUSTCHECK enum mash_err mash_relay_pump(struct mash_relay *relay, const char *name, int out_fd);

/* Pass on the rest, also without a newline, and close. */
void mash_relay_close(struct mash_relay *relay, const char *name, int out_fd);

#endif
