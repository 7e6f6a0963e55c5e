/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c - bench_collect: one recipient that collects while a publisher submits.
 * Does what a recipient must before it says `collected`: verifies both proofs, the sender's signature and
 * the body's digest, and has the notice on disk (fdatasync).  What arrived during one such round is the next
 * one, signed as one batch.  Does not open bodies: `opened` is a later step of its own.
 * Says "ready" once it asks; "done" when --count notices are collected; after "check" prints a line of JSON.
 * --records: 32-byte manifest digest, then big-endian u64 delivered and collected (CLOCK_MONOTONIC, ns): the
 * frame was taken in, and the broker's receipt for the status was. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/batch.h"
#include "proto/manifest.h"
#include "proto/receipt.h"
#include "tests/bench/session.h"

#define STALL_NS (30ull * 1000000000ull)
#define FETCH_WAIT_MS 20000u
#define SUBMISSIONS_MAX 1024u /* statuses on their way, in requests */

struct options {
    struct bench_who who;
    size_t count;
    const char *records, *store;
};

struct item {
    struct mash_hash digest;
    uint64_t delivered_ns, collected_ns;
};

/* One SubmitStatus on its way: items [first, first + count). */
struct submission {
    uint64_t id;
    size_t first, count;
};

struct run {
    const struct options *options;
    struct bench_session session;
    int store_fd;
    struct item *items; /* options->count of them, in order of arrival */
    size_t delivered, signed_up_to, collected, rounds;
    uint64_t after, fetch_id; /* highest delivery number; the open Fetch, 0: none */
    struct mash_checkpoint seen; /* newest head of a proof */
    struct submission submissions[SUBMISSIONS_MAX];
    size_t n_submissions;
};

static const struct option long_options[] = {
    { "endpoint", required_argument, NULL, 'e' }, { "broker", required_argument, NULL, 'b' },
    { "link-key", required_argument, NULL, 'l' }, { "sign-key", required_argument, NULL, 's' },
    { "mailbox", required_argument, NULL, 'm' },  { "count", required_argument, NULL, 'n' },
    { "records", required_argument, NULL, 'o' },  { "store", required_argument, NULL, 'd' },
    { NULL, 0, NULL, 0 },
};

static void
read_options(int argc, char **argv, struct options *ret_options)
{
    int option;
    *ret_options = (struct options){ .count = 0 };
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case 'e': ret_options->who.endpoint = optarg; break;
        case 'b': ret_options->who.broker = optarg; break;
        case 'l': ret_options->who.link_key = optarg; break;
        case 's': ret_options->who.sign_key = optarg; break;
        case 'm': ret_options->who.mailbox = optarg; break;
        case 'n': ret_options->count = bench_number("--count", optarg, 10000000); break;
        case 'o': ret_options->records = optarg; break;
        case 'd': ret_options->store = optarg; break;
        default: bench_fail("see tests/bench/run for how this program is used");
        }
    }
    if (optind != argc || ret_options->count == 0 || ret_options->store == NULL)
        bench_fail("--count and --store are needed, and nothing but options");
}

static void
send_request(struct run *run, Mash__Request *request)
{
    struct mash_bytes frame = mash_bytes_max(MASH_FRAME_MAX);
    request->id = ++run->session.last_id;
    bench_must(mash_message_encode(request, &frame), "request");
    bench_must(bench_wire_send(run->session.wire, mash_bytes_span(&frame)), "send");
    mash_bytes_free(&frame);
}

static void
fetch_more(struct run *run)
{
    Mash__Fetch fetch = MASH__FETCH__INIT;
    fetch.mailbox = (char *)(uintptr_t)run->options->who.mailbox;
    fetch.after = run->after;
    fetch.credit = MASH_CREDIT_MAX;
    fetch.wait_ms = FETCH_WAIT_MS;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &fetch;
    send_request(run, &request);
    run->fetch_id = run->session.last_id;
}

/* The proof of one entry of this log; its head becomes the newest seen. */
static void
check_proof(struct run *run, struct mash_span text, Mash__Detail__KindCase kind)
{
    struct mash_receipt receipt;
    bench_must(mash_receipt_open(text, run->session.head.origin, mash_bundle_log_key(run->session.bundle), &receipt),
               "proof of a delivery");
    if (receipt.entry.kind != (uint8_t)kind)
        bench_fail("a proof of another kind of entry");
    if (receipt.checkpoint.size >= run->seen.size)
        run->seen = receipt.checkpoint;
    mash_receipt_close(&receipt);
}

