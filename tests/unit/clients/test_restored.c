/* SPDX-License-Identifier: Apache-2.0 */
/* test_restored.c - a past that changed is taken in only when two operators of the bundle have signed for it;
 * anything less is the alarm of a fork, and nothing of ours moves. */
#include "fixture_homes.h"

#include "clients/lib/restored.h"
#include "clients/lib/seen.h"

enum { REMAINED = 2, GREW_TO = 5 }; /* entries of the other log: confirmed, and shown */

/* How the exchange's story is wrong; all zero: it is not. */
struct story {
    const char *name;
    bool one_twice, stranger, forged, other_root, other_growth, only_one;
    uint64_t remained;    /* 0: REMAINED; otherwise what the operators confirm */
    uint64_t earlier_ms;  /* confirmed so long before our last receipt */
    bool good;
};

struct told {
    Mash__Welcome welcome;
    Mash__Restored restored, *list[1];
    struct mash_bytes note, given[2];
    ProtobufCBinaryData given_fields[2], path_fields[MASH_TREE_PATH_MAX];
    struct mash_hash leaves[64], root;
    struct mash_tree_path path;
};

static enum mash_err
node(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    const struct told *told = ctx;
    *ret_node = mash_tree_batch_root(told->leaves + (index << level), (size_t)1 << level);
    return MASH_OK;
}

static void
confirm(const struct mash_secret *by, const struct mash_secret *as, const struct story *story, struct told *told,
        size_t which)
{
    static const char domain[] = "mash/operator/v1";
    uint8_t nonce[16] = { (uint8_t)which }, signature[64];
    struct mash_key_id id;
    struct mash_hash partnership = mash_hash_of(mash_span_str("llr"));
    struct mash_bytes command_bytes = mash_bytes_max(4096), message = mash_bytes_max(4096);
    Mash__CommandRestoreConfirm ask = MASH__COMMAND_RESTORE_CONFIRM__INIT;
    Mash__Command command = MASH__COMMAND__INIT;
    Mash__SignedCommand given = MASH__SIGNED_COMMAND__INIT;
    ask.size = told->restored.size;
    ask.root = told->restored.root;
    command.issued_ms = EXCHANGE_NOW_MS + 60000u - story->earlier_ms;
    command.nonce = mash_span_field(mash_span(nonce, sizeof(nonce)));
    command.ask_case = MASH__COMMAND__ASK_RESTORE_CONFIRM;
    command.restore_confirm = &ask;
    ok(mash_message_encode(&command, &command_bytes));
    ok(mash_bytes_append(&message, domain, sizeof(domain)));
    ok(mash_bytes_append(&message, partnership.bytes, sizeof(partnership.bytes)));
    ok(mash_bytes_append(&message, command_bytes.data, command_bytes.len));
    mash_secret_sign(by, mash_bytes_span(&message), signature);
    signature[0] ^= story->forged && which == 1;
    mash_secret_id(as, &id);
    given.command = mash_span_field(mash_bytes_span(&command_bytes));
    given.operator_key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
    given.signature = mash_span_field(mash_span(signature, sizeof(signature)));
    told->given[which] = mash_bytes_max(4096);
    ok(mash_message_encode(&given, &told->given[which]));
    told->given_fields[which] = mash_span_field(mash_bytes_span(&told->given[which]));
    mash_bytes_free(&command_bytes);
    mash_bytes_free(&message);
}

