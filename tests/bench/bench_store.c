/* SPDX-License-Identifier: Apache-2.0 */
/* bench_store.c - what the store costs a notice: groups of accepted notices, then of deliveries and
 * statuses, all rows distinct, one line a phase with wall and CPU time.  Not a test.
 * Usage: bench_store DIRECTORY [NOTICES [GROUP]]; the directory must be new and not on tmpfs, whose syncs
 * cost nothing.  Count syncs with: strace -f -c -e trace=fsync,fdatasync bench_store ... */
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include <sodium.h>

#include "daemon/store/store.h"

#define BODY_BYTES 4800   /* age file with three stanzas over a 4 KiB plaintext */
#define DETAIL_BYTES 700  /* accept: manifest of one recipient, signature, batch path */
#define DELIVERY_BYTES 120
#define STATUS_BYTES 420
#define MAILBOXES 8u
#define START_MS 1700000000000ull

struct bench {
    struct mash_store *store;
    size_t notices, group;
    uint64_t groups;
    struct mash_hash *manifests, *bodies; /* random digests, a notice each */
    uint64_t time_ms;
    double worst_s;
    uint8_t body[BODY_BYTES], detail[DETAIL_BYTES];
};

static void
must(enum mash_err err, const char *what)
{
    if (err == MASH_OK)
        return;
    (void)fprintf(stderr, "bench_store: %s: %s\n", what, mash_strerror(err));
    exit(1);
}

