/* SPDX-License-Identifier: Apache-2.0 */
/* test_note_key.c - key texts of signed notes: published keys both ways, '+' inside base64, and texts
 * that are almost a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/note_key.h"

#define SPEC_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define GO_VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define GO_PRIVATE "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"

static const struct good {
    const char *text;
    const char *name;
    uint32_t id;
} good[] = {
    { SPEC_VKEY, "example.com/foo", 0x530d903a },
    { GO_VKEY, "PeterNeumann", 0xc74f20a3 },
    /* the key of the Go checksum database; its base64 holds '+' */
    { "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", "sum.golang.org", 0x033de0ae },
};

static const struct bad {
    const char *text;
    enum mash_err err;
} bad[] = {
    { "", MASH_E_FORMAT },
    { "example.com/foo", MASH_E_FORMAT },
    { "example.com/foo+530d903a", MASH_E_FORMAT },
    { "example.com/foo+530d903a+", MASH_E_FORMAT },
    { "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_FORMAT },
    { "example.com/foo+30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_FORMAT },
    { "example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_FORMAT },
    { "example.com/foo+530d903g+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_FORMAT },
    { "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=", MASH_E_FORMAT },
    { "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", MASH_E_FORMAT },
    { "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==", MASH_E_FORMAT },
    { "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAAAA", MASH_E_FORMAT },
    { "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U-k", MASH_E_FORMAT },
    { "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_MISMATCH },
    { "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_MISMATCH },
    { "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l", MASH_E_MISMATCH },
    { "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_MISMATCH },
    { "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_VERSION },
    { "example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAAAA", MASH_E_VERSION },
    { "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_VALUE },
    { "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", MASH_E_VALUE },
    { GO_PRIVATE, MASH_E_FORMAT },
};

static void
published_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct mash_note_key key, made;
        assert_int_equal(mash_note_key_parse(mash_span_str(good[i].text), &key), MASH_OK);
        assert_string_equal(key.name, good[i].name);
        assert_int_equal(key.id, good[i].id);
        assert_int_equal(key.type, MASH_NOTE_ED25519);

        assert_int_equal(mash_note_key_make(good[i].name, MASH_NOTE_ED25519, key.public, &made), MASH_OK);
        assert_int_equal(made.id, good[i].id);
        struct mash_bytes out = mash_bytes_max(512);
        assert_int_equal(mash_note_key_format(&made, &out), MASH_OK);
        assert_true(mash_span_equal(mash_bytes_span(&out), mash_span_str(good[i].text)));
        mash_bytes_free(&out);

        /* The same key as a witness has another id. */
        assert_int_equal(mash_note_key_make(good[i].name, MASH_NOTE_COSIGNATURE, key.public, &made), MASH_OK);
        assert_true(made.id != good[i].id);
    }
}

static void
almost_keys_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mash_note_key key;
        assert_int_equal(mash_note_key_parse(mash_span_str(bad[i].text), &key), bad[i].err);
    }
}

static void
private_keys(void **state)
{
    (void)state;
    struct mash_note_key key, public;
    uint8_t secret[MASH_SIGN_SECRET_BYTES];
    assert_int_equal(mash_note_key_parse_private(mash_span_str(GO_PRIVATE), &key, secret), MASH_OK);
    assert_int_equal(mash_note_key_parse(mash_span_str(GO_VKEY), &public), MASH_OK);
    assert_string_equal(key.name, public.name);
    assert_int_equal(key.id, public.id);
    assert_memory_equal(key.public, public.public, sizeof(key.public));

    struct mash_bytes out = mash_bytes_max(512);
    assert_int_equal(mash_note_key_format_private(&key, secret, &out), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&out), mash_span_str(GO_PRIVATE)));
    secret[63] ^= 1;
    assert_int_equal(mash_note_key_format_private(&key, secret, &out), MASH_E_MISMATCH);
    mash_bytes_free(&out);

    static const struct bad wrong[] = {
        { GO_VKEY, MASH_E_FORMAT },
        { "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", MASH_E_MISMATCH },
        { "PRIVATE+KEY+Peter+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", MASH_E_MISMATCH },
        { "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDF", MASH_E_FORMAT },
        { "PRIVATE+KEY++c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", MASH_E_VALUE },
        { "PRIVATE+KEY+", MASH_E_FORMAT },
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(mash_note_key_parse_private(mash_span_str(wrong[i].text), &key, secret),
                         wrong[i].err);
}

static void
a_full_buffer_is_left_as_it_was(void **state)
{
    (void)state;
    struct mash_note_key key;
    assert_int_equal(mash_note_key_parse(mash_span_str(SPEC_VKEY), &key), MASH_OK);
    for (size_t max = 0; max < strlen(SPEC_VKEY); max++) {
        struct mash_bytes out = mash_bytes_max(max);
        assert_int_equal(mash_note_key_format(&key, &out), MASH_E_LIMIT);
        assert_int_equal(out.len, 0);
        mash_bytes_free(&out);
    }
}

static void
names(void **state)
{
    (void)state;
    static const char *const fine[] = { "a", "llr/2026", "example.com/foo", "\xc3\xa9t\xc3\xa9", "-" };
    static const char *const wrong[] = { "", "a+b", "a b", " a", "a\n", "a\tb", "\x01", "a\xc2\xa0z",
                                         "a\xe3\x80\x80", "\xff", "a\xc3" };
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        assert_true(mash_note_name_ok(mash_span_str(fine[i])));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(mash_note_name_ok(mash_span_str(wrong[i])));
    assert_false(mash_note_name_ok(mash_span("a\0b", 3)));

    char name[MASH_NOTE_NAME_MAX + 2];
    memset(name, 'x', sizeof(name));
    assert_true(mash_note_name_ok(mash_span(name, MASH_NOTE_NAME_MAX)));
    assert_false(mash_note_name_ok(mash_span(name, MASH_NOTE_NAME_MAX + 1)));
    name[sizeof(name) - 1] = '\0';
    struct mash_note_key key;
    const uint8_t public[32] = { 0 };
    assert_int_equal(mash_note_key_make(name, MASH_NOTE_ED25519, public, &key), MASH_E_VALUE);
    name[MASH_NOTE_NAME_MAX] = '\0';
    assert_int_equal(mash_note_key_make(name, MASH_NOTE_ED25519, public, &key), MASH_OK);
    assert_string_equal(key.name, name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_keys),
        cmocka_unit_test(almost_keys_are_refused),
        cmocka_unit_test(private_keys),
        cmocka_unit_test(a_full_buffer_is_left_as_it_was),
        cmocka_unit_test(names),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
