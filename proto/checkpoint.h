/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.h - C2SP tlog-checkpoint: the log's signed statement of its size and root.
 * Origin `<partnership>/<year>`, which is also the name of the log's key.  Extension lines, which the
 * specification allows and advises against, are refused: nothing unread is ever vouched for. */
#ifndef MASH_PROTO_CHECKPOINT_H
#define MASH_PROTO_CHECKPOINT_H

#include <stdint.h>

#include "proto/hash.h"
#include "proto/note.h"

struct mash_checkpoint {
    char origin[MASH_NOTE_NAME_MAX + 1];
    uint64_t size; /* leaves; at most MASH_TREE_SIZE_MAX */
    struct mash_hash root;
};

/* Longest text: origin, 19 digits, 44 characters of base64, three newlines. */
#define MASH_CHECKPOINT_TEXT_MAX (MASH_NOTE_NAME_MAX + 19 + 44 + 3)

/* Write `<partnership>/<year>`.  MASH_E_VALUE: not usable as a key name, or a year outside 1..9999. */
MASH_MUSTCHECK enum mash_err mash_checkpoint_origin(const char *partnership, unsigned year,
                                                    char ret_origin[static MASH_NOTE_NAME_MAX + 1]);

/* Append the text that is signed.  MASH_E_VALUE: bad origin or size; MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_checkpoint_format(const struct mash_checkpoint *checkpoint,
                                                    struct mash_bytes *out);

/* Read such a text; inverse of mash_checkpoint_format().  MASH_E_FORMAT; MASH_E_VALUE: bad origin, or an
 * empty tree with another root than the empty one. */
MASH_MUSTCHECK enum mash_err mash_checkpoint_parse(struct mash_span text,
                                                   struct mash_checkpoint *ret_checkpoint);

/* Append the note over checkpoint, signed by secret under the origin as key name.
 * The caller must never sign two inconsistent checkpoints of one origin. */
MASH_MUSTCHECK enum mash_err mash_checkpoint_sign(const struct mash_checkpoint *checkpoint,
                                                  const uint8_t secret[static MASH_SIGN_SECRET_BYTES],
                                                  struct mash_bytes *out);

/* Open a signed checkpoint: the note must be signed by public under the name origin and its text must be
 * a checkpoint of origin.  Lines of other keys (witnesses) are ignored.  ret_note may be NULL; it borrows
 * from in.  MASH_E_FORMAT, MASH_E_LIMIT, MASH_E_VALUE; MASH_E_UNKNOWN: not signed by this key;
 * MASH_E_SIGNATURE; MASH_E_MISMATCH: signed, but for another origin. */
MASH_MUSTCHECK enum mash_err
mash_checkpoint_open(struct mash_span in, const char *origin,
                     const uint8_t public[static MASH_SIGN_PUBLIC_BYTES],
                     struct mash_checkpoint *ret_checkpoint, struct mash_note *ret_note);

#endif
