/* SPDX-License-Identifier: Apache-2.0 */
/* why.h - one English sentence about the first fault found, for the person who must mend it. */
#ifndef MASH_PROTO_WHY_H
#define MASH_PROTO_WHY_H

#include <stddef.h>

#include "mash/err.h"

/* Where the sentence goes; text may be NULL: nobody asks. */
struct mash_why {
    char *text;
    size_t size;
};

/* An empty sentence over the caller's buffer. */
struct mash_why mash_why(char *text, size_t size);

/* Write the sentence, unless there is one already (the first fault counts).  Returns err, so that a check
 * reads `return mash_why_set(why, MASH_E_VALUE, "...")`. */
MASH_MUSTCHECK enum mash_err mash_why_set(const struct mash_why *why, enum mash_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
