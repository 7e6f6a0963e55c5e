/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - words for enum mash_err. */
#include "mash/err.h"

static const char *const phrases[MASH_E_COUNT] = {
    [MASH_OK] = "ok",
    [MASH_E_NOMEM] = "out of memory",
    [MASH_E_IO] = "input or output failed",
    [MASH_E_FULL] = "no space left",
    [MASH_E_LIMIT] = "larger than the limit",
    [MASH_E_FORMAT] = "not well-formed",
    [MASH_E_VALUE] = "a value is not allowed",
    [MASH_E_SIGNATURE] = "does not verify",
    [MASH_E_MISMATCH] = "does not match",
    [MASH_E_VERSION] = "of a version this program does not read",
    [MASH_E_UNKNOWN] = "unknown",
    [MASH_E_DENIED] = "not permitted",
    [MASH_E_CONFLICT] = "exists with other content",
    [MASH_E_EXPIRED] = "outside its time of validity",
    [MASH_E_AGAIN] = "not possible now, try again",
    [MASH_E_CLOSED] = "the other side has gone",
};

const char *
mash_strerror(enum mash_err err)
{
    if ((unsigned)err >= MASH_E_COUNT)
        return "unknown error";
    return phrases[err];
}
