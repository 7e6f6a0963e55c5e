/* SPDX-License-Identifier: Apache-2.0 */
/* console.h - the role that operators' browsers and monitoring ask: HTTP on an inherited listener, read only.
 * It gets ready figures from the ledger, never touches the store and never acts. */
#ifndef MASH_DAEMON_CONSOLE_CONSOLE_H
#define MASH_DAEMON_CONSOLE_CONSOLE_H

/* Run as `mashd --role=console` with the descriptors of daemon/proc/heritage.h; it takes no options.
 * Returns the exit code: 0 told to stop; 69 the ledger has gone; 71 system; 78 an option was given. */
int mash_console_main(int argc, char **argv);

#endif
