/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_restore.c - confirmed restores, and the two marks that keep a log from being signed: `restored` in a
 * store that came from a backup, `read-only` once a client has shown another past.  Ledger process.
 * A mark is a file: it must hold whatever the database says. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOUBT_TEMPORARY MASH_SQLITE_DOUBT_FILE ".new"
#define DOUBT_MAX (MASH_CHECKPOINT_MAX + 1024u) /* bytes of the file */

/* ---- marks ---- */

enum mash_err
mark_find(const struct mash_store *store, const char *name, bool *ret_there)
{
    struct stat mark;
    bool there = fstatat(store->directory_fd, name, &mark, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there && errno != ENOENT)
        return MASH_E_IO;
    *ret_there = there;
    return MASH_OK;
}

enum mash_err
marks_remove(struct mash_store *store)
{
    static const char *const names[] = { MASH_SQLITE_RESTORED_FILE, MASH_SQLITE_DOUBT_FILE };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (unlinkat(store->directory_fd, names[i], 0) != 0 && errno != ENOENT)
            return MASH_E_IO;
    /* Until the directory is synced a crash brings the marks back, which is the safe side. */
    if (fsync(store->directory_fd) != 0)
        return MASH_E_IO;
    store->restored = store->doubted = false;
    return MASH_OK;
}

static enum mash_err
write_all(int fd, struct mash_span bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        ssize_t wrote = write(fd, bytes.data + at, bytes.len - at);
        if (wrote < 0 && errno != EINTR)
            return MASH_E_IO;
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    return MASH_OK;
}

/* Whole or not at all: temporary file, sync, rename, sync. */
static enum mash_err
write_mark(const struct mash_store *store, struct mash_span content)
{
    int fd = openat(store->directory_fd, DOUBT_TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return MASH_E_IO;
    enum mash_err err = write_all(fd, content);
    if (err == MASH_OK && fsync(fd) != 0)
        err = MASH_E_IO;
    if (close(fd) != 0)
        err = MASH_E_IO;
    if (err == MASH_OK &&
        (renameat(store->directory_fd, DOUBT_TEMPORARY, store->directory_fd, MASH_SQLITE_DOUBT_FILE) != 0 ||
         fsync(store->directory_fd) != 0))
        err = MASH_E_IO;
    return err;
}

enum mash_err
mash_store_doubt(struct mash_store *store, const char *why, struct mash_span note)
{
    if (store->doubted)
        return MASH_OK;
    struct mash_bytes content = mash_bytes_max(DOUBT_MAX);
    enum mash_err err = mash_bytes_appendf(&content, "%s\n\n", why);
    if (err == MASH_OK)
        err = mash_bytes_append(&content, note.data, note.len);
    if (err == MASH_OK)
        err = write_mark(store, mash_bytes_span(&content));
    mash_bytes_free(&content);
    if (err == MASH_OK)
        store->doubted = true;
    return err;
}

static enum mash_err
read_mark(const struct mash_store *store, struct mash_bytes *ret_content)
{
    int fd = openat(store->directory_fd, MASH_SQLITE_DOUBT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? MASH_E_UNKNOWN : MASH_E_IO;
    enum mash_err err = MASH_OK;
    for (ssize_t got = 1; err == MASH_OK && got != 0;) {
        uint8_t chunk[4096];
        got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno != EINTR)
            err = MASH_E_IO;
        else if (got > 0)
            err = mash_bytes_append(ret_content, chunk, (size_t)got);
    }
    (void)close(fd);
    return err == MASH_E_LIMIT ? MASH_E_FORMAT : err;
}

enum mash_err
mash_store_doubt_get(const struct mash_store *store, char *ret_why, size_t why_size, struct mash_bytes *ret_note)
{
    struct mash_bytes content = mash_bytes_max(DOUBT_MAX);
    enum mash_err err = read_mark(store, &content);
    const uint8_t *end = content.len > 0 ? memchr(content.data, '\n', content.len) : NULL;
    size_t len = end != NULL ? (size_t)(end - content.data) : 0;
    if (err == MASH_OK && (end == NULL || len >= why_size || len + 2 > content.len || end[1] != '\n'))
        err = MASH_E_FORMAT;
    if (err == MASH_OK)
        err = mash_bytes_append(ret_note, end + 2, content.len - len - 2);
    if (err == MASH_OK) {
        memcpy(ret_why, content.data, len);
        ret_why[len] = '\0';
    }
    mash_bytes_free(&content);
    return err;
}

/* ---- confirmed restores ---- */

static enum mash_err
restore_put(struct mash_store *store, const struct mash_store_restore *row)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_RESTORE_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, row->size);
    sql_blob(stmt, 2, mash_hash_span(&row->root));
    sql_int(stmt, 3, row->first_entry);
    sql_int(stmt, 4, row->second_entry);
    sql_int(stmt, 5, row->shown_size);
    sql_blob(stmt, 6, mash_hash_span(&row->shown_root));
    return sql_change(store, stmt);
}

enum mash_err
mash_store_restore_confirmed(struct mash_store *store, const struct mash_store_restore *row)
{
    assert(store->in_group);
    if (!store->restored && !store->doubted)
        return MASH_E_UNKNOWN;
    enum mash_err err = restore_put(store, row);
    if (err == MASH_OK)
        store->confirmed = true;
    return err;
}

static enum mash_err
restore_columns(sqlite3_stmt *stmt, struct mash_store_restore *row)
{
    row->size = sql_column(stmt, 0);
    row->first_entry = sql_column(stmt, 2);
    row->second_entry = sql_column(stmt, 3);
    row->shown_size = sql_column(stmt, 4);
    enum mash_err err = sql_column_copy(stmt, 1, row->root.bytes, sizeof(row->root.bytes));
    return err == MASH_OK ? sql_column_copy(stmt, 5, row->shown_root.bytes, sizeof(row->shown_root.bytes)) : err;
}

enum mash_err
mash_store_restores(struct mash_store *store, struct mash_store_restore *ret_rows, size_t max, size_t *ret_count)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_RESTORE_LIST, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, sql_clamp(max));
    size_t count = 0;
    while ((err = sql_row(store, stmt)) == MASH_OK) {
        err = restore_columns(stmt, &ret_rows[count]);
        if (err != MASH_OK) {
            sql_done(stmt);
            return err;
        }
        count++;
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    *ret_count = count;
    return MASH_OK;
}
