/* SPDX-License-Identifier: Apache-2.0 */
/* body.h - the sealed body of a notice: an age v1 file around
 *     u32be length | inner message | zeros,   as long as mash_pad_body_len(4 + length) says.
 * One spelling: any other padding is refused, so that it can carry nothing.  What the inner message
 * says is not looked at here.  (design: "A notice on the wire", body)  Call sodium_init() first. */
#ifndef MASH_PROTO_BODY_H
#define MASH_PROTO_BODY_H

#include "proto/age.h"

/* Seal inner to recipient_count (1 to MASH_STANZAS_MAX) age recipient texts, all different: the
 * listed keys of the recipients, the sender's own, and an archive's.
 * ret_body: empty, born with the caller's maximum (MASH_BODY_MAX); set on MASH_OK only, then yours.
 * MASH_E_VALUE: no recipients, one twice, or a text that is none; MASH_E_VERSION: a recipient of an
 * unknown type; MASH_E_LIMIT: too many recipients, or over ret_body->max; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_body_seal(const struct mash_span *recipients, size_t recipient_count,
                                            struct mash_span inner, struct mash_bytes *ret_body);

/* Open body with any of the identities.  expected_stanzas: how many keys the manifest says it is
 * sealed to.  ret_inner: empty, born with the caller's maximum; set on MASH_OK only, then yours: release
 * with mash_bytes_wipe().
 * MASH_E_MISMATCH: other stanzas than expected; MASH_E_SIGNATURE: not for these identities, or damaged;
 * MASH_E_FORMAT: malformed header or padding; MASH_E_VERSION; MASH_E_LIMIT; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_body_open(const struct mash_age_identity *const *identities,
                                            size_t identity_count, size_t expected_stanzas,
                                            struct mash_span body, struct mash_bytes *ret_inner);

/* What may be checked of a body without a key, by whoever takes it in: the header is well-formed, has
 * expected_stanzas of the right type, and what follows is as long as some sealed body of at most
 * max_bytes is.  MASH_E_MISMATCH, MASH_E_FORMAT, MASH_E_VERSION, MASH_E_LIMIT as above. */
MASH_MUSTCHECK enum mash_err mash_body_check(struct mash_span body, size_t expected_stanzas,
                                             size_t max_bytes);

#endif
