/* SPDX-License-Identifier: Apache-2.0 */
/* codec.h - the one door to protobuf-c and to the generated messages of proto/schema.
 * Decoding is strict: a message that has unknown fields at any depth, a string that is not UTF-8 or
 * holds control characters, an enum value without a name, or that does not re-encode to the very same
 * bytes is refused.  So two parties can never read one signed message in two ways. */
#ifndef MASH_PROTO_CODEC_H
#define MASH_PROTO_CODEC_H

#include "content.pb-c.h"
#include "control.pb-c.h"
#include "entry.pb-c.h"
#include "link.pb-c.h"
#include "notice.pb-c.h"

#include "proto/bytes.h"

/* Decode in as a message of type (e.g. &mash__manifest__descriptor).
 * ret_message: a `Mash__X **`, set on MASH_OK only; yours, release with mash_message_free().
 * MASH_E_FORMAT: not such a message or not its one canonical encoding; MASH_E_LIMIT: it would take
 * more than MASH_DECODE_MEMORY_MAX; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_message_decode(const ProtobufCMessageDescriptor *type, struct mash_span in, void *ret_message);

/* The schema version of a message that begins with `string partnership = 1; uint32 schema = 2`, read
 * without knowing the rest: so that one of another version is told from rubbish.  0: not to be seen. */
uint32_t mash_message_schema(struct mash_span in);

/* Append the encoding of message (any `Mash__X *`) to out.  MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_message_encode(const void *message, struct mash_bytes *out);

/* Release *message_p (a `Mash__X **`) from mash_message_decode() and set it to NULL; nothing when NULL. */
void mash_message_free(void *message_p);

/* A borrowed span over a decoded bytes field, and a field that borrows a span. */
static inline struct mash_span
mash_field_span(ProtobufCBinaryData field)
{
    return mash_span(field.data, field.len);
}

static inline ProtobufCBinaryData
mash_span_field(struct mash_span span)
{
    return (ProtobufCBinaryData){ span.len, (uint8_t *)(uintptr_t)span.data };
}

#endif
