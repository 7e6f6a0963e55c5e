/* SPDX-License-Identifier: Apache-2.0 */
/* online.h - what the mashctl commands that talk to a running broker share: their common options, the
 * operator key, and turning an answer into words and an exit code. */
#ifndef MASH_CLIENTS_OPS_ONLINE_H
#define MASH_CLIENTS_OPS_ONLINE_H

#include <argp.h>
#include <stdbool.h>

#include "proto/codec.h"

struct mash_online {
    const char *socket;          /* --socket, else $MASH_CONTROL, else /run/mashd/control.sock */
    const char *key;             /* --key: operator key file */
    const char *passphrase_file; /* --passphrase-file */
    unsigned timeout_s;          /* --timeout */
    bool json;                   /* --json */
};

/* For .children of a command's argp; its input is a struct mash_online that is all zero. */
extern const struct argp mash_online_argp;

/* Ask the ledger and, when it refuses or cannot be reached, say why on standard error.
 * signed_by_operator: load --key (required then) and sign.  name: the command, for messages.
 * ret_answer: set when the return is 0; yours, mash_message_free().  Returns a sysexits code. */
int mash_online_ask(const struct mash_online *online, const char *name, bool signed_by_operator,
                    Mash__Command *command, Mash__ControlAnswer **ret_answer);

/* Print the answer's sentence (or {"code":...,"sentence":...} with --json) and release it; returns 0. */
int mash_online_done(const struct mash_online *online, Mash__ControlAnswer **answer_p);

#endif
