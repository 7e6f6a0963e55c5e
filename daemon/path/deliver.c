/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.c - see deliver.h. */
#include "daemon/path/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/path/hand_over.h"
#include "daemon/proc/log.h"

enum { SCAN_MAX = 64 };

struct fetch {
    uint64_t connection, id;
    struct mash_key_id link_id;
    char mailbox[MASH_ADDRESS_MAX + 1];
    uint64_t cursor;      /* handed over up to here */
    uint64_t scanned;     /* chosen up to here in this group */
    uint32_t credit, delivered;
    uint64_t deadline_ms; /* monotonic */
    bool fresh;           /* not looked at yet */
    bool due;             /* something may wait */
    bool looked;          /* in this group */
    bool more;            /* that look did not reach the end */
    bool over;            /* to be ended with end */
    enum mash_answer_id end;
};

struct chosen {
    size_t fetch; /* its place in rows */
    struct mash_store_item item;
    uint64_t delivery_entry; /* of a notice */
};

struct mash_fetches {
    struct fetch *rows; /* oldest first: whoever fetches again goes behind those that wait, so none starves */
    size_t count, cap;
    struct chosen chosen[MASH_DELIVERIES_GROUP_MAX];
    size_t n_chosen;
    size_t failed; /* place of the Fetch at which gather() stopped; SIZE_MAX: none */
};

enum mash_err
mash_fetches_open(struct mash_fetches **ret_fetches)
{
    struct mash_fetches *fetches = calloc(1, sizeof(*fetches));
    if (fetches == NULL)
        return MASH_E_NOMEM;
    fetches->failed = SIZE_MAX;
    *ret_fetches = fetches;
    return MASH_OK;
}

void
mash_fetches_close(struct mash_fetches **fetches_p)
{
    if (*fetches_p == NULL)
        return;
    free((*fetches_p)->rows);
    free(*fetches_p);
    *fetches_p = NULL;
}

static size_t
open_on(const struct mash_fetches *fetches, uint64_t connection)
{
    size_t count = 0;
    for (size_t i = 0; i < fetches->count; i++)
        count += fetches->rows[i].connection == connection ? 1 : 0;
    return count;
}

static enum mash_err
make_room(struct mash_fetches *fetches)
{
    if (fetches->count < fetches->cap)
        return MASH_OK;
    size_t cap = fetches->cap == 0 ? 16 : fetches->cap * 2;
    struct fetch *rows = realloc(fetches->rows, cap * sizeof(*rows));
    if (rows == NULL)
        return MASH_E_NOMEM;
    fetches->rows = rows;
    fetches->cap = cap;
    return MASH_OK;
}

enum mash_err
mash_deliver_open(struct mash_path *path, struct mash_request *request)
{
    struct mash_fetches *fetches = path->fetches;
    const Mash__Fetch *ask = request->message->fetch;
    if (fetches->count == MASH_FETCHES_MAX ||
        open_on(fetches, request->connection) == MASH_FETCHES_CONNECTION_MAX)
        return MASH_E_FULL;
    enum mash_err err = make_room(fetches);
    if (err != MASH_OK)
        return err;
    struct fetch *fetch = &fetches->rows[fetches->count++];
    *fetch = (struct fetch){ 0 };
    fetch->connection = request->connection;
    fetch->id = request->message->id;
    fetch->link_id = request->link_id;
    (void)snprintf(fetch->mailbox, sizeof(fetch->mailbox), "%s", ask->mailbox);
    fetch->cursor = fetch->scanned = ask->after;
    fetch->credit = ask->credit;
    fetch->deadline_ms = mash_clock_mono_ms(&path->clock) + ask->wait_ms;
    fetch->fresh = fetch->due = true;
    request->fetching = true;
    return MASH_OK;
}

void
mash_deliver_wake(struct mash_path *path, const char *mailbox)
{
    struct mash_fetches *fetches = path->fetches;
    for (size_t i = 0; i < fetches->count; i++)
        if (mailbox == NULL || strcmp(fetches->rows[i].mailbox, mailbox) == 0)
            fetches->rows[i].due = true;
}

