/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_suspend.c - `mashctl suspend`: one operator stops a key or a mailbox at once; only a bundle lifts it. */
#include <stdio.h>
#include <sysexits.h>

#include "clients/ops/online.h"
#include "clients/ops/online_commands.h"
#include "proto/address.h"
#include "proto/keys.h"

static const char doc[] =
    "Stop a key or a mailbox at once.\v"
    "Denying needs one operator; allowing again needs a new bundle signed by the governance holders.\n\n"
    "Examples:\n"
    "  mashctl suspend --mailbox sample-school/dsl@llr --reason device-lost --key op1.key\n"
    "  mashctl suspend --key-id 0123456789abcdef0123456789abcdef --reason key-exposed --key op1.key\n";

enum { OPTION_MAILBOX = 300, OPTION_KEY_ID, OPTION_REASON };

static const struct argp_option options[] = {
    { "mailbox", OPTION_MAILBOX, "ADDRESS", 0, "Suspend this mailbox: it neither sends nor collects", 0 },
    { "key-id", OPTION_KEY_ID, "HEX", 0, "Suspend this key (sign, seal or link)", 0 },
    { "reason", OPTION_REASON, "CODE", 0, "Why, as a code: letters, digits and dashes", 0 },
    { 0 },
};

struct suspend {
    struct mash_online online;
    char *mailbox, *key_id, *reason;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct suspend *suspend = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &suspend->online;
        return 0;
    case OPTION_MAILBOX:
        suspend->mailbox = arg;
        return 0;
    case OPTION_KEY_ID:
        suspend->key_id = arg;
        return 0;
    case OPTION_REASON:
        suspend->reason = arg;
        return 0;
    case ARGP_KEY_END:
        if ((suspend->mailbox == NULL) == (suspend->key_id == NULL))
            argp_error(state, "give one of --mailbox and --key-id");
        if (suspend->reason == NULL || !mash_code_ok(suspend->reason))
            argp_error(state, "give --reason CODE: letters, digits, dots, dashes");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int
mash_cmd_suspend(int argc, char **argv)
{
    static const struct argp_child children[] = { { &mash_online_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = { options, parse, NULL, doc, children, NULL, NULL };
    struct suspend suspend = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &suspend);

    struct mash_key_id id;
    struct mash_address address;
    Mash__CommandSuspend ask = MASH__COMMAND_SUSPEND__INIT;
    if (suspend.key_id != NULL) {
        if (mash_key_id_parse(suspend.key_id, &id) != MASH_OK) {
            fprintf(stderr, "mashctl suspend: --key-id must be 32 lower-case hex digits\n");
            return EX_USAGE;
        }
        ask.key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
    } else {
        if (mash_address_parse(suspend.mailbox, &address) != MASH_OK) {
            fprintf(stderr, "mashctl suspend: --mailbox must be agency/mailbox@partnership\n");
            return EX_USAGE;
        }
        ask.mailbox = suspend.mailbox;
    }
    ask.reason = suspend.reason;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_SUSPEND;
    command.suspend = &ask;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&suspend.online, "suspend", true, &command, &answer);
    return code == EX_OK ? mash_online_done(&suspend.online, &answer) : code;
}
