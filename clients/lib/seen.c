/* SPDX-License-Identifier: Apache-2.0 */
/* seen.c - see seen.h. */
#include "clients/lib/seen.h"

#include <stdio.h>
#include <string.h>

#include "clients/lib/restored.h"
#include "clients/lib/session.h"

enum mash_err
mash_seen_load(struct mash_client *client, struct mash_bytes *ret_note)
{
    struct mash_note note;
    enum mash_err err = mash_home_checkpoint_get(client->store, ret_note);
    if (err == MASH_OK)
        err = mash_note_parse(mash_bytes_span(ret_note), &note);
    if (err == MASH_OK)
        err = mash_checkpoint_parse(note.text, &client->checkpoint);
    client->has_checkpoint = err == MASH_OK;
    if (err == MASH_E_UNKNOWN)
        return MASH_OK;
    return err == MASH_OK ? err : mash_client_fail(client, err, "the stored checkpoint is damaged");
}

const struct mash_checkpoint *
mash_seen_last(const struct mash_client *client)
{
    return client->has_checkpoint ? &client->checkpoint : NULL;
}

/* The origin a checkpoint claims, when it is one of our partnership's log: `<partnership>/<year>`. */
static enum mash_err
claimed_origin(const struct mash_client *client, struct mash_span text,
               char ret_origin[static MASH_NOTE_NAME_MAX + 1])
{
    const uint8_t *end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
    size_t len = end != NULL ? (size_t)(end - text.data) : 0;
    size_t name_len = strlen(client->conf.partnership);
    if (len != name_len + 5 || len > MASH_NOTE_NAME_MAX ||
        memcmp(text.data, client->conf.partnership, name_len) != 0 || text.data[name_len] != '/')
        return MASH_E_MISMATCH;
    for (size_t i = name_len + 1; i < len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return MASH_E_MISMATCH;
    memcpy(ret_origin, text.data, len);
    ret_origin[len] = '\0';
    return MASH_OK;
}

/* Keep both histories as evidence. */
static enum mash_err
alarm(struct mash_client *client, const char *what, struct mash_span note)
{
    (void)mash_client_fail(client, MASH_E_SIGNATURE,
                           "ALARM: the exchange shows another past than this installation has seen (%s). Nothing "
                           "it says is to be relied on: ring the governance contact and your recipients",
                           what);
    struct mash_bytes evidence = mash_bytes_max(3 * MASH_CHECKPOINT_MAX);
    enum mash_err err = mash_home_checkpoint_get(client->store, &evidence);
    if (err == MASH_OK || err == MASH_E_UNKNOWN)
        err = mash_bytes_append_str(&evidence, "\n");
    if (err == MASH_OK)
        err = mash_bytes_append(&evidence, note.data, note.len);
    if (err == MASH_OK)
        err = mash_home_alarm_add(client->store, mash_client_now(client), "fork", client->why,
                                  mash_bytes_span(&evidence));
    mash_bytes_free(&evidence);
    mash_session_end(client);
    return err == MASH_OK ? MASH_E_SIGNATURE : err;
}

static enum mash_err
keep(struct mash_client *client, const struct mash_checkpoint *checkpoint, struct mash_span note)
{
    enum mash_err err = mash_home_checkpoint_put(client->store, checkpoint->size, &checkpoint->root, note);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the checkpoint could not be stored: %s", mash_strerror(err));
    client->checkpoint = *checkpoint;
    client->has_checkpoint = true;
    return MASH_OK;
}

/* Our checkpoint is not in the past that is shown. */
static enum mash_err
not_grown(struct mash_client *client, const struct mash_checkpoint *head, const Mash__Welcome *welcome)
{
    struct mash_span note = mash_field_span(welcome->checkpoint);
    const char *what = head->size < client->checkpoint.size ? "its log is shorter than before"
                                                            : "its log did not grow from what was seen before";
    if (welcome->n_restored == 0)
        return alarm(client, what, note);
    enum mash_err err = mash_restored_take(client, head, welcome, &what);
    return err == MASH_E_SIGNATURE ? alarm(client, what, note) : err;
}

enum mash_err
mash_seen_head(struct mash_client *client, const Mash__Welcome *welcome, const struct mash_hash *path)
{
    char origin[MASH_NOTE_NAME_MAX + 1];
    struct mash_checkpoint head;
    struct mash_span note = mash_field_span(welcome->checkpoint);
    enum mash_err err = claimed_origin(client, note, origin);
    if (err == MASH_OK)
        err = mash_checkpoint_open(note, origin, mash_bundle_log_key(client->bundle), &head, NULL);
    if (err != MASH_OK)
        return alarm(client, "its checkpoint is not signed by the log", note);
    const struct mash_checkpoint *ours = &client->checkpoint;
    if (client->has_checkpoint &&
        (head.size < ours->size || mash_tree_verify_consistency(ours->size, &ours->root, head.size, &head.root, path,
                                                                welcome->n_consistency) != MASH_OK))
        return not_grown(client, &head, welcome);
    if (!client->has_checkpoint || head.size > ours->size)
        err = keep(client, &head, note);
    return err == MASH_OK ? mash_restored_note(client, &head, welcome) : err;
}

static enum mash_err
ask_consistency(struct mash_client *client, uint64_t old_size, uint64_t new_size,
                struct mash_hash *ret_path, size_t *ret_count)
{
    Mash__GetConsistency get = MASH__GET_CONSISTENCY__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__Answer *answer = NULL;
    get.old_size = old_size;
    get.new_size = new_size;
    request.ask_case = MASH__REQUEST__ASK_GET_CONSISTENCY;
    request.get_consistency = &get;
    enum mash_err err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_CONSISTENCY, &answer);
    if (err != MASH_OK)
        return err;
    const Mash__Consistency *proof = answer->consistency;
    if (proof->n_path > MASH_TREE_PATH_MAX)
        err = MASH_E_FORMAT;
    for (size_t i = 0; err == MASH_OK && i < proof->n_path; i++) {
        if (proof->path[i].len == MASH_HASH_BYTES)
            memcpy(ret_path[i].bytes, proof->path[i].data, MASH_HASH_BYTES);
        else
            err = MASH_E_FORMAT;
    }
    if (err == MASH_OK)
        *ret_count = proof->n_path;
    mash_message_free(&answer);
    return err == MASH_OK ? err : mash_client_fail(client, err, "the exchange's consistency proof is malformed");
}

