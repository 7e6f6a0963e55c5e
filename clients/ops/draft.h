/* SPDX-License-Identifier: Apache-2.0 */
/* draft.h - the working files of a partnership, DIRECTORY/draft: the four files of the next bundle and
 * governance.json, which says who signs: {"format":"mash/governance/v1","partnership":"llr","threshold":2,
 * "keys":[verifier keys]}.  Public all of it; nothing here has any force until signed. */
#ifndef MASH_CLIENTS_OPS_DRAFT_H
#define MASH_CLIENTS_OPS_DRAFT_H

#include "clients/ops/place.h"
#include "proto/bundle_terms.h"

/* Write draft/ of a new partnership, whose terms name it and its governance; the keys are public texts,
 * those of the operators op1 and op2.
 * Returns a sysexits code. */
MASH_MUSTCHECK int mash_draft_write(const char *command, const char *directory,
                                    const struct mash_bundle_terms *terms, const char *link_key,
                                    const char *log_key, const char *first_operator, const char *second_operator);

/* Read governance.json into terms: partnership, threshold and keys; the rest stays.  A sysexits code. */
MASH_MUSTCHECK int mash_draft_governance(const char *command, const char *directory,
                                         struct mash_bundle_terms *terms);

#endif
