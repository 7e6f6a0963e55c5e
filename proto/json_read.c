/* SPDX-License-Identifier: Apache-2.0 */
/* json_read.c - see json_read.h. */
#include "proto/json_read.h"

#include <stdio.h>
#include <string.h>

#include "proto/identifier.h"
#include "proto/limits.h"
#include "proto/utf8.h"

/* Deepest nesting of brackets outside strings: checked before the parser recurses. */
static unsigned
nesting(struct mash_span in)
{
    unsigned depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.data[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

enum mash_err
mash_json_parse(struct mash_span in, const char *format, const char *where, json_t **ret_root,
                const struct mash_why *why)
{
    if (in.len > MASH_BUNDLE_FILE_MAX)
        return mash_why_set(why, MASH_E_LIMIT, "%s: larger than %u bytes", where, MASH_BUNDLE_FILE_MAX);
    if (nesting(in) > MASH_JSON_DEPTH_MAX)
        return mash_why_set(why, MASH_E_FORMAT, "%s: nested deeper than %u", where, MASH_JSON_DEPTH_MAX);

    json_error_t error;
    json_t *root = json_loadb((const char *)in.data, in.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return mash_why_set(why, MASH_E_FORMAT, "%s: line %d: %s", where, error.line, error.text);

    enum mash_err err = MASH_OK;
    const char *found = json_string_value(json_object_get(root, "format"));
    if (found == NULL)
        err = mash_why_set(why, MASH_E_FORMAT, "%s: is not an object with a text member \"format\"", where);
    else if (strcmp(found, format) != 0)
        err = mash_why_set(why, MASH_E_VERSION, "%s: format is not \"%s\", the one this program reads", where, format);
    if (err == MASH_OK)
        *ret_root = root;
    else
        json_decref(root);
    return err;
}

/* Characters that end a line, control a terminal or turn the direction of writing. */
static bool
is_disguise(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0xad ||
           (character >= 0x200b && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

bool
mash_json_line_ok(const char *text, size_t max)
{
    struct mash_span rest = mash_span_str(text);
    if (rest.len < 1 || rest.len > max || text[0] == ' ' || text[rest.len - 1] == ' ')
        return false;
    uint32_t character;
    while (rest.len > 0)
        if (!mash_utf8_next(&rest, &character) || is_disguise(character))
            return false;
    return true;
}

bool
mash_json_time(const char *text, uint64_t *ret_ms)
{
    uint64_t ms;
    char again[21];
    if (!mash_time_parse(text, &ms))
        return false;
    mash_time_text(ms, again);
    if (strcmp(text, again) != 0)
        return false;
    *ret_ms = ms;
    return true;
}

void
mash_json_element(char *ret_place, const char *where, const char *name, size_t index)
{
    (void)snprintf(ret_place, MASH_JSON_WHERE_SIZE, "%s.%s[%zu]", where, name, index);
}

static enum mash_err
take_text(json_t *value, const char *where, const struct mash_json_member *member, const struct mash_why *why)
{
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) != json_string_length(value))
        return mash_why_set(why, MASH_E_FORMAT, "%s.%s: must be a text in quotes", where, member->name);
    if (!mash_json_line_ok(text, member->max))
        return mash_why_set(why, MASH_E_VALUE, "%s.%s: must be one line of 1 to %zu bytes", where, member->name,
                            member->max);
    if (member->check != NULL && !member->check(text))
        return mash_why_set(why, MASH_E_VALUE, "%s.%s: \"%.80s\" is not %s", where, member->name, text,
                            member->must != NULL ? member->must : "allowed");
    *member->text = text;
    return MASH_OK;
}

static enum mash_err
take_number(json_t *value, const char *where, const struct mash_json_member *member, const struct mash_why *why)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value))
        return mash_why_set(why, MASH_E_FORMAT, "%s.%s: must be a whole number", where, member->name);
    if (number < 0 || (uint64_t)number < member->least || (uint64_t)number > member->most)
        return mash_why_set(why, MASH_E_VALUE, "%s.%s: must be from %llu to %llu", where, member->name,
                            (unsigned long long)member->least, (unsigned long long)member->most);
    *member->number = (uint64_t)number;
    return MASH_OK;
}

static enum mash_err
take_list(json_t *value, const char *where, const struct mash_json_member *member, const struct mash_why *why)
{
    if (!json_is_array(value))
        return mash_why_set(why, MASH_E_FORMAT, "%s.%s: must be a list [...]", where, member->name);
    size_t count = json_array_size(value);
    if (count < member->least || count > member->most)
        return mash_why_set(why, MASH_E_VALUE, "%s.%s: has %zu elements, must have %llu to %llu", where,
                            member->name, count, (unsigned long long)member->least,
                            (unsigned long long)member->most);
    *member->list = value;
    return MASH_OK;
}

static enum mash_err
take(json_t *value, const char *where, const struct mash_json_member *member, const struct mash_why *why)
{
    if (member->text != NULL)
        return take_text(value, where, member, why);
    if (member->number != NULL)
        return take_number(value, where, member, why);
    if (member->list != NULL)
        return take_list(value, where, member, why);
    if (member->flag != NULL) {
        if (!json_is_boolean(value))
            return mash_why_set(why, MASH_E_FORMAT, "%s.%s: must be true or false", where, member->name);
        *member->flag = json_is_true(value);
        return MASH_OK;
    }
    if (!json_is_object(value))
        return mash_why_set(why, MASH_E_FORMAT, "%s.%s: must be an object {...}", where, member->name);
    *member->object = value;
    return MASH_OK;
}

static bool
is_listed(const char *name, const struct mash_json_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return true;
    return false;
}

enum mash_err
mash_json_members(json_t *value, const char *where, const struct mash_json_member *members, size_t count,
                  const struct mash_why *why)
{
    if (!json_is_object(value))
        return mash_why_set(why, MASH_E_FORMAT, "%s: must be an object {...}", where);
    const char *name;
    json_t *unused;
    json_object_foreach (value, name, unused)
        if (!is_listed(name, members, count))
            return mash_why_set(why, MASH_E_FORMAT, "%s: unknown member \"%.40s\"", where, name);

    for (size_t i = 0; i < count; i++) {
        json_t *found = json_object_get(value, members[i].name);
        enum mash_err err = MASH_OK;
        if (found != NULL)
            err = take(found, where, &members[i], why);
        else if (!members[i].optional)
            err = mash_why_set(why, MASH_E_FORMAT, "%s: member \"%s\" is missing", where, members[i].name);
        if (err != MASH_OK)
            return err;
    }
    return MASH_OK;
}
