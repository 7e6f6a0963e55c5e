/* SPDX-License-Identifier: Apache-2.0 */
/* hkdf.c - see hkdf.h. */
#include "proto/hkdf.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define HASH_BYTES crypto_auth_hmacsha256_BYTES

/* libsodium wants an address even for no bytes at all. */
static const uint8_t *
address(struct mash_span span)
{
    static const uint8_t nothing[1];
    return span.len == 0 ? nothing : span.data;
}

/* T(n) = HMAC(prk, T(n-1) | info | n) (RFC 5869 section 2.3). */
static void
expand_block(const uint8_t prk[static HASH_BYTES], struct mash_span before, struct mash_span info,
             uint8_t number, uint8_t out[static HASH_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, prk, HASH_BYTES);
    crypto_auth_hmacsha256_update(&state, address(before), before.len);
    crypto_auth_hmacsha256_update(&state, address(info), info.len);
    crypto_auth_hmacsha256_update(&state, &number, 1);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
}

void
mash_hkdf_sha256(struct mash_span ikm, struct mash_span salt, struct mash_span info, uint8_t *out,
                 size_t out_len)
{
    assert(out_len <= MASH_HKDF_MAX_BYTES);
    crypto_auth_hmacsha256_state state;
    uint8_t prk[HASH_BYTES];
    uint8_t block[HASH_BYTES];

    /* Extract (section 2.2).  HMAC fills a short key with zeros, so an empty salt is the default one. */
    crypto_auth_hmacsha256_init(&state, address(salt), salt.len);
    crypto_auth_hmacsha256_update(&state, address(ikm), ikm.len);
    crypto_auth_hmacsha256_final(&state, prk);

    struct mash_span before = mash_span(block, 0);
    uint8_t number = 1;
    for (size_t done = 0; done < out_len; number++) {
        size_t len = out_len - done < HASH_BYTES ? out_len - done : HASH_BYTES;
        expand_block(prk, before, info, number, block);
        memcpy(out + done, block, len);
        before.len = HASH_BYTES;
        done += len;
    }
    sodium_memzero(&state, sizeof(state));
    sodium_memzero(prk, sizeof(prk));
    sodium_memzero(block, sizeof(block));
}
