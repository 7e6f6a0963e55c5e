/* SPDX-License-Identifier: Apache-2.0 */
/* age.c - see age.h.  The header is read twice: all of it is checked before any key is used. */
#include "proto/age.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/age_stream.h"
#include "proto/limits.h"

#define MAC_LINE_BYTES 48u /* "--- ", 43 characters and a line feed */
#define MAC_LINE_REST 45u  /* what of that the MAC does not cover: all but "---" */

static enum mash_err
encrypt_header(const struct mash_span *recipients, size_t recipient_count,
               const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_bytes *file)
{
    enum mash_err err = mash_age_version_write(file);
    for (size_t i = 0; err == MASH_OK && i < recipient_count; i++)
        err = mash_age_recipient_wrap(recipients[i], file_key, file);
    if (err == MASH_OK)
        err = mash_age_mac_write(file, file_key);
    if (err == MASH_OK && file->len > MASH_AGE_HEADER_MAX)
        err = MASH_E_LIMIT;
    return err;
}

enum mash_err
mash_age_encrypt(const struct mash_span *recipients, size_t recipient_count, struct mash_span plain,
                 struct mash_bytes *ret_file)
{
    assert(ret_file->data == NULL);
    if (recipient_count == 0)
        return MASH_E_VALUE; /* header = v1-line 1*stanza end */

    uint8_t file_key[MASH_AGE_FILE_KEY_BYTES]; /* "MUST NOT be reused across multiple files" */
    struct mash_bytes file = mash_bytes_max(ret_file->max);
    randombytes_buf(file_key, sizeof(file_key));
    enum mash_err err = encrypt_header(recipients, recipient_count, file_key, &file);
    if (err == MASH_OK)
        err = mash_age_stream_seal(file_key, plain, &file);
    sodium_memzero(file_key, sizeof(file_key));
    if (err != MASH_OK) {
        mash_bytes_free(&file);
        return err;
    }
    *ret_file = file;
    return MASH_OK;
}

/* Count the stanza and check what its type demands. */
static enum mash_err
count_stanza(const struct mash_age_stanza *stanza, struct mash_age_header *header)
{
    header->stanzas++;
    if (mash_span_equal(stanza->type, mash_span_str("scrypt"))) {
        header->scrypt++;
        return MASH_OK;
    }
    if (!mash_span_equal(stanza->type, mash_span_str(MASH_AGE_X25519_TYPE))) {
        header->others++;
        return MASH_OK;
    }
    header->x25519++;
    return mash_age_x25519_check(stanza);
}

/* Step over the stanzas in *rest up to the MAC line, counting them.  A header that would grow beyond
 * MASH_AGE_HEADER_MAX with its MAC line is left at once. */
static enum mash_err
inspect_stanzas(struct mash_span file, struct mash_span *rest, struct mash_age_header *header)
{
    struct mash_age_stanza stanza;
    for (;;) {
        enum mash_err err = mash_age_stanza_read(rest, &stanza);
        if (err == MASH_E_CLOSED)
            return MASH_OK;
        if (err == MASH_OK)
            err = count_stanza(&stanza, header);
        if (err != MASH_OK)
            return err;
        if (file.len - rest->len > MASH_AGE_HEADER_MAX - MAC_LINE_BYTES)
            return MASH_E_LIMIT;
    }
}

enum mash_err
mash_age_inspect(struct mash_span file, struct mash_age_header *ret_header)
{
    struct mash_age_header header = { 0 };
    struct mash_span rest = file;
    uint8_t mac[MASH_AGE_MAC_BYTES];

    enum mash_err err = mash_age_version_read(&rest);
    if (err == MASH_OK)
        err = inspect_stanzas(file, &rest, &header);
    if (err == MASH_OK)
        err = mash_age_mac_read(&rest, mac);
    if (err != MASH_OK)
        return err;
    /* "An scrypt stanza, if present, MUST be the only stanza in the header." */
    if (header.stanzas == 0 || (header.scrypt > 0 && header.stanzas > 1))
        return MASH_E_FORMAT;
    if (rest.len < MASH_AGE_NONCE_BYTES)
        return MASH_E_FORMAT; /* "It begins with a 16-byte nonce": cut off before any payload */
    header.header_bytes = file.len - rest.len;
    *ret_header = header;
    return MASH_OK;
}

/* The file key, from the first stanza that any identity opens.  The header is known to be well-formed. */
static enum mash_err
find_file_key(const struct mash_age_identity *const *identities, size_t identity_count, struct mash_span text,
              uint8_t ret_file_key[static MASH_AGE_FILE_KEY_BYTES])
{
    struct mash_span rest = text;
    struct mash_age_stanza stanza;
    enum mash_err err = mash_age_version_read(&rest);
    while (err == MASH_OK) {
        err = mash_age_stanza_read(&rest, &stanza);
        for (size_t i = 0; err == MASH_OK && i < identity_count; i++) {
            enum mash_err unwrap = mash_age_identity_unwrap(identities[i], &stanza, ret_file_key);
            if (unwrap != MASH_E_UNKNOWN)
                return unwrap;
        }
    }
    return err == MASH_E_CLOSED ? MASH_E_SIGNATURE : err;
}

static bool
mac_is_right(struct mash_span text, const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES])
{
    uint8_t expected[MASH_AGE_MAC_BYTES];
    uint8_t found[MASH_AGE_MAC_BYTES];
    size_t covered = text.len - MAC_LINE_REST;
    struct mash_span line = mash_span(text.data + text.len - MAC_LINE_BYTES, MAC_LINE_BYTES);
    if (mash_age_mac_read(&line, found) != MASH_OK)
        return false;
    mash_age_header_mac(file_key, mash_span(text.data, covered), expected);
    return sodium_memcmp(expected, found, sizeof(found)) == 0;
}

enum mash_err
mash_age_decrypt(const struct mash_age_identity *const *identities, size_t identity_count,
                 struct mash_span file, struct mash_bytes *ret_plain)
{
    struct mash_age_header header;
    enum mash_err err = mash_age_inspect(file, &header);
    if (err != MASH_OK)
        return err;

    struct mash_span text = mash_span(file.data, header.header_bytes);
    uint8_t file_key[MASH_AGE_FILE_KEY_BYTES];
    err = find_file_key(identities, identity_count, text, file_key);
    if (err == MASH_OK && !mac_is_right(text, file_key))
        err = MASH_E_SIGNATURE;
    if (err == MASH_OK) {
        struct mash_span payload = mash_span(file.data + text.len, file.len - text.len);
        err = mash_age_stream_open(file_key, payload, ret_plain);
    }
    sodium_memzero(file_key, sizeof(file_key));
    return err;
}

enum mash_err
mash_age_notice_check(const struct mash_age_header *header, size_t recipient_count)
{
    if (header->stanzas > MASH_STANZAS_MAX)
        return MASH_E_LIMIT;
    if (header->stanzas != recipient_count || header->x25519 != recipient_count)
        return MASH_E_MISMATCH;
    return MASH_OK;
}
