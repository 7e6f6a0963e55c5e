/* SPDX-License-Identifier: Apache-2.0 */
/* track.c - see mash/client.h: all entries about one notice, asked for and verified.
 * Fills what was missed: a lost receipt, statuses and reports of the other side. */
#include "clients/lib/client.h"

#include <string.h>

#include "clients/lib/arrival_kinds.h"
#include "clients/lib/closing.h"
#include "clients/lib/outgoing.h"
#include "clients/lib/session.h"
#include "proto/hex.h"
#include "proto/uuid.h"

static enum mash_err
take_status(struct mash_client *client, struct mash_span proof_text, const struct mash_hash *manifest_sha256)
{
    struct mash_proof proof = { 0 };
    struct mash_status_row row;
    mash_status_row_init(&row);
    enum mash_err err = mash_proof_open(client, proof_text, MASH__DETAIL__KIND_STATUS, &proof);
    if (err == MASH_OK)
        err = mash_arrival_status(client, &proof, &row);
    if (err == MASH_OK && !mash_hash_equal(&row.manifest_sha256, manifest_sha256))
        err = mash_client_fail(client, MASH_E_MISMATCH, "it is about another notice");
    if (err == MASH_OK)
        err = mash_bytes_append(&row.proof, proof_text.data, proof_text.len);
    if (err == MASH_OK)
        err = mash_home_status_put(client->store, &row);
    if (err == MASH_OK)
        err = mash_closing_let_go(client, manifest_sha256);
    mash_status_row_free(&row);
    mash_proof_close(&proof);
    return err;
}

/* The receipt of our own notice, when its answer was lost. */
static enum mash_err
take_accept(struct mash_client *client, struct mash_span proof_text, const struct mash_hash *manifest_sha256)
{
    struct mash_outbox_row row;
    enum mash_err err = mash_home_outbox_find(client->store, manifest_sha256, &row);
    if (err != MASH_OK)
        return err == MASH_E_UNKNOWN ? MASH_OK : err;
    if (row.state == MASH_OUTBOX_SEALED)
        err = mash_outgoing_check_receipt(client, &row, proof_text, &row.held_ms);
    if (err == MASH_OK && row.state == MASH_OUTBOX_SEALED) {
        row.state = MASH_OUTBOX_HELD;
        err = mash_bytes_append(&row.receipt, proof_text.data, proof_text.len);
        if (err == MASH_OK)
            err = mash_home_outbox_update(client->store, &row);
    }
    mash_outbox_row_free(&row);
    return err;
}

/* Try the kinds a tracked entry may have; deliveries are the broker's own and tell a client nothing it
 * could rely on. */
static enum mash_err
take_entry(struct mash_client *client, struct mash_span proof_text, const struct mash_hash *manifest_sha256)
{
    struct mash_proof proof = { 0 };
    enum mash_err err = mash_proof_open(client, proof_text, MASH__DETAIL__KIND_DELIVERY, &proof);
    mash_proof_close(&proof);
    if (err != MASH_E_MISMATCH)
        return err;
    err = mash_proof_open(client, proof_text, MASH__DETAIL__KIND_ACCEPT, &proof);
    mash_proof_close(&proof);
    if (err == MASH_OK)
        return take_accept(client, proof_text, manifest_sha256);
    if (err != MASH_E_MISMATCH)
        return err;
    err = mash_proof_open(client, proof_text, MASH__DETAIL__KIND_REPORT, &proof);
    mash_proof_close(&proof);
    if (err != MASH_E_MISMATCH)
        return err; /* reports to us come by delivery */
    return take_status(client, proof_text, manifest_sha256);
}

static enum mash_err
find_manifest(struct mash_client *client, const char *id, struct mash_hash *ret_sha256)
{
    static const struct mash_hash none;
    uint8_t notice_id[MASH_ID_BYTES];
    char hex[2 * MASH_ID_BYTES + 1];
    struct mash_home_match matches[1];
    size_t count = 0;
    if (mash_uuid_parse(id, notice_id) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not the id of a notice", id);
    mash_hex_text(mash_span(notice_id, sizeof(notice_id)), hex);
    enum mash_err err = mash_home_match(client->store, hex, matches, 1, &count);
    if (err == MASH_OK && count == 0)
        return mash_client_fail(client, MASH_E_UNKNOWN, "there is no such notice");
    if (err == MASH_OK && mash_hash_equal(&matches[0].manifest_sha256, &none))
        return mash_client_fail(client, MASH_E_UNKNOWN, "the notice has not been sealed yet");
    if (err == MASH_OK)
        *ret_sha256 = matches[0].manifest_sha256;
    return err;
}

/* Each entry of one answer; what does not verify is set aside with an alarm, the rest is taken. */
static enum mash_err
take_entries(struct mash_client *client, const Mash__Tracked *tracked, const struct mash_hash *sha256)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < tracked->n_entries; i++) {
        struct mash_span proof = mash_field_span(tracked->entries[i]->proof);
        err = take_entry(client, proof, sha256);
        if (mash_arrival_is_fault(err))
            err = mash_home_alarm_add(client->store, mash_client_now(client), "entry", client->why, proof);
    }
    return err;
}

/* Where to go on after an answer that was cut: behind the last entry in it that verifies.  An exchange that
 * says "more" and gives nothing new would be asked for ever. */
static enum mash_err
go_on(struct mash_client *client, const Mash__Tracked *tracked, uint64_t *after)
{
    uint64_t index = 0;
    for (size_t i = tracked->n_entries; i > 0; i--)
        if (mash_proof_index(client, mash_field_span(tracked->entries[i - 1]->proof), &index) == MASH_OK)
            break;
    if (index <= *after)
        return mash_client_fail(client, MASH_E_MISMATCH, "the exchange says that there is more and does not show it");
    *after = index;
    return MASH_OK;
}

enum mash_err
mash_client_track(struct mash_client *client, const char *id)
{
    struct mash_hash sha256;
    Mash__Track track = MASH__TRACK__INIT;
    enum mash_err err = find_manifest(client, id, &sha256);
    track.manifest_sha256 = mash_span_field(mash_hash_span(&sha256));
    bool more = true;
    while (err == MASH_OK && more) {
        Mash__Request request = MASH__REQUEST__INIT;
        Mash__Answer *answer = NULL;
        request.ask_case = MASH__REQUEST__ASK_TRACK;
        request.track = &track;
        err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_TRACKED, &answer);
        more = err == MASH_OK && answer->tracked->more;
        if (err == MASH_OK)
            err = take_entries(client, answer->tracked, &sha256);
        if (err == MASH_OK && more)
            err = go_on(client, answer->tracked, &track.after);
        mash_message_free(&answer);
    }
    return err;
}