/* Only between groups: chosen rows name fetches by place. */
void
mash_deliver_gone(struct mash_path *path, uint64_t connection)
{
    struct mash_fetches *fetches = path->fetches;
    size_t kept = 0;
    for (size_t i = 0; i < fetches->count; i++)
        if (connection != UINT64_MAX && fetches->rows[i].connection != connection)
            fetches->rows[kept++] = fetches->rows[i];
    fetches->count = kept;
}

/* Was the asker's right taken away since the Fetch was opened? */
static bool
still_allowed(struct mash_path *path, struct fetch *fetch)
{
    if (mash_view_link(&path->view, &fetch->link_id, path->group.now_ms, path->group.also_ms) == NULL)
        fetch->end = MASH_ANSWER_LINK_UNKNOWN;
    else if (mash_view_mailbox_suspended(&path->view, fetch->mailbox))
        fetch->end = MASH_ANSWER_MAILBOX_SUSPENDED;
    else
        return true;
    fetch->over = true;
    return false;
}

static enum mash_err
choose_items(struct mash_path *path, size_t at)
{
    struct mash_fetches *fetches = path->fetches;
    struct fetch *fetch = &fetches->rows[at];
    struct mash_store_item items[SCAN_MAX];
    size_t room = MASH_DELIVERIES_GROUP_MAX - fetches->n_chosen;
    size_t max = fetch->credit < room ? fetch->credit : room;
    size_t count = 0;
    if (max > SCAN_MAX)
        max = SCAN_MAX;
    enum mash_err err = MASH_OK;
    if (max > 0)
        err = mash_store_items_after(path->store, fetch->mailbox, fetch->cursor, items, max, &count);
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        struct chosen chosen = { .fetch = at, .item = items[i] };
        bool wanted = true;
        if (items[i].kind == MASH_ITEM_NOTICE)
            err = mash_hand_over_log(path, fetch->mailbox, &items[i], &fetch->link_id, &wanted,
                                     &chosen.delivery_entry);
        if (err == MASH_OK && wanted)
            fetches->chosen[fetches->n_chosen++] = chosen;
        fetch->scanned = items[i].number;
    }
    fetch->looked = true;
    fetch->more = count == max;
    return err;
}

enum mash_err
mash_deliver_gather(struct mash_path *path)
{
    struct mash_fetches *fetches = path->fetches;
    fetches->n_chosen = 0;
    fetches->failed = SIZE_MAX;
    enum mash_err err = MASH_OK;
    bool room = path->sink.room(path->sink.ctx) >= MASH_DELIVERY_ROOM;
    for (size_t i = 0; err == MASH_OK && i < fetches->count; i++) {
        struct fetch *fetch = &fetches->rows[i];
        fetch->scanned = fetch->cursor;
        fetch->looked = fetch->more = false;
        if (!fetch->due || fetch->over || !still_allowed(path, fetch))
            continue;
        if (fetch->fresh)
            err = mash_path_seen(path, fetch->mailbox);
        fetch->fresh = false;
        if (err == MASH_OK && room)
            err = choose_items(path, i);
        if (err != MASH_OK)
            fetches->failed = i;
    }
    return err;
}

static enum mash_err
send_end(struct mash_path *path, const struct fetch *fetch, enum mash_answer_id end)
{
    const struct mash_answer *row = mash_answer(end);
    Mash__Answer answer = MASH__ANSWER__INIT;
    answer.id = fetch->id;
    answer.code = row->code;
    answer.sub_code = (char *)(uintptr_t)row->sub_code;
    answer.sentence = (char *)(uintptr_t)row->sentence;
    return mash_path_send(path, fetch->connection, &answer);
}

