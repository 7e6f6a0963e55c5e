/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - bench_load: one publisher with a window of outstanding submissions.
 * Makes its notices first; says "ready" and waits for "go"; submits; says "done"; after "check" verifies
 * every receipt it was given and prints a line of JSON.  Times of every notice go to --records: 32-byte manifest
 * digest, then big-endian u64 due, sent and answered (CLOCK_MONOTONIC, ns) and u32 code.
 * With --rate a notice is due on a fixed schedule, whatever the broker does, and waiting for a place in the
 * window counts; without, it is due when it is sent. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <sodium.h>

#include "proto/receipt.h"
#include "tests/bench/stock.h"

#define STALL_NS (20ull * 1000000000ull) /* no answer for so long ends the run */

struct options {
    struct bench_who who;
    const char *recipients[BENCH_RECIPIENTS_MAX];
    size_t n_recipients;
    size_t count, batch, window, content_bytes;
    uint64_t rate; /* notices/s; 0: as fast as it goes */
    unsigned threads;
    const char *records;
};

/* What became of one request. */
struct flight {
    uint64_t due_ns, sent_ns, answered_ns;
    struct mash_span answer; /* malloc'ed */
};

struct run {
    const struct options *options;
    struct bench_session session;
    struct bench_stock stock;
    struct flight *flights; /* one a frame */
    uint64_t start_ns, end_ns;
};

/* Counts over all notices, after the run. */
struct tally {
    size_t receipted, refused, receipts_bytes;
    uint64_t first_entry, last_entry; /* log indexes of the receipts */
    size_t checkpoints;               /* different ones among the receipts, in order: groups seen */
    uint64_t last_size;
    unsigned code; /* of the first refusal, with its words */
    char words[200];
};

static const struct option long_options[] = {
    { "endpoint", required_argument, NULL, 'e' },   { "broker", required_argument, NULL, 'b' },
    { "link-key", required_argument, NULL, 'l' },   { "sign-key", required_argument, NULL, 's' },
    { "mailbox", required_argument, NULL, 'm' },    { "to", required_argument, NULL, 't' },
    { "count", required_argument, NULL, 'n' },      { "batch", required_argument, NULL, 'k' },
    { "window", required_argument, NULL, 'w' },     { "content", required_argument, NULL, 'c' },
    { "rate", required_argument, NULL, 'r' },       { "threads", required_argument, NULL, 'j' },
    { "records", required_argument, NULL, 'o' },    { NULL, 0, NULL, 0 },
};

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
take_option(struct options *options, int option)
{
    switch (option) {
    case 'e': options->who.endpoint = optarg; break;
    case 'b': options->who.broker = optarg; break;
    case 'l': options->who.link_key = optarg; break;
    case 's': options->who.sign_key = optarg; break;
    case 'm': options->who.mailbox = optarg; break;
    case 't':
        if (options->n_recipients == BENCH_RECIPIENTS_MAX)
            bench_fail("--to: more than %u", BENCH_RECIPIENTS_MAX);
        options->recipients[options->n_recipients++] = optarg;
        break;
    case 'n': options->count = bench_number("--count", optarg, 10000000); break;
    case 'k': options->batch = bench_number("--batch", optarg, MASH_BATCH_MAX); break;
    case 'w': options->window = bench_number("--window", optarg, 100000); break;
    case 'c': options->content_bytes = bench_number("--content", optarg, 512u * 1024u); break;
    case 'r': options->rate = bench_number("--rate", optarg, 1000000); break;
    case 'j': options->threads = (unsigned)bench_number("--threads", optarg, 64); break;
    case 'o': options->records = optarg; break;
    default: bench_fail("see tests/bench/run for how this program is used");
    }
}

static void
read_options(int argc, char **argv, struct options *ret_options)
{
    int option;
    *ret_options = (struct options){ .count = 1000, .batch = 1, .window = 256, .content_bytes = 2048, .threads = 2 };
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(ret_options, option);
    if (optind != argc || ret_options->n_recipients == 0)
        bench_fail("at least one --to, and nothing but options");
    ret_options->count -= ret_options->count % ret_options->batch;
    qsort(ret_options->recipients, ret_options->n_recipients, sizeof(char *), by_text);
}

/* When frame i must leave, on the schedule of --rate. */
static uint64_t
due_ns(const struct run *run, size_t i)
{
    uint64_t notices = (uint64_t)i * run->options->batch;
    return run->options->rate == 0 ? 0 : run->start_ns + notices * 1000000000ull / run->options->rate;
}

