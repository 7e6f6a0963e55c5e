/* SPDX-License-Identifier: Apache-2.0 */
/* clocks.h - clocks.json: which notice types the partnership uses and how long each may take.
 * Internal to the bundle.  Format: PROTOCOL.md "Bundle". */
#ifndef MASH_PROTO_CLOCKS_H
#define MASH_PROTO_CLOCKS_H

#include <jansson.h>

#include "proto/bundle.h"
#include "proto/why.h"

#define MASH_TYPES_MAX 256u

struct mash_clocks {
    json_t *root;
    struct mash_type_rule *rules;
    size_t n_rules;
};

/* ret_clocks: release with mash_clocks_free().  MASH_E_FORMAT, _VALUE, _VERSION, _LIMIT, _NOMEM. */
MASH_MUSTCHECK enum mash_err mash_clocks_read(struct mash_span in, struct mash_clocks *ret_clocks,
                                              const struct mash_why *why);
void mash_clocks_free(struct mash_clocks *clocks);

/* NULL: the partnership does not use this type. */
const struct mash_type_rule *mash_clocks_rule(const struct mash_clocks *clocks, const char *type);

#endif
