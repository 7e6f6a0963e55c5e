/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - see state.h.  One table says every legal step; PROTOCOL.md "Statuses" prints the same. */
#include "proto/state.h"

#include <assert.h>
#include <string.h>

#include "proto/bundle.h"
#include "proto/limits.h"
#include "proto/manifest.h"

#define STATE_COUNT (MASH__STATE__STATE_RECALLED + 1)
#define ALL_SUBJECTS ((1u << MASH_SUBJECTS_MAX) - 1)

/* ---- what is known of each state ---- */

static const struct state_row {
    const char *name;
    unsigned rank;  /* never falls along a chain; triaged has none, it moves no state */
    unsigned right; /* enum mash_may of the signing key; 0: never signed */
    const char *sentence;
} states[STATE_COUNT] = {
    [MASH__STATE__STATE_UNSET] = { "unset", 0, 0, "Nothing is known yet." },
    [MASH__STATE__STATE_HELD] = { "held", 1, 0, "Held by the exchange. Nobody has read it yet." },
    [MASH__STATE__STATE_COLLECTED] = { "collected", 2, MASH_MAY_COLLECT,
        "Collected by a device of the recipient. Nobody has read it yet." },
    [MASH__STATE__STATE_UNREADABLE] = { "unreadable", 3, MASH_MAY_COLLECT,
        "Collected, but the recipient's device cannot open it. Nobody has read it: ring them." },
    [MASH__STATE__STATE_OPENED] = { "opened", 4, MASH_MAY_COLLECT,
        "Opened on a device of the recipient. Nobody has said yet that they are dealing with it." },
    [MASH__STATE__STATE_TRIAGED] = { "triaged", 0, MASH_MAY_ACT, "Graded by the recipient." },
    [MASH__STATE__STATE_ACKNOWLEDGED] = { "acknowledged", 5, MASH_MAY_ACT,
        "A named person has read it and is dealing with it." },
    [MASH__STATE__STATE_DECLINED] = { "declined", 5, MASH_MAY_ACT,
        "The recipient says that it is not for them. Nobody there is dealing with it." },
    [MASH__STATE__STATE_PASSED_TO] = { "passed_to", 5, MASH_MAY_ACT,
        "The recipient has passed it on to another mailbox." },
    [MASH__STATE__STATE_DECIDED] = { "decided", 6, MASH_MAY_ACT, "The recipient has decided." },
    [MASH__STATE__STATE_RECALLED] = { "recalled", 7, MASH_MAY_SEND,
        "Recalled by the sender before anyone had collected it." },
};

static const struct state_row *
row_of(Mash__State state)
{
    return &states[(unsigned)state < STATE_COUNT ? (unsigned)state : 0];
}

unsigned
mash_state_right(Mash__State state)
{
    return row_of(state)->right;
}

const char *
mash_state_reasons(Mash__State state)
{
    switch (state) {
    case MASH__STATE__STATE_DECLINED:
        return "decline-reason";
    case MASH__STATE__STATE_TRIAGED:
        return "triage-reason";
    case MASH__STATE__STATE_UNREADABLE:
        return "unreadable-reason";
    case MASH__STATE__STATE_RECALLED:
        return "recall-reason";
    default:
        return NULL;
    }
}

const char *
mash_state_sentence(Mash__State state)
{
    return row_of(state)->sentence;
}

const char *
mash_state_name(Mash__State state)
{
    return row_of(state)->name;
}

unsigned
mash_state_rank(Mash__State state)
{
    return row_of(state)->rank;
}

enum mash_err
mash_state_parse(const char *name, Mash__State *ret_state)
{
    for (unsigned i = MASH__STATE__STATE_HELD; i < STATE_COUNT; i++) {
        if (strcmp(states[i].name, name) == 0) {
            *ret_state = (Mash__State)i;
            return MASH_OK;
        }
    }
    return MASH_E_UNKNOWN;
}

/* ---- the steps of a recipient ---- */

static const char may[] = ""; /* a legal step; every other cell is the clause why not */

