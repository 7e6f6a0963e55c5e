/* SPDX-License-Identifier: Apache-2.0 */
/* draft.c - see draft.h. */
#include "clients/lib/draft.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/bundles.h"
#include "proto/address.h"
#include "proto/body.h"
#include "proto/catalogue.h"
#include "proto/hex.h"
#include "proto/seal_set.h"
#include "proto/uuid.h"

#define SCHEMA_VERSION 1u

/* A manifest whose strings are borrowed from the draft; the arrays are here. */
struct composing {
    Mash__Manifest manifest;
    Mash__Inner inner;
    Mash__Recipient recipients[MASH_RECIPIENTS_MAX];
    Mash__Recipient *recipient_list[MASH_RECIPIENTS_MAX];
    char *to[MASH_RECIPIENTS_MAX];
    Mash__Code codes[MASH_CODES_MAX];
    Mash__Code *code_list[MASH_CODES_MAX];
    uint8_t notice_id[MASH_ID_BYTES], thread_id[MASH_ID_BYTES], in_reply_to[MASH_SHA256_BYTES];
};

/* protobuf-c wants char * for what it only reads. */
static char *
borrow(const char *text)
{
    return text != NULL ? (char *)(uintptr_t)text : (char *)(uintptr_t)protobuf_c_empty_string;
}

static int
recipient_order(const void *a, const void *b)
{
    const Mash__Recipient *const *left = a, *const *right = b;
    return strcmp((*left)->mailbox, (*right)->mailbox);
}

static int
code_order(const void *a, const void *b)
{
    const Mash__Code *left = *(const Mash__Code *const *)a, *right = *(const Mash__Code *const *)b;
    int order = strcmp(left->list, right->list);
    if (order == 0)
        order = left->subject < right->subject ? -1 : left->subject > right->subject;
    return order != 0 ? order : strcmp(left->value, right->value);
}

static void
compose_lists(struct composing *work, const struct mash_draft *draft)
{
    for (size_t i = 0; i < draft->n_recipients; i++) {
        const struct mash_draft_recipient *from = &draft->recipients[i];
        Mash__Recipient *row = work->recipient_list[i] = &work->recipients[i];
        mash__recipient__init(row);
        row->mailbox = borrow(from->mailbox);
        row->duty = from->information ? MASH__DUTY__DUTY_INFORMATION : MASH__DUTY__DUTY_ACTION;
        row->lead = from->lead;
        row->cover_for = borrow(from->cover_for);
    }
    qsort(work->recipient_list, draft->n_recipients, sizeof(work->recipient_list[0]), recipient_order);
    for (size_t i = 0; i < draft->n_recipients; i++)
        work->to[i] = work->recipient_list[i]->mailbox;
    for (size_t i = 0; i < draft->n_codes; i++) {
        Mash__Code *row = work->code_list[i] = &work->codes[i];
        mash__code__init(row);
        row->list = borrow(draft->codes[i].list);
        row->value = borrow(draft->codes[i].value);
        row->subject = draft->codes[i].subject;
    }
    qsort(work->code_list, draft->n_codes, sizeof(work->code_list[0]), code_order);
    work->manifest.n_recipients = work->inner.n_to = draft->n_recipients;
    work->manifest.recipients = work->recipient_list;
    work->inner.to = work->to;
    work->manifest.n_codes = draft->n_codes;
    work->manifest.codes = work->code_list;
}

static enum mash_err
compose_ids(struct mash_client *client, struct composing *work, const struct mash_draft *draft)
{
    uint8_t random[MASH_UUID_RANDOM_BYTES];
    randombytes_buf(random, sizeof(random));
    mash_uuid_make(work->manifest.created_ms, random, work->notice_id);
    memcpy(work->thread_id, work->notice_id, sizeof(work->thread_id));
    if (draft->thread != NULL && mash_uuid_parse(draft->thread, work->thread_id) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "thread: not a UUID");
    work->manifest.notice_id = work->inner.notice_id =
        mash_span_field(mash_span(work->notice_id, sizeof(work->notice_id)));
    work->manifest.thread_id = mash_span_field(mash_span(work->thread_id, sizeof(work->thread_id)));
    if (draft->in_reply_to == NULL)
        return MASH_OK;
    if (mash_hex_parse(mash_span_str(draft->in_reply_to), work->in_reply_to, sizeof(work->in_reply_to)) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "in_reply_to: not the digest of a notice");
    work->manifest.in_reply_to = mash_span_field(mash_span(work->in_reply_to, sizeof(work->in_reply_to)));
    return MASH_OK;
}

