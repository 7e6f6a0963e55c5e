/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - the RFC 6962 Merkle tree over SHA-256: of the audit log, and of a batch of manifests.
 * Pure: no history is kept here.  Builders read complete subtrees through a callback, so a proof
 * costs a logarithm of the log's size.  Verifiers never allocate and accept exactly one path for
 * one (index, size): a path with one hash more or less is refused. */
#ifndef MASH_PROTO_TREE_H
#define MASH_PROTO_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "mash/err.h"
#include "proto/bytes.h"
#include "proto/hash.h"

/* Largest tree: its size fits a signed 64-bit column.  A proof then has at most 64 hashes. */
#define MASH_TREE_SIZE_MAX ((uint64_t)INT64_MAX)
#define MASH_TREE_PATH_MAX 64

/* An inclusion path (leaf's sibling first, root's child last) or a consistency proof, both in the
 * order of RFC 6962 sections 2.1.1 and 2.1.2. */
struct mash_tree_path {
    unsigned count;
    struct mash_hash hashes[MASH_TREE_PATH_MAX];
};

/* A tree of size leaves by the roots of its complete subtrees, largest (leftmost) first: one for
 * each one bit of size.  All zeros is the empty tree. */
struct mash_tree_frontier {
    uint64_t size;
    struct mash_hash hashes[64];
};

/* Give the root of the complete subtree over leaves [index * 2^level, (index + 1) * 2^level).
 * Only subtrees inside the size named to the builder are asked for.  Any error ends the build. */
typedef enum mash_err mash_tree_node_fn(void *ctx, unsigned level, uint64_t index,
                                        struct mash_hash *ret_node);

/* RFC 6962 section 2.1: SHA-256(0x00, leaf), SHA-256(0x01, left, right), SHA-256(). */
struct mash_hash mash_tree_leaf_hash(struct mash_span leaf);
struct mash_hash mash_tree_node_hash(const struct mash_hash *left, const struct mash_hash *right);
struct mash_hash mash_tree_empty_root(void);

/* How many hashes a frontier of size leaves holds. */
unsigned mash_tree_frontier_count(uint64_t size);

/* Append one leaf by its leaf hash.  MASH_E_FULL at MASH_TREE_SIZE_MAX leaves. */
MASH_MUSTCHECK enum mash_err
mash_tree_frontier_append(struct mash_tree_frontier *frontier, const struct mash_hash *leaf_hash);

/* Root of the tree; the empty root when it has no leaf. */
struct mash_hash mash_tree_frontier_root(const struct mash_tree_frontier *frontier);

/* The frontier of the first size leaves, read through node.
 * MASH_E_VALUE when size is above MASH_TREE_SIZE_MAX; otherwise only node's errors. */
MASH_MUSTCHECK enum mash_err
mash_tree_frontier_read(mash_tree_node_fn *node, void *ctx, uint64_t size,
                        struct mash_tree_frontier *ret_frontier);

/* Root over count leaf hashes, or over count leaves; the empty root for count 0. */
struct mash_hash mash_tree_batch_root(const struct mash_hash *leaf_hashes, size_t count);
struct mash_hash mash_tree_batch_root_leaves(const struct mash_span *leaves, size_t count);

/* Inclusion path of leaf index in the tree over count leaf hashes.  MASH_E_VALUE: index >= count. */
MASH_MUSTCHECK enum mash_err
mash_tree_batch_path(const struct mash_hash *leaf_hashes, size_t count, size_t index,
                     struct mash_tree_path *ret_path);

/* Inclusion path of leaf index in the tree of the first size leaves.
 * MASH_E_VALUE when index >= size or size is above the maximum; otherwise only node's errors. */
MASH_MUSTCHECK enum mash_err
mash_tree_inclusion(mash_tree_node_fn *node, void *ctx, uint64_t index, uint64_t size,
                    struct mash_tree_path *ret_path);

/* Consistency proof from the first old_size to the first new_size leaves; empty when old_size is 0
 * or the sizes are equal.  MASH_E_VALUE when old_size > new_size or new_size is above the maximum. */
MASH_MUSTCHECK enum mash_err
mash_tree_consistency(mash_tree_node_fn *node, void *ctx, uint64_t old_size, uint64_t new_size,
                      struct mash_tree_path *ret_path);

/* The root that path leads to from leaf index of a tree of size leaves: what a batch signature covers.
 * MASH_E_VALUE: index >= size, size above the maximum.  MASH_E_SIGNATURE: not the length of such a path. */
MASH_MUSTCHECK enum mash_err
mash_tree_path_root(const struct mash_hash *leaf_hash, uint64_t index, uint64_t size,
                    const struct mash_hash *path, size_t count, struct mash_hash *ret_root);

/* Check that leaf_hash is leaf index of the tree (size, root) by the count hashes of path.
 * MASH_E_VALUE: index >= size, size above the maximum.  MASH_E_SIGNATURE: anything else wrong. */
MASH_MUSTCHECK enum mash_err
mash_tree_verify_inclusion(const struct mash_hash *leaf_hash, uint64_t index, uint64_t size,
                           const struct mash_hash *path, size_t count, const struct mash_hash *root);

/* Check that the tree (new_size, new_root) begins with the tree (old_size, old_root).  Both roots are
 * demanded even where no proof is needed: the empty tree has the empty root, equal sizes equal roots.
 * MASH_E_VALUE: old_size > new_size, new_size above the maximum.  MASH_E_SIGNATURE otherwise. */
MASH_MUSTCHECK enum mash_err
mash_tree_verify_consistency(uint64_t old_size, const struct mash_hash *old_root, uint64_t new_size,
                             const struct mash_hash *new_root, const struct mash_hash *path,
                             size_t count);

#endif
