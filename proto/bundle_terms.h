/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_terms.h - the text of a bundle's note: whose, which version, valid when, governed by whom, and
 * the digests of its files.  Format: PROTOCOL.md "Bundle".  Says nothing about signatures. */
#ifndef MASH_PROTO_BUNDLE_TERMS_H
#define MASH_PROTO_BUNDLE_TERMS_H

#include "proto/hash.h"
#include "proto/limits.h"
#include "proto/note_key.h"
#include "proto/why.h"

#define MASH_GOVERNANCE_MAX 16u /* C2SP: verifiers take at least 16 signatures */

/* The files of a bundle, in the order of their names. */
enum mash_bundle_part {
    MASH_BUNDLE_AGREEMENT,
    MASH_BUNDLE_CALENDAR,
    MASH_BUNDLE_CLOCKS,
    MASH_BUNDLE_REGISTRY,
    MASH_BUNDLE_PARTS
};

struct mash_bundle_terms {
    char partnership[MASH_NAME_MAX + 1];
    uint32_t version; /* from 1 */
    uint64_t issued_ms, renew_by_ms, expires_ms; /* whole seconds, ascending */
    unsigned threshold;                          /* k: 1 to n_governance */
    struct mash_note_key governance[MASH_GOVERNANCE_MAX];
    size_t n_governance;
    struct mash_hash files[MASH_BUNDLE_PARTS];
};

/* "agreement.json", ... */
const char *mash_bundle_part_name(enum mash_bundle_part part);

/* Append the text.  Governance keys may be in any order: they are written sorted.
 * MASH_E_VALUE: what a reader would refuse; MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_bundle_terms_write(const struct mash_bundle_terms *terms,
                                                     struct mash_bytes *ret_text, const struct mash_why *why);

/* Read a text; there is one spelling only.  MASH_E_FORMAT, MASH_E_VALUE, MASH_E_VERSION: another format. */
MASH_MUSTCHECK enum mash_err mash_bundle_terms_read(struct mash_span text, struct mash_bundle_terms *ret_terms,
                                                    const struct mash_why *why);

/* SHA-256("mash/governance/v1\0" || u32be(k) || the public keys, ascending): what a client pins. */
struct mash_hash mash_bundle_terms_governance(const struct mash_bundle_terms *terms);

#endif
