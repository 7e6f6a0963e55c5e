/* SPDX-License-Identifier: Apache-2.0 */
/* suspension.h - putting a suspension in force, whoever asked for it. */
#ifndef MASH_DAEMON_PATH_SUSPENSION_H
#define MASH_DAEMON_PATH_SUSPENSION_H

#include "daemon/path/path.h"

/* Log entry and let it be the law from here on, inside a group: fewer than MASH_SUSPENSIONS_MAX are in
 * force.  Errors of mash_path_append() and of the store. */
MASH_MUSTCHECK enum mash_err mash_suspension_put(struct mash_path *path, Mash__SuspensionDetail *entry);

#endif
