/* SPDX-License-Identifier: Apache-2.0 */
/* core.h - the ledger without its sockets: frames in, frames out through a sink, one group at a time.
 * The ledger process drives it from its poll loop; unit tests and the simulator drive it in-process.
 * Nothing here is an authority across groups: a fresh core on the same store goes on where it was. */
#ifndef MASH_DAEMON_LEDGER_CORE_H
#define MASH_DAEMON_LEDGER_CORE_H

#include "daemon/path/path.h"

#define MASH_CORE_COMMANDS_MAX 16u /* of one group; further ones wait */

struct mash_core;

/* Where frames go.  Spans are borrowed for the call. */
struct mash_core_sink {
    void *ctx;
    void (*answer)(void *ctx, uint64_t connection, struct mash_span answer);  /* to an installation */
    bool (*links)(void *ctx, struct mash_span links); /* to the gate; false: not taken, comes again */
    void (*control)(void *ctx, uint64_t connection, struct mash_span answer); /* to mashctl */
    size_t (*room)(void *ctx); /* bytes that answers may still queue */
};

struct mash_core_config {
    const char *state;       /* directory of the store */
    const char *partnership;
    const char *backup;      /* directory below which backups are made */
    const uint8_t *governance; /* pin of the first bundle: mash_bundle_governance_digest(), 32 bytes */
    uint64_t pair_rate;      /* notices a minute from one mailbox to another; 0: no limit */
    uint64_t reserve_bytes;  /* of the disk, kept free of bodies; 0: the store's own figure */
    struct mash_clock clock;
    struct mash_core_sink sink;
};

/* Open the store, read the law, log the start.  config is copied, its strings and log_key are borrowed.
 * ret_why: one sentence.  MASH_E_MISMATCH: the store belongs to another log key or partnership;
 * MASH_E_CONFLICT: another ledger has it; MASH_E_VERSION: it is newer; and errors of the store.
 * A store that was found behind its floor or restored opens read-only. */
MASH_MUSTCHECK enum mash_err mash_core_open(const struct mash_core_config *config,
                                            const struct mash_secret *log_key, struct mash_core **ret_core,
                                            char *ret_why, size_t why_size);
/* Log the stop (unless read-only).  Errors of the store. */
MASH_MUSTCHECK enum mash_err mash_core_stop(struct mash_core *core, const char *reason);
void mash_core_close(struct mash_core **core_p);

/* Take in one request frame of the gate: 16-byte link key id, then a Mash__Request; copied.
 * MASH_E_AGAIN: the group is full: run it first; MASH_E_FORMAT: not such a frame; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_core_request(struct mash_core *core, uint64_t connection,
                                               struct mash_span frame);
/* Take in one command of mashctl, an encoded Mash__SignedCommand; the same errors. */
MASH_MUSTCHECK enum mash_err mash_core_command(struct mash_core *core, uint64_t connection,
                                               struct mash_span frame);
/* Suspend the link that brought the gate down again and again. */
void mash_core_suspect(struct mash_core *core, const struct mash_key_id *link_id);

/* A connection has ended, and what it still asked with it; the gate has gone with all of them; the gate's
 * own figures. */
void mash_core_gone(struct mash_core *core, uint64_t connection);
void mash_core_gate_gone(struct mash_core *core);
void mash_core_gate_figures(struct mash_core *core, struct mash_span figures);
/* Give a new gate its table of links through the sink. */
MASH_MUSTCHECK enum mash_err mash_core_links(struct mash_core *core);

/* Run one group over what came in and what waits, if there is anything, and answer.
 * Any error but MASH_E_NOMEM: the process must end at once, unanswered. */
MASH_MUSTCHECK enum mash_err mash_core_run(struct mash_core *core);
/* Milliseconds until mash_core_run() has something to do on its own; 0: now. */
uint64_t mash_core_wait_ms(struct mash_core *core);

/* An operator asked the ledger to stop; why. */
bool mash_core_stopping(const struct mash_core *core);

/* Append an encoded Mash__Figures, at most a second old. */
MASH_MUSTCHECK enum mash_err mash_core_figures(struct mash_core *core, struct mash_bytes *out);

#endif
