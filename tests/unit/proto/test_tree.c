/* SPDX-License-Identifier: Apache-2.0 */
/* test_tree.c - the Merkle tree: published answers, then every small tree against the recursive
 * definition of RFC 6962 written out plainly, with every way a proof can be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/tree.h"

#define LEAVES 130 /* past one power of two, and past two of RFC 6962's splits */
#define CONSISTENT 70

static struct mash_hash leaves[LEAVES];

static struct mash_hash
from_hex(const char *hex)
{
    struct mash_hash hash;
    size_t len = 0;
    assert_int_equal(sodium_hex2bin(hash.bytes, 32, hex, strlen(hex), NULL, &len, NULL), 0);
    assert_int_equal(len, 32);
    return hash;
}

static void
assert_same(const struct mash_hash *a, const struct mash_hash *b)
{
    assert_memory_equal(a->bytes, b->bytes, 32);
}

/* MTH of leaves[first, first + count), word for word from RFC 6962 section 2.1. */
static struct mash_hash
reference_root(size_t first, size_t count)
{
    if (count == 0)
        return from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    if (count == 1)
        return leaves[first];
    size_t k = 1;
    while (k * 2 < count)
        k *= 2;
    struct mash_hash left = reference_root(first, k);
    struct mash_hash right = reference_root(first + k, count - k);
    return mash_tree_node_hash(&left, &right);
}

/* PATH(m, D[n]) of section 2.1.1. */
static void
reference_path(size_t m, size_t first, size_t n, struct mash_tree_path *out)
{
    if (n == 1) {
        out->count = 0;
        return;
    }
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    if (m < k) {
        reference_path(m, first, k, out);
        out->hashes[out->count++] = reference_root(first + k, n - k);
    } else {
        reference_path(m - k, first + k, n - k, out);
        out->hashes[out->count++] = reference_root(first, k);
    }
}

/* SUBPROOF(m, D[n], b) of section 2.1.2. */
static void
reference_subproof(size_t m, size_t first, size_t n, bool whole, struct mash_tree_path *out)
{
    if (m == n) {
        out->count = 0;
        if (!whole)
            out->hashes[out->count++] = reference_root(first, n);
        return;
    }
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    if (m <= k) {
        reference_subproof(m, first, k, whole, out);
        out->hashes[out->count++] = reference_root(first + k, n - k);
    } else {
        reference_subproof(m - k, first + k, n - k, false, out);
        out->hashes[out->count++] = reference_root(first, k);
    }
}

struct store {
    uint64_t size;  /* a question beyond it fails the test */
    unsigned asked;
    unsigned fail_at; /* 0: never */
};

static enum mash_err
read_node(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    struct store *store = ctx;
    if (++store->asked == store->fail_at)
        return MASH_E_IO;
    assert_true((index + 1) << level <= store->size);
    *ret_node = reference_root(index << level, (size_t)1 << level);
    return MASH_OK;
}

/* ---- published answers ---- */

