/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_queue.c - what waits for a mailbox under dense numbers, to which installation it was handed, and
 * which entries are about a notice.  Ledger process.  Delivery starts from these rows, never from a
 * socket. */
#include "daemon/store/sqlite.h"

#include <assert.h>

enum mash_err
mash_store_item_put(struct mash_store *store, const char *mailbox, enum mash_item_kind kind,
                    const struct mash_hash *manifest_sha256, uint64_t entry, uint64_t *ret_number)
{
    assert(store->in_group);
    int64_t notice = 0;
    struct name *name = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = name_put(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK)
        err = sql_ready(store, SQL_ITEM_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)name->id);
    sql_int(stmt, 2, name->items + 1);
    sql_int(stmt, 3, (uint64_t)kind);
    sql_int(stmt, 4, (uint64_t)notice);
    sql_int(stmt, 5, entry);
    err = sql_change(store, stmt);
    if (err != MASH_OK)
        return err;
    name->items++;
    name->waiting += kind == MASH_ITEM_NOTICE ? 1 : 0;
    name->dirty = true;
    *ret_number = name->items;
    return MASH_OK;
}

static enum mash_err
item_columns(sqlite3_stmt *stmt, struct mash_store_item *item)
{
    item->number = sql_column(stmt, 0);
    item->kind = (enum mash_item_kind)sql_column(stmt, 1);
    item->entry = sql_column(stmt, 3);
    item->retired = sql_column(stmt, 4) != 0;
    return sql_column_copy(stmt, 2, item->manifest_sha256.bytes, MASH_HASH_BYTES);
}

enum mash_err
mash_store_items_after(struct mash_store *store, const char *mailbox, uint64_t after,
                       struct mash_store_item *ret_items, size_t max, size_t *ret_count)
{
    struct name *name = NULL;
    enum mash_err err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_E_UNKNOWN || (err == MASH_OK && after >= name->items)) {
        *ret_count = 0; /* nothing was ever queued there, or nothing since */
        return MASH_OK;
    }
    sqlite3_stmt *stmt = NULL;
    if (err == MASH_OK)
        err = sql_ready(store, SQL_ITEM_LIST, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)name->id);
    sql_int(stmt, 2, after);
    sql_int(stmt, 3, sql_clamp(max));

    size_t count = 0;
    while ((err = sql_row(store, stmt)) == MASH_OK) {
        err = item_columns(stmt, &ret_items[count]);
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

/* The number under which a notice waits; MASH_E_UNKNOWN when it does not. */
static enum mash_err
waiting_number(struct mash_store *store, int64_t notice, const struct name *mailbox, uint64_t *ret_number)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_ITEM_WAITING, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)mailbox->id);
    sql_int(stmt, 2, (uint64_t)notice);
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    *ret_number = sql_column(stmt, 0);
    sql_done(stmt);
    return MASH_OK;
}

/* Not waiting: a repeat by another device when the mailbox is a recipient, otherwise unknown.  The items
 * themselves are not searched, since that would take a peer's repeat through the whole mailbox. */
static enum mash_err
retired_before(struct mash_store *store, const struct mash_hash *manifest_sha256, const char *mailbox)
{
    struct mash_store_obligation row;
    enum mash_err err = mash_store_obligation_get(store, manifest_sha256, mailbox, &row);
    if (err != MASH_OK)
        return err;
    return row.sender ? MASH_E_UNKNOWN : MASH_OK;
}

enum mash_err
mash_store_item_retire(struct mash_store *store, const char *mailbox, const struct mash_hash *manifest_sha256)
{
    assert(store->in_group);
    int64_t notice = 0;
    uint64_t number = 0;
    struct name *name = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err != MASH_OK)
        return err;
    err = waiting_number(store, notice, name, &number);
    if (err == MASH_E_UNKNOWN)
        return retired_before(store, manifest_sha256, mailbox);

    sqlite3_stmt *stmt = NULL;
    if (err == MASH_OK)
        err = sql_ready(store, SQL_ITEM_RETIRE, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)name->id);
    sql_int(stmt, 2, number);
    err = sql_change(store, stmt);
    if (err == MASH_OK) {
        name->waiting--;
        name->dirty = true;
    }
    return err;
}

