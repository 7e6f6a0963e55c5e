/* SPDX-License-Identifier: Apache-2.0 */
/* test_tile.c - tiles: geometry and paths of the specification's examples, nodes against the plain
 * tree, and proofs of a log of 70,000 entries read through tiles alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/tile.h"
#include "proto/tree.h"

#define SIZE 70000u /* the example of tlog-tiles "Partial Tiles" */
#define TILES_0 274u
#define TILES_1 2u

static struct mash_hash *leaves;
static struct mash_tile *tiles[3]; /* by level */

static void
widths_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        uint64_t size, number;
        unsigned level, width;
    } rows[] = {
        { 70000, 0, 0, 256 }, { 70000, 272, 0, 256 }, { 70000, 273, 0, 112 }, { 70000, 274, 0, 0 },
        { 70000, 0, 1, 256 }, { 70000, 1, 1, 17 },    { 70000, 2, 1, 0 },
        { 70000, 0, 2, 1 },   { 70000, 1, 2, 0 },     { 70000, 0, 3, 0 },
        { 256, 0, 0, 256 },   { 256, 1, 0, 0 },       { 256, 0, 1, 1 },      { 255, 0, 0, 255 },
        { 255, 0, 1, 0 },     { 0, 0, 0, 0 },         { INT64_MAX, 0, 7, 127 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(mash_tile_width((uint8_t)rows[i].level, rows[i].number, rows[i].size),
                         rows[i].width);
}

static void
paths_of_the_specification(void **state)
{
    (void)state;
    static const struct {
        unsigned level;
        uint64_t number;
        unsigned width;
        const char *path;
    } rows[] = {
        { 0, 0, 256, "tile/0/000" },
        { 0, 67, 256, "tile/0/067" },
        { 0, 999, 256, "tile/0/999" },
        { 0, 1000, 256, "tile/0/x001/000" },
        { 1, 1234067, 256, "tile/1/x001/x234/067" },
        { 0, 1234067, 1, "tile/0/x001/x234/067.p/1" },
        { 2, 0, 255, "tile/2/000.p/255" },
        { 7, UINT64_MAX, 255, "tile/7/x018/x446/x744/x073/x709/x551/615.p/255" },
    };
    char path[MASH_TILE_PATH_SIZE];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mash_tile_path((uint8_t)rows[i].level, rows[i].number, rows[i].width, path);
        assert_string_equal(path, rows[i].path);
    }
    mash_tile_entries_path(1234067, 256, path);
    assert_string_equal(path, "tile/entries/x001/x234/067");
    mash_tile_entries_path(UINT64_MAX, 112, path);
    assert_string_equal(path, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/112");
}

static void
nodes_lie_where_they_should(void **state)
{
    (void)state;
    static const struct {
        unsigned node_level;
        uint64_t index;
        unsigned level;
        uint64_t number;
    } rows[] = {
        { 0, 0, 0, 0 },  { 0, 255, 0, 0 }, { 0, 256, 0, 1 },  { 7, 0, 0, 0 },      { 7, 1, 0, 0 },
        { 7, 2, 0, 1 },  { 8, 0, 1, 0 },   { 8, 255, 1, 0 },  { 8, 256, 1, 1 },    { 15, 3, 1, 1 },
        { 3, 31, 0, 0 }, { 3, 32, 0, 1 },  { 16, 300, 2, 1 }, { 0, UINT64_MAX, 0, UINT64_MAX >> 8 },
        { 62, 0, 7, 0 }, { 63, 1, 7, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t level;
        uint64_t number;
        mash_tile_of_node(rows[i].node_level, rows[i].index, &level, &number);
        assert_int_equal(level, rows[i].level);
        assert_int_equal(number, rows[i].number);
    }
}

/* At every width, every node of the tile: complete ones as the plain tree has them, others refused. */
static void
every_node_at_every_width(void **state)
{
    (void)state;
    struct mash_tile tile;
    mash_tile_init(&tile, 0, 3);
    const struct mash_hash *first = &leaves[3 * 256];
    for (unsigned width = 0; width <= 256; width++) {
        for (unsigned height = 0; height <= 8; height++) {
            for (uint64_t i = 0; i < 256u >> height; i++) {
                struct mash_hash got;
                enum mash_err err = mash_tile_node(&tile, height, (3u * 256u >> height) + i, &got);
                bool complete = (i + 1) << height <= width;
                assert_int_equal(err, complete ? MASH_OK : MASH_E_UNKNOWN);
                if (!complete || width % 16 != 0) /* comparing all is slow and says no more */
                    continue;
                struct mash_hash want = mash_tree_batch_root(&first[i << height], (size_t)1 << height);
                assert_true(mash_hash_equal(&got, &want));
            }
        }
        assert_int_equal(mash_tile_append(&tile, &first[width % 256]), width < 256 ? MASH_OK : MASH_E_FULL);
    }
    assert_int_equal(tile.width, 256);
}

static void
nodes_of_other_tiles_are_refused(void **state)
{
    (void)state;
    struct mash_hash got;
    struct mash_tile *tile = &tiles[1][0];
    assert_int_equal(mash_tile_node(tile, 7, 0, &got), MASH_E_VALUE);
    assert_int_equal(mash_tile_node(tile, 17, 0, &got), MASH_E_VALUE);
    assert_int_equal(mash_tile_node(tile, 8, 256, &got), MASH_E_VALUE);
    assert_int_equal(mash_tile_node(tile, 16, 1, &got), MASH_E_VALUE);
    assert_int_equal(mash_tile_node(tile, 8, UINT64_MAX, &got), MASH_E_VALUE);
    assert_int_equal(mash_tile_node(tile, 64, 0, &got), MASH_E_VALUE);
}

static void
stored_bytes_come_back(void **state)
{
    (void)state;
    struct mash_tile tile;
    struct mash_span bytes = mash_tile_bytes(&tiles[0][273]);
    assert_int_equal(bytes.len, 112 * 32);
    assert_int_equal(mash_tile_load(&tile, 0, 273, bytes), MASH_OK);
    assert_true(mash_span_equal(mash_tile_bytes(&tile), bytes));
    assert_int_equal(tile.width, 112);

    uint8_t junk[MASH_TILE_BYTES_MAX + 32] = { 0 };
    static const size_t bad[] = { 0, 1, 31, 33, MASH_TILE_BYTES_MAX - 1, MASH_TILE_BYTES_MAX + 32 };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(mash_tile_load(&tile, 0, 0, mash_span(junk, bad[i])), MASH_E_FORMAT);
    assert_int_equal(mash_tile_load(&tile, 0, 0, mash_span(junk, MASH_TILE_BYTES_MAX)), MASH_OK);

    /* A tile loaded anew must not remember nodes of the one before. */
    struct mash_hash old, new, want = mash_tree_batch_root(leaves, 256);
    assert_int_equal(mash_tile_node(&tile, 8, 0, &old), MASH_OK);
    assert_int_equal(mash_tile_load(&tile, 0, 0, mash_tile_bytes(&tiles[0][0])), MASH_OK);
    assert_int_equal(mash_tile_node(&tile, 8, 0, &new), MASH_OK);
    assert_true(mash_hash_equal(&new, &want));
    assert_false(mash_hash_equal(&new, &old));
}

/* The memo is what makes a row a tile cheap: a second question must not look at the hashes again. */
static void
an_inner_node_is_hashed_once(void **state)
{
    (void)state;
    struct mash_tile tile = tiles[0][0];
    struct mash_hash first, again;
    assert_int_equal(mash_tile_node(&tile, 8, 0, &first), MASH_OK);
    memset(tile.hashes, 0, sizeof(tile.hashes));
    for (unsigned height = 8; height > 0; height--) {
        struct mash_hash want = mash_tree_batch_root(leaves, (size_t)1 << height);
        assert_int_equal(mash_tile_node(&tile, height, 0, &again), MASH_OK);
        assert_true(mash_hash_equal(&again, &want));
    }
    assert_false(mash_hash_equal(&again, &first));
}

static enum mash_err
read_tiles(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    unsigned *asked = ctx;
    uint8_t tile_level;
    uint64_t number;
    (*asked)++;
    mash_tile_of_node(level, index, &tile_level, &number);
    if (tile_level > 2)
        return MASH_E_UNKNOWN;
    return mash_tile_node(&tiles[tile_level][number], level, index, ret_node);
}

static void
proofs_read_through_tiles(void **state)
{
    (void)state;
    struct mash_hash root = mash_tree_batch_root(leaves, SIZE);
    unsigned asked = 0;
    struct mash_tree_frontier frontier;
    assert_int_equal(mash_tree_frontier_read(read_tiles, &asked, SIZE, &frontier), MASH_OK);
    struct mash_hash read_root = mash_tree_frontier_root(&frontier);
    assert_true(mash_hash_equal(&root, &read_root));

    static const uint64_t points[] = { 1, 2, 255, 256, 257, 511, 4096, 65535, 65536, 65537, 69999 };
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        uint64_t point = points[i];
        struct mash_tree_path path, want;
        asked = 0;
        assert_int_equal(mash_tree_inclusion(read_tiles, &asked, point, SIZE, &path), MASH_OK);
        assert_true(asked < 64);
        assert_int_equal(mash_tree_batch_path(leaves, SIZE, point, &want), MASH_OK);
        assert_int_equal(path.count, want.count);
        assert_memory_equal(path.hashes, want.hashes, path.count * sizeof(path.hashes[0]));
        assert_int_equal(mash_tree_verify_inclusion(&leaves[point], point, SIZE, path.hashes, path.count,
                                                    &root), MASH_OK);

        struct mash_hash old_root = mash_tree_batch_root(leaves, point);
        assert_int_equal(mash_tree_consistency(read_tiles, &asked, point, SIZE, &path), MASH_OK);
        assert_int_equal(mash_tree_verify_consistency(point, &old_root, SIZE, &root, path.hashes,
                                                      path.count), MASH_OK);
    }
}

/* Fill tiles as a store does: a full tile's root is the next hash of the tile above. */
static int
make_log(void **state)
{
    (void)state;
    static const size_t counts[3] = { TILES_0, TILES_1, 1 };
    leaves = calloc(SIZE, sizeof(*leaves));
    for (unsigned level = 0; level < 3; level++) {
        tiles[level] = calloc(counts[level], sizeof(*tiles[level]));
        if (leaves == NULL || tiles[level] == NULL)
            return -1;
        for (size_t number = 0; number < counts[level]; number++)
            mash_tile_init(&tiles[level][number], (uint8_t)level, number);
    }
    for (uint32_t i = 0; i < SIZE; i++) {
        uint8_t leaf[4];
        mash_put_u32be(leaf, i);
        struct mash_hash hash = leaves[i] = mash_tree_leaf_hash(mash_span(leaf, 4));
        uint64_t at = i;
        for (unsigned level = 0; level < 3; level++) {
            struct mash_tile *tile = &tiles[level][at / 256];
            if (mash_tile_append(tile, &hash) != MASH_OK)
                return -1;
            if (tile->width < MASH_TILE_WIDTH)
                break;
            at /= 256;
            if (mash_tile_node(tile, 8 * (level + 1), at, &hash) != MASH_OK)
                return -1;
        }
    }
    return 0;
}

static int
free_log(void **state)
{
    (void)state;
    free(leaves);
    for (unsigned level = 0; level < 3; level++)
        free(tiles[level]);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_of_the_specification),
        cmocka_unit_test(paths_of_the_specification),
        cmocka_unit_test(nodes_lie_where_they_should),
        cmocka_unit_test(every_node_at_every_width),
        cmocka_unit_test(nodes_of_other_tiles_are_refused),
        cmocka_unit_test(stored_bytes_come_back),
        cmocka_unit_test(an_inner_node_is_hashed_once),
        cmocka_unit_test(proofs_read_through_tiles),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_log, free_log);
}
