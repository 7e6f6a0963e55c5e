/* SPDX-License-Identifier: Apache-2.0 */
/* transport.h - the ROUTER socket that agencies connect to, with every option design section "Transport rules"
 * asks for, and its monitor.  A message is one body frame each way.  Never trusts a routing id for anything but
 * finding the way back. */
#ifndef MASH_DAEMON_GATE_TRANSPORT_H
#define MASH_DAEMON_GATE_TRANSPORT_H

#include <zmq.h>

#include "proto/keys.h"

#define MASH_ROUTING_ID_MAX 255u

struct mash_transport;

/* One message from an agency; release with mash_letter_close(). */
struct mash_letter {
    zmq_msg_t routing;
    zmq_msg_t body;
    bool whole;             /* exactly one body frame */
    bool authenticated;     /* User-Id and serial are there: always, unless ZAP failed */
    struct mash_key_id key; /* from User-Id of the body frame */
    uint64_t serial;        /* from MASH_ZAP_SERIAL of the body frame */
    int fd;                 /* of its connection, as libzmq says */
};

/* What happened to a connection. */
enum mash_transport_event {
    MASH_EVENT_ACCEPTED,
    MASH_EVENT_ACCEPT_FAILED,
    MASH_EVENT_DISCONNECTED,
    MASH_EVENT_SUCCEEDED,
    MASH_EVENT_FAILED_AUTH,
    MASH_EVENT_FAILED_PROTOCOL,
    MASH_EVENT_FAILED_NO_DETAIL,
    MASH_EVENT_COUNT
};

/* Make the socket with the broker's link key; nothing is bound.  The ZAP handler must be running in context.
 * MASH_E_MISMATCH: libzmq did not take an option that keeps strangers out; MASH_E_IO; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_transport_open(void *context, const struct mash_secret *key,
                                                 struct mash_transport **ret_transport);
void mash_transport_close(struct mash_transport **transport_p);

/* MASH_E_CONFLICT: the address is taken; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_transport_bind(struct mash_transport *transport, const char *endpoint);
MASH_MUSTCHECK enum mash_err mash_transport_unbind(struct mash_transport *transport, const char *endpoint);

/* For zmq_poll(). */
void *mash_transport_socket(const struct mash_transport *transport);
void *mash_transport_monitor(const struct mash_transport *transport);

/* The next message.  MASH_E_AGAIN: none; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_transport_receive(struct mash_transport *transport, struct mash_letter *ret_letter);
void mash_letter_close(struct mash_letter *letter);

/* Send body to the connection with this routing id.  MASH_E_AGAIN: its queue is full; MASH_E_CLOSED: no such
 * connection any more; MASH_E_IO; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_transport_send(struct mash_transport *transport, struct mash_span routing,
                                                 struct mash_span body);

/* The next event; ret_fd is -1 where libzmq does not tell.  MASH_E_AGAIN: none. */
MASH_MUSTCHECK enum mash_err mash_transport_event(struct mash_transport *transport,
                                                  enum mash_transport_event *ret_event, int *ret_fd);

#endif
