/* SPDX-License-Identifier: Apache-2.0 */
/* arrival.c - see arrival.h: which kind a delivery is, its place in the mailbox, quarantine.
 * Notices are verified in arrival_notice.c, statuses and reports in arrival_status.c. */
#include "clients/lib/arrival.h"

#include <stdio.h>

#include "clients/lib/arrival_kinds.h"

bool
mash_arrival_is_fault(enum mash_err err)
{
    switch (err) {
    case MASH_E_FORMAT:
    case MASH_E_VALUE:
    case MASH_E_SIGNATURE:
    case MASH_E_MISMATCH:
    case MASH_E_VERSION:
    case MASH_E_UNKNOWN:
    case MASH_E_DENIED:
    case MASH_E_CONFLICT:
    case MASH_E_EXPIRED:
    case MASH_E_LIMIT:
        return true;
    default:
        return false; /* memory, disk, connection: says nothing about the delivery */
    }
}

static enum mash_err
take_by_kind(struct mash_client *client, const Mash__Delivery *delivery, struct mash_collected *counts)
{
    if (mash_client_box(client, delivery->mailbox) < 0)
        return mash_client_fail(client, MASH_E_MISMATCH, "it is for a mailbox of somebody else");
    int kinds = (delivery->notice != NULL) + (delivery->status != NULL) + (delivery->report ? 1 : 0);
    if (kinds != 1)
        return mash_client_fail(client, MASH_E_FORMAT, "it is not exactly one of notice, status and report");
    if (delivery->notice != NULL)
        return mash_arrival_notice(client, delivery, counts);
    if (delivery->status != NULL)
        return mash_arrival_told(client, delivery, counts);
    return mash_arrival_report(client, delivery, counts);
}

static enum mash_err
quarantine(struct mash_client *client, const Mash__Delivery *delivery)
{
    char why[MASH_HOME_SENTENCE_MAX];
    (void)snprintf(why, sizeof(why), "delivery %llu of %s was not accepted: %.380s",
                   (unsigned long long)delivery->number, delivery->mailbox, client->why);
    struct mash_bytes encoded = mash_bytes_max(MASH_CONTROL_MAX);
    uint64_t now_ms = mash_client_now(client);
    enum mash_err err = mash_message_encode(delivery, &encoded);
    if (err == MASH_OK)
        err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = mash_home_quarantine_add(client->store, now_ms, delivery->mailbox, delivery->number, why,
                                       mash_bytes_span(&encoded));
    if (err == MASH_OK)
        err = mash_home_alarm_add(client->store, now_ms, "quarantine", why, mash_span(NULL, 0));
    if (err == MASH_OK && mash_client_box(client, delivery->mailbox) >= 0)
        err = mash_home_cursor_put(client->store, delivery->mailbox, delivery->number);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    mash_bytes_free(&encoded);
    return err;
}

enum mash_err
mash_arrival_take(struct mash_client *client, const Mash__Delivery *delivery, struct mash_collected *counts)
{
    client->why[0] = '\0';
    enum mash_err err = take_by_kind(client, delivery, counts);
    if (!mash_arrival_is_fault(err))
        return err;
    if (client->why[0] == '\0')
        (void)mash_client_fail(client, err, "%s", mash_strerror(err));
    counts->quarantined++;
    return quarantine(client, delivery);
}
