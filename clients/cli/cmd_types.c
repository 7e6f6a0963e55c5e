/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_types.c - `mash-client types`: what can be sent, and what goes into it, from the catalogue alone: each
 * field with its label, whether it is required, and the codes that are allowed. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"
#include "proto/catalogue.h"

#define DEPTH_MAX 4 /* groups inside groups */

static const char doc[] =
    "List the types of notice; with TYPE, its fields and their codes.\v"
    "Examples:\n"
    "  mash-client types\n"
    "  mash-client types MISSING_CHILD\n"
    "  mash-client types REFERRAL --json\n\n"
    "A field of the first child is given to `send` as subjects.1.given_name=Sam, or in the JSON of --content.\n";

struct types {
    struct shared shared;
    const char *name;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct types *types = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &types->shared; return 0;
    case ARGP_KEY_ARG:
        if (types->name != NULL)
            argp_usage(state);
        types->name = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char *
kind_name(enum mash_field_kind kind)
{
    static const char *const names[] = {
        [MASH_FIELD_TEXT] = "text", [MASH_FIELD_PROSE] = "free text", [MASH_FIELD_DATE] = "date YYYY-MM-DD",
        [MASH_FIELD_TIME] = "time RFC 3339 with offset", [MASH_FIELD_CODE] = "code", [MASH_FIELD_NUMBER] = "number",
        [MASH_FIELD_NHS] = "NHS number", [MASH_FIELD_UPN] = "unique pupil number", [MASH_FIELD_GROUP] = "group",
    };
    return names[kind];
}

static const char *
need_name(const struct mash_field_rule *rule)
{
    return (rule->flags & MASH_RULE_REQUIRED) != 0 ? "required" : (rule->flags & MASH_RULE_WANTED) != 0 ? "wanted"
                                                                                                        : "optional";
}

/* The part behind a group's field, or NULL; ret_many: it is a list, numbered from 1. */
static const struct mash_part *
part_of(const ProtobufCMessageDescriptor *message, const struct mash_field_rule *rule, bool *ret_many)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, rule->field);
    *ret_many = field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED;
    return field != NULL && rule->kind == MASH_FIELD_GROUP ? mash_part_find(field->descriptor) : NULL;
}

/* ---- words ---- */

static void
print_codes(const char *name, int indent)
{
    const struct mash_code_list *list = name != NULL ? mash_code_list(name) : NULL;
    for (size_t i = 0; list != NULL && i < list->n_codes; i++)
        printf("%*s%s  %s\n", indent, "", list->codes[i].code, list->codes[i].label);
}

static void
print_rules(const ProtobufCMessageDescriptor *message, const struct mash_field_rule *rules, size_t n, int depth)
{
    for (size_t i = 0; i < n && depth < DEPTH_MAX; i++) {
        bool many = false;
        const struct mash_part *part = part_of(message, &rules[i], &many);
        printf("%*s%s%s: %s; %s%s%s; %s%s\n", 2 * depth, "", rules[i].field, many ? ".N" : "", rules[i].label,
               need_name(&rules[i]), rules[i].when != NULL ? " when " : "", rules[i].when != NULL ? rules[i].when : "",
               kind_name(rules[i].kind), (rules[i].flags & MASH_RULE_NOT_KNOWN) != 0 ? ", or \"not known\"" : "");
        print_codes(rules[i].codes, 2 * depth + 6);
        if (part != NULL)
            print_rules(part->message, part->rules, part->n_rules, depth + 1);
    }
}

static void
print_type(const struct mash_type *type)
{
    printf("%s - %s\n%s\n\nFields:\n", type->name, type->label, type->about);
    print_rules(type->content, type->rules, type->n_rules, 1);
    printf("\nOutcomes for `decide`:\n");
    print_codes(type->outcomes, 6);
}

/* ---- JSON ---- */

static json_t *
codes_json(const char *name)
{
    const struct mash_code_list *list = name != NULL ? mash_code_list(name) : NULL;
    json_t *object = json_object();
    for (size_t i = 0; list != NULL && i < list->n_codes; i++)
        (void)json_object_set_new(object, list->codes[i].code, json_string(list->codes[i].label));
    return object;
}

static json_t *
rules_json(const ProtobufCMessageDescriptor *message, const struct mash_field_rule *rules, size_t n, int depth)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n && depth < DEPTH_MAX; i++) {
        bool many = false;
        const struct mash_part *part = part_of(message, &rules[i], &many);
        json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "field", rules[i].field, "label",
                                   rules[i].label, "kind", kind_name(rules[i].kind), "need", need_name(&rules[i]),
                                   "when", rules[i].when != NULL ? rules[i].when : "", "list", many, "not_known",
                                   (rules[i].flags & MASH_RULE_NOT_KNOWN) != 0);
        if (rules[i].codes != NULL)
            (void)json_object_set_new(object, "codes", codes_json(rules[i].codes));
        if (part != NULL)
            (void)json_object_set_new(object, "fields",
                                      rules_json(part->message, part->rules, part->n_rules, depth + 1));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *
type_json(const struct mash_type *type, bool fields)
{
    json_t *object = json_pack("{s:s, s:s, s:s}", "name", type->name, "label", type->label, "about", type->about);
    if (fields) {
        (void)json_object_set_new(object, "fields", rules_json(type->content, type->rules, type->n_rules, 0));
        (void)json_object_set_new(object, "outcomes", codes_json(type->outcomes));
    }
    return object;
}

/* ---- the command ---- */

static int
list_types(bool json)
{
    size_t count = 0;
    const struct mash_type *const *all = mash_types(&count);
    json_t *list = json ? json_array() : NULL;
    for (size_t i = 0; i < count; i++) {
        if (json)
            (void)json_array_append_new(list, type_json(all[i], false));
        else
            printf("%-16s  %s: %s\n", all[i]->name, all[i]->label, all[i]->about);
    }
    return !json || print_json(list) ? EX_OK : EX_IOERR;
}

int
cmd_types(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, "[TYPE]", doc, shared_children, NULL, NULL };
    struct types types = { .name = NULL };
    if (argp_parse(&argp, argc, argv, 0, NULL, &types) != 0)
        return EX_USAGE;
    if (types.name == NULL)
        return list_types(types.shared.json);
    const struct mash_type *type = mash_type_find(types.name);
    if (type == NULL) {
        fprintf(stderr, "mash-client: %s is not a type of the catalogue: `mash-client types` lists them\n", types.name);
        return EX_DATAERR;
    }
    if (types.shared.json)
        return print_json(type_json(type, true)) ? EX_OK : EX_IOERR;
    print_type(type);
    return EX_OK;
}
