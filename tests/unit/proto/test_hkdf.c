/* SPDX-License-Identifier: Apache-2.0 */
/* test_hkdf.c - the SHA-256 known answers of RFC 5869 appendix A. */
#include "proto/hkdf.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const struct answer {
    const char *name;
    const char *ikm;
    const char *salt;
    const char *info;
    const char *okm;
} answers[] = {
    { "A.1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
      "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
    { "A.2",
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
      "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
      "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
      "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
      "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87" },
    { "A.3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

static struct mash_span
from_hex(const char *hex, uint8_t *out, size_t out_max)
{
    size_t len = 0;
    assert_int_equal(sodium_hex2bin(out, out_max, hex, strlen(hex), NULL, &len, NULL), 0);
    return mash_span(out, len);
}

static void
rfc5869_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        uint8_t raw[4][128];
        uint8_t out[128];
        struct mash_span ikm = from_hex(answers[i].ikm, raw[0], sizeof(raw[0]));
        struct mash_span salt = from_hex(answers[i].salt, raw[1], sizeof(raw[1]));
        struct mash_span info = from_hex(answers[i].info, raw[2], sizeof(raw[2]));
        struct mash_span okm = from_hex(answers[i].okm, raw[3], sizeof(raw[3]));
        mash_hkdf_sha256(ikm, salt, info, out, okm.len);
        assert_memory_equal(out, okm.data, okm.len);
    }
}

/* A shorter output is the beginning of a longer one, up to the largest there is. */
static void
lengths(void **state)
{
    (void)state;
    static uint8_t all[MASH_HKDF_MAX_BYTES];
    static uint8_t some[MASH_HKDF_MAX_BYTES + 1];
    struct mash_span key = mash_span("key", 3);
    mash_hkdf_sha256(key, mash_span(NULL, 0), mash_span(NULL, 0), all, sizeof(all));
    for (size_t len = 0; len <= 100; len++) {
        memset(some, 0xee, sizeof(some));
        mash_hkdf_sha256(key, mash_span(NULL, 0), mash_span(NULL, 0), some, len);
        assert_memory_equal(some, all, len);
        assert_int_equal(some[len], 0xee);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5869_answers),
        cmocka_unit_test(lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
