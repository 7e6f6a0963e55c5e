/* SPDX-License-Identifier: Apache-2.0 */
/* listener.h - the sockets the parent opens before it gives up its rights: the control socket for mashctl and
 * the console's HTTP port.  A role inherits them and can open none itself. */
#ifndef MASH_DAEMON_PROC_LISTENER_H
#define MASH_DAEMON_PROC_LISTENER_H

#include "proto/bytes.h"

/* Listen on an AF_UNIX stream socket at path, mode 0600, owned by uid and gid.  A socket left behind by a
 * dead mashd is replaced.  ret_why, on error: one sentence.
 * MASH_E_CONFLICT: somebody listens there; MASH_E_LIMIT: path too long; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_listener_control(const char *path, unsigned uid, unsigned gid, int *ret_fd,
                                                   char *ret_why, size_t why_size);

/* Listen on TCP `ADDRESS:PORT` (IPv4, or IPv6 in brackets; as config.h checks it).  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_listener_http(const char *address, int *ret_fd, char *ret_why, size_t why_size);

#endif
