/* SPDX-License-Identifier: Apache-2.0 */
/* arrival_status.c - see arrival_kinds.h: what others say about notices, and reports of the exchange.
 * A sender is shown only what has verified here. */
#include <stdio.h>
#include <string.h>

#include "clients/lib/arrival_kinds.h"
#include "clients/lib/bundles.h"
#include "clients/lib/closing.h"
#include "clients/lib/statuses.h"
#include "proto/batch.h"
#include "proto/manifest.h"
#include "proto/state.h"

/* Key, right, validity at the entry's time, and the signature itself. */
static enum mash_err
check_signer(struct mash_client *client, const struct mash_proof *proof, const Mash__Status *status)
{
    const Mash__StatusDetail *detail = proof->detail->status;
    const struct mash_bundle *bundle = NULL;
    struct mash_batch_proof batch;
    enum mash_err err = mash_bundles_at(client, detail->bundle_version, &bundle);
    if (err != MASH_OK)
        return err == MASH_E_DENIED || err == MASH_E_UNKNOWN ? MASH_E_AGAIN : err;
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(bundle, status->mailbox);
    const struct mash_sign_key *key =
        mailbox != NULL ? mash_mailbox_sign_key(mailbox, mash_field_span(status->key_id)) : NULL;
    if (key == NULL)
        return mash_client_fail(client, MASH_E_UNKNOWN, "its sign key is not one of %s", status->mailbox);
    if ((key->may & mash_state_right(status->state)) == 0)
        return mash_client_fail(client, MASH_E_DENIED, "its sign key may not say '%s'", mash_state_name(status->state));
    if (!mash_valid_at(key->valid_from_ms, key->valid_to_ms, proof->receipt.entry.time_ms))
        return mash_client_fail(client, MASH_E_EXPIRED, "its sign key was not valid when it was logged");
    err = mash_batch_proof_read(mash_field_span(detail->signature), detail->batch_index,
                                detail->batch_size, detail->batch_path,
                                detail->n_batch_path, &batch);
    if (err == MASH_OK)
        err = mash_batch_verify(MASH_BATCH_STATUS, client->conf.partnership, key->key, mash_field_span(detail->status),
                                &batch);
    return err == MASH_OK ? err : mash_client_fail(client, err, "its signature does not verify");
}

