/* SPDX-License-Identifier: Apache-2.0 */
/* fixture_letters.h - on top of fixture_partnership.h: notices and statuses, written, signed and submitted, and
 * their receipts verified. */
#ifndef MASH_TESTS_FIXTURE_LETTERS_H
#define MASH_TESTS_FIXTURE_LETTERS_H

#include "fixture_partnership.h"

/* ---- notices ---- */

/* A notice and all the memory it points into. */
struct letter {
    Mash__Manifest manifest;
    Mash__Recipient recipients[3], *recipient_list[3];
    struct mash_key_id key_ids[3], from_key_id;
    ProtobufCBinaryData key_fields[3];
    uint8_t notice_id[16], thread_id[16];
    struct mash_hash body_sha256, reply_sha256, sha256;
    Mash__BundleRef bundle;
    struct mash_bytes encoded, body;
    struct mash_batch_proof proof;
    ProtobufCBinaryData path[MASH_BATCH_PATH_MAX];
    Mash__SignedNotice message;
};

/* Fill in a REFERRAL from box to each of to (a bit set of mailboxes), sealed but not signed. */
FIXTURE void
letter_write(struct fixture *f, struct letter *letter, int from, unsigned to)
{
    uint8_t random[16];
    memset(letter, 0, sizeof(*letter));
    letter->encoded = mash_bytes_max(MASH_MANIFEST_MAX);
    letter->body = mash_bytes_max(MASH_BODY_MAX);
    Mash__Manifest *m = &letter->manifest;
    mash__manifest__init(m);
    m->partnership = (char *)(uintptr_t)PARTNERSHIP;
    m->schema = 1;
    randombytes_buf(random, sizeof(random));
    mash_uuid_make(f->wall_ms, random, letter->notice_id);
    randombytes_buf(letter->thread_id, sizeof(letter->thread_id));
    m->notice_id = mash_span_field(mash_span(letter->notice_id, 16));
    m->thread_id = mash_span_field(mash_span(letter->thread_id, 16));
    m->from = (char *)(uintptr_t)boxes[from].address;
    mash_secret_id(f->sign[from][KEY_SEND], &letter->from_key_id);
    m->from_key_id = mash_span_field(mash_span(letter->from_key_id.bytes, 16));
    m->recipients = letter->recipient_list;
    static const int order[MAILBOXES] = { POLICE, SCHOOL, SOCIAL, NIGHT }; /* ascending by address */
    for (size_t i = 0; i < MAILBOXES; i++) {
        int box = order[i];
        if ((to & (1u << box)) == 0)
            continue;
        size_t at = m->n_recipients++;
        Mash__Recipient *r = letter->recipient_list[at] = &letter->recipients[at];
        mash__recipient__init(r);
        r->mailbox = (char *)(uintptr_t)boxes[box].address;
        mash_secret_id(f->seal[box], &letter->key_ids[at]);
        letter->key_fields[at] = mash_span_field(mash_span(letter->key_ids[at].bytes, 16));
        r->n_seal_key_ids = 1;
        r->seal_key_ids = &letter->key_fields[at];
        r->duty = MASH__DUTY__DUTY_ACTION;
    }
    m->type = (char *)(uintptr_t)"REFERRAL";
    m->created_ms = f->wall_ms;
    m->event_ms = f->wall_ms;
    m->expires_ms = f->wall_ms + 7ull * DAY_MS;
    m->subject_count = 1;
    mash__bundle_ref__init(&letter->bundle);
    letter->bundle.version = mash_bundle_version(f->bundle);
    letter->bundle.digest = mash_span_field(mash_span(mash_bundle_digest(f->bundle), 32));
    m->bundle = &letter->bundle;

    struct mash_seal_set set;
    struct mash_bytes inner = mash_bytes_max(1024);
    ok(mash_bytes_append(&inner, random, sizeof(random)));
    ok(mash_seal_set_of(f->bundle, m, &set, NULL));
    ok(mash_body_seal(set.recipients, set.count, mash_bytes_span(&inner), &letter->body));
    mash_bytes_free(&inner);
    letter->body_sha256 = mash_hash_of(mash_bytes_span(&letter->body));
    m->body_sha256 = mash_span_field(mash_hash_span(&letter->body_sha256));
    m->body_length = letter->body.len;
}