/* Is (size, root) of the same history as our checkpoint?  MASH_E_SIGNATURE: no, ret_what says how. */
static enum mash_err
compare(struct mash_client *client, uint64_t size, const struct mash_hash *root, const char **ret_what)
{
    const struct mash_checkpoint ours = client->checkpoint;
    *ret_what = "two logs of the same length differ";
    if (size == ours.size)
        return mash_hash_equal(root, &ours.root) ? MASH_OK : MASH_E_SIGNATURE;

    bool newer = size > ours.size;
    struct mash_hash path[MASH_TREE_PATH_MAX];
    size_t count = 0;
    uint64_t low = newer ? ours.size : size, high = newer ? size : ours.size;
    const struct mash_hash *low_root = newer ? &ours.root : root, *high_root = newer ? root : &ours.root;
    enum mash_err err = ask_consistency(client, low, high, path, &count);
    if (err != MASH_OK)
        return err == MASH_E_UNKNOWN || err == MASH_E_DENIED ? MASH_E_AGAIN : err;
    *ret_what = "one log is not the beginning of the other";
    return mash_tree_verify_consistency(low, low_root, high, high_root, path, count) == MASH_OK ? MASH_OK
                                                                                            : MASH_E_SIGNATURE;
}

enum mash_err
mash_seen_checkpoint(struct mash_client *client, const struct mash_checkpoint *checkpoint, struct mash_span note)
{
    if (!client->has_checkpoint)
        return keep(client, checkpoint, note);
    const char *what = NULL;
    enum mash_err err = compare(client, checkpoint->size, &checkpoint->root, &what);
    if (err == MASH_E_SIGNATURE && what != NULL)
        return alarm(client, what, note);
    if (err != MASH_OK)
        return err;
    /* the hello inside the question may have brought a larger one meanwhile */
    return checkpoint->size > client->checkpoint.size ? keep(client, checkpoint, note) : MASH_OK;
}

enum mash_err
mash_seen_cited(struct mash_client *client, uint64_t size, const struct mash_hash *root)
{
    const char *what = NULL;
    if (size == 0 || !client->has_checkpoint)
        return MASH_OK;
    return size > client->checkpoint.size ? MASH_E_MISMATCH : compare(client, size, root, &what);
}

/* Where the checkpoint begins in a tlog-proof: after the first empty line (C2SP tlog-proof). */
static struct mash_span
proof_note(struct mash_span in)
{
    for (size_t i = 0; i + 1 < in.len; i++)
        if (in.data[i] == '\n' && in.data[i + 1] == '\n')
            return mash_span(in.data + i + 2, in.len - i - 2);
    return mash_span(NULL, 0);
}

static enum mash_err
read_detail(struct mash_proof *proof, Mash__Detail__KindCase kind)
{
    enum mash_err err = mash_message_decode(&mash__detail__descriptor, proof->receipt.detail, &proof->detail);
    if (err != MASH_OK)
        return err;
    bool same = proof->detail->kind_case == kind && proof->receipt.entry.kind == (unsigned)kind;
    return same ? MASH_OK : MASH_E_MISMATCH;
}

enum mash_err
mash_proof_open(struct mash_client *client, struct mash_span in, Mash__Detail__KindCase kind,
                struct mash_proof *ret_proof)
{
    char origin[MASH_NOTE_NAME_MAX + 1];
    struct mash_proof proof = { 0 };
    enum mash_err err = claimed_origin(client, proof_note(in), origin);
    if (err == MASH_OK)
        err = mash_receipt_open(in, origin, mash_bundle_log_key(client->bundle), &proof.receipt);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "its proof does not verify: %s", mash_strerror(err));
    err = read_detail(&proof, kind);
    if (err != MASH_OK)
        (void)mash_client_fail(client, err, "its proof is of another kind of entry");
    if (err == MASH_OK)
        err = mash_seen_checkpoint(client, &proof.receipt.checkpoint, proof.receipt.note);
    if (err == MASH_OK)
        *ret_proof = proof;
    else
        mash_proof_close(&proof);
    return err;
}

enum mash_err
mash_proof_index(struct mash_client *client, struct mash_span in, uint64_t *ret_index)
{
    char origin[MASH_NOTE_NAME_MAX + 1];
    struct mash_receipt receipt;
    enum mash_err err = claimed_origin(client, proof_note(in), origin);
    if (err == MASH_OK)
        err = mash_receipt_open(in, origin, mash_bundle_log_key(client->bundle), &receipt);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "its proof does not verify: %s", mash_strerror(err));
    *ret_index = receipt.index;
    mash_receipt_close(&receipt);
    return MASH_OK;
}

void
mash_proof_close(struct mash_proof *proof)
{
    mash_message_free(&proof->detail);
    mash_receipt_close(&proof->receipt);
}
