/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_write.c - see bundle_write.h. */
#include "proto/bundle_write.h"

#include <string.h>

#include "proto/note.h"

static const struct mash_bundle_file *
find_file(const struct mash_bundle_file *files, size_t n_files, const char *name)
{
    for (size_t i = 0; i < n_files; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}

enum mash_err
mash_bundle_write(struct mash_bundle_terms *terms, const struct mash_bundle_file *files, size_t n_files,
                  struct mash_bytes *ret_text, char *ret_why, size_t why_size)
{
    struct mash_why why = mash_why(ret_why, why_size);
    for (int part = 0; part < MASH_BUNDLE_PARTS; part++) {
        const char *name = mash_bundle_part_name((enum mash_bundle_part)part);
        const struct mash_bundle_file *file = find_file(files, n_files, name);
        if (file == NULL)
            return mash_why_set(&why, MASH_E_FORMAT, "bundle: %s is missing", name);
        terms->files[part] = mash_hash_of(file->content);
    }
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX);
    enum mash_err err = mash_bundle_terms_write(terms, &text, &why);
    if (err == MASH_OK)
        err = mash_bundle_check(mash_bytes_span(&text), files, n_files, ret_why, why_size);
    if (err == MASH_OK)
        err = mash_bytes_append(ret_text, text.data, text.len);
    mash_bytes_free(&text);
    return err;
}

static const struct mash_note_key *
find_key(const struct mash_bundle_terms *terms, const struct mash_secret *secret)
{
    for (size_t i = 0; terms != NULL && i < terms->n_governance; i++)
        if (memcmp(terms->governance[i].public, mash_secret_public(secret), MASH_SIGN_PUBLIC_BYTES) == 0)
            return &terms->governance[i];
    return NULL;
}

enum mash_err
mash_bundle_sign(struct mash_span text, const struct mash_bundle_terms *previous,
                 const struct mash_secret *secret, struct mash_bytes *note)
{
    struct mash_why nobody = mash_why(NULL, 0);
    struct mash_bundle_terms terms;
    struct mash_note parsed;
    enum mash_err err = mash_bundle_terms_read(text, &terms, &nobody);
    if (err != MASH_OK)
        return err;
    const struct mash_note_key *key = find_key(&terms, secret);
    if (key == NULL)
        key = find_key(previous, secret);
    if (key == NULL || mash_secret_purpose(secret) != MASH_PURPOSE_GOVERNANCE)
        return MASH_E_UNKNOWN;
    if (note->len == 0)
        return mash_note_sign(text, key, mash_secret_bytes(secret), note);
    err = mash_note_parse(mash_bytes_span(note), &parsed);
    if (err != MASH_OK)
        return err;
    if (!mash_span_equal(parsed.text, text))
        return MASH_E_MISMATCH;
    return mash_note_add(note, key, mash_secret_bytes(secret));
}

enum mash_err
mash_bundle_signatures(struct mash_span note, const struct mash_bundle_terms *terms, unsigned *ret_count)
{
    struct mash_note parsed;
    struct mash_note_verdict verdict = { 0, 0 };
    enum mash_err err = mash_note_parse(note, &parsed);
    if (err != MASH_OK)
        return err;
    err = mash_note_verify(&parsed, terms->governance, terms->n_governance, &verdict);
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    *ret_count = err == MASH_OK ? verdict.distinct : 0;
    return MASH_OK;
}
