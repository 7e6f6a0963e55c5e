/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - see tree.h.  Section numbers are of RFC 6962 for what a proof is and of RFC 9162 for
 * the loops that check one (same tree, clearer algorithms). */
#include "proto/tree.h"

#include <assert.h>
#include <string.h>

struct mash_hash
mash_tree_leaf_hash(struct mash_span leaf)
{
    static const uint8_t prefix[1] = { 0x00 };
    const struct mash_span parts[] = { { prefix, 1 }, leaf };
    return mash_hash_parts(parts, 2);
}

struct mash_hash
mash_tree_node_hash(const struct mash_hash *left, const struct mash_hash *right)
{
    uint8_t node[1 + 2 * MASH_HASH_BYTES] = { 0x01 };
    memcpy(node + 1, left->bytes, MASH_HASH_BYTES);
    memcpy(node + 1 + MASH_HASH_BYTES, right->bytes, MASH_HASH_BYTES);
    return mash_hash_of(mash_span(node, sizeof(node)));
}

struct mash_hash
mash_tree_empty_root(void)
{
    return mash_hash_of(mash_span(NULL, 0));
}

unsigned
mash_tree_frontier_count(uint64_t size)
{
    return (unsigned)__builtin_popcountll(size);
}

enum mash_err
mash_tree_frontier_append(struct mash_tree_frontier *frontier, const struct mash_hash *leaf_hash)
{
    if (frontier->size >= MASH_TREE_SIZE_MAX)
        return MASH_E_FULL;

    unsigned count = mash_tree_frontier_count(frontier->size);
    struct mash_hash node = *leaf_hash;
    /* Each trailing one bit is a complete subtree as large as node, to its left. */
    for (uint64_t bits = frontier->size; (bits & 1) != 0; bits >>= 1)
        node = mash_tree_node_hash(&frontier->hashes[--count], &node);
    frontier->hashes[count] = node;
    frontier->size++;
    return MASH_OK;
}

struct mash_hash
mash_tree_frontier_root(const struct mash_tree_frontier *frontier)
{
    unsigned count = mash_tree_frontier_count(frontier->size);
    if (count == 0)
        return mash_tree_empty_root();
    struct mash_hash root = frontier->hashes[--count];
    while (count > 0)
        root = mash_tree_node_hash(&frontier->hashes[--count], &root);
    return root;
}

/* Level of the largest complete subtree that fits in count leaves (count >= 1). */
static unsigned
level_within(uint64_t count)
{
    return 63 - (unsigned)__builtin_clzll(count);
}

/* Largest power of two smaller than count (count >= 2): where RFC 6962 splits a tree. */
static uint64_t
split_of(uint64_t count)
{
    return (uint64_t)1 << level_within(count - 1);
}

/* The frontier of leaves [start, start + count); start is a multiple of the first subtree's size. */
static enum mash_err
read_range(mash_tree_node_fn *node, void *ctx, uint64_t start, uint64_t count,
           struct mash_tree_frontier *ret_frontier)
{
    unsigned at = 0;
    ret_frontier->size = count;
    while (count > 0) {
        unsigned level = level_within(count);
        enum mash_err err = node(ctx, level, start >> level, &ret_frontier->hashes[at++]);
        if (err != MASH_OK)
            return err;
        start += (uint64_t)1 << level;
        count -= (uint64_t)1 << level;
    }
    return MASH_OK;
}

enum mash_err
mash_tree_frontier_read(mash_tree_node_fn *node, void *ctx, uint64_t size,
                        struct mash_tree_frontier *ret_frontier)
{
    if (size > MASH_TREE_SIZE_MAX)
        return MASH_E_VALUE;
    struct mash_tree_frontier frontier;
    memset(&frontier, 0, sizeof(frontier));
    enum mash_err err = read_range(node, ctx, 0, size, &frontier);
    if (err == MASH_OK)
        *ret_frontier = frontier;
    return err;
}

