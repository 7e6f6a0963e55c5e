/* SPDX-License-Identifier: Apache-2.0 */
/* test_age.c - whole age files: round trips, and every way to damage or to bend one. */
#include "proto/age.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "proto/age_stream.h"
#include "proto/limits.h"

#define LEN(table) (sizeof(table) / sizeof((table)[0]))
#define PEOPLE 129u
#define FILE_MAX ((size_t)4 << 20)

static struct mash_age_identity *people[PEOPLE];
static struct mash_span recipients[PEOPLE];

static int
make_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++) {
        if (mash_age_identity_generate(&people[i]) != MASH_OK)
            return -1;
        recipients[i] = mash_span_str(mash_age_identity_recipient(people[i]));
    }
    return 0;
}

static int
drop_people(void **state)
{
    (void)state;
    for (size_t i = 0; i < PEOPLE; i++)
        mash_age_identity_close(&people[i]);
    return 0;
}

static enum mash_err
open_as(size_t who, struct mash_span file, struct mash_bytes *ret_plain)
{
    const struct mash_age_identity *const identities[] = { people[who] };
    return mash_age_decrypt(identities, 1, file, ret_plain);
}

/* Must be refused with one of two errors, and leave the output alone. */
static void
assert_refused(size_t who, struct mash_span file, enum mash_err one, enum mash_err other)
{
    struct mash_bytes plain = mash_bytes_max(FILE_MAX);
    enum mash_err err = open_as(who, file, &plain);
    if (err != one && err != other)
        print_error("got \"%s\"\n", mash_strerror(err));
    assert_true(err == one || err == other);
    assert_null(plain.data);
    assert_int_equal(plain.len, 0);
}

static struct mash_bytes
seal(size_t count, struct mash_span plain)
{
    struct mash_bytes file = mash_bytes_max(FILE_MAX);
    assert_int_equal(mash_age_encrypt(recipients, count, plain, &file), MASH_OK);
    return file;
}

static void
each_recipient_opens_it(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 2, 64, 128 };
    struct mash_span text = mash_span_str("a child, and where she was last seen");
    for (size_t i = 0; i < LEN(counts); i++) {
        struct mash_bytes file = seal(counts[i], text);
        struct mash_age_header header;
        assert_int_equal(mash_age_inspect(mash_bytes_span(&file), &header), MASH_OK);
        assert_int_equal(header.stanzas, counts[i]);
        assert_int_equal(header.x25519, counts[i]);
        assert_int_equal(mash_age_notice_check(&header, counts[i]), MASH_OK);
        assert_int_equal(mash_age_notice_check(&header, counts[i] + 1), MASH_E_MISMATCH);
        assert_int_equal(mash_age_notice_check(&header, counts[i] - 1), MASH_E_MISMATCH);
        for (size_t who = 0; who < counts[i]; who += who < 4 ? 1 : 31) {
            struct mash_bytes plain = mash_bytes_max(100);
            assert_int_equal(open_as(who, mash_bytes_span(&file), &plain), MASH_OK);
            assert_true(mash_span_equal(mash_bytes_span(&plain), text));
            mash_bytes_wipe(&plain);
        }
        assert_refused(counts[i], mash_bytes_span(&file), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
        mash_bytes_free(&file);
    }
}

static void
any_identity_of_several(void **state)
{
    (void)state;
    struct mash_bytes file = seal(2, mash_span_str("x"));
    const struct mash_age_identity *const mine[] = { people[7], people[8], people[1] };
    struct mash_bytes plain = mash_bytes_max(10);
    assert_int_equal(mash_age_decrypt(mine, 2, mash_bytes_span(&file), &plain), MASH_E_SIGNATURE);
    assert_int_equal(mash_age_decrypt(mine, 0, mash_bytes_span(&file), &plain), MASH_E_SIGNATURE);
    assert_int_equal(mash_age_decrypt(mine, 3, mash_bytes_span(&file), &plain), MASH_OK);
    mash_bytes_wipe(&plain);
    mash_bytes_free(&file);
}

