/* SPDX-License-Identifier: Apache-2.0 */
/* base64.h - the standard base 64 alphabet of RFC 4648 section 4, strictly canonical.
 * Each value has exactly one text: no white space, no other alphabet, no non-zero trailing bits,
 * and padding either always or never.  Runs in time that does not depend on the characters. */
#ifndef MASH_PROTO_BASE64_H
#define MASH_PROTO_BASE64_H

#include "proto/bytes.h"

enum mash_base64_padding {
    MASH_BASE64_PADDED,   /* '=' up to a multiple of four: signed notes, JSON */
    MASH_BASE64_UNPADDED, /* never '=': age headers */
};

/* Characters that the text of raw_len bytes has, without a NUL.  raw_len up to SIZE_MAX / 2. */
size_t mash_base64_text_len(size_t raw_len, enum mash_base64_padding padding);

/* Append the text of raw to ret_text.  MASH_E_LIMIT beyond its max; MASH_E_NOMEM; unchanged then. */
MASH_MUSTCHECK enum mash_err mash_base64_encode(struct mash_span raw, enum mash_base64_padding padding,
                                                struct mash_bytes *ret_text);

/* Decode all of text into out, which has room for out_max bytes; *ret_len bytes were written.
 * MASH_E_FORMAT: not the canonical text of anything (RFC 4648 section 3.5).
 * MASH_E_LIMIT: more than out_max bytes.  out may be partly written on error, *ret_len is not. */
MASH_MUSTCHECK enum mash_err mash_base64_decode(struct mash_span text, enum mash_base64_padding padding,
                                                uint8_t *out, size_t out_max, size_t *ret_len);

/* Decode text that must stand for exactly out_len bytes.  MASH_E_FORMAT otherwise. */
MASH_MUSTCHECK enum mash_err mash_base64_decode_exact(struct mash_span text, enum mash_base64_padding padding,
                                                      uint8_t *out, size_t out_len);

#endif
