/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_act.c - what a person says about a notice: ack, triage, decide, decline, pass, recall.  One table of
 * acts; each needs a person's key, unlocked by their passphrase, and names them by the actor register. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"
#include "clients/cli/passphrase.h"

#define OUTCOMES_MAX 40

enum { KEY_ACTOR = 1, KEY_REASON, KEY_SUBJECT, KEY_PASSPHRASE, KEY_RAG, KEY_TO };

#define OPTION_ACTOR { "actor", KEY_ACTOR, "REF", 0, "who says it: a reference of the agency's actor register", 1 }
#define OPTION_REASON { "reason", KEY_REASON, "CODE", 0, "reason code of the catalogue", 1 }
#define OPTION_PASSPHRASE \
    { "passphrase-file", KEY_PASSPHRASE, "FILE", 0, "passphrase of the act key (otherwise asked for)", 2 }

static const struct argp_option ack_options[] = { OPTION_ACTOR, OPTION_PASSPHRASE, { 0 } };
static const struct argp_option decline_options[] = { OPTION_ACTOR, OPTION_REASON, OPTION_PASSPHRASE, { 0 } };
static const struct argp_option recall_options[] = { OPTION_ACTOR, OPTION_REASON, { 0 } };
static const struct argp_option triage_options[] = {
    { "rag", KEY_RAG, "GRADE", 0, "red, amber or green", 1 }, OPTION_ACTOR, OPTION_REASON, OPTION_PASSPHRASE, { 0 } };
static const struct argp_option pass_options[] = {
    { "to", KEY_TO, "MAILBOX", 0, "where it was passed on to", 1 }, OPTION_ACTOR, OPTION_REASON, OPTION_PASSPHRASE,
    { 0 } };
static const struct argp_option decide_options[] = {
    { "subject", KEY_SUBJECT, "N=CODE", 0, "outcome for child N (0: the notice as a whole); repeat for each", 1 },
    OPTION_ACTOR, OPTION_REASON, OPTION_PASSPHRASE, { 0 } };

static const struct act {
    const char *command, *state;
    const struct argp_option *options;
    const char *doc;
} acts[] = {
    { "ack", "acknowledged", ack_options,
      "Say that a named person has read the notice and is dealing with it.\v"
      "Examples:\n  mash-client ack 0193 --actor sw-0117\n" },
    { "triage", "triaged", triage_options,
      "Grade a notice; the reason is a code.\v"
      "Examples:\n  mash-client triage 0193 --rag red --reason first-grading --actor sw-0117\n" },
    { "decide", "decided", decide_options,
      "Say what was decided, for each child.\v"
      "Examples:\n  mash-client decide 0193 --subject 1=ASSESSMENT --subject 2=NFA --actor sw-0117\n" },
    { "decline", "declined", decline_options,
      "Say that a notice is not for us.\v"
      "Examples:\n  mash-client decline 0193 --reason wrong-area --actor sw-0117\n" },
    { "pass", "passed_to", pass_options,
      "Say that a notice was passed on to another mailbox (send it there as a notice of its own).\v"
      "Examples:\n  mash-client pass 0193 --to city-council/duty@llr --actor sw-0117\n" },
    { "recall", "recalled", recall_options,
      "Recall a notice that we sent and that nobody has collected yet.\v"
      "Examples:\n  mash-client recall 0193 --reason wrong-recipient\n" },
};

struct acting {
    struct shared shared;
    struct mash_act act;
    const char *id, *passphrase_file;
    struct mash_outcome_info outcomes[OUTCOMES_MAX];
};

static void
add_outcome(struct acting *acting, char *text, struct argp_state *state)
{
    char *end = NULL;
    unsigned long subject = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '=' || end[1] == '\0' || subject > 20 ||
        acting->act.n_outcomes == OUTCOMES_MAX)
        argp_error(state, "--subject %s: not N=CODE with N from 0 to 20", text);
    acting->outcomes[acting->act.n_outcomes++] = (struct mash_outcome_info){ (uint32_t)subject, end + 1 };
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct acting *acting = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &acting->shared; return 0;
    case KEY_ACTOR: acting->act.actor = arg; return 0;
    case KEY_REASON: acting->act.reason = arg; return 0;
    case KEY_RAG: acting->act.rag = arg; return 0;
    case KEY_TO: acting->act.passed_to = arg; return 0;
    case KEY_SUBJECT: add_outcome(acting, arg, state); return 0;
    case KEY_PASSPHRASE: acting->passphrase_file = arg; return 0;
    case ARGP_KEY_ARG:
        if (acting->id != NULL)
            argp_usage(state);
        acting->id = arg;
        return 0;
    case ARGP_KEY_END:
        if (acting->id == NULL)
            argp_error(state, "which notice?");
        if (acting->act.actor == NULL && strcmp(acting->act.state, "recalled") != 0)
            argp_error(state, "--actor is needed: who says it?");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int
act(struct mash_client *client, struct acting *acting, const char *id)
{
    struct mash_result result;
    char *passphrase = NULL;
    if (acting->passphrase_file != NULL && !passphrase_get(acting->passphrase_file, "", false, &passphrase))
        return EX_NOINPUT;
    acting->act.passphrase = passphrase;
    enum mash_err err = mash_client_act(client, id, &acting->act, &result);
    /* a locked key: ask the person, once */
    if (err == MASH_E_DENIED && passphrase == NULL && passphrase_can_ask() &&
        strstr(mash_client_why(client), "locked") != NULL &&
        passphrase_get(NULL, "Passphrase of the act key: ", false, &passphrase)) {
        acting->act.passphrase = passphrase;
        err = mash_client_act(client, id, &acting->act, &result);
    }
    passphrase_free(passphrase);
    if (err != MASH_OK)
        return client_failed(client, err);
    if (!acting->shared.json)
        print_result(&result);
    else if (!print_json(result_json(&result, "logged")))
        return EX_IOERR;
    return (int)result.end;
}

static int
run(const struct act *row, int argc, char **argv)
{
    const struct argp argp = { row->options, parse, "ID", row->doc, shared_children, NULL, NULL };
    struct acting acting = { .act = { .state = row->state } };
    struct mash_client *client = NULL;
    char id[MASH_NOTICE_ID_TEXT];
    acting.act.outcomes = acting.outcomes;
    if (argp_parse(&argp, argc, argv, 0, NULL, &acting) != 0)
        return EX_USAGE;
    int code = client_start(&acting.shared, &client);
    if (code == EX_OK)
        code = find_id(client, acting.id, id);
    if (code == EX_OK) {
        code = act(client, &acting, id);
        print_warnings(client);
    }
    mash_client_close(&client);
    return code;
}

int cmd_ack(int argc, char **argv) { return run(&acts[0], argc, argv); }
int cmd_triage(int argc, char **argv) { return run(&acts[1], argc, argv); }
int cmd_decide(int argc, char **argv) { return run(&acts[2], argc, argv); }
int cmd_decline(int argc, char **argv) { return run(&acts[3], argc, argv); }
int cmd_pass(int argc, char **argv) { return run(&acts[4], argc, argv); }
int cmd_recall(int argc, char **argv) { return run(&acts[5], argc, argv); }