FIXTURE void
letter_encode(struct letter *letter)
{
    mash_bytes_free(&letter->encoded);
    ok(mash_message_encode(&letter->manifest, &letter->encoded));
    letter->sha256 = mash_hash_of(mash_bytes_span(&letter->encoded));
}

/* Point message at the letter's own parts. */
FIXTURE void
letter_address(struct letter *letter)
{
    mash__signed_notice__init(&letter->message);
    letter->message.manifest = mash_span_field(mash_bytes_span(&letter->encoded));
    letter->message.body = mash_span_field(mash_bytes_span(&letter->body));
    letter->message.signature = mash_span_field(mash_span(letter->proof.signature, 64));
    letter->message.batch_index = letter->proof.index;
    letter->message.batch_size = letter->proof.size;
    for (size_t i = 0; i < letter->proof.n_path; i++)
        letter->path[i] = mash_span_field(mash_hash_span(&letter->proof.path[i]));
    letter->message.n_batch_path = letter->proof.n_path;
    letter->message.batch_path = letter->path;
}

/* Sign count letters as one batch with key. */
FIXTURE void
letters_sign(const struct mash_secret *key, struct letter *letters, size_t count)
{
    struct mash_span spans[MASH_BATCH_MAX] = { { NULL, 0 } };
    struct mash_batch_proof proofs[MASH_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        letter_encode(&letters[i]);
        spans[i] = mash_bytes_span(&letters[i].encoded);
    }
    ok(mash_batch_sign(MASH_BATCH_NOTICE, PARTNERSHIP, key, spans, count, proofs));
    for (size_t i = 0; i < count; i++) {
        letters[i].proof = proofs[i];
        letter_address(&letters[i]);
    }
}

FIXTURE void
letter_clear(struct letter *letter)
{
    mash_bytes_free(&letter->encoded);
    mash_bytes_free(&letter->body);
}

/* Submit signed letters as one request; the outcomes (borrowed until the next ask). */
FIXTURE const Mash__Answer *
fixture_submit(struct fixture *f, int link, struct letter *letters, size_t count)
{
    Mash__SignedNotice *list[MASH_SUBMIT_MAX + 8];
    for (size_t i = 0; i < count; i++)
        list[i] = &letters[i].message;
    Mash__Submit submit = MASH__SUBMIT__INIT;
    submit.n_notices = count;
    submit.notices = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT;
    request.submit = &submit;
    return fixture_ask_now(f, link, &request);
}

/* A good notice held; its letter, to be cleared. */
FIXTURE void
fixture_hold(struct fixture *f, struct letter *letter, int from, unsigned to)
{
    letter_write(f, letter, from, to);
    letters_sign(f->sign[from][KEY_SEND], letter, 1);
    const Mash__Answer *answer = fixture_submit(f, boxes[from].link, letter, 1);
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT_OUTCOMES);
    assert_int_equal(answer->outcomes->outcomes[0]->code, 202);
}

/* ---- statuses ---- */

struct step {
    Mash__Status status;
    struct mash_key_id key_id;
    Mash__SubjectOutcome outcome, *outcome_list[1];
    struct mash_bytes encoded;
    struct mash_hash sha256;
    struct mash_batch_proof proof;
    Mash__SignedStatus message;
};

