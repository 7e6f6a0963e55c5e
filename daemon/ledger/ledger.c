/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c - the ledger role: open, peers, loop; see ledger.h.  Never opens a socket, never looks
 * inside a body. */
#include "daemon/ledger/ledger.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <sodium.h>

#include "daemon/ledger/control.h"
#include "daemon/ledger/peer.h"
#include "daemon/path/staffed.h"
#include "daemon/proc/config.h"
#include "daemon/proc/heritage.h"
#include "daemon/proc/jail.h"
#include "daemon/proc/log.h"
#include "proto/hex.h"

enum { POLL_PARENT, POLL_CONTROL, POLL_GATE, POLL_CONSOLE, POLL_FIRST_CONTROL,
       POLLS = POLL_FIRST_CONTROL + (int)MASH_CONTROLS_MAX };

struct ledger {
    struct mash_config *config;
    struct mash_secret *log_key;
    uint8_t governance[MASH_SHA256_BYTES];
    struct mash_clock clock;
    struct mash_core *core;
    struct mash_peers peers;
    struct mash_controls controls;
};

static void
sink_answer(void *ctx, uint64_t connection, struct mash_span answer)
{
    struct ledger *ledger = ctx;
    mash_peers_answer(&ledger->peers, connection, answer);
}

static bool
sink_links(void *ctx, struct mash_span links)
{
    struct ledger *ledger = ctx;
    return mash_peers_links(&ledger->peers, links);
}

static void
sink_control(void *ctx, uint64_t connection, struct mash_span answer)
{
    struct ledger *ledger = ctx;
    mash_controls_answer(&ledger->controls, connection, answer);
}

static size_t
sink_room(void *ctx)
{
    struct ledger *ledger = ctx;
    return mash_peers_room(&ledger->peers);
}

static bool
open_config(struct ledger *ledger, int argc, char **argv)
{
    char why[512] = "";
    enum mash_err err = mash_config_from_args(argc, argv, MASH_ROLE_LEDGER, &ledger->config, why, sizeof(why));
    if (err == MASH_OK) {
        const char *hex = mash_config_text(ledger->config, MASH_OPTION_GOVERNANCE);
        err = mash_hex_parse(mash_span_str(hex), ledger->governance, sizeof(ledger->governance));
    }
    if (err == MASH_OK)
        err = mash_secret_load_fd(MASH_FD_KEY, MASH_PURPOSE_LOG, NULL, &ledger->log_key);
    if (err != MASH_OK)
        mash_log(MASH_LOG_ERROR, "refused", "what=configuration why=\"%s%s%s\"", why, why[0] != '\0' ? ": " : "",
                 mash_strerror(err));
    (void)close(MASH_FD_KEY);
    return err == MASH_OK;
}

/* From here on: files beneath the store and the backups, no TCP at all.  The jail opens only what exists, so
 * both are made first; and before the core, which starts a thread that would be left outside. */
static bool
enter_jail(const struct ledger *ledger)
{
    mash_staffed_zone(); /* reads a file that the jail does not show */
    const struct mash_jail jail = { .directories = { mash_config_text(ledger->config, MASH_OPTION_STATE),
                                                     mash_config_text(ledger->config, MASH_OPTION_BACKUP) } };
    for (size_t i = 0; i < 2; i++) {
        if (mkdir(jail.directories[i], 0700) == 0 || errno == EEXIST)
            continue;
        mash_log(MASH_LOG_ERROR, "refused", "what=directory path=\"%s\" why=\"%s\"", jail.directories[i],
                 strerror(errno));
        return false;
    }
    return mash_jail_enter(&jail) == MASH_OK;
}

static bool
open_core(struct ledger *ledger)
{
    char why[512] = "";
    struct mash_core_config config = {
        .state = mash_config_text(ledger->config, MASH_OPTION_STATE),
        .partnership = mash_config_text(ledger->config, MASH_OPTION_PARTNERSHIP),
        .backup = mash_config_text(ledger->config, MASH_OPTION_BACKUP),
        .governance = ledger->governance,
        .pair_rate = mash_config_number(ledger->config, MASH_OPTION_PAIR_RATE),
        .clock = ledger->clock,
        .sink = { ledger, sink_answer, sink_links, sink_control, sink_room },
    };
    enum mash_err err = mash_core_open(&config, ledger->log_key, &ledger->core, why, sizeof(why));
    if (err != MASH_OK)
        mash_log(MASH_LOG_ERROR, "refused", "what=store why=\"%s: %s\"", why, mash_strerror(err));
    return err == MASH_OK;
}

