/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - what every command of mash-client shares: its row in the table, the options that all
 * commands take, opening the home, and exit codes by sysexits.  stdout carries data, stderr messages. */
#ifndef MASH_CLIENTS_CLI_COMMAND_H
#define MASH_CLIENTS_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "mash/client.h"

struct command {
    const char *name;
    const char *help;                     /* one line for the list of commands */
    int (*run)(int argc, char **argv);    /* argv[0] is "mash-client NAME"; gives the exit code */
};

extern const struct command commands[];   /* ends with a row without a name */

int cmd_init(int argc, char **argv);
int cmd_join(int argc, char **argv);
int cmd_types(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_inbox(int argc, char **argv);
int cmd_outbox(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_ack(int argc, char **argv);
int cmd_decide(int argc, char **argv);
int cmd_decline(int argc, char **argv);
int cmd_triage(int argc, char **argv);
int cmd_pass(int argc, char **argv);
int cmd_recall(int argc, char **argv);
int cmd_track(int argc, char **argv);
int cmd_resubmit(int argc, char **argv);
int cmd_forget(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_suspend(int argc, char **argv);

/* Options of all commands; give argp_children with shared_argp and point child_inputs[0] here. */
struct shared {
    const char *home; /* NULL: $MASH_HOME or ~/.local/share/mash */
    bool json;
    uint32_t timeout_ms; /* 0: as configured */
};
extern const struct argp shared_argp;
extern const struct argp_child shared_children[];

/* The home directory's path; false and a message when there is none to guess. */
bool home_path(const struct shared *shared, char *ret_path, size_t size);

/* Open the home; prints why it could not be opened.  ret_client is set when the exit code is 0. */
int client_start(const struct shared *shared, struct mash_client **ret_client);

/* Print the client's sentence about err and give the exit code. */
int client_failed(const struct mash_client *client, enum mash_err err);
int exit_code_of(enum mash_err err);

/* The full id for what a person typed; prints and gives the exit code when there is not exactly one. */
int find_id(struct mash_client *client, const char *text, char ret_id[static MASH_NOTICE_ID_TEXT]);

/* Warnings of the watchdog on stderr: every command ends with them. */
void print_warnings(struct mash_client *client);
/* The same, but not that the notice of that full id is not held: its own sentence has just said so. */
void print_warnings_but(struct mash_client *client, const char *id);

#endif
