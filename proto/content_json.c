/* SPDX-License-Identifier: Apache-2.0 */
/* content_json.c - contents to and from JSON, by the schema's own descriptors (content.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "proto/content_tree.h"
#include "proto/findings.h"

#define PATH_MAX_CHARS 80
#define JSON_MAX_BYTES (4u * 1024u * 1024u)
#define LIST_MAX 256u /* elements of one list: more is a mistake, and the body has its own limit */

struct build {
    struct mash_findings *findings;
    bool out_of_memory;
};

static ProtobufCMessage *build_message(struct build *build, const ProtobufCMessageDescriptor *type,
                                       json_t *object, const char *path);

static void
join(char out[PATH_MAX_CHARS], const char *path, const char *name)
{
    (void)snprintf(out, PATH_MAX_CHARS, "%s%s%s", path, path[0] != '\0' ? "." : "", name);
}

/* One value of a field into *slot: a fresh string or message.  False: a finding was made. */
static bool
build_value(struct build *build, const ProtobufCFieldDescriptor *field, json_t *value, const char *path, void **slot)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        if (!json_is_object(value)) {
            mash_findings_add(build->findings, false, path, "must be an object {...}");
            return false;
        }
        *slot = build_message(build, field->descriptor, value, path);
        return *slot != NULL;
    }

    char number[32];
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (json_is_integer(value)) {
        (void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = number;
        len = strlen(number);
    } else if (json_is_boolean(value)) {
        text = json_is_true(value) ? "yes" : "no";
        len = strlen(text);
    }
    if (text == NULL || strlen(text) != len) {
        mash_findings_add(build->findings, false, path, "must be a text in quotes");
        return false;
    }
    *slot = strdup(text);
    build->out_of_memory |= *slot == NULL;
    return *slot != NULL;
}

static void
build_list(struct build *build, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, json_t *value,
           const char *path)
{
    if (!json_is_array(value)) {
        mash_findings_add(build->findings, false, path, "must be a list [...]");
        return;
    }
    size_t count = json_array_size(value);
    if (count > LIST_MAX) {
        mash_findings_add(build->findings, false, path, "has %zu elements; at most %u are allowed", count, LIST_MAX);
        return;
    }
    if (count == 0)
        return;
    void **list = calloc(count, sizeof(*list));
    if (list == NULL) {
        build->out_of_memory = true;
        return;
    }
    size_t built = 0;
    for (size_t i = 0; i < count; i++) {
        char element[PATH_MAX_CHARS + 8];
        (void)snprintf(element, sizeof(element), "%s.%zu", path, i + 1);
        if (build_value(build, field, json_array_get(value, i), element, &list[built]))
            built++;
    }
    uint8_t *base = (uint8_t *)message;
    *(void ***)(void *)(base + field->offset) = list;
    *(size_t *)(void *)(base + field->quantifier_offset) = built;
}

static void
name_fields(const ProtobufCMessageDescriptor *type, char *out, size_t size)
{
    out[0] = '\0';
    size_t used = 0;
    for (unsigned i = 0; i < type->n_fields; i++) {
        int more = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", type->fields[i].name);
        if (more < 0 || (size_t)more >= size - used)
            return;
        used += (size_t)more;
    }
}

static ProtobufCMessage *
build_message(struct build *build, const ProtobufCMessageDescriptor *type, json_t *object, const char *path)
{
    ProtobufCMessage *message = calloc(1, type->sizeof_message);
    if (message == NULL) {
        build->out_of_memory = true;
        return NULL;
    }
    protobuf_c_message_init(type, message);

    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        char at[PATH_MAX_CHARS];
        join(at, path, name);
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, name);
        if (field == NULL) {
            char known[600];
            name_fields(type, known, sizeof(known));
            mash_findings_add(build->findings, false, at, "no such field; allowed here: %s", known);
        } else if (json_is_null(value)) {
            continue;
        } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            build_list(build, message, field, value, at);
        } else {
            void *slot = NULL;
            if (build_value(build, field, value, at, &slot))
                *(void **)(void *)((uint8_t *)message + field->offset) = slot;
        }
    }
    return message;
}

enum mash_err
mash_content_from_json(const struct mash_type *type, struct mash_span json, struct mash_findings *findings,
                       struct mash_bytes *ret_content)
{
    if (json.len > JSON_MAX_BYTES)
        return MASH_E_LIMIT;
    json_error_t error;
    json_t *object = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL || !json_is_object(object)) {
        mash_findings_add(findings, false, "", "not a JSON object: line %d: %s", object == NULL ? error.line : 1,
                          object == NULL ? error.text : "expected {...}");
        json_decref(object);
        return MASH_E_FORMAT;
    }

    struct build build = { findings, false };
    size_t errors_before = findings->n_errors;
    ProtobufCMessage *message = build_message(&build, type->content, object, "");
    json_decref(object);
    enum mash_err err = build.out_of_memory ? MASH_E_NOMEM
                        : findings->n_errors > errors_before ? MASH_E_VALUE
                        : mash_message_encode(message, ret_content);
    if (message != NULL)
        protobuf_c_message_free_unpacked(message, NULL);
    return err;
}

