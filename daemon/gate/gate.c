/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - see gate.h.  The loop: ROUTER -> ledger while there is room, ledger -> ROUTER always, and once a
 * while a look at who should be gone. */
#include "daemon/gate/gate.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "daemon/gate/birth.h"
#include "daemon/gate/callers.h"
#include "daemon/gate/tally.h"
#include "daemon/proc/heritage.h"
#include "daemon/proc/log.h"
#include "proto/answer.h"
#include "proto/codec.h"

#define BATCH 64u             /* messages taken before the other side has its turn */
#define GONE_RESERVE 65536u   /* room that is always left for GONE frames: 13 bytes a connection */
#define SWEEP_MS 200u         /* revoked and silent connections are looked for so often: well below 1 s */
#define FIGURES_MS 1000u
#define STALLED_RETRY_MS 5

struct loop {
    struct mash_gate gate;
    uint64_t counts[MASH_TALLY_COUNT];
    uint64_t now_ms;
    uint64_t swept_ms;
    uint64_t told_ms;
    size_t n_stalled; /* callers with answers that wait */
    bool revoke;      /* the table of links has changed */
    int exit_code;    /* -1: go on */
};

static uint64_t
monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void
end(struct loop *loop, int exit_code)
{
    if (loop->exit_code < 0)
        loop->exit_code = exit_code;
}

/* Forget a caller whose socket has ended, and tell the ledger. */
static void
lose(struct loop *loop, struct mash_caller *caller)
{
    uint64_t serial = caller->serial;
    loop->n_stalled -= caller->stalled != NULL ? 1 : 0;
    mash_links_end(loop->gate.links, serial);
    mash_callers_remove(loop->gate.callers, &caller);
    enum mash_err err = mash_stream_put(loop->gate.ledger, MASH_FRAME_GONE, serial, mash_span(NULL, 0),
                                        mash_span(NULL, 0));
    if (err != MASH_OK) /* the reserve was not enough: the ledger does not read at all */
        end(loop, EX_UNAVAILABLE);
}

static void
cut(struct loop *loop, const struct mash_caller *caller, enum mash_tally why)
{
    char id[9];
    loop->counts[why]++;
    mash_log_id(mash_span(caller->key.bytes, sizeof(caller->key.bytes)), id);
    mash_log(MASH_LOG_WARN, "connection-cut", "connection=%llu link=%s why=%s", (unsigned long long)caller->serial, id,
             mash_tally_name(why));
    mash_caller_cut(caller);
}

static void
socket_accepted(struct loop *loop, int fd)
{
    struct mash_caller *before = mash_callers_at(loop->gate.callers, fd);
    if (before != NULL)
        lose(loop, before);
    mash_callers_accepted(loop->gate.callers, fd, loop->now_ms);
    if (mash_callers_sockets(loop->gate.callers) > loop->gate.max_sockets) {
        loop->counts[MASH_TALLY_OVER_LIMIT]++;
        mash_callers_cut_socket(loop->gate.callers, fd);
    }
}

static void
socket_ended(struct loop *loop, int fd)
{
    struct mash_caller *caller = mash_callers_at(loop->gate.callers, fd);
    if (caller != NULL)
        lose(loop, caller);
    mash_callers_ended(loop->gate.callers, fd);
}

static void
take_events(struct loop *loop)
{
    static const enum mash_tally tallies[MASH_EVENT_COUNT] = {
        [MASH_EVENT_ACCEPTED] = MASH_TALLY_ACCEPTED,
        [MASH_EVENT_ACCEPT_FAILED] = MASH_TALLY_ACCEPT_FAILED,
        [MASH_EVENT_DISCONNECTED] = MASH_TALLY_DISCONNECTED,
        [MASH_EVENT_SUCCEEDED] = MASH_TALLY_HANDSHAKE_SUCCEEDED,
        [MASH_EVENT_FAILED_AUTH] = MASH_TALLY_HANDSHAKE_FAILED_AUTH,
        [MASH_EVENT_FAILED_PROTOCOL] = MASH_TALLY_HANDSHAKE_FAILED_PROTOCOL,
        [MASH_EVENT_FAILED_NO_DETAIL] = MASH_TALLY_HANDSHAKE_FAILED_OTHER,
    };
    enum mash_transport_event event;
    int fd;
    while (mash_transport_event(loop->gate.transport, &event, &fd) == MASH_OK) {
        loop->counts[tallies[event]]++;
        if (event == MASH_EVENT_ACCEPTED)
            socket_accepted(loop, fd);
        else if (event == MASH_EVENT_DISCONNECTED)
            socket_ended(loop, fd);
    }
}

