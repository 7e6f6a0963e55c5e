/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c - see mash/client.h: collecting what waits, mailbox by mailbox.  Pull with credit: a whole page
 * of deliveries is taken from the link before the first is judged, since judging may need to ask. */
#include "clients/lib/client.h"

#include <stdlib.h>
#include <string.h>

#include "clients/lib/arrival.h"
#include "clients/lib/session.h"
#include "clients/lib/settle.h"
#include "clients/lib/statuses.h"

#define CREDIT 16u          /* deliveries of up to 1.25 MiB in memory at once */
#define WAIT_MAX_MS 60000u

struct page {
    size_t count;
    Mash__Answer *answers[CREDIT];
};

static void
page_free(struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        mash_message_free(&page->answers[i]);
    page->count = 0;
}

/* One Fetch: its deliveries until the answer without one. */
static enum mash_err
page_fetch(struct mash_client *client, const char *mailbox, uint32_t wait_ms, struct page *page)
{
    Mash__Fetch fetch = MASH__FETCH__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__Answer *answer = NULL;
    enum mash_err err = mash_client_connect(client); /* an exchange that was restored numbers anew */
    if (err == MASH_OK)
        err = mash_home_cursor_get(client->store, mailbox, &fetch.after);
    if (err != MASH_OK)
        return err;
    fetch.mailbox = (char *)(uintptr_t)mailbox;
    fetch.credit = CREDIT;
    fetch.wait_ms = wait_ms;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &fetch;
    err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_DELIVERY, &answer);
    while (err == MASH_OK && answer->result_case == MASH__ANSWER__RESULT_DELIVERY) {
        if (page->count == CREDIT || strcmp(answer->delivery->mailbox, mailbox) != 0) {
            mash_message_free(&answer);
            mash_session_end(client);
            return mash_client_fail(client, MASH_E_FORMAT, "the exchange gave more or other than was asked for");
        }
        page->answers[page->count++] = answer;
        answer = NULL;
        err = mash_session_more(client, 0, &answer);
    }
    mash_message_free(&answer);
    return err;
}

static enum mash_err
collect_mailbox(struct mash_client *client, const char *mailbox, uint32_t wait_ms, struct page *page,
                struct mash_collected *counts)
{
    enum mash_err err;
    size_t taken;
    do {
        err = page_fetch(client, mailbox, wait_ms, page);
        /* what came before a broken connection is good all the same */
        enum mash_err took = MASH_OK;
        taken = page->count;
        for (size_t i = 0; took == MASH_OK && i < page->count; i++)
            took = mash_arrival_take(client, page->answers[i]->delivery, counts);
        page_free(page);
        if (took != MASH_OK)
            return took;
        wait_ms = 0;
    } while (err == MASH_OK && taken > 0);
    return err;
}

/* Confirm and open what is stored, also when the exchange has just gone. */
static enum mash_err
finish(struct mash_client *client, enum mash_err err, struct mash_collected *counts)
{
    char why[sizeof(client->why)];
    memcpy(why, client->why, sizeof(why));
    enum mash_err settled = mash_settle_all(client, counts);
    if (settled == MASH_OK && err == MASH_OK)
        return mash_statuses_flush(client);
    if (settled == MASH_OK)
        memcpy(client->why, why, sizeof(why));
    return settled == MASH_OK ? err : settled;
}

static bool
anything(const struct mash_collected *counts)
{
    return counts->notices + counts->again + counts->statuses + counts->reports + counts->quarantined > 0;
}

static enum mash_err
collect_round(struct mash_client *client, uint32_t wait_ms, struct page *page, struct mash_collected *counts)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < client->conf.n_mailboxes; i++)
        err = collect_mailbox(client, client->conf.mailboxes[i], wait_ms, page, counts);
    return finish(client, err, counts);
}

enum mash_err
mash_client_collect(struct mash_client *client, uint32_t wait_ms, struct mash_collected *ret_collected)
{
    struct mash_collected counts = { 0 };
    struct page *page = calloc(1, sizeof(*page));
    if (page == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = collect_round(client, 0, page, &counts);
    if (wait_ms > WAIT_MAX_MS)
        wait_ms = WAIT_MAX_MS;
    /* each mailbox of several has its share of the waiting */
    if (err == MASH_OK && wait_ms > 0 && !anything(&counts))
        err = collect_round(client, wait_ms / (uint32_t)client->conf.n_mailboxes, page, &counts);
    free(page);
    *ret_collected = counts; /* also on errors: what is stored is stored */
    return err;
}