static void
chunk_boundaries(void **state)
{
    (void)state;
    static const size_t lens[] = { 0, 1, 15, 16, 17, 65519, 65520, 65535,
                                   65536, 65537, 131071, 131072, 131073, 1048576 };
    uint8_t *text = malloc(1048576);
    assert_non_null(text);
    randombytes_buf(text, 1048576);
    for (size_t i = 0; i < LEN(lens); i++) {
        struct mash_bytes file = seal(1, mash_span(text, lens[i]));
        struct mash_bytes plain = mash_bytes_max(lens[i]); /* exactly enough */
        assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), MASH_OK);
        assert_int_equal(plain.len, lens[i]);
        assert_true(mash_span_equal(mash_bytes_span(&plain), mash_span(text, lens[i])));
        mash_bytes_wipe(&plain);
        if (lens[i] > 0) {
            plain = mash_bytes_max(lens[i] - 1);
            assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), MASH_E_LIMIT);
            assert_null(plain.data);
        }
        mash_bytes_free(&file);
    }
    free(text);
}

static void
every_bit_flip_is_refused(void **state)
{
    (void)state;
    struct mash_bytes file = seal(2, mash_span_str("hello"));
    for (size_t at = 0; at < file.len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            file.data[at] ^= (uint8_t)(1 << bit);
            enum mash_err other = at < 22 ? MASH_E_VERSION : MASH_E_FORMAT;
            struct mash_bytes plain = mash_bytes_max(100);
            enum mash_err err = open_as(0, mash_bytes_span(&file), &plain);
            assert_true(err == MASH_E_SIGNATURE || err == MASH_E_FORMAT || err == other);
            assert_null(plain.data);
            file.data[at] ^= (uint8_t)(1 << bit);
        }
    }
    mash_bytes_free(&file);
}

