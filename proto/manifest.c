/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c - see manifest.h.  Each check stands in PROTOCOL.md "Manifest, field by field". */
#include "proto/manifest.h"

#include <stdio.h>
#include <string.h>

#include "proto/address.h"
#include "proto/field.h"
#include "proto/limits.h"
#include "proto/uuid.h"

#define FIELD_NAME 80 /* "recipients[63].seal_key_ids[3]" with room for any number */

static void
check_seal_keys(const Mash__Recipient *recipient, size_t at, struct mash_faults *faults)
{
    char field[FIELD_NAME];
    if (recipient->n_seal_key_ids < 1 || recipient->n_seal_key_ids > MASH_SEAL_KEYS_MAX)
        mash_fault(faults, "recipients[%zu].seal_key_ids: not 1 to %u", at, MASH_SEAL_KEYS_MAX);
    for (size_t i = 0; i < recipient->n_seal_key_ids; i++) {
        (void)snprintf(field, sizeof(field), "recipients[%zu].seal_key_ids[%zu]", at, i);
        const ProtobufCBinaryData *id = &recipient->seal_key_ids[i];
        mash_field_bytes(faults, field, *id, MASH_KEY_ID_BYTES);
        if (i > 0 && id->len == MASH_KEY_ID_BYTES && id[-1].len == MASH_KEY_ID_BYTES &&
            memcmp(id[-1].data, id->data, MASH_KEY_ID_BYTES) >= 0)
            mash_fault(faults, "%s: not in ascending order, each once", field);
    }
}

/* A mailbox and its cover are one obligation: the cover stands beside what it covers, with the same duty,
 * and covers are not covered in their turn. */
static void
check_cover(const Mash__Manifest *manifest, size_t at, struct mash_faults *faults)
{
    const Mash__Recipient *cover = manifest->recipients[at];
    if (cover->cover_for[0] == '\0')
        return;
    const Mash__Recipient *covered = mash_manifest_recipient(manifest, cover->cover_for);
    if (covered == NULL)
        mash_fault(faults, "recipients[%zu].cover_for: not a recipient of this notice", at);
    else if (covered == cover)
        mash_fault(faults, "recipients[%zu].cover_for: a mailbox cannot cover itself", at);
    else if (covered->cover_for[0] != '\0')
        mash_fault(faults, "recipients[%zu].cover_for: a cover cannot be covered", at);
    else if (covered->duty != cover->duty)
        mash_fault(faults, "recipients[%zu].cover_for: has another duty than the mailbox it covers", at);
}

static void
check_recipient(const Mash__Manifest *manifest, size_t at, struct mash_faults *faults)
{
    const Mash__Recipient *recipient = manifest->recipients[at];
    char field[FIELD_NAME];
    (void)snprintf(field, sizeof(field), "recipients[%zu].mailbox", at);
    mash_field_mailbox(faults, field, recipient->mailbox, manifest->partnership);
    if (at > 0 && strcmp(manifest->recipients[at - 1]->mailbox, recipient->mailbox) >= 0)
        mash_fault(faults, "%s: not in ascending order, each once", field);
    if (strcmp(recipient->mailbox, manifest->from) == 0)
        mash_fault(faults, "%s: is the sender", field);
    check_seal_keys(recipient, at, faults);
    if (recipient->duty != MASH__DUTY__DUTY_ACTION && recipient->duty != MASH__DUTY__DUTY_INFORMATION)
        mash_fault(faults, "recipients[%zu].duty: neither action nor information", at);
    if (recipient->lead && recipient->duty != MASH__DUTY__DUTY_ACTION)
        mash_fault(faults, "recipients[%zu].lead: the lead must owe action", at);
    check_cover(manifest, at, faults);
}

static void
check_recipients(const Mash__Manifest *manifest, struct mash_faults *faults)
{
    size_t leads = 0;
    if (manifest->n_recipients < 1 || manifest->n_recipients > MASH_RECIPIENTS_MAX) {
        mash_fault(faults, "recipients: not 1 to %u", MASH_RECIPIENTS_MAX);
        return; /* comparing thousands with each other is what a flood would want */
    }
    for (size_t i = 0; i < manifest->n_recipients; i++) {
        check_recipient(manifest, i, faults);
        leads += manifest->recipients[i]->lead ? 1 : 0;
    }
    if (leads > 1)
        mash_fault(faults, "recipients: more than one lead");
}

static int
code_order(const Mash__Code *a, const Mash__Code *b)
{
    int order = strcmp(a->list, b->list);
    if (order == 0)
        order = a->subject < b->subject ? -1 : a->subject > b->subject;
    return order != 0 ? order : strcmp(a->value, b->value);
}

static void
check_codes(const Mash__Manifest *manifest, struct mash_faults *faults)
{
    if (manifest->n_codes > MASH_CODES_MAX)
        mash_fault(faults, "codes: more than %u", MASH_CODES_MAX);
    for (size_t i = 0; i < manifest->n_codes; i++) {
        const Mash__Code *code = manifest->codes[i];
        if (!mash_code_ok(code->list))
            mash_fault(faults, "codes[%zu].list: not the name of a code list", i);
        if (!mash_code_ok(code->value))
            mash_fault(faults, "codes[%zu].value: not a code", i);
        if (code->subject > manifest->subject_count)
            mash_fault(faults, "codes[%zu].subject: beyond subject_count", i);
        if (i > 0 && code_order(manifest->codes[i - 1], code) >= 0)
            mash_fault(faults, "codes[%zu]: not in ascending order, each once", i);
    }
}

