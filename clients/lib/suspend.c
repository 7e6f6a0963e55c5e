/* SPDX-License-Identifier: Apache-2.0 */
/* suspend.c - see mash/client.h: an agency stops a key or a mailbox of its own.  Nothing is kept here: who
 * gets no answer asks again. */
#include "clients/lib/client.h"

#include <sodium.h>

#include "clients/lib/session.h"
#include "proto/address.h"
#include "proto/suspend.h"

/* Check what a person typed; the fields of ret_command borrow from suspend and ret_id. */
static enum mash_err
make_command(struct mash_client *client, const struct mash_suspend *suspend, struct mash_key_id *ret_id,
             Mash__SuspendCommand *ret_command)
{
    struct mash_address address;
    mash__suspend_command__init(ret_command);
    if ((suspend->mailbox == NULL) == (suspend->key_id == NULL))
        return mash_client_fail(client, MASH_E_VALUE, "name either a mailbox or a key");
    if (suspend->reason == NULL || !mash_code_ok(suspend->reason))
        return mash_client_fail(client, MASH_E_VALUE, "reason: a code such as device-lost is needed");
    if (suspend->mailbox != NULL && mash_address_parse(suspend->mailbox, &address) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not a mailbox", suspend->mailbox);
    if (suspend->key_id != NULL && mash_key_id_parse(suspend->key_id, ret_id) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not a key id of 32 lower-case hex digits",
                                suspend->key_id);
    if (suspend->mailbox != NULL)
        ret_command->mailbox = (char *)(uintptr_t)suspend->mailbox;
    else
        ret_command->key_id = mash_span_field(mash_span(ret_id->bytes, sizeof(ret_id->bytes)));
    ret_command->reason = (char *)(uintptr_t)suspend->reason;
    ret_command->issued_ms = mash_client_now(client);
    return MASH_OK;
}

static enum mash_err
sign_and_ask(struct mash_client *client, const struct mash_secret *key, const Mash__SuspendCommand *command)
{
    uint8_t signature[MASH_SIGNATURE_BYTES];
    struct mash_key_id by;
    struct mash_bytes encoded = mash_bytes_max(MASH_SUSPEND_MAX);
    struct mash_bytes signed_bytes = mash_bytes_max(MASH_SUSPEND_MAX + 256u);
    enum mash_err err = mash_message_encode(command, &encoded);
    if (err == MASH_OK)
        err = mash_suspend_signed_bytes(client->conf.partnership, mash_bytes_span(&encoded), &signed_bytes);
    if (err == MASH_OK) {
        mash_secret_sign(key, mash_bytes_span(&signed_bytes), signature);
        mash_secret_id(key, &by);
        Mash__Suspend ask = MASH__SUSPEND__INIT;
        ask.command = mash_span_field(mash_bytes_span(&encoded));
        ask.by_key_id = mash_span_field(mash_span(by.bytes, sizeof(by.bytes)));
        ask.signature = mash_span_field(mash_span(signature, sizeof(signature)));
        Mash__Request request = MASH__REQUEST__INIT;
        request.ask_case = MASH__REQUEST__ASK_SUSPEND;
        request.suspend = &ask;
        Mash__Answer *answer = NULL;
        err = mash_session_ask(client, &request, MASH__ANSWER__RESULT__NOT_SET, &answer);
        mash_message_free(&answer);
    }
    mash_bytes_free(&signed_bytes);
    mash_bytes_free(&encoded);
    return err;
}

enum mash_err
mash_client_suspend(struct mash_client *client, const struct mash_suspend *suspend)
{
    struct mash_key_id id;
    struct mash_secret *key = NULL;
    Mash__SuspendCommand command;
    uint8_t nonce[16];
    const char *by = suspend->by != NULL ? suspend->by : client->conf.mailboxes[0];
    enum mash_err err = make_command(client, suspend, &id, &command);
    if (err == MASH_OK && mash_client_box(client, by) < 0)
        err = mash_client_fail(client, MASH_E_VALUE, "%s is not a mailbox of this installation", by);
    if (err == MASH_OK)
        err = mash_client_act_key(client, by, suspend->passphrase, &key);
    if (err != MASH_OK)
        return err;
    randombytes_buf(nonce, sizeof(nonce));
    command.nonce = mash_span_field(mash_span(nonce, sizeof(nonce)));
    err = sign_and_ask(client, key, &command);
    mash_secret_close(&key);
    return err;
}
