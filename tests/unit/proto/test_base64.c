/* SPDX-License-Identifier: Apache-2.0 */
/* test_base64.c - RFC 4648 section 10, and that every other spelling is refused. */
#include "proto/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define LEN(table) (sizeof(table) / sizeof((table)[0]))

static const struct good_row {
    const char *raw;
    const char *padded;
    const char *unpadded;
} good_rows[] = {
    { "", "", "" },
    { "f", "Zg==", "Zg" },
    { "fo", "Zm8=", "Zm8" },
    { "foo", "Zm9v", "Zm9v" },
    { "foob", "Zm9vYg==", "Zm9vYg" },
    { "fooba", "Zm9vYmE=", "Zm9vYmE" },
    { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
    { "\xfb\xff\xbe", "+/++", "+/++" },
};

static void
check_good(const char *raw, const char *text, enum mash_base64_padding padding)
{
    struct mash_bytes out = mash_bytes_max(64);
    assert_int_equal(mash_bytes_append_str(&out, "x"), MASH_OK);
    assert_int_equal(mash_base64_encode(mash_span_str(raw), padding, &out), MASH_OK);
    assert_int_equal(out.len, 1 + strlen(text));
    assert_memory_equal(out.data + 1, text, strlen(text));
    assert_int_equal(mash_base64_text_len(strlen(raw), padding), strlen(text));
    mash_bytes_free(&out);

    uint8_t back[16];
    size_t len = 99;
    assert_int_equal(mash_base64_decode(mash_span_str(text), padding, back, sizeof(back), &len), MASH_OK);
    assert_int_equal(len, strlen(raw));
    assert_memory_equal(back, raw, len);
    assert_int_equal(mash_base64_decode(mash_span_str(text), padding, back, strlen(raw), &len), MASH_OK);
    assert_int_equal(mash_base64_decode_exact(mash_span_str(text), padding, back, strlen(raw)), MASH_OK);
    assert_int_equal(mash_base64_decode_exact(mash_span_str(text), padding, back, strlen(raw) + 1),
                     MASH_E_FORMAT);
    if (strlen(raw) > 0) {
        assert_int_equal(mash_base64_decode(mash_span_str(text), padding, back, strlen(raw) - 1, &len),
                         MASH_E_LIMIT);
        assert_int_equal(mash_base64_decode_exact(mash_span_str(text), padding, back, strlen(raw) - 1),
                         MASH_E_FORMAT);
    }
}

static void
rfc4648_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(good_rows); i++) {
        check_good(good_rows[i].raw, good_rows[i].padded, MASH_BASE64_PADDED);
        check_good(good_rows[i].raw, good_rows[i].unpadded, MASH_BASE64_UNPADDED);
    }
}

static const struct bad_row {
    const char *text;
    enum mash_base64_padding padding;
} bad_rows[] = {
    { "Zg", MASH_BASE64_PADDED },      { "Zg=", MASH_BASE64_PADDED },     { "Zg===", MASH_BASE64_PADDED },
    { "Zg====", MASH_BASE64_PADDED },  { "Zm9v====", MASH_BASE64_PADDED }, { "Zm9v=", MASH_BASE64_PADDED },
    { "=", MASH_BASE64_PADDED },       { "====", MASH_BASE64_PADDED },    { "=Zg=", MASH_BASE64_PADDED },
    { "Z===", MASH_BASE64_PADDED },    { "Zh==", MASH_BASE64_PADDED },    { "Zm9=", MASH_BASE64_PADDED },
    { "Zg==Zg==", MASH_BASE64_PADDED }, { "Zm8=\n", MASH_BASE64_PADDED },  { " Zm8=", MASH_BASE64_PADDED },
    { "Zm\n8=", MASH_BASE64_PADDED },  { "Zm-_", MASH_BASE64_PADDED },    { "Zm8=Zm8", MASH_BASE64_PADDED },
    { "Zg==", MASH_BASE64_UNPADDED },  { "Zm8=", MASH_BASE64_UNPADDED },  { "Z", MASH_BASE64_UNPADDED },
    { "Zm9vY", MASH_BASE64_UNPADDED }, { "Zh", MASH_BASE64_UNPADDED },    { "Zm9", MASH_BASE64_UNPADDED },
    { "Zm9v\n", MASH_BASE64_UNPADDED }, { "Zm 9v", MASH_BASE64_UNPADDED }, { "Zm-_", MASH_BASE64_UNPADDED },
    { "Zm9v\r\n", MASH_BASE64_UNPADDED }, { "Zm\xc3\xa9", MASH_BASE64_UNPADDED },
};

