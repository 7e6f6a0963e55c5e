/* SPDX-License-Identifier: Apache-2.0 */
/* test_group.c - a group in which one thing goes wrong that nobody expected (a row is not what it should
 * be): whoever met it is told so, and everybody else of the group is served. */
#include "fixture_letters.h"

#include <sqlite3.h>

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

/* Change the store behind the ledger's back. */
static void
damage(struct fixture *f, const char *sql)
{
    char path[5000];
    sqlite3 *db = NULL;
    mash_core_close(&f->core);
    (void)snprintf(path, sizeof(path), "%s/store.db", f->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    ok(fixture_try_core(f));
    fixture_hello_all(f);
}

static uint64_t
ask_status(struct fixture *f, struct step *step, const struct letter *letter, int box)
{
    step_write(f, step, &letter->sha256, box, KEY_COLLECT, 1, NULL, MASH__STATE__STATE_COLLECTED);
    step_sign(step, f->sign[box][KEY_COLLECT]);
    Mash__SignedStatus *list[1] = { &step->message };
    Mash__SubmitStatus submit = MASH__SUBMIT_STATUS__INIT;
    submit.n_statuses = 1;
    submit.statuses = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT_STATUS;
    request.submit_status = &submit;
    return fixture_ask(f, boxes[box].link, &request);
}

static uint64_t
ask_fetch(struct fixture *f, int box, uint32_t wait_ms)
{
    Mash__Fetch ask = MASH__FETCH__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    ask.mailbox = (char *)(uintptr_t)boxes[box].address;
    ask.credit = 10;
    ask.wait_ms = wait_ms;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &ask;
    return fixture_ask(f, boxes[box].link, &request);
}

/* The one answer to id, and that there are count with it. */
static const Mash__Answer *
answer_to(const struct fixture *f, uint64_t id, size_t count)
{
    const Mash__Answer *first = NULL;
    size_t found = 0;
    for (size_t i = 0; i < f->n_sent; i++) {
        if (f->sent[i].answer->id != id)
            continue;
        if (found++ == 0)
            first = f->sent[i].answer;
    }
    assert_int_equal(found, count);
    return first;
}

static void
only_the_request_that_meets_an_odd_row_fails(void **state)
{
    struct fixture *f = *state;
    struct letter odd, good;
    struct step steps[2];
    fixture_hold(f, &odd, SCHOOL, 1u << SOCIAL);
    fixture_hold(f, &good, SCHOOL, 1u << POLICE);
    damage(f, "UPDATE entry SET detail = x'ff' WHERE number = (SELECT min(id) FROM notice)");
    uint64_t waiting = ask_fetch(f, SCHOOL, 60000);
    ok(mash_core_run(f->core));
    fixture_clear_sent(f);

    uint64_t bad_id = ask_status(f, &steps[0], &odd, SOCIAL), good_id = ask_status(f, &steps[1], &good, POLICE);
    ok(mash_core_run(f->core));
    const Mash__Answer *answer = answer_to(f, bad_id, 1);
    assert_string_equal(answer->sub_code, mash_answer(MASH_ANSWER_NOT_LOGGED)->sub_code);
    answer = answer_to(f, good_id, 1);
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT_OUTCOMES);
    assert_int_equal(answer->outcomes->outcomes[0]->code, 202);
    (void)answer_to(f, waiting, 2); /* the good one's status, and the end */
    assert_int_equal(fixture_status(f)->waiting, 1);
    for (size_t i = 0; i < 2; i++)
        mash_bytes_free(&steps[i].encoded);
    letter_clear(&odd);
    letter_clear(&good);
}

static void
only_the_fetch_that_meets_an_odd_row_ends(void **state)
{
    struct fixture *f = *state;
    struct letter odd, good;
    struct step step;
    fixture_hold(f, &odd, SCHOOL, 1u << SOCIAL);
    fixture_hold(f, &good, SCHOOL, 1u << POLICE);
    damage(f, "DELETE FROM obligation WHERE notice = (SELECT min(id) FROM notice)"
              " AND mailbox = (SELECT id FROM name WHERE text = 'social/duty@llr')");
    uint64_t social = ask_fetch(f, SOCIAL, 0), police = ask_fetch(f, POLICE, 0);
    uint64_t step_id = ask_status(f, &step, &good, POLICE);
    ok(mash_core_run(f->core));
    assert_string_equal(answer_to(f, social, 1)->sub_code, mash_answer(MASH_ANSWER_NOT_LOGGED)->sub_code);
    assert_int_equal(answer_to(f, police, 2)->result_case, MASH__ANSWER__RESULT_DELIVERY);
    assert_int_equal(answer_to(f, step_id, 1)->outcomes->outcomes[0]->code, 202);
    assert_true(mash_core_wait_ms(f->core) > 0); /* nothing goes on failing */
    mash_bytes_free(&step.encoded);
    letter_clear(&odd);
    letter_clear(&good);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(only_the_request_that_meets_an_odd_row_fails),
        ROW(only_the_fetch_that_meets_an_odd_row_ends),
    };
    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
