/* SPDX-License-Identifier: Apache-2.0 */
/* age_header.c - see age_header.h.  Section names are those of C2SP age.md; each *_read() is the
 * reverse of the *_write() of the same name. */
#include "proto/age_header.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "proto/base64.h"
#include "proto/hkdf.h"

#define VERSION_FAMILY "age-encryption.org/"
#define VERSION "v1"
#define STANZA_MARK "-> "
#define MAC_MARK "---"

/* A full line of a stanza's body (ABNF full-line), characters and bytes. */
#define LINE_CHARS 64
#define LINE_BYTES 48

static bool
starts_with(struct mash_span text, const char *start)
{
    size_t len = strlen(start);
    return text.len >= len && memcmp(text.data, start, len) == 0;
}

/* The line at the front of *rest without its line feed.  False when no line feed follows. */
static bool
read_line(struct mash_span *rest, struct mash_span *ret_line)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    if (end == NULL)
        return false;
    size_t len = (size_t)(end - rest->data);
    *ret_line = mash_span(rest->data, len);
    rest->data += len + 1;
    rest->len -= len + 1;
    return true;
}

/* VCHAR of RFC 5234: visible ASCII. */
static bool
is_vchar(uint8_t c)
{
    return c > 0x20 && c < 0x7f;
}

static bool
is_word(struct mash_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_vchar(text.data[i]))
            return false;
    }
    return text.len > 0;
}

enum mash_err
mash_age_version_read(struct mash_span *rest)
{
    struct mash_span after = *rest;
    struct mash_span line;
    if (!starts_with(*rest, VERSION_FAMILY) || !read_line(&after, &line))
        return MASH_E_FORMAT;

    size_t skip = strlen(VERSION_FAMILY);
    struct mash_span version = mash_span(line.data + skip, line.len - skip);
    if (!is_word(version))
        return MASH_E_FORMAT;
    if (!mash_span_equal(version, mash_span_str(VERSION)))
        return MASH_E_VERSION;
    *rest = after;
    return MASH_OK;
}

/* "Recipient stanza", arg-line: "-> " argument *(SP argument). */
static bool
read_arguments(struct mash_span line, struct mash_age_stanza *stanza)
{
    if (!starts_with(line, STANZA_MARK))
        return false;
    struct mash_span text = mash_span(line.data + strlen(STANZA_MARK), line.len - strlen(STANZA_MARK));

    size_t first_len = text.len;
    bool in_word = false;
    for (size_t i = 0; i < text.len; i++) {
        if (is_vchar(text.data[i])) {
            in_word = true;
            continue;
        }
        if (text.data[i] != ' ' || !in_word)
            return false; /* an empty argument, or no character of one */
        if (first_len == text.len)
            first_len = i;
        in_word = false;
    }
    if (!in_word)
        return false;
    stanza->type = mash_span(text.data, first_len);
    size_t skip = first_len < text.len ? first_len + 1 : first_len;
    stanza->args = mash_span(text.data + skip, text.len - skip);
    return true;
}

/* *full-line final-line: the body ends with the first line that is shorter than 64 characters. */
static bool
read_body(struct mash_span *rest, struct mash_age_stanza *stanza)
{
    const uint8_t *start = rest->data;
    stanza->body_bytes = 0;
    for (;;) {
        struct mash_span line;
        uint8_t raw[LINE_BYTES];
        size_t len = 0;
        if (!read_line(rest, &line) || line.len > LINE_CHARS)
            return false;
        if (mash_base64_decode(line, MASH_BASE64_UNPADDED, raw, sizeof(raw), &len) != MASH_OK)
            return false;
        stanza->body_bytes += len;
        if (line.len < LINE_CHARS)
            break;
    }
    stanza->lines = mash_span(start, (size_t)(rest->data - start));
    return true;
}

enum mash_err
mash_age_stanza_read(struct mash_span *rest, struct mash_age_stanza *ret_stanza)
{
    /* Each section of a header is known by its first three characters. */
    if (starts_with(*rest, MAC_MARK))
        return MASH_E_CLOSED;

    struct mash_span after = *rest;
    struct mash_span line;
    struct mash_age_stanza stanza = { 0 };
    if (!read_line(&after, &line) || !read_arguments(line, &stanza) || !read_body(&after, &stanza))
        return MASH_E_FORMAT;
    *ret_stanza = stanza;
    *rest = after;
    return MASH_OK;
}

