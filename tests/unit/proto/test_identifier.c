/* SPDX-License-Identifier: Apache-2.0 */
/* test_identifier.c - check digits, dates and times, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/identifier.h"

struct row {
    const char *text;
    bool ok;
};

static void
test_nhs_number(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "9434765919", true },  { "9990000018", true },  { "9990000026", true },    { "9990000034", true },
        { "999 000 0018", true }, { "9991234560", false }, { "9876543210", true },   { "9876543211", false },
        { "999000001", false },  { "99900000180", false }, { "99900 00018", false }, { "999000001x", false },
        { "", false },           { "9990000010", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mash_nhs_number_ok(rows[i].text) != rows[i].ok)
            fail_msg("%s", rows[i].text);
}

static void
test_upn(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "A950000178301", true },  { "H243278544154", true },  { "U856200100001", true },
        { "B856201700017", true },  { "P855200100001", true },  { "Y857200100001", true },
        { "A850728973744", false }, { "A95000017830", false },  { "A9500001783011", false },
        { "I950000178301", false }, { "A95000017830O", false }, { "", false },
        { "a950000178301", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mash_upn_ok(rows[i].text) != rows[i].ok)
            fail_msg("%s", rows[i].text);
}

static void
test_date(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "2017-03-09", true },  { "2024-02-29", true },  { "2023-02-29", false }, { "1900-02-29", false },
        { "2017-3-9", false },   { "2017-13-01", false }, { "2017-00-10", false }, { "2017-04-31", false },
        { "09/03/2017", false }, { "not known", false },  { "2017-03-09 ", false }, { "0017-03-09", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mash_date_ok(rows[i].text) != rows[i].ok)
            fail_msg("%s", rows[i].text);
}

static void
test_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t ms;
    } rows[] = {
        { "1970-01-01T00:00:00Z", true, 0 },
        { "2026-11-22T14:05:00Z", true, 1795356300000ull },
        { "2026-07-01T09:30:00+01:00", true, 1782894600000ull },
        { "2026-07-01T08:30:00Z", true, 1782894600000ull },
        { "2026-07-01T09:30:00", false, 0 },
        { "2026-07-01 09:30:00Z", false, 0 },
        { "2026-07-01T24:00:00Z", false, 0 },
        { "2026-07-01T09:60:00Z", false, 0 },
        { "2026-07-01T09:30:00+1:00", false, 0 },
        { "1969-12-31T23:59:59Z", false, 0 },
        { "2026-07-01T09:30:00Zx", false, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t ms = 0;
        if (mash_time_parse(rows[i].text, &ms) != rows[i].ok)
            fail_msg("%s", rows[i].text);
        assert_int_equal(ms, rows[i].ms);
    }
    char text[21];
    mash_time_text(1795356300000ull, text);
    assert_string_equal(text, "2026-11-22T14:05:00Z");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nhs_number),
        cmocka_unit_test(test_upn),
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
