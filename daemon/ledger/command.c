/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - what operators may ask of the ledger: one table; each signed command is authenticated once,
 * remembered by its nonce and logged before it is done.  (design: "Programs and processes") */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/command_law.h"
#include "daemon/ledger/command_restore.h"
#include "daemon/ledger/core_state.h"
#include "daemon/proc/log.h"
#include "proto/operator.h"

void
mash_command_settle(struct mash_command *command, enum mash_answer_id answer, const char *format, ...)
{
    command->settled = true;
    command->answer = answer;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command->more, sizeof(command->more), format, args); /* a longer text is cut */
    va_end(args);
}

void
mash_command_clear(struct mash_command *command)
{
    mash_message_free(&command->command);
    mash_message_free(&command->signed_command);
    mash_bytes_free(&command->frame);
}

/* ---- each command's own part, inside the group ---- */

static enum mash_err
run_status(struct mash_core *core, struct mash_command *command)
{
    (void)core;
    command->with_figures = true;
    mash_command_settle(command, MASH_ANSWER_OK, "%s", "");
    return MASH_OK;
}

/* Backups are made only beneath the configured directory: the jail allows no other. */
static enum mash_err
run_backup(struct mash_core *core, struct mash_command *command)
{
    const char *directory = command->command->backup->directory;
    size_t len = strlen(core->config.backup);
    if (strncmp(directory, core->config.backup, len) != 0 || directory[len] != '/' ||
        strchr(directory + len + 1, '/') != NULL || directory[len + 1] == '\0' || directory[len + 1] == '.')
        mash_command_settle(command, MASH_ANSWER_FIELDS, "(directory: a new name directly beneath %s)",
                            core->config.backup);
    else
        command->accepted = true;
    return MASH_OK;
}

static enum mash_err
run_stop(struct mash_core *core, struct mash_command *command)
{
    (void)core;
    command->accepted = true;
    return MASH_OK;
}

enum mash_err
mash_command_log(struct mash_core *core, const char *name, struct mash_span key_id, struct mash_span signed_bytes,
                 struct mash_span signature, uint64_t *ret_index)
{
    struct mash_hash large = mash_hash_of(signed_bytes);
    /* a published bundle has its own entry with the note; here its command is named by digest */
    if (signed_bytes.len > MASH_DETAIL_MAX / 2)
        signed_bytes = mash_hash_span(&large);
    Mash__OperatorDetail operator_detail = MASH__OPERATOR_DETAIL__INIT;
    operator_detail.key_id = mash_span_field(key_id);
    operator_detail.name = (char *)(uintptr_t)name;
    operator_detail.command = mash_span_field(signed_bytes);
    operator_detail.signature = mash_span_field(signature);
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_OPERATOR_COMMAND;
    detail.operator_command = &operator_detail;
    return mash_path_append(&core->path, &detail, ret_index);
}

static const struct row {
    Mash__Command__AskCase ask;
    const char *name;
    bool read_only_too; /* runs while nothing may be signed; then it is not logged */
    bool unsigned_too;
    enum mash_err (*run)(struct mash_core *core, struct mash_command *command);
} rows[] = {
    { MASH__COMMAND__ASK_STATUS, "status", true, true, run_status },
    { MASH__COMMAND__ASK_PUBLISH, "publish", false, false, mash_command_publish },
    { MASH__COMMAND__ASK_SUSPEND, "suspend", false, false, mash_command_suspend },
    { MASH__COMMAND__ASK_BACKUP, "backup", false, false, run_backup },
    { MASH__COMMAND__ASK_STOP, "stop", true, false, run_stop },
    { MASH__COMMAND__ASK_RESTORE_CONFIRM, "restore-confirm", true, false, mash_command_restore_confirm },
};

/* ---- who asks ---- */

static bool
read_command(struct mash_command *command)
{
    return mash_message_decode(&mash__signed_command__descriptor, mash_bytes_span(&command->frame),
                               &command->signed_command) == MASH_OK &&
           mash_message_decode(&mash__command__descriptor, mash_field_span(command->signed_command->command),
                               &command->command) == MASH_OK;
}

/* The operator's key: of the bundle in force, or of the first one when it is being published: that one is
 * trusted by the pin alone, so its operators are known only once its pin has been checked. */
