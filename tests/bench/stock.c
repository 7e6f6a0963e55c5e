/* SPDX-License-Identifier: Apache-2.0 */
/* stock.c - see stock.h. */
#include "tests/bench/stock.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/batch.h"
#include "proto/body.h"
#include "proto/content.h"
#include "proto/seal_set.h"
#include "proto/uuid.h"

#define TYPE "CONTACT"
#define THREADS_MAX 64u
#define EXPIRES_MS (7ull * 24u * 3600u * 1000u)

/* What all notices of a plan share; read by all threads. */
struct mould {
    const struct bench_plan *plan;
    const struct mash_mailbox *from;
    struct mash_key_id from_key_id, seal_ids[BENCH_RECIPIENTS_MAX][MASH_SEAL_KEYS_MAX];
    ProtobufCBinaryData seal_fields[BENCH_RECIPIENTS_MAX][MASH_SEAL_KEYS_MAX];
    Mash__Recipient recipients[BENCH_RECIPIENTS_MAX], *recipient_list[BENCH_RECIPIENTS_MAX];
    struct mash_content_summary summary; /* of every content: only the prose differs */
    Mash__Code codes[24], *code_list[24];
    Mash__Seen seen;
    Mash__BundleRef bundle;
    struct mash_seal_set seal_set;
    size_t prose_bytes;
};

struct work {
    const struct mould *mould;
    struct bench_stock *stock;
    size_t first, step; /* frames first, first + step, ... */
};

static uint64_t
wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static ProtobufCBinaryData
bytes_field(const void *data, size_t len)
{
    return mash_span_field(mash_span(data, len));
}

/* Encode a contact about one (invented) child whose prose is this text. */
static void
encode_content(const char *prose, struct mash_bytes *ret_content)
{
    static const Mash__Subject init = MASH__SUBJECT__INIT;
    Mash__Subject subject = init;
    Mash__Subject *subjects[] = { &subject };
    Mash__Referrer referrer = MASH__REFERRER__INIT;
    Mash__Contact contact = MASH__CONTACT__INIT;
    subject.kind = "child";
    subject.given_name = "Robin";
    subject.family_name = "Benchmark";
    subject.birth_date = "2017-03-09";
    subject.sex = "F";
    subject.ethnicity = "WBRI";
    subject.address = "1 Sample Street";
    referrer.name = "P Sample";
    referrer.role = "DSL";
    referrer.agency = "Sample School";
    referrer.phone = "0116 496 0000";
    contact.n_subjects = 1;
    contact.subjects = subjects;
    contact.referrer = &referrer;
    contact.source = "2A";
    contact.primary_need = "N1";
    contact.concern = (char *)(uintptr_t)prose;
    contact.needs_immediate_protection = "no";
    contact.family_aware = "yes";
    contact.consent = "yes";
    contact.source_anonymous = "no";
    bench_must(mash_message_encode(&contact, ret_content), "content");
}

/* Fill prose (prose_bytes and a NUL) with text that is different for each notice. */
static void
write_prose(const struct mould *mould, const uint8_t *notice_id, char *prose)
{
    static const char filler[] = " Seen by the class teacher, who spoke with the child and wrote down the words.";
    size_t at = 0;
    char tag[64];
    (void)sodium_bin2hex(tag, sizeof(tag), notice_id, MASH_ID_BYTES);
    while (at < mould->prose_bytes) {
        size_t left = mould->prose_bytes - at;
        const char *part = at == 0 ? tag : filler;
        size_t len = strlen(part) < left ? strlen(part) : left;
        memcpy(prose + at, part, len);
        at += len;
    }
    prose[at] = '\0';
}

/* Prose of such a length that the content has exactly the bytes asked for, and what of it goes into the
 * manifest, found by the same check that a sender's client makes. */
