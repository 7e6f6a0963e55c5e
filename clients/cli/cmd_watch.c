/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_watch.c - `mash-client watch` and `status`: the sender's own watchdog, and how the home stands. */
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "clients/cli/command.h"
#include "clients/cli/output.h"

#define PAUSE_S 30

static const char watch_doc[] =
    "Warn about notices without a receipt, or not collected in the time of their type, and about alarms.\v"
    "Examples:\n"
    "  mash-client watch                 keep collecting, submitting again and watching\n"
    "  mash-client watch --once          look once; exit 75 when there is anything\n"
    "  mash-client watch --once --clear-alarms\n";

static const char status_doc[] =
    "Show how this installation stands.\v"
    "Examples:\n"
    "  mash-client status\n"
    "  mash-client status --json\n";

enum { KEY_ONCE = 1, KEY_CLEAR };

static const struct argp_option watch_options[] = {
    { "once", KEY_ONCE, NULL, 0, "look once, without asking the exchange", 1 },
    { "clear-alarms", KEY_CLEAR, NULL, 0, "mark the alarms shown as dealt with", 1 },
    { 0 },
};

struct watch {
    struct shared shared;
    bool once, clear;
    json_t *list;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct watch *watch = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &watch->shared; return 0;
    case KEY_ONCE: watch->once = true; return 0;
    case KEY_CLEAR: watch->clear = true; return 0;
    case ARGP_KEY_ARG: argp_usage(state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void
take_warning(void *ctx, const struct mash_warning *warning)
{
    struct watch *watch = ctx;
    if (watch->list != NULL)
        (void)json_array_append_new(watch->list, warning_json(warning));
    else
        printf("%s %s %s%s%s\n", warning->kind, warning->id[0] != '\0' ? warning->id : "-", warning->text,
               warning->phone[0] != '\0' ? " - phone " : "", warning->phone);
}

/* Everything to warn about now; ret_count: how much. */
static int
look(struct mash_client *client, struct watch *watch, size_t *ret_count)
{
    watch->list = watch->shared.json ? json_array() : NULL;
    enum mash_err err = mash_client_watch(client, take_warning, watch, ret_count);
    if (err != MASH_OK) {
        json_decref(watch->list);
        return client_failed(client, err);
    }
    if (watch->shared.json && !print_json(watch->list))
        return EX_IOERR;
    (void)fflush(stdout);
    return EX_OK;
}

static int
look_once(struct mash_client *client, struct watch *watch)
{
    size_t count = 0;
    int code = look(client, watch, &count);
    if (code == EX_OK && watch->clear) {
        enum mash_err err = mash_client_clear_alarms(client);
        code = err == MASH_OK ? EX_OK : client_failed(client, err);
    }
    return code != EX_OK ? code : count > 0 ? EX_TEMPFAIL : EX_OK;
}

/* Collect, submit again, look; until the program is stopped or its own disk fails. */
static int
look_on(struct mash_client *client, struct watch *watch)
{
    for (;;) {
        struct mash_collected counts;
        size_t count = 0;
        enum mash_err err = mash_client_resubmit(client, NULL, NULL, NULL);
        if (err == MASH_OK)
            err = mash_client_collect(client, 0, &counts);
        if (err != MASH_OK)
            (void)client_failed(client, err);
        if (err == MASH_E_IO || err == MASH_E_FULL || err == MASH_E_NOMEM)
            return exit_code_of(err);
        int code = look(client, watch, &count);
        if (code != EX_OK)
            return code;
        const struct timespec pause = { .tv_sec = PAUSE_S };
        (void)nanosleep(&pause, NULL);
    }
}

int
cmd_watch(int argc, char **argv)
{
    static const struct argp argp = { watch_options, parse, NULL, watch_doc, shared_children, NULL, NULL };
    struct watch watch = { .once = false };
    struct mash_client *client = NULL;
    if (argp_parse(&argp, argc, argv, 0, NULL, &watch) != 0)
        return EX_USAGE;
    int code = client_start(&watch.shared, &client);
    if (code == EX_OK)
        code = watch.once ? look_once(client, &watch) : look_on(client, &watch);
    mash_client_close(&client);
    return code;
}

static int
print_figures(struct mash_client *client, const struct watch *watch, int reached)
{
    struct mash_client_figures figures;
    char renew[24], expires[24];
    enum mash_err err = mash_client_figures(client, &figures);
    if (err != MASH_OK)
        return client_failed(client, err);
    time_text(figures.bundle_renew_by_ms, renew, sizeof(renew));
    time_text(figures.bundle_expires_ms, expires, sizeof(expires));
    if (watch->shared.json) {
        json_t *mailboxes = json_array();
        for (size_t i = 0; mash_client_mailbox(client, i) != NULL; i++)
            (void)json_array_append_new(mailboxes, json_string(mash_client_mailbox(client, i)));
        json_t *value = json_pack(
            "{s:s, s:s, s:s, s:b, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "partnership",
            figures.partnership, "agency", figures.agency, "endpoint", figures.endpoint, "reached", reached == EX_OK,
            "bundle_version", (json_int_t)figures.bundle_version, "bundle_renew_by", renew, "bundle_expires", expires,
            "log_size", (json_int_t)figures.log_size, "waiting", (json_int_t)figures.waiting, "held",
            (json_int_t)figures.held, "received", (json_int_t)figures.received, "unopened",
            (json_int_t)figures.unopened, "pending_statuses", (json_int_t)figures.pending_statuses, "quarantined",
            (json_int_t)figures.quarantined, "mailboxes", mailboxes);
        return print_json(value) ? reached : EX_IOERR;
    }
    printf("%s in %s, exchange %s: %s\n", figures.agency, figures.partnership, figures.endpoint,
           reached == EX_OK ? "reached, its log only grew" : "NOT reached");
    for (size_t i = 0; mash_client_mailbox(client, i) != NULL; i++)
        printf("mailbox %s\n", mash_client_mailbox(client, i));
    printf("bundle version %u, renew by %s, expires %s\nlog seen up to entry %llu\n", figures.bundle_version, renew,
           expires, (unsigned long long)figures.log_size);
    printf("outbox: %zu without receipt, %zu held\ninbox: %zu received, %zu not opened, %zu set aside\n",
           figures.waiting, figures.held, figures.received, figures.unopened, figures.quarantined);
    printf("statuses waiting: %zu\n", figures.pending_statuses);
    return reached;
}

int
cmd_status(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, NULL, status_doc, shared_children, NULL, NULL };
    struct watch watch = { .once = true };
    struct mash_client *client = NULL;
    if (argp_parse(&argp, argc, argv, 0, NULL, &watch) != 0)
        return EX_USAGE;
    int code = client_start(&watch.shared, &client);
    if (code != EX_OK)
        return code;
    enum mash_err err = mash_client_connect(client);
    int reached = err == MASH_OK ? EX_OK : client_failed(client, err);
    code = print_figures(client, &watch, reached);
    print_warnings(client);
    mash_client_close(&client);
    return code;
}
