/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_import.c - `mash-client import cin FILE`: each referral episode of a children-in-need census becomes a
 * contact.  The whole file is checked first: a file with errors sends nothing, unless told to leave those out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/compose.h"
#include "clients/cli/output.h"
#include "clients/lib/census.h"
#include "proto/limits.h"

static const char doc[] =
    "Make contacts of a children-in-need census file and send them.\v"
    "Examples:\n"
    "  mash-client import cin census.xml --to city-social-care/front-door@llr \\\n"
    "    --name 'P Sample' --role 'Data officer' --phone '0116 496 0102'\n\n"
    "One contact for each referral episode (CINdetails).  The census holds no names and no narrative: those fields\n"
    "say \"not known\".  The file is checked whole before anything is sent; wrong identifiers warn and are counted.\n"
    "Exit 0: all held; 75: some not sent, still trying (mash-client resubmit); 77: some refused; 65: wrong fields.\n";

enum { KEY_TO = 1, KEY_FROM, KEY_NAME, KEY_ROLE, KEY_PHONE, KEY_AGENCY, KEY_SKIP };

static const struct argp_option options[] = {
    { "to", KEY_TO, "MAILBOX", 0, "recipient who owes action", 1 },
    { "from", KEY_FROM, "MAILBOX", 0, "sending mailbox (default: the first of this installation)", 1 },
    { "name", KEY_NAME, "TEXT", 0, "who imports: name", 2 },
    { "role", KEY_ROLE, "TEXT", 0, "who imports: role", 2 },
    { "phone", KEY_PHONE, "NUMBER", 0, "who imports: phone", 2 },
    { "agency", KEY_AGENCY, "TEXT", 0, "who imports: agency", 2 },
    { "skip-wrong", KEY_SKIP, NULL, 0, "leave episodes with wrong fields out, listed, instead of sending nothing", 3 },
    { 0 },
};

struct episode {
    size_t child, number;
    char reference[64];
    struct composed composed;
    struct mash_draft draft;
};

