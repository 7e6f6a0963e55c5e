/* SPDX-License-Identifier: Apache-2.0 */
/* note.c - see note.h.  Section names are of c2sp.org/signed-note. */
#include "proto/note.h"

#include <assert.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/line.h"
#include "proto/utf8.h"

#define LINE_PREFIX "\xe2\x80\x94 " /* em dash U+2014, space */
#define ID_BYTES 4
#define SIGNATURE_RAW_MAX 8192 /* C2SP: post-quantum signatures are "up to nearly 5kB" */

/* "Format": valid UTF-8 and, below U+0020, nothing but newline. */
static bool
characters_ok(struct mash_span text)
{
    uint32_t character;
    while (mash_utf8_next(&text, &character)) {
        if (character < 0x20 && character != '\n')
            return false;
    }
    return text.len == 0;
}

bool
mash_note_text_ok(struct mash_span text)
{
    return text.len > 0 && text.data[text.len - 1] == '\n' && characters_ok(text);
}

/* One line without its newline: em dash, space, key name, space, base64(id, signature). */
static enum mash_err
parse_signature(struct mash_span line, struct mash_note_signature *ret_signature)
{
    if (!mash_line_skip(&line, LINE_PREFIX))
        return MASH_E_FORMAT;
    const uint8_t *space = line.len == 0 ? NULL : memchr(line.data, ' ', line.len);
    if (space == NULL)
        return MASH_E_FORMAT;
    struct mash_span name = mash_span(line.data, (size_t)(space - line.data));
    struct mash_span text = mash_span(space + 1, line.len - name.len - 1);
    if (!mash_note_name_ok(name))
        return MASH_E_FORMAT;

    uint8_t raw[SIGNATURE_RAW_MAX];
    size_t len = 0;
    enum mash_err err = mash_base64_decode(text, MASH_BASE64_PADDED, raw, sizeof(raw), &len);
    if (err != MASH_OK)
        return err;
    if (len <= ID_BYTES)
        return MASH_E_FORMAT;

    struct mash_reader reader = mash_reader(mash_span(raw, len));
    ret_signature->name = name;
    ret_signature->id = mash_read_u32be(&reader);
    ret_signature->len = reader.rest.len;
    if (reader.rest.len <= MASH_NOTE_SIGNATURE_BYTES)
        memcpy(ret_signature->bytes, reader.rest.data, reader.rest.len);
    return MASH_OK;
}

/* "Format": the text is separated from the signatures by the last empty line in the note.
 * False when there is none, or nothing before or after it. */
static bool
split_text(struct mash_span in, struct mash_span *ret_text, struct mash_span *ret_lines)
{
    for (size_t i = in.len; i >= 2; i--) {
        if (in.data[i - 1] != '\n' || in.data[i - 2] != '\n')
            continue;
        *ret_text = mash_span(in.data, i - 1);
        *ret_lines = mash_span(in.data + i, in.len - i);
        return ret_lines->len > 0;
    }
    return false;
}

enum mash_err
mash_note_parse(struct mash_span in, struct mash_note *ret_note)
{
    if (in.len > MASH_NOTE_MAX)
        return MASH_E_LIMIT;
    struct mash_note note;
    struct mash_span lines;
    if (!characters_ok(in) || !split_text(in, &note.text, &lines))
        return MASH_E_FORMAT;

    note.count = 0;
    while (lines.len > 0) {
        struct mash_span line;
        if (!mash_line_next(&lines, &line))
            return MASH_E_FORMAT;
        if (note.count == MASH_NOTE_SIGNATURES_MAX)
            return MASH_E_LIMIT;
        enum mash_err err = parse_signature(line, &note.signatures[note.count]);
        if (err != MASH_OK)
            return err;
        note.count++;
    }
    *ret_note = note;
    return MASH_OK;
}

static bool
is_by(const struct mash_note_signature *signature, const struct mash_note_key *key)
{
    return signature->id == key->id && mash_span_equal(signature->name, mash_span_str(key->name));
}

/* One holder listed under two names is one holder. */
static unsigned
count_distinct(const struct mash_note_key *keys, size_t count, uint64_t signers)
{
    unsigned distinct = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = (signers >> i & 1) == 0;
        for (size_t j = 0; j < i && !seen; j++) {
            seen = (signers >> j & 1) != 0
                   && memcmp(keys[i].public, keys[j].public, MASH_SIGN_PUBLIC_BYTES) == 0;
        }
        distinct += seen ? 0 : 1;
    }
    return distinct;
}

