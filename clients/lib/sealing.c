/* SPDX-License-Identifier: Apache-2.0 */
/* sealing.c - see sealing.h. */
#include "clients/lib/sealing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/draft.h"
#include "clients/lib/seen.h"
#include "clients/lib/session.h"
#include "proto/answer.h"
#include "proto/batch.h"
#include "proto/body.h"
#include "proto/seal_set.h"

/* What sealing puts into a decoded draft; everything borrowed from here and from the bundle. */
struct filling {
    Mash__Manifest *draft; /* owner of the strings */
    Mash__Manifest manifest;
    Mash__Recipient recipients[MASH_RECIPIENTS_MAX];
    Mash__Recipient *recipient_list[MASH_RECIPIENTS_MAX];
    ProtobufCBinaryData key_ids[MASH_RECIPIENTS_MAX][MASH_SEAL_KEYS_MAX];
    struct mash_key_id from_key_id;
    Mash__BundleRef bundle;
    Mash__Seen seen;
    struct mash_hash root, body_sha256;
};

/* ---- what the exchange says ---- */

static bool
name_once(char **names, size_t *count, char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    if (*count == MASH_RECIPIENTS_MAX)
        return false;
    names[(*count)++] = name;
    return true;
}

enum mash_err
mash_reaches_ask(struct mash_client *client, struct mash_outbox_row *rows, size_t n,
                 struct mash_reaches *ret_reaches)
{
    char *names[MASH_RECIPIENTS_MAX];
    size_t count = 0;
    Mash__Manifest *drafts[MASH_SUBMIT_MAX] = { NULL };
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        err = mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&rows[i].manifest), &drafts[i]);
        for (size_t j = 0; err == MASH_OK && rows[i].state == MASH_OUTBOX_DRAFT && j < drafts[i]->n_recipients; j++)
            if (!name_once(names, &count, drafts[i]->recipients[j]->mailbox))
                err = MASH_E_LIMIT;
    }
    if (err == MASH_OK && count > 0) {
        Mash__Check check = MASH__CHECK__INIT;
        Mash__Request request = MASH__REQUEST__INIT;
        check.n_mailboxes = count;
        check.mailboxes = names;
        request.ask_case = MASH__REQUEST__ASK_CHECK;
        request.check = &check;
        err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_REACHES, &ret_reaches->answer);
    }
    for (size_t i = 0; i < n; i++)
        mash_message_free(&drafts[i]);
    return err;
}

void
mash_reaches_free(struct mash_reaches *reaches)
{
    mash_message_free(&reaches->answer);
}

static const Mash__Reach *
reach_of(const struct mash_reaches *reaches, const char *mailbox)
{
    const Mash__Reaches *all = reaches->answer != NULL ? reaches->answer->reaches : NULL;
    for (size_t i = 0; all != NULL && i < all->n_reaches; i++)
        if (strcmp(all->reaches[i]->mailbox, mailbox) == 0)
            return all->reaches[i];
    return NULL;
}

static bool
key_suspended(const Mash__Reach *reach, const struct mash_key_id *id)
{
    for (size_t i = 0; i < reach->n_suspended_key_ids; i++)
        if (mash_span_equal(mash_field_span(reach->suspended_key_ids[i]), mash_span(id->bytes, sizeof(id->bytes))))
            return true;
    return false;
}

/* ---- one notice ---- */

/* Record why a row cannot go, in the words of the table of answers. */
static enum mash_err
deny(struct mash_outbox_row *row, enum mash_answer_id id, const char *mailbox)
{
    const struct mash_answer *answer = mash_answer(id);
    row->code = answer->code;
    (void)snprintf(row->sub_code, sizeof(row->sub_code), "%s", answer->sub_code);
    (void)snprintf(row->sentence, sizeof(row->sentence), "%s%s%s", mailbox != NULL ? mailbox : "",
                   mailbox != NULL ? ": " : "", answer->sentence);
    return MASH_E_DENIED;
}

static void
warn(char *warning, size_t size, const char *mailbox, const char *what)
{
    size_t at = strlen(warning);
    if (at < size)
        (void)snprintf(warning + at, size - at, "%s%s: %s", at > 0 ? "; " : "", mailbox, what);
}

static int
key_id_order(const void *a, const void *b)
{
    return memcmp(((const ProtobufCBinaryData *)a)->data, ((const ProtobufCBinaryData *)b)->data, MASH_KEY_ID_BYTES);
}

static size_t
valid_keys(const struct mash_mailbox *mailbox, uint64_t at_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < mailbox->n_seal_keys; i++)
        count += mash_valid_at(mailbox->seal_keys[i].valid_from_ms, mailbox->seal_keys[i].valid_to_ms, at_ms) ? 1 : 0;
    return count;
}