/* The Welcome of an exchange with another log of GREW_TO entries, or of more when more remained. */
static void
tell(const struct homes *homes, const struct story *story, struct told *told)
{
    memset(told, 0, sizeof(*told));
    for (size_t i = 0; i < 64; i++)
        told->leaves[i].bytes[0] = (uint8_t)(i + 1);
    struct mash_checkpoint head = { .origin = "llr/2026", .size = GREW_TO };
    mash__restored__init(&told->restored);
    told->restored.size = story->remained != 0 ? story->remained : REMAINED;
    if (head.size < told->restored.size)
        head.size = told->restored.size;
    told->root = mash_tree_batch_root(told->leaves, told->restored.size);
    told->root.bytes[0] ^= story->other_root;
    told->restored.root = mash_span_field(mash_hash_span(&told->root));
    ok(mash_tree_consistency(node, told, told->restored.size, head.size, &told->path));
    for (unsigned i = 0; i < told->path.count; i++)
        told->path_fields[i] = mash_span_field(mash_hash_span(&told->path.hashes[i]));
    told->path.hashes[0].bytes[0] ^= story->other_growth;
    told->restored.n_consistency = told->path.count;
    told->restored.consistency = told->path_fields;
    struct mash_secret *stranger = NULL;
    ok(mash_secret_generate(MASH_PURPOSE_OPERATOR, &stranger));
    const struct mash_secret *second = story->one_twice ? homes->operator_key : homes->second_operator;
    confirm(homes->operator_key, homes->operator_key, story, told, 0);
    confirm(story->stranger ? stranger : second, story->stranger ? stranger : second, story, told, 1);
    mash_secret_close(&stranger);
    told->restored.n_confirmations = story->only_one ? 1 : 2;
    told->restored.confirmations = told->given_fields;
    told->note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    head.root = mash_tree_batch_root(told->leaves, head.size);
    ok(mash_checkpoint_sign(&head, mash_secret_bytes(homes->exchange.log), &told->note));
    mash__welcome__init(&told->welcome);
    told->welcome.checkpoint = mash_span_field(mash_bytes_span(&told->note));
    told->list[0] = &told->restored;
    told->welcome.n_restored = 1;
    told->welcome.restored = told->list;
}

static void
told_free(struct told *told)
{
    mash_bytes_free(&told->note);
    mash_bytes_free(&told->given[0]);
    mash_bytes_free(&told->given[1]);
}

static enum mash_err
hear(struct mash_client *client, const struct homes *homes, const struct story *story)
{
    struct told told;
    tell(homes, story, &told);
    enum mash_err err = mash_seen_head(client, &told.welcome, NULL);
    told_free(&told);
    return err;
}

static const struct story stories[] = {
    { "one operator twice", .one_twice = true },
    { "not an operator", .stranger = true },
    { "one confirmation", .only_one = true },
    { "forged", .forged = true },
    { "another root", .other_root = true },
    { "a head that does not continue it", .other_growth = true },
    { "of a time after what we saw", .remained = 60 },
    { "confirmed before what we saw", .earlier_ms = 3600000u },
    { "two operators", .good = true },
    { "the same again", .good = false }, /* known by now */
};

static void
only_two_operators_change_the_past(void **state)
{
    struct homes *homes = *state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(homes_send(homes).end, MASH_END_HELD);
    (void)homes_collect(homes, homes->social);
    (void)homes_collect(homes, homes->school);
    struct mash_client *client = homes_open(homes, homes->school);
    ok(mash_client_connect(client));
    struct mash_checkpoint before = client->checkpoint;
    struct mash_home_counts counts;
    assert_true(before.size > GREW_TO && before.size < 60);
    for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        bool changed = i > 0 && stories[i - 1].good;
        if (changed) { /* a log that has outgrown the head we took, and forked: the old story does not explain it */
            before = client->checkpoint;
            client->checkpoint.size += 10;
        }
        enum mash_err err = hear(client, homes, &stories[i]);
        if (err != (stories[i].good ? MASH_OK : MASH_E_SIGNATURE))
            fail_msg("%s: %s", stories[i].name, mash_strerror(err));
        ok(mash_home_counts(client->store, &counts));
        if (!stories[i].good && !changed) {
            assert_memory_equal(&client->checkpoint.root, &before.root, sizeof(before.root));
            assert_int_equal(counts.held, 4);
            assert_non_null(strstr(mash_client_why(client), "ALARM"));
        }
        if (stories[i].good) {
            assert_int_equal(client->checkpoint.size, GREW_TO);
            assert_int_equal(counts.held, 1); /* its receipt is of entry 1, which remained */
            assert_int_equal(counts.waiting, 3);
        }
    }
    /* what was lost is kept: the proofs, and the alarm until a person clears it */
    struct mash_alarm_row alarms[16];
    size_t n = 0, told = 0;
    ok(mash_home_alarms(client->store, alarms, 16, &n));
    for (size_t i = 0; i < n; i++)
        told += strcmp(alarms[i].kind, "restored") == 0;
    assert_int_equal(told, 1);
    uint64_t cursor = 1;
    ok(mash_home_cursor_get(client->store, SCHOOL_BOX, &cursor));
    assert_int_equal(cursor, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_two_operators_change_the_past, homes_setup, homes_teardown),
    };
    return cmocka_run_group_tests_name("client restored", tests, NULL, NULL);
}
