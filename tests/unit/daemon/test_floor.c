/* SPDX-License-Identifier: Apache-2.0 */
/* test_floor.c - the floor file: the higher valid slot counts, damage to one leaves the other. */
#include "tests/unit/daemon/fixture_store.h"

#include "daemon/store/floor.h"

static int directory_fd = -1;

static int
setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    directory_fd = open(scratch, O_RDONLY | O_DIRECTORY);
    return directory_fd >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)close(directory_fd);
    return scratch_teardown(state);
}

static struct mash_floor *
floor_open(void)
{
    struct mash_floor *floor = NULL;
    assert_ok(mash_floor_open(directory_fd, &floor));
    return floor;
}

/* Reopen and expect this size with its root; 0: no valid slot. */
static void
expect(uint64_t size)
{
    struct mash_floor *floor = floor_open();
    struct mash_hash root = { { 0 } };
    uint64_t found = 77;
    assert_int_equal(mash_floor_get(floor, &found, &root), size != 0);
    assert_int_equal(found, size != 0 ? size : 77);
    struct mash_hash want = digest_of("root", (unsigned)size);
    if (size != 0)
        assert_memory_equal(root.bytes, want.bytes, MASH_HASH_BYTES);
    mash_floor_close(&floor);
    assert_null(floor);
}

static void
set(struct mash_floor *floor, unsigned size)
{
    struct mash_hash root = digest_of("root", size);
    assert_ok(mash_floor_set(floor, size, &root));
}

static void
flip(long at, unsigned bit)
{
    FILE *file = fopen(inside(MASH_FLOOR_FILE, NULL), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_true(byte >= 0);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputc(byte ^ (1 << bit), file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
test_new_is_empty_and_preallocated(void **state)
{
    (void)state;
    expect(0);
    struct stat status;
    assert_int_equal(stat(inside(MASH_FLOOR_FILE, NULL), &status), 0);
    assert_int_equal(status.st_size, MASH_FLOOR_FILE_BYTES);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(status.st_blocks * 512 >= MASH_FLOOR_FILE_BYTES);
    expect(0);
}

static void
test_the_last_one_counts(void **state)
{
    (void)state;
    struct mash_floor *floor = floor_open();
    for (unsigned size = 1; size <= 9; size++) {
        set(floor, size);
        expect(size);
    }
    set(floor, 9); /* a group without entries */
    expect(9);
    mash_floor_close(&floor);

    floor = floor_open(); /* and goes on after a restart */
    set(floor, 10);
    set(floor, 11);
    expect(11);
    mash_floor_close(&floor);
    mash_floor_close(&floor);
}

/* Sizes 10 and 11: every bit of every slot, one at a time. */
static void
test_each_flipped_bit(void **state)
{
    (void)state;
    struct mash_floor *floor = floor_open();
    set(floor, 10);
    set(floor, 11);
    mash_floor_close(&floor);
    for (unsigned at = 0; at < MASH_FLOOR_SLOT_BYTES; at++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            long first = at, second = MASH_FLOOR_SLOT_STRIDE + (long)at;
            flip(first, bit); /* 11 was written second, to slot 0 */
            expect(10);
            flip(second, bit);
            expect(0);
            flip(first, bit);
            expect(11);
            flip(second, bit);
        }
    }
    expect(11);
}

/* A write torn at any point: the slot is the old one, the new one or none, and never falls below 10. */
static void
test_torn_write(void **state)
{
    (void)state;
    uint8_t whole[MASH_FLOOR_FILE_BYTES], before[MASH_FLOOR_FILE_BYTES];
    struct mash_floor *floor = floor_open();
    for (unsigned round = 0; round < 2; round++) {
        set(floor, 9 + round);
        FILE *file = fopen(inside(MASH_FLOOR_FILE, NULL), "rb");
        assert_non_null(file);
        assert_int_equal(fread(before, 1, sizeof(before), file), sizeof(before));
        (void)fclose(file);
    }
    set(floor, 11);
    mash_floor_close(&floor);
    FILE *file = fopen(inside(MASH_FLOOR_FILE, NULL), "rb");
    assert_non_null(file);
    assert_int_equal(fread(whole, 1, sizeof(whole), file), sizeof(whole));
    (void)fclose(file);

    for (size_t torn = 1; torn < MASH_FLOOR_FILE_BYTES; torn += 13) {
        file = fopen(inside(MASH_FLOOR_FILE, NULL), "r+b");
        assert_non_null(file);
        assert_int_equal(fwrite(whole, 1, torn, file), torn);
        assert_int_equal(fwrite(before + torn, 1, sizeof(before) - torn, file), sizeof(before) - torn);
        assert_int_equal(fclose(file), 0);
        uint64_t size = 0;
        struct mash_hash root;
        floor = floor_open();
        assert_true(mash_floor_get(floor, &size, &root));
        mash_floor_close(&floor);
        assert_true(size == 10 || size == 11);
    }
}

static void
test_short_file(void **state)
{
    (void)state;
    static const struct {
        off_t length;
        uint64_t size;
    } cases[] = { { 0, 0 }, { 511, 0 }, { 512, 11 }, { 4096, 11 }, { 4607, 11 }, { 4608, 11 } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)unlink(inside(MASH_FLOOR_FILE, NULL));
        struct mash_floor *floor = floor_open();
        set(floor, 10);
        set(floor, 11);
        mash_floor_close(&floor);
        assert_int_equal(truncate(inside(MASH_FLOOR_FILE, NULL), cases[i].length), 0);
        expect(cases[i].size);
        floor = floor_open();
        set(floor, 12);
        mash_floor_close(&floor);
        expect(12);
    }
}

static void
test_reset_may_fall(void **state)
{
    (void)state;
    struct mash_floor *floor = floor_open();
    set(floor, 20);
    set(floor, 21);
    struct mash_hash root = digest_of("root", 5);
    assert_ok(mash_floor_reset(floor, 5, &root));
    expect(5);
    set(floor, 6);
    expect(6);
    mash_floor_close(&floor);
}

static void
test_not_a_file(void **state)
{
    (void)state;
    struct mash_floor *floor = NULL;
    assert_int_equal(mkdir(inside(MASH_FLOOR_FILE, NULL), 0700), 0);
    assert_int_equal(mash_floor_open(directory_fd, &floor), MASH_E_IO);
    assert_null(floor);
    assert_int_equal(rmdir(inside(MASH_FLOOR_FILE, NULL)), 0);
    assert_int_equal(symlink("elsewhere", inside(MASH_FLOOR_FILE, NULL)), 0);
    assert_int_equal(mash_floor_open(directory_fd, &floor), MASH_E_IO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_is_empty_and_preallocated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_last_one_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_flipped_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_may_fall, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_a_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
