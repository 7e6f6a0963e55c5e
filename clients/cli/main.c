/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - mash-client: an agency's installation on the command line.  Finds the command and runs it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/cli/command.h"
#include "proto/catalogue.h"

const char *argp_program_version = "mash-client " MASH_VERSION;

const struct command commands[] = {
    { "init", "make a home with its keys, a recovery key and the enrolment request", cmd_init },
    { "join", "take in the partnership's first bundle", cmd_join },
    { "types", "list the types of notice, their fields and codes", cmd_types },
    { "send", "compose and send a notice", cmd_send },
    { "inbox", "collect what waits, and list what was received", cmd_inbox },
    { "outbox", "list what was sent, and what still waits", cmd_outbox },
    { "show", "show one notice", cmd_show },
    { "ack", "say that a named person has read it and is dealing with it", cmd_ack },
    { "triage", "grade it: red, amber or green", cmd_triage },
    { "decide", "say what was decided", cmd_decide },
    { "decline", "say that it is not for us", cmd_decline },
    { "pass", "say that it was passed on to another mailbox", cmd_pass },
    { "recall", "recall a notice that nobody has collected yet", cmd_recall },
    { "track", "ask the exchange for all that is known of a notice", cmd_track },
    { "resubmit", "submit again what has no receipt yet", cmd_resubmit },
    { "forget", "take a notice out of the outbox, with a reason", cmd_forget },
    { "watch", "warn about notices without receipt or not collected in time", cmd_watch },
    { "import", "make contacts of a children-in-need census file and send them", cmd_import },
    { "suspend", "stop a key or a mailbox of our agency at once", cmd_suspend },
    { "status", "how this installation stands", cmd_status },
    { NULL, NULL, NULL },
};

static void
usage(FILE *out)
{
    fprintf(out, MASH_RING_999 "\n\n"
                 "Usage: mash-client COMMAND [OPTION...]\n\nCommands:\n");
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->help);
    fprintf(out, "\n`mash-client COMMAND --help` ends with examples.\n");
}

/* The help of a command that composes begins with what is quicker than any notice; argp begins with "Usage:". */
static void
ring_first(const struct command *command, int argc, char **argv)
{
    bool composes = command->run == cmd_send || command->run == cmd_import;
    for (int i = 2; composes && i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-?") == 0 || strcmp(argv[i], "--usage") == 0) {
            puts(MASH_RING_999 "\n");
            return;
        }
}

int
main(int argc, char **argv)
{
    static char name[64];
    if (argc < 2) {
        usage(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EX_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(argp_program_version);
        return EX_OK;
    }
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, argv[1]) != 0)
            continue;
        (void)snprintf(name, sizeof(name), "mash-client %s", command->name);
        ring_first(command, argc, argv);
        argv[1] = name;
        argp_err_exit_status = EX_USAGE;
        return command->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "mash-client: no command %s\n", argv[1]);
    usage(stderr);
    return EX_USAGE;
}
