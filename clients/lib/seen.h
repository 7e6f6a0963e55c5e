/* SPDX-License-Identifier: Apache-2.0 */
/* seen.h - the log as this installation has seen it: one history that only grows.
 * Every checkpoint that comes by - in a hello, a receipt, a delivery - is compared with the largest one
 * stored; what does not fit is an alarm with both checkpoints kept as evidence.  The larger one is stored
 * before anything that rests on it is used.  (design: "A notice on the wire", receipts; "Store and log") */
#ifndef MASH_CLIENTS_LIB_SEEN_H
#define MASH_CLIENTS_LIB_SEEN_H

#include "clients/lib/client.h"
#include "proto/receipt.h"

/* Load the stored checkpoint into client->checkpoint and append its signed note to ret_note; before the first one both
 * stay empty.  The two are of one read: what is shown to the exchange is what its proof is checked against. */
MASH_MUSTCHECK enum mash_err mash_seen_load(struct mash_client *client, struct mash_bytes *ret_note);

/* Take the exchange's head from its answer to hello: path is welcome's proof of growth from our checkpoint,
 * n_consistency hashes.  A past that changed is taken in only when two operators have signed for it
 * (clients/lib/restored.h).
 * MASH_E_SIGNATURE: rollback, fork or not the log's signature: an alarm is kept. */
MASH_MUSTCHECK enum mash_err mash_seen_head(struct mash_client *client, const Mash__Welcome *welcome,
                                            const struct mash_hash *path);

/* Compare a checkpoint whose signature has verified; asks the exchange for the proof when the sizes
 * differ.  MASH_E_SIGNATURE as above; MASH_E_AGAIN: the proof could not be had. */
MASH_MUSTCHECK enum mash_err mash_seen_checkpoint(struct mash_client *client,
                                                  const struct mash_checkpoint *checkpoint,
                                                  struct mash_span note);

/* Is a head that somebody else signed to have seen (size, root) part of our history?  Keeps no alarm: who
 * is wrong is not known.  MASH_E_MISMATCH: longer than all we have been shown; MASH_E_SIGNATURE: another
 * history; MASH_E_AGAIN. */
MASH_MUSTCHECK enum mash_err mash_seen_cited(struct mash_client *client, uint64_t size,
                                             const struct mash_hash *root);

/* Our last checkpoint for a manifest or status; NULL before the first.  Borrowed. */
const struct mash_checkpoint *mash_seen_last(const struct mash_client *client);

/* A log entry proven to us, with its details. */
struct mash_proof {
    struct mash_receipt receipt;
    Mash__Detail *detail;
};

/* Open a tlog-proof, verify it against the log key of the bundle, read its details, demand that they are
 * of this kind, and compare its checkpoint as above.  in must outlive ret_proof.
 * MASH_E_SIGNATURE, MASH_E_MISMATCH, MASH_E_FORMAT, ...: not to be believed, why says what;
 * MASH_E_AGAIN: cannot be judged now. */
MASH_MUSTCHECK enum mash_err mash_proof_open(struct mash_client *client, struct mash_span in,
                                             Mash__Detail__KindCase kind, struct mash_proof *ret_proof);
/* Only its entry's log index, of whatever kind that is.  Errors as above. */
MASH_MUSTCHECK enum mash_err mash_proof_index(struct mash_client *client, struct mash_span in,
                                              uint64_t *ret_index);
void mash_proof_close(struct mash_proof *proof);

#endif
