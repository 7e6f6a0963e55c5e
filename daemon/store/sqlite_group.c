/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_group.c - one transaction a group: begin, head, commit with checkpoint and floor, rollback.
 * Ledger process.  Syncs of a commit: the WAL (and its header when it begins anew), then the floor; nothing
 * may be answered before the last.  (design: "The message path", "Store and audit log") */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A longer WAL is folded into the database between groups.  Measured: smaller folds pages that the next
 * group changes again, larger makes the pause longer. */
#define WAL_FRAMES_MAX (16 * 1024 * 1024 / 4096)

enum mash_err
head_read(struct mash_store *store, struct mash_store_head *ret_head)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_HEAD_GET, &stmt);
    if (err == MASH_OK)
        err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err == MASH_E_UNKNOWN ? MASH_E_IO : err;

    struct mash_store_head head = { .size = sql_column(stmt, 0), .last_time_ms = sql_column(stmt, 2) };
    err = sql_column_copy(stmt, 1, head.root.bytes, MASH_HASH_BYTES);
    sql_done(stmt);
    if (err == MASH_OK)
        *ret_head = head;
    return err;
}

static void
drop_copies(struct mash_store *store)
{
    edge_drop(store);
    names_drop(store);
    notice_places_drop(store);
}

static enum mash_err
transaction(struct mash_store *store, enum mash_sql which)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, which, &stmt);
    if (err != MASH_OK)
        return err;
    int result = sqlite3_step(stmt);
    (void)sqlite3_reset(stmt);
    return result == SQLITE_DONE ? MASH_OK : sql_error(store, result);
}

static enum mash_err
measure_room(struct mash_store *store)
{
    struct statvfs file_system;
    if (fstatvfs(store->directory_fd, &file_system) != 0)
        return MASH_E_IO;
    store->room = file_system.f_bavail * file_system.f_frsize >= store->reserve_bytes;
    return MASH_OK;
}

/* The head under lock; what is remembered holds only when this head is the one that was left. */
static enum mash_err
take_head(struct mash_store *store)
{
    struct mash_store_head head;
    enum mash_err err = head_read(store, &head);
    if (err != MASH_OK)
        return err;
    bool same = head.size == store->committed.size && mash_hash_equal(&head.root, &store->committed.root);
    if (!same)
        drop_copies(store);
    if (!store->edge.loaded)
        err = edge_load(store, head.size);
    if (err != MASH_OK)
        return err == MASH_E_UNKNOWN ? MASH_E_IO : err;
    store->committed = head;
    store->head = head;
    store->head_rooted = true;
    return MASH_OK;
}

enum mash_err
mash_store_group_begin(struct mash_store *store, struct mash_store_head *ret_head)
{
    assert(!store->in_group);
    if (store->found == MASH_STORE_BEHIND_FLOOR)
        return MASH_E_MISMATCH;
    enum mash_err err = measure_room(store);
    if (err == MASH_OK)
        err = transaction(store, SQL_BEGIN);
    if (err != MASH_OK)
        return err;

    store->in_group = true;
    store->spoiled = MASH_OK;
    store->confirmed = false;
    err = take_head(store);
    if (err != MASH_OK) {
        mash_store_group_rollback(store);
        return err;
    }
    *ret_head = store->head;
    return MASH_OK;
}

enum mash_err
mash_store_group_head(struct mash_store *store, struct mash_store_head *ret_head)
{
    assert(store->in_group);
    if (store->spoiled != MASH_OK)
        return store->spoiled;
    if (!store->head_rooted) {
        enum mash_err err = edge_root(store, store->head.size, &store->head.root);
        if (err != MASH_OK)
            return err == MASH_E_UNKNOWN ? MASH_E_IO : err;
        store->head_rooted = true;
    }
    *ret_head = store->head;
    return MASH_OK;
}

static enum mash_err
write_head(struct mash_store *store, const struct mash_store_head *head, struct mash_span checkpoint)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_HEAD_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, head->size);
    sql_blob(stmt, 2, mash_hash_span(&head->root));
    sql_int(stmt, 3, head->last_time_ms);
    if (checkpoint.len > 0)
        sql_blob(stmt, 4, checkpoint);
    else
        (void)sqlite3_bind_null(stmt, 4);
    return sql_change(store, stmt);
}

/* After the transaction: the floor, and at last the marks. */
static enum mash_err
write_floor(struct mash_store *store)
{
    const struct mash_store_head *head = &store->committed;
    if (!store->confirmed)
        return mash_floor_set(store->floor, head->size, &head->root);

    enum mash_err err = mash_floor_reset(store->floor, head->size, &head->root);
    if (err != MASH_OK)
        return err;
    err = marks_remove(store);
    if (err == MASH_OK)
        store->found = MASH_STORE_CLEAN;
    return err;
}

static enum mash_err
write_rows(struct mash_store *store, struct mash_span checkpoint)
{
    struct mash_store_head head;
    enum mash_err err = mash_store_group_head(store, &head);
    if (err == MASH_OK && checkpoint.len == 0 && head.size != store->committed.size)
        err = MASH_E_VALUE;
    if (err == MASH_OK && (store->restored || store->doubted) && !store->confirmed)
        err = MASH_E_DENIED;
    if (err == MASH_OK)
        err = edge_flush(store);
    if (err == MASH_OK)
        err = names_flush(store);
    if (err == MASH_OK)
        err = write_head(store, &head, checkpoint);
    return err;
}

enum mash_err
mash_store_group_commit(struct mash_store *store, struct mash_span checkpoint)
{
    assert(store->in_group);
    enum mash_err err = write_rows(store, checkpoint);
    /* A full disk shows when the WAL is written: before its sync, so the outcome is known. */
    if (err == MASH_OK)
        err = transaction(store, SQL_COMMIT);
    if (err != MASH_OK)
        return err;
    store->in_group = false;
    store->committed = store->head;
    return write_floor(store);
}

void
mash_store_group_rollback(struct mash_store *store)
{
    if (!store->in_group)
        return;
    /* SQLite may have rolled back by itself. */
    if (sqlite3_get_autocommit(store->db) == 0)
        (void)transaction(store, SQL_ROLLBACK);
    store->in_group = false;
    store->confirmed = false;
    store->spoiled = MASH_OK;
    drop_copies(store);
}

enum mash_err
mash_store_between_groups(struct mash_store *store)
{
    assert(!store->in_group);
    if (store->wal_frames < WAL_FRAMES_MAX)
        return MASH_OK;
    int result = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (result != SQLITE_OK)
        return sql_error(store, result);
    store->wal_frames = 0;
    return MASH_OK;
}

void
mash_store_reserve(struct mash_store *store, uint64_t reserve_bytes)
{
    store->reserve_bytes = reserve_bytes;
}

enum mash_err
mash_store_room(const struct mash_store *store)
{
    return store->room ? MASH_OK : MASH_E_FULL;
}
