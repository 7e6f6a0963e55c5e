/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_stop.c - `mashctl stop`: an orderly end of the broker, signed and logged. */
#include <sysexits.h>

#include "clients/ops/online.h"
#include "clients/ops/online_commands.h"
#include "proto/address.h"

static const char doc[] = "Stop the broker in order; the log says who and why.\v"
                          "Example:\n"
                          "  mashctl stop --reason upgrade --key op1.key\n";

enum { OPTION_REASON = 300 };

static const struct argp_option options[] = {
    { "reason", OPTION_REASON, "CODE", 0, "Why, as a code: letters, digits and dashes", 0 },
    { 0 },
};

struct stop {
    struct mash_online online;
    char *reason;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct stop *stop = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &stop->online;
        return 0;
    case OPTION_REASON:
        stop->reason = arg;
        return 0;
    case ARGP_KEY_END:
        if (stop->reason == NULL || !mash_code_ok(stop->reason))
            argp_error(state, "give --reason CODE: letters, digits, dots, dashes");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int
mash_cmd_stop(int argc, char **argv)
{
    static const struct argp_child children[] = { { &mash_online_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = { options, parse, NULL, doc, children, NULL, NULL };
    struct stop stop = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &stop);

    Mash__CommandStop ask = MASH__COMMAND_STOP__INIT;
    ask.reason = stop.reason;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_STOP;
    command.stop = &ask;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&stop.online, "stop", true, &command, &answer);
    return code == EX_OK ? mash_online_done(&stop.online, &answer) : code;
}
