/* SPDX-License-Identifier: Apache-2.0 */
/* make_vectors.c - prints tests/vectors/mash-v1.json: known answers for whoever writes another client.
 * Fixed keys, fixed times, fixed salts: the same bytes each time, so that a change of the wire format
 * cannot pass unseen.  Every value is read back by this project's own readers before it is printed.
 * The keys are public and must never be used. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sodium.h>

#include "proto/batch.h"
#include "proto/hex.h"
#include "proto/manifest.h"
#include "proto/receipt.h"
#include "proto/state.h"
#include "proto/uuid.h"
#include "tests/vectors/tables.h"

#define CREATED_MS 1795392000000ull /* 2026-11-23T00:00:00Z */
#define LOG_SIZE 7                  /* entries of the log */

static const char partnership[] = "llr";
static const char origin[] = "llr/2026";

/* A fault of this program or of the library: there is nothing to print then. */
void
vectors_must(enum mash_err err)
{
    if (err == MASH_OK)
        return;
    (void)fprintf(stderr, "make_vectors: %s\n", mash_strerror(err));
    exit(1);
}

void
vectors_put_hex(json_t *object, const char *name, struct mash_span bytes)
{
    char *text = malloc(2 * bytes.len + 1);
    assert(text != NULL);
    mash_hex_text(bytes, text);
    if (json_object_set_new(object, name, json_string(text)) != 0)
        vectors_must(MASH_E_NOMEM);
    free(text);
}

void
vectors_put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        vectors_must(MASH_E_NOMEM);
}

static json_t *
integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* ---- keys: the seed of key n of a purpose is 32 bytes of 16 * purpose + n ---- */

struct mash_secret *
vectors_key(enum mash_purpose purpose, unsigned n)
{
    uint8_t seed[MASH_SECRET_SEED_BYTES];
    struct mash_secret *secret = NULL;
    memset(seed, (int)(16 * (unsigned)purpose + n), sizeof(seed));
    vectors_must(mash_secret_from_seed(purpose, seed, &secret));
    return secret;
}

static json_t *
key_json(enum mash_purpose purpose, unsigned n)
{
    uint8_t seed[MASH_SECRET_SEED_BYTES];
    memset(seed, (int)(16 * (unsigned)purpose + n), sizeof(seed));
    struct mash_secret *secret = vectors_key(purpose, n);
    struct mash_key_id id;
    mash_secret_id(secret, &id);
    json_t *key = json_object();
    vectors_put(key, "purpose", json_string(mash_purpose_name(purpose)));
    vectors_put_hex(key, "seed", mash_span(seed, sizeof(seed)));
    vectors_put_hex(key, "public", mash_span(mash_secret_public(secret), MASH_PUBLIC_KEY_BYTES));
    vectors_put(key, "text", json_string(mash_secret_public_text(secret)));
    vectors_put_hex(key, "id", mash_span(id.bytes, sizeof(id.bytes)));
    mash_secret_close(&secret);
    return key;
}

static json_t *
keys_json(void)
{
    json_t *keys = json_array();
    for (unsigned purpose = 0; purpose < MASH_PURPOSE_COUNT; purpose++)
        for (unsigned n = 1; n <= 2; n++)
            (void)json_array_append_new(keys, key_json((enum mash_purpose)purpose, n));
    return keys;
}

/* ---- manifests ---- */

static ProtobufCBinaryData
fill(uint8_t byte, size_t len)
{
    static uint8_t fills[256][32];
    memset(fills[byte], byte, sizeof(fills[byte]));
    return (ProtobufCBinaryData){ len, fills[byte] };
}

static char *
text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

/* The id of notice n. */
static void
notice_id(unsigned n, uint8_t ret_id[static MASH_ID_BYTES])
{
    uint8_t random[MASH_UUID_RANDOM_BYTES];
    memset(random, (int)n, sizeof(random));
    mash_uuid_make(CREATED_MS + n, random, ret_id);
}

/* The ids of the two fixed seal keys, ascending as a manifest lists them. */
static void
seal_ids(struct mash_key_id ret_ids[static 2])
{
    for (unsigned n = 0; n < 2; n++) {
        struct mash_secret *seal = vectors_key(MASH_PURPOSE_SEAL, n + 1);
        mash_secret_id(seal, &ret_ids[n]);
        mash_secret_close(&seal);
    }
    if (memcmp(ret_ids[0].bytes, ret_ids[1].bytes, sizeof(ret_ids[0].bytes)) > 0) {
        struct mash_key_id first = ret_ids[0];
        ret_ids[0] = ret_ids[1];
        ret_ids[1] = first;
    }
}

