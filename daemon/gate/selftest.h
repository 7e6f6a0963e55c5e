/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.h - before the port opens to the world: does a stranger get in?  A child process, made before the
 * gate is jailed (the gate itself may not connect anywhere), knocks with a throw-away key on a loopback bind
 * of the very socket that will serve.  Only a refusal by ZAP counts. */
#ifndef MASH_DAEMON_GATE_SELFTEST_H
#define MASH_DAEMON_GATE_SELFTEST_H

#include <sys/types.h>

#include "proto/bytes.h"
#include "proto/limits.h"

struct mash_selftest {
    pid_t pid;
    int fd;
};

/* Make the child; it may connect to port only.  Call while single-threaded.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_selftest_open(uint16_t port, struct mash_selftest *ret_test);

/* Let it knock at endpoint, whose public key is server_key, and wait for it.  MASH_OK: it was refused by ZAP with
 * code 400, as it must be; MASH_E_DENIED: it got in; MASH_E_MISMATCH: anything else; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_selftest_run(struct mash_selftest *test, const char *endpoint,
                                               const uint8_t server_key[static MASH_PUBLIC_KEY_BYTES]);

/* End the child when mash_selftest_run() was not called. */
void mash_selftest_close(struct mash_selftest *test);

#endif
