/* SPDX-License-Identifier: Apache-2.0 */
/* note_key.c - see note_key.h.  Section names are of c2sp.org/signed-note. */
#include "proto/note_key.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/hash.h"
#include "proto/line.h"
#include "proto/utf8.h"

#define PRIVATE_PREFIX "PRIVATE+KEY+"
#define MATERIAL_BYTES (1 + MASH_SIGN_PUBLIC_BYTES) /* type byte and key; a seed has the same size */

static_assert(MASH_SIGN_SEED_BYTES == MASH_SIGN_PUBLIC_BYTES, "one layout for both texts");

bool
mash_note_name_ok(struct mash_span name)
{
    if (name.len == 0 || name.len > MASH_NOTE_NAME_MAX)
        return false;
    uint32_t character;
    while (mash_utf8_next(&name, &character)) {
        if (character < 0x20 || character == '+' || mash_utf8_is_space(character))
            return false;
    }
    return name.len == 0;
}

/* "Signatures": the recommended key id. */
static uint32_t
compute_id(struct mash_span name, enum mash_note_type type,
           const uint8_t public[static MASH_SIGN_PUBLIC_BYTES])
{
    const uint8_t separator[2] = { '\n', (uint8_t)type };
    const struct mash_span parts[] = { name, { separator, 2 }, { public, MASH_SIGN_PUBLIC_BYTES } };
    struct mash_hash hash = mash_hash_parts(parts, 3);
    struct mash_reader reader = mash_reader(mash_hash_span(&hash));
    return mash_read_u32be(&reader);
}

static enum mash_err
make_key(struct mash_span name, enum mash_note_type type,
         const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_note_key *ret_key)
{
    if (!mash_note_name_ok(name))
        return MASH_E_VALUE;
    memset(ret_key, 0, sizeof(*ret_key));
    memcpy(ret_key->name, name.data, name.len);
    memcpy(ret_key->public, public, MASH_SIGN_PUBLIC_BYTES);
    ret_key->type = type;
    ret_key->id = compute_id(name, type, public);
    return MASH_OK;
}

enum mash_err
mash_note_key_make(const char *name, enum mash_note_type type,
                   const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_note_key *ret_key)
{
    return make_key(mash_span_str(name), type, public, ret_key);
}

/* Everything before the next '+', which is dropped.  Names and ids hold none, base64 may. */
static bool
take_part(struct mash_span *rest, struct mash_span *ret_part)
{
    const uint8_t *plus = rest->len == 0 ? NULL : memchr(rest->data, '+', rest->len);
    if (plus == NULL)
        return false;
    size_t len = (size_t)(plus - rest->data);
    *ret_part = mash_span(rest->data, len);
    *rest = mash_span(plus + 1, rest->len - len - 1);
    return true;
}

/* "the fixed length lowercase Base 16 encoding": eight digits, nothing else. */
static bool
parse_id(struct mash_span text, uint32_t *ret_id)
{
    if (text.len != 8)
        return false;
    uint32_t id = 0;
    for (size_t i = 0; i < 8; i++) {
        uint8_t c = text.data[i];
        if (c >= '0' && c <= '9')
            id = id << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            id = id << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret_id = id;
    return true;
}

/* Split `<name>+<id>+<base64(type, key)>`. */
static enum mash_err
split(struct mash_span text, struct mash_span *ret_name, uint32_t *ret_id,
      uint8_t ret_material[static MATERIAL_BYTES])
{
    struct mash_span id_text;
    if (!take_part(&text, ret_name) || !take_part(&text, &id_text) || !parse_id(id_text, ret_id))
        return MASH_E_FORMAT;

    /* A longer text may be a well-formed key of another type: say which of the two it is not. */
    uint8_t first[3];
    struct mash_span start = mash_span(text.data, text.len < 4 ? 0 : 4);
    if (mash_base64_decode_exact(start, MASH_BASE64_PADDED, first, sizeof(first)) != MASH_OK)
        return MASH_E_FORMAT;
    if (first[0] != MASH_NOTE_ED25519 && first[0] != MASH_NOTE_COSIGNATURE)
        return MASH_E_VERSION;
    return mash_base64_decode_exact(text, MASH_BASE64_PADDED, ret_material, MATERIAL_BYTES);
}

enum mash_err
mash_note_key_parse(struct mash_span text, struct mash_note_key *ret_key)
{
    struct mash_span name;
    uint32_t id;
    uint8_t material[MATERIAL_BYTES];
    enum mash_err err = split(text, &name, &id, material);
    if (err != MASH_OK)
        return err;

    struct mash_note_key key;
    err = make_key(name, (enum mash_note_type)material[0], material + 1, &key);
    if (err != MASH_OK)
        return err;
    if (key.id != id)
        return MASH_E_MISMATCH;
    *ret_key = key;
    return MASH_OK;
}

static enum mash_err
format(const struct mash_note_key *key, const char *prefix,
       const uint8_t bytes[static MASH_SIGN_PUBLIC_BYTES], struct mash_bytes *out)
{
    uint8_t material[MATERIAL_BYTES] = { (uint8_t)key->type };
    memcpy(material + 1, bytes, MASH_SIGN_PUBLIC_BYTES);
    size_t before = out->len;
    enum mash_err err = mash_bytes_appendf(out, "%s%s+%08" PRIx32 "+", prefix, key->name, key->id);
    if (err == MASH_OK)
        err = mash_base64_encode(mash_span(material, sizeof(material)), MASH_BASE64_PADDED, out);
    if (err != MASH_OK)
        out->len = before;
    sodium_memzero(material, sizeof(material));
    return err;
}

enum mash_err
mash_note_key_format(const struct mash_note_key *key, struct mash_bytes *out)
{
    return format(key, "", key->public, out);
}

enum mash_err
mash_note_key_parse_private(struct mash_span text, struct mash_note_key *ret_key,
                            uint8_t ret_secret[static MASH_SIGN_SECRET_BYTES])
{
    struct mash_span name;
    uint32_t id;
    struct mash_note_key key;
    uint8_t material[MATERIAL_BYTES];
    uint8_t secret[MASH_SIGN_SECRET_BYTES];
    enum mash_err err = MASH_E_FORMAT;
    if (!mash_line_skip(&text, PRIVATE_PREFIX))
        goto out;
    err = split(text, &name, &id, material);
    if (err != MASH_OK)
        goto out;

    uint8_t public[MASH_SIGN_PUBLIC_BYTES];
    mash_sign_keypair(material + 1, public, secret);
    err = make_key(name, (enum mash_note_type)material[0], public, &key);
    if (err == MASH_OK && key.id != id)
        err = MASH_E_MISMATCH;
    if (err != MASH_OK)
        goto out;
    *ret_key = key;
    memcpy(ret_secret, secret, sizeof(secret));
out:
    sodium_memzero(material, sizeof(material));
    sodium_memzero(secret, sizeof(secret));
    return err;
}

enum mash_err
mash_note_key_format_private(const struct mash_note_key *key,
                             const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_bytes *out)
{
    /* The library keeps a secret key as seed and public key. */
    if (memcmp(secret + MASH_SIGN_SEED_BYTES, key->public, MASH_SIGN_PUBLIC_BYTES) != 0)
        return MASH_E_MISMATCH;
    return format(key, PRIVATE_PREFIX, secret, out);
}
