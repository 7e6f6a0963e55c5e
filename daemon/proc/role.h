/* SPDX-License-Identifier: Apache-2.0 */
/* role.h - start a role: the same binary once more, with only its own descriptors and arguments.
 * Lives in the parent.  (heritage.h says what each role gets) */
#ifndef MASH_DAEMON_PROC_ROLE_H
#define MASH_DAEMON_PROC_ROLE_H

#include <sys/types.h>

#include "proto/bytes.h"

/* Descriptor `from` of the parent becomes `to` in the role; both stay open in the parent. */
struct mash_handover {
    int from;
    int to;
};

/* fork and exec `mashd --role=NAME ARG...`; args: n_args NUL-terminated strings one after the other.
 * The role dies with the parent when mortal is true.  MASH_E_IO, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_role_spawn(const char *name, struct mash_span args, size_t n_args, bool mortal,
                                             const struct mash_handover *fds, size_t n_fds, pid_t *ret_pid);

#endif
