/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - what may stand in a status; see manifest.h.  Which step is legal when is state.c's matter. */
#include <string.h>

#include "proto/address.h"
#include "proto/field.h"
#include "proto/limits.h"
#include "proto/manifest.h"

enum carry { NEVER, MAY, MUST };

/* PROTOCOL.md "Statuses": what a status of each state carries.  A device knows nothing but that it has
 * collected or opened; whatever a person claims names the person (by the agency's opaque reference). */
static const struct carried {
    Mash__State state;
    enum carry reason, outcomes, rag, passed_to, actor;
} carried[] = {
    { MASH__STATE__STATE_COLLECTED, NEVER, NEVER, NEVER, NEVER, NEVER },
    { MASH__STATE__STATE_OPENED, NEVER, NEVER, NEVER, NEVER, NEVER },
    { MASH__STATE__STATE_UNREADABLE, MAY, NEVER, NEVER, NEVER, NEVER },
    { MASH__STATE__STATE_TRIAGED, MUST, NEVER, MUST, NEVER, MUST },
    { MASH__STATE__STATE_ACKNOWLEDGED, NEVER, NEVER, NEVER, NEVER, MUST },
    { MASH__STATE__STATE_DECLINED, MUST, NEVER, NEVER, NEVER, MUST },
    { MASH__STATE__STATE_PASSED_TO, MAY, NEVER, NEVER, MUST, MUST },
    { MASH__STATE__STATE_DECIDED, MAY, MUST, NEVER, NEVER, MUST },
    { MASH__STATE__STATE_RECALLED, MAY, NEVER, NEVER, NEVER, MAY },
};

static const struct carried *
row_of(Mash__State state)
{
    for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++)
        if (carried[i].state == state)
            return &carried[i];
    return NULL;
}

static void
check_carry(struct mash_faults *faults, const char *field, enum carry carry, bool present)
{
    if (carry == MUST && !present)
        mash_fault(faults, "%s: missing with this state", field);
    if (carry == NEVER && present)
        mash_fault(faults, "%s: not with this state", field);
}

void
mash_status_check_carried(const Mash__Status *status, struct mash_faults *faults)
{
    const struct carried *row = row_of(status->state);
    if (row == NULL) {
        mash_fault(faults, "state: not a state that is signed");
        return;
    }
    check_carry(faults, "reason", row->reason, status->reason[0] != '\0');
    check_carry(faults, "outcomes", row->outcomes, status->n_outcomes > 0);
    check_carry(faults, "rag", row->rag, status->rag != MASH__RAG__RAG_UNSET);
    check_carry(faults, "passed_to", row->passed_to, status->passed_to[0] != '\0');
    check_carry(faults, "actor", row->actor, status->actor[0] != '\0');
}

static int
outcome_order(const Mash__SubjectOutcome *a, const Mash__SubjectOutcome *b)
{
    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    return strcmp(a->code, b->code);
}

static void
check_outcomes(const Mash__Status *status, struct mash_faults *faults)
{
    if (status->n_outcomes > MASH_OUTCOMES_MAX)
        mash_fault(faults, "outcomes: more than %u", MASH_OUTCOMES_MAX);
    for (size_t i = 0; i < status->n_outcomes; i++) {
        const Mash__SubjectOutcome *outcome = status->outcomes[i];
        if (outcome->subject > MASH_SUBJECTS_MAX)
            mash_fault(faults, "outcomes[%zu].subject: above %u", i, MASH_SUBJECTS_MAX);
        if (!mash_code_ok(outcome->code))
            mash_fault(faults, "outcomes[%zu].code: not a code", i);
        if (i > 0 && outcome_order(status->outcomes[i - 1], outcome) >= 0)
            mash_fault(faults, "outcomes[%zu]: not in ascending order, each once", i);
    }
}

/* A-Z a-z 0-9 . _ -: a reference into the agency's register of actors, never a name with its spaces. */
static bool
actor_ok(const char *actor)
{
    size_t len = strspn(actor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return actor[len] == '\0' && len <= MASH_ACTOR_MAX;
}

static void
check_chain(const Mash__Status *status, struct mash_faults *faults)
{
    if (status->sequence == 0)
        mash_fault(faults, "sequence: 0; the first is 1");
    else if (status->sequence == 1 && status->previous_sha256.len != 0)
        mash_fault(faults, "previous_sha256: not with the first status");
    else if (status->sequence > 1)
        mash_field_bytes(faults, "previous_sha256", status->previous_sha256, MASH_SHA256_BYTES);
}

void
mash_status_check(const Mash__Status *status, struct mash_faults *faults)
{
    mash_field_partnership(faults, status->partnership);
    if (status->schema != MASH_SCHEMA)
        mash_fault(faults, "schema: not %u", MASH_SCHEMA);
    mash_field_bytes(faults, "manifest_sha256", status->manifest_sha256, MASH_SHA256_BYTES);
    mash_field_mailbox(faults, "mailbox", status->mailbox, status->partnership);
    mash_field_bytes(faults, "key_id", status->key_id, MASH_KEY_ID_BYTES);
    check_chain(status, faults);
    mash_status_check_carried(status, faults);
    if (status->reason[0] != '\0' && !mash_code_ok(status->reason))
        mash_fault(faults, "reason: not a code");
    check_outcomes(status, faults);
    if (status->passed_to[0] != '\0') {
        mash_field_mailbox(faults, "passed_to", status->passed_to, status->partnership);
        if (strcmp(status->passed_to, status->mailbox) == 0)
            mash_fault(faults, "passed_to: is the mailbox itself");
    }
    if (!actor_ok(status->actor))
        mash_fault(faults, "actor: not a reference (letters, digits, '.', '_', '-', at most %u)",
                   MASH_ACTOR_MAX);
    mash_field_time(faults, "time_ms", status->time_ms);
    mash_field_seen(faults, status->log_seen);
}

enum mash_err
mash_status_read(struct mash_span in, Mash__Status **ret_status, struct mash_faults *ret_faults)
{
    struct mash_faults own;
    struct mash_faults *faults = ret_faults != NULL ? ret_faults : &own;
    faults->count = 0;
    faults->more = false;
    if (in.len > MASH_STATUS_MAX)
        return MASH_E_LIMIT;
    /* before decoding: a later version may have fields that are unknown here */
    if (mash_message_schema(in) > MASH_SCHEMA)
        return MASH_E_VERSION;

    Mash__Status *status = NULL;
    enum mash_err err = mash_message_decode(&mash__status__descriptor, in, &status);
    if (err != MASH_OK)
        return err;
    mash_status_check(status, faults);
    if (faults->count > 0) {
        mash_message_free(&status);
        return MASH_E_VALUE;
    }
    *ret_status = status;
    return MASH_OK;
}
