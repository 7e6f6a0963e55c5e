/* SPDX-License-Identifier: Apache-2.0 */
/* codec.c - see codec.h.  protobuf-c 1.4.1 has no depth or memory limit and leaves unknown_fields
 * uninitialised on some paths (protobuf-c PR 703), so every unpack runs on a capped, zeroing
 * allocator; the schemas have no recursive types, which bounds the depth.
 * All memory of a message is one arena: some fifty allocations a notice were a tenth of the ledger's CPU. */
#include "proto/codec.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define BLOCK_SLACK 2048u /* bytes: the structures of a small message, beside its fields' own bytes */

/* Filled from front to back, released as a whole.  The message is the first thing in the first block of
 * its arena, which is how mash_message_free() finds all of it. */
struct block {
    struct block *next;
    size_t used, size; /* bytes of room */
    max_align_t room[];
};

struct arena {
    struct block *first, *last;
    size_t block_bytes; /* room of a new block, at least */
    size_t left_bytes;  /* of MASH_DECODE_MEMORY_MAX */
    enum mash_err err;  /* why an allocation was refused */
};

static struct block *
arena_grow(struct arena *arena, size_t size)
{
    size_t room = size > arena->block_bytes ? size : arena->block_bytes;
    struct block *block = calloc(1, sizeof(*block) + room);
    if (block == NULL)
        return NULL;
    block->size = room;
    if (arena->last != NULL)
        arena->last->next = block;
    else
        arena->first = block;
    arena->last = block;
    return block;
}

static void *
arena_alloc(void *data, size_t size)
{
    struct arena *arena = data;
    struct block *block = arena->last;
    if (size > arena->left_bytes) {
        arena->err = MASH_E_LIMIT;
        return NULL;
    }
    arena->left_bytes -= size;
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (block == NULL || size > block->size - block->used)
        block = arena_grow(arena, size);
    if (block == NULL) {
        arena->err = MASH_E_NOMEM;
        return NULL;
    }
    uint8_t *at = (uint8_t *)block->room + block->used;
    block->used += size;
    return at;
}

/* Nothing is released before all is. */
static void
arena_keep(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

static void
release(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

/* Well-formed UTF-8 (RFC 3629) without C0, DEL and C1 control characters. */
static bool
text_ok(const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    while (*at != 0) {
        if (*at < 0x80) {
            /* newline and tab are legal in free text of sealed content; headers check their own sets */
            if ((*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f)
                return false;
            at++;
            continue;
        }
        unsigned more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
        if (*at < 0xc2 || *at > 0xf4)
            return false;
        uint32_t rune = *at & (0x3fu >> more);
        for (unsigned i = 1; i <= more; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
            rune = rune << 6 | (at[i] & 0x3fu);
        }
        static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
        if (rune < least[more] || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff) ||
            (rune >= 0x80 && rune < 0xa0))
            return false;
        at += more + 1;
    }
    return true;
}

static bool message_ok(const ProtobufCMessage *message);

static bool
value_ok(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(char *const *)value;
        return text == NULL || text_ok(text);
    }
    case PROTOBUF_C_TYPE_ENUM:
        return protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value) != NULL;
    case PROTOBUF_C_TYPE_MESSAGE: {
        const ProtobufCMessage *inner = *(ProtobufCMessage *const *)value;
        return inner == NULL || message_ok(inner);
    }
    default:
        return true;
    }
}

static size_t
value_bytes(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(int);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    default:
        return 0; /* nothing to look at */
    }
}

static bool
field_ok(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *base = (const uint8_t *)message;
    const void *value = base + field->offset;
    size_t step = value_bytes(field->type);
    if (step == 0)
        return true;

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
        const uint8_t *list = *(uint8_t *const *)value;
        for (size_t i = 0; i < count; i++)
            if (!value_ok(field, list + i * step))
                return false;
        return true;
    }
    /* a member of a oneof shares its place with the others */
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
        return true;
    return value_ok(field, value);
}

static bool
message_ok(const ProtobufCMessage *message)
{
    if (message->n_unknown_fields > 0)
        return false;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        if (!field_ok(message, &message->descriptor->fields[i]))
            return false;
    return true;
}

static enum mash_err
same_bytes_again(const ProtobufCMessage *message, struct mash_span in)
{
    if (protobuf_c_message_get_packed_size(message) != in.len)
        return MASH_E_FORMAT;
    uint8_t *again = malloc(in.len > 0 ? in.len : 1);
    if (again == NULL)
        return MASH_E_NOMEM; /* never "malformed": that answer would be final */
    bool same = protobuf_c_message_pack(message, again) == in.len &&
                mash_span_equal(mash_span(again, in.len), in);
    free(again);
    return same ? MASH_OK : MASH_E_FORMAT;
}

enum mash_err
mash_message_decode(const ProtobufCMessageDescriptor *type, struct mash_span in, void *ret_message)
{
    struct arena arena = { .block_bytes = in.len + in.len / 4 + BLOCK_SLACK,
                           .left_bytes = MASH_DECODE_MEMORY_MAX, .err = MASH_E_FORMAT };
    ProtobufCAllocator allocator = { arena_alloc, arena_keep, &arena };
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, in.len, in.data);
    enum mash_err err = message == NULL ? arena.err : MASH_OK;
    if (err == MASH_OK)
        err = message_ok(message) ? same_bytes_again(message, in) : MASH_E_FORMAT;
    if (err != MASH_OK) {
        release(arena.first);
        return err;
    }
    assert((void *)message == (void *)arena.first->room);
    memcpy(ret_message, &message, sizeof(message));
    return MASH_OK;
}

uint32_t
mash_message_schema(struct mash_span in)
{
    /* tags and lengths below 128 are one byte; a partnership is shorter than that */
    struct mash_reader reader = mash_reader(in);
    if (mash_read_u8(&reader) != (1 << 3 | 2))
        return 0;
    (void)mash_read_span(&reader, mash_read_u8(&reader));
    uint8_t tag = mash_read_u8(&reader);
    uint8_t schema = mash_read_u8(&reader);
    return tag == (2 << 3 | 0) && schema < 0x80 ? schema : 0;
}

enum mash_err
mash_message_encode(const void *message, struct mash_bytes *out)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    if (size == 0)
        return MASH_OK;
    uint8_t *at;
    enum mash_err err = mash_bytes_extend(out, size, &at);
    if (err == MASH_OK)
        (void)protobuf_c_message_pack(message, at);
    return err;
}

void
mash_message_free(void *message_p)
{
    ProtobufCMessage *message;
    memcpy(&message, message_p, sizeof(message));
    if (message == NULL)
        return;
    release((struct block *)(void *)((uint8_t *)message - offsetof(struct block, room)));
    message = NULL;
    memcpy(message_p, &message, sizeof(message));
}
