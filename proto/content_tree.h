/* SPDX-License-Identifier: Apache-2.0 */
/* content_tree.h - walking any content message by its descriptor: the reflection under content_*.c. */
#ifndef MASH_PROTO_CONTENT_TREE_H
#define MASH_PROTO_CONTENT_TREE_H

#include "proto/codec.h"

/* Repeated fields have any count, others 0 (absent) or 1. */
size_t mash_content_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Element i of a message field. */
const ProtobufCMessage *mash_content_message(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                          size_t i);

/* Element i of a string field; never NULL. */
const char *mash_content_string(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i);

/* The string of a non-repeated field by name; "" when absent or no such field. */
const char *mash_content_value(const ProtobufCMessage *message, const char *name);

#endif
