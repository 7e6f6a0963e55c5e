/* SPDX-License-Identifier: Apache-2.0 */
/* home_store_status.c - see home_store.h: statuses of both sides, their chains, and reports. */
#include "clients/lib/home_query.h"

#include <string.h>

#define COLUMNS                                                                                              \
    "status_sha256, manifest_sha256, mailbox, sequence, state, time_ms, entry_ms, ours, sending, code, sentence, " \
    "signed_status, proof"

void
mash_status_row_init(struct mash_status_row *row)
{
    memset(row, 0, sizeof(*row));
    row->signed_status = mash_bytes_max(MASH_DETAIL_MAX);
    row->proof = mash_bytes_max(MASH_RECEIPT_MAX);
}

void
mash_status_row_free(struct mash_status_row *row)
{
    mash_bytes_free(&row->signed_status);
    mash_bytes_free(&row->proof);
}

enum mash_err
mash_home_status_put(struct mash_home_store *store, const struct mash_status_row *row)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT OR REPLACE INTO status(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
    mash_query_hash(&query, &row->status_sha256);
    mash_query_hash(&query, &row->manifest_sha256);
    mash_query_text(&query, row->mailbox);
    mash_query_u64(&query, row->sequence);
    mash_query_u64(&query, (uint64_t)row->state);
    mash_query_u64(&query, row->time_ms);
    mash_query_u64(&query, row->entry_ms);
    mash_query_u64(&query, row->ours);
    mash_query_u64(&query, row->sending);
    mash_query_u64(&query, row->code);
    mash_query_text(&query, row->sentence);
    mash_query_span(&query, mash_bytes_span(&row->signed_status));
    mash_query_span(&query, mash_bytes_span(&row->proof));
    return mash_query_run(&query);
}

enum mash_err
mash_home_status_remove(struct mash_home_store *store, const struct mash_hash *status_sha256)
{
    struct mash_query query = mash_query_begin(store, "DELETE FROM status WHERE status_sha256=?");
    mash_query_hash(&query, status_sha256);
    return mash_query_run(&query);
}

/* Take the one row of a bound query, and release the query. */
static enum mash_err
take_row(struct mash_query *query, struct mash_status_row *ret_row)
{
    struct mash_status_row row;
    mash_status_row_init(&row);
    bool found = mash_query_row(query);
    if (found) {
        mash_column_exact(query, 0, row.status_sha256.bytes, sizeof(row.status_sha256.bytes));
        mash_column_exact(query, 1, row.manifest_sha256.bytes, sizeof(row.manifest_sha256.bytes));
        mash_column_text(query, 2, row.mailbox, sizeof(row.mailbox));
        row.sequence = (uint32_t)mash_column_u64(query, 3);
        row.state = (Mash__State)mash_column_u64(query, 4);
        row.time_ms = mash_column_u64(query, 5);
        row.entry_ms = mash_column_u64(query, 6);
        row.ours = mash_column_u64(query, 7) != 0;
        row.sending = (enum mash_status_sending)mash_column_u64(query, 8);
        row.code = (uint32_t)mash_column_u64(query, 9);
        mash_column_text(query, 10, row.sentence, sizeof(row.sentence));
        mash_column_bytes(query, 11, &row.signed_status);
        mash_column_bytes(query, 12, &row.proof);
    }
    enum mash_err err = mash_query_end(query);
    if (err == MASH_OK && !found)
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK)
        *ret_row = row;
    else
        mash_status_row_free(&row);
    return err;
}

enum mash_err
mash_home_status_get(struct mash_home_store *store, const struct mash_hash *status_sha256,
                     struct mash_status_row *ret_row)
{
    struct mash_query query = mash_query_begin(store, "SELECT " COLUMNS " FROM status WHERE status_sha256=?");
    mash_query_hash(&query, status_sha256);
    return take_row(&query, ret_row);
}

