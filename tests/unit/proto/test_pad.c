/* SPDX-License-Identifier: Apache-2.0 */
/* test_pad.c - Padme and the floor of 4 KiB, against the definition computed another way. */
#include "proto/pad.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct padme_row {
    uint64_t len;
    uint64_t padme;
    uint64_t body;
} padme_rows[] = {
    { 0, 0, 4096 },
    { 1, 1, 4096 },
    { 2, 2, 4096 },
    { 7, 7, 4096 },
    { 8, 8, 4096 },
    { 9, 10, 4096 },           /* E = 3, S = 2: one low bit goes */
    { 100, 104, 4096 },        /* E = 6, S = 3: multiples of 8 */
    { 4096, 4096, 4096 },
    { 4097, 4352, 4352 },      /* E = 12, S = 4: multiples of 256 */
    { 4352, 4352, 4352 },
    { 4353, 4608, 4608 },
    { 8191, 8192, 8192 },      /* rounding crosses into the next exponent */
    { 65536, 65536, 65536 },
    { 65537, 67584, 67584 },   /* E = 16, S = 5: multiples of 2048 */
    { 1000000, 1015808, 1015808 },
    { 1048576, 1048576, 1048576 },
    { UINT64_MAX, UINT64_MAX, UINT64_MAX },
};

static void
padme_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(padme_rows) / sizeof(padme_rows[0]); i++) {
        assert_int_equal(mash_pad_padme(padme_rows[i].len), padme_rows[i].padme);
        assert_int_equal(mash_pad_body_len(padme_rows[i].len), padme_rows[i].body);
    }
}

/* A Padme number has at most floor(log2 E) + 2 significant bits.  Walk down from each length to the
 * nearest one by that property alone, and compare. */
static int
is_padme(uint64_t len)
{
    if (len < 2)
        return 1;
    unsigned exponent = 63U - (unsigned)__builtin_clzll(len);
    unsigned kept = 32U - (unsigned)__builtin_clz(exponent); /* bits to write the exponent */
    unsigned zeros = (unsigned)__builtin_ctzll(len);
    return exponent <= kept || zeros >= exponent - kept;
}

static void
padme_is_the_next_short_number(void **state)
{
    (void)state;
    uint64_t expected = 200000;
    while (!is_padme(expected))
        expected++;
    for (uint64_t len = 200000; len > 0; len--) {
        if (is_padme(len))
            expected = len;
        assert_int_equal(mash_pad_padme(len), expected);
        /* PURBs section 4.3: never more than 12 % */
        assert_true((expected - len) * 100 <= len * 12);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padme_table),
        cmocka_unit_test(padme_is_the_next_short_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
