/* SPDX-License-Identifier: Apache-2.0 */
/* heritage.h - exactly what the parent hands to each role: fixed descriptor numbers and `name=value`
 * arguments (never secrets).  A role is `mashd --role=NAME name=value ...`, its own exec of the same
 * binary; every other descriptor is closed before exec.  0 and 1 are /dev/null, 2 is a pipe to the parent,
 * which writes each line to its own stderr behind the name of the role. */
#ifndef MASH_DAEMON_PROC_HERITAGE_H
#define MASH_DAEMON_PROC_HERITAGE_H

enum {
    MASH_FD_PARENT = 3,  /* all roles: SOCK_SEQPACKET to the parent; to the ledger it carries new peers */
    MASH_FD_LEDGER = 4,  /* gate and console: SOCK_STREAM to the ledger (frame.h) */
    MASH_FD_CONTROL = 5, /* ledger: listening AF_UNIX socket for mashctl */
    MASH_FD_KEY = 6,     /* ledger: log key; gate: broker link key: sealed memfd holding a key file */
    MASH_FD_HTTP = 7,    /* console: listening TCP socket */
    MASH_FD_CULPRIT = 8  /* gate: memfd of a struct mash_culprit (culprit.h); mapped, then closed */
};

/* Messages on MASH_FD_PARENT: one byte, and what is said beside it. */
enum {
    MASH_PARENT_READY = 'r',   /* role -> parent: serving */
    MASH_PARENT_GATE = 'g',    /* parent -> ledger, with one descriptor: stream of a new gate */
    MASH_PARENT_CONSOLE = 'c', /* parent -> ledger, with one descriptor: stream of a new console */
    MASH_PARENT_STOP = 's',    /* parent -> role: finish and exit 0 */
    MASH_PARENT_SUSPECT = 'k'  /* parent -> ledger, then a 16-byte link key id: suspend it, the gate crashed
                                  three times in ten minutes on its account (design: "Transport rules") */
};

/* Exit codes of a role that the parent acts on; after any other the role is started again. */
enum {
    MASH_EXIT_DONE = 0,    /* ledger: an operator stopped it: the parent stops too */
    MASH_EXIT_REFUSED = 78 /* configuration, keys or store forbid to run: the parent stops too */
};

/* The ledger's first frame to a new gate is MASH_FRAME_LINKS, also when nobody may connect: the gate binds
 * its port only after it, so that no client is told "unknown key" by a gate that does not know yet. */

/* When the ledger goes, gate and console exit too (their stream ends) and the parent starts all three:
 * both are stateless and the clients open new sockets.  When gate or console goes, the ledger stays. */

#endif