static json_t *
to_json(const ProtobufCMessage *message)
{
    json_t *object = json_object();
    for (unsigned i = 0; object != NULL && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        size_t count = mash_content_count(message, field);
        if (count == 0)
            continue;
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
        json_t *values = list ? json_array() : NULL;
        for (size_t k = 0; k < count; k++) {
            json_t *value = field->type == PROTOBUF_C_TYPE_MESSAGE
                                ? to_json(mash_content_message(message, field, k))
                                : json_string(mash_content_string(message, field, k));
            if (list)
                (void)json_array_append_new(values, value);
            else
                values = value;
        }
        if (json_object_set_new(object, field->name, values) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

enum mash_err
mash_content_to_json(const struct mash_type *type, struct mash_span content, struct mash_bytes *ret_json)
{
    ProtobufCMessage *message = NULL;
    enum mash_err err = mash_message_decode(type->content, content, &message);
    if (err != MASH_OK)
        return err;
    json_t *object = to_json(message);
    mash_message_free(&message);
    char *text = object != NULL ? json_dumps(object, JSON_INDENT(2)) : NULL;
    json_decref(object);
    if (text == NULL)
        return MASH_E_NOMEM;
    err = mash_bytes_append_str(ret_json, text);
    free(text);
    return err;
}

/* The child of node named by one path part, made when absent: a number from 1 in a list, else a member. */
static json_t *
descend(json_t *node, const char *part, bool next_is_number)
{
    json_t *child;
    if (json_is_array(node)) {
        char *end;
        unsigned long number = strtoul(part, &end, 10);
        if (*end != '\0' || number < 1 || number > json_array_size(node) + 1 || number > LIST_MAX)
            return NULL;
        child = json_array_get(node, number - 1);
        if (child == NULL) {
            child = next_is_number ? json_array() : json_object();
            if (json_array_append_new(node, child) != 0)
                return NULL;
        }
        return child;
    }
    if (!json_is_object(node))
        return NULL;
    child = json_object_get(node, part);
    if (child == NULL) {
        child = next_is_number ? json_array() : json_object();
        if (json_object_set_new(node, part, child) != 0)
            return NULL;
    }
    return child;
}

static bool
is_number(const char *part)
{
    return part[0] != '\0' && strspn(part, "0123456789") == strlen(part);
}

static bool
set_leaf(json_t *node, const char *part, const char *value)
{
    json_t *leaf = json_string(value);
    if (leaf == NULL)
        return false;
    if (json_is_object(node))
        return json_object_set_new(node, part, leaf) == 0;
    if (json_is_array(node) && is_number(part)) {
        size_t number = strtoul(part, NULL, 10);
        if (number == json_array_size(node) + 1)
            return json_array_append_new(node, leaf) == 0;
        if (number >= 1 && number <= json_array_size(node))
            return json_array_set_new(node, number - 1, leaf) == 0;
    }
    json_decref(leaf);
    return false;
}

static enum mash_err
set_path(json_t *root, const char *path, const char *value)
{
    char parts[PATH_MAX_CHARS];
    if (strlen(path) >= sizeof(parts) || path[0] == '\0')
        return MASH_E_VALUE;
    memcpy(parts, path, strlen(path) + 1);
    json_t *node = root;
    char *part = parts;
    for (char *dot; (dot = strchr(part, '.')) != NULL; part = dot + 1) {
        *dot = '\0';
        size_t next = strcspn(dot + 1, ".");
        bool next_is_number = next > 0 && strspn(dot + 1, "0123456789") == next;
        node = descend(node, part, next_is_number);
        if (node == NULL)
            return MASH_E_VALUE;
    }
    return set_leaf(node, part, value) ? MASH_OK : MASH_E_VALUE;
}

enum mash_err
mash_content_json_set(struct mash_bytes *json, const char *path, const char *value)
{
    json_error_t error;
    json_t *root = json->len == 0 ? json_object()
                                  : json_loadb((const char *)json->data, json->len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL || !json_is_object(root)) {
        json_decref(root);
        return MASH_E_FORMAT;
    }
    enum mash_err err = set_path(root, path, value);
    char *text = err == MASH_OK ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (err != MASH_OK)
        return err;
    if (text == NULL)
        return MASH_E_NOMEM;
    json->len = 0;
    err = mash_bytes_append_str(json, text);
    free(text);
    return err;
}
