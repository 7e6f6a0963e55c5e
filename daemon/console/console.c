/* SPDX-License-Identifier: Apache-2.0 */
/* console.c - see console.h.  The loop: once a second the ledger is asked for figures, and whoever asks by
 * HTTP gets the last ones. */
#include "daemon/console/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "daemon/console/http.h"
#include "daemon/proc/config.h"
#include "daemon/proc/frame.h"
#include "daemon/proc/heritage.h"
#include "daemon/proc/jail.h"
#include "daemon/proc/log.h"

#define ASK_MS 1000u
#define OUT_MAX 4096u /* an ask is 13 bytes; more than one is never under way */

struct console {
    struct mash_stream *ledger;
    struct mash_http *http;
    Mash__Figures *figures;
    uint64_t now_ms;
    uint64_t asked_ms;
    uint64_t came_ms;
    struct mash_report report;
    int exit_code; /* -1: go on */
};

static uint64_t
monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static int
refuse(int code, const char *what, const char *why)
{
    mash_log(MASH_LOG_ERROR, "refused-to-start", "what=%s why=\"%s\"", what, why);
    return code;
}

static int
start(int argc, char **argv, struct console *console)
{
    const struct mash_jail jail = { .bind_port = 0 };
    const char ready = MASH_PARENT_READY;
    struct mash_config *config = NULL;
    char why[512];
    if (mash_jail_basics() != MASH_OK)
        return refuse(EX_OSERR, "system", strerror(errno));
    if (mash_config_from_args(argc, argv, MASH_ROLE_CONSOLE, &config, why, sizeof(why)) != MASH_OK)
        return refuse(EX_CONFIG, "options", why);
    mash_config_close(&config);
    if (mash_jail_enter(&jail) != MASH_OK)
        return refuse(EX_OSERR, "jail", strerror(errno));
    if (mash_stream_open(MASH_FD_LEDGER, OUT_MAX, &console->ledger) != MASH_OK)
        return refuse(EX_OSERR, "ledger", strerror(errno));
    if (mash_http_open(MASH_FD_HTTP, &console->report, &console->http) != MASH_OK)
        return refuse(EX_OSERR, "http", strerror(errno));
    (void)send(MASH_FD_PARENT, &ready, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return EX_OK;
}

static void
take_figures(struct console *console, struct mash_span payload)
{
    Mash__Figures *figures = NULL;
    if (mash_message_decode(&mash__figures__descriptor, payload, &figures) != MASH_OK) {
        mash_log(MASH_LOG_ERROR, "figures-refused", "why=\"not figures\"");
        return;
    }
    mash_message_free(&console->figures);
    console->figures = figures;
    console->came_ms = console->now_ms;
}

static void
hear_ledger(struct console *console)
{
    struct mash_frame frame;
    enum mash_err err = mash_stream_fill(console->ledger);
    while (err == MASH_OK && (err = mash_stream_next(console->ledger, &frame)) == MASH_OK)
        if (frame.kind == MASH_FRAME_FIGURES)
            take_figures(console, frame.payload);
    if (err != MASH_OK && err != MASH_E_AGAIN)
        console->exit_code = EX_UNAVAILABLE;
}

static void
ask_ledger(struct console *console)
{
    if (console->now_ms - console->asked_ms < ASK_MS && console->asked_ms != 0)
        return;
    console->asked_ms = console->now_ms;
    /* Full: it has not read the last asks; the figures grow stale and readiness says so. */
    enum mash_err err = mash_stream_put(console->ledger, MASH_FRAME_ASK_FIGURES, 0, mash_span(NULL, 0),
                                        mash_span(NULL, 0));
    if (err == MASH_OK)
        err = mash_stream_flush(console->ledger);
    if (err == MASH_E_CLOSED || err == MASH_E_IO)
        console->exit_code = EX_UNAVAILABLE;
}

static void
hear_parent(struct console *console)
{
    char order;
    ssize_t n = recv(MASH_FD_PARENT, &order, 1, MSG_DONTWAIT);
    if (n == 0)
        console->exit_code = EX_UNAVAILABLE;
    else if (n == 1 && order == MASH_PARENT_STOP)
        console->exit_code = EX_OK;
}

static void
turn(struct console *console)
{
    struct pollfd fds[] = { { MASH_FD_PARENT, POLLIN, 0 },
                            { mash_stream_fd(console->ledger), POLLIN, 0 },
                            { mash_http_fd(console->http), POLLIN, 0 } };
    if (poll(fds, 3, mash_http_wait_ms(console->http, (int)ASK_MS)) < 0 && errno != EINTR) {
        console->exit_code = EX_OSERR;
        return;
    }
    console->now_ms = monotonic_ms();
    if (fds[0].revents != 0)
        hear_parent(console);
    if (fds[1].revents != 0)
        hear_ledger(console);
    ask_ledger(console);
    console->report.figures = console->figures;
    console->report.age_ms = console->figures != NULL ? console->now_ms - console->came_ms : 0;
    mash_http_run(console->http);
}

int
mash_console_main(int argc, char **argv)
{
    struct console console;
    memset(&console, 0, sizeof(console));
    console.exit_code = -1;
    int code = start(argc, argv, &console);
    if (code != EX_OK)
        return code;
    while (console.exit_code < 0)
        turn(&console);
    mash_http_close(&console.http);
    mash_stream_close(&console.ledger);
    mash_message_free(&console.figures);
    return console.exit_code;
}
