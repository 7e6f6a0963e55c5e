/* SPDX-License-Identifier: Apache-2.0 */
/* tally.h - what the gate counts, since its start, for the console: names are stable, they become metrics. */
#ifndef MASH_DAEMON_GATE_TALLY_H
#define MASH_DAEMON_GATE_TALLY_H

#include "daemon/gate/links.h"

enum mash_tally {
    MASH_TALLY_ACCEPTED,
    MASH_TALLY_ACCEPT_FAILED,
    MASH_TALLY_DISCONNECTED,
    MASH_TALLY_HANDSHAKE_SUCCEEDED,
    MASH_TALLY_HANDSHAKE_FAILED_AUTH,
    MASH_TALLY_HANDSHAKE_FAILED_PROTOCOL,
    MASH_TALLY_HANDSHAKE_FAILED_OTHER,
    MASH_TALLY_REQUESTS,
    MASH_TALLY_ANSWERS,
    MASH_TALLY_MALFORMED,        /* answered 400 by the gate */
    MASH_TALLY_TOO_FAST,         /* answered 429 by the gate */
    MASH_TALLY_ROUTING_REFUSED,  /* cut: short or reserved routing id */
    MASH_TALLY_UNAUTHENTICATED,  /* cut: no User-Id; never happens while ZAP works */
    MASH_TALLY_REVOKED,          /* cut: its key is not in the table any more */
    MASH_TALLY_SILENT,           /* cut: no message in time */
    MASH_TALLY_OVER_LIMIT,       /* cut: more sockets than allowed */
    MASH_TALLY_OVERRUN,          /* cut: does not read its answers */
    MASH_TALLY_UNDELIVERABLE,    /* answers to connections that have ended */
    MASH_TALLY_STALE,            /* messages of connections that had ended */
    MASH_TALLY_COUNT
};

/* "accepted", "handshake_failed_auth", ... */
const char *mash_tally_name(enum mash_tally tally);

/* Encode a Mash__Figures with the counts, those of links and the number of live callers, appended to out.
 * MASH_E_NOMEM, MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_tally_encode(const uint64_t counts[static MASH_TALLY_COUNT],
                                               struct mash_links *links, size_t callers, struct mash_bytes *out);

#endif
