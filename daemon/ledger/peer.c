/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c - see peer.h. */
#include "daemon/ledger/peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/proc/heritage.h"
#include "daemon/proc/log.h"

enum { ROUNDS_MAX = 64 }; /* reads before a group runs in any case */

static const struct mash_span nothing = { NULL, 0 };

static void
drop_gate(struct mash_peers *peers, const char *why)
{
    if (peers->gate == NULL)
        return;
    mash_log(MASH_LOG_WARN, "gate-gone", "why=\"%s\"", why);
    mash_stream_close(&peers->gate);
    mash_core_gate_gone(peers->core);
}

void
mash_peers_close(struct mash_peers *peers)
{
    mash_stream_close(&peers->gate);
    mash_stream_close(&peers->console);
}

static void
new_gate(struct mash_peers *peers, int fd)
{
    drop_gate(peers, "a new gate has come");
    enum mash_err err = mash_stream_open(fd, MASH_GATE_OUT_MAX, &peers->gate);
    if (err == MASH_OK)
        err = mash_core_links(peers->core);
    if (err != MASH_OK)
        drop_gate(peers, mash_strerror(err));
}

static void
new_console(struct mash_peers *peers, int fd)
{
    mash_stream_close(&peers->console);
    if (mash_stream_open(fd, MASH_CONSOLE_OUT_MAX, &peers->console) != MASH_OK)
        mash_log(MASH_LOG_WARN, "console-gone", "%s", "why=\"no memory\"");
}

static void
handle_parent(struct mash_peers *peers, const uint8_t *bytes, size_t len, int fd)
{
    struct mash_key_id id;
    if (bytes[0] == MASH_PARENT_GATE && fd >= 0) {
        new_gate(peers, fd);
        return;
    }
    if (bytes[0] == MASH_PARENT_CONSOLE && fd >= 0) {
        new_console(peers, fd);
        return;
    }
    if (fd >= 0)
        (void)close(fd);
    if (bytes[0] == MASH_PARENT_STOP)
        peers->stop = true;
    if (bytes[0] == MASH_PARENT_SUSPECT && len == 1 + sizeof(id.bytes)) {
        memcpy(id.bytes, bytes + 1, sizeof(id.bytes));
        mash_core_suspect(peers->core, &id);
    }
}

static int
received_fd(struct msghdr *message)
{
    const struct cmsghdr *control = CMSG_FIRSTHDR(message);
    if (control == NULL || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS ||
        control->cmsg_len != CMSG_LEN(sizeof(int)))
        return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(control), sizeof(fd));
    return fd;
}

void
mash_peers_parent(struct mash_peers *peers, int fd)
{
    uint8_t bytes[64];
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = { bytes, sizeof(bytes) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
                              .msg_controllen = sizeof(control.space) };
    ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n > 0)
        handle_parent(peers, bytes, (size_t)n, received_fd(&message));
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        peers->stop = true; /* the parent has gone */
}

static enum mash_err
take_request(struct mash_peers *peers, const struct mash_frame *frame)
{
    enum mash_err err = mash_core_request(peers->core, frame->connection, frame->payload);
    if (err != MASH_E_AGAIN)
        return err;
    peers->core_err = mash_core_run(peers->core); /* the group is full */
    if (peers->core_err != MASH_OK)
        return MASH_E_CLOSED;
    return mash_core_request(peers->core, frame->connection, frame->payload);
}

static enum mash_err
take_frame(struct mash_peers *peers, const struct mash_frame *frame)
{
    switch (frame->kind) {
    case MASH_FRAME_REQUEST:
        return take_request(peers, frame);
    case MASH_FRAME_GONE:
        mash_core_gone(peers->core, frame->connection);
        return MASH_OK;
    case MASH_FRAME_GATE_FIGURES:
        mash_core_gate_figures(peers->core, frame->payload);
        return MASH_OK;
    default:
        return MASH_E_FORMAT;
    }
}

