/* SPDX-License-Identifier: Apache-2.0 */
/* test_batch.c - batches of 1, 2, 3, 63 and 64 at each index, and proofs that are nearly right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/batch.h"
#include "proto/tree.h"

static const char partnership[] = "llr";
static struct mash_secret *key;
static uint8_t texts[MASH_BATCH_MAX + 1][8];
static struct mash_span messages[MASH_BATCH_MAX + 1];

static int
set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < MASH_BATCH_MAX + 1; i++) {
        memset(texts[i], (int)i, sizeof(texts[i]));
        messages[i] = mash_span(texts[i], i % sizeof(texts[i]) + 1); /* of differing lengths */
    }
    return sodium_init() < 0 || mash_secret_generate(MASH_PURPOSE_SIGN, &key) != MASH_OK;
}

static int
tear_down(void **state)
{
    (void)state;
    mash_secret_close(&key);
    return 0;
}

static enum mash_err
verify(struct mash_span message, const struct mash_batch_proof *proof)
{
    return mash_batch_verify(MASH_BATCH_NOTICE, partnership, mash_secret_public(key), message, proof);
}

/* Signed bytes written out from the design, byte by byte. */
static void
signed_bytes_are_those_of_the_design(void **state)
{
    (void)state;
    uint8_t expected[87];
    uint8_t made[MASH_BATCH_SIGNED_BYTES];
    struct mash_hash root;
    memset(root.bytes, 0xee, sizeof(root.bytes));
    memcpy(expected, "mash/notice/v1\0", 15);
    assert_int_equal(crypto_hash_sha256(expected + 15, (const uint8_t *)"llr", 3), 0);
    memcpy(expected + 47, "\0\0\0\0\0\0\0\x3f", 8);
    memset(expected + 55, 0xee, 32);
    mash_batch_signed_bytes(MASH_BATCH_NOTICE, "llr", 63, &root, made);
    assert_memory_equal(made, expected, 87);
    memcpy(expected, "mash/status/v1\0", 15);
    mash_batch_signed_bytes(MASH_BATCH_STATUS, "llr", 63, &root, made);
    assert_memory_equal(made, expected, 87);
}

static void
near_misses(struct mash_span message, const struct mash_batch_proof *good)
{
    /* one bit anywhere in the signature or in the path */
    struct mash_batch_proof bad = *good;
    bad.signature[good->index] ^= 1;
    assert_int_equal(verify(message, &bad), MASH_E_SIGNATURE);
    for (size_t i = 0; i < good->n_path; i++) {
        bad = *good;
        bad.path[i].bytes[31] ^= 0x80;
        assert_int_equal(verify(message, &bad), MASH_E_SIGNATURE);
    }
    /* one short, one long */
    bad = *good;
    bad.n_path++;
    assert_int_equal(verify(message, &bad), MASH_E_FORMAT);
    if (good->n_path > 0) {
        bad.n_path = good->n_path - 1;
        assert_int_equal(verify(message, &bad), MASH_E_FORMAT);
    }
    /* every other index, in and out of range */
    for (uint32_t index = 0; index < good->size + 2; index++) {
        bad = *good;
        bad.index = index;
        enum mash_err err = verify(message, &bad);
        assert_int_equal(err == MASH_OK, index == good->index);
        if (index >= good->size)
            assert_int_equal(err, MASH_E_FORMAT);
    }
    /* every other size: the signature covers it */
    for (uint32_t size = 0; size < MASH_BATCH_MAX + 3; size++) {
        bad = *good;
        bad.size = size;
        enum mash_err err = verify(message, &bad);
        assert_int_equal(err == MASH_OK, size == good->size);
        if (size == 0 || size > MASH_BATCH_MAX)
            assert_int_equal(err, MASH_E_FORMAT);
    }
    bad = *good;
    bad.index = UINT32_MAX;
    assert_int_equal(verify(message, &bad), MASH_E_FORMAT);
    bad = *good;
    bad.size = UINT32_MAX;
    assert_int_equal(verify(message, &bad), MASH_E_FORMAT);
}

