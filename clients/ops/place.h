/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - paths inside a partnership's folder, and its files read and written with a message on
 * standard error when that fails.  The folder: governance/ broker/ operators/ draft/ bundle/N/. */
#ifndef MASH_CLIENTS_OPS_PLACE_H
#define MASH_CLIENTS_OPS_PLACE_H

#include <limits.h>
#include <sys/types.h>

#include "proto/keys.h"

struct mash_place {
    char path[PATH_MAX];
};

/* directory/FORMAT...; a path too long ends in a message and EX_USAGE, otherwise EX_OK. */
MASH_MUSTCHECK int mash_place(struct mash_place *ret_place, const char *directory, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Read the file at place, at most ret_content->max bytes.  command: its name, for the message.
 * Returns a sysexits code. */
MASH_MUSTCHECK int mash_place_read(const char *command, const struct mash_place *place,
                                   struct mash_bytes *ret_content);

/* Write a new file, or replace one.  Returns a sysexits code. */
MASH_MUSTCHECK int mash_place_create(const char *command, const struct mash_place *place, struct mash_span content,
                                     mode_t mode);
MASH_MUSTCHECK int mash_place_replace(const char *command, const struct mash_place *place, struct mash_span content,
                                      mode_t mode);

/* Read the first line of a passphrase file, to be wiped by the caller.  Returns a sysexits code. */
MASH_MUSTCHECK int mash_passphrase_read(const char *command, const char *path, struct mash_bytes *ret_text);

/* Load a secret key; passphrase_file may be NULL.  Returns a sysexits code. */
MASH_MUSTCHECK int mash_place_key(const char *command, const char *path, enum mash_purpose purpose,
                                  const char *passphrase_file, struct mash_secret **ret_secret);

#endif