/* Read once and take what is whole.  ret_count: frames taken. */
static enum mash_err
read_gate(struct mash_peers *peers, size_t *ret_count)
{
    struct mash_frame frame;
    size_t count = 0;
    enum mash_err err = mash_stream_fill(peers->gate);
    while (err == MASH_OK && mash_stream_pending(peers->gate) < MASH_GATE_OUT_HIGH) {
        err = mash_stream_next(peers->gate, &frame);
        if (err == MASH_OK)
            err = take_frame(peers, &frame);
        if (err == MASH_OK)
            count++;
    }
    *ret_count = count;
    return err == MASH_E_AGAIN ? MASH_OK : err;
}

enum mash_err
mash_peers_gate(struct mash_peers *peers)
{
    /* what one read leaves in the socket belongs to this group too; a full group has run in between */
    for (size_t rounds = 0; peers->gate != NULL && rounds < ROUNDS_MAX; rounds++) {
        size_t count;
        enum mash_err err = read_gate(peers, &count);
        if (peers->core_err != MASH_OK)
            return peers->core_err;
        if (err != MASH_OK)
            drop_gate(peers, mash_strerror(err));
        if (count == 0)
            break;
    }
    return MASH_OK;
}

static enum mash_err
answer_console(struct mash_peers *peers, const struct mash_frame *frame)
{
    if (frame->kind != MASH_FRAME_ASK_FIGURES)
        return MASH_E_FORMAT;
    struct mash_bytes figures = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = mash_core_figures(peers->core, &figures);
    if (err == MASH_OK)
        err = mash_stream_put(peers->console, MASH_FRAME_FIGURES, frame->connection, mash_bytes_span(&figures),
                              nothing);
    mash_bytes_free(&figures);
    return err;
}

enum mash_err
mash_peers_console(struct mash_peers *peers)
{
    if (peers->console == NULL)
        return MASH_OK;
    struct mash_frame frame;
    enum mash_err err = mash_stream_fill(peers->console);
    while (err == MASH_OK) {
        err = mash_stream_next(peers->console, &frame);
        if (err == MASH_OK)
            err = answer_console(peers, &frame);
    }
    if (err != MASH_E_AGAIN)
        mash_stream_close(&peers->console);
    return MASH_OK;
}

void
mash_peers_flush(struct mash_peers *peers)
{
    enum mash_err err = peers->gate != NULL ? mash_stream_flush(peers->gate) : MASH_OK;
    if (err != MASH_OK)
        drop_gate(peers, mash_strerror(err));
    if (peers->console != NULL && mash_stream_flush(peers->console) != MASH_OK)
        mash_stream_close(&peers->console);
}

void
mash_peers_answer(struct mash_peers *peers, uint64_t connection, struct mash_span answer)
{
    if (peers->gate == NULL)
        return;
    enum mash_err err = mash_stream_put(peers->gate, MASH_FRAME_ANSWER, connection, answer, nothing);
    if (err != MASH_OK) /* the client asks again */
        mash_log(MASH_LOG_WARN, "answer-lost", "connection=%llu why=\"%s\"", (unsigned long long)connection,
                 mash_strerror(err));
}

bool
mash_peers_links(struct mash_peers *peers, struct mash_span links)
{
    if (peers->gate == NULL)
        return true;
    enum mash_err err = mash_stream_put(peers->gate, MASH_FRAME_LINKS, 0, links, nothing);
    if (err != MASH_OK)
        mash_log(MASH_LOG_ERROR, "links-delayed", "why=\"%s\"", mash_strerror(err));
    return err == MASH_OK;
}

size_t
mash_peers_room(const struct mash_peers *peers)
{
    size_t pending = peers->gate != NULL ? mash_stream_pending(peers->gate) : 0;
    return pending < MASH_GATE_OUT_MAX ? MASH_GATE_OUT_MAX - pending : 0;
}
