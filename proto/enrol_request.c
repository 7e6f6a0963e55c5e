/* SPDX-License-Identifier: Apache-2.0 */
/* enrol_request.c - see enrol_request.h. */
#include "proto/enrol_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/hex.h"
#include "proto/json_read.h"
#include "proto/registry.h"

#define FORMAT "mash/request/v1"
#define WHERE "request"

/* What mash_enrol_request_read() gives: the public part first, then what it borrows from. */
struct held {
    struct mash_enrol_request request;
    struct mash_registry registry;
};

/* ---- writing ---- */

static json_t *
hex_json(const uint8_t key[static MASH_PUBLIC_KEY_BYTES])
{
    char text[2 * MASH_PUBLIC_KEY_BYTES + 1];
    mash_hex_text(mash_span(key, MASH_PUBLIC_KEY_BYTES), text);
    return json_string(text);
}

/* Append row, or give the whole list up: a request is never written with a row missing. */
static void
append_row(json_t **list, json_t *row)
{
    if (json_array_append_new(*list, row) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

static json_t *
seal_json(const struct mash_mailbox *mailbox)
{
    json_t *list = json_array();
    for (size_t i = 0; i < mailbox->n_seal_keys; i++)
        append_row(&list, json_pack("{s:s, s:b}", "key", mailbox->seal_keys[i].recipient, "recovery",
                                    (int)mailbox->seal_keys[i].recovery));
    return list;
}

static json_t *
sign_json(const struct mash_mailbox *mailbox)
{
    json_t *list = json_array();
    for (size_t i = 0; i < mailbox->n_sign_keys; i++) {
        const struct mash_sign_key *key = &mailbox->sign_keys[i];
        json_t *may = json_array();
        if ((key->may & MASH_MAY_SEND) != 0)
            (void)json_array_append_new(may, json_string("send"));
        if ((key->may & MASH_MAY_COLLECT) != 0)
            (void)json_array_append_new(may, json_string("collect"));
        if ((key->may & MASH_MAY_ACT) != 0)
            (void)json_array_append_new(may, json_string("act"));
        append_row(&list, json_pack("{s:o, s:o}", "key", hex_json(key->key), "may", may));
    }
    return list;
}

/* The mailbox's own name, when its address belongs to this request. */
static enum mash_err
own_mailbox(const struct mash_enrol_request *request, const struct mash_mailbox *mailbox,
            struct mash_address *ret_address, const struct mash_why *why)
{
    enum mash_err err = mash_address_parse(mailbox->address, ret_address);
    if (err == MASH_OK && (strcmp(ret_address->agency, request->agency.id) != 0 ||
                           strcmp(ret_address->partnership, request->partnership) != 0))
        err = MASH_E_VALUE;
    if (err != MASH_OK)
        return mash_why_set(why, err, "\"%.200s\" is not an address of %s in partnership %s", mailbox->address,
                            request->agency.id, request->partnership);
    return MASH_OK;
}

static enum mash_err
mailboxes_json(const struct mash_enrol_request *request, json_t *list, const struct mash_why *why)
{
    for (size_t i = 0; i < request->n_mailboxes; i++) {
        const struct mash_mailbox *mailbox = &request->mailboxes[i];
        struct mash_address address;
        enum mash_err err = own_mailbox(request, mailbox, &address, why);
        if (err != MASH_OK)
            return err;
        json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s*, s:i, s:o, s:o}", "id", address.mailbox, "name",
                                mailbox->name, "phone", mailbox->phone, "hours", mailbox->hours, "cover",
                                mailbox->cover, "schema_max", (int)(mailbox->schema_max ? mailbox->schema_max : 1),
                                "seal", seal_json(mailbox), "sign", sign_json(mailbox));
        if (json_array_append_new(list, row) != 0)
            return mash_why_set(why, MASH_E_VALUE, "mailbox %s: a text is missing or not UTF-8", mailbox->address);
    }
    return MASH_OK;
}

static json_t *
installations_json(const struct mash_enrol_request *request)
{
    json_t *list = json_array();
    for (size_t i = 0; i < request->n_installations; i++) {
        const struct mash_installation *row = &request->installations[i];
        append_row(&list, json_pack("{s:s, s:o, s:o}", "id", row->id, "link", hex_json(row->link), "witness",
                                    hex_json(row->witness)));
    }
    return list;
}

