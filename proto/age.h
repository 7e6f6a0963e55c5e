/* SPDX-License-Identifier: Apache-2.0 */
/* age.h - whole age v1 files (C2SP age.md), sealed and opened in memory.  Binary form only: no ASCII
 * armour, no passphrases.  Gives out nothing of a plaintext before all of it has verified.
 * The reader is the general one, which skips stanzas it does not know; what a notice may look like
 * is mash_age_notice_check()'s business.  Call sodium_init() first. */
#ifndef MASH_PROTO_AGE_H
#define MASH_PROTO_AGE_H

#include "proto/age_key.h"

/* What can be known of a file without a key. */
struct mash_age_header {
    size_t header_bytes; /* the payload begins here */
    size_t stanzas;      /* all of them: x25519 + scrypt + others */
    size_t x25519;
    size_t scrypt;       /* a passphrase; then the only stanza */
    size_t others;       /* any other type, padding stanzas ("GREASE") included */
};

/* Seal plain to recipient_count (1 or more) recipient texts, one stanza each in their order.
 * ret_file: empty, born with the caller's maximum; set on MASH_OK only, then yours.
 * MASH_E_VALUE: no recipients, or a text that is none; MASH_E_VERSION: a recipient of an unknown type;
 * MASH_E_LIMIT: the header is over MASH_AGE_HEADER_MAX, or the file over ret_file->max; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_encrypt(const struct mash_span *recipients, size_t recipient_count,
                                              struct mash_span plain, struct mash_bytes *ret_file);

/* Open file with any of the identities.
 * ret_plain: empty, born with the caller's maximum; set on MASH_OK only, then yours: release with
 * mash_bytes_wipe().
 * MASH_E_SIGNATURE: no stanza is for these identities, or the MAC or the payload is wrong; which of them
 * it was is not told.  MASH_E_FORMAT, MASH_E_VERSION, MASH_E_LIMIT: as mash_age_inspect(), and LIMIT for
 * a plaintext over ret_plain->max; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_decrypt(const struct mash_age_identity *const *identities,
                                              size_t identity_count, struct mash_span file,
                                              struct mash_bytes *ret_plain);

/* Check all of the header that can be checked without a key, and that a payload follows.
 * MASH_E_FORMAT: malformed; MASH_E_VERSION: another version of age; MASH_E_LIMIT: a header of more than
 * MASH_AGE_HEADER_MAX. */
MASH_MUSTCHECK enum mash_err mash_age_inspect(struct mash_span file, struct mash_age_header *ret_header);

/* May this be the body of a notice sealed to recipient_count keys?  Exactly that many X25519 stanzas and
 * nothing else, at most MASH_STANZAS_MAX.  A stanza does not name its key, so count and type are all
 * that one recipient can check (design: "A notice on the wire").
 * MASH_E_MISMATCH: fewer, more or other stanzas; MASH_E_LIMIT: too many. */
MASH_MUSTCHECK enum mash_err mash_age_notice_check(const struct mash_age_header *header,
                                                   size_t recipient_count);

#endif
