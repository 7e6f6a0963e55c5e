/* SPDX-License-Identifier: Apache-2.0 */
/* authorise_status.c - the rules a status must keep to be logged: whose, authentic, about a notice of
 * theirs, logged before, the next link of the mailbox's chain, a legal step. */
#include "daemon/path/authorise.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/path/party.h"

enum {
    ABOUT_MAX = 4096,     /* entries of one notice that are searched for a repeat */
    SEARCHED_MAX = 65536  /* ... and of all repeats of a group: some tenths of a second */
};

static enum mash_err
check_mailbox(struct mash_path *path, struct mash_flight *flight)
{
    (void)mash_authorise_mailbox(path, flight, flight->status->partnership, flight->status->mailbox);
    return MASH_OK;
}

static enum mash_err
check_signature(struct mash_path *path, struct mash_flight *flight)
{
    const struct mash_sign_key *key =
        mash_mailbox_sign_key(flight->mailbox, mash_field_span(flight->status->key_id));
    if (mash_authorise_key(path, flight, key, mash_state_right(flight->status->state)))
        mash_authorise_signature(path, flight);
    return MASH_OK;
}

static enum mash_err
check_time(struct mash_path *path, struct mash_flight *flight)
{
    if (flight->status->time_ms > path->group.now_ms + MASH_AHEAD_REFUSE_MS &&
        flight->status->time_ms > path->group.also_ms + MASH_AHEAD_REFUSE_MS)
        mash_flight_settle(flight, MASH_ANSWER_AHEAD, "(the exchange's clock says %llu ms since 1970 UTC)",
                           (unsigned long long)path->group.now_ms);
    return MASH_OK;
}

static struct mash_hash
notice_digest(const struct mash_flight *flight)
{
    struct mash_hash sha256;
    memcpy(sha256.bytes, flight->status->manifest_sha256.data, sizeof(sha256.bytes)); /* length: parse */
    return sha256;
}

/* Is entry a status entry over these very bytes? */
static enum mash_err
is_same_status(struct mash_path *path, uint64_t entry, struct mash_span status, bool *ret_same)
{
    struct mash_store_entry row = { 0 };
    Mash__Detail *detail = NULL;
    enum mash_err err = mash_store_entry_get(path->store, entry, &row);
    if (err == MASH_OK)
        err = mash_message_decode(&mash__detail__descriptor, mash_bytes_span(&row.detail), &detail);
    if (err == MASH_OK)
        *ret_same = detail->kind_case == MASH__DETAIL__KIND_STATUS &&
                    mash_span_equal(mash_field_span(detail->status->status), status);
    mash_message_free(&detail);
    mash_store_entry_free(&row);
    return err;
}

/* The same status again, e.g. after a lost answer, gets the same receipt. */
static enum mash_err
find_repeat(struct mash_path *path, struct mash_flight *flight)
{
    if (path->group.searched >= SEARCHED_MAX) {
        mash_flight_settle(flight, MASH_ANSWER_BUSY, "%s", "");
        return MASH_OK;
    }
    struct mash_hash sha256 = notice_digest(flight);
    uint64_t *entries = calloc(ABOUT_MAX, sizeof(*entries));
    if (entries == NULL)
        return MASH_E_NOMEM;
    size_t count;
    enum mash_err err = mash_store_about(path->store, &sha256, 0, entries, ABOUT_MAX, &count);
    for (size_t i = 0; err == MASH_OK && i < count && !flight->settled; i++) {
        path->group.searched++;
        bool same = false;
        err = is_same_status(path, entries[i], flight->signed_bytes, &same);
        if (err == MASH_OK && same) {
            mash_flight_settle(flight, MASH_ANSWER_STATUS_BEFORE, "%s", "");
            flight->logged = true;
            flight->entry = entries[i];
        }
    }
    free(entries);
    return err;
}

