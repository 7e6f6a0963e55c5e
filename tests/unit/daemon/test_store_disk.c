/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_disk.c - syncs of a group counted, and a disk that is full or fails: FULL rolls the group back
 * and the store goes on, a failed sync is IO.  System calls are counted and failed by strace on this program
 * itself (`--groups`); the full disk is a small tmpfs in a mount namespace of our own.  Where neither is
 * allowed the case says SKIP. */
#include "tests/unit/daemon/fixture_store.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* ---- the traced program ---- */

/* One group with a body; after FULL roll back.  Its result. */
static enum mash_err
one_group(struct mash_store *store, unsigned number, uint64_t *ret_size)
{
    static const uint8_t content[8000] = { 1 };
    struct mash_hash body = digest_of("body", number);
    struct mash_store_head head;
    uint64_t index = 0;
    enum mash_err err = mash_store_group_begin(store, &head);
    if (err != MASH_OK)
        return err;
    *ret_size = head.size;
    err = mash_store_body_put(store, &body, mash_span(content, sizeof(content)));
    if (err == MASH_OK)
        err = mash_store_append(store, 1, head.last_time_ms, mash_span_str("x"), &index);
    if (err == MASH_OK)
        err = mash_store_group_commit(store, mash_span_str("note\n"));
    if (err == MASH_E_FULL || err == MASH_E_NOMEM)
        mash_store_group_rollback(store);
    if (err == MASH_OK)
        *ret_size = index + 1;
    return err;
}

/* Say "<error> <size>" for each of count groups; stop at an error that ends a ledger. */
static int
groups_main(const char *directory, unsigned count)
{
    struct mash_store *store = NULL;
    enum mash_store_found found;
    if (sodium_init() < 0 || mash_store_open(directory, &store, &found) != MASH_OK)
        return 1;
    for (unsigned i = 0; i < count; i++) {
        uint64_t size = 0;
        enum mash_err err = one_group(store, i, &size);
        if (dprintf(STDOUT_FILENO, "%d %llu\n", (int)err, (unsigned long long)size) < 0)
            return 1;
        if (err != MASH_OK && err != MASH_E_FULL)
            _exit(70);
    }
    mash_store_close(&store);
    return 0;
}

/* ---- tests ---- */

/* Run `strace OPTIONS self --groups scratch/name count`; output in scratch/out.  False: no strace here. */
static bool
traced(const char *options, const char *name, unsigned count)
{
    char self[256], command[1024];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(len > 0);
    self[len] = '\0';
    if (system("strace -o /dev/null true >/dev/null 2>&1") != 0) {
        print_message("SKIP: strace is not there or may not trace\n");
        return false;
    }
    /* LeakSanitizer cannot work under a tracer. */
    (void)snprintf(command, sizeof(command),
                   "ASAN_OPTIONS=detect_leaks=0 strace -o %s/trace %s %s --groups %s %u > %s/out",
                   scratch, options, self, inside(name, NULL), count, scratch);
    assert_true(system(command) >= 0); /* whatever it ended with: its output tells */
    return true;
}

static unsigned
lines_with(const char *file, const char *word)
{
    char line[512];
    unsigned count = 0;
    FILE *in = fopen(inside(file, NULL), "r");
    assert_non_null(in);
    while (fgets(line, sizeof(line), in) != NULL)
        count += strstr(line, word) != NULL ? 1 : 0;
    (void)fclose(in);
    return count;
}

/* Two a group: the WAL, then the floor.  What is more belongs to open, first group and close. */
static void
test_syncs_of_a_group(void **state)
{
    (void)state;
    unsigned syncs[2] = { 0 };
    for (unsigned i = 0; i < 2; i++) {
        if (!traced("-e trace=fsync,fdatasync", i == 0 ? "few" : "many", i == 0 ? 10 : 30))
            skip();
        assert_int_equal(lines_with("out", "0 "), i == 0 ? 10 : 30);
        syncs[i] = lines_with("trace", "sync(");
    }
    assert_int_equal(syncs[1] - syncs[0], 2 * 20);
}

/* Read "<error> <size>" lines into arrays; how many. */
static unsigned
results(int errors[static 64], unsigned long long sizes[static 64])
{
    unsigned count = 0;
    FILE *in = fopen(inside("out", NULL), "r");
    assert_non_null(in);
    while (count < 64 && fscanf(in, "%d %llu", &errors[count], &sizes[count]) == 2)
        count++;
    (void)fclose(in);
    return count;
}

/* The k-th sync fails: at open, in a group or at close.  A group that met it is not answered and the process
 * ends; what was answered is there afterwards.  ENOSPC from a sync is no full disk. */
