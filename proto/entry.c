/* SPDX-License-Identifier: Apache-2.0 */
/* entry.c - see entry.h. */
#include "proto/entry.h"

#include <assert.h>
#include <string.h>

#include "proto/tree.h"

#define TIME_MAX_MS ((uint64_t)INT64_MAX) /* fits a signed 64-bit column */

static const char domain[] = "mash/entry/v1"; /* sizeof counts the NUL, which is part of it */

struct mash_hash
mash_entry_commit(const uint8_t salt[static MASH_ENTRY_SALT_BYTES], struct mash_span detail)
{
    const struct mash_span parts[] = {
        { (const uint8_t *)domain, sizeof(domain) }, { salt, MASH_ENTRY_SALT_BYTES }, detail };
    return mash_hash_parts(parts, 3);
}

void
mash_entry_encode(const struct mash_entry *entry, uint8_t ret_leaf[static MASH_ENTRY_BYTES])
{
    assert(entry->kind != 0 && entry->time_ms <= TIME_MAX_MS);
    ret_leaf[0] = MASH_ENTRY_VERSION;
    ret_leaf[1] = entry->kind;
    mash_put_u64be(ret_leaf + 2, entry->time_ms);
    memcpy(ret_leaf + 10, entry->commit.bytes, MASH_HASH_BYTES);
}

enum mash_err
mash_entry_decode(struct mash_span leaf, struct mash_entry *ret_entry)
{
    struct mash_reader reader = mash_reader(leaf);
    struct mash_entry entry;
    uint8_t version = mash_read_u8(&reader);
    if (!reader.failed && version != MASH_ENTRY_VERSION)
        return MASH_E_VERSION;
    entry.kind = mash_read_u8(&reader);
    entry.time_ms = mash_read_u64be(&reader);
    mash_read_copy(&reader, entry.commit.bytes, MASH_HASH_BYTES);
    if (!mash_reader_done(&reader))
        return MASH_E_FORMAT;
    if (entry.kind == 0 || entry.time_ms > TIME_MAX_MS)
        return MASH_E_VALUE;
    *ret_entry = entry;
    return MASH_OK;
}

struct mash_hash
mash_entry_leaf_hash(const struct mash_entry *entry)
{
    uint8_t leaf[MASH_ENTRY_BYTES];
    mash_entry_encode(entry, leaf);
    return mash_tree_leaf_hash(mash_span(leaf, sizeof(leaf)));
}
