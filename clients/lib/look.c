/* SPDX-License-Identifier: Apache-2.0 */
/* look.c - see mash/client.h: finding notices, going through them, and the figures of a home. */
#include "clients/lib/client.h"

#include <string.h>

#include "clients/lib/seen.h"
#include "proto/hex.h"
#include "proto/uuid.h"

#define PAGE 64u

/* Hex digits of what a person typed: dashes left out, lower case; false when it is something else. */
static bool
hex_of(const char *text, char ret_hex[static 2 * MASH_ID_BYTES + 1])
{
    size_t len = 0;
    for (; *text != '\0'; text++) {
        char digit = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;
        if (digit == '-')
            continue;
        if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f')) || len == 2 * MASH_ID_BYTES)
            return false;
        ret_hex[len++] = digit;
    }
    ret_hex[len] = '\0';
    return len > 0;
}

enum mash_err
mash_client_find(struct mash_client *client, const char *text, char *ret_id)
{
    struct mash_home_match matches[PAGE];
    char hex[2 * MASH_ID_BYTES + 1];
    size_t count = 0;
    if (!hex_of(text, hex))
        return mash_client_fail(client, MASH_E_VALUE, "%s is not the beginning of a notice's id", text);
    enum mash_err err = mash_home_match(client->store, hex, matches, PAGE, &count);
    if (err != MASH_OK)
        return err;
    if (count == 0)
        return mash_client_fail(client, MASH_E_UNKNOWN, "there is no notice whose id begins with %s", text);
    for (size_t i = 1; i < count; i++)
        if (memcmp(matches[i].notice_id, matches[0].notice_id, MASH_ID_BYTES) != 0)
            return mash_client_fail(client, MASH_E_CONFLICT, "more than one notice's id begins with %s", text);
    mash_uuid_text(matches[0].notice_id, ret_id);
    return MASH_OK;
}

static enum mash_err
show(struct mash_client *client, const uint8_t notice_id[static MASH_ID_BYTES], bool received, mash_notice_fn *fn,
     void *ctx)
{
    struct mash_notice *notice = NULL;
    char id[MASH_UUID_TEXT_SIZE];
    mash_uuid_text(notice_id, id);
    enum mash_err err = mash_notice_open(client, id, received, &notice);
    if (err == MASH_OK)
        fn(ctx, mash_notice_info(notice));
    mash_notice_close(&notice);
    return err;
}

static enum mash_err
each_sent(struct mash_client *client, mash_notice_fn *fn, void *ctx)
{
    enum mash_err err = MASH_OK;
    uint64_t position = 0;
    for (size_t count = PAGE; err == MASH_OK && count == PAGE;) {
        uint8_t ids[PAGE][MASH_ID_BYTES];
        err = mash_home_outbox_list(client->store, true, position, ids, PAGE, &count, &position);
        for (size_t i = 0; err == MASH_OK && i < count; i++)
            err = show(client, ids[i], false, fn, ctx);
    }
    return err;
}

static enum mash_err
each_received(struct mash_client *client, mash_notice_fn *fn, void *ctx)
{
    enum mash_err err = MASH_OK;
    uint64_t position = 0;
    for (size_t count = PAGE; err == MASH_OK && count == PAGE;) {
        struct mash_inbox_key keys[PAGE];
        err = mash_home_inbox_list(client->store, false, position, keys, PAGE, &count);
        for (size_t i = 0; err == MASH_OK && i < count; i++) {
            struct mash_inbox_row row;
            position = keys[i].position;
            err = mash_home_inbox_get(client->store, &keys[i].manifest_sha256, keys[i].mailbox, &row);
            if (err != MASH_OK)
                break;
            err = show(client, row.notice_id, true, fn, ctx);
            mash_inbox_row_free(&row);
        }
    }
    return err;
}

enum mash_err
mash_client_each(struct mash_client *client, bool received, mash_notice_fn *fn, void *ctx)
{
    return received ? each_received(client, fn, ctx) : each_sent(client, fn, ctx);
}

enum mash_err
mash_client_figures(struct mash_client *client, struct mash_client_figures *ret_figures)
{
    const struct mash_checkpoint *last = mash_seen_last(client);
    struct mash_home_counts counts;
    enum mash_err err = mash_home_counts(client->store, &counts);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the database could not be read: %s", mash_strerror(err));
    *ret_figures = (struct mash_client_figures){
        .partnership = client->conf.partnership, .agency = client->conf.agency, .endpoint = client->conf.endpoint,
        .bundle_version = mash_bundle_version(client->bundle),
        .bundle_renew_by_ms = mash_bundle_renew_by_ms(client->bundle),
        .bundle_expires_ms = mash_bundle_expires_ms(client->bundle),
        .log_size = last != NULL ? last->size : 0,
        .waiting = counts.waiting, .held = counts.held, .received = counts.received, .unopened = counts.unopened,
        .pending_statuses = counts.pending_statuses, .quarantined = counts.quarantined,
    };
    return MASH_OK;
}