static enum mash_err
compose(struct mash_client *client, struct composing *work, const struct mash_draft *draft)
{
    if (draft->n_recipients < 1 || draft->n_recipients > MASH_RECIPIENTS_MAX)
        return mash_client_fail(client, MASH_E_VALUE, "recipients: not 1 to %u", MASH_RECIPIENTS_MAX);
    if (draft->n_codes > MASH_CODES_MAX)
        return mash_client_fail(client, MASH_E_VALUE, "codes: more than %u", MASH_CODES_MAX);
    mash__manifest__init(&work->manifest);
    mash__inner__init(&work->inner);
    Mash__Manifest *manifest = &work->manifest;
    manifest->partnership = client->conf.partnership;
    manifest->schema = SCHEMA_VERSION;
    manifest->from = borrow(draft->from != NULL ? draft->from : client->conf.mailboxes[0]);
    manifest->type = borrow(draft->type);
    manifest->immediate = draft->immediate;
    manifest->created_ms = mash_client_now(client);
    manifest->event_ms = draft->event_ms;
    manifest->expires_ms = draft->expires_ms != 0 ? draft->expires_ms : manifest->created_ms + MASH_EXPIRES_MAX_MS;
    manifest->relation = (Mash__Relation)draft->relation;
    manifest->drill = draft->drill;
    manifest->restricted = draft->restricted;
    manifest->address_confidential = draft->address_confidential;
    manifest->source_confidential = draft->source_confidential;
    manifest->subject_count = draft->subject_count;
    compose_lists(work, draft);

    work->inner.partnership = manifest->partnership;
    work->inner.from = manifest->from;
    work->inner.created_ms = manifest->created_ms;
    work->inner.type = manifest->type;
    work->inner.drill = manifest->drill;
    work->inner.local_reference = borrow(draft->local_reference);
    work->inner.content = mash_span_field(mash_span(draft->content, draft->content_len));
    return compose_ids(client, work, draft);
}

void
mash_faults_sentence(const struct mash_faults *faults, char *ret_text, size_t size)
{
    size_t at = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < faults->count && at < size; i++) {
        int len = snprintf(ret_text + at, size - at, "%s%s", i > 0 ? "; " : "", faults->lines[i]);
        at += len > 0 ? (size_t)len : 0;
    }
}

/* Some types go only to agencies of one kind, whatever an agreement says: a MARAC referral in any other inbox
 * can cost a life.  A mailbox that our bundle does not list is judged later, by a newer one. */
static enum mash_err
check_kinds(struct mash_client *client, const Mash__Manifest *manifest)
{
    const struct mash_type *type = mash_type_find(manifest->type);
    if (type == NULL || type->only_kind == NULL)
        return MASH_OK;
    for (size_t i = 0; i < manifest->n_recipients; i++) {
        const struct mash_mailbox *to = mash_bundle_mailbox(client->bundle, manifest->recipients[i]->mailbox);
        if (to != NULL && strcmp(to->agency->kind, type->only_kind) != 0)
            return mash_client_fail(client, MASH_E_VALUE,
                                    "recipients: %s goes only to agencies of kind %s, and %s is of kind %s: "
                                    "nothing was sent or kept",
                                    type->name, type->only_kind, to->address, to->agency->kind);
    }
    return MASH_OK;
}

/* Faults of the list of recipients by their addresses: the manifest's own check knows their places only. */
static enum mash_err
check_addresses(struct mash_client *client, const Mash__Manifest *manifest)
{
    for (size_t i = 0; i < manifest->n_recipients; i++) {
        const char *address = manifest->recipients[i]->mailbox;
        if (strcmp(address, manifest->from) == 0)
            return mash_client_fail(client, MASH_E_VALUE, "recipients: %s is the sender", address);
        if (i > 0 && strcmp(address, manifest->recipients[i - 1]->mailbox) == 0)
            return mash_client_fail(client, MASH_E_VALUE, "recipients: %s is named twice", address);
    }
    return MASH_OK;
}

/* Check all that a person can have got wrong, with stand-ins for what sealing fills in. */
static enum mash_err
check(struct mash_client *client, struct composing *work)
{
    static const uint8_t zeros[MASH_SHA256_BYTES];
    ProtobufCBinaryData key_id = mash_span_field(mash_span(zeros, MASH_KEY_ID_BYTES));
    Mash__BundleRef bundle = MASH__BUNDLE_REF__INIT;
    Mash__Manifest full = work->manifest;
    bundle.version = 1;
    bundle.digest = full.body_sha256 = mash_span_field(mash_span(zeros, MASH_SHA256_BYTES));
    full.bundle = &bundle;
    full.body_length = MASH_BODY_MIN;
    full.from_key_id = key_id;
    for (size_t i = 0; i < full.n_recipients; i++) {
        full.recipients[i]->n_seal_key_ids = 1;
        full.recipients[i]->seal_key_ids = &key_id;
    }
    struct mash_faults faults = { 0 };
    mash_manifest_check(&full, &faults);
    for (size_t i = 0; i < full.n_recipients; i++) {
        full.recipients[i]->n_seal_key_ids = 0;
        full.recipients[i]->seal_key_ids = NULL;
    }
    if (faults.count > 0) {
        mash_faults_sentence(&faults, client->why, sizeof(client->why));
        return MASH_E_VALUE;
    }
    if (mash_client_box(client, work->manifest.from) < 0)
        return mash_client_fail(client, MASH_E_VALUE, "from: %s is not a mailbox of this installation",
                                work->manifest.from);
    return check_kinds(client, &work->manifest);
}

