/* SPDX-License-Identifier: Apache-2.0 */
/* test_route.c - what a notice and its statuses leave owing, and who is told to ring; that a group which is
 * rolled back leaves nothing counted. */
#include "fixture_letters.h"

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
teardown(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static uint64_t
acknowledged_ms(struct fixture *f, const struct letter *letter, int box)
{
    struct mash_store_obligation row;
    ok(mash_store_obligation_get(f->core->store, &letter->sha256, boxes[box].address, &row));
    return row.acknowledged_ms;
}

/* NIGHT covers SOCIAL: either satisfies both, but by taking it on, not by sending it away. */
static void
a_cover_that_declines_leaves_the_other_owing(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest = { { 0 } };
    struct step step;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL | 1u << NIGHT);
    for (size_t i = 0; i < letter.manifest.n_recipients; i++)
        if (strcmp(letter.recipients[i].mailbox, boxes[NIGHT].address) == 0)
            letter.recipients[i].cover_for = (char *)(uintptr_t)boxes[SOCIAL].address;
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    assert_int_equal(fixture_submit(f, LINK_SCHOOL, &letter, 1)->outcomes->outcomes[0]->code, 202);
    const struct mash_hash *notice = &letter.sha256;
    uint32_t code = fixture_step(f, notice, NIGHT, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED);
    assert_int_equal(code, 202);
    code = fixture_step(f, notice, NIGHT, KEY_COLLECT, 2, &digest, MASH__STATE__STATE_OPENED);
    assert_int_equal(code, 202);
    step_write(f, &step, notice, NIGHT, KEY_ACT, 3, &digest, MASH__STATE__STATE_DECLINED);
    step.status.reason = (char *)(uintptr_t)"not-for-us";
    step_sign(&step, f->sign[NIGHT][KEY_ACT]);
    assert_int_equal(fixture_submit_step(f, LINK_SOCIAL, &step)->code, 202);
    assert_int_equal(acknowledged_ms(f, &letter, SOCIAL), 0);
    assert_int_equal(acknowledged_ms(f, &letter, NIGHT), 0);

    digest = step.sha256;
    fixture_move_clock(f, 60000);
    code = fixture_step(f, notice, NIGHT, KEY_ACT, 4, &digest, MASH__STATE__STATE_ACKNOWLEDGED);
    assert_int_equal(code, 202);
    assert_int_equal(acknowledged_ms(f, &letter, SOCIAL), f->wall_ms);
    assert_int_equal(acknowledged_ms(f, &letter, NIGHT), f->wall_ms);
    mash_bytes_free(&step.encoded);
    letter_clear(&letter);
}

static void
fetch(struct fixture *f, int box)
{
    Mash__Fetch ask = MASH__FETCH__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    ask.mailbox = (char *)(uintptr_t)boxes[box].address;
    ask.credit = 1;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &ask;
    assert_int_equal(fixture_ask_now(f, boxes[box].link, &request)->code, 200);
}

static const char *
held_as(struct fixture *f)
{
    static char sub_code[16];
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, &letter, 1);
    (void)snprintf(sub_code, sizeof(sub_code), "%s", answer->outcomes->outcomes[0]->sub_code);
    letter_clear(&letter);
    return sub_code;
}

/* The wall clock was wrong for a moment: whoever asked then must not count as seen until that day comes. */
static void
seen_in_the_future_is_not_seen(void **state)
{
    struct fixture *f = *state;
    f->wall_ms += 20ull * DAY_MS;
    fetch(f, SOCIAL);
    f->wall_ms -= 20ull * DAY_MS;
    assert_string_equal(held_as(f), mash_answer(MASH_ANSWER_HELD_RING)->sub_code);
    fetch(f, SOCIAL);
    assert_string_equal(held_as(f), mash_answer(MASH_ANSWER_HELD)->sub_code);
    fixture_move_clock(f, DAY_MS);
    assert_string_equal(held_as(f), mash_answer(MASH_ANSWER_HELD_RING)->sub_code);
}

static Mash__State
sender_state(struct fixture *f, const struct letter *letter)
{
    struct mash_store_obligation row;
    ok(mash_store_obligation_get(f->core->store, &letter->sha256, boxes[SCHOOL].address, &row));
    assert_true(row.sender);
    return row.progress.state;
}

/* As replay has it: after the first `collected` there is nothing left to recall. */
static void
the_senders_row_moves_at_the_first_collected(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL | 1u << POLICE);
    assert_int_equal(sender_state(f, &letter), MASH__STATE__STATE_HELD);
    static const int boxes_in_turn[] = { POLICE, SOCIAL };
    for (size_t i = 0; i < 2; i++) {
        uint32_t code = fixture_step(f, &letter.sha256, boxes_in_turn[i], KEY_COLLECT, 1, &digest,
                                     MASH__STATE__STATE_COLLECTED);
        assert_int_equal(code, 202);
        assert_int_equal(sender_state(f, &letter), MASH__STATE__STATE_COLLECTED);
    }
    letter_clear(&letter);
}

static uint64_t
seen_ms(struct fixture *f, int box)
{
    uint64_t time_ms = 0;
    enum mash_err err = mash_store_seen_get(f->core->store, boxes[box].address, &time_ms);
    return err == MASH_OK ? time_ms : 0;
}

