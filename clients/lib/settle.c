/* SPDX-License-Identifier: Apache-2.0 */
/* settle.c - see settle.h.  Nothing of a plaintext is kept before all of it has verified. */
#include "clients/lib/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/bundles.h"
#include "clients/lib/statuses.h"
#include "proto/body.h"
#include "proto/manifest.h"
#include "proto/seal_set.h"

#define ROWS_AT_ONCE 16u /* each gives two statuses; all of one mailbox are signed as one batch */

/* Reasons of `unreadable`: codes that stand in the status. */
#define REASON_NO_KEY "no-key"          /* not sealed to a key of this installation */
#define REASON_STANZAS "wrong-stanzas"  /* sealed to more or fewer keys than the manifest says */
#define REASON_DAMAGED "damaged"        /* decryption fails */
#define REASON_MISMATCH "mismatch" /* the sealed text says something else than the manifest */

static bool
sealed_to_us(const struct mash_client *client, const Mash__Recipient *recipient, int box)
{
    struct mash_key_id id;
    mash_secret_id(client->boxes[box].seal, &id);
    for (size_t i = 0; i < recipient->n_seal_key_ids; i++)
        if (mash_span_equal(mash_field_span(recipient->seal_key_ids[i]), mash_span(id.bytes, sizeof(id.bytes))))
            return true;
    return false;
}

static enum mash_err
open_body(struct mash_client *client, const struct mash_inbox_row *row, const Mash__Manifest *manifest, int box,
          struct mash_bytes *ret_inner)
{
    struct mash_seal_set set;
    const struct mash_bundle *bundle = NULL;
    struct mash_age_identity *identity = NULL;
    enum mash_err err = mash_bundles_at(client, manifest->bundle->version, &bundle);
    if (err != MASH_OK)
        return err;
    err = mash_seal_set_of(bundle, manifest, &set, NULL);
    if (err != MASH_OK)
        return MASH_E_MISMATCH;
    err = mash_age_identity_x25519(mash_secret_bytes(client->boxes[box].seal), &identity);
    if (err == MASH_OK) {
        const struct mash_age_identity *identities[] = { identity };
        err = mash_body_open(identities, 1, set.count, mash_bytes_span(&row->body), ret_inner);
    }
    mash_age_identity_close(&identity);
    return err;
}

static enum mash_err
check_inner(const struct mash_bytes *inner, const Mash__Manifest *manifest)
{
    Mash__Inner *message = NULL;
    const char *field = NULL;
    enum mash_err err = mash_message_decode(&mash__inner__descriptor, mash_bytes_span(inner), &message);
    if (err == MASH_OK)
        err = mash_inner_matches(message, manifest, &field);
    mash_message_free(&message);
    return err;
}

static void
unreadable(struct mash_inbox_row *row, const char *reason)
{
    row->state = MASH_INBOX_UNREADABLE;
    (void)snprintf(row->unreadable_reason, sizeof(row->unreadable_reason), "%s", reason);
}

/* Decide whether row can be opened.  Errors are only our own: memory, disk, connection. */
static enum mash_err
open_row(struct mash_client *client, struct mash_inbox_row *row)
{
    Mash__Manifest *manifest = NULL;
    struct mash_bytes inner = mash_bytes_max(MASH_FRAME_MAX);
    int box = mash_client_box(client, row->mailbox);
    enum mash_err err = mash_manifest_read(mash_bytes_span(&row->manifest), &manifest, NULL);
    if (err != MASH_OK)
        return err;
    bool ours = box >= 0 && sealed_to_us(client, mash_manifest_recipient(manifest, row->mailbox), box);
    if (ours)
        err = open_body(client, row, manifest, box, &inner);
    if (!ours)
        unreadable(row, REASON_NO_KEY);
    else if (err == MASH_E_MISMATCH)
        unreadable(row, REASON_STANZAS);
    else if (err == MASH_E_SIGNATURE || err == MASH_E_FORMAT || err == MASH_E_VERSION || err == MASH_E_LIMIT)
        unreadable(row, REASON_DAMAGED);
    else if (err == MASH_OK && check_inner(&inner, manifest) != MASH_OK)
        unreadable(row, REASON_MISMATCH);
    else if (err == MASH_OK) {
        row->state = MASH_INBOX_OPENED;
        row->inner = inner;
        inner = mash_bytes_max(0);
    }
    mash_bytes_wipe(&inner);
    mash_message_free(&manifest);
    return row->state != MASH_INBOX_STORED ? MASH_OK : err;
}

