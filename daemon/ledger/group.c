/* SPDX-License-Identifier: Apache-2.0 */
/* group.c - one group of the ledger: run, commit, answer; and what becomes of it when that fails.
 * A full disk fails all of it; anything odd fails only whoever met it, found by running each alone; an
 * error of the disk ends the process, unanswered. */
#include "daemon/ledger/core_state.h"

#include <string.h>

#include "daemon/path/deliver.h"
#include "daemon/proc/log.h"

static void
note_commit_time(struct mash_core *core, uint64_t us)
{
    uint64_t minute = mash_clock_mono_ms(&core->config.clock) / 60000u;
    if (minute != core->commit_minute) {
        core->commit_us_max[1] = minute == core->commit_minute + 1 ? core->commit_us_max[0] : 0;
        core->commit_us_max[0] = 0;
        core->commit_minute = minute;
    }
    if (us > core->commit_us_max[0])
        core->commit_us_max[0] = us;
}

/* What one group is made of: all that came in, or a single one of it. */
struct part {
    struct mash_command *commands;
    size_t n_commands;
    struct mash_request *requests;
    size_t n_requests;
};

/* Commands first: a suspension or bundle holds for every notice of its own group. */
static enum mash_err
run_stages(struct mash_core *core, const struct part *part)
{
    enum mash_err err = mash_path_begin(&core->path);
    for (size_t i = 0; err == MASH_OK && i < core->n_suspects; i++)
        err = mash_command_suspend_link(core, &core->suspects[i]);
    for (size_t i = 0; err == MASH_OK && i < part->n_commands; i++)
        err = mash_command_run(core, &part->commands[i]);
    if (err == MASH_OK)
        err = mash_path_run(&core->path, part->requests, part->n_requests);
    return err;
}

static enum mash_err
commit(struct mash_core *core)
{
    uint64_t before_us = mash_clock_mono_us(&core->config.clock);
    enum mash_err err = mash_path_commit(&core->path);
    if (core->path.group.changed)
        note_commit_time(core, mash_clock_mono_us(&core->config.clock) - before_us);
    /* memory that ran out in a commit leaves its outcome unknown, as an I/O error does */
    return err == MASH_E_NOMEM ? MASH_E_IO : err;
}

static enum mash_err
answer_part(struct mash_core *core, const struct part *part)
{
    enum mash_err err = MASH_OK;
    core->n_suspects = 0;
    if (core->restore_done) {
        core->found = MASH_STORE_CLEAN;
        core->restore_asked = false; /* the next time needs two anew */
    }
    core->restore_done = false;
    err = mash_core_refresh_links(core, core->path.group.law_changed);
    for (size_t i = 0; err == MASH_OK && i < part->n_commands; i++)
        err = mash_command_finish(core, &part->commands[i]);
    return err == MASH_OK ? mash_path_answer(&core->path, part->requests, part->n_requests) : err;
}

static enum mash_err
undo(struct mash_core *core)
{
    if (core->restore_done) {
        memcpy(core->path.read_only, core->restore_why, sizeof(core->path.read_only));
        core->restore_done = false;
    }
    return mash_path_rollback(&core->path);
}

/* After undo(): all of it is answered with why.  A part of nothing is the Fetches. */
static enum mash_err
fail_part(struct mash_core *core, const struct part *part, enum mash_answer_id why)
{
    mash_log(MASH_LOG_ERROR, "group-failed", "code=%u requests=%zu", mash_answer(why)->code, part->n_requests);
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < part->n_commands; i++) {
        struct mash_command *command = &part->commands[i];
        command->settled = command->accepted = command->with_figures = false;
        mash_command_settle(command, why, "%s", "");
        err = mash_command_finish(core, command);
    }
    if (err == MASH_OK)
        err = mash_path_answer_failed(&core->path, part->requests, part->n_requests, why);
    bool single = part->n_commands + part->n_requests == 1 && why == MASH_ANSWER_NOT_LOGGED;
    return err == MASH_OK && !single ? mash_deliver_failed(&core->path, why) : err;
}

