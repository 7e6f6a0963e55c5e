/* SPDX-License-Identifier: Apache-2.0 */
/* output.h - results as a person and as a program read them: lines or JSON on standard output. */
#ifndef MASH_CLIENTS_CLI_OUTPUT_H
#define MASH_CLIENTS_CLI_OUTPUT_H

#include <jansson.h>

#include "mash/client.h"

/* 2026-11-22T06:42:05Z of milliseconds since 1970; "-" for 0.  ret_text: at least 24 bytes. */
void time_text(uint64_t time_ms, char *ret_text, size_t size);

/* JSON values; NULL when memory ran out.  Owned by the caller. */
/* done: the word for exit 0: "held" of a notice, "logged" of what a person said about one. */
json_t *result_json(const struct mash_result *result, const char *done);
json_t *notice_json(const struct mash_notice_info *info);
json_t *warning_json(const struct mash_warning *warning);

/* Print value as one JSON text with a newline and release it; false when it could not be written. */
bool print_json(json_t *value);

/* The result's one sentence on stdout, its warning on stderr. */
void print_result(const struct mash_result *result);
/* One line of a list. */
void print_notice_line(const struct mash_notice_info *info);
/* Everything of one notice, in words. */
void print_notice(const struct mash_notice_info *info);

#endif