static void
every_truncation_and_extension_is_refused(void **state)
{
    (void)state;
    struct mash_bytes file = seal(2, mash_span_str("hello"));
    struct mash_age_header header;
    assert_int_equal(mash_age_inspect(mash_bytes_span(&file), &header), MASH_OK);
    for (size_t len = 0; len < file.len; len++) {
        bool has_nonce = len >= header.header_bytes + MASH_AGE_NONCE_BYTES;
        enum mash_err expected = has_nonce ? MASH_E_SIGNATURE : MASH_E_FORMAT;
        uint8_t *copy = malloc(len == 0 ? 1 : len); /* its own size, so that ASan sees each read too far */
        assert_non_null(copy);
        memcpy(copy, file.data, len);
        assert_refused(0, mash_span(copy, len), expected, expected);
        free(copy);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(mash_bytes_append(&file, "", 1), MASH_OK);
        assert_refused(0, mash_bytes_span(&file), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    }
    mash_bytes_free(&file);
}

/* Cut, swapped, repeated and re-marked chunks of a payload of three. */
static void
chunks_cannot_be_moved(void **state)
{
    (void)state;
    const size_t chunk = 65536 + 16;
    uint8_t *text = calloc(1, 3 * 65536);
    assert_non_null(text);
    struct mash_bytes file = seal(1, mash_span(text, 3 * 65536));
    struct mash_age_header header;
    assert_int_equal(mash_age_inspect(mash_bytes_span(&file), &header), MASH_OK);
    uint8_t *payload = file.data + header.header_bytes + 16;
    uint8_t *copy = malloc(chunk);
    assert_non_null(copy);

    assert_refused(0, mash_span(file.data, file.len - chunk), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    assert_refused(0, mash_span(file.data, file.len - 2 * chunk), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    assert_refused(0, mash_span(file.data, file.len - 3 * chunk), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    memcpy(copy, payload, chunk);
    memmove(payload, payload + chunk, chunk);
    memcpy(payload + chunk, copy, chunk);
    assert_refused(0, mash_bytes_span(&file), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    memcpy(payload + chunk, payload, chunk);
    memcpy(payload, copy, chunk);
    struct mash_bytes plain = mash_bytes_max(FILE_MAX);
    assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), MASH_OK); /* all as it was */
    mash_bytes_wipe(&plain);
    memcpy(payload + 2 * chunk, copy, chunk);
    assert_refused(0, mash_bytes_span(&file), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    free(copy);
    free(text);
    mash_bytes_free(&file);
}

static const uint8_t known_key[MASH_AGE_FILE_KEY_BYTES] = "sixteen bytes ok";

/* Put stanzas, then MAC and payload under known_key, behind a version line. */
static void
finish(struct mash_bytes *file, const char *text)
{
    assert_int_equal(mash_age_mac_write(file, known_key), MASH_OK);
    assert_int_equal(mash_age_stream_seal(known_key, mash_span_str(text), file), MASH_OK);
}

static struct mash_bytes
begin(void)
{
    struct mash_bytes file = mash_bytes_max(FILE_MAX);
    assert_int_equal(mash_age_version_write(&file), MASH_OK);
    return file;
}

static void
unknown_stanzas_are_skipped_but_not_in_notices(void **state)
{
    (void)state;
    uint8_t body[48] = { 0 };
    const char *const args[] = { "any", "thing" };
    struct mash_bytes file = begin();
    assert_int_equal(mash_age_stanza_write(&file, "x-grease", args, 2, mash_span(body, 48)), MASH_OK);
    assert_int_equal(mash_age_recipient_wrap(recipients[0], known_key, &file), MASH_OK);
    assert_int_equal(mash_age_stanza_write(&file, "x25519", NULL, 0, mash_span("", 0)), MASH_OK);
    finish(&file, "x");

    struct mash_bytes plain = mash_bytes_max(10);
    assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), MASH_OK);
    mash_bytes_wipe(&plain);
    struct mash_age_header header;
    assert_int_equal(mash_age_inspect(mash_bytes_span(&file), &header), MASH_OK);
    assert_int_equal(header.stanzas, 3);
    assert_int_equal(header.x25519, 1);
    assert_int_equal(header.others, 2);
    assert_int_equal(mash_age_notice_check(&header, 1), MASH_E_MISMATCH);
    assert_int_equal(mash_age_notice_check(&header, 3), MASH_E_MISMATCH);
    mash_bytes_free(&file);
}

static void
a_notice_has_128_stanzas_at_most(void **state)
{
    (void)state;
    struct mash_bytes file = seal(129, mash_span_str("x"));
    struct mash_age_header header;
    assert_int_equal(mash_age_inspect(mash_bytes_span(&file), &header), MASH_OK);
    assert_int_equal(header.x25519, 129);
    assert_int_equal(mash_age_notice_check(&header, 129), MASH_E_LIMIT);
    mash_bytes_free(&file);
}

/* A share that is no low-order point (base 64 of 5, 0, 0, ...) and a body; both also without the last
 * character. */
#define SHARE_START "BQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SHARE SHARE_START "A"
#define BODY_START "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BODY BODY_START "A"

/* The MAC is right, and yet the header must be refused: a correct MAC proves nothing about form. */
static void
malformed_headers_with_a_right_mac(void **state)
{
    (void)state;
    static const char *const stanzas[] = {
        "",
        "-> X25519\n" BODY "\n",
        "-> X25519 AAAA\n" BODY "\n",
        "-> X25519 " SHARE " x\n" BODY "\n",
        "-> X25519 " SHARE_START "B\n" BODY "\n", /* not canonical */
        "-> X25519 " SHARE "\n\n",
        "-> X25519 " SHARE "\n" BODY_START "\n",  /* a byte too short */
        "-> X25519 " SHARE "\n" BODY "A\n",       /* and too long */
        "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n" BODY "\n",
        "-> grease\n\n\n",
    };
    for (size_t i = 0; i < LEN(stanzas); i++) {
        for (int with_good = 0; with_good < 2; with_good++) {
            struct mash_bytes file = begin();
            if (with_good)
                assert_int_equal(mash_age_recipient_wrap(recipients[0], known_key, &file), MASH_OK);
            assert_int_equal(mash_bytes_append_str(&file, stanzas[i]), MASH_OK);
            finish(&file, "x");
            struct mash_bytes plain = mash_bytes_max(10);
            enum mash_err err = open_as(0, mash_bytes_span(&file), &plain);
            bool control = i == 0 && with_good; /* this one is right */
            bool lone_scrypt = i == 8 && !with_good;
            assert_int_equal(err, control ? MASH_OK : lone_scrypt ? MASH_E_SIGNATURE : MASH_E_FORMAT);
            mash_bytes_wipe(&plain);
            mash_bytes_free(&file);
        }
    }
}

/* "If the shared secret is all 0x00 bytes, the identity implementation MUST abort." */
static void
low_order_shares_are_refused(void **state)
{
    (void)state;
    static const char zero_share[] = "-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
                                     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    struct mash_bytes file = begin();
    assert_int_equal(mash_bytes_append_str(&file, zero_share), MASH_OK);
    assert_int_equal(mash_age_recipient_wrap(recipients[0], known_key, &file), MASH_OK);
    finish(&file, "x");
    assert_refused(0, mash_bytes_span(&file), MASH_E_FORMAT, MASH_E_FORMAT);
    mash_bytes_free(&file);
}

/* Two stanzas with two file keys: whoever gets the other one must not see another plaintext. */
static void
stanzas_that_disagree(void **state)
{
    (void)state;
    static const uint8_t other_key[MASH_AGE_FILE_KEY_BYTES] = "another key here";
    struct mash_bytes file = begin();
    assert_int_equal(mash_age_recipient_wrap(recipients[0], known_key, &file), MASH_OK);
    assert_int_equal(mash_age_recipient_wrap(recipients[1], other_key, &file), MASH_OK);
    finish(&file, "x");
    struct mash_bytes plain = mash_bytes_max(10);
    assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), MASH_OK);
    mash_bytes_wipe(&plain);
    assert_refused(1, mash_bytes_span(&file), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    mash_bytes_free(&file);
}

/* An extra, a missing and a swapped stanza, without the file key to make a new MAC. */
static void
stanzas_cannot_be_added_or_removed(void **state)
{
    (void)state;
    struct mash_bytes file = seal(2, mash_span_str("x"));
    const size_t version = strlen("age-encryption.org/v1\n");
    const size_t stanza = strlen("-> X25519 ") + 43 + 1 + 43 + 1;
    const uint8_t *end = file.data + version + 2 * stanza;
    const size_t end_len = file.len - version - 2 * stanza;
    struct mash_bytes bent = mash_bytes_max(FILE_MAX);

    assert_int_equal(mash_bytes_append(&bent, file.data, version + stanza), MASH_OK);
    assert_int_equal(mash_bytes_append(&bent, end, end_len), MASH_OK);
    assert_refused(0, mash_bytes_span(&bent), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    mash_bytes_free(&bent);

    assert_int_equal(mash_bytes_append(&bent, file.data, version + 2 * stanza), MASH_OK);
    assert_int_equal(mash_bytes_append(&bent, file.data + version, file.len - version), MASH_OK);
    assert_refused(0, mash_bytes_span(&bent), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    mash_bytes_free(&bent);

    assert_int_equal(mash_bytes_append(&bent, file.data, version), MASH_OK);
    assert_int_equal(mash_bytes_append(&bent, file.data + version + stanza, stanza), MASH_OK);
    assert_int_equal(mash_bytes_append(&bent, file.data + version, stanza), MASH_OK);
    assert_int_equal(mash_bytes_append(&bent, end, end_len), MASH_OK);
    assert_refused(0, mash_bytes_span(&bent), MASH_E_SIGNATURE, MASH_E_SIGNATURE);
    mash_bytes_free(&bent);
    mash_bytes_free(&file);
}

/* A header of exactly header_bytes, filled up with a stanza that nobody knows. */
static struct mash_bytes
header_of(size_t header_bytes)
{
    struct mash_bytes file = begin();
    assert_int_equal(mash_age_recipient_wrap(recipients[0], known_key, &file), MASH_OK);
    size_t filler = header_bytes - file.len - strlen("-> \n\n") - 48; /* 48: the MAC line */
    char *type = malloc(filler + 1);
    assert_non_null(type);
    memset(type, 'x', filler);
    type[filler] = '\0';
    assert_int_equal(mash_age_stanza_write(&file, type, NULL, 0, mash_span("", 0)), MASH_OK);
    free(type);
    finish(&file, "x");
    return file;
}

static void
header_limit(void **state)
{
    (void)state;
    for (size_t over = 0; over < 200; over += over < 60 ? 1 : 100) {
        struct mash_bytes file = header_of(MASH_AGE_HEADER_MAX + over);
        enum mash_err expected = over == 0 ? MASH_OK : MASH_E_LIMIT;
        struct mash_age_header header = { 0 };
        struct mash_bytes plain = mash_bytes_max(10);
        assert_int_equal(mash_age_inspect(mash_bytes_span(&file), &header), expected);
        assert_int_equal(header.header_bytes, over == 0 ? MASH_AGE_HEADER_MAX : 0);
        assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), expected);
        mash_bytes_wipe(&plain);
        mash_bytes_free(&file);
    }
}

/* 98 bytes a stanza: as many as fit in the limit, and one more. */
static void
sealing_keeps_the_header_limit(void **state)
{
    (void)state;
    const size_t fit = (MASH_AGE_HEADER_MAX - 22 - 48) / 98;
    struct mash_span *many = calloc(fit + 1, sizeof(*many));
    assert_non_null(many);
    for (size_t i = 0; i <= fit; i++)
        many[i] = recipients[0];
    struct mash_bytes file = mash_bytes_max(FILE_MAX);
    assert_int_equal(mash_age_encrypt(many, fit + 1, mash_span_str("x"), &file), MASH_E_LIMIT);
    assert_null(file.data);
    assert_int_equal(mash_age_encrypt(many, fit, mash_span_str("x"), &file), MASH_OK);
    struct mash_bytes plain = mash_bytes_max(10);
    assert_int_equal(open_as(0, mash_bytes_span(&file), &plain), MASH_OK);
    mash_bytes_wipe(&plain);
    mash_bytes_free(&file);
    free(many);
}

static void
sealing_refuses(void **state)
{
    (void)state;
    struct mash_bytes file = mash_bytes_max(FILE_MAX);
    struct mash_span bad[2] = { recipients[0], mash_span_str("age1nonsense") };
    assert_int_equal(mash_age_encrypt(recipients, 0, mash_span_str("x"), &file), MASH_E_VALUE);
    assert_int_equal(mash_age_encrypt(bad, 2, mash_span_str("x"), &file), MASH_E_VALUE);
    bad[1] = mash_span_str("age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e");
    assert_int_equal(mash_age_encrypt(bad, 2, mash_span_str("x"), &file), MASH_E_VERSION);
    assert_null(file.data);

    struct mash_bytes whole = seal(1, mash_span_str("x"));
    file = mash_bytes_max(whole.len - 1);
    assert_int_equal(mash_age_encrypt(recipients, 1, mash_span_str("x"), &file), MASH_E_LIMIT);
    assert_null(file.data);
    file = mash_bytes_max(whole.len);
    assert_int_equal(mash_age_encrypt(recipients, 1, mash_span_str("x"), &file), MASH_OK);
    assert_int_equal(file.len, whole.len);
    assert_memory_not_equal(file.data, whole.data, whole.len); /* nothing is ever sealed twice alike */
    mash_bytes_free(&file);
    mash_bytes_free(&whole);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_recipient_opens_it),
        cmocka_unit_test(any_identity_of_several),
        cmocka_unit_test(chunk_boundaries),
        cmocka_unit_test(every_bit_flip_is_refused),
        cmocka_unit_test(every_truncation_and_extension_is_refused),
        cmocka_unit_test(chunks_cannot_be_moved),
        cmocka_unit_test(unknown_stanzas_are_skipped_but_not_in_notices),
        cmocka_unit_test(a_notice_has_128_stanzas_at_most),
        cmocka_unit_test(malformed_headers_with_a_right_mac),
        cmocka_unit_test(low_order_shares_are_refused),
        cmocka_unit_test(stanzas_that_disagree),
        cmocka_unit_test(stanzas_cannot_be_added_or_removed),
        cmocka_unit_test(header_limit),
        cmocka_unit_test(sealing_keeps_the_header_limit),
        cmocka_unit_test(sealing_refuses),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, make_people, drop_people);
}
