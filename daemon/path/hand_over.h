/* SPDX-License-Identifier: Apache-2.0 */
/* hand_over.h - one item of a mailbox to one installation: its delivery entry, and the message that carries
 * it with the proofs without which a recipient refuses it. */
#ifndef MASH_DAEMON_PATH_HAND_OVER_H
#define MASH_DAEMON_PATH_HAND_OVER_H

#include "daemon/path/path.h"

/* Log that the notice item is handed to link, unless it was before.  Inside a group.
 * ret_wanted: false when it is not to be presented (recalled, or collected by this very link);
 * ret_entry: its delivery entry when it is. */
MASH_MUSTCHECK enum mash_err mash_hand_over_log(struct mash_path *path, const char *mailbox,
                                                const struct mash_store_item *item,
                                                const struct mash_key_id *link_id, bool *ret_wanted,
                                                uint64_t *ret_entry);

/* Send the Answer with the Delivery, after the commit.  delivery_entry: of a notice, otherwise not looked
 * at.  A body that was erased is answered with ERASED in its place. */
MASH_MUSTCHECK enum mash_err mash_hand_over_send(struct mash_path *path, uint64_t connection, uint64_t id,
                                                 const char *mailbox, const struct mash_store_item *item,
                                                 uint64_t delivery_entry);

#endif
