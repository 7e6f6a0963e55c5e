/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.c - see pairs.h.  A table of sets: a pair has four places it can be in; when all are taken it gets
 * that of the fullest bucket, which forgets the least. */
#include "daemon/path/pairs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hash.h"
#include "proto/limits.h"

#define TOKEN 60000u /* a token in units that refill by per_minute each millisecond */
#define WAYS 4u

struct mash_pair {
    uint8_t id[16]; /* of the digest of both addresses; zeros: free */
    uint64_t tokens; /* as of at_ms */
    uint64_t at_ms;
};

enum mash_err
mash_pairs_open(struct mash_pairs *pairs, uint64_t per_minute)
{
    *pairs = (struct mash_pairs){ NULL, per_minute };
    if (per_minute == 0)
        return MASH_OK;
    pairs->rows = calloc(MASH_PAIRS_MAX, sizeof(*pairs->rows));
    if (pairs->rows == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < MASH_PAIRS_MAX; i++)
        pairs->rows[i].tokens = per_minute * TOKEN; /* so that free places are taken first */
    return MASH_OK;
}

void
mash_pairs_clear(struct mash_pairs *pairs)
{
    free(pairs->rows);
    *pairs = (struct mash_pairs){ NULL, 0 };
}

static void
refill(const struct mash_pairs *pairs, struct mash_pair *row, uint64_t now_ms)
{
    uint64_t full = pairs->per_minute * TOKEN, passed_ms = now_ms - row->at_ms;
    /* a minute fills any bucket: no product can overflow */
    bool filled = passed_ms >= TOKEN || row->tokens + passed_ms * pairs->per_minute >= full;
    row->tokens = filled ? full : row->tokens + passed_ms * pairs->per_minute;
    row->at_ms = now_ms;
}

/* The bucket of a pair, refilled; another one's place when there is no other. */
static struct mash_pair *
bucket(struct mash_pairs *pairs, const char *from, const char *to, uint64_t now_ms)
{
    uint8_t text[2 * (MASH_ADDRESS_MAX + 1)];
    size_t from_size = strlen(from) + 1, to_size = strlen(to) + 1;
    assert(from_size + to_size <= sizeof(text)); /* addresses of the bundle */
    memcpy(text, from, from_size);
    memcpy(text + from_size, to, to_size);
    struct mash_hash digest = mash_hash_of(mash_span(text, from_size + to_size));
    size_t set = ((size_t)digest.bytes[16] << 8 | digest.bytes[17]) % (MASH_PAIRS_MAX / WAYS) * WAYS;
    struct mash_pair *fullest = &pairs->rows[set];
    for (size_t i = 0; i < WAYS; i++) {
        struct mash_pair *row = &pairs->rows[set + i];
        refill(pairs, row, now_ms);
        if (memcmp(row->id, digest.bytes, sizeof(row->id)) == 0)
            return row;
        if (row->tokens > fullest->tokens)
            fullest = row;
    }
    memcpy(fullest->id, digest.bytes, sizeof(fullest->id));
    fullest->tokens = pairs->per_minute * TOKEN;
    return fullest;
}

size_t
mash_pairs_take(struct mash_pairs *pairs, const char *from, const char *const *to, size_t count, uint64_t now_ms)
{
    if (pairs->per_minute == 0)
        return count;
    for (size_t i = 0; i < count; i++)
        if (bucket(pairs, from, to[i], now_ms)->tokens < TOKEN)
            return i;
    for (size_t i = 0; i < count; i++) {
        struct mash_pair *row = bucket(pairs, from, to[i], now_ms);
        row->tokens -= row->tokens < TOKEN ? row->tokens : TOKEN; /* two of them may share a place */
    }
    return count;
}
