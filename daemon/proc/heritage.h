/* SPDX-License-Identifier: Apache-2.0 */
/* heritage.h - exactly what the parent hands to each role: fixed descriptor numbers and `name=value`
 * arguments (never secrets).  A role is `mashd --role=NAME name=value ...`, its own exec of the same
 * binary; every other descriptor is closed before exec. */
#ifndef MASH_DAEMON_PROC_HERITAGE_H
#define MASH_DAEMON_PROC_HERITAGE_H

enum {
    MASH_FD_PARENT = 3,  /* all roles: SOCK_SEQPACKET to the parent; to the ledger it carries new peers */
    MASH_FD_LEDGER = 4,  /* gate and console: SOCK_STREAM to the ledger (frame.h) */
    MASH_FD_CONTROL = 5, /* ledger: listening AF_UNIX socket for mashctl */
    MASH_FD_KEY = 6,     /* ledger: log key; gate: broker link key: sealed memfd holding a key file */
    MASH_FD_HTTP = 7     /* console: listening TCP socket */
};

/* One-byte messages on MASH_FD_PARENT. */
enum {
    MASH_PARENT_READY = 'r',   /* role -> parent: serving */
    MASH_PARENT_GATE = 'g',    /* parent -> ledger, with one descriptor: stream of a new gate */
    MASH_PARENT_CONSOLE = 'c', /* parent -> ledger, with one descriptor: stream of a new console */
    MASH_PARENT_STOP = 's'     /* parent -> role: finish and exit 0 */
};

/* When the ledger goes, gate and console exit too (their stream ends) and the parent starts all three:
 * both are stateless and the clients open new sockets.  When gate or console goes, the ledger stays. */

#endif