/* A mailbox that only sends, or only answers, is alive, too; one that was refused proves nothing. */
static void
who_submits_is_seen(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_COLLECT], &letter, 1); /* another key than it names */
    (void)fixture_submit(f, LINK_SCHOOL, &letter, 1);
    assert_int_equal(seen_ms(f, SCHOOL), 0);
    letter_clear(&letter);
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    assert_int_equal(seen_ms(f, SCHOOL), f->wall_ms);
    assert_int_equal(seen_ms(f, SOCIAL), 0);

    fixture_move_clock(f, 60000);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);
    assert_int_equal(seen_ms(f, SOCIAL), f->wall_ms);
    assert_int_equal(seen_ms(f, SCHOOL), f->wall_ms - 60000);
    letter_clear(&letter);
}

/* By a year, to where no key is valid yet or every date has passed; after an hour it is believed. */
static void
a_clock_that_jumps_stops_nothing(void **state)
{
    static const int64_t jumps_ms[] = { -365 * (int64_t)DAY_MS, 365 * (int64_t)DAY_MS };
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        f->wall_ms += (uint64_t)jumps_ms[i];
        fixture_move_clock(f, 2000);
        ok(mash_core_run(f->core));
        assert_int_equal(f->links.len, LINKS * (32 + 16));
        fetch(f, SOCIAL);
        f->wall_ms -= (uint64_t)jumps_ms[i]; /* the school's own clock is right */
        struct letter letter;
        letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
        letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
        f->wall_ms += (uint64_t)jumps_ms[i];
        assert_int_equal(fixture_submit(f, LINK_SCHOOL, &letter, 1)->outcomes->outcomes[0]->code, 202);
        struct mash_hash digest;
        uint32_t code =
            fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED);
        assert_int_equal(code, 202);
        letter_clear(&letter);
        f->wall_ms -= (uint64_t)jumps_ms[i];
    }
    f->wall_ms -= 365ull * DAY_MS;
    ok(mash_core_run(f->core));
    fixture_move_clock(f, 3601 * 1000u);
    ok(mash_core_run(f->core));
    assert_int_equal(f->links.len, 0);
}

static uint64_t
last_entry_ms(struct fixture *f)
{
    struct mash_store_head head;
    ok(mash_store_group_begin(f->core->store, &head));
    mash_store_group_rollback(f->core->store);
    return head.last_time_ms;
}

/* No battery, no time server yet: it is 2023 again.  Keys and dates are judged as if it were the last entry's
 * time, and the log goes on from there. */
static void
a_start_with_a_clock_behind_the_log_stops_nothing(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_clear(&letter);
    f->wall_ms -= 3 * 365ull * DAY_MS;
    fixture_restart(f);
    fixture_move_clock(f, 5000);
    fixture_hello_all(f);
    ok(mash_core_links(f->core));
    assert_int_equal(f->links.len, LINKS * (32 + 16));
    f->wall_ms += 3 * 365ull * DAY_MS; /* the school's own clock is right */
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    f->wall_ms -= 3 * 365ull * DAY_MS;
    assert_int_equal(fixture_submit(f, LINK_SCHOOL, &letter, 1)->outcomes->outcomes[0]->code, 202);
    assert_int_equal(last_entry_ms(f), START_MS + 5000);
    letter_clear(&letter);
}

/* For a moment it is 2046: what is logged then keeps the time that the clock had before. */
static void
a_clock_that_was_ahead_for_a_moment_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_clear(&letter);
    f->wall_ms += 20 * 365ull * DAY_MS;
    fixture_move_clock(f, 2000);
    fetch(f, SOCIAL);
    assert_int_equal(last_entry_ms(f), START_MS + 2000);
    f->wall_ms -= 20 * 365ull * DAY_MS;
    fixture_move_clock(f, 2000);
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    assert_int_equal(last_entry_ms(f), START_MS + 4000);
    letter_clear(&letter);
}

/* The first refusal of a minute is an entry; when its group did not come to be, the next one is the first. */
static void
refusals_of_a_group_rolled_back_are_not_logged(void **state)
{
    struct fixture *f = *state;
    struct mash_path *path = &f->core->path;
    const struct mash_key_id id = { { 1 } };
    ok(mash_path_begin(path));
    ok(mash_refusals_note(path, "school", &id, MASH_ANSWER_CONFLICT));
    ok(mash_path_rollback(path));

    ok(mash_path_begin(path));
    ok(mash_refusals_note(path, "school", &id, MASH_ANSWER_CONFLICT));
    assert_int_equal(path->group.appended, 1);
    ok(mash_refusals_note(path, "school", &id, MASH_ANSWER_CONFLICT));
    assert_int_equal(path->group.appended, 1);
    ok(mash_path_commit(path));

    /* a count that a sweep logged in vain is logged by the next */
    fixture_move_clock(f, 61000);
    ok(mash_path_begin(path));
    ok(mash_refusals_sweep(path, false));
    assert_int_equal(path->group.appended, 1);
    ok(mash_path_rollback(path));
    ok(mash_path_begin(path));
    ok(mash_refusals_sweep(path, false));
    assert_int_equal(path->group.appended, 1);
    ok(mash_path_commit(path));
    assert_false(mash_refusals_due(&path->refusals, f->wall_ms + 61000));
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_cover_that_declines_leaves_the_other_owing),
        ROW(seen_in_the_future_is_not_seen),
        ROW(the_senders_row_moves_at_the_first_collected),
        ROW(who_submits_is_seen),
        ROW(a_clock_that_jumps_stops_nothing),
        ROW(a_start_with_a_clock_behind_the_log_stops_nothing),
        ROW(a_clock_that_was_ahead_for_a_moment_leaves_no_trace),
        ROW(refusals_of_a_group_rolled_back_are_not_logged),
    };
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
