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

/* State after acceptance, of a recipient's row and of the sender's. */
struct mash_progress mash_progress_start(void);

/* May status be applied to progress?  Pure; refuses only:
 * MASH_E_CONFLICT: sequence or previous digest do not continue the chain;
 * MASH_E_DENIED: not a legal step from here, or the mailbox is no party to the notice;
 * MASH_E_VALUE: the manifest does not allow it (subject beyond count, actor missing, partnership ...).
 * ret_why: set on each of them to a static English clause, e.g. "it was never opened".
 * The caller has established that status names this manifest's digest and that its signature is good.
 * For status->mailbox == manifest->from, progress is the sender's own row: the sender can only recall,
 * and only while that row is HELD (see mash_progress_collected_by_recipient). */
MASH_MUSTCHECK enum mash_err mash_progress_check(const struct mash_progress *progress,
                                                 const Mash__Manifest *manifest, const Mash__Status *status,
                                                 const char **ret_why);

/* progress after a status that mash_progress_check() allows; digest: SHA-256 of the status bytes. */
struct mash_progress mash_progress_next(const struct mash_progress *progress, const Mash__Status *status,
                                        const struct mash_hash *digest);

/* The sender's row once a recipient's `collected` is applied: there is nothing left to recall.  Whoever
 * applies statuses (ledger, replay, simulator) does this for each `collected`; repeats change nothing. */
struct mash_progress mash_progress_collected_by_recipient(const struct mash_progress *sender);

/* A recipient's row once the sender's `recalled` is applied: marked withdrawn.  No step becomes illegal by
 * that alone: whether statuses are still taken after a recall is the ledger's rule (PROTOCOL.md "Statuses"). */
struct mash_progress mash_progress_recalled_by_sender(const struct mash_progress *recipient);

/* Has every subject of the notice an outcome? */
bool mash_progress_all_decided(const struct mash_progress *progress, const Mash__Manifest *manifest);

/* Place in held < collected < unreadable < opened < {acknowledged, declined, passed_to} < decided;
 * never falls along a chain.  recalled ends the sender's row. */
unsigned mash_state_rank(Mash__State state);

/* Which right the signing key needs for a state: MASH_MAY_COLLECT for collected, opened and unreadable
 * (what a machine can know), MASH_MAY_SEND for recalled, MASH_MAY_ACT for all others. */
unsigned mash_state_right(Mash__State state);

/* The code list that a reason given with this state is of, e.g. "decline-reason"; NULL: it has none. */
const char *mash_state_reasons(Mash__State state);

/* The words people see, e.g. HELD: "Held by the exchange. Nobody has read it yet." */
const char *mash_state_sentence(Mash__State state);
/* "held", "collected", ... and back; MASH_E_UNKNOWN. */
const char *mash_state_name(Mash__State state);
MASH_MUSTCHECK enum mash_err mash_state_parse(const char *name, Mash__State *ret_state);

#endif
