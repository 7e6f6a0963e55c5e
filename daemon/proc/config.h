/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - the options of mashd: one table of rows, read from a file by the parent and from `name=value`
 * arguments by a role, with the same checks.  A config is immutable once opened.  Holds no secrets, only
 * where they are. */
#ifndef MASH_DAEMON_PROC_CONFIG_H
#define MASH_DAEMON_PROC_CONFIG_H

#include <stdio.h>

#include "proto/bytes.h"

#define MASH_CONFIG_DEFAULT_PATH "/etc/mashd/mashd.conf"

/* What one connection may cost the gate (design: "Transport rules"): messages waiting each way, each at most
 * MASH_FRAME_MAX, and answers that wait for a slow client. */
#define MASH_SEND_HWM 64u
#define MASH_RECEIVE_HWM 16u
#define MASH_STALLED_MAX (4u * 1024u * 1024u)

enum mash_option {
    MASH_OPTION_PARTNERSHIP,
    MASH_OPTION_STATE,
    MASH_OPTION_GOVERNANCE,
    MASH_OPTION_ENDPOINT,
    MASH_OPTION_CONTROL,
    MASH_OPTION_CONSOLE,
    MASH_OPTION_LOG_KEY,
    MASH_OPTION_LINK_KEY,
    MASH_OPTION_BACKUP,
    MASH_OPTION_USER,
    MASH_OPTION_MAX_CONNECTIONS,
    MASH_OPTION_MEMORY_LIMIT,
    MASH_OPTION_REQUEST_RATE,
    MASH_OPTION_ACCEPT_RATE,
    MASH_OPTION_PAIR_RATE,
    MASH_OPTION_COUNT
};

/* Who is told an option: bits. */
enum mash_role_bit { MASH_ROLE_PARENT = 1, MASH_ROLE_LEDGER = 2, MASH_ROLE_GATE = 4, MASH_ROLE_CONSOLE = 8 };

struct mash_config;

/* Read the file at path and fill in defaults.  ret_why, at least 512 bytes: one sentence with file and line of the
 * first fault: an unknown option or group, a value out of its range, a missing required option.
 * MASH_E_IO (no such file, cannot be read), MASH_E_FORMAT, MASH_E_VALUE, MASH_E_UNKNOWN (option), MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_config_open(const char *path, struct mash_config **ret_config,
                                              char *ret_why, size_t why_size);

/* Read what the parent gave a role: argv[0..argc-1] are all `name=value`; exactly the options of role.
 * Same errors. */
MASH_MUSTCHECK enum mash_err mash_config_from_args(int argc, char *const *argv, enum mash_role_bit role,
                                                   struct mash_config **ret_config,
                                                   char *ret_why, size_t why_size);

void mash_config_close(struct mash_config **config_p);

/* The value as text; NULL when it is not set (only `user` may be). */
const char *mash_config_text(const struct mash_config *config, enum mash_option option);
/* The value of a number option, in the unit of its row. */
uint64_t mash_config_number(const struct mash_config *config, enum mash_option option);
/* The port at the end of an address or endpoint option; 0 when it has none ("off"). */
uint16_t mash_config_port(const struct mash_config *config, enum mash_option option);

/* Append "name=value\0" for every option of role to out, and their number. */
MASH_MUSTCHECK enum mash_err mash_config_args(const struct mash_config *config, enum mash_role_bit role,
                                              struct mash_bytes *out, size_t *ret_count);

/* All options, one `name = value  # doc` a line, so that the output is a file mash_config_open() reads. */
void mash_config_print(const struct mash_config *config, FILE *out);

/* The memory the gate takes when every connection is as full as it may be, in bytes; and the same as a
 * sentence of at most size bytes. */
uint64_t mash_config_memory(const struct mash_config *config, char *ret_text, size_t size);

/* The name of the option nearest to text, when near enough to be a slip of the pen; otherwise NULL. */
const char *mash_config_nearest(const char *text);

#endif
