/* SPDX-License-Identifier: Apache-2.0 */
/* arrival_notice.c - see arrival_kinds.h: a notice that was delivered.  Every check of the design's
 * "A notice on the wire" that needs no key of ours is here; opening comes after it is stored. */
#include <stdio.h>
#include <string.h>

#include "clients/lib/arrival_kinds.h"
#include "clients/lib/bundles.h"
#include "proto/address.h"
#include "proto/batch.h"
#include "proto/manifest.h"

#define RESTORED_SKEW_MS (15u * 60u * 1000u) /* operators' clocks and senders' */

struct checking {
    const Mash__Delivery *delivery;
    struct mash_proof accept, handover;
    Mash__Manifest *manifest;
    struct mash_hash manifest_sha256;
};

/* The accept entry is that of this very notice: without it a recipient refuses a delivery. */
static enum mash_err
check_accept(struct mash_client *client, struct checking *work)
{
    const Mash__SignedNotice *notice = work->delivery->notice;
    enum mash_err err = mash_proof_open(client, mash_field_span(work->delivery->accept_receipt),
                                        MASH__DETAIL__KIND_ACCEPT, &work->accept);
    if (err != MASH_OK)
        return err;
    const Mash__AcceptDetail *accept = work->accept.detail->accept;
    bool same = mash_span_equal(mash_field_span(accept->manifest), mash_field_span(notice->manifest)) &&
                mash_span_equal(mash_field_span(accept->signature), mash_field_span(notice->signature)) &&
                accept->batch_index == notice->batch_index && accept->batch_size == notice->batch_size &&
                accept->n_batch_path == notice->n_batch_path;
    for (size_t i = 0; same && i < notice->n_batch_path; i++)
        same = mash_span_equal(mash_field_span(accept->batch_path[i]), mash_field_span(notice->batch_path[i]));
    return same ? MASH_OK : mash_client_fail(client, MASH_E_MISMATCH, "its accept entry is of another notice");
}

static enum mash_err
check_handover(struct mash_client *client, struct checking *work)
{
    const Mash__Delivery *delivery = work->delivery;
    enum mash_err err = mash_proof_open(client, mash_field_span(delivery->proof), MASH__DETAIL__KIND_DELIVERY,
                                        &work->handover);
    if (err != MASH_OK)
        return err;
    const Mash__DeliveryDetail *detail = work->handover.detail->delivery;
    bool same = mash_span_equal(mash_field_span(detail->manifest_sha256), mash_hash_span(&work->manifest_sha256)) &&
                strcmp(detail->mailbox, delivery->mailbox) == 0 && detail->number == delivery->number &&
                detail->accept_entry == work->accept.receipt.index &&
                work->handover.receipt.index > work->accept.receipt.index;
    return same ? MASH_OK : mash_client_fail(client, MASH_E_MISMATCH, "its delivery entry is of another delivery");
}

/* Who signed: by the bundle the broker judged by, at the time of the accept entry, never at reading time. */
static enum mash_err
check_signature(struct mash_client *client, const struct checking *work)
{
    const Mash__SignedNotice *notice = work->delivery->notice;
    const Mash__Manifest *manifest = work->manifest;
    const struct mash_bundle *bundle = NULL;
    struct mash_batch_proof proof;
    uint32_t version = work->accept.detail->accept->bundle_version;
    enum mash_err err = mash_bundles_fetch(client, manifest->bundle->version);
    if (err == MASH_OK)
        err = mash_bundles_at(client, version, &bundle);
    if (err == MASH_OK)
        err = mash_batch_proof_read(mash_field_span(notice->signature), notice->batch_index,
                                    notice->batch_size, notice->batch_path,
                                    notice->n_batch_path, &proof);
    if (err != MASH_OK)
        return err == MASH_E_DENIED || err == MASH_E_UNKNOWN ? MASH_E_AGAIN : err;

    const struct mash_mailbox *from = mash_bundle_mailbox(bundle, manifest->from);
    const struct mash_sign_key *key =
        from != NULL ? mash_mailbox_sign_key(from, mash_field_span(manifest->from_key_id)) : NULL;
    if (key == NULL)
        return mash_client_fail(client, MASH_E_UNKNOWN, "its sign key is not one of %s", manifest->from);
    if ((key->may & MASH_MAY_SEND) == 0)
        return mash_client_fail(client, MASH_E_DENIED, "its sign key may not send");
    if (!mash_valid_at(key->valid_from_ms, key->valid_to_ms, work->accept.receipt.entry.time_ms))
        return mash_client_fail(client, MASH_E_EXPIRED, "its sign key was not valid when it was accepted");
    err = mash_batch_verify(MASH_BATCH_NOTICE, client->conf.partnership, key->key, mash_field_span(notice->manifest),
                            &proof);
    return err == MASH_OK ? err : mash_client_fail(client, err, "its signature does not verify");
}