enum mash_err
mash_age_stanza_body(const struct mash_age_stanza *stanza, uint8_t *out, size_t out_len)
{
    /* A line feed inside is no base 64, so a body of more lines is refused like any other length. */
    struct mash_span line = mash_span(stanza->lines.data, stanza->lines.len - 1);
    return mash_base64_decode_exact(line, MASH_BASE64_UNPADDED, out, out_len);
}

enum mash_err
mash_age_mac_read(struct mash_span *rest, uint8_t ret_mac[static MASH_AGE_MAC_BYTES])
{
    struct mash_span after = *rest;
    struct mash_span line;
    if (!starts_with(*rest, MAC_MARK " ") || !read_line(&after, &line))
        return MASH_E_FORMAT;
    size_t skip = strlen(MAC_MARK " ");
    enum mash_err err = mash_base64_decode_exact(mash_span(line.data + skip, line.len - skip),
                                                 MASH_BASE64_UNPADDED, ret_mac, MASH_AGE_MAC_BYTES);
    if (err == MASH_OK)
        *rest = after;
    return err;
}

void
mash_age_header_mac(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_span covered,
                    uint8_t ret_mac[static MASH_AGE_MAC_BYTES])
{
    /* "Header MAC": HMAC key = HKDF-SHA-256(ikm = file key, salt = empty, info = "header") */
    uint8_t key[crypto_auth_hmacsha256_KEYBYTES];
    mash_hkdf_sha256(mash_span(file_key, MASH_AGE_FILE_KEY_BYTES), mash_span(NULL, 0),
                     mash_span_str("header"), key, sizeof(key));
    crypto_auth_hmacsha256(ret_mac, covered.data, covered.len, key);
    sodium_memzero(key, sizeof(key));
}

enum mash_err
mash_age_version_write(struct mash_bytes *header)
{
    return mash_bytes_append_str(header, VERSION_FAMILY VERSION "\n");
}

/* The body, wrapped; the last line is shorter than the others, so it may be empty. */
static enum mash_err
write_body(struct mash_bytes *header, struct mash_span body)
{
    enum mash_err err = MASH_OK;
    size_t done = 0;
    do {
        size_t len = body.len - done < LINE_BYTES ? body.len - done : LINE_BYTES;
        err = mash_base64_encode(mash_span(body.data + done, len), MASH_BASE64_UNPADDED, header);
        if (err == MASH_OK)
            err = mash_bytes_append_str(header, "\n");
        done += LINE_BYTES;
    } while (err == MASH_OK && done <= body.len);
    return err;
}

enum mash_err
mash_age_stanza_write(struct mash_bytes *header, const char *type, const char *const *args, size_t arg_count,
                      struct mash_span body)
{
    assert(is_word(mash_span_str(type)));
    enum mash_err err = mash_bytes_append_str(header, STANZA_MARK);
    if (err == MASH_OK)
        err = mash_bytes_append_str(header, type);
    for (size_t i = 0; err == MASH_OK && i < arg_count; i++) {
        assert(is_word(mash_span_str(args[i])));
        err = mash_bytes_append_str(header, " ");
        if (err == MASH_OK)
            err = mash_bytes_append_str(header, args[i]);
    }
    if (err == MASH_OK)
        err = mash_bytes_append_str(header, "\n");
    return err == MASH_OK ? write_body(header, body) : err;
}

enum mash_err
mash_age_mac_write(struct mash_bytes *header, const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES])
{
    uint8_t mac[MASH_AGE_MAC_BYTES];
    enum mash_err err = mash_bytes_append_str(header, MAC_MARK);
    if (err != MASH_OK)
        return err;
    mash_age_header_mac(file_key, mash_bytes_span(header), mac);
    err = mash_bytes_append_str(header, " ");
    if (err == MASH_OK)
        err = mash_base64_encode(mash_span(mac, sizeof(mac)), MASH_BASE64_UNPADDED, header);
    return err == MASH_OK ? mash_bytes_append_str(header, "\n") : err;
}
