/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - the law in force: the current bundle and what was suspended since it came into force.
 * Lives in the ledger process.  Only a cache of the store: mash_view_load() is called again whenever the
 * log head is not the one the last group left, or when a group that changed the law was rolled back. */
#ifndef MASH_DAEMON_PATH_VIEW_H
#define MASH_DAEMON_PATH_VIEW_H

#include "daemon/store/store.h"
#include "proto/bundle.h"

#define MASH_SUSPENSIONS_MAX 1024u /* rows in force at once; a bundle that lifts them resets it */
#define MASH_VIEW_OLDER_MAX 8u     /* digests of older bundles remembered; others are read again */

struct mash_view_older {
    uint32_t version;
    uint8_t digest[MASH_SHA256_BYTES];
};

struct mash_view {
    struct mash_bundle *bundle; /* NULL before the first one was published */
    struct mash_store_suspension *suspensions;
    size_t n_suspensions;
    struct mash_view_older older[MASH_VIEW_OLDER_MAX];
    size_t n_older;
};

/* Take in a bundle as kept or sent (an encoded Mash__Bundle).  Errors of mash_bundle_open(), and
 * MASH_E_FORMAT; ret_why as there. */
MASH_MUSTCHECK enum mash_err mash_view_bundle_decode(struct mash_span value, struct mash_bundle **ret_bundle,
                                                     char *ret_why, size_t why_size);

/* Make view what the store says now.  view: zeroed, or loaded before.  MASH_E_FORMAT and others of
 * mash_bundle_open(): the store holds a bundle this program cannot read. */
MASH_MUSTCHECK enum mash_err mash_view_load(struct mash_view *view, struct mash_store *store);

/* Release what view holds and make it empty. */
void mash_view_clear(struct mash_view *view);

bool mash_view_key_suspended(const struct mash_view *view, const struct mash_key_id *key_id);
bool mash_view_mailbox_suspended(const struct mash_view *view, const char *address);

/* The installation of a link that is enrolled, valid at one of two times (the same, unless the clock is
 * doubted: mash_path_also_ms()) and not suspended; NULL otherwise. */
const struct mash_installation *mash_view_link(const struct mash_view *view, const struct mash_key_id *link_id,
                                               uint64_t now_ms, uint64_t also_ms);

/* Digest of the bundle of an older version.  MASH_E_UNKNOWN: no such version here; errors of the store. */
MASH_MUSTCHECK enum mash_err mash_view_older_digest(struct mash_view *view, struct mash_store *store,
                                                    uint32_t version,
                                                    uint8_t ret_digest[static MASH_SHA256_BYTES]);

/* The gate's table: 32-byte key and 16-byte key id of every installation that may connect
 * at one of the two times.  MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_view_links(const struct mash_view *view, uint64_t now_ms,
                                             uint64_t also_ms, struct mash_bytes *out);

#endif
