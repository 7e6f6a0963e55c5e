/* SPDX-License-Identifier: Apache-2.0 */
/* test_control.c - what operators may do and how the ledger starts: authentication of commands, the first
 * and the following bundles, backup and restore, read-only, a full disk. */
#include "fixture_letters.h"

#include <sys/stat.h>

#include "daemon/ledger/core_state.h"
#include "proto/answer.h"

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
setup_without_bundle(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    fixture_prepare(f);
    ok(fixture_try_core(f));
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

static void
assert_control(struct fixture *f, enum mash_answer_id id, const char *name)
{
    if (strcmp(f->control->sub_code, mash_answer(id)->sub_code) != 0)
        fail_msg("%s: answered %u %s (%s), not %s", name, f->control->code, f->control->sub_code,
                 f->control->sentence, mash_answer(id)->sub_code);
}

static void
stop_command(Mash__Command *command, Mash__CommandStop *stop)
{
    mash__command__init(command);
    mash__command_stop__init(stop);
    stop->reason = (char *)(uintptr_t)"maintenance";
    command->ask_case = MASH__COMMAND__ASK_STOP;
    command->stop = stop;
}

/* ---- who commands ---- */

static void
commands_are_authenticated(void **state)
{
    struct fixture *f = *state;
    Mash__Command command;
    Mash__CommandStop stop;
    struct mash_secret *stranger = fixture_key(MASH_PURPOSE_OPERATOR);
    stop_command(&command, &stop);

    (void)fixture_command(f, NULL, &command, 0);
    assert_control(f, MASH_ANSWER_OPERATOR_UNKNOWN, "unsigned");
    (void)fixture_command(f, stranger, &command, 0);
    assert_control(f, MASH_ANSWER_OPERATOR_UNKNOWN, "stranger");
    (void)fixture_command(f, f->governance[0], &command, 0);
    assert_control(f, MASH_ANSWER_OPERATOR_UNKNOWN, "governance key");
    command.issued_ms = f->wall_ms - MASH_COMMAND_SKEW_MS - 1;
    (void)fixture_command(f, f->operators[0], &command, 0);
    assert_control(f, MASH_ANSWER_COMMAND_TIME, "old");
    command.issued_ms = f->wall_ms + MASH_COMMAND_SKEW_MS + 1;
    (void)fixture_command(f, f->operators[0], &command, 0);
    assert_control(f, MASH_ANSWER_COMMAND_TIME, "ahead");
    assert_false(mash_core_stopping(f->core));
    mash_secret_close(&stranger);
}

static void
a_changed_command_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mash_bytes frame = mash_bytes_max(1 << 16), encoded = mash_bytes_max(1 << 16);
    Mash__Command command;
    Mash__CommandStop stop;
    uint8_t signature[64];
    struct mash_key_id id;
    stop_command(&command, &stop);
    command.issued_ms = f->wall_ms;
    command.nonce = mash_span_field(mash_span("0123456789abcdef", 16));
    ok(mash_message_encode(&command, &encoded));
    fixture_sign_command(f->operators[0], mash_bytes_span(&encoded), signature);
    mash_bytes_free(&encoded);
    stop.reason = (char *)(uintptr_t)"another"; /* after signing */
    ok(mash_message_encode(&command, &encoded));
    Mash__SignedCommand message = MASH__SIGNED_COMMAND__INIT;
    mash_secret_id(f->operators[0], &id);
    message.command = mash_span_field(mash_bytes_span(&encoded));
    message.operator_key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
    message.signature = mash_span_field(mash_span(signature, sizeof(signature)));
    ok(mash_message_encode(&message, &frame));
    ok(mash_core_command(f->core, 1, mash_bytes_span(&frame)));
    ok(mash_core_run(f->core));
    assert_control(f, MASH_ANSWER_OPERATOR_UNKNOWN, "changed");

    ok(mash_core_command(f->core, 1, mash_span("\x0a\xff", 2)));
    ok(mash_core_run(f->core));
    assert_control(f, MASH_ANSWER_MALFORMED, "garbage");
    assert_false(mash_core_stopping(f->core));
    mash_bytes_free(&encoded);
    mash_bytes_free(&frame);
}

