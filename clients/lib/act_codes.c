/* SPDX-License-Identifier: Apache-2.0 */
/* act_codes.c - see act_codes.h. */
#include "clients/lib/act_codes.h"

#include <stdio.h>
#include <string.h>

#include "proto/catalogue.h"
#include "proto/state.h"

#define NOT_KNOWN "not-known" /* may stand for any code (PROTOCOL.md, "Manifest") */

static enum mash_err
fail_listing(struct mash_client *client, const char *what, const char *given, const struct mash_code_list *list)
{
    size_t size = sizeof(client->why);
    int len = given[0] != '\0' ? snprintf(client->why, size, "%s: %.48s is none of:", what, given)
                               : snprintf(client->why, size, "%s is needed, one of:", what);
    for (size_t i = 0; i < list->n_codes && len > 0 && (size_t)len < size; i++)
        len += snprintf(client->why + len, size - (size_t)len, "%s %s (%s)", i > 0 ? "," : "", list->codes[i].code,
                        list->codes[i].label);
    return MASH_E_VALUE;
}

static bool
in_list(const struct mash_code_list *list, const char *code)
{
    return mash_code_find(list, code) != NULL || strcmp(code, NOT_KNOWN) == 0;
}

static enum mash_err
check_grade(struct mash_client *client, const char *rag)
{
    static const struct mash_code grades[] = { { "red", "Red" }, { "amber", "Amber" }, { "green", "Green" } };
    static const struct mash_code_list list = { "rag", "Grade", grades, sizeof(grades) / sizeof(grades[0]) };
    const char *given = rag != NULL ? rag : "";
    return mash_code_find(&list, given) != NULL ? MASH_OK : fail_listing(client, "rag", given, &list);
}

/* A triage and a decline must carry a reason (PROTOCOL.md, "Statuses"). */
static enum mash_err
check_reason(struct mash_client *client, Mash__State state, const char *reason)
{
    const char *name = mash_state_reasons(state);
    const struct mash_code_list *list = name != NULL ? mash_code_list(name) : NULL;
    bool needed = state == MASH__STATE__STATE_DECLINED || state == MASH__STATE__STATE_TRIAGED;
    const char *given = reason != NULL ? reason : "";
    if (list == NULL || (given[0] == '\0' && !needed) || (given[0] != '\0' && in_list(list, given)))
        return MASH_OK;
    return fail_listing(client, "reason", given, list);
}

enum mash_err
mash_act_codes_check(struct mash_client *client, const char *type, Mash__State state, const struct mash_act *act)
{
    enum mash_err err = check_reason(client, state, act->reason);
    if (err == MASH_OK && state == MASH__STATE__STATE_TRIAGED)
        err = check_grade(client, act->rag);
    if (err != MASH_OK || state != MASH__STATE__STATE_DECIDED)
        return err;

    const struct mash_type *row = mash_type_find(type);
    const struct mash_code_list *list = row != NULL ? mash_code_list(row->outcomes) : NULL;
    if (list == NULL)
        return MASH_OK;
    if (act->n_outcomes == 0)
        return fail_listing(client, "outcome", "", list);
    for (size_t i = 0; i < act->n_outcomes; i++)
        if (act->outcomes[i].code == NULL || !in_list(list, act->outcomes[i].code))
            return fail_listing(client, "outcome", act->outcomes[i].code != NULL ? act->outcomes[i].code : "", list);
    return MASH_OK;
}
