/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_backup.c - `mashctl backup` and `mashctl confirm-restore`: both act in the running ledger. */
#include <stdio.h>
#include <sysexits.h>

#include "clients/ops/online.h"
#include "clients/ops/online_commands.h"
#include "proto/hex.h"
#include "proto/limits.h"

static const char backup_doc[] =
    "Copy the whole store, consistent and synced, while the broker runs.\v"
    "DIRECTORY must not exist and lies inside the broker's state directory, the only place the ledger may write;\n"
    "move it elsewhere afterwards.  Bodies stay sealed: a copy tells who, to whom and when, never the child.\n\n"
    "Example:\n"
    "  mashctl backup /var/lib/mashd/backup-2026-11-22 --key op1.key\n";

static const char confirm_doc[] =
    "Confirm a restored store as one of two operators, after comparing its head with the witnesses.\v"
    "Example:\n"
    "  mashctl confirm-restore --key op1.key 4f0c...   (the root that `mashctl status` shows)\n";

struct one_argument {
    struct mash_online online;
    char *argument;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct one_argument *one = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &one->online;
        return 0;
    case ARGP_KEY_ARG:
        if (one->argument != NULL)
            argp_usage(state);
        one->argument = arg;
        return 0;
    case ARGP_KEY_END:
        if (one->argument == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = { { &mash_online_argp, 0, NULL, 0 }, { 0 } };

int
mash_cmd_backup(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, "DIRECTORY", backup_doc, children, NULL, NULL };
    struct one_argument one = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &one);
    if (one.argument[0] != '/') {
        fprintf(stderr, "mashctl backup: DIRECTORY must be an absolute path: the broker makes it\n");
        return EX_USAGE;
    }
    Mash__CommandBackup ask = MASH__COMMAND_BACKUP__INIT;
    ask.directory = one.argument;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_BACKUP;
    command.backup = &ask;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&one.online, "backup", true, &command, &answer);
    return code == EX_OK ? mash_online_done(&one.online, &answer) : code;
}

int
mash_cmd_confirm_restore(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, "ROOT", confirm_doc, children, NULL, NULL };
    struct one_argument one = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &one);
    uint8_t root[MASH_SHA256_BYTES];
    if (mash_hex_parse(mash_span_str(one.argument), root, sizeof(root)) != MASH_OK) {
        fprintf(stderr, "mashctl confirm-restore: ROOT must be 64 lower-case hex digits\n");
        return EX_USAGE;
    }
    Mash__CommandRestoreConfirm ask = MASH__COMMAND_RESTORE_CONFIRM__INIT;
    ask.root = mash_span_field(mash_span(root, sizeof(root)));
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_RESTORE_CONFIRM;
    command.restore_confirm = &ask;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&one.online, "confirm-restore", true, &command, &answer);
    return code == EX_OK ? mash_online_done(&one.online, &answer) : code;
}
