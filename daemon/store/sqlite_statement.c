/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_statement.c - every SQL statement of the store, prepared once, and how its results become errors.
 * Ledger process.  No statement is ever built from data. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Read by obligation_columns() in sqlite_obligation.c. */
#define OBLIGATION_COLUMNS                                                                            \
    "SELECT m.text, ifnull(c.text, ''), o.sender, o.action, o.lead, o.state, o.rag, o.withdrawn,"     \
    " o.sequence, o.last, o.delivered_entry, o.decided_subjects, o.held_ms, o.collected_ms,"          \
    " o.acknowledged_ms FROM obligation o JOIN name m ON m.id = o.mailbox"                            \
    " LEFT JOIN name c ON c.id = o.cover_for"

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",

    [SQL_HEAD_GET] = "SELECT size, root, last_time_ms FROM head",
    [SQL_HEAD_PUT] = "UPDATE head SET size = ?1, root = ?2, last_time_ms = ?3,"
                     " checkpoint = ifnull(?4, checkpoint)",
    [SQL_CHECKPOINT_GET] = "SELECT checkpoint FROM head WHERE checkpoint IS NOT NULL",
    [SQL_ENTRY_PUT] = "INSERT INTO entry (number, leaf, salt, detail) VALUES (?1, ?2, ?3, ?4)",
    [SQL_ENTRY_GET] = "SELECT leaf, salt, detail FROM entry WHERE number = ?1",
    /* An UPDATE of equal length overwrites its pages in place, and only those that differ. */
    [SQL_TILE_PUT] = "INSERT INTO tile (place, hashes) VALUES (?1, ?2)"
                     " ON CONFLICT (place) DO UPDATE SET hashes = excluded.hashes",
    [SQL_TILE_GET] = "SELECT hashes FROM tile WHERE place = ?1",

    [SQL_NAME_PUT] = "INSERT INTO name (kind, text) VALUES (?1, ?2)",
    [SQL_NAME_GET] = "SELECT id, items, waiting, unacknowledged, open, notices, seen_ms"
                     " FROM name WHERE kind = ?1 AND text = ?2",
    [SQL_NAME_COUNTS] = "UPDATE name SET items = ?2, waiting = ?3, unacknowledged = ?4, open = ?5,"
                        " notices = ?6, seen_ms = ?7 WHERE id = ?1",
    [SQL_NAME_SUMS] = "SELECT ifnull(sum(CASE kind WHEN 3 THEN notices END), 0), ifnull(sum(open), 0),"
                      " ifnull(sum(waiting), 0) FROM name",
    [SQL_TYPE_COUNTS] = "SELECT text, notices FROM name WHERE kind = 3 AND notices > 0 ORDER BY text",

    [SQL_NOTICE_PUT] = "INSERT INTO notice (id, digest_key, manifest_sha256, sender, agency, notice_id, type,"
                       " immediate, drill, subject_count, body_sha256, held_ms)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [SQL_NOTICE_GET] = "SELECT n.id, n.manifest_sha256, s.text, a.text, n.notice_id, t.text, n.immediate,"
                       " n.drill, n.subject_count, n.body_sha256, n.held_ms FROM notice n"
                       " JOIN name s ON s.id = n.sender JOIN name a ON a.id = n.agency"
                       " JOIN name t ON t.id = n.type WHERE n.id = ?1",
    [SQL_NOTICE_FIND] = "SELECT id FROM notice WHERE agency = ?1 AND notice_id = ?2",
    [SQL_NOTICE_PLACE] = "SELECT id FROM notice WHERE digest_key = ?1 AND manifest_sha256 = ?2",
    [SQL_BODY_PUT] = "INSERT INTO body (digest_key, sha256, content) VALUES (?1, ?2, ?3)",
    [SQL_BODY_PLACE] = "SELECT id FROM body WHERE digest_key = ?1 AND sha256 = ?2",
    [SQL_BODY_GET] = "SELECT content FROM body WHERE digest_key = ?1 AND sha256 = ?2",

    [SQL_OBLIGATION_PUT] = "INSERT OR REPLACE INTO obligation (notice, mailbox, cover_for, sender, action,"
                           " lead, state, rag, withdrawn, sequence, last, delivered_entry, decided_subjects,"
                           " held_ms, collected_ms, acknowledged_ms)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [SQL_OBLIGATION_GET] = OBLIGATION_COLUMNS " WHERE o.notice = ?1 AND o.mailbox = ?2",
    [SQL_OBLIGATION_STANDING] = "SELECT sender, action, state, withdrawn FROM obligation"
                                " WHERE notice = ?1 AND mailbox = ?2",
    [SQL_OBLIGATION_LIST] = OBLIGATION_COLUMNS " WHERE o.notice = ?1 ORDER BY m.text LIMIT ?2",

    [SQL_ITEM_PUT] = "INSERT INTO item (mailbox, number, kind, notice, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_ITEM_LIST] = "SELECT i.number, i.kind, n.manifest_sha256, i.entry, i.retired FROM item i"
                      " JOIN notice n ON n.id = i.notice WHERE i.mailbox = ?1 AND i.number > ?2"
                      " ORDER BY i.number LIMIT ?3",
    /* Left alone the planner would walk the whole mailbox. */
    [SQL_ITEM_WAITING] = "SELECT number FROM item INDEXED BY item_waiting"
                         " WHERE mailbox = ?1 AND notice = ?2 AND kind = 1 AND retired = 0",
    [SQL_ITEM_RETIRE] = "UPDATE item SET retired = 1 WHERE mailbox = ?1 AND number = ?2",
    [SQL_ITEM_OLDEST] = "SELECT n.held_ms FROM item i JOIN notice n ON n.id = i.notice"
                        " WHERE i.mailbox = ?1 AND i.kind = 1 AND i.retired = 0 ORDER BY i.notice LIMIT 1",
    [SQL_HANDOVER_PUT] = "INSERT INTO handover (mailbox, number, link_id, entry) VALUES (?1, ?2, ?3, ?4)",
    [SQL_HANDOVER_GET] = "SELECT entry FROM handover WHERE mailbox = ?1 AND number = ?2 AND link_id = ?3",
    [SQL_COLLECTOR_PUT] = "INSERT OR IGNORE INTO collector (notice, mailbox, link_id) VALUES (?1, ?2, ?3)",
    [SQL_COLLECTOR_GET] = "SELECT 1 FROM collector WHERE notice = ?1 AND mailbox = ?2 AND link_id = ?3",
    [SQL_ABOUT_PUT] = "INSERT OR IGNORE INTO about (notice, entry) VALUES (?1, ?2)",
    [SQL_ABOUT_LIST] = "SELECT entry FROM about WHERE notice = ?1 AND entry > ?2 ORDER BY entry LIMIT ?3",

    [SQL_BUNDLE_PUT] = "INSERT INTO bundle (version, value) VALUES (?1, ?2)",
    [SQL_BUNDLE_GET] = "SELECT version, value FROM bundle WHERE version = ?1",
    [SQL_BUNDLE_NEWEST] = "SELECT version, value FROM bundle ORDER BY version DESC LIMIT 1",
    [SQL_SUSPENSION_PUT] = "INSERT INTO suspension (mailbox, key_id, bundle_version, entry)"
                           " VALUES (?1, ?2, ?3, ?4)",
    [SQL_SUSPENSION_LIST] = "SELECT mailbox, key_id, bundle_version, entry FROM suspension"
                            " ORDER BY id LIMIT ?1",
    [SQL_SUSPENSION_CLEAR] = "DELETE FROM suspension",
    [SQL_RESTORE_PUT] = "INSERT INTO restore (size, root, first_entry, second_entry, shown_size, shown_root)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_RESTORE_LIST] = "SELECT size, root, first_entry, second_entry, shown_size, shown_root FROM"
                         " (SELECT * FROM restore ORDER BY number DESC LIMIT ?1) ORDER BY number",
    [SQL_NONCE_PUT] = "INSERT INTO nonce (nonce, time_ms) VALUES (?1, ?2)",
};