static void
test_failed_sync(void **state)
{
    (void)state;
    unsigned hits = 0;
    for (unsigned at = 1; at <= 12; at++) {
        char options[128], name[16];
        int errors[64];
        unsigned long long sizes[64], answered = 0;
        (void)snprintf(name, sizeof(name), "s%u", at);
        struct mash_store *store = open_store(name, MASH_STORE_NEW);
        mash_store_close(&store);
        (void)snprintf(options, sizeof(options), "-e inject=fdatasync:error=%s:when=%u",
                       at % 2 == 0 ? "EIO" : "ENOSPC", at);
        if (!traced(options, name, 5))
            skip();
        unsigned count = results(errors, sizes);
        for (unsigned i = 0; i < count; i++) {
            if (errors[i] == MASH_OK)
                answered = sizes[i];
            else
                assert_int_equal(errors[i], MASH_E_IO);
            hits += errors[i] == MASH_E_IO ? 1 : 0;
        }
        enum mash_store_found found;
        assert_ok(mash_store_open(inside(name, NULL), &store, &found));
        assert_true(found == MASH_STORE_CLEAN || (found == MASH_STORE_NEW && answered == 0));
        assert_true(begin(store).size >= answered);
        mash_store_close(&store);
    }
    assert_true(hits >= 8);
}

/* The k-th write finds no room: FULL, the group is rolled back, the next one goes in. */
static void
test_full_write(void **state)
{
    (void)state;
    static const char *const kinds[] = { "ENOSPC", "EDQUOT" };
    unsigned hits = 0;
    for (unsigned at = 1; at <= 60; at += 3) {
        char options[128], name[16];
        int errors[64];
        unsigned long long sizes[64];
        (void)snprintf(name, sizeof(name), "f%u", at);
        struct mash_store *store = open_store(name, MASH_STORE_NEW);
        (void)commit_entries(store, 1);
        mash_store_close(&store);
        (void)snprintf(options, sizeof(options), "-e inject=pwrite64:error=%s:when=%u", kinds[at % 2], at);
        if (!traced(options, name, 4))
            skip();
        unsigned count = results(errors, sizes);
        unsigned long long size = 1;
        for (unsigned i = 0; i < count; i++) {
            /* IO is the floor's answer: its transaction is in. */
            assert_true(errors[i] == MASH_OK || errors[i] == MASH_E_FULL || errors[i] == MASH_E_IO);
            size += errors[i] == MASH_OK ? 1 : 0;
            assert_int_equal(sizes[i], size);
            hits += errors[i] == MASH_E_FULL ? 1 : 0;
        }
        store = open_store(name, MASH_STORE_CLEAN);
        assert_true(begin(store).size >= size);
        mash_store_close(&store);
    }
    assert_true(hits >= 10);
}

/* Fill the rest of the file system but about keep bytes. */
static void
fill_disk(const char *path, size_t keep)
{
    static const uint8_t block[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    ssize_t done;
    while ((done = write(fd, block, sizeof(block))) > 0)
        ;
    assert_int_equal(errno, ENOSPC);
    off_t length = lseek(fd, 0, SEEK_END);
    assert_int_equal(ftruncate(fd, length - (off_t)keep), 0);
    (void)close(fd);
}

static void
test_full_disk(void **state)
{
    (void)state;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
        || mount("tmpfs", scratch, "tmpfs", 0, "size=4m") != 0) {
        print_message("SKIP: may not mount a small disk: %s\n", strerror(errno));
        skip();
    }
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    mash_store_reserve(store, 0);
    uint64_t size = 0;
    struct mash_hash first = digest_of("body", 0);
    for (unsigned i = 0; i < 5; i++)
        assert_ok(one_group(store, i, &size));
    assert_int_equal(size, 5);

    fill_disk(inside("filler", NULL), 40000);
    unsigned number = 5;
    enum mash_err err = MASH_OK;
    while (number < 100 && (err = one_group(store, number, &size)) == MASH_OK)
        number++;
    assert_int_equal(err, MASH_E_FULL);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(one_group(store, 1000 + i, &size), MASH_E_FULL);
    struct mash_bytes body = mash_bytes_max(0);
    assert_ok(mash_store_body_get(store, &first, &body)); /* reading works */
    assert_int_equal(body.len, 8000);
    mash_bytes_free(&body);
    assert_int_equal(begin(store).size, number);
    mash_store_group_rollback(store);

    assert_int_equal(unlink(inside("filler", NULL)), 0); /* room again: it goes on as if nothing was */
    assert_ok(one_group(store, number, &size));
    assert_int_equal(size, number + 1);
    copy_store("s", "crashed");
    mash_store_close(&store);
    store = open_store("crashed", MASH_STORE_CLEAN);
    assert_int_equal(begin(store).size, number + 1);
    mash_store_close(&store);
    assert_int_equal(umount(scratch), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--groups") == 0)
        return groups_main(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    const struct CMUnitTest tests[] = { CASE(test_syncs_of_a_group), CASE(test_failed_sync),
                                        CASE(test_full_write), CASE(test_full_disk) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
