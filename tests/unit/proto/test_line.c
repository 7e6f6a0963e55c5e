/* SPDX-License-Identifier: Apache-2.0 */
/* test_line.c - lines, prefixes and the one spelling of a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/line.h"

static void
lines_end_with_a_newline(void **state)
{
    (void)state;
    struct mash_span rest = mash_span_str("one\n\r\n\nlast");
    struct mash_span line;
    assert_true(mash_line_next(&rest, &line));
    assert_true(mash_span_equal(line, mash_span_str("one")));
    assert_true(mash_line_next(&rest, &line));
    assert_true(mash_span_equal(line, mash_span_str("\r")));
    assert_true(mash_line_next(&rest, &line));
    assert_int_equal(line.len, 0);
    assert_false(mash_line_next(&rest, &line));
    assert_true(mash_span_equal(rest, mash_span_str("last")));
    rest = mash_span(NULL, 0);
    assert_false(mash_line_next(&rest, &line));
}

static void
prefixes(void **state)
{
    (void)state;
    struct mash_span line = mash_span_str("index 7");
    assert_false(mash_line_skip(&line, "Index "));
    assert_false(mash_line_skip(&line, "index 77"));
    assert_int_equal(line.len, 7);
    assert_true(mash_line_skip(&line, "index "));
    assert_true(mash_span_equal(line, mash_span_str("7")));
}

static void
decimals(void **state)
{
    (void)state;
    static const struct { const char *text; uint64_t number; } good[] = {
        { "0", 0 }, { "9", 9 }, { "10", 10 }, { "20852163", 20852163 },
        { "9223372036854775807", INT64_MAX },
    };
    static const char *const bad[] = {
        "", "00", "01", "-1", "+1", " 1", "1 ", "1\r", "0x1", "1e3", "1_0", "a", "9223372036854775808",
        "9999999999999999999", "10000000000000000000", "18446744073709551616", "\xd9\xa1", "/", ":",
    };
    uint64_t number = 1;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(mash_line_decimal(mash_span_str(good[i].text), &number));
        assert_int_equal(number, good[i].number);
    }
    number = 42;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(mash_line_decimal(mash_span_str(bad[i]), &number));
    assert_int_equal(number, 42);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_with_a_newline),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