static enum mash_err
find_operator(struct mash_core *core, struct mash_command *command, uint8_t ret_key[static MASH_PUBLIC_KEY_BYTES])
{
    struct mash_key_id id;
    memcpy(id.bytes, command->signed_command->operator_key_id.data, sizeof(id.bytes));
    struct mash_bundle *first = NULL;
    const struct mash_bundle *bundle = core->path.view.bundle;
    if (bundle == NULL && command->command->ask_case == MASH__COMMAND__ASK_PUBLISH) {
        enum mash_err err = mash_command_first_bundle(core, command, &first);
        if (err != MASH_OK || command->settled)
            return err;
        bundle = first;
    }
    const struct mash_operator *operator_row = bundle != NULL ? mash_bundle_operator(bundle, &id) : NULL;
    if (operator_row == NULL)
        mash_command_settle(command, MASH_ANSWER_OPERATOR_UNKNOWN, "%s", "");
    else if (mash_view_key_suspended(&core->path.view, &id))
        mash_command_settle(command, MASH_ANSWER_KEY_SUSPENDED, "%s", "(the operator's)");
    else
        memcpy(ret_key, operator_row->key, MASH_PUBLIC_KEY_BYTES);
    mash_bundle_close(&first);
    return MASH_OK;
}

static enum mash_err
check_signature(struct mash_core *core, struct mash_command *command,
                const uint8_t key[static MASH_PUBLIC_KEY_BYTES])
{
    const Mash__SignedCommand *given = command->signed_command;
    enum mash_err err = mash_operator_verify(core->config.partnership, key, mash_field_span(given->command),
                                             mash_field_span(given->signature));
    if (err != MASH_E_SIGNATURE)
        return err;
    mash_command_settle(command, MASH_ANSWER_OPERATOR_UNKNOWN, "%s", "(its signature does not verify)");
    return MASH_OK;
}

static void
check_time(struct mash_core *core, struct mash_command *command)
{
    uint64_t now_ms = core->path.group.now_ms, issued_ms = command->command->issued_ms;
    uint64_t apart_ms = now_ms > issued_ms ? now_ms - issued_ms : issued_ms - now_ms;
    if (apart_ms > MASH_COMMAND_SKEW_MS)
        mash_command_settle(command, MASH_ANSWER_COMMAND_TIME, "(the broker's clock says %llu ms since 1970 UTC)",
                            (unsigned long long)now_ms);
}

static enum mash_err
check_nonce(struct mash_core *core, struct mash_command *command)
{
    ProtobufCBinaryData nonce = command->command->nonce;
    if (nonce.len != 16) {
        mash_command_settle(command, MASH_ANSWER_MALFORMED, "%s", "(nonce: 16 bytes)");
        return MASH_OK;
    }
    if (core->path.group.detached) /* nothing may be written; its time bounds a repeat, which is harmless */
        return MASH_OK;
    enum mash_err err = mash_store_nonce_put(core->store, nonce.data, core->path.group.now_ms);
    if (err == MASH_E_CONFLICT) {
        mash_command_settle(command, MASH_ANSWER_NONCE, "%s", "");
        return MASH_OK;
    }
    core->path.group.changed = true;
    return err;
}

static enum mash_err
authenticate(struct mash_core *core, struct mash_command *command)
{
    if (command->signed_command->operator_key_id.len != MASH_KEY_ID_BYTES) {
        mash_command_settle(command, MASH_ANSWER_OPERATOR_UNKNOWN, "%s", "");
        return MASH_OK;
    }
    uint8_t key[MASH_PUBLIC_KEY_BYTES];
    enum mash_err err = find_operator(core, command, key);
    if (err == MASH_OK && !command->settled)
        err = check_signature(core, command, key);
    if (err == MASH_OK && !command->settled)
        check_time(core, command);
    if (err == MASH_OK && !command->settled)
        err = check_nonce(core, command);
    return err;
}

static enum mash_err
note_refusal(struct mash_core *core, const struct mash_command *command)
{
    if (!command->settled || mash_answer(command->answer)->code < 400 || core->path.group.detached)
        return MASH_OK;
    struct mash_key_id key_id = { { 0 } };
    if (command->signed_command != NULL && command->signed_command->operator_key_id.len == sizeof(key_id.bytes))
        memcpy(key_id.bytes, command->signed_command->operator_key_id.data, sizeof(key_id.bytes));
    return mash_refusals_note(&core->path, "", &key_id, command->answer);
}

