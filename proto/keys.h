/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h - keys, one a purpose, their ids, and the files that hold the secret ones.
 * A secret key lives in guarded memory (sodium_malloc) and in a file of mode 0600 that may be sealed
 * with a passphrase (Argon2id); never in argv, environment or a log.  (design: "Trust: keys") */
#ifndef MASH_PROTO_KEYS_H
#define MASH_PROTO_KEYS_H

#include "proto/bytes.h"
#include "proto/limits.h"

enum mash_purpose {
    MASH_PURPOSE_SEAL,       /* X25519, an age recipient string; opens bodies */
    MASH_PURPOSE_SIGN,       /* Ed25519; notices and statuses of a mailbox */
    MASH_PURPOSE_LINK,       /* X25519 (CURVE); an installation's or the broker's transport */
    MASH_PURPOSE_WITNESS,    /* Ed25519; cosigns checkpoints */
    MASH_PURPOSE_LOG,        /* Ed25519; the broker's checkpoints */
    MASH_PURPOSE_GOVERNANCE, /* Ed25519; bundles */
    MASH_PURPOSE_OPERATOR,   /* Ed25519; operator commands */
    MASH_PURPOSE_COUNT
};

struct mash_key_id {
    uint8_t bytes[MASH_KEY_ID_BYTES];
};

/* "seal", "sign", ... as written in files and hashed into key ids. */
const char *mash_purpose_name(enum mash_purpose purpose);

/* Key id = SHA-256(purpose name || key)[0..16]; key: the 32 public bytes, for SEAL the bytes of the
 * age recipient string.  (design: "Trust: keys and the bundle") */
void mash_key_id(enum mash_purpose purpose, struct mash_span key, struct mash_key_id *ret_id);

/* 32 lower-case hex digits and a NUL. */
void mash_key_id_text(const struct mash_key_id *id, char ret_text[static 33]);
MASH_MUSTCHECK enum mash_err mash_key_id_parse(const char *text, struct mash_key_id *ret_id);

/* Six lower-case words, single spaces between, to check a key or a request file by phone (fingerprint.c).
 * ret_text: at least 96 bytes.  Takes some 0.1 s on purpose. */
void mash_fingerprint_words(struct mash_span key, char *ret_text, size_t size);

/* A secret key with its public half. */
struct mash_secret;

/* Make a fresh one.  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_secret_generate(enum mash_purpose purpose, struct mash_secret **ret_secret);

/* From its 32 secret bytes: the X25519 scalar, or the Ed25519 seed.  The caller wipes them.  MASH_E_NOMEM. */
#define MASH_SECRET_SEED_BYTES 32u
MASH_MUSTCHECK enum mash_err mash_secret_from_seed(enum mash_purpose purpose,
                                                   const uint8_t seed[static MASH_SECRET_SEED_BYTES],
                                                   struct mash_secret **ret_secret);

/* Wipe, release and set to NULL; nothing when NULL. */
void mash_secret_close(struct mash_secret **secret_p);

enum mash_purpose mash_secret_purpose(const struct mash_secret *secret);
/* 32 public bytes (for SEAL: the X25519 public key, not the string). */
const uint8_t *mash_secret_public(const struct mash_secret *secret);
/* The secret bytes in guarded memory: 32-byte X25519 scalar (SEAL, LINK) or 64-byte libsodium
 * Ed25519 secret key (others).  Borrowed; never copy it to plain memory that outlives the call. */
const uint8_t *mash_secret_bytes(const struct mash_secret *secret);
/* The public key as files and the bundle write it: age1... (SEAL), 64 hex digits (others). */
const char *mash_secret_public_text(const struct mash_secret *secret);
void mash_secret_id(const struct mash_secret *secret, struct mash_key_id *ret_id);

/* Ed25519 over exact bytes with a SIGN/WITNESS/LOG/GOVERNANCE/OPERATOR key. */
void mash_secret_sign(const struct mash_secret *secret, struct mash_span message,
                      uint8_t ret_signature[static MASH_SIGNATURE_BYTES]);

/* Write to path (mode 0600, temp + fsync + link + fsync of the directory; an existing file is
 * MASH_E_CONFLICT).  passphrase NULL: not sealed, and a SEAL key is then a plain age identity file, which
 * the standard `age -d -i` reads.  Sealing takes 256 MiB for about a second.  MASH_E_IO, MASH_E_NOMEM.
 * (format: PROTOCOL.md "Key files") */
MASH_MUSTCHECK enum mash_err mash_secret_save(const struct mash_secret *secret, const char *path,
                                              const struct mash_span *passphrase);

/* Read from path.  MASH_E_DENIED: group or others have any right to the file, or it is sealed and the
 * passphrase is missing or wrong; MASH_E_UNKNOWN: no such file; MASH_E_FORMAT; MASH_E_MISMATCH: other
 * purpose; MASH_E_IO, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_secret_load(const char *path, enum mash_purpose purpose,
                                              const struct mash_span *passphrase,
                                              struct mash_secret **ret_secret);
/* The same from an open descriptor (systemd credential, inherited by a role), read from its beginning
 * whatever its offset, which stays.  Group read is allowed here, since the mask of a credential's access
 * list shows there; a file without a name (memfd) has no mode to check. */
MASH_MUSTCHECK enum mash_err mash_secret_load_fd(int fd, enum mash_purpose purpose,
                                                 const struct mash_span *passphrase,
                                                 struct mash_secret **ret_secret);

#endif