static void
a_nonce_works_once_even_after_a_restart(void **state)
{
    struct fixture *f = *state;
    Mash__CommandSuspend suspend = MASH__COMMAND_SUSPEND__INIT;
    suspend.mailbox = (char *)(uintptr_t)"police/ppu@llr";
    suspend.reason = (char *)(uintptr_t)"test";
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_SUSPEND;
    command.suspend = &suspend;
    assert_int_equal(fixture_command(f, f->operators[0], &command, 5), 200);
    (void)fixture_command(f, f->operators[0], &command, 5);
    assert_control(f, MASH_ANSWER_NONCE, "again");
    fixture_restart(f);
    (void)fixture_command(f, f->operators[0], &command, 5);
    assert_control(f, MASH_ANSWER_NONCE, "after a restart");
}

static void
suspensions_must_name_something(void **state)
{
    struct fixture *f = *state;
    struct mash_key_id id = { { 1, 2, 3 } };
    assert_int_equal(fixture_suspend(f, "", NULL), 422);
    assert_int_equal(fixture_suspend(f, "police/ppu@llr", &id), 422);
    assert_int_equal(fixture_suspend(f, "police/nobody@llr", NULL), 422);
    assert_int_equal(fixture_suspend(f, "", &id), 422);
    mash_secret_id(f->operators[1], &id);
    assert_int_equal(fixture_suspend(f, "", &id), 200);
    Mash__Command command;
    Mash__CommandStop stop;
    stop_command(&command, &stop);
    (void)fixture_command(f, f->operators[1], &command, 0);
    assert_control(f, MASH_ANSWER_KEY_SUSPENDED, "suspended operator");
}

/* The table that takes a link's right away must reach the gate, however full the way to it was. */
static void
a_table_that_the_gate_did_not_get_comes_again(void **state)
{
    struct fixture *f = *state;
    struct mash_key_id id;
    mash_secret_id(f->link[LINK_SCHOOL], &id);
    size_t before = f->links.len;
    f->links_blocked = true;
    assert_int_equal(fixture_suspend(f, "", &id), 200);
    assert_int_equal(f->links.len, before);
    f->links_blocked = false;
    fixture_move_clock(f, 1000);
    ok(mash_core_run(f->core));
    assert_int_equal(f->links.len, before - 48);
    unsigned tables = f->n_links;
    fixture_move_clock(f, 1000);
    ok(mash_core_run(f->core));
    assert_int_equal(f->n_links, tables); /* once is enough */
}

/* A bundle whose makers could not know of a suspension lists the key all the same. */
static void
a_bundle_lifts_only_what_was_suspended_before_it_was_made(void **state)
{
    struct fixture *f = *state;
    const struct {
        uint64_t issued_ms;
        bool lifts;
    } rows[] = {
        { START_MS - 60000u, false }, /* it waited on somebody's disk */
        { START_MS - 1000u, false },
        { START_MS, true },           /* the same second: suspended, then made and published */
    };
    f->wall_ms = START_MS + 400;
    assert_int_equal(fixture_suspend(f, "police/ppu@llr", NULL), 200);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        f->issued_ms = rows[i].issued_ms;
        assert_int_equal(fixture_publish(f, f->operators[0], (uint32_t)i + 2), 200);
        assert_int_equal(mash_view_mailbox_suspended(&f->core->path.view, "police/ppu@llr"), !rows[i].lifts);
        assert_int_equal(strstr(f->control->sentence, "stay") != NULL, !rows[i].lifts);
        fixture_restart(f);
        assert_int_equal(mash_view_mailbox_suspended(&f->core->path.view, "police/ppu@llr"), !rows[i].lifts);
    }
}