static void
leaf_and_node_prefixes(void **state)
{
    (void)state;
    struct mash_hash hash = mash_tree_leaf_hash(mash_span(NULL, 0));
    struct mash_hash want = from_hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_same(&hash, &want);
    hash = mash_tree_leaf_hash(mash_span_str("L123456"));
    want = from_hex("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    assert_same(&hash, &want);
    hash = mash_tree_empty_root();
    want = from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_same(&hash, &want);

    /* A node is SHA-256 of 0x01 and 64 bytes; the published case has children of 4 bytes each. */
    const struct mash_span parts[] = { { (const uint8_t *)"\x01", 1 }, { (const uint8_t *)"N123", 4 },
                                       { (const uint8_t *)"N456", 4 } };
    hash = mash_hash_parts(parts, 3);
    want = from_hex("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
    assert_same(&hash, &want);
    struct mash_hash zero = { { 0 } };
    uint8_t by_hand[65] = { 1 };
    hash = mash_tree_node_hash(&zero, &zero);
    want = mash_hash_of(mash_span(by_hand, sizeof(by_hand)));
    assert_same(&hash, &want);
}

/* The eight leaves, roots and proofs of the Certificate Transparency reference implementation. */
static const struct mash_span ct_leaves[8] = {
    { NULL, 0 },
    { (const uint8_t *)"\x00", 1 },
    { (const uint8_t *)"\x10", 1 },
    { (const uint8_t *)"\x20\x21", 2 },
    { (const uint8_t *)"\x30\x31", 2 },
    { (const uint8_t *)"\x40\x41\x42\x43", 4 },
    { (const uint8_t *)"\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
    { (const uint8_t *)"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};
static const char *const ct_roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};
#define CT_L0 "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define CT_L1 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define CT_L4 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define CT_N01 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define CT_N23 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define CT_N45 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define CT_N67 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define CT_N03 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define CT_N47 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"

static const struct ct_proof {
    size_t from; /* leaf index, or the old size */
    size_t size;
    const char *hashes[4];
} ct_inclusion[] = {
    { 0, 1, { NULL } },
    { 0, 2, { CT_L1 } },
    { 1, 2, { CT_L0 } },
    { 2, 3, { CT_N01 } },
    { 1, 5, { CT_L0, CT_N23, CT_L4 } },
    { 0, 8, { CT_L1, CT_N23, CT_N47 } },
    { 5, 8, { CT_L4, CT_N67, CT_N03 } },
}, ct_consistency[] = {
    { 1, 1, { NULL } },
    { 1, 8, { CT_L1, CT_N23, CT_N47 } },
    { 2, 5, { CT_N23, CT_L4 } },
    { 6, 8, { CT_N45, CT_N67, CT_N03 } },
};

static void
assert_proof(const struct mash_tree_path *got, const struct ct_proof *want)
{
    unsigned count = 0;
    for (; want->hashes[count] != NULL; count++) {
        struct mash_hash hash = from_hex(want->hashes[count]);
        assert_true(count < got->count);
        assert_same(&got->hashes[count], &hash);
    }
    assert_int_equal(got->count, count);
}

static enum mash_err
read_ct_node(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    (void)ctx;
    *ret_node = mash_tree_batch_root_leaves(&ct_leaves[index << level], (size_t)1 << level);
    return MASH_OK;
}

static void
published_roots_and_proofs(void **state)
{
    (void)state;
    struct mash_hash hashes[8];
    struct mash_tree_frontier frontier = { .size = 0 };
    for (size_t size = 0; size <= 8; size++) {
        struct mash_hash want = from_hex(ct_roots[size]);
        struct mash_hash spans = mash_tree_batch_root_leaves(ct_leaves, size);
        struct mash_hash batch = mash_tree_batch_root(hashes, size);
        struct mash_hash grown = mash_tree_frontier_root(&frontier);
        assert_same(&spans, &want);
        assert_same(&batch, &want);
        assert_same(&grown, &want);
        if (size == 8)
            break;
        hashes[size] = mash_tree_leaf_hash(ct_leaves[size]);
        assert_int_equal(mash_tree_frontier_append(&frontier, &hashes[size]), MASH_OK);
    }

    struct mash_tree_path path;
    for (size_t i = 0; i < sizeof(ct_inclusion) / sizeof(ct_inclusion[0]); i++) {
        const struct ct_proof *want = &ct_inclusion[i];
        assert_int_equal(mash_tree_inclusion(read_ct_node, NULL, want->from, want->size, &path), MASH_OK);
        assert_proof(&path, want);
        assert_int_equal(mash_tree_batch_path(hashes, want->size, want->from, &path), MASH_OK);
        assert_proof(&path, want);
    }
    for (size_t i = 0; i < sizeof(ct_consistency) / sizeof(ct_consistency[0]); i++) {
        const struct ct_proof *want = &ct_consistency[i];
        assert_int_equal(mash_tree_consistency(read_ct_node, NULL, want->from, want->size, &path), MASH_OK);
        assert_proof(&path, want);
    }
}

/* ---- every small tree ---- */

static void
frontier_is_the_reference_at_every_size(void **state)
{
    (void)state;
    struct mash_tree_frontier grown = { .size = 0 };
    for (size_t size = 0; size <= LEAVES; size++) {
        struct mash_hash want = reference_root(0, size);
        struct mash_hash got = mash_tree_frontier_root(&grown);
        struct mash_hash batch = mash_tree_batch_root(leaves, size);
        assert_same(&got, &want);
        assert_same(&batch, &want);

        struct mash_tree_frontier loaded;
        struct store store = { size, 0, 0 };
        assert_int_equal(mash_tree_frontier_read(read_node, &store, size, &loaded), MASH_OK);
        assert_int_equal(loaded.size, size);
        unsigned count = mash_tree_frontier_count(size);
        assert_int_equal(store.asked, count);
        assert_memory_equal(loaded.hashes, grown.hashes, count * sizeof(loaded.hashes[0]));
        if (size < LEAVES)
            assert_int_equal(mash_tree_frontier_append(&grown, &leaves[size]), MASH_OK);
    }
}

static enum mash_err
check_inclusion(size_t index, size_t size, const struct mash_tree_path *path, unsigned count,
                const struct mash_hash *root)
{
    return mash_tree_verify_inclusion(&leaves[index], index, size, path->hashes, count, root);
}

/* Each way to spoil a good path must be refused. */
static void
spoil_inclusion(size_t index, size_t size, const struct mash_tree_path *good, const struct mash_hash *root)
{
    struct mash_tree_path path = *good;
    if (good->count > 0)
        assert_int_equal(check_inclusion(index, size, &path, good->count - 1, root), MASH_E_SIGNATURE);
    path.hashes[good->count] = leaves[0];
    assert_int_equal(check_inclusion(index, size, &path, good->count + 1, root), MASH_E_SIGNATURE);
    for (unsigned i = 0; i < good->count; i++) {
        path = *good;
        path.hashes[i].bytes[31] ^= 1;
        assert_int_equal(check_inclusion(index, size, &path, good->count, root), MASH_E_SIGNATURE);
    }
    path = *good;
    struct mash_hash wrong = *root;
    wrong.bytes[0] ^= 0x80;
    assert_int_equal(check_inclusion(index, size, &path, good->count, &wrong), MASH_E_SIGNATURE);
    wrong = leaves[index];
    wrong.bytes[5] ^= 1;
    assert_int_equal(mash_tree_verify_inclusion(&wrong, index, size, path.hashes, good->count, root),
                     MASH_E_SIGNATURE);
    for (size_t other = 0; other < size; other++) {
        if (other != index)
            assert_int_equal(mash_tree_verify_inclusion(&leaves[index], other, size, path.hashes,
                                                        good->count, root), MASH_E_SIGNATURE);
    }
    assert_int_equal(mash_tree_verify_inclusion(&leaves[index], size, size, path.hashes, good->count, root),
                     MASH_E_VALUE);
    assert_int_equal(mash_tree_verify_inclusion(&leaves[index], UINT64_MAX, size, path.hashes,
                                                good->count, root), MASH_E_VALUE);
}

static void
every_inclusion_proof(void **state)
{
    (void)state;
    for (size_t size = 1; size <= LEAVES; size++) {
        struct mash_hash root = reference_root(0, size);
        for (size_t index = 0; index < size; index++) {
            struct mash_tree_path want, got, batch;
            struct store store = { size, 0, 0 };
            reference_path(index, 0, size, &want);
            assert_int_equal(mash_tree_inclusion(read_node, &store, index, size, &got), MASH_OK);
            assert_int_equal(mash_tree_batch_path(leaves, size, index, &batch), MASH_OK);
            assert_int_equal(got.count, want.count);
            assert_int_equal(batch.count, want.count);
            assert_memory_equal(got.hashes, want.hashes, want.count * sizeof(want.hashes[0]));
            assert_memory_equal(batch.hashes, want.hashes, want.count * sizeof(want.hashes[0]));
            assert_int_equal(check_inclusion(index, size, &got, got.count, &root), MASH_OK);
            spoil_inclusion(index, size, &got, &root);
        }
        struct mash_tree_path path;
        struct store store = { size, 0, 0 };
        assert_int_equal(mash_tree_inclusion(read_node, &store, size, size, &path), MASH_E_VALUE);
        assert_int_equal(mash_tree_batch_path(leaves, size, size, &path), MASH_E_VALUE);
        assert_int_equal(store.asked, 0);
    }
}

static void
spoil_consistency(size_t old_size, size_t new_size, const struct mash_tree_path *good)
{
    struct mash_hash old_root = reference_root(0, old_size);
    struct mash_hash new_root = reference_root(0, new_size);
    struct mash_tree_path path = *good;
    path.hashes[good->count] = leaves[0];
    assert_int_equal(mash_tree_verify_consistency(old_size, &old_root, new_size, &new_root, path.hashes,
                                                  good->count + 1), MASH_E_SIGNATURE);
    if (good->count > 0)
        assert_int_equal(mash_tree_verify_consistency(old_size, &old_root, new_size, &new_root,
                                                      path.hashes, good->count - 1), MASH_E_SIGNATURE);
    for (unsigned i = 0; i < good->count; i++) {
        path = *good;
        path.hashes[i].bytes[0] ^= 1;
        assert_int_equal(mash_tree_verify_consistency(old_size, &old_root, new_size, &new_root,
                                                      path.hashes, good->count), MASH_E_SIGNATURE);
    }
    path = *good;
    struct mash_hash wrong = old_root;
    wrong.bytes[9] ^= 4;
    assert_int_equal(mash_tree_verify_consistency(old_size, &wrong, new_size, &new_root, path.hashes,
                                                  good->count), MASH_E_SIGNATURE);
    wrong = new_root;
    wrong.bytes[9] ^= 4;
    /* From the empty tree every tree grows; nothing can be said about the new root. */
    assert_int_equal(mash_tree_verify_consistency(old_size, &old_root, new_size, &wrong, path.hashes,
                                                  good->count),
                     old_size == 0 && new_size > 0 ? MASH_OK : MASH_E_SIGNATURE);
    if (old_size < new_size)
        assert_int_equal(mash_tree_verify_consistency(new_size, &new_root, old_size, &old_root,
                                                      path.hashes, good->count), MASH_E_VALUE);
}

static void
every_consistency_proof(void **state)
{
    (void)state;
    for (size_t new_size = 0; new_size <= CONSISTENT; new_size++) {
        struct mash_hash new_root = reference_root(0, new_size);
        for (size_t old_size = 0; old_size <= new_size; old_size++) {
            struct mash_hash old_root = reference_root(0, old_size);
            struct mash_tree_path want = { .count = 0 }, got;
            struct store store = { new_size, 0, 0 };
            if (old_size > 0)
                reference_subproof(old_size, 0, new_size, true, &want);
            assert_int_equal(mash_tree_consistency(read_node, &store, old_size, new_size, &got), MASH_OK);
            assert_int_equal(got.count, want.count);
            assert_memory_equal(got.hashes, want.hashes, want.count * sizeof(want.hashes[0]));
            assert_int_equal(mash_tree_verify_consistency(old_size, &old_root, new_size, &new_root,
                                                          got.hashes, got.count), MASH_OK);
            spoil_consistency(old_size, new_size, &got);
        }
        struct mash_tree_path path;
        struct store store = { new_size, 0, 0 };
        assert_int_equal(mash_tree_consistency(read_node, &store, new_size + 1, new_size, &path),
                         MASH_E_VALUE);
    }
}

/* A log that changed one old entry has no proof. */
static void
a_rewritten_history_is_refused(void **state)
{
    (void)state;
    struct mash_hash kept = leaves[2];
    struct mash_hash old_root = reference_root(0, 5);
    leaves[2].bytes[0] ^= 1;
    struct mash_hash new_root = reference_root(0, 9);
    struct mash_tree_path path;
    struct store store = { 9, 0, 0 };
    assert_int_equal(mash_tree_consistency(read_node, &store, 5, 9, &path), MASH_OK);
    leaves[2] = kept;
    assert_int_equal(mash_tree_verify_consistency(5, &old_root, 9, &new_root, path.hashes, path.count),
                     MASH_E_SIGNATURE);
}

/* A node that is a root of both trees proves nothing: the path must climb to the top. */
static void
a_path_that_stops_below_the_root_is_refused(void **state)
{
    (void)state;
    struct mash_hash root = reference_root(0, 4);
    assert_int_equal(mash_tree_verify_consistency(4, &root, 8, &root, NULL, 0), MASH_E_SIGNATURE);
    assert_int_equal(mash_tree_verify_consistency(3, &root, 8, &root, &root, 1), MASH_E_SIGNATURE);
    assert_int_equal(mash_tree_verify_inclusion(&root, 0, 4, NULL, 0, &root), MASH_E_SIGNATURE);
}

/* ---- edges ---- */

static void
a_failing_store_ends_the_build(void **state)
{
    (void)state;
    for (unsigned fail_at = 1; ; fail_at++) {
        struct mash_tree_path path = { .count = 99 };
        struct store store = { 101, 0, fail_at };
        enum mash_err err = mash_tree_inclusion(read_node, &store, 77, 101, &path);
        if (store.asked < fail_at) {
            assert_int_equal(err, MASH_OK);
            assert_true(fail_at > 5);
            break;
        }
        assert_int_equal(err, MASH_E_IO);
        assert_int_equal(path.count, 99);
    }
    struct mash_tree_path path = { .count = 99 };
    struct store store = { 101, 0, 2 };
    assert_int_equal(mash_tree_consistency(read_node, &store, 77, 101, &path), MASH_E_IO);
    assert_int_equal(path.count, 99);
    struct mash_tree_frontier frontier = { .size = 99 };
    store = (struct store){ 101, 0, 3 };
    assert_int_equal(mash_tree_frontier_read(read_node, &store, 101, &frontier), MASH_E_IO);
    assert_int_equal(frontier.size, 99);
}

/* A log of one leaf value repeated: complete subtrees of one level are all alike. */
static enum mash_err
read_alike(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    (void)ctx;
    (void)index;
    *ret_node = leaves[0];
    for (unsigned i = 0; i < level; i++)
        *ret_node = mash_tree_node_hash(ret_node, ret_node);
    return MASH_OK;
}

static void
the_largest_tree_fits(void **state)
{
    (void)state;
    const uint64_t max = MASH_TREE_SIZE_MAX;
    struct mash_tree_path path;
    struct mash_tree_frontier frontier;
    assert_int_equal(mash_tree_frontier_read(read_alike, NULL, max, &frontier), MASH_OK);
    struct mash_hash root = mash_tree_frontier_root(&frontier);
    assert_int_equal(mash_tree_frontier_append(&frontier, &leaves[0]), MASH_E_FULL);
    assert_int_equal(frontier.size, max);

    const uint64_t indexes[] = { 0, 1, max / 2, max - 2, max - 1 };
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        assert_int_equal(mash_tree_inclusion(read_alike, NULL, indexes[i], max, &path), MASH_OK);
        assert_true(path.count <= MASH_TREE_PATH_MAX);
        assert_int_equal(mash_tree_verify_inclusion(&leaves[0], indexes[i], max, path.hashes, path.count,
                                                    &root), MASH_OK);
    }
    const uint64_t olds[] = { 1, 3, max / 2, max / 2 + 1, max - 1, max };
    for (size_t i = 0; i < sizeof(olds) / sizeof(olds[0]); i++) {
        assert_int_equal(mash_tree_frontier_read(read_alike, NULL, olds[i], &frontier), MASH_OK);
        struct mash_hash old_root = mash_tree_frontier_root(&frontier);
        assert_int_equal(mash_tree_consistency(read_alike, NULL, olds[i], max, &path), MASH_OK);
        assert_true(path.count <= MASH_TREE_PATH_MAX);
        assert_int_equal(mash_tree_verify_consistency(olds[i], &old_root, max, &root, path.hashes,
                                                      path.count), MASH_OK);
    }
    assert_int_equal(mash_tree_inclusion(read_alike, NULL, 0, max + 1, &path), MASH_E_VALUE);
    assert_int_equal(mash_tree_consistency(read_alike, NULL, 1, max + 1, &path), MASH_E_VALUE);
    assert_int_equal(mash_tree_frontier_read(read_alike, NULL, max + 1, &frontier), MASH_E_VALUE);
    assert_int_equal(mash_tree_verify_inclusion(&root, 0, UINT64_MAX, path.hashes, 0, &root), MASH_E_VALUE);
    assert_int_equal(mash_tree_verify_consistency(1, &root, UINT64_MAX, &root, path.hashes, 0),
                     MASH_E_VALUE);
    assert_int_equal(mash_tree_verify_inclusion(&root, 0, 0, path.hashes, 0, &root), MASH_E_VALUE);
}

static int
make_leaves(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < LEAVES; i++)
        leaves[i] = mash_tree_leaf_hash(mash_span(&i, 1));
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaf_and_node_prefixes),
        cmocka_unit_test(published_roots_and_proofs),
        cmocka_unit_test(frontier_is_the_reference_at_every_size),
        cmocka_unit_test(every_inclusion_proof),
        cmocka_unit_test(every_consistency_proof),
        cmocka_unit_test(a_rewritten_history_is_refused),
        cmocka_unit_test(a_path_that_stops_below_the_root_is_refused),
        cmocka_unit_test(a_failing_store_ends_the_build),
        cmocka_unit_test(the_largest_tree_fits),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_leaves, NULL);
}
