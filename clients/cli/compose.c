/* SPDX-License-Identifier: Apache-2.0 */
/* compose.c - see compose.h. */
#include "clients/cli/compose.h"

#include <stdio.h>

void
composed_init(struct composed *composed)
{
    *composed = (struct composed){ .content = mash_bytes_max(MASH_BODY_MAX) };
}

void
composed_free(struct composed *composed)
{
    mash_bytes_wipe(&composed->content);
}

enum mash_err
compose(const struct mash_type *type, struct mash_span json, struct composed *composed,
        struct mash_findings *findings, struct mash_draft *draft)
{
    enum mash_err err = mash_content_from_json(type, json, findings, &composed->content);
    if (err == MASH_OK)
        err = mash_content_check(type, mash_bytes_span(&composed->content), findings, &composed->summary);
    if (err != MASH_OK)
        return err;

    const struct mash_content_summary *summary = &composed->summary;
    for (size_t i = 0; i < summary->n_codes; i++)
        composed->codes[i] = (struct mash_draft_code){ summary->codes[i].list, summary->codes[i].value,
                                                       summary->codes[i].subject };
    draft->type = type->name;
    draft->codes = composed->codes;
    draft->n_codes = summary->n_codes;
    draft->subject_count = summary->subject_count;
    draft->event_ms = summary->event_ms;
    draft->restricted = draft->restricted || type->restricted;
    draft->content = composed->content.data;
    draft->content_len = composed->content.len;
    return MASH_OK;
}

void
print_findings(const char *where, const struct mash_findings *findings)
{
    for (size_t i = 0; i < findings->n_kept; i++) {
        const struct mash_finding *row = &findings->rows[i];
        fprintf(stderr, "%s%s%s: %s\n", where, row->warning ? "warning: " : "",
                row->path[0] == '\0' ? "content" : row->path, row->text);
    }
    if (findings->n_errors + findings->n_warnings > findings->n_kept)
        fprintf(stderr, "%s... and %zu more\n", where,
                findings->n_errors + findings->n_warnings - findings->n_kept);
}
