/* SPDX-License-Identifier: Apache-2.0 */
/* registry_check.c - what must hold between the rows of a registry (registry.h): order for lookups, names
 * and keys unique, references resolved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bech32.h"
#include "proto/hash.h"
#include "proto/registry.h"

static int
compare_agency(const void *a, const void *b)
{
    const struct mash_agency *const *one = a;
    const struct mash_agency *const *two = b;
    return strcmp((*one)->id, (*two)->id);
}

static int
compare_mailbox(const void *a, const void *b)
{
    const struct mash_mailbox *one = a;
    const struct mash_mailbox *two = b;
    return strcmp(one->address, two->address);
}

static int
compare_installation(const void *a, const void *b)
{
    const struct mash_installation *one = a;
    const struct mash_installation *two = b;
    return memcmp(one->link_id.bytes, two->link_id.bytes, sizeof(one->link_id.bytes));
}

const struct mash_agency *
mash_registry_agency(const struct mash_registry *registry, const char *id)
{
    const struct mash_agency wanted = { .id = id };
    const struct mash_agency *key = &wanted;
    const struct mash_agency *const *found =
        bsearch(&key, registry->agencies_by_id, registry->n_agencies, sizeof(key), compare_agency);
    return found == NULL ? NULL : *found;
}

const struct mash_mailbox *
mash_registry_mailbox(const struct mash_registry *registry, const char *address)
{
    const struct mash_mailbox wanted = { .address = address };
    return bsearch(&wanted, registry->mailboxes, registry->n_mailboxes, sizeof(wanted), compare_mailbox);
}

static void
sort_rows(struct mash_registry *registry)
{
    for (size_t i = 0; i < registry->n_agencies; i++)
        registry->agencies_by_id[i] = &registry->agencies[i];
    qsort(registry->agencies_by_id, registry->n_agencies, sizeof(registry->agencies_by_id[0]), compare_agency);
    qsort(registry->mailboxes, registry->n_mailboxes, sizeof(registry->mailboxes[0]), compare_mailbox);
    qsort(registry->installations, registry->n_installations, sizeof(registry->installations[0]),
          compare_installation);
}

static enum mash_err
check_names(const struct mash_registry *registry, const struct mash_why *why)
{
    for (size_t i = 1; i < registry->n_agencies; i++)
        if (strcmp(registry->agencies_by_id[i]->id, registry->agencies_by_id[i - 1]->id) == 0)
            return mash_why_set(why, MASH_E_VALUE, "agency \"%s\" is listed twice", registry->agencies_by_id[i]->id);
    for (size_t i = 1; i < registry->n_mailboxes; i++)
        if (strcmp(registry->mailboxes[i].address, registry->mailboxes[i - 1].address) == 0)
            return mash_why_set(why, MASH_E_VALUE, "mailbox %s is listed twice", registry->mailboxes[i].address);
    for (size_t i = 1; i < registry->n_installations; i++)
        for (size_t j = 0; j < i; j++)
            if (registry->installations[i].agency == registry->installations[j].agency &&
                strcmp(registry->installations[i].id, registry->installations[j].id) == 0)
                return mash_why_set(why, MASH_E_VALUE, "installation \"%s\" of %s is listed twice",
                                    registry->installations[i].id, registry->installations[i].agency->id);
    for (size_t i = 1; i < registry->n_operators; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(registry->operators[i].id, registry->operators[j].id) == 0)
                return mash_why_set(why, MASH_E_VALUE, "operator \"%s\" is listed twice", registry->operators[i].id);
    return MASH_OK;
}

static enum mash_err
check_covers(const struct mash_registry *registry, const struct mash_why *why)
{
    for (size_t i = 0; i < registry->n_mailboxes; i++) {
        const struct mash_mailbox *mailbox = &registry->mailboxes[i];
        const char *cover = mailbox->cover;
        if (cover == NULL)
            continue;
        if (strcmp(cover, mailbox->address) == 0)
            return mash_why_set(why, MASH_E_VALUE, "mailbox %s covers for itself", cover);
        if (mash_registry_mailbox(registry, cover) == NULL)
            return mash_why_set(why, MASH_E_VALUE, "mailbox %s: its cover %s is not in the registry",
                                mailbox->address, cover);
    }
    return MASH_OK;
}

/* A public key wherever it is listed, and where that is. */
struct listed {
    struct mash_hash key; /* the 32 bytes themselves; the SHA-256 of a recipient of another type */
    enum mash_purpose purpose;
    const char *owner;
};