static void
mould_content(struct mould *mould)
{
    static const uint8_t any[MASH_ID_BYTES] = { 0 };
    struct mash_findings findings = { 0 };
    struct mash_bytes content = mash_bytes_max(MASH_BODY_MAX);
    size_t wanted = mould->plan->content_bytes;
    mould->prose_bytes = 200;
    for (unsigned round = 0; content.len != wanted; round++) {
        if (round > 0)
            mould->prose_bytes += wanted - content.len; /* may wrap: the sum is right */
        if (round > 2 || mould->prose_bytes < 40 || mould->prose_bytes > wanted)
            bench_fail("--content: no content of exactly %zu bytes", wanted);
        char *prose = calloc(1, mould->prose_bytes + 1);
        if (prose == NULL)
            bench_fail("out of memory");
        write_prose(mould, any, prose);
        content.len = 0;
        encode_content(prose, &content);
        free(prose);
    }
    if (mash_content_check(mash_type_find(TYPE), mash_bytes_span(&content), &findings, &mould->summary) != MASH_OK)
        bench_fail("content: %s %s", findings.n_kept > 0 ? findings.rows[0].path : "",
                   findings.n_kept > 0 ? findings.rows[0].text : "");
    for (size_t i = 0; i < mould->summary.n_codes; i++) {
        struct mash_board_code *code = &mould->summary.codes[i];
        mash__code__init(&mould->codes[i]);
        mould->codes[i].list = code->list;
        mould->codes[i].value = code->value;
        mould->codes[i].subject = code->subject;
        mould->code_list[i] = &mould->codes[i];
    }
    mash_findings_free(&findings);
    mash_bytes_free(&content);
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, MASH_KEY_ID_BYTES);
}

/* List the keys of recipient i that are valid now, as a sender's client does. */
static void
mould_recipient(struct mould *mould, size_t i, uint64_t now_ms)
{
    const char *address = mould->plan->recipients[i];
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(mould->plan->session->bundle, address);
    Mash__Recipient *recipient = &mould->recipients[i];
    if (mailbox == NULL)
        bench_fail("--to %s: not in the bundle", address);
    mash__recipient__init(recipient);
    for (size_t k = 0; k < mailbox->n_seal_keys && recipient->n_seal_key_ids < MASH_SEAL_KEYS_MAX; k++) {
        const struct mash_seal_key *key = &mailbox->seal_keys[k];
        if (mash_valid_at(key->valid_from_ms, key->valid_to_ms, now_ms))
            mould->seal_ids[i][recipient->n_seal_key_ids++] = key->id;
    }
    qsort(mould->seal_ids[i], recipient->n_seal_key_ids, sizeof(mould->seal_ids[i][0]), by_bytes);
    for (size_t k = 0; k < recipient->n_seal_key_ids; k++)
        mould->seal_fields[i][k] = bytes_field(mould->seal_ids[i][k].bytes, MASH_KEY_ID_BYTES);
    recipient->mailbox = (char *)(uintptr_t)mailbox->address;
    recipient->seal_key_ids = mould->seal_fields[i];
    recipient->duty = MASH__DUTY__DUTY_ACTION;
    recipient->lead = i == 0;
    mould->recipient_list[i] = recipient;
}

/* The manifest of a notice made now; what is its own, the caller sets. */
static void
cast_manifest(const struct mould *mould, uint64_t now_ms, Mash__Manifest *ret_manifest)
{
    Mash__Manifest *manifest = ret_manifest;
    mash__manifest__init(manifest);
    manifest->partnership = (char *)(uintptr_t)mash_bundle_partnership(mould->plan->session->bundle);
    manifest->schema = 1;
    manifest->from = (char *)(uintptr_t)mould->plan->from;
    manifest->from_key_id = bytes_field(mould->from_key_id.bytes, MASH_KEY_ID_BYTES);
    manifest->n_recipients = mould->plan->n_recipients;
    manifest->recipients = (Mash__Recipient **)(uintptr_t)mould->recipient_list;
    manifest->type = TYPE;
    manifest->created_ms = now_ms;
    manifest->event_ms = mould->summary.event_ms;
    manifest->expires_ms = now_ms + EXPIRES_MS;
    manifest->subject_count = mould->summary.subject_count;
    manifest->n_codes = mould->summary.n_codes;
    manifest->codes = (Mash__Code **)(uintptr_t)mould->code_list;
    manifest->log_seen = mould->plan->session->head.size > 0 ? (Mash__Seen *)(uintptr_t)&mould->seen : NULL;
    manifest->bundle = (Mash__BundleRef *)(uintptr_t)&mould->bundle;
}

