/* SPDX-License-Identifier: Apache-2.0 */
/* compose.h - from the JSON of a content to a draft: checked by the catalogue, with what stands in the clear
 * taken from it.  Shared by send and import. */
#ifndef MASH_CLIENTS_CLI_COMPOSE_H
#define MASH_CLIENTS_CLI_COMPOSE_H

#include "mash/notice.h"
#include "proto/content.h"

/* What a composed draft borrows; begin with composed_init(), end with composed_free(). */
struct composed {
    struct mash_bytes content;
    struct mash_content_summary summary;
    struct mash_draft_code codes[sizeof(((struct mash_content_summary *)NULL)->codes) / sizeof(struct mash_board_code)];
};

void composed_init(struct composed *composed);
/* Wipes the content. */
void composed_free(struct composed *composed);

/* Read json as a content of type and check it; everything wrong or doubtful is added to findings.
 * draft: content, codes, subject count, event time and restriction are filled in, borrowing from composed.
 * MASH_E_FORMAT: not JSON; MASH_E_VALUE: errors in findings; MASH_E_NOMEM, MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err compose(const struct mash_type *type, struct mash_span json, struct composed *composed,
                                     struct mash_findings *findings, struct mash_draft *draft);

/* The findings on standard error, each line beginning with where (a text such as "child 3, episode 1: "). */
void print_findings(const char *where, const struct mash_findings *findings);

#endif
