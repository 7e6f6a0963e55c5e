/* SPDX-License-Identifier: Apache-2.0 */
/* hex.c - see hex.h. */
#include "proto/hex.h"

void
mash_hex_text(struct mash_span raw, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < raw.len; i++) {
        ret_text[2 * i] = digits[raw.data[i] >> 4];
        ret_text[2 * i + 1] = digits[raw.data[i] & 15];
    }
    ret_text[2 * raw.len] = '\0';
}

/* The value of a digit, or 16. */
static unsigned
digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return 16;
}

enum mash_err
mash_hex_parse(struct mash_span text, uint8_t *out, size_t out_len)
{
    if (text.len / 2 != out_len || text.len % 2 != 0)
        return MASH_E_FORMAT;
    for (size_t i = 0; i < out_len; i++) {
        unsigned high = digit_value(text.data[2 * i]);
        unsigned low = digit_value(text.data[2 * i + 1]);
        if (high > 15 || low > 15)
            return MASH_E_FORMAT;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return MASH_OK;
}
