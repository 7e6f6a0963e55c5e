/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_notice.c - accepted notices by manifest digest and by (agency, id), and bodies by digest.
 * Ledger process.  Bodies are ciphertext here and stay so. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <string.h>

static struct notice_place *
place_of(struct mash_store *store, const struct mash_hash *manifest_sha256)
{
    return &store->places[(uint64_t)sql_digest_key(manifest_sha256) % NOTICE_PLACES];
}

static void
place_keep(struct mash_store *store, const struct mash_hash *manifest_sha256, int64_t id)
{
    *place_of(store, manifest_sha256) =
        (struct notice_place){ .id = id, .known = true, .manifest_sha256 = *manifest_sha256 };
}

void
notice_places_drop(struct mash_store *store)
{
    memset(store->places, 0, sizeof(store->places));
}

/* Row id by digest in the table of which. */
static enum mash_err
find_digest(struct mash_store *store, enum mash_sql which, const struct mash_hash *digest, int64_t *ret_id)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, which, &stmt);
    if (err != MASH_OK)
        return err;
    (void)sqlite3_bind_int64(stmt, 1, sql_digest_key(digest));
    sql_blob(stmt, 2, mash_hash_span(digest));
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    *ret_id = sqlite3_column_int64(stmt, 0);
    sql_done(stmt);
    return MASH_OK;
}

enum mash_err
notice_place(struct mash_store *store, const struct mash_hash *manifest_sha256, int64_t *ret_id)
{
    const struct notice_place *place = place_of(store, manifest_sha256);
    if (place->known && mash_hash_equal(&place->manifest_sha256, manifest_sha256)) {
        *ret_id = place->id;
        return MASH_OK;
    }
    enum mash_err err = find_digest(store, SQL_NOTICE_PLACE, manifest_sha256, ret_id);
    if (err == MASH_OK)
        place_keep(store, manifest_sha256, *ret_id);
    return err;
}

static enum mash_err
notice_insert(struct mash_store *store, const struct mash_store_notice *notice, const struct name *sender,
              const struct name *agency, const struct name *type)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_NOTICE_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, notice->accept_entry);
    (void)sqlite3_bind_int64(stmt, 2, sql_digest_key(&notice->manifest_sha256));
    sql_blob(stmt, 3, mash_hash_span(&notice->manifest_sha256));
    sql_int(stmt, 4, (uint64_t)sender->id);
    sql_int(stmt, 5, (uint64_t)agency->id);
    sql_blob(stmt, 6, mash_span(notice->notice_id, sizeof(notice->notice_id)));
    sql_int(stmt, 7, (uint64_t)type->id);
    sql_int(stmt, 8, notice->immediate ? 1 : 0);
    sql_int(stmt, 9, notice->drill ? 1 : 0);
    sql_int(stmt, 10, notice->subject_count);
    sql_blob(stmt, 11, mash_hash_span(&notice->body_sha256));
    sql_int(stmt, 12, notice->held_ms);
    return sql_change(store, stmt);
}

enum mash_err
mash_store_notice_put(struct mash_store *store, const struct mash_store_notice *notice)
{
    struct name *sender = NULL, *agency = NULL, *type = NULL;
    enum mash_err err = name_put(store, NAME_MAILBOX, notice->from, &sender);
    if (err == MASH_OK)
        err = name_put(store, NAME_AGENCY, notice->from_agency, &agency);
    if (err == MASH_OK)
        err = name_put(store, NAME_TYPE, notice->type, &type);
    if (err == MASH_OK)
        err = notice_insert(store, notice, sender, agency, type);
    if (err != MASH_OK)
        return err;

    struct name *counted[] = { sender, agency, type };
    for (size_t i = 0; i < 3; i++) {
        counted[i]->notices++;
        counted[i]->dirty = true;
    }
    place_keep(store, &notice->manifest_sha256, (int64_t)notice->accept_entry);
    return MASH_OK;
}

