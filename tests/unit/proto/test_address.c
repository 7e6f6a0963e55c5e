/* SPDX-License-Identifier: Apache-2.0 */
/* test_address.c - addresses, names and codes: one spelling only, nothing normalised. */
#include "proto/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NAME_63 "a23456789012345678901234567890123456789012345678901234567890123"

static void
good_addresses(void **state)
{
    (void)state;
    struct mash_address address;
    assert_int_equal(mash_address_parse("leics-police/ppu@llr", &address), MASH_OK);
    assert_string_equal(address.agency, "leics-police");
    assert_string_equal(address.mailbox, "ppu");
    assert_string_equal(address.partnership, "llr");
    assert_int_equal(mash_address_parse("a/b@mash.llr.example", &address), MASH_OK);
    assert_string_equal(address.partnership, "mash.llr.example");
    assert_int_equal(mash_address_parse(NAME_63 "/" NAME_63 "@" NAME_63, &address), MASH_OK);
    assert_string_equal(address.partnership, NAME_63);
}

static void
bad_addresses(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "/", "@", "a/b", "a@llr", "a/@llr", "/b@llr", "a/b@", "A/b@llr", "a/B@llr", "a/b@LLR",
        "a/b@llr ", " a/b@llr", "a/b@llr\n", "a/b/c@llr", "a/b@llr@llr", "a@b/c@llr", "a.b/c@llr", "a/b.c@llr",
        "a/b@llr.", "a/b@.llr", "a/b@l..r", "a/b@l.-r", "-a/b@llr", "a-/b@llr", "a--b/c@llr", "1a/b@llr",
        "a/1b@llr", "a/b@1lr", "a_b/c@llr", "caf\xc3\xa9/b@llr", NAME_63 "x/b@llr", "a/" NAME_63 "x@llr",
        "a/b@" NAME_63 "x",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_address address = { .agency = "untouched" };
        if (mash_address_parse(rows[i], &address) != MASH_E_VALUE)
            fail_msg("taken: \"%s\"", rows[i]);
        assert_string_equal(address.agency, "untouched");
    }
}

static void
names_and_codes(void **state)
{
    (void)state;
    static const struct row {
        const char *text;
        bool name, partnership, type, code;
    } rows[] = {
        { "llr", true, true, false, true },
        { "llr.gov", false, true, false, true },
        { "das-duty", true, true, false, true },
        { "a", true, true, false, true },
        { "REFERRAL", false, false, true, true },
        { "2A", false, false, true, true },
        { "MARAC_REFERRAL", false, false, true, true },
        { "N-1", false, false, true, true },
        { "Mixed.Case_1-2", false, false, false, true },
        { "", false, false, false, false },
        { "a b", false, false, false, false },
        { "A B", false, false, false, false },
        { "A\n", false, false, false, false },
        { "a+b", false, false, false, false },
        { "123456789012345678901234567890123456789012345678", false, false, true, true },
        { "1234567890123456789012345678901234567890123456789", false, false, false, false },
        { NAME_63, true, true, false, false },
        { NAME_63 "4", false, false, false, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(mash_name_ok(rows[i].text), rows[i].name);
        assert_int_equal(mash_partnership_ok(rows[i].text), rows[i].partnership);
        assert_int_equal(mash_type_ok(rows[i].text), rows[i].type);
        assert_int_equal(mash_code_ok(rows[i].text), rows[i].code);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_addresses),
        cmocka_unit_test(bad_addresses),
        cmocka_unit_test(names_and_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
