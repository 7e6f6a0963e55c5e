/* SPDX-License-Identifier: Apache-2.0 */
/* home_query.c - see home_query.h. */
#include "clients/lib/home_query.h"

#include <stdio.h>
#include <string.h>

enum mash_err
mash_query_error(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return MASH_OK;
    case SQLITE_NOMEM:
        return MASH_E_NOMEM;
    case SQLITE_FULL:
        return MASH_E_FULL;
    case SQLITE_CONSTRAINT:
        return MASH_E_CONFLICT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return MASH_E_AGAIN;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return MASH_E_FORMAT;
    case SQLITE_TOOBIG:
        return MASH_E_LIMIT;
    default:
        return MASH_E_IO;
    }
}

static void
note_code(struct mash_query *query, int code)
{
    if (query->err == MASH_OK)
        query->err = mash_query_error(code);
}

struct mash_query
mash_query_begin(struct mash_home_store *store, const char *sql)
{
    struct mash_query query = { .database = mash_home_database(store), .next = 1 };
    note_code(&query, sqlite3_prepare_v2(query.database, sql, -1, &query.statement, NULL));
    return query;
}

void
mash_query_u64(struct mash_query *query, uint64_t value)
{
    if (value > INT64_MAX && query->err == MASH_OK)
        query->err = MASH_E_VALUE;
    if (query->err == MASH_OK)
        note_code(query, sqlite3_bind_int64(query->statement, query->next++, (sqlite3_int64)value));
}

void
mash_query_text(struct mash_query *query, const char *text)
{
    if (query->err == MASH_OK)
        note_code(query, sqlite3_bind_text(query->statement, query->next++, text, -1, SQLITE_TRANSIENT));
}

void
mash_query_span(struct mash_query *query, struct mash_span bytes)
{
    if (query->err != MASH_OK)
        return;
    const void *data = bytes.len > 0 ? bytes.data : NULL;
    note_code(query, sqlite3_bind_blob64(query->statement, query->next++, data, bytes.len, SQLITE_TRANSIENT));
}

void
mash_query_hash(struct mash_query *query, const struct mash_hash *hash)
{
    mash_query_span(query, mash_span(hash->bytes, sizeof(hash->bytes)));
}

bool
mash_query_row(struct mash_query *query)
{
    if (query->err != MASH_OK)
        return false;
    int code = sqlite3_step(query->statement);
    note_code(query, code);
    return code == SQLITE_ROW;
}

uint64_t
mash_column_u64(struct mash_query *query, int column)
{
    sqlite3_int64 value = sqlite3_column_int64(query->statement, column);
    if (value < 0 && query->err == MASH_OK)
        query->err = MASH_E_FORMAT;
    return value < 0 ? 0 : (uint64_t)value;
}

void
mash_column_text(struct mash_query *query, int column, char *ret_text, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    int len = snprintf(ret_text, size, "%s", text != NULL ? text : "");
    if ((len < 0 || (size_t)len >= size) && query->err == MASH_OK)
        query->err = MASH_E_LIMIT;
}

void
mash_column_bytes(struct mash_query *query, int column, struct mash_bytes *ret_bytes)
{
    const void *data = sqlite3_column_blob(query->statement, column);
    int len = sqlite3_column_bytes(query->statement, column);
    if (query->err == MASH_OK && data != NULL && len > 0)
        query->err = mash_bytes_append(ret_bytes, data, (size_t)len);
}

void
mash_column_exact(struct mash_query *query, int column, uint8_t *ret_bytes, size_t len)
{
    memset(ret_bytes, 0, len);
    const void *data = sqlite3_column_blob(query->statement, column);
    if (data == NULL)
        return;
    if ((size_t)sqlite3_column_bytes(query->statement, column) == len)
        memcpy(ret_bytes, data, len);
    else if (query->err == MASH_OK)
        query->err = MASH_E_FORMAT;
}

enum mash_err
mash_query_end(struct mash_query *query)
{
    (void)sqlite3_finalize(query->statement); /* repeats an error that a step has told */
    query->statement = NULL;
    return query->err;
}

enum mash_err
mash_query_run(struct mash_query *query)
{
    while (mash_query_row(query))
        continue;
    return mash_query_end(query);
}
