/* SPDX-License-Identifier: Apache-2.0 */
/* links.c - see links.h. */
#include "daemon/gate/links.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ROW_BYTES (MASH_PUBLIC_KEY_BYTES + MASH_KEY_ID_BYTES)

struct link_row {
    uint8_t key[MASH_PUBLIC_KEY_BYTES];
    struct mash_key_id id;
};

/* One connection that ZAP let in; serial 0: free. */
struct seat {
    uint64_t serial;
    struct mash_key_id id;
    uint64_t pending_until_ms; /* 0: settled */
};

struct mash_links {
    pthread_mutex_t lock;
    struct link_row *rows;
    size_t n_rows;
    struct seat *seats;
    size_t max;
    uint64_t last_serial;
    uint64_t rate;      /* admitted a second */
    uint64_t second;    /* now_ms / 1000 of the count below */
    uint64_t in_second;
    uint64_t counts[MASH_GRANT_COUNT];
};

enum mash_err
mash_links_open(size_t max, uint64_t rate, struct mash_links **ret_links)
{
    struct mash_links *links = calloc(1, sizeof(*links));
    if (links == NULL)
        return MASH_E_NOMEM;
    links->seats = calloc(max, sizeof(*links->seats));
    if (links->seats == NULL || pthread_mutex_init(&links->lock, NULL) != 0) {
        free(links->seats);
        free(links);
        return MASH_E_NOMEM;
    }
    links->max = max;
    links->rate = rate;
    *ret_links = links;
    return MASH_OK;
}

void
mash_links_close(struct mash_links **links_p)
{
    struct mash_links *links = *links_p;
    if (links == NULL)
        return;
    (void)pthread_mutex_destroy(&links->lock);
    free(links->rows);
    free(links->seats);
    free(links);
    *links_p = NULL;
}

enum mash_err
mash_links_replace(struct mash_links *links, struct mash_span payload)
{
    size_t n = payload.len / ROW_BYTES;
    if (payload.len % ROW_BYTES != 0)
        return MASH_E_FORMAT;
    struct link_row *rows = calloc(n + 1, sizeof(*rows));
    if (rows == NULL)
        return MASH_E_NOMEM;

    struct mash_reader reader = mash_reader(payload);
    for (size_t i = 0; i < n; i++) {
        struct mash_key_id id;
        mash_read_copy(&reader, rows[i].key, sizeof(rows[i].key));
        mash_read_copy(&reader, rows[i].id.bytes, sizeof(rows[i].id.bytes));
        mash_key_id(MASH_PURPOSE_LINK, mash_span(rows[i].key, sizeof(rows[i].key)), &id);
        if (memcmp(&id, &rows[i].id, sizeof(id)) != 0) {
            free(rows);
            return MASH_E_FORMAT;
        }
    }
    (void)pthread_mutex_lock(&links->lock);
    struct link_row *before = links->rows;
    links->rows = rows;
    links->n_rows = n;
    (void)pthread_mutex_unlock(&links->lock);
    free(before);
    return MASH_OK;
}

static const struct link_row *
row_by_key(const struct mash_links *links, const uint8_t *key)
{
    const struct link_row *found = NULL;
    for (size_t i = 0; i < links->n_rows; i++) /* all of them, in constant time each: no oracle of near misses */
        if (sodium_memcmp(links->rows[i].key, key, MASH_PUBLIC_KEY_BYTES) == 0)
            found = &links->rows[i];
    return found;
}

static bool
rate_is_spent(struct mash_links *links, uint64_t now_ms)
{
    if (links->second != now_ms / 1000u) {
        links->second = now_ms / 1000u;
        links->in_second = 0;
    }
    return links->in_second++ >= links->rate;
}

static enum mash_grant
admit(struct mash_links *links, const uint8_t *key, uint64_t now_ms, uint64_t *ret_serial, struct mash_key_id *ret_id)
{
    const struct link_row *row = row_by_key(links, key);
    struct seat *seat = NULL;
    size_t taken = 0;
    if (row == NULL)
        return MASH_GRANT_UNKNOWN;
    if (rate_is_spent(links, now_ms))
        return MASH_GRANT_BUSY;
    for (size_t i = 0; i < links->max; i++) {
        struct seat *other = &links->seats[i];
        if (other->pending_until_ms != 0 && now_ms >= other->pending_until_ms)
            memset(other, 0, sizeof(*other)); /* it never said a word and was cut before this */
        if (other->serial == 0)
            seat = other;
        else if (memcmp(&other->id, &row->id, sizeof(row->id)) == 0)
            taken++;
    }
    if (taken >= MASH_LINKS_PER_KEY)
        return MASH_GRANT_CROWDED;
    if (seat == NULL)
        return MASH_GRANT_FULL;
    seat->serial = ++links->last_serial;
    seat->id = row->id;
    seat->pending_until_ms = now_ms + MASH_LINKS_PENDING_MS;
    *ret_serial = seat->serial;
    *ret_id = row->id;
    return MASH_GRANT_ADMITTED;
}

enum mash_grant
mash_links_admit(struct mash_links *links, const uint8_t key[static MASH_PUBLIC_KEY_BYTES], uint64_t now_ms,
                 uint64_t *ret_serial, struct mash_key_id *ret_id)
{
    (void)pthread_mutex_lock(&links->lock);
    enum mash_grant grant = admit(links, key, now_ms, ret_serial, ret_id);
    links->counts[grant]++;
    (void)pthread_mutex_unlock(&links->lock);
    return grant;
}

static struct seat *
seat_by_serial(struct mash_links *links, uint64_t serial)
{
    for (size_t i = 0; serial != 0 && i < links->max; i++)
        if (links->seats[i].serial == serial)
            return &links->seats[i];
    return NULL;
}

void
mash_links_settle(struct mash_links *links, uint64_t serial)
{
    (void)pthread_mutex_lock(&links->lock);
    struct seat *seat = seat_by_serial(links, serial);
    if (seat != NULL)
        seat->pending_until_ms = 0;
    (void)pthread_mutex_unlock(&links->lock);
}

void
mash_links_end(struct mash_links *links, uint64_t serial)
{
    (void)pthread_mutex_lock(&links->lock);
    struct seat *seat = seat_by_serial(links, serial);
    if (seat != NULL)
        memset(seat, 0, sizeof(*seat));
    (void)pthread_mutex_unlock(&links->lock);
}

bool
mash_links_knows(struct mash_links *links, const struct mash_key_id *id)
{
    bool known = false;
    (void)pthread_mutex_lock(&links->lock);
    for (size_t i = 0; i < links->n_rows && !known; i++)
        known = memcmp(&links->rows[i].id, id, sizeof(*id)) == 0;
    (void)pthread_mutex_unlock(&links->lock);
    return known;
}

void
mash_links_counts(struct mash_links *links, uint64_t ret_counts[static MASH_GRANT_COUNT])
{
    (void)pthread_mutex_lock(&links->lock);
    memcpy(ret_counts, links->counts, sizeof(links->counts));
    (void)pthread_mutex_unlock(&links->lock);
}
