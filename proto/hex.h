/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h - lower-case hexadecimal, one text for each value: keys, key ids and digests in files.
 * Public values only: the time taken depends on the characters. */
#ifndef MASH_PROTO_HEX_H
#define MASH_PROTO_HEX_H

#include "proto/bytes.h"

/* Write raw as 2 * raw.len lower-case digits and a NUL; ret_text has room for all of that. */
void mash_hex_text(struct mash_span raw, char *ret_text);

/* Read exactly 2 * out_len lower-case digits.  MASH_E_FORMAT: anything else; out is then undefined. */
MASH_MUSTCHECK enum mash_err mash_hex_parse(struct mash_span text, uint8_t *out, size_t out_len);

#endif
