/* SPDX-License-Identifier: Apache-2.0 */
/* party.h - who is party to a notice: its sender and its recipients, as agencies.  What an agency is not
 * party to does not exist for it. */
#ifndef MASH_DAEMON_PATH_PARTY_H
#define MASH_DAEMON_PATH_PARTY_H

#include "daemon/path/path.h"

#define MASH_PARTIES_MAX (MASH_RECIPIENTS_MAX + 1u) /* and the sender */

/* All obligation rows of a notice, the sender's included.
 * ret_rows: yours, free(); MASH_E_NOMEM and errors of the store. */
MASH_MUSTCHECK enum mash_err mash_party_rows(struct mash_path *path, const struct mash_hash *manifest_sha256,
                                             struct mash_store_obligation **ret_rows, size_t *ret_count);

/* Does the agency have a mailbox among the rows of this notice? */
MASH_MUSTCHECK enum mash_err mash_party_is(struct mash_path *path, const struct mash_hash *manifest_sha256,
                                           const char *agency, bool *ret_is);

/* The accept entry of a notice and the manifest in it.
 * ret_accept: the decoded detail, yours, mash_message_free(); it holds the manifest's bytes.
 * MASH_E_FORMAT: the log holds something else there. */
MASH_MUSTCHECK enum mash_err mash_party_accept(struct mash_path *path, uint64_t entry,
                                               Mash__Detail **ret_accept);

#endif
