/* SPDX-License-Identifier: Apache-2.0 */
/* test_sign.c - Ed25519: the RFC 8032 section 7.1 answers, and signatures that must not verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/sign.h"

static const struct known {
    const char *seed;
    const char *public;
    const char *message;
    const char *signature;
} known[] = {
    { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
      "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
    { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
    { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

static size_t
from_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t len = 0;
    assert_int_equal(sodium_hex2bin(out, max, hex, strlen(hex), NULL, &len, NULL), 0);
    return len;
}

static void
known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        uint8_t seed[32], public[32], signature[64], message[8];
        assert_int_equal(from_hex(known[i].seed, seed, 32), 32);
        assert_int_equal(from_hex(known[i].public, public, 32), 32);
        assert_int_equal(from_hex(known[i].signature, signature, 64), 64);
        size_t len = from_hex(known[i].message, message, sizeof(message));

        uint8_t made_public[32], secret[64], made[64];
        mash_sign_keypair(seed, made_public, secret);
        assert_memory_equal(made_public, public, 32);
        mash_sign(secret, mash_span(message, len), made);
        assert_memory_equal(made, signature, 64);
        assert_int_equal(mash_sign_verify(public, mash_span(message, len), signature), MASH_OK);
    }
}

static void
every_flipped_bit_is_refused(void **state)
{
    (void)state;
    uint8_t seed[32] = { 7 }, public[32], secret[64], signature[64];
    uint8_t message[] = "a notice";
    struct mash_span span = mash_span(message, sizeof(message));
    mash_sign_keypair(seed, public, secret);
    mash_sign(secret, span, signature);

    struct { uint8_t *bytes; size_t len; } parts[] = {
        { signature, sizeof(signature) }, { message, sizeof(message) }, { public, sizeof(public) } };
    for (size_t p = 0; p < 3; p++) {
        for (size_t bit = 0; bit < 8 * parts[p].len; bit++) {
            parts[p].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(mash_sign_verify(public, span, signature), MASH_E_SIGNATURE);
            parts[p].bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_int_equal(mash_sign_verify(public, mash_span(message, 0), signature), MASH_E_SIGNATURE);
    assert_int_equal(mash_sign_verify(public, mash_span(NULL, 0), signature), MASH_E_SIGNATURE);
    assert_int_equal(mash_sign_verify(public, span, signature), MASH_OK);
}

/* Two encodings of one signature would let a peer make a second "same" message: RFC 8032 5.1.7
 * wants S below the group order. */
static void
a_larger_s_is_refused(void **state)
{
    (void)state;
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
        [31] = 0x10 };
    uint8_t seed[32] = { 9 }, public[32], secret[64], signature[64];
    struct mash_span message = mash_span_str("x");
    mash_sign_keypair(seed, public, secret);
    mash_sign(secret, message, signature);
    sodium_add(signature + 32, order, 32);
    assert_int_equal(mash_sign_verify(public, message, signature), MASH_E_SIGNATURE);
}

/* With the neutral element as key, R = neutral and S = 0 would "sign" every message. */
static void
a_small_order_key_is_refused(void **state)
{
    (void)state;
    const uint8_t neutral[32] = { 1 };
    const uint8_t signature[64] = { 1 };
    assert_int_equal(mash_sign_verify(neutral, mash_span_str("x"), signature), MASH_E_SIGNATURE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(a_larger_s_is_refused),
        cmocka_unit_test(a_small_order_key_is_refused),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
