/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_crash.c - what a crash, a damaged file, an old copy or a second ledger leave: the store is as
 * it was at its last commit, or it says that it is not. */
#include "tests/unit/daemon/fixture_store.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>

/* Open and expect a refusal. */
static void
refused(const char *name, enum mash_err want)
{
    struct mash_store *store = NULL;
    enum mash_store_found found;
    assert_int_equal(mash_store_open(inside(name, NULL), &store, &found), want);
    assert_null(store);
}

/* The store is behind, still says so when opened again, can be read, and takes no group. */
static void
behind(const char *name, uint64_t floor_size)
{
    for (unsigned round = 0; round < 2; round++) {
        struct mash_store *store = open_store(name, MASH_STORE_BEHIND_FLOOR);
        struct mash_store_head head;
        struct mash_hash root;
        uint64_t size = 77;
        mash_store_floor(store, &size, &root);
        assert_int_equal(size, floor_size);
        assert_int_equal(mash_store_group_begin(store, &head), MASH_E_MISMATCH);
        mash_store_close(&store);
    }
}

static void
assert_same_file(const char *a, const char *b)
{
    static uint8_t blocks[2][65536];
    FILE *files[2] = { fopen(a, "rb"), fopen(b, "rb") };
    assert_non_null(files[0]);
    assert_non_null(files[1]);
    for (size_t got = 1; got > 0;) {
        got = fread(blocks[0], 1, sizeof(blocks[0]), files[0]);
        assert_int_equal(fread(blocks[1], 1, sizeof(blocks[1]), files[1]), got);
        assert_memory_equal(blocks[0], blocks[1], got);
    }
    (void)fclose(files[0]);
    (void)fclose(files[1]);
}

static void
clean(const char *name, const struct mash_store_head *want)
{
    struct mash_store *store = open_store(name, MASH_STORE_CLEAN);
    struct mash_store_head head = begin(store);
    assert_memory_equal(&head, want, sizeof(head));
    (void)append(store, head.size);
    commit(store);
    mash_store_close(&store);
}

static long
size_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void
flip(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_true(byte >= 0);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputc(byte ^ 0x10, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
test_crash_and_lost_wal(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    (void)commit_entries(store, 300);
    struct mash_store_head head = commit_entries(store, 5);
    (void)begin(store); /* not committed: lost, and rightly */
    (void)append(store, head.size);
    copy_store("s", "crashed");
    copy_store("s", "lost");
    mash_store_close(&store);
    clean("crashed", &head);
    assert_int_equal(unlink(inside("lost", "store.db-wal")), 0);
    behind("lost", head.size);
}

/* A WAL cut off or damaged anywhere: clean means the very head the floor names. */
static void
test_damaged_wal(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_head head = commit_entries(store, 10);
    head = commit_entries(store, 10);
    long length = size_of(inside("s", "store.db-wal"));
    unsigned behinds = 0, tries = 0;
    for (long at = 0; at < length; at += 1 + length / 60) {
        for (unsigned cut = 0; cut < 2; cut++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "d%u", tries++);
            copy_store("s", name);
            if (cut != 0)
                assert_int_equal(truncate(inside(name, "store.db-wal"), at), 0);
            else
                flip(inside(name, "store.db-wal"), at);
            struct mash_store *damaged = NULL;
            enum mash_store_found found;
            if (mash_store_open(inside(name, NULL), &damaged, &found) != MASH_OK)
                continue;
            assert_true(found == MASH_STORE_CLEAN || found == MASH_STORE_BEHIND_FLOOR);
            behinds += found == MASH_STORE_BEHIND_FLOOR ? 1 : 0;
            if (found == MASH_STORE_CLEAN) {
                struct mash_store_head at_open = begin(damaged);
                assert_memory_equal(&at_open, &head, sizeof(head));
            }
            mash_store_close(&damaged);
        }
    }
    assert_true(behinds > tries / 2);
    mash_store_close(&store);
}

static void
test_floor_against_store(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store *other = open_store("other", MASH_STORE_NEW);
    (void)commit_entries(store, 3);
    copy_store("s", "older");
    copy_store("s", "as found");
    struct mash_store_head head = commit_entries(store, 4);
    (void)commit_entries(other, 7); /* as long, another history */
    mash_store_close(&store);
    mash_store_close(&other);

    copy_store("s", "stale floor"); /* a crash between transaction and floor */
    copy_file(inside("older", "floor"), inside("stale floor", "floor"));
    clean("stale floor", &head);
    copy_store("s", "foreign");
    copy_file(inside("other", "floor"), inside("foreign", "floor"));
    behind("foreign", 7);
    copy_file(inside("s", "floor"), inside("older", "floor"));
    behind("older", 7);
    assert_same_file(inside("older", "store.db"), inside("as found", "store.db")); /* a refusal is evidence */
    assert_same_file(inside("older", "store.db-wal"), inside("as found", "store.db-wal"));
    copy_store("s", "gone");
    assert_int_equal(unlink(inside("gone", "floor")), 0);
    behind("gone", 0);
    assert_int_equal(mkdir(inside("empty", NULL), 0700), 0);
    copy_file(inside("s", "floor"), inside("empty", "floor"));
    behind("empty", 7);
    clean("s", &head);
}

/* Tiles that do not give the head's root, or are not there. */
static void
test_damaged_tiles(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "UPDATE tile SET hashes = zeroblob(8192)", "DELETE FROM tile",
        "UPDATE head SET root = zeroblob(32)", "UPDATE head SET size = 2",
    };
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    (void)commit_entries(store, 3);
    mash_store_close(&store);
    for (unsigned i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "d%u", i);
        copy_store("s", name);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(inside(name, "store.db"), &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, damages[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        behind(name, 3);
    }
}

static void
test_other_schemas(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        enum mash_err want;
    } cases[] = { { "UPDATE schema SET version = 3", MASH_E_VERSION },
                  { "UPDATE schema SET version = 0", MASH_E_VERSION },
                  { "DROP TABLE schema", MASH_E_VERSION },
                  { "DROP TABLE head", MASH_E_IO } };
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    (void)commit_entries(store, 3);
    mash_store_close(&store);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "v%u", i);
        copy_store("s", name);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(inside(name, "store.db"), &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        refused(name, cases[i].want);
        refused(name, cases[i].want);
    }
    copy_store("s", "junk");
    copy_file("/proc/self/exe", inside("junk", "store.db"));
    refused("junk", MASH_E_IO);
    refused("no/parent", MASH_E_IO);
}

