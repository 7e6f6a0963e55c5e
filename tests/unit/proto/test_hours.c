/* SPDX-License-Identifier: Apache-2.0 */
/* test_hours.c - staffed hours and phone numbers of a registry. */
#include "proto/hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
hours(void **state)
{
    (void)state;
    static const struct row {
        const char *text;
        bool ok;
    } rows[] = {
        { "24h", true },
        { "mon-fri 09:00-17:00", true },
        { "mon-thu 08:30-17:00, fri 08:30-16:30", true },
        { "sun 00:00-24:00", true },
        { "mon-mon 09:00-17:00", true },
        { "", false },
        { "24H", false },
        { "24h ", false },
        { "always", false },
        { "Mon-Fri 09:00-17:00", false },
        { "fri-mon 09:00-17:00", false },
        { "mon-fri 9:00-17:00", false },
        { "mon-fri 09:00-17", false },
        { "mon-fri 17:00-09:00", false },
        { "mon-fri 09:00-09:00", false },
        { "mon-fri 09:60-17:00", false },
        { "mon-fri 09:00-24:01", false },
        { "mon-fri 09:00-17:00,", false },
        { "mon-fri 09:00-17:00, ", false },
        { "mon-fri 09:00-17:00,sat 09:00-12:00", false },
        { "mon-fri  09:00-17:00", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mash_hours_ok(rows[i].text) != rows[i].ok)
            fail_msg("\"%s\" should be %s", rows[i].text, rows[i].ok ? "taken" : "refused");
}

enum { MON, TUE, WED, THU, FRI, SAT, SUN };
#define AT(day, hour, minute) (((day) * 24u + (hour)) * 60u + (minute))

static void
staffed(void **state)
{
    (void)state;
    static const struct row {
        const char *text;
        unsigned week_minute;
        bool holiday, open;
    } rows[] = {
        { "24h", AT(SUN, 3, 0), false, true },
        { "24h", AT(MON, 3, 0), true, true },
        { "mon-fri 09:00-17:00", AT(MON, 8, 59), false, false },
        { "mon-fri 09:00-17:00", AT(MON, 9, 0), false, true },
        { "mon-fri 09:00-17:00", AT(FRI, 16, 59), false, true },
        { "mon-fri 09:00-17:00", AT(FRI, 17, 0), false, false },
        { "mon-fri 09:00-17:00", AT(SAT, 12, 0), false, false },
        { "mon-fri 09:00-17:00", AT(SUN, 12, 0), false, false },
        { "mon-fri 09:00-17:00", AT(MON, 12, 0), true, false },
        { "sat 09:00-12:00", AT(SAT, 10, 0), true, false },
        { "mon-sun 08:00-20:00", AT(MON, 12, 0), true, true },
        { "mon-sun 08:00-20:00", AT(MON, 20, 0), true, false },
        { "mon-thu 08:30-17:00, fri 08:30-16:30", AT(FRI, 16, 30), false, false },
        { "mon-thu 08:30-17:00, fri 08:30-16:30", AT(FRI, 16, 29), false, true },
        { "mon-thu 08:30-17:00, fri 08:30-16:30", AT(THU, 16, 30), false, true },
        { "mon-fri 09:00-12:00, mon-fri 13:00-17:00", AT(WED, 12, 30), false, false },
        { "mon-fri 09:00-12:00, mon-fri 13:00-17:00", AT(TUE, 13, 0), false, true },
        { "sun 00:00-24:00", AT(SUN, 23, 59), false, true },
        { "sun 00:00-24:00", AT(MON, 0, 0), false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mash_hours_open(rows[i].text, rows[i].week_minute, rows[i].holiday) != rows[i].open)
            fail_msg("\"%s\", row %zu, should be %s", rows[i].text, i, rows[i].open ? "open" : "closed");
}

static void
phones(void **state)
{
    (void)state;
    static const struct row {
        const char *text;
        bool ok;
    } rows[] = {
        { "0116 454 1004", true },
        { "+44 116 454 1004", true },
        { "(0116) 454-1004", true },
        { "101", true },
        { "101 ext 5555", true },
        { "", false },
        { "99", false },
        { " 101", false },
        { "101 ", false },
        { "0116  454 1004", false },
        { "0116 ext ", false },
        { "0116 ext x", false },
        { "101 ext 55 ext 66", false },
        { "ring us", false },
        { "0116\n454", false },
        { "44+116", false },
        { "01234567890123456789012345678901234567890", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mash_phone_ok(rows[i].text) != rows[i].ok)
            fail_msg("\"%s\" should be %s", rows[i].text, rows[i].ok ? "taken" : "refused");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours),
        cmocka_unit_test(staffed),
        cmocka_unit_test(phones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