static enum mash_err
run_row(struct mash_core *core, struct mash_command *command, const struct row *row)
{
    if (core->path.group.detached && !row->read_only_too) {
        mash_command_settle(command, MASH_ANSWER_READ_ONLY, "(%s)", core->path.read_only);
        return MASH_OK;
    }
    const Mash__SignedCommand *given = command->signed_command;
    enum mash_err err = MASH_OK;
    uint64_t entry;
    if (!row->unsigned_too) {
        err = authenticate(core, command);
        if (err == MASH_OK && !command->settled && !core->path.group.detached)
            err = mash_command_log(core, row->name, mash_field_span(given->operator_key_id),
                                   mash_field_span(given->command), mash_field_span(given->signature), &entry);
    }
    return err == MASH_OK && !command->settled ? row->run(core, command) : err;
}

enum mash_err
mash_command_run(struct mash_core *core, struct mash_command *command)
{
    const struct row *row = NULL;
    if (read_command(command))
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (rows[i].ask == command->command->ask_case)
                row = &rows[i];
    enum mash_err err = MASH_OK;
    if (row == NULL)
        mash_command_settle(command, MASH_ANSWER_MALFORMED, "%s", "");
    else
        err = run_row(core, command, row);
    return err == MASH_OK ? note_refusal(core, command) : err;
}

/* ---- after the commit ---- */

static enum mash_err
make_backup(struct mash_core *core, struct mash_command *command)
{
    const char *directory = command->command->backup->directory;
    enum mash_err err = mash_store_backup(core->store, directory);
    if (err == MASH_E_CONFLICT)
        mash_command_settle(command, MASH_ANSWER_EXISTS, "(%s)", directory);
    else if (err == MASH_E_FULL)
        mash_command_settle(command, MASH_ANSWER_FULL, "(%s)", directory);
    else if (err != MASH_OK) /* the copy failed, not the store */
        mash_command_settle(command, MASH_ANSWER_NOT_LOGGED, "(the backup failed: %s)", mash_strerror(err));
    else
        mash_command_settle(command, MASH_ANSWER_OK, "(%s)", directory);
    mash_log(err == MASH_OK ? MASH_LOG_INFO : MASH_LOG_ERROR, "backup", "why=\"%s\"", mash_strerror(err));
    return MASH_OK;
}

static enum mash_err
finish_accepted(struct mash_core *core, struct mash_command *command)
{
    if (command->command->ask_case == MASH__COMMAND__ASK_BACKUP)
        return make_backup(core, command);
    if (command->command->ask_case == MASH__COMMAND__ASK_STOP)
        core->stopping = true;
    mash_command_settle(command, MASH_ANSWER_OK, "%s", "");
    return MASH_OK;
}

enum mash_err
mash_command_finish(struct mash_core *core, struct mash_command *command)
{
    enum mash_err err = command->accepted ? finish_accepted(core, command) : MASH_OK;
    const struct mash_answer *row = mash_answer(command->answer);
    char sentence[700];
    (void)snprintf(sentence, sizeof(sentence), "%s%s%s", row->sentence, command->more[0] != '\0' ? " " : "",
                   command->more);
    Mash__ControlAnswer answer = MASH__CONTROL_ANSWER__INIT;
    answer.code = row->code;
    answer.sub_code = (char *)(uintptr_t)row->sub_code;
    answer.sentence = sentence;
    struct mash_bytes figures = mash_bytes_max(MASH_CONTROL_MAX), bytes = mash_bytes_max(MASH_CONTROL_MAX);
    if (err == MASH_OK && command->with_figures)
        err = mash_figures_make(core, &figures);
    if (err == MASH_OK && command->with_figures)
        err = mash_message_decode(&mash__figures__descriptor, mash_bytes_span(&figures), &answer.figures);
    if (err == MASH_OK)
        err = mash_message_encode(&answer, &bytes);
    if (err == MASH_OK)
        core->config.sink.control(core->config.sink.ctx, command->connection, mash_bytes_span(&bytes));
    mash_message_free(&answer.figures);
    mash_bytes_free(&figures);
    mash_bytes_free(&bytes);
    return err;
}
