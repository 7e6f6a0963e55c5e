/* SPDX-License-Identifier: Apache-2.0 */
/* line.h - the lines of the C2SP text formats: each ends with exactly one newline, numbers have one
 * spelling.  Nothing is skipped, trimmed or normalised. */
#ifndef MASH_PROTO_LINE_H
#define MASH_PROTO_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/bytes.h"

/* Take the first line off rest, without its newline.  False when rest holds no newline. */
bool mash_line_next(struct mash_span *rest, struct mash_span *ret_line);

/* Take prefix off the front of line.  False, line unchanged, when it does not begin so. */
bool mash_line_skip(struct mash_span *line, const char *prefix);

/* All of text as a decimal number of 1 to 19 ASCII digits without leading zeroes, at most INT64_MAX. */
bool mash_line_decimal(struct mash_span text, uint64_t *ret_number);

#endif
