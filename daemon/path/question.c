/* SPDX-License-Identifier: Apache-2.0 */
/* question.c - the table of questions, and Fetch, whose answer is deliver's. */
#include "daemon/path/question.h"

#include <stddef.h>

#include "daemon/path/deliver.h"

static const struct {
    Mash__Request__AskCase ask;
    struct mash_question question;
} questions[] = {
    { MASH__REQUEST__ASK_HELLO, { mash_hello_allow, mash_hello_begin, mash_hello_answer } },
    { MASH__REQUEST__ASK_FETCH, { mash_fetch_allow, mash_fetch_begin, NULL } },
    { MASH__REQUEST__ASK_GET_BUNDLE, { mash_get_bundle_allow, NULL, mash_get_bundle_answer } },
    { MASH__REQUEST__ASK_CHECK, { mash_reach_allow, NULL, mash_reach_answer } },
    { MASH__REQUEST__ASK_TRACK, { mash_track_allow, mash_track_begin, mash_track_answer } },
    { MASH__REQUEST__ASK_GET_CONSISTENCY, { mash_consistency_allow, NULL, mash_consistency_answer } },
    { MASH__REQUEST__ASK_SUSPEND, { mash_suspend_allow, mash_suspend_begin, mash_suspend_answer } },
};

const struct mash_question *
mash_question(Mash__Request__AskCase ask)
{
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (questions[i].ask == ask)
            return &questions[i].question;
    return NULL;
}

void
mash_question_answer_init(const struct mash_request *request, Mash__Answer *ret_answer)
{
    const struct mash_answer *row = mash_answer(MASH_ANSWER_OK);
    mash__answer__init(ret_answer);
    ret_answer->id = request->message->id;
    ret_answer->code = row->code;
    ret_answer->sub_code = (char *)(uintptr_t)row->sub_code;
    ret_answer->sentence = (char *)(uintptr_t)row->sentence;
}

enum mash_err
mash_fetch_allow(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__Fetch *ask = flight->request->message->fetch;
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(path->view.bundle, ask->mailbox);
    if (mailbox == NULL || mailbox->agency != flight->request->installation->agency)
        mash_flight_settle(flight, MASH_ANSWER_NOT_YOUR_MAILBOX, "%s", "");
    else if (mash_view_mailbox_suspended(&path->view, mailbox->address))
        mash_flight_settle(flight, MASH_ANSWER_MAILBOX_SUSPENDED, "(%s)", mailbox->address);
    else if (ask->credit < 1 || ask->credit > MASH_CREDIT_MAX)
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "(credit: 1 to %u)", MASH_CREDIT_MAX);
    else if (ask->wait_ms > MASH_FETCH_WAIT_MAX_MS)
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "(wait_ms: at most %u)", MASH_FETCH_WAIT_MAX_MS);
    else if (ask->after > INT64_MAX)
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "%s", "(after: no such number)");
    return MASH_OK;
}

enum mash_err
mash_fetch_begin(struct mash_path *path, struct mash_request *request)
{
    enum mash_err err = mash_deliver_open(path, request);
    if (err != MASH_E_FULL)
        return err;
    mash_flight_settle(&request->whole, MASH_ANSWER_TOO_MANY, "%s", "(open fetches)");
    return MASH_OK;
}
