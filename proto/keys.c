/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c - see keys.h: purposes, key ids, secret keys in guarded memory.  Files: secret_file.c. */
#include "proto/keys.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/bech32.h"
#include "proto/hash.h"
#include "proto/hex.h"
#include "proto/sign.h"

static const char *const purpose_names[MASH_PURPOSE_COUNT] = {
    [MASH_PURPOSE_SEAL] = "seal",       [MASH_PURPOSE_SIGN] = "sign",
    [MASH_PURPOSE_LINK] = "link",       [MASH_PURPOSE_WITNESS] = "witness",
    [MASH_PURPOSE_LOG] = "log",         [MASH_PURPOSE_GOVERNANCE] = "governance",
    [MASH_PURPOSE_OPERATOR] = "operator",
};

/* Lives in one sodium_malloc() block, secret and public half together. */
struct mash_secret {
    uint8_t bytes[MASH_SIGN_SECRET_BYTES]; /* the first 32 only for SEAL and LINK */
    uint8_t public[MASH_PUBLIC_KEY_BYTES];
    enum mash_purpose purpose;
    char public_text[2 * MASH_PUBLIC_KEY_BYTES + 1];
};

const char *
mash_purpose_name(enum mash_purpose purpose)
{
    assert((unsigned)purpose < MASH_PURPOSE_COUNT);
    return purpose_names[purpose];
}

void
mash_key_id(enum mash_purpose purpose, struct mash_span key, struct mash_key_id *ret_id)
{
    struct mash_span parts[] = { mash_span_str(mash_purpose_name(purpose)), key };
    struct mash_hash digest = mash_hash_parts(parts, 2);
    memcpy(ret_id->bytes, digest.bytes, sizeof(ret_id->bytes));
}

void
mash_key_id_text(const struct mash_key_id *id, char ret_text[static 33])
{
    mash_hex_text(mash_span(id->bytes, sizeof(id->bytes)), ret_text);
}

enum mash_err
mash_key_id_parse(const char *text, struct mash_key_id *ret_id)
{
    struct mash_key_id id;
    enum mash_err err = mash_hex_parse(mash_span_str(text), id.bytes, sizeof(id.bytes));
    if (err == MASH_OK)
        *ret_id = id;
    return err;
}

static bool
is_x25519(enum mash_purpose purpose)
{
    return purpose == MASH_PURPOSE_SEAL || purpose == MASH_PURPOSE_LINK;
}

static void
write_public_text(struct mash_secret *secret)
{
    if (secret->purpose != MASH_PURPOSE_SEAL) {
        mash_hex_text(mash_span(secret->public, sizeof(secret->public)), secret->public_text);
        return;
    }
    size_t room = sizeof(secret->public_text) - 1;
    struct mash_bytes text = { (uint8_t *)secret->public_text, 0, room, room };
    enum mash_err err = mash_bech32_encode("age", mash_span(secret->public, sizeof(secret->public)), &text);
    assert(err == MASH_OK); /* 62 characters always */
    secret->public_text[text.len] = '\0';
}

enum mash_err
mash_secret_from_seed(enum mash_purpose purpose, const uint8_t seed[static MASH_SECRET_SEED_BYTES],
                      struct mash_secret **ret_secret)
{
    struct mash_secret *secret = sodium_malloc(sizeof(*secret));
    if (secret == NULL)
        return MASH_E_NOMEM;
    memset(secret, 0, sizeof(*secret));
    secret->purpose = purpose;
    if (is_x25519(purpose)) {
        memcpy(secret->bytes, seed, MASH_SECRET_SEED_BYTES);
        (void)crypto_scalarmult_base(secret->public, secret->bytes); /* clamps; cannot fail */
    } else {
        mash_sign_keypair(seed, secret->public, secret->bytes);
    }
    write_public_text(secret);
    (void)sodium_mprotect_readonly(secret);
    *ret_secret = secret;
    return MASH_OK;
}

enum mash_err
mash_secret_generate(enum mash_purpose purpose, struct mash_secret **ret_secret)
{
    uint8_t seed[MASH_SECRET_SEED_BYTES];
    randombytes_buf(seed, sizeof(seed));
    enum mash_err err = mash_secret_from_seed(purpose, seed, ret_secret);
    sodium_memzero(seed, sizeof(seed));
    return err;
}

void
mash_secret_close(struct mash_secret **secret_p)
{
    sodium_free(*secret_p); /* wipes; nothing when NULL */
    *secret_p = NULL;
}

enum mash_purpose
mash_secret_purpose(const struct mash_secret *secret)
{
    return secret->purpose;
}

const uint8_t *
mash_secret_public(const struct mash_secret *secret)
{
    return secret->public;
}

const uint8_t *
mash_secret_bytes(const struct mash_secret *secret)
{
    return secret->bytes;
}

const char *
mash_secret_public_text(const struct mash_secret *secret)
{
    return secret->public_text;
}

void
mash_secret_id(const struct mash_secret *secret, struct mash_key_id *ret_id)
{
    struct mash_span key = secret->purpose == MASH_PURPOSE_SEAL
                               ? mash_span_str(secret->public_text)
                               : mash_span(secret->public, sizeof(secret->public));
    mash_key_id(secret->purpose, key, ret_id);
}

void
mash_secret_sign(const struct mash_secret *secret, struct mash_span message,
                 uint8_t ret_signature[static MASH_SIGNATURE_BYTES])
{
    assert(!is_x25519(secret->purpose)); /* our own mix-up: a transport key never signs */
    mash_sign(secret->bytes, message, ret_signature);
}
