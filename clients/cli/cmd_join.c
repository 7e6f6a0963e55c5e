/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_join.c - `mash-client join`: the first bundle, pinned. */
#include <stdio.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"

static const char doc[] =
    "Take in the partnership's bundle after the enrolment was signed.\v"
    "Examples:\n"
    "  mash-client join bundle/1 --endpoint tcp://exchange.llr.example:5671 --governance-pin 3f0c...\n\n"
    "BUNDLE is the folder with the note and its four files.  The governance pin is read to you by phone, from\n"
    "another source than the bundle itself.\n";

enum { KEY_ENDPOINT = 1, KEY_PIN };

static const struct argp_option options[] = {
    { "endpoint", KEY_ENDPOINT, "tcp://HOST:PORT", 0, "where the exchange listens", 1 },
    { "governance-pin", KEY_PIN, "HEX", 0, "digest of the governance keys, 64 digits", 1 },
    { 0 },
};

struct join {
    struct shared shared;
    const char *bundle, *endpoint, *pin;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct join *join = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &join->shared; return 0;
    case KEY_ENDPOINT: join->endpoint = arg; return 0;
    case KEY_PIN: join->pin = arg; return 0;
    case ARGP_KEY_ARG:
        if (join->bundle != NULL)
            argp_usage(state);
        join->bundle = arg;
        return 0;
    case ARGP_KEY_END:
        if (join->bundle == NULL || join->endpoint == NULL || join->pin == NULL)
            argp_error(state, "BUNDLE, --endpoint and --governance-pin are needed");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int
cmd_join(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "BUNDLE", doc, shared_children, NULL, NULL };
    struct join join = { .bundle = NULL };
    char home[4096], why[1024] = "";
    if (argp_parse(&argp, argc, argv, 0, NULL, &join) != 0)
        return EX_USAGE;
    if (!home_path(&join.shared, home, sizeof(home)))
        return EX_CONFIG;
    enum mash_err err = mash_client_join(home, join.bundle, join.endpoint, join.pin, why, sizeof(why));
    if (err != MASH_OK) {
        fprintf(stderr, "mash-client: %s\n", why[0] != '\0' ? why : mash_strerror(err));
        return exit_code_of(err);
    }
    if (join.shared.json)
        return print_json(json_pack("{s:b}", "joined", 1)) ? EX_OK : EX_IOERR;
    printf("joined; try `mash-client status`\n");
    return EX_OK;
}
