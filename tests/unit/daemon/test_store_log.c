/* SPDX-License-Identifier: Apache-2.0 */
/* test_store_log.c - entries and the tree behind them: every proof built through mash_store_node() verifies
 * with proto/tree, inside a group, after its commit and after a reopen. */
#include "tests/unit/daemon/fixture_store.h"

#include "proto/tile.h"

#define ENTRIES 700u

static struct mash_tree_frontier frontiers[ENTRIES + 1]; /* the tree after n entries, kept beside the store */

static struct mash_hash
leaf_hash(struct mash_store *store, uint64_t index)
{
    struct mash_store_entry entry;
    assert_ok(mash_store_entry_get(store, index, &entry));
    mash_store_entry_free(&entry);
    return mash_tree_leaf_hash(mash_span(entry.leaf, sizeof(entry.leaf)));
}

static void
assert_inclusion(struct mash_store *store, uint64_t index, uint64_t size)
{
    struct mash_tree_path path;
    struct mash_hash leaf = leaf_hash(store, index), root = mash_tree_frontier_root(&frontiers[size]);
    assert_ok(mash_tree_inclusion(mash_store_node, store, index, size, &path));
    assert_ok(mash_tree_verify_inclusion(&leaf, index, size, path.hashes, path.count, &root));
}

static void
assert_consistency(struct mash_store *store, uint64_t old_size, uint64_t size)
{
    struct mash_tree_path path;
    struct mash_hash old_root = mash_tree_frontier_root(&frontiers[old_size]);
    struct mash_hash root = mash_tree_frontier_root(&frontiers[size]);
    assert_ok(mash_tree_consistency(mash_store_node, store, old_size, size, &path));
    assert_ok(mash_tree_verify_consistency(old_size, &old_root, size, &root, path.hashes, path.count));
}

static void
assert_some_proofs(struct mash_store *store, uint64_t size)
{
    for (uint64_t index = 0; index < size; index += 1 + size / 13)
        assert_inclusion(store, index, size);
    assert_inclusion(store, size - 1, size);
    for (uint64_t old = 0; old <= size; old += 1 + size / 11)
        assert_consistency(store, old, size);
}

/* Append one more entry to the store and to the tree beside it. */
static void
grow(struct mash_store *store, uint64_t size)
{
    assert_int_equal(append(store, size), size);
    struct mash_hash leaf = leaf_hash(store, size);
    frontiers[size + 1] = frontiers[size];
    assert_ok(mash_tree_frontier_append(&frontiers[size + 1], &leaf));

    struct mash_store_head head;
    struct mash_hash root = mash_tree_frontier_root(&frontiers[size + 1]);
    assert_ok(mash_store_group_head(store, &head));
    assert_int_equal(head.size, size + 1);
    assert_memory_equal(&head.root, &root, sizeof(root));
    assert_inclusion(store, size, size + 1);
}

/* 1 to 700 entries in groups of 1 to 9; before some a group is rolled back, after some a reopen. */
static void
test_proofs_as_it_grows(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    uint64_t size = 0;
    for (unsigned group = 0; size < ENTRIES; group++) {
        assert_int_equal(begin(store).size, size);
        if (group % 3 == 0) {
            for (unsigned i = 0; i < 300; i++)
                (void)append(store, 9000 + i);
            mash_store_group_rollback(store);
            assert_int_equal(begin(store).size, size);
        }
        for (unsigned i = 0; i < 1 + group % 9 && size < ENTRIES; i++)
            grow(store, size++);
        assert_some_proofs(store, size);
        commit(store);
        if (group % 7 == 0) {
            mash_store_close(&store);
            store = open_store("s", MASH_STORE_CLEAN);
        }
        assert_some_proofs(store, size);
    }
    mash_store_close(&store);
    store = open_store("s", MASH_STORE_CLEAN);
    for (uint64_t at = 1; at <= ENTRIES; at++) {
        assert_inclusion(store, at / 2, at);
        assert_consistency(store, at, ENTRIES);
    }
    mash_store_close(&store);
}

