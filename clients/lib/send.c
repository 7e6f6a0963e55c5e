/* SPDX-License-Identifier: Apache-2.0 */
/* send.c - see mash/client.h: sending, sending again, and taking a notice out of the outbox. */
#include "clients/lib/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/draft.h"
#include "clients/lib/outgoing.h"
#include "clients/lib/statuses.h"
#include "proto/answer.h"
#include "proto/uuid.h"

#define RUN_ROWS 16u /* rows in memory at once: each may hold a body of 1 MiB */

static struct mash_outbox_row *
rows_new(size_t n)
{
    struct mash_outbox_row *rows = calloc(n, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < n; i++)
        mash_outbox_row_init(&rows[i]);
    return rows;
}

static void
rows_free(struct mash_outbox_row *rows, size_t n)
{
    for (size_t i = 0; rows != NULL && i < n; i++)
        mash_outbox_row_free(&rows[i]);
    free(rows);
}

static enum mash_err
store_drafts(struct mash_client *client, const struct mash_outbox_row *rows, size_t n)
{
    enum mash_err err = mash_home_begin(client->store);
    for (size_t i = 0; err == MASH_OK && i < n; i++)
        err = mash_home_outbox_add(client->store, &rows[i]);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the outbox could not be written, nothing was sent: %s",
                                mash_strerror(err));
    return MASH_OK;
}

enum mash_err
mash_client_send(struct mash_client *client, const struct mash_draft *drafts, size_t n,
                 struct mash_result *ret_results)
{
    if (n < 1 || n > MASH_SUBMIT_MAX)
        return mash_client_fail(client, MASH_E_VALUE, "not 1 to %u notices at once", MASH_SUBMIT_MAX);
    struct mash_outbox_row *rows = rows_new(n);
    if (rows == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < n; i++)
        err = mash_draft_row(client, &drafts[i], &rows[i]);
    if (err == MASH_OK)
        err = store_drafts(client, rows, n);
    if (err == MASH_OK)
        err = mash_outgoing_run(client, rows, n, ret_results);
    rows_free(rows, n);
    return err;
}

/* Answers after which the same bytes can never be accepted, but sealing and signing anew may help. */
static bool
seal_again(const struct mash_outbox_row *row)
{
    static const enum mash_answer_id ids[] = { MASH_ANSWER_SIGNATURE,  MASH_ANSWER_KEY_UNKNOWN,
                                               MASH_ANSWER_KEY_EXPIRED, MASH_ANSWER_BUNDLE_OLD,
                                               MASH_ANSWER_KEY_SUSPENDED, MASH_ANSWER_BODY_MISMATCH,
                                               MASH_ANSWER_BODY_KEYS,  MASH_ANSWER_SEAL_KEY };
    for (size_t i = 0; row->state == MASH_OUTBOX_SEALED && i < sizeof(ids) / sizeof(ids[0]); i++)
        if (row->code == mash_answer(ids[i])->code && strcmp(row->sub_code, mash_answer(ids[i])->sub_code) == 0)
            return true;
    return false;
}

static bool
refused(const struct mash_outbox_row *row)
{
    return row->code >= 400 && mash_answer_exit_code(row->code, row->sub_code) == MASH_END_REFUSED;
}

/* After a restore of the exchange the notice that this one answers may come back later than this one. */
static bool
may_come_back(const struct mash_outbox_row *row)
{
    const struct mash_answer *reply = mash_answer(MASH_ANSWER_REPLY_UNKNOWN);
    return row->state == MASH_OUTBOX_SEALED && row->code == reply->code && strcmp(row->sub_code, reply->sub_code) == 0;
}

/* Run the rows with these ids that still wait.  all: leave out what was refused for good, since only a
 * person can do something about it; what is sealed wrongly is sealed again in any case. */
