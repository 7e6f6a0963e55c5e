/* SPDX-License-Identifier: Apache-2.0 */
/* jail.h - what a process gives up for good: core dumps, new privileges, files, ports.  Each role calls it
 * while single-threaded.  Where the kernel cannot, it says so in the log and goes on: a partnership is
 * better served by a broker with one wall less than by none.  (design: "Programs and processes") */
#ifndef MASH_DAEMON_PROC_JAIL_H
#define MASH_DAEMON_PROC_JAIL_H

#include "proto/bytes.h"

/* Not dumpable, no core, no_new_privs, umask 077, SIGPIPE ignored.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_jail_basics(void);

/* Become uid and gid for good, without supplementary groups.  Called as root only.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_jail_become(unsigned uid, unsigned gid);

/* What Landlock leaves open. */
struct mash_jail {
    const char *directories[2]; /* files beneath may be read and written; NULL: none */
    uint16_t bind_port;         /* the one TCP port that may be bound; 0: none */
    uint16_t connect_port;      /* the one TCP port that may be connected to; 0: none */
};

/* Forbid every other file, and where the kernel knows how, every other TCP bind and connect and signals to
 * processes outside.  A directory that does not exist stays closed.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_jail_enter(const struct mash_jail *jail);

#endif
