/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - see hash.h.  The single caller of crypto_hash_sha256 in the project. */
#include "proto/hash.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

/* hash.h hides sodium.h from its readers, so it keeps room for the library's state by size alone. */
static_assert(sizeof(struct mash_hash_stream) >= sizeof(crypto_hash_sha256_state), "room for the state");
static_assert(_Alignof(struct mash_hash_stream) >= _Alignof(crypto_hash_sha256_state), "alignment");
static_assert(MASH_HASH_BYTES == crypto_hash_sha256_BYTES, "SHA-256");

static crypto_hash_sha256_state *
state_of(struct mash_hash_stream *stream)
{
    return (crypto_hash_sha256_state *)(void *)stream->state;
}

void
mash_hash_init(struct mash_hash_stream *stream)
{
    (void)crypto_hash_sha256_init(state_of(stream));
}

void
mash_hash_update(struct mash_hash_stream *stream, struct mash_span in)
{
    if (in.len > 0)
        (void)crypto_hash_sha256_update(state_of(stream), in.data, in.len);
}

struct mash_hash
mash_hash_final(struct mash_hash_stream *stream)
{
    struct mash_hash hash;
    (void)crypto_hash_sha256_final(state_of(stream), hash.bytes);
    sodium_memzero(stream, sizeof(*stream));
    return hash;
}

struct mash_hash
mash_hash_parts(const struct mash_span *parts, size_t count)
{
    struct mash_hash hash;
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            (void)crypto_hash_sha256_update(&state, parts[i].data, parts[i].len);
    }
    (void)crypto_hash_sha256_final(&state, hash.bytes);
    return hash;
}

struct mash_hash
mash_hash_of(struct mash_span in)
{
    return mash_hash_parts(&in, 1);
}

bool
mash_hash_equal(const struct mash_hash *a, const struct mash_hash *b)
{
    return memcmp(a->bytes, b->bytes, MASH_HASH_BYTES) == 0;
}

struct mash_span
mash_hash_span(const struct mash_hash *hash)
{
    return mash_span(hash->bytes, MASH_HASH_BYTES);
}
