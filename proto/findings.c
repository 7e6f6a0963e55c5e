/* SPDX-License-Identifier: Apache-2.0 */
/* findings.c - see findings.h and content.h. */
#include "proto/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
mash_findings_add(struct mash_findings *findings, bool warning, const char *path, const char *format, ...)
{
    if (warning)
        findings->n_warnings++;
    else
        findings->n_errors++;
    if (findings->rows == NULL)
        findings->rows = calloc(MASH_FINDINGS_MAX, sizeof(*findings->rows));
    if (findings->rows == NULL || findings->n_kept == MASH_FINDINGS_MAX)
        return; /* counted all the same */

    struct mash_finding *row = &findings->rows[findings->n_kept++];
    row->warning = warning;
    (void)snprintf(row->path, sizeof(row->path), "%s", path);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(row->text, sizeof(row->text), format, args);
    va_end(args);
}

void
mash_findings_free(struct mash_findings *findings)
{
    free(findings->rows);
    *findings = (struct mash_findings){ 0 };
}