/* errno of the write that failed: a group writes to the WAL, a WAL checkpoint to the database.  Asked of
 * the file itself, since sqlite3_system_errno() is not set on this path (seen with 3.40). */
static int
write_errno(struct mash_store *store)
{
    sqlite3_file *file = NULL;
    int which = store->in_group ? SQLITE_FCNTL_JOURNAL_POINTER : SQLITE_FCNTL_FILE_POINTER;
    int cause = 0;
    if (sqlite3_file_control(store->db, "main", which, &file) != SQLITE_OK || file == NULL
        || file->pMethods == NULL)
        return 0;
    return file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &cause) == SQLITE_OK ? cause : 0;
}

static enum mash_err
error_of(struct mash_store *store, int result)
{
    switch (result) {
    case SQLITE_FULL:
        return MASH_E_FULL;
    case SQLITE_NOMEM:
    case SQLITE_IOERR_NOMEM:
        return MASH_E_NOMEM;
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_UNIQUE:
        return MASH_E_CONFLICT;
    case SQLITE_IOERR_WRITE: {
        /* SQLite says FULL for ENOSPC itself, not for a quota.  An error of a sync stays IO whatever errno
         * is: what the kernel has dropped by then is unknown. */
        int cause = write_errno(store);
        return cause == ENOSPC || cause == EDQUOT ? MASH_E_FULL : MASH_E_IO;
    }
    default:
        return MASH_E_IO;
    }
}

