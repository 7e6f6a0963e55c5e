/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.h - the clear, signed part of a notice: what may stand in it.  Pure checks, no bundle. */
#ifndef MASH_PROTO_MANIFEST_H
#define MASH_PROTO_MANIFEST_H

#include "proto/codec.h"

#define MASH_FAULTS_MAX 32

/* Every field found wrong, as "field: why", so that an answer can list them all. */
struct mash_faults {
    size_t count;                 /* of lines kept */
    char lines[MASH_FAULTS_MAX][120];
};

/* Decode strictly and check every field on its own and against the others (character sets, lengths,
 * order, uniqueness, counts, times among each other: expires > created, <= 30 days).
 * ret_manifest: yours, mash_message_free().  MASH_E_FORMAT: not a manifest; MASH_E_VERSION: schema;
 * MASH_E_VALUE: fields wrong, all of them in ret_faults (may be NULL). */
MASH_MUSTCHECK enum mash_err mash_manifest_read(struct mash_span in, Mash__Manifest **ret_manifest,
                                                struct mash_faults *ret_faults);

/* The same for a status; which fields may stand with which state included. */
MASH_MUSTCHECK enum mash_err mash_status_read(struct mash_span in, Mash__Status **ret_status,
                                              struct mash_faults *ret_faults);

/* The recipient's row for a mailbox, or NULL. */
const Mash__Recipient *mash_manifest_recipient(const Mash__Manifest *manifest, const char *mailbox);

/* Does the opened body's inner message repeat the manifest?  MASH_E_MISMATCH; ret_field names the first
 * field that differs (static storage). */
MASH_MUSTCHECK enum mash_err mash_inner_matches(const Mash__Inner *inner, const Mash__Manifest *manifest,
                                                const char **ret_field);

#endif
