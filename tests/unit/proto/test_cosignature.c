/* SPDX-License-Identifier: Apache-2.0 */
/* test_cosignature.c - witness lines: the signed bytes written out by hand, times, several witnesses. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/checkpoint.h"
#include "proto/cosignature.h"

#define TEXT "llr/2026\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define TIME_S 1679315147u

static uint8_t log_secret[MASH_SIGN_SECRET_BYTES];
static struct mash_note_key keys[3];
static uint8_t secrets[3][MASH_SIGN_SECRET_BYTES];

/* The log's signed checkpoint, in out. */
static void
signed_checkpoint(struct mash_bytes *out)
{
    struct mash_checkpoint checkpoint;
    *out = mash_bytes_max(MASH_CHECKPOINT_MAX);
    assert_int_equal(mash_checkpoint_parse(mash_span_str(TEXT), &checkpoint), MASH_OK);
    assert_int_equal(mash_checkpoint_sign(&checkpoint, log_secret, out), MASH_OK);
}

static void
cosign(size_t witness, uint64_t time_s, struct mash_bytes *out)
{
    assert_int_equal(mash_cosignature_make(mash_span_str(TEXT), &keys[witness], secrets[witness], time_s,
                                           out), MASH_OK);
}

static enum mash_err
verify(struct mash_span in, size_t count, struct mash_note_verdict *ret_verdict, uint64_t *ret_times_s)
{
    struct mash_note note;
    enum mash_err err = mash_note_parse(in, &note);
    return err == MASH_OK ? mash_cosignature_verify(&note, keys, count, ret_verdict, ret_times_s) : err;
}

static void
the_signed_bytes_are_the_specifications(void **state)
{
    (void)state;
    struct mash_bytes out;
    struct mash_note note;
    signed_checkpoint(&out);
    cosign(0, TIME_S, &out);
    assert_int_equal(mash_note_parse(mash_bytes_span(&out), &note), MASH_OK);
    assert_int_equal(note.count, 2);
    const struct mash_note_signature *line = &note.signatures[1];
    assert_true(mash_span_equal(line->name, mash_span_str("leics-police/witness")));
    assert_int_equal(line->len, 72);
    static const uint8_t time_s[8] = { 0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb };
    assert_memory_equal(line->bytes, time_s, 8);
    assert_int_equal(mash_sign_verify(keys[0].public, mash_span_str("cosignature/v1\ntime 1679315147\n" TEXT),
                                      line->bytes + 8), MASH_OK);

    /* key id: SHA-256(name, "\n", 0x04, key)[:4] */
    uint8_t by_hand[20 + 2 + 32];
    memcpy(by_hand, "leics-police/witness\n\x04", 22);
    memcpy(by_hand + 22, keys[0].public, 32);
    struct mash_hash hash = mash_hash_of(mash_span(by_hand, sizeof(by_hand)));
    struct mash_reader reader = mash_reader(mash_hash_span(&hash));
    assert_int_equal(line->id, mash_read_u32be(&reader));
    mash_bytes_free(&out);
}

static void
witnesses_are_counted(void **state)
{
    (void)state;
    struct mash_bytes out;
    struct mash_note_verdict verdict;
    uint64_t times_s[3] = { 9, 9, 9 };
    signed_checkpoint(&out);
    assert_int_equal(verify(mash_bytes_span(&out), 3, &verdict, times_s), MASH_E_UNKNOWN);
    assert_int_equal(times_s[0], 9);
    cosign(2, TIME_S, &out);
    cosign(0, INT64_MAX, &out);
    cosign(2, TIME_S + 5, &out);
    cosign(2, TIME_S + 1, &out);
    assert_int_equal(verify(mash_bytes_span(&out), 3, &verdict, times_s), MASH_OK);
    assert_int_equal(verdict.keys, 1 << 0 | 1 << 2);
    assert_int_equal(verdict.distinct, 2);
    assert_true(times_s[0] == INT64_MAX);
    assert_true(times_s[1] == 0);
    assert_true(times_s[2] == TIME_S + 5);
    assert_int_equal(verify(mash_bytes_span(&out), 2, &verdict, NULL), MASH_OK);
    assert_int_equal(verdict.distinct, 1);

    /* The log's signature is not disturbed by them. */
    struct mash_checkpoint opened;
    assert_int_equal(mash_checkpoint_open(mash_bytes_span(&out), "llr/2026", log_secret + 32, &opened, NULL),
                     MASH_OK);
    mash_bytes_free(&out);
}

