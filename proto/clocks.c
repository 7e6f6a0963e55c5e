/* SPDX-License-Identifier: Apache-2.0 */
/* clocks.c - see clocks.h. */
#include "proto/clocks.h"

#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/json_read.h"

#define WHERE "clocks.json"
#define SECONDS_MAX (366ull * 24u * 3600u)

static bool
when_stale_ok(const char *text)
{
    return strcmp(text, "send") == 0 || strcmp(text, "hold") == 0;
}

static enum mash_err
take_rule(json_t *value, const char *where, struct mash_type_rule *rule, const struct mash_why *why)
{
    const char *when_stale = NULL;
    uint64_t receipt = 0, collect = 0, acknowledge = 0, immediate_collect = 0, immediate_acknowledge = 0;
    const struct mash_json_member members[] = {
        { .name = "type", .text = &rule->type, .max = MASH_TYPE_MAX, .check = mash_type_ok,
          .must = "a type (A-Z, 0-9, _ and -)" },
        { .name = "when_stale", .text = &when_stale, .max = 8, .check = when_stale_ok,
          .must = "\"send\" or \"hold\"" },
        { .name = "receipt_within_s", .number = &receipt, .least = 1, .most = SECONDS_MAX },
        { .name = "collect_within_s", .number = &collect, .least = 1, .most = SECONDS_MAX },
        { .name = "acknowledge_within_s", .number = &acknowledge, .least = 1, .most = SECONDS_MAX },
        { .name = "immediate_collect_within_s", .number = &immediate_collect, .least = 1, .most = SECONDS_MAX },
        { .name = "immediate_acknowledge_within_s", .number = &immediate_acknowledge, .least = 1,
          .most = SECONDS_MAX },
    };
    enum mash_err err = mash_json_members(value, where, members, sizeof(members) / sizeof(members[0]), why);
    if (err != MASH_OK)
        return err;
    rule->when_stale_send = strcmp(when_stale, "send") == 0;
    rule->receipt_within_s = (uint32_t)receipt;
    rule->collect_within_s = (uint32_t)collect;
    rule->acknowledge_within_s = (uint32_t)acknowledge;
    rule->immediate_collect_within_s = (uint32_t)immediate_collect;
    rule->immediate_acknowledge_within_s = (uint32_t)immediate_acknowledge;
    return MASH_OK;
}

static enum mash_err
take_rules(struct mash_clocks *clocks, json_t *list, const struct mash_why *why)
{
    size_t count = json_array_size(list);
    clocks->rules = calloc(count, sizeof(*clocks->rules));
    if (clocks->rules == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        char where[MASH_JSON_WHERE_SIZE];
        struct mash_type_rule rule = { 0 };
        mash_json_element(where, WHERE, "types", i);
        enum mash_err err = take_rule(json_array_get(list, i), where, &rule, why);
        if (err == MASH_OK && mash_clocks_rule(clocks, rule.type) != NULL)
            err = mash_why_set(why, MASH_E_VALUE, WHERE ": type %s is listed twice", rule.type);
        if (err != MASH_OK)
            return err;
        clocks->rules[clocks->n_rules++] = rule;
    }
    return MASH_OK;
}

enum mash_err
mash_clocks_read(struct mash_span in, struct mash_clocks *ret_clocks, const struct mash_why *why)
{
    struct mash_clocks clocks = { NULL, NULL, 0 };
    const char *format = NULL;
    json_t *types = NULL;
    const struct mash_json_member members[] = {
        { .name = "format", .text = &format, .max = 40 },
        { .name = "types", .list = &types, .least = 1, .most = MASH_TYPES_MAX },
    };
    enum mash_err err = mash_json_parse(in, "mash/clocks/v1", WHERE, &clocks.root, why);
    if (err == MASH_OK)
        err = mash_json_members(clocks.root, WHERE, members, 2, why);
    if (err == MASH_OK)
        err = take_rules(&clocks, types, why);
    if (err == MASH_OK)
        *ret_clocks = clocks;
    else
        mash_clocks_free(&clocks);
    return err;
}

void
mash_clocks_free(struct mash_clocks *clocks)
{
    free(clocks->rules);
    json_decref(clocks->root);
    *clocks = (struct mash_clocks){ NULL, NULL, 0 };
}

const struct mash_type_rule *
mash_clocks_rule(const struct mash_clocks *clocks, const char *type)
{
    for (size_t i = 0; i < clocks->n_rules; i++)
        if (strcmp(clocks->rules[i].type, type) == 0)
            return &clocks->rules[i];
    return NULL;
}