enum mash_err
mash_home_status_nth(struct mash_home_store *store, const struct mash_hash *manifest_sha256,
                     const char *mailbox, size_t n, struct mash_status_row *ret_row)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT " COLUMNS " FROM status WHERE manifest_sha256=?1 AND (?2 IS NULL OR mailbox=?2)"
               " AND sending <> 3 ORDER BY mailbox, sequence, sending DESC LIMIT 1 OFFSET ?3");
    mash_query_hash(&query, manifest_sha256);
    mash_query_text(&query, mailbox);
    mash_query_u64(&query, n);
    return take_row(&query, ret_row);
}

enum mash_err
mash_home_status_pending(struct mash_home_store *store, size_t n, struct mash_status_row *ret_row)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT " COLUMNS " FROM status WHERE sending=1"
               " ORDER BY mailbox, manifest_sha256, sequence LIMIT 1 OFFSET ?");
    mash_query_u64(&query, n);
    return take_row(&query, ret_row);
}

enum mash_err
mash_home_chain_put(struct mash_home_store *store, const struct mash_hash *manifest_sha256, const char *mailbox,
                    uint32_t sequence, const struct mash_hash *last)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT OR REPLACE INTO chain(manifest_sha256, mailbox, sequence, last) VALUES(?,?,?,?)");
    mash_query_hash(&query, manifest_sha256);
    mash_query_text(&query, mailbox);
    mash_query_u64(&query, sequence);
    mash_query_hash(&query, last);
    return mash_query_run(&query);
}

enum mash_err
mash_home_chain_get(struct mash_home_store *store, const struct mash_hash *manifest_sha256, const char *mailbox,
                    uint32_t *ret_sequence, struct mash_hash *ret_last)
{
    struct mash_query query =
        mash_query_begin(store, "SELECT sequence, last FROM chain WHERE manifest_sha256=? AND mailbox=?");
    mash_query_hash(&query, manifest_sha256);
    mash_query_text(&query, mailbox);
    uint32_t sequence = 0;
    struct mash_hash last = { { 0 } };
    if (mash_query_row(&query)) {
        sequence = (uint32_t)mash_column_u64(&query, 0);
        mash_column_exact(&query, 1, last.bytes, sizeof(last.bytes));
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK) {
        *ret_sequence = sequence;
        *ret_last = last;
    }
    return err;
}

enum mash_err
mash_home_report_add(struct mash_home_store *store, const struct mash_report_row *row, struct mash_span proof)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT OR IGNORE INTO report(entry, manifest_sha256, time_ms, code, level, sub_code, recipient,"
               " proof) VALUES(?,?,?,?,?,?,?,?)");
    mash_query_u64(&query, row->entry);
    mash_query_hash(&query, &row->manifest_sha256);
    mash_query_u64(&query, row->time_ms);
    mash_query_u64(&query, row->code);
    mash_query_u64(&query, row->level);
    mash_query_text(&query, row->sub_code);
    mash_query_text(&query, row->recipient);
    mash_query_span(&query, proof);
    return mash_query_run(&query);
}

enum mash_err
mash_home_reports(struct mash_home_store *store, const struct mash_hash *manifest_sha256,
                  struct mash_report_row *ret_rows, size_t max, size_t *ret_count)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT entry, time_ms, code, level, sub_code, recipient FROM report WHERE manifest_sha256=?"
               " ORDER BY entry LIMIT ?");
    mash_query_hash(&query, manifest_sha256);
    mash_query_u64(&query, max);
    size_t count = 0;
    while (count < max && mash_query_row(&query)) {
        struct mash_report_row *row = &ret_rows[count++];
        row->manifest_sha256 = *manifest_sha256;
        row->entry = mash_column_u64(&query, 0);
        row->time_ms = mash_column_u64(&query, 1);
        row->code = (uint32_t)mash_column_u64(&query, 2);
        row->level = (uint32_t)mash_column_u64(&query, 3);
        mash_column_text(&query, 4, row->sub_code, sizeof(row->sub_code));
        mash_column_text(&query, 5, row->recipient, sizeof(row->recipient));
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_count = count;
    return err;
}
