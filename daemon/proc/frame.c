/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c - see frame.h.  Each direction is a queue: bytes with an offset of what was taken already, moved to
 * the front only when more than half of it is gone, so that many small frames cost no moving. */
#include "daemon/proc/frame.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_BYTES 13u                   /* u32be length, u8 kind, u64be connection */
#define REST_MIN 9u                        /* length counts kind and connection */
#define REST_MAX (MASH_IPC_FRAME_MAX - 4u) /* so that a whole frame is at most MASH_IPC_FRAME_MAX */
#define IN_CHUNK (256u * 1024u)            /* read ahead: some hundred small frames, or a part of one large */
#define SLACK (64u * 1024u)                /* taken bytes that are not worth moving the rest */

struct queue {
    struct mash_bytes bytes;
    size_t start; /* bytes before this were taken */
};

struct mash_stream {
    int fd;
    size_t out_max;
    struct queue in;
    struct queue out;
};

static size_t
queue_len(const struct queue *queue)
{
    return queue->bytes.len - queue->start;
}

static const uint8_t *
queue_front(const struct queue *queue)
{
    return queue->bytes.data + queue->start;
}

/* Forget what was taken; a buffer that once held a large frame is given back. */
static void
queue_compact(struct queue *queue)
{
    if (queue_len(queue) == 0) {
        queue->start = 0;
        queue->bytes.len = 0;
        if (queue->bytes.cap > 4u * IN_CHUNK)
            mash_bytes_free(&queue->bytes);
    } else if (queue->start > SLACK && queue->start > queue_len(queue)) {
        mash_bytes_drop_front(&queue->bytes, queue->start);
        queue->start = 0;
    }
}

static bool
kind_is_known(uint8_t kind)
{
    switch (kind) {
    case MASH_FRAME_REQUEST:
    case MASH_FRAME_GONE:
    case MASH_FRAME_GATE_FIGURES:
    case MASH_FRAME_ANSWER:
    case MASH_FRAME_CUT:
    case MASH_FRAME_LINKS:
    case MASH_FRAME_ASK_FIGURES:
    case MASH_FRAME_FIGURES:
        return true;
    default:
        return false;
    }
}

enum mash_err
mash_stream_open(int fd, size_t out_max, struct mash_stream **ret_stream)
{
    assert(out_max <= SIZE_MAX / 4);
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return MASH_E_IO;

    struct mash_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return MASH_E_NOMEM;
    stream->fd = fd;
    stream->out_max = out_max;
    /* A queue is compacted before its taken part outgrows the rest, hence the factor two. */
    stream->in.bytes = mash_bytes_max(2u * (MASH_IPC_FRAME_MAX + IN_CHUNK));
    stream->out.bytes = mash_bytes_max(2u * out_max + 2u * SLACK);
    *ret_stream = stream;
    return MASH_OK;
}

void
mash_stream_close(struct mash_stream **stream_p)
{
    struct mash_stream *stream = *stream_p;
    if (stream == NULL)
        return;
    (void)close(stream->fd);
    mash_bytes_free(&stream->in.bytes);
    mash_bytes_free(&stream->out.bytes);
    free(stream);
    *stream_p = NULL;
}

int
mash_stream_fd(const struct mash_stream *stream)
{
    return stream->fd;
}

/* How many bytes may wait unread: enough for the frame at the front, or a chunk of small ones. */
static size_t
in_wanted(const struct queue *in)
{
    if (queue_len(in) < 4)
        return IN_CHUNK;
    struct mash_reader reader = mash_reader(mash_span(queue_front(in), 4));
    size_t whole = (size_t)mash_read_u32be(&reader) + 4u;
    if (whole > MASH_IPC_FRAME_MAX)
        return queue_len(in); /* a fault that mash_stream_next() reports: read no more */
    return whole > IN_CHUNK ? whole : IN_CHUNK;
}

