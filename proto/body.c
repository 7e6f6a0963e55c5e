/* SPDX-License-Identifier: Apache-2.0 */
/* body.c - see body.h. */
#include "proto/body.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/age_stream.h"
#include "proto/limits.h"
#include "proto/pad.h"

#define LENGTH_BYTES 4u

/* A key listed twice would make a stanza that no manifest speaks of.  Texts of keys have one
 * spelling, so comparing texts is comparing keys. */
static bool
has_duplicate(const struct mash_span *recipients, size_t recipient_count)
{
    for (size_t i = 1; i < recipient_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (mash_span_equal(recipients[i], recipients[j]))
                return true;
        }
    }
    return false;
}

/* u32be length | inner | zeros; paired with unpad(). */
static enum mash_err
pad(struct mash_span inner, struct mash_bytes *ret_plain)
{
    if (inner.len > UINT32_MAX)
        return MASH_E_LIMIT;
    uint64_t padded_len = mash_pad_body_len(LENGTH_BYTES + (uint64_t)inner.len);
    struct mash_bytes plain = mash_bytes_max((size_t)padded_len);
    uint8_t *at;
    enum mash_err err = mash_bytes_extend(&plain, (size_t)padded_len, &at);
    if (err != MASH_OK)
        return err;
    memset(at, 0, plain.len);
    mash_put_u32be(at, (uint32_t)inner.len);
    if (inner.len > 0)
        memcpy(at + LENGTH_BYTES, inner.data, inner.len);
    *ret_plain = plain;
    return MASH_OK;
}

enum mash_err
mash_body_seal(const struct mash_span *recipients, size_t recipient_count, struct mash_span inner,
               struct mash_bytes *ret_body)
{
    if (recipient_count > MASH_STANZAS_MAX || inner.len > ret_body->max)
        return MASH_E_LIMIT;
    if (recipient_count == 0 || has_duplicate(recipients, recipient_count))
        return MASH_E_VALUE;

    struct mash_bytes plain = mash_bytes_max(0);
    enum mash_err err = pad(inner, &plain);
    if (err == MASH_OK)
        err = mash_age_encrypt(recipients, recipient_count, mash_bytes_span(&plain), ret_body);
    mash_bytes_wipe(&plain);
    return err;
}

/* The inner message in plain, borrowed.  MASH_E_FORMAT: the length is not the one the message is padded
 * to, or there is something else than zeros behind it. */
static enum mash_err
unpad(struct mash_span plain, struct mash_span *ret_inner)
{
    struct mash_reader reader = mash_reader(plain);
    uint32_t len = mash_read_u32be(&reader);
    struct mash_span inner = mash_read_span(&reader, len);
    if (reader.failed || plain.len != mash_pad_body_len(LENGTH_BYTES + (uint64_t)len))
        return MASH_E_FORMAT;
    if (reader.rest.len > 0 && !sodium_is_zero(reader.rest.data, reader.rest.len))
        return MASH_E_FORMAT;
    *ret_inner = inner;
    return MASH_OK;
}

/* Copy inner to memory of just its size. */
static enum mash_err
give(struct mash_span inner, struct mash_bytes *ret_inner)
{
    if (inner.len > ret_inner->max)
        return MASH_E_LIMIT;
    struct mash_bytes out = mash_bytes_max(inner.len);
    enum mash_err err = mash_bytes_append(&out, inner.data, inner.len);
    if (err != MASH_OK)
        return err;
    out.max = ret_inner->max;
    *ret_inner = out;
    return MASH_OK;
}

static enum mash_err
check_stanzas(struct mash_span body, size_t expected_stanzas, struct mash_age_header *ret_header)
{
    enum mash_err err = mash_age_inspect(body, ret_header);
    return err == MASH_OK ? mash_age_notice_check(ret_header, expected_stanzas) : err;
}

enum mash_err
mash_body_check(struct mash_span body, size_t expected_stanzas, size_t max_bytes)
{
    if (body.len > max_bytes)
        return MASH_E_LIMIT;
    struct mash_age_header header;
    enum mash_err err = check_stanzas(body, expected_stanzas, &header);
    if (err != MASH_OK)
        return err;
    size_t plain_len = 0;
    if (!mash_age_stream_plain_len(body.len - header.header_bytes, &plain_len)
        || plain_len != mash_pad_body_len(plain_len))
        return MASH_E_FORMAT;
    return MASH_OK;
}

enum mash_err
mash_body_open(const struct mash_age_identity *const *identities, size_t identity_count,
               size_t expected_stanzas, struct mash_span body, struct mash_bytes *ret_inner)
{
    assert(ret_inner->data == NULL);
    struct mash_age_header header;
    enum mash_err err = check_stanzas(body, expected_stanzas, &header);
    if (err != MASH_OK)
        return err;

    /* A plaintext is shorter than its file, and what the caller allows is the inner message's length. */
    struct mash_bytes plain = mash_bytes_max(body.len);
    struct mash_span inner = mash_span(NULL, 0);
    err = mash_age_decrypt(identities, identity_count, body, &plain);
    if (err == MASH_OK)
        err = unpad(mash_bytes_span(&plain), &inner);
    if (err == MASH_OK)
        err = give(inner, ret_inner);
    mash_bytes_wipe(&plain);
    return err;
}
