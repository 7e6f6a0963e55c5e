/* SPDX-License-Identifier: Apache-2.0 */
/* outgoing.c - see outgoing.h. */
#include "clients/lib/outgoing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/sealing.h"
#include "clients/lib/seen.h"
#include "clients/lib/session.h"
#include "proto/answer.h"
#include "proto/hex.h"
#include "proto/manifest.h"
#include "proto/state.h"
#include "proto/uuid.h"

#define SUBMIT_SLACK 4096u /* bytes of a request around its notices */

/* ---- how it ended ---- */

void
mash_outgoing_ring(const struct mash_client *client, const Mash__Manifest *manifest, char *ret_text, size_t size)
{
    size_t at = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < manifest->n_recipients && at < size; i++) {
        const Mash__Recipient *recipient = manifest->recipients[i];
        if (recipient->duty != MASH__DUTY__DUTY_ACTION)
            continue;
        const struct mash_mailbox *mailbox = mash_bundle_mailbox(client->bundle, recipient->mailbox);
        int len;
        if (mailbox != NULL && mailbox->phone != NULL && mailbox->phone[0] != '\0')
            len = snprintf(ret_text + at, size - at, "%sring %s on %s", at > 0 ? ", " : "", mailbox->name,
                           mailbox->phone);
        else
            len = snprintf(ret_text + at, size - at, "%sring %s (no phone is listed)", at > 0 ? ", " : "",
                           recipient->mailbox);
        at += len > 0 ? (size_t)len : 0;
    }
    if (at == 0)
        (void)snprintf(ret_text, size, "ring the recipients");
}

static void
say_trying(const struct mash_client *client, const struct mash_outbox_row *row, struct mash_result *result)
{
    char ring[640] = "ring the recipients";
    Mash__Manifest *manifest = NULL;
    if (mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&row->manifest), &manifest) == MASH_OK)
        mash_outgoing_ring(client, manifest, ring, sizeof(ring));
    mash_message_free(&manifest);
    (void)snprintf(result->sentence, sizeof(result->sentence), "NOT sent, still trying: %s", ring);
    if (result->warning[0] == '\0')
        (void)snprintf(result->warning, sizeof(result->warning), "%s", row->sentence);
}

/* Exactly one of the three sentences, from the row alone: held only with a stored, verified receipt. */
static void
conclude(const struct mash_client *client, const struct mash_outbox_row *row, struct mash_result *result)
{
    mash_uuid_text(row->notice_id, result->id);
    static const struct mash_hash none;
    if (!mash_hash_equal(&row->manifest_sha256, &none))
        mash_hex_text(mash_hash_span(&row->manifest_sha256), result->manifest_sha256);
    result->code = row->code;
    (void)snprintf(result->sub_code, sizeof(result->sub_code), "%s", row->sub_code);
    if (row->state == MASH_OUTBOX_HELD) {
        result->end = MASH_END_HELD;
        (void)snprintf(result->sentence, sizeof(result->sentence), "held (receipt %.16s). %s",
                       result->manifest_sha256, mash_state_sentence(MASH__STATE__STATE_HELD));
    } else if (row->code >= 400 && mash_answer_exit_code(row->code, row->sub_code) == MASH_END_REFUSED) {
        result->end = MASH_END_REFUSED;
        (void)snprintf(result->sentence, sizeof(result->sentence), "refused: %s", row->sentence);
    } else {
        result->end = MASH_END_TRYING;
        say_trying(client, row, result);
    }
}

/* ---- receipts and outcomes ---- */

static bool
same_signature(const Mash__AcceptDetail *accept, const Mash__SignedNotice *ours)
{
    bool same = mash_span_equal(mash_field_span(accept->manifest), mash_field_span(ours->manifest)) &&
                mash_span_equal(mash_field_span(accept->signature), mash_field_span(ours->signature)) &&
                accept->batch_index == ours->batch_index && accept->batch_size == ours->batch_size &&
                accept->n_batch_path == ours->n_batch_path;
    for (size_t i = 0; same && i < ours->n_batch_path; i++)
        same = mash_span_equal(mash_field_span(accept->batch_path[i]), mash_field_span(ours->batch_path[i]));
    return same;
}

enum mash_err
mash_outgoing_check_receipt(struct mash_client *client, const struct mash_outbox_row *row, struct mash_span receipt,
                            uint64_t *ret_held_ms)
{
    Mash__SignedNotice *ours = NULL;
    struct mash_proof proof = { 0 };
    enum mash_err err = mash_message_decode(&mash__signed_notice__descriptor, mash_bytes_span(&row->signed_notice),
                                            &ours);
    if (err == MASH_OK)
        err = mash_proof_open(client, receipt, MASH__DETAIL__KIND_ACCEPT, &proof);
    if (err == MASH_OK && !same_signature(proof.detail->accept, ours))
        err = mash_client_fail(client, MASH_E_MISMATCH, "the receipt is for another notice");
    if (err == MASH_OK)
        *ret_held_ms = proof.receipt.entry.time_ms;
    mash_proof_close(&proof);
    mash_message_free(&ours);
    return err;
}