static enum mash_err
run_ids(struct mash_client *client, uint8_t (*ids)[MASH_ID_BYTES], size_t n, bool all, mash_result_fn *fn, void *ctx)
{
    struct mash_result results[RUN_ROWS];
    struct mash_outbox_row *rows = calloc(RUN_ROWS, sizeof(*rows));
    size_t count = 0;
    enum mash_err err = rows != NULL ? MASH_OK : MASH_E_NOMEM;
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        err = mash_home_outbox_get(client->store, ids[i], &rows[count]);
        if (err != MASH_OK)
            break;
        bool waits = rows[count].state == MASH_OUTBOX_DRAFT || rows[count].state == MASH_OUTBOX_SEALED;
        bool again = seal_again(&rows[count]);
        if (!waits || (all && refused(&rows[count]) && !again && !may_come_back(&rows[count]))) {
            mash_outbox_row_free(&rows[count]);
            continue;
        }
        if (again)
            err = mash_draft_again(client, &rows[count]);
        count++;
    }
    if (err == MASH_OK && count > 0)
        err = mash_outgoing_run(client, rows, count, results);
    for (size_t i = 0; err == MASH_OK && i < count; i++)
        if (fn != NULL)
            fn(ctx, &results[i]);
    rows_free(rows, count);
    return err;
}

static enum mash_err
resubmit_all(struct mash_client *client, mash_result_fn *fn, void *ctx)
{
    enum mash_err err = MASH_OK;
    uint64_t position = 0;
    for (size_t count = RUN_ROWS; err == MASH_OK && count == RUN_ROWS;) {
        uint8_t ids[RUN_ROWS][MASH_ID_BYTES];
        err = mash_home_outbox_list(client->store, true, position, ids, RUN_ROWS, &count, &position);
        if (err == MASH_OK && count > 0)
            err = run_ids(client, ids, count, true, fn, ctx);
    }
    return err;
}

enum mash_err
mash_client_resubmit(struct mash_client *client, const char *id, mash_result_fn *fn, void *ctx)
{
    enum mash_err err;
    uint8_t ids[1][MASH_ID_BYTES];
    if (id == NULL) {
        /* first, also when nothing seems to wait: an exchange that was restored makes more wait */
        err = mash_client_connect(client);
        if (err != MASH_E_NOMEM && err != MASH_E_FULL && err != MASH_E_IO)
            err = resubmit_all(client, fn, ctx); /* without connection the rows say so */
    }
    else if (mash_uuid_parse(id, ids[0]) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not the id of a notice", id);
    else
        err = run_ids(client, ids, 1, false, fn, ctx);
    if (err == MASH_E_UNKNOWN)
        return mash_client_fail(client, err, "there is no such notice in the outbox");
    if (err != MASH_OK)
        return err;
    err = mash_statuses_flush(client);
    /* the notices have told how they ended; statuses wait for the next time */
    return err == MASH_E_AGAIN || err == MASH_E_DENIED || err == MASH_E_SIGNATURE ? MASH_OK : err;
}

enum mash_err
mash_client_forget(struct mash_client *client, const char *id, const char *reason)
{
    uint8_t notice_id[MASH_ID_BYTES];
    struct mash_outbox_row row;
    if (mash_uuid_parse(id, notice_id) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not the id of a notice", id);
    if (reason == NULL || reason[0] == '\0')
        return mash_client_fail(client, MASH_E_VALUE, "a reason is needed: it stays in the record");
    enum mash_err err = mash_home_outbox_get(client->store, notice_id, &row);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "there is no such notice in the outbox");
    if (row.state == MASH_OUTBOX_HELD)
        err = mash_client_fail(client, MASH_E_DENIED, "the exchange holds it: recall it instead");
    if (err == MASH_OK) {
        row.state = MASH_OUTBOX_FORGOTTEN;
        row.tried_ms = mash_client_now(client);
        (void)snprintf(row.sentence, sizeof(row.sentence), "taken out of the outbox: %s", reason);
        err = mash_home_outbox_update(client->store, &row);
        if (err != MASH_OK)
            (void)mash_client_fail(client, err, "the outbox could not be written: %s", mash_strerror(err));
    }
    mash_outbox_row_free(&row);
    return err;
}
