/* SPDX-License-Identifier: Apache-2.0 */
/* track.c - all log entries about one notice, with proofs, for an agency that sent or received it; for
 * anybody else it does not exist.  Reading the log is an entry of its own. */
#include "daemon/path/question.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/path/party.h"

enum { ENTRIES_MAX = 1024 };

/* What one Answer may hold (the rest is asked for with `after`), with room for what is around the proofs. */
#define TRACKED_BYTES_MAX (MASH_FRAME_MAX - 64u * 1024u)

static struct mash_hash
asked(const struct mash_request *request)
{
    struct mash_hash sha256 = { 0 };
    ProtobufCBinaryData field = request->message->track->manifest_sha256;
    if (field.len == sizeof(sha256.bytes))
        memcpy(sha256.bytes, field.data, sizeof(sha256.bytes));
    return sha256;
}

enum mash_err
mash_track_allow(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_hash sha256 = asked(flight->request);
    bool is_party;
    enum mash_err err = mash_party_is(path, &sha256, flight->request->installation->agency->id, &is_party);
    if (err != MASH_OK)
        return err;
    if (!is_party)
        mash_flight_settle(flight, MASH_ANSWER_UNKNOWN, "%s", "");
    else if (!mash_path_promise(path, TRACKED_BYTES_MAX))
        mash_flight_settle(flight, MASH_ANSWER_BUSY, "%s", "");
    return MASH_OK;
}

/* The entries of one Answer; more: there are others behind them. */
struct found {
    uint64_t entries[ENTRIES_MAX + 1];
    size_t count;
    bool more;
};

static enum mash_err
find_entries(struct mash_path *path, const struct mash_request *request, struct found *found)
{
    struct mash_hash sha256 = asked(request);
    enum mash_err err = mash_store_about(path->store, &sha256, request->message->track->after, found->entries,
                                         ENTRIES_MAX + 1, &found->count);
    found->more = err == MASH_OK && found->count > ENTRIES_MAX;
    if (found->more)
        found->count = ENTRIES_MAX;
    return err;
}

enum mash_err
mash_track_begin(struct mash_path *path, struct mash_request *request)
{
    struct found found;
    enum mash_err err = find_entries(path, request, &found);
    if (err != MASH_OK || found.count == 0)
        return err;
    Mash__LogReadDetail read = MASH__LOG_READ_DETAIL__INIT;
    read.key_id = mash_span_field(mash_span(request->link_id.bytes, MASH_KEY_ID_BYTES));
    read.what = (char *)(uintptr_t)"track";
    read.first = found.entries[0];
    read.last = found.entries[found.count - 1];
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_LOG_READ;
    detail.log_read = &read;
    uint64_t index;
    return mash_path_append(path, &detail, &index);
}

static enum mash_err
send_tracked(struct mash_path *path, const struct mash_request *request, Mash__Tracked *tracked)
{
    Mash__Answer answer;
    mash_question_answer_init(request, &answer);
    answer.result_case = MASH__ANSWER__RESULT_TRACKED;
    answer.tracked = tracked;
    return mash_path_send(path, request->connection, &answer);
}

enum mash_err
mash_track_answer(struct mash_path *path, const struct mash_request *request)
{
    struct found found;
    size_t used = 0;
    enum mash_err err = find_entries(path, request, &found);
    if (err != MASH_OK)
        return err;
    Mash__TrackedEntry *rows = calloc(found.count + 1, sizeof(*rows));
    Mash__TrackedEntry **messages = calloc(found.count + 1, sizeof(Mash__TrackedEntry *));
    struct mash_bytes *proofs = calloc(found.count + 1, sizeof(*proofs));
    Mash__Tracked tracked = MASH__TRACKED__INIT;
    tracked.entries = messages;
    tracked.more = found.more;
    if (rows == NULL || messages == NULL || proofs == NULL)
        err = MASH_E_NOMEM;
    for (size_t i = 0; err == MASH_OK && i < found.count; i++) {
        proofs[i] = mash_bytes_max(MASH_RECEIPT_MAX);
        err = mash_path_proof(path, found.entries[i], &proofs[i]);
        used += proofs[i].len;
        if (used > TRACKED_BYTES_MAX) {
            tracked.more = true;
            break;
        }
        mash__tracked_entry__init(&rows[i]);
        rows[i].proof = mash_span_field(mash_bytes_span(&proofs[i]));
        messages[tracked.n_entries++] = &rows[i];
    }
    if (err == MASH_OK)
        err = send_tracked(path, request, &tracked);
    for (size_t i = 0; proofs != NULL && i < found.count; i++)
        mash_bytes_free(&proofs[i]);
    free(proofs);
    free(messages);
    free(rows);
    return err;
}
