/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - see base64.h.  libsodium does the characters in constant time; the length is checked
 * here first, so that its "buffer too small" and "not base 64" never look the same. */
#include "proto/base64.h"

#include <sodium.h>
#include <string.h>

/* Encoding goes block by block because libsodium ends each text with a NUL that has no room in the
 * output.  A multiple of three bytes, so that only the last block is padded. */
#define BLOCK_BYTES 48
#define BLOCK_CHARS 64

static int
variant(enum mash_base64_padding padding)
{
    return padding == MASH_BASE64_PADDED ? sodium_base64_VARIANT_ORIGINAL
                                         : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
}

size_t
mash_base64_text_len(size_t raw_len, enum mash_base64_padding padding)
{
    size_t rest = raw_len % 3;
    size_t tail = rest == 0 ? 0 : padding == MASH_BASE64_PADDED ? 4 : rest + 1;
    return raw_len / 3 * 4 + tail;
}

enum mash_err
mash_base64_encode(struct mash_span raw, enum mash_base64_padding padding, struct mash_bytes *ret_text)
{
    if (raw.len == 0)
        return MASH_OK;
    if (raw.len > SIZE_MAX / 2)
        return MASH_E_LIMIT;

    uint8_t *at;
    enum mash_err err = mash_bytes_extend(ret_text, mash_base64_text_len(raw.len, padding), &at);
    if (err != MASH_OK)
        return err;

    char block[BLOCK_CHARS + 1];
    for (size_t done = 0; done < raw.len; done += BLOCK_BYTES) {
        size_t len = raw.len - done < BLOCK_BYTES ? raw.len - done : BLOCK_BYTES;
        sodium_bin2base64(block, sizeof(block), raw.data + done, len, variant(padding));
        size_t chars = mash_base64_text_len(len, padding);
        memcpy(at, block, chars);
        at += chars;
    }
    sodium_memzero(block, sizeof(block));
    return MASH_OK;
}

/* libsodium 1.0.18 reads every byte above 127 as '/' (a signed char meets its comparison macros), which
 * would make age headers malleable: so such bytes are refused before it sees them. */
static bool
is_ascii(struct mash_span text)
{
    uint8_t all = 0;
    for (size_t i = 0; i < text.len; i++)
        all |= text.data[i];
    return all < 0x80;
}

/* How many bytes text stands for, from its length and its '=' only.  False: no text has this form. */
static bool
raw_len_of(struct mash_span text, enum mash_base64_padding padding, size_t *ret_len)
{
    size_t chars = text.len;
    if (padding == MASH_BASE64_PADDED) {
        if (chars % 4 != 0)
            return false;
        for (int i = 0; i < 2 && chars > 0 && text.data[chars - 1] == '='; i++)
            chars--;
    }
    size_t rest = chars % 4;
    if (rest == 1)
        return false; /* six bits are no byte */
    *ret_len = chars / 4 * 3 + (rest == 0 ? 0 : rest - 1);
    return true;
}

enum mash_err
mash_base64_decode(struct mash_span text, enum mash_base64_padding padding, uint8_t *out, size_t out_max,
                   size_t *ret_len)
{
    size_t raw_len = 0;
    if (!raw_len_of(text, padding, &raw_len) || !is_ascii(text))
        return MASH_E_FORMAT;
    if (raw_len > out_max)
        return MASH_E_LIMIT;
    if (text.len == 0) {
        *ret_len = 0;
        return MASH_OK;
    }

    /* Refuses foreign characters, wrong padding and trailing bits; no end pointer = all of text. */
    size_t len = 0;
    const char *chars = (const char *)text.data;
    if (sodium_base642bin(out, out_max, chars, text.len, NULL, &len, NULL, variant(padding)) != 0)
        return MASH_E_FORMAT;
    *ret_len = len;
    return MASH_OK;
}

enum mash_err
mash_base64_decode_exact(struct mash_span text, enum mash_base64_padding padding, uint8_t *out,
                         size_t out_len)
{
    size_t len = 0;
    enum mash_err err = mash_base64_decode(text, padding, out, out_len, &len);
    if (err == MASH_E_LIMIT || (err == MASH_OK && len != out_len))
        return MASH_E_FORMAT;
    return err;
}
