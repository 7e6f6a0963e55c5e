/* SPDX-License-Identifier: Apache-2.0 */
/* statuses_flush.c - see statuses.h: pending statuses on their way into the log. */
#include "clients/lib/statuses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/seen.h"
#include "clients/lib/session.h"
#include "proto/answer.h"

#define ROUNDS_MAX 64u /* chains moved in one flush: the next flush goes on */

struct page {
    size_t count;
    struct mash_status_row rows[MASH_STATUSES_AT_ONCE];
};

static void
page_free(struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        mash_status_row_free(&page->rows[i]);
    page->count = 0;
}

/* The first pending ones; one frame's worth. */
static enum mash_err
page_load(struct mash_client *client, struct page *page)
{
    size_t bytes = 0;
    enum mash_err err = MASH_OK;
    page->count = 0;
    while (page->count < MASH_STATUSES_AT_ONCE && bytes < MASH_FRAME_MAX / 2) {
        err = mash_home_status_pending(client->store, page->count, &page->rows[page->count]);
        if (err != MASH_OK)
            break;
        bytes += page->rows[page->count++].signed_status.len;
    }
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

static enum mash_err
page_ask(struct mash_client *client, struct page *page, Mash__Answer **ret_answer)
{
    Mash__SubmitStatus submit = MASH__SUBMIT_STATUS__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__SignedStatus *list[MASH_STATUSES_AT_ONCE] = { NULL };
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < page->count; i++)
        err = mash_message_decode(&mash__signed_status__descriptor, mash_bytes_span(&page->rows[i].signed_status),
                                  &list[i]);
    if (err == MASH_OK) {
        submit.n_statuses = page->count;
        submit.statuses = list;
        request.ask_case = MASH__REQUEST__ASK_SUBMIT_STATUS;
        request.submit_status = &submit;
        err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_OUTCOMES, ret_answer);
    }
    for (size_t i = 0; i < page->count; i++)
        mash_message_free(&list[i]);
    return err;
}

/* ---- signing again ---- */