static size_t
send_due(struct run *run, size_t sent, size_t answered)
{
    size_t window = run->options->window / run->options->batch;
    window = window > 0 ? window : 1;
    while (sent < run->stock.n_frames && sent - answered < window) {
        uint64_t now_ns = bench_now_ns();
        uint64_t due = due_ns(run, sent);
        if (due > now_ns)
            break;
        enum mash_err err = bench_wire_send(run->session.wire, mash_bytes_span(&run->stock.frames[sent]));
        if (err == MASH_E_AGAIN)
            break;
        bench_must(err, "send");
        run->flights[sent].due_ns = due != 0 ? due : now_ns;
        run->flights[sent].sent_ns = now_ns;
        sent++;
    }
    return sent;
}

static size_t
take_answers(struct run *run, uint64_t first_id)
{
    size_t taken = 0;
    struct mash_span frame;
    enum mash_err err;
    while ((err = bench_wire_take(run->session.wire, &frame)) == MASH_OK) {
        uint64_t i = bench_answer_id(frame) - first_id; /* wraps to something large when it is not ours */
        if (i >= run->stock.n_frames || run->flights[i].answer.data != NULL)
            bench_fail("an answer to no request, or a second one");
        run->flights[i].answered_ns = bench_now_ns();
        run->flights[i].answer = frame;
        taken++;
    }
    if (err != MASH_E_AGAIN)
        bench_must(err, "receive");
    return taken;
}

/* The timed part. */
static void
submit_all(struct run *run, uint64_t first_id)
{
    size_t sent = 0, answered = 0;
    run->start_ns = bench_now_ns();
    uint64_t last_ns = run->start_ns;
    while (answered < run->stock.n_frames) {
        sent = send_due(run, sent, answered);
        size_t taken = take_answers(run, first_id);
        answered += taken;
        if (taken > 0) {
            last_ns = bench_now_ns();
            continue;
        }
        uint64_t now_ns = bench_now_ns();
        if (sent > answered && now_ns - last_ns > STALL_NS)
            bench_fail("no answer for %llu s; %zu of %zu requests answered", STALL_NS / 1000000000ull, answered,
                       run->stock.n_frames);
        uint64_t wake_ns = sent < run->stock.n_frames && due_ns(run, sent) > now_ns ? due_ns(run, sent)
                                                                                    : now_ns + 10000000u;
        bench_wire_wait(run->session.wire, wake_ns);
    }
    run->end_ns = bench_now_ns();
}

/* Is it the receipt of this notice in the log of the bundle?  Ends the program when it is not: a receipt
 * that does not verify is no figure of speed. */
static void
check_receipt(const struct run *run, const Mash__SignedNotice *notice, struct mash_span text, struct tally *tally)
{
    struct mash_receipt receipt;
    Mash__Detail *detail = NULL;
    bench_must(mash_receipt_open(text, run->session.head.origin, mash_bundle_log_key(run->session.bundle), &receipt),
               "receipt");
    bench_must(mash_message_decode(&mash__detail__descriptor, receipt.detail, &detail), "detail of a receipt");
    if (detail->kind_case != MASH__DETAIL__KIND_ACCEPT || receipt.entry.kind != detail->kind_case ||
        !mash_span_equal(mash_field_span(detail->accept->manifest), mash_field_span(notice->manifest)))
        bench_fail("a receipt is not that of the notice it answers");
    if (tally->receipted == 0 || receipt.index < tally->first_entry)
        tally->first_entry = receipt.index;
    if (tally->receipted == 0 || receipt.index > tally->last_entry)
        tally->last_entry = receipt.index;
    if (receipt.checkpoint.size != tally->last_size)
        tally->checkpoints++;
    tally->last_size = receipt.checkpoint.size;
    tally->receipted++;
    tally->receipts_bytes += text.len;
    mash_message_free(&detail);
    mash_receipt_close(&receipt);
}

static void
note_refusal(struct tally *tally, uint32_t code, const char *sub_code, const char *sentence)
{
    if (tally->refused++ > 0)
        return;
    tally->code = code;
    (void)snprintf(tally->words, sizeof(tally->words), "%.60s: %.120s", sub_code, sentence);
    for (char *at = tally->words; *at != '\0'; at++)
        if (*at == '"' || *at == '\\')
            *at = '\'';
}

static void
write_record(FILE *out, const struct mash_hash *digest, const struct flight *flight, uint32_t code)
{
    uint8_t record[MASH_SHA256_BYTES + 28];
    memcpy(record, digest->bytes, MASH_SHA256_BYTES);
    mash_put_u64be(record + 32, flight->due_ns);
    mash_put_u64be(record + 40, flight->sent_ns);
    mash_put_u64be(record + 48, flight->answered_ns);
    mash_put_u32be(record + 56, code);
    if (out != NULL && fwrite(record, sizeof(record), 1, out) != 1)
        bench_fail("--records: cannot write");
}

