/* SPDX-License-Identifier: Apache-2.0 */
/* agreement.h - agreement.json: who may send which type to whom, and on what lawful basis.  Deny by
 * default.  Internal to the bundle.  Format: PROTOCOL.md "Bundle". */
#ifndef MASH_PROTO_AGREEMENT_H
#define MASH_PROTO_AGREEMENT_H

#include <jansson.h>

#include "proto/clocks.h"
#include "proto/registry.h"

#define MASH_RULES_MAX 1000u
#define MASH_PARTIES_MAX 256u /* of one side of a rule */

struct mash_agreement_rule;

struct mash_agreement {
    json_t *root;
    struct mash_agreement_rule *rules;
    size_t n_rules;
};

/* Agencies and mailboxes named must be in registry, types in clocks.
 * ret_agreement: release with mash_agreement_free().  MASH_E_FORMAT, _VALUE, _VERSION, _LIMIT, _NOMEM. */
MASH_MUSTCHECK enum mash_err mash_agreement_read(struct mash_span in, const struct mash_registry *registry,
                                                 const struct mash_clocks *clocks,
                                                 struct mash_agreement *ret_agreement, const struct mash_why *why);
void mash_agreement_free(struct mash_agreement *agreement);

/* The lawful basis of the first rule that allows it; NULL: denied. */
const char *mash_agreement_basis(const struct mash_agreement *agreement, const struct mash_mailbox *from,
                                 const struct mash_mailbox *to, const char *type);

#endif
