/* SPDX-License-Identifier: Apache-2.0 */
/* test_answer.c - the answers: complete, unique, and never more hopeful than the table. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/answer.h"

static void
every_row_is_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MASH_ANSWER_COUNT; i++) {
        const struct mash_answer *row = mash_answer((enum mash_answer_id)i);
        assert_in_range(row->code, 200, 599);
        assert_non_null(row->sub_code);
        assert_non_null(row->sentence);
        size_t len = strlen(row->sentence);
        assert_true(len > 4 && len < 200);
        assert_true(isupper((unsigned char)row->sentence[0]));
        assert_int_equal(row->sentence[len - 1], '.');
    }
}

static void
sub_codes_are_ours_or_of_mesh_and_unique(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MASH_ANSWER_COUNT; i++) {
        const char *text = mash_answer((enum mash_answer_id)i)->sub_code;
        bool ours = text[0] == 'S';
        assert_int_equal(strlen(text), ours ? 4 : 2);
        for (const char *at = ours ? text + 1 : text; *at != '\0'; at++)
            assert_true(isdigit((unsigned char)*at));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(text, mash_answer((enum mash_answer_id)j)->sub_code);
    }
}

static void
code_retry_and_exit_agree(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MASH_ANSWER_COUNT; i++) {
        const struct mash_answer *row = mash_answer((enum mash_answer_id)i);
        int exit_code = row->code < 300 ? 0 : row->retry ? 75 : 77;
        assert_int_equal(row->exit_code, exit_code);
        if (row->code < 300)
            assert_false(row->retry);
        if (row->code >= 500) /* the exchange's fault never ends a notice */
            assert_true(row->retry);
        assert_ptr_equal(mash_answer_find(row->code, row->sub_code), row);
        assert_int_equal(mash_answer_exit_code(row->code, row->sub_code), exit_code);
        assert_int_equal(mash_answer_retry(row->code, row->sub_code), row->retry);
    }
}

static void
what_the_design_names(void **state)
{
    (void)state;
    static const struct {
        enum mash_answer_id id;
        uint32_t code;
        const char *sub_code;
        int exit_code;
    } rows[] = {
        { MASH_ANSWER_HELD, 202, "S100", 0 },          { MASH_ANSWER_HELD_BEFORE, 202, "S111", 0 },
        { MASH_ANSWER_MALFORMED, 400, "06", 77 },      { MASH_ANSWER_LINK_UNKNOWN, 401, "S123", 75 },
        { MASH_ANSWER_SIGNATURE, 401, "S105", 77 },    { MASH_ANSWER_NOT_YOUR_MAILBOX, 403, "07", 77 },
        { MASH_ANSWER_NOT_AGREED, 403, "17", 77 },     { MASH_ANSWER_UNKNOWN, 404, "20", 77 },
        { MASH_ANSWER_CONFLICT, 409, "S110", 77 },     { MASH_ANSWER_STATUS_SEQUENCE, 409, "S134", 77 },
        { MASH_ANSWER_EXPIRED, 410, "19", 77 },        { MASH_ANSWER_TOO_LARGE, 413, "S139", 77 },
        { MASH_ANSWER_FIELDS, 422, "S141", 77 },       { MASH_ANSWER_DRILL, 422, "S109", 77 },
        { MASH_ANSWER_NO_KEY, 424, "S101", 75 },       { MASH_ANSWER_PROTOCOL, 426, "09", 75 },
        { MASH_ANSWER_PAIR_RATE, 429, "S150", 75 },    { MASH_ANSWER_BARRED, 451, "S103", 77 },
        { MASH_ANSWER_NOT_LOGGED, 503, "S152", 75 },   { MASH_ANSWER_FULL, 507, "S154", 75 },
        { MASH_ANSWER_KEY_SUSPENDED, 403, "S127", 77 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct mash_answer *row = mash_answer(rows[i].id);
        assert_int_equal(row->code, rows[i].code);
        assert_string_equal(row->sub_code, rows[i].sub_code);
        assert_int_equal(row->exit_code, rows[i].exit_code);
    }
    assert_string_equal(mash_answer(MASH_ANSWER_HELD)->sentence,
                        "Held by the exchange. Nobody has read it yet.");
}

static void
unknown_answers_are_never_success(void **state)
{
    (void)state;
    static const struct {
        uint32_t code;
        const char *sub_code;
        int exit_code;
    } rows[] = {
        { 0, "", 75 },       { 200, "", 75 },     { 202, "", 75 },      { 202, "S999", 75 },
        { 202, "S154", 75 }, { 302, "S1", 75 },   { 400, "S999", 77 },  { 403, "", 77 },
        { 418, "S100", 77 }, { 424, "S999", 75 }, { 426, "S999", 75 },  { 429, "S999", 75 },
        { 500, "", 75 },     { 503, "S999", 75 }, { UINT32_MAX, "", 75 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_null(mash_answer_find(rows[i].code, rows[i].sub_code));
        assert_int_equal(mash_answer_exit_code(rows[i].code, rows[i].sub_code), rows[i].exit_code);
        assert_int_equal(mash_answer_retry(rows[i].code, rows[i].sub_code), rows[i].exit_code == 75);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(sub_codes_are_ours_or_of_mesh_and_unique),
        cmocka_unit_test(code_retry_and_exit_agree),
        cmocka_unit_test(what_the_design_names),
        cmocka_unit_test(unknown_answers_are_never_success),
    };
    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
