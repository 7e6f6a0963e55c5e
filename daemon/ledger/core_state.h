/* SPDX-License-Identifier: Apache-2.0 */
/* core_state.h - what core.c, command.c and figures.c share; nobody else includes it. */
#ifndef MASH_DAEMON_LEDGER_CORE_STATE_H
#define MASH_DAEMON_LEDGER_CORE_STATE_H

#include "daemon/ledger/core.h"

enum { SUSPECTS_MAX = 4, OPERATORS_TO_RESTORE = 2 };

/* One command of mashctl on its way. */
struct mash_command {
    uint64_t connection;
    struct mash_bytes frame;          /* owned */
    Mash__SignedCommand *signed_command; /* owned */
    Mash__Command *command;           /* owned */
    bool settled;
    enum mash_answer_id answer;
    char more[400];
    bool with_figures;
    bool accepted;                    /* to be done after the commit, too */
};

struct mash_core {
    struct mash_core_config config;
    struct mash_store *store;
    struct mash_path path;
    enum mash_store_found found;
    struct mash_request requests[MASH_GROUP_REQUESTS_MAX];
    size_t n_requests, bytes;
    struct mash_command commands[MASH_CORE_COMMANDS_MAX];
    size_t n_commands;
    struct mash_key_id suspects[SUSPECTS_MAX];
    size_t n_suspects;
    /* first operator who confirmed the head of a restored or doubted log; it is logged with the second's */
    bool restore_asked;
    struct mash_key_id restore_by;
    struct mash_bytes restore_command, restore_signature;
    bool restore_done;                /* in this group */
    char restore_why[200];            /* read-only reason to return to when the group fails */
    bool stopping;
    struct mash_bytes links;          /* table last given to the gate */
    bool links_lost;                  /* the gate has not got it */
    uint64_t links_checked_ms;        /* monotonic */
    /* figures */
    uint64_t started_ms, figures_at_ms;
    bool figures_made;
    struct mash_bytes figures, gate_figures;
    uint64_t commit_us_max[2];        /* this minute and the last */
    uint64_t commit_minute;
    int64_t clock_offset_ms;          /* wall minus monotonic */
};

/* Do one command inside the group; settles it.  Errors of the store: the group fails as a whole. */
MASH_MUSTCHECK enum mash_err mash_command_run(struct mash_core *core, struct mash_command *command);
/* What is done after the commit (a backup), then the answer. */
MASH_MUSTCHECK enum mash_err mash_command_finish(struct mash_core *core, struct mash_command *command);
void mash_command_settle(struct mash_command *command, enum mash_answer_id answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void mash_command_clear(struct mash_command *command);
/* Append the entry of an operator's command, as received, inside the group. */
MASH_MUSTCHECK enum mash_err mash_command_log(struct mash_core *core, const char *name, struct mash_span key_id,
                                              struct mash_span signed_bytes, struct mash_span signature,
                                              uint64_t *ret_index);

/* Suspend one key on the ledger's own account, inside the group. */
MASH_MUSTCHECK enum mash_err mash_command_suspend_link(struct mash_core *core, const struct mash_key_id *link_id);

/* Send the gate its table again when it is another one now (a key became valid, expired or was suspended) or
 * did not get there the last time;
 * looked at once a second, or now. */
MASH_MUSTCHECK enum mash_err mash_core_refresh_links(struct mash_core *core, bool now);

/* Run all that came in as one group and answer it.  An error ends the process, unanswered. */
MASH_MUSTCHECK enum mash_err mash_core_run_group(struct mash_core *core);

/* Append a Start entry, inside the group. */
MASH_MUSTCHECK enum mash_err mash_core_log_start(struct mash_core *core, const char *note);

/* Fill figures (memory of ret_figures' strings and rows lives in scratch). */
struct mash_figures;
MASH_MUSTCHECK enum mash_err mash_figures_make(struct mash_core *core, struct mash_bytes *out);

#endif
