/* SPDX-License-Identifier: Apache-2.0 */
/* state.h - the pure state machine (state, entry) -> state of one notice at one recipient mailbox.
 * One function serves the ledger, replay, the simulator and the verifier.  No I/O, no clock.
 * Histories only grow: a state never falls back; a repeat by another device is kept, not an error. */
#ifndef MASH_PROTO_STATE_H
#define MASH_PROTO_STATE_H

#include "proto/codec.h"
#include "proto/hash.h"

struct mash_progress {
    Mash__State state;         /* HELD after acceptance */
    Mash__Rag rag;
    bool withdrawn;            /* recalled by the sender before collection */
    uint32_t sequence;         /* of the mailbox's last status, 0: none */
    struct mash_hash last;     /* its digest, zero when none */
    uint64_t delivered_entry;  /* log index of the first delivery entry + 1, 0: not yet */
    uint32_t decided_subjects; /* bit i: subject i+1 has an outcome */
};

/* State after acceptance. */
struct mash_progress mash_progress_start(void);

/* May status be applied to progress?  Pure; refuses only:
 * MASH_E_CONFLICT: sequence or previous digest do not continue the chain;
 * MASH_E_DENIED: not a legal step from here (ret_why: static English clause, e.g. "it was never opened");
 * MASH_E_VALUE: the manifest does not allow it (subject beyond count, actor missing ...). */
MASH_MUSTCHECK enum mash_err mash_progress_check(const struct mash_progress *progress,
                                                 const Mash__Manifest *manifest, const Mash__Status *status,
                                                 const char **ret_why);

/* progress after a status that mash_progress_check() allows; digest: SHA-256 of the status bytes. */
struct mash_progress mash_progress_next(const struct mash_progress *progress, const Mash__Status *status,
                                        const struct mash_hash *digest);

/* Which right the signing key needs for a state: MASH_MAY_COLLECT for collected, opened and unreadable
 * (what a machine can know), MASH_MAY_SEND for recalled, MASH_MAY_ACT for all others. */
unsigned mash_state_right(Mash__State state);

/* The words people see, e.g. HELD: "Held by the exchange. Nobody has read it yet." */
const char *mash_state_sentence(Mash__State state);
/* "held", "collected", ... and back; MASH_E_UNKNOWN. */
const char *mash_state_name(Mash__State state);

#endif
