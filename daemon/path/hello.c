/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - the first request of a connection.  Every hello brings the last checkpoint that the client saw,
 * signed by this log itself: one that the log does not continue means that rows were lost or the log was
 * forked, and then nothing more may be signed, unless two operators have confirmed a restore that explains it
 * (design: "Store and audit log"; PROTOCOL.md "Restore"). */
#include "daemon/path/question.h"

#include <stdio.h>
#include <string.h>

#include "daemon/path/restored.h"

enum { LINK_PROTOCOL = 1 };

/* The root of our first size entries. */
static enum mash_err
root_at(struct mash_path *path, uint64_t size, struct mash_hash *ret_root)
{
    struct mash_tree_frontier frontier;
    enum mash_err err = mash_tree_frontier_read(mash_store_node, path->store, size, &frontier);
    if (err == MASH_OK)
        *ret_root = mash_tree_frontier_root(&frontier);
    return err;
}

/* Do our first size entries continue the client's? */
static enum mash_err
continues(struct mash_path *path, const struct mash_checkpoint *seen, uint64_t size, bool *ret_continues)
{
    *ret_continues = false;
    if (seen->size > size)
        return MASH_OK;
    struct mash_hash root;
    enum mash_err err = root_at(path, seen->size, &root);
    if (err == MASH_OK)
        *ret_continues = mash_hash_equal(&root, &seen->root);
    return err;
}

static enum mash_err
check_checkpoint(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__Hello *hello = flight->request->message->hello;
    if (hello->checkpoint.len == 0)
        return MASH_OK;
    struct mash_checkpoint seen;
    if (mash_checkpoint_open(mash_field_span(hello->checkpoint), path->origin,
                             mash_secret_public(path->log_key), &seen, NULL) != MASH_OK) {
        mash_flight_settle(flight, MASH_ANSWER_SIGNATURE, "%s",
                           "(the checkpoint in your hello is not one of this log)");
        return MASH_OK;
    }
    bool good;
    enum mash_err err = continues(path, &seen, path->group.head.size, &good);
    if (err == MASH_OK && !good)
        err = mash_restored_explains(path, mash_field_span(hello->restored), &seen, &good);
    if (err != MASH_OK || good)
        return err;
    const struct mash_installation *asker = flight->request->installation;
    (void)snprintf(path->read_only, sizeof(path->read_only),
                   "%s of %s holds a checkpoint of %llu entries signed by this log that the log does not continue",
                   asker->id, asker->agency->id, (unsigned long long)seen.size);
    /* on disk before anything else is answered: a restart does not forget it */
    err = mash_store_doubt(path->store, path->read_only, mash_field_span(hello->checkpoint));
    return err == MASH_OK ? MASH_E_DENIED : MASH_E_IO;
}

enum mash_err
mash_hello_allow(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__Hello *hello = flight->request->message->hello;
    if (hello->protocol != LINK_PROTOCOL) {
        mash_flight_settle(flight, MASH_ANSWER_PROTOCOL, "(it says %u, this is %d)", hello->protocol,
                           LINK_PROTOCOL);
        return MASH_OK;
    }
    if (hello->restored.len != 0 && hello->restored.len != MASH_SHA256_BYTES) {
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "%s", "(restored: a digest of 32 bytes, or nothing)");
        return MASH_OK;
    }
    return check_checkpoint(path, flight);
}

enum mash_err
mash_hello_begin(struct mash_path *path, struct mash_request *request)
{
    enum mash_err err = mash_connections_add(&path->connections, request->connection, &request->link_id);
    if (err != MASH_E_FULL)
        return err;
    mash_flight_settle(&request->whole, MASH_ANSWER_BUSY, "%s", "(too many connections)");
    return MASH_OK;
}

/* The proof from the client's checkpoint, whose signature allow() has checked; none when our log does not
 * continue it, which a restore then explains. */
static enum mash_err
prove(struct mash_path *path, const Mash__Hello *hello, struct mash_tree_path *ret_path)
{
    ret_path->count = 0;
    if (hello->checkpoint.len == 0)
        return MASH_OK;
    struct mash_checkpoint seen;
    enum mash_err err = mash_checkpoint_open(mash_field_span(hello->checkpoint), path->origin,
                                             mash_secret_public(path->log_key), &seen, NULL);
    bool good = false;
    if (err == MASH_OK)
        err = continues(path, &seen, path->checkpoint_size, &good);
    if (err == MASH_OK && good)
        err = mash_tree_consistency(mash_store_node, path->store, seen.size, path->checkpoint_size, ret_path);
    return err;
}

static enum mash_err
send_welcome(struct mash_path *path, const struct mash_request *request, const struct mash_tree_path *consistency,
             const struct mash_restored_list *restored)
{
    ProtobufCBinaryData hashes[MASH_TREE_PATH_MAX];
    for (unsigned i = 0; i < consistency->count; i++)
        hashes[i] = mash_span_field(mash_hash_span(&consistency->hashes[i]));
    Mash__BundleRef bundle = MASH__BUNDLE_REF__INIT;
    bundle.version = mash_bundle_version(path->view.bundle);
    bundle.digest = mash_span_field(mash_span(mash_bundle_digest(path->view.bundle), MASH_SHA256_BYTES));
    Mash__Welcome welcome = MASH__WELCOME__INIT;
    welcome.partnership = path->partnership;
    welcome.protocol = LINK_PROTOCOL;
    welcome.now_ms = mash_clock_wall_ms(&path->clock);
    welcome.checkpoint = mash_span_field(mash_bytes_span(&path->checkpoint));
    welcome.n_consistency = consistency->count;
    welcome.consistency = hashes;
    welcome.bundle = &bundle;
    welcome.bundle_first = 1; /* no version is ever removed */
    welcome.n_restored = restored->count;
    welcome.restored = (Mash__Restored **)(uintptr_t)restored->messages;
    Mash__Answer answer;
    mash_question_answer_init(request, &answer);
    answer.result_case = MASH__ANSWER__RESULT_WELCOME;
    answer.welcome = &welcome;
    return mash_path_send(path, request->connection, &answer);
}

enum mash_err
mash_hello_answer(struct mash_path *path, const struct mash_request *request)
{
    const Mash__Hello *hello = request->message->hello;
    struct mash_tree_path consistency;
    struct mash_restored_list restored = { 0 };
    enum mash_err err = prove(path, hello, &consistency);
    if (err == MASH_OK)
        err = mash_restored_list(path, mash_field_span(hello->restored), &restored);
    if (err == MASH_OK)
        err = send_welcome(path, request, &consistency, &restored);
    mash_restored_list_free(&restored);
    return err;
}
