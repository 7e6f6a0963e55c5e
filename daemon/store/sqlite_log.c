/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_log.c - the audit log: entries, and the Merkle tree as rows of tlog-tiles.
 * Ledger process.  The rightmost tile of each level grows in memory during a group and is written once, at
 * its commit; a tile that becomes full is written at once.  (C2SP tlog-tiles "Merkle Tree") */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#define TILE_PLACE_SHIFT 55 /* tile numbers are below 2^63 / 256 */

static uint64_t
tile_place(uint8_t level, uint64_t number)
{
    return ((uint64_t)level << TILE_PLACE_SHIFT) | number;
}

/* Read the first width hashes of a tile.  MASH_E_UNKNOWN: no such row. */
static enum mash_err
tile_read(struct mash_store *store, uint8_t level, uint64_t number, unsigned width, struct mash_tile *tile)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_TILE_GET, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, tile_place(level, number));
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    struct mash_span span = sql_column_span(stmt, 0);
    if (span.len == MASH_TILE_BYTES_MAX)
        err = mash_tile_load(tile, level, number, mash_span(span.data, width * sizeof(struct mash_hash)));
    else
        err = MASH_E_IO;
    sql_done(stmt);
    return err;
}

/* Always the full length, so that the next write finds the same pages. */
static enum mash_err
tile_write(struct mash_store *store, const struct mash_tile *tile)
{
    static const uint8_t zeros[MASH_TILE_BYTES_MAX];
    uint8_t padded[MASH_TILE_BYTES_MAX];
    struct mash_span bytes = mash_tile_bytes(tile);
    memcpy(padded, bytes.data, bytes.len);
    memcpy(padded + bytes.len, zeros, sizeof(padded) - bytes.len);

    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_TILE_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, tile_place(tile->level, tile->number));
    sql_blob(stmt, 2, mash_span(padded, sizeof(padded)));
    return sql_change(store, stmt);
}

void
edge_drop(struct mash_store *store)
{
    store->edge.loaded = false;
    memset(store->edge.changed, 0, sizeof(store->edge.changed));
    memset(store->edge.full_known, 0, sizeof(store->edge.full_known));
}

enum mash_err
edge_load(struct mash_store *store, uint64_t size)
{
    edge_drop(store);
    for (uint8_t level = 0; level < TILE_LEVELS; level++) {
        /* In two steps: 256^8 does not fit. */
        uint64_t number = (size >> (MASH_TILE_HEIGHT * level)) / MASH_TILE_WIDTH;
        unsigned width = mash_tile_width(level, number, size);
        struct mash_tile *tile = &store->edge.right[level];
        mash_tile_init(tile, level, number);
        if (width == 0)
            continue;
        enum mash_err err = tile_read(store, level, number, width, tile);
        if (err != MASH_OK)
            return err;
    }
    store->edge.size = size;
    store->edge.loaded = true;
    return MASH_OK;
}

enum mash_err
edge_flush(struct mash_store *store)
{
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        if (!store->edge.changed[level])
            continue;
        enum mash_err err = tile_write(store, &store->edge.right[level]);
        if (err != MASH_OK)
            return err;
        store->edge.changed[level] = false;
    }
    return MASH_OK;
}

static unsigned
full_slot(uint8_t level, uint64_t number)
{
    return (unsigned)((number + level * 5u) % TILES_KEPT);
}

/* A tile left of the right edge, kept or read. */
static enum mash_err
full_tile(struct mash_store *store, uint8_t level, uint64_t number, struct mash_tile **ret_tile)
{
    unsigned slot = full_slot(level, number);
    struct mash_tile *tile = &store->edge.full[slot];
    bool *known = &store->edge.full_known[slot];
    if (!*known || tile->level != level || tile->number != number) {
        *known = false;
        enum mash_err err = tile_read(store, level, number, MASH_TILE_WIDTH, tile);
        if (err != MASH_OK)
            return err;
        *known = true;
    }
    *ret_tile = tile;
    return MASH_OK;
}

enum mash_err
mash_store_node(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_hash)
{
    struct mash_store *store = ctx;
    if (level >= TILE_LEVELS * MASH_TILE_HEIGHT)
        return MASH_E_UNKNOWN;
    if (!store->edge.loaded) {
        enum mash_err err = edge_load(store, store->committed.size);
        if (err != MASH_OK)
            return err;
    }

    uint8_t tile_level = 0;
    uint64_t number = 0;
    mash_tile_of_node(level, index, &tile_level, &number);
    struct mash_tile *tile = &store->edge.right[tile_level];
    if (number > tile->number)
        return MASH_E_UNKNOWN;
    if (number < tile->number) {
        enum mash_err err = full_tile(store, tile_level, number, &tile);
        if (err != MASH_OK)
            return err;
    }
    return mash_tile_node(tile, level, index, ret_hash);
}

