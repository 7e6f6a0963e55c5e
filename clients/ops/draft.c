/* SPDX-License-Identifier: Apache-2.0 */
/* draft.c - see draft.h. */
#include "clients/ops/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "clients/ops/defaults.h"
#include "proto/address.h"
#include "proto/json_read.h"

#define FORMAT "mash/governance/v1"

/* Write json, which is given up here, as draft/NAME. */
static int
write_json(const char *command, const char *directory, const char *name, json_t *json)
{
    struct mash_place place;
    char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    struct mash_bytes content = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    int code = text != NULL && mash_bytes_appendf(&content, "%s\n", text) == MASH_OK ? EX_OK : EX_OSERR;
    if (code != EX_OK)
        fprintf(stderr, "%s: %s: %s\n", command, name, mash_strerror(MASH_E_NOMEM));
    if (code == EX_OK)
        code = mash_place(&place, directory, "draft/%s", name);
    if (code == EX_OK)
        code = mash_place_create(command, &place, mash_bytes_span(&content), 0644);
    mash_bytes_free(&content);
    free(text);
    json_decref(json);
    return code;
}

static json_t *
governance_json(const struct mash_bundle_terms *terms)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < terms->n_governance; i++) {
        struct mash_bytes vkey = mash_bytes_max(MASH_NOTE_NAME_MAX + 64u);
        if (mash_note_key_format(&terms->governance[i], &vkey) != MASH_OK ||
            json_array_append_new(keys, json_stringn((const char *)vkey.data, vkey.len)) != 0) {
            json_decref(keys);
            keys = NULL;
        }
        mash_bytes_free(&vkey);
    }
    return json_pack("{s:s, s:s, s:i, s:o}", "format", FORMAT, "partnership", terms->partnership, "threshold",
                     (int)terms->threshold, "keys", keys);
}

int
mash_draft_write(const char *command, const char *directory, const struct mash_bundle_terms *terms,
                 const char *link_key, const char *log_key, const char *first_operator,
                 const char *second_operator)
{
    json_t *registry =
        json_pack("{s:s, s:{s:s, s:s}, s:[{s:s, s:s}, {s:s, s:s}], s:[]}", "format", "mash/registry/v1", "broker",
                  "link", link_key, "log", log_key, "operators", "id", "op1", "key", first_operator, "id", "op2", "key",
                  second_operator, "agencies");
    int code = write_json(command, directory, "governance.json", governance_json(terms));
    if (code == EX_OK) {
        code = write_json(command, directory, "registry.json", registry);
        registry = NULL;
    }
    if (code == EX_OK)
        code = write_json(command, directory, "agreement.json", mash_default_agreement());
    if (code == EX_OK)
        code = write_json(command, directory, "clocks.json", mash_default_clocks());
    if (code == EX_OK)
        code = write_json(command, directory, "calendar.json", mash_default_calendar());
    json_decref(registry);
    return code;
}

static enum mash_err
take_governance(struct mash_span text, struct mash_bundle_terms *terms, const struct mash_why *why)
{
    static const char where[] = "governance.json";
    json_t *root = NULL, *keys = NULL;
    const char *format = NULL, *partnership = NULL;
    uint64_t threshold = 0;
    const struct mash_json_member members[] = {
        { .name = "format", .text = &format, .max = 40 },
        { .name = "partnership", .text = &partnership, .max = MASH_NAME_MAX, .check = mash_partnership_ok,
          .must = "a partnership's name" },
        { .name = "threshold", .number = &threshold, .least = 1, .most = MASH_GOVERNANCE_MAX },
        { .name = "keys", .list = &keys, .least = 1, .most = MASH_GOVERNANCE_MAX },
    };
    enum mash_err err = mash_json_parse(text, FORMAT, where, &root, why);
    if (err == MASH_OK)
        err = mash_json_members(root, where, members, sizeof(members) / sizeof(members[0]), why);
    for (size_t i = 0; err == MASH_OK && i < json_array_size(keys); i++) {
        const char *key = json_string_value(json_array_get(keys, i));
        if (key == NULL || mash_note_key_parse(mash_span_str(key), &terms->governance[i]) != MASH_OK)
            err = mash_why_set(why, MASH_E_VALUE, "%s.keys[%zu]: is not a verifier key", where, i);
    }
    if (err == MASH_OK) {
        (void)snprintf(terms->partnership, sizeof(terms->partnership), "%s", partnership);
        terms->threshold = (unsigned)threshold;
        terms->n_governance = json_array_size(keys);
    }
    json_decref(root);
    return err;
}

int
mash_draft_governance(const char *command, const char *directory, struct mash_bundle_terms *terms)
{
    char text[300];
    struct mash_why why = mash_why(text, sizeof(text));
    struct mash_place place;
    struct mash_bytes content = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    int code = mash_place(&place, directory, "draft/governance.json");
    if (code == EX_OK)
        code = mash_place_read(command, &place, &content);
    if (code == EX_OK && take_governance(mash_bytes_span(&content), terms, &why) != MASH_OK) {
        fprintf(stderr, "%s: %s\n", command, text);
        code = EX_DATAERR;
    }
    mash_bytes_free(&content);
    return code;
}
