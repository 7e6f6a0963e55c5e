/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - see utf8.h. */
#include "proto/utf8.h"

/* Length by the first byte; 0 for a byte that begins no character (RFC 3629 section 4). */
static size_t
length_of(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

bool
mash_utf8_next(struct mash_span *rest, uint32_t *ret_character)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (rest->len == 0)
        return false;
    size_t len = length_of(rest->data[0]);
    if (len == 0 || len > rest->len)
        return false;

    uint32_t character = len == 1 ? rest->data[0] : rest->data[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((rest->data[i] & 0xc0) != 0x80)
            return false;
        character = character << 6 | (rest->data[i] & 0x3fu);
    }
    if (character < least[len] || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
        return false;

    rest->data += len;
    rest->len -= len;
    *ret_character = character;
    return true;
}

/* Unicode property White_Space. */
bool
mash_utf8_is_space(uint32_t character)
{
    return (character >= 0x09 && character <= 0x0d) || character == 0x20 || character == 0x85
           || character == 0xa0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200a)
           || character == 0x2028 || character == 0x2029 || character == 0x202f || character == 0x205f
           || character == 0x3000;
}
