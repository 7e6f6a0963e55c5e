/* SPDX-License-Identifier: Apache-2.0 */
/* link.c - see link.h.  The client's only door to zmq.h. */
#include "clients/lib/link.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define LINK_ID_BYTES 17 /* 0x01 and 16 random bytes: an id beginning 0x00 would crash a broker */

struct mash_link {
    void *context, *socket, *monitor;
    uint64_t last_id; /* of the request asked last */
};

static uint64_t
monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static bool
set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool
set_numbers(void *socket)
{
    static const struct { int option, value; } numbers[] = {
        { ZMQ_RECONNECT_IVL, -1 },         /* each attempt is a new socket with a new id */
        { ZMQ_LINGER, 0 },                 /* what must arrive is in the outbox, not in a queue */
        { ZMQ_IMMEDIATE, 0 },
        { ZMQ_SNDHWM, 16 },                /* messages */
        { ZMQ_RCVHWM, 300 },               /* messages: a full credit of deliveries and slack */
        { ZMQ_HANDSHAKE_IVL, 5000 },       /* ms */
        { ZMQ_CONNECT_TIMEOUT, 10000 },    /* ms */
        { ZMQ_HEARTBEAT_IVL, 10000 },      /* ms */
        { ZMQ_HEARTBEAT_TIMEOUT, 30000 },  /* ms */
        { ZMQ_HEARTBEAT_TTL, 60000 },      /* ms */
        { ZMQ_TCP_KEEPALIVE, 1 },
        { ZMQ_IPV6, 1 },
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (!set_int(socket, numbers[i].option, numbers[i].value))
            return false;
    int64_t max_bytes = MASH_CONTROL_MAX; /* the largest answer is a whole bundle */
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes, sizeof(max_bytes)) == 0;
}

static bool
set_keys(void *socket, const uint8_t *broker_key, const struct mash_secret *own_key)
{
    uint8_t id[LINK_ID_BYTES] = { 0x01 };
    randombytes_buf(id + 1, sizeof(id) - 1);
    return zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, sizeof(id)) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, broker_key, MASH_PUBLIC_KEY_BYTES) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, mash_secret_public(own_key), MASH_PUBLIC_KEY_BYTES) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, mash_secret_bytes(own_key), MASH_PUBLIC_KEY_BYTES) == 0;
}

/* Tell a dead attempt at once instead of at the end of the time-out. */
static bool
watch_connection(struct mash_link *link)
{
    const int events = ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    return zmq_socket_monitor(link->socket, "inproc://monitor", events) == 0 &&
           (link->monitor = zmq_socket(link->context, ZMQ_PAIR)) != NULL &&
           set_int(link->monitor, ZMQ_LINGER, 0) && zmq_connect(link->monitor, "inproc://monitor") == 0;
}

enum mash_err
mash_link_open(const char *endpoint, const uint8_t broker_key[static MASH_PUBLIC_KEY_BYTES],
               const struct mash_secret *own_key, struct mash_link **ret_link)
{
    if (strncmp(endpoint, "tcp://", 6) != 0)
        return MASH_E_VALUE;
    enum mash_err err = MASH_E_NOMEM;
    struct mash_link *link = calloc(1, sizeof(*link));
    if (link == NULL || (link->context = zmq_ctx_new()) == NULL)
        goto out;
    err = MASH_E_IO;
    if ((link->socket = zmq_socket(link->context, ZMQ_DEALER)) == NULL || !set_numbers(link->socket) ||
        !set_keys(link->socket, broker_key, own_key) || !watch_connection(link))
        goto out;
    if (zmq_connect(link->socket, endpoint) != 0) {
        err = errno == EINVAL ? MASH_E_VALUE : MASH_E_IO;
        goto out;
    }
    *ret_link = link;
    link = NULL;
    err = MASH_OK;
out:
    mash_link_close(&link);
    return err;
}

