/* SPDX-License-Identifier: Apache-2.0 */
/* zap.h - the ZAP handler (ZeroMQ RFC 27): libzmq asks it about every key before it lets a connection in.
 * A thread of the gate on the same context, bound before any other socket: without a handler libzmq lets
 * everybody in (study/security.md, finding 1). */
#ifndef MASH_DAEMON_GATE_ZAP_H
#define MASH_DAEMON_GATE_ZAP_H

#include "daemon/gate/links.h"
#include "daemon/proc/culprit.h"

#define MASH_ZAP_DOMAIN "agencies"
#define MASH_ZAP_FRAMES_MAX 8u
/* The property of every message that holds the connection's serial as 16 hex digits; like User-Id it cannot
 * be forged by a client's own metadata, because the handler's properties go before those. */
#define MASH_ZAP_SERIAL "X-Mash-Connection"

struct mash_zap_answer {
    const char *code;   /* "200", "300" try again, "400" no, "500" not a request we understand */
    const char *text;
    struct mash_key_id id; /* with 200: becomes User-Id, as 32 hex digits */
    uint64_t serial;       /* with 200 */
};

/* Answer one request of n frames at now_ms.  Pure but for the seat it takes in links. */
void mash_zap_decide(struct mash_links *links, const struct mash_span *frames, size_t n, uint64_t now_ms,
                     struct mash_zap_answer *ret_answer);

/* Bind the handler in context (a zmq context) and run it in a thread of its own until the context ends.
 * links and page are borrowed for as long; page may be NULL.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_zap_start(void *context, struct mash_links *links, struct mash_culprit *page);

#endif