static void
check_notice(const struct run *run, const Mash__SignedNotice *notice)
{
    struct mash_batch_proof proof = { .index = notice->batch_index, .size = notice->batch_size,
                                      .n_path = notice->n_batch_path };
    Mash__Manifest *manifest = NULL;
    bench_must(mash_manifest_read(mash_field_span(notice->manifest), &manifest, NULL), "manifest");
    const struct mash_mailbox *from = mash_bundle_mailbox(run->session.bundle, manifest->from);
    const struct mash_sign_key *key =
        from != NULL ? mash_mailbox_sign_key(from, mash_field_span(manifest->from_key_id)) : NULL;
    if (key == NULL || notice->signature.len != MASH_SIGNATURE_BYTES || notice->n_batch_path > MASH_BATCH_PATH_MAX)
        bench_fail("a notice without a known key or signature");
    memcpy(proof.signature, notice->signature.data, MASH_SIGNATURE_BYTES);
    for (size_t i = 0; i < proof.n_path; i++)
        memcpy(proof.path[i].bytes, notice->batch_path[i].data, MASH_SHA256_BYTES);
    bench_must(mash_batch_verify(MASH_BATCH_NOTICE, manifest->partnership, key->key,
                                 mash_field_span(notice->manifest), &proof),
               "signature of a notice");
    struct mash_hash body = mash_hash_of(mash_field_span(notice->body));
    if (!mash_span_equal(mash_hash_span(&body), mash_field_span(manifest->body_sha256)))
        bench_fail("a body that is not the manifest's");
    mash_message_free(&manifest);
}

/* Take one delivery in: verified, written, not yet synced. */
static void
take_delivery(struct run *run, const Mash__Delivery *delivery, struct mash_span frame)
{
    if (delivery->number > run->after)
        run->after = delivery->number;
    if (delivery->notice == NULL || run->delivered == run->options->count)
        return; /* a report, or notices beyond those asked for */
    check_proof(run, mash_field_span(delivery->proof), MASH__DETAIL__KIND_DELIVERY);
    check_proof(run, mash_field_span(delivery->accept_receipt), MASH__DETAIL__KIND_ACCEPT);
    check_notice(run, delivery->notice);
    if (write(run->store_fd, frame.data, frame.len) != (ssize_t)frame.len)
        bench_fail("--store: cannot write");
    struct item *item = &run->items[run->delivered++];
    item->digest = mash_hash_of(mash_field_span(delivery->notice->manifest));
}

/* Statuses on their way came back: all held, or the program ends. */
static void
take_outcomes(struct run *run, const Mash__Answer *answer, uint64_t now_ns)
{
    size_t at = 0;
    while (at < run->n_submissions && run->submissions[at].id != answer->id)
        at++;
    if (at == run->n_submissions || answer->result_case != MASH__ANSWER__RESULT_OUTCOMES)
        bench_fail("answer %u %s: %s", answer->code, answer->sub_code, answer->sentence);
    struct submission done = run->submissions[at];
    run->submissions[at] = run->submissions[--run->n_submissions];
    for (size_t i = 0; i < answer->outcomes->n_outcomes; i++) {
        const Mash__Outcome *outcome = answer->outcomes->outcomes[i];
        if (outcome->code != 202 || i >= done.count)
            bench_fail("status: %u %s: %s", outcome->code, outcome->sub_code, outcome->sentence);
        run->items[done.first + i].collected_ns = now_ns;
        run->collected++;
    }
}

/* Take in all frames that are there. */
static void
drain(struct run *run)
{
    struct mash_span frame;
    while (bench_wire_take(run->session.wire, &frame) == MASH_OK) {
        uint64_t now_ns = bench_now_ns();
        size_t before = run->delivered;
        Mash__Answer *answer = NULL;
        bench_must(mash_message_decode(&mash__answer__descriptor, frame, &answer), "answer");
        if (answer->id != run->fetch_id)
            take_outcomes(run, answer, now_ns);
        else if (answer->result_case == MASH__ANSWER__RESULT_DELIVERY)
            take_delivery(run, answer->delivery, frame);
        else if (answer->code / 100 == 2)
            run->fetch_id = 0;
        else
            bench_fail("fetch: %u %s: %s", answer->code, answer->sub_code, answer->sentence);
        if (run->delivered > before)
            run->items[before].delivered_ns = now_ns;
        mash_message_free(&answer);
        free((void *)(uintptr_t)frame.data);
    }
}

