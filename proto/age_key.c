/* SPDX-License-Identifier: Apache-2.0 */
/* age_key.c - see age_key.h.  Which text belongs to which type is the table `types`. */
#include "proto/age_key.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/bech32.h"

#define RECIPIENT_HRP "age"
#define IDENTITY_HRP "AGE-SECRET-KEY-"

/* Room for the keys of every type the specification has; the largest is age1tagpq, 1249 bytes. */
#define KEY_BYTES_MAX 2048

typedef enum mash_err wrap_fn(const uint8_t *public_key, const uint8_t *file_key, struct mash_bytes *header);

static enum mash_err
wrap_x25519(const uint8_t *public_key, const uint8_t *file_key, struct mash_bytes *header)
{
    return mash_age_x25519_wrap(public_key, file_key, header);
}

/* The types of recipients: the prefix of their texts, bytes of the public key, and what seals to them. */
static const struct type {
    const char *hrp;
    size_t key_bytes;
    wrap_fn *wrap;
} types[] = {
    { RECIPIENT_HRP, MASH_AGE_X25519_BYTES, wrap_x25519 },
};

struct mash_age_identity {
    uint8_t secret_key[MASH_AGE_X25519_BYTES];
    uint8_t public_key[MASH_AGE_X25519_BYTES];
    char recipient[MASH_AGE_RECIPIENT_CHARS + 1];
};

static bool
starts_with(struct mash_span text, const char *start)
{
    return text.len >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

/* Which type text is of, and its public key into key. */
static enum mash_err
recipient_parse(struct mash_span text, const struct type **ret_type, uint8_t key[static KEY_BYTES_MAX])
{
    struct mash_span hrp = mash_span(NULL, 0);
    size_t len = 0;
    enum mash_err err = mash_bech32_decode(text, &hrp, key, KEY_BYTES_MAX, &len);
    if (err != MASH_OK)
        return starts_with(text, "age1") && err == MASH_E_LIMIT ? MASH_E_VERSION : MASH_E_VALUE;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (!mash_span_equal(hrp, mash_span_str(types[i].hrp)))
            continue;
        if (len != types[i].key_bytes)
            return MASH_E_VALUE;
        *ret_type = &types[i];
        return MASH_OK;
    }
    /* "age1pq", "age1tag", and "age1NAME" of plugins */
    return starts_with(hrp, "age1") ? MASH_E_VERSION : MASH_E_VALUE;
}

enum mash_err
mash_age_recipient_wrap(struct mash_span text, const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES],
                        struct mash_bytes *header)
{
    const struct type *type = NULL;
    uint8_t key[KEY_BYTES_MAX];
    enum mash_err err = recipient_parse(text, &type, key);
    return err == MASH_OK ? type->wrap(key, file_key, header) : err;
}

enum mash_err
mash_age_recipient_check(struct mash_span text)
{
    /* Sealing a throw-away key to it is the whole question. */
    uint8_t file_key[MASH_AGE_FILE_KEY_BYTES] = { 0 };
    struct mash_bytes header = mash_bytes_max(2 * KEY_BYTES_MAX);
    enum mash_err err = mash_age_recipient_wrap(text, file_key, &header);
    mash_bytes_free(&header);
    return err;
}

void
mash_age_recipient_text(const uint8_t public_key[static MASH_AGE_X25519_BYTES],
                        char ret_text[static MASH_AGE_RECIPIENT_CHARS + 1])
{
    struct mash_bytes text = { (uint8_t *)ret_text, 0, MASH_AGE_RECIPIENT_CHARS, MASH_AGE_RECIPIENT_CHARS };
    enum mash_err err =
        mash_bech32_encode(RECIPIENT_HRP, mash_span(public_key, MASH_AGE_X25519_BYTES), &text);
    assert(err == MASH_OK && text.len == MASH_AGE_RECIPIENT_CHARS); /* the size is fixed */
    ret_text[text.len] = '\0';
}

enum mash_err
mash_age_identity_x25519(const uint8_t secret_key[static MASH_AGE_X25519_BYTES],
                         struct mash_age_identity **ret_identity)
{
    struct mash_age_identity *identity = sodium_malloc(sizeof(*identity));
    if (identity == NULL)
        return MASH_E_NOMEM;
    memcpy(identity->secret_key, secret_key, sizeof(identity->secret_key));
    (void)crypto_scalarmult_base(identity->public_key,
                                 identity->secret_key); /* cannot fail: clamped scalar */
    mash_age_recipient_text(identity->public_key, identity->recipient);
    *ret_identity = identity;
    return MASH_OK;
}

enum mash_err
mash_age_identity_generate(struct mash_age_identity **ret_identity)
{
    uint8_t secret_key[MASH_AGE_X25519_BYTES];
    randombytes_buf(secret_key, sizeof(secret_key));
    enum mash_err err = mash_age_identity_x25519(secret_key, ret_identity);
    sodium_memzero(secret_key, sizeof(secret_key));
    return err;
}

enum mash_err
mash_age_identity_parse(struct mash_span text, struct mash_age_identity **ret_identity)
{
    uint8_t key[KEY_BYTES_MAX];
    struct mash_span hrp = mash_span(NULL, 0);
    size_t len = 0;
    enum mash_err err = mash_bech32_decode(text, &hrp, key, sizeof(key), &len);
    if (err != MASH_OK)
        return MASH_E_VALUE;

    /* The prefix is upper case as it stands in the specification, and so is then all of the text. */
    if (mash_span_equal(hrp, mash_span_str(IDENTITY_HRP)))
        err = len == MASH_AGE_X25519_BYTES ? mash_age_identity_x25519(key, ret_identity) : MASH_E_VALUE;
    else if (starts_with(hrp, IDENTITY_HRP) || starts_with(hrp, "AGE-PLUGIN-"))
        err = MASH_E_VERSION;
    else
        err = MASH_E_VALUE;
    sodium_memzero(key, sizeof(key));
    return err;
}

enum mash_err
mash_age_identity_text(const struct mash_age_identity *identity, struct mash_bytes *ret_text)
{
    return mash_bech32_encode(IDENTITY_HRP, mash_span(identity->secret_key, sizeof(identity->secret_key)),
                              ret_text);
}

const char *
mash_age_identity_recipient(const struct mash_age_identity *identity)
{
    return identity->recipient;
}

void
mash_age_identity_close(struct mash_age_identity **identity_p)
{
    sodium_free(*identity_p); /* wipes; nothing when NULL */
    *identity_p = NULL;
}

enum mash_err
mash_age_identity_unwrap(const struct mash_age_identity *identity, const struct mash_age_stanza *stanza,
                         uint8_t ret_file_key[static MASH_AGE_FILE_KEY_BYTES])
{
    if (!mash_span_equal(stanza->type, mash_span_str(MASH_AGE_X25519_TYPE)))
        return MASH_E_UNKNOWN;
    return mash_age_x25519_unwrap(stanza, identity->secret_key, identity->public_key, ret_file_key);
}
