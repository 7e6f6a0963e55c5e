/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c - see bundle.h: the bundle as a whole, signatures and lookups.  What stands in its files:
 * registry.c, agreement.c, clocks.c, calendar.c. */
#include "proto/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "proto/agreement.h"
#include "proto/bundle_write.h"
#include "proto/calendar.h"
#include "proto/note.h"

struct mash_bundle {
    struct mash_bytes note; /* as given */
    struct mash_bytes contents[MASH_BUNDLE_PARTS];
    struct mash_bundle_file files[MASH_BUNDLE_PARTS];
    struct mash_bundle_terms terms;
    struct mash_hash digest, governance;
    struct mash_registry registry;
    struct mash_clocks clocks;
    struct mash_agreement agreement;
    struct mash_calendar calendar;
};

/* ---- taking in ---- */

/* The part that file belongs to, or MASH_BUNDLE_PARTS. */
static int
part_of(const struct mash_bundle_file *file)
{
    int part = 0;
    while (part < MASH_BUNDLE_PARTS && strcmp(file->name, mash_bundle_part_name((enum mash_bundle_part)part)) != 0)
        part++;
    return part;
}

/* Copy the files, each exactly once. */
static enum mash_err
take_files(struct mash_bundle *bundle, const struct mash_bundle_file *files, size_t n_files,
           const struct mash_why *why)
{
    for (size_t i = 0; i < n_files; i++) {
        int part = part_of(&files[i]);
        if (part == MASH_BUNDLE_PARTS)
            return mash_why_set(why, MASH_E_FORMAT, "bundle: \"%.60s\" is not one of its files", files[i].name);
        if (bundle->files[part].name != NULL)
            return mash_why_set(why, MASH_E_FORMAT, "bundle: %s is there twice", files[i].name);
        if (files[i].content.len > MASH_BUNDLE_FILE_MAX)
            return mash_why_set(why, MASH_E_LIMIT, "%s: larger than %u bytes", files[i].name, MASH_BUNDLE_FILE_MAX);
        struct mash_bytes *content = &bundle->contents[part];
        *content = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
        enum mash_err err = mash_bytes_append(content, files[i].content.data, files[i].content.len);
        if (err != MASH_OK)
            return err;
        bundle->files[part].name = mash_bundle_part_name((enum mash_bundle_part)part);
        bundle->files[part].content = mash_bytes_span(content);
    }
    for (int part = 0; part < MASH_BUNDLE_PARTS; part++)
        if (bundle->files[part].name == NULL)
            return mash_why_set(why, MASH_E_FORMAT, "bundle: %s is missing",
                                mash_bundle_part_name((enum mash_bundle_part)part));
    return MASH_OK;
}

static enum mash_err
check_digests(const struct mash_bundle *bundle, const struct mash_why *why)
{
    for (int part = 0; part < MASH_BUNDLE_PARTS; part++) {
        struct mash_hash digest = mash_hash_of(bundle->files[part].content);
        if (!mash_hash_equal(&digest, &bundle->terms.files[part]))
            return mash_why_set(why, MASH_E_MISMATCH, "bundle: %s is not the file that was signed",
                                bundle->files[part].name);
    }
    return MASH_OK;
}

/* The order matters: the agreement refers to registry and clocks. */
static enum mash_err
read_files(struct mash_bundle *bundle, const struct mash_why *why)
{
    const struct mash_bundle_terms *terms = &bundle->terms;
    enum mash_err err = mash_registry_read(bundle->files[MASH_BUNDLE_REGISTRY].content, terms->partnership,
                                           terms->governance, terms->n_governance, &bundle->registry, why);
    if (err == MASH_OK)
        err = mash_clocks_read(bundle->files[MASH_BUNDLE_CLOCKS].content, &bundle->clocks, why);
    if (err == MASH_OK)
        err = mash_agreement_read(bundle->files[MASH_BUNDLE_AGREEMENT].content, &bundle->registry, &bundle->clocks,
                                  &bundle->agreement, why);
    if (err == MASH_OK)
        err = mash_calendar_read(bundle->files[MASH_BUNDLE_CALENDAR].content, &bundle->calendar, why);
    return err;
}

static enum mash_err
take_text(struct mash_bundle *bundle, struct mash_span text, const struct mash_why *why)
{
    enum mash_err err = mash_bundle_terms_read(text, &bundle->terms, why);
    bundle->digest = mash_hash_of(text);
    bundle->governance = mash_bundle_terms_governance(&bundle->terms);
    return err;
}