/* Run and commit; ret_unknown: the outcome is unknown, so nothing may be answered. */
static enum mash_err
make_group(struct mash_core *core, const struct part *part, bool *ret_unknown)
{
    enum mash_err err = run_stages(core, part);
    *ret_unknown = err == MASH_E_IO;
    if (err == MASH_OK) {
        err = commit(core);
        *ret_unknown = err != MASH_OK && err != MASH_E_FULL;
    }
    return err;
}

/* As it came in.  A Fetch is open already, whichever group serves it. */
static void
reset_part(const struct part *part)
{
    for (size_t i = 0; i < part->n_commands; i++) {
        struct mash_command *command = &part->commands[i];
        mash_message_free(&command->command);
        mash_message_free(&command->signed_command);
        *command = (struct mash_command){ .connection = command->connection, .frame = command->frame };
    }
    for (size_t i = 0; i < part->n_requests; i++)
        if (!part->requests[i].fetching)
            mash_request_again(&part->requests[i]);
}

/* One of a group that failed, in a group of its own.  A Fetch for which nothing can be chosen ends; each
 * round ends one, so there is an end. */
static enum mash_err
run_alone(struct mash_core *core, const struct part *part)
{
    for (;;) {
        bool unknown;
        reset_part(part);
        enum mash_err err = make_group(core, part, &unknown);
        if (err == MASH_OK)
            return answer_part(core, part);
        if (unknown)
            return err;
        enum mash_answer_id why = err == MASH_E_FULL ? MASH_ANSWER_FULL : MASH_ANSWER_NOT_LOGGED;
        if (err == MASH_E_DENIED)
            why = MASH_ANSWER_READ_ONLY;
        mash_log(MASH_LOG_ERROR, "request-error", "why=\"%s\"", mash_strerror(err));
        err = undo(core);
        if (err != MASH_OK)
            return err;
        bool blamed = why == MASH_ANSWER_NOT_LOGGED && mash_deliver_blame(&core->path, why);
        if (!blamed)
            return fail_part(core, part, why);
        if (part->n_requests > 0 && part->requests[0].fetching)
            return MASH_OK; /* it is open: the group of the Fetches serves or ends it */
    }
}

/* Memory ran out, or a row is not what it should be: whoever met it fails, never the others, who would come
 * back with it in the same group again. */
static enum mash_err
run_each(struct mash_core *core, const struct part *all)
{
    enum mash_err err = MASH_OK;
    (void)mash_deliver_blame(&core->path, MASH_ANSWER_NOT_LOGGED);
    for (size_t i = 0; err == MASH_OK && i < all->n_commands; i++)
        err = run_alone(core, &(struct part){ .commands = &all->commands[i], .n_commands = 1 });
    for (size_t i = 0; err == MASH_OK && i < all->n_requests; i++)
        if (!all->requests[i].fetching)
            err = run_alone(core, &(struct part){ .requests = &all->requests[i], .n_requests = 1 });
    return err == MASH_OK ? run_alone(core, &(struct part){ 0 }) : err; /* the Fetches and what is due */
}

enum mash_err
mash_core_run_group(struct mash_core *core)
{
    const struct part all = { core->commands, core->n_commands, core->requests, core->n_requests };
    bool unknown;
    enum mash_err err = make_group(core, &all, &unknown);
    if (err == MASH_OK)
        return answer_part(core, &all);
    if (unknown)
        return err;
    enum mash_err undone = undo(core);
    if (undone != MASH_OK)
        return undone;
    switch (err) {
    case MASH_E_FULL:
        return fail_part(core, &all, MASH_ANSWER_FULL);
    case MASH_E_DENIED: /* a hello has turned the broker read-only */
        mash_log(MASH_LOG_ERROR, "read-only", "why=\"%s\"", core->path.read_only);
        return fail_part(core, &all, MASH_ANSWER_READ_ONLY);
    default:
        mash_log(MASH_LOG_ERROR, "group-error", "requests=%zu why=\"%s\"", all.n_requests, mash_strerror(err));
        return run_each(core, &all);
    }
}
