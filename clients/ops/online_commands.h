/* SPDX-License-Identifier: Apache-2.0 */
/* online_commands.h - the mashctl commands that talk to a running broker, and restore.
 * Each parses its own arguments (argp) and returns a sysexits code; argv[0] is the command's full name. */
#ifndef MASH_CLIENTS_OPS_ONLINE_COMMANDS_H
#define MASH_CLIENTS_OPS_ONLINE_COMMANDS_H

int mash_cmd_status(int argc, char **argv);          /* what the broker holds */
int mash_cmd_publish(int argc, char **argv);         /* put a signed bundle in force */
int mash_cmd_suspend(int argc, char **argv);         /* stop a key or mailbox at once */
int mash_cmd_backup(int argc, char **argv);          /* a consistent copy of the store */
int mash_cmd_restore(int argc, char **argv);         /* put a copy back and mark it */
int mash_cmd_confirm_restore(int argc, char **argv); /* one of two operators confirms the restored head */
int mash_cmd_stop(int argc, char **argv);            /* orderly end, logged */

#endif