/* Hand over in order; what does not fit into the sink waits, its delivery entry already logged. */
static enum mash_err
send_chosen(struct mash_path *path)
{
    struct mash_fetches *fetches = path->fetches;
    for (size_t i = 0; i < fetches->n_chosen; i++) {
        const struct chosen *chosen = &fetches->chosen[i];
        struct fetch *fetch = &fetches->rows[chosen->fetch];
        if (fetch->over)
            continue;
        if (path->sink.room(path->sink.ctx) < MASH_DELIVERY_ROOM) {
            for (; i < fetches->n_chosen; i++) {
                fetch = &fetches->rows[fetches->chosen[i].fetch];
                fetch->scanned = fetch->cursor; /* look again from where it stands */
                fetch->more = true;
            }
            break;
        }
        enum mash_err err = mash_hand_over_send(path, fetch->connection, fetch->id, fetch->mailbox,
                                                &chosen->item, chosen->delivery_entry);
        if (err == MASH_E_IO)
            return err;
        if (err != MASH_OK) { /* the client fetches again from where its own cursor stands */
            mash_log(MASH_LOG_WARN, "delivery-lost", "number=%llu why=\"%s\"",
                     (unsigned long long)chosen->item.number, mash_strerror(err));
            fetch->over = true;
            fetch->end = MASH_ANSWER_BUSY;
        }
        fetch->cursor = chosen->item.number;
        fetch->credit--;
        fetch->delivered++;
    }
    return MASH_OK;
}

/* Is this Fetch at its end, and how? */
static bool
is_over(const struct fetch *fetch, uint64_t mono_ms, enum mash_answer_id *ret_end)
{
    *ret_end = fetch->over ? fetch->end : MASH_ANSWER_FETCHED;
    if (fetch->over || fetch->credit == 0)
        return true;
    if (fetch->due)
        return false;
    return fetch->delivered > 0 || mono_ms >= fetch->deadline_ms;
}

enum mash_err
mash_deliver_send(struct mash_path *path)
{
    struct mash_fetches *fetches = path->fetches;
    enum mash_err err = send_chosen(path);
    fetches->n_chosen = 0;
    uint64_t mono_ms = mash_clock_mono_ms(&path->clock);
    size_t i = 0, kept = 0;
    for (; err == MASH_OK && i < fetches->count; i++) {
        struct fetch *fetch = &fetches->rows[i];
        enum mash_answer_id end;
        if (fetch->scanned > fetch->cursor)
            fetch->cursor = fetch->scanned; /* past what was skipped */
        if (fetch->looked)
            fetch->due = fetch->more;
        fetch->looked = false;
        if (is_over(fetch, mono_ms, &end))
            err = send_end(path, fetch, end);
        else
            fetches->rows[kept++] = *fetch;
    }
    while (i < fetches->count)
        fetches->rows[kept++] = fetches->rows[i++];
    fetches->count = kept;
    return err;
}

enum mash_err
mash_deliver_failed(struct mash_path *path, enum mash_answer_id why)
{
    struct mash_fetches *fetches = path->fetches;
    for (size_t i = 0; i < fetches->n_chosen; i++) {
        struct fetch *fetch = &fetches->rows[fetches->chosen[i].fetch];
        fetch->over = true;
        fetch->end = why;
    }
    fetches->n_chosen = 0;
    for (size_t i = 0; i < fetches->count; i++) {
        fetches->rows[i].scanned = fetches->rows[i].cursor;
        if (fetches->rows[i].due) { /* it was chosen for, or failed being so */
            fetches->rows[i].over = true;
            fetches->rows[i].end = why;
        }
    }
    return mash_deliver_send(path);
}

bool
mash_deliver_blame(struct mash_path *path, enum mash_answer_id why)
{
    struct mash_fetches *fetches = path->fetches;
    size_t failed = fetches->failed;
    fetches->failed = SIZE_MAX;
    fetches->n_chosen = 0;
    for (size_t i = 0; i < fetches->count; i++)
        fetches->rows[i].scanned = fetches->rows[i].cursor;
    if (failed >= fetches->count)
        return false;
    fetches->rows[failed].over = true;
    fetches->rows[failed].end = why;
    return true;
}

bool
mash_deliver_due(struct mash_path *path)
{
    const struct mash_fetches *fetches = path->fetches;
    bool due = false;
    for (size_t i = 0; i < fetches->count && !due; i++)
        due = fetches->rows[i].due;
    return due && path->sink.room(path->sink.ctx) >= MASH_DELIVERY_ROOM;
}

uint64_t
mash_deliver_deadline(const struct mash_path *path)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < path->fetches->count; i++)
        if (!path->fetches->rows[i].due && path->fetches->rows[i].deadline_ms < least)
            least = path->fetches->rows[i].deadline_ms;
    return least;
}
