/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_obligation.c - where a notice stands at each recipient mailbox, and the figures of what is open.
 * Ledger process.  Keeps what the state machine computed; judges nothing. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <string.h>

/* What one row adds to the figures of its mailbox. */
struct standing {
    bool unacknowledged, open;
};

static struct standing
standing_of(bool sender, bool action, Mash__State state, bool withdrawn)
{
    struct standing standing = { false, false };
    if (sender || !action || withdrawn)
        return standing;
    switch (state) {
    case MASH__STATE__STATE_DECIDED:
    case MASH__STATE__STATE_DECLINED:
    case MASH__STATE__STATE_PASSED_TO:
    case MASH__STATE__STATE_RECALLED:
        return standing;
    case MASH__STATE__STATE_ACKNOWLEDGED:
        standing.open = true;
        return standing;
    default:
        standing.open = true;
        standing.unacknowledged = true;
        return standing;
    }
}

/* What the stored row adds now; nothing when there is none. */
static enum mash_err
standing_read(struct mash_store *store, int64_t notice, const struct name *mailbox,
              struct standing *ret_standing)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_OBLIGATION_STANDING, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)notice);
    sql_int(stmt, 2, (uint64_t)mailbox->id);
    *ret_standing = (struct standing){ false, false };
    err = sql_row(store, stmt);
    if (err == MASH_E_UNKNOWN)
        return MASH_OK;
    if (err != MASH_OK)
        return err;
    *ret_standing = standing_of(sql_column(stmt, 0) != 0, sql_column(stmt, 1) != 0,
                                (Mash__State)sql_column(stmt, 2), sql_column(stmt, 3) != 0);
    sql_done(stmt);
    return MASH_OK;
}

static void
move_figures(struct name *mailbox, struct standing before, struct standing after)
{
    if (before.open == after.open && before.unacknowledged == after.unacknowledged)
        return;
    mailbox->open += (uint64_t)after.open - (uint64_t)before.open;
    mailbox->unacknowledged += (uint64_t)after.unacknowledged - (uint64_t)before.unacknowledged;
    mailbox->dirty = true;
}

static enum mash_err
obligation_write(struct mash_store *store, int64_t notice, const struct name *mailbox, int64_t cover_for,
                 const struct mash_store_obligation *row)
{
    static const struct mash_hash none;
    const struct mash_progress *progress = &row->progress;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_OBLIGATION_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)notice);
    sql_int(stmt, 2, (uint64_t)mailbox->id);
    sql_int(stmt, 3, (uint64_t)cover_for);
    sql_int(stmt, 4, row->sender ? 1 : 0);
    sql_int(stmt, 5, row->action ? 1 : 0);
    sql_int(stmt, 6, row->lead ? 1 : 0);
    sql_int(stmt, 7, (uint64_t)progress->state);
    sql_int(stmt, 8, (uint64_t)progress->rag);
    sql_int(stmt, 9, progress->withdrawn ? 1 : 0);
    sql_int(stmt, 10, progress->sequence);
    if (mash_hash_equal(&progress->last, &none))
        (void)sqlite3_bind_null(stmt, 11);
    else
        sql_blob(stmt, 11, mash_hash_span(&progress->last));
    sql_int(stmt, 12, progress->delivered_entry);
    sql_int(stmt, 13, progress->decided_subjects);
    sql_int(stmt, 14, row->held_ms);
    sql_int(stmt, 15, row->collected_ms);
    sql_int(stmt, 16, row->acknowledged_ms);
    return sql_change(store, stmt);
}

enum mash_err
mash_store_obligation_put(struct mash_store *store, const struct mash_store_obligation *row)
{
    assert(store->in_group);
    int64_t notice = 0;
    struct name *mailbox = NULL, *cover_for = NULL;
    struct standing before = { false, false };
    enum mash_err err = notice_place(store, &row->manifest_sha256, &notice);
    if (err == MASH_OK)
        err = name_put(store, NAME_MAILBOX, row->mailbox, &mailbox);
    if (err == MASH_OK && row->cover_for[0] != '\0')
        err = name_put(store, NAME_MAILBOX, row->cover_for, &cover_for);
    if (err == MASH_OK)
        err = standing_read(store, notice, mailbox, &before);
    if (err == MASH_OK)
        err = obligation_write(store, notice, mailbox, cover_for != NULL ? cover_for->id : 0, row);
    if (err == MASH_OK)
        move_figures(mailbox, before,
                     standing_of(row->sender, row->action, row->progress.state, row->progress.withdrawn));
    return err;
}

static enum mash_err
obligation_columns(sqlite3_stmt *stmt, const struct mash_hash *manifest_sha256,
                   struct mash_store_obligation *row)
{
    memset(row, 0, sizeof(*row));
    row->manifest_sha256 = *manifest_sha256;
    row->sender = sql_column(stmt, 2) != 0;
    row->action = sql_column(stmt, 3) != 0;
    row->lead = sql_column(stmt, 4) != 0;
    row->progress.state = (Mash__State)sql_column(stmt, 5);
    row->progress.rag = (Mash__Rag)sql_column(stmt, 6);
    row->progress.withdrawn = sql_column(stmt, 7) != 0;
    row->progress.sequence = (uint32_t)sql_column(stmt, 8);
    row->progress.delivered_entry = sql_column(stmt, 10);
    row->progress.decided_subjects = (uint32_t)sql_column(stmt, 11);
    row->held_ms = sql_column(stmt, 12);
    row->collected_ms = sql_column(stmt, 13);
    row->acknowledged_ms = sql_column(stmt, 14);
    enum mash_err err = sql_column_text(stmt, 0, row->mailbox, sizeof(row->mailbox));
    if (err == MASH_OK)
        err = sql_column_text(stmt, 1, row->cover_for, sizeof(row->cover_for));
    if (err == MASH_OK && sqlite3_column_type(stmt, 9) != SQLITE_NULL)
        err = sql_column_copy(stmt, 9, row->progress.last.bytes, MASH_HASH_BYTES);
    return err;
}

enum mash_err
mash_store_obligation_get(struct mash_store *store, const struct mash_hash *manifest_sha256,
                          const char *mailbox, struct mash_store_obligation *ret_row)
{
    int64_t notice = 0;
    struct name *name = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = name_get(store, NAME_MAILBOX, mailbox, &name);
    if (err == MASH_OK)
        err = sql_ready(store, SQL_OBLIGATION_GET, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)notice);
    sql_int(stmt, 2, (uint64_t)name->id);
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    struct mash_store_obligation row;
    err = obligation_columns(stmt, manifest_sha256, &row);
    sql_done(stmt);
    if (err == MASH_OK)
        *ret_row = row;
    return err;
}

enum mash_err
mash_store_obligations(struct mash_store *store, const struct mash_hash *manifest_sha256,
                       struct mash_store_obligation *ret_rows, size_t max, size_t *ret_count)
{
    int64_t notice = 0;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = notice_place(store, manifest_sha256, &notice);
    if (err == MASH_OK)
        err = sql_ready(store, SQL_OBLIGATION_LIST, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)notice);
    sql_int(stmt, 2, sql_clamp(max));

    size_t count = 0;
    while ((err = sql_row(store, stmt)) == MASH_OK) {
        err = obligation_columns(stmt, manifest_sha256, &ret_rows[count]);
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
