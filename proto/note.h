/* SPDX-License-Identifier: Apache-2.0 */
/* note.h - C2SP signed notes: a text, an empty line, and one line for each signature.
 * The text means nothing until mash_note_verify() has said whose it is.  Parsing is strict and never
 * allocates; a parsed note borrows the bytes it was parsed from. */
#ifndef MASH_PROTO_NOTE_H
#define MASH_PROTO_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/note_key.h"

/* Room for the signatures this program verifies: an Ed25519 signature, with a u64 time before it in a
 * cosignature.  Longer ones, of types unknown here, are checked for form and their bytes dropped. */
#define MASH_NOTE_SIGNATURE_BYTES (8 + MASH_SIGN_BYTES)

struct mash_note_signature {
    struct mash_span name;
    uint32_t id;
    size_t len; /* after the id; bytes holds them when len <= MASH_NOTE_SIGNATURE_BYTES */
    uint8_t bytes[MASH_NOTE_SIGNATURE_BYTES];
};

struct mash_note {
    struct mash_span text; /* what is signed, with its last newline */
    size_t count;
    struct mash_note_signature signatures[MASH_NOTE_SIGNATURES_MAX];
};

/* Whose signatures a note carries. */
struct mash_note_verdict {
    uint64_t keys;     /* bit i: keys[i] of the call signed */
    unsigned distinct; /* different public keys among them: what "k of n" counts */
};

/* Check one signature of keys[index], which has its name and id. */
typedef enum mash_err mash_note_check_fn(void *ctx, const struct mash_note *note, size_t index,
                                         const struct mash_note_key *key,
                                         const struct mash_note_signature *signature);

/* Text that can be signed: UTF-8, no control characters but newline, ends with a newline. */
bool mash_note_text_ok(struct mash_span text);

/* Take a note apart.  MASH_E_FORMAT; MASH_E_LIMIT: above MASH_NOTE_MAX bytes or
 * MASH_NOTE_SIGNATURES_MAX lines. */
MASH_MUSTCHECK enum mash_err mash_note_parse(struct mash_span in, struct mash_note *ret_note);

/* Verify with the count (at most 64) known keys, all of type MASH_NOTE_ED25519.  Lines of keys that are
 * not known are ignored.  MASH_E_SIGNATURE: a line of a known key does not verify, so the whole note is
 * refused; MASH_E_UNKNOWN: no known key signed; MASH_E_LIMIT: too many keys. */
MASH_MUSTCHECK enum mash_err
mash_note_verify(const struct mash_note *note, const struct mash_note_key *keys, size_t count,
                 struct mash_note_verdict *ret_verdict);

/* The same for another signature type: check verifies, ctx is handed to it. */
MASH_MUSTCHECK enum mash_err
mash_note_verify_by(const struct mash_note *note, const struct mash_note_key *keys, size_t count,
                    mash_note_check_fn *check, void *ctx, struct mash_note_verdict *ret_verdict);

/* Append to out the note over text with one signature by key.  out unchanged on error.
 * MASH_E_FORMAT: not a text; MASH_E_MISMATCH: secret is not key's; MASH_E_VALUE: key is of another
 * type; MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_note_sign(struct mash_span text, const struct mash_note_key *key,
               const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_bytes *out);

/* Add key's signature to the note that note holds.  The same errors; unchanged on error.
 * MASH_E_CONFLICT: a line of this key is there already. */
MASH_MUSTCHECK enum mash_err
mash_note_add(struct mash_bytes *note, const struct mash_note_key *key,
              const uint8_t secret[static MASH_SIGN_SECRET_BYTES]);

/* Append the line of one signature, its bytes given by signature (at most MASH_NOTE_SIGNATURE_BYTES). */
MASH_MUSTCHECK enum mash_err
mash_note_line(const struct mash_note_key *key, struct mash_span signature, struct mash_bytes *out);

#endif
