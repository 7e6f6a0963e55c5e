/* SPDX-License-Identifier: Apache-2.0 */
/* home_store_inbox.c - see home_store.h: notices that came for our mailboxes, and finding any notice. */
#include "clients/lib/home_query.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                              \
    "manifest_sha256, mailbox, notice_id, sender, type, state, immediate, drill, number, created_ms, held_ms, " \
    "stored_ms, presented, unreadable_reason, manifest, signed_notice, body, accept_receipt, delivery_proof, inner"

void
mash_inbox_row_init(struct mash_inbox_row *row)
{
    memset(row, 0, sizeof(*row));
    row->manifest = mash_bytes_max(MASH_MANIFEST_MAX);
    row->signed_notice = mash_bytes_max(MASH_DETAIL_MAX);
    row->body = mash_bytes_max(MASH_FRAME_MAX);
    row->accept_receipt = mash_bytes_max(MASH_RECEIPT_MAX);
    row->delivery_proof = mash_bytes_max(MASH_RECEIPT_MAX);
    row->inner = mash_bytes_max(MASH_FRAME_MAX);
}

void
mash_inbox_row_free(struct mash_inbox_row *row)
{
    mash_bytes_free(&row->manifest);
    mash_bytes_free(&row->signed_notice);
    mash_bytes_free(&row->body);
    mash_bytes_free(&row->accept_receipt);
    mash_bytes_free(&row->delivery_proof);
    mash_bytes_free(&row->inner);
}

enum mash_err
mash_home_inbox_add(struct mash_home_store *store, const struct mash_inbox_row *row, const char *from_agency)
{
    struct mash_query query = mash_query_begin(
        store,
        "INSERT INTO inbox(" COLUMNS ", from_agency) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    mash_query_hash(&query, &row->manifest_sha256);
    mash_query_text(&query, row->mailbox);
    mash_query_span(&query, mash_span(row->notice_id, sizeof(row->notice_id)));
    mash_query_text(&query, row->from);
    mash_query_text(&query, row->type);
    mash_query_u64(&query, row->state);
    mash_query_u64(&query, row->immediate);
    mash_query_u64(&query, row->drill);
    mash_query_u64(&query, row->number);
    mash_query_u64(&query, row->created_ms);
    mash_query_u64(&query, row->held_ms);
    mash_query_u64(&query, row->stored_ms);
    mash_query_u64(&query, row->presented);
    mash_query_text(&query, row->unreadable_reason);
    mash_query_span(&query, mash_bytes_span(&row->manifest));
    mash_query_span(&query, mash_bytes_span(&row->signed_notice));
    mash_query_span(&query, mash_bytes_span(&row->body));
    mash_query_span(&query, mash_bytes_span(&row->accept_receipt));
    mash_query_span(&query, mash_bytes_span(&row->delivery_proof));
    mash_query_span(&query, mash_bytes_span(&row->inner));
    mash_query_text(&query, from_agency);
    return mash_query_run(&query);
}

enum mash_err
mash_home_inbox_settle(struct mash_home_store *store, const struct mash_inbox_row *row)
{
    struct mash_query query = mash_query_begin(
        store, "UPDATE inbox SET state=?, inner=?, unreadable_reason=? WHERE manifest_sha256=? AND mailbox=?");
    mash_query_u64(&query, row->state);
    mash_query_span(&query, mash_bytes_span(&row->inner));
    mash_query_text(&query, row->unreadable_reason);
    mash_query_hash(&query, &row->manifest_sha256);
    mash_query_text(&query, row->mailbox);
    enum mash_err err = mash_query_run(&query);
    if (err == MASH_OK && sqlite3_changes(query.database) != 1)
        err = MASH_E_UNKNOWN;
    return err;
}

enum mash_err
mash_home_inbox_presented(struct mash_home_store *store, const struct mash_inbox_row *row)
{
    struct mash_query query = mash_query_begin(
        store, "UPDATE inbox SET presented = presented + 1, number=?, held_ms=?, signed_notice=?, accept_receipt=?,"
               " delivery_proof=? WHERE manifest_sha256=? AND mailbox=?");
    mash_query_u64(&query, row->number);
    mash_query_u64(&query, row->held_ms);
    mash_query_span(&query, mash_bytes_span(&row->signed_notice));
    mash_query_span(&query, mash_bytes_span(&row->accept_receipt));
    mash_query_span(&query, mash_bytes_span(&row->delivery_proof));
    mash_query_hash(&query, &row->manifest_sha256);
    mash_query_text(&query, row->mailbox);
    enum mash_err err = mash_query_run(&query);
    if (err == MASH_OK && sqlite3_changes(query.database) != 1)
        err = MASH_E_UNKNOWN;
    return err;
}

static void
read_row(struct mash_query *query, struct mash_inbox_row *row)
{
    mash_column_exact(query, 0, row->manifest_sha256.bytes, sizeof(row->manifest_sha256.bytes));
    mash_column_text(query, 1, row->mailbox, sizeof(row->mailbox));
    mash_column_exact(query, 2, row->notice_id, sizeof(row->notice_id));
    mash_column_text(query, 3, row->from, sizeof(row->from));
    mash_column_text(query, 4, row->type, sizeof(row->type));
    row->state = (enum mash_inbox_state)mash_column_u64(query, 5);
    row->immediate = mash_column_u64(query, 6) != 0;
    row->drill = mash_column_u64(query, 7) != 0;
    row->number = mash_column_u64(query, 8);
    row->created_ms = mash_column_u64(query, 9);
    row->held_ms = mash_column_u64(query, 10);
    row->stored_ms = mash_column_u64(query, 11);
    row->presented = (uint32_t)mash_column_u64(query, 12);
    mash_column_text(query, 13, row->unreadable_reason, sizeof(row->unreadable_reason));
    mash_column_bytes(query, 14, &row->manifest);
    mash_column_bytes(query, 15, &row->signed_notice);
    mash_column_bytes(query, 16, &row->body);
    mash_column_bytes(query, 17, &row->accept_receipt);
    mash_column_bytes(query, 18, &row->delivery_proof);
    mash_column_bytes(query, 19, &row->inner);
}

enum mash_err
mash_home_inbox_get(struct mash_home_store *store, const struct mash_hash *manifest_sha256,
                    const char *mailbox, struct mash_inbox_row *ret_row)
{
    struct mash_inbox_row row;
    mash_inbox_row_init(&row);
    struct mash_query query =
        mash_query_begin(store, "SELECT " COLUMNS " FROM inbox WHERE manifest_sha256=? AND mailbox=?");
    mash_query_hash(&query, manifest_sha256);
    mash_query_text(&query, mailbox);
    bool found = mash_query_row(&query);
    if (found)
        read_row(&query, &row);
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK && !found)
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK)
        *ret_row = row;
    else
        mash_inbox_row_free(&row);
    return err;
}