enum mash_err
mash_draft_row(struct mash_client *client, const struct mash_draft *draft, struct mash_outbox_row *ret_row)
{
    struct composing *work = calloc(1, sizeof(*work));
    if (work == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = compose(client, work, draft);
    if (err == MASH_OK)
        err = check_addresses(client, &work->manifest);
    if (err == MASH_OK)
        err = check(client, work);
    if (err == MASH_OK)
        err = mash_message_encode(&work->manifest, &ret_row->manifest);
    if (err == MASH_OK)
        err = mash_message_encode(&work->inner, &ret_row->body);
    if (err == MASH_OK)
        err = mash_bytes_append_str(&ret_row->local_reference, work->inner.local_reference);
    if (err == MASH_E_LIMIT)
        (void)mash_client_fail(client, err, "the notice is too large");
    if (err == MASH_OK) {
        memcpy(ret_row->notice_id, work->notice_id, sizeof(ret_row->notice_id));
        ret_row->state = MASH_OUTBOX_DRAFT;
        ret_row->immediate = draft->immediate;
        ret_row->created_ms = work->manifest.created_ms;
        (void)snprintf(ret_row->mailbox, sizeof(ret_row->mailbox), "%s", work->manifest.from);
        (void)snprintf(ret_row->type, sizeof(ret_row->type), "%s", work->manifest.type);
    }
    free(work);
    return err;
}

/* Open our own copy of a sealed body. */
static enum mash_err
open_own(struct mash_client *client, const struct mash_outbox_row *row, const Mash__Manifest *manifest,
         struct mash_bytes *ret_inner)
{
    struct mash_seal_set set;
    const struct mash_bundle *bundle = NULL;
    struct mash_age_identity *identity = NULL;
    int box = mash_client_box(client, row->mailbox);
    if (box < 0)
        return MASH_E_UNKNOWN;
    enum mash_err err = mash_bundles_at(client, manifest->bundle->version, &bundle);
    if (err == MASH_OK)
        err = mash_seal_set_of(bundle, manifest, &set, NULL);
    if (err == MASH_OK)
        err = mash_age_identity_x25519(mash_secret_bytes(client->boxes[box].seal), &identity);
    if (err == MASH_OK) {
        const struct mash_age_identity *identities[] = { identity };
        err = mash_body_open(identities, 1, set.count, mash_bytes_span(&row->body), ret_inner);
    }
    mash_age_identity_close(&identity);
    return err;
}

/* Take out of a decoded manifest what sealing had put in, and encode it. */
static enum mash_err
strip(Mash__Manifest *manifest, struct mash_bytes *ret_manifest)
{
    Mash__Manifest plain = *manifest;
    plain.from_key_id = plain.body_sha256 = (ProtobufCBinaryData){ 0, NULL };
    plain.body_length = 0;
    plain.log_seen = NULL;
    plain.bundle = NULL;
    size_t counts[MASH_RECIPIENTS_MAX];
    for (size_t i = 0; i < plain.n_recipients; i++) {
        counts[i] = plain.recipients[i]->n_seal_key_ids;
        plain.recipients[i]->n_seal_key_ids = 0;
    }
    enum mash_err err = mash_message_encode(&plain, ret_manifest);
    for (size_t i = 0; i < plain.n_recipients; i++)
        plain.recipients[i]->n_seal_key_ids = counts[i]; /* so that all of it is released */
    return err;
}

enum mash_err
mash_draft_again(struct mash_client *client, struct mash_outbox_row *row)
{
    Mash__Manifest *manifest = NULL;
    struct mash_bytes inner = mash_bytes_max(MASH_FRAME_MAX), stripped = mash_bytes_max(MASH_MANIFEST_MAX);
    enum mash_err err = mash_manifest_read(mash_bytes_span(&row->manifest), &manifest, NULL);
    if (err == MASH_OK)
        err = open_own(client, row, manifest, &inner);
    if (err == MASH_OK)
        err = strip(manifest, &stripped);
    if (err == MASH_OK) {
        mash_bytes_free(&row->manifest);
        mash_bytes_free(&row->body);
        mash_bytes_free(&row->signed_notice);
        row->manifest = stripped;
        row->body = inner;
        row->manifest_sha256 = (struct mash_hash){ { 0 } };
        row->state = MASH_OUTBOX_DRAFT;
        stripped = inner = mash_bytes_max(0);
    }
    mash_message_free(&manifest);
    mash_bytes_free(&stripped);
    mash_bytes_free(&inner);
    return err;
}
