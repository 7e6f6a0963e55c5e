/* SPDX-License-Identifier: Apache-2.0 */
/* home_store_restored.c - see home_store.h: restores of the exchange that were taken in, the proofs from what
 * was lost, and the rows that they touch. */
#include "clients/lib/home_query.h"

enum mash_err
mash_home_restored_add(struct mash_home_store *store, const struct mash_home_restored *row, uint64_t time_ms,
                       struct mash_span message)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT OR IGNORE INTO restored(digest, size, root, confirmed_ms, time_ms, message)"
               " VALUES(?,?,?,?,?,?)");
    mash_query_hash(&query, &row->digest);
    mash_query_u64(&query, row->size);
    mash_query_hash(&query, &row->root);
    mash_query_u64(&query, row->confirmed_ms);
    mash_query_u64(&query, time_ms);
    mash_query_span(&query, message);
    return mash_query_run(&query);
}

/* Is there a row?  MASH_E_UNKNOWN: none. */
static enum mash_err
any_row(struct mash_query *query)
{
    bool found = mash_query_row(query);
    enum mash_err err = mash_query_end(query);
    return err == MASH_OK && !found ? MASH_E_UNKNOWN : err;
}

enum mash_err
mash_home_restored_last(struct mash_home_store *store, struct mash_hash *ret_digest)
{
    struct mash_query query =
        mash_query_begin(store, "SELECT digest FROM restored ORDER BY position DESC LIMIT 1");
    struct mash_hash digest = { { 0 } };
    bool found = mash_query_row(&query);
    if (found)
        mash_column_exact(&query, 0, digest.bytes, sizeof(digest.bytes));
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK && !found)
        return MASH_E_UNKNOWN;
    if (err == MASH_OK)
        *ret_digest = digest;
    return err;
}

enum mash_err
mash_home_restored_find(struct mash_home_store *store, const struct mash_hash *digest)
{
    struct mash_query query = mash_query_begin(store, "SELECT 1 FROM restored WHERE digest=?");
    mash_query_hash(&query, digest);
    return any_row(&query);
}

enum mash_err
mash_home_restored_lost(struct mash_home_store *store, uint64_t size, uint64_t until_ms)
{
    struct mash_query query =
        mash_query_begin(store, "SELECT 1 FROM restored WHERE size < ? AND confirmed_ms >= ?");
    mash_query_u64(&query, size);
    mash_query_u64(&query, until_ms);
    return any_row(&query);
}

enum mash_err
mash_home_log_time(struct mash_home_store *store, uint64_t *ret_ms)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT max(ifnull((SELECT max(held_ms) FROM outbox WHERE state = 3), 0),"
               " ifnull((SELECT max(held_ms) FROM inbox), 0),"
               " ifnull((SELECT max(entry_ms) FROM status WHERE sending = 2), 0))");
    uint64_t time_ms = mash_query_row(&query) ? mash_column_u64(&query, 0) : 0;
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_ms = time_ms;
    return err;
}

enum mash_err
mash_home_lost_add(struct mash_home_store *store, const struct mash_hash *digest, const char *kind,
                   const struct mash_hash *sha256, struct mash_span proof)
{
    struct mash_query query =
        mash_query_begin(store, "INSERT INTO lost(restored, kind, sha256, proof) VALUES(?,?,?,?)");
    mash_query_hash(&query, digest);
    mash_query_text(&query, kind);
    mash_query_hash(&query, sha256);
    mash_query_span(&query, proof);
    return mash_query_run(&query);
}

enum mash_err
mash_home_checkpoint_replace(struct mash_home_store *store, uint64_t size, const struct mash_hash *root,
                             struct mash_span note)
{
    struct mash_query query =
        mash_query_begin(store, "INSERT OR REPLACE INTO checkpoint(one, size, root, note) VALUES(1,?,?,?)");
    mash_query_u64(&query, size);
    mash_query_hash(&query, root);
    mash_query_span(&query, note);
    return mash_query_run(&query);
}

enum mash_err
mash_home_cursors_forget(struct mash_home_store *store)
{
    struct mash_query query = mash_query_begin(store, "DELETE FROM cursor");
    return mash_query_run(&query);
}

enum mash_err
mash_home_status_logged(struct mash_home_store *store, uint64_t position, struct mash_status_row *ret_row,
                        uint64_t *ret_position)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT rowid, status_sha256 FROM status WHERE sending = 2 AND rowid > ? ORDER BY rowid LIMIT 1");
    struct mash_hash sha256 = { { 0 } };
    uint64_t found_at = 0;
    mash_query_u64(&query, position);
    bool found = mash_query_row(&query);
    if (found) {
        found_at = mash_column_u64(&query, 0);
        mash_column_exact(&query, 1, sha256.bytes, sizeof(sha256.bytes));
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK && !found)
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK)
        err = mash_home_status_get(store, &sha256, ret_row);
    if (err == MASH_OK)
        *ret_position = found_at;
    return err;
}

enum mash_err
mash_home_status_unlogged(struct mash_home_store *store, const struct mash_hash *status_sha256,
                          enum mash_status_sending sending)
{
    struct mash_query query =
        mash_query_begin(store, "UPDATE status SET sending=?, entry_ms=0, proof=NULL WHERE status_sha256=?");
    mash_query_u64(&query, sending);
    mash_query_hash(&query, status_sha256);
    return mash_query_run(&query);
}

static enum mash_err
move_chain(struct mash_home_store *store, const struct mash_hash *manifest_sha256, const char *mailbox,
           enum mash_status_sending from, enum mash_status_sending to)
{
    struct mash_query query = mash_query_begin(
        store, "UPDATE status SET sending=? WHERE sending=? AND ours=1 AND manifest_sha256=? AND mailbox=?");
    mash_query_u64(&query, to);
    mash_query_u64(&query, from);
    mash_query_hash(&query, manifest_sha256);
    mash_query_text(&query, mailbox);
    return mash_query_run(&query);
}

enum mash_err
mash_home_chain_park(struct mash_home_store *store, const struct mash_hash *manifest_sha256, const char *mailbox)
{
    return move_chain(store, manifest_sha256, mailbox, MASH_STATUS_PENDING, MASH_STATUS_LOST);
}

enum mash_err
mash_home_chain_revive(struct mash_home_store *store, const struct mash_hash *manifest_sha256, const char *mailbox)
{
    return move_chain(store, manifest_sha256, mailbox, MASH_STATUS_LOST, MASH_STATUS_PENDING);
}
