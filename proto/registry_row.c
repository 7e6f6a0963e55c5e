/* SPDX-License-Identifier: Apache-2.0 */
/* registry_row.c - one agency of a registry: its members, mailboxes, keys and installations (registry.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/bech32.h"
#include "proto/hex.h"
#include "proto/hours.h"
#include "proto/json_read.h"
#include "proto/registry.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char must_name[] = "a name (a-z, 0-9 and inner -, first a letter)";
static const char must_phone[] = "a phone number";
static const char must_time[] = "a time like 2026-11-22T00:00:00Z";
static const char must_key[] = "a key of 64 lower-case hex digits";
static const char must_recipient[] = "an age recipient (age1...)";

static bool
time_ok(const char *text)
{
    uint64_t ms;
    return mash_json_time(text, &ms);
}

static bool
hex_key_ok(const char *text)
{
    uint8_t key[MASH_PUBLIC_KEY_BYTES];
    return mash_hex_parse(mash_span_str(text), key, sizeof(key)) == MASH_OK;
}

/* An age recipient by its form; of a type this program need not know, so that a registry may hold keys
 * that only newer programs use. */
static bool
recipient_ok(const char *text)
{
    uint8_t key[MASH_RECIPIENT_TEXT_MAX];
    struct mash_span hrp;
    size_t len;
    if (mash_bech32_decode(mash_span_str(text), &hrp, key, sizeof(key), &len) != MASH_OK)
        return false;
    if (mash_span_equal(hrp, mash_span_str("age")))
        return len == MASH_PUBLIC_KEY_BYTES;
    return hrp.len > 4 && memcmp(hrp.data, "age1", 4) == 0;
}

static bool
address_ok(const char *text)
{
    struct mash_address address;
    return mash_address_parse(text, &address) == MASH_OK;
}

/* Check functions have let it through already. */
static void
read_key(const char *text, uint8_t ret_key[static MASH_PUBLIC_KEY_BYTES])
{
    if (mash_hex_parse(mash_span_str(text), ret_key, MASH_PUBLIC_KEY_BYTES) != MASH_OK)
        memset(ret_key, 0, MASH_PUBLIC_KEY_BYTES);
}

/* "from" and "to" of a key: members to put at the end of a table, and what they say. */
struct dates {
    const char *from, *to;
};

static void
date_members(struct dates *dates, struct mash_json_member members[static 2])
{
    members[0] = (struct mash_json_member){
        .name = "from", .text = &dates->from, .max = 20, .check = time_ok, .must = must_time
    };
    members[1] = members[0];
    members[1].name = "to";
    members[1].text = &dates->to;
    members[1].optional = true;
}

static enum mash_err
take_dates(const struct dates *dates, const char *where, uint64_t *ret_from_ms, uint64_t *ret_to_ms,
           const struct mash_why *why)
{
    *ret_from_ms = 0;
    *ret_to_ms = 0;
    if (dates->from != NULL)
        (void)mash_json_time(dates->from, ret_from_ms);
    if (dates->to != NULL)
        (void)mash_json_time(dates->to, ret_to_ms);
    if (dates->to != NULL && *ret_to_ms <= *ret_from_ms)
        return mash_why_set(why, MASH_E_VALUE, "%s: \"to\" is not after \"from\"", where);
    return MASH_OK;
}

static enum mash_err
take_seal(json_t *value, bool dated, const char *where, struct mash_seal_key *key, const struct mash_why *why)
{
    struct dates dates = { NULL, NULL };
    struct mash_json_member members[] = {
        { .name = "key", .text = &key->recipient, .max = MASH_RECIPIENT_TEXT_MAX, .check = recipient_ok,
          .must = must_recipient },
        { .name = "recovery", .flag = &key->recovery, .optional = true },
        { .name = NULL },
        { .name = NULL },
    };
    date_members(&dates, members + 2);
    enum mash_err err = mash_json_members(value, where, members, dated ? 4 : 2, why);
    if (err != MASH_OK)
        return err;
    mash_key_id(MASH_PURPOSE_SEAL, mash_span_str(key->recipient), &key->id);
    return take_dates(&dates, where, &key->valid_from_ms, &key->valid_to_ms, why);
}

