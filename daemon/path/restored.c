/* SPDX-License-Identifier: Apache-2.0 */
/* restored.c - see restored.h.  The operators' commands are log entries; their bytes are those received. */
#include "daemon/path/restored.h"

#include <stdlib.h>
#include <string.h>

#include "proto/operator.h"

/* One restore with all that its message points into. */
struct mash_restored_row {
    struct mash_store_restore row;
    struct mash_hash digest;
    Mash__Restored message;
    struct mash_bytes confirmations[2]; /* encoded SignedCommand */
    ProtobufCBinaryData confirmation_fields[2], consistency_fields[MASH_TREE_PATH_MAX];
    struct mash_tree_path consistency;
};

/* The command of a confirmation's entry, as a SignedCommand; the digest goes over the command alone. */
static enum mash_err
load_confirmation(struct mash_path *path, uint64_t entry, struct mash_bytes *ret_signed,
                  struct mash_hash_stream *digest)
{
    struct mash_store_entry row = { .detail = mash_bytes_max(MASH_DETAIL_MAX) };
    Mash__Detail *detail = NULL;
    enum mash_err err = mash_store_entry_get(path->store, entry, &row);
    if (err == MASH_OK)
        err = mash_message_decode(&mash__detail__descriptor, mash_bytes_span(&row.detail), &detail);
    if (err == MASH_OK && detail->kind_case != MASH__DETAIL__KIND_OPERATOR_COMMAND)
        err = MASH_E_FORMAT;
    if (err == MASH_OK) {
        const Mash__OperatorDetail *said = detail->operator_command;
        Mash__SignedCommand message = MASH__SIGNED_COMMAND__INIT;
        message.command = said->command;
        message.operator_key_id = said->key_id;
        message.signature = said->signature;
        mash_hash_update(digest, mash_field_span(said->command));
        *ret_signed = mash_bytes_max(MASH_DETAIL_MAX);
        err = mash_message_encode(&message, ret_signed);
    }
    mash_message_free(&detail);
    mash_store_entry_free(&row);
    return err;
}

static void
free_row(struct mash_restored_row *one)
{
    mash_bytes_free(&one->confirmations[0]);
    mash_bytes_free(&one->confirmations[1]);
}

/* The same digest as mash_restored_digest(). */
static enum mash_err
load_row(struct mash_path *path, const struct mash_store_restore *row, struct mash_restored_row *one)
{
    struct mash_hash_stream digest;
    mash_hash_init(&digest);
    one->row = *row;
    enum mash_err err = load_confirmation(path, row->first_entry, &one->confirmations[0], &digest);
    if (err == MASH_OK)
        err = load_confirmation(path, row->second_entry, &one->confirmations[1], &digest);
    one->digest = mash_hash_final(&digest);
    return err;
}

/* Those since `taken`.  ret_rows: NULL when there are none. */
static enum mash_err
load_since(struct mash_path *path, struct mash_span taken, struct mash_restored_row **ret_rows, size_t *ret_count)
{
    struct mash_store_restore found[MASH_RESTORES_MAX];
    size_t n = 0, count = 0;
    enum mash_err err = mash_store_restores(path->store, found, MASH_RESTORES_MAX, &n);
    *ret_rows = NULL;
    *ret_count = 0;
    if (err != MASH_OK || n == 0)
        return err;
    struct mash_restored_row *rows = calloc(n, sizeof(*rows));
    if (rows == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; err == MASH_OK && i < n; i++) {
        err = load_row(path, &found[i], &rows[count++]);
        if (err != MASH_OK || !mash_span_equal(mash_hash_span(&rows[count - 1].digest), taken))
            continue;
        while (count > 0) { /* the client knows this one, and so all before it */
            free_row(&rows[--count]);
            memset(&rows[count], 0, sizeof(rows[count]));
        }
    }
    *ret_rows = rows;
    *ret_count = count;
    return err;
}

static void
free_rows(struct mash_restored_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free_row(&rows[i]);
    free(rows);
}

enum mash_err
mash_restored_explains(struct mash_path *path, struct mash_span taken, const struct mash_checkpoint *seen,
                       bool *ret_explains)
{
    struct mash_restored_row *rows;
    size_t count;
    bool explains = false;
    enum mash_err err = load_since(path, taken, &rows, &count);
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        const struct mash_store_restore *row = &rows[i].row;
        explains = explains || row->size < seen->size ||
                   (row->shown_size == seen->size && mash_hash_equal(&row->shown_root, &seen->root));
    }
    free_rows(rows, count);
    if (err == MASH_OK)
        *ret_explains = explains;
    return err;
}

static enum mash_err
write_message(struct mash_path *path, struct mash_restored_row *one)
{
    mash__restored__init(&one->message);
    one->message.size = one->row.size;
    one->message.root = mash_span_field(mash_hash_span(&one->row.root));
    for (size_t i = 0; i < 2; i++)
        one->confirmation_fields[i] = mash_span_field(mash_bytes_span(&one->confirmations[i]));
    one->message.n_confirmations = 2;
    one->message.confirmations = one->confirmation_fields;
    enum mash_err err = mash_tree_consistency(mash_store_node, path->store, one->row.size, path->checkpoint_size,
                                              &one->consistency);
    if (err != MASH_OK)
        return err;
    for (unsigned i = 0; i < one->consistency.count; i++)
        one->consistency_fields[i] = mash_span_field(mash_hash_span(&one->consistency.hashes[i]));
    one->message.n_consistency = one->consistency.count;
    one->message.consistency = one->consistency_fields;
    return MASH_OK;
}

enum mash_err
mash_restored_list(struct mash_path *path, struct mash_span taken, struct mash_restored_list *ret_list)
{
    enum mash_err err = load_since(path, taken, &ret_list->rows, &ret_list->count);
    for (size_t i = 0; err == MASH_OK && i < ret_list->count; i++) {
        err = write_message(path, &ret_list->rows[i]);
        ret_list->messages[i] = &ret_list->rows[i].message;
    }
    return err;
}

void
mash_restored_list_free(struct mash_restored_list *list)
{
    free_rows(list->rows, list->count);
    *list = (struct mash_restored_list){ 0 };
}