enum mash_err
mash_store_handover_get(struct mash_store *store, const char *mailbox, uint64_t number,
                        const struct mash_key_id *link_id, uint64_t *ret_entry)
{
    struct name *name = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK)
        err = sql_ready(store, SQL_HANDOVER_GET, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)name->id);
    sql_int(stmt, 2, sql_clamp(number));
    sql_blob(stmt, 3, mash_span(link_id->bytes, sizeof(link_id->bytes)));
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    *ret_entry = sql_column(stmt, 0);
    sql_done(stmt);
    return MASH_OK;
}

enum mash_err
mash_store_handover_put(struct mash_store *store, const char *mailbox, uint64_t number,
                        const struct mash_key_id *link_id, uint64_t entry)
{
    assert(store->in_group);
    struct name *name = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK && (number == 0 || number > name->items))
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK)
        err = sql_ready(store, SQL_HANDOVER_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)name->id);
    sql_int(stmt, 2, number);
    sql_blob(stmt, 3, mash_span(link_id->bytes, sizeof(link_id->bytes)));
    sql_int(stmt, 4, entry);
    return sql_change(store, stmt);
}

static enum mash_err
bind_collector(struct mash_store *store, enum mash_sql which, int64_t notice, const struct name *mailbox,
               const struct mash_key_id *link_id, sqlite3_stmt **ret_stmt)
{
    enum mash_err err = sql_ready(store, which, ret_stmt);
    if (err != MASH_OK)
        return err;
    sql_int(*ret_stmt, 1, (uint64_t)notice);
    sql_int(*ret_stmt, 2, (uint64_t)mailbox->id);
    sql_blob(*ret_stmt, 3, mash_span(link_id->bytes, sizeof(link_id->bytes)));
    return MASH_OK;
}

enum mash_err
mash_store_collector_put(struct mash_store *store, const struct mash_hash *manifest_sha256,
                         const char *mailbox, const struct mash_key_id *link_id)
{
    assert(store->in_group);
    int64_t notice = 0;
    struct name *name = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = name_put(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK)
        err = bind_collector(store, SQL_COLLECTOR_PUT, notice, name, link_id, &stmt);
    return err == MASH_OK ? sql_change(store, stmt) : err;
}

enum mash_err
mash_store_collector_is(struct mash_store *store, const struct mash_hash *manifest_sha256,
                        const char *mailbox, const struct mash_key_id *link_id, bool *ret_is)
{
    int64_t notice = 0;
    struct name *name = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK)
        err = bind_collector(store, SQL_COLLECTOR_GET, notice, name, link_id, &stmt);
    if (err == MASH_OK)
        err = sql_row(store, stmt);
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    *ret_is = err == MASH_OK;
    if (err == MASH_OK)
        sql_done(stmt);
    return MASH_OK;
}

enum mash_err
mash_store_about_put(struct mash_store *store, const struct mash_hash *manifest_sha256, uint64_t entry)
{
    assert(store->in_group);
    int64_t notice = 0;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    /* The accept entry is the notice's own id and needs no row. */
    if (err == MASH_OK && entry == (uint64_t)notice)
        return MASH_OK;
    if (err == MASH_OK)
        err = sql_ready(store, SQL_ABOUT_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)notice);
    sql_int(stmt, 2, entry);
    return sql_change(store, stmt);
}

enum mash_err
mash_store_about(struct mash_store *store, const struct mash_hash *manifest_sha256, uint64_t after,
                 uint64_t *ret_entries, size_t max, size_t *ret_count)
{
    int64_t notice = 0;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = sql_ready(store, SQL_ABOUT_LIST, &stmt);
    if (err != MASH_OK)
        return err;

    size_t count = 0;
    if (max > 0 && (after == 0 || after < (uint64_t)notice))
        ret_entries[count++] = (uint64_t)notice;
    sql_int(stmt, 1, (uint64_t)notice);
    sql_int(stmt, 2, sql_clamp(after));
    sql_int(stmt, 3, sql_clamp(max - count));
    while ((err = sql_row(store, stmt)) == MASH_OK)
        ret_entries[count++] = sql_column(stmt, 0);
    if (err != MASH_E_UNKNOWN)
        return err;
    *ret_count = count;
    return MASH_OK;
}
