/* SPDX-License-Identifier: Apache-2.0 */
/* core.c - groups: what came in during the last sync is the next transaction; see core.h. */
#include "daemon/ledger/core_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/path/deliver.h"
#include "daemon/proc/frame.h"
#include "daemon/proc/log.h"

enum {
    LINKS_EVERY_MS = 1000,       /* keys begin and end to be valid */
    CLOCK_JUMP_MS = 60 * 1000,   /* wall against monotonic clock, between two groups */
    CLOCK_DOUBT_MS = 3600 * 1000, /* how long expiry is not judged after a jump */
    IDLE_WAIT_MS = 1000
};

static void
sink_answer(void *ctx, uint64_t connection, struct mash_span answer)
{
    struct mash_core *core = ctx;
    core->config.sink.answer(core->config.sink.ctx, connection, answer);
}

static size_t
sink_room(void *ctx)
{
    struct mash_core *core = ctx;
    return core->config.sink.room(core->config.sink.ctx);
}

/* What the mark of a doubted log says; one that cannot be read doubts it just as well. */
static void
read_doubt(const struct mash_core *core, char *ret_why, size_t size)
{
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    if (mash_store_doubt_get(core->store, ret_why, size, &note) != MASH_OK)
        (void)snprintf(ret_why, size, "a client has shown another past, and the file read-only is damaged");
    mash_bytes_free(&note);
}

/* Why a store that was found like this may not be signed for; empty when it may. */
static void
judge_found(struct mash_core *core)
{
    uint64_t floor_size;
    struct mash_hash floor_root;
    mash_store_floor(core->store, &floor_size, &floor_root);
    char *why = core->path.read_only;
    size_t size = sizeof(core->path.read_only);
    if (core->found == MASH_STORE_BEHIND_FLOOR)
        (void)snprintf(why, size, "the store is behind its floor of %llu entries: rows were lost",
                       (unsigned long long)floor_size);
    else if (core->found == MASH_STORE_RESTORED)
        (void)snprintf(why, size, "the store was restored from a backup: two operators must confirm its head");
    else if (core->found == MASH_STORE_DOUBTED)
        read_doubt(core, why, size);
    if (why[0] != '\0')
        mash_log(MASH_LOG_ERROR, "read-only", "why=\"%s\"", why);
}

enum mash_err
mash_core_log_start(struct mash_core *core, const char *note)
{
    struct mash_path *path = &core->path;
    uint64_t floor_size;
    struct mash_hash floor_root;
    mash_store_floor(core->store, &floor_size, &floor_root);
    Mash__StartDetail start = MASH__START_DETAIL__INIT;
    start.version = (char *)(uintptr_t)MASH_VERSION;
    start.head_size = path->group.head.size;
    start.head_root = mash_span_field(mash_hash_span(&path->group.head.root));
    start.floor_size = floor_size;
    start.bundle_version = path->view.bundle != NULL ? mash_bundle_version(path->view.bundle) : 0;
    start.note = (char *)(uintptr_t)note;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_START;
    detail.start = &start;
    uint64_t index;
    return mash_path_append(path, &detail, &index);
}

/* For a while expiry is not judged, and what is good by the clock as it was before is good. */
static void
doubt_clock(struct mash_core *core, int64_t before_ms)
{
    struct mash_path *path = &core->path;
    uint64_t mono_ms = mash_clock_mono_ms(&core->config.clock);
    if (mono_ms >= path->clock_doubted_ms)
        path->clock_before_ms = before_ms; /* the first jump counts: where it came from nobody doubted */
    path->clock_doubted_ms = mono_ms + CLOCK_DOUBT_MS;
}

/* The first group of a process: its Start entry.  A clock that stands before the log's last entry is wrong;
 * the time since that entry is not known, so at least that time is taken. */
static enum mash_err
log_first_group(struct mash_core *core)
{
    enum mash_err err = mash_path_begin(&core->path);
    if (err != MASH_OK)
        return err;
    const struct mash_group *group = &core->path.group;
    const char *note = core->found == MASH_STORE_NEW ? "first" : "restart";
    if (group->now_ms + CLOCK_JUMP_MS < group->head.last_time_ms) {
        note = "clock-jump";
        doubt_clock(core, (int64_t)group->head.last_time_ms - (int64_t)mash_clock_mono_ms(&core->config.clock));
        mash_log(MASH_LOG_WARN, "clock-jump", "wall_ms=%llu last_entry_ms=%llu",
                 (unsigned long long)group->now_ms, (unsigned long long)group->head.last_time_ms);
    }
    err = mash_core_log_start(core, note);
    return err == MASH_OK ? mash_path_commit(&core->path) : err;
}

