/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - one enrolled installation of the load generator: its keys, its connection after the hello,
 * the bundle in force and the log it will verify receipts against. */
#ifndef MASH_TESTS_BENCH_SESSION_H
#define MASH_TESTS_BENCH_SESSION_H

#include "proto/bundle.h"
#include "proto/checkpoint.h"
#include "tests/bench/wire.h"

/* Where an installation is and who it is; all from the command line. */
struct bench_who {
    const char *endpoint;
    const char *broker;   /* link key of the broker, 64 hex digits */
    const char *link_key; /* file */
    const char *sign_key; /* file, of mailbox */
    const char *mailbox;  /* address */
};

struct bench_session {
    struct mash_secret *link_key, *sign_key;
    struct bench_wire *wire;
    struct mash_bundle *bundle;
    struct mash_checkpoint head; /* of the log at the hello; its origin is used for receipts */
    uint64_t last_id;            /* of the requests so far */
};

/* Load the keys, connect, say hello, fetch the bundle.  What goes wrong is said on standard error, and the
 * program ends: a load generator has nothing to go on with.  ret_session: release with
 * bench_session_close(). */
void bench_session_open(const struct bench_who *who, const char *program, struct bench_session *ret_session);
void bench_session_close(struct bench_session *session);

/* Say format on standard error and end the program. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, when err is not MASH_OK: "what: error". */
void bench_must(enum mash_err err, const char *what);

/* Parse the decimal number of an option, 1 to max, or end the program. */
uint64_t bench_number(const char *option, const char *text, uint64_t max);

/* A line of standard input must be `word` (the conductor says when to go on), or the program ends. */
void bench_await(const char *word);

#endif