static void
mould_make(const struct bench_plan *plan, struct mould *ret_mould)
{
    struct mould *mould = ret_mould;
    const struct bench_session *session = plan->session;
    uint64_t now_ms = wall_ms();
    memset(mould, 0, sizeof(*mould));
    mould->plan = plan;
    if ((mould->from = mash_bundle_mailbox(session->bundle, plan->from)) == NULL)
        bench_fail("--mailbox %s: not in the bundle", plan->from);
    mash_secret_id(session->sign_key, &mould->from_key_id);
    mould_content(mould);
    for (size_t i = 0; i < plan->n_recipients; i++)
        mould_recipient(mould, i, now_ms);
    mash__seen__init(&mould->seen);
    mould->seen.size = session->head.size;
    mould->seen.root = bytes_field(session->head.root.bytes, MASH_SHA256_BYTES);
    mash__bundle_ref__init(&mould->bundle);
    mould->bundle.version = mash_bundle_version(session->bundle);
    mould->bundle.digest = bytes_field(mash_bundle_digest(session->bundle), MASH_SHA256_BYTES);

    Mash__Manifest manifest;
    const char *fault = NULL;
    cast_manifest(mould, now_ms, &manifest);
    enum mash_err err = mash_seal_set_of(session->bundle, &manifest, &mould->seal_set, &fault);
    if (err != MASH_OK)
        bench_fail("keys to seal to: %s: %s", fault != NULL ? fault : plan->from, mash_strerror(err));
}

/* Encode what is sealed: the inner message that repeats the manifest, around the content. */
static void
encode_inner(const struct mould *mould, const Mash__Manifest *manifest, struct mash_bytes *ret_inner)
{
    struct mash_bytes content = mash_bytes_max(MASH_BODY_MAX);
    char *prose = malloc(mould->prose_bytes + 1);
    char *to[BENCH_RECIPIENTS_MAX];
    if (prose == NULL)
        bench_fail("out of memory");
    write_prose(mould, manifest->notice_id.data, prose);
    encode_content(prose, &content);
    Mash__Inner inner = MASH__INNER__INIT;
    inner.partnership = manifest->partnership;
    inner.notice_id = manifest->notice_id;
    inner.from = manifest->from;
    for (size_t i = 0; i < manifest->n_recipients; i++)
        to[i] = manifest->recipients[i]->mailbox;
    inner.n_to = manifest->n_recipients;
    inner.to = to;
    inner.created_ms = manifest->created_ms;
    inner.type = manifest->type;
    inner.content = mash_span_field(mash_bytes_span(&content));
    bench_must(mash_message_encode(&inner, ret_inner), "inner message");
    mash_bytes_free(&content);
    free(prose);
}

/* One notice: its manifest's bytes and its body. */
static void
make_notice(const struct mould *mould, struct mash_bytes *ret_manifest, struct mash_bytes *ret_body)
{
    uint8_t random[MASH_UUID_RANDOM_BYTES], id[MASH_ID_BYTES];
    struct mash_bytes inner = mash_bytes_max(MASH_BODY_MAX);
    Mash__Manifest manifest;
    uint64_t now_ms = wall_ms();
    cast_manifest(mould, now_ms, &manifest);
    randombytes_buf(random, sizeof(random));
    mash_uuid_make(now_ms, random, id);
    manifest.notice_id = bytes_field(id, sizeof(id));
    manifest.thread_id = bytes_field(id, sizeof(id));
    encode_inner(mould, &manifest, &inner);
    bench_must(mash_body_seal(mould->seal_set.recipients, mould->seal_set.count, mash_bytes_span(&inner), ret_body),
               "seal");
    struct mash_hash digest = mash_hash_of(mash_bytes_span(ret_body));
    manifest.body_length = ret_body->len;
    manifest.body_sha256 = bytes_field(digest.bytes, MASH_SHA256_BYTES);
    bench_must(mash_message_encode(&manifest, ret_manifest), "manifest");
    mash_bytes_free(&inner);
}

