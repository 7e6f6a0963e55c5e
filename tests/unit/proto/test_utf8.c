/* SPDX-License-Identifier: Apache-2.0 */
/* test_utf8.c - strict UTF-8: both ends of every range, and what only looks like UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/utf8.h"

static const struct good {
    const char *bytes;
    uint32_t character;
} good[] = {
    { "A", 'A' }, { "\x7f", 0x7f },
    { "\xc2\x80", 0x80 }, { "\xdf\xbf", 0x7ff },
    { "\xe0\xa0\x80", 0x800 }, { "\xe2\x80\x94", 0x2014 }, { "\xed\x9f\xbf", 0xd7ff },
    { "\xee\x80\x80", 0xe000 }, { "\xef\xbf\xbf", 0xffff },
    { "\xf0\x90\x80\x80", 0x10000 }, { "\xf4\x8f\xbf\xbf", 0x10ffff },
};

static const char *const bad[] = {
    "\x80", "\xbf",                           /* continuation alone */
    "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", /* longer than needed */
    "\xed\xa0\x80", "\xed\xbf\xbf",           /* surrogates */
    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", /* above U+10FFFF */
    "\xc2", "\xe2\x80", "\xf0\x90\x80",       /* cut off */
    "\xc2\x41", "\xe2\x41\x94", "\xe2\x80\x41", "\xf0\x90\x80\xc0", /* continuation missing */
};

static void
characters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct mash_span rest = mash_span_str(good[i].bytes);
        uint32_t character = 0;
        assert_true(mash_utf8_next(&rest, &character));
        assert_int_equal(character, good[i].character);
        assert_int_equal(rest.len, 0);
        assert_false(mash_utf8_next(&rest, &character));
    }
    struct mash_span nul = mash_span("\0x", 2);
    uint32_t character = 1;
    assert_true(mash_utf8_next(&nul, &character));
    assert_int_equal(character, 0);
    assert_int_equal(nul.len, 1);
}

static void
what_is_not_utf8_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mash_span rest = mash_span_str(bad[i]);
        size_t len = rest.len;
        uint32_t character = 7;
        assert_false(mash_utf8_next(&rest, &character));
        assert_int_equal(rest.len, len);
        assert_int_equal(character, 7);
    }
}

static void
spaces(void **state)
{
    (void)state;
    static const uint32_t yes[] = { 9, 10, 13, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029,
                                    0x202f, 0x205f, 0x3000 };
    static const uint32_t no[] = { 0, 8, 14, 0x21, 0x84, 0x86, 0xa1, 0x1fff, 0x200b, 0x2014, 0x2030, 0x3001 };
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(mash_utf8_is_space(yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(mash_utf8_is_space(no[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters),
        cmocka_unit_test(what_is_not_utf8_is_refused),
        cmocka_unit_test(spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
