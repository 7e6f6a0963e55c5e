/* SPDX-License-Identifier: Apache-2.0 */
/* transport.c - see transport.h.  Evidence for every line: study/security.md section 1. */
#include "daemon/gate/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/gate/zap.h"
#include "daemon/proc/config.h"
#include "proto/limits.h"

/* In libzmq since 4.3.0, but Debian's header shows it to draft builds only. */
#define ZAP_ENFORCE_DOMAIN 93
#define MONITOR_ENDPOINT "inproc://gate-monitor"
#define MONITOR_HWM 100000 /* events: the I/O thread must never wait for us */

/* Every option that is a number, in the order they are set.  The reason stands beside it. */
static const struct {
    int option;
    int value;
} numbers[] = {
    { ZMQ_CURVE_SERVER, 1 },           /* before the key; NULL and PLAIN greetings are closed */
    { ZAP_ENFORCE_DOMAIN, 1 },         /* no ZAP handler: nobody gets in, instead of everybody */
    { ZMQ_ROUTER_MANDATORY, 1 },       /* an answer to nobody is an error, not a silent loss */
    { ZMQ_ROUTER_HANDOVER, 0 },        /* another key must not take over a routing id */
    { ZMQ_SNDHWM, MASH_SEND_HWM },     /* messages waiting for one slow client */
    { ZMQ_RCVHWM, MASH_RECEIVE_HWM },  /* messages waiting from one fast client */
    { ZMQ_HANDSHAKE_IVL, 3000 },       /* ms; silent and dripping peers go */
    { ZMQ_HEARTBEAT_IVL, 10000 },      /* ms */
    { ZMQ_HEARTBEAT_TIMEOUT, 30000 },  /* ms; half-open connections go */
    { ZMQ_HEARTBEAT_TTL, 60000 },      /* ms; the client's side of the same */
    { ZMQ_LINGER, 0 },                 /* ms; nothing in a queue is worth waiting for */
    { ZMQ_BACKLOG, 128 },              /* connections */
    { ZMQ_TCP_KEEPALIVE, 1 },          /* second line behind heartbeats */
    { ZMQ_IPV6, 1 },
};

struct mash_transport {
    void *socket;
    void *monitor;
};

static enum mash_err
set_options(void *socket, const struct mash_secret *key)
{
    const int64_t max_bytes = MASH_FRAME_MAX; /* counts from the first handshake byte: memory before any key */
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes, sizeof(max_bytes)) != 0)
        return MASH_E_IO;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (zmq_setsockopt(socket, numbers[i].option, &numbers[i].value, sizeof(numbers[i].value)) != 0)
            return MASH_E_IO;
    if (zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, mash_secret_bytes(key), 32) != 0 ||
        zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, MASH_ZAP_DOMAIN, strlen(MASH_ZAP_DOMAIN)) != 0)
        return MASH_E_IO;
    return MASH_OK;
}

/* Ask libzmq what it understood of the three options between us and everybody. */
static enum mash_err
check_options(void *socket)
{
    int enforce = 0;
    int mechanism = -1;
    char domain[32] = "";
    size_t size = sizeof(enforce);
    if (zmq_getsockopt(socket, ZAP_ENFORCE_DOMAIN, &enforce, &size) != 0 || enforce != 1)
        return MASH_E_MISMATCH;
    size = sizeof(domain);
    if (zmq_getsockopt(socket, ZMQ_ZAP_DOMAIN, domain, &size) != 0 || strcmp(domain, MASH_ZAP_DOMAIN) != 0)
        return MASH_E_MISMATCH;
    size = sizeof(mechanism);
    if (zmq_getsockopt(socket, ZMQ_MECHANISM, &mechanism, &size) != 0 || mechanism != ZMQ_CURVE)
        return MASH_E_MISMATCH;
    return MASH_OK;
}

