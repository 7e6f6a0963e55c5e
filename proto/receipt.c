/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c - see receipt.h.  Section names are of c2sp.org/tlog-proof. */
#include "proto/receipt.h"

#include <inttypes.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/line.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"
#define EXTRA_MAX (MASH_ENTRY_BYTES + MASH_ENTRY_SALT_BYTES + MASH_DETAIL_MAX)

/* Append the line `extra <base64>`. */
static enum mash_err
write_extra(const struct mash_entry *entry, const uint8_t salt[static MASH_ENTRY_SALT_BYTES],
            struct mash_span detail, struct mash_bytes *out)
{
    uint8_t leaf[MASH_ENTRY_BYTES];
    mash_entry_encode(entry, leaf);
    struct mash_bytes extra = mash_bytes_max(EXTRA_MAX);
    enum mash_err err = mash_bytes_append(&extra, leaf, sizeof(leaf));
    if (err == MASH_OK)
        err = mash_bytes_append(&extra, salt, MASH_ENTRY_SALT_BYTES);
    if (err == MASH_OK)
        err = mash_bytes_append(&extra, detail.data, detail.len);
    if (err == MASH_OK)
        err = mash_bytes_append_str(out, "extra ");
    if (err == MASH_OK)
        err = mash_base64_encode(mash_bytes_span(&extra), MASH_BASE64_PADDED, out);
    if (err == MASH_OK)
        err = mash_bytes_append(out, "\n", 1);
    mash_bytes_free(&extra);
    return err;
}

/* Append the lines of the inclusion proof and the empty line after them. */
static enum mash_err
write_path(const struct mash_tree_path *path, struct mash_bytes *out)
{
    enum mash_err err = MASH_OK;
    for (unsigned i = 0; i < path->count && err == MASH_OK; i++) {
        err = mash_base64_encode(mash_hash_span(&path->hashes[i]), MASH_BASE64_PADDED, out);
        if (err == MASH_OK)
            err = mash_bytes_append(out, "\n", 1);
    }
    return err == MASH_OK ? mash_bytes_append(out, "\n", 1) : err;
}

enum mash_err
mash_receipt_encode(const struct mash_entry *entry, const uint8_t salt[static MASH_ENTRY_SALT_BYTES],
                    struct mash_span detail, uint64_t index, const struct mash_tree_path *path,
                    struct mash_span note, struct mash_bytes *out)
{
    if (detail.len > MASH_DETAIL_MAX || path->count > MASH_TREE_PATH_MAX || note.len > MASH_CHECKPOINT_MAX)
        return MASH_E_LIMIT;
    struct mash_hash commit = mash_entry_commit(salt, detail);
    if (!mash_hash_equal(&commit, &entry->commit))
        return MASH_E_MISMATCH;

    size_t before = out->len;
    enum mash_err err = mash_bytes_append_str(out, FIRST_LINE "\n");
    if (err == MASH_OK)
        err = write_extra(entry, salt, detail, out);
    if (err == MASH_OK)
        err = mash_bytes_appendf(out, "index %" PRIu64 "\n", index);
    if (err == MASH_OK)
        err = write_path(path, out);
    if (err == MASH_OK)
        err = mash_bytes_append(out, note.data, note.len);
    if (err != MASH_OK)
        out->len = before;
    return err;
}