/* ["send", "collect", "act"], each at most once. */
static enum mash_err
take_may(json_t *list, const char *where, unsigned *ret_may, const struct mash_why *why)
{
    static const struct right {
        const char *name;
        enum mash_may may;
    } rights[] = { { "send", MASH_MAY_SEND }, { "collect", MASH_MAY_COLLECT }, { "act", MASH_MAY_ACT } };
    unsigned may = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        unsigned found = 0;
        for (size_t j = 0; j < COUNT(rights); j++)
            if (name != NULL && strcmp(name, rights[j].name) == 0)
                found = rights[j].may;
        if (found == 0 || (may & found) != 0)
            return mash_why_set(why, MASH_E_VALUE, "%s.may: must be of \"send\", \"collect\", \"act\", each once",
                                where);
        may |= found;
    }
    *ret_may = may;
    return MASH_OK;
}

static enum mash_err
take_sign(json_t *value, bool dated, const char *where, struct mash_sign_key *key, const struct mash_why *why)
{
    struct dates dates = { NULL, NULL };
    const char *text = NULL;
    json_t *may = NULL;
    struct mash_json_member members[] = {
        { .name = "key", .text = &text, .max = 64, .check = hex_key_ok, .must = must_key },
        { .name = "may", .list = &may, .least = 1, .most = 3 },
        { .name = NULL },
        { .name = NULL },
    };
    date_members(&dates, members + 2);
    enum mash_err err = mash_json_members(value, where, members, dated ? 4 : 2, why);
    if (err == MASH_OK)
        err = take_may(may, where, &key->may, why);
    if (err != MASH_OK)
        return err;
    read_key(text, key->key);
    mash_key_id(MASH_PURPOSE_SIGN, mash_span(key->key, sizeof(key->key)), &key->id);
    return take_dates(&dates, where, &key->valid_from_ms, &key->valid_to_ms, why);
}

static enum mash_err
take_mailbox_keys(struct mash_registry *registry, struct mash_mailbox *mailbox, json_t *seal, json_t *sign,
                  bool dated, const char *where, const struct mash_why *why)
{
    char place[MASH_JSON_WHERE_SIZE];
    bool readable = false;
    enum mash_err err = MASH_OK;
    mailbox->seal_keys = registry->seal_keys + registry->n_seal_keys;
    mailbox->n_seal_keys = json_array_size(seal);
    for (size_t i = 0; i < mailbox->n_seal_keys && err == MASH_OK; i++) {
        struct mash_seal_key *key = &registry->seal_keys[registry->n_seal_keys++];
        mash_json_element(place, where, "seal", i);
        err = take_seal(json_array_get(seal, i), dated, place, key, why);
        readable |= !key->recovery;
    }
    if (err == MASH_OK && !readable)
        err = mash_why_set(why, MASH_E_VALUE, "%s.seal: has recovery keys only, so nobody could read", where);
    mailbox->sign_keys = registry->sign_keys + registry->n_sign_keys;
    mailbox->n_sign_keys = json_array_size(sign);
    for (size_t i = 0; i < mailbox->n_sign_keys && err == MASH_OK; i++) {
        mash_json_element(place, where, "sign", i);
        err = take_sign(json_array_get(sign, i), dated, place, &registry->sign_keys[registry->n_sign_keys++], why);
    }
    return err;
}

