/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c - see bytes.h.  The only caller of realloc in the protocol library. */
#include "proto/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
mash_span_equal(struct mash_span a, struct mash_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

struct mash_span
mash_span_str(const char *text)
{
    return mash_span(text, strlen(text));
}

static enum mash_err
reserve(struct mash_bytes *bytes, size_t more)
{
    if (more > bytes->max || bytes->len > bytes->max - more)
        return MASH_E_LIMIT;

    size_t need = bytes->len + more;
    if (need <= bytes->cap)
        return MASH_OK;

    size_t cap = bytes->cap < 64 ? 64 : bytes->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > bytes->max)
        cap = bytes->max;
    uint8_t *data = realloc(bytes->data, cap);
    if (data == NULL)
        return MASH_E_NOMEM;
    bytes->data = data;
    bytes->cap = cap;
    return MASH_OK;
}

enum mash_err
mash_bytes_extend(struct mash_bytes *bytes, size_t len, uint8_t **ret_at)
{
    enum mash_err err = reserve(bytes, len);
    if (err != MASH_OK)
        return err;
    *ret_at = bytes->data + bytes->len;
    bytes->len += len;
    return MASH_OK;
}

enum mash_err
mash_bytes_append(struct mash_bytes *bytes, const void *data, size_t len)
{
    if (len == 0)
        return MASH_OK;
    uint8_t *at;
    enum mash_err err = mash_bytes_extend(bytes, len, &at);
    if (err == MASH_OK)
        memcpy(at, data, len);
    return err;
}

enum mash_err
mash_bytes_append_str(struct mash_bytes *bytes, const char *text)
{
    return mash_bytes_append(bytes, text, strlen(text));
}

enum mash_err
mash_bytes_appendf(struct mash_bytes *bytes, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);

    enum mash_err err = len < 0 ? MASH_E_FORMAT : reserve(bytes, (size_t)len + 1);
    if (err == MASH_OK) {
        (void)vsnprintf((char *)bytes->data + bytes->len, (size_t)len + 1, format, again);
        bytes->len += (size_t)len;
    }
    va_end(again);
    return err;
}

void
mash_bytes_drop_front(struct mash_bytes *bytes, size_t len)
{
    bytes->len -= len;
    if (bytes->len > 0)
        memmove(bytes->data, bytes->data + len, bytes->len);
}

void
mash_bytes_free(struct mash_bytes *bytes)
{
    free(bytes->data);
    *bytes = mash_bytes_max(bytes->max);
}

void
mash_bytes_wipe(struct mash_bytes *bytes)
{
    if (bytes->data != NULL)
        explicit_bzero(bytes->data, bytes->cap);
    mash_bytes_free(bytes);
}

struct mash_reader
mash_reader(struct mash_span in)
{
    return (struct mash_reader){ in, false };
}

struct mash_span
mash_read_span(struct mash_reader *reader, size_t len)
{
    if (reader->failed || reader->rest.len < len) {
        reader->failed = true;
        return mash_span(NULL, 0);
    }
    struct mash_span out = mash_span(reader->rest.data, len);
    reader->rest.data += len;
    reader->rest.len -= len;
    return out;
}

void
mash_read_copy(struct mash_reader *reader, uint8_t *out, size_t len)
{
    struct mash_span in = mash_read_span(reader, len);
    if (in.len != len)
        memset(out, 0, len);
    else if (len > 0)
        memcpy(out, in.data, len);
}

uint8_t
mash_read_u8(struct mash_reader *reader)
{
    uint8_t raw;
    mash_read_copy(reader, &raw, 1);
    return raw;
}

uint32_t
mash_read_u32be(struct mash_reader *reader)
{
    uint8_t raw[4];
    mash_read_copy(reader, raw, sizeof(raw));
    return (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
}

uint64_t
mash_read_u64be(struct mash_reader *reader)
{
    uint64_t high = mash_read_u32be(reader);
    uint64_t low = mash_read_u32be(reader);
    return high << 32 | low;
}

bool
mash_reader_done(const struct mash_reader *reader)
{
    return !reader->failed && reader->rest.len == 0;
}

void
mash_put_u32be(uint8_t out[static 4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

void
mash_put_u64be(uint8_t out[static 8], uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> (56 - 8 * i));
}
