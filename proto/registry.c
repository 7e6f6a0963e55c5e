/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - registry.json as a whole: broker, operators, agencies (registry.h). */
#include "proto/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/hex.h"
#include "proto/json_read.h"

#define WHERE "registry.json"

static enum mash_err
take_key(const char *text, const char *where, uint8_t ret_key[static MASH_PUBLIC_KEY_BYTES],
         const struct mash_why *why)
{
    if (mash_hex_parse(mash_span_str(text), ret_key, MASH_PUBLIC_KEY_BYTES) != MASH_OK)
        return mash_why_set(why, MASH_E_VALUE, "%s: is not a key of 64 lower-case hex digits", where);
    return MASH_OK;
}

static enum mash_err
take_broker(struct mash_registry *registry, json_t *broker, const struct mash_why *why)
{
    const char *link = NULL, *log = NULL;
    const struct mash_json_member members[] = {
        { .name = "link", .text = &link, .max = 64 },
        { .name = "log", .text = &log, .max = 64 },
    };
    enum mash_err err = mash_json_members(broker, WHERE ": broker", members, 2, why);
    if (err == MASH_OK)
        err = take_key(link, WHERE ": broker.link", registry->broker_link, why);
    return err == MASH_OK ? take_key(log, WHERE ": broker.log", registry->log_key, why) : err;
}

static enum mash_err
take_operators(struct mash_registry *registry, json_t *operators, const struct mash_why *why)
{
    size_t count = json_array_size(operators);
    registry->operators = calloc(count, sizeof(*registry->operators));
    if (registry->operators == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct mash_operator *operator = &registry->operators[i];
        char where[MASH_JSON_WHERE_SIZE];
        const char *key = NULL;
        const struct mash_json_member members[] = {
            { .name = "id", .text = &operator->id, .max = MASH_NAME_MAX, .check = mash_name_ok,
              .must = "a name (a-z, 0-9 and inner -)" },
            { .name = "key", .text = &key, .max = 64 },
        };
        (void)snprintf(where, sizeof(where), WHERE ": operators[%zu]", i);
        enum mash_err err = mash_json_members(json_array_get(operators, i), where, members, 2, why);
        if (err == MASH_OK)
            err = take_key(key, where, operator->key, why);
        if (err != MASH_OK)
            return err;
        mash_key_id(MASH_PURPOSE_OPERATOR, mash_span(operator->key, sizeof(operator->key)), &operator->key_id);
        registry->n_operators++;
    }
    return MASH_OK;
}

static enum mash_err
take_agencies(struct mash_registry *registry, json_t *agencies, const struct mash_why *why)
{
    size_t count = json_array_size(agencies);
    json_t **holders = calloc(count + 1, sizeof(json_t *));
    if (holders == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        holders[i] = json_array_get(agencies, i);
    enum mash_err err = mash_registry_room(registry, holders, count);
    for (size_t i = 0; i < count && err == MASH_OK; i++) {
        char where[MASH_JSON_WHERE_SIZE];
        (void)snprintf(where, sizeof(where), WHERE ": agencies[%zu]", i);
        err = mash_registry_add(registry, holders[i], holders[i], true, where, why);
    }
    free(holders);
    return err;
}

enum mash_err
mash_registry_read(struct mash_span in, const char *partnership, const struct mash_note_key *governance,
                   size_t n_governance, struct mash_registry *ret_registry, const struct mash_why *why)
{
    struct mash_registry registry = { 0 };
    const char *format = NULL;
    json_t *broker = NULL, *operators = NULL, *agencies = NULL;
    const struct mash_json_member members[] = {
        { .name = "format", .text = &format, .max = 40 },
        { .name = "broker", .object = &broker },
        { .name = "operators", .list = &operators, .least = 1, .most = MASH_OPERATORS_MAX },
        { .name = "agencies", .list = &agencies, .most = MASH_AGENCIES_MAX },
    };
    (void)snprintf(registry.partnership, sizeof(registry.partnership), "%s", partnership);
    enum mash_err err = mash_json_parse(in, "mash/registry/v1", WHERE, &registry.root, why);
    if (err == MASH_OK)
        err = mash_json_members(registry.root, WHERE, members, sizeof(members) / sizeof(members[0]), why);
    if (err == MASH_OK)
        err = take_broker(&registry, broker, why);
    if (err == MASH_OK)
        err = take_operators(&registry, operators, why);
    if (err == MASH_OK)
        err = take_agencies(&registry, agencies, why);
    if (err == MASH_OK)
        err = mash_registry_check(&registry, governance, n_governance, true, why);
    if (err != MASH_OK) {
        mash_registry_free(&registry);
        return err;
    }
    *ret_registry = registry;
    return MASH_OK;
}
