/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - the table of stages and how a group runs along it; see path.h. */
#include "daemon/path/path.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/path/deliver.h"
#include "daemon/path/stage.h"
#include "daemon/proc/log.h"

/* Each stage works on a request, on a flight, or once on the group. */
static const struct stage {
    const char *name;
    enum mash_err (*request)(struct mash_path *path, struct mash_request *request);
    enum mash_err (*flight)(struct mash_path *path, struct mash_flight *flight);
    enum mash_err (*group)(struct mash_path *path);
} stages[] = {
    { "accept", mash_stage_accept, NULL, NULL },
    { "parse", mash_stage_parse, NULL, NULL },
    { "authorise", mash_stage_greeted, mash_stage_authorise, NULL },
    { "store", NULL, mash_stage_store, NULL },
    { "route", NULL, mash_stage_route, NULL },
    { "commit", NULL, NULL, mash_stage_commit },
    { "answer", mash_stage_answer, NULL, NULL },
};

enum { STAGE_AUTHORISE = 2, STAGE_COMMIT = 5, STAGE_ANSWER = 6, STAGES = sizeof(stages) / sizeof(stages[0]) };
enum { SEEN_EVERY_MS = 10 * 1000 };
static_assert(STAGES == 7, "accept, parse, authorise, store, route, commit, answer");

/* The origin of the log: that of its newest checkpoint, or of this year when there is none yet. */
static enum mash_err
find_origin(struct mash_path *path)
{
    struct mash_note note;
    struct mash_checkpoint checkpoint;
    enum mash_err err = mash_store_checkpoint(path->store, &path->checkpoint);
    if (err == MASH_OK) {
        err = mash_note_parse(mash_bytes_span(&path->checkpoint), &note);
        if (err == MASH_OK)
            err = mash_checkpoint_parse(note.text, &checkpoint);
        if (err == MASH_OK)
            err = mash_checkpoint_open(mash_bytes_span(&path->checkpoint), checkpoint.origin,
                                       mash_secret_public(path->log_key), &checkpoint, NULL);
        if (err != MASH_OK)
            return err == MASH_E_UNKNOWN ? MASH_E_MISMATCH : err; /* signed by another log key */
        memcpy(path->origin, checkpoint.origin, sizeof(path->origin));
        path->checkpoint_size = path->left.size = checkpoint.size;
        path->left.root = checkpoint.root;
        return MASH_OK;
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    time_t now = (time_t)(mash_clock_wall_ms(&path->clock) / 1000u);
    struct tm date;
    if (gmtime_r(&now, &date) == NULL)
        return MASH_E_VALUE;
    return mash_checkpoint_origin(path->partnership, (unsigned)(date.tm_year + 1900), path->origin);
}

enum mash_err
mash_path_open(struct mash_path *path, struct mash_store *store, const struct mash_secret *log_key,
               const char *partnership, const struct mash_clock *clock, const struct mash_sink *sink)
{
    *path = (struct mash_path){ .store = store, .log_key = log_key, .clock = *clock, .sink = *sink };
    path->checkpoint = mash_bytes_max(MASH_CHECKPOINT_MAX);
    if (strlen(partnership) >= sizeof(path->partnership))
        return MASH_E_LIMIT;
    memcpy(path->partnership, partnership, strlen(partnership) + 1);
    enum mash_err err = find_origin(path);
    if (err == MASH_OK)
        err = mash_view_load(&path->view, store);
    if (err == MASH_OK)
        err = mash_fetches_open(&path->fetches);
    if (err == MASH_OK)
        err = mash_verifier_open(&path->verifier);
    if (err != MASH_OK)
        mash_path_close(path);
    return err;
}

void
mash_path_close(struct mash_path *path)
{
    mash_view_clear(&path->view);
    mash_connections_clear(&path->connections);
    mash_refusals_clear(&path->refusals);
    mash_pairs_clear(&path->pairs);
    mash_fetches_close(&path->fetches);
    mash_verifier_close(&path->verifier);
    mash_bytes_free(&path->checkpoint);
}

static bool
same_head(const struct mash_store_head *a, const struct mash_store_head *b)
{
    return a->size == b->size && mash_hash_equal(&a->root, &b->root);
}

/* The earlier of the two clocks that are not behind the log: a clock that was wrong ahead for a moment must
 * not leave its time to all entries that follow.  Both behind: the last entry's, since times never fall. */
static uint64_t
entry_time(const struct mash_group *group)
{
    uint64_t last_ms = group->head.last_time_ms, now_ms = group->now_ms, also_ms = group->also_ms;
    if (now_ms >= last_ms && also_ms >= last_ms)
        return now_ms < also_ms ? now_ms : also_ms;
    if (now_ms >= last_ms)
        return now_ms;
    return also_ms >= last_ms ? also_ms : last_ms;
}

enum mash_err
mash_path_begin(struct mash_path *path)
{
    struct mash_group *group = &path->group;
    assert(!group->open);
    group->changed = group->law_changed = group->room_known = group->full = false;
    group->appended = 0;
    group->n_verified = 0;
    group->promised = 0;
    mash_refusals_begin(&path->refusals);
    group->searched = 0;
    group->now_ms = mash_clock_wall_ms(&path->clock);
    group->also_ms = mash_path_also_ms(path);
    group->detached = path->read_only[0] != '\0';
    group->open = group->detached;
    if (group->detached)
        return MASH_OK;
    enum mash_err err = mash_store_group_begin(path->store, &group->head);
    if (err != MASH_OK)
        return err;
    group->open = true;
    group->entry_ms = entry_time(group);
    if (!same_head(&group->head, &path->left))
        err = mash_view_load(&path->view, path->store); /* somebody else wrote */
    return err;
}

static const char *
agency_of(const struct mash_request *request)
{
    return request->installation != NULL ? request->installation->agency->id : "";
}

/* A refusal is counted, and logged unless nothing may be signed. */
static enum mash_err
note_refusal(struct mash_path *path, const struct mash_flight *flight, const struct mash_request *request)
{
    if (!flight->settled || mash_answer(flight->answer)->code < 400)
        return MASH_OK;
    if (path->group.detached) {
        path->refusals.totals[flight->answer]++;
        return MASH_OK;
    }
    return mash_refusals_note(path, agency_of(request), &request->link_id, flight->answer);
}

static enum mash_err
run_flight(struct mash_path *path, struct mash_flight *flight)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < STAGE_COMMIT && !flight->settled; i++)
        if (stages[i].flight != NULL)
            err = stages[i].flight(path, flight);
    if (err == MASH_OK)
        err = note_refusal(path, flight, flight->request);
    return err;
}

