/* SPDX-License-Identifier: Apache-2.0 */
/* callers.h - the connections of the gate: which sockets are open, and who speaks on them.  A caller is known by
 * the serial ZAP gave its connection, never by its routing id.  One loop owns the table; no ZeroMQ here. */
#ifndef MASH_DAEMON_GATE_CALLERS_H
#define MASH_DAEMON_GATE_CALLERS_H

#include <sys/socket.h>

#include "proto/keys.h"

#define MASH_SILENT_MS 13000u     /* handshake 3 s, then 10 s for the first message; else it is cut */
#define MASH_ROUTING_ID_MIN 16u   /* bytes: only a random id is of use to nobody else */

/* An answer that waits for a slow client. */
struct mash_stalled {
    struct mash_stalled *next;
    size_t len;
    uint8_t data[];
};

struct mash_caller {
    uint64_t serial;
    struct mash_key_id key;
    int fd;
    struct sockaddr_storage address; /* of the other end, to know the socket again */
    uint64_t second;                 /* for the rate: now_ms / 1000 of the count */
    uint64_t asked;                  /* requests in that second */
    struct mash_stalled *stalled;    /* first in line */
    struct mash_stalled *stalled_last;
    size_t stalled_bytes;
    struct mash_caller *next;          /* of the same hash */
    size_t routing_len;
    uint8_t routing[255];
};

struct mash_callers;

/* max_fds: descriptors of the process, i.e. numbers 0..max_fds-1.  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_callers_open(size_t max_fds, struct mash_callers **ret_callers);
void mash_callers_close(struct mash_callers **callers_p);

/* A socket was accepted (now_ms: monotonic), or has ended.  A socket that still had a caller when it is accepted
 * anew, or ends, must have lost it by mash_callers_remove() first. */
void mash_callers_accepted(struct mash_callers *callers, int fd, uint64_t now_ms);
void mash_callers_ended(struct mash_callers *callers, int fd);
bool mash_callers_is_open(const struct mash_callers *callers, int fd);
/* Open sockets, with or without a caller; and callers. */
size_t mash_callers_sockets(const struct mash_callers *callers);
size_t mash_callers_count(const struct mash_callers *callers);
/* One more than the highest descriptor there can be. */
size_t mash_callers_max_fds(const struct mash_callers *callers);

/* The caller on a socket; the caller of a serial; NULL for none. */
struct mash_caller *mash_callers_at(const struct mash_callers *callers, int fd);
struct mash_caller *mash_callers_find(const struct mash_callers *callers, uint64_t serial);

/* May a connection have this routing id?  At least 16 bytes, the first not 0: ids beginning 0x00 are libzmq's
 * own and can abort it; a short one could be met again by another agency's connection. */
bool mash_callers_routing_is_valid(struct mash_span routing);

/* A new caller on the open socket fd.  MASH_E_VALUE: its routing id is not valid; MASH_E_CLOSED: fd is not
 * open; MASH_E_CONFLICT: fd has a caller; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_callers_add(struct mash_callers *callers, uint64_t serial,
                                              const struct mash_key_id *key,
                                              struct mash_span routing, int fd, struct mash_caller **ret_caller);
/* Forget and release. */
void mash_callers_remove(struct mash_callers *callers, struct mash_caller **caller_p);

/* Sockets that were accepted MASH_SILENT_MS ago and have no caller: the first of them from descriptor `from`;
 * -1 for none. */
int mash_callers_silent(const struct mash_callers *callers, int from, uint64_t now_ms);

/* Count one request.  False: more than rate in this second. */
bool mash_caller_may_ask(struct mash_caller *caller, uint64_t now_ms, uint64_t rate);

/* Let an answer wait.  MASH_E_FULL: more than max bytes wait already; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_caller_stall(struct mash_caller *caller, struct mash_span answer, size_t max);
/* Drop the first one in line. */
void mash_caller_unstall(struct mash_caller *caller);

/* End the socket (shutdown) of a caller, or of nobody: libzmq then reports it as ended.  A caller's socket is
 * first looked at again: when the number belongs to another connection by now, nothing happens. */
void mash_caller_cut(const struct mash_caller *caller);
void mash_callers_cut_socket(const struct mash_callers *callers, int fd);

#endif
