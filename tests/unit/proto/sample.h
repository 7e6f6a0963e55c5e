/* SPDX-License-Identifier: Apache-2.0 */
/* sample.h - one manifest and one status in which everything is right, and a way to spoil one field by
 * its name.  For tests only; include after cmocka.h. */
#ifndef MASH_TESTS_UNIT_PROTO_SAMPLE_H
#define MASH_TESTS_UNIT_PROTO_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/limits.h"

#define SAMPLE_MANY 70 /* rows that lists have room for, in order and in form */
#define SAMPLE_CREATED_MS 1795392000000ull /* 2026-11-23T00:00:00Z */

static const uint8_t sample_uuid[16] = { 0x01, 0xa2, 0x05, 0x1e, 0x88, 0x00, 0x7a, 0xbc,
                                         0x8d, 0xef, 1,    2,    3,    4,    5,    6 };

struct sample {
    Mash__Manifest manifest;
    Mash__Recipient recipients[SAMPLE_MANY];
    Mash__Recipient *recipient_list[SAMPLE_MANY];
    ProtobufCBinaryData seal_keys[SAMPLE_MANY][5];
    uint8_t seal_key_bytes[5][16];
    char mailboxes[SAMPLE_MANY][40];
    Mash__Code codes[SAMPLE_MANY];
    Mash__Code *code_list[SAMPLE_MANY];
    char values[SAMPLE_MANY][8];
    Mash__Seen seen;
    Mash__BundleRef bundle;

    Mash__Status status;
    Mash__SubjectOutcome outcomes[SAMPLE_MANY];
    Mash__SubjectOutcome *outcome_list[SAMPLE_MANY];
    Mash__Seen status_seen;
};

static inline ProtobufCBinaryData
sample_fill(uint8_t byte, size_t len)
{
    static uint8_t fills[256][80];
    assert_true(len <= sizeof(fills[0]));
    memset(fills[byte], byte, sizeof(fills[0]));
    return (ProtobufCBinaryData){ len, fills[byte] };
}

static inline void
sample_recipients(struct sample *s)
{
    static const char *const named[] = { "leicester-cc/das@llr", "leicester-cc/edt@llr",
                                         "lpt-nhs/safeguarding@llr" };
    for (size_t i = 0; i < 5; i++)
        memset(s->seal_key_bytes[i], 0x20 + (int)i, 16);
    for (size_t i = 0; i < SAMPLE_MANY; i++) {
        Mash__Recipient *recipient = &s->recipients[i];
        mash__recipient__init(recipient);
        if (i < 3)
            (void)snprintf(s->mailboxes[i], sizeof(s->mailboxes[i]), "%s", named[i]);
        else
            (void)snprintf(s->mailboxes[i], sizeof(s->mailboxes[i]), "school-%02zu/head@llr", i);
        recipient->mailbox = s->mailboxes[i];
        for (size_t k = 0; k < 5; k++)
            s->seal_keys[i][k] = (ProtobufCBinaryData){ 16, s->seal_key_bytes[k] };
        recipient->seal_key_ids = s->seal_keys[i];
        recipient->n_seal_key_ids = 2;
        recipient->duty = i == 2 ? MASH__DUTY__DUTY_INFORMATION : MASH__DUTY__DUTY_ACTION;
        s->recipient_list[i] = recipient;
    }
    s->recipients[0].lead = true;
    s->recipients[1].cover_for = s->mailboxes[0];
    s->manifest.recipients = s->recipient_list;
    s->manifest.n_recipients = 3;
}

static inline void
sample_codes(struct sample *s)
{
    for (size_t i = 0; i < SAMPLE_MANY; i++) {
        mash__code__init(&s->codes[i]);
        (void)snprintf(s->values[i], sizeof(s->values[i]), "v%02zu", i);
        s->codes[i].list = (char *)(uintptr_t)(i == 0 ? "referral-source" : "risk-grade");
        s->codes[i].value = i == 0 ? (char *)(uintptr_t)"6" : s->values[i];
        s->codes[i].subject = i == 0 ? 0 : 1;
        s->code_list[i] = &s->codes[i];
    }
    s->manifest.codes = s->code_list;
    s->manifest.n_codes = 3;
}

static inline void
sample_manifest(struct sample *s)
{
    Mash__Manifest *m = &s->manifest;
    mash__manifest__init(m);
    m->partnership = (char *)(uintptr_t)"llr";
    m->schema = 1;
    m->notice_id = (ProtobufCBinaryData){ 16, (uint8_t *)(uintptr_t)sample_uuid };
    m->from = (char *)(uintptr_t)"leics-police/ppu@llr";
    m->from_key_id = sample_fill(0x11, 16);
    sample_recipients(s);
    m->type = (char *)(uintptr_t)"REFERRAL";
    m->immediate = 1;
    m->thread_id = sample_fill(0x33, 16);
    m->in_reply_to = sample_fill(0x44, 32);
    m->relation = MASH__RELATION__RELATION_UPDATE;
    m->created_ms = SAMPLE_CREATED_MS;
    m->event_ms = SAMPLE_CREATED_MS - 3600000;
    m->expires_ms = SAMPLE_CREATED_MS + MASH_EXPIRES_MAX_MS;
    m->subject_count = 2;
    sample_codes(s);
    m->body_length = 4400;
    m->body_sha256 = sample_fill(0x55, 32);
    mash__seen__init(&s->seen);
    s->seen.size = 17;
    s->seen.root = sample_fill(0x66, 32);
    m->log_seen = &s->seen;
    mash__bundle_ref__init(&s->bundle);
    s->bundle.version = 3;
    s->bundle.digest = sample_fill(0x77, 32);
    m->bundle = &s->bundle;
}