/* accept and parse, for all requests of the group before any is authorised: so that signatures are being
 * verified meanwhile. */
static enum mash_err
read_request(struct mash_path *path, struct mash_request *request)
{
    enum mash_err err = MASH_OK;
    request->whole.request = request;
    for (size_t i = 0; err == MASH_OK && i < STAGE_AUTHORISE && !request->whole.settled; i++)
        err = stages[i].request(path, request);
    if (err == MASH_OK && !request->whole.settled)
        mash_authorise_ahead(path, request);
    return err;
}

static enum mash_err
run_request(struct mash_path *path, struct mash_request *request)
{
    enum mash_err err = MASH_OK;
    if (!request->whole.settled)
        err = stages[STAGE_AUTHORISE].request(path, request);
    if (err != MASH_OK)
        return err;
    if (request->n_flights == 0 || request->whole.settled)
        return run_flight(path, &request->whole);
    for (size_t i = 0; err == MASH_OK && i < request->n_flights; i++)
        err = run_flight(path, &request->flights[i]);
    return err;
}

enum mash_err
mash_path_run(struct mash_path *path, struct mash_request *requests, size_t count)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < count; i++)
        err = read_request(path, &requests[i]);
    mash_verifier_start(path->verifier);
    for (size_t i = 0; err == MASH_OK && i < count; i++)
        err = run_request(path, &requests[i]);
    mash_verifier_reset(path->verifier);
    if (path->group.law_changed)
        mash_deliver_wake(path, NULL);
    if (err == MASH_OK && !path->group.detached)
        err = mash_deliver_gather(path);
    return err;
}