enum mash_err
edge_root(struct mash_store *store, uint64_t size, struct mash_hash *ret_root)
{
    struct mash_tree_frontier frontier;
    enum mash_err err = mash_tree_frontier_read(mash_store_node, store, size, &frontier);
    if (err == MASH_OK)
        *ret_root = mash_tree_frontier_root(&frontier);
    return err;
}

/* Add a hash to the right edge of level; the root of each tile it fills goes one level up. */
static enum mash_err
edge_append(struct mash_store *store, struct mash_hash hash)
{
    for (uint8_t level = 0; level < TILE_LEVELS; level++) {
        struct mash_tile *tile = &store->edge.right[level];
        enum mash_err err = mash_tile_append(tile, &hash);
        if (err != MASH_OK)
            return err;
        store->edge.changed[level] = true;
        if (tile->width < MASH_TILE_WIDTH)
            return MASH_OK;

        uint64_t number = tile->number;
        err = mash_tile_node(tile, MASH_TILE_HEIGHT * (level + 1u), number, &hash);
        if (err == MASH_OK)
            err = tile_write(store, tile);
        if (err != MASH_OK)
            return err;
        store->edge.changed[level] = false;
        unsigned slot = full_slot(level, number);
        store->edge.full[slot] = *tile;
        store->edge.full_known[slot] = true;
        mash_tile_init(tile, level, number + 1);
    }
    return MASH_E_FULL;
}

static enum mash_err
entry_put(struct mash_store *store, const uint8_t *leaf, const uint8_t *salt, struct mash_span detail)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_ENTRY_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, store->head.size);
    sql_blob(stmt, 2, mash_span(leaf, MASH_ENTRY_BYTES));
    sql_blob(stmt, 3, mash_span(salt, MASH_ENTRY_SALT_BYTES));
    sql_blob(stmt, 4, detail);
    return sql_change(store, stmt);
}

enum mash_err
mash_store_append(struct mash_store *store, uint8_t kind, uint64_t time_ms, struct mash_span detail,
                  uint64_t *ret_index)
{
    assert(store->in_group);
    assert(time_ms >= store->head.last_time_ms);
    if (store->spoiled != MASH_OK)
        return store->spoiled;

    uint8_t salt[MASH_ENTRY_SALT_BYTES];
    randombytes_buf(salt, sizeof(salt));
    struct mash_entry entry = { .kind = kind, .time_ms = time_ms, .commit = mash_entry_commit(salt, detail) };
    uint8_t leaf[MASH_ENTRY_BYTES];
    mash_entry_encode(&entry, leaf);

    enum mash_err err = entry_put(store, leaf, salt, detail);
    if (err == MASH_OK)
        err = edge_append(store, mash_tree_leaf_hash(mash_span(leaf, sizeof(leaf))));
    if (err != MASH_OK) {
        /* Half of an entry must never be followed by a commit. */
        store->spoiled = err == MASH_E_CONFLICT ? MASH_E_IO : err;
        return store->spoiled;
    }
    *ret_index = store->head.size++;
    store->edge.size = store->head.size;
    store->head.last_time_ms = time_ms;
    store->head_rooted = false;
    return MASH_OK;
}

enum mash_err
mash_store_entry_get(struct mash_store *store, uint64_t index, struct mash_store_entry *ret_entry)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_ENTRY_GET, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, sql_clamp(index));
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;

    struct mash_store_entry entry;
    memset(&entry, 0, sizeof(entry));
    err = sql_column_copy(stmt, 0, entry.leaf, sizeof(entry.leaf));
    if (err == MASH_OK)
        err = sql_column_copy(stmt, 1, entry.salt, sizeof(entry.salt));
    if (err == MASH_OK)
        err = sql_column_bytes(stmt, 2, &entry.detail);
    sql_done(stmt);
    if (err == MASH_OK)
        *ret_entry = entry;
    return err;
}

void
mash_store_entry_free(struct mash_store_entry *entry)
{
    mash_bytes_free(&entry->detail);
}

enum mash_err
mash_store_checkpoint(struct mash_store *store, struct mash_bytes *ret_note)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_CHECKPOINT_GET, &stmt);
    if (err == MASH_OK)
        err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    err = sql_column_bytes(stmt, 0, ret_note);
    sql_done(stmt);
    return err;
}
