/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_list.c - `mash-client inbox` and `outbox`: collect what waits; list notices. */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/leads.h"
#include "clients/cli/output.h"

static const char inbox_doc[] =
    "Collect what waits for our mailboxes, confirm and open it, and list what was received.\v"
    "Examples:\n"
    "  mash-client inbox\n"
    "  mash-client inbox --wait 30      keep asking for half a minute when nothing waits\n"
    "  mash-client inbox --offline      only list what is here\n";

static const char outbox_doc[] =
    "List what was sent and how far it got.\v"
    "Examples:\n"
    "  mash-client outbox\n"
    "  mash-client outbox --json\n";

enum { KEY_WAIT = 1, KEY_OFFLINE };

static const struct argp_option inbox_options[] = {
    { "wait", KEY_WAIT, "SECONDS", 0, "wait this long (at most 60) when nothing waits", 1 },
    { "offline", KEY_OFFLINE, NULL, 0, "do not ask the exchange", 1 },
    { 0 },
};

struct list {
    struct shared shared;
    uint32_t wait_ms;
    bool offline;
    struct leads *leads;
    json_t *notices; /* with --json */
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct list *list = state->input;
    char *end = NULL;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &list->shared; return 0;
    case KEY_WAIT: {
        unsigned long seconds = strtoul(arg, &end, 10);
        if (*arg < '0' || *arg > '9' || *end != '\0' || seconds > 60)
            argp_error(state, "--wait: not 0 to 60 seconds");
        list->wait_ms = (uint32_t)seconds * 1000u;
        return 0;
    }
    case KEY_OFFLINE: list->offline = true; return 0;
    case ARGP_KEY_ARG: argp_usage(state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void
show(void *ctx, const struct mash_notice_info *info)
{
    struct list *list = ctx;
    const char *how = "";
    const char *newer = leads_superseded_by(list->leads, info, &how);
    if (list->shared.json) {
        json_t *object = notice_json(info);
        (void)json_object_set_new(object, "superseded_by", json_string(newer != NULL ? newer : ""));
        (void)json_array_append_new(list->notices, object);
        return;
    }
    print_notice_line(info);
    if (newer != NULL)
        printf("    superseded (%s): %s leads\n", how, newer);
}

static json_t *
collected_json(const struct mash_collected *counts)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "notices", (json_int_t)counts->notices, "opened",
                     (json_int_t)counts->opened, "unreadable", (json_int_t)counts->unreadable, "again",
                     (json_int_t)counts->again, "statuses", (json_int_t)counts->statuses, "reports",
                     (json_int_t)counts->reports, "quarantined", (json_int_t)counts->quarantined);
}

static const char *
plural(size_t count, const char *ending)
{
    return count == 1 ? "" : ending;
}

/* List everything, then the counts; the exit code tells whether the exchange was asked in full. */
static int
list_all(struct mash_client *client, struct list *list, bool received, const struct mash_collected *counts)
{
    list->notices = list->shared.json ? json_array() : NULL;
    enum mash_err err = leads_gather(client, received, &list->leads);
    if (err == MASH_OK)
        err = mash_client_each(client, received, show, list);
    leads_free(&list->leads);
    if (err != MASH_OK) {
        json_decref(list->notices);
        return client_failed(client, err);
    }
    if (!list->shared.json) {
        if (counts != NULL)
            fprintf(stderr,
                    "new: %zu notice%s (%zu opened, %zu unreadable), %zu status%s, %zu report%s; %zu set aside\n",
                    counts->notices, plural(counts->notices, "s"), counts->opened, counts->unreadable,
                    counts->statuses, plural(counts->statuses, "es"), counts->reports, plural(counts->reports, "s"),
                    counts->quarantined);
        return EX_OK;
    }
    json_t *object = json_object();
    (void)json_object_set_new(object, "notices", list->notices);
    if (counts != NULL)
        (void)json_object_set_new(object, "collected", collected_json(counts));
    return print_json(object) ? EX_OK : EX_IOERR;
}

int
cmd_inbox(int argc, char **argv)
{
    static const struct argp argp = { inbox_options, parse, NULL, inbox_doc, shared_children, NULL, NULL };
    struct list list = { .wait_ms = 0 };
    struct mash_client *client = NULL;
    struct mash_collected counts = { 0 };
    if (argp_parse(&argp, argc, argv, 0, NULL, &list) != 0)
        return EX_USAGE;
    int code = client_start(&list.shared, &client);
    if (code != EX_OK)
        return code;
    enum mash_err err = list.offline ? MASH_OK : mash_client_collect(client, list.wait_ms, &counts);
    int asked = err == MASH_OK ? EX_OK : client_failed(client, err);
    code = list_all(client, &list, true, list.offline ? NULL : &counts);
    print_warnings(client);
    mash_client_close(&client);
    return code != EX_OK ? code : asked;
}

int
cmd_outbox(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, NULL, outbox_doc, shared_children, NULL, NULL };
    struct list list = { .wait_ms = 0 };
    struct mash_client *client = NULL;
    if (argp_parse(&argp, argc, argv, 0, NULL, &list) != 0)
        return EX_USAGE;
    int code = client_start(&list.shared, &client);
    if (code != EX_OK)
        return code;
    code = list_all(client, &list, false, NULL);
    print_warnings(client);
    mash_client_close(&client);
    return code;
}
