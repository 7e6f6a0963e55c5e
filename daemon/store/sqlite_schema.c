/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_schema.c - pragmas and tables.  Ledger process.
 * On disk for years: a change gets a new MASH_SQLITE_SCHEMA_VERSION and a step that upgrades the old one.
 * Keys are integers in the order rows arrive, so that a group touches few pages: a notice's id is its accept
 * entry, names are interned, digests are indexed by their first 8 bytes.  Foreign keys are not declared:
 * each id comes from a look-up in the same transaction, and checking it again costs a seek a row. */
#include "daemon/store/sqlite.h"

#include <string.h>

/* The order matters: EXCLUSIVE before WAL keeps the WAL index in our memory, with no shared file.
 * 16 MiB of page cache hold the pages of the largest group, so that none is written twice. */
static const char pragmas[] =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA page_size = 4096;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA cache_size = -16384;";

#define TABLE_RESTORE                                                                                     \
    "CREATE TABLE restore (number INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL,"        \
    " first_entry INTEGER NOT NULL, second_entry INTEGER NOT NULL, shown_size INTEGER NOT NULL,"          \
    " shown_root BLOB NOT NULL) STRICT;"

static const char tables[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE schema (version INTEGER NOT NULL) STRICT;"
    "INSERT INTO schema VALUES (2);"

    /* One row: the log's head and its signed checkpoint. */
    "CREATE TABLE head (size INTEGER NOT NULL, root BLOB NOT NULL, last_time_ms INTEGER NOT NULL,"
    " checkpoint BLOB) STRICT;"

    /* salt and detail can be erased, the leaf never. */
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, leaf BLOB NOT NULL, salt BLOB, detail BLOB) STRICT;"

    /* place = level * 2^55 + number; always 256 hashes long, zeros where there is none yet. */
    "CREATE TABLE tile (place INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;"

    /* kind: 1 mailbox, 2 agency, 3 notice type; with the figures kept under the name. */
    "CREATE TABLE name (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL,"
    " items INTEGER NOT NULL DEFAULT 0, waiting INTEGER NOT NULL DEFAULT 0,"
    " unacknowledged INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 0,"
    " notices INTEGER NOT NULL DEFAULT 0, seen_ms INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (kind, text)) STRICT;"

    /* id: the accept entry's number. */
    "CREATE TABLE notice (id INTEGER PRIMARY KEY, digest_key INTEGER NOT NULL, manifest_sha256 BLOB NOT NULL,"
    " sender INTEGER NOT NULL, agency INTEGER NOT NULL, notice_id BLOB NOT NULL, type INTEGER NOT NULL,"
    " immediate INTEGER NOT NULL, drill INTEGER NOT NULL, subject_count INTEGER NOT NULL,"
    " body_sha256 BLOB NOT NULL, held_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX notice_digest ON notice (digest_key);"
    "CREATE UNIQUE INDEX notice_identity ON notice (agency, notice_id);"

    "CREATE TABLE body (id INTEGER PRIMARY KEY, digest_key INTEGER NOT NULL, sha256 BLOB NOT NULL,"
    " content BLOB NOT NULL) STRICT;"
    "CREATE INDEX body_digest ON body (digest_key);"

    "CREATE TABLE obligation (notice INTEGER NOT NULL, mailbox INTEGER NOT NULL, cover_for INTEGER NOT NULL,"
    " sender INTEGER NOT NULL, action INTEGER NOT NULL, lead INTEGER NOT NULL, state INTEGER NOT NULL,"
    " rag INTEGER NOT NULL, withdrawn INTEGER NOT NULL, sequence INTEGER NOT NULL, last BLOB,"
    " delivered_entry INTEGER NOT NULL, decided_subjects INTEGER NOT NULL, held_ms INTEGER NOT NULL,"
    " collected_ms INTEGER NOT NULL, acknowledged_ms INTEGER NOT NULL,"
    " PRIMARY KEY (notice, mailbox)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE item (mailbox INTEGER NOT NULL, number INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " notice INTEGER NOT NULL, entry INTEGER NOT NULL, retired INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (mailbox, number)) STRICT, WITHOUT ROWID;"
    /* Only what waits, so it stays small. */
    "CREATE INDEX item_waiting ON item (mailbox, notice) WHERE kind = 1 AND retired = 0;"

    "CREATE TABLE handover (mailbox INTEGER NOT NULL, number INTEGER NOT NULL, link_id BLOB NOT NULL,"
    " entry INTEGER NOT NULL, PRIMARY KEY (mailbox, number, link_id)) STRICT, WITHOUT ROWID;"
    /* Which installation of a mailbox has signed that it collected. */
    "CREATE TABLE collector (notice INTEGER NOT NULL, mailbox INTEGER NOT NULL, link_id BLOB NOT NULL,"
    " PRIMARY KEY (notice, mailbox, link_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE about (notice INTEGER NOT NULL, entry INTEGER NOT NULL,"
    " PRIMARY KEY (notice, entry)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE bundle (version INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "CREATE TABLE suspension (id INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, key_id BLOB NOT NULL,"
    " bundle_version INTEGER NOT NULL, entry INTEGER NOT NULL) STRICT;"
    /* Confirmed restores; the entries are the two operators' commands. */
    TABLE_RESTORE
    "CREATE TABLE nonce (nonce BLOB PRIMARY KEY, time_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO head SELECT 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, NULL;"
    "COMMIT;";

/* To version 2.  Who collected before is not known: what they ask for again they get again. */
static const char upgrade_1[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE collector (notice INTEGER NOT NULL, mailbox INTEGER NOT NULL, link_id BLOB NOT NULL,"
    " PRIMARY KEY (notice, mailbox, link_id)) STRICT, WITHOUT ROWID;"
    TABLE_RESTORE
    "UPDATE schema SET version = 2;"
    "COMMIT;";

/* One number from SQL that is not worth keeping prepared. */
static enum mash_err
ask(struct mash_store *store, const char *sql, int64_t *ret_value)
{
    sqlite3_stmt *stmt = NULL;
    int result = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(stmt);
    enum mash_err err = MASH_OK;
    if (result == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(stmt, 0);
    else
        err = result == SQLITE_DONE ? MASH_E_UNKNOWN : sql_error(store, result);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* A database of another program is not ours to touch, nor is a newer one.  ret_version: 0 when empty. */
static enum mash_err
check_version(struct mash_store *store, int64_t *ret_version)
{
    int64_t count = 0;
    enum mash_err err = ask(store, "SELECT count(*) FROM sqlite_schema", &count);
    if (err != MASH_OK)
        return err;
    *ret_version = 0;
    if (count == 0)
        return MASH_OK;

    err = ask(store, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema'", &count);
    if (err == MASH_OK && count == 0)
        return MASH_E_VERSION;
    int64_t version = 0;
    if (err == MASH_OK)
        err = ask(store, "SELECT version FROM schema", &version);
    if (err != MASH_OK)
        return err;
    *ret_version = version;
    return version >= 1 && version <= MASH_SQLITE_SCHEMA_VERSION ? MASH_OK : MASH_E_VERSION;
}

/* SQLite answers a pragma it cannot follow with the old value, not with an error. */
static enum mash_err
check_pragmas(struct mash_store *store)
{
    static const struct {
        const char *sql;
        int64_t want;
    } checks[] = {
        { "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1 },
        { "SELECT locking_mode = 'exclusive' FROM pragma_locking_mode", 1 },
        { "PRAGMA synchronous", 2 },
        { "PRAGMA wal_autocheckpoint", 0 },
        { "PRAGMA secure_delete", 1 },
        { "PRAGMA trusted_schema", 0 },
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        int64_t value = -1;
        enum mash_err err = ask(store, checks[i].sql, &value);
        if (err != MASH_OK)
            return err;
        if (value != checks[i].want)
            return MASH_E_IO;
    }
    return MASH_OK;
}

enum mash_err
schema_open(struct mash_store *store)
{
    /* The version first: the pragmas change a database file. */
    int64_t version = 0;
    enum mash_err err = sql_script(store, "PRAGMA locking_mode = EXCLUSIVE;");
    if (err == MASH_OK)
        err = check_version(store, &version);
    if (err == MASH_OK)
        err = sql_script(store, pragmas);
    if (err == MASH_OK)
        err = check_pragmas(store);
    if (err == MASH_OK && version == 0)
        err = sql_script(store, tables);
    if (err == MASH_OK && version == 1)
        err = sql_script(store, upgrade_1);
    return err;
}
