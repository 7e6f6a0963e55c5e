/* SPDX-License-Identifier: Apache-2.0 */
/* test_staffed.c - which moments are out of hours in England, and that a sender is told whom to ring. */
#include "fixture_letters.h"

#include <time.h>

#include "daemon/path/staffed.h"
#include "proto/answer.h"

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    mash_staffed_zone();
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

/* Clocks go forward at 01:00 UTC on 2026-03-29 and back on 2026-10-25; the fixture's Christmas is a Friday. */
static void
moments(void **state)
{
    struct fixture *f = *state;
    static const struct row {
        const char *hours;
        int month, day, hour, minute; /* UTC, 2026 */
        bool open;
    } rows[] = {
        { "mon-fri 09:00-17:00", 1, 5, 8, 59, false },   /* winter: UTC */
        { "mon-fri 09:00-17:00", 1, 5, 9, 0, true },
        { "mon-fri 09:00-17:00", 7, 6, 7, 59, false },   /* summer: an hour before */
        { "mon-fri 09:00-17:00", 7, 6, 8, 0, true },
        { "mon-fri 09:00-17:00", 7, 6, 16, 0, false },
        { "mon-fri 09:00-17:00", 3, 27, 16, 30, true },  /* the Friday before, the Monday after */
        { "mon-fri 09:00-17:00", 3, 30, 16, 30, false },
        { "sun 00:30-02:30", 3, 29, 0, 45, true },       /* the night without 01:00 to 02:00 */
        { "sun 00:30-01:30", 3, 29, 1, 0, false },
        { "sun 02:00-03:00", 3, 29, 1, 0, true },
        { "sun 01:00-02:00", 10, 25, 0, 30, true },      /* the night that has it twice */
        { "sun 01:00-02:00", 10, 25, 1, 30, true },
        { "sun 01:00-02:00", 10, 25, 2, 0, false },
        { "mon-fri 00:00-24:00", 6, 30, 23, 30, true },
        { "fri 00:00-24:00", 7, 2, 23, 30, true },       /* Friday has begun in London */
        { "mon-fri 09:00-17:00", 12, 24, 12, 0, true },
        { "mon-fri 09:00-17:00", 12, 25, 12, 0, false }, /* bank holidays */
        { "mon-fri 09:00-17:00", 8, 30, 23, 30, false },
        { "mon-fri 00:00-24:00", 8, 30, 23, 30, false }, /* Monday's has begun in London */
        { "mon-sun 09:00-17:00", 12, 25, 12, 0, true },
        { "24h", 12, 25, 3, 0, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_mailbox mailbox = { .hours = rows[i].hours };
        struct tm utc = { .tm_year = 126, .tm_mon = rows[i].month - 1, .tm_mday = rows[i].day,
                          .tm_hour = rows[i].hour, .tm_min = rows[i].minute };
        if (mash_staffed(f->bundle, &mailbox, (uint64_t)timegm(&utc) * 1000u) != rows[i].open)
            fail_msg("row %zu should be %s", i, rows[i].open ? "open" : "closed");
    }
}

static void
fetch_both(struct fixture *f)
{
    static const int who[] = { SOCIAL, NIGHT };
    for (size_t i = 0; i < 2; i++) {
        Mash__Fetch ask = MASH__FETCH__INIT;
        Mash__Request request = MASH__REQUEST__INIT;
        ask.mailbox = (char *)(uintptr_t)boxes[who[i]].address;
        ask.credit = 1;
        request.ask_case = MASH__REQUEST__ASK_FETCH;
        request.fetch = &ask;
        assert_int_equal(fixture_ask_now(f, LINK_SOCIAL, &request)->code, 200);
    }
}

static void
expect_held(struct fixture *f, bool immediate, enum mash_answer_id answer, const char *more)
{
    struct letter letter;
    fetch_both(f); /* nobody is silent */
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL | 1u << NIGHT);
    letter.manifest.immediate = immediate;
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Outcome *outcome = fixture_submit(f, LINK_SCHOOL, &letter, 1)->outcomes->outcomes[0];
    assert_int_equal(outcome->code, 202);
    assert_string_equal(outcome->sub_code, mash_answer(answer)->sub_code);
    assert_true((strstr(outcome->sentence, more) != NULL));
    letter_clear(&letter);
}

static void
out_of_hours_is_said_with_the_number(void **state)
{
    struct fixture *f = *state;
    const char *ring = "Box duty (out of hours): 0116 496 0200; Box night (out of hours): 0116 496 0300";
    expect_held(f, false, MASH_ANSWER_HELD, ""); /* 24h */
    f->hours = "mon-fri 09:00-17:00";
    fixture_move_clock(f, 2000);
    assert_int_equal(fixture_publish(f, f->operators[0], 2), 200);
    expect_held(f, false, MASH_ANSWER_HELD, ""); /* Monday, 15:13 in London */
    fixture_move_clock(f, 2 * 3600000);
    expect_held(f, false, MASH_ANSWER_HELD_RING, ring);
    expect_held(f, true, MASH_ANSWER_HELD_RING, ring);
    fixture_move_clock(f, 16 * 3600000); /* Tuesday, 09:13 */
    expect_held(f, true, MASH_ANSWER_HELD, "");
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(moments),
        ROW(out_of_hours_is_said_with_the_number),
    };
    return cmocka_run_group_tests_name("staffed", tests, NULL, NULL);
}
