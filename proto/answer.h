/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h - every answer the exchange gives: HTTP-like code, stable sub-code, a sentence that a person
 * can act on, and what a program does next.  One table for ledger, gate, clients and PROTOCOL.md.
 * Sub-codes of two digits are NHS MESH (DTS) numbers with the same meaning; ours begin with S.
 * Codes and sub-codes are part of the wire contract: never reused, never renumbered. */
#ifndef MASH_PROTO_ANSWER_H
#define MASH_PROTO_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mash_answer_id {
    /* done */
    MASH_ANSWER_OK,
    MASH_ANSWER_FETCHED,          /* last answer of a Fetch: nothing more for now */
    MASH_ANSWER_HELD,
    MASH_ANSWER_HELD_BEFORE,      /* the same notice again: the same receipt */
    MASH_ANSWER_HELD_RING,        /* held, but nobody is likely to look soon: ring */
    MASH_ANSWER_STATUS_LOGGED,
    MASH_ANSWER_STATUS_BEFORE,    /* the same status again: the same receipt */

    /* the message cannot be read */
    MASH_ANSWER_MALFORMED,
    MASH_ANSWER_HELLO_FIRST,
    MASH_ANSWER_BATCH_PROOF,      /* size, index and path are not possible together */

    /* who is speaking is not known */
    MASH_ANSWER_LINK_UNKNOWN,
    MASH_ANSWER_SIGNATURE,
    MASH_ANSWER_KEY_UNKNOWN,
    MASH_ANSWER_KEY_EXPIRED,
    MASH_ANSWER_OPERATOR_UNKNOWN,

    /* known, but not allowed */
    MASH_ANSWER_NOT_YOUR_MAILBOX,
    MASH_ANSWER_PARTNERSHIP,
    MASH_ANSWER_KEY_MAY_NOT,
    MASH_ANSWER_NOT_AGREED,
    MASH_ANSWER_BUNDLE_OLD,
    MASH_ANSWER_BUNDLE_EXPIRED,   /* and this type waits for a new one */
    MASH_ANSWER_KEY_SUSPENDED,
    MASH_ANSWER_MAILBOX_SUSPENDED,
    MASH_ANSWER_COMMAND_TIME,

    /* not there */
    MASH_ANSWER_UNKNOWN,          /* or not yours */
    MASH_ANSWER_RECIPIENT_UNKNOWN,
    MASH_ANSWER_BUNDLE_UNKNOWN,

    /* does not fit what is there */
    MASH_ANSWER_UNCOLLECTED,      /* only in reports */
    MASH_ANSWER_CONFLICT,
    MASH_ANSWER_STATUS_SEQUENCE,
    MASH_ANSWER_STATUS_STEP,
    MASH_ANSWER_NONCE,
    MASH_ANSWER_BUNDLE_VERSION,
    MASH_ANSWER_EXISTS,
    MASH_ANSWER_ROOT,
    MASH_ANSWER_EXPIRED,
    MASH_ANSWER_RECALLED,
    MASH_ANSWER_ERASED,

    /* too big, or wrong inside */
    MASH_ANSWER_TOO_LARGE,
    MASH_ANSWER_TOO_MANY,
    MASH_ANSWER_FIELDS,
    MASH_ANSWER_TYPE,
    MASH_ANSWER_BODY_MISSING,
    MASH_ANSWER_BODY_MISMATCH,
    MASH_ANSWER_BODY_KEYS,
    MASH_ANSWER_SEAL_KEY,
    MASH_ANSWER_REPLY_UNKNOWN,
    MASH_ANSWER_AHEAD,
    MASH_ANSWER_DRILL,
    MASH_ANSWER_COVER,
    MASH_ANSWER_RECIPIENT_SCHEMA,
    MASH_ANSWER_BUNDLE_BAD,
    MASH_ANSWER_NO_KEY,
    MASH_ANSWER_PROTOCOL,
    MASH_ANSWER_SCHEMA,
    MASH_ANSWER_PAIR_RATE,
    MASH_ANSWER_LINK_RATE,
    MASH_ANSWER_BARRED,

    /* the exchange cannot */
    MASH_ANSWER_NOT_LOGGED,
    MASH_ANSWER_READ_ONLY,
    MASH_ANSWER_BUSY,
    MASH_ANSWER_FULL,

    MASH_ANSWER_COUNT
};

struct mash_answer {
    uint32_t code;        /* HTTP-like: 2xx done, 4xx the asker's, 5xx the exchange's */
    const char *sub_code; /* stable; unique in the table */
    const char *sentence; /* the default; an answer may carry a longer one */
    bool retry;           /* the same bytes may be accepted later: keep trying; false on 2xx */
    int exit_code;        /* sysexits: 0 done, 75 (EX_TEMPFAIL) not yet, 77 (EX_NOPERM) refused */
};

/* The row of id (below MASH_ANSWER_COUNT); never NULL, static storage. */
const struct mash_answer *mash_answer(enum mash_answer_id id);

/* The row for a code and sub-code read from the wire; NULL when the table has none. */
const struct mash_answer *mash_answer_find(uint32_t code, const char *sub_code);

/* What a program does about a code and sub-code read from the wire, also one that this version does not
 * know.  An unknown 2xx is not success: nothing but a known row may read as "held". */
int mash_answer_exit_code(uint32_t code, const char *sub_code);
bool mash_answer_retry(uint32_t code, const char *sub_code);

#endif