static short
stream_events(const struct mash_stream *stream, size_t high)
{
    size_t pending = mash_stream_pending(stream);
    return (short)((pending < high ? POLLIN : 0) | (pending > 0 ? POLLOUT : 0));
}

static void
fill_polls(const struct ledger *ledger, struct pollfd *polls)
{
    const struct mash_peers *peers = &ledger->peers;
    polls[POLL_PARENT] = (struct pollfd){ .fd = MASH_FD_PARENT, .events = POLLIN };
    polls[POLL_CONTROL] = (struct pollfd){ .fd = MASH_FD_CONTROL, .events = POLLIN };
    polls[POLL_GATE] = (struct pollfd){ .fd = -1 };
    polls[POLL_CONSOLE] = (struct pollfd){ .fd = -1 };
    if (peers->gate != NULL)
        polls[POLL_GATE] = (struct pollfd){ .fd = mash_stream_fd(peers->gate),
                                            .events = stream_events(peers->gate, MASH_GATE_OUT_HIGH) };
    if (peers->console != NULL)
        polls[POLL_CONSOLE] = (struct pollfd){ .fd = mash_stream_fd(peers->console),
                                               .events = stream_events(peers->console, MASH_CONSOLE_OUT_MAX / 2) };
    mash_controls_poll(&ledger->controls, &polls[POLL_FIRST_CONTROL]);
}

/* One turn: wait, take in, run one group, write out.  An error of the store ends the process. */
static enum mash_err
turn(struct ledger *ledger)
{
    struct pollfd polls[POLLS];
    fill_polls(ledger, polls);
    int ready = poll(polls, POLLS, (int)mash_core_wait_ms(ledger->core));
    if (ready < 0 && errno != EINTR)
        return MASH_E_IO;
    if (ready < 0)
        return MASH_OK;
    if ((polls[POLL_CONTROL].revents & POLLIN) != 0)
        mash_controls_accept(&ledger->controls, MASH_FD_CONTROL);
    mash_controls_serve(&ledger->controls, &polls[POLL_FIRST_CONTROL]);
    enum mash_err err = MASH_OK;
    if ((polls[POLL_GATE].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        err = mash_peers_gate(&ledger->peers);
    if (err == MASH_OK)
        err = mash_core_run(ledger->core);
    if (err == MASH_OK && (polls[POLL_CONSOLE].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        err = mash_peers_console(&ledger->peers);
    if (err != MASH_OK)
        return err;
    if (polls[POLL_PARENT].revents != 0) /* last: it may replace a stream that polls names */
        mash_peers_parent(&ledger->peers, MASH_FD_PARENT);
    mash_peers_flush(&ledger->peers);
    return MASH_OK;
}

static void
say_ready(void)
{
    const uint8_t ready = MASH_PARENT_READY;
    if (send(MASH_FD_PARENT, &ready, 1, MSG_NOSIGNAL) != 1)
        mash_log(MASH_LOG_WARN, "parent-gone", "%s", "");
}

/* An error here has an unknown outcome on the disk: the process ends at once, and the next start decides. */
static void
end_if(enum mash_err err)
{
    if (err == MASH_OK)
        return;
    mash_log(MASH_LOG_ERROR, "store-failed", "why=\"%s\" errno=%d", mash_strerror(err), errno);
    _exit(EX_IOERR);
}

static int
serve(struct ledger *ledger)
{
    say_ready();
    mash_log(MASH_LOG_INFO, "serving", "partnership=%s",
             mash_config_text(ledger->config, MASH_OPTION_PARTNERSHIP));
    while (!ledger->peers.stop && !mash_core_stopping(ledger->core))
        end_if(turn(ledger));
    end_if(mash_core_stop(ledger->core, mash_core_stopping(ledger->core) ? "operator" : "parent"));
    mash_peers_flush(&ledger->peers);
    mash_controls_flush(&ledger->controls);
    return MASH_EXIT_DONE;
}

int
mash_ledger_main(int argc, char **argv)
{
    struct ledger ledger = { .clock = mash_clock_system() };
    int code = MASH_EXIT_REFUSED;
    if (sodium_init() < 0 || mash_jail_basics() != MASH_OK)
        return code;
    if (open_config(&ledger, argc, argv) && enter_jail(&ledger) && open_core(&ledger)) {
        ledger.peers.core = ledger.core;
        mash_controls_open(&ledger.controls, ledger.core, &ledger.clock);
        code = serve(&ledger);
        mash_controls_close(&ledger.controls);
    }
    mash_peers_close(&ledger.peers);
    mash_core_close(&ledger.core);
    mash_secret_close(&ledger.log_key);
    mash_config_close(&ledger.config);
    return code;
}