static double
seconds(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
mailbox_of(size_t i, char out[static MASH_ADDRESS_MAX + 1])
{
    (void)snprintf(out, MASH_ADDRESS_MAX + 1, "agency-%zu/front-door@bench", i % MAILBOXES);
}

/* A UUIDv7 rises with time: what an index over it sees. */
static void
make_notice(struct bench *bench, size_t i, struct mash_store_notice *notice)
{
    memset(notice, 0, sizeof(*notice));
    notice->manifest_sha256 = bench->manifests[i];
    (void)snprintf(notice->from, sizeof(notice->from), "school/office@bench");
    (void)snprintf(notice->from_agency, sizeof(notice->from_agency), "school");
    (void)snprintf(notice->type, sizeof(notice->type), "REFERRAL");
    memcpy(notice->notice_id, bench->manifests[i].bytes, sizeof(notice->notice_id));
    mash_put_u64be(notice->notice_id, (START_MS + i / 6) << 16 | (i % 6) << 8);
    notice->body_sha256 = bench->bodies[i];
    notice->subject_count = 1;
    notice->held_ms = bench->time_ms;
}

static void
accept_one(struct bench *bench, size_t i)
{
    struct mash_store_notice notice, earlier;
    make_notice(bench, i, &notice);
    mash_put_u64be(bench->body, i); /* all distinct */
    mash_put_u64be(bench->detail, i);
    enum mash_err found =
        mash_store_notice_find(bench->store, notice.from_agency, notice.notice_id, &earlier);
    must(found == MASH_E_UNKNOWN ? MASH_OK : MASH_E_CONFLICT, "find");
    must(mash_store_body_put(bench->store, &notice.body_sha256, mash_span(bench->body, BODY_BYTES)), "body");
    must(mash_store_append(bench->store, 1, bench->time_ms, mash_span(bench->detail, DETAIL_BYTES),
                           &notice.accept_entry), "append");
    must(mash_store_notice_put(bench->store, &notice), "notice");

    struct mash_store_obligation row = { .manifest_sha256 = notice.manifest_sha256, .action = true,
                                         .lead = true, .held_ms = bench->time_ms };
    row.progress.state = MASH__STATE__STATE_HELD;
    mailbox_of(i, row.mailbox);
    must(mash_store_obligation_put(bench->store, &row), "obligation");
    uint64_t number = 0;
    must(mash_store_item_put(bench->store, row.mailbox, MASH_ITEM_NOTICE, &notice.manifest_sha256,
                             notice.accept_entry, &number), "item");
    must(mash_store_about_put(bench->store, &notice.manifest_sha256, notice.accept_entry), "about");
}

/* Hand over, then the recipient's collected status and its item for the sender. */
static void
deliver_one(struct bench *bench, size_t i)
{
    const struct mash_hash *manifest = &bench->manifests[i];
    const struct mash_key_id link = { { (uint8_t)(i % MAILBOXES) } };
    struct mash_store_obligation row;
    char mailbox[MASH_ADDRESS_MAX + 1];
    mailbox_of(i, mailbox);
    uint64_t number = i / MAILBOXES + 1, entry = 0;
    mash_put_u64be(bench->detail, i);

    if (mash_store_handover_get(bench->store, mailbox, number, &link, &entry) != MASH_E_UNKNOWN)
        must(MASH_E_CONFLICT, "handover");
    must(mash_store_append(bench->store, 2, bench->time_ms, mash_span(bench->detail, DELIVERY_BYTES), &entry),
         "append");
    must(mash_store_handover_put(bench->store, mailbox, number, &link, entry), "handover");
    must(mash_store_about_put(bench->store, manifest, entry), "about");

    must(mash_store_obligation_get(bench->store, manifest, mailbox, &row), "obligation");
    must(mash_store_append(bench->store, 3, bench->time_ms, mash_span(bench->detail, STATUS_BYTES), &entry),
         "append");
    row.progress.state = MASH__STATE__STATE_COLLECTED;
    row.progress.sequence = 1;
    row.progress.last = *manifest;
    row.collected_ms = bench->time_ms;
    must(mash_store_obligation_put(bench->store, &row), "obligation");
    must(mash_store_about_put(bench->store, manifest, entry), "about");
    must(mash_store_item_retire(bench->store, mailbox, manifest), "retire");
    must(mash_store_item_put(bench->store, "school/office@bench", MASH_ITEM_STATUS, manifest, entry, &number),
         "item");
}

static void
run_group(struct bench *bench, size_t first, size_t last, void (*one)(struct bench *, size_t))
{
    static const uint8_t note[400] = "bench\n";
    struct mash_store_head head;
    double start = seconds(CLOCK_MONOTONIC);
    must(mash_store_group_begin(bench->store, &head), "begin");
    bench->time_ms++;
    for (size_t i = first; i < last; i++)
        one(bench, i);
    must(mash_store_group_head(bench->store, &head), "head");
    must(mash_store_group_commit(bench->store, mash_span(note, sizeof(note))), "commit");
    must(mash_store_between_groups(bench->store), "between groups");
    double took = seconds(CLOCK_MONOTONIC) - start;
    if (took > bench->worst_s)
        bench->worst_s = took;
    bench->groups++;
}

static void
phase(struct bench *bench, const char *name, void (*one)(struct bench *, size_t))
{
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    bench->worst_s = 0;
    for (size_t i = 0; i < bench->notices; i += bench->group) {
        size_t last = i + bench->group < bench->notices ? i + bench->group : bench->notices;
        run_group(bench, i, last, one);
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    double count = (double)bench->notices;
    (void)printf("%-8s %7zu in groups of %3zu: %7.0f/s, %5.1f us wall, %5.1f us CPU each,"
                 " worst group %.1f ms\n",
                 name, bench->notices, bench->group, count / wall, wall * 1e6 / count, cpu * 1e6 / count,
                 bench->worst_s * 1e3);
}

int
main(int argc, char **argv)
{
    struct bench bench = { .notices = argc > 2 ? strtoul(argv[2], NULL, 10) : 50000,
                           .group = argc > 3 ? strtoul(argv[3], NULL, 10) : 64, .time_ms = START_MS };
    struct statfs file_system;
    if (argc < 2 || argc > 4 || bench.notices == 0 || bench.group == 0 || sodium_init() < 0) {
        (void)fputs("usage: bench_store DIRECTORY [NOTICES [GROUP]]\n", stderr);
        return 64;
    }
    if (mkdir(argv[1], 0700) != 0 || statfs(argv[1], &file_system) != 0) {
        (void)fprintf(stderr, "bench_store: %s: %s\n", argv[1], strerror(errno));
        return 73;
    }
    if (file_system.f_type == TMPFS_MAGIC) {
        (void)fputs("bench_store: tmpfs syncs nothing, use a disk\n", stderr);
        return 64;
    }

    enum mash_store_found found;
    must(mash_store_open(argv[1], &bench.store, &found), "open");
    bench.manifests = calloc(2 * bench.notices, sizeof(*bench.manifests));
    if (bench.manifests == NULL)
        must(MASH_E_NOMEM, "start");
    randombytes_buf(bench.manifests, 2 * bench.notices * sizeof(*bench.manifests));
    bench.bodies = bench.manifests + bench.notices;
    phase(&bench, "accept", accept_one);
    phase(&bench, "deliver", deliver_one);

    struct mash_store_figures figures;
    must(mash_store_figures(bench.store, &figures), "figures");
    (void)printf("%" PRIu64 " groups, %" PRIu64 " notices, %" PRIu64 " waiting, %.1f MB in files\n",
                 bench.groups, figures.notices, figures.waiting, (double)figures.store_bytes / 1e6);
    free(bench.manifests);
    mash_store_close(&bench.store);
    return 0;
}