/* The bundle must be this partnership's and name this log key, or receipts would verify nowhere. */
static enum mash_err
check_law(const struct mash_core *core, const struct mash_secret *log_key, char *ret_why, size_t why_size)
{
    const struct mash_bundle *bundle = core->path.view.bundle;
    if (bundle == NULL)
        return MASH_OK;
    if (strcmp(mash_bundle_partnership(bundle), core->config.partnership) != 0) {
        (void)snprintf(ret_why, why_size, "the store is that of partnership %s", mash_bundle_partnership(bundle));
        return MASH_E_MISMATCH;
    }
    if (memcmp(mash_bundle_log_key(bundle), mash_secret_public(log_key), MASH_PUBLIC_KEY_BYTES) != 0) {
        (void)snprintf(ret_why, why_size, "the log key is not the one that the bundle names");
        return MASH_E_MISMATCH;
    }
    return MASH_OK;
}

static enum mash_err
open_all(struct mash_core *core, const struct mash_secret *log_key, char *ret_why, size_t why_size)
{
    (void)snprintf(ret_why, why_size, "the store in %s cannot be opened", core->config.state);
    enum mash_err err = mash_store_open(core->config.state, &core->store, &core->found);
    if (err != MASH_OK)
        return err;
    if (core->config.reserve_bytes != 0)
        mash_store_reserve(core->store, core->config.reserve_bytes);
    struct mash_sink sink = { core, sink_answer, sink_room };
    (void)snprintf(ret_why, why_size, "the store does not fit this log key or cannot be read");
    err = mash_path_open(&core->path, core->store, log_key, core->config.partnership, &core->config.clock, &sink);
    if (err == MASH_OK)
        err = mash_pairs_open(&core->path.pairs, core->config.pair_rate);
    if (err == MASH_OK)
        err = check_law(core, log_key, ret_why, why_size);
    if (err != MASH_OK)
        return err;
    judge_found(core);
    (void)snprintf(ret_why, why_size, "the start cannot be logged");
    return core->path.read_only[0] != '\0' ? MASH_OK : log_first_group(core);
}

static int64_t
clock_offset(const struct mash_core *core)
{
    const struct mash_clock *clock = &core->config.clock;
    return (int64_t)mash_clock_wall_ms(clock) - (int64_t)mash_clock_mono_ms(clock);
}

enum mash_err
mash_core_open(const struct mash_core_config *config, const struct mash_secret *log_key,
               struct mash_core **ret_core, char *ret_why, size_t why_size)
{
    struct mash_core *core = calloc(1, sizeof(*core));
    if (core == NULL)
        return MASH_E_NOMEM;
    core->config = *config;
    core->links = mash_bytes_max(MASH_CONTROL_MAX);
    core->figures = mash_bytes_max(MASH_CONTROL_MAX);
    core->gate_figures = mash_bytes_max(MASH_CONTROL_MAX);
    core->restore_command = core->restore_signature = mash_bytes_max(MASH_CONTROL_MAX);
    core->started_ms = mash_clock_wall_ms(&config->clock);
    core->clock_offset_ms = clock_offset(core);
    enum mash_err err = open_all(core, log_key, ret_why, why_size);
    if (err != MASH_OK) {
        mash_core_close(&core);
        return err;
    }
    *ret_core = core;
    return MASH_OK;
}

static void
clear_group(struct mash_core *core)
{
    for (size_t i = 0; i < core->n_requests; i++)
        mash_request_clear(&core->requests[i]);
    for (size_t i = 0; i < core->n_commands; i++)
        mash_command_clear(&core->commands[i]);
    core->n_requests = core->n_commands = core->bytes = 0;
}