static const char not_collected[] = "it was never collected";
static const char not_opened[] = "it was never opened";
static const char unopenable[] = "no device there could open it";
static const char was_opened[] = "a device there has opened it";
static const char not_acked[] = "it was never acknowledged";
static const char was_declined[] = "it was declined: acknowledge it first";
static const char was_passed[] = "it was passed on: acknowledge it first";
static const char was_decided[] = "it was decided";
static const char not_sender[] = "only its sender can recall it";

enum {
    TO_COLLECTED,
    TO_OPENED,
    TO_UNREADABLE,
    TO_TRIAGED,
    TO_ACKNOWLEDGED,
    TO_DECLINED,
    TO_PASSED,
    TO_DECIDED,
    TO_COUNT
};

/* from-state -> status: `may`, or why not.  A person may change their mind between acknowledging, declining
 * and passing on; after a decision nothing is declined, but a decision may be added to or revised. */
static const char *const steps[STATE_COUNT][TO_COUNT] = {
    /*                                  collected      opened         unreadable     triaged
                                        acknowledged   declined       passed_to      decided */
    [MASH__STATE__STATE_HELD] =       { may,           not_collected, not_collected, not_opened,
                                        not_opened,    not_opened,    not_opened,    not_opened },
    [MASH__STATE__STATE_COLLECTED] =  { may,           may,           may,           not_opened,
                                        not_opened,    not_opened,    not_opened,    not_opened },
    [MASH__STATE__STATE_UNREADABLE] = { may,           may,           may,           unopenable,
                                        unopenable,    unopenable,    unopenable,    unopenable },
    [MASH__STATE__STATE_OPENED] =     { may,           may,           was_opened,    may,
                                        may,           may,           may,           not_acked },
    [MASH__STATE__STATE_ACKNOWLEDGED] = { may,         may,           was_opened,    may,
                                        may,           may,           may,           may },
    [MASH__STATE__STATE_DECLINED] =   { may,           may,           was_opened,    may,
                                        may,           may,           may,           was_declined },
    [MASH__STATE__STATE_PASSED_TO] =  { may,           may,           was_opened,    may,
                                        may,           may,           may,           was_passed },
    [MASH__STATE__STATE_DECIDED] =    { may,           may,           was_opened,    may,
                                        may,           was_decided,   may,           may },
};

static const int columns[STATE_COUNT] = {
    [MASH__STATE__STATE_UNSET] = -1,
    [MASH__STATE__STATE_HELD] = -1, /* the broker's word, never signed */
    [MASH__STATE__STATE_COLLECTED] = TO_COLLECTED,
    [MASH__STATE__STATE_OPENED] = TO_OPENED,
    [MASH__STATE__STATE_UNREADABLE] = TO_UNREADABLE,
    [MASH__STATE__STATE_TRIAGED] = TO_TRIAGED,
    [MASH__STATE__STATE_ACKNOWLEDGED] = TO_ACKNOWLEDGED,
    [MASH__STATE__STATE_DECLINED] = TO_DECLINED,
    [MASH__STATE__STATE_PASSED_TO] = TO_PASSED,
    [MASH__STATE__STATE_DECIDED] = TO_DECIDED,
    [MASH__STATE__STATE_RECALLED] = -1,
};

static const char *
why_not_recipient(Mash__State from, Mash__State to)
{
    if (to == MASH__STATE__STATE_RECALLED)
        return not_sender;
    if ((unsigned)to >= STATE_COUNT || columns[to] < 0)
        return "no mailbox can sign that state";
    const char *cell = (unsigned)from < STATE_COUNT ? steps[from][columns[to]] : NULL;
    return cell != NULL ? cell : "its state is not known";
}

/* The sender's own row: HELD until a recipient has collected, RECALLED after a recall. */
static const char *
why_not_sender(Mash__State from, Mash__State to)
{
    if (to != MASH__STATE__STATE_RECALLED)
        return "the sender can only recall it";
    if (from == MASH__STATE__STATE_HELD)
        return may;
    return from == MASH__STATE__STATE_RECALLED ? "it was recalled already" : "a recipient has collected it";
}

/* ---- checks ---- */

