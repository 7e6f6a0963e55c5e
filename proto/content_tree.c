/* SPDX-License-Identifier: Apache-2.0 */
/* content_tree.c - see content_tree.h.  Contents hold only strings and messages, single or repeated. */
#include "proto/content_tree.h"

#include <assert.h>

static const void *
place(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (const uint8_t *)message + field->offset;
}

size_t
mash_content_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(const void *)((const uint8_t *)message + field->quantifier_offset);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const ProtobufCMessage *const *)place(message, field) != NULL ? 1 : 0;
    return mash_content_string(message, field, 0)[0] != '\0' ? 1 : 0;
}

const ProtobufCMessage *
mash_content_message(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i)
{
    assert(field->type == PROTOBUF_C_TYPE_MESSAGE);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return (*(ProtobufCMessage *const *const *)place(message, field))[i];
    return *(const ProtobufCMessage *const *)place(message, field);
}

const char *
mash_content_string(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i)
{
    assert(field->type == PROTOBUF_C_TYPE_STRING);
    const char *text;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        text = (*(char *const *const *)place(message, field))[i];
    else
        text = *(const char *const *)place(message, field);
    return text != NULL ? text : "";
}

const char *
mash_content_value(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
        return "";
    return mash_content_string(message, field, 0);
}
