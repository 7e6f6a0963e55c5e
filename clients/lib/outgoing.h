/* SPDX-License-Identifier: Apache-2.0 */
/* outgoing.h - rows of the outbox on their way to a receipt: seal what is a draft, submit, verify the
 * receipt.  Every step is durable before the next begins, so that a crash at any line leaves a row that
 * `resubmit` takes further.  (design: "The message path") */
#ifndef MASH_CLIENTS_LIB_OUTGOING_H
#define MASH_CLIENTS_LIB_OUTGOING_H

#include "clients/lib/client.h"

/* Take n (1 to 64) stored rows, drafts or sealed, as far as they get today.  rows are updated in memory
 * and in the store; ret_results: n, in order.  Errors are only those of our own disk and memory. */
MASH_MUSTCHECK enum mash_err mash_outgoing_run(struct mash_client *client, struct mash_outbox_row *rows, size_t n,
                                               struct mash_result *ret_results);

/* "ring <name> on <phone>, ..." for every recipient of a manifest who owes action. */
void mash_outgoing_ring(const struct mash_client *client, const Mash__Manifest *manifest, char *ret_text,
                        size_t size);

/* Check that a receipt is that of this notice: same manifest, same signature.  ret_held_ms: its time.
 * MASH_E_AGAIN: cannot be judged now; other errors: not to be believed, why says what. */
MASH_MUSTCHECK enum mash_err mash_outgoing_check_receipt(struct mash_client *client, const struct mash_outbox_row *row,
                                                         struct mash_span receipt, uint64_t *ret_held_ms);

#endif
