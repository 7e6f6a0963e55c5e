/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h - the ledger role: the only process that opens the store and holds the log key; no network.
 * Gets its descriptors and arguments from the parent (daemon/proc/heritage.h). */
#ifndef MASH_DAEMON_LEDGER_LEDGER_H
#define MASH_DAEMON_LEDGER_LEDGER_H

/* Serve until the parent or an operator says stop.  argv[0..argc-1]: `name=value` options of the role.
 * Returns the exit code: MASH_EXIT_DONE, MASH_EXIT_REFUSED; an I/O error of the store ends the process at
 * once with 74 (EX_IOERR), nothing answered. */
int mash_ledger_main(int argc, char **argv);

#endif
