/* SPDX-License-Identifier: Apache-2.0 */
/* agreement.c - see agreement.h.  A party is a text: "*", "kind:police", "agency:leics-police" or
 * "mailbox:leics-police/ppu@llr". */
#include "proto/agreement.h"

#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/json_read.h"

#define WHERE "agreement.json"
#define BASIS_MAX 300u

struct mash_agreement_rule {
    json_t *types, *from, *to; /* lists of texts, checked */
    const char *basis;
};

/* What follows prefix in text, or NULL. */
static const char *
after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* Does the party name something?  Kinds need no agency yet: a rule may stand before the first enrols. */
static bool
party_known(const char *party, const struct mash_registry *registry)
{
    const char *name;
    if (strcmp(party, "*") == 0)
        return true;
    if ((name = after(party, "kind:")) != NULL)
        return mash_name_ok(name);
    if ((name = after(party, "agency:")) != NULL)
        return mash_registry_agency(registry, name) != NULL;
    if ((name = after(party, "mailbox:")) != NULL)
        return mash_registry_mailbox(registry, name) != NULL;
    return false;
}

static bool
party_is(const char *party, const struct mash_mailbox *mailbox)
{
    const char *name;
    if (strcmp(party, "*") == 0)
        return true;
    if ((name = after(party, "kind:")) != NULL)
        return strcmp(name, mailbox->agency->kind) == 0;
    if ((name = after(party, "agency:")) != NULL)
        return strcmp(name, mailbox->agency->id) == 0;
    if ((name = after(party, "mailbox:")) != NULL)
        return strcmp(name, mailbox->address) == 0;
    return false;
}

static enum mash_err
check_parties(json_t *list, const struct mash_registry *registry, const char *where, const char *side,
              const struct mash_why *why)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *party = json_string_value(json_array_get(list, i));
        if (party == NULL || !party_known(party, registry))
            return mash_why_set(why, MASH_E_VALUE,
                                "%s.%s[%zu]: is not \"*\", kind:NAME, or an agency:ID or mailbox:ADDRESS of the "
                                "registry",
                                where, side, i);
    }
    return MASH_OK;
}

static enum mash_err
check_types(json_t *list, const struct mash_clocks *clocks, const char *where, const struct mash_why *why)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *type = json_string_value(json_array_get(list, i));
        if (type == NULL || mash_clocks_rule(clocks, type) == NULL)
            return mash_why_set(why, MASH_E_VALUE, "%s.types[%zu]: is not a type of clocks.json", where, i);
    }
    return MASH_OK;
}

static enum mash_err
take_rule(json_t *value, const struct mash_registry *registry, const struct mash_clocks *clocks,
          const char *where, struct mash_agreement_rule *rule, const struct mash_why *why)
{
    const struct mash_json_member members[] = {
        { .name = "types", .list = &rule->types, .least = 1, .most = MASH_TYPES_MAX },
        { .name = "from", .list = &rule->from, .least = 1, .most = MASH_PARTIES_MAX },
        { .name = "to", .list = &rule->to, .least = 1, .most = MASH_PARTIES_MAX },
        { .name = "basis", .text = &rule->basis, .max = BASIS_MAX },
    };
    enum mash_err err = mash_json_members(value, where, members, sizeof(members) / sizeof(members[0]), why);
    if (err == MASH_OK)
        err = check_types(rule->types, clocks, where, why);
    if (err == MASH_OK)
        err = check_parties(rule->from, registry, where, "from", why);
    return err == MASH_OK ? check_parties(rule->to, registry, where, "to", why) : err;
}

enum mash_err
mash_agreement_read(struct mash_span in, const struct mash_registry *registry, const struct mash_clocks *clocks,
                    struct mash_agreement *ret_agreement, const struct mash_why *why)
{
    struct mash_agreement agreement = { NULL, NULL, 0 };
    const char *format = NULL;
    json_t *rules = NULL;
    const struct mash_json_member members[] = {
        { .name = "format", .text = &format, .max = 40 },
        { .name = "rules", .list = &rules, .most = MASH_RULES_MAX },
    };
    enum mash_err err = mash_json_parse(in, "mash/agreement/v1", WHERE, &agreement.root, why);
    if (err == MASH_OK)
        err = mash_json_members(agreement.root, WHERE, members, 2, why);
    size_t count = json_array_size(rules);
    if (err == MASH_OK && (agreement.rules = calloc(count + 1, sizeof(*agreement.rules))) == NULL)
        err = MASH_E_NOMEM;
    for (size_t i = 0; i < count && err == MASH_OK; i++) {
        char where[MASH_JSON_WHERE_SIZE];
        mash_json_element(where, WHERE, "rules", i);
        err = take_rule(json_array_get(rules, i), registry, clocks, where, &agreement.rules[i], why);
        agreement.n_rules = i + 1;
    }
    if (err == MASH_OK)
        *ret_agreement = agreement;
    else
        mash_agreement_free(&agreement);
    return err;
}

void
mash_agreement_free(struct mash_agreement *agreement)
{
    free(agreement->rules);
    json_decref(agreement->root);
    *agreement = (struct mash_agreement){ NULL, NULL, 0 };
}

static bool
lists_type(json_t *types, const char *type)
{
    for (size_t i = 0; i < json_array_size(types); i++)
        if (strcmp(json_string_value(json_array_get(types, i)), type) == 0)
            return true;
    return false;
}

static bool
lists_mailbox(json_t *parties, const struct mash_mailbox *mailbox)
{
    for (size_t i = 0; i < json_array_size(parties); i++)
        if (party_is(json_string_value(json_array_get(parties, i)), mailbox))
            return true;
    return false;
}

const char *
mash_agreement_basis(const struct mash_agreement *agreement, const struct mash_mailbox *from,
                     const struct mash_mailbox *to, const char *type)
{
    for (size_t i = 0; i < agreement->n_rules; i++) {
        const struct mash_agreement_rule *rule = &agreement->rules[i];
        if (lists_type(rule->types, type) && lists_mailbox(rule->from, from) && lists_mailbox(rule->to, to))
            return rule->basis;
    }
    return NULL;
}
