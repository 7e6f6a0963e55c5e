/* SPDX-License-Identifier: Apache-2.0 */
/* sealing.h - drafts become notices: recipients checked, body sealed, manifest completed, batch signed.
 * Seals only after the exchange has said which keys are suspended.  (design: "Denying needs one") */
#ifndef MASH_CLIENTS_LIB_SEALING_H
#define MASH_CLIENTS_LIB_SEALING_H

#include "clients/lib/client.h"

/* What the exchange says about the recipients of some drafts. */
struct mash_reaches {
    Mash__Answer *answer;
};

/* Ask about every recipient of the drafts among n rows.  MASH_E_AGAIN, ... as mash_session_ask(). */
MASH_MUSTCHECK enum mash_err mash_reaches_ask(struct mash_client *client, struct mash_outbox_row *rows, size_t n,
                                              struct mash_reaches *ret_reaches);
void mash_reaches_free(struct mash_reaches *reaches);

/* Seal one draft: fills in keys, bundle, last seen checkpoint, body and digest; not signed yet, the state
 * stays draft.  ret_warning (1024 bytes): suspended keys left out, or empty.
 * MASH_E_DENIED: it may not or cannot go now; row's code, sub_code and sentence say why. */
MASH_MUSTCHECK enum mash_err mash_sealing_seal(struct mash_client *client, const struct mash_reaches *reaches,
                                               struct mash_outbox_row *row, char *ret_warning,
                                               size_t warning_size);

/* Sign n (1 to 64) sealed rows of one mailbox as one batch; their state becomes sealed. */
MASH_MUSTCHECK enum mash_err mash_sealing_sign(struct mash_client *client, struct mash_outbox_row *const *rows,
                                               size_t n);

#endif
