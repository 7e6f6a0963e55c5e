/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - SHA-256, the one digest of the protocol: of bodies, manifests, log entries and tree nodes.
 * The only door to the library's hash.  Never allocates, never fails.
 * Digests are public values: equality is not constant time. */
#ifndef MASH_PROTO_HASH_H
#define MASH_PROTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"

#define MASH_HASH_BYTES 32

struct mash_hash {
    uint8_t bytes[MASH_HASH_BYTES];
};

/* A digest in the making; the content belongs to hash.c. */
struct mash_hash_stream {
    uint64_t state[13];
};

/* SHA-256 of in. */
struct mash_hash mash_hash_of(struct mash_span in);

/* SHA-256 of the count parts, one after the other, with nothing between them. */
struct mash_hash mash_hash_parts(const struct mash_span *parts, size_t count);

/* The same piece by piece: init, any number of updates, then final once. */
void mash_hash_init(struct mash_hash_stream *stream);
void mash_hash_update(struct mash_hash_stream *stream, struct mash_span in);
/* The digest of all that was fed; the stream is wiped and must be initialised before reuse. */
struct mash_hash mash_hash_final(struct mash_hash_stream *stream);

/* True when both digests are the same. */
bool mash_hash_equal(const struct mash_hash *a, const struct mash_hash *b);

/* A span over the digest; borrowed from hash. */
struct mash_span mash_hash_span(const struct mash_hash *hash);

#endif
