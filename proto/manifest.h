/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.h - the clear, signed part of a notice: what may stand in it.  Pure checks, no bundle. */
#ifndef MASH_PROTO_MANIFEST_H
#define MASH_PROTO_MANIFEST_H

#include "proto/codec.h"

#define MASH_FAULTS_MAX 32
#define MASH_FAULT_LINE 120

#define MASH_SCHEMA 1u /* version of Manifest and Status that this program writes and reads */

/* Every field found wrong, as "field: why", so that an answer can list them all.
 * Lines name fields and rules, never values: a wrong value may be a name. */
struct mash_faults {
    size_t count; /* of lines kept */
    bool more;    /* there were more than MASH_FAULTS_MAX */
    char lines[MASH_FAULTS_MAX][MASH_FAULT_LINE];
};

/* Note one fault (printf).  Beyond MASH_FAULTS_MAX only `more` is set; a long line is cut. */
void mash_fault(struct mash_faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Decode strictly and check every field on its own and against the others (character sets, lengths,
 * order, uniqueness, counts, times among each other: expires > created, <= 30 days).
 * ret_manifest: yours, mash_message_free().  MASH_E_LIMIT: longer than MASH_MANIFEST_MAX;
 * MASH_E_VERSION: another schema; MASH_E_FORMAT: not a manifest; MASH_E_VALUE: fields wrong, all of
 * them in ret_faults (may be NULL; otherwise set in every case, empty unless MASH_E_VALUE). */
MASH_MUSTCHECK enum mash_err mash_manifest_read(struct mash_span in, Mash__Manifest **ret_manifest,
                                                struct mash_faults *ret_faults);

/* The same for a status; which fields may stand with which state included. */
MASH_MUSTCHECK enum mash_err mash_status_read(struct mash_span in, Mash__Status **ret_status,
                                              struct mash_faults *ret_faults);

/* The fields of a manifest or a status alone, as above, noted in faults: for those who compose one. */
void mash_manifest_check(const Mash__Manifest *manifest, struct mash_faults *faults);
void mash_status_check(const Mash__Status *status, struct mash_faults *faults);

/* Only which fields a status of its state must and may carry (PROTOCOL.md "Statuses"). */
void mash_status_check_carried(const Mash__Status *status, struct mash_faults *faults);

/* The recipient's row for a mailbox, or NULL. */
const Mash__Recipient *mash_manifest_recipient(const Mash__Manifest *manifest, const char *mailbox);

/* Does the opened body's inner message repeat the manifest?  MASH_E_MISMATCH; ret_field names the first
 * field that differs (static storage). */
MASH_MUSTCHECK enum mash_err mash_inner_matches(const Mash__Inner *inner, const Mash__Manifest *manifest,
                                                const char **ret_field);

#endif