static enum mash_err
open_into(struct mash_bundle *bundle, struct mash_span note, const struct mash_bundle_file *files,
          size_t n_files, const struct mash_why *why)
{
    struct mash_note parsed;
    unsigned signatures = 0;
    bundle->note = mash_bytes_max(MASH_NOTE_MAX);
    enum mash_err err = mash_bytes_append(&bundle->note, note.data, note.len);
    if (err == MASH_OK)
        err = mash_note_parse(note, &parsed);
    if (err != MASH_OK)
        return mash_why_set(why, err, "bundle: the note is not a signed note");
    err = take_text(bundle, parsed.text, why);
    if (err != MASH_OK)
        return err;
    err = mash_bundle_signatures(note, &bundle->terms, &signatures);
    if (err != MASH_OK)
        return mash_why_set(why, err, "bundle: a governance signature does not verify");
    if (signatures < bundle->terms.threshold)
        return mash_why_set(why, MASH_E_SIGNATURE, "bundle: signed by %u governance keys, needs %u", signatures,
                            bundle->terms.threshold);
    err = take_files(bundle, files, n_files, why);
    if (err == MASH_OK)
        err = check_digests(bundle, why);
    return err == MASH_OK ? read_files(bundle, why) : err;
}

enum mash_err
mash_bundle_open(struct mash_span note, const struct mash_bundle_file *files, size_t n_files,
                 struct mash_bundle **ret_bundle, char *ret_why, size_t why_size)
{
    struct mash_why why = mash_why(ret_why, why_size);
    struct mash_bundle *bundle = calloc(1, sizeof(*bundle));
    if (bundle == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = open_into(bundle, note, files, n_files, &why);
    if (err == MASH_OK)
        *ret_bundle = bundle;
    else
        mash_bundle_close(&bundle);
    return err;
}

enum mash_err
mash_bundle_check(struct mash_span text, const struct mash_bundle_file *files, size_t n_files, char *ret_why,
                  size_t why_size)
{
    struct mash_why why = mash_why(ret_why, why_size);
    struct mash_bundle *bundle = calloc(1, sizeof(*bundle));
    if (bundle == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = take_text(bundle, text, &why);
    if (err == MASH_OK)
        err = take_files(bundle, files, n_files, &why);
    if (err == MASH_OK)
        err = check_digests(bundle, &why);
    if (err == MASH_OK)
        err = read_files(bundle, &why);
    mash_bundle_close(&bundle);
    return err;
}

void
mash_bundle_close(struct mash_bundle **bundle_p)
{
    struct mash_bundle *bundle = *bundle_p;
    if (bundle == NULL)
        return;
    mash_calendar_free(&bundle->calendar);
    mash_agreement_free(&bundle->agreement);
    mash_clocks_free(&bundle->clocks);
    mash_registry_free(&bundle->registry);
    for (int part = 0; part < MASH_BUNDLE_PARTS; part++)
        mash_bytes_free(&bundle->contents[part]);
    mash_bytes_free(&bundle->note);
    free(bundle);
    *bundle_p = NULL;
}

enum mash_err
mash_bundle_follows(const struct mash_bundle *current, const struct mash_bundle *next)
{
    unsigned signatures = 0;
    if (strcmp(current->terms.partnership, next->terms.partnership) != 0)
        return MASH_E_MISMATCH;
    if (current->terms.version == UINT32_MAX || next->terms.version != current->terms.version + 1)
        return MASH_E_VERSION;
    enum mash_err err = mash_bundle_signatures(mash_bytes_span(&next->note), &current->terms, &signatures);
    if (err != MASH_OK || signatures < current->terms.threshold)
        return MASH_E_SIGNATURE;
    return MASH_OK;
}

/* ---- what it says ---- */

const char *
mash_bundle_partnership(const struct mash_bundle *bundle)
{
    return bundle->terms.partnership;
}

uint32_t
mash_bundle_version(const struct mash_bundle *bundle)
{
    return bundle->terms.version;
}

const uint8_t *
mash_bundle_digest(const struct mash_bundle *bundle)
{
    return bundle->digest.bytes;
}

uint64_t
mash_bundle_issued_ms(const struct mash_bundle *bundle)
{
    return bundle->terms.issued_ms;
}

uint64_t
mash_bundle_renew_by_ms(const struct mash_bundle *bundle)
{
    return bundle->terms.renew_by_ms;
}

uint64_t
mash_bundle_expires_ms(const struct mash_bundle *bundle)
{
    return bundle->terms.expires_ms;
}

struct mash_span
mash_bundle_note(const struct mash_bundle *bundle)
{
    return mash_bytes_span(&bundle->note);
}

const struct mash_bundle_file *
mash_bundle_files(const struct mash_bundle *bundle, size_t *ret_count)
{
    *ret_count = MASH_BUNDLE_PARTS;
    return bundle->files;
}

const uint8_t *
mash_bundle_governance_digest(const struct mash_bundle *bundle)
{
    return bundle->governance.bytes;
}

const uint8_t *
mash_bundle_log_key(const struct mash_bundle *bundle)
{
    return bundle->registry.log_key;
}

const uint8_t *
mash_bundle_broker_link_key(const struct mash_bundle *bundle)
{
    return bundle->registry.broker_link;
}

const struct mash_agency *
mash_bundle_agency(const struct mash_bundle *bundle, const char *id)
{
    return mash_registry_agency(&bundle->registry, id);
}

const struct mash_mailbox *
mash_bundle_mailbox(const struct mash_bundle *bundle, const char *address)
{
    return mash_registry_mailbox(&bundle->registry, address);
}

const struct mash_mailbox *
mash_bundle_mailboxes(const struct mash_bundle *bundle, size_t *ret_count)
{
    *ret_count = bundle->registry.n_mailboxes;
    return bundle->registry.mailboxes;
}

static int
compare_link_id(const void *key, const void *row)
{
    const struct mash_key_id *id = key;
    const struct mash_installation *installation = row;
    return memcmp(id->bytes, installation->link_id.bytes, sizeof(id->bytes));
}

const struct mash_installation *
mash_bundle_installation(const struct mash_bundle *bundle, const struct mash_key_id *link_id)
{
    return bsearch(link_id, bundle->registry.installations, bundle->registry.n_installations,
                   sizeof(bundle->registry.installations[0]), compare_link_id);
}

const struct mash_installation *
mash_bundle_installations(const struct mash_bundle *bundle, size_t *ret_count)
{
    *ret_count = bundle->registry.n_installations;
    return bundle->registry.installations;
}

const struct mash_operator *
mash_bundle_operator(const struct mash_bundle *bundle, const struct mash_key_id *key_id)
{
    for (size_t i = 0; i < bundle->registry.n_operators; i++)
        if (memcmp(bundle->registry.operators[i].key_id.bytes, key_id->bytes, sizeof(key_id->bytes)) == 0)
            return &bundle->registry.operators[i];
    return NULL;
}

const struct mash_sign_key *
mash_mailbox_sign_key(const struct mash_mailbox *mailbox, struct mash_span key_id)
{
    for (size_t i = 0; i < mailbox->n_sign_keys; i++)
        if (mash_span_equal(mash_span(mailbox->sign_keys[i].id.bytes, MASH_KEY_ID_BYTES), key_id))
            return &mailbox->sign_keys[i];
    return NULL;
}

const struct mash_seal_key *
mash_mailbox_seal_key(const struct mash_mailbox *mailbox, struct mash_span key_id)
{
    for (size_t i = 0; i < mailbox->n_seal_keys; i++)
        if (mash_span_equal(mash_span(mailbox->seal_keys[i].id.bytes, MASH_KEY_ID_BYTES), key_id))
            return &mailbox->seal_keys[i];
    return NULL;
}

const struct mash_type_rule *
mash_bundle_type_rule(const struct mash_bundle *bundle, const char *type)
{
    return mash_clocks_rule(&bundle->clocks, type);
}

const uint32_t *
mash_bundle_holidays(const struct mash_bundle *bundle, size_t *ret_count)
{
    *ret_count = bundle->calendar.n_holidays;
    return bundle->calendar.holidays;
}

bool
mash_bundle_may_send(const struct mash_bundle *bundle, const struct mash_mailbox *from,
                     const struct mash_mailbox *to, const char *type, const char **ret_basis)
{
    *ret_basis = mash_agreement_basis(&bundle->agreement, from, to, type);
    return *ret_basis != NULL;
}

bool
mash_valid_at(uint64_t valid_from_ms, uint64_t valid_to_ms, uint64_t now_ms)
{
    return now_ms >= valid_from_ms && (valid_to_ms == 0 || now_ms < valid_to_ms);
}
