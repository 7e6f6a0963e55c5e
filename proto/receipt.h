/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.h - C2SP tlog-proof: one log entry with its details, its place in the log and the log's
 * signed checkpoint, in a text that anyone verifies offline with the log's key alone.
 * `extra` = base64(leaf 42 bytes, salt 32 bytes, detail).  Opening is verifying: what a receipt says is
 * available only when the commitment, the inclusion and the signature all hold. */
#ifndef MASH_PROTO_RECEIPT_H
#define MASH_PROTO_RECEIPT_H

#include <stdint.h>

#include "proto/checkpoint.h"
#include "proto/entry.h"
#include "proto/tree.h"

struct mash_receipt {
    struct mash_entry entry;
    uint8_t leaf[MASH_ENTRY_BYTES];
    uint8_t salt[MASH_ENTRY_SALT_BYTES];
    struct mash_span detail; /* borrowed from memory */
    uint64_t index;          /* of the entry in the log */
    struct mash_checkpoint checkpoint;
    struct mash_span note;   /* the signed checkpoint as received, borrowed from the input */
    struct mash_bytes memory;
};

/* Append the receipt of the entry at index.  path: its inclusion path in the tree of the signed
 * checkpoint that note holds.  What must verify is checked when it is opened, not here, except that
 * salt and detail are the entry's own.  out unchanged on error.
 * MASH_E_MISMATCH: they are not; MASH_E_LIMIT: detail above MASH_DETAIL_MAX, path above 64 hashes, or
 * note above MASH_CHECKPOINT_MAX; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_receipt_encode(const struct mash_entry *entry, const uint8_t salt[static MASH_ENTRY_SALT_BYTES],
                    struct mash_span detail, uint64_t index, const struct mash_tree_path *path,
                    struct mash_span note, struct mash_bytes *out);

/* Open and verify a receipt of the log origin with key public.
 * ret_receipt: set on MASH_OK only; release with mash_receipt_close(); in must outlive it.
 * MASH_E_FORMAT, MASH_E_LIMIT, MASH_E_VALUE, MASH_E_VERSION (of the entry); MASH_E_MISMATCH: details are
 * not those committed to, or another log's checkpoint; MASH_E_SIGNATURE: inclusion or signature does not
 * verify; MASH_E_UNKNOWN: the checkpoint is not signed by this key; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_receipt_open(struct mash_span in, const char *origin,
                  const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_receipt *ret_receipt);

/* Release what mash_receipt_open() allocated; the receipt is empty afterwards. */
void mash_receipt_close(struct mash_receipt *receipt);

#endif
