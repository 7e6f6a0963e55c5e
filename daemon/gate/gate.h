/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h - the role between the network and the ledger: CURVE, ZAP, sizes and rates.  It has no authority and
 * no files, keeps nothing, and may crash at any time without losing what was receipted.
 * (design: "Programs and processes") */
#ifndef MASH_DAEMON_GATE_GATE_H
#define MASH_DAEMON_GATE_GATE_H

/* Run as `mashd --role=gate`: argv[0..argc-1] are the options as name=value, descriptors are those of
 * daemon/proc/heritage.h.  Returns the exit code: 0 told to stop; 69 the ledger has gone; 71 system; 75 the
 * port is taken; 78 the key or an option is not good, or the self-test let a stranger in. */
int mash_gate_main(int argc, char **argv);

#endif
