/* SPDX-License-Identifier: Apache-2.0 */
/* cosignature.h - C2SP tlog-cosignature v1 with Ed25519 (type 0x04): a witness says that at a time the
 * checkpoint was the largest consistent one it had seen.  A witness must store (size, root) durably
 * before its line leaves the machine; that is the caller's duty. */
#ifndef MASH_PROTO_COSIGNATURE_H
#define MASH_PROTO_COSIGNATURE_H

#include <stdint.h>

#include "proto/note.h"

/* Append to out the signature line of key, a MASH_NOTE_COSIGNATURE key, over text, the text of a
 * checkpoint.  time_s: seconds since 1970 UTC, at most INT64_MAX.
 * MASH_E_FORMAT, MASH_E_VALUE: not a checkpoint, another type of key, or the time;
 * MASH_E_MISMATCH: secret is not key's; MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_cosignature_make(struct mash_span text, const struct mash_note_key *key,
                      const uint8_t secret[static MASH_SIGN_SECRET_BYTES], uint64_t time_s,
                      struct mash_bytes *out);

/* Verify the cosignatures on note by the count (at most 64) known witness keys.  ret_times_s: NULL, or
 * room for count times; the latest of each witness that signed, 0 for the others.
 * The log's own signature is not looked at: open the checkpoint first.
 * Errors: those of mash_note_verify(); MASH_E_FORMAT, MASH_E_VALUE: the text is not a checkpoint. */
MASH_MUSTCHECK enum mash_err
mash_cosignature_verify(const struct mash_note *note, const struct mash_note_key *keys, size_t count,
                        struct mash_note_verdict *ret_verdict, uint64_t *ret_times_s);

#endif