static Mash__Recipient
recipient_of(const char *mailbox, ProtobufCBinaryData *seals, size_t n_seals, Mash__Duty duty)
{
    Mash__Recipient recipient = MASH__RECIPIENT__INIT;
    recipient.mailbox = text(mailbox);
    recipient.seal_key_ids = seals;
    recipient.n_seal_key_ids = n_seals;
    recipient.duty = duty;
    return recipient;
}

/* What both manifests have in common. */
static void
begin_manifest(Mash__Manifest *manifest, struct mash_span id, const char *type, Mash__Recipient **recipients,
               size_t n_recipients, Mash__BundleRef *bundle)
{
    mash__manifest__init(manifest);
    mash__bundle_ref__init(bundle);
    manifest->partnership = text(partnership);
    manifest->schema = MASH_SCHEMA;
    manifest->notice_id = mash_span_field(id);
    manifest->from = text("leics-police/ppu@llr");
    manifest->recipients = recipients;
    manifest->n_recipients = n_recipients;
    manifest->type = text(type);
    manifest->body_length = 4424;
    bundle->digest = fill(0x77, 32);
    manifest->bundle = bundle;
}

/* How the full one is to be handled, and what it is about. */
static void
fill_matter(Mash__Manifest *manifest, Mash__Code **codes, size_t n_codes)
{
    manifest->immediate = 1;
    manifest->thread_id = fill(0x33, 16);
    manifest->in_reply_to = fill(0x44, 32);
    manifest->relation = MASH__RELATION__RELATION_UPDATE;
    manifest->created_ms = CREATED_MS;
    manifest->event_ms = CREATED_MS - 3600000;
    manifest->expires_ms = CREATED_MS + MASH_EXPIRES_MAX_MS;
    manifest->drill = 1;
    manifest->restricted = 1;
    manifest->address_confidential = 1;
    manifest->source_confidential = 1;
    manifest->subject_count = 2;
    manifest->codes = codes;
    manifest->n_codes = n_codes;
    manifest->body_sha256 = fill(0x55, 32);
}

/* A referral of two siblings by the police, an update of an earlier one, with every field in use. */
static void
full_manifest(struct mash_bytes *out)
{
    struct mash_key_id from, ids[2];
    seal_ids(ids);
    ProtobufCBinaryData seals[] = { mash_span_field(mash_span(ids[0].bytes, sizeof(ids[0].bytes))),
                                    mash_span_field(mash_span(ids[1].bytes, sizeof(ids[1].bytes))) };
    Mash__Recipient das = recipient_of("leicester-cc/das@llr", seals, 2, MASH__DUTY__DUTY_ACTION);
    Mash__Recipient edt = recipient_of("leicester-cc/edt@llr", seals, 2, MASH__DUTY__DUTY_ACTION);
    Mash__Recipient nhs = recipient_of("lpt-nhs/safeguarding@llr", seals, 1, MASH__DUTY__DUTY_INFORMATION);
    Mash__Recipient *recipients[] = { &das, &edt, &nhs };
    das.lead = 1;
    edt.cover_for = das.mailbox;

    Mash__Code source = MASH__CODE__INIT, grade = MASH__CODE__INIT;
    Mash__Code *codes[] = { &source, &grade };
    source.list = text("referral-source");
    source.value = text("6");
    grade.list = text("risk-grade");
    grade.value = text("amber");
    grade.subject = 2;

    uint8_t id[MASH_ID_BYTES];
    Mash__Manifest manifest;
    Mash__BundleRef bundle;
    Mash__Seen seen = MASH__SEEN__INIT;
    struct mash_secret *sign = vectors_key(MASH_PURPOSE_SIGN, 1);
    notice_id(1, id);
    mash_secret_id(sign, &from);
    begin_manifest(&manifest, mash_span(id, sizeof(id)), "REFERRAL", recipients, 3, &bundle);
    manifest.from_key_id = mash_span_field(mash_span(from.bytes, sizeof(from.bytes)));
    fill_matter(&manifest, codes, 2);
    seen.size = 17;
    seen.root = fill(0x66, 32);
    manifest.log_seen = &seen;
    bundle.version = 3;
    vectors_must(mash_message_encode(&manifest, out));
    mash_secret_close(&sign);
}

