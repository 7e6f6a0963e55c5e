/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_write.h - how a bundle comes into being: one person puts the text together from the four files,
 * then each governance holder signs it on a machine of their own. */
#ifndef MASH_PROTO_BUNDLE_WRITE_H
#define MASH_PROTO_BUNDLE_WRITE_H

#include "proto/bundle.h"
#include "proto/bundle_terms.h"

/* Append the text of a note over files, with the terms given (their `files` are filled in here).  All that
 * mash_bundle_open() checks except signatures is checked, with its errors. */
MASH_MUSTCHECK enum mash_err mash_bundle_write(struct mash_bundle_terms *terms,
                                               const struct mash_bundle_file *files, size_t n_files,
                                               struct mash_bytes *ret_text, char *ret_why, size_t why_size);

/* Check a text and its files as a holder must before signing: everything but signatures. */
MASH_MUSTCHECK enum mash_err mash_bundle_check(struct mash_span text, const struct mash_bundle_file *files,
                                               size_t n_files, char *ret_why, size_t why_size);

/* Add the signature of a governance secret to note; an empty note becomes text with that one signature.
 * Its key is looked for in text and in previous (the terms of the version before, may be NULL: holders who
 * leave sign the bundle that lets them go).
 * MASH_E_MISMATCH: note is about another text; MASH_E_UNKNOWN: not a governance key of either;
 * MASH_E_CONFLICT: it has signed already; MASH_E_FORMAT, MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_bundle_sign(struct mash_span text, const struct mash_bundle_terms *previous,
                                              const struct mash_secret *secret, struct mash_bytes *note);

/* How many of terms' governance keys have signed note.  MASH_E_FORMAT; MASH_E_SIGNATURE: a signature by
 * one of them is wrong. */
MASH_MUSTCHECK enum mash_err mash_bundle_signatures(struct mash_span note, const struct mash_bundle_terms *terms,
                                                    unsigned *ret_count);

#endif
