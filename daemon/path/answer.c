/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - last stage: what the asker is told, with receipts; runs only after the commit. */
#include "daemon/path/stage.h"

#include <stdlib.h>

enum { SENTENCE_MAX = 512 };

/* One Outcome with the memory that it points into. */
struct outcome {
    Mash__Outcome message;
    char sentence[SENTENCE_MAX];
    struct mash_bytes receipt;
    char *bad_fields[MASH_FAULTS_MAX];
};

static enum mash_err
fill_outcome(struct mash_path *path, const struct mash_flight *flight, struct outcome *out)
{
    const struct mash_answer *row = mash_answer(flight->answer);
    mash__outcome__init(&out->message);
    mash_flight_sentence(flight, out->sentence, sizeof(out->sentence));
    out->message.sha256 = mash_span_field(mash_hash_span(&flight->sha256));
    out->message.code = row->code;
    out->message.sub_code = (char *)(uintptr_t)row->sub_code;
    out->message.sentence = out->sentence;
    if (flight->faults != NULL) {
        for (size_t i = 0; i < flight->faults->count; i++)
            out->bad_fields[i] = flight->faults->lines[i];
        out->message.n_bad_fields = flight->faults->count;
        out->message.bad_fields = out->bad_fields;
    }
    if (flight->answer == MASH_ANSWER_STATUS_SEQUENCE && flight->sequence > 0) {
        out->message.sequence = flight->sequence;
        out->message.previous_sha256 = mash_span_field(mash_hash_span(&flight->previous));
    }
    out->receipt = mash_bytes_max(MASH_RECEIPT_MAX);
    if (!flight->logged)
        return MASH_OK;
    enum mash_err err = mash_path_proof(path, flight->entry, &out->receipt);
    out->message.receipt = mash_span_field(mash_bytes_span(&out->receipt));
    return err;
}

static enum mash_err
answer_submission(struct mash_path *path, struct mash_request *request)
{
    size_t count = request->n_flights;
    Mash__Outcomes outcomes = MASH__OUTCOMES__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    struct outcome *rows = calloc(count, sizeof(*rows));
    Mash__Outcome **messages = calloc(count, sizeof(Mash__Outcome *));
    enum mash_err err = rows == NULL || messages == NULL ? MASH_E_NOMEM : MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        messages[i] = &rows[i].message;
        err = fill_outcome(path, &request->flights[i], &rows[i]);
    }
    if (err == MASH_OK) {
        outcomes.n_outcomes = count;
        outcomes.outcomes = messages;
        const struct mash_answer *row = mash_answer(MASH_ANSWER_OK);
        answer.id = request->message->id;
        answer.code = row->code;
        answer.sub_code = (char *)(uintptr_t)row->sub_code;
        answer.sentence = (char *)(uintptr_t)"Each is answered for itself.";
        answer.result_case = MASH__ANSWER__RESULT_OUTCOMES;
        answer.outcomes = &outcomes;
        err = mash_path_send(path, request->connection, &answer);
    }
    for (size_t i = 0; rows != NULL && i < count; i++)
        mash_bytes_free(&rows[i].receipt);
    free(messages);
    free(rows);
    return err;
}

/* The id that the answer names, also when accept refused before anything was read; 0: it has none. */
static uint64_t
request_id(struct mash_request *request)
{
    if (request->message == NULL && request->frame.len <= MASH_FRAME_MAX &&
        mash_message_decode(&mash__request__descriptor, mash_bytes_span(&request->frame), &request->message) !=
            MASH_OK)
        return 0;
    return request->message != NULL ? request->message->id : 0;
}

static enum mash_err
answer_refused(struct mash_path *path, struct mash_request *request)
{
    char sentence[SENTENCE_MAX];
    const struct mash_answer *row = mash_answer(request->whole.answer);
    Mash__Answer answer = MASH__ANSWER__INIT;
    mash_flight_sentence(&request->whole, sentence, sizeof(sentence));
    answer.id = request_id(request);
    answer.code = row->code;
    answer.sub_code = (char *)(uintptr_t)row->sub_code;
    answer.sentence = sentence;
    return mash_path_send(path, request->connection, &answer);
}

enum mash_err
mash_stage_answer(struct mash_path *path, struct mash_request *request)
{
    if (request->fetching)
        return MASH_OK; /* deliver answers it */
    if (request->whole.settled)
        return answer_refused(path, request);
    if (request->n_flights > 0)
        return answer_submission(path, request);
    return mash_question(request->message->ask_case)->answer(path, request);
}
