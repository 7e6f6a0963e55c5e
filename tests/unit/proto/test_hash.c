/* SPDX-License-Identifier: Apache-2.0 */
/* test_hash.c - SHA-256: known answers, and that pieces and parts equal the whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/hash.h"

static const struct known {
    const char *text;
    const char *hex;
} known[] = {
    /* FIPS 180-4 examples */
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void
assert_hash(struct mash_hash hash, const char *hex)
{
    char got[2 * MASH_HASH_BYTES + 1];
    sodium_bin2hex(got, sizeof(got), hash.bytes, sizeof(hash.bytes));
    assert_string_equal(got, hex);
}

static void
known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_hash(mash_hash_of(mash_span_str(known[i].text)), known[i].hex);
    assert_hash(mash_hash_of(mash_span(NULL, 0)), known[0].hex);
}

static void
pieces_equal_the_whole(void **state)
{
    (void)state;
    struct mash_span whole = mash_span_str(known[2].text);
    for (size_t cut = 0; cut <= whole.len; cut++) {
        const struct mash_span parts[] = {
            { whole.data, cut }, { NULL, 0 }, { whole.data + cut, whole.len - cut } };
        assert_hash(mash_hash_parts(parts, 3), known[2].hex);

        struct mash_hash_stream stream;
        mash_hash_init(&stream);
        for (size_t i = 0; i < 3; i++)
            mash_hash_update(&stream, parts[i]);
        assert_hash(mash_hash_final(&stream), known[2].hex);
    }
}

static void
equality_sees_every_bit(void **state)
{
    (void)state;
    struct mash_hash a = mash_hash_of(mash_span_str("abc"));
    struct mash_hash b = a;
    assert_true(mash_hash_equal(&a, &b));
    for (size_t bit = 0; bit < 8 * sizeof(b.bytes); bit++) {
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(mash_hash_equal(&a, &b));
        b = a;
    }
    assert_true(mash_span_equal(mash_hash_span(&a), mash_span(a.bytes, sizeof(a.bytes))));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(pieces_equal_the_whole),
        cmocka_unit_test(equality_sees_every_bit),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