static enum mash_err
open_monitor(void *context, struct mash_transport *transport)
{
    const int hwm = MONITOR_HWM;
    const int linger = 0;
    const int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED |
                       ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    if (zmq_socket_monitor(transport->socket, MONITOR_ENDPOINT, events) != 0)
        return MASH_E_IO;
    transport->monitor = zmq_socket(context, ZMQ_PAIR);
    if (transport->monitor == NULL || zmq_setsockopt(transport->monitor, ZMQ_RCVHWM, &hwm, sizeof(hwm)) != 0 ||
        zmq_setsockopt(transport->monitor, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_connect(transport->monitor, MONITOR_ENDPOINT) != 0)
        return MASH_E_IO;
    return MASH_OK;
}

enum mash_err
mash_transport_open(void *context, const struct mash_secret *key, struct mash_transport **ret_transport)
{
    struct mash_transport *transport = calloc(1, sizeof(*transport));
    if (transport == NULL)
        return MASH_E_NOMEM;
    transport->socket = zmq_socket(context, ZMQ_ROUTER);
    enum mash_err err = transport->socket != NULL ? set_options(transport->socket, key) : MASH_E_IO;
    if (err == MASH_OK)
        err = check_options(transport->socket);
    if (err == MASH_OK)
        err = open_monitor(context, transport);
    if (err == MASH_OK) {
        *ret_transport = transport;
        transport = NULL;
    }
    mash_transport_close(&transport);
    return err;
}

void
mash_transport_close(struct mash_transport **transport_p)
{
    struct mash_transport *transport = *transport_p;
    if (transport == NULL)
        return;
    if (transport->monitor != NULL)
        (void)zmq_close(transport->monitor);
    if (transport->socket != NULL)
        (void)zmq_close(transport->socket);
    free(transport);
    *transport_p = NULL;
}

enum mash_err
mash_transport_bind(struct mash_transport *transport, const char *endpoint)
{
    if (zmq_bind(transport->socket, endpoint) == 0)
        return MASH_OK;
    return errno == EADDRINUSE ? MASH_E_CONFLICT : MASH_E_IO;
}

enum mash_err
mash_transport_unbind(struct mash_transport *transport, const char *endpoint)
{
    return zmq_unbind(transport->socket, endpoint) == 0 ? MASH_OK : MASH_E_IO;
}

void *
mash_transport_socket(const struct mash_transport *transport)
{
    return transport->socket;
}

void *
mash_transport_monitor(const struct mash_transport *transport)
{
    return transport->monitor;
}

static bool
parse_serial(const char *text, uint64_t *ret_serial)
{
    if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *ret_serial = strtoull(text, NULL, 16);
    return *ret_serial != 0;
}

/* Who sent it: from the body frame, because the routing id frame loses its metadata after a poll
 * (libzmq 4.3.4; study/security.md, finding 3). */
static void
identify(struct mash_letter *letter)
{
    const char *user = zmq_msg_gets(&letter->body, "User-Id");
    letter->authenticated = user != NULL && mash_key_id_parse(user, &letter->key) == MASH_OK &&
                            parse_serial(zmq_msg_gets(&letter->body, MASH_ZAP_SERIAL), &letter->serial);
    letter->fd = zmq_msg_get(&letter->body, ZMQ_SRCFD);
}

enum mash_err
mash_transport_receive(struct mash_transport *transport, struct mash_letter *ret_letter)
{
    struct mash_letter *letter = ret_letter;
    memset(letter, 0, sizeof(*letter));
    (void)zmq_msg_init(&letter->routing);
    (void)zmq_msg_init(&letter->body);
    if (zmq_msg_recv(&letter->routing, transport->socket, ZMQ_DONTWAIT) < 0) {
        mash_letter_close(letter);
        return errno == EAGAIN || errno == EINTR ? MASH_E_AGAIN : MASH_E_IO;
    }
    unsigned frames = 0;
    bool more = zmq_msg_more(&letter->routing) != 0;
    while (more) { /* a message arrives whole: none of these waits */
        zmq_msg_t extra;
        zmq_msg_t *into = frames == 0 ? &letter->body : &extra;
        (void)zmq_msg_init(&extra);
        if (zmq_msg_recv(into, transport->socket, 0) < 0) {
            (void)zmq_msg_close(&extra);
            mash_letter_close(letter);
            return MASH_E_IO;
        }
        more = zmq_msg_more(into) != 0;
        (void)zmq_msg_close(&extra);
        frames++;
    }
    letter->whole = frames == 1;
    identify(letter);
    return MASH_OK;
}

void
mash_letter_close(struct mash_letter *letter)
{
    (void)zmq_msg_close(&letter->routing);
    (void)zmq_msg_close(&letter->body);
}

enum mash_err
mash_transport_send(struct mash_transport *transport, struct mash_span routing, struct mash_span body)
{
    /* After a failure at the routing id nothing more may be sent; behind it only a vanished peer fails. */
    if (zmq_send(transport->socket, routing.data, routing.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return MASH_E_AGAIN;
        return errno == EHOSTUNREACH ? MASH_E_CLOSED : MASH_E_IO;
    }
    while (zmq_send(transport->socket, body.data, body.len, ZMQ_DONTWAIT) < 0)
        if (errno != EINTR)
            return MASH_E_CLOSED;
    return MASH_OK;
}

/* libzmq's event numbers and whether the value is a descriptor. */
static const struct {
    uint16_t number;
    bool has_fd;
} events[MASH_EVENT_COUNT] = {
    [MASH_EVENT_ACCEPTED] = { ZMQ_EVENT_ACCEPTED, true },
    [MASH_EVENT_ACCEPT_FAILED] = { ZMQ_EVENT_ACCEPT_FAILED, false },
    [MASH_EVENT_DISCONNECTED] = { ZMQ_EVENT_DISCONNECTED, true },
    [MASH_EVENT_SUCCEEDED] = { ZMQ_EVENT_HANDSHAKE_SUCCEEDED, false },
    [MASH_EVENT_FAILED_AUTH] = { ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, false },
    [MASH_EVENT_FAILED_PROTOCOL] = { ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, false },
    [MASH_EVENT_FAILED_NO_DETAIL] = { ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, false },
};

enum mash_err
mash_transport_event(struct mash_transport *transport, enum mash_transport_event *ret_event, int *ret_fd)
{
    for (;;) {
        uint8_t frame[6]; /* u16 event, u32 value, both in host order (zmq_socket_monitor(3)) */
        uint8_t address[512];
        uint16_t number;
        uint32_t value;
        int n = zmq_recv(transport->monitor, frame, sizeof(frame), ZMQ_DONTWAIT);
        if (n < 0)
            return MASH_E_AGAIN;
        (void)zmq_recv(transport->monitor, address, sizeof(address), 0); /* the second frame of the same message */
        if (n != (int)sizeof(frame))
            continue;
        memcpy(&number, frame, sizeof(number));
        memcpy(&value, frame + 2, sizeof(value));
        for (size_t i = 0; i < MASH_EVENT_COUNT; i++) {
            if (events[i].number != number)
                continue;
            *ret_event = (enum mash_transport_event)i;
            *ret_fd = events[i].has_fd ? (int)value : -1;
            return MASH_OK;
        }
    }
}
