/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c - see receipt.h. */
#include "clients/verify/receipt.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "proto/batch.h"
#include "proto/hex.h"
#include "proto/identifier.h"
#include "proto/manifest.h"
#include "proto/receipt.h"
#include "proto/state.h"
#include "proto/uuid.h"

#define ORIGIN_MAX (MASH_NAME_MAX + 6)

static int
wrong(const char *what)
{
    fprintf(stderr, "mash-verify: NOT VERIFIED: %s\n", what);
    return 1;
}

/* The origin is the first line of the checkpoint, after the blank line: `<partnership>/<year>`. */
static bool
find_origin(struct mash_span text, const char *partnership, char ret_origin[static ORIGIN_MAX])
{
    const uint8_t *blank = memmem(text.data, text.len, "\n\n", 2);
    if (blank == NULL)
        return false;
    const char *line = (const char *)blank + 2;
    size_t left = text.len - (size_t)((const uint8_t *)line - text.data);
    size_t len = strlen(partnership);
    if (left < len + 6 || memcmp(line, partnership, len) != 0 || line[len] != '/' || line[len + 5] != '\n')
        return false;
    for (size_t i = len + 1; i < len + 5; i++)
        if (line[i] < '0' || line[i] > '9')
            return false;
    memcpy(ret_origin, line, len + 5);
    ret_origin[len + 5] = '\0';
    return true;
}

/* The key of that id in that mailbox signed the message, and was valid at the entry's time. */
static const char *
check_signature(const struct mash_bundle *bundle, enum mash_batch_kind kind, const char *mailbox,
                ProtobufCBinaryData key_id, struct mash_span message, const struct mash_batch_proof *proof,
                uint64_t time_ms)
{
    const struct mash_mailbox *row = mash_bundle_mailbox(bundle, mailbox);
    const struct mash_sign_key *key = row != NULL ? mash_mailbox_sign_key(row, mash_field_span(key_id)) : NULL;
    if (key == NULL)
        return "the bundle given has no such sign key for that mailbox: give the bundle that was in force";
    if (!mash_valid_at(key->valid_from_ms, key->valid_to_ms, time_ms))
        return "the sign key was not valid when the entry was made";
    if (mash_batch_verify(kind, mash_bundle_partnership(bundle), key->key, message, proof) != MASH_OK)
        return "the signature of the agency does not verify";
    return NULL;
}

static const char *
show_accept(const struct mash_bundle *bundle, const Mash__AcceptDetail *detail, uint64_t time_ms, json_t *out)
{
    Mash__Manifest *manifest = NULL;
    struct mash_batch_proof proof;
    struct mash_span bytes = mash_field_span(detail->manifest);
    if (mash_manifest_read(bytes, &manifest, NULL) != MASH_OK ||
        mash_batch_proof_read(mash_field_span(detail->signature), detail->batch_index, detail->batch_size,
                              detail->batch_path, detail->n_batch_path, &proof) != MASH_OK) {
        mash_message_free(&manifest);
        return "the accepted manifest is not well-formed";
    }
    const char *fault = check_signature(bundle, MASH_BATCH_NOTICE, manifest->from, manifest->from_key_id, bytes,
                                        &proof, time_ms);
    if (fault == NULL) {
        char id[MASH_UUID_TEXT_SIZE];
        char created[21];
        mash_uuid_text(manifest->notice_id.data, id);
        mash_time_text(manifest->created_ms, created);
        json_t *recipients = json_array();
        for (size_t i = 0; i < manifest->n_recipients; i++)
            (void)json_array_append_new(recipients, json_string(manifest->recipients[i]->mailbox));
        (void)json_object_set_new(out, "entry", json_string("accepted"));
        (void)json_object_set_new(out, "notice", json_string(id));
        (void)json_object_set_new(out, "type", json_string(manifest->type));
        (void)json_object_set_new(out, "from", json_string(manifest->from));
        (void)json_object_set_new(out, "to", recipients);
        (void)json_object_set_new(out, "created_by_sender's_clock", json_string(created));
    }
    mash_message_free(&manifest);
    return fault;
}

