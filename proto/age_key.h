/* SPDX-License-Identifier: Apache-2.0 */
/* age_key.h - who can open an age file: recipients, which are texts ("age1..."), and identities, the
 * secrets that belong to them.  X25519 now; a further recipient type is a row in age_key.c, since
 * callers only ever hold texts and opaque identities.
 * Call sodium_init() before anything here, as before everything that uses keys. */
#ifndef MASH_PROTO_AGE_KEY_H
#define MASH_PROTO_AGE_KEY_H

#include "proto/age_x25519.h"

/* Characters of an X25519 recipient and identity, without a NUL. */
#define MASH_AGE_RECIPIENT_CHARS 62u
#define MASH_AGE_IDENTITY_CHARS 74u

/* A secret that opens files, in guarded memory (sodium_malloc). */
struct mash_age_identity;

/* Make a fresh one.  ret_identity: yours, release with mash_age_identity_close().  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_identity_generate(struct mash_age_identity **ret_identity);

/* From its text "AGE-SECRET-KEY-1...", without line end; the caller wipes the text.
 * MASH_E_VALUE: not such a text; MASH_E_VERSION: one of another type; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_identity_parse(struct mash_span text,
                                                     struct mash_age_identity **ret_identity);

/* From the 32 secret bytes of an X25519 key, which are copied.  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_age_identity_x25519(const uint8_t secret_key[static MASH_AGE_X25519_BYTES],
                         struct mash_age_identity **ret_identity);

/* Append the secret text to ret_text; release that with mash_bytes_wipe().  To leave no copies behind,
 * give empty bytes with a maximum of MASH_AGE_IDENTITY_CHARS.  MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_identity_text(const struct mash_age_identity *identity,
                                                    struct mash_bytes *ret_text);

/* The recipient text that belongs to it: "age1...", NUL-terminated, borrowed. */
const char *mash_age_identity_recipient(const struct mash_age_identity *identity);

/* Wipe, release and set to NULL; nothing when NULL. */
void mash_age_identity_close(struct mash_age_identity **identity_p);

/* The recipient text of an X25519 public key, NUL-terminated.  Cannot fail. */
void mash_age_recipient_text(const uint8_t public_key[static MASH_AGE_X25519_BYTES],
                             char ret_text[static MASH_AGE_RECIPIENT_CHARS + 1]);

/* Can this program seal to the recipient?  For whoever takes a key into a registry.
 * MASH_E_VALUE: no recipient text, or a key that would protect nothing; MASH_E_VERSION: well-formed, but
 * of a type this program does not know; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_age_recipient_check(struct mash_span text);

/* Append a stanza with file_key for the recipient.  Errors as above, and MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_age_recipient_wrap(struct mash_span text,
                                                     const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES],
                                                     struct mash_bytes *header);

/* Take the file key out of stanza.  MASH_E_UNKNOWN: not for this identity, of whatever type;
 * MASH_E_FORMAT: of its type, and wrong. */
MASH_MUSTCHECK enum mash_err mash_age_identity_unwrap(const struct mash_age_identity *identity,
                                                      const struct mash_age_stanza *stanza,
                                                      uint8_t ret_file_key[static MASH_AGE_FILE_KEY_BYTES]);

#endif