enum mash_err
sql_error(struct mash_store *store, int result)
{
    enum mash_err err = error_of(store, result);
    /* SQLite may have rolled the transaction back by itself: nothing may follow in this group, or it would
     * be durable on its own. */
    if (store->in_group && store->spoiled == MASH_OK && err != MASH_E_CONFLICT)
        store->spoiled = err;
    return err;
}

enum mash_err
sql_ready(struct mash_store *store, enum mash_sql which, sqlite3_stmt **ret_stmt)
{
    sqlite3_stmt **stmt = &store->statements[which];
    if (*stmt == NULL) {
        int result = sqlite3_prepare_v3(store->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
        if (result != SQLITE_OK)
            return sql_error(store, result);
    }
    *ret_stmt = *stmt;
    return MASH_OK;
}

/* Binding fails only for a parameter that is not there: a fault of ours. */
void
sql_int(sqlite3_stmt *stmt, int at, uint64_t value)
{
    assert(value <= INT64_MAX);
    int result = sqlite3_bind_int64(stmt, at, (sqlite3_int64)value);
    assert(result == SQLITE_OK);
}

void
sql_blob(sqlite3_stmt *stmt, int at, struct mash_span span)
{
    assert(span.len <= INT32_MAX);
    int result = sqlite3_bind_blob(stmt, at, span.len > 0 ? (const void *)span.data : "", (int)span.len,
                                   SQLITE_STATIC);
    assert(result == SQLITE_OK);
}

void
sql_text(sqlite3_stmt *stmt, int at, const char *text)
{
    int result = sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
    assert(result == SQLITE_OK);
}

uint64_t
sql_clamp(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : value;
}

enum mash_err
sql_change(struct mash_store *store, sqlite3_stmt *stmt)
{
    assert(store->in_group);
    if (store->spoiled != MASH_OK)
        return store->spoiled;
    int result = sqlite3_step(stmt);
    (void)sqlite3_reset(stmt);
    return result == SQLITE_DONE ? MASH_OK : sql_error(store, result);
}

enum mash_err
sql_row(struct mash_store *store, sqlite3_stmt *stmt)
{
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        return MASH_OK;
    (void)sqlite3_reset(stmt);
    return result == SQLITE_DONE ? MASH_E_UNKNOWN : sql_error(store, result);
}

void
sql_done(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt);
}

uint64_t
sql_column(sqlite3_stmt *stmt, int at)
{
    return (uint64_t)sqlite3_column_int64(stmt, at);
}

struct mash_span
sql_column_span(sqlite3_stmt *stmt, int at)
{
    const void *data = sqlite3_column_blob(stmt, at);
    int len = sqlite3_column_bytes(stmt, at);
    return mash_span(data, data != NULL ? (size_t)len : 0);
}

enum mash_err
sql_column_copy(sqlite3_stmt *stmt, int at, void *out, size_t len)
{
    struct mash_span span = sql_column_span(stmt, at);
    if (span.len != len)
        return MASH_E_IO;
    memcpy(out, span.data, len);
    return MASH_OK;
}

enum mash_err
sql_column_text(sqlite3_stmt *stmt, int at, char *out, size_t size)
{
    struct mash_span span = sql_column_span(stmt, at);
    if (span.len >= size)
        return MASH_E_IO;
    if (span.len > 0)
        memcpy(out, span.data, span.len);
    out[span.len] = '\0';
    return MASH_OK;
}

enum mash_err
sql_column_bytes(sqlite3_stmt *stmt, int at, struct mash_bytes *ret_bytes)
{
    struct mash_span span = sql_column_span(stmt, at);
    struct mash_bytes bytes = mash_bytes_max(span.len);
    enum mash_err err = mash_bytes_append(&bytes, span.data, span.len);
    if (err == MASH_OK)
        *ret_bytes = bytes;
    return err;
}

enum mash_err
sql_script(struct mash_store *store, const char *script)
{
    int result = sqlite3_exec(store->db, script, NULL, NULL, NULL);
    return result == SQLITE_OK ? MASH_OK : sql_error(store, sqlite3_extended_errcode(store->db));
}

int64_t
sql_digest_key(const struct mash_hash *hash)
{
    struct mash_reader reader = mash_reader(mash_hash_span(hash));
    return (int64_t)mash_read_u64be(&reader);
}

void
sql_finalize(struct mash_store *store)
{
    for (unsigned i = 0; i < SQL_COUNT; i++) {
        (void)sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
}