static void
a_suspect_link_is_suspended(void **state)
{
    struct fixture *f = *state;
    struct mash_key_id id;
    size_t links = f->links.len;
    mash_secret_id(f->link[LINK_POLICE], &id);
    mash_core_suspect(f->core, &id);
    ok(mash_core_run(f->core));
    assert_int_equal(f->links.len, links - 48);
    fixture_restart(f);
    ok(mash_core_links(f->core));
    assert_int_equal(f->links.len, links - 48);
}

/* ---- bundles ---- */

static void
nothing_is_served_before_the_first_bundle(void **state)
{
    struct fixture *f = *state;
    ok(mash_core_links(f->core));
    assert_int_equal(f->links.len, 0);
    assert_int_equal(fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0))->code, 401);
    assert_int_equal(fixture_status(f)->bundle_version, 0);

    f->pin[0] ^= 1; /* was set up with other governance keys; fixture_bundle() sets it right again */
    mash_core_close(&f->core);
    ok(fixture_try_core(f));
    struct mash_bytes unused = mash_bytes_max(1 << 20);
    mash_bytes_free(&unused);
    assert_int_equal(fixture_publish(f, f->operators[0], 2), 409); /* not version 1 */
    struct mash_secret *stranger = fixture_key(MASH_PURPOSE_OPERATOR);
    assert_int_equal(fixture_publish(f, stranger, 1), 401);
    mash_secret_close(&stranger);
    assert_int_equal(fixture_publish(f, f->operators[0], 1), 200);
    assert_int_equal(f->links.len, LINKS * 48);
    assert_int_equal(fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0))->code, 200);
}

static void
the_first_bundle_must_fit_the_pin_and_the_log_key(void **state)
{
    struct fixture *f = *state;
    struct mash_secret *old = f->governance[1];
    f->governance[1] = fixture_key(MASH_PURPOSE_GOVERNANCE);
    uint8_t pin[32];
    memcpy(pin, f->pin, sizeof(pin));
    /* the core borrows the pin: make the other bundle first, then put the right pin back */
    struct mash_bytes encoded = mash_bytes_max(1 << 20);
    fixture_bundle(f, 1, &encoded);
    memcpy(f->pin, pin, sizeof(pin));
    Mash__CommandPublish publish = MASH__COMMAND_PUBLISH__INIT;
    ok(mash_message_decode(&mash__bundle__descriptor, mash_bytes_span(&encoded), &publish.bundle));
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_PUBLISH;
    command.publish = &publish;
    (void)fixture_command(f, f->operators[0], &command, 0);
    assert_control(f, MASH_ANSWER_BUNDLE_BAD, "other governance");
    mash_message_free(&publish.bundle);
    mash_bytes_free(&encoded);
    mash_secret_close(&f->governance[1]);
    f->governance[1] = old;

    struct mash_secret *log = f->log;
    f->log = fixture_key(MASH_PURPOSE_LOG);
    assert_int_equal(fixture_publish(f, f->operators[0], 1), 422);
    mash_secret_close(&f->log);
    f->log = log;
    assert_int_equal(fixture_publish(f, f->operators[0], 1), 200);
}

static void
bundles_follow_one_another(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_publish(f, f->operators[0], 1), 409);
    assert_int_equal(fixture_publish(f, f->operators[0], 3), 409);
    assert_int_equal(fixture_publish(f, f->operators[1], 2), 200);
    assert_int_equal(fixture_status(f)->bundle_version, 2);
    fixture_restart(f);
    assert_int_equal(fixture_status(f)->bundle_version, 2);
}

static void
a_damaged_bundle_is_refused_with_the_reason(void **state)
{
    struct fixture *f = *state;
    struct mash_bytes encoded = mash_bytes_max(1 << 20);
    fixture_bundle(f, 2, &encoded);
    Mash__CommandPublish publish = MASH__COMMAND_PUBLISH__INIT;
    ok(mash_message_decode(&mash__bundle__descriptor, mash_bytes_span(&encoded), &publish.bundle));
    publish.bundle->files[0]->content.data[40] ^= 1;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_PUBLISH;
    command.publish = &publish;
    (void)fixture_command(f, f->operators[0], &command, 0);
    assert_control(f, MASH_ANSWER_BUNDLE_BAD, "damaged");
    assert_non_null(strstr(f->control->sentence, "agreement.json"));
    mash_message_free(&publish.bundle);
    mash_bytes_free(&encoded);
}

