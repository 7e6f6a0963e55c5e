/* SPDX-License-Identifier: Apache-2.0 */
/* route.c - fifth stage: who must hear of it.  A notice makes one obligation and one waiting item for each
 * recipient and a row for its sender; a status moves its mailbox's row and waits for the sender. */
#include "daemon/path/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/path/party.h"
#include "daemon/path/staffed.h"

static enum mash_err
put_row(struct mash_path *path, const struct mash_flight *flight, const char *mailbox,
        const Mash__Recipient *recipient)
{
    struct mash_store_obligation row = { 0 };
    row.manifest_sha256 = flight->sha256;
    (void)snprintf(row.mailbox, sizeof(row.mailbox), "%s", mailbox);
    row.sender = recipient == NULL;
    if (recipient != NULL) {
        (void)snprintf(row.cover_for, sizeof(row.cover_for), "%s", recipient->cover_for);
        row.action = recipient->duty == MASH__DUTY__DUTY_ACTION;
        row.lead = recipient->lead;
    }
    row.progress = mash_progress_start();
    row.held_ms = path->group.entry_ms;
    return mash_store_obligation_put(path->store, &row);
}

/* Who owes action and was not seen for longer than this type is to be collected in, or is out of hours, is
 * named with the number to ring now: being held is not being read (design: "Limits and answers"). */
static enum mash_err
warn_unlikely(struct mash_path *path, struct mash_flight *flight, const Mash__Recipient *recipient)
{
    const struct mash_type_rule *rule = mash_bundle_type_rule(path->view.bundle, flight->manifest->type);
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(path->view.bundle, recipient->mailbox);
    uint64_t seen_ms = 0;
    enum mash_err err = mash_store_seen_get(path->store, recipient->mailbox, &seen_ms);
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    uint32_t within_s =
        flight->manifest->immediate ? rule->immediate_collect_within_s : rule->collect_within_s;
    /* seen later than now: the clock was wrong then, so nobody knows when */
    bool seen = seen_ms <= path->group.now_ms + MASH_AHEAD_FLAG_MS &&
                seen_ms + (uint64_t)within_s * 1000u >= path->group.now_ms;
    bool staffed = mash_staffed(path->view.bundle, mailbox, path->group.now_ms);
    if (recipient->duty != MASH__DUTY__DUTY_ACTION || (seen && staffed))
        return MASH_OK;
    size_t used = flight->answer == MASH_ANSWER_HELD_RING ? strlen(flight->more) : 0;
    flight->answer = MASH_ANSWER_HELD_RING;
    (void)snprintf(flight->more + used, sizeof(flight->more) - used, "%s%s%s: %s", used > 0 ? "; " : "",
                   mailbox->name, staffed ? "" : " (out of hours)", mailbox->phone);
    return MASH_OK;
}

static enum mash_err
route_notice(struct mash_path *path, struct mash_flight *flight)
{
    flight->answer = MASH_ANSWER_HELD;
    enum mash_err err = put_row(path, flight, flight->mailbox->address, NULL);
    if (err == MASH_OK)
        err = mash_path_seen(path, flight->mailbox->address);
    for (size_t i = 0; err == MASH_OK && i < flight->manifest->n_recipients; i++) {
        const Mash__Recipient *recipient = flight->manifest->recipients[i];
        err = put_row(path, flight, recipient->mailbox, recipient);
        if (err == MASH_OK)
            err = mash_path_queue(path, recipient->mailbox, MASH_ITEM_NOTICE, &flight->sha256, flight->entry);
        if (err == MASH_OK)
            err = warn_unlikely(path, flight, recipient);
    }
    return err;
}

/* A mailbox and its cover are one obligation that either satisfies. */
static enum mash_err
satisfy_pair(struct mash_path *path, const struct mash_store_obligation *by, uint64_t time_ms)
{
    struct mash_store_obligation *rows;
    size_t count;
    enum mash_err err = mash_party_rows(path, &by->manifest_sha256, &rows, &count);
    if (err != MASH_OK)
        return err;
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        bool pair = strcmp(rows[i].cover_for, by->mailbox) == 0 || strcmp(by->cover_for, rows[i].mailbox) == 0;
        if (!pair || rows[i].acknowledged_ms != 0)
            continue;
        rows[i].acknowledged_ms = time_ms;
        err = mash_store_obligation_put(path->store, &rows[i]);
    }
    free(rows);
    return err;
}

