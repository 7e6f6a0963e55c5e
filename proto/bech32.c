/* SPDX-License-Identifier: Apache-2.0 */
/* bech32.c - see bech32.h.  Section names are those of BIP-173. */
#include "proto/bech32.h"

#include <sodium.h>
#include <string.h>

#define CHECKSUM_CHARS 6

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"; /* "Bech32": value -> character */

/* "Checksum": one step of the BCH code over GF(32). */
static uint32_t
polymod(uint32_t state, uint32_t value)
{
    static const uint32_t generator[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
    uint32_t top = state >> 25;
    state = (state & 0x1ffffff) << 5 ^ value;
    for (int i = 0; i < 5; i++)
        state ^= generator[i] & (0U - (top >> i & 1));
    return state;
}

static bool
is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool
is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static uint8_t
lower(uint8_t c)
{
    return is_upper(c) ? (uint8_t)(c | 0x20) : c;
}

/* The characters 33..126 only, and not both cases ("Bech32": decoders must reject mixed case). */
static bool
text_is_clean(struct mash_span text)
{
    bool upper_seen = false;
    bool lower_seen = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 33 || text.data[i] > 126)
            return false;
        upper_seen |= is_upper(text.data[i]);
        lower_seen |= is_lower(text.data[i]);
    }
    return !(upper_seen && lower_seen);
}

/* The checksum always covers the lower-case prefix: high bits, a zero, low bits. */
static uint32_t
hrp_expand(struct mash_span hrp)
{
    uint32_t state = 1;
    for (size_t i = 0; i < hrp.len; i++)
        state = polymod(state, lower(hrp.data[i]) >> 5);
    state = polymod(state, 0);
    for (size_t i = 0; i < hrp.len; i++)
        state = polymod(state, lower(hrp.data[i]) & 31);
    return state;
}

/* Five bits of the data part, most significant first; the last ones are filled up with zeros. */
static uint32_t
group_at(struct mash_span raw, size_t index)
{
    size_t bit = index * 5;
    uint32_t pair = (uint32_t)raw.data[bit / 8] << 8;
    if (bit / 8 + 1 < raw.len)
        pair |= raw.data[bit / 8 + 1];
    return pair >> (11 - bit % 8) & 31;
}

enum mash_err
mash_bech32_encode(const char *hrp, struct mash_span raw, struct mash_bytes *ret_text)
{
    struct mash_span prefix = mash_span_str(hrp);
    if (prefix.len == 0 || !text_is_clean(prefix))
        return MASH_E_VALUE;
    if (raw.len > SIZE_MAX / 16 || prefix.len > SIZE_MAX / 16)
        return MASH_E_LIMIT;

    size_t groups = (raw.len * 8 + 4) / 5;
    uint8_t *at;
    enum mash_err err = mash_bytes_extend(ret_text, prefix.len + 1 + groups + CHECKSUM_CHARS, &at);
    if (err != MASH_OK)
        return err;
    uint8_t *start = at;

    memcpy(at, prefix.data, prefix.len);
    at += prefix.len;
    *at++ = '1';
    uint32_t state = hrp_expand(prefix);
    for (size_t i = 0; i < groups; i++) {
        uint32_t value = group_at(raw, i);
        state = polymod(state, value);
        *at++ = (uint8_t)charset[value];
    }
    for (int i = 0; i < CHECKSUM_CHARS; i++)
        state = polymod(state, 0);
    state ^= 1;
    for (int i = 0; i < CHECKSUM_CHARS; i++)
        *at++ = (uint8_t)charset[state >> (5 * (CHECKSUM_CHARS - 1 - i)) & 31];

    bool upper = false;
    for (size_t i = 0; i < prefix.len; i++)
        upper |= is_upper(prefix.data[i]);
    for (uint8_t *c = start; upper && c < at; c++)
        *c = is_lower(*c) ? (uint8_t)(*c & ~0x20) : *c;
    return MASH_OK;
}

/* The value of character c, without a branch or a table index that depends on it; 32 when none. */
static uint32_t
value_of(uint8_t c)
{
    uint32_t result = 32;
    for (uint32_t value = 0; value < 32; value++) {
        uint32_t differ = (uint32_t)c ^ (uint8_t)charset[value];
        uint32_t same = (differ - 1) >> 31; /* 1 when differ is 0 */
        result ^= (result ^ value) & (0U - same);
    }
    return result;
}

struct mash_span
mash_bech32_hrp(struct mash_span text)
{
    size_t len = text.len;
    while (len > 0 && text.data[len - 1] != '1')
        len--;
    return mash_span(text.data, len > 0 ? len - 1 : 0);
}

/* Values of chars into out, checksum included in *state.  out has room for the bytes of them. */
static enum mash_err
decode_groups(struct mash_span chars, uint32_t state, uint8_t *out, size_t *ret_len)
{
    size_t data_chars = chars.len - CHECKSUM_CHARS;
    uint32_t bits = 0;
    unsigned bit_count = 0;
    uint32_t foreign = 0;
    size_t len = 0;

    for (size_t i = 0; i < chars.len; i++) {
        uint32_t value = value_of(lower(chars.data[i]));
        foreign |= value >> 5;
        state = polymod(state, value & 31);
        if (i >= data_chars)
            continue;
        bits = bits << 5 | (value & 31);
        bit_count += 5;
        if (bit_count >= 8) {
            bit_count -= 8;
            out[len++] = (uint8_t)(bits >> bit_count);
        }
    }
    /* "Segwit address format": what is left is at most four bits, all zero. */
    if (foreign != 0 || state != 1 || bit_count > 4 || (bits & ((1U << bit_count) - 1)) != 0)
        return MASH_E_FORMAT;
    *ret_len = len;
    return MASH_OK;
}

enum mash_err
mash_bech32_decode(struct mash_span text, struct mash_span *ret_hrp, uint8_t *out, size_t out_max,
                   size_t *ret_len)
{
    struct mash_span hrp = mash_bech32_hrp(text);
    if (hrp.len == 0 || text.len - hrp.len - 1 < CHECKSUM_CHARS || !text_is_clean(text))
        return MASH_E_FORMAT;

    struct mash_span chars = mash_span(text.data + hrp.len + 1, text.len - hrp.len - 1);
    size_t data_chars = chars.len - CHECKSUM_CHARS;
    if (data_chars / 8 * 5 + data_chars % 8 * 5 / 8 > out_max)
        return MASH_E_LIMIT;

    size_t len = 0;
    enum mash_err err = decode_groups(chars, hrp_expand(hrp), out, &len);
    if (err != MASH_OK) {
        if (out_max > 0)
            sodium_memzero(out, out_max);
        return err;
    }
    *ret_hrp = hrp;
    *ret_len = len;
    return MASH_OK;
}
