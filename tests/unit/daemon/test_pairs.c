/* SPDX-License-Identifier: Apache-2.0 */
/* test_pairs.c - one mailbox cannot bury another: buckets on their own, and on the message path. */
#include "fixture_letters.h"

#include "daemon/path/pairs.h"
#include "proto/answer.h"

static void
a_bucket_empties_and_fills(void **state)
{
    (void)state;
    struct mash_pairs pairs;
    const char *const one[] = { "b/b@llr" }, *const both[] = { "c/c@llr", "b/b@llr" };
    ok(mash_pairs_open(&pairs, 60));
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, 5000), 1);
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, 5999), 0);
    assert_int_equal(mash_pairs_take(&pairs, "d/d@llr", one, 1, 5999), 1); /* another sender */
    for (size_t i = 0; i < 100; i++) /* refused: takes nothing of the other recipient either */
        assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", both, 2, 5999), 1);
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", both, 1, 5999), 1);
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, 6000), 1); /* a second: one of 60 */
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, 6000), 0);
    for (size_t i = 0; i < 60; i++) /* never more than a minute's */
        assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, UINT64_MAX), 1);
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, UINT64_MAX), 0);
    mash_pairs_clear(&pairs);
}

static void
no_limit_at_all(void **state)
{
    (void)state;
    struct mash_pairs pairs;
    const char *const one[] = { "b/b@llr" };
    ok(mash_pairs_open(&pairs, 0));
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", one, 1, 5000), 1);
    mash_pairs_clear(&pairs);
}

/* More pairs than places: all are served, and the one that has no token left keeps having none. */
static void
a_full_table_forgets_the_idle(void **state)
{
    (void)state;
    struct mash_pairs pairs;
    const char *const busy[] = { "b/b@llr" };
    char address[64];
    ok(mash_pairs_open(&pairs, 2));
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", busy, 1, 5000), 1);
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", busy, 1, 5000), 1);
    for (unsigned i = 0; i < 4 * MASH_PAIRS_MAX; i++) {
        (void)snprintf(address, sizeof(address), "x/x%u@llr", i);
        const char *const to[] = { address };
        assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", to, 1, 5000), 1);
    }
    assert_int_equal(mash_pairs_take(&pairs, "a/a@llr", busy, 1, 5000), 0);
    mash_pairs_clear(&pairs);
}

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    fixture_prepare(f);
    f->pair_rate = 3;
    ok(fixture_try_core(f));
    assert_int_equal(fixture_publish(f, f->operators[0], 1), 200);
    fixture_hello_all(f);
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
outcome_is(const Mash__Outcome *outcome, enum mash_answer_id answer)
{
    assert_int_equal(outcome->code, mash_answer(answer)->code);
    assert_int_equal(outcome->receipt.len > 0, outcome->code == 202);
    if (outcome->code != 202)
        assert_string_equal(outcome->sub_code, mash_answer(answer)->sub_code);
}

/* In one request: what is too much for one pair is refused alone, and is held a while later as it is. */
static void
only_the_pair_is_limited(void **state)
{
    struct fixture *f = *state;
    static const unsigned to[6] = { 1u << SOCIAL, 1u << SOCIAL, 1u << SOCIAL, 1u << SOCIAL,
                                    1u << POLICE, 1u << SOCIAL | 1u << POLICE };
    static const bool held[6] = { true, true, true, false, true, false };
    struct letter letters[6];
    for (size_t i = 0; i < 6; i++)
        letter_write(f, &letters[i], SCHOOL, to[i]);
    letters_sign(f->sign[SCHOOL][KEY_SEND], letters, 6);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, letters, 6);
    for (size_t i = 0; i < 6; i++)
        outcome_is(answer->outcomes->outcomes[i], held[i] ? MASH_ANSWER_HELD : MASH_ANSWER_PAIR_RATE);
    assert_true((strstr(answer->outcomes->outcomes[3]->sentence, boxes[SOCIAL].address) != NULL));
    assert_true(mash_answer_retry(answer->outcomes->outcomes[3]->code, answer->outcomes->outcomes[3]->sub_code));

    answer = fixture_submit(f, LINK_SCHOOL, letters, 6); /* a repeat of what is held costs nothing */
    for (size_t i = 0; i < 6; i++)
        outcome_is(answer->outcomes->outcomes[i], held[i] ? MASH_ANSWER_HELD_BEFORE : MASH_ANSWER_PAIR_RATE);
    fixture_move_clock(f, 20000);
    answer = fixture_submit(f, LINK_SCHOOL, letters, 6);
    outcome_is(answer->outcomes->outcomes[3], MASH_ANSWER_HELD);
    outcome_is(answer->outcomes->outcomes[5], MASH_ANSWER_PAIR_RATE);
    for (size_t i = 0; i < 6; i++)
        letter_clear(&letters[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_empties_and_fills),
        cmocka_unit_test(no_limit_at_all),
        cmocka_unit_test(a_full_table_forgets_the_idle),
        cmocka_unit_test_setup_teardown(only_the_pair_is_limited, setup, teardown),
    };
    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
