/* SPDX-License-Identifier: Apache-2.0 */
/* home_store_seen.c - see home_store.h: what the exchange showed us (cursors, checkpoint, bundles) and
 * what a person must look at (alarms, quarantine). */
#include "clients/lib/home_query.h"

#include <string.h>

enum mash_err
mash_home_cursor_get(struct mash_home_store *store, const char *mailbox, uint64_t *ret_number)
{
    struct mash_query query = mash_query_begin(store, "SELECT number FROM cursor WHERE mailbox=?");
    mash_query_text(&query, mailbox);
    uint64_t number = mash_query_row(&query) ? mash_column_u64(&query, 0) : 0;
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_number = number;
    return err;
}

enum mash_err
mash_home_cursor_put(struct mash_home_store *store, const char *mailbox, uint64_t number)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT INTO cursor(mailbox, number) VALUES(?,?)"
               " ON CONFLICT(mailbox) DO UPDATE SET number = max(number, excluded.number)");
    mash_query_text(&query, mailbox);
    mash_query_u64(&query, number);
    return mash_query_run(&query);
}

static enum mash_err
take_bytes(struct mash_query *query, struct mash_bytes *ret_bytes)
{
    bool found = mash_query_row(query);
    if (found)
        mash_column_bytes(query, 0, ret_bytes);
    enum mash_err err = mash_query_end(query);
    return err == MASH_OK && !found ? MASH_E_UNKNOWN : err;
}

enum mash_err
mash_home_checkpoint_get(struct mash_home_store *store, struct mash_bytes *ret_note)
{
    struct mash_query query = mash_query_begin(store, "SELECT note FROM checkpoint");
    return take_bytes(&query, ret_note);
}

enum mash_err
mash_home_checkpoint_put(struct mash_home_store *store, uint64_t size, const struct mash_hash *root,
                         struct mash_span note)
{
    /* another program of this home may have seen a larger one meanwhile: never go back */
    struct mash_query query = mash_query_begin(
        store, "INSERT INTO checkpoint(one, size, root, note) VALUES(1,?,?,?) ON CONFLICT(one) DO UPDATE SET"
               " size=excluded.size, root=excluded.root, note=excluded.note WHERE excluded.size > size");
    mash_query_u64(&query, size);
    mash_query_hash(&query, root);
    mash_query_span(&query, note);
    return mash_query_run(&query);
}

enum mash_err
mash_home_bundle_get(struct mash_home_store *store, uint32_t version, struct mash_bytes *ret_value)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT value FROM bundle WHERE ?1 = 0 OR version = ?1 ORDER BY version DESC LIMIT 1");
    mash_query_u64(&query, version);
    return take_bytes(&query, ret_value);
}

enum mash_err
mash_home_bundle_put(struct mash_home_store *store, uint32_t version, struct mash_span value)
{
    struct mash_query query =
        mash_query_begin(store, "INSERT OR IGNORE INTO bundle(version, value) VALUES(?,?)");
    mash_query_u64(&query, version);
    mash_query_span(&query, value);
    return mash_query_run(&query);
}

enum mash_err
mash_home_alarm_add(struct mash_home_store *store, uint64_t time_ms, const char *kind, const char *text,
                    struct mash_span evidence)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT INTO alarm(time_ms, kind, text, evidence, cleared) SELECT ?1, ?2, ?3, ?4, 0 WHERE NOT EXISTS"
               " (SELECT 1 FROM alarm WHERE kind = ?2 AND text = ?3 AND cleared = 0)");
    mash_query_u64(&query, time_ms);
    mash_query_text(&query, kind);
    mash_query_text(&query, text);
    mash_query_span(&query, evidence);
    return mash_query_run(&query);
}

enum mash_err
mash_home_alarms(struct mash_home_store *store, struct mash_alarm_row *ret_rows, size_t max, size_t *ret_count)
{
    struct mash_query query =
        mash_query_begin(store, "SELECT id, time_ms, kind, text FROM alarm WHERE cleared = 0 ORDER BY id LIMIT ?");
    mash_query_u64(&query, max);
    size_t count = 0;
    while (count < max && mash_query_row(&query)) {
        struct mash_alarm_row *row = &ret_rows[count++];
        row->id = mash_column_u64(&query, 0);
        row->time_ms = mash_column_u64(&query, 1);
        mash_column_text(&query, 2, row->kind, sizeof(row->kind));
        mash_column_text(&query, 3, row->text, sizeof(row->text));
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_count = count;
    return err;
}

enum mash_err
mash_home_alarm_clear(struct mash_home_store *store, uint64_t id)
{
    struct mash_query query = mash_query_begin(store, "UPDATE alarm SET cleared = 1 WHERE id = ?");
    mash_query_u64(&query, id);
    enum mash_err err = mash_query_run(&query);
    return err == MASH_OK && sqlite3_changes(query.database) != 1 ? MASH_E_UNKNOWN : err;
}

enum mash_err
mash_home_quarantine_add(struct mash_home_store *store, uint64_t time_ms, const char *mailbox, uint64_t number,
                         const char *reason, struct mash_span delivery)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT OR IGNORE INTO quarantine(time_ms, mailbox, number, reason, delivery) VALUES(?,?,?,?,?)");
    mash_query_u64(&query, time_ms);
    mash_query_text(&query, mailbox);
    mash_query_u64(&query, number);
    mash_query_text(&query, reason);
    mash_query_span(&query, delivery);
    return mash_query_run(&query);
}

enum mash_err
mash_home_counts(struct mash_home_store *store, struct mash_home_counts *ret_counts)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT (SELECT count(*) FROM outbox WHERE state < 3), (SELECT count(*) FROM outbox WHERE state = 3),"
               " (SELECT count(*) FROM inbox), (SELECT count(*) FROM inbox WHERE state <> 2),"
               " (SELECT count(*) FROM status WHERE sending = 1 OR (sending = 4 AND ours)),"
               " (SELECT count(*) FROM quarantine)");
    struct mash_home_counts counts = { 0 };
    if (mash_query_row(&query)) {
        counts.waiting = (size_t)mash_column_u64(&query, 0);
        counts.held = (size_t)mash_column_u64(&query, 1);
        counts.received = (size_t)mash_column_u64(&query, 2);
        counts.unopened = (size_t)mash_column_u64(&query, 3);
        counts.pending_statuses = (size_t)mash_column_u64(&query, 4);
        counts.quarantined = (size_t)mash_column_u64(&query, 5);
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_counts = counts;
    return err;
}