static enum mash_err
take_mailbox(struct mash_registry *registry, const struct mash_agency *agency, json_t *value, bool dated,
             const char *where, const struct mash_why *why)
{
    struct mash_mailbox *mailbox = &registry->mailboxes[registry->n_mailboxes];
    const char *id = NULL;
    uint64_t schema_max = 1;
    json_t *seal = NULL, *sign = NULL;
    const struct mash_json_member members[] = {
        { .name = "id", .text = &id, .max = MASH_NAME_MAX, .check = mash_name_ok, .must = must_name },
        { .name = "name", .text = &mailbox->name, .max = MASH_LINE_MAX },
        { .name = "phone", .text = &mailbox->phone, .max = 40, .check = mash_phone_ok, .must = must_phone },
        { .name = "hours", .text = &mailbox->hours, .max = 300, .check = mash_hours_ok,
          .must = "\"24h\" or hours like \"mon-fri 09:00-17:00\"" },
        { .name = "cover", .text = &mailbox->cover, .max = MASH_ADDRESS_MAX, .check = address_ok,
          .must = "an address agency/mailbox@partnership", .optional = true },
        { .name = "schema_max", .number = &schema_max, .least = 1, .most = 255, .optional = true },
        { .name = "seal", .list = &seal, .least = 1, .most = MASH_SEAL_KEYS_MAX },
        { .name = "sign", .list = &sign, .least = 1, .most = MASH_SIGN_KEYS_MAX },
    };
    enum mash_err err = mash_json_members(value, where, members, COUNT(members), why);
    if (err != MASH_OK)
        return err;
    char *address = registry->addresses[registry->n_mailboxes];
    (void)snprintf(address, sizeof(registry->addresses[0]), "%s/%s@%s", agency->id, id, registry->partnership);
    mailbox->address = address;
    mailbox->agency = agency;
    mailbox->schema_max = (unsigned)schema_max;
    registry->n_mailboxes++;
    return take_mailbox_keys(registry, mailbox, seal, sign, dated, where, why);
}

static enum mash_err
take_installation(struct mash_registry *registry, const struct mash_agency *agency, json_t *value, bool dated,
                  const char *where, const struct mash_why *why)
{
    struct mash_installation *installation = &registry->installations[registry->n_installations];
    const char *link = NULL, *witness = NULL;
    struct dates dates = { NULL, NULL };
    struct mash_json_member members[] = {
        { .name = "id", .text = &installation->id, .max = MASH_NAME_MAX, .check = mash_name_ok,
          .must = must_name },
        { .name = "link", .text = &link, .max = 64, .check = hex_key_ok, .must = must_key },
        { .name = "witness", .text = &witness, .max = 64, .check = hex_key_ok, .must = must_key },
        { .name = NULL },
        { .name = NULL },
    };
    date_members(&dates, members + 3);
    enum mash_err err = mash_json_members(value, where, members, dated ? 5 : 3, why);
    if (err != MASH_OK)
        return err;
    read_key(link, installation->link);
    read_key(witness, installation->witness);
    mash_key_id(MASH_PURPOSE_LINK, mash_span(installation->link, sizeof(installation->link)),
                &installation->link_id);
    installation->agency = agency;
    registry->n_installations++;
    return take_dates(&dates, where, &installation->valid_from_ms, &installation->valid_to_ms, why);
}

static enum mash_err
take_lists(struct mash_registry *registry, const struct mash_agency *agency, json_t *mailboxes,
           json_t *installations, bool dated, const char *where, const struct mash_why *why)
{
    char place[MASH_JSON_WHERE_SIZE];
    enum mash_err err = MASH_OK;
    for (size_t i = 0; i < json_array_size(mailboxes) && err == MASH_OK; i++) {
        mash_json_element(place, where, "mailboxes", i);
        err = take_mailbox(registry, agency, json_array_get(mailboxes, i), dated, place, why);
    }
    for (size_t i = 0; i < json_array_size(installations) && err == MASH_OK; i++) {
        mash_json_element(place, where, "installations", i);
        err = take_installation(registry, agency, json_array_get(installations, i), dated, place, why);
    }
    return err;
}