enum mash_err
mash_home_inbox_list(struct mash_home_store *store, bool unsettled_only, uint64_t after,
                     struct mash_inbox_key *ret_keys, size_t max, size_t *ret_count)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT manifest_sha256, mailbox, position FROM inbox WHERE position > ? AND state <= ?"
               " ORDER BY position LIMIT ?");
    mash_query_u64(&query, after);
    mash_query_u64(&query, unsettled_only ? MASH_INBOX_STORED : MASH_INBOX_UNREADABLE);
    mash_query_u64(&query, max);
    size_t count = 0;
    while (count < max && mash_query_row(&query)) {
        struct mash_inbox_key *key = &ret_keys[count++];
        mash_column_exact(&query, 0, key->manifest_sha256.bytes, sizeof(key->manifest_sha256.bytes));
        mash_column_text(&query, 1, key->mailbox, sizeof(key->mailbox));
        key->position = mash_column_u64(&query, 2);
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_count = count;
    return err;
}

enum mash_err
mash_home_match(struct mash_home_store *store, const char *hex, struct mash_home_match *ret_matches, size_t max,
                size_t *ret_count)
{
    struct mash_query query = mash_query_begin(
        store, "SELECT manifest_sha256, notice_id, mailbox, 1 FROM outbox"
               "  WHERE substr(lower(hex(notice_id)), 1, length(?1)) = ?1 "
               "UNION ALL SELECT manifest_sha256, notice_id, mailbox, 0 FROM inbox"
               "  WHERE substr(lower(hex(notice_id)), 1, length(?1)) = ?1 LIMIT ?2");
    mash_query_text(&query, hex);
    mash_query_u64(&query, max);
    size_t count = 0;
    while (count < max && mash_query_row(&query)) {
        struct mash_home_match *match = &ret_matches[count++];
        mash_column_exact(&query, 0, match->manifest_sha256.bytes, sizeof(match->manifest_sha256.bytes));
        mash_column_exact(&query, 1, match->notice_id, sizeof(match->notice_id));
        mash_column_text(&query, 2, match->mailbox, sizeof(match->mailbox));
        match->sent = mash_column_u64(&query, 3) != 0;
    }
    enum mash_err err = mash_query_end(&query);
    if (err == MASH_OK)
        *ret_count = count;
    return err;
}
