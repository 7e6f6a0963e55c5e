/* SPDX-License-Identifier: Apache-2.0 */
/* hand_over.c - see hand_over.h. */
#include "daemon/path/hand_over.h"

#include <string.h>

#include "daemon/path/party.h"

static enum mash_err
append_delivery(struct mash_path *path, const char *mailbox, const struct mash_store_item *item,
                const struct mash_key_id *link_id, uint64_t *ret_entry)
{
    Mash__DeliveryDetail delivery = MASH__DELIVERY_DETAIL__INIT;
    delivery.manifest_sha256 = mash_span_field(mash_hash_span(&item->manifest_sha256));
    delivery.mailbox = (char *)(uintptr_t)mailbox;
    delivery.number = item->number;
    delivery.link_key_id = mash_span_field(mash_span(link_id->bytes, MASH_KEY_ID_BYTES));
    delivery.accept_entry = item->entry;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_DELIVERY;
    detail.delivery = &delivery;
    enum mash_err err = mash_path_append(path, &detail, ret_entry);
    if (err == MASH_OK)
        err = mash_store_handover_put(path->store, mailbox, item->number, link_id, *ret_entry);
    if (err == MASH_OK)
        err = mash_store_about_put(path->store, &item->manifest_sha256, *ret_entry);
    return err;
}

/* An installation asks from what it has stored itself, so it has lost what it was handed and asks for
 * again; only its own `collected` says that it has it, another device's does not. */
static enum mash_err
wanted_again(struct mash_path *path, const char *mailbox, const struct mash_store_item *item,
             const struct mash_key_id *link_id, bool *ret_wanted)
{
    bool has_it = false;
    enum mash_err err = MASH_OK;
    if (item->retired)
        err = mash_store_collector_is(path->store, &item->manifest_sha256, mailbox, link_id, &has_it);
    struct mash_store_obligation row = { 0 };
    if (err == MASH_OK && item->retired && !has_it) /* a recall retires, too */
        err = mash_store_obligation_get(path->store, &item->manifest_sha256, mailbox, &row);
    *ret_wanted = !has_it && !row.progress.withdrawn;
    return err;
}

enum mash_err
mash_hand_over_log(struct mash_path *path, const char *mailbox, const struct mash_store_item *item,
                   const struct mash_key_id *link_id, bool *ret_wanted, uint64_t *ret_entry)
{
    enum mash_err err = mash_store_handover_get(path->store, mailbox, item->number, link_id, ret_entry);
    if (err == MASH_OK)
        return wanted_again(path, mailbox, item, link_id, ret_wanted);
    if (err != MASH_E_UNKNOWN)
        return err;
    struct mash_store_obligation row;
    err = mash_store_obligation_get(path->store, &item->manifest_sha256, mailbox, &row);
    if (err != MASH_OK)
        return err;
    *ret_wanted = !row.progress.withdrawn;
    if (row.progress.withdrawn)
        return MASH_OK;
    err = append_delivery(path, mailbox, item, link_id, ret_entry);
    if (err != MASH_OK || row.progress.delivered_entry != 0)
        return err;
    row.progress.delivered_entry = *ret_entry + 1;
    return mash_store_obligation_put(path->store, &row);
}

/* What a Delivery points into. */
struct parcel {
    Mash__Delivery delivery;
    Mash__SignedNotice notice;
    Mash__SignedStatus status;
    Mash__Detail *detail; /* owned: accept or status */
    struct mash_bytes proof, accept_receipt, body;
};

static void
parcel_clear(struct parcel *parcel)
{
    mash_message_free(&parcel->detail);
    mash_bytes_free(&parcel->proof);
    mash_bytes_free(&parcel->accept_receipt);
    mash_bytes_free(&parcel->body);
}

