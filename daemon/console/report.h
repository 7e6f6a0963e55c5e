/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - the last figures of the ledger in the three forms the console serves.  Pure: figures in, text out. */
#ifndef MASH_DAEMON_CONSOLE_REPORT_H
#define MASH_DAEMON_CONSOLE_REPORT_H

#include "proto/bytes.h"
#include "proto/codec.h"

#define MASH_REPORT_STALE_MS 5000u /* figures older than this say nothing about now */
#define MASH_REPORT_MAX (4u * 1024u * 1024u)

struct mash_report {
    const Mash__Figures *figures; /* NULL: none yet */
    uint64_t age_ms;              /* since they came */
};

/* Is the exchange ready: figures not stale and the ledger not read-only?  With text not NULL each check is
 * appended to it as a line, "[+]name ok" or "[-]name why".  *ret_ready is set also on error of the text. */
MASH_MUSTCHECK enum mash_err mash_report_ready(const struct mash_report *report, struct mash_bytes *text,
                                               bool *ret_ready);

/* Prometheus text format 0.0.4, every name with the prefix mash_. */
MASH_MUSTCHECK enum mash_err mash_report_metrics(const struct mash_report *report, struct mash_bytes *text);

/* One HTML page without script or style; every value escaped. */
MASH_MUSTCHECK enum mash_err mash_report_page(const struct mash_report *report, struct mash_bytes *text);

#endif
