/* SPDX-License-Identifier: Apache-2.0 */
/* command_restore.c - see command_restore.h. */
#include "daemon/ledger/command_restore.h"

#include <string.h>

#define NAME "restore-confirm"

static void
keep_confirmation(struct mash_core *core, const struct mash_command *command, const struct mash_key_id *by)
{
    const Mash__SignedCommand *given = command->signed_command;
    mash_bytes_free(&core->restore_command);
    mash_bytes_free(&core->restore_signature);
    core->restore_asked =
        mash_bytes_append(&core->restore_command, given->command.data, given->command.len) == MASH_OK &&
        mash_bytes_append(&core->restore_signature, given->signature.data, given->signature.len) == MASH_OK;
    core->restore_by = *by;
}

/* The checkpoint that a client has shown, when that was the reason. */
static void
fill_shown(const struct mash_core *core, struct mash_store_restore *row)
{
    char why[sizeof(core->path.read_only)];
    struct mash_checkpoint shown;
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    if (mash_store_doubt_get(core->store, why, sizeof(why), &note) == MASH_OK &&
        mash_checkpoint_open(mash_bytes_span(&note), core->path.origin, mash_secret_public(core->path.log_key), &shown,
                             NULL) == MASH_OK) {
        row->shown_size = shown.size;
        row->shown_root = shown.root;
    }
    mash_bytes_free(&note);
}

/* The second operator's confirmation takes the marks off: both commands are logged now, and a start. */
static enum mash_err
confirm(struct mash_core *core, struct mash_command *command)
{
    struct mash_path *path = &core->path;
    const Mash__SignedCommand *given = command->signed_command;
    struct mash_store_restore row = { .size = path->left.size, .root = path->left.root };
    fill_shown(core, &row);
    memcpy(core->restore_why, path->read_only, sizeof(core->restore_why));
    path->read_only[0] = '\0';
    path->group.open = false; /* the detached one */
    core->restore_done = true; /* from here a failure of the group undoes it */
    enum mash_err err = mash_path_begin(path);
    if (err == MASH_OK)
        err = mash_command_log(core, NAME, mash_span(core->restore_by.bytes, MASH_KEY_ID_BYTES),
                               mash_bytes_span(&core->restore_command), mash_bytes_span(&core->restore_signature),
                               &row.first_entry);
    if (err == MASH_OK)
        err = mash_command_log(core, NAME, mash_field_span(given->operator_key_id), mash_field_span(given->command),
                               mash_field_span(given->signature), &row.second_entry);
    if (err == MASH_OK)
        err = mash_core_log_start(core, core->found == MASH_STORE_RESTORED ? "restored" : "confirmed");
    if (err == MASH_OK)
        err = mash_store_restore_confirmed(core->store, &row);
    return err;
}

/* A store behind its floor is not to be confirmed: what is missing there is on the disk or in a backup. */
static bool
may_be_confirmed(const struct mash_core *core)
{
    return core->path.read_only[0] != '\0' && core->found != MASH_STORE_BEHIND_FLOOR;
}

enum mash_err
mash_command_restore_confirm(struct mash_core *core, struct mash_command *command)
{
    const Mash__CommandRestoreConfirm *ask = command->command->restore_confirm;
    struct mash_key_id by;
    memcpy(by.bytes, command->signed_command->operator_key_id.data, sizeof(by.bytes));
    if (!may_be_confirmed(core)) {
        mash_command_settle(command, MASH_ANSWER_OK, "%s", "There is nothing to confirm.");
        return MASH_OK;
    }
    if (ask->size != core->path.left.size ||
        !mash_span_equal(mash_field_span(ask->root), mash_hash_span(&core->path.left.root))) {
        mash_command_settle(command, MASH_ANSWER_ROOT, "%s", "");
        return MASH_OK;
    }
    if (!core->restore_asked || memcmp(core->restore_by.bytes, by.bytes, sizeof(by.bytes)) == 0) {
        keep_confirmation(core, command, &by);
        mash_command_settle(command, MASH_ANSWER_OK, "%s", "One of two: another operator must confirm as well.");
        return MASH_OK;
    }
    mash_command_settle(command, MASH_ANSWER_OK, "%s", "The exchange signs again.");
    return confirm(core, command);
}
