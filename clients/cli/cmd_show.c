/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show.c - `mash-client show` and `track`: one notice with all that is known of it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/leads.h"
#include "clients/cli/output.h"
#include "proto/file.h"

static const char show_doc[] =
    "Show one notice.\v"
    "Examples:\n"
    "  mash-client show 0193\n"
    "  mash-client show 0193 --receipt-out receipt.txt     a proof anyone can check with mash-verify\n"
    "  mash-client show 0193 --json\n"
    "  mash-client show 0193 --sealed-out body.age         the sealed body, for the standard age tool\n\n"
    "ID is the beginning of the notice's id, as long as it is the only one.\n";

static const char track_doc[] =
    "Ask the exchange for all that is known of a notice (of all sent ones without ID), and show it.\v"
    "Examples:\n"
    "  mash-client track 0193\n"
    "  mash-client track --json\n";

enum { KEY_BODY = 1, KEY_RECEIPT, KEY_SEALED, KEY_SENT };

static const struct argp_option show_options[] = {
    { "body-out", KEY_BODY, "FILE", 0, "write the opened content, encoded, to FILE (mode 0600)", 1 },
    { "receipt-out", KEY_RECEIPT, "FILE", 0, "write the receipt of the exchange to FILE", 1 },
    { "sealed-out", KEY_SEALED, "FILE", 0, "write the sealed body, an age file, to FILE", 1 },
    { "sent", KEY_SENT, NULL, 0, "the copy we sent, when both mailboxes are ours", 1 },
    { 0 },
};

struct show {
    struct shared shared;
    const char *id, *body_out, *receipt_out, *sealed_out;
    bool sent;
    json_t *list;            /* track of all */
    struct mash_client *client;
    int worst;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct show *show = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &show->shared; return 0;
    case KEY_BODY: show->body_out = arg; return 0;
    case KEY_RECEIPT: show->receipt_out = arg; return 0;
    case KEY_SEALED: show->sealed_out = arg; return 0;
    case KEY_SENT: show->sent = true; return 0;
    case ARGP_KEY_ARG:
        if (show->id != NULL)
            argp_usage(state);
        show->id = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int
write_file(const char *path, struct mash_span content, mode_t mode)
{
    if (path == NULL)
        return EX_OK;
    if (content.len == 0) {
        fprintf(stderr, "mash-client: nothing to write to %s yet\n", path);
        return EX_NOINPUT;
    }
    enum mash_err err = mash_file_create(path, content, mode);
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "mash-client: %s: %s\n", path, mash_file_strerror(err));
    return EX_CANTCREAT;
}

/* The newest state leads: say so before the older one is read. */
static void
print_superseded(struct mash_client *client, const struct mash_notice_info *info)
{
    struct leads *leads = NULL;
    const char *how = "";
    if (leads_gather(client, !info->sent, &leads) != MASH_OK)
        return;
    const char *newer = leads_superseded_by(leads, info, &how);
    if (newer != NULL)
        printf("*** SUPERSEDED (%s): %s leads ***\n", how, newer);
    leads_free(&leads);
}

static int
show_one(struct mash_client *client, const struct show *show, const char *id)
{
    struct mash_notice *notice = NULL;
    enum mash_err err = mash_notice_open(client, id, !show->sent, &notice);
    if (err != MASH_OK)
        return client_failed(client, err);
    const struct mash_notice_info *info = mash_notice_info(notice);
    int code = write_file(show->body_out, mash_span(info->content, info->content_len), 0600);
    if (code == EX_OK)
        code = write_file(show->receipt_out, mash_span_str(info->receipt), 0644);
    if (code == EX_OK)
        code = write_file(show->sealed_out, mash_span(info->sealed, info->sealed_len), 0644);
    if (code == EX_OK && show->shared.json)
        code = print_json(notice_json(info)) ? EX_OK : EX_IOERR;
    else if (code == EX_OK) {
        print_superseded(client, info);
        print_notice(info);
    }
    mash_notice_close(&notice);
    return code;
}

int
cmd_show(int argc, char **argv)
{
    static const struct argp argp = { show_options, parse, "ID", show_doc, shared_children, NULL, NULL };
    struct show show = { .id = NULL };
    struct mash_client *client = NULL;
    char id[MASH_NOTICE_ID_TEXT];
    if (argp_parse(&argp, argc, argv, 0, NULL, &show) != 0 || show.id == NULL) {
        fprintf(stderr, "mash-client show: which notice?\n");
        return EX_USAGE;
    }
    int code = client_start(&show.shared, &client);
    if (code == EX_OK)
        code = find_id(client, show.id, id);
    if (code == EX_OK) {
        code = show_one(client, &show, id);
        print_warnings(client);
    }
    mash_client_close(&client);
    return code;
}

/* Ask first; what is known here is shown in any case. */
static int
track_one(struct mash_client *client, const char *id)
{
    enum mash_err err = mash_client_track(client, id);
    return err == MASH_OK ? EX_OK : client_failed(client, err);
}

static void
track_listed(void *ctx, const struct mash_notice_info *info)
{
    struct show *show = ctx;
    struct mash_notice *notice = NULL;
    if (strcmp(info->state, "held") == 0 || strcmp(info->state, "closed") == 0 ||
        strcmp(info->state, "sealed") == 0) {
        int code = track_one(show->client, info->id);
        show->worst = show->worst == EX_OK ? code : show->worst;
    }
    if (mash_notice_open(show->client, info->id, false, &notice) != MASH_OK)
        return;
    if (show->list != NULL)
        (void)json_array_append_new(show->list, notice_json(mash_notice_info(notice)));
    else
        print_notice_line(mash_notice_info(notice));
    mash_notice_close(&notice);
}

static int
track_all(struct show *show)
{
    show->list = show->shared.json ? json_array() : NULL;
    enum mash_err err = mash_client_each(show->client, false, track_listed, show);
    if (err != MASH_OK) {
        json_decref(show->list);
        return client_failed(show->client, err);
    }
    if (show->shared.json && !print_json(show->list))
        return EX_IOERR;
    return show->worst;
}

int
cmd_track(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, "[ID]", track_doc, shared_children, NULL, NULL };
    struct show show = { .sent = true };
    char id[MASH_NOTICE_ID_TEXT];
    if (argp_parse(&argp, argc, argv, 0, NULL, &show) != 0)
        return EX_USAGE;
    int code = client_start(&show.shared, &show.client);
    if (code == EX_OK && show.id == NULL) {
        code = track_all(&show);
    } else if (code == EX_OK) {
        code = find_id(show.client, show.id, id);
        if (code == EX_OK) {
            int asked = track_one(show.client, id);
            code = show_one(show.client, &show, id);
            code = code == EX_OK ? asked : code;
        }
    }
    if (show.client != NULL)
        print_warnings(show.client);
    mash_client_close(&show.client);
    return code;
}