/* The keys of a recipient that can be sealed to now: listed, valid, not suspended. */
static enum mash_err
fill_recipient(struct filling *work, size_t at, const struct mash_mailbox *mailbox, const Mash__Reach *reach,
               struct mash_outbox_row *row, char *warning, size_t warning_size)
{
    Mash__Recipient *recipient = &work->recipients[at];
    *recipient = *work->draft->recipients[at];
    recipient->seal_key_ids = work->key_ids[at];
    recipient->n_seal_key_ids = 0;
    work->recipient_list[at] = recipient;
    if (reach == NULL || !reach->known)
        return deny(row, MASH_ANSWER_RECIPIENT_UNKNOWN, recipient->mailbox);
    if (reach->suspended)
        return deny(row, MASH_ANSWER_MAILBOX_SUSPENDED, recipient->mailbox);
    bool any = valid_keys(mailbox, work->draft->created_ms) > 0;
    for (size_t i = 0; i < mailbox->n_seal_keys; i++) {
        const struct mash_seal_key *key = &mailbox->seal_keys[i];
        if (any ? !mash_valid_at(key->valid_from_ms, key->valid_to_ms, work->draft->created_ms)
                : !mash_seal_key_may(key, work->draft->created_ms))
            continue; /* with none valid our clock may be slow: a mailbox that was enrolled just now */
        if (key_suspended(reach, &key->id))
            warn(warning, warning_size, mailbox->address, "one of its keys is suspended and was left out");
        else if (recipient->n_seal_key_ids < MASH_SEAL_KEYS_MAX)
            work->key_ids[at][recipient->n_seal_key_ids++] =
                mash_span_field(mash_span(key->id.bytes, sizeof(key->id.bytes)));
    }
    if (recipient->n_seal_key_ids == 0)
        return deny(row, MASH_ANSWER_NO_KEY, recipient->mailbox);
    qsort(work->key_ids[at], recipient->n_seal_key_ids, sizeof(work->key_ids[at][0]), key_id_order);
    return MASH_OK;
}

static enum mash_err
fill_recipients(struct mash_client *client, struct filling *work, const struct mash_reaches *reaches,
                struct mash_outbox_row *row, char *warning, size_t warning_size)
{
    const struct mash_bundle *bundle = client->bundle;
    const struct mash_mailbox *from = mash_bundle_mailbox(bundle, row->mailbox);
    enum mash_err err = from != NULL ? MASH_OK : deny(row, MASH_ANSWER_NOT_YOUR_MAILBOX, row->mailbox);
    for (size_t i = 0; err == MASH_OK && i < work->draft->n_recipients; i++) {
        const char *basis = NULL, *address = work->draft->recipients[i]->mailbox;
        const struct mash_mailbox *to = mash_bundle_mailbox(bundle, address);
        if (to == NULL)
            return deny(row, MASH_ANSWER_RECIPIENT_UNKNOWN, address);
        if (!mash_bundle_may_send(bundle, from, to, row->type, &basis))
            return deny(row, MASH_ANSWER_NOT_AGREED, address);
        err = fill_recipient(work, i, to, reach_of(reaches, address), row, warning, warning_size);
    }
    work->manifest.recipients = work->recipient_list;
    return err;
}

static enum mash_err
check_bundle_age(struct mash_client *client, struct mash_outbox_row *row, char *warning, size_t warning_size)
{
    const struct mash_type_rule *rule = mash_bundle_type_rule(client->bundle, row->type);
    if (rule == NULL)
        return deny(row, MASH_ANSWER_TYPE, NULL);
    if (mash_client_now(client) < mash_bundle_expires_ms(client->bundle))
        return MASH_OK;
    if (!rule->when_stale_send)
        return deny(row, MASH_ANSWER_BUNDLE_EXPIRED, NULL);
    warn(warning, warning_size, client->conf.partnership, "the partnership bundle has expired; sent flagged as stale");
    return MASH_OK;
}

static enum mash_err
seal_body(struct mash_client *client, struct filling *work, struct mash_outbox_row *row, struct mash_bytes *ret_body)
{
    struct mash_seal_set set;
    const char *at_fault = NULL;
    enum mash_err err = mash_seal_set_of(client->bundle, &work->manifest, &set, &at_fault);
    if (err == MASH_OK)
        err = mash_body_seal(set.recipients, set.count, mash_bytes_span(&row->body), ret_body);
    if (err == MASH_E_LIMIT)
        return deny(row, MASH_ANSWER_TOO_LARGE, at_fault);
    if (err != MASH_OK && err != MASH_E_NOMEM)
        return deny(row, MASH_ANSWER_SEAL_KEY, at_fault);
    return err;
}

