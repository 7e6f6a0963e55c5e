/* SPDX-License-Identifier: Apache-2.0 */
/* content_check.c - contents against the rules of their type (content.h): the check before sealing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/content_tree.h"
#include "proto/findings.h"
#include "proto/identifier.h"

#define NOT_KNOWN "not known"
#define LINE_MAX_CHARS 500u   /* a one-line text */
#define PROSE_MAX_CHARS 60000u

struct check {
    struct mash_findings *findings;
    struct mash_content_summary *summary;
};

/* Where a rule is being applied: one message, and how people name it. */
struct spot {
    const ProtobufCMessage *message;
    char path[96];      /* of the field */
    uint32_t subject;   /* 1.. inside `subjects`, else 0 */
};

/* "field=a|b": does the field of this message have one of the values? */
static bool
holds(const ProtobufCMessage *message, const char *when)
{
    if (when == NULL)
        return true;
    const char *equals = strchr(when, '=');
    char name[40];
    (void)snprintf(name, sizeof(name), "%.*s", (int)(equals - when), when);
    const char *value = mash_content_value(message, name);
    size_t len = strlen(value);
    for (const char *at = equals + 1; len > 0;) {
        size_t part = strcspn(at, "|");
        if (part == len && memcmp(at, value, len) == 0)
            return true;
        if (at[part] == '\0')
            break;
        at += part + 1;
    }
    return false;
}

static void
name_codes(const struct mash_code_list *list, bool not_known, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->n_codes && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", list->codes[i].code);
    if (not_known && used < size)
        (void)snprintf(out + used, size - used, ", \"" NOT_KNOWN "\"");
}

static void
add_board_code(struct check *check, const struct mash_field_rule *rule, const struct spot *spot, const char *value)
{
    struct mash_content_summary *summary = check->summary;
    if (summary->n_codes == sizeof(summary->codes) / sizeof(summary->codes[0]))
        return;
    struct mash_board_code *code = &summary->codes[summary->n_codes++];
    (void)snprintf(code->list, sizeof(code->list), "%s", rule->codes);
    (void)snprintf(code->value, sizeof(code->value), "%s", strcmp(value, NOT_KNOWN) == 0 ? "not-known" : value);
    code->subject = spot->subject;
}

static void
check_code(struct check *check, const struct mash_field_rule *rule, const struct spot *spot, const char *value)
{
    const struct mash_code_list *list = mash_code_list(rule->codes);
    if (mash_code_find(list, value) == NULL) {
        char allowed[480];
        name_codes(list, (rule->flags & MASH_RULE_NOT_KNOWN) != 0, allowed, sizeof(allowed));
        mash_findings_add(check->findings, false, spot->path, "%s: \"%.40s\" is not one of %s", rule->label, value,
                          allowed);
        return;
    }
    if ((rule->flags & MASH_RULE_BOARD) != 0)
        add_board_code(check, rule, spot, value);
}

static void
check_text(struct check *check, const struct mash_field_rule *rule, const struct spot *spot, const char *value)
{
    size_t max = rule->kind == MASH_FIELD_PROSE ? PROSE_MAX_CHARS : LINE_MAX_CHARS;
    if (strlen(value) > max)
        mash_findings_add(check->findings, false, spot->path, "%s: longer than %zu bytes", rule->label, max);
    else if (rule->kind != MASH_FIELD_PROSE && strpbrk(value, "\n\t") != NULL)
        mash_findings_add(check->findings, false, spot->path, "%s: must be one line", rule->label);
}

static void
check_time(struct check *check, const struct mash_field_rule *rule, const struct spot *spot, const char *value)
{
    uint64_t ms;
    if (!mash_time_parse(value, &ms)) {
        mash_findings_add(check->findings, false, spot->path,
                          "%s: \"%.40s\" is not a time like 2026-11-22T14:05:00Z or 2026-07-01T09:30:00+01:00",
                          rule->label, value);
    } else if ((rule->flags & MASH_RULE_EVENT) != 0 && check->summary->event_ms == 0) {
        check->summary->event_ms = ms;
    }
}

static void
check_value(struct check *check, const struct mash_field_rule *rule, const struct spot *spot, const char *value)
{
    if ((rule->flags & MASH_RULE_NOT_KNOWN) != 0 && strcmp(value, NOT_KNOWN) == 0) {
        if ((rule->flags & MASH_RULE_BOARD) != 0)
            add_board_code(check, rule, spot, value);
        return;
    }
    switch (rule->kind) {
    case MASH_FIELD_CODE:
        check_code(check, rule, spot, value);
        break;
    case MASH_FIELD_DATE:
        if (!mash_date_ok(value))
            mash_findings_add(check->findings, false, spot->path, "%s: \"%.40s\" is not a date like 2017-03-09%s",
                              rule->label, value,
                              (rule->flags & MASH_RULE_NOT_KNOWN) != 0 ? " or \"" NOT_KNOWN "\"" : "");
        break;
    case MASH_FIELD_TIME:
        check_time(check, rule, spot, value);
        break;
    case MASH_FIELD_NUMBER:
        if (strspn(value, "0123456789") != strlen(value) || strlen(value) > 9)
            mash_findings_add(check->findings, false, spot->path, "%s: \"%.40s\" is not a number", rule->label, value);
        break;
    case MASH_FIELD_NHS:
        if (!mash_nhs_number_ok(value))
            mash_findings_add(check->findings, true, spot->path, "%s: the check digit is wrong", rule->label);
        break;
    case MASH_FIELD_UPN:
        if (!mash_upn_ok(value))
            mash_findings_add(check->findings, true, spot->path, "%s: the check letter is wrong", rule->label);
        break;
    case MASH_FIELD_TEXT:
    case MASH_FIELD_PROSE:
        check_text(check, rule, spot, value);
        break;
    case MASH_FIELD_GROUP:
        break;
    }
}

