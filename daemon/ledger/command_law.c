/* SPDX-License-Identifier: Apache-2.0 */
/* command_law.c - publish and suspend; see command_law.h. */
#include "daemon/ledger/command_law.h"

#include <stdio.h>
#include <string.h>

#include "daemon/path/suspension.h"
#include "daemon/proc/log.h"
#include "proto/address.h"

/* The bundle in the command, opened; value: its encoding, as it is kept. */
static enum mash_err
open_bundle(struct mash_command *command, struct mash_bytes *value, struct mash_bundle **ret_bundle)
{
    const Mash__Bundle *message = command->command->publish->bundle;
    char why[300] = "";
    if (message == NULL) {
        mash_command_settle(command, MASH_ANSWER_BUNDLE_BAD, "%s", "(there is none)");
        return MASH_OK;
    }
    enum mash_err err = mash_message_encode(message, value);
    if (err == MASH_OK)
        err = mash_view_bundle_decode(mash_bytes_span(value), ret_bundle, why, sizeof(why));
    if (err == MASH_E_NOMEM || err == MASH_OK)
        return err;
    mash_command_settle(command, MASH_ANSWER_BUNDLE_BAD, "(%s)", why[0] != '\0' ? why : mash_strerror(err));
    return MASH_OK;
}

/* What holds for every bundle of this broker. */
static void
check_ours(const struct mash_core *core, struct mash_command *command, const struct mash_bundle *bundle)
{
    if (strcmp(mash_bundle_partnership(bundle), core->config.partnership) != 0)
        mash_command_settle(command, MASH_ANSWER_PARTNERSHIP, "(it is %s's)", mash_bundle_partnership(bundle));
    else if (memcmp(mash_bundle_log_key(bundle), mash_secret_public(core->path.log_key),
                    MASH_PUBLIC_KEY_BYTES) != 0)
        mash_command_settle(command, MASH_ANSWER_BUNDLE_BAD, "%s", "(its log key is not this broker's)");
}

static void
check_first(const struct mash_core *core, struct mash_command *command, const struct mash_bundle *bundle)
{
    if (memcmp(mash_bundle_governance_digest(bundle), core->config.governance, MASH_SHA256_BYTES) != 0)
        mash_command_settle(command, MASH_ANSWER_BUNDLE_BAD, "%s",
                            "(its governance keys are not those that this broker was set up with)");
    else if (mash_bundle_version(bundle) != 1)
        mash_command_settle(command, MASH_ANSWER_BUNDLE_VERSION, "%s", "(the first one is version 1)");
}

static void
check_next(const struct mash_core *core, struct mash_command *command, const struct mash_bundle *bundle)
{
    enum mash_err err = mash_bundle_follows(core->path.view.bundle, bundle);
    if (err != MASH_OK)
        mash_command_settle(command, MASH_ANSWER_BUNDLE_VERSION, "(version %u after %u: %s)",
                            mash_bundle_version(bundle), mash_bundle_version(core->path.view.bundle),
                            mash_strerror(err));
}

static enum mash_err
open_and_check(struct mash_core *core, struct mash_command *command, struct mash_bytes *value,
               struct mash_bundle **ret_bundle)
{
    struct mash_bundle *bundle = NULL;
    enum mash_err err = open_bundle(command, value, &bundle);
    if (err != MASH_OK || bundle == NULL)
        return err;
    check_ours(core, command, bundle);
    if (!command->settled && core->path.view.bundle == NULL)
        check_first(core, command, bundle);
    else if (!command->settled)
        check_next(core, command, bundle);
    if (command->settled)
        mash_bundle_close(&bundle);
    else
        *ret_bundle = bundle;
    return MASH_OK;
}

enum mash_err
mash_command_first_bundle(struct mash_core *core, struct mash_command *command, struct mash_bundle **ret_bundle)
{
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = open_and_check(core, command, &value, ret_bundle);
    mash_bytes_free(&value);
    return err;
}

static enum mash_err
append_bundle(struct mash_core *core, const struct mash_command *command, const struct mash_bundle *bundle)
{
    Mash__BundleDetail entry = MASH__BUNDLE_DETAIL__INIT;
    entry.version = mash_bundle_version(bundle);
    entry.digest = mash_span_field(mash_span(mash_bundle_digest(bundle), MASH_SHA256_BYTES));
    entry.note = mash_span_field(mash_bundle_note(bundle));
    entry.operator_key_id = command->signed_command->operator_key_id;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_BUNDLE;
    detail.bundle = &entry;
    uint64_t index;
    return mash_path_append(&core->path, &detail, &index);
}

/* Was it suspended after the bundle was made?  Then its makers did not know, although it may list the key.
 * A bundle's date has seconds: what was suspended in that very second came first. */
static enum mash_err
made_later(struct mash_core *core, const struct mash_store_suspension *row, const struct mash_bundle *bundle,
           bool *ret_later)
{
    struct mash_store_entry entry = { 0 };
    struct mash_entry leaf;
    enum mash_err err = mash_store_entry_get(core->store, row->entry, &entry);
    if (err == MASH_OK)
        err = mash_entry_decode(mash_span(entry.leaf, sizeof(entry.leaf)), &leaf);
    if (err == MASH_OK)
        *ret_later = leaf.time_ms / 1000u > mash_bundle_issued_ms(bundle) / 1000u;
    mash_store_entry_free(&entry);
    return err;
}

