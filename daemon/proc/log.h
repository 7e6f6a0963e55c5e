/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - what an operator reads: one logfmt line an event on stderr.  The event is a fixed name, so that
 * lines can be searched and counted.  Never contents of notices, never secrets; ids only truncated. */
#ifndef MASH_DAEMON_PROC_LOG_H
#define MASH_DAEMON_PROC_LOG_H

#include "proto/bytes.h"

enum mash_log_level { MASH_LOG_INFO, MASH_LOG_WARN, MASH_LOG_ERROR };

/* Write `time=... level=... event=EVENT FORMAT`, one line, at most 1 KiB, in one write(2).
 * event: lower-case words joined by hyphens; format: logfmt pairs such as "pid=%d why=\"%s\"", "" for none.
 * Control characters become '?'.  When stderr would block the line is lost, never the caller's time. */
void mash_log(enum mash_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put `role=NAME` first on every line: the parent only, a role's lines get theirs from the relay. */
void mash_log_name(const char *name);

/* The first 8 hex digits of an id and a NUL, for log lines. */
void mash_log_id(struct mash_span id, char ret_text[static 9]);

#endif
