/* SPDX-License-Identifier: Apache-2.0 */
/* uuid.h - UUID version 7 (RFC 9562 section 5.7): ids of notices, in order of their time.
 * Time and randomness are the caller's, so that tests and the simulator can repeat them. */
#ifndef MASH_PROTO_UUID_H
#define MASH_PROTO_UUID_H

#include <stdint.h>

#include "proto/bytes.h"
#include "proto/limits.h"

#define MASH_UUID_RANDOM_BYTES 10 /* 74 of their 80 bits are used */
#define MASH_UUID_TEXT_SIZE 37    /* 36 characters and a NUL */

/* time_ms: since 1970 UTC; its low 48 bits count.  random: fresh from the system for each id. */
void mash_uuid_make(uint64_t time_ms, const uint8_t random[static MASH_UUID_RANDOM_BYTES],
                    uint8_t ret_id[static MASH_ID_BYTES]);

/* 16 bytes with version 7 and the variant of RFC 9562. */
bool mash_uuid_is_v7(struct mash_span id);

/* Milliseconds since 1970 UTC that an id of version 7 carries. */
uint64_t mash_uuid_time_ms(const uint8_t id[static MASH_ID_BYTES]);

/* 8-4-4-4-12 lower-case hex digits. */
void mash_uuid_text(const uint8_t id[static MASH_ID_BYTES], char ret_text[static MASH_UUID_TEXT_SIZE]);

/* The same back, in either case (RFC 9562 section 4), any version.  MASH_E_FORMAT. */
MASH_MUSTCHECK enum mash_err mash_uuid_parse(const char *text, uint8_t ret_id[static MASH_ID_BYTES]);

#endif
