/* SPDX-License-Identifier: Apache-2.0 */
/* culprit.h - whose doing it was when the gate crashed: a page of memory that gate and parent share.  The gate
 * writes the link key it works for; after a crash the parent reads it.  When the same key preceded three
 * crashes within ten minutes the parent asks the ledger to suspend it (design: "Transport rules").
 * What stands in the page is the gate's word: a taken gate could name anyone, but only by crashing. */
#ifndef MASH_DAEMON_PROC_CULPRIT_H
#define MASH_DAEMON_PROC_CULPRIT_H

#include <stdatomic.h>

#include "proto/keys.h"

#define MASH_CULPRIT_CRASHES 3u
#define MASH_CULPRIT_WITHIN_MS (10u * 60u * 1000u)

/* Written by the gate alone; zeroed by the parent before each start. */
struct mash_culprit {
    _Atomic uint32_t working;    /* not 0: a frame of `current` is being processed */
    struct mash_key_id current;
    _Atomic uint32_t admitted;   /* not 0: `last` was the last key let in */
    struct mash_key_id last;
};

/* The crashes the parent remembers. */
struct mash_crashes {
    struct {
        uint64_t at_ms;
        struct mash_key_id key;
        bool known;
    } crash[MASH_CULPRIT_CRASHES];
};

/* Remember a crash at now_ms (monotonic) that left page behind.  True, once, when the last three lie within ten
 * minutes and the same key preceded each: ret_key is set and the crashes are forgotten. */
bool mash_crashes_add(struct mash_crashes *crashes, const struct mash_culprit *page, uint64_t now_ms,
                      struct mash_key_id *ret_key);

#endif