enum mash_err
mash_registry_add(struct mash_registry *registry, json_t *fields, json_t *holder, bool dated, const char *where,
                  const struct mash_why *why)
{
    struct mash_agency *agency = &registry->agencies[registry->n_agencies];
    json_t *mailboxes = json_object_get(holder, "mailboxes");
    json_t *installations = json_object_get(holder, "installations");
    const struct mash_json_member members[] = {
        { .name = "id", .text = &agency->id, .max = MASH_NAME_MAX, .check = mash_name_ok, .must = must_name },
        { .name = "name", .text = &agency->name, .max = MASH_LINE_MAX },
        { .name = "kind", .text = &agency->kind, .max = MASH_NAME_MAX, .check = mash_name_ok,
          .must = "a kind like police or social-care" },
        { .name = "overdue_role", .text = &agency->overdue_role, .max = MASH_LINE_MAX },
        { .name = "overdue_phone", .text = &agency->overdue_phone, .max = 40, .check = mash_phone_ok,
          .must = must_phone },
        { .name = "archive_key", .text = &agency->archive_key, .max = MASH_RECIPIENT_TEXT_MAX,
          .check = recipient_ok, .must = must_recipient, .optional = true },
        { .name = "mailboxes", .list = &mailboxes, .least = 1, .most = MASH_MAILBOXES_MAX },
        { .name = "installations", .list = &installations, .most = MASH_INSTALLATIONS_MAX },
    };
    size_t own = fields == holder ? COUNT(members) : COUNT(members) - 2; /* a request keeps its lists apart */
    enum mash_err err = mash_json_members(fields, where, members, own, why);
    if (err != MASH_OK)
        return err;
    registry->n_agencies++;
    return take_lists(registry, agency, mailboxes, installations, dated, where, why);
}

enum mash_err
mash_registry_room(struct mash_registry *registry, json_t *const *holders, size_t count)
{
    size_t mailboxes = 0, seal_keys = 0, sign_keys = 0, installations = 0;
    for (size_t i = 0; i < count; i++) {
        json_t *list = json_object_get(holders[i], "mailboxes");
        mailboxes += json_array_size(list);
        installations += json_array_size(json_object_get(holders[i], "installations"));
        for (size_t j = 0; j < json_array_size(list); j++) {
            seal_keys += json_array_size(json_object_get(json_array_get(list, j), "seal"));
            sign_keys += json_array_size(json_object_get(json_array_get(list, j), "sign"));
        }
    }
    /* one more of each, so that nothing is ever NULL */
    registry->agencies = calloc(count + 1, sizeof(*registry->agencies));
    registry->agencies_by_id = calloc(count + 1, sizeof(*registry->agencies_by_id));
    registry->mailboxes = calloc(mailboxes + 1, sizeof(*registry->mailboxes));
    registry->addresses = calloc(mailboxes + 1, sizeof(*registry->addresses));
    registry->seal_keys = calloc(seal_keys + 1, sizeof(*registry->seal_keys));
    registry->sign_keys = calloc(sign_keys + 1, sizeof(*registry->sign_keys));
    registry->installations = calloc(installations + 1, sizeof(*registry->installations));
    if (registry->agencies == NULL || registry->agencies_by_id == NULL || registry->mailboxes == NULL ||
        registry->addresses == NULL || registry->seal_keys == NULL || registry->sign_keys == NULL ||
        registry->installations == NULL)
        return MASH_E_NOMEM;
    return MASH_OK;
}

void
mash_registry_free(struct mash_registry *registry)
{
    free(registry->agencies);
    free(registry->agencies_by_id);
    free(registry->mailboxes);
    free(registry->addresses);
    free(registry->seal_keys);
    free(registry->sign_keys);
    free(registry->installations);
    free(registry->operators);
    json_decref(registry->root);
    *registry = (struct mash_registry){ 0 };
}
