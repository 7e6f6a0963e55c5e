/* SPDX-License-Identifier: Apache-2.0 */
/* test_hex.c - lower-case hexadecimal, strictly. */
#include "proto/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
both_ways(void **state)
{
    (void)state;
    const uint8_t raw[] = { 0x00, 0x01, 0x9a, 0xbc, 0xff };
    char text[11];
    uint8_t back[5];
    mash_hex_text(mash_span(raw, sizeof(raw)), text);
    assert_string_equal(text, "00019abcff");
    assert_int_equal(mash_hex_parse(mash_span_str(text), back, sizeof(back)), MASH_OK);
    assert_memory_equal(back, raw, sizeof(raw));
    mash_hex_text(mash_span(NULL, 0), text);
    assert_string_equal(text, "");
}

static void
refused(void **state)
{
    (void)state;
    static const char *const rows[] = { "", "00", "000", "00000", "000000", "00AA", "0x00", "00g0", "00 0", "g000" };
    uint8_t out[2];
    assert_int_equal(mash_hex_parse(mash_span_str("00aa"), out, sizeof(out)), MASH_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(mash_hex_parse(mash_span_str(rows[i]), out, sizeof(out)), MASH_E_FORMAT);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
