/* SPDX-License-Identifier: Apache-2.0 */
/* findings.h - adding lines to struct mash_findings; for content_*.c. */
#ifndef MASH_PROTO_FINDINGS_H
#define MASH_PROTO_FINDINGS_H

#include "proto/content.h"

/* Count and, while there is room, keep one line about path. */
void mash_findings_add(struct mash_findings *findings, bool warning, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
