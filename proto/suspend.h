/* SPDX-License-Identifier: Apache-2.0 */
/* suspend.h - the signature under an agency's own suspension of a key or mailbox.
 * Wire: PROTOCOL.md "Suspending". */
#ifndef MASH_PROTO_SUSPEND_H
#define MASH_PROTO_SUSPEND_H

#include "proto/bytes.h"
#include "proto/limits.h"

#define MASH_SUSPEND_MAX 1024u /* bytes of an encoded SuspendCommand */

/* The bytes that are signed: "mash/suspend/v1\0" || SHA-256(partnership) || command, appended to out.
 * MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_suspend_signed_bytes(const char *partnership, struct mash_span command,
                                                       struct mash_bytes *out);

#endif
