/* SPDX-License-Identifier: Apache-2.0 */
/* verifier.h - signatures verified ahead, on one thread of its own, while the ledger's loop parses and
 * writes: a verify is half of what a notice costs.  Only saves time: the loop never waits for it, what is
 * not ready is verified in place, and nothing but the verdict comes back.
 * post, start and result are for the loop's thread alone. */
#ifndef MASH_DAEMON_PATH_VERIFIER_H
#define MASH_DAEMON_PATH_VERIFIER_H

#include "proto/batch.h"

#define MASH_VERIFIER_SLOTS 512u
#define MASH_VERIFIER_NONE SIZE_MAX

/* Who is said to have signed what: bytes only, no padding. */
struct mash_claim {
    uint8_t key[MASH_PUBLIC_KEY_BYTES];
    uint8_t signature[MASH_SIGNATURE_BYTES];
    uint8_t signed_bytes[MASH_BATCH_SIGNED_BYTES];
};

/* Verify in place. */
bool mash_claim_holds(const struct mash_claim *claim);

struct mash_verifier;

/* Start the thread.  MASH_E_NOMEM: also when there can be no thread. */
MASH_MUSTCHECK enum mash_err mash_verifier_open(struct mash_verifier **ret_verifier);
/* Stop the thread and release; nothing when NULL. */
void mash_verifier_close(struct mash_verifier **verifier_p);

/* Leave a copy of claim to be verified; its slot, MASH_VERIFIER_NONE when all are taken. */
size_t mash_verifier_post(struct mash_verifier *verifier, const struct mash_claim *claim);
/* Wake the thread, when there is enough for two: it takes the last posted first, the loop begins with the
 * first. */
void mash_verifier_start(struct mash_verifier *verifier);
/* Does the claim left in slot hold?  Verified here unless the thread has done it; the slot is given back. */
bool mash_verifier_result(struct mash_verifier *verifier, size_t slot, const struct mash_claim *claim);
/* Give back every slot that was not asked about: the group is over. */
void mash_verifier_reset(struct mash_verifier *verifier);

#endif
