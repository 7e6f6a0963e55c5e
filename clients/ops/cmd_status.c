/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_status.c - `mashctl status`: what the broker holds, mailbox by mailbox. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "clients/ops/online.h"
#include "clients/ops/online_commands.h"
#include "proto/hex.h"
#include "proto/identifier.h"
#include "proto/limits.h"

static const char doc[] =
    "What the broker holds, mailbox by mailbox.\v"
    "Examples:\n"
    "  mashctl status\n"
    "  mashctl status --json | jq .waiting\n";

static json_t *
counts_json(Mash__Count *const *counts, size_t n)
{
    json_t *object = json_object();
    for (size_t i = 0; i < n; i++)
        (void)json_object_set_new(object, counts[i]->name, json_integer((json_int_t)counts[i]->value));
    return object;
}

static json_t *
mailbox_json(const Mash__MailboxFigures *row)
{
    return json_pack("{s:s,s:I,s:I,s:I,s:I,s:b}", "mailbox", row->mailbox, "waiting", (json_int_t)row->waiting,
                     "unacknowledged", (json_int_t)row->unacknowledged, "oldest_waiting_ms",
                     (json_int_t)row->oldest_waiting_ms, "last_seen_ms", (json_int_t)row->last_seen_ms, "suspended",
                     row->suspended);
}

static void
print_json(const Mash__Figures *figures)
{
    char root[2 * MASH_SHA256_BYTES + 1] = "";
    if (figures->log_root.len == MASH_SHA256_BYTES)
        mash_hex_text(mash_field_span(figures->log_root), root);
    json_t *mailboxes = json_array();
    for (size_t i = 0; i < figures->n_mailboxes; i++)
        (void)json_array_append_new(mailboxes, mailbox_json(figures->mailboxes[i]));
    json_t *object = json_pack(
        "{s:s,s:s,s:I,s:I,s:{s:I,s:s},s:{s:i,s:I,s:I},s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:I,s:b,s:s}",
        "partnership", figures->partnership, "version", figures->version, "now_ms", (json_int_t)figures->now_ms,
        "started_ms", (json_int_t)figures->started_ms, "log", "size", (json_int_t)figures->log_size, "root", root,
        "bundle", "version", (int)figures->bundle_version, "renew_by_ms", (json_int_t)figures->bundle_renew_by_ms,
        "expires_ms", (json_int_t)figures->bundle_expires_ms, "notices", (json_int_t)figures->notices,
        "obligations_open", (json_int_t)figures->obligations_open, "waiting", (json_int_t)figures->waiting,
        "mailboxes", mailboxes, "accepted", counts_json(figures->accepted, figures->n_accepted), "refused",
        counts_json(figures->refused, figures->n_refused), "gate", counts_json(figures->gate, figures->n_gate),
        "groups", (json_int_t)figures->groups, "store_bytes", (json_int_t)figures->store_bytes, "links",
        (json_int_t)figures->links, "commit_us_max", (json_int_t)figures->commit_us_max, "read_only",
        figures->read_only, "read_only_why", figures->read_only_why);
    (void)json_dumpf(object, stdout, JSON_INDENT(2));
    (void)putchar('\n');
    json_decref(object);
}

static void
print_text(const Mash__Figures *figures)
{
    char expires[21];
    mash_time_text(figures->bundle_expires_ms, expires);
    printf("partnership %s, bundle %u (expires %s), mashd %s\n", figures->partnership, figures->bundle_version,
           figures->bundle_version > 0 ? expires : "-", figures->version);
    char root[2 * MASH_SHA256_BYTES + 1] = "-";
    if (figures->log_root.len == MASH_SHA256_BYTES)
        mash_hex_text(mash_field_span(figures->log_root), root);
    if (figures->read_only)
        printf("READ ONLY: %s\n", figures->read_only_why);
    printf("log head: root %s, size %lu\n", root, (unsigned long)figures->log_size);
    printf("%lu notices held in all, %lu not yet collected, %lu obligations open, log of %lu entries, %lu links\n",
           (unsigned long)figures->notices, (unsigned long)figures->waiting,
           (unsigned long)figures->obligations_open, (unsigned long)figures->log_size,
           (unsigned long)figures->links);
    if (figures->n_mailboxes > 0)
        printf("%-48s %8s %8s  %-20s %s\n", "mailbox", "waiting", "unack'd", "last seen", "");
    for (size_t i = 0; i < figures->n_mailboxes; i++) {
        const Mash__MailboxFigures *row = figures->mailboxes[i];
        char seen[21] = "never";
        if (row->last_seen_ms > 0)
            mash_time_text(row->last_seen_ms, seen);
        printf("%-48s %8lu %8lu  %-20s %s\n", row->mailbox, (unsigned long)row->waiting,
               (unsigned long)row->unacknowledged, seen, row->suspended ? "SUSPENDED" : "");
    }
}

static const struct argp_child children[] = { { &mash_online_argp, 0, NULL, 0 }, { 0 } };

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = state->input;
    return key == ARGP_KEY_INIT ? 0 : ARGP_ERR_UNKNOWN;
}

int
mash_cmd_status(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, NULL, doc, children, NULL, NULL };
    struct mash_online online = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &online);

    Mash__Command command = MASH__COMMAND__INIT;
    Mash__CommandStatus status = MASH__COMMAND_STATUS__INIT;
    command.ask_case = MASH__COMMAND__ASK_STATUS;
    command.status = &status;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&online, "status", false, &command, &answer);
    if (code != 0)
        return code;
    if (answer->figures == NULL)
        return mash_online_done(&online, &answer);
    if (online.json)
        print_json(answer->figures);
    else
        print_text(answer->figures);
    mash_message_free(&answer);
    return 0;
}
