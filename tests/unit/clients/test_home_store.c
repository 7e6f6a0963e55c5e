/* SPDX-License-Identifier: Apache-2.0 */
/* test_home_store.c - the client's database: what is committed stays, what is not never was. */
#include "clients/lib/home_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ok(err) assert_int_equal((err), MASH_OK)

struct place {
    char directory[64], path[96];
    struct mash_home_store *store;
};

static int
setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    (void)snprintf(place->directory, sizeof(place->directory), "/tmp/mash-store-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    (void)snprintf(place->path, sizeof(place->path), "%s/client.db", place->directory);
    ok(mash_home_store_open(place->path, &place->store));
    *state = place;
    return 0;
}

static int
teardown(void **state)
{
    static const char *const endings[] = { "", "-wal", "-shm" };
    struct place *place = *state;
    mash_home_store_close(&place->store);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s%s", place->path, endings[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(place->directory), 0);
    free(place);
    return 0;
}

static void
reopen(struct place *place)
{
    mash_home_store_close(&place->store);
    ok(mash_home_store_open(place->path, &place->store));
}

static void
fill(struct mash_outbox_row *row, uint8_t id)
{
    mash_outbox_row_init(row);
    memset(row->notice_id, id, sizeof(row->notice_id));
    row->state = MASH_OUTBOX_DRAFT;
    (void)snprintf(row->mailbox, sizeof(row->mailbox), "school/office@llr");
    (void)snprintf(row->type, sizeof(row->type), "REFERRAL");
    ok(mash_bytes_append(&row->manifest, "manifest", 8));
    ok(mash_bytes_append(&row->body, "body", 4));
    ok(mash_bytes_append(&row->local_reference, "SCH-17", 6));
}

