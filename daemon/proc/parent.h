/* SPDX-License-Identifier: Apache-2.0 */
/* parent.h - the first process of mashd: opens what needs rights, gives the rights up, starts the roles and
 * starts them again.  Speaks no protocol with anybody outside and reads nothing that an agency sent. */
#ifndef MASH_DAEMON_PROC_PARENT_H
#define MASH_DAEMON_PROC_PARENT_H

#include "daemon/proc/config.h"

/* Run until stopped by SIGTERM or SIGINT, by an operator through the ledger, or because a role refused.
 * Returns the exit code: 0; 71 (system); 73 (a file or socket cannot be opened); 75 (another mashd has the
 * state directory); 78 (configuration, keys or store forbid to run). */
int mash_parent_main(const struct mash_config *config);

#endif