/* Complete the manifest around the sealed body. */
static void
fill_rest(struct mash_client *client, struct filling *work, const struct mash_bytes *body)
{
    Mash__Manifest *manifest = &work->manifest;
    mash__bundle_ref__init(&work->bundle);
    work->bundle.version = mash_bundle_version(client->bundle);
    work->bundle.digest = mash_span_field(mash_span(mash_bundle_digest(client->bundle), MASH_SHA256_BYTES));
    manifest->bundle = &work->bundle;
    const struct mash_checkpoint *last = mash_seen_last(client);
    if (last != NULL && last->size > 0) {
        mash__seen__init(&work->seen);
        work->root = last->root;
        work->seen.size = last->size;
        work->seen.root = mash_span_field(mash_hash_span(&work->root));
        manifest->log_seen = &work->seen;
    }
    mash_secret_id(client->boxes[mash_client_box(client, manifest->from)].sign, &work->from_key_id);
    manifest->from_key_id = mash_span_field(mash_span(work->from_key_id.bytes, sizeof(work->from_key_id.bytes)));
    work->body_sha256 = mash_hash_of(mash_bytes_span(body));
    manifest->body_sha256 = mash_span_field(mash_hash_span(&work->body_sha256));
    manifest->body_length = body->len;
}

static enum mash_err
fill_and_seal(struct mash_client *client, struct filling *work, const struct mash_reaches *reaches,
              struct mash_outbox_row *row, char *warning, size_t warning_size)
{
    struct mash_bytes body = mash_bytes_max(MASH_BODY_MAX), encoded = mash_bytes_max(MASH_MANIFEST_MAX);
    enum mash_err err = check_bundle_age(client, row, warning, warning_size);
    if (err == MASH_OK)
        err = fill_recipients(client, work, reaches, row, warning, warning_size);
    if (err == MASH_OK)
        err = seal_body(client, work, row, &body);
    if (err == MASH_OK) {
        fill_rest(client, work, &body);
        err = mash_message_encode(&work->manifest, &encoded);
    }
    if (err == MASH_OK) {
        mash_bytes_wipe(&row->body);
        mash_bytes_free(&row->manifest);
        row->body = body;
        row->manifest = encoded;
        row->manifest_sha256 = mash_hash_of(mash_bytes_span(&encoded));
        return MASH_OK;
    }
    mash_bytes_free(&body);
    mash_bytes_free(&encoded);
    return err;
}

enum mash_err
mash_sealing_seal(struct mash_client *client, const struct mash_reaches *reaches, struct mash_outbox_row *row,
                  char *ret_warning, size_t warning_size)
{
    ret_warning[0] = '\0';
    struct filling *work = calloc(1, sizeof(*work));
    if (work == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&row->manifest), &work->draft);
    if (err == MASH_OK) {
        work->manifest = *work->draft;
        err = fill_and_seal(client, work, reaches, row, ret_warning, warning_size);
    }
    mash_message_free(&work->draft);
    free(work);
    return err;
}

/* ---- signing ---- */

static enum mash_err
encode_signed(struct mash_outbox_row *row, const struct mash_batch_proof *proof)
{
    Mash__SignedNotice notice = MASH__SIGNED_NOTICE__INIT;
    ProtobufCBinaryData path[MASH_BATCH_PATH_MAX];
    for (size_t i = 0; i < proof->n_path; i++)
        path[i] = mash_span_field(mash_hash_span(&proof->path[i]));
    notice.manifest = mash_span_field(mash_bytes_span(&row->manifest));
    notice.signature = mash_span_field(mash_span(proof->signature, MASH_SIGNATURE_BYTES));
    notice.batch_index = proof->index;
    notice.batch_size = proof->size;
    notice.n_batch_path = proof->n_path;
    notice.batch_path = path;
    mash_bytes_free(&row->signed_notice);
    return mash_message_encode(&notice, &row->signed_notice);
}

enum mash_err
mash_sealing_sign(struct mash_client *client, struct mash_outbox_row *const *rows, size_t n)
{
    struct mash_span manifests[MASH_BATCH_MAX];
    struct mash_batch_proof proofs[MASH_BATCH_MAX];
    for (size_t i = 0; i < n; i++)
        manifests[i] = mash_bytes_span(&rows[i]->manifest);
    const struct mash_secret *key = client->boxes[mash_client_box(client, rows[0]->mailbox)].sign;
    enum mash_err err =
        mash_batch_sign(MASH_BATCH_NOTICE, client->conf.partnership, key, manifests, n, proofs);
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        err = encode_signed(rows[i], &proofs[i]);
        if (err == MASH_OK)
            rows[i]->state = MASH_OUTBOX_SEALED;
    }
    return err;
}
