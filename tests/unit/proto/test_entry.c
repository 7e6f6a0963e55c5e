/* SPDX-License-Identifier: Apache-2.0 */
/* test_entry.c - log leaves: the layout byte by byte, the commitment written out by hand, bad leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/entry.h"

static const uint8_t salt[MASH_ENTRY_SALT_BYTES] = { 0xa5, [31] = 0x5a };

static void
the_layout(void **state)
{
    (void)state;
    struct mash_entry entry = { .kind = 7, .time_ms = 0x0102030405060708u }, read;
    for (uint8_t i = 0; i < 32; i++)
        entry.commit.bytes[i] = (uint8_t)(0xc0 + i);
    uint8_t leaf[MASH_ENTRY_BYTES];
    mash_entry_encode(&entry, leaf);
    static const uint8_t want[MASH_ENTRY_BYTES] = {
        1, 7, 1, 2, 3, 4, 5, 6, 7, 8,
        0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
        0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf };
    assert_memory_equal(leaf, want, sizeof(want));
    assert_int_equal(mash_entry_decode(mash_span(leaf, sizeof(leaf)), &read), MASH_OK);
    assert_int_equal(read.kind, 7);
    assert_true(read.time_ms == entry.time_ms);
    assert_true(mash_hash_equal(&read.commit, &entry.commit));

    uint8_t prefixed[1 + MASH_ENTRY_BYTES] = { 0 };
    memcpy(prefixed + 1, want, sizeof(want));
    struct mash_hash by_hand = mash_hash_of(mash_span(prefixed, sizeof(prefixed)));
    struct mash_hash leaf_hash = mash_entry_leaf_hash(&entry);
    assert_true(mash_hash_equal(&leaf_hash, &by_hand));
}

static void
the_commitment(void **state)
{
    (void)state;
    uint8_t by_hand[14 + 32 + 6];
    memcpy(by_hand, "mash/entry/v1\0", 14);
    memcpy(by_hand + 14, salt, 32);
    memcpy(by_hand + 46, "detail", 6);
    struct mash_hash want = mash_hash_of(mash_span(by_hand, sizeof(by_hand)));
    struct mash_hash got = mash_entry_commit(salt, mash_span_str("detail"));
    assert_true(mash_hash_equal(&got, &want));

    want = mash_hash_of(mash_span(by_hand, 46));
    got = mash_entry_commit(salt, mash_span(NULL, 0));
    assert_true(mash_hash_equal(&got, &want));

    uint8_t other[MASH_ENTRY_SALT_BYTES];
    memcpy(other, salt, sizeof(other));
    other[31] ^= 1;
    struct mash_hash moved = mash_entry_commit(other, mash_span_str("detail"));
    assert_false(mash_hash_equal(&got, &moved));
}

static void
bad_leaves(void **state)
{
    (void)state;
    struct mash_entry entry = { .kind = 1, .time_ms = INT64_MAX }, read = { .kind = 99 };
    uint8_t leaf[MASH_ENTRY_BYTES + 1] = { 0 };
    mash_entry_encode(&entry, leaf);
    assert_int_equal(mash_entry_decode(mash_span(leaf, MASH_ENTRY_BYTES), &read), MASH_OK);
    read.kind = 99;
    for (size_t len = 0; len <= sizeof(leaf); len++) {
        if (len != MASH_ENTRY_BYTES)
            assert_int_equal(mash_entry_decode(mash_span(leaf, len), &read), MASH_E_FORMAT);
    }
    for (unsigned version = 0; version < 256; version++) {
        leaf[0] = (uint8_t)version;
        if (version != 1)
            assert_int_equal(mash_entry_decode(mash_span(leaf, MASH_ENTRY_BYTES), &read), MASH_E_VERSION);
    }
    leaf[0] = 1;
    leaf[1] = 0;
    assert_int_equal(mash_entry_decode(mash_span(leaf, MASH_ENTRY_BYTES), &read), MASH_E_VALUE);
    leaf[1] = 1;
    leaf[2] = 0x80;
    assert_int_equal(mash_entry_decode(mash_span(leaf, MASH_ENTRY_BYTES), &read), MASH_E_VALUE);
    assert_int_equal(read.kind, 99);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout),
        cmocka_unit_test(the_commitment),
        cmocka_unit_test(bad_leaves),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