/* The status row with this sequence in its chain, if we have it: must be the previous one named. */
static enum mash_err
check_chain(struct mash_client *client, const Mash__Status *status, const struct mash_hash *manifest_sha256,
            const struct mash_hash *status_sha256)
{
    enum mash_err err = MASH_OK;
    for (size_t n = 0; err == MASH_OK; n++) {
        struct mash_status_row row;
        err = mash_home_status_nth(client->store, manifest_sha256, status->mailbox, n, &row);
        if (err != MASH_OK)
            break;
        bool logged = row.sending == MASH_STATUS_LOGGED;
        bool before = logged && row.sequence + 1 == status->sequence;
        bool beside = logged && row.sequence == status->sequence;
        if (before && !mash_span_equal(mash_field_span(status->previous_sha256), mash_hash_span(&row.status_sha256)))
            err = mash_client_fail(client, MASH_E_CONFLICT, "it does not continue the history we have of %s",
                                   status->mailbox);
        if (beside && !mash_hash_equal(&row.status_sha256, status_sha256))
            err = mash_client_fail(client, MASH_E_CONFLICT, "%s has two histories", status->mailbox);
        mash_status_row_free(&row);
    }
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

/* Whose statuses may there be about a notice we sent: its recipients', and our own recall. */
static enum mash_err
check_party(struct mash_client *client, const Mash__Status *status, const struct mash_hash *manifest_sha256)
{
    struct mash_outbox_row row;
    Mash__Manifest *manifest = NULL;
    enum mash_err err = mash_home_outbox_find(client->store, manifest_sha256, &row);
    if (err != MASH_OK) /* another installation of the mailbox has sent it */
        return err == MASH_E_UNKNOWN ? MASH_OK : err;
    err = mash_manifest_read(mash_bytes_span(&row.manifest), &manifest, NULL);
    if (err == MASH_OK && mash_manifest_recipient(manifest, status->mailbox) == NULL &&
        strcmp(manifest->from, status->mailbox) != 0)
        err = mash_client_fail(client, MASH_E_MISMATCH, "%s is no party to the notice", status->mailbox);
    mash_message_free(&manifest);
    mash_outbox_row_free(&row);
    return err;
}

static enum mash_err
fill_row(const struct mash_proof *proof, const Mash__Status *status, struct mash_status_row *row)
{
    const Mash__StatusDetail *detail = proof->detail->status;
    Mash__SignedStatus signed_status = MASH__SIGNED_STATUS__INIT;
    signed_status.status = detail->status;
    signed_status.signature = detail->signature;
    signed_status.batch_index = detail->batch_index;
    signed_status.batch_size = detail->batch_size;
    signed_status.n_batch_path = detail->n_batch_path;
    signed_status.batch_path = detail->batch_path;
    row->status_sha256 = mash_hash_of(mash_field_span(detail->status));
    memcpy(row->manifest_sha256.bytes, status->manifest_sha256.data, sizeof(row->manifest_sha256.bytes));
    (void)snprintf(row->mailbox, sizeof(row->mailbox), "%s", status->mailbox);
    row->sequence = status->sequence;
    row->state = status->state;
    row->time_ms = status->time_ms;
    row->entry_ms = proof->receipt.entry.time_ms;
    row->sending = MASH_STATUS_LOGGED;
    return mash_message_encode(&signed_status, &row->signed_status);
}

enum mash_err
mash_arrival_status(struct mash_client *client, const struct mash_proof *proof, struct mash_status_row *ret_row)
{
    Mash__Status *status = NULL;
    enum mash_err err = mash_status_read(mash_field_span(proof->detail->status->status), &status, NULL);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the status is not in order: %s", mash_strerror(err));
    if (strcmp(status->partnership, client->conf.partnership) != 0)
        err = mash_client_fail(client, MASH_E_MISMATCH, "the status belongs to another partnership");
    if (err == MASH_OK)
        err = fill_row(proof, status, ret_row);
    if (err == MASH_OK)
        err = check_signer(client, proof, status);
    if (err == MASH_OK)
        err = check_party(client, status, &ret_row->manifest_sha256);
    if (err == MASH_OK)
        err = check_chain(client, status, &ret_row->manifest_sha256, &ret_row->status_sha256);
    ret_row->ours = mash_client_box(client, ret_row->mailbox) >= 0;
    mash_message_free(&status);
    return err;
}

static enum mash_err
check_same(struct mash_client *client, const Mash__StatusDetail *detail, const Mash__SignedStatus *given)
{
    return mash_span_equal(mash_field_span(detail->status), mash_field_span(given->status)) &&
                   mash_span_equal(mash_field_span(detail->signature), mash_field_span(given->signature))
               ? MASH_OK
               : mash_client_fail(client, MASH_E_MISMATCH, "its log entry is of another status");
}

enum mash_err
mash_arrival_told(struct mash_client *client, const Mash__Delivery *delivery, struct mash_collected *counts)
{
    struct mash_proof proof = { 0 };
    struct mash_status_row row;
    mash_status_row_init(&row);
    enum mash_err err = mash_proof_open(client, mash_field_span(delivery->proof), MASH__DETAIL__KIND_STATUS, &proof);
    if (err == MASH_OK)
        err = check_same(client, proof.detail->status, delivery->status);
    if (err == MASH_OK)
        err = mash_arrival_status(client, &proof, &row);
    if (err == MASH_OK)
        err = mash_bytes_append(&row.proof, delivery->proof.data, delivery->proof.len);
    if (err == MASH_OK)
        err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = mash_home_status_put(client->store, &row);
    if (err == MASH_OK)
        err = mash_closing_let_go(client, &row.manifest_sha256);
    if (err == MASH_OK)
        err = mash_home_cursor_put(client->store, delivery->mailbox, delivery->number);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    if (err == MASH_OK)
        counts->statuses++;
    mash_status_row_free(&row);
    mash_proof_close(&proof);
    return err;
}

static bool
names_us(struct mash_client *client, const Mash__ReportDetail *report)
{
    for (size_t i = 0; i < report->n_mailboxes; i++)
        if (mash_client_box(client, report->mailboxes[i]) >= 0)
            return true;
    return false;
}

enum mash_err
mash_arrival_report(struct mash_client *client, const Mash__Delivery *delivery, struct mash_collected *counts)
{
    struct mash_proof proof = { 0 };
    enum mash_err err = mash_proof_open(client, mash_field_span(delivery->proof), MASH__DETAIL__KIND_REPORT, &proof);
    if (err != MASH_OK)
        return err;
    const Mash__ReportDetail *report = proof.detail->report;
    struct mash_report_row row = { .entry = proof.receipt.index, .time_ms = proof.receipt.entry.time_ms,
                                   .code = report->code, .level = report->level };
    if (report->manifest_sha256.len != sizeof(row.manifest_sha256.bytes) || !names_us(client, report) ||
        strlen(report->sub_code) >= sizeof(row.sub_code) || strlen(report->recipient) >= sizeof(row.recipient)) {
        mash_proof_close(&proof);
        return mash_client_fail(client, MASH_E_MISMATCH, "the report is not for us");
    }
    memcpy(row.manifest_sha256.bytes, report->manifest_sha256.data, sizeof(row.manifest_sha256.bytes));
    (void)snprintf(row.sub_code, sizeof(row.sub_code), "%s", report->sub_code);
    (void)snprintf(row.recipient, sizeof(row.recipient), "%s", report->recipient);
    err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = mash_home_report_add(client->store, &row, mash_field_span(delivery->proof));
    if (err == MASH_OK)
        err = mash_home_cursor_put(client->store, delivery->mailbox, delivery->number);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    if (err == MASH_OK)
        counts->reports++;
    mash_proof_close(&proof);
    return err;
}
