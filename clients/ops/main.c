/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - mashctl, the operator's tool: a table of commands, each in a cmd_*.c of its own. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <sodium.h>

#include "clients/ops/offline_commands.h"
#include "clients/ops/online_commands.h"

static const struct command {
    const char *name;
    const char *full_name; /* argv[0] of the command: its usage line begins with it */
    const char *about;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "init", "mashctl init", "Make the keys and working files of a new partnership", mash_cmd_init },
    { "enrol", "mashctl enrol", "Take an agency's request into the draft registry", mash_cmd_enrol },
    { "bundle", "mashctl bundle", "Make, sign or show a bundle", mash_cmd_bundle },
    { "publish", "mashctl publish", "Put a signed bundle in force", mash_cmd_publish },
    { "status", "mashctl status", "What the broker holds, mailbox by mailbox", mash_cmd_status },
    { "suspend", "mashctl suspend", "Stop a key or a mailbox at once", mash_cmd_suspend },
    { "backup", "mashctl backup", "Make a consistent copy of the broker's store", mash_cmd_backup },
    { "restore", "mashctl restore", "Put a copy back; it signs nothing until confirmed", mash_cmd_restore },
    { "confirm-restore", "mashctl confirm-restore", "One of two operators confirms a restored store",
      mash_cmd_confirm_restore },
    { "stop", "mashctl stop", "End the broker in order", mash_cmd_stop },
};

static void
print_help(FILE *out)
{
    fputs("Usage: mashctl COMMAND [OPTION...]\n\n"
          "Examples:\n"
          "  mashctl init /srv/llr --partnership llr --governance 3 --threshold 2\n"
          "  mashctl enrol /srv/llr school-request.json\n"
          "  mashctl bundle make /srv/llr\n"
          "  mashctl status\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  %-16s %s\n", commands[i].name, commands[i].about);
    fputs("\n`mashctl COMMAND --help` says more.\n", out);
}

int
main(int argc, char **argv)
{
    (void)umask(077); /* everything made here is for its owner unless a mode says otherwise */
    if (sodium_init() < 0) {
        fprintf(stderr, "mashctl: no source of random numbers\n");
        return EX_OSERR;
    }
    if (argc < 2) {
        print_help(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EX_OK;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            argv[1] = (char *)(size_t)commands[i].full_name;
            return commands[i].run(argc - 1, argv + 1);
        }
    fprintf(stderr, "mashctl: there is no command \"%s\"; `mashctl --help` lists them\n", argv[1]);
    return EX_USAGE;
}
