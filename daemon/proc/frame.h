/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h - frames between the roles on a stream socket: u32be length of the rest, u8 kind,
 * u64be connection, payload.  A length beyond the maximum or an unknown kind is a fault of the other
 * side: the caller drops that peer.  Buffers are bounded; reading and writing never block. */
#ifndef MASH_DAEMON_PROC_FRAME_H
#define MASH_DAEMON_PROC_FRAME_H

#include "proto/bytes.h"
#include "proto/limits.h"

#define MASH_IPC_FRAME_MAX (MASH_CONTROL_MAX + 64u) /* largest: a bundle, the table of links */

enum mash_frame_kind {
    /* gate -> ledger */
    MASH_FRAME_REQUEST = 1,      /* payload: 16-byte link key id, then a Mash__Request as received */
    MASH_FRAME_GONE = 2,         /* the connection has ended; no payload */
    MASH_FRAME_GATE_FIGURES = 3, /* payload: Mash__Figures with only `gate` and `links` set, each second */
    /* ledger -> gate */
    MASH_FRAME_ANSWER = 16,      /* payload: a Mash__Answer */
    MASH_FRAME_CUT = 17,         /* close this connection now */
    MASH_FRAME_LINKS = 18,       /* payload: n x (32 key, 16 key id): who may connect; replaces the table,
                                    connections of others are cut within 1 s */
    /* console -> ledger, ledger -> console */
    MASH_FRAME_ASK_FIGURES = 32,
    MASH_FRAME_FIGURES = 33      /* payload: a Mash__Figures */
};

struct mash_frame {
    enum mash_frame_kind kind;
    uint64_t connection;
    struct mash_span payload; /* borrowed from the stream's buffer until the next call */
};

/* A non-blocking stream of frames over one descriptor, with an input and an output buffer. */
struct mash_stream;

/* Takes fd over (closed by mash_stream_close) and sets O_NONBLOCK.  out_max: bytes that may wait to be
 * written.  MASH_E_NOMEM, MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_stream_open(int fd, size_t out_max, struct mash_stream **ret_stream);
void mash_stream_close(struct mash_stream **stream_p);
int mash_stream_fd(const struct mash_stream *stream);

/* Read what is there.  MASH_OK (maybe nothing); MASH_E_CLOSED; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_stream_fill(struct mash_stream *stream);
/* Take the next whole frame.  MASH_E_AGAIN: none yet; MASH_E_FORMAT: drop this peer. */
MASH_MUSTCHECK enum mash_err mash_stream_next(struct mash_stream *stream, struct mash_frame *ret_frame);

/* Queue a frame whose payload is the concatenation of a and b.  MASH_E_FULL: out_max reached;
 * MASH_E_LIMIT; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_stream_put(struct mash_stream *stream, enum mash_frame_kind kind,
                                             uint64_t connection, struct mash_span a, struct mash_span b);
/* Write as much as the socket takes.  MASH_OK, also when some is left; MASH_E_CLOSED; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_stream_flush(struct mash_stream *stream);
/* Bytes waiting to be written: poll for POLLOUT when not 0. */
size_t mash_stream_pending(const struct mash_stream *stream);

#endif