FIXTURE void
step_write(struct fixture *f, struct step *step, const struct mash_hash *notice, int box, int key, uint32_t sequence,
           const struct mash_hash *previous, Mash__State state)
{
    memset(step, 0, sizeof(*step));
    step->encoded = mash_bytes_max(MASH_STATUS_MAX);
    mash__status__init(&step->status);
    step->status.partnership = (char *)(uintptr_t)PARTNERSHIP;
    step->status.schema = 1;
    step->status.manifest_sha256 = mash_span_field(mash_hash_span(notice));
    step->status.mailbox = (char *)(uintptr_t)boxes[box].address;
    mash_secret_id(f->sign[box][key], &step->key_id);
    step->status.key_id = mash_span_field(mash_span(step->key_id.bytes, 16));
    step->status.sequence = sequence;
    if (previous != NULL)
        step->status.previous_sha256 = mash_span_field(mash_hash_span(previous));
    step->status.state = state;
    step->status.time_ms = f->wall_ms;
    if (mash_state_right(state) == MASH_MAY_ACT)
        step->status.actor = (char *)(uintptr_t)"actor-7";
    if (state == MASH__STATE__STATE_DECIDED) {
        mash__subject_outcome__init(&step->outcome);
        step->outcome.subject = 1;
        step->outcome.code = (char *)(uintptr_t)"NFA";
        step->outcome_list[0] = &step->outcome;
        step->status.n_outcomes = 1;
        step->status.outcomes = step->outcome_list;
    }
}

FIXTURE void
step_sign(struct step *step, const struct mash_secret *key)
{
    mash_bytes_free(&step->encoded);
    ok(mash_message_encode(&step->status, &step->encoded));
    struct mash_span span = mash_bytes_span(&step->encoded);
    step->sha256 = mash_hash_of(span);
    ok(mash_batch_sign(MASH_BATCH_STATUS, PARTNERSHIP, key, &span, 1, &step->proof));
    mash__signed_status__init(&step->message);
    step->message.status = mash_span_field(span);
    step->message.signature = mash_span_field(mash_span(step->proof.signature, 64));
    step->message.batch_size = 1;
}

FIXTURE const Mash__Outcome *
fixture_submit_step(struct fixture *f, int link, struct step *step)
{
    Mash__SignedStatus *list[1] = { &step->message };
    Mash__SubmitStatus submit = MASH__SUBMIT_STATUS__INIT;
    submit.n_statuses = 1;
    submit.statuses = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT_STATUS;
    request.submit_status = &submit;
    const Mash__Answer *answer = fixture_ask_now(f, link, &request);
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT_OUTCOMES);
    return answer->outcomes->outcomes[0];
}

/* Sign and submit one step of a chain; its code.  digest: the last step's, replaced by this one's. */
FIXTURE uint32_t
fixture_step(struct fixture *f, const struct mash_hash *notice, int box, int key, uint32_t sequence,
             struct mash_hash *digest, Mash__State state)
{
    struct step step;
    step_write(f, &step, notice, box, key, sequence, sequence > 1 ? digest : NULL, state);
    step_sign(&step, f->sign[box][key]);
    uint32_t code = fixture_submit_step(f, boxes[box].link, &step)->code;
    *digest = step.sha256;
    mash_bytes_free(&step.encoded);
    return code;
}

/* ---- receipts ---- */

/* Verify a receipt with the log key alone and decode its detail; yours, mash_message_free(). */
FIXTURE Mash__Detail *
fixture_verify(struct fixture *f, ProtobufCBinaryData receipt, uint64_t *ret_index)
{
    struct mash_receipt opened;
    Mash__Detail *detail = NULL;
    ok(mash_receipt_open(mash_field_span(receipt), PARTNERSHIP "/2026", mash_secret_public(f->log), &opened));
    ok(mash_message_decode(&mash__detail__descriptor, opened.detail, &detail));
    assert_int_equal(opened.entry.kind, detail->kind_case);
    if (ret_index != NULL)
        *ret_index = opened.index;
    mash_receipt_close(&opened);
    return detail;
}

#endif
