/* SPDX-License-Identifier: Apache-2.0 */
/* statuses.c - see statuses.h: the chain, signing, and storing.  Submitting is in statuses_flush.c. */
#include "clients/lib/statuses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/draft.h"
#include "clients/lib/seen.h"
#include "proto/batch.h"
#include "proto/manifest.h"

#define SCHEMA_VERSION 1u

enum mash_err
mash_chain_end(struct mash_client *client, const struct mash_hash *manifest_sha256, const char *mailbox,
               struct mash_chain *ret_chain)
{
    struct mash_chain chain;
    enum mash_err err =
        mash_home_chain_get(client->store, manifest_sha256, mailbox, &chain.sequence, &chain.last);
    for (size_t n = 0; err == MASH_OK; n++) {
        struct mash_status_row row;
        err = mash_home_status_nth(client->store, manifest_sha256, mailbox, n, &row);
        if (err != MASH_OK)
            break;
        if (row.sequence > chain.sequence) {
            chain.sequence = row.sequence;
            chain.last = row.status_sha256;
        }
        mash_status_row_free(&row);
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    *ret_chain = chain;
    return MASH_OK;
}

enum mash_err
mash_statuses_decode(struct mash_span in, Mash__SignedStatus **ret_signed, Mash__Status **ret_status)
{
    Mash__SignedStatus *signed_status = NULL;
    enum mash_err err = mash_message_decode(&mash__signed_status__descriptor, in, &signed_status);
    if (err == MASH_OK)
        err = mash_status_read(mash_field_span(signed_status->status), ret_status, NULL);
    if (err == MASH_OK)
        *ret_signed = signed_status;
    else
        mash_message_free(&signed_status);
    return err;
}

/* The statuses of one batch in the making. */
struct signing {
    size_t n;
    Mash__Status *const *statuses;
    struct mash_bytes encoded[MASH_STATUSES_AT_ONCE];
    struct mash_span spans[MASH_STATUSES_AT_ONCE];
    struct mash_hash sha256s[MASH_STATUSES_AT_ONCE];
    struct mash_batch_proof proofs[MASH_STATUSES_AT_ONCE];
    struct mash_key_id key_id;
    struct mash_hash previous, root;
    Mash__Seen seen;
};

/* The chain's end for the i-th, those before it in the same batch included. */
static enum mash_err
chain_before(struct mash_client *client, const struct signing *work, size_t i, struct mash_chain *ret_chain)
{
    const Mash__Status *status = work->statuses[i];
    for (size_t j = i; j > 0; j--) {
        const Mash__Status *other = work->statuses[j - 1];
        if (strcmp(other->mailbox, status->mailbox) == 0 &&
            mash_span_equal(mash_field_span(other->manifest_sha256), mash_field_span(status->manifest_sha256))) {
            *ret_chain = (struct mash_chain){ other->sequence, work->sha256s[j - 1] };
            return MASH_OK;
        }
    }
    struct mash_hash manifest;
    memcpy(manifest.bytes, status->manifest_sha256.data, sizeof(manifest.bytes));
    return mash_chain_end(client, &manifest, status->mailbox, ret_chain);
}

static enum mash_err
complete(struct mash_client *client, struct signing *work, size_t i)
{
    Mash__Status *status = work->statuses[i];
    struct mash_chain chain;
    enum mash_err err = chain_before(client, work, i, &chain);
    if (err != MASH_OK)
        return err;
    status->partnership = client->conf.partnership;
    status->schema = SCHEMA_VERSION;
    status->key_id = mash_span_field(mash_span(work->key_id.bytes, sizeof(work->key_id.bytes)));
    status->sequence = chain.sequence + 1;
    work->previous = chain.last;
    status->previous_sha256 =
        chain.sequence > 0 ? mash_span_field(mash_hash_span(&work->previous)) : (ProtobufCBinaryData){ 0, NULL };
    if (status->time_ms == 0)
        status->time_ms = mash_client_now(client);
    status->log_seen = work->seen.size > 0 ? &work->seen : NULL;

    struct mash_faults faults = { 0 };
    mash_status_check(status, &faults);
    if (faults.count > 0) {
        mash_faults_sentence(&faults, client->why, sizeof(client->why));
        return MASH_E_VALUE;
    }
    work->encoded[i] = mash_bytes_max(MASH_STATUS_MAX);
    err = mash_message_encode(status, &work->encoded[i]);
    work->spans[i] = mash_bytes_span(&work->encoded[i]);
    work->sha256s[i] = mash_hash_of(work->spans[i]);
    return err;
}

static enum mash_err
store_one(struct mash_client *client, const struct signing *work, size_t i)
{
    const struct mash_batch_proof *proof = &work->proofs[i];
    const Mash__Status *status = work->statuses[i];
    Mash__SignedStatus signed_status = MASH__SIGNED_STATUS__INIT;
    ProtobufCBinaryData path[MASH_BATCH_PATH_MAX];
    for (size_t j = 0; j < proof->n_path; j++)
        path[j] = mash_span_field(mash_hash_span(&proof->path[j]));
    signed_status.status = mash_span_field(work->spans[i]);
    signed_status.signature = mash_span_field(mash_span(proof->signature, MASH_SIGNATURE_BYTES));
    signed_status.batch_index = proof->index;
    signed_status.batch_size = proof->size;
    signed_status.n_batch_path = proof->n_path;
    signed_status.batch_path = path;

    struct mash_status_row row;
    mash_status_row_init(&row);
    row.status_sha256 = work->sha256s[i];
    memcpy(row.manifest_sha256.bytes, status->manifest_sha256.data, sizeof(row.manifest_sha256.bytes));
    (void)snprintf(row.mailbox, sizeof(row.mailbox), "%s", status->mailbox);
    row.sequence = status->sequence;
    row.state = status->state;
    row.time_ms = status->time_ms;
    row.ours = true;
    row.sending = MASH_STATUS_PENDING;
    enum mash_err err = mash_message_encode(&signed_status, &row.signed_status);
    if (err == MASH_OK)
        err = mash_home_status_put(client->store, &row);
    mash_status_row_free(&row);
    return err;
}

enum mash_err
mash_statuses_add(struct mash_client *client, const struct mash_secret *key, Mash__Status *const *statuses,
                  size_t n, struct mash_hash *ret_sha256s)
{
    struct signing *work = calloc(1, sizeof(*work));
    if (work == NULL)
        return MASH_E_NOMEM;
    work->n = n;
    work->statuses = statuses;
    mash_secret_id(key, &work->key_id);
    mash__seen__init(&work->seen);
    const struct mash_checkpoint *last = mash_seen_last(client);
    if (last != NULL && last->size > 0) {
        work->root = last->root;
        work->seen.size = last->size;
        work->seen.root = mash_span_field(mash_hash_span(&work->root));
    }

    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < n; i++)
        err = complete(client, work, i);
    if (err == MASH_OK)
        err = mash_batch_sign(MASH_BATCH_STATUS, client->conf.partnership, key, work->spans, n, work->proofs);
    for (size_t i = 0; err == MASH_OK && i < n; i++)
        err = store_one(client, work, i);
    if (err == MASH_OK && ret_sha256s != NULL)
        memcpy(ret_sha256s, work->sha256s, n * sizeof(work->sha256s[0]));
    for (size_t i = 0; i < n; i++)
        mash_bytes_free(&work->encoded[i]);
    free(work);
    return err;
}
