/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - readiness and metrics; see report.h.  Prometheus text by hand: it is small and specified
 * (prometheus.io/docs/instrumenting/exposition_formats). */
#include "daemon/console/report.h"

#include <inttypes.h>

static bool
is_fresh(const struct mash_report *report)
{
    return report->figures != NULL && report->age_ms <= MASH_REPORT_STALE_MS;
}

enum mash_err
mash_report_ready(const struct mash_report *report, struct mash_bytes *text, bool *ret_ready)
{
    bool fresh = is_fresh(report);
    bool writes = fresh && !report->figures->read_only;
    enum mash_err err = MASH_OK;
    *ret_ready = fresh && writes;
    if (text == NULL)
        return MASH_OK;
    if (report->figures == NULL)
        err = mash_bytes_append_str(text, "[-]figures the ledger has not said anything yet\n");
    else if (!fresh)
        err = mash_bytes_appendf(text, "[-]figures the ledger last spoke %" PRIu64 " ms ago\n", report->age_ms);
    else
        err = mash_bytes_append_str(text, "[+]figures ok\n");
    if (err == MASH_OK && fresh)
        err = writes ? mash_bytes_append_str(text, "[+]ledger ok\n")
                     : mash_bytes_appendf(text, "[-]ledger read only: %s\n", report->figures->read_only_why);
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, *ret_ready ? "ready\n" : "not ready\n");
    return err;
}

enum sample_type { GAUGE, COUNTER };

static const char *const type_names[] = { "gauge", "counter" };

/* A metric that is one number of the figures; times become seconds. */
enum scale { AS_IS, MILLISECONDS, MICROSECONDS };

struct metric {
    const char *name;
    enum sample_type type;
    enum scale scale;
    const char *help;
    uint64_t value;
};

static enum mash_err
put_head(struct mash_bytes *text, const char *name, enum sample_type type, const char *help)
{
    return mash_bytes_appendf(text, "# HELP mash_%s %s\n# TYPE mash_%s %s\n", name, help, name, type_names[type]);
}

/* A label value: backslash, quote and newline are escaped. */
static enum mash_err
put_label(struct mash_bytes *text, const char *value)
{
    enum mash_err err = MASH_OK;
    for (; *value != '\0' && err == MASH_OK; value++) {
        if (*value == '\n')
            err = mash_bytes_append_str(text, "\\n");
        else if (*value == '\\' || *value == '"')
            err = mash_bytes_appendf(text, "\\%c", *value);
        else
            err = mash_bytes_append(text, value, 1);
    }
    return err;
}

static enum mash_err
put_value(struct mash_bytes *text, uint64_t value, enum scale scale)
{
    if (scale == MILLISECONDS)
        return mash_bytes_appendf(text, " %" PRIu64 ".%03" PRIu64 "\n", value / 1000u, value % 1000u);
    if (scale == MICROSECONDS)
        return mash_bytes_appendf(text, " %" PRIu64 ".%06" PRIu64 "\n", value / 1000000u, value % 1000000u);
    return mash_bytes_appendf(text, " %" PRIu64 "\n", value);
}

static enum mash_err
put_labelled(struct mash_bytes *text, const char *name, const char *label, const char *label_value, uint64_t value,
             enum scale scale)
{
    enum mash_err err = mash_bytes_appendf(text, "mash_%s{%s=\"", name, label);
    if (err == MASH_OK)
        err = put_label(text, label_value);
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "\"}");
    return err == MASH_OK ? put_value(text, value, scale) : err;
}

static enum mash_err
put_metrics(struct mash_bytes *text, const struct metric *metrics, size_t n)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; i < n && err == MASH_OK; i++) {
        err = put_head(text, metrics[i].name, metrics[i].type, metrics[i].help);
        if (err == MASH_OK)
            err = mash_bytes_appendf(text, "mash_%s", metrics[i].name);
        if (err == MASH_OK)
            err = put_value(text, metrics[i].value, metrics[i].scale);
    }
    return err;
}

static enum mash_err
put_totals(struct mash_bytes *text, const Mash__Figures *figures)
{
    const struct metric metrics[] = {
        { "started_seconds", GAUGE, MILLISECONDS, "When the ledger started, seconds since 1970.", figures->started_ms },
        { "clock_seconds", GAUGE, MILLISECONDS, "The ledger's wall clock.", figures->now_ms },
        { "log_size", GAUGE, AS_IS, "Entries in the audit log.", figures->log_size },
        { "bundle_version", GAUGE, AS_IS, "Version of the bundle in force; 0: none.", figures->bundle_version },
        { "bundle_renew_by_seconds", GAUGE, MILLISECONDS, "After this the bundle should be renewed.",
          figures->bundle_renew_by_ms },
        { "bundle_expires_seconds", GAUGE, MILLISECONDS, "After this new notices of most types wait.",
          figures->bundle_expires_ms },
        { "notices", GAUGE, AS_IS, "Notices held in all.", figures->notices },
        { "obligations_open", GAUGE, AS_IS, "Obligations nobody has acknowledged.", figures->obligations_open },
        { "waiting", GAUGE, AS_IS, "Notices not collected.", figures->waiting },
        { "groups_total", COUNTER, AS_IS, "Group commits since the start.", figures->groups },
        { "store_bytes", GAUGE, AS_IS, "Size of the store.", figures->store_bytes },
        { "links", GAUGE, AS_IS, "Live connections of agencies.", figures->links },
        { "read_only", GAUGE, AS_IS, "1 when the ledger refuses to sign.", figures->read_only ? 1 : 0 },
        { "commit_seconds_max", GAUGE, MICROSECONDS, "Longest group commit of the last minute.",
          figures->commit_us_max },
    };
    return put_metrics(text, metrics, sizeof(metrics) / sizeof(metrics[0]));
}