/* Lift the suspensions that the makers of bundle could know; ret_kept: how many stay. */
static enum mash_err
lift_suspensions(struct mash_core *core, const struct mash_bundle *bundle, size_t *ret_kept)
{
    const struct mash_view *view = &core->path.view;
    size_t kept = 0;
    enum mash_err err = mash_store_suspensions_clear(core->store);
    for (size_t i = 0; err == MASH_OK && i < view->n_suspensions; i++) {
        bool later = true;
        err = made_later(core, &view->suspensions[i], bundle, &later);
        if (err == MASH_OK && later)
            err = mash_store_suspension_put(core->store, &view->suspensions[i]);
        kept += later ? 1 : 0;
    }
    *ret_kept = kept;
    return err;
}

enum mash_err
mash_command_publish(struct mash_core *core, struct mash_command *command)
{
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    struct mash_bundle *bundle = NULL;
    size_t kept = 0;
    enum mash_err err = open_and_check(core, command, &value, &bundle);
    if (err != MASH_OK || command->settled)
        goto out;
    err = append_bundle(core, command, bundle);
    if (err == MASH_OK)
        err = mash_store_bundle_put(core->store, mash_bundle_version(bundle), mash_bytes_span(&value));
    if (err == MASH_OK)
        err = lift_suspensions(core, bundle, &kept);
    if (err != MASH_OK)
        goto out;
    core->path.group.law_changed = true;
    err = mash_view_load(&core->path.view, core->store);
    if (kept == 0)
        mash_command_settle(command, MASH_ANSWER_OK, "(bundle %u is in force)", mash_bundle_version(bundle));
    else
        mash_command_settle(command, MASH_ANSWER_OK, "(bundle %u is in force; %zu suspensions stay: they are newer)",
                            mash_bundle_version(bundle), kept);
out:
    mash_bundle_close(&bundle);
    mash_bytes_free(&value);
    return err;
}

/* ---- suspensions ---- */

static bool
mailbox_has_key(const struct mash_mailbox *mailbox, struct mash_span id)
{
    return mash_mailbox_sign_key(mailbox, id) != NULL || mash_mailbox_seal_key(mailbox, id) != NULL;
}

/* Does the bundle list this key anywhere? */
static bool
key_known(const struct mash_bundle *bundle, const struct mash_key_id *id)
{
    if (mash_bundle_installation(bundle, id) != NULL || mash_bundle_operator(bundle, id) != NULL)
        return true;
    size_t count;
    const struct mash_mailbox *all = mash_bundle_mailboxes(bundle, &count);
    for (size_t i = 0; i < count; i++)
        if (mailbox_has_key(&all[i], mash_span(id->bytes, sizeof(id->bytes))))
            return true;
    return false;
}

/* Settles the command when it does not name exactly one thing that the bundle knows. */
static void
check_suspend(const struct mash_core *core, struct mash_command *command)
{
    const Mash__CommandSuspend *ask = command->command->suspend;
    const struct mash_bundle *bundle = core->path.view.bundle;
    struct mash_key_id id;
    bool by_mailbox = ask->mailbox[0] != '\0', by_key = ask->key_id.len == sizeof(id.bytes);
    if (by_mailbox == by_key || (by_mailbox && ask->key_id.len != 0)) {
        mash_command_settle(command, MASH_ANSWER_FIELDS, "%s", "(name either a mailbox or a key of 16 bytes)");
        return;
    }
    if (!mash_code_ok(ask->reason)) {
        mash_command_settle(command, MASH_ANSWER_FIELDS, "%s", "(reason: a code such as key-lost)");
        return;
    }
    if (by_key)
        memcpy(id.bytes, ask->key_id.data, sizeof(id.bytes));
    if (by_mailbox && mash_bundle_mailbox(bundle, ask->mailbox) == NULL)
        mash_command_settle(command, MASH_ANSWER_FIELDS, "(mailbox: %s is not in the bundle)", ask->mailbox);
    else if (by_key && !key_known(bundle, &id))
        mash_command_settle(command, MASH_ANSWER_FIELDS, "%s", "(key_id: the bundle lists no such key)");
    else if (core->path.view.n_suspensions >= MASH_SUSPENSIONS_MAX)
        mash_command_settle(command, MASH_ANSWER_TOO_MANY, "%s", "(suspensions: publish a bundle)");
}

enum mash_err
mash_command_suspend(struct mash_core *core, struct mash_command *command)
{
    check_suspend(core, command);
    if (command->settled)
        return MASH_OK;
    const Mash__CommandSuspend *ask = command->command->suspend;
    Mash__SuspensionDetail entry = MASH__SUSPENSION_DETAIL__INIT;
    entry.mailbox = ask->mailbox;
    entry.key_id = ask->key_id;
    entry.reason = ask->reason;
    entry.by_key_id = command->signed_command->operator_key_id;
    entry.command = command->signed_command->command;
    entry.signature = command->signed_command->signature;
    mash_command_settle(command, MASH_ANSWER_OK, "%s", "It is suspended; a bundle made after this lifts that.");
    return mash_suspension_put(&core->path, &entry);
}

enum mash_err
mash_command_suspend_link(struct mash_core *core, const struct mash_key_id *link_id)
{
    const struct mash_view *view = &core->path.view;
    if (core->path.group.detached || view->bundle == NULL || mash_bundle_installation(view->bundle, link_id) == NULL ||
        mash_view_key_suspended(view, link_id) || view->n_suspensions >= MASH_SUSPENSIONS_MAX)
        return MASH_OK;
    char id[9];
    mash_log_id(mash_span(link_id->bytes, sizeof(link_id->bytes)), id);
    mash_log(MASH_LOG_WARN, "link-suspended", "link=%s why=gate-crash", id);
    Mash__SuspensionDetail entry = MASH__SUSPENSION_DETAIL__INIT;
    entry.key_id = mash_span_field(mash_span(link_id->bytes, sizeof(link_id->bytes)));
    entry.reason = (char *)(uintptr_t)"gate-crash";
    return mash_suspension_put(&core->path, &entry);
}
