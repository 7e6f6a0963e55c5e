/* SPDX-License-Identifier: Apache-2.0 */
/* test_uuid.c - UUID version 7: the answer of RFC 9562 appendix A.6, order by time, texts that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/uuid.h"

static const uint8_t known_id[16] = { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3,
                                      0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f };

static void
answer_of_the_rfc(void **state)
{
    (void)state;
    /* rand_a 0xcc3, rand_b 0x18c4dc0c0c07398f; the bits that version and variant cover are drawn too */
    static const uint8_t draws[][MASH_UUID_RANDOM_BYTES] = {
        { 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f },
        { 0xfc, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f },
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t id[16];
        mash_uuid_make(0x017F22E279B0, draws[i], id);
        assert_memory_equal(id, known_id, 16);
    }
    assert_true(mash_uuid_is_v7(mash_span(known_id, 16)));
    assert_int_equal(mash_uuid_time_ms(known_id), 0x017F22E279B0);
    char text[MASH_UUID_TEXT_SIZE];
    mash_uuid_text(known_id, text);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void
later_ids_sort_later(void **state)
{
    (void)state;
    static const uint64_t times[] = { 0, 1, 255, 256, 0x017F22E279B0, 0x017F22E279B1, 0xffffffffffff };
    uint8_t high[10], low[10], earlier[16], later[16];
    memset(high, 0xff, sizeof(high));
    memset(low, 0, sizeof(low));
    for (size_t i = 1; i < sizeof(times) / sizeof(times[0]); i++) {
        mash_uuid_make(times[i - 1], high, earlier);
        mash_uuid_make(times[i], low, later);
        assert_true(memcmp(earlier, later, 16) < 0);
        assert_int_equal(mash_uuid_time_ms(later), times[i]);
        char text[MASH_UUID_TEXT_SIZE];
        uint8_t back[16];
        mash_uuid_text(later, text);
        assert_int_equal(mash_uuid_parse(text, back), MASH_OK);
        assert_memory_equal(back, later, 16);
    }
}

static void
other_versions_are_refused(void **state)
{
    (void)state;
    for (unsigned version = 0; version < 16; version++) {
        for (unsigned variant = 0; variant < 16; variant++) {
            uint8_t id[16];
            memcpy(id, known_id, 16);
            id[6] = (uint8_t)(version << 4 | 0x0c);
            id[8] = (uint8_t)(variant << 4 | 0x08);
            bool right = version == 7 && variant >= 8 && variant <= 11;
            assert_int_equal(mash_uuid_is_v7(mash_span(id, 16)), right);
        }
    }
    uint8_t longer[17] = { 0 };
    memcpy(longer, known_id, 16);
    assert_false(mash_uuid_is_v7(mash_span(longer, 17)));
    assert_false(mash_uuid_is_v7(mash_span(longer, 15)));
    assert_false(mash_uuid_is_v7(mash_span(NULL, 0)));
}

static void
texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
    } rows[] = {
        { "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", MASH_OK },
        { "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", MASH_OK },
        { "", MASH_E_FORMAT },
        { "017f22e279b07cc398c4dc0c0c07398f", MASH_E_FORMAT },
        { "017f22e2-79b0-7cc3-98c4-dc0c0c07398", MASH_E_FORMAT },
        { "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", MASH_E_FORMAT },
        { "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", MASH_E_FORMAT },
        { "017f22e2-79b0-7cc3-98c4_dc0c0c07398f", MASH_E_FORMAT },
        { "017f22e-279b0-7cc3-98c4-dc0c0c07398f", MASH_E_FORMAT },
        { "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", MASH_E_FORMAT },
        { " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f", MASH_E_FORMAT },
        { "0x7f22e2-79b0-7cc3-98c4-dc0c0c07398f", MASH_E_FORMAT },
        { "------------------------------------", MASH_E_FORMAT },
    };
    uint8_t all_digits[16];
    assert_int_equal(mash_uuid_parse("01234567-89ab-cdef-ABCD-EF0123456789", all_digits), MASH_OK);
    assert_memory_equal(all_digits, "\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef\x01\x23\x45\x67\x89", 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t id[16] = { 0 };
        uint8_t untouched[16] = { 0 };
        assert_int_equal(mash_uuid_parse(rows[i].text, id), rows[i].err);
        assert_memory_equal(id, rows[i].err == MASH_OK ? known_id : untouched, 16);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_of_the_rfc),
        cmocka_unit_test(later_ids_sort_later),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
