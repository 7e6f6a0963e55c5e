/* SPDX-License-Identifier: Apache-2.0 */
/* note_key.h - keys of signed notes by C2SP signed-note: a name, a type and an Ed25519 key, known by
 * the name together with a short id.  The id only finds a key; trust comes from the key itself.
 * Texts: `<name>+<8 hex>+<base64>` to verify, `PRIVATE+KEY+<name>+<8 hex>+<base64>` to sign. */
#ifndef MASH_PROTO_NOTE_KEY_H
#define MASH_PROTO_NOTE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/limits.h"
#include "proto/sign.h"

/* Signature type bytes assigned by C2SP signed-note; the two this program signs and verifies. */
enum mash_note_type {
    MASH_NOTE_ED25519 = 0x01,
    MASH_NOTE_COSIGNATURE = 0x04, /* timestamped, over a checkpoint */
};

struct mash_note_key {
    char name[MASH_NOTE_NAME_MAX + 1];
    enum mash_note_type type;
    uint32_t id; /* SHA-256(name, 0x0A, type, key)[:4] */
    uint8_t public[MASH_SIGN_PUBLIC_BYTES];
};

/* A key name: 1 to MASH_NOTE_NAME_MAX bytes of UTF-8 without spaces, control characters and '+'. */
bool mash_note_name_ok(struct mash_span name);

/* Fill in a key, id computed.  MASH_E_VALUE: not a key name. */
MASH_MUSTCHECK enum mash_err
mash_note_key_make(const char *name, enum mash_note_type type,
                   const uint8_t public[static MASH_SIGN_PUBLIC_BYTES], struct mash_note_key *ret_key);

/* Read a verifier key.  MASH_E_FORMAT; MASH_E_VALUE: bad name; MASH_E_VERSION: another signature type;
 * MASH_E_MISMATCH: the id is not that of name and key. */
MASH_MUSTCHECK enum mash_err mash_note_key_parse(struct mash_span text, struct mash_note_key *ret_key);

/* Append the verifier key.  MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_note_key_format(const struct mash_note_key *key, struct mash_bytes *out);

/* Read a private key: the same errors.  ret_secret is the caller's to wipe. */
MASH_MUSTCHECK enum mash_err
mash_note_key_parse_private(struct mash_span text, struct mash_note_key *ret_key,
                            uint8_t ret_secret[static MASH_SIGN_SECRET_BYTES]);

/* Append the private key; out then holds secret text, the caller's to wipe.
 * MASH_E_MISMATCH: secret is not that of key; MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_note_key_format_private(const struct mash_note_key *key,
                             const uint8_t secret[static MASH_SIGN_SECRET_BYTES], struct mash_bytes *out);

#endif