/* The smallest manifest there can be: one recipient, one key. */
static void
small_manifest(unsigned n, struct mash_bytes *out)
{
    uint8_t id[MASH_ID_BYTES];
    ProtobufCBinaryData seal = fill(0x20, 16);
    Mash__Recipient recipient = recipient_of("leicester-cc/das@llr", &seal, 1, MASH__DUTY__DUTY_ACTION);
    Mash__Recipient *recipients[] = { &recipient };
    Mash__BundleRef bundle;
    Mash__Manifest manifest;
    notice_id(n, id);
    begin_manifest(&manifest, mash_span(id, sizeof(id)), "CONTACT", recipients, 1, &bundle);
    manifest.from_key_id = fill(0x11, 16);
    manifest.thread_id = manifest.notice_id;
    manifest.created_ms = CREATED_MS + n;
    manifest.expires_ms = CREATED_MS + n + 3600000;
    manifest.subject_count = 1;
    manifest.body_sha256 = fill((uint8_t)n, 32);
    bundle.version = 1;
    vectors_must(mash_message_encode(&manifest, out));
}

static json_t *
manifest_json(struct mash_span bytes)
{
    Mash__Manifest *manifest = NULL;
    vectors_must(mash_manifest_read(bytes, &manifest, NULL));
    char id[MASH_UUID_TEXT_SIZE];
    mash_uuid_text(manifest->notice_id.data, id);
    mash_message_free(&manifest);
    struct mash_hash digest = mash_hash_of(bytes);
    json_t *object = json_object();
    vectors_put_hex(object, "hex", bytes);
    vectors_put_hex(object, "sha256", mash_hash_span(&digest));
    vectors_put(object, "notice_id", json_string(id));
    return object;
}

/* ---- batches ---- */

static json_t *
batch_json(enum mash_batch_kind kind, const struct mash_secret *key, const struct mash_span *messages, size_t n)
{
    struct mash_batch_proof proofs[MASH_BATCH_MAX];
    struct mash_hash root;
    uint8_t bytes[MASH_BATCH_SIGNED_BYTES];
    vectors_must(mash_batch_sign(kind, partnership, key, messages, n, proofs));
    vectors_must(mash_batch_root(messages[0], &proofs[0], &root));
    mash_batch_signed_bytes(kind, partnership, (uint32_t)n, &root, bytes);

    json_t *batch = json_object();
    vectors_put(batch, "kind", json_string(kind == MASH_BATCH_NOTICE ? "notice" : "status"));
    vectors_put_hex(batch, "public", mash_span(mash_secret_public(key), MASH_PUBLIC_KEY_BYTES));
    vectors_put(batch, "size", integer(n));
    vectors_put_hex(batch, "root", mash_hash_span(&root));
    vectors_put_hex(batch, "signed_bytes", mash_span(bytes, sizeof(bytes)));
    vectors_put_hex(batch, "signature", mash_span(proofs[0].signature, MASH_SIGNATURE_BYTES));
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        vectors_must(mash_batch_verify(kind, partnership, mash_secret_public(key), messages[i], &proofs[i]));
        json_t *row = json_object();
        vectors_put_hex(row, "message", messages[i]);
        vectors_put_hex(row, "path", mash_span(proofs[i].path, proofs[i].n_path * MASH_HASH_BYTES));
        (void)json_array_append_new(rows, row);
    }
    vectors_put(batch, "messages", rows);
    return batch;
}

static json_t *
batches_json(void)
{
    static const size_t sizes[] = { 1, 2, 3, 63, 64 };
    struct mash_secret *key = vectors_key(MASH_PURPOSE_SIGN, 1);
    struct mash_bytes manifests[MASH_BATCH_MAX];
    struct mash_span messages[MASH_BATCH_MAX];
    for (unsigned n = 0; n < MASH_BATCH_MAX; n++) {
        manifests[n] = mash_bytes_max(MASH_MANIFEST_MAX);
        small_manifest(n, &manifests[n]);
        messages[n] = mash_bytes_span(&manifests[n]);
        Mash__Manifest *manifest = NULL;
        vectors_must(mash_manifest_read(messages[n], &manifest, NULL));
        mash_message_free(&manifest);
    }
    json_t *batches = json_array();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        (void)json_array_append_new(batches, batch_json(MASH_BATCH_NOTICE, key, messages, sizes[i]));
    for (size_t n = 0; n < MASH_BATCH_MAX; n++)
        mash_bytes_free(&manifests[n]);
    mash_secret_close(&key);
    return batches;
}

