/* SPDX-License-Identifier: Apache-2.0 */
/* content.h - contents of notices: from what a person or a case system gives (JSON, or path=value pairs)
 * to the type's message and back, and the checks of the catalogue.  One code path for all types. */
#ifndef MASH_PROTO_CONTENT_H
#define MASH_PROTO_CONTENT_H

#include "proto/catalogue.h"
#include "proto/limits.h"

/* What is wrong or doubtful: every fault is listed, not just the first. */
struct mash_finding {
    bool warning;       /* counted, never blocking */
    char path[80];      /* e.g. "subjects.2.birth_date", or empty */
    char text[640];     /* what is wrong, with the allowed codes */
};

struct mash_findings {
    size_t n_errors, n_warnings, n_kept;
    struct mash_finding *rows; /* n_kept of them, at most MASH_FINDINGS_MAX */
};
#define MASH_FINDINGS_MAX 128

void mash_findings_free(struct mash_findings *findings);

/* Read a JSON object with the type's field names; unknown names, wrong shapes and double members are
 * errors in findings.  ret_content: appended encoding of the type's message, only when there are no errors.
 * MASH_E_FORMAT: not JSON; MASH_E_VALUE: see findings; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_content_from_json(const struct mash_type *type, struct mash_span json,
                                                    struct mash_findings *findings,
                                                    struct mash_bytes *ret_content);

/* Set one value in a JSON object text: path "subjects.1.given_name" (numbers from 1) = value.
 * json: replaced by the new text; empty counts as {}.  MASH_E_FORMAT, MASH_E_VALUE (path), MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_content_json_set(struct mash_bytes *json, const char *path, const char *value);

/* The message as JSON (members in schema order, empty ones left out), appended to ret_json. */
MASH_MUSTCHECK enum mash_err mash_content_to_json(const struct mash_type *type, struct mash_span content,
                                                  struct mash_bytes *ret_json);

/* The message as lines "Label: value" with the words of codes, appended to ret_text. */
MASH_MUSTCHECK enum mash_err mash_content_to_text(const struct mash_type *type, struct mash_span content,
                                                  struct mash_bytes *ret_text);

/* What of a content goes into the clear manifest. */
struct mash_board_code {
    char list[MASH_CODE_MAX + 1];
    char value[MASH_CODE_MAX + 1];
    uint32_t subject;
};
struct mash_content_summary {
    uint32_t subject_count;
    uint64_t event_ms;         /* 0: the content names none */
    struct mash_board_code codes[24]; /* ascending by (list, subject, value), unique */
    size_t n_codes;
};

/* Check a content against the rules of its type, before sealing.
 * MASH_E_FORMAT: not this type's message; MASH_E_VALUE: errors in findings.  Warnings alone are MASH_OK. */
MASH_MUSTCHECK enum mash_err mash_content_check(const struct mash_type *type, struct mash_span content,
                                                struct mash_findings *findings,
                                                struct mash_content_summary *ret_summary);

#endif