static void
check_frame(const struct run *run, size_t i, FILE *out, struct tally *tally)
{
    Mash__Request *request = NULL;
    Mash__Answer *answer = NULL;
    bench_must(mash_message_decode(&mash__request__descriptor, mash_bytes_span(&run->stock.frames[i]), &request),
               "own request");
    bench_must(mash_message_decode(&mash__answer__descriptor, run->flights[i].answer, &answer), "answer");
    bool listed = answer->result_case == MASH__ANSWER__RESULT_OUTCOMES;
    if (listed && answer->outcomes->n_outcomes != request->submit->n_notices)
        bench_fail("an answer with %zu outcomes to %zu notices", answer->outcomes->n_outcomes,
                   request->submit->n_notices);
    for (size_t k = 0; k < request->submit->n_notices; k++) {
        const Mash__SignedNotice *notice = request->submit->notices[k];
        const Mash__Outcome *outcome = listed ? answer->outcomes->outcomes[k] : NULL;
        struct mash_hash digest = mash_hash_of(mash_field_span(notice->manifest));
        uint32_t code = outcome != NULL ? outcome->code : answer->code;
        if (outcome != NULL && !mash_span_equal(mash_field_span(outcome->sha256), mash_hash_span(&digest)))
            bench_fail("an outcome of another notice");
        if (outcome != NULL && code == 202)
            check_receipt(run, notice, mash_field_span(outcome->receipt), tally);
        else
            note_refusal(tally, code, outcome != NULL ? outcome->sub_code : answer->sub_code,
                         outcome != NULL ? outcome->sentence : answer->sentence);
        write_record(out, &digest, &run->flights[i], code);
    }
    mash_message_free(&request);
    mash_message_free(&answer);
}

static double
seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void
report(const struct run *run, const struct tally *tally, double made_s, double cpu_s)
{
    const struct bench_stock *stock = &run->stock;
    printf("{\"notices\":%zu,\"receipted\":%zu,\"refused\":%zu,\"refusal\":{\"code\":%u,\"words\":\"%s\"},"
           "\"elapsed_s\":%.6f,\"made_s\":%.3f,\"cpu_s\":%.6f,\"stanzas\":%zu,\"body_bytes\":%zu,"
           "\"manifest_bytes\":%zu,\"request_bytes\":%zu,\"receipt_bytes\":%zu,\"first_entry\":%llu,"
           "\"last_entry\":%llu,\"checkpoints\":%zu}\n",
           run->options->count, tally->receipted, tally->refused, tally->code, tally->words,
           (double)(run->end_ns - run->start_ns) / 1e9, made_s, cpu_s, stock->stanzas, stock->body_bytes,
           stock->manifest_bytes, stock->frame_bytes,
           tally->receipted > 0 ? tally->receipts_bytes / tally->receipted : 0,
           (unsigned long long)tally->first_entry, (unsigned long long)tally->last_entry, tally->checkpoints);
}

/* Say a word to the conductor. */
static void
say(const char *word)
{
    (void)puts(word);
    (void)fflush(stdout);
}

static void
perform(struct run *run)
{
    const struct options *options = run->options;
    struct tally tally = { 0 };
    struct rusage before, after;
    uint64_t made_ns = bench_now_ns();
    struct bench_plan plan = { .session = &run->session, .from = options->who.mailbox,
                               .n_recipients = options->n_recipients, .count = options->count,
                               .batch = options->batch, .content_bytes = options->content_bytes,
                               .first_id = run->session.last_id + 1 };
    memcpy(plan.recipients, options->recipients, sizeof(plan.recipients));
    bench_stock_make(&plan, options->threads, &run->stock);
    made_ns = bench_now_ns() - made_ns;
    if ((run->flights = calloc(run->stock.n_frames, sizeof(*run->flights))) == NULL)
        bench_fail("out of memory");

    say("ready");
    bench_await("go");
    (void)getrusage(RUSAGE_SELF, &before);
    submit_all(run, plan.first_id);
    (void)getrusage(RUSAGE_SELF, &after);
    say("done");
    bench_await("check");

    FILE *out = options->records != NULL ? fopen(options->records, "wb") : NULL;
    if (options->records != NULL && out == NULL)
        bench_fail("--records %s: cannot write", options->records);
    for (size_t i = 0; i < run->stock.n_frames; i++)
        check_frame(run, i, out, &tally);
    if (out != NULL && fclose(out) != 0)
        bench_fail("--records %s: cannot write", options->records);
    report(run, &tally, (double)made_ns / 1e9,
           seconds(&after.ru_utime) + seconds(&after.ru_stime) - seconds(&before.ru_utime) - seconds(&before.ru_stime));
}

int
main(int argc, char **argv)
{
    struct options options;
    struct run run = { .options = &options };
    read_options(argc, argv, &options);
    if (sodium_init() < 0)
        bench_fail("libsodium does not start");
    bench_session_open(&options.who, "bench_load", &run.session);
    perform(&run);
    for (size_t i = 0; i < run.stock.n_frames; i++)
        free((void *)(uintptr_t)run.flights[i].answer.data);
    free(run.flights);
    bench_stock_free(&run.stock);
    bench_session_close(&run.session);
    return 0;
}
