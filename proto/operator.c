/* SPDX-License-Identifier: Apache-2.0 */
/* operator.c - see operator.h. */
#include "proto/operator.h"

#include <string.h>

#include "proto/sign.h"

static const char domain[] = "mash/operator/v1"; /* signed with its NUL */

enum mash_err
mash_operator_verify(const char *partnership, const uint8_t key[static MASH_PUBLIC_KEY_BYTES],
                     struct mash_span command, struct mash_span signature)
{
    if (signature.len != MASH_SIGNATURE_BYTES)
        return MASH_E_SIGNATURE;
    struct mash_hash name = mash_hash_of(mash_span_str(partnership));
    struct mash_bytes message = mash_bytes_max(MASH_CONTROL_MAX + 256u);
    enum mash_err err = mash_bytes_append(&message, domain, sizeof(domain));
    if (err == MASH_OK)
        err = mash_bytes_append(&message, name.bytes, sizeof(name.bytes));
    if (err == MASH_OK)
        err = mash_bytes_append(&message, command.data, command.len);
    if (err == MASH_OK)
        err = mash_sign_verify(key, mash_bytes_span(&message), signature.data);
    mash_bytes_free(&message);
    return err;
}

struct mash_hash
mash_restored_digest(struct mash_span first_command, struct mash_span second_command)
{
    const struct mash_span parts[] = { first_command, second_command };
    return mash_hash_parts(parts, 2);
}

/* One of the two: its command, read, of a listed operator, over this head. */
struct confirmation {
    Mash__SignedCommand *given;
    Mash__Command *command;
    const struct mash_operator *by;
};

static enum mash_err
read_confirmation(const struct mash_bundle *bundle, struct mash_span in, struct confirmation *one)
{
    struct mash_key_id id;
    enum mash_err err = mash_message_decode(&mash__signed_command__descriptor, in, &one->given);
    if (err == MASH_OK)
        err = mash_message_decode(&mash__command__descriptor, mash_field_span(one->given->command), &one->command);
    if (err != MASH_OK)
        return err;
    if (one->command->ask_case != MASH__COMMAND__ASK_RESTORE_CONFIRM)
        return MASH_E_FORMAT;
    if (one->given->operator_key_id.len != sizeof(id.bytes))
        return MASH_E_UNKNOWN;
    memcpy(id.bytes, one->given->operator_key_id.data, sizeof(id.bytes));
    one->by = mash_bundle_operator(bundle, &id);
    return one->by != NULL ? MASH_OK : MASH_E_UNKNOWN;
}

static enum mash_err
check_confirmation(const struct mash_bundle *bundle, const struct confirmation *one, const Mash__Restored *message)
{
    const Mash__CommandRestoreConfirm *says = one->command->restore_confirm;
    if (says->size != message->size || !mash_span_equal(mash_field_span(says->root), mash_field_span(message->root)))
        return MASH_E_MISMATCH;
    return mash_operator_verify(mash_bundle_partnership(bundle), one->by->key, mash_field_span(one->given->command),
                                mash_field_span(one->given->signature));
}

static enum mash_err
open_both(const struct mash_bundle *bundle, const Mash__Restored *message, struct confirmation both[static 2])
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < 2; i++)
        err = read_confirmation(bundle, mash_field_span(message->confirmations[i]), &both[i]);
    if (err == MASH_OK && (both[0].by == both[1].by || strcmp(both[0].by->id, both[1].by->id) == 0))
        err = MASH_E_CONFLICT;
    for (size_t i = 0; err == MASH_OK && i < 2; i++)
        err = check_confirmation(bundle, &both[i], message);
    return err;
}

enum mash_err
mash_restored_open(const struct mash_bundle *bundle, const Mash__Restored *message, struct mash_restored *ret_restored)
{
    struct confirmation both[2] = { { NULL, NULL, NULL }, { NULL, NULL, NULL } };
    if (message->n_confirmations != 2 || message->root.len != MASH_HASH_BYTES)
        return MASH_E_FORMAT;
    enum mash_err err = open_both(bundle, message, both);
    if (err == MASH_OK) {
        uint64_t first_ms = both[0].command->issued_ms, second_ms = both[1].command->issued_ms;
        *ret_restored = (struct mash_restored){
            .size = message->size,
            .confirmed_ms = first_ms > second_ms ? first_ms : second_ms,
            .digest = mash_restored_digest(mash_field_span(both[0].given->command),
                                           mash_field_span(both[1].given->command)),
        };
        memcpy(ret_restored->root.bytes, message->root.data, sizeof(ret_restored->root.bytes));
    }
    for (size_t i = 0; i < 2; i++) {
        mash_message_free(&both[i].command);
        mash_message_free(&both[i].given);
    }
    return err;
}
