/* SPDX-License-Identifier: Apache-2.0 */
/* inquiry.c - questions about the bundle, about whether mailboxes can be reached, and about how the log
 * grew.  Everything told here is known to the whole partnership. */
#include "daemon/path/question.h"

enum { REACHES_MAX = 64, SUSPENDED_KEYS_MAX = 64 };

enum mash_err
mash_get_bundle_allow(struct mash_path *path, struct mash_flight *flight)
{
    uint32_t version = flight->request->message->get_bundle->version;
    if (version > mash_bundle_version(path->view.bundle)) {
        mash_flight_settle(flight, MASH_ANSWER_BUNDLE_UNKNOWN, "(the current one is %u)",
                           mash_bundle_version(path->view.bundle));
        return MASH_OK;
    }
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = mash_store_bundle_get(path->store, version, NULL, &value);
    if (err == MASH_OK && !mash_path_promise(path, value.len))
        mash_flight_settle(flight, MASH_ANSWER_BUSY, "%s", "");
    mash_bytes_free(&value);
    return err;
}

enum mash_err
mash_get_bundle_answer(struct mash_path *path, const struct mash_request *request)
{
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    Mash__Answer answer;
    mash_question_answer_init(request, &answer);
    Mash__Bundle *bundle = NULL;
    enum mash_err err =
        mash_store_bundle_get(path->store, request->message->get_bundle->version, NULL, &value);
    if (err == MASH_OK)
        err = mash_message_decode(&mash__bundle__descriptor, mash_bytes_span(&value), &bundle);
    if (err == MASH_OK) {
        answer.result_case = MASH__ANSWER__RESULT_BUNDLE;
        answer.bundle = bundle;
        err = mash_path_send(path, request->connection, &answer);
    }
    mash_message_free(&bundle);
    mash_bytes_free(&value);
    return err;
}

enum mash_err
mash_reach_allow(struct mash_path *path, struct mash_flight *flight)
{
    (void)path;
    if (flight->request->message->check->n_mailboxes > REACHES_MAX)
        mash_flight_settle(flight, MASH_ANSWER_TOO_MANY, "(at most %d mailboxes)", REACHES_MAX);
    return MASH_OK;
}

struct reach {
    Mash__Reach message;
    ProtobufCBinaryData keys[SUSPENDED_KEYS_MAX];
};

static void
add_if_suspended(struct mash_path *path, const struct mash_key_id *id, struct reach *reach)
{
    if (reach->message.n_suspended_key_ids < SUSPENDED_KEYS_MAX && mash_view_key_suspended(&path->view, id))
        reach->keys[reach->message.n_suspended_key_ids++] =
            mash_span_field(mash_span(id->bytes, MASH_KEY_ID_BYTES));
}

static enum mash_err
fill_reach(struct mash_path *path, char *address, struct reach *reach)
{
    mash__reach__init(&reach->message);
    reach->message.mailbox = address;
    reach->message.suspended_key_ids = reach->keys;
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(path->view.bundle, address);
    if (mailbox == NULL)
        return MASH_OK;
    reach->message.known = true;
    reach->message.suspended = mash_view_mailbox_suspended(&path->view, mailbox->address);
    for (size_t i = 0; i < mailbox->n_seal_keys; i++)
        add_if_suspended(path, &mailbox->seal_keys[i].id, reach);
    for (size_t i = 0; i < mailbox->n_sign_keys; i++)
        add_if_suspended(path, &mailbox->sign_keys[i].id, reach);
    enum mash_err err = mash_store_seen_get(path->store, address, &reach->message.last_seen_ms);
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

enum mash_err
mash_reach_answer(struct mash_path *path, const struct mash_request *request)
{
    const Mash__Check *ask = request->message->check;
    struct reach rows[REACHES_MAX];
    Mash__Reach *messages[REACHES_MAX];
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < ask->n_mailboxes; i++) {
        messages[i] = &rows[i].message;
        err = fill_reach(path, ask->mailboxes[i], &rows[i]);
    }
    if (err != MASH_OK)
        return err;
    Mash__Reaches reaches = MASH__REACHES__INIT;
    reaches.n_reaches = ask->n_mailboxes;
    reaches.reaches = messages;
    Mash__Answer answer;
    mash_question_answer_init(request, &answer);
    answer.result_case = MASH__ANSWER__RESULT_REACHES;
    answer.reaches = &reaches;
    return mash_path_send(path, request->connection, &answer);
}

enum mash_err
mash_consistency_allow(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__GetConsistency *ask = flight->request->message->get_consistency;
    if (ask->old_size > ask->new_size || ask->new_size > path->group.head.size)
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "(old_size <= new_size <= %llu)",
                           (unsigned long long)path->group.head.size);
    return MASH_OK;
}

enum mash_err
mash_consistency_answer(struct mash_path *path, const struct mash_request *request)
{
    const Mash__GetConsistency *ask = request->message->get_consistency;
    struct mash_tree_path proof;
    enum mash_err err = mash_tree_consistency(mash_store_node, path->store, ask->old_size, ask->new_size, &proof);
    if (err != MASH_OK)
        return err;
    ProtobufCBinaryData hashes[MASH_TREE_PATH_MAX];
    for (unsigned i = 0; i < proof.count; i++)
        hashes[i] = mash_span_field(mash_hash_span(&proof.hashes[i]));
    Mash__Consistency consistency = MASH__CONSISTENCY__INIT;
    consistency.n_path = proof.count;
    consistency.path = hashes;
    Mash__Answer answer;
    mash_question_answer_init(request, &answer);
    answer.result_case = MASH__ANSWER__RESULT_CONSISTENCY;
    answer.consistency = &consistency;
    return mash_path_send(path, request->connection, &answer);
}
