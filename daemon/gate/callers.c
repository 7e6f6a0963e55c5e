/* SPDX-License-Identifier: Apache-2.0 */
/* callers.c - see callers.h. */
#include "daemon/gate/callers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096u /* power of two; serials are dense */

struct socket_row {
    bool open;
    uint64_t accepted_ms;
    struct mash_caller *caller;
};

struct mash_callers {
    struct socket_row *sockets;
    size_t max_fds;
    size_t n_sockets;
    size_t n_callers;
    struct mash_caller *buckets[BUCKETS];
};

enum mash_err
mash_callers_open(size_t max_fds, struct mash_callers **ret_callers)
{
    struct mash_callers *callers = calloc(1, sizeof(*callers));
    if (callers == NULL)
        return MASH_E_NOMEM;
    callers->sockets = calloc(max_fds, sizeof(*callers->sockets));
    if (callers->sockets == NULL) {
        free(callers);
        return MASH_E_NOMEM;
    }
    callers->max_fds = max_fds;
    *ret_callers = callers;
    return MASH_OK;
}

void
mash_callers_close(struct mash_callers **callers_p)
{
    struct mash_callers *callers = *callers_p;
    if (callers == NULL)
        return;
    for (size_t fd = 0; fd < callers->max_fds; fd++)
        if (callers->sockets[fd].caller != NULL) {
            struct mash_caller *caller = callers->sockets[fd].caller;
            mash_callers_remove(callers, &caller);
        }
    free(callers->sockets);
    free(callers);
    *callers_p = NULL;
}

static struct socket_row *
row_of(const struct mash_callers *callers, int fd)
{
    return fd >= 0 && (size_t)fd < callers->max_fds ? &callers->sockets[fd] : NULL;
}

void
mash_callers_accepted(struct mash_callers *callers, int fd, uint64_t now_ms)
{
    struct socket_row *row = row_of(callers, fd);
    if (row == NULL)
        return;
    assert(row->caller == NULL);
    callers->n_sockets += row->open ? 0 : 1;
    row->open = true;
    row->accepted_ms = now_ms;
}

void
mash_callers_ended(struct mash_callers *callers, int fd)
{
    struct socket_row *row = row_of(callers, fd);
    if (row == NULL)
        return;
    assert(row->caller == NULL);
    callers->n_sockets -= row->open ? 1 : 0;
    row->open = false;
}

bool
mash_callers_is_open(const struct mash_callers *callers, int fd)
{
    const struct socket_row *row = row_of(callers, fd);
    return row != NULL && row->open;
}

size_t
mash_callers_sockets(const struct mash_callers *callers)
{
    return callers->n_sockets;
}

size_t
mash_callers_count(const struct mash_callers *callers)
{
    return callers->n_callers;
}

size_t
mash_callers_max_fds(const struct mash_callers *callers)
{
    return callers->max_fds;
}

struct mash_caller *
mash_callers_at(const struct mash_callers *callers, int fd)
{
    const struct socket_row *row = row_of(callers, fd);
    return row != NULL ? row->caller : NULL;
}

struct mash_caller *
mash_callers_find(const struct mash_callers *callers, uint64_t serial)
{
    struct mash_caller *caller = callers->buckets[serial & (BUCKETS - 1)];
    while (caller != NULL && caller->serial != serial)
        caller = caller->next;
    return caller;
}

bool
mash_callers_routing_is_valid(struct mash_span routing)
{
    return routing.len >= MASH_ROUTING_ID_MIN && routing.len <= sizeof(((struct mash_caller *)0)->routing) &&
           routing.data[0] != 0;
}

static socklen_t
other_end(int fd, struct sockaddr_storage *ret_address)
{
    socklen_t len = sizeof(*ret_address);
    memset(ret_address, 0, sizeof(*ret_address));
    return getpeername(fd, (struct sockaddr *)ret_address, &len) == 0 ? len : 0;
}

