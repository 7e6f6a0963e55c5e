/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_send.c - `mash-client send`: compose a notice by the catalogue, check it, send it.
 * Ends in exactly one of three sentences; nothing else may read as success. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/compose.h"
#include "clients/cli/output.h"
#include "proto/file.h"

#define RECIPIENTS_MAX 64
#define VALUES_MAX 256

static const char doc[] =
    "Compose a notice and send it.\v"
    "Examples:\n"
    "  mash-client send --type REFERRAL --to county-council/first-response@llr --lead --content referral.json\n"
    "  mash-client send --type MISSING_CHILD --immediate --to leics-police/control@llr \\\n"
    "    --info city-hospital/safeguarding@llr --content - < notice.json\n"
    "  mash-client send --type REFERRAL --to county-council/first-response@llr subjects.1.given_name=Sam ...\n\n"
    "--lead and --cover-for belong to the --to or --info before them.  Values given as PATH=VALUE are put into\n"
    "the content.  It ends in one of three sentences: \"held (receipt ...)\" (exit 0), \"NOT sent, still trying:\n"
    "ring ...\" (75) and \"refused: ...\" (77).\n";

enum { KEY_TO = 1, KEY_INFO, KEY_LEAD, KEY_COVER, KEY_TYPE, KEY_IMMEDIATE, KEY_DRILL, KEY_RESTRICTED, KEY_ADDRESS,
       KEY_SOURCE, KEY_REPLY, KEY_RELATION, KEY_REFERENCE, KEY_CONTENT, KEY_RAW, KEY_SUBJECTS, KEY_FROM };

static const struct argp_option options[] = {
    { "from", KEY_FROM, "MAILBOX", 0, "sending mailbox (default: the first of this installation)", 1 },
    { "to", KEY_TO, "MAILBOX", 0, "recipient who owes action", 1 },
    { "info", KEY_INFO, "MAILBOX", 0, "recipient for information", 1 },
    { "lead", KEY_LEAD, NULL, 0, "the recipient before it leads", 1 },
    { "cover-for", KEY_COVER, "MAILBOX", 0, "the recipient before it covers MAILBOX", 1 },
    { "type", KEY_TYPE, "TYPE", 0, "type of notice: `mash-client types` lists them", 2 },
    { "content", KEY_CONTENT, "FILE", 0, "content as JSON; - is standard input", 2 },
    { "reference", KEY_REFERENCE, "TEXT", 0, "our own reference; travels sealed", 2 },
    { "immediate", KEY_IMMEDIATE, NULL, 0, "needs somebody now; also ring", 3 },
    { "drill", KEY_DRILL, NULL, 0, "a drill, marked as such everywhere", 3 },
    { "restricted", KEY_RESTRICTED, NULL, 0, "restricted", 3 },
    { "address-confidential", KEY_ADDRESS, NULL, 0, "an address in it must not be disclosed", 3 },
    { "source-confidential", KEY_SOURCE, NULL, 0, "who told us must not be disclosed", 3 },
    { "reply-to", KEY_REPLY, "ID", 0, "the notice this one answers or follows", 4 },
    { "relation", KEY_RELATION, "HOW", 0, "update, correction, withdrawn or same-matter", 4 },
    { "content-file", KEY_RAW, "FILE", OPTION_HIDDEN, "content as encoded bytes", 5 },
    { "subjects", KEY_SUBJECTS, "N", OPTION_HIDDEN, "with --content-file: how many children", 5 },
    { 0 },
};

struct send {
    struct shared shared;
    struct mash_draft draft;
    struct mash_draft_recipient recipients[RECIPIENTS_MAX];
    const char *content_path, *raw_path, *reply_to;
    const char *values[VALUES_MAX];
    size_t n_values;
    /* what the draft borrows */
    struct composed composed;
    char in_reply_to[MASH_DIGEST_TEXT], thread[MASH_NOTICE_ID_TEXT];
    char told[MASH_NOTICE_ID_TEXT]; /* the notice whose ending has been said */
};

