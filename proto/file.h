/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - whole small files: read with a limit, write so that after a crash there is the old file or
 * the new one, never a part.  Write order: temporary file beside it, fsync, name, fsync of the directory. */
#ifndef MASH_PROTO_FILE_H
#define MASH_PROTO_FILE_H

#include <sys/types.h>

#include "proto/bytes.h"

/* Append the content of the regular file at path to ret_content, whose max is the limit.
 * MASH_E_UNKNOWN: no such file; MASH_E_LIMIT: larger; MASH_E_FORMAT: not a regular file;
 * MASH_E_IO (errno says which way); MASH_E_NOMEM.  ret_content is unchanged on error. */
MASH_MUSTCHECK enum mash_err mash_file_read(const char *path, struct mash_bytes *ret_content);

/* What went wrong with a file, for a person: the system's own words where it refused ("No such file or
 * directory").  Call it right after the call that gave err: errno is read.  Never NULL, static storage. */
const char *mash_file_strerror(enum mash_err err);

/* Fill buffer from the beginning of fd, whatever its offset (a pipe is read from where it is).
 * MASH_E_LIMIT: more than size bytes; MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_file_read_fd(int fd, uint8_t *buffer, size_t size, size_t *ret_len);

/* Write a new file of this mode (umask does not apply).  MASH_E_CONFLICT: the name exists, its file is
 * not touched; MASH_E_FULL: disk full; MASH_E_UNKNOWN: no such directory; MASH_E_IO; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_file_create(const char *path, struct mash_span content, mode_t mode);

/* The same, but an existing file is replaced. */
MASH_MUSTCHECK enum mash_err mash_file_replace(const char *path, struct mash_span content, mode_t mode);

#endif
