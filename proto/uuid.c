/* SPDX-License-Identifier: Apache-2.0 */
/* uuid.c - see uuid.h. */
#include "proto/uuid.h"

#include <string.h>

void
mash_uuid_make(uint64_t time_ms, const uint8_t random[static MASH_UUID_RANDOM_BYTES],
               uint8_t ret_id[static MASH_ID_BYTES])
{
    for (int i = 0; i < 6; i++)
        ret_id[i] = (uint8_t)(time_ms >> (40 - 8 * i));
    memcpy(ret_id + 6, random, MASH_UUID_RANDOM_BYTES);
    ret_id[6] = (uint8_t)(0x70 | (ret_id[6] & 0x0f)); /* version */
    ret_id[8] = (uint8_t)(0x80 | (ret_id[8] & 0x3f)); /* variant */
}

bool
mash_uuid_is_v7(struct mash_span id)
{
    return id.len == MASH_ID_BYTES && (id.data[6] & 0xf0) == 0x70 && (id.data[8] & 0xc0) == 0x80;
}

uint64_t
mash_uuid_time_ms(const uint8_t id[static MASH_ID_BYTES])
{
    uint64_t time_ms = 0;
    for (int i = 0; i < 6; i++)
        time_ms = time_ms << 8 | id[i];
    return time_ms;
}

/* A '-' stands before these bytes. */
static bool
dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void
mash_uuid_text(const uint8_t id[static MASH_ID_BYTES], char ret_text[static MASH_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = ret_text;
    for (size_t i = 0; i < MASH_ID_BYTES; i++) {
        if (dash_before(i))
            *at++ = '-';
        *at++ = digits[id[i] >> 4];
        *at++ = digits[id[i] & 0x0f];
    }
    *at = '\0';
}

static int
digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

enum mash_err
mash_uuid_parse(const char *text, uint8_t ret_id[static MASH_ID_BYTES])
{
    uint8_t id[MASH_ID_BYTES];
    if (strlen(text) != MASH_UUID_TEXT_SIZE - 1)
        return MASH_E_FORMAT;
    for (size_t i = 0; i < MASH_ID_BYTES; i++) {
        if (dash_before(i) && *text++ != '-')
            return MASH_E_FORMAT;
        int high = digit_value(text[0]);
        int low = digit_value(text[1]);
        if (high < 0 || low < 0)
            return MASH_E_FORMAT;
        id[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    memcpy(ret_id, id, sizeof(id));
    return MASH_OK;
}
