/* SPDX-License-Identifier: Apache-2.0 */
/* leads.c - see leads.h. */
#include "clients/cli/leads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Relations of the wire contract (proto/schema/notice.proto) that take a thread on. */
enum { UPDATE = 1, CORRECTION = 2, WITHDRAWN = 3 };

struct follower {
    char id[MASH_NOTICE_ID_TEXT], thread[MASH_NOTICE_ID_TEXT];
    char type[64], from[200];
    int relation;
    uint64_t held_ms, created_ms;
};

struct leads {
    struct follower *rows;
    size_t n, room;
    bool out_of_memory;
};

/* Later in the exchange's log; what it does not hold yet comes last, by our own clock. */
static bool
is_later(const struct follower *row, const struct mash_notice_info *info)
{
    uint64_t theirs = row->held_ms != 0 ? row->held_ms : UINT64_MAX;
    uint64_t ours = info->held_ms != 0 ? info->held_ms : UINT64_MAX;
    if (theirs != ours)
        return theirs > ours;
    return row->created_ms != info->created_ms ? row->created_ms > info->created_ms : strcmp(row->id, info->id) > 0;
}

static void
gather(void *ctx, const struct mash_notice_info *info)
{
    struct leads *leads = ctx;
    if (info->relation < UPDATE || info->relation > WITHDRAWN || leads->out_of_memory)
        return;
    if (leads->n == leads->room) {
        size_t room = leads->room * 2 + 16;
        struct follower *rows = realloc(leads->rows, room * sizeof(*rows));
        if (rows == NULL) {
            leads->out_of_memory = true;
            return;
        }
        leads->rows = rows;
        leads->room = room;
    }
    struct follower *row = &leads->rows[leads->n++];
    *row = (struct follower){ .relation = info->relation, .held_ms = info->held_ms, .created_ms = info->created_ms };
    (void)snprintf(row->id, sizeof(row->id), "%s", info->id);
    (void)snprintf(row->thread, sizeof(row->thread), "%s", info->thread);
    (void)snprintf(row->type, sizeof(row->type), "%s", info->type);
    (void)snprintf(row->from, sizeof(row->from), "%s", info->from);
}

enum mash_err
leads_gather(struct mash_client *client, bool received, struct leads **ret_leads)
{
    struct leads *leads = calloc(1, sizeof(*leads));
    if (leads == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = mash_client_each(client, received, gather, leads);
    if (err == MASH_OK && leads->out_of_memory)
        err = MASH_E_NOMEM;
    if (err == MASH_OK)
        *ret_leads = leads;
    else
        leads_free(&leads);
    return err;
}

void
leads_free(struct leads **leads_p)
{
    if (*leads_p != NULL)
        free((*leads_p)->rows);
    free(*leads_p);
    *leads_p = NULL;
}

const char *
leads_superseded_by(const struct leads *leads, const struct mash_notice_info *info, const char **ret_how)
{
    static const char *const hows[] = { "", "update", "correction", "withdrawn" };
    const struct follower *best = NULL;
    for (size_t i = 0; i < leads->n; i++) {
        const struct follower *row = &leads->rows[i];
        /* Only the notice's own sender may take its state on: another agency's notice is a view beside it. */
        if (strcmp(row->id, info->id) == 0 || strcmp(row->thread, info->thread) != 0 ||
            strcmp(row->type, info->type) != 0 || strcmp(row->from, info->from) != 0 || !is_later(row, info))
            continue;
        if (best == NULL || row->held_ms > best->held_ms ||
            (row->held_ms == best->held_ms && row->created_ms > best->created_ms))
            best = row;
    }
    if (best == NULL)
        return NULL;
    *ret_how = hows[best->relation];
    return best->id;
}