/* Send an encoded answer; one that finds the queue full waits its turn. */
static void
send_answer(struct loop *loop, struct mash_caller *caller, struct mash_span answer)
{
    enum mash_err err = MASH_E_AGAIN;
    if (caller->stalled == NULL)
        err = mash_transport_send(loop->gate.transport, mash_span(caller->routing, caller->routing_len), answer);
    if (err == MASH_OK) {
        loop->counts[MASH_TALLY_ANSWERS]++;
    } else if (err == MASH_E_AGAIN) {
        bool first = caller->stalled == NULL;
        if (mash_caller_stall(caller, answer, MASH_STALLED_MAX) != MASH_OK)
            cut(loop, caller, MASH_TALLY_OVERRUN); /* it fetches again: delivery is by cursor */
        else
            loop->n_stalled += first ? 1 : 0;
    } else {
        loop->counts[MASH_TALLY_UNDELIVERABLE]++;
    }
}

/* Answer in the gate's own name, without the ledger. */
static void
answer_here(struct loop *loop, struct mash_caller *caller, uint64_t request_id, enum mash_answer_id id)
{
    const struct mash_answer *row = mash_answer(id);
    struct mash_bytes out = mash_bytes_max(4096);
    Mash__Answer answer = MASH__ANSWER__INIT;
    answer.id = request_id;
    answer.code = row->code;
    answer.sub_code = (char *)(uintptr_t)row->sub_code;
    answer.sentence = (char *)(uintptr_t)row->sentence;
    if (mash_message_encode(&answer, &out) == MASH_OK)
        send_answer(loop, caller, mash_bytes_span(&out));
    mash_bytes_free(&out);
}

/* The caller of a letter, made when this is its first.  NULL: nobody to listen to. */
static struct mash_caller *
caller_of(struct loop *loop, struct mash_letter *letter)
{
    struct mash_gate *gate = &loop->gate;
    struct mash_span routing = mash_span(zmq_msg_data(&letter->routing), zmq_msg_size(&letter->routing));
    if (!letter->authenticated) {
        loop->counts[MASH_TALLY_UNAUTHENTICATED]++;
        mash_log(MASH_LOG_ERROR, "unauthenticated-message", "why=\"no User-Id: ZAP did not speak\"");
        mash_callers_cut_socket(gate->callers, letter->fd);
        return NULL;
    }
    struct mash_caller *caller = mash_callers_find(gate->callers, letter->serial);
    if (caller != NULL)
        return caller;

    struct mash_caller *before = mash_callers_at(gate->callers, letter->fd);
    if (before != NULL && before->serial < letter->serial)
        lose(loop, before); /* the descriptor has a new connection, so that one has ended */
    enum mash_err err = mash_callers_add(gate->callers, letter->serial, &letter->key, routing, letter->fd, &caller);
    if (err == MASH_OK) {
        mash_links_settle(gate->links, letter->serial);
        return caller;
    }
    mash_links_end(gate->links, letter->serial);
    if (err == MASH_E_VALUE) {
        loop->counts[MASH_TALLY_ROUTING_REFUSED]++;
        mash_log(MASH_LOG_WARN, "connection-cut", "connection=%llu why=%s", (unsigned long long)letter->serial,
                 mash_tally_name(MASH_TALLY_ROUTING_REFUSED));
        mash_callers_cut_socket(gate->callers, letter->fd);
    } else {
        loop->counts[MASH_TALLY_STALE]++; /* it ended before we came to its message: the sender sends again */
    }
    return NULL;
}

static void
forward(struct loop *loop, struct mash_caller *caller, struct mash_span body)
{
    Mash__Request *request = NULL;
    bool in_time = mash_caller_may_ask(caller, loop->now_ms, loop->gate.request_rate);
    if (mash_message_decode(&mash__request__descriptor, body, &request) != MASH_OK) {
        loop->counts[MASH_TALLY_MALFORMED]++;
        answer_here(loop, caller, 0, MASH_ANSWER_MALFORMED);
        return;
    }
    uint64_t id = request->id;
    mash_message_free(&request);
    if (!in_time) {
        loop->counts[MASH_TALLY_TOO_FAST]++;
        answer_here(loop, caller, id, MASH_ANSWER_LINK_RATE);
        return;
    }
    loop->counts[MASH_TALLY_REQUESTS]++;
    if (mash_stream_put(loop->gate.ledger, MASH_FRAME_REQUEST, caller->serial,
                        mash_span(caller->key.bytes, sizeof(caller->key.bytes)), body) != MASH_OK)
        end(loop, EX_OSERR); /* there was room before it was read: memory has run out */
}

