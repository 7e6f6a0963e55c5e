/* SPDX-License-Identifier: Apache-2.0 */
/* address.h - mailbox addresses `agency/mailbox@partnership`: roles and teams, never people.
 * Names: a-z 0-9 and inner single '-', first a letter, at most MASH_NAME_MAX; the partnership may hold
 * inner dots.  One spelling only: nothing is normalised. */
#ifndef MASH_PROTO_ADDRESS_H
#define MASH_PROTO_ADDRESS_H

#include "proto/bytes.h"
#include "proto/limits.h"

struct mash_address {
    char agency[MASH_NAME_MAX + 1];
    char mailbox[MASH_NAME_MAX + 1];
    char partnership[MASH_NAME_MAX + 1];
};

/* MASH_E_VALUE: not an address. */
MASH_MUSTCHECK enum mash_err mash_address_parse(const char *text, struct mash_address *ret_address);

/* One name as above (no dots); the partnership's name. */
bool mash_name_ok(const char *text);
bool mash_partnership_ok(const char *text);
/* Upper-case code such as REFERRAL or NFA, 2A: A-Z 0-9 _ - and lower case not allowed. */
bool mash_type_ok(const char *text);
/* Code list names, codes, reasons: A-Z a-z 0-9 . _ - at most MASH_CODE_MAX. */
bool mash_code_ok(const char *text);

#endif
