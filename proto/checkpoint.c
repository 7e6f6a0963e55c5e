/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.c - see checkpoint.h.  Section names are of c2sp.org/tlog-checkpoint. */
#include "proto/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/line.h"
#include "proto/tree.h"

enum mash_err
mash_checkpoint_origin(const char *partnership, unsigned year,
                       char ret_origin[static MASH_NOTE_NAME_MAX + 1])
{
    char origin[MASH_NOTE_NAME_MAX + 1];
    int len = snprintf(origin, sizeof(origin), "%s/%04u", partnership, year);
    if (len < 0 || (size_t)len >= sizeof(origin) || year < 1 || year > 9999 || partnership[0] == '\0')
        return MASH_E_VALUE;
    if (!mash_note_name_ok(mash_span_str(origin)))
        return MASH_E_VALUE;
    memcpy(ret_origin, origin, (size_t)len + 1);
    return MASH_OK;
}

/* An empty tree has one root only; any other would be a statement about nothing. */
static bool
values_ok(const struct mash_checkpoint *checkpoint)
{
    struct mash_hash empty = mash_tree_empty_root();
    return mash_note_name_ok(mash_span_str(checkpoint->origin)) && checkpoint->size <= MASH_TREE_SIZE_MAX
           && (checkpoint->size > 0 || mash_hash_equal(&checkpoint->root, &empty));
}

enum mash_err
mash_checkpoint_format(const struct mash_checkpoint *checkpoint, struct mash_bytes *out)
{
    if (!values_ok(checkpoint))
        return MASH_E_VALUE;
    size_t before = out->len;
    enum mash_err err = mash_bytes_appendf(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
    if (err == MASH_OK)
        err = mash_base64_encode(mash_hash_span(&checkpoint->root), MASH_BASE64_PADDED, out);
    if (err == MASH_OK)
        err = mash_bytes_append(out, "\n", 1);
    if (err != MASH_OK)
        out->len = before;
    return err;
}

/* "Note text": origin, tree size, root hash. */
enum mash_err
mash_checkpoint_parse(struct mash_span text, struct mash_checkpoint *ret_checkpoint)
{
    struct mash_checkpoint checkpoint;
    struct mash_span origin, size, root;
    memset(&checkpoint, 0, sizeof(checkpoint));
    if (!mash_line_next(&text, &origin) || !mash_line_next(&text, &size) || !mash_line_next(&text, &root)
        || text.len > 0)
        return MASH_E_FORMAT;
    if (!mash_line_decimal(size, &checkpoint.size))
        return MASH_E_FORMAT;
    enum mash_err err = mash_base64_decode_exact(root, MASH_BASE64_PADDED, checkpoint.root.bytes,
                                                 MASH_HASH_BYTES);
    if (err != MASH_OK)
        return err;
    if (!mash_note_name_ok(origin))
        return MASH_E_VALUE;
    memcpy(checkpoint.origin, origin.data, origin.len);
    if (!values_ok(&checkpoint))
        return MASH_E_VALUE;
    *ret_checkpoint = checkpoint;
    return MASH_OK;
}

enum mash_err
mash_checkpoint_sign(const struct mash_checkpoint *checkpoint,
                     const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_bytes *out)
{
    struct mash_note_key key;
    struct mash_bytes text = mash_bytes_max(MASH_CHECKPOINT_TEXT_MAX + 1);
    enum mash_err err = mash_checkpoint_format(checkpoint, &text);
    if (err == MASH_OK)
        err = mash_note_key_make(checkpoint->origin, MASH_NOTE_ED25519, secret + MASH_SIGN_SEED_BYTES, &key);
    if (err == MASH_OK)
        err = mash_note_sign(mash_bytes_span(&text), &key, secret, out);
    mash_bytes_free(&text);
    return err;
}

enum mash_err
mash_checkpoint_open(struct mash_span in, const char *origin,
                     const uint8_t public[static MASH_SIGN_PUBLIC_BYTES],
                     struct mash_checkpoint *ret_checkpoint, struct mash_note *ret_note)
{
    struct mash_note note;
    struct mash_note_key key;
    struct mash_note_verdict verdict;
    struct mash_checkpoint checkpoint;
    if (in.len > MASH_CHECKPOINT_MAX)
        return MASH_E_LIMIT;
    enum mash_err err = mash_note_parse(in, &note);
    if (err == MASH_OK)
        err = mash_note_key_make(origin, MASH_NOTE_ED25519, public, &key);
    if (err == MASH_OK)
        err = mash_note_verify(&note, &key, 1, &verdict);
    if (err == MASH_OK)
        err = mash_checkpoint_parse(note.text, &checkpoint);
    if (err == MASH_OK && strcmp(checkpoint.origin, origin) != 0)
        err = MASH_E_MISMATCH;
    if (err != MASH_OK)
        return err;
    *ret_checkpoint = checkpoint;
    if (ret_note != NULL)
        *ret_note = note;
    return MASH_OK;
}