/* Something other than an answer of the exchange kept the row from going. */
static void
set_back(struct mash_outbox_row *row, const char *why)
{
    row->code = 0;
    row->sub_code[0] = '\0';
    (void)snprintf(row->sentence, sizeof(row->sentence), "%.500s", why);
}

static enum mash_err
take_receipt(struct mash_client *client, struct mash_outbox_row *row, struct mash_span receipt)
{
    uint64_t held_ms = 0;
    enum mash_err err = mash_outgoing_check_receipt(client, row, receipt, &held_ms);
    if (err == MASH_OK) {
        mash_bytes_free(&row->receipt);
        err = mash_bytes_append(&row->receipt, receipt.data, receipt.len);
        if (err == MASH_OK) {
            row->held_ms = held_ms;
            row->state = MASH_OUTBOX_HELD;
        }
        return err;
    }
    if (err == MASH_E_NOMEM || err == MASH_E_FULL || err == MASH_E_IO)
        return err;
    char text[MASH_HOME_SENTENCE_MAX];
    (void)snprintf(text, sizeof(text), "the exchange says it holds the notice, but %.400s", client->why);
    set_back(row, text);
    if (err == MASH_E_AGAIN)
        return MASH_OK;
    return mash_home_alarm_add(client->store, mash_client_now(client), "receipt", text, receipt);
}

static enum mash_err
take_outcome(struct mash_client *client, struct mash_outbox_row *row, const Mash__Outcome *outcome,
             struct mash_result *result)
{
    row->code = outcome->code;
    (void)snprintf(row->sub_code, sizeof(row->sub_code), "%s", outcome->sub_code);
    int len = snprintf(row->sentence, sizeof(row->sentence), "%s", outcome->sentence);
    for (size_t i = 0; i < outcome->n_bad_fields && len > 0 && (size_t)len < sizeof(row->sentence); i++)
        len += snprintf(row->sentence + len, sizeof(row->sentence) - (size_t)len, "%s %s", i > 0 ? ";" : "",
                        outcome->bad_fields[i]);
    /* only an answer that this program knows to mean "held" can become one */
    if (outcome->code < 200 || outcome->code >= 300 || mash_answer_exit_code(outcome->code, outcome->sub_code) != 0)
        return MASH_OK;
    const struct mash_answer *ring = mash_answer(MASH_ANSWER_HELD_RING);
    if (outcome->code == ring->code && strcmp(outcome->sub_code, ring->sub_code) == 0)
        (void)snprintf(result->warning, sizeof(result->warning), "%s", outcome->sentence);
    return take_receipt(client, row, mash_field_span(outcome->receipt));
}

/* ---- submitting ---- */

static enum mash_err
store_rows(struct mash_client *client, struct mash_outbox_row *const *rows, size_t n)
{
    enum mash_err err = mash_home_begin(client->store);
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        err = mash_home_outbox_update(client->store, rows[i]);
        if (err == MASH_OK && rows[i]->state == MASH_OUTBOX_HELD) /* a recall, from before the exchange lost it */
            err = mash_home_chain_revive(client->store, &rows[i]->manifest_sha256, rows[i]->mailbox);
    }
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the outbox could not be written: %s", mash_strerror(err));
    return MASH_OK;
}

/* One request of n sealed rows, and its outcomes. */
static enum mash_err
submit(struct mash_client *client, struct mash_outbox_row *const *rows, size_t n, struct mash_result *const *results)
{
    Mash__Submit ask = MASH__SUBMIT__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__SignedNotice *notices[MASH_SUBMIT_MAX] = { NULL };
    ProtobufCBinaryData none[MASH_SUBMIT_MAX];
    Mash__Answer *answer = NULL;
    enum mash_err err = MASH_OK;
    size_t ready = 0;
    for (; err == MASH_OK && ready < n; ready++) {
        err = mash_message_decode(&mash__signed_notice__descriptor, mash_bytes_span(&rows[ready]->signed_notice),
                                  &notices[ready]);
        if (err != MASH_OK)
            break;
        none[ready] = notices[ready]->body;
        notices[ready]->body = mash_span_field(mash_bytes_span(&rows[ready]->body));
    }
    if (err == MASH_OK) {
        ask.n_notices = n;
        ask.notices = notices;
        request.ask_case = MASH__REQUEST__ASK_SUBMIT;
        request.submit = &ask;
        err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_OUTCOMES, &answer);
    }
    for (size_t i = 0; i < ready; i++) {
        notices[i]->body = none[i];
        mash_message_free(&notices[i]);
    }
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        const Mash__Outcomes *outcomes = answer->outcomes;
        rows[i]->attempts++;
        rows[i]->tried_ms = mash_client_now(client);
        if (i < outcomes->n_outcomes && mash_span_equal(mash_field_span(outcomes->outcomes[i]->sha256),
                                                        mash_hash_span(&rows[i]->manifest_sha256)))
            err = take_outcome(client, rows[i], outcomes->outcomes[i], results[i]);
        else
            set_back(rows[i], "the exchange did not answer for this notice");
    }
    mash_message_free(&answer);
    return err;
}

