/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - see mash/client.h: the sender's client is its own watchdog, whatever the broker says.
 * No receipt, or no `collected` that the recipient signed and we verified, within the type's time is a
 * warning with the phone to ring.  Reads our own store; while a link is open anyway, it asks what is new of a
 * notice before it warns.  (design: "The message path") */
#include "clients/lib/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/outgoing.h"
#include "proto/answer.h"
#include "proto/manifest.h"
#include "proto/uuid.h"

#define ALARMS_MAX 64u
#define PAGE 32u
#define ASK_MAX 8u      /* late notices to ask about in one look */
#define FALLBACK_S 900u /* for a type the bundle has no rule for (any more): seconds */

struct watching {
    struct mash_client *client;
    mash_warning_fn *fn;
    void *ctx;
    size_t count;
    uint64_t now_ms;
    size_t asked;
};

static void
warn(struct watching *watch, const char *kind, const char *id, const char *mailbox, const char *text)
{
    const struct mash_warning warning = { .kind = kind, .id = id, .mailbox = mailbox,
                                          .phone = mailbox[0] != '\0' ? mash_client_phone(watch->client, mailbox) : "",
                                          .text = text };
    watch->count++;
    if (watch->fn != NULL)
        watch->fn(watch->ctx, &warning);
}

enum reached { NOT_COLLECTED, UNREADABLE, COLLECTED };

/* What has this mailbox, or one that covers it or that it covers, said by a verified status? */
static enum mash_err
collected(struct watching *watch, const struct mash_hash *manifest_sha256, const Mash__Manifest *manifest,
          const Mash__Recipient *recipient, enum reached *ret_reached)
{
    enum mash_err err = MASH_OK;
    bool arrived = false, unreadable = false, opened = false;
    for (size_t n = 0; err == MASH_OK && !opened; n++) {
        struct mash_status_row row;
        err = mash_home_status_nth(watch->client->store, manifest_sha256, NULL, n, &row);
        if (err != MASH_OK)
            break;
        const Mash__Recipient *by = mash_manifest_recipient(manifest, row.mailbox);
        bool same_duty = by != NULL && (strcmp(row.mailbox, recipient->mailbox) == 0 ||
                                        strcmp(by->cover_for, recipient->mailbox) == 0 ||
                                        strcmp(recipient->cover_for, row.mailbox) == 0);
        bool logged = row.sending == MASH_STATUS_LOGGED;
        bool recalled = row.state == MASH__STATE__STATE_RECALLED && strcmp(row.mailbox, manifest->from) == 0;
        arrived = arrived || (logged && same_duty);
        unreadable = unreadable || (logged && same_duty && row.state == MASH__STATE__STATE_UNREADABLE);
        opened = logged && (recalled || (same_duty && row.state != MASH__STATE__STATE_COLLECTED &&
                                         row.state != MASH__STATE__STATE_UNREADABLE));
        mash_status_row_free(&row);
    }
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    *ret_reached = opened || (arrived && !unreadable) ? COLLECTED : unreadable ? UNREADABLE : NOT_COLLECTED;
    return MASH_OK;
}

static uint64_t
within_ms(const struct mash_type_rule *rule, bool immediate, bool receipt)
{
    uint32_t seconds = FALLBACK_S;
    if (rule != NULL && receipt)
        seconds = rule->receipt_within_s;
    else if (rule != NULL)
        seconds = immediate ? rule->immediate_collect_within_s : rule->collect_within_s;
    return (uint64_t)seconds * 1000u;
}

/* What the exchange may have about it since we last asked, while asking costs one answer: a link is open. */
static enum mash_err
collected_by_now(struct watching *watch, const struct mash_outbox_row *row, const Mash__Manifest *manifest,
                 const Mash__Recipient *recipient, const char *id, enum reached *ret_reached)
{
    enum mash_err err = collected(watch, &row->manifest_sha256, manifest, recipient, ret_reached);
    if (err != MASH_OK || *ret_reached != NOT_COLLECTED || watch->client->link == NULL || watch->asked >= ASK_MAX)
        return err;
    watch->asked++;
    if (mash_client_track(watch->client, id) != MASH_OK) {
        watch->asked = ASK_MAX; /* it does not answer: we warn by what we have */
        return MASH_OK;
    }
    return collected(watch, &row->manifest_sha256, manifest, recipient, ret_reached);
}

static enum mash_err
watch_held(struct watching *watch, const struct mash_outbox_row *row, const Mash__Manifest *manifest, const char *id)
{
    const struct mash_type_rule *rule = mash_bundle_type_rule(watch->client->bundle, row->type);
    bool late = watch->now_ms >= row->held_ms + within_ms(rule, row->immediate, false);
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < manifest->n_recipients; i++) {
        const Mash__Recipient *recipient = manifest->recipients[i];
        enum reached reached = NOT_COLLECTED;
        char text[512];
        if (recipient->duty != MASH__DUTY__DUTY_ACTION)
            continue;
        err = late ? collected_by_now(watch, row, manifest, recipient, id, &reached)
                   : collected(watch, &row->manifest_sha256, manifest, recipient, &reached);
        if (err != MASH_OK || reached == COLLECTED || (reached == NOT_COLLECTED && !late))
            continue;
        (void)snprintf(text, sizeof(text), "%s%s: held by the exchange, but %s%s%s: ring them",
                       row->immediate ? "IMMEDIATE " : "", row->type,
                       reached == UNREADABLE ? "" : "we have no signed `collected` from ", recipient->mailbox,
                       reached == UNREADABLE ? " cannot open it" : "");
        warn(watch, reached == UNREADABLE ? "unreadable" : "not-collected", id, recipient->mailbox, text);
    }
    return err;
}

