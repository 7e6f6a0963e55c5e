/* SPDX-License-Identifier: Apache-2.0 */
/* suspension.c - see suspension.h; and Suspend, by which an agency stops a key or mailbox of its own:
 * "denying needs one" (design: "Trust: keys and the bundle").  Only a bundle lifts it. */
#include "daemon/path/suspension.h"

#include <stdio.h>
#include <string.h>

#include "daemon/path/authorise.h"
#include "daemon/path/question.h"
#include "daemon/proc/log.h"
#include "proto/address.h"
#include "proto/sign.h"
#include "proto/suspend.h"

enum { NONCE_BYTES = 16 };

enum mash_err
mash_suspension_put(struct mash_path *path, Mash__SuspensionDetail *entry)
{
    struct mash_store_suspension row = { 0 };
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_SUSPENSION;
    detail.suspension = entry;
    enum mash_err err = mash_path_append(path, &detail, &row.entry);
    if (err != MASH_OK)
        return err;
    (void)snprintf(row.mailbox, sizeof(row.mailbox), "%s", entry->mailbox);
    if (entry->key_id.len == sizeof(row.key_id.bytes))
        memcpy(row.key_id.bytes, entry->key_id.data, sizeof(row.key_id.bytes));
    row.bundle_version = mash_bundle_version(path->view.bundle);
    err = mash_store_suspension_put(path->store, &row);
    if (err != MASH_OK)
        return err;
    path->group.law_changed = true;
    return mash_view_load(&path->view, path->store);
}

/* ---- who asks ---- */

/* The sign key by_key_id of one of the asking agency's mailboxes; flight->mailbox becomes its mailbox. */
static const struct mash_sign_key *
find_key(struct mash_path *path, struct mash_flight *flight, struct mash_span id)
{
    size_t count;
    const struct mash_mailbox *all = mash_bundle_mailboxes(path->view.bundle, &count);
    for (size_t i = 0; i < count; i++) {
        if (all[i].agency != flight->request->installation->agency)
            continue;
        flight->mailbox = &all[i];
        const struct mash_sign_key *key = mash_mailbox_sign_key(&all[i], id);
        if (key != NULL)
            return key;
    }
    return NULL;
}

static enum mash_err
check_signed(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__Suspend *ask = flight->request->message->suspend;
    const struct mash_sign_key *key = find_key(path, flight, mash_field_span(ask->by_key_id));
    if (key == NULL) {
        mash_flight_settle(flight, MASH_ANSWER_KEY_UNKNOWN, "%s", "(by_key_id: a sign key of your agency)");
        return MASH_OK;
    }
    if (!mash_authorise_key(path, flight, key, MASH_MAY_ACT))
        return MASH_OK;
    struct mash_bytes message = mash_bytes_max(MASH_SUSPEND_MAX + 256u);
    enum mash_err err = mash_suspend_signed_bytes(path->partnership, mash_field_span(ask->command), &message);
    if (err == MASH_OK && (ask->signature.len != MASH_SIGNATURE_BYTES ||
                           mash_sign_verify(key->key, mash_bytes_span(&message), ask->signature.data) != MASH_OK))
        mash_flight_settle(flight, MASH_ANSWER_SIGNATURE, "%s", "");
    mash_bytes_free(&message);
    return err;
}

/* ---- what is asked ---- */

/* Is this key one of agency's: of a mailbox, or of an installation? */
static bool
owns_key(const struct mash_bundle *bundle, const struct mash_agency *agency, const struct mash_key_id *id)
{
    size_t count;
    struct mash_span span = mash_span(id->bytes, sizeof(id->bytes));
    const struct mash_installation *installation = mash_bundle_installation(bundle, id);
    const struct mash_mailbox *all = mash_bundle_mailboxes(bundle, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i].agency == agency &&
            (mash_mailbox_sign_key(&all[i], span) != NULL || mash_mailbox_seal_key(&all[i], span) != NULL))
            return true;
    return installation != NULL && installation->agency == agency;
}

static bool
owns_mailbox(const struct mash_bundle *bundle, const struct mash_agency *agency, const char *address)
{
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(bundle, address);
    return mailbox != NULL && mailbox->agency == agency;
}

static void
check_time(const struct mash_path *path, struct mash_flight *flight, uint64_t issued_ms)
{
    uint64_t now_ms = path->group.now_ms;
    uint64_t apart_ms = now_ms > issued_ms ? now_ms - issued_ms : issued_ms - now_ms;
    if (apart_ms > MASH_COMMAND_SKEW_MS)
        mash_flight_settle(flight, MASH_ANSWER_COMMAND_TIME, "(the exchange's clock says %llu ms since 1970 UTC)",
                           (unsigned long long)now_ms);
}