/* ---- statuses: a whole chain of one mailbox ---- */

static const struct step {
    Mash__State state;
    const char *reason;
    Mash__Rag rag;
    const char *actor;
    uint32_t subjects;
} steps[] = {
    { MASH__STATE__STATE_COLLECTED, "", MASH__RAG__RAG_UNSET, "", 0 },
    { MASH__STATE__STATE_OPENED, "", MASH__RAG__RAG_UNSET, "", 0 },
    { MASH__STATE__STATE_TRIAGED, "domestic-abuse", MASH__RAG__RAG_AMBER, "sw-0417", 0 },
    { MASH__STATE__STATE_ACKNOWLEDGED, "", MASH__RAG__RAG_UNSET, "sw-0417", 0 },
    { MASH__STATE__STATE_DECIDED, "", MASH__RAG__RAG_UNSET, "sw-0417", 2 },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void
encode_step(size_t at, struct mash_span manifest, const struct mash_progress *progress,
            const struct mash_secret *key, struct mash_bytes *out)
{
    struct mash_hash digest = mash_hash_of(manifest);
    struct mash_key_id key_id;
    mash_secret_id(key, &key_id);
    Mash__SubjectOutcome first = MASH__SUBJECT_OUTCOME__INIT, second = MASH__SUBJECT_OUTCOME__INIT;
    first.subject = 1;
    first.code = text("ASSESSMENT");
    second.subject = 2;
    second.code = text("EARLY-HELP");
    Mash__SubjectOutcome *outcomes[] = { &first, &second };
    Mash__Seen seen = MASH__SEEN__INIT;
    seen.size = 21 + at;
    seen.root = fill(0xbb, 32);

    Mash__Status status = MASH__STATUS__INIT;
    status.partnership = text(partnership);
    status.schema = MASH_SCHEMA;
    status.manifest_sha256 = mash_span_field(mash_hash_span(&digest));
    status.mailbox = text("leicester-cc/das@llr");
    status.key_id = mash_span_field(mash_span(key_id.bytes, sizeof(key_id.bytes)));
    status.sequence = progress->sequence + 1;
    if (progress->sequence > 0)
        status.previous_sha256 = mash_span_field(mash_hash_span(&progress->last));
    status.state = steps[at].state;
    status.reason = text(steps[at].reason);
    status.rag = steps[at].rag;
    status.actor = text(steps[at].actor);
    status.outcomes = outcomes;
    status.n_outcomes = steps[at].subjects;
    status.time_ms = CREATED_MS + 60000 * (at + 1);
    status.log_seen = &seen;
    vectors_must(mash_message_encode(&status, out));
}

static json_t *
statuses_json(struct mash_span manifest_bytes, struct mash_bytes *ret_last, struct mash_batch_proof *ret_proof)
{
    struct mash_secret *key = vectors_key(MASH_PURPOSE_SIGN, 2);
    struct mash_progress progress = mash_progress_start();
    Mash__Manifest *manifest = NULL;
    vectors_must(mash_manifest_read(manifest_bytes, &manifest, NULL));
    json_t *chain = json_array();
    for (size_t i = 0; i < STEPS; i++) {
        struct mash_bytes bytes = mash_bytes_max(MASH_STATUS_MAX);
        encode_step(i, manifest_bytes, &progress, key, &bytes);
        struct mash_span message = mash_bytes_span(&bytes);
        Mash__Status *status = NULL;
        const char *why = "";
        vectors_must(mash_status_read(message, &status, NULL));
        vectors_must(mash_progress_check(&progress, manifest, status, &why));
        struct mash_hash digest = mash_hash_of(message);
        progress = mash_progress_next(&progress, status, &digest);
        mash_message_free(&status);

        json_t *row = json_object();
        vectors_put(row, "state", json_string(mash_state_name(steps[i].state)));
        vectors_put_hex(row, "hex", message);
        vectors_put_hex(row, "sha256", mash_hash_span(&digest));
        vectors_put(row, "batch", batch_json(MASH_BATCH_STATUS, key, &message, 1));
        vectors_put(row, "stands_at", json_string(mash_state_name(progress.state)));
        (void)json_array_append_new(chain, row);
        if (i + 1 == STEPS) {
            vectors_must(mash_bytes_append(ret_last, bytes.data, bytes.len));
            vectors_must(mash_batch_sign(MASH_BATCH_STATUS, partnership, key, &message, 1, ret_proof));
        }
        mash_bytes_free(&bytes);
    }
    mash_message_free(&manifest);
    mash_secret_close(&key);
    return chain;
}

/* ---- the log: start, accept, delivery, status, and others to make seven entries ---- */

struct logged {
    struct mash_bytes detail;
    uint8_t salt[MASH_ENTRY_SALT_BYTES];
    struct mash_entry entry;
};

static void
log_detail(struct logged *logged, size_t at, const Mash__Detail *detail)
{
    logged->detail = mash_bytes_max(MASH_DETAIL_MAX);
    vectors_must(mash_message_encode(detail, &logged->detail));
    memset(logged->salt, 0xd0 + (int)at, sizeof(logged->salt));
    logged->entry.kind = (uint8_t)detail->kind_case;
    logged->entry.time_ms = CREATED_MS + 1000 * at;
    logged->entry.commit = mash_entry_commit(logged->salt, mash_bytes_span(&logged->detail));
}

static void
log_accept(struct logged *logged, size_t at, struct mash_span manifest)
{
    struct mash_secret *key = vectors_key(MASH_PURPOSE_SIGN, 1);
    struct mash_batch_proof proof;
    vectors_must(mash_batch_sign(MASH_BATCH_NOTICE, partnership, key, &manifest, 1, &proof));
    Mash__AcceptDetail accept = MASH__ACCEPT_DETAIL__INIT;
    accept.manifest = mash_span_field(manifest);
    accept.signature = mash_span_field(mash_span(proof.signature, sizeof(proof.signature)));
    accept.batch_size = 1;
    accept.link_key_id = fill(0x12, 16);
    accept.bundle_version = 3;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_ACCEPT;
    detail.accept = &accept;
    log_detail(logged, at, &detail);
    mash_secret_close(&key);
}

static void
log_delivery(struct logged *logged, size_t at, struct mash_span manifest)
{
    struct mash_hash digest = mash_hash_of(manifest);
    Mash__DeliveryDetail delivery = MASH__DELIVERY_DETAIL__INIT;
    delivery.manifest_sha256 = mash_span_field(mash_hash_span(&digest));
    delivery.mailbox = text("leicester-cc/das@llr");
    delivery.number = 1;
    delivery.link_key_id = fill(0x13, 16);
    delivery.accept_entry = 1;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_DELIVERY;
    detail.delivery = &delivery;
    log_detail(logged, at, &detail);
}

static void
log_status(struct logged *logged, size_t at, struct mash_span status, const struct mash_batch_proof *proof)
{
    Mash__StatusDetail said = MASH__STATUS_DETAIL__INIT;
    said.status = mash_span_field(status);
    said.signature = mash_span_field(mash_span(proof->signature, sizeof(proof->signature)));
    said.batch_size = 1;
    said.link_key_id = fill(0x13, 16);
    said.bundle_version = 3;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_STATUS;
    detail.status = &said;
    log_detail(logged, at, &detail);
}

static void
log_refusal(struct logged *logged, size_t at)
{
    Mash__RefusalDetail refusal = MASH__REFUSAL_DETAIL__INIT;
    refusal.agency = text("leics-police");
    refusal.code = 403;
    refusal.sub_code = text("17");
    refusal.count = at;
    refusal.since_ms = CREATED_MS;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_REFUSAL;
    detail.refusal = &refusal;
    log_detail(logged, at, &detail);
}

static json_t *
entry_json(const struct logged *logged, size_t index, const struct mash_hash *leaves, struct mash_span note,
           const struct mash_secret *log_key)
{
    uint8_t leaf[MASH_ENTRY_BYTES];
    struct mash_tree_path path;
    struct mash_bytes receipt = mash_bytes_max(MASH_RECEIPT_MAX);
    struct mash_receipt opened;
    mash_entry_encode(&logged->entry, leaf);
    vectors_must(mash_tree_batch_path(leaves, LOG_SIZE, index, &path));
    vectors_must(mash_receipt_encode(&logged->entry, logged->salt, mash_bytes_span(&logged->detail), index,
                                     &path, note, &receipt));
    vectors_must(mash_receipt_open(mash_bytes_span(&receipt), origin, mash_secret_public(log_key), &opened));
    mash_receipt_close(&opened);

    json_t *entry = json_object();
    vectors_put(entry, "index", integer(index));
    vectors_put(entry, "kind", integer(logged->entry.kind));
    vectors_put(entry, "time_ms", integer(logged->entry.time_ms));
    vectors_put_hex(entry, "salt", mash_span(logged->salt, sizeof(logged->salt)));
    vectors_put_hex(entry, "detail", mash_bytes_span(&logged->detail));
    vectors_put_hex(entry, "commit", mash_hash_span(&logged->entry.commit));
    vectors_put_hex(entry, "leaf", mash_span(leaf, sizeof(leaf)));
    vectors_put_hex(entry, "leaf_hash", mash_hash_span(&leaves[index]));
    vectors_put(entry, "receipt", json_stringn((const char *)receipt.data, receipt.len));
    mash_bytes_free(&receipt);
    return entry;
}

static json_t *
log_json(struct mash_span manifest, struct mash_span status, const struct mash_batch_proof *status_proof)
{
    struct logged logged[LOG_SIZE] = { 0 };
    struct mash_hash leaves[LOG_SIZE];
    for (size_t i = 0; i < LOG_SIZE; i++)
        log_refusal(&logged[i], i);
    for (size_t i = 1; i <= 3; i++)
        mash_bytes_free(&logged[i].detail);
    log_accept(&logged[1], 1, manifest);
    log_delivery(&logged[2], 2, manifest);
    log_status(&logged[3], 3, status, status_proof);
    for (size_t i = 0; i < LOG_SIZE; i++)
        leaves[i] = mash_entry_leaf_hash(&logged[i].entry);

    struct mash_secret *key = vectors_key(MASH_PURPOSE_LOG, 1);
    struct mash_checkpoint head = { .size = LOG_SIZE, .root = mash_tree_batch_root(leaves, LOG_SIZE) };
    (void)snprintf(head.origin, sizeof(head.origin), "%s", origin);
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    vectors_must(mash_checkpoint_sign(&head, mash_secret_bytes(key), &note));

    json_t *log = json_object();
    vectors_put(log, "origin", json_string(origin));
    vectors_put_hex(log, "public", mash_span(mash_secret_public(key), MASH_PUBLIC_KEY_BYTES));
    vectors_put(log, "checkpoint", json_stringn((const char *)note.data, note.len));
    vectors_put_hex(log, "root", mash_hash_span(&head.root));
    json_t *entries = json_array();
    for (size_t i = 0; i < LOG_SIZE; i++) {
        (void)json_array_append_new(entries, entry_json(&logged[i], i, leaves, mash_bytes_span(&note), key));
        mash_bytes_free(&logged[i].detail);
    }
    vectors_put(log, "entries", entries);
    mash_bytes_free(&note);
    mash_secret_close(&key);
    return log;
}

int
main(void)
{
    if (sodium_init() < 0)
        return 1;
    struct mash_bytes manifest = mash_bytes_max(MASH_MANIFEST_MAX);
    struct mash_bytes status = mash_bytes_max(MASH_STATUS_MAX);
    struct mash_batch_proof status_proof;
    full_manifest(&manifest);

    json_t *all = json_object();
    vectors_put(all, "note",
                json_string("Known answers of the mash protocol, version 1; see proto/PROTOCOL.md. Made by "
                            "tests/vectors/make_vectors.c. The keys are public: never use them."));
    vectors_put(all, "partnership", json_string(partnership));
    vectors_put(all, "keys", keys_json());
    vectors_put(all, "manifest", manifest_json(mash_bytes_span(&manifest)));
    vectors_put(all, "statuses", statuses_json(mash_bytes_span(&manifest), &status, &status_proof));
    vectors_put(all, "log", log_json(mash_bytes_span(&manifest), mash_bytes_span(&status), &status_proof));
    vectors_put(all, "bundles", vectors_bundles());
    vectors_put(all, "answers", vectors_answers());
    vectors_put(all, "steps", vectors_steps());
    vectors_put(all, "batches", batches_json());

    int failed = json_dumpf(all, stdout, JSON_INDENT(1)) != 0 || putchar('\n') == EOF || fflush(stdout) != 0;
    json_decref(all);
    mash_bytes_free(&manifest);
    mash_bytes_free(&status);
    return failed;
}