enum mash_err
mash_path_commit(struct mash_path *path)
{
    enum mash_err err = MASH_OK;
    if (!path->group.detached && mash_refusals_due(&path->refusals, path->group.entry_ms))
        err = mash_refusals_sweep(path, false);
    return err == MASH_OK ? stages[STAGE_COMMIT].group(path) : err;
}

/* An answer that memory, its size or an odd row does not allow is lost; what was held stays held, and the
 * client's repeat is answered with the same receipt.  Only I/O errors end the process. */
static enum mash_err
answer_one(struct mash_path *path, struct mash_request *request)
{
    enum mash_err err = stages[STAGE_ANSWER].request(path, request);
    if (err == MASH_OK || err == MASH_E_IO)
        return err;
    mash_log(MASH_LOG_WARN, "answer-lost", "connection=%llu why=\"%s\"", (unsigned long long)request->connection,
             mash_strerror(err));
    return MASH_OK;
}

enum mash_err
mash_path_answer(struct mash_path *path, struct mash_request *requests, size_t count)
{
    assert(!path->group.open);
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < count; i++)
        err = answer_one(path, &requests[i]);
    return err == MASH_OK ? mash_deliver_send(path) : err;
}

enum mash_err
mash_path_rollback(struct mash_path *path)
{
    bool was_open = path->group.open && !path->group.detached;
    path->group.open = false;
    if (!was_open)
        return MASH_OK;
    mash_store_group_rollback(path->store);
    mash_refusals_rollback(&path->refusals);
    path->left = path->group.head;
    return path->group.law_changed ? mash_view_load(&path->view, path->store) : MASH_OK;
}

enum mash_err
mash_path_answer_failed(struct mash_path *path, struct mash_request *requests, size_t count,
                        enum mash_answer_id why)
{
    assert(!path->group.open);
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        struct mash_request *request = &requests[i];
        if (!request->fetching && !request->whole.settled)
            mash_flight_settle(&request->whole, why, "%s", "");
        err = answer_one(path, request);
    }
    return err;
}

enum mash_err
mash_path_queue(struct mash_path *path, const char *mailbox, enum mash_item_kind kind,
                const struct mash_hash *manifest_sha256, uint64_t entry)
{
    uint64_t number;
    enum mash_err err = mash_store_item_put(path->store, mailbox, kind, manifest_sha256, entry, &number);
    if (err == MASH_OK)
        mash_deliver_wake(path, mailbox);
    return err;
}

enum mash_err
mash_path_seen(struct mash_path *path, const char *mailbox)
{
    uint64_t seen_ms = 0, now_ms = path->group.now_ms;
    enum mash_err err = mash_store_seen_get(path->store, mailbox, &seen_ms);
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    /* a time to come is left from a clock that was wrong: it would read as "seen" until then */
    if (seen_ms <= now_ms && now_ms < seen_ms + SEEN_EVERY_MS)
        return MASH_OK;
    path->group.changed = true;
    return mash_store_seen_put(path->store, mailbox, now_ms);
}

uint64_t
mash_path_also_ms(const struct mash_path *path)
{
    uint64_t mono_ms = mash_clock_mono_ms(&path->clock);
    return mono_ms < path->clock_doubted_ms ? mono_ms + (uint64_t)path->clock_before_ms
                                            : mash_clock_wall_ms(&path->clock);
}

bool
mash_path_valid(const struct mash_path *path, uint64_t valid_from_ms, uint64_t valid_to_ms)
{
    return mash_valid_at(valid_from_ms, valid_to_ms, path->group.now_ms) ||
           mash_valid_at(valid_from_ms, valid_to_ms, path->group.also_ms);
}

bool
mash_path_promise(struct mash_path *path, size_t bytes)
{
    size_t half = path->sink.room(path->sink.ctx) / 2;
    if (bytes > half || path->group.promised > half - bytes)
        return false;
    path->group.promised += bytes;
    return true;
}

enum mash_err
mash_path_send(struct mash_path *path, uint64_t connection, const Mash__Answer *answer)
{
    struct mash_bytes bytes = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = mash_message_encode(answer, &bytes);
    if (err == MASH_OK)
        path->sink.answer(path->sink.ctx, connection, mash_bytes_span(&bytes));
    mash_bytes_free(&bytes);
    return err;
}