enum mash_err
mash_enrol_request_write(const struct mash_enrol_request *request, struct mash_bytes *ret_text, char *ret_why,
                         size_t why_size)
{
    struct mash_why why = mash_why(ret_why, why_size);
    const struct mash_agency *agency = &request->agency;
    struct mash_enrol_request *check = NULL;
    char *text = NULL;
    json_t *root = NULL;
    json_t *mailboxes = json_array();
    enum mash_err err = mailboxes_json(request, mailboxes, &why);
    if (err != MASH_OK) {
        json_decref(mailboxes);
        goto out;
    }
    root = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s*}, s:o, s:o}", "format", FORMAT, "partnership",
                     request->partnership, "agency", "id", agency->id, "name", agency->name, "kind", agency->kind,
                     "overdue_role", agency->overdue_role, "overdue_phone", agency->overdue_phone, "archive_key",
                     agency->archive_key, "mailboxes", mailboxes, "installations", installations_json(request));
    text = root == NULL ? NULL : json_dumps(root, JSON_INDENT(2));
    if (text == NULL) {
        err = mash_why_set(&why, MASH_E_VALUE, "a text is missing or not UTF-8");
        goto out;
    }
    err = mash_enrol_request_read(mash_span_str(text), &check, ret_why, why_size);
    if (err == MASH_OK)
        err = mash_bytes_appendf(ret_text, "%s\n", text);
out:
    mash_enrol_request_free(&check);
    free(text);
    json_decref(root);
    return err;
}

/* ---- reading ---- */

static enum mash_err
read_held(struct held *held, struct mash_span text, const struct mash_why *why)
{
    struct mash_registry *registry = &held->registry;
    const char *format = NULL;
    json_t *agency = NULL, *mailboxes = NULL, *installations = NULL;
    const struct mash_json_member members[] = {
        { .name = "format", .text = &format, .max = 40 },
        { .name = "partnership", .text = &held->request.partnership, .max = MASH_NAME_MAX,
          .check = mash_partnership_ok, .must = "a partnership's name" },
        { .name = "agency", .object = &agency },
        { .name = "mailboxes", .list = &mailboxes, .least = 1, .most = MASH_MAILBOXES_MAX },
        { .name = "installations", .list = &installations, .least = 1, .most = MASH_INSTALLATIONS_MAX },
    };
    enum mash_err err = mash_json_parse(text, FORMAT, WHERE, &registry->root, why);
    if (err == MASH_OK)
        err = mash_json_members(registry->root, WHERE, members, sizeof(members) / sizeof(members[0]), why);
    if (err != MASH_OK)
        return err;
    (void)snprintf(registry->partnership, sizeof(registry->partnership), "%s", held->request.partnership);
    err = mash_registry_room(registry, &registry->root, 1);
    if (err == MASH_OK)
        err = mash_registry_add(registry, agency, registry->root, false, WHERE, why);
    return err == MASH_OK ? mash_registry_check(registry, NULL, 0, false, why) : err;
}

enum mash_err
mash_enrol_request_read(struct mash_span text, struct mash_enrol_request **ret_request, char *ret_why,
                        size_t why_size)
{
    struct mash_why why = mash_why(ret_why, why_size);
    struct held *held = calloc(1, sizeof(*held));
    if (held == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = read_held(held, text, &why);
    struct mash_enrol_request *request = &held->request;
    if (err != MASH_OK) {
        mash_enrol_request_free(&request);
        return err;
    }
    request->agency = held->registry.agencies[0];
    request->mailboxes = held->registry.mailboxes;
    request->n_mailboxes = held->registry.n_mailboxes;
    request->installations = held->registry.installations;
    request->n_installations = held->registry.n_installations;
    *ret_request = request;
    return MASH_OK;
}

void
mash_enrol_request_free(struct mash_enrol_request **request_p)
{
    struct held *held = (struct held *)*request_p; /* its first member */
    if (held != NULL)
        mash_registry_free(&held->registry);
    free(held);
    *request_p = NULL;
}

enum mash_err
mash_enrol_request_words(struct mash_span text, char *ret_words, size_t size)
{
    struct mash_why nobody = mash_why(NULL, 0);
    json_t *root = NULL;
    enum mash_err err = mash_json_parse(text, FORMAT, WHERE, &root, &nobody);
    if (err != MASH_OK)
        return err == MASH_E_NOMEM ? err : MASH_E_FORMAT;
    char *canonical = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    json_decref(root);
    if (canonical == NULL)
        return MASH_E_NOMEM;
    mash_fingerprint_words(mash_span_str(canonical), ret_words, size);
    free(canonical);
    return MASH_OK;
}
