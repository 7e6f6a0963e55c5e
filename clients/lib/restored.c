/* SPDX-License-Identifier: Apache-2.0 */
/* restored.c - see restored.h. */
#include "clients/lib/restored.h"

#include <stdio.h>
#include <string.h>

#include "proto/operator.h"
#include "proto/receipt.h"

#define PAGE 32u
#define CLOCKS_MS (2u * MASH_COMMAND_SKEW_MS) /* operator's clock against the broker's, both ways */
#define EVIDENCE_MAX (3u * MASH_CHECKPOINT_MAX)

/* ---- checking ---- */

/* The restores of a Welcome that are new to us. */
struct news {
    size_t count;
    struct mash_restored rows[MASH_RESTORES_MAX];
    const Mash__Restored *messages[MASH_RESTORES_MAX];
    uint64_t least; /* entries that remained after the worst of them */
};

/* Does head continue what the operators have confirmed? */
static enum mash_err
check_growth(const struct mash_restored *restored, const Mash__Restored *message, const struct mash_checkpoint *head)
{
    struct mash_hash path[MASH_TREE_PATH_MAX];
    if (message->n_consistency > MASH_TREE_PATH_MAX || restored->size > head->size)
        return MASH_E_SIGNATURE;
    for (size_t i = 0; i < message->n_consistency; i++) {
        if (message->consistency[i].len != MASH_HASH_BYTES)
            return MASH_E_SIGNATURE;
        memcpy(path[i].bytes, message->consistency[i].data, MASH_HASH_BYTES);
    }
    return mash_tree_verify_consistency(restored->size, &restored->root, head->size, &head->root, path,
                                        message->n_consistency);
}

/* One of them, verified.  MASH_E_CONFLICT: taken in before; MASH_E_SIGNATURE: not to be believed. */
static enum mash_err
open_one(struct mash_client *client, const Mash__Restored *message, const struct mash_checkpoint *head,
         struct mash_restored *ret_restored)
{
    enum mash_err err = mash_restored_open(client->bundle, message, ret_restored);
    if (err == MASH_E_NOMEM)
        return err;
    if (err != MASH_OK || check_growth(ret_restored, message, head) != MASH_OK)
        return MASH_E_SIGNATURE;
    err = mash_home_restored_find(client->store, &ret_restored->digest);
    if (err == MASH_E_UNKNOWN)
        return MASH_OK;
    return err == MASH_OK ? MASH_E_CONFLICT : err;
}

/* All that are new.  strict: one that does not verify spoils the rest, otherwise it is left out. */
static enum mash_err
read_news(struct mash_client *client, const Mash__Welcome *welcome, const struct mash_checkpoint *head, bool strict,
          struct news *news)
{
    if (welcome->n_restored > MASH_RESTORES_MAX)
        return MASH_E_SIGNATURE;
    for (size_t i = 0; i < welcome->n_restored; i++) {
        struct mash_restored *row = &news->rows[news->count];
        enum mash_err err = open_one(client, welcome->restored[i], head, row);
        if (err == MASH_E_CONFLICT || (err == MASH_E_SIGNATURE && !strict))
            continue;
        if (err != MASH_OK)
            return err;
        if (news->count == 0 || row->size < news->least)
            news->least = row->size;
        news->messages[news->count++] = welcome->restored[i];
    }
    return MASH_OK;
}

/* Later than everything the log has proven to us: an old confirmation never explains a new loss. */
static enum mash_err
check_recent(struct mash_client *client, const struct news *news, bool *ret_recent)
{
    uint64_t seen_ms = 0, newest_ms = 0;
    enum mash_err err = mash_home_log_time(client->store, &seen_ms);
    for (size_t i = 0; i < news->count; i++)
        if (news->rows[i].confirmed_ms > newest_ms)
            newest_ms = news->rows[i].confirmed_ms;
    *ret_recent = seen_ms < CLOCKS_MS || newest_ms >= seen_ms - CLOCKS_MS;
    return err;
}

/* ---- what was lost ---- */

struct losing {
    struct mash_client *client;
    const struct mash_checkpoint *head;
    const struct news *news;
};