static enum mash_err
put_counts(struct mash_bytes *text, const char *name, const char *label, const char *help, Mash__Count *const *counts,
           size_t n)
{
    enum mash_err err = n > 0 ? put_head(text, name, COUNTER, help) : MASH_OK;
    for (size_t i = 0; i < n && err == MASH_OK; i++)
        err = put_labelled(text, name, label, counts[i]->name, counts[i]->value, AS_IS);
    return err;
}

enum mailbox_field { WAITING, UNACKNOWLEDGED, OLDEST, LAST_SEEN, SUSPENDED };

static uint64_t
mailbox_value(const Mash__MailboxFigures *mailbox, enum mailbox_field field)
{
    switch (field) {
    case WAITING: return mailbox->waiting;
    case UNACKNOWLEDGED: return mailbox->unacknowledged;
    case OLDEST: return mailbox->oldest_waiting_ms;
    case LAST_SEEN: return mailbox->last_seen_ms;
    case SUSPENDED: return mailbox->suspended ? 1 : 0;
    }
    return 0;
}

static enum mash_err
put_mailboxes(struct mash_bytes *text, const Mash__Figures *figures)
{
    static const struct {
        const char *name;
        enum mailbox_field field;
        enum scale scale;
        const char *help;
    } rows[] = {
        { "mailbox_waiting", WAITING, AS_IS, "Notices this mailbox has not collected." },
        { "mailbox_unacknowledged", UNACKNOWLEDGED, AS_IS, "Obligations this mailbox has not acknowledged." },
        { "mailbox_oldest_waiting_seconds", OLDEST, MILLISECONDS, "Time of the oldest uncollected notice; 0: none." },
        { "mailbox_last_seen_seconds", LAST_SEEN, MILLISECONDS, "When the mailbox last asked; 0: never." },
        { "mailbox_suspended", SUSPENDED, AS_IS, "1 when suspended." },
    };
    enum mash_err err = MASH_OK;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && err == MASH_OK && figures->n_mailboxes > 0; i++) {
        err = put_head(text, rows[i].name, GAUGE, rows[i].help);
        for (size_t j = 0; j < figures->n_mailboxes && err == MASH_OK; j++)
            err = put_labelled(text, rows[i].name, "mailbox", figures->mailboxes[j]->mailbox,
                               mailbox_value(figures->mailboxes[j], rows[i].field), rows[i].scale);
    }
    return err;
}

static enum mash_err
put_info(struct mash_bytes *text, const Mash__Figures *figures)
{
    enum mash_err err = put_head(text, "info", GAUGE, "Partnership and version.");
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "mash_info{partnership=\"");
    if (err == MASH_OK)
        err = put_label(text, figures->partnership);
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "\",version=\"");
    if (err == MASH_OK)
        err = put_label(text, figures->version);
    return err == MASH_OK ? mash_bytes_append_str(text, "\"} 1\n") : err;
}

enum mash_err
mash_report_metrics(const struct mash_report *report, struct mash_bytes *text)
{
    const Mash__Figures *figures = report->figures;
    bool ready;
    enum mash_err err = mash_report_ready(report, NULL, &ready);
    const struct metric own[] = {
        { "ready", GAUGE, AS_IS, "1 when the exchange takes notices.", ready ? 1 : 0 },
        { "figures_age_seconds", GAUGE, MILLISECONDS, "Age of the figures below.", report->age_ms },
    };
    if (err == MASH_OK)
        err = put_metrics(text, own, figures != NULL ? 2 : 1);
    if (err != MASH_OK || figures == NULL)
        return err;
    err = put_info(text, figures);
    if (err == MASH_OK)
        err = put_totals(text, figures);
    if (err == MASH_OK)
        err = put_counts(text, "accepted_total", "type", "Notices accepted, by type.", figures->accepted,
                         figures->n_accepted);
    if (err == MASH_OK)
        err = put_counts(text, "refused_total", "code", "Refusals, by code.", figures->refused, figures->n_refused);
    if (err == MASH_OK)
        err = put_counts(text, "gate_total", "event", "Events at the gate since it started.", figures->gate,
                         figures->n_gate);
    return err == MASH_OK ? put_mailboxes(text, figures) : err;
}
