/* SPDX-License-Identifier: Apache-2.0 */
/* identifier.h - check digits of the identifiers in use, and dates.  Pure.
 * A wrong identifier warns and is counted; it never stops a notice about a child. */
#ifndef MASH_PROTO_IDENTIFIER_H
#define MASH_PROTO_IDENTIFIER_H

#include <stdbool.h>
#include <stdint.h>

/* NHS number: 10 digits, modulus 11, check 10 is never issued.  Spaces allowed as 3-3-4. */
bool mash_nhs_number_ok(const char *text);

/* Unique pupil number: 13 characters, check letter modulus 23; permanent or temporary (last is a letter). */
bool mash_upn_ok(const char *text);

/* A day that exists, YYYY-MM-DD, 1900 to 2199. */
bool mash_date_ok(const char *text);

/* RFC 3339 with seconds and offset or Z, e.g. 2026-11-22T14:05:00Z or ...+01:00.
 * ret_ms (may be NULL): milliseconds since 1970 UTC; times before 1970 are refused. */
bool mash_time_parse(const char *text, uint64_t *ret_ms);

/* ms as RFC 3339 in UTC, "2026-11-22T14:05:00Z"; text needs 21 bytes. */
void mash_time_text(uint64_t ms, char ret_text[static 21]);

#endif