enum mash_err
mash_callers_add(struct mash_callers *callers, uint64_t serial, const struct mash_key_id *key, struct mash_span routing,
               int fd, struct mash_caller **ret_caller)
{
    struct socket_row *row = row_of(callers, fd);
    if (!mash_callers_routing_is_valid(routing))
        return MASH_E_VALUE;
    if (row == NULL || !row->open)
        return MASH_E_CLOSED;
    if (row->caller != NULL)
        return MASH_E_CONFLICT;
    struct mash_caller *caller = calloc(1, sizeof(*caller));
    if (caller == NULL)
        return MASH_E_NOMEM;
    caller->serial = serial;
    caller->key = *key;
    caller->fd = fd;
    (void)other_end(fd, &caller->address);
    caller->routing_len = routing.len;
    memcpy(caller->routing, routing.data, routing.len);
    caller->next = callers->buckets[serial & (BUCKETS - 1)];
    callers->buckets[serial & (BUCKETS - 1)] = caller;
    row->caller = caller;
    callers->n_callers++;
    *ret_caller = caller;
    return MASH_OK;
}

void
mash_callers_remove(struct mash_callers *callers, struct mash_caller **caller_p)
{
    struct mash_caller *caller = *caller_p;
    struct mash_caller **link = &callers->buckets[caller->serial & (BUCKETS - 1)];
    while (*link != caller)
        link = &(*link)->next;
    *link = caller->next;
    callers->sockets[caller->fd].caller = NULL;
    callers->n_callers--;
    while (caller->stalled != NULL)
        mash_caller_unstall(caller);
    free(caller);
    *caller_p = NULL;
}

int
mash_callers_silent(const struct mash_callers *callers, int from, uint64_t now_ms)
{
    for (size_t fd = from < 0 ? 0 : (size_t)from; fd < callers->max_fds; fd++) {
        const struct socket_row *row = &callers->sockets[fd];
        if (row->open && row->caller == NULL && now_ms - row->accepted_ms >= MASH_SILENT_MS)
            return (int)fd;
    }
    return -1;
}

bool
mash_caller_may_ask(struct mash_caller *caller, uint64_t now_ms, uint64_t rate)
{
    if (caller->second != now_ms / 1000u) {
        caller->second = now_ms / 1000u;
        caller->asked = 0;
    }
    return caller->asked++ < rate;
}

enum mash_err
mash_caller_stall(struct mash_caller *caller, struct mash_span answer, size_t max)
{
    /* The first always fits: one answer may be a whole bundle. */
    if (caller->stalled != NULL && (answer.len > max || caller->stalled_bytes > max - answer.len))
        return MASH_E_FULL;
    struct mash_stalled *stalled = malloc(sizeof(*stalled) + answer.len);
    if (stalled == NULL)
        return MASH_E_NOMEM;
    stalled->next = NULL;
    stalled->len = answer.len;
    if (answer.len > 0)
        memcpy(stalled->data, answer.data, answer.len);
    if (caller->stalled == NULL)
        caller->stalled = stalled;
    else
        caller->stalled_last->next = stalled;
    caller->stalled_last = stalled;
    caller->stalled_bytes += answer.len;
    return MASH_OK;
}

void
mash_caller_unstall(struct mash_caller *caller)
{
    struct mash_stalled *first = caller->stalled;
    caller->stalled = first->next;
    caller->stalled_bytes -= first->len;
    free(first);
}

void
mash_caller_cut(const struct mash_caller *caller)
{
    struct sockaddr_storage address;
    socklen_t len = other_end(caller->fd, &address);
    if (len > 0 && memcmp(&address, &caller->address, sizeof(address)) == 0)
        (void)shutdown(caller->fd, SHUT_RDWR);
}

void
mash_callers_cut_socket(const struct mash_callers *callers, int fd)
{
    if (mash_callers_is_open(callers, fd))
        (void)shutdown(fd, SHUT_RDWR);
}
