/* SPDX-License-Identifier: Apache-2.0 */
/* home_store_outbox.c - see home_store.h: notices we send, from the draft to the receipt and beyond. */
#include "clients/lib/home_query.h"

#include <string.h>

#define COLUMNS                                                                                              \
    "notice_id, manifest_sha256, state, mailbox, type, immediate, created_ms, held_ms, tried_ms, attempts, "    \
    "code, sub_code, sentence, manifest, signed_notice, body, receipt, local_reference"

void
mash_outbox_row_init(struct mash_outbox_row *row)
{
    memset(row, 0, sizeof(*row));
    row->manifest = mash_bytes_max(MASH_MANIFEST_MAX);
    row->signed_notice = mash_bytes_max(MASH_DETAIL_MAX);
    row->body = mash_bytes_max(MASH_FRAME_MAX);
    row->receipt = mash_bytes_max(MASH_RECEIPT_MAX);
    row->local_reference = mash_bytes_max(MASH_FRAME_MAX);
}

void
mash_outbox_row_free(struct mash_outbox_row *row)
{
    mash_bytes_free(&row->manifest);
    mash_bytes_free(&row->signed_notice);
    mash_bytes_free(&row->body);
    mash_bytes_free(&row->receipt);
    mash_bytes_wipe(&row->local_reference);
}

static const struct mash_hash no_hash;

/* Every column in the order of COLUMNS, except the notice id. */
static void
bind_row(struct mash_query *query, const struct mash_outbox_row *row)
{
    bool hashed = !mash_hash_equal(&row->manifest_sha256, &no_hash);
    mash_query_span(query, hashed ? mash_hash_span(&row->manifest_sha256) : mash_span(NULL, 0));
    mash_query_u64(query, row->state);
    mash_query_text(query, row->mailbox);
    mash_query_text(query, row->type);
    mash_query_u64(query, row->immediate);
    mash_query_u64(query, row->created_ms);
    mash_query_u64(query, row->held_ms);
    mash_query_u64(query, row->tried_ms);
    mash_query_u64(query, row->attempts);
    mash_query_u64(query, row->code);
    mash_query_text(query, row->sub_code);
    mash_query_text(query, row->sentence);
    mash_query_span(query, mash_bytes_span(&row->manifest));
    mash_query_span(query, mash_bytes_span(&row->signed_notice));
    mash_query_span(query, mash_bytes_span(&row->body));
    mash_query_span(query, mash_bytes_span(&row->receipt));
    mash_query_span(query, mash_bytes_span(&row->local_reference));
}

static void
read_row(struct mash_query *query, struct mash_outbox_row *row)
{
    mash_column_exact(query, 0, row->notice_id, sizeof(row->notice_id));
    mash_column_exact(query, 1, row->manifest_sha256.bytes, sizeof(row->manifest_sha256.bytes));
    row->state = (enum mash_outbox_state)mash_column_u64(query, 2);
    mash_column_text(query, 3, row->mailbox, sizeof(row->mailbox));
    mash_column_text(query, 4, row->type, sizeof(row->type));
    row->immediate = mash_column_u64(query, 5) != 0;
    row->created_ms = mash_column_u64(query, 6);
    row->held_ms = mash_column_u64(query, 7);
    row->tried_ms = mash_column_u64(query, 8);
    row->attempts = (uint32_t)mash_column_u64(query, 9);
    row->code = (uint32_t)mash_column_u64(query, 10);
    mash_column_text(query, 11, row->sub_code, sizeof(row->sub_code));
    mash_column_text(query, 12, row->sentence, sizeof(row->sentence));
    mash_column_bytes(query, 13, &row->manifest);
    mash_column_bytes(query, 14, &row->signed_notice);
    mash_column_bytes(query, 15, &row->body);
    mash_column_bytes(query, 16, &row->receipt);
    mash_column_bytes(query, 17, &row->local_reference);
}

enum mash_err
mash_home_outbox_add(struct mash_home_store *store, const struct mash_outbox_row *row)
{
    struct mash_query query = mash_query_begin(
        store, "INSERT INTO outbox(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    mash_query_span(&query, mash_span(row->notice_id, sizeof(row->notice_id)));
    bind_row(&query, row);
    return mash_query_run(&query);
}

enum mash_err
mash_home_outbox_update(struct mash_home_store *store, const struct mash_outbox_row *row)
{
    struct mash_query query = mash_query_begin(
        store, "UPDATE outbox SET manifest_sha256=?, state=?, mailbox=?, type=?, immediate=?, created_ms=?,"
               " held_ms=?, tried_ms=?, attempts=?, code=?, sub_code=?, sentence=?, manifest=?,"
               " signed_notice=?, body=?, receipt=?, local_reference=? WHERE notice_id=?");
    bind_row(&query, row);
    mash_query_span(&query, mash_span(row->notice_id, sizeof(row->notice_id)));
    enum mash_err err = mash_query_run(&query);
    if (err == MASH_OK && sqlite3_changes(query.database) != 1)
        err = MASH_E_UNKNOWN;
    return err;
}

static enum mash_err
get_by(struct mash_home_store *store, const char *sql, struct mash_span key, struct mash_outbox_row *ret_row)
{
    struct mash_outbox_row row;
    mash_outbox_row_init(&row);
    struct mash_query query = mash_query_begin(store, sql);
    mash_query_span(&query, key);
    bool found = mash_query_row(&query);
    if (found)
        read_row(&query, &row);
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK && !found)
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK)
        *ret_row = row;
    else
        mash_outbox_row_free(&row);
    return err;
}

enum mash_err
mash_home_outbox_get(struct mash_home_store *store, const uint8_t notice_id[static MASH_ID_BYTES],
                     struct mash_outbox_row *ret_row)
{
    return get_by(store, "SELECT " COLUMNS " FROM outbox WHERE notice_id=?",
                  mash_span(notice_id, MASH_ID_BYTES), ret_row);
}

enum mash_err
mash_home_outbox_find(struct mash_home_store *store, const struct mash_hash *manifest_sha256,
                      struct mash_outbox_row *ret_row)
{
    return get_by(store, "SELECT " COLUMNS " FROM outbox WHERE manifest_sha256=?",
                  mash_hash_span(manifest_sha256), ret_row);
}

enum mash_err
mash_home_outbox_list(struct mash_home_store *store, bool open_only, uint64_t after,
                      uint8_t (*ret_ids)[MASH_ID_BYTES], size_t max, size_t *ret_count, uint64_t *ret_next)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT notice_id, position FROM outbox WHERE position > ? AND state <= ? ORDER BY position LIMIT ?");
    mash_query_u64(&query, after);
    mash_query_u64(&query, open_only ? MASH_OUTBOX_HELD : MASH_OUTBOX_FORGOTTEN);
    mash_query_u64(&query, max);
    size_t count = 0;
    uint64_t next = after;
    while (count < max && mash_query_row(&query)) {
        mash_column_exact(&query, 0, ret_ids[count++], MASH_ID_BYTES);
        next = mash_column_u64(&query, 1);
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK) {
        *ret_count = count;
        *ret_next = next;
    }
    return err;
}
