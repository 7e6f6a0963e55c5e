/* SPDX-License-Identifier: Apache-2.0 */
/* test_zap.c - who is let in: the decision table of the ZAP handler, and the table of links behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "daemon/gate/zap.h"

#define SECOND 1000u

/* n keys that are not real points, and their rows as the ledger sends them. */
static void
make_rows(uint8_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct mash_key_id id;
        memset(rows + 48 * i, (int)(i + 1), 32);
        mash_key_id(MASH_PURPOSE_LINK, mash_span(rows + 48 * i, 32), &id);
        memcpy(rows + 48 * i + 32, id.bytes, 16);
    }
}

static struct mash_links *
make_links(size_t n, size_t max, uint64_t rate)
{
    uint8_t rows[48 * 16];
    struct mash_links *links = NULL;
    assert_int_equal(mash_links_open(max, rate, &links), MASH_OK);
    make_rows(rows, n);
    assert_int_equal(mash_links_replace(links, mash_span(rows, 48 * n)), MASH_OK);
    return links;
}

static void
requests_are_judged(void **state)
{
    (void)state;
    uint8_t enrolled[32], stranger[32], near[32];
    memset(enrolled, 1, 32);
    memset(stranger, 9, 32);
    memset(near, 1, 32);
    near[31] ^= 0x80;
#define S(text) { (const uint8_t *)(text), sizeof(text) - 1 }
    const struct {
        const char *what;
        struct mash_span frames[MASH_ZAP_FRAMES_MAX];
        size_t n;
        const char *code;
    } cases[] = {
        { "good", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("CURVE"), { enrolled, 32 } }, 7, "200" },
        { "stranger", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("CURVE"), { stranger, 32 } }, 7, "400" },
        { "one bit off", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("CURVE"), { near, 32 } }, 7, "400" },
        { "NULL", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("NULL") }, 6, "400" },
        { "PLAIN", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("PLAIN"), S("a"), S("b") }, 8, "400" },
        { "GSSAPI", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("GSSAPI"), { enrolled, 32 } }, 7, "400" },
        { "NULL with a key", { S("1.0"), S("1"), S("agencies"), S(""), S(""), S("NULL"), { enrolled, 32 } }, 7, "400" },
        { "other domain", { S("1.0"), S("1"), S("global"), S("::1"), S(""), S("CURVE"), { enrolled, 32 } }, 7, "400" },
        { "no domain", { S("1.0"), S("1"), S(""), S("::1"), S(""), S("CURVE"), { enrolled, 32 } }, 7, "400" },
        { "key too short", { S("1.0"), S("1"), S("agencies"), S(""), S(""), S("CURVE"), { enrolled, 31 } }, 7, "400" },
        { "no key", { S("1.0"), S("1"), S("agencies"), S("::1"), S(""), S("CURVE") }, 6, "400" },
        { "a frame more", { S("1.0"), S("1"), S("agencies"), S(""), S(""), S("CURVE"), { enrolled, 32 }, S("x") }, 8,
          "400" },
        { "other version", { S("1.1"), S("1"), S("agencies"), S("::1"), S(""), S("CURVE"), { enrolled, 32 } }, 7,
          "500" },
        { "one frame", { S("1.0") }, 1, "500" },
    };
#undef S
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mash_links *links = make_links(2, 8, 100);
        struct mash_zap_answer answer;
        mash_zap_decide(links, cases[i].frames, cases[i].n, 5 * SECOND, &answer);
        if (strcmp(answer.code, cases[i].code) != 0 || (answer.serial != 0) != (strcmp(cases[i].code, "200") == 0))
            fail_msg("%s: %s", cases[i].what, answer.code);
        mash_links_close(&links);
    }
}

static enum mash_grant
knock(struct mash_links *links, uint8_t key, uint64_t now_ms, uint64_t *ret_serial)
{
    uint8_t bytes[32];
    struct mash_key_id id;
    memset(bytes, key, sizeof(bytes));
    return mash_links_admit(links, bytes, now_ms, ret_serial, &id);
}