/* The extra line: leaf, salt, detail; the leaf must be an entry and commit to the other two. */
static enum mash_err
read_extra(struct mash_span text, struct mash_receipt *receipt)
{
    size_t len = 0;
    uint8_t *raw = NULL;
    if (text.len < 4)
        return MASH_E_FORMAT;
    if (text.len > mash_base64_text_len(EXTRA_MAX, MASH_BASE64_PADDED))
        return MASH_E_LIMIT;
    receipt->memory = mash_bytes_max(EXTRA_MAX + 2);
    enum mash_err err = mash_bytes_extend(&receipt->memory, text.len / 4 * 3, &raw);
    if (err == MASH_OK)
        err = mash_base64_decode(text, MASH_BASE64_PADDED, raw, receipt->memory.len, &len);
    if (err != MASH_OK)
        return err;

    struct mash_reader reader = mash_reader(mash_span(raw, len));
    mash_read_copy(&reader, receipt->leaf, MASH_ENTRY_BYTES);
    mash_read_copy(&reader, receipt->salt, MASH_ENTRY_SALT_BYTES);
    if (reader.failed)
        return MASH_E_FORMAT;
    receipt->detail = reader.rest;
    if (receipt->detail.len > MASH_DETAIL_MAX)
        return MASH_E_LIMIT;
    err = mash_entry_decode(mash_span(receipt->leaf, MASH_ENTRY_BYTES), &receipt->entry);
    if (err != MASH_OK)
        return err;
    struct mash_hash commit = mash_entry_commit(receipt->salt, receipt->detail);
    return mash_hash_equal(&commit, &receipt->entry.commit) ? MASH_OK : MASH_E_MISMATCH;
}

/* The hashes up to and with the empty line; rest is then the checkpoint. */
static enum mash_err
read_path(struct mash_span *rest, struct mash_tree_path *ret_path)
{
    struct mash_span line;
    ret_path->count = 0;
    while (mash_line_next(rest, &line)) {
        if (line.len == 0)
            return MASH_OK;
        if (ret_path->count == MASH_TREE_PATH_MAX)
            return MASH_E_LIMIT;
        struct mash_hash *hash = &ret_path->hashes[ret_path->count++];
        enum mash_err err = mash_base64_decode_exact(line, MASH_BASE64_PADDED, hash->bytes, MASH_HASH_BYTES);
        if (err != MASH_OK)
            return err;
    }
    return MASH_E_FORMAT;
}

/* "Format". */
static enum mash_err
read_receipt(struct mash_span in, struct mash_receipt *receipt, struct mash_tree_path *ret_path)
{
    struct mash_span first, extra, index;
    if (in.len > MASH_RECEIPT_MAX)
        return MASH_E_LIMIT;
    if (!mash_line_next(&in, &first) || !mash_span_equal(first, mash_span_str(FIRST_LINE)))
        return MASH_E_FORMAT;
    if (!mash_line_next(&in, &extra) || !mash_line_skip(&extra, "extra "))
        return MASH_E_FORMAT;
    if (!mash_line_next(&in, &index) || !mash_line_skip(&index, "index ")
        || !mash_line_decimal(index, &receipt->index))
        return MASH_E_FORMAT;
    enum mash_err err = read_path(&in, ret_path);
    if (err != MASH_OK)
        return err;
    receipt->note = in;
    return read_extra(extra, receipt);
}

/* "Verifying a tlog proof": leaf hash, checkpoint, inclusion. */
enum mash_err
mash_receipt_open(struct mash_span in, const char *origin,
                  const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_receipt *ret_receipt)
{
    struct mash_receipt receipt;
    struct mash_tree_path path;
    memset(&receipt, 0, sizeof(receipt));
    enum mash_err err = read_receipt(in, &receipt, &path);
    if (err == MASH_OK)
        err = mash_checkpoint_open(receipt.note, origin, public, &receipt.checkpoint, NULL);
    if (err != MASH_OK)
        goto out;

    struct mash_hash leaf_hash = mash_tree_leaf_hash(mash_span(receipt.leaf, MASH_ENTRY_BYTES));
    err = mash_tree_verify_inclusion(&leaf_hash, receipt.index, receipt.checkpoint.size, path.hashes,
                                     path.count, &receipt.checkpoint.root);
out:
    if (err == MASH_OK)
        *ret_receipt = receipt;
    else
        mash_receipt_close(&receipt);
    return err;
}

void
mash_receipt_close(struct mash_receipt *receipt)
{
    mash_bytes_free(&receipt->memory);
    memset(receipt, 0, sizeof(*receipt));
}
