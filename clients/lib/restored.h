/* SPDX-License-Identifier: Apache-2.0 */
/* restored.h - an exchange that was put back from a backup: the one way in which its log may have another
 * past than we have seen, and then only as two operators of our bundle have signed it.  What the lost part of
 * the log held of ours is sent again.  (PROTOCOL.md "Restore") */
#ifndef MASH_CLIENTS_LIB_RESTORED_H
#define MASH_CLIENTS_LIB_RESTORED_H

#include "clients/lib/client.h"

/* Our checkpoint is not in the past of head: check the restores that welcome shows, and take head instead.
 * Durable as one: both checkpoints and all lost proofs as evidence, a lasting alarm, the new head, our notices
 * and statuses from the lost part to be sent again, mailboxes fetched from number 0.
 * MASH_E_SIGNATURE: they do not explain it, ret_what says how (static); nothing has changed. */
MASH_MUSTCHECK enum mash_err mash_restored_take(struct mash_client *client, const struct mash_checkpoint *head,
                                                const Mash__Welcome *welcome, const char **ret_what);

/* Our checkpoint is in the past of head, and nothing of ours is lost: only remember the restores that verify,
 * so that none of them ever explains a later loss. */
MASH_MUSTCHECK enum mash_err mash_restored_note(struct mash_client *client, const struct mash_checkpoint *head,
                                                const Mash__Welcome *welcome);

#endif
