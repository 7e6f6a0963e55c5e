/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.h - inside of the SQLite engine of store.h: the one door to sqlite3.h, shared by sqlite_*.c only.
 * What is kept in memory is a copy of rows: names, the tree's right edge, where notices are.  It holds only
 * as long as the head found by group_begin is the one that was left; otherwise, and after a rollback, all
 * of it is dropped.  (design: "Store and audit log") */
#ifndef MASH_DAEMON_STORE_SQLITE_H
#define MASH_DAEMON_STORE_SQLITE_H

#include <sqlite3.h>

#include "daemon/store/floor.h"
#include "daemon/store/store.h"
#include "proto/tile.h"

#define MASH_SQLITE_FILE "store.db"
#define MASH_SQLITE_LOCK_FILE "lock"
#define MASH_SQLITE_RESTORED_FILE "restored"
#define MASH_SQLITE_DOUBT_FILE "read-only"
#define MASH_SQLITE_SCHEMA_VERSION 2
#define MASH_SQLITE_PATH_MAX 4096

/* Every statement the store runs; sqlite_statement.c has its SQL. */
enum mash_sql {
    SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK,
    SQL_HEAD_GET, SQL_HEAD_PUT, SQL_CHECKPOINT_GET,
    SQL_ENTRY_PUT, SQL_ENTRY_GET, SQL_TILE_PUT, SQL_TILE_GET,
    SQL_NAME_PUT, SQL_NAME_GET, SQL_NAME_COUNTS, SQL_NAME_SUMS, SQL_TYPE_COUNTS,
    SQL_NOTICE_PUT, SQL_NOTICE_GET, SQL_NOTICE_FIND, SQL_NOTICE_PLACE,
    SQL_BODY_PUT, SQL_BODY_PLACE, SQL_BODY_GET,
    SQL_OBLIGATION_PUT, SQL_OBLIGATION_GET, SQL_OBLIGATION_STANDING, SQL_OBLIGATION_LIST,
    SQL_ITEM_PUT, SQL_ITEM_LIST, SQL_ITEM_WAITING, SQL_ITEM_RETIRE, SQL_ITEM_OLDEST,
    SQL_HANDOVER_PUT, SQL_HANDOVER_GET,
    SQL_COLLECTOR_PUT, SQL_COLLECTOR_GET,
    SQL_ABOUT_PUT, SQL_ABOUT_LIST,
    SQL_BUNDLE_PUT, SQL_BUNDLE_GET, SQL_BUNDLE_NEWEST,
    SQL_SUSPENSION_PUT, SQL_SUSPENSION_LIST, SQL_SUSPENSION_CLEAR,
    SQL_RESTORE_PUT, SQL_RESTORE_LIST,
    SQL_NONCE_PUT,
    SQL_COUNT
};

enum name_kind { NAME_MAILBOX = 1, NAME_AGENCY = 2, NAME_TYPE = 3 };

/* A name that rows refer to by its id, with the figures kept under it (0 where they mean nothing). */
struct name {
    int64_t id;
    enum name_kind kind;
    bool dirty;              /* counts differ from the row: written at commit */
    uint64_t items;          /* mailbox: number of its last item */
    uint64_t waiting;        /* mailbox: notices not collected */
    uint64_t unacknowledged; /* mailbox: see struct mash_store_mailbox_figures */
    uint64_t open;           /* mailbox: see struct mash_store_figures */
    uint64_t notices;        /* type, agency, sending mailbox: notices accepted */
    uint64_t seen_ms;        /* mailbox: when it last asked */
    char text[MASH_ADDRESS_MAX + 1];
};

struct names {
    struct name **slots;     /* open addressing, a power of two */
    size_t slot_count, used;
};

#define NOTICE_PLACES 256u
struct notice_place {
    int64_t id;              /* 0 with known false: empty */
    bool known;
    struct mash_hash manifest_sha256;
};

#define TILE_LEVELS (MASH_TILE_LEVEL_MAX + 1)
#define TILES_KEPT 16u       /* full tiles, by number */
struct edge {
    bool loaded;
    uint64_t size;           /* leaves the tiles below hold */
    struct mash_tile right[TILE_LEVELS]; /* the rightmost, not full tile of each level */
    bool changed[TILE_LEVELS];
    bool full_known[TILES_KEPT];
    struct mash_tile full[TILES_KEPT];
};

struct mash_store {
    int directory_fd, lock_fd;
    char directory[MASH_SQLITE_PATH_MAX];
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    struct mash_floor *floor;
    enum mash_store_found found;
    bool restored;           /* the mark of a restore is set */
    bool doubted;            /* the mark of a doubted log is set */
    bool confirmed;          /* ... and this group takes them off */
    uint64_t floor_size;     /* as found at open */
    struct mash_hash floor_root;

    bool in_group;
    enum mash_err spoiled;   /* what spoiled the group, or MASH_OK */
    struct mash_store_head committed, head; /* head.root: only when head_rooted */
    bool head_rooted;
    int wal_frames;          /* after the last commit */
    uint64_t reserve_bytes;
    bool room;               /* as found at group_begin */

