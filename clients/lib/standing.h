/* SPDX-License-Identifier: Apache-2.0 */
/* standing.h - words for where a recipient stands that a state's fixed sentence cannot give: which children
 * are still undecided, and whom to ring about a notice that the exchange does not hold. */
#ifndef MASH_CLIENTS_LIB_STANDING_H
#define MASH_CLIENTS_LIB_STANDING_H

#include "proto/bundle.h"
#include "proto/codec.h"

#define MASH_STANDING_TEXT 400u /* bytes of such a sentence with its NUL */

/* After `decided`: the state's sentence once every subject has an outcome, else "Decided for 1 of 2; still
 * open: 2."  decided_subjects: bit i is subject i+1, as in struct mash_progress.  Returns ret_text or a
 * static sentence. */
const char *mash_standing_decided(uint32_t decided_subjects, uint32_t subject_count,
                                  char ret_text[static MASH_STANDING_TEXT]);

/* Without a receipt: "NOT held by the exchange: ring NAME on PHONE." for whoever owes action.
 * mailbox: its row in the bundle, or NULL.  Returns ret_text. */
const char *mash_standing_not_held(const Mash__Recipient *recipient, const struct mash_mailbox *mailbox,
                                   char ret_text[static MASH_STANDING_TEXT]);

#endif
