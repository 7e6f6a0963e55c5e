/* SPDX-License-Identifier: Apache-2.0 */
/* sign.h - Ed25519 (RFC 8032) over exact bytes: what arrived is what is verified.
 * Domain separation is the caller's duty: each signed message begins with its own fixed string.
 * Callers own secret keys and wipe them; sodium_init() must have succeeded in the process. */
#ifndef MASH_PROTO_SIGN_H
#define MASH_PROTO_SIGN_H

#include <stdint.h>

#include "mash/err.h"
#include "proto/bytes.h"

#define MASH_SIGN_SEED_BYTES 32   /* RFC 8032 calls this the private key */
#define MASH_SIGN_PUBLIC_BYTES 32
#define MASH_SIGN_SECRET_BYTES 64 /* seed and public key; what the signing function needs */
#define MASH_SIGN_BYTES 64        /* a signature */

/* The key pair of seed.  ret_secret is the caller's to wipe; the seed is not changed. */
void mash_sign_keypair(const uint8_t seed[static MASH_SIGN_SEED_BYTES],
                       uint8_t ret_public[static MASH_SIGN_PUBLIC_BYTES],
                       uint8_t ret_secret[static MASH_SIGN_SECRET_BYTES]);

/* Sign message.  Deterministic: the same key and bytes give the same signature. */
void mash_sign(const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_span message,
               uint8_t ret_signature[static MASH_SIGN_BYTES]);

/* MASH_OK when signature is that of public over message, MASH_E_SIGNATURE otherwise, also for
 * non-canonical encodings and for public keys of small order. */
MASH_MUSTCHECK enum mash_err
mash_sign_verify(const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_span message,
                 const uint8_t signature[static MASH_SIGN_BYTES]);

#endif
