/* SPDX-License-Identifier: Apache-2.0 */
/* test_age_header.c - the syntax of age headers, line by line, good spellings beside bad ones. */
#include "proto/age_header.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define LEN(table) (sizeof(table) / sizeof((table)[0]))
#define FULL "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2" /* 64 characters, 48 bytes */

static void
version_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
    } rows[] = {
        { "age-encryption.org/v1\nrest", MASH_OK },
        { "age-encryption.org/v2\nrest", MASH_E_VERSION },
        { "age-encryption.org/v1234\n", MASH_E_VERSION },
        { "age-encryption.org/v1\r\n", MASH_E_FORMAT },
        { "age-encryption.org/v1 \n", MASH_E_FORMAT },
        { "age-encryption.org/\n", MASH_E_FORMAT },
        { "age-encryption.org/v1", MASH_E_FORMAT },
        { "Age-encryption.org/v1\n", MASH_E_FORMAT },
        { " age-encryption.org/v1\n", MASH_E_FORMAT },
        { "-----BEGIN AGE ENCRYPTED FILE-----\n", MASH_E_FORMAT },
        { "", MASH_E_FORMAT },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_span text = mash_span_str(rows[i].text);
        struct mash_span rest = text;
        assert_int_equal(mash_age_version_read(&rest), rows[i].err);
        if (rows[i].err == MASH_OK)
            assert_true(mash_span_equal(rest, mash_span_str("rest")));
        else
            assert_int_equal(rest.len, text.len);
    }
}

static void
good_stanzas(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *type;
        const char *args;
        size_t body_bytes;
    } rows[] = {
        { "-> a\n\n", "a", "", 0 },
        { "-> a b cc\nQQ\n", "a", "b cc", 1 },
        { "-> !~ -> \x7e\n" FULL "\n\n", "!~", "-> ~", 48 },
        { "-> a\n" FULL "\n" FULL "\nQUI\n", "a", "", 98 },
        { "-> a\nQUI\n--- \n", "a", "", 2 },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_span rest = mash_span_str(rows[i].text);
        struct mash_age_stanza stanza;
        assert_int_equal(mash_age_stanza_read(&rest, &stanza), MASH_OK);
        assert_true(mash_span_equal(stanza.type, mash_span_str(rows[i].type)));
        assert_true(mash_span_equal(stanza.args, mash_span_str(rows[i].args)));
        assert_int_equal(stanza.body_bytes, rows[i].body_bytes);
        if (rest.len > 0)
            assert_int_equal(mash_age_stanza_read(&rest, &stanza), MASH_E_CLOSED);
    }
}

static void
bad_stanzas(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "-> a\n",                        /* no body at all */
        "-> a\nQQ",                      /* no end of line */
        "-> a\n" FULL "\n",              /* no short last line */
        "-> a\n" FULL "A\n\n",           /* 65 columns */
        "->\n\n",                        /* no argument */
        "-> \n\n", "->a\n\n", "-> a \n\n", "->  a\n\n", "-> a  b\n\n", "-> a\tb\n\n", "-> a\r\n\n",
        "-> a\n\r\n", "-> caf\xc3\xa9\n\n", "-> a\x7f\n\n", "- > a\n\n", " -> a\n\n", "=> a\n\n",
        "-> a\nQQ==\n", "-> a\nQR\n", "-> a\nQ\n", "-> a\nQ Q\n", "-> a\nQ-\n", "-> a\n--- x\n",
        "\n-> a\n\n",
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_span rest = mash_span_str(rows[i]);
        struct mash_age_stanza stanza;
        enum mash_err err = mash_age_stanza_read(&rest, &stanza);
        if (err != MASH_E_FORMAT)
            print_error("row %zu accepted\n", i);
        assert_int_equal(err, MASH_E_FORMAT);
        assert_int_equal(rest.len, strlen(rows[i]));
    }
}

static void
mac_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
    } rows[] = {
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", MASH_OK },
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", MASH_E_FORMAT },
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \n", MASH_E_FORMAT },
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", MASH_E_FORMAT },
        { "---  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", MASH_E_FORMAT },
        { "---AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", MASH_E_FORMAT },
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n", MASH_E_FORMAT }, /* trailing bits */
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", MASH_E_FORMAT },
        { "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", MASH_E_FORMAT },
        { "---\n", MASH_E_FORMAT },
        { "", MASH_E_FORMAT },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        struct mash_span rest = mash_span_str(rows[i].text);
        uint8_t mac[MASH_AGE_MAC_BYTES];
        assert_int_equal(mash_age_mac_read(&rest, mac), rows[i].err);
        assert_int_equal(rest.len, rows[i].err == MASH_OK ? 0 : strlen(rows[i].text));
    }
}

/* Whatever is written is read again; bodies of each length around the width of a line. */
static void
stanzas_round_trip(void **state)
{
    (void)state;
    uint8_t body[150];
    randombytes_buf(body, sizeof(body));
    for (size_t len = 0; len <= sizeof(body); len++) {
        struct mash_bytes header = mash_bytes_max(1000);
        const char *const args[] = { "one", "two" };
        assert_int_equal(mash_age_stanza_write(&header, "example.com/x", args, len % 3 == 2 ? 2 : len % 3,
                                               mash_span(body, len)), MASH_OK);
        struct mash_span rest = mash_bytes_span(&header);
        struct mash_age_stanza stanza;
        assert_int_equal(mash_age_stanza_read(&rest, &stanza), MASH_OK);
        assert_int_equal(rest.len, 0);
        assert_int_equal(stanza.body_bytes, len);
        static const char *const expected[] = { "", "one", "one two" };
        assert_true(mash_span_equal(stanza.args, mash_span_str(expected[len % 3])));

        uint8_t again[150];
        enum mash_err err = mash_age_stanza_body(&stanza, again, len);
        assert_int_equal(err, len < 48 ? MASH_OK : MASH_E_FORMAT);
        if (err == MASH_OK)
            assert_memory_equal(again, body, len);
        assert_int_equal(mash_age_stanza_body(&stanza, again, len + 1), MASH_E_FORMAT);
        mash_bytes_free(&header);
    }
}

/* The example of the specification ("Header"), whose file key is not known, has the right form. */
static void
specification_example(void **state)
{
    (void)state;
    struct mash_span rest = mash_span_str("age-encryption.org/v1\n"
                                          "-> X25519 XEl0dJ6y3C7KZkgmgWUicg63EyXJiwBJW8PdYJ/cYBE\n"
                                          "qRS0AMjdjPvZ/WT08U2KL4G+PIooA3hy38SvLpvaC1E\n"
                                          "--- HK2NmOBN9Dpq0Gw6xMCuhFcQlQLvZ/wQUi/2scLG75s\n");
    struct mash_age_stanza stanza;
    uint8_t mac[MASH_AGE_MAC_BYTES];
    assert_int_equal(mash_age_version_read(&rest), MASH_OK);
    assert_int_equal(mash_age_stanza_read(&rest, &stanza), MASH_OK);
    assert_true(mash_span_equal(stanza.type, mash_span_str("X25519")));
    assert_int_equal(stanza.body_bytes, 32);
    assert_int_equal(mash_age_stanza_read(&rest, &stanza), MASH_E_CLOSED);
    assert_int_equal(mash_age_mac_read(&rest, mac), MASH_OK);
    assert_int_equal(rest.len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_lines),      cmocka_unit_test(good_stanzas),
        cmocka_unit_test(bad_stanzas),        cmocka_unit_test(mac_lines),
        cmocka_unit_test(stanzas_round_trip), cmocka_unit_test(specification_example),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