static void
bad_texts_are_refused(void **state)
{
    (void)state;
    uint8_t out[32];
    for (size_t i = 0; i < LEN(bad_rows); i++) {
        size_t len = 99;
        enum mash_err err =
            mash_base64_decode(mash_span_str(bad_rows[i].text), bad_rows[i].padding, out, sizeof(out), &len);
        if (err != MASH_E_FORMAT)
            print_error("accepted \"%s\"\n", bad_rows[i].text);
        assert_int_equal(err, MASH_E_FORMAT);
        assert_int_equal(len, 99);
    }
    size_t len = 99;
    assert_int_equal(mash_base64_decode(mash_span("Zg\0", 3), MASH_BASE64_UNPADDED, out, sizeof(out), &len),
                     MASH_E_FORMAT);
}

/* Of all 256^3 texts of three characters exactly 2^16 decode, each to its own two bytes: the
 * canonical ones.  Encoding what was decoded gives the text back. */
static void
each_value_has_one_text(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (uint32_t all = 0; all < 1U << 24; all++) {
        const uint8_t text[3] = { (uint8_t)(all >> 16), (uint8_t)(all >> 8), (uint8_t)all };
        uint8_t out[3];
        size_t len = 0;
        if (mash_base64_decode(mash_span(text, 3), MASH_BASE64_UNPADDED, out, 3, &len) != MASH_OK)
            continue;
        accepted++;
        assert_int_equal(len, 2);
        uint8_t again[3];
        struct mash_bytes bytes = { again, 0, 3, 3 };
        assert_int_equal(mash_base64_encode(mash_span(out, 2), MASH_BASE64_UNPADDED, &bytes), MASH_OK);
        assert_memory_equal(again, text, 3);
    }
    assert_int_equal(accepted, 65536);
}

static void
long_values_round_trip(void **state)
{
    (void)state;
    uint8_t raw[200];
    uint8_t back[200];
    for (size_t i = 0; i < sizeof(raw); i++)
        raw[i] = (uint8_t)(i * 151 + 7);
    for (size_t len = 0; len <= sizeof(raw); len++) {
        for (int i = 0; i < 2; i++) {
            enum mash_base64_padding padding = i == 0 ? MASH_BASE64_PADDED : MASH_BASE64_UNPADDED;
            struct mash_bytes text = mash_bytes_max(300);
            assert_int_equal(mash_base64_encode(mash_span(raw, len), padding, &text), MASH_OK);
            assert_int_equal(mash_base64_decode_exact(mash_bytes_span(&text), padding, back, len), MASH_OK);
            assert_memory_equal(back, raw, len);
            mash_bytes_free(&text);
        }
    }
}

static void
encoding_keeps_to_the_maximum(void **state)
{
    (void)state;
    struct mash_bytes text = mash_bytes_max(7);
    assert_int_equal(mash_base64_encode(mash_span_str("fooba"), MASH_BASE64_PADDED, &text), MASH_E_LIMIT);
    assert_int_equal(text.len, 0);
    assert_int_equal(mash_base64_encode(mash_span_str("fooba"), MASH_BASE64_UNPADDED, &text), MASH_OK);
    assert_int_equal(text.len, 7);
    mash_bytes_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc4648_vectors),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(each_value_has_one_text),
        cmocka_unit_test(long_values_round_trip),
        cmocka_unit_test(encoding_keeps_to_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