static void
check_absent(struct check *check, const struct mash_field_rule *rule, const struct spot *spot)
{
    if (!holds(spot->message, rule->when))
        return;
    const char *instead = (rule->flags & MASH_RULE_NOT_KNOWN) != 0 ? " (\"" NOT_KNOWN "\" is allowed)" : "";
    char allowed[480] = "";
    if (rule->kind == MASH_FIELD_CODE)
        name_codes(mash_code_list(rule->codes), false, allowed, sizeof(allowed));
    if ((rule->flags & MASH_RULE_REQUIRED) != 0)
        mash_findings_add(check->findings, false, spot->path, "%s: required%s%s%s", rule->label, instead,
                          allowed[0] != '\0' ? "; one of " : "", allowed);
    else if ((rule->flags & MASH_RULE_WANTED) != 0)
        mash_findings_add(check->findings, true, spot->path, "%s: missing%s", rule->label, instead);
}

static void check_field(struct check *check, const struct mash_field_rule *rule, const struct spot *spot);

/* The fields of one element of a group. */
static void
check_element(struct check *check, const ProtobufCMessage *element, const struct spot *spot)
{
    const struct mash_part *part = mash_part_find(element->descriptor);
    for (size_t i = 0; i < part->n_rules; i++) {
        struct spot inner = { element, "", spot->subject };
        (void)snprintf(inner.path, sizeof(inner.path), "%s.%s", spot->path, part->rules[i].field);
        check_field(check, &part->rules[i], &inner);
    }
}

static void
check_group(struct check *check, const struct mash_field_rule *rule, const struct spot *spot,
            const ProtobufCFieldDescriptor *field)
{
    bool subjects = strcmp(rule->field, "subjects") == 0;
    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    size_t count = mash_content_count(spot->message, field);
    if (subjects && count > MASH_SUBJECTS_MAX)
        mash_findings_add(check->findings, false, spot->path, "%s: %zu given, at most %u allowed", rule->label, count,
                          MASH_SUBJECTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct spot element = { NULL, "", subjects ? (uint32_t)i + 1 : 0 };
        if (list)
            (void)snprintf(element.path, sizeof(element.path), "%s.%zu", rule->field, i + 1);
        else
            (void)snprintf(element.path, sizeof(element.path), "%s", rule->field);
        check_element(check, mash_content_message(spot->message, field, i), &element);
    }
}

/* Apply a rule to its field in one message. */
static void
check_field(struct check *check, const struct mash_field_rule *rule, const struct spot *spot)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(spot->message->descriptor, rule->field);
    size_t count = mash_content_count(spot->message, field);
    if (count == 0) {
        check_absent(check, rule, spot);
        return;
    }
    if (rule->kind == MASH_FIELD_GROUP) {
        check_group(check, rule, spot, field);
        return;
    }
    for (size_t i = 0; i < count; i++)
        check_value(check, rule, spot, mash_content_string(spot->message, field, i));
}

static int
compare_codes(const void *left, const void *right)
{
    const struct mash_board_code *a = left;
    const struct mash_board_code *b = right;
    int order = strcmp(a->list, b->list);
    if (order == 0)
        order = (a->subject > b->subject) - (a->subject < b->subject);
    return order != 0 ? order : strcmp(a->value, b->value);
}

/* The manifest wants its codes in order and once. */
static void
sort_codes(struct mash_content_summary *summary)
{
    qsort(summary->codes, summary->n_codes, sizeof(summary->codes[0]), compare_codes);
    size_t kept = 0;
    for (size_t i = 0; i < summary->n_codes; i++)
        if (kept == 0 || compare_codes(&summary->codes[kept - 1], &summary->codes[i]) != 0)
            summary->codes[kept++] = summary->codes[i];
    summary->n_codes = kept;
}

static uint32_t
count_subjects(const ProtobufCMessage *content)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(content->descriptor, "subjects");
    size_t count = field != NULL ? mash_content_count(content, field) : 0;
    return count > 0 ? (uint32_t)count : 1;
}

enum mash_err
mash_content_check(const struct mash_type *type, struct mash_span content, struct mash_findings *findings,
                   struct mash_content_summary *ret_summary)
{
    ProtobufCMessage *message = NULL;
    enum mash_err err = mash_message_decode(type->content, content, &message);
    if (err != MASH_OK)
        return err;

    struct mash_content_summary summary = { 0 };
    struct check check = { findings, &summary };
    size_t errors_before = findings->n_errors;
    for (size_t i = 0; i < type->n_rules; i++) {
        struct spot spot = { message, "", 0 };
        (void)snprintf(spot.path, sizeof(spot.path), "%s", type->rules[i].field);
        check_field(&check, &type->rules[i], &spot);
    }
    summary.subject_count = count_subjects(message);
    sort_codes(&summary);
    mash_message_free(&message);
    if (findings->n_errors > errors_before)
        return MASH_E_VALUE;
    *ret_summary = summary;
    return MASH_OK;
}