static void
readable_by_nobody_else(void **state)
{
    struct place *place = *state;
    struct stat info;
    assert_int_equal(stat(place->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void
outbox_round_trip(void **state)
{
    struct place *place = *state;
    struct mash_outbox_row row, back;
    fill(&row, 7);
    ok(mash_home_outbox_add(place->store, &row));
    assert_int_equal(mash_home_outbox_add(place->store, &row), MASH_E_CONFLICT);
    row.state = MASH_OUTBOX_SEALED;
    row.manifest_sha256.bytes[3] = 9;
    row.code = 503;
    ok(mash_home_outbox_update(place->store, &row));
    reopen(place);
    ok(mash_home_outbox_find(place->store, &row.manifest_sha256, &back));
    assert_memory_equal(back.notice_id, row.notice_id, sizeof(row.notice_id));
    assert_int_equal(back.state, MASH_OUTBOX_SEALED);
    assert_int_equal(back.local_reference.len, 6);
    assert_memory_equal(back.local_reference.data, "SCH-17", 6);
    assert_int_equal(back.code, 503);
    assert_true(mash_span_equal(mash_bytes_span(&back.body), mash_span_str("body")));
    mash_outbox_row_free(&back);
    row.notice_id[0] = 8;
    assert_int_equal(mash_home_outbox_update(place->store, &row), MASH_E_UNKNOWN);
    assert_int_equal(mash_home_outbox_get(place->store, row.notice_id, &back), MASH_E_UNKNOWN);
    mash_outbox_row_free(&row);
}

static void
rolled_back_never_was(void **state)
{
    struct place *place = *state;
    struct mash_outbox_row row, back;
    fill(&row, 1);
    ok(mash_home_begin(place->store));
    ok(mash_home_outbox_add(place->store, &row));
    mash_home_rollback(place->store);
    assert_int_equal(mash_home_outbox_get(place->store, row.notice_id, &back), MASH_E_UNKNOWN);
    ok(mash_home_begin(place->store));
    ok(mash_home_outbox_add(place->store, &row));
    ok(mash_home_commit(place->store));
    mash_home_rollback(place->store); /* nothing to undo any more */
    ok(mash_home_outbox_get(place->store, row.notice_id, &back));
    mash_outbox_row_free(&back);
    mash_outbox_row_free(&row);
}

/* Killed after commit: there.  Killed before: not there. */
static void
killed(void **state)
{
    struct place *place = *state;
    mash_home_store_close(&place->store);
    for (uint8_t commit = 0; commit < 2; commit++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct mash_outbox_row row;
            struct mash_home_store *store = NULL;
            fill(&row, (uint8_t)(commit + 1));
            if (mash_home_store_open(place->path, &store) != MASH_OK || mash_home_begin(store) != MASH_OK ||
                mash_home_outbox_add(store, &row) != MASH_OK || (commit && mash_home_commit(store) != MASH_OK))
                _exit(1);
            (void)raise(SIGKILL);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
    }
    ok(mash_home_store_open(place->path, &place->store));
    for (uint8_t commit = 0; commit < 2; commit++) {
        uint8_t id[MASH_ID_BYTES];
        struct mash_outbox_row row;
        memset(id, commit + 1, sizeof(id));
        assert_int_equal(mash_home_outbox_get(place->store, id, &row), commit ? MASH_OK : MASH_E_UNKNOWN);
        if (commit)
            mash_outbox_row_free(&row);
    }
}

static void
inbox_knows_a_notice_once(void **state)
{
    struct place *place = *state;
    struct mash_inbox_row row, back;
    mash_inbox_row_init(&row);
    (void)snprintf(row.mailbox, sizeof(row.mailbox), "social/duty@llr");
    memset(row.notice_id, 5, sizeof(row.notice_id));
    row.manifest_sha256.bytes[0] = 1;
    row.state = MASH_INBOX_STORED;
    row.presented = 1;
    ok(mash_bytes_append(&row.manifest, "m", 1));
    ok(mash_bytes_append(&row.signed_notice, "s", 1));
    ok(mash_bytes_append(&row.body, "b", 1));
    ok(mash_bytes_append(&row.accept_receipt, "r", 1));
    ok(mash_bytes_append(&row.delivery_proof, "p", 1));
    ok(mash_home_inbox_add(place->store, &row, "school"));
    assert_int_equal(mash_home_inbox_add(place->store, &row, "school"), MASH_E_CONFLICT);
    ok(mash_home_inbox_presented(place->store, &row));
    struct mash_inbox_row other = row;
    other.manifest_sha256.bytes[0] = 2; /* the same id with other content, from the same agency */
    assert_int_equal(mash_home_inbox_add(place->store, &other, "school"), MASH_E_CONFLICT);
    assert_int_equal(mash_home_inbox_presented(place->store, &other), MASH_E_UNKNOWN);
    ok(mash_home_inbox_add(place->store, &other, "health")); /* ids are the sender's own */
    ok(mash_home_inbox_get(place->store, &row.manifest_sha256, row.mailbox, &back));
    assert_int_equal(back.presented, 2);
    mash_inbox_row_free(&back);
    mash_inbox_row_free(&row);
}

static void
never_back(void **state)
{
    struct place *place = *state;
    uint64_t number = 99;
    struct mash_hash root = { { 1 } };
    struct mash_bytes note = mash_bytes_max(100);
    ok(mash_home_cursor_get(place->store, "m", &number));
    assert_int_equal(number, 0);
    ok(mash_home_cursor_put(place->store, "m", 7));
    ok(mash_home_cursor_put(place->store, "m", 3));
    ok(mash_home_cursor_get(place->store, "m", &number));
    assert_int_equal(number, 7);
    assert_int_equal(mash_home_checkpoint_get(place->store, &note), MASH_E_UNKNOWN);
    ok(mash_home_checkpoint_put(place->store, 10, &root, mash_span_str("ten")));
    ok(mash_home_checkpoint_put(place->store, 9, &root, mash_span_str("nine")));
    ok(mash_home_checkpoint_put(place->store, 10, &root, mash_span_str("other ten")));
    ok(mash_home_checkpoint_get(place->store, &note));
    assert_true(mash_span_equal(mash_bytes_span(&note), mash_span_str("ten")));
    mash_bytes_free(&note);
    /* the first bundle stored under a version stays */
    struct mash_bytes bundle = mash_bytes_max(100);
    ok(mash_home_bundle_put(place->store, 1, mash_span_str("one")));
    ok(mash_home_bundle_put(place->store, 1, mash_span_str("other")));
    ok(mash_home_bundle_get(place->store, 0, &bundle));
    assert_true(mash_span_equal(mash_bytes_span(&bundle), mash_span_str("one")));
    mash_bytes_free(&bundle);
}

static void
found_by_prefix(void **state)
{
    struct place *place = *state;
    struct mash_outbox_row row;
    struct mash_home_match matches[4];
    size_t count = 0;
    fill(&row, 0xab);
    ok(mash_home_outbox_add(place->store, &row));
    row.notice_id[15] = 0xcd;
    ok(mash_home_outbox_add(place->store, &row));
    ok(mash_home_match(place->store, "abab", matches, 4, &count));
    assert_int_equal(count, 2);
    ok(mash_home_match(place->store, "abababababababababababababababcd", matches, 4, &count));
    assert_int_equal(count, 1);
    assert_true(matches[0].sent);
    ok(mash_home_match(place->store, "ac", matches, 4, &count));
    assert_int_equal(count, 0);
    mash_outbox_row_free(&row);
}

static void
alarms_until_cleared(void **state)
{
    struct place *place = *state;
    struct mash_alarm_row rows[4];
    size_t count = 0;
    for (int i = 0; i < 2; i++) /* the same one is not doubled */
        ok(mash_home_alarm_add(place->store, 5, "fork", "text", mash_span_str("evidence")));
    ok(mash_home_alarms(place->store, rows, 4, &count));
    assert_int_equal(count, 1);
    ok(mash_home_alarm_clear(place->store, rows[0].id));
    assert_int_equal(mash_home_alarm_clear(place->store, 77), MASH_E_UNKNOWN);
    ok(mash_home_alarms(place->store, rows, 4, &count));
    assert_int_equal(count, 0);
    ok(mash_home_alarm_add(place->store, 6, "fork", "text", mash_span(NULL, 0))); /* again after clearing */
    ok(mash_home_alarms(place->store, rows, 4, &count));
    assert_int_equal(count, 1);
}

static void
files_that_are_no_home(void **state)
{
    struct place *place = *state;
    sqlite3 *database = NULL;
    struct mash_home_store *store = NULL;
    assert_int_equal(sqlite3_open(place->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "PRAGMA user_version=2", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    assert_int_equal(mash_home_store_open(place->path, &store), MASH_E_VERSION);
    mash_home_store_close(&place->store);
    int fd = open(place->path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    for (int i = 0; i < 300; i++)
        assert_int_equal(write(fd, "no database here", 16), 16);
    assert_int_equal(close(fd), 0);
    assert_int_equal(mash_home_store_open(place->path, &store), MASH_E_FORMAT);
    assert_int_not_equal(mash_home_store_open("/nowhere/client.db", &store), MASH_OK);
    assert_null(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readable_by_nobody_else, setup, teardown),
        cmocka_unit_test_setup_teardown(outbox_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(rolled_back_never_was, setup, teardown),
        cmocka_unit_test_setup_teardown(killed, setup, teardown),
        cmocka_unit_test_setup_teardown(inbox_knows_a_notice_once, setup, teardown),
        cmocka_unit_test_setup_teardown(never_back, setup, teardown),
        cmocka_unit_test_setup_teardown(found_by_prefix, setup, teardown),
        cmocka_unit_test_setup_teardown(alarms_until_cleared, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_are_no_home, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
