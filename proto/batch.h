/* SPDX-License-Identifier: Apache-2.0 */
/* batch.h - one Ed25519 signature over 1 to 64 manifests or statuses.
 * Signed bytes: domain (with its NUL) || SHA-256(partnership) || u64be(batch size) || RFC 6962 root over
 * the batch's encoded messages.  Each keeps its index and path, so each remains provable alone. */
#ifndef MASH_PROTO_BATCH_H
#define MASH_PROTO_BATCH_H

#include "proto/codec.h"
#include "proto/hash.h"
#include "proto/keys.h"

enum mash_batch_kind { MASH_BATCH_NOTICE, MASH_BATCH_STATUS }; /* "mash/notice/v1\0", "mash/status/v1\0" */

struct mash_batch_proof {
    uint8_t signature[MASH_SIGNATURE_BYTES];
    uint32_t index, size;
    struct mash_hash path[MASH_BATCH_PATH_MAX];
    size_t n_path;
};

/* A proof from the fields of a SignedNotice, SignedStatus, AcceptDetail or StatusDetail.
 * MASH_E_FORMAT: the signature is not 64 bytes, a hash of the path not 32, or there are more than 6. */
MASH_MUSTCHECK enum mash_err mash_batch_proof_read(struct mash_span signature, uint32_t index, uint32_t size,
                                                   const ProtobufCBinaryData *path, size_t n_path,
                                                   struct mash_batch_proof *ret_proof);

/* Sign n messages (1..64); ret_proofs: n of them, in order.  MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_batch_sign(enum mash_batch_kind kind, const char *partnership,
                                             const struct mash_secret *key, const struct mash_span *messages,
                                             size_t n, struct mash_batch_proof *ret_proofs);

/* The root that the signature covers, from one message and its path.  MASH_E_FORMAT: size, index or
 * path length are not possible together. */
MASH_MUSTCHECK enum mash_err mash_batch_root(struct mash_span message, const struct mash_batch_proof *proof,
                                             struct mash_hash *ret_root);

/* Verify one message.  MASH_E_FORMAT as above; MASH_E_SIGNATURE. */
MASH_MUSTCHECK enum mash_err mash_batch_verify(enum mash_batch_kind kind, const char *partnership,
                                               const uint8_t key[static MASH_PUBLIC_KEY_BYTES],
                                               struct mash_span message, const struct mash_batch_proof *proof);

/* The bytes that are signed, for callers that verify a whole batch once: 15 + 32 + 8 + 32 = 87 bytes. */
#define MASH_BATCH_SIGNED_BYTES 87u
void mash_batch_signed_bytes(enum mash_batch_kind kind, const char *partnership, uint32_t size,
                             const struct mash_hash *root, uint8_t ret_bytes[static MASH_BATCH_SIGNED_BYTES]);

#endif
