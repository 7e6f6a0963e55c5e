/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_terms.c - see bundle_terms.h. */
#include "proto/bundle_terms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/address.h"
#include "proto/hex.h"
#include "proto/identifier.h"
#include "proto/json_read.h"
#include "proto/line.h"

#define MAGIC "mash/bundle/v1"
#define VKEY_CHARS_MAX (MASH_NOTE_NAME_MAX + 64u)

static const char *const part_names[MASH_BUNDLE_PARTS] = {
    [MASH_BUNDLE_AGREEMENT] = "agreement.json",
    [MASH_BUNDLE_CALENDAR] = "calendar.json",
    [MASH_BUNDLE_CLOCKS] = "clocks.json",
    [MASH_BUNDLE_REGISTRY] = "registry.json",
};

const char *
mash_bundle_part_name(enum mash_bundle_part part)
{
    return part_names[part];
}

static enum mash_err
check_governance(const struct mash_bundle_terms *terms, const struct mash_why *why)
{
    size_t n = terms->n_governance;
    if (n < 1 || n > MASH_GOVERNANCE_MAX)
        return mash_why_set(why, MASH_E_VALUE, "bundle: there must be 1 to %u governance keys", MASH_GOVERNANCE_MAX);
    if (terms->threshold < 1 || terms->threshold > n)
        return mash_why_set(why, MASH_E_VALUE, "bundle: the threshold must be from 1 to the number of keys");
    for (size_t i = 0; i < n; i++) {
        if (terms->governance[i].type != MASH_NOTE_ED25519)
            return mash_why_set(why, MASH_E_VALUE, "bundle: a governance key is not an Ed25519 key");
        for (size_t j = 0; j < i; j++)
            if (memcmp(terms->governance[i].public, terms->governance[j].public, MASH_SIGN_PUBLIC_BYTES) == 0 ||
                strcmp(terms->governance[i].name, terms->governance[j].name) == 0)
                return mash_why_set(why, MASH_E_VALUE, "bundle: a governance key is listed twice");
    }
    return MASH_OK;
}

static enum mash_err
check(const struct mash_bundle_terms *terms, const struct mash_why *why)
{
    if (!mash_partnership_ok(terms->partnership))
        return mash_why_set(why, MASH_E_VALUE, "bundle: the partnership's name is not one");
    if (terms->version < 1)
        return mash_why_set(why, MASH_E_VALUE, "bundle: versions begin at 1");
    if (terms->issued_ms >= terms->renew_by_ms || terms->renew_by_ms >= terms->expires_ms)
        return mash_why_set(why, MASH_E_VALUE, "bundle: issued, renew-by and expires must follow each other");
    return check_governance(terms, why);
}

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The governance lines, sorted as texts. */
static enum mash_err
write_governance(const struct mash_bundle_terms *terms, struct mash_bytes *out)
{
    char(*lines)[VKEY_CHARS_MAX] = calloc(terms->n_governance, sizeof(*lines));
    if (lines == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = MASH_OK;
    for (size_t i = 0; i < terms->n_governance && err == MASH_OK; i++) {
        struct mash_bytes line = { (uint8_t *)lines[i], 0, VKEY_CHARS_MAX - 1, VKEY_CHARS_MAX - 1 };
        err = mash_note_key_format(&terms->governance[i], &line);
    }
    qsort(lines, terms->n_governance, sizeof(*lines), compare_lines);
    for (size_t i = 0; i < terms->n_governance && err == MASH_OK; i++)
        err = mash_bytes_appendf(out, "governance %s\n", lines[i]);
    free(lines);
    return err;
}

enum mash_err
mash_bundle_terms_write(const struct mash_bundle_terms *terms, struct mash_bytes *ret_text,
                        const struct mash_why *why)
{
    enum mash_err err = check(terms, why);
    if (err != MASH_OK)
        return err;
    char issued[21], renew_by[21], expires[21];
    mash_time_text(terms->issued_ms, issued);
    mash_time_text(terms->renew_by_ms, renew_by);
    mash_time_text(terms->expires_ms, expires);
    err = mash_bytes_appendf(ret_text,
                             MAGIC "\npartnership %s\nversion %u\nissued %s\nrenew-by %s\nexpires %s\nthreshold %u\n",
                             terms->partnership, terms->version, issued, renew_by, expires, terms->threshold);
    if (err == MASH_OK)
        err = write_governance(terms, ret_text);
    for (int i = 0; i < MASH_BUNDLE_PARTS && err == MASH_OK; i++) {
        char digest[2 * MASH_HASH_BYTES + 1];
        mash_hex_text(mash_hash_span(&terms->files[i]), digest);
        err = mash_bytes_appendf(ret_text, "file %s %s\n", part_names[i], digest);
    }
    return err;
}

/* Take the value of the line "prefix VALUE" and copy it to ret_value. */
static bool
take_value(struct mash_span *rest, const char *prefix, char *ret_value, size_t size)
{
    struct mash_span line;
    if (!mash_line_next(rest, &line) || !mash_line_skip(&line, prefix) || line.len >= size)
        return false;
    memcpy(ret_value, line.data, line.len);
    ret_value[line.len] = '\0';
    return memchr(ret_value, '\0', line.len + 1) == ret_value + line.len;
}

static bool
take_number(struct mash_span *rest, const char *prefix, uint64_t max, uint64_t *ret_number)
{
    struct mash_span line;
    return mash_line_next(rest, &line) && mash_line_skip(&line, prefix) && mash_line_decimal(line, ret_number) &&
           *ret_number <= max;
}

static bool
take_time(struct mash_span *rest, const char *prefix, uint64_t *ret_ms)
{
    char text[21];
    return take_value(rest, prefix, text, sizeof(text)) && mash_json_time(text, ret_ms);
}

static bool
take_governance(struct mash_span *rest, struct mash_bundle_terms *terms)
{
    while (rest->len > 0 && rest->data[0] == 'g') {
        struct mash_span line;
        if (terms->n_governance == MASH_GOVERNANCE_MAX || !mash_line_next(rest, &line) ||
            !mash_line_skip(&line, "governance ") ||
            mash_note_key_parse(line, &terms->governance[terms->n_governance]) != MASH_OK)
            return false;
        terms->n_governance++;
    }
    return true;
}

static bool
take_files(struct mash_span *rest, struct mash_bundle_terms *terms)
{
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++) {
        struct mash_span line;
        if (!mash_line_next(rest, &line) || !mash_line_skip(&line, "file ") ||
            !mash_line_skip(&line, part_names[i]) || !mash_line_skip(&line, " ") ||
            mash_hex_parse(line, terms->files[i].bytes, MASH_HASH_BYTES) != MASH_OK)
            return false;
    }
    return rest->len == 0;
}

