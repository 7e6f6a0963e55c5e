/* SPDX-License-Identifier: Apache-2.0 */
/* restored.h - confirmed restores, as a hello needs them: do they explain why our log does not continue what
 * an installation has seen, and the proof of them that it demands.  Lives in the ledger process. */
#ifndef MASH_DAEMON_PATH_RESTORED_H
#define MASH_DAEMON_PATH_RESTORED_H

#include "daemon/path/path.h"

/* Was a restore confirmed that the client has not taken in (taken: digest of its last one, or empty), and
 * after which less remained than it has seen, or for which this very checkpoint was the reason?
 * Errors of the store. */
MASH_MUSTCHECK enum mash_err mash_restored_explains(struct mash_path *path, struct mash_span taken,
                                                    const struct mash_checkpoint *seen, bool *ret_explains);

struct mash_restored_row;
struct mash_restored_list {
    size_t count;
    Mash__Restored *messages[MASH_RESTORES_MAX];
    struct mash_restored_row *rows; /* what they point into */
};

/* Those confirmed after the one that the client has taken, with proofs to the newest durable checkpoint.
 * ret_list: release it, also after errors.  Errors of the store; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_restored_list(struct mash_path *path, struct mash_span taken,
                                                struct mash_restored_list *ret_list);
void mash_restored_list_free(struct mash_restored_list *list);

#endif
