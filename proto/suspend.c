/* SPDX-License-Identifier: Apache-2.0 */
/* suspend.c - see suspend.h. */
#include "proto/suspend.h"

#include "proto/hash.h"

static const char domain[] = "mash/suspend/v1"; /* signed with its NUL */

enum mash_err
mash_suspend_signed_bytes(const char *partnership, struct mash_span command, struct mash_bytes *out)
{
    struct mash_hash digest = mash_hash_of(mash_span_str(partnership));
    enum mash_err err = mash_bytes_append(out, domain, sizeof(domain));
    if (err == MASH_OK)
        err = mash_bytes_append(out, digest.bytes, sizeof(digest.bytes));
    if (err == MASH_OK)
        err = mash_bytes_append(out, command.data, command.len);
    return err;
}
