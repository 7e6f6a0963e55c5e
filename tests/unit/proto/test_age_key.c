/* SPDX-License-Identifier: Apache-2.0 */
/* test_age_key.c - texts of recipients and identities, the good ones and all kinds of others. */
#include "proto/age_key.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/bech32.h"

#define LEN(table) (sizeof(table) / sizeof((table)[0]))

/* The pair of C2SP age.md: the secret bytes are all 0x42. */
#define IDENTITY "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
#define RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

static void
specification_pair(void **state)
{
    (void)state;
    uint8_t secret_key[MASH_AGE_X25519_BYTES];
    memset(secret_key, 0x42, sizeof(secret_key));
    struct mash_age_identity *from_bytes = NULL;
    struct mash_age_identity *from_text = NULL;
    assert_int_equal(mash_age_identity_x25519(secret_key, &from_bytes), MASH_OK);
    assert_int_equal(mash_age_identity_parse(mash_span_str(IDENTITY), &from_text), MASH_OK);
    assert_string_equal(mash_age_identity_recipient(from_bytes), RECIPIENT);
    assert_string_equal(mash_age_identity_recipient(from_text), RECIPIENT);

    struct mash_bytes text = mash_bytes_max(MASH_AGE_IDENTITY_CHARS);
    assert_int_equal(mash_age_identity_text(from_bytes, &text), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&text), mash_span_str(IDENTITY)));
    mash_bytes_wipe(&text);
    assert_null(text.data);
    mash_age_identity_close(&from_bytes);
    mash_age_identity_close(&from_text);
    mash_age_identity_close(&from_text);
    assert_null(from_text);
}

static void
generated_identities_differ(void **state)
{
    (void)state;
    struct mash_age_identity *a = NULL;
    struct mash_age_identity *b = NULL;
    assert_int_equal(mash_age_identity_generate(&a), MASH_OK);
    assert_int_equal(mash_age_identity_generate(&b), MASH_OK);
    assert_string_not_equal(mash_age_identity_recipient(a), mash_age_identity_recipient(b));
    assert_int_equal(mash_age_recipient_check(mash_span_str(mash_age_identity_recipient(a))), MASH_OK);
    mash_age_identity_close(&a);
    mash_age_identity_close(&b);
}

static void
recipient_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
    } rows[] = {
        { RECIPIENT, MASH_OK },
        { "", MASH_E_VALUE },
        { "age1", MASH_E_VALUE },
        { RECIPIENT " ", MASH_E_VALUE },
        { RECIPIENT "\n", MASH_E_VALUE },
        { "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk", MASH_E_VALUE },
        { "AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", MASH_E_VALUE },
        { IDENTITY, MASH_E_VALUE },
        { "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", MASH_E_VALUE },
        { "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN", MASH_E_VALUE },
        /* the P-256 recipient of the specification: well-formed, not ours */
        { "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e", MASH_E_VERSION },
        { "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4f", MASH_E_VALUE },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        uint8_t file_key[MASH_AGE_FILE_KEY_BYTES] = { 1 };
        struct mash_bytes header = mash_bytes_max(4096);
        assert_int_equal(mash_age_recipient_check(mash_span_str(rows[i].text)), rows[i].err);
        assert_int_equal(mash_age_recipient_wrap(mash_span_str(rows[i].text), file_key, &header),
                         rows[i].err);
        assert_true((header.len > 0) == (rows[i].err == MASH_OK));
        mash_bytes_free(&header);
    }
}

/* Texts with a right checksum around something else than an X25519 key. */
static void
recipients_of_other_sizes_and_types(void **state)
{
    (void)state;
    uint8_t raw[3000];
    memset(raw, 9, sizeof(raw)); /* 32 of them are a good key */
    static const struct {
        const char *hrp;
        size_t len;
        enum mash_err err;
    } rows[] = {
        { "age", 31, MASH_E_VALUE },
        { "age", 33, MASH_E_VALUE },
        { "age", 0, MASH_E_VALUE },
        { "age", 32, MASH_OK },
        { "agee", 32, MASH_E_VALUE },
        { "age1pq", 1216, MASH_E_VERSION }, /* MLKEM768-X25519 */
        { "age1tagpq", 1249, MASH_E_VERSION },
        { "age1yubikey", 33, MASH_E_VERSION },
        { "age1huge", 3000, MASH_E_VERSION },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_bytes text = mash_bytes_max(6000);
        assert_int_equal(mash_bech32_encode(rows[i].hrp, mash_span(raw, rows[i].len), &text), MASH_OK);
        assert_int_equal(mash_age_recipient_check(mash_bytes_span(&text)), rows[i].err);
        mash_bytes_free(&text);
    }
}

/* All points of small order on Curve25519 and its twist (RFC 7748 section 7; the list is that of
 * cr.yp.to/ecdh.html) make a shared secret of zeros. */
static void
low_order_recipients(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    };
    for (size_t i = 0; i < LEN(points); i++) {
        uint8_t point[MASH_AGE_X25519_BYTES];
        char text[MASH_AGE_RECIPIENT_CHARS + 1];
        assert_int_equal(sodium_hex2bin(point, sizeof(point), points[i], 64, NULL, NULL, NULL), 0);
        mash_age_recipient_text(point, text);
        assert_int_equal(mash_age_recipient_check(mash_span_str(text)), MASH_E_VALUE);
    }
}

static void
identity_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
    } rows[] = {
        { "", MASH_E_VALUE },
        { RECIPIENT, MASH_E_VALUE },
        { "age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex", MASH_E_VALUE },
        { IDENTITY "\n", MASH_E_VALUE },
        { "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEY", MASH_E_VALUE },
        { "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR", MASH_E_VERSION },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_age_identity *identity = NULL;
        assert_int_equal(mash_age_identity_parse(mash_span_str(rows[i].text), &identity), rows[i].err);
        assert_null(identity);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specification_pair),
        cmocka_unit_test(generated_identities_differ),
        cmocka_unit_test(recipient_texts),
        cmocka_unit_test(recipients_of_other_sizes_and_types),
        cmocka_unit_test(low_order_recipients),
        cmocka_unit_test(identity_texts),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
