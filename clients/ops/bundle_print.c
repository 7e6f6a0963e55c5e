/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_print.c - a bundle in words, for who is about to sign or publish it (bundle_folder.h). */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "clients/ops/bundle_folder.h"
#include "proto/hex.h"
#include "proto/identifier.h"
#include "proto/note.h"
#include "proto/registry.h"

static void
print_digest(const char *label, const struct mash_hash *digest)
{
    char text[2 * MASH_HASH_BYTES + 1];
    mash_hex_text(mash_hash_span(digest), text);
    printf("%s: %s\n", label, text);
}

static const char *
signature_word(const struct mash_note *note, const struct mash_note_key *key)
{
    struct mash_note_verdict verdict;
    if (note == NULL)
        return "not signed";
    switch (mash_note_verify(note, key, 1, &verdict)) {
    case MASH_OK:
        return "signed";
    case MASH_E_UNKNOWN:
        return "not signed";
    default:
        return "WRONG SIGNATURE";
    }
}

static void
print_governance(const struct mash_bundle_folder *folder)
{
    struct mash_note parsed;
    const struct mash_bundle_terms *terms = &folder->terms;
    bool has_note = folder->note.len > 0 && mash_note_parse(mash_bytes_span(&folder->note), &parsed) == MASH_OK;
    printf("governance: %u of %zu must sign\n", terms->threshold, terms->n_governance);
    for (size_t i = 0; i < terms->n_governance; i++)
        printf("  %-40s %s\n", terms->governance[i].name,
               signature_word(has_note ? &parsed : NULL, &terms->governance[i]));
    struct mash_hash pin = mash_bundle_terms_governance(terms);
    print_digest("governance pin", &pin);
}

static void
print_mailbox(const struct mash_mailbox *mailbox)
{
    printf("    %s: %s, tel. %s, %s%s%s\n", mailbox->address, mailbox->name, mailbox->phone, mailbox->hours,
           mailbox->cover != NULL ? ", cover " : "", mailbox->cover != NULL ? mailbox->cover : "");
    for (size_t i = 0; i < mailbox->n_seal_keys; i++)
        printf("      seal %s%s\n", mailbox->seal_keys[i].recipient,
               mailbox->seal_keys[i].recovery ? " (recovery)" : "");
    for (size_t i = 0; i < mailbox->n_sign_keys; i++) {
        const struct mash_sign_key *key = &mailbox->sign_keys[i];
        char id[33];
        mash_key_id_text(&key->id, id);
        printf("      sign %s%s%s%s\n", id, key->may & MASH_MAY_SEND ? " send" : "",
               key->may & MASH_MAY_COLLECT ? " collect" : "", key->may & MASH_MAY_ACT ? " act" : "");
    }
}

static void
print_agencies(const struct mash_registry *registry, bool all)
{
    printf("agencies: %zu\n", registry->n_agencies);
    for (size_t i = 0; i < registry->n_agencies; i++) {
        const struct mash_agency *agency = registry->agencies_by_id[i];
        size_t mailboxes = 0, installations = 0;
        for (size_t j = 0; j < registry->n_mailboxes; j++)
            mailboxes += registry->mailboxes[j].agency == agency;
        for (size_t j = 0; j < registry->n_installations; j++)
            installations += registry->installations[j].agency == agency;
        printf("  %s (%s): %s; mailboxes: %zu, installations: %zu; overdue: %s, tel. %s\n", agency->id, agency->kind,
               agency->name, mailboxes, installations, agency->overdue_role, agency->overdue_phone);
        for (size_t j = 0; all && j < registry->n_mailboxes; j++)
            if (registry->mailboxes[j].agency == agency)
                print_mailbox(&registry->mailboxes[j]);
    }
}

static json_t *
find_agency(json_t *registry, const char *id)
{
    json_t *agencies = json_object_get(registry, "agencies");
    for (size_t i = 0; i < json_array_size(agencies); i++) {
        json_t *agency = json_array_get(agencies, i);
        const char *found = json_string_value(json_object_get(agency, "id"));
        if (found != NULL && strcmp(found, id) == 0)
            return agency;
    }
    return NULL;
}

/* Agencies of one registry that the other has not, or has otherwise. */
static void
print_agency_changes(json_t *one, json_t *other, const char *missing, const char *different)
{
    json_t *agencies = json_object_get(one, "agencies");
    for (size_t i = 0; i < json_array_size(agencies); i++) {
        json_t *agency = json_array_get(agencies, i);
        const char *id = json_string_value(json_object_get(agency, "id"));
        json_t *twin = id != NULL ? find_agency(other, id) : NULL;
        if (id != NULL && twin == NULL)
            printf("  agency %s: %s\n", id, missing);
        else if (id != NULL && different != NULL && !json_equal(agency, twin))
            printf("  agency %s: %s\n", id, different);
    }
}

static json_t *
parse_registry(const struct mash_bundle_folder *folder)
{
    struct mash_span text = folder->files[MASH_BUNDLE_REGISTRY].content;
    return json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
}

static void
print_changes(const struct mash_bundle_folder *folder, const struct mash_bundle_folder *previous)
{
    printf("changed since version %u:\n", previous->terms.version);
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++)
        if (!mash_hash_equal(&folder->terms.files[i], &previous->terms.files[i]))
            printf("  %s\n", folder->files[i].name);
    struct mash_hash now = mash_bundle_terms_governance(&folder->terms);
    struct mash_hash before = mash_bundle_terms_governance(&previous->terms);
    if (!mash_hash_equal(&now, &before))
        printf("  THE GOVERNANCE KEYS OR THEIR THRESHOLD: %u of the version before must sign too\n",
               previous->terms.threshold);
    json_t *new_registry = parse_registry(folder);
    json_t *old_registry = parse_registry(previous);
    print_agency_changes(new_registry, old_registry, "new", "changed");
    print_agency_changes(old_registry, new_registry, "REMOVED", NULL);
    json_decref(new_registry);
    json_decref(old_registry);
}

void
mash_bundle_folder_print(const struct mash_bundle_folder *folder, const struct mash_bundle_folder *previous, bool all)
{
    const struct mash_bundle_terms *terms = &folder->terms;
    char issued[21], renew_by[21], expires[21], why_text[300];
    struct mash_why why = mash_why(why_text, sizeof(why_text));
    struct mash_registry registry;
    mash_time_text(terms->issued_ms, issued);
    mash_time_text(terms->renew_by_ms, renew_by);
    mash_time_text(terms->expires_ms, expires);
    printf("bundle %u of partnership %s\n", terms->version, terms->partnership);
    printf("issued %s, renew by %s, expires %s\n", issued, renew_by, expires);
    struct mash_hash digest = mash_hash_of(mash_bytes_span(&folder->text));
    print_digest("digest", &digest);
    print_governance(folder);
    if (previous != NULL)
        print_changes(folder, previous);
    if (mash_registry_read(folder->files[MASH_BUNDLE_REGISTRY].content, terms->partnership, terms->governance,
                           terms->n_governance, &registry, &why) == MASH_OK) {
        print_agencies(&registry, all);
        mash_registry_free(&registry);
    } else {
        printf("agencies: cannot be read: %s\n", why_text);
    }
}
