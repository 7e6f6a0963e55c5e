/* SPDX-License-Identifier: Apache-2.0 */
/* age_stream.h - the binary payload of an age v1 file: a nonce and chunks of 64 KiB, each sealed with
 * ChaCha20-Poly1305, the last one marked (C2SP age.md "Payload", the STREAM construction).
 * Whole in memory: nothing of it is given out before the last chunk has verified. */
#ifndef MASH_PROTO_AGE_STREAM_H
#define MASH_PROTO_AGE_STREAM_H

#include "proto/age_header.h"

#define MASH_AGE_NONCE_BYTES 16u

/* Append the payload of plain to file, under a fresh nonce.
 * MASH_E_LIMIT beyond its max, MASH_E_NOMEM; file keeps its length then. */
MASH_MUSTCHECK enum mash_err mash_age_stream_seal(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES],
                                                  struct mash_span plain, struct mash_bytes *file);

/* Open payload, everything after the header.  ret_plain: empty, born with the caller's maximum; set
 * on MASH_OK only, then yours: release with mash_bytes_wipe().
 * MASH_E_SIGNATURE: damaged, shortened, lengthened or of another key; MASH_E_LIMIT: the plaintext is
 * more than ret_plain->max; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_stream_open(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES],
                                                  struct mash_span payload, struct mash_bytes *ret_plain);

/* The length of the plaintext of a payload of payload_len bytes.  False: no payload has this length. */
bool mash_age_stream_plain_len(size_t payload_len, size_t *ret_plain_len);

#endif
