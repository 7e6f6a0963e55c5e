/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_admin.c - bundles, suspensions, when mailboxes asked, command nonces, and figures.
 * Ledger process. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum mash_err
mash_store_bundle_put(struct mash_store *store, uint32_t version, struct mash_span value)
{
    assert(store->in_group);
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_BUNDLE_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, version);
    sql_blob(stmt, 2, value);
    return sql_change(store, stmt);
}

enum mash_err
mash_store_bundle_get(struct mash_store *store, uint32_t version, uint32_t *ret_version,
                      struct mash_bytes *ret_value)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, version == 0 ? SQL_BUNDLE_NEWEST : SQL_BUNDLE_GET, &stmt);
    if (err != MASH_OK)
        return err;
    if (version != 0)
        sql_int(stmt, 1, version);
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    uint32_t found = (uint32_t)sql_column(stmt, 0);
    err = sql_column_bytes(stmt, 1, ret_value);
    sql_done(stmt);
    if (err == MASH_OK && ret_version != NULL)
        *ret_version = found;
    return err;
}

enum mash_err
mash_store_suspension_put(struct mash_store *store, const struct mash_store_suspension *row)
{
    assert(store->in_group);
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_SUSPENSION_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_text(stmt, 1, row->mailbox);
    sql_blob(stmt, 2, mash_span(row->key_id.bytes, sizeof(row->key_id.bytes)));
    sql_int(stmt, 3, row->bundle_version);
    sql_int(stmt, 4, row->entry);
    return sql_change(store, stmt);
}

static enum mash_err
suspension_columns(sqlite3_stmt *stmt, struct mash_store_suspension *row)
{
    memset(row, 0, sizeof(*row));
    row->bundle_version = (uint32_t)sql_column(stmt, 2);
    row->entry = sql_column(stmt, 3);
    enum mash_err err = sql_column_text(stmt, 0, row->mailbox, sizeof(row->mailbox));
    return err == MASH_OK ? sql_column_copy(stmt, 1, row->key_id.bytes, sizeof(row->key_id.bytes)) : err;
}

enum mash_err
mash_store_suspensions(struct mash_store *store, struct mash_store_suspension *ret_rows, size_t max,
                       size_t *ret_count)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_SUSPENSION_LIST, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, sql_clamp(max));
    size_t count = 0;
    while ((err = sql_row(store, stmt)) == MASH_OK) {
        err = suspension_columns(stmt, &ret_rows[count]);
        if (err != MASH_OK) {
            sql_done(stmt);
            return err;
        }
        count++;
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    *ret_count = count;
    return MASH_OK;
}

enum mash_err
mash_store_suspensions_clear(struct mash_store *store)
{
    assert(store->in_group);
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_SUSPENSION_CLEAR, &stmt);
    return err == MASH_OK ? sql_change(store, stmt) : err;
}

enum mash_err
mash_store_seen_put(struct mash_store *store, const char *mailbox, uint64_t time_ms)
{
    assert(store->in_group && time_ms <= INT64_MAX);
    struct name *name = NULL;
    enum mash_err err = name_put(store, NAME_MAILBOX, mailbox, &name);
    if (err != MASH_OK)
        return err;
    name->seen_ms = time_ms;
    name->dirty = true;
    return MASH_OK;
}

enum mash_err
mash_store_seen_get(struct mash_store *store, const char *mailbox, uint64_t *ret_time_ms)
{
    struct name *name = NULL;
    enum mash_err err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK && name->seen_ms == 0)
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK)
        *ret_time_ms = name->seen_ms;
    return err;
}

enum mash_err
mash_store_nonce_put(struct mash_store *store, const uint8_t nonce[static 16], uint64_t time_ms)
{
    assert(store->in_group);
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_NONCE_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_blob(stmt, 1, mash_span(nonce, 16));
    sql_int(stmt, 2, time_ms);
    return sql_change(store, stmt);
}

static enum mash_err
oldest_waiting(struct mash_store *store, const struct name *mailbox, uint64_t *ret_held_ms)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_ITEM_OLDEST, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)mailbox->id);
    err = sql_row(store, stmt);
    if (err == MASH_E_UNKNOWN)
        return MASH_OK;
    if (err == MASH_OK) {
        *ret_held_ms = sql_column(stmt, 0);
        sql_done(stmt);
    }
    return err;
}

enum mash_err
mash_store_mailbox_figures(struct mash_store *store, const char *mailbox,
                           struct mash_store_mailbox_figures *ret_figures)
{
    struct name *name = NULL;
    struct mash_store_mailbox_figures figures = { 0 };
    enum mash_err err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_E_UNKNOWN) {
        *ret_figures = figures; /* nobody ever wrote to it */
        return MASH_OK;
    }
    if (err == MASH_OK)
        err = oldest_waiting(store, name, &figures.oldest_waiting_ms);
    if (err != MASH_OK)
        return err;
    figures.waiting = name->waiting;
    figures.unacknowledged = name->unacknowledged;
    *ret_figures = figures;
    return MASH_OK;
}

static uint64_t
file_bytes(const struct mash_store *store, const char *name)
{
    struct stat status;
    bool there = fstatat(store->directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    return there ? (uint64_t)status.st_size : 0;
}

enum mash_err
mash_store_figures(struct mash_store *store, struct mash_store_figures *ret_figures)
{
    enum mash_err err = store->in_group ? names_flush(store) : MASH_OK;
    sqlite3_stmt *stmt = NULL;
    if (err == MASH_OK)
        err = sql_ready(store, SQL_NAME_SUMS, &stmt);
    if (err == MASH_OK)
        err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    *ret_figures = (struct mash_store_figures){
        .notices = sql_column(stmt, 0),
        .obligations_open = sql_column(stmt, 1),
        .waiting = sql_column(stmt, 2),
        .store_bytes = file_bytes(store, MASH_SQLITE_FILE) + file_bytes(store, MASH_SQLITE_FILE "-wal"),
    };
    sql_done(stmt);
    return MASH_OK;
}

enum mash_err
mash_store_count_types(struct mash_store *store, void (*fn)(void *ctx, const char *type, uint64_t count),
                       void *ctx)
{
    enum mash_err err = store->in_group ? names_flush(store) : MASH_OK;
    sqlite3_stmt *stmt = NULL;
    if (err == MASH_OK)
        err = sql_ready(store, SQL_TYPE_COUNTS, &stmt);
    if (err != MASH_OK)
        return err;
    while ((err = sql_row(store, stmt)) == MASH_OK)
        fn(ctx, (const char *)sqlite3_column_text(stmt, 0), sql_column(stmt, 1));
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}
