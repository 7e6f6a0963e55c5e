/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h - borrowed byte spans, owned growable bytes with a maximum, and the bounded cursor
 * every binary parser uses.  A cursor remembers its first error: afterwards reads give zeros,
 * writes do nothing, and one check at the end tells.  Never logs, never allocates except bytes. */
#ifndef MASH_PROTO_BYTES_H
#define MASH_PROTO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mash/err.h"

/* Borrowed: somebody else owns data. */
struct mash_span {
    const uint8_t *data;
    size_t len;
};

/* Owned: release with mash_bytes_free().  max is set at birth and never exceeded. */
struct mash_bytes {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
};

static inline struct mash_span
mash_span(const void *data, size_t len)
{
    return (struct mash_span){ (const uint8_t *)data, len };
}

static inline struct mash_span
mash_bytes_span(const struct mash_bytes *bytes)
{
    return (struct mash_span){ bytes->data, bytes->len };
}

/* Spans with the same length and bytes.  Not constant time: never for secrets. */
bool mash_span_equal(struct mash_span a, struct mash_span b);

/* A span over a C string, without its NUL. */
struct mash_span mash_span_str(const char *text);

/* Empty bytes that may grow to max_bytes. */
static inline struct mash_bytes
mash_bytes_max(size_t max_bytes)
{
    return (struct mash_bytes){ NULL, 0, 0, max_bytes };
}

/* Append.  MASH_E_LIMIT beyond max; MASH_E_NOMEM.  Unchanged on error. */
MASH_MUSTCHECK enum mash_err mash_bytes_append(struct mash_bytes *bytes, const void *data, size_t len);

/* Append the C string text without its NUL. */
MASH_MUSTCHECK enum mash_err mash_bytes_append_str(struct mash_bytes *bytes, const char *text);

/* Append printf output.  Same errors. */
MASH_MUSTCHECK enum mash_err mash_bytes_appendf(struct mash_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Make room for len more bytes at the end, give their address and count them in. */
MASH_MUSTCHECK enum mash_err mash_bytes_extend(struct mash_bytes *bytes, size_t len, uint8_t **ret_at);

/* Forget the first len bytes (len <= bytes->len); the rest moves to the front. */
void mash_bytes_drop_front(struct mash_bytes *bytes, size_t len);

/* Release the memory; bytes become empty with the same max. */
void mash_bytes_free(struct mash_bytes *bytes);

/* The same for a secret or a plaintext: overwrites all of the memory first. */
void mash_bytes_wipe(struct mash_bytes *bytes);

/* Reading cursor. */
struct mash_reader {
    struct mash_span rest;
    bool failed;
};

struct mash_reader mash_reader(struct mash_span in);
uint8_t mash_read_u8(struct mash_reader *reader);
uint32_t mash_read_u32be(struct mash_reader *reader);
uint64_t mash_read_u64be(struct mash_reader *reader);
/* The next len bytes, borrowed; an empty span after an error. */
struct mash_span mash_read_span(struct mash_reader *reader, size_t len);
/* Copy the next len bytes to out; zeros after an error. */
void mash_read_copy(struct mash_reader *reader, uint8_t *out, size_t len);
/* True when nothing failed and everything was read. */
bool mash_reader_done(const struct mash_reader *reader);

/* Fixed-size big-endian writers for buffers whose size the caller knows. */
void mash_put_u32be(uint8_t out[static 4], uint32_t value);
void mash_put_u64be(uint8_t out[static 8], uint64_t value);

#endif