static size_t
submit_bytes(const struct mash_outbox_row *row)
{
    return row->body.len + row->signed_notice.len + 64;
}

/* All sealed rows, in as few requests as the frame allows. */
static enum mash_err
submit_all(struct mash_client *client, struct mash_outbox_row *rows, size_t n, struct mash_result *results)
{
    struct mash_outbox_row *some[MASH_SUBMIT_MAX];
    struct mash_result *answers[MASH_SUBMIT_MAX];
    enum mash_err err = MASH_OK;
    for (size_t at = 0; err == MASH_OK && at < n;) {
        size_t count = 0, bytes = SUBMIT_SLACK;
        for (; at < n && count < MASH_SUBMIT_MAX; at++) {
            if (rows[at].state != MASH_OUTBOX_SEALED)
                continue;
            if (count > 0 && bytes + submit_bytes(&rows[at]) > MASH_FRAME_MAX)
                break;
            bytes += submit_bytes(&rows[at]);
            answers[count] = &results[at];
            some[count++] = &rows[at];
        }
        if (count == 0)
            break;
        err = submit(client, some, count, answers);
        for (size_t i = 0; err != MASH_OK && i < count; i++)
            if (some[i]->state == MASH_OUTBOX_SEALED)
                set_back(some[i], client->why);
        if (err == MASH_OK)
            err = store_rows(client, some, count);
    }
    return err;
}

/* ---- sealing ---- */

/* Seal the drafts and sign those of one mailbox as one batch. */
static enum mash_err
seal_all(struct mash_client *client, struct mash_outbox_row *rows, size_t n, struct mash_result *results)
{
    struct mash_reaches reaches = { NULL };
    bool sealed[MASH_SUBMIT_MAX] = { false };
    enum mash_err err = mash_reaches_ask(client, rows, n, &reaches);
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        if (rows[i].state != MASH_OUTBOX_DRAFT)
            continue;
        err = mash_sealing_seal(client, &reaches, &rows[i], results[i].warning, sizeof(results[i].warning));
        sealed[i] = err == MASH_OK;
        if (err == MASH_E_DENIED)
            err = MASH_OK; /* the row says why */
    }
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        struct mash_outbox_row *batch[MASH_BATCH_MAX];
        size_t count = 0;
        for (size_t j = i; sealed[i] && j < n; j++)
            if (sealed[j] && rows[j].state == MASH_OUTBOX_DRAFT && strcmp(rows[j].mailbox, rows[i].mailbox) == 0)
                batch[count++] = &rows[j];
        if (count > 0)
            err = mash_sealing_sign(client, batch, count);
    }
    mash_reaches_free(&reaches);
    return err;
}

static bool
any_draft(const struct mash_outbox_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].state == MASH_OUTBOX_DRAFT)
            return true;
    return false;
}

static bool
our_own_fault(enum mash_err err)
{
    return err == MASH_E_NOMEM || err == MASH_E_FULL || err == MASH_E_IO;
}

enum mash_err
mash_outgoing_run(struct mash_client *client, struct mash_outbox_row *rows, size_t n, struct mash_result *ret_results)
{
    struct mash_outbox_row *all[MASH_SUBMIT_MAX];
    memset(ret_results, 0, n * sizeof(ret_results[0]));
    for (size_t i = 0; i < n; i++)
        all[i] = &rows[i];
    enum mash_err err = mash_client_connect(client);
    if (err == MASH_OK && any_draft(rows, n))
        err = seal_all(client, rows, n, ret_results);
    /* sealed and signed must be on disk before the exchange sees any of it */
    enum mash_err stored = MASH_OK;
    if (err == MASH_OK)
        stored = store_rows(client, all, n);
    if (err == MASH_OK && stored == MASH_OK)
        err = submit_all(client, rows, n, ret_results);
    else
        for (size_t i = 0; err != MASH_OK && i < n; i++)
            set_back(&rows[i], client->why);
    /* after a fault of our own a row may be half made: what is on disk stays as it was */
    if (stored == MASH_OK && err != MASH_OK && !our_own_fault(err))
        stored = store_rows(client, all, n);
    for (size_t i = 0; i < n; i++)
        conclude(client, &rows[i], &ret_results[i]);
    return stored != MASH_OK ? stored : our_own_fault(err) ? err : MASH_OK;
}
