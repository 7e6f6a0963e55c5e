/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.h - how many refusals of each kind an agency got: the first of an (agency, code) a minute is a
 * log entry, the rest of that minute one entry with a count (design: "The message path"). */
#ifndef MASH_DAEMON_PATH_REFUSAL_H
#define MASH_DAEMON_PATH_REFUSAL_H

#include "proto/answer.h"
#include "proto/keys.h"

#define MASH_REFUSALS_MAX 512u /* (agency, code) pairs a minute; further ones share the last row's count */

struct mash_path;

struct mash_refusal {
    char agency[MASH_NAME_MAX + 1];
    enum mash_answer_id answer;
    struct mash_key_id link_id; /* of the last one */
    uint64_t since_ms;          /* begin of its minute: the first refusal's entry time */
    uint64_t rest;              /* beyond the first, not logged yet */
};

struct mash_refusals {
    struct mash_refusal *rows; /* owned */
    size_t count;
    struct mash_refusal *before; /* owned: rows as the group found them, once it has changed them */
    size_t before_count;
    bool changed;              /* in this group */
    uint64_t totals[MASH_ANSWER_COUNT]; /* since start, for the figures */
};

/* Count one refusal inside a group, and log it when it is its minute's first.  agency: "" when not
 * authenticated.  Errors of mash_path_append(). */
MASH_MUSTCHECK enum mash_err mash_refusals_note(struct mash_path *path, const char *agency,
                                                const struct mash_key_id *link_id, enum mash_answer_id answer);

/* Log the counts whose minute has ended, inside a group.  Errors of mash_path_append(). */
MASH_MUSTCHECK enum mash_err mash_refusals_sweep(struct mash_path *path, bool all);

/* A group begins: what the rows say now is in the log. */
void mash_refusals_begin(struct mash_refusals *refusals);
/* The group was rolled back: its entries are not in the log, so nothing of it was counted. */
void mash_refusals_rollback(struct mash_refusals *refusals);

/* Is there something to sweep at now_ms? */
bool mash_refusals_due(const struct mash_refusals *refusals, uint64_t now_ms);

void mash_refusals_clear(struct mash_refusals *refusals);

#endif