/* ---- starts and stops ---- */

static void
starts_and_stops_are_entries(void **state)
{
    struct fixture *f = *state;
    uint64_t size = fixture_status(f)->log_size;
    Mash__Command command;
    Mash__CommandStop stop;
    stop_command(&command, &stop);
    assert_int_equal(fixture_command(f, f->operators[0], &command, 0), 200);
    assert_true(mash_core_stopping(f->core));
    ok(mash_core_stop(f->core, "operator"));
    fixture_restart(f);
    assert_int_equal(fixture_status(f)->log_size, size + 3); /* the command, the stop, the start */
}

static void
another_log_key_or_partnership_is_refused_at_start(void **state)
{
    struct fixture *f = *state;
    mash_core_close(&f->core);
    struct mash_secret *log = f->log;
    f->log = fixture_key(MASH_PURPOSE_LOG);
    assert_int_equal(fixture_try_core(f), MASH_E_MISMATCH);
    mash_secret_close(&f->log);
    f->log = log;
    f->partnership = "other";
    assert_int_equal(fixture_try_core(f), MASH_E_MISMATCH);
    f->partnership = NULL;
    ok(fixture_try_core(f));

    struct mash_core *second = f->core;
    assert_int_equal(fixture_try_core(f), MASH_E_CONFLICT); /* one ledger a store */
    f->core = second;
}

static void
times_never_fall_when_the_clock_does(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    uint64_t first, second;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_clear(&letter);
    f->wall_ms -= 3600000u; /* the wall clock alone */
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, &letter, 1);
    struct mash_receipt receipt;
    ok(mash_receipt_open(mash_field_span(answer->outcomes->outcomes[0]->receipt), PARTNERSHIP "/2026",
                         mash_secret_public(f->log), &receipt));
    second = receipt.entry.time_ms;
    first = START_MS;
    assert_int_equal(second, first);
    mash_receipt_close(&receipt);
    letter_clear(&letter);
}

/* ---- backup and restore ---- */

static void
backups_are_made_beneath_their_directory_only(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *under, *name;
        uint32_t code;
    } rows[] = {
        { "", "/monday", 200 },  { "", "/monday", 409 }, { "", "/../monday", 422 },
        { "", "/a/b", 422 },     { "", "/", 422 },       { "", "", 422 },
        { "x", "/monday", 422 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char directory[5000];
        (void)snprintf(directory, sizeof(directory), "%s%s%s", f->directory, rows[i].under, rows[i].name);
        Mash__CommandBackup backup = MASH__COMMAND_BACKUP__INIT;
        backup.directory = directory;
        Mash__Command command = MASH__COMMAND__INIT;
        command.ask_case = MASH__COMMAND__ASK_BACKUP;
        command.backup = &backup;
        uint32_t code = fixture_command(f, f->operators[0], &command, 0);
        if (code != rows[i].code)
            fail_msg("%s: %u %s", directory, code, f->control->sentence);
    }
}

static uint32_t
confirm(struct fixture *f, int who, const struct mash_hash *root, uint64_t size)
{
    Mash__CommandRestoreConfirm ask = MASH__COMMAND_RESTORE_CONFIRM__INIT;
    ask.root = mash_span_field(mash_hash_span(root));
    ask.size = size;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_RESTORE_CONFIRM;
    command.restore_confirm = &ask;
    return fixture_command(f, f->operators[who], &command, 0);
}

