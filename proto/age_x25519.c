/* SPDX-License-Identifier: Apache-2.0 */
/* age_x25519.c - see age_x25519.h. */
#include "proto/age_x25519.h"

#include <sodium.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/hkdf.h"

#define INFO "age-encryption.org/v1/X25519"
#define KEY_BYTES MASH_AGE_X25519_BYTES
#define TAG_BYTES crypto_aead_chacha20poly1305_ietf_ABYTES
#define BODY_BYTES (MASH_AGE_FILE_KEY_BYTES + TAG_BYTES)
#define SHARE_CHARS 43 /* unpadded base 64 of 32 bytes */

/* One key wraps one file key, so the nonce is fixed. */
static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

/* wrap key = HKDF-SHA-256(ikm = X25519(secret, point), salt = share | recipient, info).
 * False when the shared secret is all zero: the point has low order. */
static bool
derive_wrap_key(const uint8_t secret[static KEY_BYTES], const uint8_t point[static KEY_BYTES],
                const uint8_t share[static KEY_BYTES], const uint8_t recipient[static KEY_BYTES],
                uint8_t ret_key[static crypto_aead_chacha20poly1305_ietf_KEYBYTES])
{
    uint8_t shared[KEY_BYTES];
    uint8_t salt[2 * KEY_BYTES];
    bool usable = crypto_scalarmult(shared, secret, point) == 0 && !sodium_is_zero(shared, sizeof(shared));
    if (usable) {
        memcpy(salt, share, KEY_BYTES);
        memcpy(salt + KEY_BYTES, recipient, KEY_BYTES);
        mash_hkdf_sha256(mash_span(shared, sizeof(shared)), mash_span(salt, sizeof(salt)),
                         mash_span_str(INFO), ret_key, crypto_aead_chacha20poly1305_ietf_KEYBYTES);
    }
    sodium_memzero(shared, sizeof(shared));
    return usable;
}

static enum mash_err
write_stanza(const uint8_t share[static KEY_BYTES], const uint8_t body[static BODY_BYTES],
             struct mash_bytes *header)
{
    char text[SHARE_CHARS + 1] = { 0 };
    struct mash_bytes share_text = { (uint8_t *)text, 0, SHARE_CHARS, SHARE_CHARS };
    enum mash_err err = mash_base64_encode(mash_span(share, KEY_BYTES), MASH_BASE64_UNPADDED, &share_text);
    if (err != MASH_OK)
        return err;
    const char *const args[] = { text };
    return mash_age_stanza_write(header, MASH_AGE_X25519_TYPE, args, 1, mash_span(body, BODY_BYTES));
}

enum mash_err
mash_age_x25519_wrap(const uint8_t public_key[static MASH_AGE_X25519_BYTES],
                     const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_bytes *header)
{
    enum mash_err err = MASH_E_VALUE;
    uint8_t
        ephemeral[KEY_BYTES]; /* "A new ephemeral secret MUST be generated for each stanza and each file." */
    uint8_t share[KEY_BYTES];
    uint8_t wrap_key[crypto_aead_chacha20poly1305_ietf_KEYBYTES] = { 0 };
    uint8_t body[BODY_BYTES];

    randombytes_buf(ephemeral, sizeof(ephemeral));
    if (crypto_scalarmult_base(share, ephemeral) != 0)
        goto out;
    if (!derive_wrap_key(ephemeral, public_key, share, public_key, wrap_key))
        goto out;
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, file_key, MASH_AGE_FILE_KEY_BYTES, NULL, 0, NULL,
                                              zero_nonce, wrap_key);
    err = write_stanza(share, body, header);
out:
    sodium_memzero(ephemeral, sizeof(ephemeral));
    sodium_memzero(wrap_key, sizeof(wrap_key));
    return err;
}

/* The share and the body of a stanza, when it has the form. */
static enum mash_err
read_stanza(const struct mash_age_stanza *stanza, uint8_t ret_share[static KEY_BYTES],
            uint8_t ret_body[static BODY_BYTES])
{
    /* "MUST otherwise reject any stanza that has more or less than two arguments, or where the second
     * argument is not a canonical base64 encoding of a 32-byte value": a space is no base 64. */
    enum mash_err err = mash_base64_decode_exact(stanza->args, MASH_BASE64_UNPADDED, ret_share, KEY_BYTES);
    if (err != MASH_OK)
        return err;
    /* "MUST check that the body length is exactly 32 bytes ... to mitigate partitioning oracle attacks" */
    return mash_age_stanza_body(stanza, ret_body, BODY_BYTES);
}

enum mash_err
mash_age_x25519_check(const struct mash_age_stanza *stanza)
{
    uint8_t share[KEY_BYTES];
    uint8_t body[BODY_BYTES];
    return read_stanza(stanza, share, body);
}

enum mash_err
mash_age_x25519_unwrap(const struct mash_age_stanza *stanza,
                       const uint8_t secret_key[static MASH_AGE_X25519_BYTES],
                       const uint8_t public_key[static MASH_AGE_X25519_BYTES],
                       uint8_t ret_file_key[static MASH_AGE_FILE_KEY_BYTES])
{
    uint8_t share[KEY_BYTES];
    uint8_t body[BODY_BYTES];
    uint8_t wrap_key[crypto_aead_chacha20poly1305_ietf_KEYBYTES];
    enum mash_err err = read_stanza(stanza, share, body);
    if (err != MASH_OK)
        return err;

    /* "If the shared secret is all 0x00 bytes, the identity implementation MUST abort." */
    if (!derive_wrap_key(secret_key, share, share, public_key, wrap_key))
        return MASH_E_FORMAT;
    uint8_t file_key[MASH_AGE_FILE_KEY_BYTES];
    if (crypto_aead_chacha20poly1305_ietf_decrypt(file_key, NULL, NULL, body, sizeof(body), NULL, 0,
                                                  zero_nonce, wrap_key)
        == 0)
        memcpy(ret_file_key, file_key, sizeof(file_key));
    else
        err = MASH_E_UNKNOWN;
    sodium_memzero(file_key, sizeof(file_key));
    sodium_memzero(wrap_key, sizeof(wrap_key));
    return err;
}
