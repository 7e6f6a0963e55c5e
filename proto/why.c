/* SPDX-License-Identifier: Apache-2.0 */
/* why.c - see why.h. */
#include "proto/why.h"

#include <stdarg.h>
#include <stdio.h>

struct mash_why
mash_why(char *text, size_t size)
{
    if (text != NULL && size > 0)
        text[0] = '\0';
    return (struct mash_why){ size > 0 ? text : NULL, size };
}

enum mash_err
mash_why_set(const struct mash_why *why, enum mash_err err, const char *format, ...)
{
    if (why->text != NULL && why->text[0] == '\0') {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(why->text, why->size, format, args);
        va_end(args);
    }
    return err;
}