/* Settles the flight unless the command names one thing of the agency that is not suspended yet. */
static void
check_thing(const struct mash_path *path, struct mash_flight *flight, const Mash__SuspendCommand *command)
{
    const struct mash_agency *agency = flight->request->installation->agency;
    struct mash_key_id id = { { 0 } };
    bool by_mailbox = command->mailbox[0] != '\0', by_key = command->key_id.len == sizeof(id.bytes);
    if (by_mailbox == by_key || (by_mailbox && command->key_id.len != 0) || !mash_code_ok(command->reason) ||
        command->nonce.len != NONCE_BYTES) {
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "%s",
                           "(name a mailbox or a key of 16 bytes, a reason such as device-lost, a nonce of 16 bytes)");
        return;
    }
    if (by_key)
        memcpy(id.bytes, command->key_id.data, sizeof(id.bytes));
    /* one answer for what is unknown and what is another's */
    if (by_mailbox ? !owns_mailbox(path->view.bundle, agency, command->mailbox)
                   : !owns_key(path->view.bundle, agency, &id))
        mash_flight_settle(flight, MASH_ANSWER_UNKNOWN, "%s", "(your agency has no such mailbox or key)");
    else if (by_mailbox ? mash_view_mailbox_suspended(&path->view, command->mailbox)
                        : mash_view_key_suspended(&path->view, &id))
        mash_flight_settle(flight, MASH_ANSWER_OK, "%s", "It was suspended before.");
    else if (path->view.n_suspensions >= MASH_SUSPENSIONS_MAX)
        mash_flight_settle(flight, MASH_ANSWER_TOO_MANY, "%s", "(suspensions: ring the operator)");
}

static enum mash_err
read_command(struct mash_span bytes, Mash__SuspendCommand **ret_command)
{
    return bytes.len > MASH_SUSPEND_MAX ? MASH_E_LIMIT
                                        : mash_message_decode(&mash__suspend_command__descriptor, bytes, ret_command);
}

enum mash_err
mash_suspend_allow(struct mash_path *path, struct mash_flight *flight)
{
    Mash__SuspendCommand *command = NULL;
    enum mash_err err = read_command(mash_field_span(flight->request->message->suspend->command), &command);
    if (err == MASH_E_NOMEM)
        return err;
    if (err != MASH_OK) {
        mash_flight_settle(flight, MASH_ANSWER_MALFORMED, "%s", "(command)");
        return MASH_OK;
    }
    err = check_signed(path, flight);
    if (err == MASH_OK && !flight->settled)
        check_time(path, flight, command->issued_ms);
    if (err == MASH_OK && !flight->settled)
        check_thing(path, flight, command);
    mash_message_free(&command);
    return err;
}

/* ---- doing it ---- */

static enum mash_err
put_nonce(struct mash_path *path, struct mash_flight *flight, const uint8_t *nonce)
{
    enum mash_err err = mash_store_nonce_put(path->store, nonce, path->group.now_ms);
    if (err == MASH_OK)
        path->group.changed = true;
    if (err != MASH_E_CONFLICT)
        return err;
    mash_flight_settle(flight, MASH_ANSWER_NONCE, "%s", "");
    return MASH_OK;
}

enum mash_err
mash_suspend_begin(struct mash_path *path, struct mash_request *request)
{
    const Mash__Suspend *ask = request->message->suspend;
    Mash__SuspendCommand *command = NULL;
    enum mash_err err = read_command(mash_field_span(ask->command), &command);
    if (err == MASH_OK)
        err = put_nonce(path, &request->whole, command->nonce.data);
    if (err == MASH_OK && !request->whole.settled) {
        Mash__SuspensionDetail entry = MASH__SUSPENSION_DETAIL__INIT;
        entry.mailbox = command->mailbox;
        entry.key_id = command->key_id;
        entry.reason = command->reason;
        entry.by_key_id = ask->by_key_id;
        entry.command = ask->command;
        entry.signature = ask->signature;
        mash_log(MASH_LOG_WARN, "suspended", "agency=%s reason=%s", request->installation->agency->id,
                 command->reason);
        err = mash_suspension_put(path, &entry);
    }
    mash_message_free(&command);
    return err;
}

enum mash_err
mash_suspend_answer(struct mash_path *path, const struct mash_request *request)
{
    Mash__Answer answer;
    mash_question_answer_init(request, &answer);
    answer.sentence = (char *)(uintptr_t)"It is suspended; a bundle made after this lifts that.";
    return mash_path_send(path, request->connection, &answer);
}