    struct edge edge;
    struct names names;
    struct notice_place places[NOTICE_PLACES];
};

/* ---- sqlite_statement.c ---- */
/* The one place where an SQLite result becomes an error: FULL for a full disk or quota on write, NOMEM,
 * CONFLICT for a violated key, otherwise IO.  In a group FULL, IO and NOMEM spoil it. */
enum mash_err sql_error(struct mash_store *store, int result);
/* The statement, prepared on first use and kept, ready to be bound. */
MASH_MUSTCHECK enum mash_err sql_ready(struct mash_store *store, enum mash_sql which,
                                       sqlite3_stmt **ret_stmt);
/* Bind parameter at (from 1).  Spans are borrowed until the statement has run.  Numbers of ours are at most
 * INT64_MAX; what a peer asks for goes through sql_clamp() first. */
void sql_int(sqlite3_stmt *stmt, int at, uint64_t value);
void sql_blob(sqlite3_stmt *stmt, int at, struct mash_span span);
void sql_text(sqlite3_stmt *stmt, int at, const char *text);
uint64_t sql_clamp(uint64_t value);
/* Run a statement that gives no row, in a group. */
MASH_MUSTCHECK enum mash_err sql_change(struct mash_store *store, sqlite3_stmt *stmt);
/* Step to the next row.  MASH_E_UNKNOWN: no more; the statement is then done.  After MASH_OK call again or
 * sql_done(). */
MASH_MUSTCHECK enum mash_err sql_row(struct mash_store *store, sqlite3_stmt *stmt);
void sql_done(sqlite3_stmt *stmt);
/* Columns (from 0).  Copies of fixed size: MASH_E_IO when the row has another, which only damage explains. */
uint64_t sql_column(sqlite3_stmt *stmt, int at);
struct mash_span sql_column_span(sqlite3_stmt *stmt, int at);
MASH_MUSTCHECK enum mash_err sql_column_copy(sqlite3_stmt *stmt, int at, void *out, size_t len);
MASH_MUSTCHECK enum mash_err sql_column_text(sqlite3_stmt *stmt, int at, char *out, size_t size);
/* An owned copy. */
MASH_MUSTCHECK enum mash_err sql_column_bytes(sqlite3_stmt *stmt, int at, struct mash_bytes *ret_bytes);
/* Run one or more statements without parameters. */
MASH_MUSTCHECK enum mash_err sql_script(struct mash_store *store, const char *script);
/* The first 8 bytes of a digest as an index key: half the size, compared in full afterwards. */
int64_t sql_digest_key(const struct mash_hash *hash);
/* Forget all prepared statements. */
void sql_finalize(struct mash_store *store);

/* ---- sqlite_schema.c ---- */
/* Pragmas, then the schema: made when the database is empty.  MASH_E_VERSION: newer than ours. */
MASH_MUSTCHECK enum mash_err schema_open(struct mash_store *store);

/* ---- sqlite_log.c ---- */
/* Read the right edge of a tree of size leaves from the tiles.  MASH_E_UNKNOWN: tiles are missing. */
MASH_MUSTCHECK enum mash_err edge_load(struct mash_store *store, uint64_t size);
void edge_drop(struct mash_store *store);
/* Write the changed, not full tiles. */
MASH_MUSTCHECK enum mash_err edge_flush(struct mash_store *store);
/* Root over the first size leaves, size <= those of the edge.  MASH_E_UNKNOWN: tiles are missing. */
MASH_MUSTCHECK enum mash_err edge_root(struct mash_store *store, uint64_t size, struct mash_hash *ret_root);

/* ---- sqlite_name.c ---- */
/* The name, borrowed until the next rollback or change of head.  MASH_E_UNKNOWN: never put. */
MASH_MUSTCHECK enum mash_err name_get(struct mash_store *store, enum name_kind kind, const char *text,
                                      struct name **ret_name);
/* The same, made when absent; in a group. */
MASH_MUSTCHECK enum mash_err name_put(struct mash_store *store, enum name_kind kind, const char *text,
                                      struct name **ret_name);
MASH_MUSTCHECK enum mash_err names_flush(struct mash_store *store);
void names_drop(struct mash_store *store);

/* ---- sqlite_notice.c ---- */
/* Row id of a notice. */
MASH_MUSTCHECK enum mash_err notice_place(struct mash_store *store, const struct mash_hash *manifest_sha256,
                                          int64_t *ret_id);
void notice_places_drop(struct mash_store *store);

/* ---- sqlite_restore.c ---- */
/* Is there a mark of this name in the store's directory?  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mark_find(const struct mash_store *store, const char *name, bool *ret_there);
/* After the commit that confirms: remove both marks, durably.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err marks_remove(struct mash_store *store);

/* ---- sqlite_group.c ---- */
/* Read the head row. */
MASH_MUSTCHECK enum mash_err head_read(struct mash_store *store, struct mash_store_head *ret_head);

#endif