void
mash_core_close(struct mash_core **core_p)
{
    struct mash_core *core = *core_p;
    if (core == NULL)
        return;
    clear_group(core);
    mash_path_close(&core->path);
    mash_store_close(&core->store);
    mash_bytes_free(&core->links);
    mash_bytes_free(&core->figures);
    mash_bytes_free(&core->gate_figures);
    mash_bytes_free(&core->restore_command);
    mash_bytes_free(&core->restore_signature);
    free(core);
    *core_p = NULL;
}

enum mash_err
mash_core_stop(struct mash_core *core, const char *reason)
{
    if (core->path.read_only[0] != '\0')
        return MASH_OK;
    enum mash_err err = mash_path_begin(&core->path);
    if (err == MASH_OK)
        err = mash_refusals_sweep(&core->path, true);
    Mash__StopDetail stop = MASH__STOP_DETAIL__INIT;
    stop.reason = (char *)(uintptr_t)reason;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_STOP;
    detail.stop = &stop;
    uint64_t index;
    if (err == MASH_OK)
        err = mash_path_append(&core->path, &detail, &index);
    if (err == MASH_OK)
        err = mash_path_commit(&core->path);
    return err;
}

enum mash_err
mash_core_request(struct mash_core *core, uint64_t connection, struct mash_span frame)
{
    if (frame.len < MASH_KEY_ID_BYTES)
        return MASH_E_FORMAT;
    if (core->n_requests == MASH_GROUP_REQUESTS_MAX ||
        (core->n_requests > 0 && core->bytes + frame.len > MASH_GROUP_BYTES_MAX))
        return MASH_E_AGAIN;
    struct mash_request *request = &core->requests[core->n_requests];
    *request = (struct mash_request){ .connection = connection, .frame = mash_bytes_max(MASH_IPC_FRAME_MAX) };
    memcpy(request->link_id.bytes, frame.data, MASH_KEY_ID_BYTES);
    enum mash_err err =
        mash_bytes_append(&request->frame, frame.data + MASH_KEY_ID_BYTES, frame.len - MASH_KEY_ID_BYTES);
    if (err != MASH_OK)
        return err;
    core->n_requests++;
    core->bytes += frame.len;
    return MASH_OK;
}

enum mash_err
mash_core_command(struct mash_core *core, uint64_t connection, struct mash_span frame)
{
    if (core->n_commands == MASH_CORE_COMMANDS_MAX)
        return MASH_E_AGAIN;
    struct mash_command *command = &core->commands[core->n_commands];
    *command = (struct mash_command){ .connection = connection, .frame = mash_bytes_max(MASH_CONTROL_MAX) };
    enum mash_err err = mash_bytes_append(&command->frame, frame.data, frame.len);
    if (err == MASH_OK)
        core->n_commands++;
    return err;
}

void
mash_core_suspect(struct mash_core *core, const struct mash_key_id *link_id)
{
    if (core->n_suspects < SUSPECTS_MAX)
        core->suspects[core->n_suspects++] = *link_id;
}

/* What it still asked is dropped with it: a Hello that ran later would enter a connection that never ends
 * again, and a client that did not hear asks again. */
void
mash_core_gone(struct mash_core *core, uint64_t connection)
{
    size_t kept = 0;
    for (size_t i = 0; i < core->n_requests; i++) {
        struct mash_request *request = &core->requests[i];
        if (request->connection != connection) {
            core->requests[kept++] = *request;
            continue;
        }
        core->bytes -= request->frame.len + MASH_KEY_ID_BYTES;
        mash_request_clear(request);
    }
    core->n_requests = kept;
    mash_connections_remove(&core->path.connections, connection);
    mash_deliver_gone(&core->path, connection);
}

void
mash_core_gate_gone(struct mash_core *core)
{
    mash_connections_clear(&core->path.connections);
    mash_deliver_gone(&core->path, UINT64_MAX);
    mash_bytes_free(&core->gate_figures);
    for (size_t i = 0; i < core->n_requests; i++)
        mash_request_clear(&core->requests[i]);
    core->n_requests = core->bytes = 0;
}

void
mash_core_gate_figures(struct mash_core *core, struct mash_span figures)
{
    mash_bytes_free(&core->gate_figures);
    if (mash_bytes_append(&core->gate_figures, figures.data, figures.len) != MASH_OK)
        mash_bytes_free(&core->gate_figures); /* shown again within a second */
}

