/* SPDX-License-Identifier: Apache-2.0 */
/* settle.h - what happens after a notice is durable here: confirm it, open it, say so.
 * Finishes whatever an earlier run was interrupted in. */
#ifndef MASH_CLIENTS_LIB_SETTLE_H
#define MASH_CLIENTS_LIB_SETTLE_H

#include "clients/lib/client.h"

/* For every stored notice: open it; then in one transaction keep the plaintext and the signed `collected`
 * and `opened` (or `unreadable` with its reason).  Submits nothing. */
MASH_MUSTCHECK enum mash_err mash_settle_all(struct mash_client *client, struct mash_collected *counts);

#endif
