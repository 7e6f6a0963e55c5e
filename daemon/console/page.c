/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - the operator's page of report.h: plain HTML, everything that came from elsewhere escaped. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "daemon/console/report.h"

static enum mash_err
put_escaped(struct mash_bytes *text, const char *value)
{
    static const struct {
        char plain;
        const char *entity;
    } entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };
    enum mash_err err = MASH_OK;
    for (; *value != '\0' && err == MASH_OK; value++) {
        const char *entity = NULL;
        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
            if (entities[i].plain == *value)
                entity = entities[i].entity;
        err = entity != NULL ? mash_bytes_append_str(text, entity) : mash_bytes_append(text, value, 1);
    }
    return err;
}

static void
time_text(uint64_t ms, char ret_text[static 32])
{
    struct tm utc;
    time_t seconds = (time_t)(ms / 1000u);
    if (ms == 0 || gmtime_r(&seconds, &utc) == NULL || strftime(ret_text, 32, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        ret_text[0] = '\0';
}

static enum mash_err
put_row(struct mash_bytes *text, const char *name, const char *value)
{
    enum mash_err err = mash_bytes_append_str(text, "<tr><th scope=\"row\">");
    if (err == MASH_OK)
        err = put_escaped(text, name);
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "</th><td>");
    if (err == MASH_OK)
        err = put_escaped(text, value);
    return err == MASH_OK ? mash_bytes_append_str(text, "</td></tr>\n") : err;
}

static enum mash_err
put_number(struct mash_bytes *text, const char *name, uint64_t value)
{
    char number[24];
    (void)snprintf(number, sizeof(number), "%" PRIu64, value);
    return put_row(text, name, number);
}

static enum mash_err
put_totals(struct mash_bytes *text, const Mash__Figures *figures)
{
    const struct {
        const char *name;
        uint64_t value;
        bool is_time;
    } rows[] = {
        { "Started", figures->started_ms, true },
        { "Entries in the log", figures->log_size, false },
        { "Bundle version", figures->bundle_version, false },
        { "Bundle to be renewed by", figures->bundle_renew_by_ms, true },
        { "Bundle expires", figures->bundle_expires_ms, true },
        { "Notices held in all", figures->notices, false },
        { "Waiting to be collected", figures->waiting, false },
        { "Obligations nobody has acknowledged", figures->obligations_open, false },
        { "Live connections", figures->links, false },
        { "Group commits since the start", figures->groups, false },
        { "Longest commit of the last minute, microseconds", figures->commit_us_max, false },
        { "Size of the store, bytes", figures->store_bytes, false },
    };
    enum mash_err err = mash_bytes_append_str(text, "<table>\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && err == MASH_OK; i++) {
        char when[32];
        time_text(rows[i].value, when);
        err = rows[i].is_time ? put_row(text, rows[i].name, when) : put_number(text, rows[i].name, rows[i].value);
    }
    return err == MASH_OK ? mash_bytes_append_str(text, "</table>\n") : err;
}

static enum mash_err
put_mailbox(struct mash_bytes *text, const Mash__MailboxFigures *mailbox)
{
    char oldest[32];
    char seen[32];
    time_text(mailbox->oldest_waiting_ms, oldest);
    time_text(mailbox->last_seen_ms, seen);
    enum mash_err err = mash_bytes_append_str(text, "<tr><th scope=\"row\">");
    if (err == MASH_OK)
        err = put_escaped(text, mailbox->mailbox);
    if (err != MASH_OK)
        return err;
    return mash_bytes_appendf(text,
                              "</th><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
                              mailbox->waiting, mailbox->unacknowledged, oldest,
                              seen[0] != '\0' ? seen : "never", mailbox->suspended ? "suspended" : "");
}

static enum mash_err
put_mailboxes(struct mash_bytes *text, const Mash__Figures *figures)
{
    enum mash_err err = mash_bytes_append_str(
        text, "<h2>Mailboxes</h2>\n<table>\n<tr><th scope=\"col\">Mailbox</th><th scope=\"col\">Waiting</th>"
              "<th scope=\"col\">Not acknowledged</th><th scope=\"col\">Oldest waiting</th>"
              "<th scope=\"col\">Last seen</th><th scope=\"col\"></th></tr>\n");
    for (size_t i = 0; i < figures->n_mailboxes && err == MASH_OK; i++)
        err = put_mailbox(text, figures->mailboxes[i]);
    return err == MASH_OK ? mash_bytes_append_str(text, "</table>\n") : err;
}

static enum mash_err
put_counts(struct mash_bytes *text, const char *heading, Mash__Count *const *counts, size_t n)
{
    enum mash_err err = n > 0 ? mash_bytes_appendf(text, "<h2>%s</h2>\n<table>\n", heading) : MASH_OK;
    for (size_t i = 0; i < n && err == MASH_OK; i++)
        err = put_number(text, counts[i]->name, counts[i]->value);
    return err == MASH_OK && n > 0 ? mash_bytes_append_str(text, "</table>\n") : err;
}

static enum mash_err
put_state(struct mash_bytes *text, const struct mash_report *report)
{
    struct mash_bytes lines = mash_bytes_max(4096);
    bool ready;
    enum mash_err err = mash_report_ready(report, &lines, &ready);
    if (err == MASH_OK)
        err = mash_bytes_append(&lines, "", 1);
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, ready ? "<p>The exchange is taking notices.</p>\n"
                                                : "<p><strong>The exchange is not taking notices.</strong></p>\n<pre>");
    if (err == MASH_OK && !ready)
        err = put_escaped(text, (const char *)lines.data);
    if (err == MASH_OK && !ready)
        err = mash_bytes_append_str(text, "</pre>\n");
    mash_bytes_free(&lines);
    return err;
}

enum mash_err
mash_report_page(const struct mash_report *report, struct mash_bytes *text)
{
    const Mash__Figures *figures = report->figures;
    const char *partnership = figures != NULL ? figures->partnership : "";
    enum mash_err err = mash_bytes_append_str(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                                                    "<meta charset=\"utf-8\">\n<title>mashd ");
    if (err == MASH_OK)
        err = put_escaped(text, partnership);
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "</title>\n</head>\n<body>\n<h1>Exchange of ");
    if (err == MASH_OK)
        err = put_escaped(text, partnership[0] != '\0' ? partnership : "an unknown partnership");
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "</h1>\n");
    if (err == MASH_OK)
        err = put_state(text, report);
    if (err == MASH_OK && figures != NULL)
        err = put_totals(text, figures);
    if (err == MASH_OK && figures != NULL)
        err = put_mailboxes(text, figures);
    if (err == MASH_OK && figures != NULL)
        err = put_counts(text, "Accepted, by type", figures->accepted, figures->n_accepted);
    if (err == MASH_OK && figures != NULL)
        err = put_counts(text, "Refused, by code", figures->refused, figures->n_refused);
    if (err == MASH_OK && figures != NULL)
        err = put_counts(text, "At the gate", figures->gate, figures->n_gate);
    return err == MASH_OK ? mash_bytes_append_str(text, "</body>\n</html>\n") : err;
}
