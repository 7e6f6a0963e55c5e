/* SPDX-License-Identifier: Apache-2.0 */
/* codes.h - the field's code lists (DfE census, Standard Safeguarding Dataset, SSDA903, SafeLives),
 * as data.  A list is immutable; codes are compared exactly. */
#ifndef MASH_PROTO_CODES_H
#define MASH_PROTO_CODES_H

#include <stddef.h>

struct mash_code {
    const char *code;
    const char *label; /* plain English */
};

struct mash_code_list {
    const char *name;  /* e.g. "referral-source": also the list name of board codes in a manifest */
    const char *title;
    const struct mash_code *codes;
    size_t n_codes;
};

/* The list of that name, or NULL. */
const struct mash_code_list *mash_code_list(const char *name);

/* All lists. */
const struct mash_code_list *mash_code_lists(size_t *ret_count);

/* The row of a code in a list, or NULL. */
const struct mash_code *mash_code_find(const struct mash_code_list *list, const char *code);

#endif
