/* SPDX-License-Identifier: Apache-2.0 */
/* draft.h - from what a program wants to send to a row of the outbox, before any key is involved.
 * A draft holds the manifest without keys, bundle and body digest, and the plain inner message: it can
 * wait for a key or for the exchange and is sealed when the recipients have been checked. */
#ifndef MASH_CLIENTS_LIB_DRAFT_H
#define MASH_CLIENTS_LIB_DRAFT_H

#include "clients/lib/client.h"
#include "proto/manifest.h"

/* Make the outbox row (state draft) of a notice with a fresh id.  ret_row: init'ed by the caller.
 * MASH_E_VALUE: fields are wrong, all of them in why. */
MASH_MUSTCHECK enum mash_err mash_draft_row(struct mash_client *client, const struct mash_draft *draft,
                                            struct mash_outbox_row *ret_row);

/* Turn a sealed row that was never accepted back into a draft under the same notice id, by opening our
 * own copy of the body: what was sealed by an outdated bundle is sealed again.
 * MASH_E_SIGNATURE: our key does not open it. */
MASH_MUSTCHECK enum mash_err mash_draft_again(struct mash_client *client, struct mash_outbox_row *row);

/* One sentence of all faults, for a person. */
void mash_faults_sentence(const struct mash_faults *faults, char *ret_text, size_t size);

#endif