static const char *
show_status(const struct mash_bundle *bundle, const Mash__StatusDetail *detail, uint64_t time_ms, json_t *out)
{
    Mash__Status *status = NULL;
    struct mash_batch_proof proof;
    struct mash_span bytes = mash_field_span(detail->status);
    if (mash_status_read(bytes, &status, NULL) != MASH_OK ||
        mash_batch_proof_read(mash_field_span(detail->signature), detail->batch_index, detail->batch_size,
                              detail->batch_path, detail->n_batch_path, &proof) != MASH_OK) {
        mash_message_free(&status);
        return "the logged status is not well-formed";
    }
    const char *fault =
        check_signature(bundle, MASH_BATCH_STATUS, status->mailbox, status->key_id, bytes, &proof, time_ms);
    if (fault == NULL) {
        char manifest[2 * MASH_SHA256_BYTES + 1];
        mash_hex_text(mash_field_span(status->manifest_sha256), manifest);
        (void)json_object_set_new(out, "entry", json_string("status"));
        (void)json_object_set_new(out, "state", json_string(mash_state_name(status->state)));
        (void)json_object_set_new(out, "by", json_string(status->mailbox));
        (void)json_object_set_new(out, "manifest_sha256", json_string(manifest));
    }
    mash_message_free(&status);
    return fault;
}

static const char *
show_detail(const struct mash_bundle *bundle, const struct mash_receipt *receipt, json_t *out)
{
    Mash__Detail *detail = NULL;
    if (mash_message_decode(&mash__detail__descriptor, receipt->detail, &detail) != MASH_OK ||
        (unsigned)detail->kind_case != receipt->entry.kind) {
        mash_message_free(&detail);
        return "the detail is not of the kind that its leaf says";
    }
    const char *fault = NULL;
    if (detail->kind_case == MASH__DETAIL__KIND_ACCEPT)
        fault = show_accept(bundle, detail->accept, receipt->entry.time_ms, out);
    else if (detail->kind_case == MASH__DETAIL__KIND_STATUS)
        fault = show_status(bundle, detail->status, receipt->entry.time_ms, out);
    else
        (void)json_object_set_new(out, "entry",
                                  json_string(detail->base.descriptor->fields[detail->kind_case - 1].name));
    mash_message_free(&detail);
    return fault;
}

static void
print(json_t *out, bool json)
{
    if (json) {
        (void)json_dumpf(out, stdout, JSON_INDENT(2));
        (void)putchar('\n');
        return;
    }
    const char *name;
    json_t *value;
    printf("VERIFIED, without network and without trust in the exchange:\n");
    json_object_foreach (out, name, value) {
        printf("  %-26s ", name);
        if (json_is_integer(value))
            printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
        for (size_t i = 0; i < json_array_size(value); i++)
            printf("%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(value, i)));
        if (json_is_string(value))
            printf("%s", json_string_value(value));
        (void)putchar('\n');
    }
    const char *entry = json_string_value(json_object_get(out, "entry"));
    if (entry != NULL && strcmp(entry, "accepted") == 0)
        printf("This shows that the exchange held it and logged it then; not that anybody has read it.\n");
    else
        printf("This shows that the exchange logged it then, and nothing beyond what the entry says.\n");
}

int
mash_verify_receipt(struct mash_span text, const struct mash_bundle *bundle, bool json)
{
    char origin[ORIGIN_MAX];
    struct mash_receipt receipt;
    if (!find_origin(text, mash_bundle_partnership(bundle), origin))
        return wrong("not a receipt of this partnership's log");
    enum mash_err err = mash_receipt_open(text, origin, mash_bundle_log_key(bundle), &receipt);
    if (err != MASH_OK)
        return wrong(err == MASH_E_SIGNATURE  ? "inclusion in the log or the log's signature does not verify"
                     : err == MASH_E_MISMATCH ? "the details are not those the log entry commits to"
                     : err == MASH_E_UNKNOWN  ? "the checkpoint is not signed by this partnership's log key"
                                              : mash_strerror(err));
    char logged[21];
    mash_time_text(receipt.entry.time_ms, logged);
    json_t *out = json_object();
    const char *fault = show_detail(bundle, &receipt, out);
    (void)json_object_set_new(out, "logged", json_string(logged));
    (void)json_object_set_new(out, "log", json_string(origin));
    (void)json_object_set_new(out, "log_index", json_integer((json_int_t)receipt.index));
    (void)json_object_set_new(out, "log_size", json_integer((json_int_t)receipt.checkpoint.size));
    if (fault == NULL)
        print(out, json);
    json_decref(out);
    mash_receipt_close(&receipt);
    return fault != NULL ? wrong(fault) : 0;
}
