/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h - the ledger's side of its streams: gate, console, the parent's channel.  A peer that breaks the
 * framing is dropped; the parent starts it again and sends a new stream. */
#ifndef MASH_DAEMON_LEDGER_PEER_H
#define MASH_DAEMON_LEDGER_PEER_H

#include "daemon/ledger/core.h"
#include "daemon/proc/frame.h"

#define MASH_GATE_OUT_MAX (64u * 1024u * 1024u)  /* answers waiting for the gate */
#define MASH_GATE_OUT_HIGH (32u * 1024u * 1024u) /* no more requests are read while this much waits */
#define MASH_CONSOLE_OUT_MAX (16u * 1024u * 1024u)

struct mash_peers {
    struct mash_core *core;      /* borrowed; set before the first frame */
    struct mash_stream *gate;    /* owned, or NULL */
    struct mash_stream *console; /* owned, or NULL */
    bool stop;                   /* the parent said so, or has gone */
    enum mash_err core_err;      /* of a group that ran while requests were taken */
};

void mash_peers_close(struct mash_peers *peers);

/* Read one message of the parent: a new peer, a suspect, stop. */
void mash_peers_parent(struct mash_peers *peers, int fd);

/* Take requests from the gate until a group is full or nothing is left.
 * Errors of mash_core_run(): a group may run in between. */
MASH_MUSTCHECK enum mash_err mash_peers_gate(struct mash_peers *peers);
/* Answer what the console asks.  Errors of the store. */
MASH_MUSTCHECK enum mash_err mash_peers_console(struct mash_peers *peers);
/* Write what waits. */
void mash_peers_flush(struct mash_peers *peers);

/* For the core's sink. */
void mash_peers_answer(struct mash_peers *peers, uint64_t connection, struct mash_span answer);
/* false: it could not be queued now; the gate is not dropped for that, it may be in the middle of an answer.
 * true also when there is no gate: a new one is given its table when it comes. */
bool mash_peers_links(struct mash_peers *peers, struct mash_span links);
size_t mash_peers_room(const struct mash_peers *peers);

#endif
