/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.h - how many notices one mailbox may send to another: a token bucket for each pair, so that a case
 * system gone wild cannot bury what others tell the same team (design: "Limits and answers").
 * Lives in the ledger process's memory only: a restart fills every bucket, which harms nobody. */
#ifndef MASH_DAEMON_PATH_PAIRS_H
#define MASH_DAEMON_PATH_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"

#define MASH_PAIRS_MAX 4096u /* remembered at once: the busiest; 160 KiB */

struct mash_pair;

struct mash_pairs {
    struct mash_pair *rows; /* owned; NULL while nothing is limited */
    uint64_t per_minute;    /* notices of a pair; 0: no limit */
};

/* per_minute notices of each pair, as many at once; at most 1000000.  0: no limit.  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_pairs_open(struct mash_pairs *pairs, uint64_t per_minute);
void mash_pairs_clear(struct mash_pairs *pairs);

/* Take one token for the notice from `from` to each of the count mailboxes of to, at now_ms of the monotonic
 * clock; no address longer than MASH_ADDRESS_MAX.  When one of them has none left, nothing is taken and its
 * index is given; otherwise count. */
size_t mash_pairs_take(struct mash_pairs *pairs, const char *from, const char *const *to, size_t count,
                       uint64_t now_ms);

#endif
