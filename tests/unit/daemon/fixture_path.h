/* SPDX-License-Identifier: Apache-2.0 */
/* fixture_path.h - what test_path.c, test_refused.c and test_statuses.c share. */
#ifndef MASH_TESTS_FIXTURE_PATH_H
#define MASH_TESTS_FIXTURE_PATH_H

#include "fixture_letters.h"

#include "proto/answer.h"

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

FIXTURE int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    fixture_open(f);
    *state = f;
    return 0;
}

FIXTURE int
teardown(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

FIXTURE void
assert_answer(const char *sub_code, uint32_t code, enum mash_answer_id id, const char *name)
{
    const struct mash_answer *row = mash_answer(id);
    if (code != row->code || strcmp(sub_code, row->sub_code) != 0)
        fail_msg("%s: answered %u %s, not %u %s", name, code, sub_code, row->code, row->sub_code);
}

FIXTURE const Mash__Outcome *
submit_one(struct fixture *f, int link, struct letter *letter)
{
    const Mash__Answer *answer = fixture_submit(f, link, letter, 1);
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT_OUTCOMES);
    assert_int_equal(answer->outcomes->n_outcomes, 1);
    return answer->outcomes->outcomes[0];
}

#endif
