/* SPDX-License-Identifier: Apache-2.0 */
/* command_restore.h - two operators confirm the head of a log that may not be signed: one that came from a
 * backup, or one that does not continue what a client has shown (design: "Store and audit log"). */
#ifndef MASH_DAEMON_LEDGER_COMMAND_RESTORE_H
#define MASH_DAEMON_LEDGER_COMMAND_RESTORE_H

#include "daemon/ledger/core_state.h"

/* One confirmation.  The first is remembered; the second, of another operator, over the same head, lets the
 * log be signed again: both commands, as received, a start and the restore become durable as one group. */
MASH_MUSTCHECK enum mash_err mash_command_restore_confirm(struct mash_core *core, struct mash_command *command);

#endif