/* A decision about two subjects, the fourth status of its mailbox. */
static inline void
sample_status(struct sample *s)
{
    Mash__Status *status = &s->status;
    mash__status__init(status);
    status->partnership = (char *)(uintptr_t)"llr";
    status->schema = 1;
    status->manifest_sha256 = sample_fill(0x88, 32);
    status->mailbox = s->mailboxes[0];
    status->key_id = sample_fill(0x99, 16);
    status->sequence = 4;
    status->previous_sha256 = sample_fill(0xaa, 32);
    status->state = MASH__STATE__STATE_DECIDED;
    status->reason = (char *)(uintptr_t)"threshold-met";
    for (size_t i = 0; i < SAMPLE_MANY; i++) {
        mash__subject_outcome__init(&s->outcomes[i]);
        s->outcomes[i].subject = i == 0 ? 1 : 2;
        s->outcomes[i].code = s->values[i];
        s->outcome_list[i] = &s->outcomes[i];
    }
    status->outcomes = s->outcome_list;
    status->n_outcomes = 2;
    status->actor = (char *)(uintptr_t)"sw-0417";
    status->time_ms = SAMPLE_CREATED_MS + 60000;
    mash__seen__init(&s->status_seen);
    s->status_seen.size = 21;
    s->status_seen.root = sample_fill(0xbb, 32);
    status->log_seen = &s->status_seen;
}

/* A fresh sample; release with free(). */
static inline struct sample *
sample_new(void)
{
    struct sample *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    sample_manifest(s);
    sample_status(s);
    return s;
}

static inline struct mash_bytes
sample_encode(const void *message)
{
    struct mash_bytes out = mash_bytes_max(1u << 20);
    assert_int_equal(mash_message_encode(message, &out), MASH_OK);
    return out;
}

/* ---- spoiling one field ---- */

enum spoil_kind { SPOIL_NOTHING, SPOIL_TEXT, SPOIL_NUMBER, SPOIL_BYTES, SPOIL_COUNT, SPOIL_ABSENT };

/* What to put where: path such as "recipients[1].seal_key_ids[0]"; text, number, `number` bytes of
 * fill, a list's count, or a missing message. */
struct spoil {
    const char *path;
    enum spoil_kind kind;
    const char *text;
    uint64_t number;
    uint8_t fill;
};

static inline void
spoil_value(const ProtobufCFieldDescriptor *field, uint8_t *at, const struct spoil *spoil)
{
    switch (spoil->kind) {
    case SPOIL_TEXT:
        assert_int_equal(field->type, PROTOBUF_C_TYPE_STRING);
        *(char **)(void *)at = (char *)(uintptr_t)spoil->text;
        break;
    case SPOIL_BYTES:
        assert_int_equal(field->type, PROTOBUF_C_TYPE_BYTES);
        *(ProtobufCBinaryData *)(void *)at = sample_fill(spoil->fill, spoil->number);
        break;
    case SPOIL_ABSENT:
        assert_int_equal(field->type, PROTOBUF_C_TYPE_MESSAGE);
        *(void **)(void *)at = NULL;
        break;
    default:
        assert_int_equal(spoil->kind, SPOIL_NUMBER);
        if (field->type == PROTOBUF_C_TYPE_UINT64)
            *(uint64_t *)(void *)at = spoil->number;
        else
            *(uint32_t *)(void *)at = (uint32_t)spoil->number; /* uint32, bool and enum */
    }
}

static inline size_t
spoil_step(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

static inline void
spoil_field(void *message, const struct spoil *spoil)
{
    const char *path = spoil->path;
    for (;;) {
        uint8_t *base = message;
        char name[32];
        size_t len = strcspn(path, ".[");
        assert_true(len < sizeof(name));
        memcpy(name, path, len);
        name[len] = '\0';
        path += len;
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
            ((ProtobufCMessage *)message)->descriptor, name);
        assert_non_null(field);
        uint8_t *at = base + field->offset;
        if (spoil->kind == SPOIL_COUNT && *path == '\0') {
            *(size_t *)(void *)(base + field->quantifier_offset) = spoil->number;
            return;
        }
        if (*path == '[') {
            at = *(uint8_t **)(void *)at + strtoul(path + 1, NULL, 10) * spoil_step(field->type);
            path = strchr(path, ']') + 1;
        }
        if (*path == '\0') {
            spoil_value(field, at, spoil);
            return;
        }
        message = *(void **)(void *)at;
        path++;
    }
}

#endif