static void
take_letter(struct loop *loop, struct mash_letter *letter)
{
    struct mash_caller *caller = caller_of(loop, letter);
    if (caller == NULL)
        return;
    if (!mash_links_knows(loop->gate.links, &caller->key)) {
        cut(loop, caller, MASH_TALLY_REVOKED); /* suspended while its message was under way */
        return;
    }
    loop->gate.culprit->current = caller->key;
    atomic_store(&loop->gate.culprit->working, 1);
    if (letter->whole) {
        forward(loop, caller, mash_span(zmq_msg_data(&letter->body), zmq_msg_size(&letter->body)));
    } else {
        loop->counts[MASH_TALLY_MALFORMED]++;
        answer_here(loop, caller, 0, MASH_ANSWER_MALFORMED);
    }
    atomic_store(&loop->gate.culprit->working, 0);
}

/* Is there room for the largest request?  Otherwise the ROUTER is left alone and its clients wait. */
static bool
ledger_has_room(const struct loop *loop)
{
    return mash_stream_pending(loop->gate.ledger) + MASH_FRAME_MAX + 64u + GONE_RESERVE <= MASH_LEDGER_OUT_MAX;
}

static void
take_letters(struct loop *loop)
{
    for (unsigned i = 0; i < BATCH && loop->gate.serving && ledger_has_room(loop) && loop->exit_code < 0; i++) {
        struct mash_letter letter;
        enum mash_err err = mash_transport_receive(loop->gate.transport, &letter);
        if (err == MASH_E_AGAIN)
            return;
        if (err != MASH_OK) {
            end(loop, EX_OSERR);
            return;
        }
        /* Events that came before the message are in the monitor by now: who has ended, who is new. */
        if (mash_callers_find(loop->gate.callers, letter.serial) == NULL)
            take_events(loop);
        take_letter(loop, &letter);
        mash_letter_close(&letter);
    }
}

static void
take_links(struct loop *loop, struct mash_span payload)
{
    enum mash_err err = mash_links_replace(loop->gate.links, payload);
    if (err != MASH_OK) {
        mash_log(MASH_LOG_ERROR, "links-refused", "why=\"%s\"", mash_strerror(err));
        end(loop, EX_SOFTWARE);
        return;
    }
    loop->revoke = true;
    if (!loop->gate.serving)
        end(loop, mash_gate_serve(&loop->gate));
}

static void
take_frame(struct loop *loop, const struct mash_frame *frame)
{
    struct mash_caller *caller = mash_callers_find(loop->gate.callers, frame->connection);
    switch (frame->kind) {
    case MASH_FRAME_ANSWER:
        if (caller != NULL)
            send_answer(loop, caller, frame->payload);
        else
            loop->counts[MASH_TALLY_UNDELIVERABLE]++;
        break;
    case MASH_FRAME_CUT:
        if (caller != NULL)
            cut(loop, caller, MASH_TALLY_REVOKED);
        break;
    case MASH_FRAME_LINKS:
        take_links(loop, frame->payload);
        break;
    default:
        mash_log(MASH_LOG_ERROR, "frame-unexpected", "kind=%d", (int)frame->kind);
        end(loop, EX_SOFTWARE);
        break;
    }
}

static void
take_frames(struct loop *loop)
{
    struct mash_frame frame;
    enum mash_err err = mash_stream_fill(loop->gate.ledger);
    if (err != MASH_OK) {
        end(loop, EX_UNAVAILABLE);
        return;
    }
    while (loop->exit_code < 0 && (err = mash_stream_next(loop->gate.ledger, &frame)) == MASH_OK)
        take_frame(loop, &frame);
    if (err == MASH_E_FORMAT)
        end(loop, EX_SOFTWARE);
}

/* Answers that wait are tried again; libzmq does not tell when one client's queue has room. */
static void
send_stalled(struct loop *loop)
{
    size_t left = loop->n_stalled;
    for (size_t fd = 0; left > 0 && fd < mash_callers_max_fds(loop->gate.callers); fd++) {
        struct mash_caller *caller = mash_callers_at(loop->gate.callers, (int)fd);
        enum mash_err err = MASH_OK;
        if (caller == NULL || caller->stalled == NULL)
            continue;
        left--;
        while (caller->stalled != NULL && err != MASH_E_AGAIN) {
            err = mash_transport_send(loop->gate.transport, mash_span(caller->routing, caller->routing_len),
                                      mash_span(caller->stalled->data, caller->stalled->len));
            if (err == MASH_E_AGAIN)
                break;
            loop->counts[err == MASH_OK ? MASH_TALLY_ANSWERS : MASH_TALLY_UNDELIVERABLE]++;
            mash_caller_unstall(caller);
        }
        loop->n_stalled -= caller->stalled == NULL ? 1 : 0;
    }
}

