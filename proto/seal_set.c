/* SPDX-License-Identifier: Apache-2.0 */
/* seal_set.c - see seal_set.h. */
#include "proto/seal_set.h"

static enum mash_err
set_add(struct mash_seal_set *set, const char *recipient)
{
    struct mash_span text = mash_span_str(recipient);
    for (size_t i = 0; i < set->count; i++)
        if (mash_span_equal(set->recipients[i], text))
            return MASH_OK;
    if (set->count == MASH_STANZAS_MAX)
        return MASH_E_LIMIT;
    set->recipients[set->count++] = text;
    return MASH_OK;
}

static enum mash_err
add_listed(struct mash_seal_set *set, const struct mash_mailbox *mailbox, const Mash__Recipient *row)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < row->n_seal_key_ids; i++) {
        const struct mash_seal_key *key = mash_mailbox_seal_key(mailbox, mash_field_span(row->seal_key_ids[i]));
        if (key == NULL)
            return MASH_E_UNKNOWN;
        err = set_add(set, key->recipient);
    }
    return err;
}

static enum mash_err
add_own(struct mash_seal_set *set, const struct mash_mailbox *sender, uint64_t created_ms)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < sender->n_seal_keys; i++) {
        const struct mash_seal_key *key = &sender->seal_keys[i];
        if (mash_valid_at(key->valid_from_ms, key->valid_to_ms, created_ms))
            err = set_add(set, key->recipient);
    }
    return err;
}

static enum mash_err
add_archive(struct mash_seal_set *set, const struct mash_mailbox *mailbox)
{
    return mailbox->agency->archive_key != NULL ? set_add(set, mailbox->agency->archive_key) : MASH_OK;
}

bool
mash_seal_key_may(const struct mash_seal_key *key, uint64_t at_ms)
{
    return key->valid_from_ms <= at_ms + MASH_AHEAD_FLAG_MS &&
           (key->valid_to_ms == 0 || key->valid_to_ms + MASH_AHEAD_FLAG_MS > at_ms);
}

bool
mash_seal_key_must(const struct mash_seal_key *key, uint64_t at_ms)
{
    return key->valid_from_ms + MASH_AHEAD_FLAG_MS <= at_ms &&
           (key->valid_to_ms == 0 || key->valid_to_ms > at_ms + MASH_AHEAD_FLAG_MS);
}

enum mash_err
mash_seal_set_of(const struct mash_bundle *bundle, const Mash__Manifest *manifest, struct mash_seal_set *ret_set,
                 const char **ret_recipient)
{
    struct mash_seal_set set = { 0 };
    const char *at_fault = NULL;
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < manifest->n_recipients; i++) {
        at_fault = manifest->recipients[i]->mailbox;
        const struct mash_mailbox *mailbox = mash_bundle_mailbox(bundle, at_fault);
        err = mailbox == NULL ? MASH_E_UNKNOWN
                              : add_listed(&set, mailbox, manifest->recipients[i]);
    }
    if (err == MASH_OK) {
        at_fault = NULL;
        const struct mash_mailbox *sender = mash_bundle_mailbox(bundle, manifest->from);
        err = sender == NULL ? MASH_E_UNKNOWN : add_own(&set, sender, manifest->created_ms);
        if (err == MASH_OK)
            err = add_archive(&set, sender);
    }
    for (size_t i = 0; err == MASH_OK && i < manifest->n_recipients; i++)
        err = add_archive(&set, mash_bundle_mailbox(bundle, manifest->recipients[i]->mailbox));
    if (err == MASH_OK)
        *ret_set = set;
    else if (ret_recipient != NULL)
        *ret_recipient = at_fault;
    return err;
}
