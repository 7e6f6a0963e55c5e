/* SPDX-License-Identifier: Apache-2.0 */
/* proof.c - what the log signs and proves for the path: entries, checkpoints, tlog-proofs; see path.h.
 * The log key is used here and nowhere else. */
#include "daemon/path/path.h"

#include <assert.h>

#include "proto/receipt.h"

enum mash_err
mash_path_append(struct mash_path *path, const Mash__Detail *detail, uint64_t *ret_index)
{
    assert(path->group.open && !path->group.detached);
    struct mash_bytes bytes = mash_bytes_max(MASH_DETAIL_MAX);
    enum mash_err err = mash_message_encode(detail, &bytes);
    if (err == MASH_OK)
        err = mash_store_append(path->store, (uint8_t)detail->kind_case, path->group.entry_ms,
                                mash_bytes_span(&bytes), ret_index);
    mash_bytes_free(&bytes);
    if (err == MASH_OK) {
        path->group.appended++;
        path->group.changed = true;
    }
    return err;
}

enum mash_err
mash_path_sign(const struct mash_path *path, const struct mash_store_head *head, struct mash_bytes *out)
{
    if (path->read_only[0] != '\0')
        return MASH_E_DENIED;
    struct mash_checkpoint checkpoint = { .size = head->size, .root = head->root };
    static_assert(sizeof(checkpoint.origin) == sizeof(path->origin), "both hold an origin");
    for (size_t i = 0; i < sizeof(checkpoint.origin); i++)
        checkpoint.origin[i] = path->origin[i];
    return mash_checkpoint_sign(&checkpoint, mash_secret_bytes(path->log_key), out);
}

enum mash_err
mash_path_proof(struct mash_path *path, uint64_t entry, struct mash_bytes *out)
{
    struct mash_store_entry row = { 0 };
    struct mash_entry leaf;
    struct mash_tree_path inclusion;
    enum mash_err err = mash_store_entry_get(path->store, entry, &row);
    if (err == MASH_OK)
        err = mash_entry_decode(mash_span(row.leaf, sizeof(row.leaf)), &leaf);
    if (err == MASH_OK)
        err = mash_tree_inclusion(mash_store_node, path->store, entry, path->checkpoint_size, &inclusion);
    if (err == MASH_OK)
        err = mash_receipt_encode(&leaf, row.salt, mash_bytes_span(&row.detail), entry, &inclusion,
                                  mash_bytes_span(&path->checkpoint), out);
    mash_store_entry_free(&row);
    return err;
}