/* After a recall nothing waits any more; a mailbox that it was handed to before is told. */
static enum mash_err
withdraw(struct mash_path *path, const struct mash_flight *flight)
{
    const struct mash_hash *sha256 = &flight->obligation.manifest_sha256;
    struct mash_store_obligation *rows;
    size_t count;
    enum mash_err err = mash_party_rows(path, sha256, &rows, &count);
    if (err != MASH_OK)
        return err;
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        if (rows[i].sender)
            continue;
        rows[i].progress.withdrawn = true;
        err = mash_store_obligation_put(path->store, &rows[i]);
        if (err == MASH_OK)
            err = mash_store_item_retire(path->store, rows[i].mailbox, sha256);
        if (err == MASH_OK && rows[i].progress.delivered_entry != 0)
            err = mash_path_queue(path, rows[i].mailbox, MASH_ITEM_STATUS, sha256, flight->entry);
    }
    free(rows);
    return err;
}

/* The sender's row: there is nothing left to recall. */
static enum mash_err
tell_sender_row(struct mash_path *path, const struct mash_flight *flight)
{
    struct mash_store_obligation row;
    enum mash_err err = mash_store_obligation_get(path->store, &flight->obligation.manifest_sha256,
                                                  flight->manifest->from, &row);
    if (err != MASH_OK || !row.sender)
        return err;
    row.progress = mash_progress_collected_by_recipient(&row.progress);
    return mash_store_obligation_put(path->store, &row);
}

/* Declining does not: nobody is dealing with it, and a cover that declines leaves the other mailbox owing. */
static bool
takes_it_on(Mash__State state)
{
    return state == MASH__STATE__STATE_ACKNOWLEDGED || state == MASH__STATE__STATE_PASSED_TO ||
           state == MASH__STATE__STATE_DECIDED;
}

static enum mash_err
route_status(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_store_obligation *row = &flight->obligation;
    uint64_t now_ms = path->group.entry_ms;
    Mash__State state = flight->status->state;
    flight->answer = MASH_ANSWER_STATUS_LOGGED;
    row->progress = mash_progress_next(&row->progress, flight->status, &flight->sha256);
    bool first_collected = !row->sender && row->collected_ms == 0;
    if (first_collected)
        row->collected_ms = now_ms;
    bool taken_on = takes_it_on(state) && row->acknowledged_ms == 0;
    if (taken_on)
        row->acknowledged_ms = now_ms;
    enum mash_err err = mash_store_obligation_put(path->store, row);
    if (err == MASH_OK)
        err = mash_path_seen(path, row->mailbox);
    if (err == MASH_OK && state == MASH__STATE__STATE_COLLECTED)
        err = mash_store_collector_put(path->store, &row->manifest_sha256, row->mailbox,
                                       &flight->request->link_id);
    if (err == MASH_OK && taken_on)
        err = satisfy_pair(path, row, now_ms);
    if (err == MASH_OK && state == MASH__STATE__STATE_RECALLED)
        return withdraw(path, flight);
    if (err == MASH_OK && first_collected)
        err = tell_sender_row(path, flight);
    if (err == MASH_OK && first_collected)
        err = mash_store_item_retire(path->store, row->mailbox, &row->manifest_sha256);
    if (err == MASH_OK)
        err = mash_path_queue(path, flight->manifest->from, MASH_ITEM_STATUS, &row->manifest_sha256,
                              flight->entry);
    return err;
}

enum mash_err
mash_stage_route(struct mash_path *path, struct mash_flight *flight)
{
    if (flight->notice != NULL)
        return route_notice(path, flight);
    if (flight->status != NULL)
        return route_status(path, flight);
    const struct mash_question *question = mash_question(flight->request->message->ask_case);
    return question->begin != NULL ? question->begin(path, flight->request) : MASH_OK;
}
