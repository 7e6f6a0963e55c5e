/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c - see wire.h. */
#include "tests/bench/wire.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define ASK_NS (10ull * 1000000000ull)

struct bench_wire {
    void *context, *socket;
    int fd; /* readable when ZMQ_EVENTS may have changed */
};

uint64_t
bench_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool
set_options(void *socket, const uint8_t *broker_key, const struct mash_secret *own_key)
{
    static const struct { int option, value; } numbers[] = {
        { ZMQ_RECONNECT_IVL, -1 }, { ZMQ_LINGER, 0 }, { ZMQ_SNDHWM, 1000 }, { ZMQ_RCVHWM, 100000 },
    };
    uint8_t id[17] = { 0x01 }; /* never 0x00: reserved */
    randombytes_buf(id + 1, sizeof(id) - 1);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (zmq_setsockopt(socket, numbers[i].option, &numbers[i].value, sizeof(int)) != 0)
            return false;
    return zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, sizeof(id)) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, broker_key, MASH_PUBLIC_KEY_BYTES) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, mash_secret_public(own_key), MASH_PUBLIC_KEY_BYTES) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, mash_secret_bytes(own_key), MASH_PUBLIC_KEY_BYTES) == 0;
}

enum mash_err
bench_wire_open(const char *endpoint, const uint8_t broker_key[static MASH_PUBLIC_KEY_BYTES],
                const struct mash_secret *own_key, struct bench_wire **ret_wire)
{
    enum mash_err err = MASH_E_NOMEM;
    struct bench_wire *wire = calloc(1, sizeof(*wire));
    size_t size = sizeof(int);
    if (wire == NULL || (wire->context = zmq_ctx_new()) == NULL)
        goto out;
    err = MASH_E_IO;
    if ((wire->socket = zmq_socket(wire->context, ZMQ_DEALER)) == NULL ||
        !set_options(wire->socket, broker_key, own_key) || zmq_connect(wire->socket, endpoint) != 0 ||
        zmq_getsockopt(wire->socket, ZMQ_FD, &wire->fd, &size) != 0)
        goto out;
    *ret_wire = wire;
    wire = NULL;
    err = MASH_OK;
out:
    bench_wire_close(&wire);
    return err;
}

void
bench_wire_close(struct bench_wire **wire_p)
{
    struct bench_wire *wire = *wire_p;
    if (wire == NULL)
        return;
    if (wire->socket != NULL)
        (void)zmq_close(wire->socket);
    if (wire->context != NULL)
        (void)zmq_ctx_term(wire->context);
    free(wire);
    *wire_p = NULL;
}

enum mash_err
bench_wire_send(struct bench_wire *wire, struct mash_span frame)
{
    if (zmq_send(wire->socket, frame.data, frame.len, ZMQ_DONTWAIT) >= 0)
        return MASH_OK;
    return errno == EAGAIN || errno == EINTR ? MASH_E_AGAIN : MASH_E_IO;
}

enum mash_err
bench_wire_take(struct bench_wire *wire, struct mash_span *ret_frame)
{
    zmq_msg_t frame;
    (void)zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, wire->socket, ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(&frame);
        return errno == EAGAIN || errno == EINTR ? MASH_E_AGAIN : MASH_E_IO;
    }
    size_t len = zmq_msg_size(&frame);
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy != NULL)
        memcpy(copy, zmq_msg_data(&frame), len);
    (void)zmq_msg_close(&frame);
    if (copy == NULL)
        return MASH_E_NOMEM;
    *ret_frame = mash_span(copy, len);
    return MASH_OK;
}

void
bench_wire_wait(struct bench_wire *wire, uint64_t deadline_ns)
{
    /* The descriptor tells of changes only; what is there already shows in ZMQ_EVENTS. */
    int events = 0;
    size_t size = sizeof(events);
    uint64_t now_ns = bench_now_ns();
    if (zmq_getsockopt(wire->socket, ZMQ_EVENTS, &events, &size) != 0 || (events & ZMQ_POLLIN) != 0 ||
        now_ns >= deadline_ns)
        return;
    uint64_t rest_ns = deadline_ns - now_ns;
    struct timespec rest = { (time_t)(rest_ns / 1000000000u), (long)(rest_ns % 1000000000u) };
    struct pollfd item = { wire->fd, POLLIN, 0 };
    (void)ppoll(&item, 1, &rest, NULL);
}

enum mash_err
bench_wire_ask(struct bench_wire *wire, const Mash__Request *request, Mash__Answer **ret_answer)
{
    struct mash_bytes out = mash_bytes_max(MASH_FRAME_MAX);
    struct mash_span in = { NULL, 0 };
    uint64_t deadline_ns = bench_now_ns() + ASK_NS;
    enum mash_err err = mash_message_encode(request, &out);
    if (err == MASH_OK)
        err = bench_wire_send(wire, mash_bytes_span(&out));
    mash_bytes_free(&out);
    while (err == MASH_OK && (err = bench_wire_take(wire, &in)) == MASH_E_AGAIN && bench_now_ns() < deadline_ns) {
        bench_wire_wait(wire, deadline_ns);
        err = MASH_OK;
    }
    Mash__Answer *answer = NULL;
    if (err == MASH_OK)
        err = mash_message_decode(&mash__answer__descriptor, in, &answer);
    if (err == MASH_OK && answer->id != request->id) {
        mash_message_free(&answer);
        err = MASH_E_MISMATCH;
    }
    if (err == MASH_OK)
        *ret_answer = answer;
    free((void *)(uintptr_t)in.data);
    return err;
}

uint64_t
bench_answer_id(struct mash_span frame)
{
    uint64_t id = 0;
    if (frame.len < 2 || frame.data[0] != 0x08)
        return 0;
    for (size_t i = 1; i < frame.len && i <= 10; i++) {
        id |= (uint64_t)(frame.data[i] & 0x7f) << (7 * (i - 1));
        if ((frame.data[i] & 0x80) == 0)
            return id;
    }
    return 0;
}
