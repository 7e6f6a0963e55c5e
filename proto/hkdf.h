/* SPDX-License-Identifier: Apache-2.0 */
/* hkdf.h - HKDF-SHA-256 of RFC 5869.  libsodium has it from 1.0.19 on; Debian 12 has 1.0.18, so it
 * stands here on libsodium's HMAC-SHA-256. */
#ifndef MASH_PROTO_HKDF_H
#define MASH_PROTO_HKDF_H

#include "proto/bytes.h"

/* The most bytes one call can give: 255 blocks of SHA-256 (RFC 5869 section 2.3). */
#define MASH_HKDF_MAX_BYTES (255 * 32)

/* Fill out with out_len bytes (at most MASH_HKDF_MAX_BYTES, our own fault otherwise) derived from
 * the secret ikm.  salt and info may be empty.  Cannot fail; keeps no copy of anything. */
void mash_hkdf_sha256(struct mash_span ikm, struct mash_span salt, struct mash_span info, uint8_t *out,
                      size_t out_len);

#endif
