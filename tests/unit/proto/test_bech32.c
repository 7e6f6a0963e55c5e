/* SPDX-License-Identifier: Apache-2.0 */
/* test_bech32.c - the vectors of BIP-173 and of the age specification, and single-character damage. */
#include "proto/bech32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define LEN(table) (sizeof(table) / sizeof((table)[0]))

/* "Test vectors", valid Bech32 strings.  bytes: length of the data part. */
static const struct good_row {
    const char *text;
    const char *hrp;
    int bytes;
} good_rows[] = {
    { "A12UEL5L", "A", 0 },
    { "a12uel5l", "a", 0 },
    { "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
      "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", 0 },
    { "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", 20 },
    { "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j", "1", 51 },
    { "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", 30 },
    { "?1ezyfcl", "?", 0 },
    /* over 90 characters is invalid in BIP-173 and valid for age */
    { "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx",
      "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", 0 },
    { "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "age", 32 },
    { "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX", "AGE-SECRET-KEY-", 32 },
    { "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e", "age1tag", 33 },
};

static void
valid_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(good_rows); i++) {
        struct mash_span text = mash_span_str(good_rows[i].text);
        struct mash_span hrp = mash_span(NULL, 0);
        uint8_t raw[64];
        size_t len = 99;
        assert_int_equal(mash_bech32_decode(text, &hrp, raw, sizeof(raw), &len), MASH_OK);
        assert_true(mash_span_equal(hrp, mash_span_str(good_rows[i].hrp)));
        assert_true(mash_span_equal(hrp, mash_bech32_hrp(text)));
        assert_int_equal(len, good_rows[i].bytes);

        struct mash_bytes again = mash_bytes_max(128);
        assert_int_equal(mash_bech32_encode(good_rows[i].hrp, mash_span(raw, len), &again), MASH_OK);
        assert_true(mash_span_equal(mash_bytes_span(&again), text));
        mash_bytes_free(&again);
        if (len > 0)
            assert_int_equal(mash_bech32_decode(text, &hrp, raw, len - 1, &len), MASH_E_LIMIT);
    }
}

static const char *const bad_rows[] = {
    /* "Test vectors", invalid ones */
    " 1nwldj5", "\x7f" "1axkwrx", "\x80" "1eym55h", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3",
    "de1lg7wt\xff", "A1G7SGD8", "10a06t8", "1qzzfhee",
    /* mixed case, in either part */
    "A12uEL5L", "A12uel5l", "a12UEL5L",
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwJ",
    "Age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "",
    "1",
    "age1",
    "age",
    " age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj\n",
};

static void
invalid_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(bad_rows); i++) {
        struct mash_span hrp;
        uint8_t raw[64];
        size_t len = 99;
        enum mash_err err = mash_bech32_decode(mash_span_str(bad_rows[i]), &hrp, raw, sizeof(raw), &len);
        if (err != MASH_E_FORMAT)
            print_error("accepted \"%s\"\n", bad_rows[i]);
        assert_int_equal(err, MASH_E_FORMAT);
        assert_int_equal(len, 99);
    }
}

/* Right checksums over groups that are not whole bytes; made with a separate implementation. */
static void
left_over_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
    } rows[] = {
        { "age1qdd35qf", MASH_E_FORMAT }, /* one group is five bits */
        { "age1luyvfgxs", MASH_OK }, /* 0xff and two zero bits */
        { "age1lae6aamz", MASH_E_FORMAT }, /* a one among the bits left over */
        { "age1luqrr2q7m", MASH_E_FORMAT }, /* seven bits left over */
        { "age1lllsl5899u", MASH_OK }, /* two bytes, four zero bits */
        { "age1lllcpqrfmp", MASH_E_FORMAT }, /* four bits, not zero */
        { "age1llllllllmlzpf3", MASH_OK }, /* five bytes exactly */
        { "age1llllllllq6yct4s", MASH_E_FORMAT }, /* five bytes and a spare group */
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_span hrp;
        uint8_t raw[8];
        size_t len;
        assert_int_equal(mash_bech32_decode(mash_span_str(rows[i].text), &hrp, raw, sizeof(raw), &len),
                         rows[i].err);
    }
}

static void
any_single_change_is_refused(void **state)
{
    (void)state;
    static const char good[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    for (size_t at = 0; at < sizeof(good) - 1; at++) {
        for (int c = 0; c < 256; c++) {
            char text[sizeof(good)];
            memcpy(text, good, sizeof(good));
            if (text[at] == (char)c)
                continue;
            text[at] = (char)c;
            struct mash_span hrp;
            uint8_t raw[64];
            size_t len;
            assert_int_not_equal(
                mash_bech32_decode(mash_span(text, sizeof(good) - 1), &hrp, raw, sizeof(raw), &len), MASH_OK);
        }
    }
}

static void
round_trip_of_each_length(void **state)
{
    (void)state;
    uint8_t raw[1300]; /* longer than a hybrid post-quantum recipient */
    uint8_t back[1300];
    for (size_t i = 0; i < sizeof(raw); i++)
        raw[i] = (uint8_t)(i * 89 + 3);
    for (size_t len = 0; len <= sizeof(raw); len += len < 70 ? 1 : 205) {
        struct mash_bytes text = mash_bytes_max(4000);
        struct mash_span hrp;
        size_t back_len = 0;
        assert_int_equal(mash_bech32_encode("AGE-SECRET-KEY-", mash_span(raw, len), &text), MASH_OK);
        assert_int_equal(mash_bech32_decode(mash_bytes_span(&text), &hrp, back, sizeof(back), &back_len),
                         MASH_OK);
        assert_int_equal(back_len, len);
        assert_memory_equal(back, raw, len);
        mash_bytes_free(&text);
    }
}

static void
bad_prefixes(void **state)
{
    (void)state;
    static const char *const prefixes[] = { "", "Age", "a b", "caf\xc3\xa9", "a\x7f" };
    for (size_t i = 0; i < LEN(prefixes); i++) {
        struct mash_bytes text = mash_bytes_max(100);
        assert_int_equal(mash_bech32_encode(prefixes[i], mash_span("x", 1), &text), MASH_E_VALUE);
        assert_int_equal(text.len, 0);
        mash_bytes_free(&text);
    }
    struct mash_bytes small = mash_bytes_max(10);
    assert_int_equal(mash_bech32_encode("age", mash_span("xyz", 3), &small), MASH_E_LIMIT);
    assert_int_equal(small.len, 0);
    mash_bytes_free(&small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_strings),
        cmocka_unit_test(invalid_strings),
        cmocka_unit_test(left_over_bits),
        cmocka_unit_test(any_single_change_is_refused),
        cmocka_unit_test(round_trip_of_each_length),
        cmocka_unit_test(bad_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
