/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - strict UTF-8 (RFC 3629): shortest form only, no surrogates, nothing above U+10FFFF. */
#ifndef MASH_PROTO_UTF8_H
#define MASH_PROTO_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/bytes.h"

/* Take the first character off rest.  False at the end and at bytes that are not UTF-8: rest is then
 * unchanged, so that an empty rest tells the one from the other. */
bool mash_utf8_next(struct mash_span *rest, uint32_t *ret_character);

/* A character that Unicode calls white space. */
bool mash_utf8_is_space(uint32_t character);

#endif