/* ---- options ---- */

static void
add_recipient(struct send *send, const char *mailbox, bool information, struct argp_state *state)
{
    if (send->draft.n_recipients == RECIPIENTS_MAX)
        argp_error(state, "more than %d recipients", RECIPIENTS_MAX);
    send->recipients[send->draft.n_recipients++] = (struct mash_draft_recipient){ .mailbox = mailbox,
                                                                                  .information = information };
}

static struct mash_draft_recipient *
last_recipient(struct send *send, struct argp_state *state)
{
    if (send->draft.n_recipients == 0)
        argp_error(state, "--to or --info comes first");
    return &send->recipients[send->draft.n_recipients - 1];
}

static int
relation_of(const char *text, struct argp_state *state)
{
    static const char *const names[] = { "", "update", "correction", "withdrawn", "same-matter" };
    for (int i = 1; i < 5; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    argp_error(state, "--relation: not update, correction, withdrawn or same-matter");
    return 0;
}

static uint32_t
subjects_of(const char *text, struct argp_state *state)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value < 1 || value > MASH_SUBJECTS_MAX)
        argp_error(state, "--subjects: not 1 to %u", MASH_SUBJECTS_MAX);
    return (uint32_t)value;
}

static void
add_value(struct send *send, const char *text, struct argp_state *state)
{
    if (strchr(text, '=') == NULL || send->n_values == VALUES_MAX)
        argp_error(state, "%s: not PATH=VALUE, or too many of them", text);
    send->values[send->n_values++] = text;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct send *send = state->input;
    struct mash_draft *draft = &send->draft;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &send->shared; return 0;
    case KEY_FROM: draft->from = arg; return 0;
    case KEY_TO: add_recipient(send, arg, false, state); return 0;
    case KEY_INFO: add_recipient(send, arg, true, state); return 0;
    case KEY_LEAD: last_recipient(send, state)->lead = true; return 0;
    case KEY_COVER: last_recipient(send, state)->cover_for = arg; return 0;
    case KEY_TYPE: draft->type = arg; return 0;
    case KEY_IMMEDIATE: draft->immediate = true; return 0;
    case KEY_DRILL: draft->drill = true; return 0;
    case KEY_RESTRICTED: draft->restricted = true; return 0;
    case KEY_ADDRESS: draft->address_confidential = true; return 0;
    case KEY_SOURCE: draft->source_confidential = true; return 0;
    case KEY_REPLY: send->reply_to = arg; return 0;
    case KEY_RELATION: draft->relation = relation_of(arg, state); return 0;
    case KEY_REFERENCE: draft->local_reference = arg; return 0;
    case KEY_CONTENT: send->content_path = arg; return 0;
    case KEY_RAW: send->raw_path = arg; return 0;
    case KEY_SUBJECTS: draft->subject_count = subjects_of(arg, state); return 0;
    case ARGP_KEY_ARG: add_value(send, arg, state); return 0;
    case ARGP_KEY_END:
        if (draft->type == NULL || draft->n_recipients == 0)
            argp_error(state, "--type and at least one --to or --info are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- content ---- */

static bool
read_input(const char *path, struct mash_bytes *ret_text)
{
    if (strcmp(path, "-") != 0) {
        enum mash_err err = mash_file_read(path, ret_text);
        if (err != MASH_OK)
            fprintf(stderr, "mash-client: %s: %s\n", path, mash_file_strerror(err));
        return err == MASH_OK;
    }
    char buffer[4096];
    for (size_t len; (len = fread(buffer, 1, sizeof(buffer), stdin)) > 0;)
        if (mash_bytes_append(ret_text, buffer, len) != MASH_OK)
            return false;
    return ferror(stdin) == 0;
}

static enum mash_err
put_values(const struct send *send, struct mash_bytes *json)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < send->n_values; i++) {
        char path[128];
        const char *equals = strchr(send->values[i], '=');
        size_t len = (size_t)(equals - send->values[i]);
        if (len >= sizeof(path))
            err = MASH_E_VALUE;
        else {
            memcpy(path, send->values[i], len);
            path[len] = '\0';
            err = mash_content_json_set(json, path, equals + 1);
        }
        if (err != MASH_OK)
            fprintf(stderr, "mash-client: %s: %s\n", send->values[i], mash_strerror(err));
    }
    return err;
}