static void
each_size_at_each_index(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 3, 63, 64 };
    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        size_t size = sizes[k];
        struct mash_batch_proof proofs[MASH_BATCH_MAX];
        assert_int_equal(
            mash_batch_sign(MASH_BATCH_NOTICE, partnership, key, messages, size, proofs), MASH_OK);
        struct mash_hash root = mash_tree_batch_root_leaves(messages, size);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(proofs[i].index, i);
            assert_int_equal(proofs[i].size, size);
            assert_int_equal(verify(messages[i], &proofs[i]), MASH_OK);
            struct mash_hash found;
            assert_int_equal(mash_batch_root(messages[i], &proofs[i], &found), MASH_OK);
            assert_true(mash_hash_equal(&found, &root));
            /* another's message */
            assert_int_equal(verify(messages[(i + 1) % (size + 1)], &proofs[i]), MASH_E_SIGNATURE);
            if (size <= 3 || i % 9 == 0 || i + 1 == size)
                near_misses(messages[i], &proofs[i]);
        }
    }
}

static void
only_for_what_it_was_signed(void **state)
{
    (void)state;
    struct mash_batch_proof notice, status;
    const uint8_t *public = mash_secret_public(key);
    assert_int_equal(mash_batch_sign(MASH_BATCH_NOTICE, partnership, key, messages, 1, &notice), MASH_OK);
    assert_int_equal(mash_batch_sign(MASH_BATCH_STATUS, partnership, key, messages, 1, &status), MASH_OK);
    assert_int_equal(mash_batch_verify(MASH_BATCH_NOTICE, partnership, public, messages[0], &notice), MASH_OK);
    assert_int_equal(mash_batch_verify(MASH_BATCH_STATUS, partnership, public, messages[0], &status), MASH_OK);
    assert_int_equal(mash_batch_verify(MASH_BATCH_STATUS, partnership, public, messages[0], &notice),
                     MASH_E_SIGNATURE);
    assert_int_equal(mash_batch_verify(MASH_BATCH_NOTICE, partnership, public, messages[0], &status),
                     MASH_E_SIGNATURE);
    static const char *const others[] = { "", "LLR", "llr ", "ll", "kent" };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(mash_batch_verify(MASH_BATCH_NOTICE, others[i], public, messages[0], &notice),
                         MASH_E_SIGNATURE);
    struct mash_secret *other = NULL;
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_SIGN, &other), MASH_OK);
    assert_int_equal(
        mash_batch_verify(MASH_BATCH_NOTICE, partnership, mash_secret_public(other), messages[0], &notice),
        MASH_E_SIGNATURE);
    mash_secret_close(&other);
}

static void
sizes_that_cannot_be_signed(void **state)
{
    (void)state;
    struct mash_batch_proof proofs[MASH_BATCH_MAX + 1];
    assert_int_equal(mash_batch_sign(MASH_BATCH_NOTICE, partnership, key, messages, 0, proofs), MASH_E_LIMIT);
    assert_int_equal(mash_batch_sign(MASH_BATCH_NOTICE, partnership, key, messages, 65, proofs), MASH_E_LIMIT);
}

static void
fields_become_a_proof(void **state)
{
    (void)state;
    struct mash_batch_proof proofs[64], read;
    ProtobufCBinaryData path[8];
    assert_int_equal(mash_batch_sign(MASH_BATCH_STATUS, partnership, key, messages, 64, proofs), MASH_OK);
    for (size_t i = 0; i < 8; i++)
        path[i] = mash_span_field(mash_hash_span(&proofs[5].path[i % 6]));
    struct mash_span signature = mash_span(proofs[5].signature, 64);
    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, 6, &read), MASH_OK);
    assert_int_equal(
        mash_batch_verify(MASH_BATCH_STATUS, partnership, mash_secret_public(key), messages[5], &read), MASH_OK);

    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, 7, &read), MASH_E_FORMAT);
    signature.len = 63;
    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, 6, &read), MASH_E_FORMAT);
    signature.len = 0;
    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, 6, &read), MASH_E_FORMAT);
    signature.len = 64;
    path[5].len = 31;
    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, 6, &read), MASH_E_FORMAT);
    path[5].len = 33;
    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, 6, &read), MASH_E_FORMAT);
    assert_int_equal(mash_batch_proof_read(signature, 5, 64, path, SIZE_MAX, &read), MASH_E_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_bytes_are_those_of_the_design),
        cmocka_unit_test(each_size_at_each_index),
        cmocka_unit_test(only_for_what_it_was_signed),
        cmocka_unit_test(sizes_that_cannot_be_signed),
        cmocka_unit_test(fields_become_a_proof),
    };
    return cmocka_run_group_tests_name("batch", tests, set_up, tear_down);
}
