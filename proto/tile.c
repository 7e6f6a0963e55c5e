/* SPDX-License-Identifier: Apache-2.0 */
/* tile.c - see tile.h.  Section names are of c2sp.org/tlog-tiles. */
#include "proto/tile.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/tree.h"

static_assert(sizeof(struct mash_hash) == MASH_HASH_BYTES, "hashes lie side by side, as stored");

void
mash_tile_of_node(unsigned node_level, uint64_t index, uint8_t *ret_level, uint64_t *ret_number)
{
    assert(node_level < 64);
    unsigned height = node_level % MASH_TILE_HEIGHT;
    *ret_level = (uint8_t)(node_level / MASH_TILE_HEIGHT);
    *ret_number = index >> (MASH_TILE_HEIGHT - height);
}

/* "Partial Tiles": floor(s / 256^l) hashes lie on level l, the last tile has the remainder of 256. */
unsigned
mash_tile_width(uint8_t level, uint64_t number, uint64_t size)
{
    assert(level <= MASH_TILE_LEVEL_MAX);
    uint64_t hashes = size >> (MASH_TILE_HEIGHT * level);
    uint64_t full = hashes / MASH_TILE_WIDTH;
    if (number < full)
        return MASH_TILE_WIDTH;
    return number == full ? (unsigned)(hashes % MASH_TILE_WIDTH) : 0;
}

void
mash_tile_init(struct mash_tile *tile, uint8_t level, uint64_t number)
{
    assert(level <= MASH_TILE_LEVEL_MAX);
    tile->level = level;
    tile->number = number;
    tile->width = 0;
    memset(tile->known, 0, sizeof(tile->known));
}

enum mash_err
mash_tile_load(struct mash_tile *tile, uint8_t level, uint64_t number, struct mash_span bytes)
{
    if (bytes.len == 0 || bytes.len > MASH_TILE_BYTES_MAX || bytes.len % MASH_HASH_BYTES != 0)
        return MASH_E_FORMAT;
    mash_tile_init(tile, level, number);
    memcpy(tile->hashes, bytes.data, bytes.len);
    tile->width = (unsigned)(bytes.len / MASH_HASH_BYTES);
    return MASH_OK;
}

struct mash_span
mash_tile_bytes(const struct mash_tile *tile)
{
    return mash_span(tile->hashes, tile->width * sizeof(tile->hashes[0]));
}

enum mash_err
mash_tile_append(struct mash_tile *tile, const struct mash_hash *hash)
{
    if (tile->width >= MASH_TILE_WIDTH)
        return MASH_E_FULL;
    /* Inner nodes are asked for only when complete, so none that is known can change. */
    tile->hashes[tile->width++] = *hash;
    return MASH_OK;
}

/* Node number heap (1 is the root) at height above the tile's hashes; all below it is present. */
static const struct mash_hash *
inner_node(struct mash_tile *tile, unsigned height, unsigned heap)
{
    if (height == 0)
        return &tile->hashes[heap - MASH_TILE_WIDTH];
    if (!tile->known[heap]) {
        const struct mash_hash *left = inner_node(tile, height - 1, 2 * heap);
        const struct mash_hash *right = inner_node(tile, height - 1, 2 * heap + 1);
        tile->inner[heap] = mash_tree_node_hash(left, right);
        tile->known[heap] = true;
    }
    return &tile->inner[heap];
}

enum mash_err
mash_tile_node(struct mash_tile *tile, unsigned node_level, uint64_t index, struct mash_hash *ret_node)
{
    unsigned base = MASH_TILE_HEIGHT * tile->level;
    if (node_level < base || node_level > base + MASH_TILE_HEIGHT)
        return MASH_E_VALUE;

    unsigned height = node_level - base;
    unsigned across = MASH_TILE_HEIGHT - height; /* 2^across nodes of this height lie in the tile */
    if (index >> across != tile->number)
        return MASH_E_VALUE;
    unsigned local = (unsigned)(index & (((uint64_t)1 << across) - 1));
    if ((local + 1) << height > tile->width)
        return MASH_E_UNKNOWN;
    *ret_node = *inner_node(tile, height, (1u << across) + local);
    return MASH_OK;
}

/* "Merkle Tree": <N> in groups of three digits, all but the last marked x; `.p/<W>` when partial. */
static void
write_path(const char *prefix, uint64_t number, unsigned width, char ret_path[static MASH_TILE_PATH_SIZE])
{
    assert(width >= 1 && width <= MASH_TILE_WIDTH);
    char partial[8] = "";
    if (width < MASH_TILE_WIDTH)
        (void)snprintf(partial, sizeof(partial), ".p/%u", width);

    char groups[40];
    size_t at = sizeof(groups) - 1;
    groups[at] = '\0';
    for (bool last = true; last || number > 0; number /= 1000, last = false) {
        char group[6];
        (void)snprintf(group, sizeof(group), last ? "%03u" : "x%03u/", (unsigned)(number % 1000));
        size_t len = strlen(group);
        at -= len;
        memcpy(groups + at, group, len);
    }
    int len = snprintf(ret_path, MASH_TILE_PATH_SIZE, "%s/%s%s", prefix, groups + at, partial);
    assert(len > 0 && len < MASH_TILE_PATH_SIZE);
}

void
mash_tile_path(uint8_t level, uint64_t number, unsigned width, char ret_path[static MASH_TILE_PATH_SIZE])
{
    assert(level <= MASH_TILE_LEVEL_MAX);
    char prefix[16];
    (void)snprintf(prefix, sizeof(prefix), "tile/%u", level);
    write_path(prefix, number, width, ret_path);
}

void
mash_tile_entries_path(uint64_t number, unsigned width, char ret_path[static MASH_TILE_PATH_SIZE])
{
    write_path("tile/entries", number, width, ret_path);
}
