/* SPDX-License-Identifier: Apache-2.0 */
/* cosignature.c - see cosignature.h.  Section names are of c2sp.org/tlog-cosignature. */
#include "proto/cosignature.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/checkpoint.h"

#define TIME_MAX ((uint64_t)INT64_MAX) /* "Format": the timestamp must not exceed 2^63 - 1 */
#define HEADER_MAX 48                  /* "cosignature/v1\ntime " and 19 digits */
#define MESSAGE_MAX (HEADER_MAX + MASH_CHECKPOINT_TEXT_MAX)

/* "Ed25519 signed message"; text is a checkpoint's, so it fits. */
static struct mash_span
write_message(struct mash_span text, uint64_t time_s, char out[static MESSAGE_MAX])
{
    int len = snprintf(out, HEADER_MAX, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    assert(len > 0 && len < HEADER_MAX && text.len <= MASH_CHECKPOINT_TEXT_MAX);
    memcpy(out + len, text.data, text.len);
    return mash_span(out, (size_t)len + text.len);
}

enum mash_err
mash_cosignature_make(struct mash_span text, const struct mash_note_key *key,
                      const uint8_t secret[static MASH_SIGN_SECRET_BYTES], uint64_t time_s,
                      struct mash_bytes *out)
{
    struct mash_checkpoint checkpoint;
    enum mash_err err = mash_checkpoint_parse(text, &checkpoint);
    if (err != MASH_OK)
        return err;
    if (key->type != MASH_NOTE_COSIGNATURE || time_s > TIME_MAX)
        return MASH_E_VALUE;
    if (memcmp(secret + MASH_SIGN_SEED_BYTES, key->public, MASH_SIGN_PUBLIC_BYTES) != 0)
        return MASH_E_MISMATCH;

    char message[MESSAGE_MAX];
    uint8_t signature[8 + MASH_SIGN_BYTES];
    mash_put_u64be(signature, time_s);
    mash_sign(secret, write_message(text, time_s, message), signature + 8);
    return mash_note_line(key, mash_span(signature, sizeof(signature)), out);
}

/* "Format": timestamped_signature.  ctx: the times by key. */
static enum mash_err
check_cosignature(void *ctx, const struct mash_note *note, size_t index, const struct mash_note_key *key,
                  const struct mash_note_signature *signature)
{
    uint64_t *times_s = ctx;
    if (key->type != MASH_NOTE_COSIGNATURE || signature->len != 8 + MASH_SIGN_BYTES)
        return MASH_E_SIGNATURE;
    struct mash_reader reader = mash_reader(mash_span(signature->bytes, signature->len));
    uint64_t time_s = mash_read_u64be(&reader);
    if (time_s > TIME_MAX)
        return MASH_E_SIGNATURE;

    char message[MESSAGE_MAX];
    enum mash_err err = mash_sign_verify(key->public, write_message(note->text, time_s, message),
                                         reader.rest.data);
    if (err == MASH_OK && time_s > times_s[index])
        times_s[index] = time_s;
    return err;
}

enum mash_err
mash_cosignature_verify(const struct mash_note *note, const struct mash_note_key *keys, size_t count,
                        struct mash_note_verdict *ret_verdict, uint64_t *ret_times_s)
{
    uint64_t times_s[64] = { 0 };
    struct mash_checkpoint checkpoint;
    if (count > sizeof(times_s) / sizeof(times_s[0]))
        return MASH_E_LIMIT;
    enum mash_err err = mash_checkpoint_parse(note->text, &checkpoint);
    if (err == MASH_OK)
        err = mash_note_verify_by(note, keys, count, check_cosignature, times_s, ret_verdict);
    if (err == MASH_OK && ret_times_s != NULL)
        memcpy(ret_times_s, times_s, count * sizeof(times_s[0]));
    return err;
}
