/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - see sign.h. */
#include "proto/sign.h"

#include <assert.h>

#include <sodium.h>

static_assert(MASH_SIGN_SEED_BYTES == crypto_sign_ed25519_SEEDBYTES, "RFC 8032 seed");
static_assert(MASH_SIGN_PUBLIC_BYTES == crypto_sign_ed25519_PUBLICKEYBYTES, "RFC 8032 public key");
static_assert(MASH_SIGN_SECRET_BYTES == crypto_sign_ed25519_SECRETKEYBYTES, "seed and public key");
static_assert(MASH_SIGN_BYTES == crypto_sign_ed25519_BYTES, "RFC 8032 signature");

void
mash_sign_keypair(const uint8_t seed[static MASH_SIGN_SEED_BYTES],
                  uint8_t ret_public[static MASH_SIGN_PUBLIC_BYTES],
                  uint8_t ret_secret[static MASH_SIGN_SECRET_BYTES])
{
    (void)crypto_sign_ed25519_seed_keypair(ret_public, ret_secret, seed);
}

void
mash_sign(const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_span message,
          uint8_t ret_signature[static MASH_SIGN_BYTES])
{
    static const uint8_t nothing[1];
    (void)crypto_sign_ed25519_detached(ret_signature, NULL, message.len > 0 ? message.data : nothing,
                                       message.len, secret);
}

enum mash_err
mash_sign_verify(const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_span message,
                 const uint8_t signature[static MASH_SIGN_BYTES])
{
    static const uint8_t nothing[1];
    const uint8_t *data = message.len > 0 ? message.data : nothing;
    if (crypto_sign_ed25519_verify_detached(signature, data, message.len, public) != 0)
        return MASH_E_SIGNATURE;
    return MASH_OK;
}
