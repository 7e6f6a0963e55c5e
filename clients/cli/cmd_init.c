/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init.c - `mash-client init`: make a home, its keys and the enrolment request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"
#include "clients/cli/passphrase.h"

#define MAILBOXES_MAX 16

static const char doc[] =
    "Make a home: keys, a recovery key, and the request to be enrolled.\v"
    "Examples:\n"
    "  mash-client init --mailbox leics-police/ppu@llr --mailbox-name 'Public protection unit' \\\n"
    "    --phone '0116 496 0001' --hours 24h --agency-name 'Leicestershire Police' --kind police \\\n"
    "    --overdue-role 'Duty inspector' --overdue-phone '0116 496 0002' \\\n"
    "    --recovery-out /media/safe/recovery.key --request-out request.json\n\n"
    "--mailbox begins a further mailbox; --mailbox-name, --phone, --hours and --cover belong to the last one.\n"
    "The act key, with which a person acknowledges and decides, is locked with a passphrase: it is asked for, or\n"
    "read from --act-passphrase-file; --act-unlocked leaves it unlocked.\n";

enum { KEY_NAME = 1, KEY_PHONE, KEY_HOURS, KEY_COVER, KEY_AGENCY, KEY_KIND, KEY_ROLE, KEY_OVERDUE, KEY_INSTALLATION,
       KEY_RECOVERY, KEY_REQUEST, KEY_PASSPHRASE, KEY_UNLOCKED };

static const struct argp_option options[] = {
    { "mailbox", 'm', "ADDRESS", 0, "agency/mailbox@partnership", 1 },
    { "mailbox-name", KEY_NAME, "TEXT", 0, "what the mailbox is called", 1 },
    { "phone", KEY_PHONE, "NUMBER", 0, "whom to ring when the exchange cannot reach it", 1 },
    { "hours", KEY_HOURS, "HOURS", 0, "24h (default), or e.g. 'mon-fri 09:00-17:00'", 1 },
    { "cover", KEY_COVER, "ADDRESS", 0, "the mailbox that covers it", 1 },
    { "agency-name", KEY_AGENCY, "TEXT", 0, "what the agency is called", 2 },
    { "kind", KEY_KIND, "KIND", 0, "police, health, school, social-care, housing, marac, ...", 2 },
    { "overdue-role", KEY_ROLE, "TEXT", 0, "who is told when something is overdue", 2 },
    { "overdue-phone", KEY_OVERDUE, "NUMBER", 0, "and their phone", 2 },
    { "installation", KEY_INSTALLATION, "NAME", 0, "name of this installation (default: main)", 2 },
    { "recovery-out", KEY_RECOVERY, "FILE", 0, "where the recovery key goes: a medium you can put away", 3 },
    { "request-out", KEY_REQUEST, "FILE", 0, "where the enrolment request goes", 3 },
    { "act-passphrase-file", KEY_PASSPHRASE, "FILE", 0, "file with the passphrase of the act keys", 3 },
    { "act-unlocked", KEY_UNLOCKED, NULL, 0, "do not lock the act keys", 3 },
    { 0 },
};

struct init {
    struct shared shared;
    struct mash_enrolment enrolment;
    struct mash_enrolment_mailbox mailboxes[MAILBOXES_MAX];
    const char *passphrase_file;
    bool unlocked;
};

static struct mash_enrolment_mailbox *
last_mailbox(struct init *init, struct argp_state *state)
{
    if (init->enrolment.n_mailboxes == 0)
        argp_error(state, "--mailbox comes first");
    return &init->mailboxes[init->enrolment.n_mailboxes - 1];
}

static void
add_mailbox(struct init *init, const char *address, struct argp_state *state)
{
    if (init->enrolment.n_mailboxes == MAILBOXES_MAX)
        argp_error(state, "more than %d mailboxes", MAILBOXES_MAX);
    init->mailboxes[init->enrolment.n_mailboxes++] = (struct mash_enrolment_mailbox){ .address = address,
                                                                                     .hours = "24h" };
}

