/* SPDX-License-Identifier: Apache-2.0 */
/* content_text.c - contents as lines a practitioner reads, with labels and the words of codes (content.h). */
#include <stdio.h>
#include <string.h>

#include "proto/content.h"
#include "proto/content_tree.h"

static const char *
words(const struct mash_field_rule *rule, const char *value)
{
    const struct mash_code_list *list = rule->codes != NULL ? mash_code_list(rule->codes) : NULL;
    const struct mash_code *code = list != NULL ? mash_code_find(list, value) : NULL;
    return code != NULL ? code->label : NULL;
}

/* Later lines of a prose value are indented, so that no text of a sender can look like a field. */
static enum mash_err
append_value(struct mash_bytes *text, const char *value, const char *indent)
{
    enum mash_err err = MASH_OK;
    while (err == MASH_OK) {
        size_t line = strcspn(value, "\n");
        err = mash_bytes_append(text, value, line);
        if (value[line] == '\0' || err != MASH_OK)
            break;
        err = mash_bytes_appendf(text, "\n%s    ", indent);
        value += line + 1;
    }
    return err;
}

static enum mash_err
append_field(struct mash_bytes *text, const struct mash_field_rule *rule, const ProtobufCMessage *message,
             const ProtobufCFieldDescriptor *field, const char *indent)
{
    size_t count = mash_content_count(message, field);
    for (size_t i = 0; i < count; i++) {
        const char *value = mash_content_string(message, field, i);
        const char *meaning = words(rule, value);
        enum mash_err err = mash_bytes_appendf(text, "%s%s: ", indent, rule->label);
        if (err == MASH_OK)
            err = append_value(text, meaning != NULL ? meaning : value, indent);
        if (err == MASH_OK && meaning != NULL && strcmp(rule->codes, "yes-no") != 0)
            err = mash_bytes_appendf(text, " (%s)", value);
        if (err == MASH_OK)
            err = mash_bytes_append_str(text, "\n");
        if (err != MASH_OK)
            return err;
    }
    return MASH_OK;
}

/* Each element of a group, by the rules of its part. */
static enum mash_err
append_group(struct mash_bytes *text, const struct mash_field_rule *group, const ProtobufCMessage *content,
             const ProtobufCFieldDescriptor *field)
{
    const struct mash_part *part = mash_part_find(field->descriptor);
    size_t count = mash_content_count(content, field);
    enum mash_err err = MASH_OK;
    for (size_t i = 0; i < count && err == MASH_OK; i++) {
        const ProtobufCMessage *element = mash_content_message(content, field, i);
        err = field->label == PROTOBUF_C_LABEL_REPEATED
                  ? mash_bytes_appendf(text, "%s, number %zu:\n", group->label, i + 1)
                  : mash_bytes_appendf(text, "%s:\n", group->label);
        for (size_t k = 0; k < part->n_rules && err == MASH_OK; k++)
            err = append_field(text, &part->rules[k], element,
                               protobuf_c_message_descriptor_get_field_by_name(element->descriptor,
                                                                               part->rules[k].field),
                               "    ");
    }
    return err;
}

enum mash_err
mash_content_to_text(const struct mash_type *type, struct mash_span content, struct mash_bytes *ret_text)
{
    ProtobufCMessage *message = NULL;
    enum mash_err err = mash_message_decode(type->content, content, &message);
    for (size_t i = 0; i < type->n_rules && err == MASH_OK; i++) {
        const struct mash_field_rule *rule = &type->rules[i];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message->descriptor, rule->field);
        err = rule->kind == MASH_FIELD_GROUP ? append_group(ret_text, rule, message, field)
                                             : append_field(ret_text, rule, message, field, "");
    }
    mash_message_free(&message);
    return err;
}
