/* SPDX-License-Identifier: Apache-2.0 */
/* authorise.h - judgements that notices and statuses share.  Each settles the flight when it refuses. */
#ifndef MASH_DAEMON_PATH_AUTHORISE_H
#define MASH_DAEMON_PATH_AUTHORISE_H

#include "daemon/path/stage.h"

/* One judgement: settles the flight (refused, or held before) or lets it pass. */
typedef enum mash_err mash_check_fn(struct mash_path *path, struct mash_flight *flight);

/* Run the checks in order until one settles the flight. */
MASH_MUSTCHECK enum mash_err mash_authorise_each(struct mash_path *path, struct mash_flight *flight,
                                                 mash_check_fn *const *checks, size_t count);

/* Is it this partnership, and a mailbox of the asking installation's agency?  Sets flight->mailbox. */
bool mash_authorise_mailbox(struct mash_path *path, struct mash_flight *flight, const char *partnership,
                            const char *address);

/* May key (NULL: not listed) of flight->mailbox sign with this right (enum mash_may bits) now? */
bool mash_authorise_key(struct mash_path *path, struct mash_flight *flight, const struct mash_sign_key *key,
                        unsigned right);

/* Does the batch signature over flight->signed_bytes verify under the key that it names, which is listed?
 * Once a group for each batch. */
void mash_authorise_signature(struct mash_path *path, struct mash_flight *flight);

/* Are the codes in the clear of their lists (proto/codes.h)?  422 with each wrong field; never its value. */
enum mash_err mash_authorise_board_codes(struct mash_path *path, struct mash_flight *flight);
enum mash_err mash_authorise_status_codes(struct mash_path *path, struct mash_flight *flight);

#endif