static void
every_flip_of_the_line_is_refused(void **state)
{
    (void)state;
    struct mash_bytes out;
    struct mash_note_verdict verdict;
    signed_checkpoint(&out);
    size_t from = out.len;
    cosign(0, TIME_S, &out);
    for (size_t i = from; i < out.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            out.data[i] ^= (uint8_t)(1u << bit);
            assert_int_not_equal(verify(mash_bytes_span(&out), 1, &verdict, NULL), MASH_OK);
            out.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    assert_int_equal(verify(mash_bytes_span(&out), 1, &verdict, NULL), MASH_OK);
    mash_bytes_free(&out);
}

/* Append a type 0x04 line whose bytes the test chooses. */
static enum mash_err
verify_line(struct mash_span signature)
{
    struct mash_bytes out;
    struct mash_note_verdict verdict;
    signed_checkpoint(&out);
    assert_int_equal(mash_note_line(&keys[0], signature, &out), MASH_OK);
    enum mash_err err = verify(mash_bytes_span(&out), 3, &verdict, NULL);
    mash_bytes_free(&out);
    return err;
}

static void
what_is_not_a_cosignature(void **state)
{
    (void)state;
    uint8_t line[72];
    /* a time above 2^63 - 1, properly signed */
    mash_put_u64be(line, (uint64_t)INT64_MAX + 1);
    mash_sign(secrets[0], mash_span_str("cosignature/v1\ntime 9223372036854775808\n" TEXT), line + 8);
    assert_int_equal(verify_line(mash_span(line, 72)), MASH_E_SIGNATURE);
    /* a plain signature over the text, without and with a time before it */
    mash_put_u64be(line, TIME_S);
    mash_sign(secrets[0], mash_span_str(TEXT), line + 8);
    assert_int_equal(verify_line(mash_span(line + 8, 64)), MASH_E_SIGNATURE);
    assert_int_equal(verify_line(mash_span(line, 72)), MASH_E_SIGNATURE);
    assert_int_equal(verify_line(mash_span(line, 71)), MASH_E_SIGNATURE);
    assert_int_equal(verify_line(mash_span(line, 1)), MASH_E_SIGNATURE);
    /* the right message: the line is accepted, so the ones above failed for their own reason */
    mash_sign(secrets[0], mash_span_str("cosignature/v1\ntime 1679315147\n" TEXT), line + 8);
    assert_int_equal(verify_line(mash_span(line, 72)), MASH_OK);
}

/* A signature whose last byte is zero must not be accepted without it, whatever lies behind it. */
static void
a_cut_signature_is_refused(void **state)
{
    (void)state;
    uint8_t line[72] = { [71] = 1 };
    for (uint64_t time_s = TIME_S; line[71] != 0; time_s++) {
        char message[sizeof(TEXT) + 48];
        int len = snprintf(message, sizeof(message), "cosignature/v1\ntime %" PRIu64 "\n" TEXT, time_s);
        mash_put_u64be(line, time_s);
        mash_sign(secrets[0], mash_span(message, (size_t)len), line + 8);
    }
    assert_int_equal(verify_line(mash_span(line, 72)), MASH_OK);
    assert_int_equal(verify_line(mash_span(line, 71)), MASH_E_SIGNATURE);
}

static void
making_refuses(void **state)
{
    (void)state;
    struct mash_bytes out = mash_bytes_max(4096);
    struct mash_span text = mash_span_str(TEXT);
    struct mash_note_key plain;
    assert_int_equal(mash_note_key_make("w", MASH_NOTE_ED25519, keys[0].public, &plain), MASH_OK);
    assert_int_equal(mash_cosignature_make(text, &plain, secrets[0], 1, &out), MASH_E_VALUE);
    assert_int_equal(mash_cosignature_make(text, &keys[0], secrets[1], 1, &out), MASH_E_MISMATCH);
    assert_int_equal(mash_cosignature_make(text, &keys[0], secrets[0], (uint64_t)INT64_MAX + 1, &out),
                     MASH_E_VALUE);
    assert_int_equal(mash_cosignature_make(mash_span_str("hello\n"), &keys[0], secrets[0], 1, &out),
                     MASH_E_FORMAT);
    assert_int_equal(mash_cosignature_make(mash_span_str(TEXT "more\n"), &keys[0], secrets[0], 1, &out),
                     MASH_E_FORMAT);
    assert_int_equal(out.len, 0);

    /* Nor is a note verified whose text is no checkpoint, however large. */
    struct mash_note_verdict verdict;
    struct mash_bytes note = mash_bytes_max(MASH_NOTE_MAX);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(mash_bytes_append_str(&note, "a line that is no checkpoint\n"), MASH_OK);
    assert_int_equal(mash_bytes_append_str(&note, "\n"), MASH_OK);
    cosign(0, 1, &note);
    assert_int_equal(verify(mash_bytes_span(&note), 1, &verdict, NULL), MASH_E_FORMAT);
    mash_bytes_free(&note);
    mash_bytes_free(&out);
}

static int
make_keys(void **state)
{
    (void)state;
    static const char *const names[3] = { "leics-police/witness", "leics-health/witness",
                                          "leics-city/witness" };
    uint8_t public[32];
    const uint8_t log_seed[32] = { 0xff };
    mash_sign_keypair(log_seed, public, log_secret);
    for (uint8_t i = 0; i < 3; i++) {
        const uint8_t seed[32] = { i };
        mash_sign_keypair(seed, public, secrets[i]);
        if (mash_note_key_make(names[i], MASH_NOTE_COSIGNATURE, public, &keys[i]) != MASH_OK)
            return -1;
    }
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signed_bytes_are_the_specifications),
        cmocka_unit_test(witnesses_are_counted),
        cmocka_unit_test(every_flip_of_the_line_is_refused),
        cmocka_unit_test(what_is_not_a_cosignature),
        cmocka_unit_test(a_cut_signature_is_refused),
        cmocka_unit_test(making_refuses),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_keys, NULL);
}
