/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_open.c - open and close: the directory, its lock, the database, and whether it may be trusted.
 * Ledger process.  A store that is refused is left as it was found, WAL included. */
#include "daemon/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESERVE_BYTES_DEFAULT (64ull * 1024u * 1024u)

/* Make the directory when it is not there, durably, and open it. */
static enum mash_err
open_directory(struct mash_store *store, const char *directory)
{
    size_t len = strlen(directory);
    if (len == 0 || len + 32 >= sizeof(store->directory))
        return MASH_E_LIMIT;
    memcpy(store->directory, directory, len + 1);

    bool made = mkdir(directory, 0700) == 0;
    if (!made && errno != EEXIST)
        return MASH_E_IO;
    store->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->directory_fd < 0)
        return MASH_E_IO;
    if (!made)
        return MASH_OK;

    int parent_fd = openat(store->directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent_fd < 0)
        return MASH_E_IO;
    int result = fsync(parent_fd);
    (void)close(parent_fd);
    return result == 0 ? MASH_OK : MASH_E_IO;
}

static enum mash_err
take_lock(struct mash_store *store)
{
    store->lock_fd = openat(store->directory_fd, MASH_SQLITE_LOCK_FILE,
                            O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock_fd < 0)
        return MASH_E_IO;
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return MASH_OK;
    return errno == EWOULDBLOCK ? MASH_E_CONFLICT : MASH_E_IO;
}

/* After each commit: how long the WAL is. */
static int
on_commit(void *ctx, sqlite3 *db, const char *name, int frames)
{
    (void)db;
    (void)name;
    struct mash_store *store = ctx;
    store->wal_frames = frames;
    return SQLITE_OK;
}

static enum mash_err
open_database(struct mash_store *store)
{
    /* SQLite would make the file readable by others, and its WAL after it. */
    int fd = openat(store->directory_fd, MASH_SQLITE_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return MASH_E_IO;
    (void)close(fd);

    char path[MASH_SQLITE_PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", store->directory, MASH_SQLITE_FILE);
    if (len < 0 || (size_t)len >= sizeof(path))
        return MASH_E_LIMIT;
    int result = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result != SQLITE_OK)
        return store->db == NULL ? MASH_E_NOMEM : sql_error(store, result);
    (void)sqlite3_extended_result_codes(store->db, 1);
    /* Until the store is found good, closing it must not fold the WAL into the database. */
    if (sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK
        || sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK)
        return MASH_E_IO;

    enum mash_err err = schema_open(store);
    if (err != MASH_OK)
        return err;
    (void)sqlite3_wal_hook(store->db, on_commit, store);
    /* The WAL's name is in the directory now; SQLite would sync that later and ignore an error. */
    return fsync(store->directory_fd) == 0 ? MASH_OK : MASH_E_IO;
}

/* An empty log has a floor too: one that is missing beside entries then always means a loss, and never a
 * crash between the first commit and its floor. */
static enum mash_err
begin_floor(struct mash_store *store)
{
    uint64_t size = 0;
    struct mash_hash root = mash_tree_empty_root();
    if (store->committed.size > 0 || mash_floor_get(store->floor, &size, &root))
        return MASH_OK;
    return mash_floor_set(store->floor, 0, &root);
}

/* The tree behind the head must be there, and must contain the one the floor saw. */
static enum mash_err
compare_floor(struct mash_store *store, bool *ret_behind)
{
    uint64_t size = store->committed.size;
    bool has_floor = mash_floor_get(store->floor, &store->floor_size, &store->floor_root);
    *ret_behind = true;
    if (size < store->floor_size || (size > 0 && !has_floor))
        return MASH_OK;

    struct mash_hash at_head, at_floor = store->floor_root;
    enum mash_err err = edge_load(store, size);
    if (err == MASH_OK)
        err = edge_root(store, size, &at_head);
    if (err == MASH_OK && has_floor)
        err = edge_root(store, store->floor_size, &at_floor);
    if (err == MASH_E_UNKNOWN)
        return MASH_OK;
    if (err != MASH_OK)
        return err;
    *ret_behind = !mash_hash_equal(&at_head, &store->committed.root)
                  || !mash_hash_equal(&at_floor, &store->floor_root);
    return MASH_OK;
}

static enum mash_err
judge(struct mash_store *store)
{
    bool behind = false;
    enum mash_err err = head_read(store, &store->committed);
    if (err == MASH_OK)
        err = begin_floor(store);
    if (err == MASH_OK)
        err = compare_floor(store, &behind);
    if (err != MASH_OK)
        return err;

    err = mark_find(store, MASH_SQLITE_RESTORED_FILE, &store->restored);
    if (err == MASH_OK)
        err = mark_find(store, MASH_SQLITE_DOUBT_FILE, &store->doubted);
    if (err != MASH_OK)
        return err;
    if (store->restored)
        store->found = MASH_STORE_RESTORED;
    else if (behind)
        store->found = MASH_STORE_BEHIND_FLOOR;
    else if (store->doubted)
        store->found = MASH_STORE_DOUBTED;
    else
        store->found = store->committed.size == 0 ? MASH_STORE_NEW : MASH_STORE_CLEAN;
    edge_drop(store);
    return MASH_OK;
}

enum mash_err
mash_store_open(const char *directory, struct mash_store **ret_store, enum mash_store_found *ret_found)
{
    enum mash_err err = MASH_E_NOMEM;
    struct mash_store *store = calloc(1, sizeof(*store));
    if (store == NULL)
        goto out;
    store->directory_fd = -1;
    store->lock_fd = -1;
    store->reserve_bytes = RESERVE_BYTES_DEFAULT;

    err = open_directory(store, directory);
    if (err == MASH_OK)
        err = take_lock(store);
    if (err == MASH_OK)
        err = open_database(store);
    if (err == MASH_OK)
        err = mash_floor_open(store->directory_fd, &store->floor);
    if (err == MASH_OK)
        err = judge(store);
    if (err != MASH_OK)
        goto out;

    if (store->found == MASH_STORE_NEW || store->found == MASH_STORE_CLEAN)
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    *ret_found = store->found;
    *ret_store = store;
    store = NULL;
out:
    mash_store_close(&store);
    return err;
}

void
mash_store_close(struct mash_store **store_p)
{
    struct mash_store *store = *store_p;
    if (store == NULL)
        return;
    if (store->db != NULL && store->in_group)
        mash_store_group_rollback(store);
    names_drop(store);
    if (store->db != NULL) {
        sql_finalize(store);
        (void)sqlite3_close(store->db);
    }
    mash_floor_close(&store->floor);
    /* The lock goes last. */
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd);
    if (store->directory_fd >= 0)
        (void)close(store->directory_fd);
    free(store);
    *store_p = NULL;
}

void
mash_store_floor(const struct mash_store *store, uint64_t *ret_size, struct mash_hash *ret_root)
{
    *ret_size = store->floor_size;
    *ret_root = store->floor_root;
}
