/* SPDX-License-Identifier: Apache-2.0 */
/* stock.h - notices made, sealed and signed before the clock runs, as encoded Submit requests in memory.
 * Every notice is real and distinct: own id, own text, own file key; sealed to the keys that the bundle
 * demands, signed singly or so many to a batch. */
#ifndef MASH_TESTS_BENCH_STOCK_H
#define MASH_TESTS_BENCH_STOCK_H

#include "tests/bench/session.h"

#define BENCH_RECIPIENTS_MAX 16u

struct bench_plan {
    const struct bench_session *session;
    const char *from;                             /* mailbox that sends */
    const char *recipients[BENCH_RECIPIENTS_MAX]; /* ascending */
    size_t n_recipients;
    size_t count;         /* notices; a multiple of batch */
    size_t batch;         /* notices under one signature and in one request: 1 to 64 */
    size_t content_bytes; /* encoded content of each notice */
    uint64_t first_id;    /* of the requests; then one more each */
};

struct bench_stock {
    struct mash_bytes *frames; /* encoded requests, count / batch of them */
    size_t n_frames;
    size_t stanzas;            /* keys each body is sealed to */
    size_t body_bytes, manifest_bytes, frame_bytes; /* of the first */
};

/* Make it with this many threads; ends the program when something is wrong. */
void bench_stock_make(const struct bench_plan *plan, unsigned threads, struct bench_stock *ret_stock);
void bench_stock_free(struct bench_stock *stock);

#endif