/* JSON and values -> the type's message, checked; and from it what stands in the clear. */
static int
compose_draft(struct send *send)
{
    struct mash_findings findings = { 0 };
    struct mash_bytes json = mash_bytes_max(4u * MASH_BODY_MAX);
    const struct mash_type *type = mash_type_find(send->draft.type);
    enum mash_err err = MASH_OK;
    if (type == NULL) {
        fprintf(stderr, "mash-client: %s is not a type of the catalogue\n", send->draft.type);
        return EX_DATAERR;
    }
    if (send->content_path != NULL && !read_input(send->content_path, &json))
        err = MASH_E_UNKNOWN;
    if (err == MASH_OK && json.len == 0)
        err = mash_bytes_append_str(&json, "{}");
    if (err == MASH_OK)
        err = put_values(send, &json);
    if (err == MASH_OK)
        err = compose(type, mash_bytes_span(&json), &send->composed, &findings, &send->draft);
    print_findings("", &findings);
    mash_findings_free(&findings);
    mash_bytes_wipe(&json);
    return err == MASH_OK ? EX_OK : exit_code_of(err);
}

static int
prepare(struct send *send)
{
    if (send->raw_path == NULL)
        return compose_draft(send);
    if (!read_input(send->raw_path, &send->composed.content))
        return EX_NOINPUT;
    if (send->draft.subject_count == 0)
        send->draft.subject_count = 1;
    send->draft.content = send->composed.content.data;
    send->draft.content_len = send->composed.content.len;
    return EX_OK;
}

/* The digest and the thread of the notice this one follows. */
static int
resolve_reply(struct mash_client *client, struct send *send)
{
    char id[MASH_NOTICE_ID_TEXT];
    struct mash_notice *notice = NULL;
    if (send->reply_to == NULL)
        return EX_OK;
    int code = find_id(client, send->reply_to, id);
    if (code != EX_OK)
        return code;
    enum mash_err err = mash_notice_open(client, id, true, &notice);
    if (err != MASH_OK)
        return client_failed(client, err);
    memcpy(send->in_reply_to, mash_notice_info(notice)->manifest_sha256, sizeof(send->in_reply_to));
    memcpy(send->thread, mash_notice_info(notice)->thread, sizeof(send->thread));
    mash_notice_close(&notice);
    send->draft.in_reply_to = send->in_reply_to;
    send->draft.thread = send->thread;
    return EX_OK;
}

static int
send_it(struct mash_client *client, struct send *send)
{
    struct mash_result result;
    enum mash_err err = mash_client_send(client, &send->draft, 1, &result);
    if (err != MASH_OK)
        return client_failed(client, err);
    memcpy(send->told, result.id, sizeof(send->told));
    if (send->shared.json) {
        if (!print_json(result_json(&result, "held")))
            return EX_IOERR;
    } else {
        print_result(&result);
    }
    return (int)result.end;
}

int
cmd_send(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "[PATH=VALUE...]", doc, shared_children, NULL, NULL };
    struct mash_client *client = NULL;
    struct send *send = calloc(1, sizeof(*send));
    if (send == NULL)
        return EX_OSERR;
    composed_init(&send->composed);
    send->draft.recipients = send->recipients;
    int code = argp_parse(&argp, argc, argv, 0, NULL, send) == 0 ? prepare(send) : EX_USAGE;
    if (code == EX_OK)
        code = client_start(&send->shared, &client);
    if (code == EX_OK)
        code = resolve_reply(client, send);
    if (code == EX_OK) {
        code = send_it(client, send);
        print_warnings_but(client, send->told);
    }
    mash_client_close(&client);
    composed_free(&send->composed);
    free(send);
    return code;
}
