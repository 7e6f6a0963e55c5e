/* SPDX-License-Identifier: Apache-2.0 */
/* home_store.c - see home_store.h.  Opening, the schema, and transactions. */
#include "clients/lib/home_query.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA_VERSION 1
#define BUSY_WAIT_MS 10000 /* another program of this home: a watch beside an inbox */

struct mash_home_store {
    sqlite3 *database;
    bool in_transaction;
};

/* secure_delete: a body that was let go shall not stay readable in free pages. */
static const char settings[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA cell_size_check=ON;";

static const char schema[] =
    "CREATE TABLE outbox("
    "  position INTEGER PRIMARY KEY AUTOINCREMENT, notice_id BLOB NOT NULL UNIQUE, manifest_sha256 BLOB UNIQUE,"
    "  state INTEGER NOT NULL, mailbox TEXT NOT NULL, type TEXT NOT NULL, immediate INTEGER NOT NULL,"
    "  created_ms INTEGER NOT NULL, held_ms INTEGER NOT NULL, tried_ms INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL, code INTEGER NOT NULL, sub_code TEXT, sentence TEXT,"
    "  manifest BLOB NOT NULL, signed_notice BLOB, body BLOB, receipt BLOB, local_reference BLOB) STRICT;"
    "CREATE TABLE inbox("
    "  position INTEGER PRIMARY KEY AUTOINCREMENT, manifest_sha256 BLOB NOT NULL, mailbox TEXT NOT NULL,"
    "  notice_id BLOB NOT NULL, from_agency TEXT NOT NULL, sender TEXT NOT NULL, type TEXT NOT NULL,"
    "  state INTEGER NOT NULL, immediate INTEGER NOT NULL, drill INTEGER NOT NULL, number INTEGER NOT NULL,"
    "  created_ms INTEGER NOT NULL, held_ms INTEGER NOT NULL, stored_ms INTEGER NOT NULL,"
    "  presented INTEGER NOT NULL, unreadable_reason TEXT, manifest BLOB NOT NULL, signed_notice BLOB NOT NULL,"
    "  body BLOB NOT NULL, accept_receipt BLOB NOT NULL, delivery_proof BLOB NOT NULL, inner BLOB,"
    "  UNIQUE(manifest_sha256, mailbox), UNIQUE(from_agency, notice_id, mailbox)) STRICT;"
    "CREATE INDEX inbox_notice ON inbox(notice_id);"
    "CREATE TABLE status("
    "  status_sha256 BLOB PRIMARY KEY, manifest_sha256 BLOB NOT NULL, mailbox TEXT NOT NULL,"
    "  sequence INTEGER NOT NULL, state INTEGER NOT NULL, time_ms INTEGER NOT NULL, entry_ms INTEGER NOT NULL,"
    "  ours INTEGER NOT NULL, sending INTEGER NOT NULL, code INTEGER NOT NULL, sentence TEXT,"
    "  signed_status BLOB NOT NULL, proof BLOB) STRICT;"
    "CREATE INDEX status_chain ON status(manifest_sha256, mailbox, sequence);"
    "CREATE INDEX status_sending ON status(sending, mailbox, manifest_sha256, sequence);"
    "CREATE TABLE chain(manifest_sha256 BLOB NOT NULL, mailbox TEXT NOT NULL, sequence INTEGER NOT NULL,"
    "  last BLOB NOT NULL, PRIMARY KEY(manifest_sha256, mailbox)) STRICT;"
    "CREATE TABLE report("
    "  entry INTEGER PRIMARY KEY, manifest_sha256 BLOB NOT NULL, time_ms INTEGER NOT NULL, code INTEGER NOT NULL,"
    "  level INTEGER NOT NULL, sub_code TEXT, recipient TEXT, proof BLOB NOT NULL) STRICT;"
    "CREATE INDEX report_notice ON report(manifest_sha256, entry);"
    "CREATE TABLE cursor(mailbox TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;"
    "CREATE TABLE checkpoint(one INTEGER PRIMARY KEY CHECK(one = 1), size INTEGER NOT NULL, root BLOB NOT NULL,"
    "  note BLOB NOT NULL) STRICT;"
    "CREATE TABLE bundle(version INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "CREATE TABLE restored(position INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE,"
    "  size INTEGER NOT NULL, root BLOB NOT NULL, confirmed_ms INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  message BLOB NOT NULL) STRICT;"
    "CREATE TABLE lost(id INTEGER PRIMARY KEY AUTOINCREMENT, restored BLOB NOT NULL, kind TEXT NOT NULL,"
    "  sha256 BLOB NOT NULL, proof BLOB) STRICT;"
    "CREATE TABLE alarm(id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
    "  text TEXT NOT NULL, evidence BLOB, cleared INTEGER NOT NULL) STRICT;"
    "CREATE TABLE quarantine(id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL,"
    "  mailbox TEXT NOT NULL, number INTEGER NOT NULL, reason TEXT NOT NULL, delivery BLOB NOT NULL,"
    "  UNIQUE(mailbox, number, reason)) STRICT;";

sqlite3 *
mash_home_database(struct mash_home_store *store)
{
    return store->database;
}

static enum mash_err
run(struct mash_home_store *store, const char *sql)
{
    return mash_query_error(sqlite3_exec(store->database, sql, NULL, NULL, NULL));
}

static enum mash_err
schema_prepare(struct mash_home_store *store)
{
    enum mash_err err = mash_home_begin(store);
    if (err != MASH_OK)
        return err;

    struct mash_query query = mash_query_begin(store, "PRAGMA user_version");
    uint64_t version = mash_query_row(&query) ? mash_column_u64(&query, 0) : 0;
    err = mash_query_end(&query);
    if (err == MASH_OK && version > SCHEMA_VERSION)
        err = MASH_E_VERSION;
    if (err == MASH_OK && version == 0)
        err = run(store, schema);
    if (err == MASH_OK && version == 0)
        err = run(store, "PRAGMA user_version=1");
    if (err == MASH_OK)
        err = mash_home_commit(store);
    mash_home_rollback(store);
    return err;
}

/* SQLite makes files by the umask; plaintexts are in here, so make it ours first. */
static enum mash_err
file_prepare(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno == ENOSPC || errno == EDQUOT ? MASH_E_FULL : MASH_E_IO;
    enum mash_err err = fchmod(fd, 0600) == 0 ? MASH_OK : MASH_E_IO;
    (void)close(fd);
    return err;
}

enum mash_err
mash_home_store_open(const char *path, struct mash_home_store **ret_store)
{
    enum mash_err err = file_prepare(path);
    if (err != MASH_OK)
        return err;
    struct mash_home_store *store = calloc(1, sizeof(*store));
    if (store == NULL)
        return MASH_E_NOMEM;

    err = mash_query_error(sqlite3_open_v2(path, &store->database,
                                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
                                           NULL));
    if (err != MASH_OK)
        goto out;
    (void)sqlite3_busy_timeout(store->database, BUSY_WAIT_MS);
    err = run(store, settings);
    if (err == MASH_OK)
        err = schema_prepare(store);
    if (err != MASH_OK)
        goto out;

    *ret_store = store;
    store = NULL;
out:
    mash_home_store_close(&store);
    return err;
}

void
mash_home_store_close(struct mash_home_store **store_p)
{
    struct mash_home_store *store = *store_p;
    if (store == NULL)
        return;
    mash_home_rollback(store);
    (void)sqlite3_close_v2(store->database);
    free(store);
    *store_p = NULL;
}

enum mash_err
mash_home_begin(struct mash_home_store *store)
{
    enum mash_err err = run(store, "BEGIN IMMEDIATE");
    store->in_transaction = err == MASH_OK;
    return err;
}

enum mash_err
mash_home_commit(struct mash_home_store *store)
{
    enum mash_err err = run(store, "COMMIT");
    if (err == MASH_OK)
        store->in_transaction = false;
    return err;
}

void
mash_home_rollback(struct mash_home_store *store)
{
    if (!store->in_transaction)
        return;
    store->in_transaction = false;
    if (sqlite3_get_autocommit(store->database) == 0)
        (void)run(store, "ROLLBACK"); /* an error here leaves nothing that a later commit could keep */
}
