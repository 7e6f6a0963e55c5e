/* SPDX-License-Identifier: Apache-2.0 */
/* test_body.c - bodies of notices: what they hide, what they hold, and every other spelling refused. */
#include "proto/body.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/age_stream.h"
#include "proto/limits.h"
#include "proto/pad.h"

#define LEN(table) (sizeof(table) / sizeof((table)[0]))
#define PEOPLE 129u

static struct mash_age_identity *people[PEOPLE];
static struct mash_span recipients[PEOPLE];
static uint8_t *content; /* MASH_BODY_MAX bytes, none of them zero */

static int
make_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        if (mash_age_identity_generate(&people[i]) != MASH_OK)
            return -1;
        recipients[i] = mash_span_str(mash_age_identity_recipient(people[i]));
    }
    content = malloc(MASH_BODY_MAX);
    if (content == NULL)
        return -1;
    memset(content, 0xc7, MASH_BODY_MAX);
    return 0;
}

static int
drop_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++)
        mash_age_identity_close(&people[i]);
    free(content);
    return 0;
}

static enum mash_err
open_as(size_t who, size_t expected_stanzas, struct mash_span body, struct mash_bytes *ret_inner)
{
    const struct mash_age_identity *const identities[] = { people[who] };
    return mash_body_open(identities, 1, expected_stanzas, body, ret_inner);
}

static struct mash_bytes
seal(size_t count, size_t inner_len)
{
    struct mash_bytes body = mash_bytes_max(2 * MASH_BODY_MAX);
    assert_int_equal(mash_body_seal(recipients, count, mash_span(content, inner_len), &body), MASH_OK);
    return body;
}

static void
assert_opens(size_t who, size_t expected_stanzas, const struct mash_bytes *body, size_t inner_len)
{
    struct mash_bytes inner = mash_bytes_max(inner_len);
    assert_int_equal(open_as(who, expected_stanzas, mash_bytes_span(body), &inner), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&inner), mash_span(content, inner_len)));
    mash_bytes_wipe(&inner);
}

static void
assert_refused(size_t expected_stanzas, struct mash_span body, enum mash_err expected)
{
    struct mash_bytes inner = mash_bytes_max(MASH_BODY_MAX);
    assert_int_equal(open_as(0, expected_stanzas, body, &inner), expected);
    assert_null(inner.data);
}

static void
short_contents_look_the_same(void **state)
{
    (void)state;
    struct mash_bytes first = seal(2, 1);
    for (size_t len = 1; len <= 3000; len++) {
        struct mash_bytes body = seal(2, len);
        assert_int_equal(body.len, first.len);
        if (len % 500 == 0)
            assert_opens(1, 2, &body, len);
        mash_bytes_free(&body);
    }
    mash_bytes_free(&first);
}

static void
round_trips(void **state)
{
    (void)state;
    static const struct {
        size_t recipients;
        size_t len;
        size_t padded;
    } rows[] = {
        { 1, 0, 4096 },       { 2, 4091, 4096 },     { 64, 4092, 4096 },
        { 128, 4093, 4352 },  { 1, 4348, 4352 },     { 1, 4349, 4608 },
        { 1, 65531, 65536 },  { 1, 65532, 65536 },   { 1, 65533, 67584 },
        { 3, 1000000, 1015808 },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_bytes body = seal(rows[i].recipients, rows[i].len);
        struct mash_age_header header;
        size_t plain_len = 0;
        assert_int_equal(mash_age_inspect(mash_bytes_span(&body), &header), MASH_OK);
        assert_true(mash_age_stream_plain_len(body.len - header.header_bytes, &plain_len));
        assert_int_equal(plain_len, rows[i].padded);
        assert_int_equal(mash_body_check(mash_bytes_span(&body), rows[i].recipients, body.len), MASH_OK);
        assert_int_equal(mash_body_check(mash_bytes_span(&body), rows[i].recipients, body.len - 1),
                         MASH_E_LIMIT);
        assert_opens(0, rows[i].recipients, &body, rows[i].len);
        assert_opens(rows[i].recipients - 1, rows[i].recipients, &body, rows[i].len);
        if (rows[i].len > 0) {
            struct mash_bytes inner = mash_bytes_max(rows[i].len - 1);
            assert_int_equal(open_as(0, rows[i].recipients, mash_bytes_span(&body), &inner), MASH_E_LIMIT);
            assert_null(inner.data);
        }
        mash_bytes_free(&body);
    }
}