static enum mash_err
notice_columns(sqlite3_stmt *stmt, struct mash_store_notice *notice)
{
    memset(notice, 0, sizeof(*notice));
    notice->accept_entry = sql_column(stmt, 0);
    notice->immediate = sql_column(stmt, 6) != 0;
    notice->drill = sql_column(stmt, 7) != 0;
    notice->subject_count = (uint32_t)sql_column(stmt, 8);
    notice->held_ms = sql_column(stmt, 10);
    enum mash_err err = sql_column_copy(stmt, 1, notice->manifest_sha256.bytes, MASH_HASH_BYTES);
    if (err == MASH_OK)
        err = sql_column_text(stmt, 2, notice->from, sizeof(notice->from));
    if (err == MASH_OK)
        err = sql_column_text(stmt, 3, notice->from_agency, sizeof(notice->from_agency));
    if (err == MASH_OK)
        err = sql_column_copy(stmt, 4, notice->notice_id, sizeof(notice->notice_id));
    if (err == MASH_OK)
        err = sql_column_text(stmt, 5, notice->type, sizeof(notice->type));
    if (err == MASH_OK)
        err = sql_column_copy(stmt, 9, notice->body_sha256.bytes, MASH_HASH_BYTES);
    return err;
}

static enum mash_err
notice_read(struct mash_store *store, int64_t id, struct mash_store_notice *ret_notice)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_NOTICE_GET, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)id);
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    struct mash_store_notice notice;
    err = notice_columns(stmt, &notice);
    sql_done(stmt);
    if (err == MASH_OK)
        *ret_notice = notice;
    return err;
}

enum mash_err
mash_store_notice_get(struct mash_store *store, const struct mash_hash *manifest_sha256,
                      struct mash_store_notice *ret_notice)
{
    int64_t id = 0;
    enum mash_err err = notice_place(store, manifest_sha256, &id);
    return err == MASH_OK ? notice_read(store, id, ret_notice) : err;
}

enum mash_err
mash_store_notice_find(struct mash_store *store, const char *from_agency,
                       const uint8_t notice_id[static MASH_ID_BYTES], struct mash_store_notice *ret_notice)
{
    struct name *agency = NULL;
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = name_get(store, NAME_AGENCY, from_agency, &agency);
    if (err == MASH_OK)
        err = sql_ready(store, SQL_NOTICE_FIND, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)agency->id);
    sql_blob(stmt, 2, mash_span(notice_id, MASH_ID_BYTES));
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    int64_t id = sqlite3_column_int64(stmt, 0);
    sql_done(stmt);
    return notice_read(store, id, ret_notice);
}

enum mash_err
mash_store_body_put(struct mash_store *store, const struct mash_hash *sha256, struct mash_span body)
{
    assert(store->in_group);
    int64_t id = 0;
    enum mash_err err = find_digest(store, SQL_BODY_PLACE, sha256, &id);
    if (err != MASH_E_UNKNOWN)
        return err;
    if (!store->room)
        return MASH_E_FULL;
    sqlite3_stmt *stmt = NULL;
    err = sql_ready(store, SQL_BODY_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    (void)sqlite3_bind_int64(stmt, 1, sql_digest_key(sha256));
    sql_blob(stmt, 2, mash_hash_span(sha256));
    sql_blob(stmt, 3, body);
    return sql_change(store, stmt);
}

enum mash_err
mash_store_body_get(struct mash_store *store, const struct mash_hash *sha256, struct mash_bytes *ret_body)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_BODY_GET, &stmt);
    if (err != MASH_OK)
        return err;
    (void)sqlite3_bind_int64(stmt, 1, sql_digest_key(sha256));
    sql_blob(stmt, 2, mash_hash_span(sha256));
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    err = sql_column_bytes(stmt, 0, ret_body);
    sql_done(stmt);
    return err;
}