static void
check_complete(const struct init *init, struct argp_state *state)
{
    const struct mash_enrolment *enrolment = &init->enrolment;
    const struct { const char *value, *option; } needed[] = {
        { enrolment->agency_name, "--agency-name" },     { enrolment->agency_kind, "--kind" },
        { enrolment->overdue_role, "--overdue-role" },   { enrolment->overdue_phone, "--overdue-phone" },
        { enrolment->recovery_out, "--recovery-out" },   { enrolment->request_out, "--request-out" },
    };
    if (enrolment->n_mailboxes == 0)
        argp_error(state, "--mailbox is needed");
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (needed[i].value == NULL)
            argp_error(state, "%s is needed", needed[i].option);
    for (size_t i = 0; i < enrolment->n_mailboxes; i++)
        if (init->mailboxes[i].name == NULL || init->mailboxes[i].phone == NULL)
            argp_error(state, "%s needs --mailbox-name and --phone", init->mailboxes[i].address);
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct init *init = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &init->shared; return 0;
    case 'm': add_mailbox(init, arg, state); return 0;
    case KEY_NAME: last_mailbox(init, state)->name = arg; return 0;
    case KEY_PHONE: last_mailbox(init, state)->phone = arg; return 0;
    case KEY_HOURS: last_mailbox(init, state)->hours = arg; return 0;
    case KEY_COVER: last_mailbox(init, state)->cover = arg; return 0;
    case KEY_AGENCY: init->enrolment.agency_name = arg; return 0;
    case KEY_KIND: init->enrolment.agency_kind = arg; return 0;
    case KEY_ROLE: init->enrolment.overdue_role = arg; return 0;
    case KEY_OVERDUE: init->enrolment.overdue_phone = arg; return 0;
    case KEY_INSTALLATION: init->enrolment.installation = arg; return 0;
    case KEY_RECOVERY: init->enrolment.recovery_out = arg; return 0;
    case KEY_REQUEST: init->enrolment.request_out = arg; return 0;
    case KEY_PASSPHRASE: init->passphrase_file = arg; return 0;
    case KEY_UNLOCKED: init->unlocked = true; return 0;
    case ARGP_KEY_ARG: argp_usage(state); return 0;
    case ARGP_KEY_END: check_complete(init, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int
tell(const struct init *init, const char *home, const char *words)
{
    if (init->shared.json) {
        json_t *value = json_pack("{s:s, s:s, s:s, s:s}", "home", home, "words", words, "request",
                                  init->enrolment.request_out, "recovery", init->enrolment.recovery_out);
        return print_json(value) ? EX_OK : EX_IOERR;
    }
    printf("home %s made\nrequest %s\nwords: %s\n", home, init->enrolment.request_out, words);
    fprintf(stderr,
            "The recovery key was tried and opens a test body.  Now move %s to a medium that is kept off-line, in a\n"
            "safe, and delete it here: without it nothing can be read when this machine is lost.\n"
            "Send the request to the partnership and compare the words with them by phone.\n",
            init->enrolment.recovery_out);
    return EX_OK;
}

int
cmd_init(int argc, char **argv)
{
    static const struct argp argp = { options, parse, NULL, doc, shared_children, NULL, NULL };
    struct init init = { .enrolment = { .installation = "main" } };
    char home[4096], words[128] = "", why[1024] = "";
    char *passphrase = NULL;
    init.enrolment.mailboxes = init.mailboxes;
    if (argp_parse(&argp, argc, argv, 0, NULL, &init) != 0)
        return EX_USAGE;
    if (!home_path(&init.shared, home, sizeof(home)))
        return EX_CONFIG;
    if (!init.unlocked && !passphrase_get(init.passphrase_file, "New passphrase of the act key: ", true, &passphrase))
        return EX_NOINPUT;
    init.enrolment.act_passphrase = passphrase;
    enum mash_err err = mash_client_init(home, &init.enrolment, words, sizeof(words), why, sizeof(why));
    passphrase_free(passphrase);
    if (err == MASH_OK)
        return tell(&init, home, words);
    fprintf(stderr, "mash-client: %s\n", why);
    return err == MASH_E_CONFLICT ? EX_CANTCREAT : exit_code_of(err);
}
