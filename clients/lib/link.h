/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - one connection of this installation to the broker: CURVE, requests and their answers.
 * A connection is one attempt: a new socket under a fresh random id that never reconnects by itself,
 * since a reused id over a half-open link is a silent black hole.  Every wait has a deadline, counted on
 * the monotonic clock.  Trusts nothing it carries.  (design: "Transport rules") */
#ifndef MASH_CLIENTS_LIB_LINK_H
#define MASH_CLIENTS_LIB_LINK_H

#include "proto/codec.h"
#include "proto/keys.h"

struct mash_link;

/* Begin one attempt: endpoint tcp://host:port, the broker's link key, our own.  Does not wait: whether
 * anybody answers is known from the first request.
 * MASH_E_VALUE: not a tcp:// endpoint; MASH_E_IO; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_link_open(const char *endpoint,
                                            const uint8_t broker_key[static MASH_PUBLIC_KEY_BYTES],
                                            const struct mash_secret *own_key, struct mash_link **ret_link);
void mash_link_close(struct mash_link **link_p);

/* Send request, whose id is set here, and wait for its (first) answer at most timeout_ms.
 * ret_answer: yours, mash_message_free().  MASH_E_AGAIN: no answer in time; MASH_E_CLOSED: the
 * connection could not be made or has ended; MASH_E_DENIED: the broker does not admit our link key;
 * MASH_E_FORMAT: the answer is none; MASH_E_LIMIT: the
 * request is larger than MASH_FRAME_MAX; MASH_E_IO, MASH_E_NOMEM.  After any error the link is of no
 * more use. */
MASH_MUSTCHECK enum mash_err mash_link_ask(struct mash_link *link, Mash__Request *request,
                                           uint32_t timeout_ms, Mash__Answer **ret_answer);

/* Wait for one more answer to the request asked last.  The same errors. */
MASH_MUSTCHECK enum mash_err mash_link_more(struct mash_link *link, uint32_t timeout_ms,
                                            Mash__Answer **ret_answer);

#endif
