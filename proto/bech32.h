/* SPDX-License-Identifier: Apache-2.0 */
/* bech32.h - Bech32 text of BIP-173 (the first checksum constant), without its limit of 90
 * characters: that is how age writes keys ("age1...", "AGE-SECRET-KEY-1...").
 * The prefix before the last '1' is called the human-readable part (hrp).
 * Characters of the data part are looked up in constant time, since they may be a secret key. */
#ifndef MASH_PROTO_BECH32_H
#define MASH_PROTO_BECH32_H

#include "proto/bytes.h"

/* Append the Bech32 text of raw under hrp to ret_text; all of it is in the case of hrp.
 * MASH_E_VALUE: hrp is empty, mixes cases or has a character outside 33..126 (ASCII).
 * MASH_E_LIMIT, MASH_E_NOMEM: as mash_bytes_append(); ret_text is unchanged on every error. */
MASH_MUSTCHECK enum mash_err mash_bech32_encode(const char *hrp, struct mash_span raw,
                                                struct mash_bytes *ret_text);

/* Decode all of text into out (room for out_max bytes).  *ret_hrp borrows from text, in the case
 * it is written in; *ret_len bytes were written to out.
 * MASH_E_FORMAT: mixed case, no separator, foreign character, wrong checksum, or bits left over
 * that are not four or fewer zeros.  MASH_E_LIMIT: more than out_max bytes.
 * out is wiped on error. */
MASH_MUSTCHECK enum mash_err mash_bech32_decode(struct mash_span text, struct mash_span *ret_hrp,
                                                uint8_t *out, size_t out_max, size_t *ret_len);

/* The part of text before its last '1', borrowed; empty when there is none.  Checks nothing else:
 * only for choosing who decodes the text. */
struct mash_span mash_bech32_hrp(struct mash_span text);

#endif
