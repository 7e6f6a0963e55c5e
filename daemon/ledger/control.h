/* SPDX-License-Identifier: Apache-2.0 */
/* control.h - connections of mashctl on the control socket: u32be length, then a Mash__SignedCommand, and
 * the same for the Mash__ControlAnswer.  Only root and our own uid get in; what changes anything must be
 * signed as well. */
#ifndef MASH_DAEMON_LEDGER_CONTROL_H
#define MASH_DAEMON_LEDGER_CONTROL_H

#include <poll.h>

#include "daemon/ledger/core.h"

#define MASH_CONTROLS_MAX 8u        /* connections at once */
#define MASH_CONTROL_IDLE_MS 30000u /* a connection that says nothing this long is closed */

struct mash_control {
    int fd; /* -1: free */
    uint64_t id;
    uint64_t seen_ms; /* monotonic */
    bool asked;       /* a command is in the core: no other is read before its answer */
    struct mash_bytes in, out;
};

struct mash_controls {
    struct mash_core *core; /* borrowed */
    struct mash_clock clock;
    uint64_t last_id;
    struct mash_control rows[MASH_CONTROLS_MAX];
};

void mash_controls_open(struct mash_controls *controls, struct mash_core *core, const struct mash_clock *clock);
void mash_controls_close(struct mash_controls *controls);

/* Take a connection from the listening socket; a stranger's is closed at once. */
void mash_controls_accept(struct mash_controls *controls, int listener);
/* Fill in a pollfd a connection (fd -1: none), MASH_CONTROLS_MAX of them. */
void mash_controls_poll(const struct mash_controls *controls, struct pollfd *ret_polls);
/* Read and write what polls says, hand whole commands to the core. */
void mash_controls_serve(struct mash_controls *controls, const struct pollfd *polls);
/* For the core's sink: the answer to connection id. */
void mash_controls_answer(struct mash_controls *controls, uint64_t id, struct mash_span answer);
/* Write what waits; at the end of the process, so that a stop is answered. */
void mash_controls_flush(struct mash_controls *controls);

#endif