/* The two statuses of a settled row. */
static void
fill_statuses(const struct mash_inbox_row *row, Mash__Status *collected, Mash__Status *outcome)
{
    mash__status__init(collected);
    collected->manifest_sha256 = mash_span_field(mash_hash_span(&row->manifest_sha256));
    collected->mailbox = (char *)(uintptr_t)row->mailbox;
    collected->state = MASH__STATE__STATE_COLLECTED;
    *outcome = *collected;
    if (row->state == MASH_INBOX_OPENED) {
        outcome->state = MASH__STATE__STATE_OPENED;
    } else {
        outcome->state = MASH__STATE__STATE_UNREADABLE;
        outcome->reason = (char *)(uintptr_t)row->unreadable_reason;
    }
}

/* Everything of n settled rows in one transaction; the rows of each mailbox under one signature. */
static enum mash_err
keep(struct mash_client *client, struct mash_inbox_row *rows, size_t n)
{
    Mash__Status statuses[2 * ROWS_AT_ONCE], *list[2 * ROWS_AT_ONCE];
    bool done[ROWS_AT_ONCE] = { false };
    enum mash_err err = mash_home_begin(client->store);
    for (size_t i = 0; err == MASH_OK && i < n; i++)
        err = mash_home_inbox_settle(client->store, &rows[i]);
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        size_t count = 0;
        for (size_t j = i; !done[i] && j < n; j++) {
            if (strcmp(rows[j].mailbox, rows[i].mailbox) != 0)
                continue;
            fill_statuses(&rows[j], &statuses[count], &statuses[count + 1]);
            list[count] = &statuses[count];
            list[count + 1] = &statuses[count + 1];
            count += 2;
            done[j] = j != i;
        }
        done[i] = true;
        if (count > 0)
            err = mash_statuses_add(client, client->boxes[mash_client_box(client, rows[i].mailbox)].sign, list, count,
                                    NULL);
    }
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    return err;
}

/* Up to ROWS_AT_ONCE rows that are stored but not settled. */
static enum mash_err
settle_some(struct mash_client *client, struct mash_inbox_row *rows, struct mash_collected *counts, size_t *ret_count)
{
    struct mash_inbox_key keys[ROWS_AT_ONCE];
    size_t found = 0, loaded = 0;
    enum mash_err err = mash_home_inbox_list(client->store, true, 0, keys, ROWS_AT_ONCE, &found);
    for (; err == MASH_OK && loaded < found; loaded++) {
        err = mash_home_inbox_get(client->store, &keys[loaded].manifest_sha256, keys[loaded].mailbox, &rows[loaded]);
        if (err != MASH_OK)
            break;
        err = open_row(client, &rows[loaded]);
    }
    if (err == MASH_OK && loaded > 0)
        err = keep(client, rows, loaded);
    for (size_t i = 0; i < loaded; i++) {
        if (err == MASH_OK && rows[i].state == MASH_INBOX_OPENED)
            counts->opened++;
        else if (err == MASH_OK)
            counts->unreadable++;
        mash_inbox_row_free(&rows[i]);
    }
    *ret_count = err == MASH_OK ? loaded : 0;
    return err;
}

enum mash_err
mash_settle_all(struct mash_client *client, struct mash_collected *counts)
{
    struct mash_inbox_row *rows = calloc(ROWS_AT_ONCE, sizeof(*rows));
    enum mash_err err = rows != NULL ? MASH_OK : MASH_E_NOMEM;
    for (size_t count = 1; err == MASH_OK && count > 0;)
        err = settle_some(client, rows, counts, &count);
    free(rows);
    return err;
}
