/* SPDX-License-Identifier: Apache-2.0 */
/* operator.h - what operators sign: commands to the ledger, and two of them together the confirmation of a
 * restored log.  Pure; shared by the ledger, which obeys them, and by clients, which must not take the
 * broker's word for a past that changed.  (PROTOCOL.md "Restore"; design: "Store and audit log") */
#ifndef MASH_PROTO_OPERATOR_H
#define MASH_PROTO_OPERATOR_H

#include "proto/bundle.h"
#include "proto/codec.h"
#include "proto/hash.h"

/* Is signature that of key over "mash/operator/v1\0" || SHA-256(partnership) || command?
 * MASH_E_SIGNATURE: no, or not 64 bytes; MASH_E_NOMEM, MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_operator_verify(const char *partnership,
                                                  const uint8_t key[static MASH_PUBLIC_KEY_BYTES],
                                                  struct mash_span command, struct mash_span signature);

/* A restore that two operators have confirmed. */
struct mash_restored {
    uint64_t size;           /* entries that remained */
    struct mash_hash root;
    uint64_t confirmed_ms;   /* the later of the two commands' times, by the operators' clocks */
    struct mash_hash digest; /* names this restore and no other: the commands carry nonces */
};

/* What a restore is called: SHA-256 over the two commands, in log order. */
struct mash_hash mash_restored_digest(struct mash_span first_command, struct mash_span second_command);

/* Check that message is what two operators of bundle have confirmed: two good signatures by two different
 * keys of two different operators, both over a confirmation of exactly this root and size.  The proof of
 * consistency is the caller's to check.
 * MASH_E_FORMAT: not such commands; MASH_E_UNKNOWN: not by operators of this bundle; MASH_E_CONFLICT: one
 * operator twice; MASH_E_MISMATCH: they confirm another head; MASH_E_SIGNATURE; MASH_E_NOMEM, MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_restored_open(const struct mash_bundle *bundle, const Mash__Restored *message,
                                                struct mash_restored *ret_restored);

#endif