static enum mash_err
check_repeat(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_hash sha256 = notice_digest(flight);
    enum mash_err err =
        mash_store_obligation_get(path->store, &sha256, flight->mailbox->address, &flight->obligation);
    if (err == MASH_E_UNKNOWN) {
        mash_flight_settle(flight, MASH_ANSWER_UNKNOWN, "%s", "");
        return MASH_OK;
    }
    if (err == MASH_OK && flight->status->sequence <= flight->obligation.progress.sequence)
        err = find_repeat(path, flight);
    return err;
}

static enum mash_err
load_manifest(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_hash sha256 = notice_digest(flight);
    struct mash_store_notice notice;
    Mash__Detail *accept = NULL;
    enum mash_err err = mash_store_notice_get(path->store, &sha256, &notice);
    if (err == MASH_OK)
        err = mash_party_accept(path, notice.accept_entry, &accept);
    if (err == MASH_OK)
        err = mash_manifest_read(mash_field_span(accept->accept->manifest), &flight->manifest, NULL);
    mash_message_free(&accept);
    return err;
}

/* A recall is the sender's only status, and nobody else's; it must come before any `collected`. */
static enum mash_err
check_recall(struct mash_path *path, struct mash_flight *flight)
{
    bool recall = flight->status->state == MASH__STATE__STATE_RECALLED;
    if (recall != flight->obligation.sender) {
        mash_flight_settle(flight, MASH_ANSWER_STATUS_STEP, "%s",
                           recall ? "(only its sender recalls a notice)" : "(a sender can only recall it)");
        return MASH_OK;
    }
    if (!recall)
        return MASH_OK;
    struct mash_store_obligation *rows;
    size_t count;
    enum mash_err err = mash_party_rows(path, &flight->obligation.manifest_sha256, &rows, &count);
    if (err != MASH_OK)
        return err;
    for (size_t i = 0; i < count && !flight->settled; i++)
        if (!rows[i].sender && rows[i].collected_ms != 0)
            mash_flight_settle(flight, MASH_ANSWER_STATUS_STEP, "(%s has collected it)", rows[i].mailbox);
    free(rows);
    return MASH_OK;
}

static enum mash_err
check_step(struct mash_path *path, struct mash_flight *flight)
{
    (void)path;
    const struct mash_progress *progress = &flight->obligation.progress;
    const char *why = "";
    if (progress->withdrawn) {
        mash_flight_settle(flight, MASH_ANSWER_RECALLED, "%s", "");
        return MASH_OK;
    }
    switch (mash_progress_check(progress, flight->manifest, flight->status, &why)) {
    case MASH_OK:
        break;
    case MASH_E_CONFLICT:
        mash_flight_settle(flight, MASH_ANSWER_STATUS_SEQUENCE, "%s", "");
        flight->sequence = progress->sequence;
        flight->previous = progress->last;
        break;
    case MASH_E_DENIED:
        mash_flight_settle(flight, MASH_ANSWER_STATUS_STEP, "(%s)", why);
        break;
    default:
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "(%s)", why);
        break;
    }
    return MASH_OK;
}

static enum mash_err
check_passed_to(struct mash_path *path, struct mash_flight *flight)
{
    if (flight->status->passed_to[0] != '\0' &&
        mash_bundle_mailbox(path->view.bundle, flight->status->passed_to) == NULL)
        mash_flight_settle(flight, MASH_ANSWER_RECIPIENT_UNKNOWN, "(%s)", flight->status->passed_to);
    return MASH_OK;
}

enum mash_err
mash_authorise_status(struct mash_path *path, struct mash_flight *flight)
{
    static mash_check_fn *const checks[] = {
        check_mailbox, check_signature, check_time, check_repeat,
        load_manifest, check_recall,    check_step, mash_authorise_status_codes, check_passed_to,
    };
    return mash_authorise_each(path, flight, checks, sizeof(checks) / sizeof(checks[0]));
}