/* Past 256 * 256 entries a third level of tiles begins. */
static void
test_three_levels_of_tiles(void **state)
{
    (void)state;
    static const uint64_t stops[] = { 65535, 65536, 65537, 66100 };
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_tree_frontier frontier = { .size = 0 };
    for (size_t i = 0; i < 4; i++) {
        struct mash_store_head head = begin(store);
        while (head.size < stops[i]) {
            struct mash_hash leaf;
            head.size = append(store, head.size) + 1;
            assert_ok(mash_store_node(store, 0, head.size - 1, &leaf));
            assert_ok(mash_tree_frontier_append(&frontier, &leaf));
        }
        assert_ok(mash_store_group_head(store, &head));
        struct mash_hash root = mash_tree_frontier_root(&frontier);
        assert_memory_equal(&head.root, &root, sizeof(root));
        commit(store);
        mash_store_close(&store);
        store = open_store("s", MASH_STORE_CLEAN);
        struct mash_tree_path path;
        struct mash_hash leaf = leaf_hash(store, 300);
        assert_ok(mash_tree_inclusion(mash_store_node, store, 300, head.size, &path));
        assert_ok(mash_tree_verify_inclusion(&leaf, 300, head.size, path.hashes, path.count, &root));
    }
    struct mash_hash node;
    assert_ok(mash_store_node(store, 16, 0, &node));
    assert_int_equal(mash_store_node(store, 16, 1, &node), MASH_E_UNKNOWN);
    assert_int_equal(mash_store_node(store, 17, 0, &node), MASH_E_UNKNOWN);
    assert_int_equal(mash_store_node(store, 64, 0, &node), MASH_E_UNKNOWN);
    mash_store_close(&store);
}

/* The leaf commits to salt and detail, salts differ, times and kinds are kept. */
static void
test_entries(void **state)
{
    (void)state;
    static uint8_t large[MASH_DETAIL_MAX];
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_entry one, two;
    struct mash_entry leaf;
    uint64_t index = 0;
    (void)begin(store);
    assert_ok(mash_store_append(store, 7, 5, mash_span(large, sizeof(large)), &index));
    assert_ok(mash_store_append(store, 8, 5, mash_span(NULL, 0), &index));
    assert_ok(mash_store_append(store, 8, 6, mash_span(NULL, 0), &index));
    assert_int_equal(index, 2);
    commit(store);

    assert_ok(mash_store_entry_get(store, 0, &one));
    assert_ok(mash_entry_decode(mash_span(one.leaf, sizeof(one.leaf)), &leaf));
    struct mash_hash commitment = mash_entry_commit(one.salt, mash_span(large, sizeof(large)));
    assert_int_equal(leaf.kind, 7);
    assert_int_equal(leaf.time_ms, 5);
    assert_memory_equal(&leaf.commit, &commitment, sizeof(commitment));
    assert_true(mash_span_equal(mash_bytes_span(&one.detail), mash_span(large, sizeof(large))));
    mash_store_entry_free(&one);

    assert_ok(mash_store_entry_get(store, 1, &one));
    assert_ok(mash_store_entry_get(store, 2, &two));
    assert_memory_not_equal(one.salt, two.salt, sizeof(one.salt));
    assert_memory_not_equal(one.leaf, two.leaf, sizeof(one.leaf));
    assert_int_equal(two.detail.len, 0);
    mash_store_entry_free(&one);
    mash_store_entry_free(&two);
    assert_int_equal(mash_store_entry_get(store, 3, &one), MASH_E_UNKNOWN);
    assert_int_equal(mash_store_entry_get(store, UINT64_MAX, &one), MASH_E_UNKNOWN);
    assert_int_equal(begin(store).last_time_ms, 6);
    mash_store_close(&store);
}

static void
test_checkpoints(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_bytes note = mash_bytes_max(0);
    assert_int_equal(mash_store_checkpoint(store, &note), MASH_E_UNKNOWN);
    (void)begin(store);
    (void)append(store, 0);
    assert_int_equal(mash_store_group_commit(store, mash_span(NULL, 0)), MASH_E_VALUE);
    mash_store_group_rollback(store);
    for (unsigned i = 0; i < 3; i++) {
        (void)begin(store);
        if (i != 2)
            (void)append(store, i);
        /* A group without entries may keep the checkpoint. */
        assert_ok(mash_store_group_commit(store, i != 2 ? mash_span_str(i == 0 ? "first\n" : "second\n")
                                                        : mash_span(NULL, 0)));
        assert_ok(mash_store_checkpoint(store, &note));
        assert_true(mash_span_equal(mash_bytes_span(&note), mash_span_str(i == 0 ? "first\n" : "second\n")));
        mash_bytes_free(&note);
    }
    mash_store_close(&store);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = { CASE(test_proofs_as_it_grows), CASE(test_three_levels_of_tiles),
                                        CASE(test_entries), CASE(test_checkpoints) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
