/* SPDX-License-Identifier: Apache-2.0 */
/* keyfile.h - a secret key file in the hands of the parent: read once, while it still may, into a sealed
 * memory file, so that a role can be started again when the file is out of reach.  The parent never parses it. */
#ifndef MASH_DAEMON_PROC_KEYFILE_H
#define MASH_DAEMON_PROC_KEYFILE_H

#include "proto/bytes.h"

/* Open the key file at path: a regular file that only its owner (root, or uid) may read.
 * ret_fd: a sealed memfd, yours; ret_why, on error: one sentence.  MASH_E_IO, MASH_E_DENIED (mode or owner),
 * MASH_E_FORMAT (not a regular file), MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_keyfile_open(const char *path, unsigned uid, int *ret_fd, char *ret_why,
                                               size_t why_size);

#endif
