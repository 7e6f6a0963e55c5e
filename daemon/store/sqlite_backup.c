/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_backup.c - a consistent, synced copy of the store in a new directory: database, floor, and the
 * restore mark.  Ledger process, between groups: the copy is of one head. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Make and sync an empty file. */
static enum mash_err
touch(int directory_fd, const char *name)
{
    int fd = openat(directory_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return MASH_E_IO;
    int result = fsync(fd);
    return close(fd) == 0 && result == 0 ? MASH_OK : MASH_E_IO;
}

static enum mash_err
copy_database(struct mash_store *store, const char *path)
{
    sqlite3 *copy = NULL;
    int result = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_backup *backup = NULL;
    if (result == SQLITE_OK)
        backup = sqlite3_backup_init(copy, "main", store->db, "main");
    if (backup != NULL) {
        /* All pages at once: nothing else may change the source between two steps. */
        result = sqlite3_backup_step(backup, -1);
        int finish = sqlite3_backup_finish(backup);
        if (result == SQLITE_DONE)
            result = finish;
    } else if (result == SQLITE_OK) {
        result = sqlite3_errcode(copy);
    }
    (void)sqlite3_close(copy);
    if (result == SQLITE_OK)
        return MASH_OK;
    return result == SQLITE_FULL ? MASH_E_FULL : MASH_E_IO;
}

static enum mash_err
copy_floor(const struct mash_store *store, int directory_fd)
{
    struct mash_floor *floor = NULL;
    enum mash_err err = mash_floor_open(directory_fd, &floor);
    if (err == MASH_OK)
        err = mash_floor_set(floor, store->committed.size, &store->committed.root);
    mash_floor_close(&floor);
    return err;
}

/* The mark goes first: no moment shows a copy without it. */
static enum mash_err
fill(struct mash_store *store, const char *directory, int directory_fd)
{
    char path[MASH_SQLITE_PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", directory, MASH_SQLITE_FILE);
    if (len < 0 || (size_t)len >= sizeof(path))
        return MASH_E_LIMIT;
    enum mash_err err = touch(directory_fd, MASH_SQLITE_RESTORED_FILE);
    if (err == MASH_OK)
        err = touch(directory_fd, MASH_SQLITE_FILE);
    if (err == MASH_OK)
        err = copy_database(store, path);
    if (err == MASH_OK)
        err = copy_floor(store, directory_fd);
    if (err == MASH_OK && fsync(directory_fd) != 0)
        err = MASH_E_IO;
    return err;
}

static enum mash_err
sync_parent(int directory_fd)
{
    int parent_fd = openat(directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent_fd < 0)
        return MASH_E_IO;
    int result = fsync(parent_fd);
    (void)close(parent_fd);
    return result == 0 ? MASH_OK : MASH_E_IO;
}

/* Half a copy is no copy. */
static void
remove_copy(const char *directory, int directory_fd)
{
    static const char *const names[] = { MASH_SQLITE_FILE, MASH_SQLITE_FILE "-journal",
                                         MASH_SQLITE_FILE "-wal", MASH_FLOOR_FILE,
                                         MASH_SQLITE_RESTORED_FILE };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlinkat(directory_fd, names[i], 0);
    (void)rmdir(directory);
}

enum mash_err
mash_store_backup(struct mash_store *store, const char *directory)
{
    assert(!store->in_group);
    if (mkdir(directory, 0700) != 0)
        return errno == EEXIST ? MASH_E_CONFLICT : MASH_E_IO;
    int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0) {
        (void)rmdir(directory);
        return MASH_E_IO;
    }
    enum mash_err err = fill(store, directory, directory_fd);
    if (err == MASH_OK)
        err = sync_parent(directory_fd);
    if (err != MASH_OK)
        remove_copy(directory, directory_fd);
    (void)close(directory_fd);
    return err;
}