static void
check_thread(const Mash__Manifest *manifest, struct mash_faults *faults)
{
    mash_field_bytes(faults, "thread_id", manifest->thread_id, MASH_ID_BYTES);
    if (manifest->in_reply_to.len != 0)
        mash_field_bytes(faults, "in_reply_to", manifest->in_reply_to, MASH_SHA256_BYTES);
    else if (manifest->relation != MASH__RELATION__RELATION_NONE)
        mash_fault(faults, "relation: needs in_reply_to");
}

static void
check_times(const Mash__Manifest *manifest, struct mash_faults *faults)
{
    mash_field_time(faults, "created_ms", manifest->created_ms);
    if (manifest->event_ms != 0)
        mash_field_time(faults, "event_ms", manifest->event_ms);
    mash_field_time(faults, "expires_ms", manifest->expires_ms);
    if (manifest->expires_ms <= manifest->created_ms)
        mash_fault(faults, "expires_ms: not after created_ms");
    else if (manifest->expires_ms - manifest->created_ms > MASH_EXPIRES_MAX_MS)
        mash_fault(faults, "expires_ms: more than 30 days after created_ms");
}

static void
check_body_and_bundle(const Mash__Manifest *manifest, struct mash_faults *faults)
{
    if (manifest->body_length < MASH_BODY_MIN || manifest->body_length > MASH_BODY_MAX)
        mash_fault(faults, "body_length: not %u to %u", MASH_BODY_MIN, MASH_BODY_MAX);
    mash_field_bytes(faults, "body_sha256", manifest->body_sha256, MASH_SHA256_BYTES);
    mash_field_seen(faults, manifest->log_seen);
    if (manifest->bundle == NULL) {
        mash_fault(faults, "bundle: missing");
        return;
    }
    if (manifest->bundle->version == 0)
        mash_fault(faults, "bundle.version: 0");
    mash_field_bytes(faults, "bundle.digest", manifest->bundle->digest, MASH_SHA256_BYTES);
}

void
mash_manifest_check(const Mash__Manifest *manifest, struct mash_faults *faults)
{
    mash_field_partnership(faults, manifest->partnership);
    if (manifest->schema != MASH_SCHEMA)
        mash_fault(faults, "schema: not %u", MASH_SCHEMA);
    if (!mash_uuid_is_v7(mash_field_span(manifest->notice_id)))
        mash_fault(faults, "notice_id: not a UUID of version 7");
    mash_field_mailbox(faults, "from", manifest->from, manifest->partnership);
    mash_field_bytes(faults, "from_key_id", manifest->from_key_id, MASH_KEY_ID_BYTES);
    check_recipients(manifest, faults);
    if (!mash_type_ok(manifest->type))
        mash_fault(faults, "type: not the name of a notice type");
    check_thread(manifest, faults);
    check_times(manifest, faults);
    if (manifest->subject_count < 1 || manifest->subject_count > MASH_SUBJECTS_MAX)
        mash_fault(faults, "subject_count: not 1 to %u", MASH_SUBJECTS_MAX);
    check_codes(manifest, faults);
    check_body_and_bundle(manifest, faults);
}

enum mash_err
mash_manifest_read(struct mash_span in, Mash__Manifest **ret_manifest, struct mash_faults *ret_faults)
{
    struct mash_faults own;
    struct mash_faults *faults = ret_faults != NULL ? ret_faults : &own;
    faults->count = 0;
    faults->more = false;
    if (in.len > MASH_MANIFEST_MAX)
        return MASH_E_LIMIT;
    /* before decoding: a later version may have fields that are unknown here */
    if (mash_message_schema(in) > MASH_SCHEMA)
        return MASH_E_VERSION;

    Mash__Manifest *manifest = NULL;
    enum mash_err err = mash_message_decode(&mash__manifest__descriptor, in, &manifest);
    if (err != MASH_OK)
        return err;
    mash_manifest_check(manifest, faults);
    if (faults->count > 0) {
        mash_message_free(&manifest);
        return MASH_E_VALUE;
    }
    *ret_manifest = manifest;
    return MASH_OK;
}

const Mash__Recipient *
mash_manifest_recipient(const Mash__Manifest *manifest, const char *mailbox)
{
    for (size_t i = 0; i < manifest->n_recipients; i++)
        if (strcmp(manifest->recipients[i]->mailbox, mailbox) == 0)
            return manifest->recipients[i];
    return NULL;
}

static bool
same_recipients(const Mash__Inner *inner, const Mash__Manifest *manifest)
{
    if (inner->n_to != manifest->n_recipients)
        return false;
    for (size_t i = 0; i < inner->n_to; i++)
        if (strcmp(inner->to[i], manifest->recipients[i]->mailbox) != 0)
            return false;
    return true;
}

enum mash_err
mash_inner_matches(const Mash__Inner *inner, const Mash__Manifest *manifest, const char **ret_field)
{
    const struct {
        const char *field;
        bool same;
    } rows[] = {
        { "partnership", strcmp(inner->partnership, manifest->partnership) == 0 },
        { "notice_id",
          mash_span_equal(mash_field_span(inner->notice_id), mash_field_span(manifest->notice_id)) },
        { "from", strcmp(inner->from, manifest->from) == 0 },
        { "to", same_recipients(inner, manifest) },
        { "created_ms", inner->created_ms == manifest->created_ms },
        { "type", strcmp(inner->type, manifest->type) == 0 },
        { "drill", inner->drill == manifest->drill },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].same) {
            *ret_field = rows[i].field;
            return MASH_E_MISMATCH;
        }
    }
    return MASH_OK;
}