struct import {
    struct shared shared;
    const char *kind, *file, *from;
    bool skip_wrong;
    struct mash_draft_recipient recipient;
    struct mash_census_referrer referrer;
    struct episode **episodes; /* each its own allocation: a draft borrows from its episode */
    size_t n_episodes, wrong, warned;
    size_t ended[3];           /* held, trying, refused */
    json_t *results;           /* with --json */
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct import *import = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &import->shared; return 0;
    case KEY_TO: import->recipient.mailbox = arg; return 0;
    case KEY_FROM: import->from = arg; return 0;
    case KEY_NAME: import->referrer.name = arg; return 0;
    case KEY_ROLE: import->referrer.role = arg; return 0;
    case KEY_PHONE: import->referrer.phone = arg; return 0;
    case KEY_AGENCY: import->referrer.agency = arg; return 0;
    case KEY_SKIP: import->skip_wrong = true; return 0;
    case ARGP_KEY_ARG:
        if (import->kind == NULL)
            import->kind = arg;
        else if (import->file == NULL)
            import->file = arg;
        else
            argp_usage(state);
        return 0;
    case ARGP_KEY_END:
        if (import->file == NULL || strcmp(import->kind, "cin") != 0)
            argp_error(state, "import cin FILE: cin is the only kind of file");
        if (import->recipient.mailbox == NULL || import->referrer.name == NULL || import->referrer.role == NULL ||
            import->referrer.phone == NULL)
            argp_error(state, "--to, --name, --role and --phone are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- reading ---- */

static enum mash_err
keep(struct import *import, struct episode *episode)
{
    if ((import->n_episodes & (import->n_episodes + 1)) == 0) { /* 0, 1, 3, 7 ...: room for twice as many */
        size_t room = 2 * import->n_episodes + 1;
        struct episode **more = realloc(import->episodes, room * sizeof(struct episode *));
        if (more == NULL)
            return MASH_E_NOMEM;
        import->episodes = more;
    }
    import->episodes[import->n_episodes++] = episode;
    return MASH_OK;
}

static void
drop(struct episode *episode)
{
    composed_free(&episode->composed);
    free(episode);
}

static enum mash_err
take_episode(void *ctx, size_t child, size_t number, struct mash_span json)
{
    struct import *import = ctx;
    struct mash_findings findings = { 0 };
    struct episode *episode = calloc(1, sizeof(*episode));
    if (episode == NULL)
        return MASH_E_NOMEM;
    episode->child = child;
    episode->number = number;
    composed_init(&episode->composed);
    (void)snprintf(episode->reference, sizeof(episode->reference), "child %zu, episode %zu", child, number);
    episode->draft.from = import->from;
    episode->draft.recipients = &import->recipient;
    episode->draft.n_recipients = 1;
    episode->draft.local_reference = episode->reference;
    enum mash_err err = compose(mash_type_find("CONTACT"), json, &episode->composed, &findings, &episode->draft);

    char where[80];
    (void)snprintf(where, sizeof(where), "%s: ", episode->reference);
    if (err != MASH_OK)
        print_findings(where, &findings);
    import->warned += findings.n_warnings > 0;
    mash_findings_free(&findings);
    if (err == MASH_OK)
        err = keep(import, episode);
    if (err == MASH_OK)
        return MASH_OK;
    drop(episode);
    if (err != MASH_E_VALUE && err != MASH_E_FORMAT)
        return err;
    import->wrong++;
    return MASH_OK;
}

static int
read_file(struct import *import)
{
    char why[300] = "";
    enum mash_err err = mash_census_read(import->file, &import->referrer, take_episode, import, why, sizeof(why));
    if (err != MASH_OK) {
        fprintf(stderr, "mash-client: %s\n", why[0] != '\0' ? why : mash_strerror(err));
        return err == MASH_E_IO ? EX_NOINPUT : exit_code_of(err);
    }
    if (import->wrong > 0)
        fprintf(stderr, "mash-client: %zu of %zu episodes have wrong fields%s\n", import->wrong,
                import->n_episodes + import->wrong, import->skip_wrong ? " and are left out" : "; nothing was sent");
    if (import->warned > 0)
        fprintf(stderr, "mash-client: %zu episodes have doubtful or missing values; they are sent all the same\n",
                import->warned);
    if (import->wrong > 0 && !import->skip_wrong)
        return EX_DATAERR;
    return EX_OK;
}

/* ---- sending ---- */

static void
add_result(struct import *import, const struct episode *episode, const struct mash_result *result)
{
    import->ended[result->end == MASH_END_HELD ? 0 : result->end == MASH_END_TRYING ? 1 : 2]++;
    if (result->end == MASH_END_REFUSED)
        fprintf(stderr, "%s: %s\n", episode->reference, result->sentence);
    if (import->results == NULL)
        return;
    json_t *row = result_json(result, "held");
    (void)json_object_set_new(row, "child", json_integer((json_int_t)episode->child));
    (void)json_object_set_new(row, "episode", json_integer((json_int_t)episode->number));
    (void)json_array_append_new(import->results, row);
}

/* Up to 64 under one signature: what the wire contract allows. */
static int
send_all(struct import *import, struct mash_client *client)
{
    struct mash_draft drafts[MASH_BATCH_MAX];
    struct mash_result *results = calloc(MASH_BATCH_MAX, sizeof(*results));
    if (results == NULL)
        return EX_OSERR;
    int code = EX_OK;
    for (size_t at = 0; at < import->n_episodes && code == EX_OK;) {
        size_t n = import->n_episodes - at < MASH_BATCH_MAX ? import->n_episodes - at : MASH_BATCH_MAX;
        for (size_t i = 0; i < n; i++)
            drafts[i] = import->episodes[at + i]->draft;
        enum mash_err err = mash_client_send(client, drafts, n, results);
        if (err != MASH_OK)
            code = client_failed(client, err);
        for (size_t i = 0; err == MASH_OK && i < n; i++)
            add_result(import, import->episodes[at + i], &results[i]);
        at += n;
    }
    free(results);
    return code;
}

static int
sum_up(struct import *import)
{
    if (import->results != NULL) {
        if (!print_json(json_incref(import->results)))
            return EX_IOERR;
    } else {
        printf("%zu contacts: %zu held by the exchange, %zu NOT sent, still trying, %zu refused\n",
               import->n_episodes, import->ended[0], import->ended[1], import->ended[2]);
    }
    return import->ended[2] > 0 ? MASH_END_REFUSED : import->ended[1] > 0 ? MASH_END_TRYING : MASH_END_HELD;
}

int
cmd_import(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "cin FILE", doc, shared_children, NULL, NULL };
    struct mash_client *client = NULL;
    struct import import = { .referrer.agency = "not known" };
    if (argp_parse(&argp, argc, argv, 0, NULL, &import) != 0)
        return EX_USAGE;
    import.results = import.shared.json ? json_array() : NULL;
    int code = read_file(&import);
    if (code == EX_OK)
        code = client_start(&import.shared, &client);
    if (code == EX_OK) {
        code = send_all(&import, client);
        if (code == EX_OK)
            code = sum_up(&import);
        print_warnings(client);
    }
    mash_client_close(&client);
    for (size_t i = 0; i < import.n_episodes; i++)
        drop(import.episodes[i]);
    free(import.episodes);
    json_decref(import.results);
    return code;
}
