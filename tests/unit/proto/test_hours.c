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
        cmocka_unit_test(phones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