/* The bundle it was written by is the one we know under that version. */
static enum mash_err
check_bundle_named(struct mash_client *client, const struct checking *work)
{
    const struct mash_bundle *bundle = NULL;
    enum mash_err err = mash_bundles_at(client, work->manifest->bundle->version, &bundle);
    if (err != MASH_OK)
        return err == MASH_E_DENIED || err == MASH_E_UNKNOWN ? MASH_E_AGAIN : err;
    if (mash_bundle_version(bundle) == work->manifest->bundle->version &&
        !mash_span_equal(mash_field_span(work->manifest->bundle->digest),
                         mash_span(mash_bundle_digest(bundle), MASH_SHA256_BYTES)))
        return mash_client_fail(client, MASH_E_MISMATCH,
                                "its sender works with another partnership bundle of the same version: a split view");
    return MASH_OK;
}

static enum mash_err
check_content(struct mash_client *client, struct checking *work)
{
    const Mash__SignedNotice *notice = work->delivery->notice;
    const Mash__Manifest *manifest = work->manifest;
    struct mash_hash body = mash_hash_of(mash_field_span(notice->body));
    if (strcmp(manifest->partnership, client->conf.partnership) != 0)
        return mash_client_fail(client, MASH_E_MISMATCH, "it belongs to another partnership");
    if (mash_manifest_recipient(manifest, work->delivery->mailbox) == NULL)
        return mash_client_fail(client, MASH_E_MISMATCH, "it is not addressed to this mailbox");
    if (notice->body.len != manifest->body_length ||
        !mash_span_equal(mash_field_span(manifest->body_sha256), mash_hash_span(&body)))
        return mash_client_fail(client, MASH_E_MISMATCH, "its body is not the one that was signed");
    return MASH_OK;
}

/* A head its sender saw must be of our history too: split views surface here.  It is an alarm, not a reason
 * to keep a notice about a child from being read. */
static enum mash_err
compare_seen(struct mash_client *client, const struct checking *work)
{
    const Mash__Seen *seen = work->manifest->log_seen;
    struct mash_hash root;
    if (seen == NULL || seen->root.len != sizeof(root.bytes))
        return MASH_OK;
    memcpy(root.bytes, seen->root.data, sizeof(root.bytes));
    enum mash_err err = mash_seen_cited(client, seen->size, &root);
    if (err != MASH_E_MISMATCH && err != MASH_E_SIGNATURE)
        return err;
    /* written before a restore, by one who had seen what is lost: that is no split view */
    uint64_t created_ms = work->manifest->created_ms;
    err = mash_home_restored_lost(client->store, seen->size,
                                  created_ms > RESTORED_SKEW_MS ? created_ms - RESTORED_SKEW_MS : 0);
    if (err != MASH_E_UNKNOWN)
        return err;
    char text[MASH_HOME_SENTENCE_MAX];
    (void)snprintf(text, sizeof(text),
                   "ALARM: %s has signed that it saw a log which the exchange does not show us: one of the two is "
                   "wrong. Compare with them by phone and ring the governance contact",
                   work->manifest->from);
    return mash_home_alarm_add(client->store, mash_client_now(client), "split-view", text,
                               mash_field_span(work->delivery->notice->manifest));
}

