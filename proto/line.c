/* SPDX-License-Identifier: Apache-2.0 */
/* line.c - see line.h. */
#include "proto/line.h"

#include <string.h>

bool
mash_line_next(struct mash_span *rest, struct mash_span *ret_line)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    if (end == NULL)
        return false;
    size_t len = (size_t)(end - rest->data);
    *ret_line = mash_span(rest->data, len);
    *rest = mash_span(end + 1, rest->len - len - 1);
    return true;
}

bool
mash_line_skip(struct mash_span *line, const char *prefix)
{
    size_t len = strlen(prefix);
    if (line->len < len || memcmp(line->data, prefix, len) != 0)
        return false;
    *line = mash_span(line->data + len, line->len - len);
    return true;
}

bool
mash_line_decimal(struct mash_span text, uint64_t *ret_number)
{
    if (text.len == 0 || text.len > 19 || (text.len > 1 && text.data[0] == '0'))
        return false;
    uint64_t number = 0; /* 19 digits cannot overflow 64 bits */
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (number > (uint64_t)INT64_MAX)
        return false;
    *ret_number = number;
    return true;
}
