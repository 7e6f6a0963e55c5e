/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - fourth stage: the body, the log entry with everything that was signed, and the row that
 * knows the notice again.  Inside the group's transaction; nothing is durable yet. */
#include "daemon/path/stage.h"

#include <stdio.h>
#include <string.h>

static ProtobufCBinaryData
link_field(const struct mash_flight *flight)
{
    return mash_span_field(mash_span(flight->request->link_id.bytes, MASH_KEY_ID_BYTES));
}

static enum mash_err
append_accept(struct mash_path *path, struct mash_flight *flight)
{
    Mash__AcceptDetail accept = MASH__ACCEPT_DETAIL__INIT;
    accept.manifest = mash_span_field(flight->signed_bytes);
    accept.signature = flight->notice->signature;
    accept.batch_index = flight->notice->batch_index;
    accept.batch_size = flight->notice->batch_size;
    accept.n_batch_path = flight->notice->n_batch_path;
    accept.batch_path = flight->notice->batch_path;
    accept.link_key_id = link_field(flight);
    accept.bundle_version = mash_bundle_version(path->view.bundle);
    accept.n_flags = flight->n_flags;
    accept.flags = (char **)(uintptr_t)flight->flags;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_ACCEPT;
    detail.accept = &accept;
    return mash_path_append(path, &detail, &flight->entry);
}

static enum mash_err
put_notice(struct mash_path *path, const struct mash_flight *flight)
{
    const Mash__Manifest *manifest = flight->manifest;
    struct mash_store_notice row = { 0 };
    row.manifest_sha256 = flight->sha256;
    (void)snprintf(row.from, sizeof(row.from), "%s", manifest->from);
    (void)snprintf(row.from_agency, sizeof(row.from_agency), "%s", flight->mailbox->agency->id);
    memcpy(row.notice_id, manifest->notice_id.data, sizeof(row.notice_id));
    (void)snprintf(row.type, sizeof(row.type), "%s", manifest->type);
    row.immediate = manifest->immediate;
    row.drill = manifest->drill;
    row.subject_count = manifest->subject_count;
    memcpy(row.body_sha256.bytes, manifest->body_sha256.data, sizeof(row.body_sha256.bytes));
    row.accept_entry = flight->entry;
    row.held_ms = path->group.entry_ms;
    return mash_store_notice_put(path->store, &row);
}

static enum mash_err
store_notice(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_hash body_sha256;
    memcpy(body_sha256.bytes, flight->manifest->body_sha256.data, sizeof(body_sha256.bytes));
    enum mash_err err = mash_store_body_put(path->store, &body_sha256, mash_field_span(flight->notice->body));
    if (err == MASH_OK)
        err = append_accept(path, flight);
    if (err == MASH_OK)
        err = put_notice(path, flight);
    return err;
}

static const Mash__SignedStatus *
signed_status(const struct mash_flight *flight)
{
    return flight->request->message->submit_status->statuses[flight - flight->request->flights];
}

static enum mash_err
store_status(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__SignedStatus *received = signed_status(flight);
    Mash__StatusDetail status = MASH__STATUS_DETAIL__INIT;
    status.status = received->status;
    status.signature = received->signature;
    status.batch_index = received->batch_index;
    status.batch_size = received->batch_size;
    status.n_batch_path = received->n_batch_path;
    status.batch_path = received->batch_path;
    status.link_key_id = link_field(flight);
    status.bundle_version = mash_bundle_version(path->view.bundle);
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_STATUS;
    detail.status = &status;
    enum mash_err err = mash_path_append(path, &detail, &flight->entry);
    if (err == MASH_OK)
        err = mash_store_about_put(path->store, &flight->obligation.manifest_sha256, flight->entry);
    return err;
}

enum mash_err
mash_stage_store(struct mash_path *path, struct mash_flight *flight)
{
    enum mash_err err = MASH_OK;
    if (flight->notice != NULL)
        err = store_notice(path, flight);
    else if (flight->status != NULL)
        err = store_status(path, flight);
    else
        return MASH_OK;
    flight->logged = err == MASH_OK;
    return err;
}
