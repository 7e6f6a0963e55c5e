/* SPDX-License-Identifier: Apache-2.0 */
/* bundles.h - the partnership bundles this client has taken in, and how it comes by newer ones.
 * Trust begins with the pin of `join`; from there every version must follow the one before, so a broker
 * cannot introduce a key, a rule or a clock, nor go back.  (design: "Trust: keys and the bundle") */
#ifndef MASH_CLIENTS_LIB_BUNDLES_H
#define MASH_CLIENTS_LIB_BUNDLES_H

#include "clients/lib/client.h"

/* Open an encoded Mash__Bundle.  Errors of mash_bundle_open(); ret_why: a sentence. */
MASH_MUSTCHECK enum mash_err mash_bundles_open(struct mash_span value, struct mash_bundle **ret_bundle,
                                               char *ret_why, size_t why_size);

/* Load the newest stored one into client->bundle.  MASH_E_UNKNOWN: none. */
MASH_MUSTCHECK enum mash_err mash_bundles_load(struct mash_client *client);

/* Fetch every version up to wanted from the exchange, check that each follows, store it.
 * MASH_E_SIGNATURE: one does not (an alarm is kept); MASH_E_AGAIN. */
MASH_MUSTCHECK enum mash_err mash_bundles_fetch(struct mash_client *client, uint32_t wanted);

/* The bundle of this version, or, for one older than this client knows, the oldest it knows; fetched
 * first when it is newer than ours.  Borrowed until the next call. */
MASH_MUSTCHECK enum mash_err mash_bundles_at(struct mash_client *client, uint32_t version,
                                             const struct mash_bundle **ret_bundle);

#endif
