/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - the load generator's socket: DEALER with CURVE, many requests outstanding.
 * The client library asks one thing at a time; a load generator must not, so it has a door to zmq.h of its
 * own.  Waits with nanosecond deadlines: a poll in whole milliseconds would blur what is measured. */
#ifndef MASH_TESTS_BENCH_WIRE_H
#define MASH_TESTS_BENCH_WIRE_H

#include "proto/codec.h"
#include "proto/keys.h"

struct bench_wire;

/* CLOCK_MONOTONIC in ns: the same for all processes of this machine. */
uint64_t bench_now_ns(void);

/* Connect as own_key to the broker whose link key is broker_key.  MASH_E_IO, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err bench_wire_open(const char *endpoint,
                                             const uint8_t broker_key[static MASH_PUBLIC_KEY_BYTES],
                                             const struct mash_secret *own_key, struct bench_wire **ret_wire);
void bench_wire_close(struct bench_wire **wire_p);

/* Queue one frame.  MASH_E_AGAIN: no room now. */
MASH_MUSTCHECK enum mash_err bench_wire_send(struct bench_wire *wire, struct mash_span frame);

/* Take one frame that is there.  ret_frame: malloc'ed, yours.  MASH_E_AGAIN: none. */
MASH_MUSTCHECK enum mash_err bench_wire_take(struct bench_wire *wire, struct mash_span *ret_frame);

/* Sleep until a frame is there or deadline_ns. */
void bench_wire_wait(struct bench_wire *wire, uint64_t deadline_ns);

/* Encode request (its id as set), send it, and wait up to 10 s for one answer to it; other answers are an
 * error.  For setting up, outside the timed part.  MASH_E_AGAIN: none came. */
MASH_MUSTCHECK enum mash_err bench_wire_ask(struct bench_wire *wire, const Mash__Request *request,
                                            Mash__Answer **ret_answer);

/* The id of an encoded Mash__Answer without decoding it: field 1, first in canonical order.  0: none. */
uint64_t bench_answer_id(struct mash_span frame);

#endif
