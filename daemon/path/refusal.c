/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c - see refusal.h. */
#include "daemon/path/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/path/path.h"

enum { MINUTE_MS = 60 * 1000 };

static enum mash_err
log_row(struct mash_path *path, const struct mash_refusal *row, uint64_t count)
{
    const struct mash_answer *answer = mash_answer(row->answer);
    Mash__RefusalDetail refusal = MASH__REFUSAL_DETAIL__INIT;
    refusal.agency = (char *)(uintptr_t)row->agency;
    refusal.code = answer->code;
    refusal.sub_code = (char *)(uintptr_t)answer->sub_code;
    refusal.count = count;
    refusal.since_ms = row->since_ms;
    refusal.link_key_id = mash_span_field(mash_span(row->link_id.bytes, MASH_KEY_ID_BYTES));
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_REFUSAL;
    detail.refusal = &refusal;
    uint64_t index;
    return mash_path_append(path, &detail, &index);
}

static bool
over(const struct mash_refusal *row, uint64_t now_ms)
{
    return now_ms >= row->since_ms + MINUTE_MS;
}

static struct mash_refusal *
find(struct mash_refusals *refusals, const char *agency, enum mash_answer_id answer)
{
    for (size_t i = 0; i < refusals->count; i++)
        if (refusals->rows[i].answer == answer && strcmp(refusals->rows[i].agency, agency) == 0)
            return &refusals->rows[i];
    return NULL;
}

void
mash_refusals_begin(struct mash_refusals *refusals)
{
    refusals->changed = false;
}

void
mash_refusals_rollback(struct mash_refusals *refusals)
{
    if (!refusals->changed)
        return;
    memcpy(refusals->rows, refusals->before, refusals->before_count * sizeof(*refusals->rows));
    refusals->count = refusals->before_count;
    refusals->changed = false;
}

/* Before the first change of a group. */
static enum mash_err
keep(struct mash_refusals *refusals)
{
    if (refusals->changed)
        return MASH_OK;
    if (refusals->rows == NULL)
        refusals->rows = calloc(MASH_REFUSALS_MAX, sizeof(*refusals->rows));
    if (refusals->before == NULL)
        refusals->before = calloc(MASH_REFUSALS_MAX, sizeof(*refusals->before));
    if (refusals->rows == NULL || refusals->before == NULL)
        return MASH_E_NOMEM;
    memcpy(refusals->before, refusals->rows, refusals->count * sizeof(*refusals->rows));
    refusals->before_count = refusals->count;
    refusals->changed = true;
    return MASH_OK;
}

enum mash_err
mash_refusals_note(struct mash_path *path, const char *agency, const struct mash_key_id *link_id,
                   enum mash_answer_id answer)
{
    struct mash_refusals *refusals = &path->refusals;
    refusals->totals[answer]++;
    enum mash_err err = keep(refusals);
    if (err != MASH_OK)
        return err;
    struct mash_refusal *row = find(refusals, agency, answer);
    if (row == NULL && refusals->count == MASH_REFUSALS_MAX)
        row = &refusals->rows[MASH_REFUSALS_MAX - 1]; /* a flood: its count is kept, its name is not */
    if (row != NULL && !over(row, path->group.entry_ms)) {
        row->rest++;
        row->link_id = *link_id;
        return MASH_OK;
    }
    if (row == NULL)
        row = &refusals->rows[refusals->count++];
    else if (row->rest > 0)
        err = log_row(path, row, row->rest);
    if (err != MASH_OK)
        return err;
    (void)snprintf(row->agency, sizeof(row->agency), "%s", agency);
    row->answer = answer;
    row->link_id = *link_id;
    row->since_ms = path->group.entry_ms;
    row->rest = 0;
    return log_row(path, row, 1);
}

enum mash_err
mash_refusals_sweep(struct mash_path *path, bool all)
{
    struct mash_refusals *refusals = &path->refusals;
    enum mash_err err = keep(refusals);
    for (size_t i = 0; err == MASH_OK && i < refusals->count;) {
        struct mash_refusal *row = &refusals->rows[i];
        if (!all && !over(row, path->group.entry_ms)) {
            i++;
            continue;
        }
        err = row->rest > 0 ? log_row(path, row, row->rest) : MASH_OK;
        if (err == MASH_OK)
            *row = refusals->rows[--refusals->count];
    }
    return err;
}

bool
mash_refusals_due(const struct mash_refusals *refusals, uint64_t now_ms)
{
    for (size_t i = 0; i < refusals->count; i++)
        if (over(&refusals->rows[i], now_ms))
            return true;
    return false;
}

void
mash_refusals_clear(struct mash_refusals *refusals)
{
    free(refusals->rows);
    free(refusals->before);
    *refusals = (struct mash_refusals){ 0 };
}
