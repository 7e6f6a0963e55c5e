/* SPDX-License-Identifier: Apache-2.0 */
/* birth.h - how a gate comes to be, in this order: options, key, child of the self-test, jail, ZAP, ROUTER; and
 * when the ledger has said who may connect: self-test, public bind, ready. */
#ifndef MASH_DAEMON_GATE_BIRTH_H
#define MASH_DAEMON_GATE_BIRTH_H

#include "daemon/gate/links.h"
#include "daemon/gate/callers.h"
#include "daemon/gate/selftest.h"
#include "daemon/gate/transport.h"
#include "daemon/proc/config.h"
#include "daemon/proc/culprit.h"
#include "daemon/proc/frame.h"

#define MASH_LEDGER_OUT_MAX (8u * 1024u * 1024u) /* bytes waiting for the ledger: six of the largest requests */

/* What a gate is made of. */
struct mash_gate {
    struct mash_config *config;
    struct mash_culprit *culprit;
    struct mash_stream *ledger;
    struct mash_links *links;
    struct mash_transport *transport;
    struct mash_callers *callers;
    struct mash_selftest selftest;
    uint8_t server_key[MASH_PUBLIC_KEY_BYTES];
    uint64_t request_rate; /* a second and connection */
    size_t max_sockets;    /* accepted at a time, those in their handshake included */
    bool serving;          /* the public port is bound */
};

/* Everything up to an unbound socket.  Returns EX_OK or the exit code; says why in the log. */
int mash_gate_birth(int argc, char **argv, struct mash_gate *ret_gate);

/* Self-test, public bind, READY.  Returns -1 when serving, otherwise the exit code; says why in the log. */
int mash_gate_serve(struct mash_gate *gate);

#endif
