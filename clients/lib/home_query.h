/* SPDX-License-Identifier: Apache-2.0 */
/* home_query.h - one SQL statement on the client's database: bind in order, step, read columns.
 * Like the bounded cursor it remembers its first error, so that a caller checks once, at the end.
 * Only the home_store*.c files include it; it and home_store.c are the door to sqlite3.h. */
#ifndef MASH_CLIENTS_LIB_HOME_QUERY_H
#define MASH_CLIENTS_LIB_HOME_QUERY_H

#include <sqlite3.h>

#include "clients/lib/home_store.h"

struct mash_query {
    sqlite3 *database;
    sqlite3_stmt *statement;
    int next;           /* parameter to bind next, from 1 */
    enum mash_err err;  /* the first error */
};

/* The open database of store. */
sqlite3 *mash_home_database(struct mash_home_store *store);

/* What an SQLite result means here. */
enum mash_err mash_query_error(int code);

struct mash_query mash_query_begin(struct mash_home_store *store, const char *sql);
/* Bind the next parameter; an empty span and a NULL text become NULL. */
void mash_query_u64(struct mash_query *query, uint64_t value);
void mash_query_text(struct mash_query *query, const char *text);
void mash_query_span(struct mash_query *query, struct mash_span bytes);
void mash_query_hash(struct mash_query *query, const struct mash_hash *hash);

/* Advance; true when a row is there.  False at the end and after an error. */
bool mash_query_row(struct mash_query *query);
/* Columns of the present row, from 0.  Bytes are appended to ret_bytes, which has its own maximum. */
uint64_t mash_column_u64(struct mash_query *query, int column);
void mash_column_text(struct mash_query *query, int column, char *ret_text, size_t size);
void mash_column_bytes(struct mash_query *query, int column, struct mash_bytes *ret_bytes);
/* Exactly len bytes; MASH_E_FORMAT (kept in the query) for any other length; zeros for NULL. */
void mash_column_exact(struct mash_query *query, int column, uint8_t *ret_bytes, size_t len);

/* Release; the first error of all steps above. */
MASH_MUSTCHECK enum mash_err mash_query_end(struct mash_query *query);
/* Run to the end and release: for statements without rows. */
MASH_MUSTCHECK enum mash_err mash_query_run(struct mash_query *query);

#endif
