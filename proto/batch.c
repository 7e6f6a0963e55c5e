/* SPDX-License-Identifier: Apache-2.0 */
/* batch.c - see batch.h.  (design: "A notice on the wire"; PROTOCOL.md "Batch signature") */
#include "proto/batch.h"

#include <assert.h>
#include <string.h>

#include "proto/sign.h"
#include "proto/tree.h"

#define DOMAIN_BYTES 15 /* with the NUL, which is part of it */

static const char domains[][DOMAIN_BYTES] = {
    [MASH_BATCH_NOTICE] = "mash/notice/v1",
    [MASH_BATCH_STATUS] = "mash/status/v1",
};

static_assert(DOMAIN_BYTES + MASH_HASH_BYTES + 8 + MASH_HASH_BYTES == MASH_BATCH_SIGNED_BYTES, "all of it");

void
mash_batch_signed_bytes(enum mash_batch_kind kind, const char *partnership, uint32_t size,
                        const struct mash_hash *root, uint8_t ret_bytes[static MASH_BATCH_SIGNED_BYTES])
{
    struct mash_hash name = mash_hash_of(mash_span_str(partnership));
    uint8_t *at = ret_bytes;
    memcpy(at, domains[kind], DOMAIN_BYTES);
    at += DOMAIN_BYTES;
    memcpy(at, name.bytes, MASH_HASH_BYTES);
    at += MASH_HASH_BYTES;
    mash_put_u64be(at, size);
    at += 8;
    memcpy(at, root->bytes, MASH_HASH_BYTES);
}

enum mash_err
mash_batch_sign(enum mash_batch_kind kind, const char *partnership, const struct mash_secret *key,
                const struct mash_span *messages, size_t n, struct mash_batch_proof *ret_proofs)
{
    if (n < 1 || n > MASH_BATCH_MAX)
        return MASH_E_LIMIT;

    struct mash_hash leaves[MASH_BATCH_MAX];
    for (size_t i = 0; i < n; i++)
        leaves[i] = mash_tree_leaf_hash(messages[i]);
    struct mash_hash root = mash_tree_batch_root(leaves, n);
    uint8_t bytes[MASH_BATCH_SIGNED_BYTES];
    uint8_t signature[MASH_SIGNATURE_BYTES];
    mash_batch_signed_bytes(kind, partnership, (uint32_t)n, &root, bytes);
    mash_secret_sign(key, mash_span(bytes, sizeof(bytes)), signature);

    for (size_t i = 0; i < n; i++) {
        struct mash_batch_proof *proof = &ret_proofs[i];
        struct mash_tree_path path;
        enum mash_err err = mash_tree_batch_path(leaves, n, i, &path);
        assert(err == MASH_OK && path.count <= MASH_BATCH_PATH_MAX); /* i < n <= 64 */
        memcpy(proof->signature, signature, sizeof(signature));
        proof->index = (uint32_t)i;
        proof->size = (uint32_t)n;
        proof->n_path = path.count;
        memcpy(proof->path, path.hashes, path.count * sizeof(path.hashes[0]));
    }
    return MASH_OK;
}

enum mash_err
mash_batch_root(struct mash_span message, const struct mash_batch_proof *proof, struct mash_hash *ret_root)
{
    if (proof->size < 1 || proof->size > MASH_BATCH_MAX || proof->n_path > MASH_BATCH_PATH_MAX)
        return MASH_E_FORMAT;
    struct mash_hash leaf = mash_tree_leaf_hash(message);
    enum mash_err err =
        mash_tree_path_root(&leaf, proof->index, proof->size, proof->path, proof->n_path, ret_root);
    return err == MASH_OK ? MASH_OK : MASH_E_FORMAT;
}

enum mash_err
mash_batch_verify(enum mash_batch_kind kind, const char *partnership,
                  const uint8_t key[static MASH_PUBLIC_KEY_BYTES], struct mash_span message,
                  const struct mash_batch_proof *proof)
{
    struct mash_hash root;
    enum mash_err err = mash_batch_root(message, proof, &root);
    if (err != MASH_OK)
        return err;
    uint8_t bytes[MASH_BATCH_SIGNED_BYTES];
    mash_batch_signed_bytes(kind, partnership, proof->size, &root, bytes);
    return mash_sign_verify(key, mash_span(bytes, sizeof(bytes)), proof->signature);
}

enum mash_err
mash_batch_proof_read(struct mash_span signature, uint32_t index, uint32_t size,
                      const ProtobufCBinaryData *path, size_t n_path, struct mash_batch_proof *ret_proof)
{
    if (signature.len != MASH_SIGNATURE_BYTES || n_path > MASH_BATCH_PATH_MAX)
        return MASH_E_FORMAT;
    struct mash_batch_proof proof = { .index = index, .size = size, .n_path = n_path };
    memcpy(proof.signature, signature.data, MASH_SIGNATURE_BYTES);
    for (size_t i = 0; i < n_path; i++) {
        if (path[i].len != MASH_HASH_BYTES)
            return MASH_E_FORMAT;
        memcpy(proof.path[i].bytes, path[i].data, MASH_HASH_BYTES);
    }
    *ret_proof = proof;
    return MASH_OK;
}