void
mash_link_close(struct mash_link **link_p)
{
    struct mash_link *link = *link_p;
    if (link == NULL)
        return;
    if (link->socket != NULL) {
        (void)zmq_socket_monitor(link->socket, NULL, 0);
        (void)zmq_close(link->socket);
    }
    if (link->monitor != NULL)
        (void)zmq_close(link->monitor);
    if (link->context != NULL)
        while (zmq_ctx_term(link->context) != 0 && errno == EINTR)
            continue;
    free(link);
    *link_p = NULL;
}

/* How the attempt ended: by ZAP's word 400 (unknown or suspended key) or in any other way. */
static enum mash_err
attempt_over(struct mash_link *link)
{
    struct { uint16_t event; uint32_t value; } __attribute__((packed)) told; /* zmq_socket_monitor(3), frame 1 */
    if (zmq_recv(link->monitor, &told, sizeof(told), ZMQ_DONTWAIT) != (int)sizeof(told))
        return MASH_E_CLOSED;
    return told.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && told.value == 400 ? MASH_E_DENIED : MASH_E_CLOSED;
}

/* Wait until the socket can be read.  MASH_E_CLOSED when the monitor says that the attempt is over and
 * nothing is left to read. */
static enum mash_err
wait_readable(struct mash_link *link, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t now_ms = monotonic_ms();
        zmq_pollitem_t items[] = { { .socket = link->socket, .events = ZMQ_POLLIN },
                                   { .socket = link->monitor, .events = ZMQ_POLLIN } };
        long wait_ms = now_ms < deadline_ms ? (long)(deadline_ms - now_ms) : 0;
        int ready = zmq_poll(items, 2, wait_ms);
        if (ready < 0 && errno != EINTR)
            return MASH_E_IO;
        if (ready > 0 && (items[0].revents & ZMQ_POLLIN) != 0)
            return MASH_OK;
        if (ready > 0 && (items[1].revents & ZMQ_POLLIN) != 0)
            return attempt_over(link);
        if (ready == 0 && monotonic_ms() >= deadline_ms)
            return MASH_E_AGAIN;
    }
}

/* Receive one message of exactly one frame and decode it. */
static enum mash_err
receive(struct mash_link *link, Mash__Answer **ret_answer)
{
    zmq_msg_t frame;
    (void)zmq_msg_init(&frame);
    enum mash_err err;
    if (zmq_msg_recv(&frame, link->socket, ZMQ_DONTWAIT) < 0)
        err = errno == EAGAIN || errno == EINTR ? MASH_E_AGAIN : MASH_E_IO;
    else if (zmq_msg_more(&frame))
        err = MASH_E_FORMAT;
    else
        err = mash_message_decode(&mash__answer__descriptor,
                                  mash_span(zmq_msg_data(&frame), zmq_msg_size(&frame)), ret_answer);
    (void)zmq_msg_close(&frame);
    return err;
}

enum mash_err
mash_link_more(struct mash_link *link, uint32_t timeout_ms, Mash__Answer **ret_answer)
{
    uint64_t deadline_ms = monotonic_ms() + timeout_ms;
    for (;;) {
        Mash__Answer *answer = NULL;
        enum mash_err err = wait_readable(link, deadline_ms);
        if (err != MASH_OK)
            return err;
        err = receive(link, &answer);
        if (err == MASH_E_AGAIN)
            continue;
        if (err != MASH_OK)
            return err;
        if (answer->id == link->last_id) {
            *ret_answer = answer;
            return MASH_OK;
        }
        mash_message_free(&answer); /* late, to a request that nobody waits for any more */
    }
}

enum mash_err
mash_link_ask(struct mash_link *link, Mash__Request *request, uint32_t timeout_ms, Mash__Answer **ret_answer)
{
    request->id = ++link->last_id;
    struct mash_bytes frame = mash_bytes_max(MASH_FRAME_MAX);
    enum mash_err err = mash_message_encode(request, &frame);
    if (err == MASH_OK && zmq_send(link->socket, frame.data, frame.len, ZMQ_DONTWAIT) < 0)
        err = errno == EAGAIN ? MASH_E_CLOSED : MASH_E_IO;
    mash_bytes_free(&frame);
    return err == MASH_OK ? mash_link_more(link, timeout_ms, ret_answer) : err;
}
