/* SPDX-License-Identifier: Apache-2.0 */
/* test_standing.c - the words for a decision that is not yet one about every child, and for what is not held. */
#include "clients/lib/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void
decided(void **state)
{
    (void)state;
    static const struct row {
        uint32_t decided, count;
        const char *says;
    } rows[] = {
        { 1u, 1, "The recipient has decided." },
        { 3u, 2, "The recipient has decided." },
        { 0xfffffu, 20, "The recipient has decided." },
        { 0xfffffu, 2, "The recipient has decided." }, /* about the notice as a whole */
        { 1u, 2, "Decided for 1 of 2; still open: 2." },
        { 2u, 3, "Decided for 1 of 3; still open: 1, 3." },
        { 0u, 20, "Decided for 0 of 20; still open: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
                  "18, 19, 20." },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[MASH_STANDING_TEXT];
        assert_string_equal(mash_standing_decided(rows[i].decided, rows[i].count, text), rows[i].says);
    }
}

static void
not_held(void **state)
{
    (void)state;
    char text[MASH_STANDING_TEXT], long_name[1000];
    Mash__Recipient recipient = MASH__RECIPIENT__INIT;
    struct mash_mailbox mailbox = { .name = "Front door", .phone = "0116 496 0000" };
    recipient.mailbox = (char *)(uintptr_t)"social/duty@llr";
    recipient.duty = MASH__DUTY__DUTY_ACTION;
    assert_string_equal(mash_standing_not_held(&recipient, &mailbox, text),
                        "NOT held by the exchange: ring Front door on 0116 496 0000.");
    mailbox.phone = NULL;
    assert_string_equal(mash_standing_not_held(&recipient, &mailbox, text),
                        "NOT held by the exchange: ring social/duty@llr (no phone is listed).");
    assert_string_equal(mash_standing_not_held(&recipient, NULL, text),
                        "NOT held by the exchange: ring social/duty@llr (no phone is listed).");
    memset(long_name, 'x', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    mailbox.name = mailbox.phone = long_name;
    assert_true(strlen(mash_standing_not_held(&recipient, &mailbox, text)) < MASH_STANDING_TEXT);
    recipient.duty = MASH__DUTY__DUTY_INFORMATION;
    assert_string_equal(mash_standing_not_held(&recipient, &mailbox, text), "NOT held by the exchange.");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decided),
        cmocka_unit_test(not_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
