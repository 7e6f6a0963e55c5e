/* SPDX-License-Identifier: Apache-2.0 */
/* test_restored.c - a log that was put back: what two operators confirmed is shown to those who had seen more,
 * and nothing else keeps the broker from turning read-only, durably. */
#include "fixture_letters.h"

#include "proto/operator.h"

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    fixture_open(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

/* ---- steps ---- */

static uint32_t
confirm(struct fixture *f, int who)
{
    const Mash__Figures *figures = fixture_status(f);
    uint8_t root[32];
    memcpy(root, figures->log_root.data, sizeof(root));
    Mash__CommandRestoreConfirm ask = MASH__COMMAND_RESTORE_CONFIRM__INIT;
    ask.size = figures->log_size;
    ask.root = mash_span_field(mash_span(root, sizeof(root)));
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_RESTORE_CONFIRM;
    command.restore_confirm = &ask;
    return fixture_command(f, f->operators[who], &command, 0);
}

/* A checkpoint of this log as a client keeps it: the head now. */
static void
see(struct fixture *f, struct mash_bytes *ret_note, struct mash_checkpoint *ret_seen)
{
    const Mash__Answer *answer = fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0));
    assert_int_equal(answer->code, 200);
    *ret_note = mash_bytes_max(1 << 16);
    ok(mash_bytes_append(ret_note, answer->welcome->checkpoint.data, answer->welcome->checkpoint.len));
    ok(mash_checkpoint_open(mash_bytes_span(ret_note), PARTNERSHIP "/2026", mash_secret_public(f->log), ret_seen,
                            NULL));
}

static void
hold(struct fixture *f, unsigned count)
{
    fixture_hello_all(f);
    for (unsigned i = 0; i < count; i++) {
        struct letter letter;
        fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
        letter_clear(&letter);
    }
}

static void
backup(struct fixture *f, const char *name, char ret_directory[static 4096])
{
    (void)snprintf(ret_directory, 4096, "%.3000s/%s", f->directory, name);
    Mash__CommandBackup ask = MASH__COMMAND_BACKUP__INIT;
    ask.directory = ret_directory;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_BACKUP;
    command.backup = &ask;
    assert_int_equal(fixture_command(f, f->operators[0], &command, 0), 200);
}

/* Go on with the copy in directory instead. */
static void
go_on_with(struct fixture *f, const char *directory)
{
    mash_core_close(&f->core);
    (void)snprintf(f->directory, sizeof(f->directory), "%s", directory);
    fixture_clear_sent(f);
    ok(fixture_try_core(f));
    assert_true(fixture_status(f)->read_only);
}

/* Hello with a checkpoint and the digest of the restore that the client has taken in. */
static const Mash__Answer *
hello_taken(struct fixture *f, const struct mash_bytes *note, struct mash_span taken)
{
    Mash__Hello hello = MASH__HELLO__INIT;
    hello.protocol = 1;
    hello.client = (char *)(uintptr_t)"test 1";
    hello.checkpoint = mash_span_field(mash_bytes_span(note));
    hello.restored = mash_span_field(taken);
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &hello;
    return fixture_ask_now(f, LINK_SCHOOL, &request);
}

/* What the client does with it: the operators' signatures, and that our head continues theirs. */
static struct mash_restored
check_restored(struct fixture *f, const Mash__Welcome *welcome, size_t which)
{
    struct mash_restored restored;
    struct mash_checkpoint head;
    struct mash_hash path[MASH_TREE_PATH_MAX];
    const Mash__Restored *message = welcome->restored[which];
    ok(mash_restored_open(f->bundle, message, &restored));
    ok(mash_checkpoint_open(mash_field_span(welcome->checkpoint), PARTNERSHIP "/2026", mash_secret_public(f->log),
                            &head, NULL));
    for (size_t i = 0; i < message->n_consistency; i++)
        memcpy(path[i].bytes, message->consistency[i].data, sizeof(path[i].bytes));
    ok(mash_tree_verify_consistency(restored.size, &restored.root, head.size, &head.root, path,
                                    message->n_consistency));
    return restored;
}

/* ---- tests ---- */

static void
those_who_saw_more_are_shown_the_restore(void **state)
{
    struct fixture *f = *state;
    char original[4096], copy[4096];
    struct mash_bytes early, late;
    struct mash_checkpoint early_seen, late_seen;
    memcpy(original, f->directory, sizeof(original));
    hold(f, 2);
    see(f, &early, &early_seen);
    backup(f, "copy", copy);
    hold(f, 3);
    see(f, &late, &late_seen);
    go_on_with(f, copy);
    assert_int_equal(hello_taken(f, &late, mash_span(NULL, 0))->code, 503);
    assert_int_equal(confirm(f, 0), 200);
    assert_int_equal(hello_taken(f, &late, mash_span(NULL, 0))->code, 503);
    assert_int_equal(confirm(f, 1), 200);

    const Mash__Answer *answer = hello_taken(f, &late, mash_span(NULL, 0));
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->welcome->n_consistency, 0);
    assert_int_equal(answer->welcome->n_restored, 1);
    struct mash_restored restored = check_restored(f, answer->welcome, 0);
    assert_true(restored.size >= early_seen.size && restored.size < late_seen.size);

    /* one who saw less gets both: the proof of growth, and the news */
    answer = hello_taken(f, &early, mash_span(NULL, 0));
    assert_int_equal(answer->code, 200);
    assert_true(answer->welcome->n_consistency > 0);
    assert_int_equal(answer->welcome->n_restored, 1);
    /* one who has taken it in is not told again */
    assert_int_equal(hello_taken(f, &early, mash_hash_span(&restored.digest))->welcome->n_restored, 0);
    assert_false(fixture_status(f)->read_only);

    /* the log has outgrown what was lost: still explained, also after a restart */
    hold(f, 8);
    fixture_restart(f);
    answer = hello_taken(f, &late, mash_span(NULL, 0));
    assert_int_equal(answer->code, 200);
    (void)check_restored(f, answer->welcome, 0);
    /* but not for one who says that it has taken that restore in: then rows are lost anew */
    assert_int_equal(hello_taken(f, &late, mash_hash_span(&restored.digest))->code, 503);
    assert_true(fixture_status(f)->read_only);
    mash_core_close(&f->core);
    memcpy(f->directory, original, sizeof(original));
    mash_bytes_free(&early);
    mash_bytes_free(&late);
}

