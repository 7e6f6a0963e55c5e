/* SPDX-License-Identifier: Apache-2.0 */
/* age_stream.c - see age_stream.h. */
#include "proto/age_stream.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/hkdf.h"

#define NONCE_BYTES MASH_AGE_NONCE_BYTES
#define CHUNK_BYTES ((size_t)64 * 1024)
#define TAG_BYTES crypto_aead_chacha20poly1305_ietf_ABYTES
#define KEY_BYTES crypto_aead_chacha20poly1305_ietf_KEYBYTES
#define CHUNK_NONCE_BYTES crypto_aead_chacha20poly1305_ietf_NPUBBYTES

/* payload key = HKDF-SHA-256(ikm = file key, salt = nonce, info = "payload") */
static void
payload_key(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], const uint8_t nonce[static NONCE_BYTES],
            uint8_t ret_key[static KEY_BYTES])
{
    mash_hkdf_sha256(mash_span(file_key, MASH_AGE_FILE_KEY_BYTES), mash_span(nonce, NONCE_BYTES),
                     mash_span_str("payload"), ret_key, KEY_BYTES);
}

/* 11 bytes of big endian counter, then 1 for the last chunk and 0 for those before. */
static void
chunk_nonce(uint64_t counter, bool last, uint8_t ret_nonce[static CHUNK_NONCE_BYTES])
{
    memset(ret_nonce, 0, CHUNK_NONCE_BYTES);
    mash_put_u64be(ret_nonce + 3, counter);
    ret_nonce[11] = last ? 1 : 0;
}

/* Chunks of a plaintext: only the empty one has an empty chunk. */
static size_t
chunk_count(size_t plain_len)
{
    return plain_len == 0 ? 1 : (plain_len - 1) / CHUNK_BYTES + 1;
}

enum mash_err
mash_age_stream_seal(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_span plain,
                     struct mash_bytes *file)
{
    if (plain.len > SIZE_MAX / 2)
        return MASH_E_LIMIT;
    size_t chunks = chunk_count(plain.len);
    uint8_t *at;
    enum mash_err err = mash_bytes_extend(file, NONCE_BYTES + plain.len + chunks * TAG_BYTES, &at);
    if (err != MASH_OK)
        return err;

    static const uint8_t nothing[1]; /* libsodium wants an address for an empty plaintext too */
    const uint8_t *from = plain.len == 0 ? nothing : plain.data;
    uint8_t key[KEY_BYTES];
    uint8_t nonce[CHUNK_NONCE_BYTES];
    randombytes_buf(at, NONCE_BYTES);
    payload_key(file_key, at, key);
    at += NONCE_BYTES;
    size_t left = plain.len;
    for (size_t i = 0; i < chunks; i++) {
        size_t len = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        chunk_nonce(i, i == chunks - 1, nonce);
        crypto_aead_chacha20poly1305_ietf_encrypt(at, NULL, from, len, NULL, 0, NULL, nonce, key);
        at += len + TAG_BYTES;
        from += len;
        left -= len;
    }
    sodium_memzero(key, sizeof(key));
    return MASH_OK;
}

bool
mash_age_stream_plain_len(size_t payload_len, size_t *ret_plain_len)
{
    if (payload_len < NONCE_BYTES + TAG_BYTES)
        return false;
    size_t sealed_len = payload_len - NONCE_BYTES;
    size_t chunks = (sealed_len - 1) / (CHUNK_BYTES + TAG_BYTES) + 1;
    size_t last_len = sealed_len - (chunks - 1) * (CHUNK_BYTES + TAG_BYTES);
    /* "The final chunk ... MUST NOT be empty unless the whole payload is empty." */
    if (last_len < TAG_BYTES || (last_len == TAG_BYTES && chunks > 1))
        return false;
    *ret_plain_len = sealed_len - chunks * TAG_BYTES;
    return true;
}

static bool
open_chunks(const uint8_t key[static KEY_BYTES], struct mash_span sealed, size_t chunks, uint8_t *out)
{
    uint8_t nonce[CHUNK_NONCE_BYTES];
    for (size_t i = 0; i < chunks; i++) {
        bool last = i == chunks - 1;
        size_t len = last ? sealed.len : CHUNK_BYTES + TAG_BYTES;
        chunk_nonce(i, last, nonce);
        if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, len, NULL, 0, nonce, key)
            != 0)
            return false;
        out += len - TAG_BYTES;
        sealed.data += len;
        sealed.len -= len;
    }
    return true;
}

enum mash_err
mash_age_stream_open(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_span payload,
                     struct mash_bytes *ret_plain)
{
    assert(ret_plain->data == NULL);
    size_t plain_len = 0;
    if (!mash_age_stream_plain_len(payload.len, &plain_len))
        return MASH_E_SIGNATURE;
    if (plain_len > ret_plain->max)
        return MASH_E_LIMIT;

    /* One allocation of the final size: no growing buffer leaves copies behind. */
    struct mash_bytes plain = mash_bytes_max(plain_len);
    static uint8_t nothing[1];
    uint8_t *out = nothing;
    enum mash_err err = plain_len == 0 ? MASH_OK : mash_bytes_extend(&plain, plain_len, &out);
    if (err != MASH_OK)
        return err;

    uint8_t key[KEY_BYTES];
    payload_key(file_key, payload.data, key);
    struct mash_span sealed = mash_span(payload.data + NONCE_BYTES, payload.len - NONCE_BYTES);
    bool opened = open_chunks(key, sealed, chunk_count(plain_len), out);
    sodium_memzero(key, sizeof(key));
    if (!opened) {
        mash_bytes_wipe(&plain);
        return MASH_E_SIGNATURE;
    }
    plain.max = ret_plain->max;
    *ret_plain = plain;
    return MASH_OK;
}
