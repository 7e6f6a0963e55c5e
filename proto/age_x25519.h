/* SPDX-License-Identifier: Apache-2.0 */
/* age_x25519.h - the X25519 recipient type of age v1: how a file key is wrapped for one public key
 * and taken out again (C2SP age.md "The X25519 recipient type").  Raw keys; texts are age_key.h's. */
#ifndef MASH_PROTO_AGE_X25519_H
#define MASH_PROTO_AGE_X25519_H

#include "proto/age_header.h"

#define MASH_AGE_X25519_BYTES 32u
#define MASH_AGE_X25519_TYPE "X25519" /* first argument of its stanzas */

/* Append a stanza for public_key to header, under a fresh ephemeral key.
 * MASH_E_VALUE: public_key is a low-order point, anybody could read the file; MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_age_x25519_wrap(const uint8_t public_key[static MASH_AGE_X25519_BYTES],
                     const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_bytes *header);

/* Check the form of a stanza of this type: two arguments, a 32-byte share, a 32-byte body.
 * MASH_E_FORMAT. */
MASH_MUSTCHECK enum mash_err mash_age_x25519_check(const struct mash_age_stanza *stanza);

/* Take the file key out of a stanza of this type.  MASH_E_UNKNOWN: it is for somebody else, or damaged;
 * MASH_E_FORMAT: not of the form, or a share that makes the shared secret zero. */
MASH_MUSTCHECK enum mash_err
mash_age_x25519_unwrap(const struct mash_age_stanza *stanza,
                       const uint8_t secret_key[static MASH_AGE_X25519_BYTES],
                       const uint8_t public_key[static MASH_AGE_X25519_BYTES],
                       uint8_t ret_file_key[static MASH_AGE_FILE_KEY_BYTES]);

#endif