static enum mash_err
watch_waiting(struct watching *watch, const struct mash_outbox_row *row, const Mash__Manifest *manifest, const char *id)
{
    const struct mash_type_rule *rule = mash_bundle_type_rule(watch->client->bundle, row->type);
    char ring[400], text[900];
    bool refused = row->code >= 400 && mash_answer_exit_code(row->code, row->sub_code) == MASH_END_REFUSED;
    if (!refused && watch->now_ms < row->created_ms + within_ms(rule, row->immediate, true))
        return MASH_OK;
    mash_outgoing_ring(watch->client, manifest, ring, sizeof(ring));
    (void)snprintf(text, sizeof(text), "%s%s: NOT held by the exchange: %s. %.300s", row->immediate ? "IMMEDIATE " : "",
                   row->type, ring, row->sentence);
    warn(watch, refused ? "refused" : "no-receipt", id,
         manifest->n_recipients > 0 ? manifest->recipients[0]->mailbox : "", text);
    return MASH_OK;
}

static enum mash_err
watch_row(struct watching *watch, const uint8_t notice_id[static MASH_ID_BYTES])
{
    struct mash_outbox_row row;
    Mash__Manifest *manifest = NULL;
    char id[MASH_UUID_TEXT_SIZE];
    enum mash_err err = mash_home_outbox_get(watch->client->store, notice_id, &row);
    if (err != MASH_OK)
        return err;
    mash_uuid_text(notice_id, id);
    err = mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&row.manifest), &manifest);
    if (err == MASH_OK && row.state == MASH_OUTBOX_HELD)
        err = watch_held(watch, &row, manifest, id);
    else if (err == MASH_OK)
        err = watch_waiting(watch, &row, manifest, id);
    mash_message_free(&manifest);
    mash_outbox_row_free(&row);
    return err;
}

static enum mash_err
watch_outbox(struct watching *watch)
{
    enum mash_err err = MASH_OK;
    uint64_t position = 0;
    for (size_t count = PAGE; err == MASH_OK && count == PAGE;) {
        uint8_t ids[PAGE][MASH_ID_BYTES];
        err = mash_home_outbox_list(watch->client->store, true, position, ids, PAGE, &count, &position);
        for (size_t i = 0; err == MASH_OK && i < count; i++)
            err = watch_row(watch, ids[i]);
    }
    return err;
}

static enum mash_err
watch_alarms(struct watching *watch)
{
    size_t count = 0;
    struct mash_alarm_row *rows = calloc(ALARMS_MAX, sizeof(*rows));
    if (rows == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = mash_home_alarms(watch->client->store, rows, ALARMS_MAX, &count);
    for (size_t i = 0; err == MASH_OK && i < count; i++)
        warn(watch, strcmp(rows[i].kind, "quarantine") == 0 ? "quarantine" : "alarm", "", "", rows[i].text);
    free(rows);
    return err;
}

/* After renew_by alarms everywhere, all works.  (design: "Trust: keys and the bundle") */
static void
watch_bundle(struct watching *watch)
{
    const struct mash_bundle *bundle = watch->client->bundle;
    if (watch->now_ms >= mash_bundle_expires_ms(bundle))
        warn(watch, "bundle", "", "", "the partnership bundle has expired: some types of notice wait for a new one. "
                                      "Ring the governance contact");
    else if (watch->now_ms >= mash_bundle_renew_by_ms(bundle))
        warn(watch, "bundle", "", "", "the partnership bundle should have been renewed: ring the governance contact");
}

enum mash_err
mash_client_watch(struct mash_client *client, mash_warning_fn *fn, void *ctx, size_t *ret_count)
{
    struct watching watch = { .client = client, .fn = fn, .ctx = ctx, .now_ms = mash_client_now(client) };
    enum mash_err err = watch_alarms(&watch);
    if (err == MASH_OK)
        watch_bundle(&watch);
    if (err == MASH_OK)
        err = watch_outbox(&watch);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the database could not be read: %s", mash_strerror(err));
    *ret_count = watch.count;
    return MASH_OK;
}

enum mash_err
mash_client_clear_alarms(struct mash_client *client)
{
    size_t count = 1;
    struct mash_alarm_row *rows = calloc(ALARMS_MAX, sizeof(*rows));
    enum mash_err err = rows != NULL ? MASH_OK : MASH_E_NOMEM;
    while (err == MASH_OK && count > 0) {
        err = mash_home_alarms(client->store, rows, ALARMS_MAX, &count);
        for (size_t i = 0; err == MASH_OK && i < count; i++)
            err = mash_home_alarm_clear(client->store, rows[i].id);
    }
    free(rows);
    return err;
}