static enum mash_err
view_links(const struct mash_core *core, struct mash_bytes *out)
{
    const struct mash_path *path = &core->path;
    return mash_view_links(&path->view, mash_clock_wall_ms(&path->clock), mash_path_also_ms(path), out);
}

enum mash_err
mash_core_links(struct mash_core *core)
{
    struct mash_bytes links = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = view_links(core, &links);
    if (err != MASH_OK) {
        mash_bytes_free(&links);
        return err;
    }
    mash_bytes_free(&core->links);
    core->links = links;
    core->links_checked_ms = mash_clock_mono_ms(&core->config.clock);
    core->links_lost = !core->config.sink.links(core->config.sink.ctx, mash_bytes_span(&core->links));
    return MASH_OK;
}

enum mash_err
mash_core_refresh_links(struct mash_core *core, bool now)
{
    uint64_t mono_ms = mash_clock_mono_ms(&core->config.clock);
    if (!now && mono_ms < core->links_checked_ms + LINKS_EVERY_MS)
        return MASH_OK;
    core->links_checked_ms = mono_ms;
    struct mash_bytes links = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = view_links(core, &links);
    bool same = err == MASH_OK && mash_span_equal(mash_bytes_span(&links), mash_bytes_span(&core->links));
    mash_bytes_free(&links);
    return err != MASH_OK || (same && !core->links_lost) ? err : mash_core_links(core);
}

/* A jump of the wall clock alarms and pauses expiry, never delivery. */
static void
watch_clock(struct mash_core *core)
{
    int64_t offset = clock_offset(core), jump = offset - core->clock_offset_ms;
    if (jump < CLOCK_JUMP_MS && jump > -CLOCK_JUMP_MS)
        return;
    mash_log(MASH_LOG_WARN, "clock-jump", "by_ms=%lld", (long long)jump);
    doubt_clock(core, core->clock_offset_ms);
    core->clock_offset_ms = offset;
}

static bool
something_to_do(struct mash_core *core)
{
    const struct mash_path *path = &core->path;
    if (core->n_requests > 0 || core->n_commands > 0)
        return true;
    if (path->read_only[0] != '\0')
        return false;
    return core->n_suspects > 0 || mash_deliver_due(&core->path) ||
           mash_deliver_deadline(path) <= mash_clock_mono_ms(&core->config.clock) ||
           mash_refusals_due(&path->refusals, mash_clock_wall_ms(&core->config.clock));
}

enum mash_err
mash_core_run(struct mash_core *core)
{
    watch_clock(core);
    enum mash_err err = MASH_OK;
    if (something_to_do(core)) {
        err = mash_core_run_group(core);
        clear_group(core);
    } else {
        err = mash_core_refresh_links(core, false);
    }
    if (err == MASH_OK && core->path.read_only[0] == '\0')
        err = mash_store_between_groups(core->store);
    if (err == MASH_E_FULL) {
        mash_log(MASH_LOG_WARN, "disk-full", "%s", "");
        err = MASH_OK; /* nothing is lost: the WAL stays as it is */
    }
    return err;
}

uint64_t
mash_core_wait_ms(struct mash_core *core)
{
    if (something_to_do(core))
        return 0;
    uint64_t now_ms = mash_clock_mono_ms(&core->config.clock);
    uint64_t deadline_ms = mash_deliver_deadline(&core->path);
    if (deadline_ms <= now_ms)
        return IDLE_WAIT_MS; /* read-only: its end is not ours to answer */
    uint64_t wait_ms = deadline_ms - now_ms;
    return wait_ms < IDLE_WAIT_MS ? wait_ms : IDLE_WAIT_MS;
}

bool
mash_core_stopping(const struct mash_core *core)
{
    return core->stopping;
}

enum mash_err
mash_core_figures(struct mash_core *core, struct mash_bytes *out)
{
    uint64_t now_ms = mash_clock_mono_ms(&core->config.clock);
    if (!core->figures_made || now_ms >= core->figures_at_ms + 1000u) {
        mash_bytes_free(&core->figures);
        core->figures_made = false;
        enum mash_err err = mash_figures_make(core, &core->figures);
        if (err != MASH_OK)
            return err;
        core->figures_made = true;
        core->figures_at_ms = now_ms;
    }
    return mash_bytes_append(out, core->figures.data, core->figures.len);
}
