/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - mashd: the parent, or with --role=NAME as its first argument one of the roles it starts. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/console/console.h"
#include "daemon/gate/gate.h"
#include "daemon/ledger/ledger.h"
#include "daemon/proc/parent.h"

const char *argp_program_version = "mashd " MASH_VERSION;
const char *argp_program_bug_address = NULL;

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} roles[] = { { "gate", mash_gate_main }, { "ledger", mash_ledger_main }, { "console", mash_console_main } };

struct arguments { const char *config; bool check, print; };

static const struct argp_option arguments_known[] = {
    { "config", 'c', "FILE", 0, "Read options from FILE (default " MASH_CONFIG_DEFAULT_PATH ")", 0 },
    { "check-config", 'C', NULL, 0, "Check the options, print the memory the gate may need, and exit", 0 },
    { "print-config", 'P', NULL, 0, "Print all options with their values, and exit", 0 },
    { 0 }
};

static error_t
take_argument(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'c': arguments->config = value; return 0;
    case 'C': arguments->check = true; return 0;
    case 'P': arguments->print = true; return 0;
    case ARGP_KEY_ARG: argp_error(state, "unknown argument \"%s\"", value); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int
check(const struct mash_config *config)
{
    char text[256];
    uint64_t limit = mash_config_number(config, MASH_OPTION_MEMORY_LIMIT) << 20;
    bool fits = mash_config_memory(config, text, sizeof(text)) <= limit;
    (void)fprintf(fits ? stdout : stderr, "mashd: %s%s\n", fits ? "" : "refused: ", text);
    return fits ? EX_OK : EX_CONFIG;
}

int
main(int argc, char **argv)
{
    static const struct argp argp = { arguments_known, take_argument, NULL,
                                      "Broker of encrypted safeguarding notices of one partnership.", 0 };
    struct arguments arguments = { .config = MASH_CONFIG_DEFAULT_PATH };
    struct mash_config *config = NULL;
    char why[1024];

    for (size_t i = 0; argc > 1 && i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strncmp(argv[1], "--role=", 7) == 0 && strcmp(argv[1] + 7, roles[i].name) == 0)
            return roles[i].run(argc - 2, argv + 2);
    argp_err_exit_status = EX_USAGE;
    (void)argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    if (mash_config_open(arguments.config, &config, why, sizeof(why)) != MASH_OK) {
        (void)fprintf(stderr, "mashd: %s\n", why);
        return EX_CONFIG;
    }
    int code = EX_OK;
    if (arguments.print)
        mash_config_print(config, stdout);
    else
        code = arguments.check ? check(config) : mash_parent_main(config);
    mash_config_close(&config);
    return code;
}