static void
a_restored_store_signs_only_after_two_operators(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    char directory[5000];
    (void)snprintf(directory, sizeof(directory), "%s/copy", f->directory);
    Mash__CommandBackup backup = MASH__COMMAND_BACKUP__INIT;
    backup.directory = directory;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_BACKUP;
    command.backup = &backup;
    assert_int_equal(fixture_command(f, f->operators[0], &command, 0), 200);

    mash_core_close(&f->core);
    char original[4096];
    memcpy(original, f->directory, sizeof(original));
    (void)snprintf(f->directory, sizeof(f->directory), "%.*s", (int)sizeof(f->directory) - 1, directory);
    ok(fixture_try_core(f));
    const Mash__Figures *figures = fixture_status(f);
    struct mash_hash root, other = { { 0 } };
    assert_true(figures->read_only);
    assert_int_equal(figures->notices, 1);
    memcpy(root.bytes, figures->log_root.data, sizeof(root.bytes));
    uint64_t size = figures->log_size;
    assert_int_equal(fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0))->code, 503);
    assert_int_equal(fixture_suspend(f, "police/ppu@llr", NULL), 503);

    assert_int_equal(confirm(f, 0, &other, size), 409);
    assert_int_equal(confirm(f, 0, &root, size + 1), 409);
    assert_int_equal(confirm(f, 0, &root, size), 200);
    assert_int_equal(confirm(f, 0, &root, size), 200); /* the same operator twice is one */
    assert_true(fixture_status(f)->read_only);
    assert_int_equal(confirm(f, 1, &root, size), 200);
    figures = fixture_status(f);
    assert_false(figures->read_only);
    assert_int_equal(figures->log_size, size + 3); /* both confirmations and a start */
    assert_int_equal(fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0))->code, 200);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, &letter, 1);
    assert_string_equal(answer->outcomes->outcomes[0]->sub_code, mash_answer(MASH_ANSWER_HELD_BEFORE)->sub_code);
    fixture_restart(f);
    assert_false(fixture_status(f)->read_only);
    mash_core_close(&f->core);
    memcpy(f->directory, original, sizeof(original));
    letter_clear(&letter);
}

static void
a_store_behind_its_floor_never_signs(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    char old[5000], now[5000];
    (void)snprintf(now, sizeof(now), "%s/floor", f->directory);
    (void)snprintf(old, sizeof(old), "%s/floor.old", f->directory);
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    mash_core_close(&f->core);
    assert_int_equal(rename(now, old), 0); /* the floor is lost beside a log with entries */
    ok(fixture_try_core(f));
    assert_true(fixture_status(f)->read_only);
    assert_int_equal(fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0))->code, 503);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, &letter, 1);
    assert_int_equal(answer->code, 503);
    struct mash_hash root = { { 0 } };
    assert_int_equal(confirm(f, 0, &root, 0), 200);
    assert_int_equal(confirm(f, 1, &root, 0), 200); /* nothing to confirm: this is no restore */
    assert_true(fixture_status(f)->read_only);
    ok(mash_core_run(f->core));
    ok(mash_core_stop(f->core, "parent"));
    letter_clear(&letter);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define BARE(test) cmocka_unit_test_setup_teardown(test, setup_without_bundle, teardown)
    const struct CMUnitTest tests[] = {
        ROW(commands_are_authenticated),
        ROW(a_changed_command_is_refused),
        ROW(a_nonce_works_once_even_after_a_restart),
        ROW(suspensions_must_name_something),
        ROW(a_table_that_the_gate_did_not_get_comes_again),
        ROW(a_bundle_lifts_only_what_was_suspended_before_it_was_made),
        ROW(a_suspect_link_is_suspended),
        BARE(nothing_is_served_before_the_first_bundle),
        BARE(the_first_bundle_must_fit_the_pin_and_the_log_key),
        ROW(bundles_follow_one_another),
        ROW(a_damaged_bundle_is_refused_with_the_reason),
        ROW(starts_and_stops_are_entries),
        ROW(another_log_key_or_partnership_is_refused_at_start),
        ROW(times_never_fall_when_the_clock_does),
        ROW(backups_are_made_beneath_their_directory_only),
        ROW(a_restored_store_signs_only_after_two_operators),
        ROW(a_store_behind_its_floor_never_signs),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
