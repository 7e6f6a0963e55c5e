/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - being connected: the hello that compares histories, and asking.
 * A connection whose broker shows another past than the one this client has seen is never used. */
#ifndef MASH_CLIENTS_LIB_SESSION_H
#define MASH_CLIENTS_LIB_SESSION_H

#include "clients/lib/client.h"

/* Ask and wait for an answer with this result.  Connects first when there is no connection.
 * ret_answer: yours, mash_message_free().  MASH_E_AGAIN: not reached or no answer; MASH_E_UNKNOWN: 404;
 * MASH_E_DENIED: any other refusal of the whole request, its sentence in why; MASH_E_FORMAT: an answer of
 * another kind.  All but UNKNOWN and DENIED end the connection. */
MASH_MUSTCHECK enum mash_err mash_session_ask(struct mash_client *client, Mash__Request *request,
                                              Mash__Answer__ResultCase result, Mash__Answer **ret_answer);

/* One more answer to the last request, waiting as long; results other than `result` are refused unless
 * the answer has none.  The same errors. */
MASH_MUSTCHECK enum mash_err mash_session_more(struct mash_client *client, uint32_t extra_wait_ms,
                                               Mash__Answer **ret_answer);

/* End the connection. */
void mash_session_end(struct mash_client *client);

#endif
