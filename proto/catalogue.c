/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.c - the list of notice types; each type's rows stand in its own file. */
#include "proto/catalogue.h"

#include <string.h>

static const struct mash_type *const types[] = {
    &mash_type_contact, &mash_type_referral, &mash_type_missing_child,
    &mash_type_marac_referral, &mash_type_decision,
};

const struct mash_type *const *
mash_types(size_t *ret_count)
{
    *ret_count = sizeof(types) / sizeof(types[0]);
    return types;
}

const struct mash_type *
mash_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}