/* All pending statuses of the chain that row belongs to, in order. */
static enum mash_err
chain_load(struct mash_client *client, const struct mash_status_row *of, struct page *page)
{
    enum mash_err err = MASH_OK;
    page->count = 0;
    for (size_t n = 0; err == MASH_OK && page->count < MASH_STATUSES_AT_ONCE; n++) {
        struct mash_status_row row;
        err = mash_home_status_nth(client->store, &of->manifest_sha256, of->mailbox, n, &row);
        if (err != MASH_OK)
            break;
        if (row.sending == MASH_STATUS_PENDING)
            page->rows[page->count++] = row;
        else
            mash_status_row_free(&row);
    }
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

/* The key that signed a status, if we have it. */
static const struct mash_secret *
key_of(struct mash_client *client, const Mash__Status *status, const struct mash_secret *act_key)
{
    int box = mash_client_box(client, status->mailbox);
    const struct mash_secret *keys[] = { box >= 0 ? client->boxes[box].sign : NULL, act_key };
    for (size_t i = 0; i < 2; i++) {
        struct mash_key_id id;
        if (keys[i] == NULL)
            continue;
        mash_secret_id(keys[i], &id);
        if (mash_span_equal(mash_field_span(status->key_id), mash_span(id.bytes, sizeof(id.bytes))))
            return keys[i];
    }
    return NULL;
}

/* One status again, behind what is now the end of its chain; its time stays. */
static enum mash_err
sign_again(struct mash_client *client, struct mash_status_row *row, const struct mash_secret *act_key)
{
    Mash__SignedStatus *signed_status = NULL;
    Mash__Status *status = NULL;
    enum mash_err err = mash_statuses_decode(mash_bytes_span(&row->signed_status), &signed_status, &status);
    if (err != MASH_OK)
        return err;
    const struct mash_secret *key = key_of(client, status, act_key);
    if (key == NULL) {
        row->sending = MASH_STATUS_REFUSED;
        (void)snprintf(row->sentence, sizeof(row->sentence),
                       "another installation of %s has said something about this notice meanwhile: do it again",
                       row->mailbox);
        err = mash_home_status_put(client->store, row);
        if (err == MASH_OK)
            err = mash_home_alarm_add(client->store, mash_client_now(client), "status", row->sentence,
                                      mash_bytes_span(&row->signed_status));
    } else {
        Mash__Status again = *status; /* strings borrowed from status, the rest is set anew */
        Mash__Status *list[] = { &again };
        err = mash_statuses_add(client, key, list, 1, NULL);
    }
    mash_message_free(&status);
    mash_message_free(&signed_status);
    return err;
}

/* Did the exchange name one of our own as the last?  Then only its answer was lost. */
static size_t
logged_before(const struct page *chain, struct mash_span previous)
{
    for (size_t i = 0; i < chain->count; i++)
        if (mash_span_equal(previous, mash_hash_span(&chain->rows[i].status_sha256)))
            return i + 1;
    return 0;
}

/* Put the pending statuses of row's chain behind (sequence, previous). */
static enum mash_err
rebase(struct mash_client *client, const struct mash_status_row *of, uint32_t sequence, struct mash_span previous,
       const struct mash_secret *act_key)
{
    struct page *chain = calloc(1, sizeof(*chain));
    struct mash_hash last = { { 0 } };
    if (chain == NULL)
        return MASH_E_NOMEM;
    if (previous.len == sizeof(last.bytes))
        memcpy(last.bytes, previous.data, sizeof(last.bytes));
    enum mash_err err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = chain_load(client, of, chain);
    size_t known = err == MASH_OK ? logged_before(chain, previous) : 0;
    for (size_t i = 0; err == MASH_OK && i < known; i++) {
        chain->rows[i].sending = MASH_STATUS_LOGGED; /* its proof comes with the next track */
        err = mash_home_status_put(client->store, &chain->rows[i]);
    }
    for (size_t i = known; err == MASH_OK && i < chain->count; i++)
        err = mash_home_status_remove(client->store, &chain->rows[i].status_sha256);
    if (err == MASH_OK)
        err = mash_home_chain_put(client->store, &of->manifest_sha256, of->mailbox, sequence, &last);
    for (size_t i = known; err == MASH_OK && i < chain->count; i++)
        err = sign_again(client, &chain->rows[i], act_key);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    page_free(chain);
    free(chain);
    return err;
}

/* ---- outcomes ---- */

static enum mash_err
take_logged(struct mash_client *client, struct mash_status_row *row, struct mash_span receipt)
{
    Mash__SignedStatus *ours = NULL;
    struct mash_proof proof = { 0 };
    enum mash_err err = mash_message_decode(&mash__signed_status__descriptor, mash_bytes_span(&row->signed_status),
                                            &ours);
    if (err == MASH_OK)
        err = mash_proof_open(client, receipt, MASH__DETAIL__KIND_STATUS, &proof);
    if (err == MASH_OK &&
        !mash_span_equal(mash_field_span(proof.detail->status->status), mash_field_span(ours->status)))
        err = mash_client_fail(client, MASH_E_MISMATCH, "the receipt is for another status");
    if (err == MASH_OK) {
        row->sending = MASH_STATUS_LOGGED;
        row->entry_ms = proof.receipt.entry.time_ms;
        mash_bytes_free(&row->proof);
        err = mash_bytes_append(&row->proof, receipt.data, receipt.len);
    }
    mash_proof_close(&proof);
    mash_message_free(&ours);
    if (err == MASH_OK)
        return mash_home_status_put(client->store, row);
    if (err == MASH_E_NOMEM || err == MASH_E_FULL || err == MASH_E_IO || err == MASH_E_AGAIN)
        return err;
    enum mash_err kept = mash_home_alarm_add(client->store, mash_client_now(client), "receipt", client->why, receipt);
    return kept == MASH_OK ? MASH_E_SIGNATURE : kept;
}

static enum mash_err
take_refused(struct mash_client *client, struct mash_status_row *row, const Mash__Outcome *outcome,
             const struct mash_secret *act_key)
{
    row->sending = MASH_STATUS_REFUSED;
    row->code = outcome->code;
    (void)snprintf(row->sentence, sizeof(row->sentence), "%s", outcome->sentence);
    enum mash_err err = mash_home_status_put(client->store, row);
    /* those behind it name it as their previous one: close the gap */
    struct mash_hash previous = { { 0 } };
    Mash__SignedStatus *signed_status = NULL;
    Mash__Status *status = NULL;
    if (err == MASH_OK)
        err = mash_statuses_decode(mash_bytes_span(&row->signed_status), &signed_status, &status);
    if (err == MASH_OK) {
        if (status->previous_sha256.len == sizeof(previous.bytes))
            memcpy(previous.bytes, status->previous_sha256.data, sizeof(previous.bytes));
        bool first = row->sequence <= 1;
        err = rebase(client, row, row->sequence - 1, first ? mash_span(NULL, 0) : mash_hash_span(&previous), act_key);
    }
    mash_message_free(&status);
    mash_message_free(&signed_status);
    return err;
}

/* What one outcome does to its row.  ret_moved: chains have changed, what is behind must be read again. */
static enum mash_err
take_outcome(struct mash_client *client, struct mash_status_row *row, const Mash__Outcome *outcome,
             const struct mash_secret *act_key, bool *ret_moved)
{
    if (outcome->code >= 200 && outcome->code < 300 && mash_answer_exit_code(outcome->code, outcome->sub_code) == 0)
        return take_logged(client, row, mash_field_span(outcome->receipt));
    const struct mash_answer *sequence = mash_answer(MASH_ANSWER_STATUS_SEQUENCE);
    if (outcome->code == sequence->code && strcmp(outcome->sub_code, sequence->sub_code) == 0) {
        *ret_moved = true;
        return rebase(client, row, outcome->sequence, mash_field_span(outcome->previous_sha256), act_key);
    }
    if (outcome->code < 300 || mash_answer_retry(outcome->code, outcome->sub_code))
        return mash_client_fail(client, MASH_E_AGAIN, "%s (%u %s)", outcome->sentence, outcome->code,
                                outcome->sub_code);
    *ret_moved = true;
    /* after a restore of the exchange the notice may not be back yet: its sender sends it again */
    const struct mash_answer *unknown = mash_answer(MASH_ANSWER_UNKNOWN);
    struct mash_hash restored;
    if (outcome->code == unknown->code && strcmp(outcome->sub_code, unknown->sub_code) == 0) {
        enum mash_err err = mash_home_restored_last(client->store, &restored);
        if (err != MASH_E_UNKNOWN)
            return err == MASH_OK ? mash_home_chain_park(client->store, &row->manifest_sha256, row->mailbox) : err;
    }
    return take_refused(client, row, outcome, act_key);
}

static enum mash_err
take_outcomes(struct mash_client *client, struct page *page, const Mash__Outcomes *outcomes,
              const struct mash_secret *act_key, bool *ret_moved)
{
    if (outcomes->n_outcomes != page->count)
        return mash_client_fail(client, MASH_E_AGAIN, "the exchange did not answer for every status");
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && !*ret_moved && i < page->count; i++) {
        if (!mash_span_equal(mash_field_span(outcomes->outcomes[i]->sha256),
                             mash_hash_span(&page->rows[i].status_sha256)))
            return mash_client_fail(client, MASH_E_AGAIN, "the exchange answered for another status");
        err = take_outcome(client, &page->rows[i], outcomes->outcomes[i], act_key, ret_moved);
    }
    return err;
}

enum mash_err
mash_statuses_flush_with(struct mash_client *client, const struct mash_secret *act_key)
{
    struct page *page = calloc(1, sizeof(*page));
    enum mash_err err = page != NULL ? MASH_OK : MASH_E_NOMEM;
    unsigned rounds = 0;
    while (err == MASH_OK) {
        bool moved = false;
        Mash__Answer *answer = NULL;
        err = page_load(client, page);
        if (err != MASH_OK || page->count == 0)
            break;
        err = page_ask(client, page, &answer);
        if (err == MASH_OK)
            err = take_outcomes(client, page, answer->outcomes, act_key, &moved);
        if (err == MASH_OK && moved && ++rounds > ROUNDS_MAX)
            err = mash_client_fail(client, MASH_E_AGAIN, "the notice's history keeps changing");
        mash_message_free(&answer);
        page_free(page);
    }
    if (page != NULL)
        page_free(page);
    free(page);
    return err;
}