/* A store of version 1 gets what came since, and keeps its log. */
static void
test_an_older_schema_is_upgraded(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    (void)commit_entries(store, 3);
    mash_store_close(&store);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(inside("s", "store.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DROP TABLE collector; DROP TABLE restore; UPDATE schema SET version = 1", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (unsigned i = 0; i < 2; i++) { /* the second time there is nothing to do */
        store = open_store("s", MASH_STORE_CLEAN);
        assert_int_equal(begin(store).size, 3);
        mash_store_group_rollback(store);
        mash_store_close(&store);
        assert_int_equal(sqlite3_open(inside("s", "store.db"), &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "SELECT * FROM collector, restore", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
    }
}

/* Open name in another process; its result. */
static int
open_elsewhere(const char *name)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct mash_store *store = NULL;
        enum mash_store_found found;
        _exit((int)mash_store_open(inside(name, NULL), &store, &found));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
test_one_ledger_only(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    assert_int_equal(open_elsewhere("s"), MASH_E_CONFLICT);
    refused("s", MASH_E_CONFLICT);
    (void)commit_entries(store, 1);
    mash_store_close(&store);
    assert_int_equal(open_elsewhere("s"), MASH_OK);

    struct stat status;
    store = open_store("s", MASH_STORE_CLEAN);
    (void)commit_entries(store, 1);
    static const char *const files[] = { "store.db", "store.db-wal", "floor", "lock" };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        assert_int_equal(stat(inside("s", files[i]), &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    assert_int_not_equal(stat(inside("s", "store.db-shm"), &status), 0);
    mash_store_close(&store);
}

/* An old copy under a newer floor: only confirmation lets it sign, and then it goes on from there. */
static void
test_restore_mark(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_head old = commit_entries(store, 3);
    copy_store("s", "old");
    (void)commit_entries(store, 4);
    mash_store_close(&store);
    copy_file(inside("s", "floor"), inside("old", "floor"));
    copy_file("/dev/null", inside("old", "restored"));
    struct mash_store_restore restore = { .size = old.size, .root = old.root, .first_entry = 5, .second_entry = 6 };

    store = open_store("old", MASH_STORE_RESTORED);
    struct mash_store_head head = begin(store);
    assert_memory_equal(&head, &old, sizeof(old));
    (void)append(store, head.size);
    assert_int_equal(mash_store_group_commit(store, mash_span_str("note\n")), MASH_E_DENIED);
    mash_store_group_rollback(store);
    (void)begin(store);
    assert_ok(mash_store_restore_confirmed(store, &restore));
    mash_store_group_rollback(store);
    mash_store_close(&store);

    store = open_store("old", MASH_STORE_RESTORED);
    (void)begin(store);
    assert_ok(mash_store_restore_confirmed(store, &restore));
    (void)append(store, old.size);
    commit(store);
    (void)begin(store);
    assert_int_equal(mash_store_restore_confirmed(store, &restore), MASH_E_UNKNOWN);
    mash_store_group_rollback(store);
    struct mash_store_restore kept[4];
    size_t count;
    assert_ok(mash_store_restores(store, kept, 4, &count));
    assert_int_equal(count, 1); /* the one that was rolled back is not there */
    assert_memory_equal(&kept[0], &restore, sizeof(restore));
    head = commit_entries(store, 1);
    mash_store_close(&store);
    clean("old", &head);
}

static void
test_backup(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_head head = commit_entries(store, 300);
    struct mash_store_entry ours, theirs;
    assert_ok(mash_store_backup(store, inside("copy", NULL)));
    assert_int_equal(mash_store_backup(store, inside("copy", NULL)), MASH_E_CONFLICT);
    assert_int_equal(mash_store_backup(store, inside("no/parent", NULL)), MASH_E_IO);
    (void)commit_entries(store, 10); /* what comes later is not in it */

    struct mash_store *copy = open_store("copy", MASH_STORE_RESTORED);
    struct mash_store_head copied = begin(copy);
    assert_memory_equal(&copied, &head, sizeof(head));
    for (uint64_t i = 0; i < head.size; i++) {
        assert_ok(mash_store_entry_get(store, i, &ours));
        assert_ok(mash_store_entry_get(copy, i, &theirs));
        assert_memory_equal(ours.leaf, theirs.leaf, sizeof(ours.leaf));
        assert_memory_equal(ours.salt, theirs.salt, sizeof(ours.salt));
        assert_true(mash_span_equal(mash_bytes_span(&ours.detail), mash_bytes_span(&theirs.detail)));
        mash_store_entry_free(&ours);
        mash_store_entry_free(&theirs);
    }
    mash_store_close(&copy);
    mash_store_close(&store);
}

/* Commit groups without end and tell each durable size. */
static void
commit_until_killed(const char *name, int out)
{
    struct mash_store *store = NULL;
    enum mash_store_found found;
    if (mash_store_open(inside(name, NULL), &store, &found) != MASH_OK)
        _exit(1);
    for (unsigned group = 0;; group++) {
        struct mash_store_head head;
        uint64_t index = 0;
        if (mash_store_group_begin(store, &head) != MASH_OK)
            _exit(2);
        for (unsigned i = 0; i < 1 + group % 40; i++)
            if (mash_store_append(store, 1, head.last_time_ms, mash_span_str("x"), &index) != MASH_OK)
                _exit(3);
        if (mash_store_group_commit(store, mash_span_str("note\n")) != MASH_OK
            || mash_store_between_groups(store) != MASH_OK)
            _exit(4);
        index++;
        if (write(out, &index, sizeof(index)) != (ssize_t)sizeof(index))
            _exit(5);
    }
}

/* Run it for some milliseconds, kill it; the last size it told. */
static uint64_t
run_and_kill(const char *name, unsigned milliseconds)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        commit_until_killed(name, ends[1]);
    }
    (void)close(ends[1]);
    uint64_t told = 0, last = 0;
    if (read(ends[0], &told, sizeof(told)) == (ssize_t)sizeof(told))
        last = told;
    const struct timespec pause = { 0, (long)milliseconds * 1000000 };
    (void)nanosleep(&pause, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(ends[0], &told, sizeof(told)) == (ssize_t)sizeof(told))
        last = told;
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void
test_kill_at_random(void **state)
{
    (void)state;
    uint64_t before = 0;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    mash_store_close(&store);
    for (unsigned round = 0; round < 25; round++) {
        uint64_t told = run_and_kill("s", randombytes_uniform(30));
        assert_true(told > before);
        store = open_store("s", MASH_STORE_CLEAN);
        struct mash_store_head head = begin(store);
        assert_true(head.size >= told);
        mash_store_close(&store);
        before = head.size;
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_crash_and_lost_wal), CASE(test_damaged_wal), CASE(test_floor_against_store),
        CASE(test_damaged_tiles), CASE(test_other_schemas),
        CASE(test_an_older_schema_is_upgraded), CASE(test_one_ledger_only),
        CASE(test_restore_mark), CASE(test_backup), CASE(test_kill_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