/* Cut whoever should be gone: keys no longer in the table, sockets that never said a word. */
static void
sweep(struct loop *loop)
{
    struct mash_callers *callers = loop->gate.callers;
    for (size_t fd = 0; loop->revoke && fd < mash_callers_max_fds(callers); fd++) {
        struct mash_caller *caller = mash_callers_at(callers, (int)fd);
        if (caller != NULL && !mash_links_knows(loop->gate.links, &caller->key))
            cut(loop, caller, MASH_TALLY_REVOKED);
    }
    loop->revoke = false;
    for (int fd = mash_callers_silent(callers, 0, loop->now_ms); fd >= 0;
         fd = mash_callers_silent(callers, fd + 1, loop->now_ms)) {
        loop->counts[MASH_TALLY_SILENT]++;
        mash_callers_cut_socket(callers, fd);
    }
}

static void
tell_figures(struct loop *loop)
{
    struct mash_bytes out = mash_bytes_max(GONE_RESERVE);
    if (mash_tally_encode(loop->counts, loop->gate.links, mash_callers_count(loop->gate.callers), &out) == MASH_OK &&
        ledger_has_room(loop)) {
        enum mash_err err = mash_stream_put(loop->gate.ledger, MASH_FRAME_GATE_FIGURES, 0, mash_bytes_span(&out),
                                            mash_span(NULL, 0));
        (void)err; /* the next second brings the next */
    }
    mash_bytes_free(&out);
}

static void
take_orders(struct loop *loop)
{
    char order;
    ssize_t n = recv(MASH_FD_PARENT, &order, 1, MSG_DONTWAIT);
    if (n == 0)
        end(loop, EX_UNAVAILABLE); /* the parent has died */
    else if (n == 1 && order == MASH_PARENT_STOP)
        end(loop, EX_OK);
}

static void
turn(struct loop *loop)
{
    struct mash_gate *gate = &loop->gate;
    bool room = gate->serving && ledger_has_room(loop);
    zmq_pollitem_t items[] = {
        { .fd = MASH_FD_PARENT, .events = ZMQ_POLLIN },
        { .fd = mash_stream_fd(gate->ledger),
          .events = (short)(ZMQ_POLLIN | (mash_stream_pending(gate->ledger) > 0 ? ZMQ_POLLOUT : 0)) },
        { .socket = mash_transport_monitor(gate->transport), .events = ZMQ_POLLIN },
        { .socket = mash_transport_socket(gate->transport), .events = ZMQ_POLLIN },
    };
    long wait_ms = loop->n_stalled > 0 ? STALLED_RETRY_MS : (long)SWEEP_MS;
    if (zmq_poll(items, room ? 4 : 3, wait_ms) < 0 && errno != EINTR) {
        end(loop, EX_OSERR);
        return;
    }
    loop->now_ms = monotonic_ms();
    if (items[0].revents != 0)
        take_orders(loop);
    take_events(loop);
    take_letters(loop);
    if ((items[1].revents & (ZMQ_POLLIN | ZMQ_POLLERR)) != 0)
        take_frames(loop);
    if (loop->n_stalled > 0)
        send_stalled(loop);
    if (loop->revoke || loop->now_ms - loop->swept_ms >= SWEEP_MS) {
        loop->swept_ms = loop->now_ms;
        sweep(loop);
    }
    if (loop->now_ms - loop->told_ms >= FIGURES_MS) {
        loop->told_ms = loop->now_ms;
        tell_figures(loop);
    }
    if (mash_stream_flush(gate->ledger) != MASH_OK)
        end(loop, EX_UNAVAILABLE);
}

int
mash_gate_main(int argc, char **argv)
{
    struct loop loop;
    memset(&loop, 0, sizeof(loop));
    loop.exit_code = -1;
    int code = mash_gate_birth(argc, argv, &loop.gate);
    if (code != EX_OK)
        return code;
    loop.now_ms = monotonic_ms();
    while (loop.exit_code < 0)
        turn(&loop);
    /* Crash-only: nothing here needs closing, and closing libzmq could wait for a caller. */
    _exit(loop.exit_code);
}
