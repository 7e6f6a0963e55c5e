/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_suspend.c - `mash-client suspend`: the agency stops a key or a mailbox of its own at once. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"
#include "clients/cli/passphrase.h"

static const char doc[] =
    "Stop a key or a mailbox of your agency at once.\v"
    "Examples:\n"
    "  mash-client suspend --key-id 0123456789abcdef0123456789abcdef --reason device-lost\n"
    "  mash-client suspend --mailbox hilltop-school/dsl@llr --reason mailbox-closed\n\n"
    "It needs an act key, and is in force within a second: a suspended mailbox neither sends nor collects.\n"
    "Only a new bundle, signed by the governance holders, lifts it.  When the exchange cannot be reached, ring\n"
    "its operator, who can do the same.\n";

enum { KEY_MAILBOX = 1, KEY_KEY_ID, KEY_REASON, KEY_FROM, KEY_PASSPHRASE };

static const struct argp_option options[] = {
    { "mailbox", KEY_MAILBOX, "MAILBOX", 0, "suspend this mailbox", 1 },
    { "key-id", KEY_KEY_ID, "HEX", 0, "suspend this sign, seal or link key", 1 },
    { "reason", KEY_REASON, "CODE", 0, "why, as a code: device-lost, key-exposed", 1 },
    { "from", KEY_FROM, "MAILBOX", 0, "whose act key says it (default: the first of this installation)", 2 },
    { "passphrase-file", KEY_PASSPHRASE, "FILE", 0, "passphrase of the act key, first line of FILE", 2 },
    { 0 },
};

struct suspending {
    struct shared shared;
    struct mash_suspend suspend;
    const char *passphrase_file;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct suspending *suspending = state->input;
    struct mash_suspend *suspend = &suspending->suspend;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &suspending->shared; return 0;
    case KEY_MAILBOX: suspend->mailbox = arg; return 0;
    case KEY_KEY_ID: suspend->key_id = arg; return 0;
    case KEY_REASON: suspend->reason = arg; return 0;
    case KEY_FROM: suspend->by = arg; return 0;
    case KEY_PASSPHRASE: suspending->passphrase_file = arg; return 0;
    case ARGP_KEY_END:
        if ((suspend->mailbox == NULL) == (suspend->key_id == NULL) || suspend->reason == NULL)
            argp_error(state, "one of --mailbox and --key-id, and --reason are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int
suspend(struct mash_client *client, struct suspending *suspending)
{
    char *passphrase = NULL;
    const char *file = suspending->passphrase_file;
    if (file != NULL && !passphrase_get(file, "", false, &passphrase))
        return EX_NOINPUT;
    suspending->suspend.passphrase = passphrase;
    enum mash_err err = mash_client_suspend(client, &suspending->suspend);
    /* a locked key: ask the person, once */
    if (err == MASH_E_DENIED && passphrase == NULL && passphrase_can_ask() &&
        strstr(mash_client_why(client), "locked") != NULL &&
        passphrase_get(NULL, "Passphrase of the act key: ", false, &passphrase)) {
        suspending->suspend.passphrase = passphrase;
        err = mash_client_suspend(client, &suspending->suspend);
    }
    passphrase_free(passphrase);
    if (err != MASH_OK) {
        int code = client_failed(client, err);
        fprintf(stderr, "mash-client: NOT suspended, as far as is known here: ring the operator\n");
        return code;
    }
    if (suspending->shared.json)
        return print_json(json_pack("{s:b}", "suspended", 1)) ? EX_OK : EX_IOERR;
    printf("suspended; only a new bundle lifts that\n");
    return EX_OK;
}

int
cmd_suspend(int argc, char **argv)
{
    static const struct argp argp = { options, parse, NULL, doc, shared_children, NULL, NULL };
    struct suspending suspending = { .passphrase_file = NULL };
    struct mash_client *client = NULL;
    if (argp_parse(&argp, argc, argv, 0, NULL, &suspending) != 0)
        return EX_USAGE;
    int code = client_start(&suspending.shared, &client);
    if (code == EX_OK)
        code = suspend(client, &suspending);
    mash_client_close(&client);
    return code;
}