/* Encode `collected` for items [first, first + count) and sign them as one batch. */
static void
submit_statuses(struct run *run, size_t first, size_t count)
{
    static struct mash_batch_proof proofs[MASH_BATCH_MAX];
    struct mash_bytes encoded[MASH_BATCH_MAX];
    struct mash_span spans[MASH_BATCH_MAX];
    ProtobufCBinaryData paths[MASH_BATCH_MAX][MASH_BATCH_PATH_MAX];
    Mash__SignedStatus statuses[MASH_BATCH_MAX], *list[MASH_BATCH_MAX];
    const char *partnership = mash_bundle_partnership(run->session.bundle);
    struct mash_key_id key_id;
    struct timespec now;
    Mash__Seen seen = MASH__SEEN__INIT;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    mash_secret_id(run->session.sign_key, &key_id);
    seen.size = run->seen.size;
    seen.root = mash_span_field(mash_hash_span(&run->seen.root));
    for (size_t i = 0; i < count; i++) {
        Mash__Status status = MASH__STATUS__INIT;
        status.partnership = (char *)(uintptr_t)partnership;
        status.schema = 1;
        status.manifest_sha256 = mash_span_field(mash_hash_span(&run->items[first + i].digest));
        status.mailbox = (char *)(uintptr_t)run->options->who.mailbox;
        status.key_id = mash_span_field(mash_span(key_id.bytes, sizeof(key_id.bytes)));
        status.sequence = 1;
        status.state = MASH__STATE__STATE_COLLECTED;
        status.time_ms = (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
        status.log_seen = &seen;
        encoded[i] = mash_bytes_max(MASH_STATUS_MAX);
        bench_must(mash_message_encode(&status, &encoded[i]), "status");
        spans[i] = mash_bytes_span(&encoded[i]);
    }
    bench_must(mash_batch_sign(MASH_BATCH_STATUS, partnership, run->session.sign_key, spans, count, proofs), "sign");
    for (size_t i = 0; i < count; i++) {
        mash__signed_status__init(&statuses[i]);
        statuses[i].status = mash_span_field(spans[i]);
        statuses[i].signature = mash_span_field(mash_span(proofs[i].signature, MASH_SIGNATURE_BYTES));
        statuses[i].batch_index = proofs[i].index;
        statuses[i].batch_size = proofs[i].size;
        statuses[i].n_batch_path = proofs[i].n_path;
        statuses[i].batch_path = paths[i];
        for (size_t k = 0; k < proofs[i].n_path; k++)
            paths[i][k] = mash_span_field(mash_hash_span(&proofs[i].path[k]));
        list[i] = &statuses[i];
    }
    Mash__SubmitStatus submit = MASH__SUBMIT_STATUS__INIT;
    submit.n_statuses = count;
    submit.statuses = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT_STATUS;
    request.submit_status = &submit;
    send_request(run, &request);
    run->submissions[run->n_submissions++] = (struct submission){ request.id, first, count };
    for (size_t i = 0; i < count; i++)
        mash_bytes_free(&encoded[i]);
}

/* Make what arrived durable, then say so. */
static void
confirm(struct run *run)
{
    if (fdatasync(run->store_fd) != 0)
        bench_fail("--store: cannot sync");
    run->rounds++;
    while (run->signed_up_to < run->delivered && run->n_submissions < SUBMISSIONS_MAX) {
        size_t count = run->delivered - run->signed_up_to;
        count = count < MASH_BATCH_MAX ? count : MASH_BATCH_MAX;
        submit_statuses(run, run->signed_up_to, count);
        run->signed_up_to += count;
    }
}

static void
collect_all(struct run *run)
{
    uint64_t last_ns = bench_now_ns();
    while (run->collected < run->options->count) {
        size_t before = run->delivered + run->collected;
        drain(run);
        if (run->fetch_id == 0 && run->delivered < run->options->count)
            fetch_more(run);
        if (run->signed_up_to < run->delivered)
            confirm(run);
        if (run->delivered + run->collected != before) {
            last_ns = bench_now_ns();
            continue;
        }
        if (run->delivered > 0 && bench_now_ns() - last_ns > STALL_NS)
            bench_fail("nothing for %llu s; %zu of %zu collected", STALL_NS / 1000000000ull, run->collected,
                       run->options->count);
        bench_wire_wait(run->session.wire, bench_now_ns() + 100000000u);
    }
}

static void
write_records(const struct run *run)
{
    FILE *out = run->options->records != NULL ? fopen(run->options->records, "wb") : NULL;
    if (run->options->records == NULL)
        return;
    for (size_t i = 0; out != NULL && i < run->collected; i++) {
        uint8_t record[MASH_SHA256_BYTES + 16];
        memcpy(record, run->items[i].digest.bytes, MASH_SHA256_BYTES);
        mash_put_u64be(record + 32, run->items[i].delivered_ns);
        mash_put_u64be(record + 40, run->items[i].collected_ns);
        (void)fwrite(record, sizeof(record), 1, out);
    }
    if (out == NULL || fclose(out) != 0)
        bench_fail("--records %s: cannot write", run->options->records);
}

/* Say a word to the conductor. */
static void
say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

int
main(int argc, char **argv)
{
    struct options options;
    static struct run run;
    struct rusage usage;
    read_options(argc, argv, &options);
    if (sodium_init() < 0)
        bench_fail("libsodium does not start");
    run.options = &options;
    run.items = calloc(options.count, sizeof(*run.items));
    run.store_fd = open(options.store, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (run.items == NULL || run.store_fd < 0)
        bench_fail("--store %s: cannot open", options.store);
    bench_session_open(&options.who, "bench_collect", &run.session);
    run.seen = run.session.head;
    fetch_more(&run);
    say("ready");
    collect_all(&run);
    (void)getrusage(RUSAGE_SELF, &usage);
    say("done");
    bench_await("check");
    write_records(&run);
    printf("{\"collected\":%zu,\"rounds\":%zu,\"cpu_s\":%.6f}\n", run.collected, run.rounds,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    (void)close(run.store_fd);
    free(run.items);
    bench_session_close(&run.session);
    return 0;
}
