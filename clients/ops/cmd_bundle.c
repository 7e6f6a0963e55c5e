/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bundle.c - `mashctl bundle`: chooses between make, sign and show. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/ops/offline_commands.h"

static const struct command {
    const char *name, *full_name, *about;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "make", "mashctl bundle make", "Put the next version together from the draft", mash_cmd_bundle_make },
    { "sign", "mashctl bundle sign", "Add one governance holder's signature", mash_cmd_bundle_sign },
    { "show", "mashctl bundle show", "What a bundle says and who signed it", mash_cmd_bundle_show },
};

static void
print_help(FILE *out)
{
    fputs("Usage: mashctl bundle make|sign|show DIRECTORY [OPTION...]\n\n"
          "Examples:\n"
          "  mashctl bundle make /srv/llr\n"
          "  mashctl bundle sign /srv/llr --key /media/stick/g1.key\n"
          "  mashctl bundle show /srv/llr\n\n",
          out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  %-6s %s\n", commands[i].name, commands[i].about);
}

int
mash_cmd_bundle(int argc, char **argv)
{
    bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            argv[1] = (char *)(size_t)commands[i].full_name;
            return commands[i].run(argc - 1, argv + 1);
        }
    print_help(asked ? stdout : stderr);
    return asked ? EX_OK : EX_USAGE;
}