/* The plaintext as the standard tool gives it: what an archive will find in it decades later. */
static void
the_plaintext_is_as_documented(void **state)
{
    (void)state;
    struct mash_bytes body = seal(1, 300);
    struct mash_bytes plain = mash_bytes_max(MASH_BODY_MAX);
    const struct mash_age_identity *const identities[] = { people[0] };
    assert_int_equal(mash_age_decrypt(identities, 1, mash_bytes_span(&body), &plain), MASH_OK);
    assert_int_equal(plain.len, 4096);
    assert_memory_equal(plain.data, "\x00\x00\x01\x2c", 4);
    assert_memory_equal(plain.data + 4, content, 300);
    assert_true(sodium_is_zero(plain.data + 304, 4096 - 304));
    mash_bytes_wipe(&plain);
    mash_bytes_free(&body);
}

/* Files that verify, and whose plaintext is not the one spelling of an inner message. */
static void
bent_padding_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t plain_len;
        uint32_t stated;
        size_t stain; /* where a byte of the padding is not zero; 0: nowhere */
        enum mash_err err;
    } rows[] = {
        { "right", 4096, 300, 0, MASH_OK },
        { "a stain right behind the message", 4096, 300, 304, MASH_E_FORMAT },
        { "a stain at the end", 4096, 300, 4095, MASH_E_FORMAT },
        { "padded to more than it should be", 4352, 300, 0, MASH_E_FORMAT },
        { "padded to less", 4095, 300, 0, MASH_E_FORMAT },
        { "not padded", 304, 300, 0, MASH_E_FORMAT },
        { "message fills it", 4096, 4092, 0, MASH_OK },
        { "message is longer than the file", 4096, 4093, 0, MASH_E_FORMAT },
        { "length of 4 GiB", 4096, UINT32_MAX, 0, MASH_E_FORMAT },
        { "length where padding would overflow", 4096, UINT32_MAX - 3, 0, MASH_E_FORMAT },
        { "empty file", 0, 0, 0, MASH_E_FORMAT },
        { "half a length", 3, 0, 0, MASH_E_FORMAT },
        { "only a length", 4, 0, 0, MASH_E_FORMAT },
        { "stated shorter than it is padded for", 4352, 4092, 0, MASH_E_FORMAT },
        { "right, above the floor", 4352, 4093, 0, MASH_OK },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        uint8_t plain[4608] = { 0 };
        mash_put_u32be(plain, rows[i].stated);
        if (rows[i].stain > 0)
            plain[rows[i].stain] = 1;
        struct mash_bytes body = mash_bytes_max(MASH_BODY_MAX);
        assert_int_equal(mash_age_encrypt(recipients, 2, mash_span(plain, rows[i].plain_len), &body),
                         MASH_OK);
        struct mash_bytes inner = mash_bytes_max(MASH_BODY_MAX);
        enum mash_err err = open_as(1, 2, mash_bytes_span(&body), &inner);
        if (err != rows[i].err)
            print_error("%s: %s\n", rows[i].name, mash_strerror(err));
        assert_int_equal(err, rows[i].err);
        assert_true((err == MASH_OK) == (inner.data != NULL));
        bool length_can_be = rows[i].plain_len >= 4096;
        assert_int_equal(mash_body_check(mash_bytes_span(&body), 2, MASH_BODY_MAX),
                         length_can_be ? MASH_OK : MASH_E_FORMAT);
        mash_bytes_wipe(&inner);
        mash_bytes_free(&body);
    }
}

static void
stanzas_must_be_exactly_the_expected(void **state)
{
    (void)state;
    struct mash_bytes body = seal(3, 10);
    assert_opens(0, 3, &body, 10);
    static const size_t wrong[] = { 0, 1, 2, 4, 128, 129, SIZE_MAX };
    for (size_t i = 0; i < LEN(wrong); i++) {
        assert_refused(wrong[i], mash_bytes_span(&body), MASH_E_MISMATCH);
        assert_int_equal(mash_body_check(mash_bytes_span(&body), wrong[i], MASH_BODY_MAX), MASH_E_MISMATCH);
    }
    mash_bytes_free(&body);
}