static enum mash_err
check(struct mash_client *client, struct checking *work)
{
    struct mash_span manifest = mash_field_span(work->delivery->notice->manifest);
    enum mash_err err = mash_manifest_read(manifest, &work->manifest, NULL);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "its manifest is not in order: %s", mash_strerror(err));
    work->manifest_sha256 = mash_hash_of(manifest);
    err = check_content(client, work);
    if (err == MASH_OK)
        err = check_accept(client, work);
    if (err == MASH_OK)
        err = check_handover(client, work);
    if (err == MASH_OK)
        err = check_signature(client, work);
    if (err == MASH_OK)
        err = check_bundle_named(client, work);
    return err == MASH_OK ? compare_seen(client, work) : err;
}

static enum mash_err
copy(struct mash_bytes *out, struct mash_span from)
{
    return mash_bytes_append(out, from.data, from.len);
}

static enum mash_err
fill_row(struct mash_client *client, const struct checking *work, struct mash_inbox_row *row)
{
    const Mash__Manifest *manifest = work->manifest;
    row->manifest_sha256 = work->manifest_sha256;
    row->state = MASH_INBOX_STORED;
    row->immediate = manifest->immediate;
    row->drill = manifest->drill;
    row->number = work->delivery->number;
    row->created_ms = manifest->created_ms;
    row->held_ms = work->accept.receipt.entry.time_ms;
    row->stored_ms = mash_client_now(client);
    row->presented = 1;
    memcpy(row->notice_id, manifest->notice_id.data, sizeof(row->notice_id));
    (void)snprintf(row->mailbox, sizeof(row->mailbox), "%s", work->delivery->mailbox);
    (void)snprintf(row->from, sizeof(row->from), "%s", manifest->from);
    (void)snprintf(row->type, sizeof(row->type), "%s", manifest->type);

    Mash__SignedNotice without_body = *work->delivery->notice;
    without_body.body = (ProtobufCBinaryData){ 0, NULL };
    enum mash_err err = mash_message_encode(&without_body, &row->signed_notice);
    if (err == MASH_OK)
        err = copy(&row->manifest, mash_field_span(work->delivery->notice->manifest));
    if (err == MASH_OK)
        err = copy(&row->body, mash_field_span(work->delivery->notice->body));
    if (err == MASH_OK)
        err = copy(&row->accept_receipt, mash_field_span(work->delivery->accept_receipt));
    return err == MASH_OK ? copy(&row->delivery_proof, mash_field_span(work->delivery->proof)) : err;
}

/* One transaction: the row, or one more presentation of it, and the cursor. */
static enum mash_err
store(struct mash_client *client, const struct mash_inbox_row *row, bool *ret_again)
{
    struct mash_address from;
    bool again = false;
    enum mash_err err = mash_address_parse(row->from, &from);
    if (err == MASH_OK)
        err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = mash_home_inbox_add(client->store, row, from.agency);
    if (err == MASH_E_CONFLICT) {
        again = true;
        err = mash_home_inbox_presented(client->store, row);
        if (err == MASH_E_UNKNOWN)
            err = mash_client_fail(client, MASH_E_CONFLICT, "another notice with its id was received before");
    }
    if (err == MASH_OK) /* what we said about it before the exchange lost it */
        err = mash_home_chain_revive(client->store, &row->manifest_sha256, row->mailbox);
    if (err == MASH_OK)
        err = mash_home_cursor_put(client->store, row->mailbox, row->number);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    if (err == MASH_OK)
        *ret_again = again;
    return err;
}

enum mash_err
mash_arrival_notice(struct mash_client *client, const Mash__Delivery *delivery, struct mash_collected *counts)
{
    struct checking work = { .delivery = delivery };
    struct mash_inbox_row row;
    bool again = false;
    mash_inbox_row_init(&row);
    enum mash_err err = check(client, &work);
    if (err == MASH_OK)
        err = fill_row(client, &work, &row);
    if (err == MASH_OK)
        err = store(client, &row, &again);
    if (err == MASH_OK && again)
        counts->again++;
    else if (err == MASH_OK)
        counts->notices++;
    mash_inbox_row_free(&row);
    mash_message_free(&work.manifest);
    mash_proof_close(&work.handover);
    mash_proof_close(&work.accept);
    return err;
}
