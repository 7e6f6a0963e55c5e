/* SPDX-License-Identifier: Apache-2.0 */
/* command_law.h - the commands that change the law: a new bundle allows, a suspension denies.  Denying
 * needs one operator, allowing needs k governance holders (design: "Trust: keys and the bundle"). */
#ifndef MASH_DAEMON_LEDGER_COMMAND_LAW_H
#define MASH_DAEMON_LEDGER_COMMAND_LAW_H

#include "daemon/ledger/core_state.h"

/* Open the bundle that command publishes as the first one: pin, version 1, partnership, log key.
 * ret_bundle: yours; NULL with the command settled when it is refused. */
MASH_MUSTCHECK enum mash_err mash_command_first_bundle(struct mash_core *core, struct mash_command *command,
                                                       struct mash_bundle **ret_bundle);

MASH_MUSTCHECK enum mash_err mash_command_publish(struct mash_core *core, struct mash_command *command);
MASH_MUSTCHECK enum mash_err mash_command_suspend(struct mash_core *core, struct mash_command *command);

#endif