static void
seats_are_counted_per_key_and_in_all(void **state)
{
    (void)state;
    struct mash_links *links = make_links(3, 6, 100);
    uint64_t serial[6], more;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(knock(links, 1, SECOND, &serial[i]), MASH_GRANT_ADMITTED);
    assert_int_equal(knock(links, 1, SECOND, &more), MASH_GRANT_CROWDED);
    assert_int_equal(knock(links, 2, SECOND, &serial[4]), MASH_GRANT_ADMITTED);
    assert_int_equal(knock(links, 2, SECOND, &serial[5]), MASH_GRANT_ADMITTED);
    assert_int_equal(knock(links, 3, SECOND, &more), MASH_GRANT_FULL);
    assert_int_equal(knock(links, 7, SECOND, &more), MASH_GRANT_UNKNOWN);

    mash_links_end(links, serial[0]);
    assert_int_equal(knock(links, 1, SECOND, &more), MASH_GRANT_ADMITTED);
    for (size_t i = 0; i < 6; i++)
        assert_true(serial[i] != more && serial[i] != 0);

    /* those that settled stay, those that never spoke make room */
    for (size_t i = 1; i < 4; i++)
        mash_links_settle(links, serial[i]);
    uint64_t later = SECOND + MASH_LINKS_PENDING_MS;
    assert_int_equal(knock(links, 2, later - 1, &more), MASH_GRANT_FULL);
    assert_int_equal(knock(links, 1, later, &more), MASH_GRANT_ADMITTED);
    assert_int_equal(knock(links, 1, later, &more), MASH_GRANT_CROWDED);

    uint64_t counts[MASH_GRANT_COUNT];
    mash_links_counts(links, counts);
    assert_int_equal(counts[MASH_GRANT_ADMITTED], 8);
    assert_int_equal(counts[MASH_GRANT_UNKNOWN], 1);
    assert_int_equal(counts[MASH_GRANT_CROWDED], 2);
    assert_int_equal(counts[MASH_GRANT_FULL], 2);
    mash_links_close(&links);
    mash_links_close(&links);
}

static void
new_connections_a_second_are_limited(void **state)
{
    (void)state;
    struct mash_links *links = make_links(3, 100, 3);
    uint64_t serial;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(knock(links, (uint8_t)(i + 1), 1999, &serial), MASH_GRANT_ADMITTED);
    assert_int_equal(knock(links, 1, 1999, &serial), MASH_GRANT_BUSY);
    assert_int_equal(knock(links, 8, 1999, &serial), MASH_GRANT_UNKNOWN); /* strangers do not use it up */
    assert_int_equal(knock(links, 1, 2000, &serial), MASH_GRANT_ADMITTED);
    mash_links_close(&links);
}

static void
the_table_is_replaced_at_once_or_not_at_all(void **state)
{
    (void)state;
    uint8_t rows[48 * 3];
    uint64_t serial;
    struct mash_key_id first, second;
    struct mash_links *links = make_links(2, 8, 100);
    make_rows(rows, 3);
    memcpy(first.bytes, rows + 32, 16);
    memcpy(second.bytes, rows + 48 + 32, 16);
    assert_true(mash_links_knows(links, &first) && mash_links_knows(links, &second));

    assert_int_equal(mash_links_replace(links, mash_span(rows, 47)), MASH_E_FORMAT);
    rows[48 * 2 + 40] ^= 1; /* the third row's id is not its key's */
    assert_int_equal(mash_links_replace(links, mash_span(rows, sizeof(rows))), MASH_E_FORMAT);
    assert_int_equal(knock(links, 3, SECOND, &serial), MASH_GRANT_UNKNOWN);
    assert_int_equal(knock(links, 2, SECOND, &serial), MASH_GRANT_ADMITTED);

    assert_int_equal(mash_links_replace(links, mash_span(rows, 48)), MASH_OK);
    assert_true(mash_links_knows(links, &first) && !mash_links_knows(links, &second));
    assert_int_equal(knock(links, 2, SECOND, &serial), MASH_GRANT_UNKNOWN);
    assert_int_equal(mash_links_replace(links, mash_span(NULL, 0)), MASH_OK);
    assert_int_equal(knock(links, 1, SECOND, &serial), MASH_GRANT_UNKNOWN);
    mash_links_close(&links);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_judged),
        cmocka_unit_test(seats_are_counted_per_key_and_in_all),
        cmocka_unit_test(new_connections_a_second_are_limited),
        cmocka_unit_test(the_table_is_replaced_at_once_or_not_at_all),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
