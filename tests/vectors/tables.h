/* SPDX-License-Identifier: Apache-2.0 */
/* tables.h - the parts of mash-v1.json that are tables of the program: answers, steps; and the bundle. */
#ifndef MASH_TESTS_VECTORS_TABLES_H
#define MASH_TESTS_VECTORS_TABLES_H

#include <jansson.h>

#include "proto/keys.h"

/* For all parts: end the program on an error; set a member; one in hex; the fixed key n of a purpose. */
void vectors_must(enum mash_err err);
void vectors_put(json_t *object, const char *name, json_t *value);
void vectors_put_hex(json_t *object, const char *name, struct mash_span bytes);
struct mash_secret *vectors_key(enum mash_purpose purpose, unsigned n);

/* Each is the caller's. */
json_t *vectors_answers(void);
json_t *vectors_steps(void);
/* Two versions; the second changes the set of governance keys. */
json_t *vectors_bundles(void);

#endif