/* Does the log still hold the entry of this proof?  One that cannot be read is taken as lost: sending twice
 * does no harm. */
static bool
is_lost(const struct losing *work, const struct mash_bytes *proof)
{
    struct mash_receipt receipt;
    if (mash_receipt_open(mash_bytes_span(proof), work->head->origin, mash_bundle_log_key(work->client->bundle),
                          &receipt) != MASH_OK)
        return true;
    bool lost = receipt.index >= work->news->least;
    mash_receipt_close(&receipt);
    return lost;
}

static enum mash_err
keep_proof(const struct losing *work, const char *kind, const struct mash_hash *sha256, const struct mash_bytes *proof)
{
    return mash_home_lost_add(work->client->store, &work->news->rows[work->news->count - 1].digest, kind, sha256,
                              mash_bytes_span(proof));
}

static enum mash_err
lose_sent(const struct losing *work, const uint8_t notice_id[static MASH_ID_BYTES])
{
    struct mash_outbox_row row;
    enum mash_err err = mash_home_outbox_get(work->client->store, notice_id, &row);
    if (err != MASH_OK)
        return err;
    /* without a body it was closed: nobody owes anything, and its statuses are here */
    if (row.state == MASH_OUTBOX_HELD && row.body.len > 0 && is_lost(work, &row.receipt)) {
        err = keep_proof(work, "receipt", &row.manifest_sha256, &row.receipt);
        mash_bytes_free(&row.receipt);
        row.state = MASH_OUTBOX_SEALED;
        row.held_ms = 0;
        row.code = 0;
        row.sub_code[0] = '\0';
        (void)snprintf(row.sentence, sizeof(row.sentence),
                       "the exchange was restored from a backup without this notice: it is sent again");
        if (err == MASH_OK)
            err = mash_home_outbox_update(work->client->store, &row);
    }
    mash_outbox_row_free(&row);
    return err;
}

static enum mash_err
lose_outbox(const struct losing *work)
{
    enum mash_err err = MASH_OK;
    uint64_t position = 0;
    for (size_t count = PAGE; err == MASH_OK && count == PAGE;) {
        uint8_t ids[PAGE][MASH_ID_BYTES];
        err = mash_home_outbox_list(work->client->store, true, position, ids, PAGE, &count, &position);
        for (size_t i = 0; err == MASH_OK && i < count; i++)
            err = lose_sent(work, ids[i]);
    }
    return err;
}

/* What we received we have; only its proofs are kept aside, since they are replaced when it comes again. */
static enum mash_err
lose_received(const struct losing *work, const struct mash_inbox_key *key)
{
    struct mash_inbox_row row;
    enum mash_err err = mash_home_inbox_get(work->client->store, &key->manifest_sha256, key->mailbox, &row);
    if (err != MASH_OK)
        return err;
    if (is_lost(work, &row.accept_receipt))
        err = keep_proof(work, "notice", &row.manifest_sha256, &row.accept_receipt);
    mash_inbox_row_free(&row);
    return err;
}

static enum mash_err
lose_inbox(const struct losing *work)
{
    enum mash_err err = MASH_OK;
    uint64_t position = 0;
    for (size_t count = PAGE; err == MASH_OK && count == PAGE;) {
        struct mash_inbox_key keys[PAGE];
        err = mash_home_inbox_list(work->client->store, false, position, keys, PAGE, &count);
        for (size_t i = 0; err == MASH_OK && i < count; i++) {
            err = lose_received(work, &keys[i]);
            position = keys[i].position;
        }
    }
    return err;
}

