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
    "Confirm the head of a log that the broker does not sign, as one of two operators.\v"
    "ROOT and SIZE are those that `mashctl status` shows.  The broker is read-only after a restore, and when a client\n"
    "has shown a checkpoint that the log does not continue (then the file `read-only` in the state directory says\n"
    "which, and `mashctl restore` of a newer backup may be the better way).  Before confirming, both operators\n"
    "compare the head with what they know: the note of the backup, a witness, a second copy of the log.\n\n"
    "Both confirmations become log entries and are shown to every client: those that had seen more check the two\n"
    "signatures, keep what they have as evidence, raise an alarm and send again what was receipted from entry SIZE\n"
    "on.  Operators must stay listed in the bundle until all clients have connected once.\n\n"
    "Right afterwards: publish again the bundles that are newer than the backup, and suspend again what was\n"
    "suspended since; until then clients that know a newer bundle refuse to connect.\n\n"
    "Example:\n"
    "  mashctl confirm-restore --key op1.key 4f0c... 18230\n";

struct one_argument {
    struct mash_online online;
    char *argument;
};

struct head {
    struct mash_online online;
    char *root, *size;
};

static error_t
parse_head(int key, char *arg, struct argp_state *state)
{
    struct head *head = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &head->online;
        return 0;
    case ARGP_KEY_ARG:
        if (head->size != NULL)
            argp_usage(state);
        *(head->root == NULL ? &head->root : &head->size) = arg;
        return 0;
    case ARGP_KEY_END:
        if (head->size == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

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

/* A number of entries: digits only. */
static bool
read_size(const char *text, uint64_t *ret_size)
{
    uint64_t size = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || size > (INT64_MAX - 9u) / 10u)
            return false;
        size = size * 10u + (uint64_t)(*at - '0');
    }
    *ret_size = size;
    return text[0] != '\0';
}

int
mash_cmd_confirm_restore(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse_head, "ROOT SIZE", confirm_doc, children, NULL, NULL };
    struct head head = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &head);
    uint8_t root[MASH_SHA256_BYTES];
    Mash__CommandRestoreConfirm ask = MASH__COMMAND_RESTORE_CONFIRM__INIT;
    if (mash_hex_parse(mash_span_str(head.root), root, sizeof(root)) != MASH_OK || !read_size(head.size, &ask.size)) {
        fprintf(stderr, "mashctl confirm-restore: ROOT must be 64 lower-case hex digits, SIZE a number of entries\n");
        return EX_USAGE;
    }
    ask.root = mash_span_field(mash_span(root, sizeof(root)));
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_RESTORE_CONFIRM;
    command.restore_confirm = &ask;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&head.online, "confirm-restore", true, &command, &answer);
    return code == EX_OK ? mash_online_done(&head.online, &answer) : code;
}
