/* SPDX-License-Identifier: Apache-2.0 */
/* closing.h - is a notice that we sent at its end?  Computed from statuses that have verified, never stored:
 * when the exchange was restored without some of them, a closed notice is open again. */
#ifndef MASH_CLIENTS_LIB_CLOSING_H
#define MASH_CLIENTS_LIB_CLOSING_H

#include "clients/lib/client.h"

/* ret_closed: everybody has collected it, and each who owes action, or the mailbox that covers for them or
 * that they cover, has decided on all subjects or declined.  Errors of home_store.h. */
MASH_MUSTCHECK enum mash_err mash_closing_is(struct mash_client *client, const Mash__Manifest *manifest,
                                             const struct mash_hash *manifest_sha256, bool *ret_closed);

/* After a status of the notice was put, in the same transaction: when it is closed now, let go of the sealed
 * body.  Until then the body stays, also when all have collected it: a restored exchange may need it again so
 * that what is still owed can be acknowledged and decided there. */
MASH_MUSTCHECK enum mash_err mash_closing_let_go(struct mash_client *client, const struct mash_hash *manifest_sha256);

#endif
