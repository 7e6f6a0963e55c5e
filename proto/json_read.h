/* SPDX-License-Identifier: Apache-2.0 */
/* json_read.h - strict reading of JSON files that carry authority (bundle files, enrolment requests):
 * every member is named in a table, unknown and repeated ones are refused, sizes and nesting are capped,
 * texts are one line of characters that a terminal cannot mistake. */
#ifndef MASH_PROTO_JSON_READ_H
#define MASH_PROTO_JSON_READ_H

#include <jansson.h>

#include "proto/bytes.h"
#include "proto/why.h"

#define MASH_JSON_DEPTH_MAX 16u   /* nesting: the deepest file has 7 */
#define MASH_JSON_WHERE_SIZE 160u /* room for "registry.json: agencies[12].mailboxes[3].seal[1]" */

/* One member of an object; exactly one of text, number, flag, list and object is set: where the value
 * goes.  Values are borrowed from the object.  An absent optional member leaves its place as it was. */
struct mash_json_member {
    const char *name;
    bool optional;
    const char **text;
    bool (*check)(const char *text); /* NULL: any text of 1 to max bytes */
    const char *must;                /* what check wants, in words: "a name (a-z, 0-9, inner -)" */
    size_t max;                      /* of text: bytes */
    uint64_t *number;
    uint64_t least, most;            /* of number; of list: elements */
    bool *flag;
    json_t **list;
    json_t **object;
};

/* Parse in, which must be one object with the member "format" equal to format.  where: the file's name in
 * sentences.  ret_root: yours, json_decref().  MASH_E_FORMAT: not such JSON (a repeated member, too deep,
 * not UTF-8 ...); MASH_E_VERSION: another format; MASH_E_LIMIT: above MASH_BUNDLE_FILE_MAX bytes. */
MASH_MUSTCHECK enum mash_err mash_json_parse(struct mash_span in, const char *format, const char *where,
                                             json_t **ret_root, const struct mash_why *why);

/* Take the members of value apart.  MASH_E_FORMAT: not an object, a member unknown, missing or of the
 * wrong kind; MASH_E_VALUE: a value not allowed. */
MASH_MUSTCHECK enum mash_err mash_json_members(json_t *value, const char *where,
                                               const struct mash_json_member *members, size_t count,
                                               const struct mash_why *why);

/* "WHERE.NAME[INDEX]": the place of a list's element, in MASH_JSON_WHERE_SIZE bytes; cut when longer. */
void mash_json_element(char *ret_place, const char *where, const char *name, size_t index);

/* One line of 1 to max bytes without control, direction or line separator characters. */
bool mash_json_line_ok(const char *text, size_t max);

/* A time as files write it: RFC 3339 in UTC with Z and whole seconds, one spelling each. */
bool mash_json_time(const char *text, uint64_t *ret_ms);

#endif