/* A padding stanza under a right MAC: fine for age, a hiding place in a notice. */
static void
grease_is_refused(void **state)
{
    (void)state;
    static const uint8_t file_key[MASH_AGE_FILE_KEY_BYTES] = "sixteen bytes ok";
    uint8_t plain[4096] = { 0 };
    struct mash_bytes body = mash_bytes_max(MASH_BODY_MAX);
    assert_int_equal(mash_age_version_write(&body), MASH_OK);
    assert_int_equal(mash_age_recipient_wrap(recipients[0], file_key, &body), MASH_OK);
    assert_int_equal(mash_age_stanza_write(&body, "x-grease", NULL, 0, mash_span(plain, 9)), MASH_OK);
    assert_int_equal(mash_age_mac_write(&body, file_key), MASH_OK);
    assert_int_equal(mash_age_stream_seal(file_key, mash_span(plain, sizeof(plain)), &body), MASH_OK);

    const struct mash_age_identity *const identities[] = { people[0] };
    struct mash_bytes whole = mash_bytes_max(MASH_BODY_MAX);
    assert_int_equal(mash_age_decrypt(identities, 1, mash_bytes_span(&body), &whole), MASH_OK);
    mash_bytes_wipe(&whole);
    assert_refused(1, mash_bytes_span(&body), MASH_E_MISMATCH);
    assert_refused(2, mash_bytes_span(&body), MASH_E_MISMATCH);
    mash_bytes_free(&body);
}

static void
damage_is_refused(void **state)
{
    (void)state;
    struct mash_bytes body = seal(1, 100);
    for (size_t at = 0; at < body.len; at += at < 200 ? 1 : 61) {
        body.data[at] ^= 0x01;
        struct mash_bytes inner = mash_bytes_max(MASH_BODY_MAX);
        enum mash_err err = open_as(0, 1, mash_bytes_span(&body), &inner);
        assert_true(err == MASH_E_SIGNATURE || err == MASH_E_FORMAT || err == MASH_E_VERSION
                    || err == MASH_E_MISMATCH);
        assert_null(inner.data);
        body.data[at] ^= 0x01;
    }
    assert_refused(1, mash_span(body.data, body.len - 1), MASH_E_SIGNATURE);
    assert_refused(1, mash_span(body.data, 0), MASH_E_FORMAT);
    assert_int_equal(mash_body_check(mash_span(body.data, body.len - 1), 1, MASH_BODY_MAX), MASH_E_FORMAT);

    struct mash_bytes inner = mash_bytes_max(MASH_BODY_MAX);
    assert_int_equal(open_as(1, 1, mash_bytes_span(&body), &inner), MASH_E_SIGNATURE); /* not for them */
    mash_bytes_free(&body);
}

static void
sealing_refuses(void **state)
{
    (void)state;
    struct mash_bytes body = mash_bytes_max(MASH_BODY_MAX);
    struct mash_span inner = mash_span(content, 10);
    struct mash_span twice[3] = { recipients[0], recipients[1], recipients[0] };
    assert_int_equal(mash_body_seal(recipients, 0, inner, &body), MASH_E_VALUE);
    assert_int_equal(mash_body_seal(twice, 3, inner, &body), MASH_E_VALUE);
    assert_int_equal(mash_body_seal(recipients, 129, inner, &body), MASH_E_LIMIT);
    assert_int_equal(mash_body_seal(recipients, 1, mash_span(content, MASH_BODY_MAX), &body), MASH_E_LIMIT);
    twice[2] = mash_span_str("age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e");
    assert_int_equal(mash_body_seal(twice, 3, inner, &body), MASH_E_VERSION);
    assert_null(body.data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_contents_look_the_same),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(the_plaintext_is_as_documented),
        cmocka_unit_test(bent_padding_is_refused),
        cmocka_unit_test(stanzas_must_be_exactly_the_expected),
        cmocka_unit_test(grease_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(sealing_refuses),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, make_people, drop_people);
}