/* The name of the first line, or part of it, that cannot be read; NULL: all is well. */
static const char *
take_all(struct mash_span rest, struct mash_bundle_terms *terms)
{
    uint64_t version = 0, threshold = 0;
    if (!take_value(&rest, "partnership ", terms->partnership, sizeof(terms->partnership)))
        return "partnership";
    if (!take_number(&rest, "version ", UINT32_MAX, &version))
        return "version";
    if (!take_time(&rest, "issued ", &terms->issued_ms))
        return "issued";
    if (!take_time(&rest, "renew-by ", &terms->renew_by_ms))
        return "renew-by";
    if (!take_time(&rest, "expires ", &terms->expires_ms))
        return "expires";
    if (!take_number(&rest, "threshold ", MASH_GOVERNANCE_MAX, &threshold))
        return "threshold";
    if (!take_governance(&rest, terms))
        return "governance";
    if (!take_files(&rest, terms))
        return "file";
    terms->version = (uint32_t)version;
    terms->threshold = (unsigned)threshold;
    return NULL;
}

enum mash_err
mash_bundle_terms_read(struct mash_span text, struct mash_bundle_terms *ret_terms, const struct mash_why *why)
{
    struct mash_bundle_terms terms = { .version = 0 };
    struct mash_span rest = text;
    struct mash_span magic;
    if (!mash_line_next(&rest, &magic))
        return mash_why_set(why, MASH_E_FORMAT, "bundle: the note has no lines");
    if (!mash_span_equal(magic, mash_span_str(MAGIC)))
        return mash_why_set(why, MASH_E_VERSION, "bundle: the note's first line is not \"" MAGIC "\"");
    const char *bad_line = take_all(rest, &terms);
    if (bad_line != NULL)
        return mash_why_set(why, MASH_E_FORMAT, "bundle: line \"%s\" of the note is missing or cannot be read",
                            bad_line);

    struct mash_bytes again = mash_bytes_max(MASH_NOTE_MAX);
    enum mash_err err = mash_bundle_terms_write(&terms, &again, why);
    if (err == MASH_OK && !mash_span_equal(mash_bytes_span(&again), text))
        err = mash_why_set(why, MASH_E_FORMAT, "bundle: the governance keys of the note are not sorted");
    if (err == MASH_OK)
        *ret_terms = terms;
    mash_bytes_free(&again);
    return err;
}

static int
compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, MASH_SIGN_PUBLIC_BYTES);
}

struct mash_hash
mash_bundle_terms_governance(const struct mash_bundle_terms *terms)
{
    static const char domain[] = "mash/governance/v1"; /* hashed with its NUL */
    uint8_t keys[MASH_GOVERNANCE_MAX][MASH_SIGN_PUBLIC_BYTES];
    uint8_t threshold[4];
    for (size_t i = 0; i < terms->n_governance; i++)
        memcpy(keys[i], terms->governance[i].public, MASH_SIGN_PUBLIC_BYTES);
    qsort(keys, terms->n_governance, sizeof(keys[0]), compare_keys);
    mash_put_u32be(threshold, terms->threshold);
    const struct mash_span parts[] = {
        mash_span(domain, sizeof(domain)),
        mash_span(threshold, sizeof(threshold)),
        mash_span(keys, terms->n_governance * sizeof(keys[0])),
    };
    return mash_hash_parts(parts, sizeof(parts) / sizeof(parts[0]));
}