/* Ours are submitted again, with the same bytes; others' come again from those who signed them. */
static enum mash_err
lose_statuses(const struct losing *work)
{
    struct mash_home_store *store = work->client->store;
    enum mash_err err = MASH_OK;
    for (uint64_t position = 0; err == MASH_OK;) {
        struct mash_status_row row;
        err = mash_home_status_logged(store, position, &row, &position);
        if (err != MASH_OK)
            break;
        if (is_lost(work, &row.proof)) {
            err = keep_proof(work, "status", &row.status_sha256, &row.proof);
            if (err == MASH_OK)
                err = mash_home_status_unlogged(store, &row.status_sha256,
                                                row.ours ? MASH_STATUS_PENDING : MASH_STATUS_LOST);
        }
        mash_status_row_free(&row);
    }
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

/* ---- taking in ---- */

static enum mash_err
keep_news(struct mash_client *client, const struct news *news)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < news->count; i++) {
        const struct mash_restored *from = &news->rows[i];
        const struct mash_home_restored row = { .digest = from->digest, .root = from->root, .size = from->size,
                                                .confirmed_ms = from->confirmed_ms };
        struct mash_bytes message = mash_bytes_max(MASH_CONTROL_MAX);
        err = mash_message_encode(news->messages[i], &message);
        if (err == MASH_OK)
            err = mash_home_restored_add(client->store, &row, mash_client_now(client), mash_bytes_span(&message));
        mash_bytes_free(&message);
    }
    return err;
}

/* Both checkpoints, ours first. */
static enum mash_err
raise_alarm(struct mash_client *client, const struct news *news, struct mash_span note)
{
    char text[MASH_HOME_SENTENCE_MAX];
    (void)snprintf(text, sizeof(text),
                   "the exchange was restored from a backup, as two operators have signed: what was receipted from log "
                   "entry %llu on is sent again. Ring recipients about anything immediate from the time before",
                   (unsigned long long)news->least);
    struct mash_bytes evidence = mash_bytes_max(EVIDENCE_MAX);
    enum mash_err err = mash_home_checkpoint_get(client->store, &evidence);
    if (err == MASH_OK)
        err = mash_bytes_append_str(&evidence, "\n");
    if (err == MASH_OK)
        err = mash_bytes_append(&evidence, note.data, note.len);
    if (err == MASH_OK)
        err = mash_home_alarm_add(client->store, mash_client_now(client), "restored", text,
                                  mash_bytes_span(&evidence));
    mash_bytes_free(&evidence);
    return err;
}

static enum mash_err
take(struct mash_client *client, const struct mash_checkpoint *head, struct mash_span note, const struct news *news)
{
    const struct losing work = { client, head, news };
    enum mash_err err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = raise_alarm(client, news, note);
    if (err == MASH_OK)
        err = keep_news(client, news);
    if (err == MASH_OK)
        err = lose_outbox(&work);
    if (err == MASH_OK)
        err = lose_inbox(&work);
    if (err == MASH_OK)
        err = lose_statuses(&work);
    if (err == MASH_OK)
        err = mash_home_cursors_forget(client->store);
    if (err == MASH_OK)
        err = mash_home_checkpoint_replace(client->store, head->size, &head->root, note);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    return err;
}

enum mash_err
mash_restored_take(struct mash_client *client, const struct mash_checkpoint *head, const Mash__Welcome *welcome,
                   const char **ret_what)
{
    struct news news = { .count = 0 };
    bool recent = false;
    *ret_what = "it claims a restore that two operators have not signed, or that its log does not continue";
    enum mash_err err = read_news(client, welcome, head, true, &news);
    if (err == MASH_OK)
        err = check_recent(client, &news, &recent);
    if (err != MASH_OK)
        return err;
    if (news.count == 0 || !recent) {
        *ret_what = "it explains that with a restore of the past";
        return MASH_E_SIGNATURE;
    }
    if (news.least >= client->checkpoint.size) {
        *ret_what = "the restore it claims is of a time after what was seen";
        return MASH_E_SIGNATURE;
    }
    err = take(client, head, mash_field_span(welcome->checkpoint), &news);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the exchange's restore could not be stored: %s", mash_strerror(err));
    client->checkpoint = *head;
    return MASH_OK;
}

enum mash_err
mash_restored_note(struct mash_client *client, const struct mash_checkpoint *head, const Mash__Welcome *welcome)
{
    struct news news = { .count = 0 };
    if (welcome->n_restored == 0)
        return MASH_OK;
    enum mash_err err = read_news(client, welcome, head, false, &news);
    if (err == MASH_OK)
        err = keep_news(client, &news);
    return err == MASH_E_SIGNATURE ? MASH_OK : err;
}
