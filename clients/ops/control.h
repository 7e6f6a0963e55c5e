/* SPDX-License-Identifier: Apache-2.0 */
/* control.h - mashctl's side of the ledger's control socket (proto/schema/control.proto): one signed
 * command, one answer.  The socket is of mode 0600 and the ledger checks the peer's uid as well. */
#ifndef MASH_CLIENTS_OPS_CONTROL_H
#define MASH_CLIENTS_OPS_CONTROL_H

#include "proto/codec.h"
#include "proto/keys.h"

/* Send command to the ledger at socket_path and wait up to timeout_s for its answer.
 * command: issued_ms and nonce are filled in here.  operator_key NULL: unsigned (status only).
 * ret_answer: yours, mash_message_free().  ret_why: one English sentence on failure.
 * MASH_E_CLOSED: nobody answers there; MASH_E_DENIED: may not open it; MASH_E_AGAIN: no answer in time (the
 * outcome is unknown: ask for status); MASH_E_FORMAT; MASH_E_IO; MASH_E_LIMIT; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_control_ask(const char *socket_path, const char *partnership,
                                              Mash__Command *command, const struct mash_secret *operator_key,
                                              unsigned timeout_s, Mash__ControlAnswer **ret_answer, char *ret_why,
                                              size_t why_size);

#endif