static enum mash_err
pack_notice(struct mash_path *path, const struct mash_store_item *item, struct parcel *parcel)
{
    struct mash_store_notice row;
    enum mash_err err = mash_store_notice_get(path->store, &item->manifest_sha256, &row);
    if (err == MASH_OK)
        err = mash_store_body_get(path->store, &row.body_sha256, &parcel->body);
    if (err == MASH_OK)
        err = mash_party_accept(path, row.accept_entry, &parcel->detail);
    if (err == MASH_OK)
        err = mash_path_proof(path, row.accept_entry, &parcel->accept_receipt);
    if (err != MASH_OK)
        return err;
    const Mash__AcceptDetail *accept = parcel->detail->accept;
    mash__signed_notice__init(&parcel->notice);
    parcel->notice.manifest = accept->manifest;
    parcel->notice.signature = accept->signature;
    parcel->notice.body = mash_span_field(mash_bytes_span(&parcel->body));
    parcel->notice.batch_index = accept->batch_index;
    parcel->notice.batch_size = accept->batch_size;
    parcel->notice.n_batch_path = accept->n_batch_path;
    parcel->notice.batch_path = accept->batch_path;
    parcel->delivery.notice = &parcel->notice;
    parcel->delivery.accept_receipt = mash_span_field(mash_bytes_span(&parcel->accept_receipt));
    return MASH_OK;
}

static enum mash_err
pack_status(struct mash_path *path, const struct mash_store_item *item, struct parcel *parcel)
{
    struct mash_store_entry row = { 0 };
    enum mash_err err = mash_store_entry_get(path->store, item->entry, &row);
    if (err == MASH_OK)
        err = mash_message_decode(&mash__detail__descriptor, mash_bytes_span(&row.detail), &parcel->detail);
    mash_store_entry_free(&row);
    if (err == MASH_OK && parcel->detail->kind_case != MASH__DETAIL__KIND_STATUS)
        err = MASH_E_FORMAT;
    if (err != MASH_OK)
        return err;
    const Mash__StatusDetail *status = parcel->detail->status;
    mash__signed_status__init(&parcel->status);
    parcel->status.status = status->status;
    parcel->status.signature = status->signature;
    parcel->status.batch_index = status->batch_index;
    parcel->status.batch_size = status->batch_size;
    parcel->status.n_batch_path = status->n_batch_path;
    parcel->status.batch_path = status->batch_path;
    parcel->delivery.status = &parcel->status;
    return MASH_OK;
}

static enum mash_err
pack(struct mash_path *path, const struct mash_store_item *item, struct parcel *parcel)
{
    switch (item->kind) {
    case MASH_ITEM_NOTICE:
        return pack_notice(path, item, parcel);
    case MASH_ITEM_STATUS:
        return pack_status(path, item, parcel);
    case MASH_ITEM_REPORT:
        parcel->delivery.report = true;
        return MASH_OK;
    }
    return MASH_E_FORMAT;
}

static enum mash_err
send_parcel(struct mash_path *path, uint64_t connection, uint64_t id, enum mash_answer_id answer_id,
            struct parcel *parcel)
{
    const struct mash_answer *row = mash_answer(answer_id);
    Mash__Answer answer = MASH__ANSWER__INIT;
    answer.id = id;
    answer.code = row->code;
    answer.sub_code = (char *)(uintptr_t)row->sub_code;
    answer.sentence = (char *)(uintptr_t)row->sentence;
    answer.result_case = MASH__ANSWER__RESULT_DELIVERY;
    answer.delivery = &parcel->delivery;
    return mash_path_send(path, connection, &answer);
}

enum mash_err
mash_hand_over_send(struct mash_path *path, uint64_t connection, uint64_t id, const char *mailbox,
                    const struct mash_store_item *item, uint64_t delivery_entry)
{
    struct parcel parcel = { .proof = mash_bytes_max(MASH_RECEIPT_MAX),
                             .accept_receipt = mash_bytes_max(MASH_RECEIPT_MAX),
                             .body = mash_bytes_max(MASH_BODY_MAX) };
    mash__delivery__init(&parcel.delivery);
    enum mash_answer_id answer_id = MASH_ANSWER_OK;
    enum mash_err err = pack(path, item, &parcel);
    if (err == MASH_E_UNKNOWN && item->kind == MASH_ITEM_NOTICE) {
        answer_id = MASH_ANSWER_ERASED; /* the number and the proof still go, so that nothing ends silently */
        err = MASH_OK;
    }
    if (err == MASH_OK)
        err = mash_path_proof(path, item->kind == MASH_ITEM_NOTICE ? delivery_entry : item->entry,
                              &parcel.proof);
    if (err == MASH_OK) {
        parcel.delivery.mailbox = (char *)(uintptr_t)mailbox;
        parcel.delivery.number = item->number;
        parcel.delivery.proof = mash_span_field(mash_bytes_span(&parcel.proof));
        err = send_parcel(path, connection, id, answer_id, &parcel);
    }
    parcel_clear(&parcel);
    return err;
}
