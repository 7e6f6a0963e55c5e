/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_outgoing.c - `mash-client resubmit` and `forget`: what has no receipt yet. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"

static const char resubmit_doc[] =
    "Submit again what has no receipt yet.\v"
    "Examples:\n"
    "  mash-client resubmit              everything that waits\n"
    "  mash-client resubmit 0193         this one, also when it was refused\n";

static const char forget_doc[] =
    "Take a notice without receipt out of the outbox.  The record of it stays.\v"
    "Examples:\n"
    "  mash-client forget 0193 --reason 'told them by phone, 14:05'\n";

enum { KEY_ALL = 1, KEY_REASON };

static const struct argp_option resubmit_options[] = {
    { "all", KEY_ALL, NULL, 0, "everything that waits (default without ID)", 1 }, { 0 } };
static const struct argp_option forget_options[] = { { "reason", KEY_REASON, "TEXT", 0, "why", 1 }, { 0 } };

struct outgoing {
    struct shared shared;
    const char *id, *reason;
    bool all;
    json_t *results;
    int worst;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct outgoing *outgoing = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &outgoing->shared; return 0;
    case KEY_ALL: outgoing->all = true; return 0;
    case KEY_REASON: outgoing->reason = arg; return 0;
    case ARGP_KEY_ARG:
        if (outgoing->id != NULL)
            argp_usage(state);
        outgoing->id = arg;
        return 0;
    case ARGP_KEY_END:
        if (outgoing->all && outgoing->id != NULL)
            argp_error(state, "either ID or --all");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void
take_result(void *ctx, const struct mash_result *result)
{
    struct outgoing *outgoing = ctx;
    if (outgoing->shared.json)
        (void)json_array_append_new(outgoing->results, result_json(result, "held"));
    else
        print_result(result);
    if ((int)result->end > outgoing->worst)
        outgoing->worst = (int)result->end;
}

int
cmd_resubmit(int argc, char **argv)
{
    static const struct argp argp = { resubmit_options, parse, "[ID]", resubmit_doc, shared_children, NULL, NULL };
    struct outgoing outgoing = { .worst = EX_OK };
    struct mash_client *client = NULL;
    char id[MASH_NOTICE_ID_TEXT];
    if (argp_parse(&argp, argc, argv, 0, NULL, &outgoing) != 0)
        return EX_USAGE;
    int code = client_start(&outgoing.shared, &client);
    if (code == EX_OK && outgoing.id != NULL)
        code = find_id(client, outgoing.id, id);
    if (code != EX_OK) {
        mash_client_close(&client);
        return code;
    }
    outgoing.results = outgoing.shared.json ? json_array() : NULL;
    enum mash_err err = mash_client_resubmit(client, outgoing.id != NULL ? id : NULL, take_result, &outgoing);
    code = err == MASH_OK ? outgoing.worst : client_failed(client, err);
    if (outgoing.shared.json && !print_json(outgoing.results))
        code = EX_IOERR;
    print_warnings(client);
    mash_client_close(&client);
    return code;
}

int
cmd_forget(int argc, char **argv)
{
    static const struct argp argp = { forget_options, parse, "ID", forget_doc, shared_children, NULL, NULL };
    struct outgoing outgoing = { .worst = EX_OK };
    struct mash_client *client = NULL;
    char id[MASH_NOTICE_ID_TEXT];
    if (argp_parse(&argp, argc, argv, 0, NULL, &outgoing) != 0 || outgoing.id == NULL || outgoing.reason == NULL) {
        fprintf(stderr, "mash-client forget: ID and --reason are needed\n");
        return EX_USAGE;
    }
    int code = client_start(&outgoing.shared, &client);
    if (code == EX_OK)
        code = find_id(client, outgoing.id, id);
    if (code == EX_OK) {
        enum mash_err err = mash_client_forget(client, id, outgoing.reason);
        code = err == MASH_OK ? EX_OK : client_failed(client, err);
        if (code == EX_OK && outgoing.shared.json)
            code = print_json(json_pack("{s:s, s:b}", "id", id, "forgotten", 1)) ? EX_OK : EX_IOERR;
        else if (code == EX_OK)
            printf("taken out of the outbox; the record stays\n");
    }
    mash_client_close(&client);
    return code;
}
