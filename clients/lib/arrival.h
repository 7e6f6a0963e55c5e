/* SPDX-License-Identifier: Apache-2.0 */
/* arrival.h - one delivery: is it to be believed, and if so, into the store with it.
 * Nothing is confirmed here.  What fails is kept aside as received, with the reason, and never confirmed:
 * the sender's watchdog then says that it was not collected.  (design: "The message path") */
#ifndef MASH_CLIENTS_LIB_ARRIVAL_H
#define MASH_CLIENTS_LIB_ARRIVAL_H

#include "clients/lib/client.h"
#include "clients/lib/seen.h"

/* Verify a delivery to one of our mailboxes and store it durably together with the cursor; counts go to
 * counts.  MASH_OK also when it was quarantined; MASH_E_AGAIN: cannot be judged now, nothing was stored. */
MASH_MUSTCHECK enum mash_err mash_arrival_take(struct mash_client *client, const Mash__Delivery *delivery,
                                               struct mash_collected *counts);

/* A status of somebody else's, proven by the entry in proof: verify signature, key, right and chain.
 * ret_row: init'ed by the caller; filled in.  Errors as for a proof, why says what. */
MASH_MUSTCHECK enum mash_err mash_arrival_status(struct mash_client *client, const struct mash_proof *proof,
                                                 struct mash_status_row *ret_row);

#endif
