/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_folder.h - one bundle on its way to force, DIRECTORY/bundle/N: the four files, `text` (what is to
 * be signed) and, from the first signature on, `note` (text and signatures). */
#ifndef MASH_CLIENTS_OPS_BUNDLE_FOLDER_H
#define MASH_CLIENTS_OPS_BUNDLE_FOLDER_H

#include "clients/ops/place.h"
#include "proto/bundle_write.h"

struct mash_bundle_folder {
    struct mash_place place; /* the folder */
    struct mash_bytes text;
    struct mash_bytes note; /* empty: nobody has signed */
    struct mash_bytes contents[MASH_BUNDLE_PARTS];
    struct mash_bundle_file files[MASH_BUNDLE_PARTS];
    struct mash_bundle_terms terms;
};

/* The highest version that DIRECTORY/bundle holds, 0 when none.  Returns a sysexits code. */
MASH_MUSTCHECK int mash_bundle_newest(const char *command, const char *directory, uint32_t *ret_version);

/* Read the bundle in directory: that folder itself, or the newest of the partnership's folder it is.
 * Only the form of text and note is checked.  Release with mash_bundle_folder_free() in any case.
 * Returns a sysexits code. */
MASH_MUSTCHECK int mash_bundle_folder_open(const char *command, const char *directory,
                                           struct mash_bundle_folder *ret_folder);

/* Read the version before folder's, beside it.  False: it is not there, or not readable. */
bool mash_bundle_folder_previous(const struct mash_bundle_folder *folder, struct mash_bundle_folder *ret_previous);

void mash_bundle_folder_free(struct mash_bundle_folder *folder);

/* Signed by k of its own governance keys and by k of the version before, when that is there?
 * previous: NULL when there is none. */
bool mash_bundle_folder_complete(const struct mash_bundle_folder *folder,
                                 const struct mash_bundle_folder *previous);

/* Show on standard output what the bundle says, who signed it and what changed since previous (may be
 * NULL).  all: every mailbox too. */
void mash_bundle_folder_print(const struct mash_bundle_folder *folder, const struct mash_bundle_folder *previous,
                              bool all);

#endif
