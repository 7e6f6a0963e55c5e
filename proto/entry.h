/* SPDX-License-Identifier: Apache-2.0 */
/* entry.h - the leaf of the audit log: what happened, when, and a commitment to the details.
 * Leaf, 42 bytes: u8 version = 1, u8 kind, u64be time, 32-byte commitment.
 * Commitment = SHA-256("mash/entry/v1\0", 32-byte salt, detail), the domain with its NUL.  Salt and
 * detail lie elsewhere and can be erased; the leaf then says nothing about a person.
 * On disk and in receipts for decades: this layout never changes, a new one gets a new version. */
#ifndef MASH_PROTO_ENTRY_H
#define MASH_PROTO_ENTRY_H

#include <stdint.h>

#include "mash/err.h"
#include "proto/bytes.h"
#include "proto/hash.h"

#define MASH_ENTRY_VERSION 1
#define MASH_ENTRY_BYTES 42
#define MASH_ENTRY_SALT_BYTES 32

struct mash_entry {
    uint8_t kind;     /* field number in message Detail of entry.proto; never 0 */
    uint64_t time_ms; /* since 1970 UTC, at most INT64_MAX */
    struct mash_hash commit;
};

/* The commitment to detail under salt. */
struct mash_hash mash_entry_commit(const uint8_t salt[static MASH_ENTRY_SALT_BYTES], struct mash_span detail);

/* Write the leaf.  Our own entries only: a kind of 0 or a later time is a fault of the program. */
void mash_entry_encode(const struct mash_entry *entry, uint8_t ret_leaf[static MASH_ENTRY_BYTES]);

/* Read a leaf; inverse of mash_entry_encode().  MASH_E_FORMAT: length; MASH_E_VERSION: unknown version;
 * MASH_E_VALUE: kind 0 or a time that is too large.  Which kinds exist is the reader's to judge. */
MASH_MUSTCHECK enum mash_err mash_entry_decode(struct mash_span leaf, struct mash_entry *ret_entry);

/* The entry's hash as a leaf of the tree. */
struct mash_hash mash_entry_leaf_hash(const struct mash_entry *entry);

#endif
