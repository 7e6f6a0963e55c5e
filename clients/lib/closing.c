/* SPDX-License-Identifier: Apache-2.0 */
/* closing.c - see closing.h. */
#include "clients/lib/closing.h"

#include <string.h>

#include "clients/lib/statuses.h"
#include "proto/manifest.h"
#include "proto/state.h"

struct standing {
    bool collected, done;
};

/* Where one recipient stands by what the log has of it. */
static enum mash_err
stand(struct mash_client *client, const Mash__Manifest *manifest, const struct mash_hash *manifest_sha256,
      const char *mailbox, struct standing *ret_standing)
{
    struct mash_progress progress = mash_progress_start();
    struct standing standing = { false, false };
    enum mash_err err = MASH_OK;
    for (size_t n = 0; err == MASH_OK; n++) {
        struct mash_status_row row;
        Mash__SignedStatus *signed_status = NULL;
        Mash__Status *status = NULL;
        err = mash_home_status_nth(client->store, manifest_sha256, mailbox, n, &row);
        if (err != MASH_OK)
            break;
        if (row.sending == MASH_STATUS_LOGGED)
            err = mash_statuses_decode(mash_bytes_span(&row.signed_status), &signed_status, &status);
        if (err == MASH_OK && status != NULL) {
            progress = mash_progress_next(&progress, status, &row.status_sha256);
            standing.collected = true; /* every status of a recipient comes after its `collected` */
        }
        mash_message_free(&status);
        mash_message_free(&signed_status);
        mash_status_row_free(&row);
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    standing.done = progress.state == MASH__STATE__STATE_DECLINED ||
                    (progress.state == MASH__STATE__STATE_DECIDED && mash_progress_all_decided(&progress, manifest));
    *ret_standing = standing;
    return MASH_OK;
}

/* Has this recipient's duty been done, by itself or by the other one of its pair? */
static bool
duty_done(const Mash__Manifest *manifest, const struct standing *standings, size_t at)
{
    const Mash__Recipient *recipient = manifest->recipients[at];
    for (size_t i = 0; i < manifest->n_recipients; i++) {
        const Mash__Recipient *other = manifest->recipients[i];
        bool pair = i == at || strcmp(other->cover_for, recipient->mailbox) == 0 ||
                    strcmp(recipient->cover_for, other->mailbox) == 0;
        if (pair && standings[i].done)
            return true;
    }
    return recipient->duty != MASH__DUTY__DUTY_ACTION;
}

enum mash_err
mash_closing_is(struct mash_client *client, const Mash__Manifest *manifest, const struct mash_hash *manifest_sha256,
                bool *ret_closed)
{
    struct standing standings[MASH_RECIPIENTS_MAX] = { { false, false } };
    bool closed = manifest->n_recipients > 0 && manifest->n_recipients <= MASH_RECIPIENTS_MAX;
    for (size_t i = 0; closed && i < manifest->n_recipients; i++) {
        enum mash_err err =
            stand(client, manifest, manifest_sha256, manifest->recipients[i]->mailbox, &standings[i]);
        if (err != MASH_OK)
            return err;
        closed = standings[i].collected;
    }
    for (size_t i = 0; closed && i < manifest->n_recipients; i++)
        closed = duty_done(manifest, standings, i);
    *ret_closed = closed;
    return MASH_OK;
}

enum mash_err
mash_closing_let_go(struct mash_client *client, const struct mash_hash *manifest_sha256)
{
    struct mash_outbox_row row;
    Mash__Manifest *manifest = NULL;
    bool closed = false;
    enum mash_err err = mash_home_outbox_find(client->store, manifest_sha256, &row);
    if (err != MASH_OK) /* another installation of the mailbox has sent it */
        return err == MASH_E_UNKNOWN ? MASH_OK : err;
    if (row.state == MASH_OUTBOX_HELD && row.body.len > 0) {
        err = mash_manifest_read(mash_bytes_span(&row.manifest), &manifest, NULL);
        if (err == MASH_OK)
            err = mash_closing_is(client, manifest, manifest_sha256, &closed);
    }
    if (err == MASH_OK && closed) {
        mash_bytes_free(&row.body);
        err = mash_home_outbox_update(client->store, &row);
    }
    mash_message_free(&manifest);
    mash_outbox_row_free(&row);
    return err;
}
