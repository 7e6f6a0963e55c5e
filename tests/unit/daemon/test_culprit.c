/* SPDX-License-Identifier: Apache-2.0 */
/* test_culprit.c - which link key is suspended after crashes of the gate, and which is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/proc/culprit.h"

#define MINUTE 60000u

/* One crash: when, which key was in work, which was let in last (0: none). */
struct crash {
    uint64_t at_ms;
    uint8_t working;
    uint8_t admitted;
};

static bool
crash_once(struct mash_crashes *crashes, struct crash crash, struct mash_key_id *ret_key)
{
    struct mash_culprit page;
    memset(&page, 0, sizeof(page));
    memset(&page.current, crash.working, sizeof(page.current));
    memset(&page.last, crash.admitted, sizeof(page.last));
    atomic_store(&page.working, crash.working != 0);
    atomic_store(&page.admitted, crash.admitted != 0);
    return mash_crashes_add(crashes, &page, crash.at_ms, ret_key);
}

static void
three_in_ten_minutes_by_one_key(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct crash crash[4];
        size_t count;
        uint8_t suspended; /* after the last crash; 0: nobody */
    } cases[] = {
        { "same key let in thrice", { { 1, 0, 7 }, { 2, 0, 7 }, { 3, 0, 7 } }, 3, 7 },
        { "key in work goes before the one let in", { { 1, 7, 1 }, { 2, 7, 2 }, { 3, 7, 3 } }, 3, 7 },
        { "only two", { { 1, 0, 7 }, { 2, 0, 7 } }, 2, 0 },
        { "another key between", { { 1, 0, 7 }, { 2, 0, 8 }, { 3, 0, 7 } }, 3, 0 },
        { "one unknown", { { 1, 0, 7 }, { 2, 0, 0 }, { 3, 0, 7 } }, 3, 0 },
        { "nobody known", { { 1, 0, 0 }, { 2, 0, 0 }, { 3, 0, 0 } }, 3, 0 },
        { "just within", { { 1, 0, 7 }, { 2, 0, 7 }, { 10 * MINUTE + 1, 0, 7 } }, 3, 7 },
        { "just too late", { { 1, 0, 7 }, { 2, 0, 7 }, { 10 * MINUTE + 2, 0, 7 } }, 3, 0 },
        { "the last three count", { { 1, 0, 9 }, { 2, 0, 7 }, { 3, 0, 7 }, { 4, 0, 7 } }, 4, 7 },
        { "told once only", { { 1, 0, 7 }, { 2, 0, 7 }, { 3, 0, 7 }, { 4, 0, 7 } }, 4, 0 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mash_crashes crashes;
        struct mash_key_id key;
        bool suspend = false;
        memset(&crashes, 0, sizeof(crashes));
        for (size_t j = 0; j < cases[i].count; j++)
            suspend = crash_once(&crashes, cases[i].crash[j], &key);
        if (suspend != (cases[i].suspended != 0) || (suspend && key.bytes[0] != cases[i].suspended))
            fail_msg("%s", cases[i].what);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(three_in_ten_minutes_by_one_key) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