/* Two disasters: each is shown, so that the client learns the least that ever remained. */
static void
every_restore_since_is_shown(void **state)
{
    struct fixture *f = *state;
    char original[4096], first[4096], second[4096];
    struct mash_bytes late;
    struct mash_checkpoint late_seen;
    memcpy(original, f->directory, sizeof(original));
    backup(f, "one", first);
    hold(f, 20);
    see(f, &late, &late_seen);
    go_on_with(f, first);
    assert_int_equal(confirm(f, 0), 200);
    assert_int_equal(confirm(f, 1), 200);
    assert_int_equal(fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0))->code, 200);
    hold(f, 2);
    backup(f, "two", second);
    go_on_with(f, second);
    assert_int_equal(confirm(f, 1), 200);
    assert_int_equal(confirm(f, 0), 200);

    const Mash__Answer *answer = hello_taken(f, &late, mash_span(NULL, 0));
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->welcome->n_restored, 2);
    struct mash_restored one = check_restored(f, answer->welcome, 0), two = check_restored(f, answer->welcome, 1);
    assert_true(one.size < two.size);
    answer = hello_taken(f, &late, mash_hash_span(&one.digest));
    assert_int_equal(answer->welcome->n_restored, 1);
    mash_core_close(&f->core);
    memcpy(f->directory, original, sizeof(original));
    mash_bytes_free(&late);
}

/* A checkpoint of the right size that we never signed like this: no restore explains it. */
static void
a_fork_before_the_restore_stays_a_fork(void **state)
{
    struct fixture *f = *state;
    char original[4096], copy[4096];
    memcpy(original, f->directory, sizeof(original));
    hold(f, 3);
    backup(f, "copy", copy);
    go_on_with(f, copy);
    assert_int_equal(confirm(f, 0), 200);
    assert_int_equal(confirm(f, 1), 200);
    struct mash_checkpoint other = { .origin = PARTNERSHIP "/2026", .size = 2 };
    struct mash_bytes note = mash_bytes_max(1 << 16);
    ok(mash_checkpoint_sign(&other, mash_secret_bytes(f->log), &note));
    assert_int_equal(hello_taken(f, &note, mash_span(NULL, 0))->code, 503);
    assert_true(fixture_status(f)->read_only);
    assert_int_equal(hello_taken(f, &note, mash_span("short", 5))->code, 503);
    mash_core_close(&f->core);
    memcpy(f->directory, original, sizeof(original));
    mash_bytes_free(&note);
}

static void
doubt_outlives_a_restart_until_two_operators_lift_it(void **state)
{
    struct fixture *f = *state;
    hold(f, 1);
    struct mash_checkpoint beyond = { .origin = PARTNERSHIP "/2026", .size = 2 }; /* never signed like this */
    struct mash_bytes note = mash_bytes_max(1 << 16);
    ok(mash_checkpoint_sign(&beyond, mash_secret_bytes(f->log), &note));
    assert_int_equal(hello_taken(f, &note, mash_span("short", 5))->code, 422);
    assert_int_equal(hello_taken(f, &note, mash_span(NULL, 0))->code, 503);
    for (int i = 0; i < 2; i++) {
        assert_true(fixture_status(f)->read_only);
        assert_non_null(strstr(fixture_status(f)->read_only_why, "school-pc"));
        assert_int_equal(fixture_hello(f, LINK_POLICE, mash_span(NULL, 0))->code, 503);
        assert_int_equal(confirm(f, 0), 200);
        assert_int_equal(confirm(f, 0), 200); /* the same operator twice is one */
        fixture_restart(f); /* forgets that one of two has confirmed, and nothing else */
    }
    assert_int_equal(confirm(f, 0), 200);
    assert_true(fixture_status(f)->read_only);
    assert_int_equal(confirm(f, 1), 200);
    assert_false(fixture_status(f)->read_only);
    fixture_restart(f);
    assert_false(fixture_status(f)->read_only);
    /* the same checkpoint again is answered: the client sees that nothing explains it, and stays away */
    const Mash__Answer *answer = hello_taken(f, &note, mash_span(NULL, 0));
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->welcome->n_consistency, 0);
    assert_true(check_restored(f, answer->welcome, 0).size > beyond.size);
    /* another one is a new reason, and needs two operators anew */
    beyond.size = 3;
    mash_bytes_free(&note);
    ok(mash_checkpoint_sign(&beyond, mash_secret_bytes(f->log), &note));
    assert_int_equal(hello_taken(f, &note, mash_span(NULL, 0))->code, 503);
    assert_int_equal(confirm(f, 1), 200);
    assert_true(fixture_status(f)->read_only);
    mash_bytes_free(&note);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(those_who_saw_more_are_shown_the_restore),
        ROW(every_restore_since_is_shown),
        ROW(a_fork_before_the_restore_stays_a_fork),
        ROW(doubt_outlives_a_restart_until_two_operators_lift_it),
    };
    return cmocka_run_group_tests_name("restored", tests, NULL, NULL);
}