static bool
continues_chain(const struct mash_progress *progress, const Mash__Status *status)
{
    if (progress->sequence == UINT32_MAX || status->sequence != progress->sequence + 1)
        return false;
    struct mash_span previous = mash_field_span(status->previous_sha256);
    if (progress->sequence == 0)
        return previous.len == 0;
    return mash_span_equal(previous, mash_hash_span(&progress->last));
}

static const char *
why_value(const Mash__Manifest *manifest, const Mash__Status *status)
{
    struct mash_faults faults = { 0 };
    mash_status_check_carried(status, &faults);
    if (faults.count > 0)
        return "a field that this state needs is missing, or it has one that it must not";
    if (strcmp(status->partnership, manifest->partnership) != 0)
        return "it names another partnership";
    for (size_t i = 0; i < status->n_outcomes; i++)
        if (status->outcomes[i]->subject > manifest->subject_count)
            return "it decides about a subject that the notice does not have";
    return NULL;
}

enum mash_err
mash_progress_check(const struct mash_progress *progress, const Mash__Manifest *manifest,
                    const Mash__Status *status, const char **ret_why)
{
    const char *why;
    bool sender = strcmp(status->mailbox, manifest->from) == 0;
    if (!sender && mash_manifest_recipient(manifest, status->mailbox) == NULL) {
        *ret_why = "the mailbox is neither its sender nor a recipient";
        return MASH_E_DENIED;
    }
    if (!continues_chain(progress, status)) {
        *ret_why = "it does not continue the history of this mailbox";
        return MASH_E_CONFLICT;
    }
    why = sender ? why_not_sender(progress->state, status->state)
                 : why_not_recipient(progress->state, status->state);
    if (why != may) {
        *ret_why = why;
        return MASH_E_DENIED;
    }
    why = why_value(manifest, status);
    if (why != NULL) {
        *ret_why = why;
        return MASH_E_VALUE;
    }
    return MASH_OK;
}

/* ---- moves ---- */

struct mash_progress
mash_progress_start(void)
{
    return (struct mash_progress){ .state = MASH__STATE__STATE_HELD };
}

/* States of one rank replace each other; a lower one is kept in the chain only. */
static Mash__State
later(Mash__State now, Mash__State said)
{
    return mash_state_rank(said) >= mash_state_rank(now) ? said : now;
}

static uint32_t
subject_bits(const Mash__Status *status)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < status->n_outcomes; i++) {
        uint32_t subject = status->outcomes[i]->subject;
        if (subject == 0)
            bits |= ALL_SUBJECTS;
        else if (subject <= MASH_SUBJECTS_MAX)
            bits |= 1u << (subject - 1);
    }
    return bits;
}

struct mash_progress
mash_progress_next(const struct mash_progress *progress, const Mash__Status *status,
                   const struct mash_hash *digest)
{
    struct mash_progress next = *progress;
    next.state = later(progress->state, status->state);
    if (status->state == MASH__STATE__STATE_TRIAGED)
        next.rag = status->rag;
    if (status->state == MASH__STATE__STATE_RECALLED)
        next.withdrawn = true;
    next.decided_subjects |= subject_bits(status);
    next.sequence = status->sequence;
    next.last = *digest;
    return next;
}

struct mash_progress
mash_progress_collected_by_recipient(const struct mash_progress *sender)
{
    struct mash_progress next = *sender;
    next.state = later(sender->state, MASH__STATE__STATE_COLLECTED);
    return next;
}

struct mash_progress
mash_progress_recalled_by_sender(const struct mash_progress *recipient)
{
    struct mash_progress next = *recipient;
    next.withdrawn = true;
    return next;
}

bool
mash_progress_all_decided(const struct mash_progress *progress, const Mash__Manifest *manifest)
{
    assert(manifest->subject_count >= 1 && manifest->subject_count <= MASH_SUBJECTS_MAX);
    uint32_t wanted = ALL_SUBJECTS >> (MASH_SUBJECTS_MAX - manifest->subject_count);
    return (progress->decided_subjects & wanted) == wanted;
}
