/* SPDX-License-Identifier: Apache-2.0 */
/* faults.c - the list of wrong fields; see manifest.h. */
#include "proto/manifest.h"

#include <stdarg.h>
#include <stdio.h>

void
mash_fault(struct mash_faults *faults, const char *format, ...)
{
    if (faults->count == MASH_FAULTS_MAX) {
        faults->more = true;
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(faults->lines[faults->count++], MASH_FAULT_LINE, format, args);
    va_end(args);
}