/* One request: batch notices under one signature. */
static void
make_frame(const struct mould *mould, uint64_t request_id, struct mash_bytes *ret_frame)
{
    size_t n = mould->plan->batch;
    struct mash_bytes manifests[MASH_BATCH_MAX], bodies[MASH_BATCH_MAX];
    struct mash_span spans[MASH_BATCH_MAX];
    static _Thread_local struct mash_batch_proof proofs[MASH_BATCH_MAX];
    ProtobufCBinaryData paths[MASH_BATCH_MAX][MASH_BATCH_PATH_MAX];
    Mash__SignedNotice notices[MASH_BATCH_MAX], *list[MASH_BATCH_MAX];
    for (size_t i = 0; i < n; i++) {
        manifests[i] = mash_bytes_max(MASH_MANIFEST_MAX);
        bodies[i] = mash_bytes_max(MASH_BODY_MAX);
        make_notice(mould, &manifests[i], &bodies[i]);
        spans[i] = mash_bytes_span(&manifests[i]);
    }
    bench_must(mash_batch_sign(MASH_BATCH_NOTICE, mash_bundle_partnership(mould->plan->session->bundle),
                               mould->plan->session->sign_key, spans, n, proofs),
               "sign");
    for (size_t i = 0; i < n; i++) {
        mash__signed_notice__init(&notices[i]);
        notices[i].manifest = mash_span_field(spans[i]);
        notices[i].signature = bytes_field(proofs[i].signature, MASH_SIGNATURE_BYTES);
        notices[i].body = mash_span_field(mash_bytes_span(&bodies[i]));
        notices[i].batch_index = proofs[i].index;
        notices[i].batch_size = proofs[i].size;
        notices[i].n_batch_path = proofs[i].n_path;
        notices[i].batch_path = paths[i];
        for (size_t k = 0; k < proofs[i].n_path; k++)
            paths[i][k] = bytes_field(proofs[i].path[k].bytes, MASH_SHA256_BYTES);
        list[i] = &notices[i];
    }
    Mash__Submit submit = MASH__SUBMIT__INIT;
    submit.n_notices = n;
    submit.notices = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.id = request_id;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT;
    request.submit = &submit;
    bench_must(mash_message_encode(&request, ret_frame), "request");
    for (size_t i = 0; i < n; i++) {
        mash_bytes_free(&manifests[i]);
        mash_bytes_free(&bodies[i]);
    }
}

static void *
work_run(void *arg)
{
    const struct work *work = arg;
    for (size_t i = work->first; i < work->stock->n_frames; i += work->step) {
        work->stock->frames[i] = mash_bytes_max(MASH_FRAME_MAX);
        make_frame(work->mould, work->mould->plan->first_id + i, &work->stock->frames[i]);
    }
    return NULL;
}

/* Sizes for the table, read back from the first request. */
static void
measure_first(struct bench_stock *stock)
{
    Mash__Request *request = NULL;
    bench_must(mash_message_decode(&mash__request__descriptor, mash_bytes_span(&stock->frames[0]), &request),
               "own request");
    const Mash__SignedNotice *notice = request->submit->notices[0];
    stock->frame_bytes = stock->frames[0].len;
    stock->body_bytes = notice->body.len;
    stock->manifest_bytes = notice->manifest.len;
    mash_message_free(&request);
}

void
bench_stock_make(const struct bench_plan *plan, unsigned threads, struct bench_stock *ret_stock)
{
    struct mould *mould = calloc(1, sizeof(*mould));
    struct work works[THREADS_MAX];
    pthread_t ids[THREADS_MAX];
    if (mould == NULL || plan->batch < 1 || plan->batch > MASH_BATCH_MAX || plan->count % plan->batch != 0 ||
        plan->count == 0 || threads < 1 || threads > THREADS_MAX)
        bench_fail("not a plan: %zu notices, %zu to a batch, %u threads", plan->count, plan->batch, threads);
    mould_make(plan, mould);
    *ret_stock = (struct bench_stock){ .n_frames = plan->count / plan->batch, .stanzas = mould->seal_set.count };
    if ((ret_stock->frames = calloc(ret_stock->n_frames, sizeof(struct mash_bytes))) == NULL)
        bench_fail("out of memory");
    for (unsigned i = 0; i < threads; i++) {
        works[i] = (struct work){ mould, ret_stock, i, threads };
        if (pthread_create(&ids[i], NULL, work_run, &works[i]) != 0)
            bench_fail("cannot start a thread");
    }
    for (unsigned i = 0; i < threads; i++)
        (void)pthread_join(ids[i], NULL);
    measure_first(ret_stock);
    free(mould);
}

void
bench_stock_free(struct bench_stock *stock)
{
    for (size_t i = 0; i < stock->n_frames; i++)
        mash_bytes_free(&stock->frames[i]);
    free(stock->frames);
    *stock = (struct bench_stock){ 0 };
}