/* Append the Merkle tree hash of leaves [start, start + count) to path. */
static enum mash_err
push_range(mash_tree_node_fn *node, void *ctx, uint64_t start, uint64_t count,
           struct mash_tree_path *path)
{
    struct mash_tree_frontier frontier;
    enum mash_err err = read_range(node, ctx, start, count, &frontier);
    if (err == MASH_OK)
        path->hashes[path->count++] = mash_tree_frontier_root(&frontier);
    return err;
}

/* Descent goes from root to leaf, proofs are written from leaf to root. */
static void
write_reversed(const struct mash_tree_path *path, struct mash_tree_path *ret_path)
{
    ret_path->count = path->count;
    for (unsigned i = 0; i < path->count; i++)
        ret_path->hashes[i] = path->hashes[path->count - 1 - i];
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1. */
enum mash_err
mash_tree_inclusion(mash_tree_node_fn *node, void *ctx, uint64_t index, uint64_t size,
                    struct mash_tree_path *ret_path)
{
    if (index >= size || size > MASH_TREE_SIZE_MAX)
        return MASH_E_VALUE;

    struct mash_tree_path path = { .count = 0 };
    uint64_t start = 0;
    while (size > 1) {
        uint64_t split = split_of(size);
        bool left = index - start < split;
        enum mash_err err = left ? push_range(node, ctx, start + split, size - split, &path)
                                 : push_range(node, ctx, start, split, &path);
        if (err != MASH_OK)
            return err;
        start += left ? 0 : split;
        size = left ? split : size - split;
    }
    write_reversed(&path, ret_path);
    return MASH_OK;
}

/* PROOF(m, D[n]) of RFC 6962 section 2.1.2. */
enum mash_err
mash_tree_consistency(mash_tree_node_fn *node, void *ctx, uint64_t old_size, uint64_t new_size,
                      struct mash_tree_path *ret_path)
{
    if (old_size > new_size || new_size > MASH_TREE_SIZE_MAX)
        return MASH_E_VALUE;

    struct mash_tree_path path = { .count = 0 };
    enum mash_err err = MASH_OK;
    uint64_t start = 0;
    uint64_t rest = old_size == 0 ? new_size : old_size;
    uint64_t size = new_size;
    while (err == MASH_OK && rest != size) {
        uint64_t split = split_of(size);
        if (rest <= split) {
            err = push_range(node, ctx, start + split, size - split, &path);
            size = split;
        } else {
            err = push_range(node, ctx, start, split, &path);
            start += split;
            rest -= split;
            size -= split;
        }
    }
    /* The checker holds the old root, so the old tree itself is not sent when it is one subtree. */
    if (err == MASH_OK && start > 0)
        err = push_range(node, ctx, start, size, &path);
    if (err == MASH_OK)
        write_reversed(&path, ret_path);
    return err;
}

/* Append where the tree cannot be full: its leaves are all in memory. */
static void
append_held(struct mash_tree_frontier *frontier, const struct mash_hash *leaf_hash)
{
    enum mash_err err = mash_tree_frontier_append(frontier, leaf_hash);
    assert(err == MASH_OK);
}

struct mash_hash
mash_tree_batch_root(const struct mash_hash *leaf_hashes, size_t count)
{
    struct mash_tree_frontier frontier;
    frontier.size = 0;
    for (size_t i = 0; i < count; i++)
        append_held(&frontier, &leaf_hashes[i]);
    return mash_tree_frontier_root(&frontier);
}

struct mash_hash
mash_tree_batch_root_leaves(const struct mash_span *leaves, size_t count)
{
    struct mash_tree_frontier frontier;
    frontier.size = 0;
    for (size_t i = 0; i < count; i++) {
        struct mash_hash leaf_hash = mash_tree_leaf_hash(leaves[i]);
        append_held(&frontier, &leaf_hash);
    }
    return mash_tree_frontier_root(&frontier);
}

/* Leaf hashes held in memory, as the node callback of the builders. */
static enum mash_err
node_of_hashes(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    const struct mash_hash *leaf_hashes = ctx;
    *ret_node = mash_tree_batch_root(&leaf_hashes[index << level], (size_t)1 << level);
    return MASH_OK;
}

enum mash_err
mash_tree_batch_path(const struct mash_hash *leaf_hashes, size_t count, size_t index,
                     struct mash_tree_path *ret_path)
{
    /* The callback type is for stores, which may change; this one only reads. */
    return mash_tree_inclusion(node_of_hashes, (void *)(uintptr_t)leaf_hashes, index, count, ret_path);
}

/* RFC 9162 section 2.1.3.2. */
enum mash_err
mash_tree_path_root(const struct mash_hash *leaf_hash, uint64_t index, uint64_t size,
                    const struct mash_hash *path, size_t count, struct mash_hash *ret_root)
{
    if (index >= size || size > MASH_TREE_SIZE_MAX)
        return MASH_E_VALUE;

    uint64_t at = index;      /* our node on this level ... */
    uint64_t last = size - 1; /* ... and the last node there */
    struct mash_hash hash = *leaf_hash;
    for (size_t i = 0; i < count; i++) {
        if (last == 0)
            return MASH_E_SIGNATURE;
        if ((at & 1) != 0 || at == last) {
            hash = mash_tree_node_hash(&path[i], &hash);
            /* A lone last node has no sibling: it rises until it is a right child. */
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            hash = mash_tree_node_hash(&hash, &path[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    if (last != 0)
        return MASH_E_SIGNATURE;
    *ret_root = hash;
    return MASH_OK;
}

enum mash_err
mash_tree_verify_inclusion(const struct mash_hash *leaf_hash, uint64_t index, uint64_t size,
                           const struct mash_hash *path, size_t count, const struct mash_hash *root)
{
    struct mash_hash found;
    enum mash_err err = mash_tree_path_root(leaf_hash, index, size, path, count, &found);
    if (err != MASH_OK)
        return err;
    return mash_hash_equal(&found, root) ? MASH_OK : MASH_E_SIGNATURE;
}

/* RFC 9162 section 2.1.4.2, for 0 < old_size < new_size.  seed is the node both trees share. */
static enum mash_err
verify_growth(uint64_t old_size, const struct mash_hash *old_root, uint64_t new_size,
              const struct mash_hash *new_root, const struct mash_hash *seed,
              const struct mash_hash *path, size_t count)
{
    uint64_t at = old_size - 1;
    uint64_t last = new_size - 1;
    for (; (at & 1) != 0; at >>= 1)
        last >>= 1;

    struct mash_hash old_hash = *seed;
    struct mash_hash new_hash = *seed;
    for (size_t i = 0; i < count; i++) {
        if (last == 0)
            return MASH_E_SIGNATURE;
        if ((at & 1) != 0 || at == last) {
            old_hash = mash_tree_node_hash(&path[i], &old_hash);
            new_hash = mash_tree_node_hash(&path[i], &new_hash);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            new_hash = mash_tree_node_hash(&new_hash, &path[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    bool same = mash_hash_equal(&old_hash, old_root) && mash_hash_equal(&new_hash, new_root);
    return last == 0 && same ? MASH_OK : MASH_E_SIGNATURE;
}

enum mash_err
mash_tree_verify_consistency(uint64_t old_size, const struct mash_hash *old_root, uint64_t new_size,
                             const struct mash_hash *new_root, const struct mash_hash *path,
                             size_t count)
{
    if (old_size > new_size || new_size > MASH_TREE_SIZE_MAX)
        return MASH_E_VALUE;

    struct mash_hash empty = mash_tree_empty_root();
    if (old_size == 0 && !mash_hash_equal(old_root, &empty))
        return MASH_E_SIGNATURE;
    if (old_size == new_size && !mash_hash_equal(old_root, new_root))
        return MASH_E_SIGNATURE;
    if (old_size == 0 || old_size == new_size)
        return count == 0 ? MASH_OK : MASH_E_SIGNATURE;

    /* An old tree that is one complete subtree is the shared node itself and is not sent. */
    if ((old_size & (old_size - 1)) == 0)
        return verify_growth(old_size, old_root, new_size, new_root, old_root, path, count);
    if (count == 0)
        return MASH_E_SIGNATURE;
    return verify_growth(old_size, old_root, new_size, new_root, &path[0], path + 1, count - 1);
}