/* "Signatures": unknown keys are ignored, known ones must verify, at least one must be known. */
enum mash_err
mash_note_verify_by(const struct mash_note *note, const struct mash_note_key *keys, size_t count,
                    mash_note_check_fn *check, void *ctx, struct mash_note_verdict *ret_verdict)
{
    uint64_t signers = 0;
    if (count > 64)
        return MASH_E_LIMIT;
    for (size_t s = 0; s < note->count; s++) {
        for (size_t k = 0; k < count; k++) {
            if (!is_by(&note->signatures[s], &keys[k]))
                continue;
            enum mash_err err = check(ctx, note, k, &keys[k], &note->signatures[s]);
            if (err != MASH_OK)
                return err;
            signers |= (uint64_t)1 << k;
        }
    }
    if (signers == 0)
        return MASH_E_UNKNOWN;
    ret_verdict->keys = signers;
    ret_verdict->distinct = count_distinct(keys, count, signers);
    return MASH_OK;
}

/* "Ed25519 signatures". */
static enum mash_err
check_ed25519(void *ctx, const struct mash_note *note, size_t index, const struct mash_note_key *key,
              const struct mash_note_signature *signature)
{
    (void)ctx;
    (void)index;
    if (key->type != MASH_NOTE_ED25519 || signature->len != MASH_SIGN_BYTES)
        return MASH_E_SIGNATURE;
    return mash_sign_verify(key->public, note->text, signature->bytes);
}

enum mash_err
mash_note_verify(const struct mash_note *note, const struct mash_note_key *keys, size_t count,
                 struct mash_note_verdict *ret_verdict)
{
    return mash_note_verify_by(note, keys, count, check_ed25519, NULL, ret_verdict);
}

enum mash_err
mash_note_line(const struct mash_note_key *key, struct mash_span signature, struct mash_bytes *out)
{
    assert(signature.len > 0 && signature.len <= MASH_NOTE_SIGNATURE_BYTES);
    uint8_t raw[ID_BYTES + MASH_NOTE_SIGNATURE_BYTES];
    mash_put_u32be(raw, key->id);
    memcpy(raw + ID_BYTES, signature.data, signature.len);

    size_t before = out->len;
    enum mash_err err = mash_bytes_appendf(out, LINE_PREFIX "%s ", key->name);
    if (err == MASH_OK)
        err = mash_base64_encode(mash_span(raw, ID_BYTES + signature.len), MASH_BASE64_PADDED, out);
    if (err == MASH_OK)
        err = mash_bytes_append(out, "\n", 1);
    if (err != MASH_OK)
        out->len = before;
    return err;
}

/* Append key's signature line over text. */
static enum mash_err
sign_line(struct mash_span text, const struct mash_note_key *key,
          const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_bytes *out)
{
    if (key->type != MASH_NOTE_ED25519)
        return MASH_E_VALUE;
    if (memcmp(secret + MASH_SIGN_SEED_BYTES, key->public, MASH_SIGN_PUBLIC_BYTES) != 0)
        return MASH_E_MISMATCH;
    uint8_t signature[MASH_SIGN_BYTES];
    mash_sign(secret, text, signature);
    return mash_note_line(key, mash_span(signature, sizeof(signature)), out);
}

enum mash_err
mash_note_sign(struct mash_span text, const struct mash_note_key *key,
               const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_bytes *out)
{
    if (!mash_note_text_ok(text))
        return MASH_E_FORMAT;
    if (text.len > MASH_NOTE_MAX / 2)
        return MASH_E_LIMIT;
    size_t before = out->len;
    enum mash_err err = mash_bytes_append(out, text.data, text.len);
    if (err == MASH_OK)
        err = mash_bytes_append(out, "\n", 1);
    if (err == MASH_OK)
        err = sign_line(text, key, secret, out);
    if (err != MASH_OK)
        out->len = before;
    return err;
}

enum mash_err
mash_note_add(struct mash_bytes *note, const struct mash_note_key *key,
              const uint8_t secret[static MASH_SIGN_SECRET_BYTES])
{
    struct mash_note parsed;
    enum mash_err err = mash_note_parse(mash_bytes_span(note), &parsed);
    if (err != MASH_OK)
        return err;
    if (parsed.count == MASH_NOTE_SIGNATURES_MAX)
        return MASH_E_LIMIT;
    for (size_t i = 0; i < parsed.count; i++) {
        if (is_by(&parsed.signatures[i], key))
            return MASH_E_CONFLICT;
    }
    /* The signature is made before the note grows, so text may borrow from it. */
    return sign_line(parsed.text, key, secret, note);
}