static int
compare_listed(const void *a, const void *b)
{
    const struct listed *one = a;
    const struct listed *two = b;
    return memcmp(one->key.bytes, two->key.bytes, sizeof(one->key.bytes));
}

static void
list_key(struct listed **at, enum mash_purpose purpose, const uint8_t *key, const char *owner)
{
    struct listed *listed = (*at)++;
    memcpy(listed->key.bytes, key, sizeof(listed->key.bytes));
    listed->purpose = purpose;
    listed->owner = owner;
}

static void
list_recipient(struct listed **at, const char *recipient, const char *owner)
{
    uint8_t key[MASH_RECIPIENT_TEXT_MAX];
    struct mash_span hrp;
    size_t len = 0;
    enum mash_err err = mash_bech32_decode(mash_span_str(recipient), &hrp, key, sizeof(key), &len);
    struct mash_hash digest = mash_hash_of(mash_span_str(recipient));
    bool raw = err == MASH_OK && len == sizeof(digest.bytes);
    list_key(at, MASH_PURPOSE_SEAL, raw ? key : digest.bytes, owner);
}

static size_t
list_all(const struct mash_registry *registry, const struct mash_note_key *governance, size_t n_governance,
         struct listed *list)
{
    struct listed *at = list;
    for (size_t i = 0; i < n_governance; i++)
        list_key(&at, MASH_PURPOSE_GOVERNANCE, governance[i].public, governance[i].name);
    for (size_t i = 0; i < registry->n_mailboxes; i++) {
        const struct mash_mailbox *mailbox = &registry->mailboxes[i];
        for (size_t j = 0; j < mailbox->n_seal_keys; j++)
            list_recipient(&at, mailbox->seal_keys[j].recipient, mailbox->address);
        for (size_t j = 0; j < mailbox->n_sign_keys; j++)
            list_key(&at, MASH_PURPOSE_SIGN, mailbox->sign_keys[j].key, mailbox->address);
    }
    for (size_t i = 0; i < registry->n_agencies; i++)
        if (registry->agencies[i].archive_key != NULL)
            list_recipient(&at, registry->agencies[i].archive_key, registry->agencies[i].id);
    for (size_t i = 0; i < registry->n_installations; i++) {
        list_key(&at, MASH_PURPOSE_LINK, registry->installations[i].link, registry->installations[i].id);
        list_key(&at, MASH_PURPOSE_WITNESS, registry->installations[i].witness, registry->installations[i].id);
    }
    for (size_t i = 0; i < registry->n_operators; i++)
        list_key(&at, MASH_PURPOSE_OPERATOR, registry->operators[i].key, registry->operators[i].id);
    if (registry->n_operators > 0) { /* a whole registry, not a request */
        list_key(&at, MASH_PURPOSE_LINK, registry->broker_link, "broker");
        list_key(&at, MASH_PURPOSE_LOG, registry->log_key, "broker");
    }
    return (size_t)(at - list);
}

/* One key, one purpose, one owner: compared by the key itself, since ids differ between purposes. */
static enum mash_err
check_keys(const struct mash_registry *registry, const struct mash_note_key *governance, size_t n_governance,
           const struct mash_why *why)
{
    size_t most = n_governance + registry->n_seal_keys + registry->n_sign_keys + registry->n_agencies +
                  2 * registry->n_installations + registry->n_operators + 2;
    struct listed *list = calloc(most, sizeof(*list));
    if (list == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = MASH_OK;
    size_t count = list_all(registry, governance, n_governance, list);
    qsort(list, count, sizeof(*list), compare_listed);
    for (size_t i = 1; i < count && err == MASH_OK; i++)
        if (mash_hash_equal(&list[i].key, &list[i - 1].key))
            err = mash_why_set(why, MASH_E_VALUE, "one key is listed twice: as %s key of %s and as %s key of %s",
                               mash_purpose_name(list[i - 1].purpose), list[i - 1].owner,
                               mash_purpose_name(list[i].purpose), list[i].owner);
    free(list);
    return err;
}

enum mash_err
mash_registry_check(struct mash_registry *registry, const struct mash_note_key *governance, size_t n_governance,
                    bool covers, const struct mash_why *why)
{
    sort_rows(registry);
    enum mash_err err = check_names(registry, why);
    if (err == MASH_OK && covers)
        err = check_covers(registry, why);
    return err == MASH_OK ? check_keys(registry, governance, n_governance, why) : err;
}