enum mash_err
mash_stream_fill(struct mash_stream *stream)
{
    struct queue *in = &stream->in;
    bool got = false;
    queue_compact(in);

    for (;;) {
        size_t wanted = in_wanted(in);
        if (queue_len(in) >= wanted)
            return MASH_OK;
        size_t room = wanted - queue_len(in);
        uint8_t *at;
        enum mash_err err = mash_bytes_extend(&in->bytes, room, &at);
        if (err != MASH_OK)
            return err;
        ssize_t n = recv(stream->fd, at, room, 0);
        in->bytes.len -= room - (n > 0 ? (size_t)n : 0);
        if (n > 0)
            got = true;
        else if (n == 0)
            return got ? MASH_OK : MASH_E_CLOSED; /* frames first, the end at the next call */
        else if (errno == EAGAIN)
            return MASH_OK;
        else if (errno == ECONNRESET)
            return got ? MASH_OK : MASH_E_CLOSED;
        else if (errno != EINTR)
            return MASH_E_IO;
    }
}

enum mash_err
mash_stream_next(struct mash_stream *stream, struct mash_frame *ret_frame)
{
    struct queue *in = &stream->in;
    if (queue_len(in) < 4)
        return MASH_E_AGAIN;

    struct mash_reader reader = mash_reader(mash_span(queue_front(in), queue_len(in)));
    uint32_t rest = mash_read_u32be(&reader);
    if (rest < REST_MIN || rest > REST_MAX)
        return MASH_E_FORMAT;
    if (queue_len(in) < HEADER_BYTES)
        return MASH_E_AGAIN;
    uint8_t kind = mash_read_u8(&reader);
    if (!kind_is_known(kind))
        return MASH_E_FORMAT;
    if (queue_len(in) - 4u < rest)
        return MASH_E_AGAIN;

    ret_frame->kind = (enum mash_frame_kind)kind;
    ret_frame->connection = mash_read_u64be(&reader);
    ret_frame->payload = mash_read_span(&reader, rest - REST_MIN);
    assert(!reader.failed);
    in->start += 4u + rest;
    return MASH_OK;
}

enum mash_err
mash_stream_put(struct mash_stream *stream, enum mash_frame_kind kind, uint64_t connection,
                struct mash_span a, struct mash_span b)
{
    struct queue *out = &stream->out;
    assert(kind_is_known((uint8_t)kind));
    if (a.len > MASH_IPC_FRAME_MAX || b.len > MASH_IPC_FRAME_MAX || a.len + b.len > REST_MAX - REST_MIN)
        return MASH_E_LIMIT;
    size_t whole = HEADER_BYTES + a.len + b.len;
    if (whole > stream->out_max || queue_len(out) > stream->out_max - whole)
        return MASH_E_FULL;

    uint8_t header[HEADER_BYTES];
    mash_put_u32be(header, (uint32_t)(whole - 4u));
    header[4] = (uint8_t)kind;
    mash_put_u64be(header + 5, connection);

    queue_compact(out);
    size_t before = out->bytes.len;
    enum mash_err err = mash_bytes_append(&out->bytes, header, sizeof(header));
    if (err == MASH_OK)
        err = mash_bytes_append(&out->bytes, a.data, a.len);
    if (err == MASH_OK)
        err = mash_bytes_append(&out->bytes, b.data, b.len);
    if (err != MASH_OK)
        out->bytes.len = before; /* never half a frame */
    return err;
}

enum mash_err
mash_stream_flush(struct mash_stream *stream)
{
    struct queue *out = &stream->out;
    while (queue_len(out) > 0) {
        ssize_t n = send(stream->fd, queue_front(out), queue_len(out), MSG_NOSIGNAL);
        if (n >= 0)
            out->start += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno == EPIPE || errno == ECONNRESET)
            return MASH_E_CLOSED;
        else if (errno != EINTR)
            return MASH_E_IO;
    }
    queue_compact(out);
    return MASH_OK;
}

size_t
mash_stream_pending(const struct mash_stream *stream)
{
    return queue_len(&stream->out);
}
