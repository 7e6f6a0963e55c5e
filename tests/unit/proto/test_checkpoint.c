/* SPDX-License-Identifier: Apache-2.0 */
/* test_checkpoint.c - checkpoints: the specification's example, texts that are almost one, and opening
 * only what this log signed under this origin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/checkpoint.h"
#include "proto/tree.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define EMPTY "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" /* SHA-256 of nothing */
#define SPEC_TEXT "example.com/behind-the-sofa\n20852163\n" ROOT "\n"

static uint8_t public[MASH_SIGN_PUBLIC_BYTES];
static uint8_t secret[MASH_SIGN_SECRET_BYTES];
static uint8_t other_public[MASH_SIGN_PUBLIC_BYTES];
static uint8_t other_secret[MASH_SIGN_SECRET_BYTES];

static const struct row {
    const char *what;
    const char *text;
    enum mash_err err;
} rows[] = {
    { "the specification's example", SPEC_TEXT, MASH_OK },
    { "an empty tree", "llr/2026\n0\n" EMPTY "\n", MASH_OK },
    { "the largest tree", "llr/2026\n9223372036854775807\n" ROOT "\n", MASH_OK },
    { "an extension line", SPEC_TEXT "more\n", MASH_E_FORMAT },
    { "an empty line after", SPEC_TEXT "\n", MASH_E_FORMAT },
    { "text after the last newline", SPEC_TEXT "x", MASH_E_FORMAT },
    { "no final newline", "llr/2026\n1\n" ROOT, MASH_E_FORMAT },
    { "two lines", "llr/2026\n1\n", MASH_E_FORMAT },
    { "nothing", "", MASH_E_FORMAT },
    { "no origin", "\n1\n" ROOT "\n", MASH_E_VALUE },
    { "a space in the origin", "llr 2026\n1\n" ROOT "\n", MASH_E_VALUE },
    { "a plus in the origin", "llr+2026\n1\n" ROOT "\n", MASH_E_VALUE },
    { "a leading zero", "llr/2026\n01\n" ROOT "\n", MASH_E_FORMAT },
    { "no size", "llr/2026\n\n" ROOT "\n", MASH_E_FORMAT },
    { "a sign", "llr/2026\n+1\n" ROOT "\n", MASH_E_FORMAT },
    { "a space before the size", "llr/2026\n 1\n" ROOT "\n", MASH_E_FORMAT },
    { "a size above the largest", "llr/2026\n9223372036854775808\n" ROOT "\n", MASH_E_FORMAT },
    { "a short root", "llr/2026\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", MASH_E_FORMAT },
    { "a long root", "llr/2026\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2IA\n", MASH_E_FORMAT },
    { "a root without padding", "llr/2026\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", MASH_E_FORMAT },
    { "a root with trailing bits", "llr/2026\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
      MASH_E_FORMAT },
    { "a root of another alphabet", "llr/2026\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
      MASH_E_FORMAT },
    { "an empty tree with a root", "llr/2026\n0\n" ROOT "\n", MASH_E_VALUE },
};

static void
texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_checkpoint checkpoint;
        enum mash_err err = mash_checkpoint_parse(mash_span_str(rows[i].text), &checkpoint);
        if (err != rows[i].err)
            print_error("%s\n", rows[i].what);
        assert_int_equal(err, rows[i].err);
        if (err != MASH_OK)
            continue;
        struct mash_bytes out = mash_bytes_max(MASH_CHECKPOINT_TEXT_MAX + 1);
        assert_int_equal(mash_checkpoint_format(&checkpoint, &out), MASH_OK);
        assert_true(mash_span_equal(mash_bytes_span(&out), mash_span_str(rows[i].text)));
        mash_bytes_free(&out);
    }
    struct mash_checkpoint checkpoint;
    assert_int_equal(mash_checkpoint_parse(mash_span_str(SPEC_TEXT), &checkpoint), MASH_OK);
    assert_string_equal(checkpoint.origin, "example.com/behind-the-sofa");
    assert_int_equal(checkpoint.size, 20852163);
    assert_int_equal(checkpoint.root.bytes[0], 0x0a);
    assert_int_equal(checkpoint.root.bytes[31], 0x62);
}

static void
the_longest_text_fits(void **state)
{
    (void)state;
    struct mash_checkpoint checkpoint = { .size = MASH_TREE_SIZE_MAX };
    memset(checkpoint.origin, 'x', MASH_NOTE_NAME_MAX);
    struct mash_bytes out = mash_bytes_max(MASH_CHECKPOINT_MAX);
    assert_int_equal(mash_checkpoint_format(&checkpoint, &out), MASH_OK);
    assert_int_equal(out.len, MASH_CHECKPOINT_TEXT_MAX);
    out.len = 0;
    assert_int_equal(mash_checkpoint_sign(&checkpoint, secret, &out), MASH_OK);
    struct mash_checkpoint opened;
    assert_int_equal(mash_checkpoint_open(mash_bytes_span(&out), checkpoint.origin, public, &opened, NULL),
                     MASH_OK);
    mash_bytes_free(&out);

    checkpoint.size++;
    out = mash_bytes_max(MASH_CHECKPOINT_MAX);
    assert_int_equal(mash_checkpoint_format(&checkpoint, &out), MASH_E_VALUE);
    assert_int_equal(mash_checkpoint_sign(&checkpoint, secret, &out), MASH_E_VALUE);
    checkpoint.size = 0;
    assert_int_equal(mash_checkpoint_format(&checkpoint, &out), MASH_E_VALUE);
    checkpoint.root = mash_tree_empty_root();
    assert_int_equal(mash_checkpoint_format(&checkpoint, &out), MASH_OK);
    strcpy(checkpoint.origin, "a b");
    assert_int_equal(mash_checkpoint_format(&checkpoint, &out), MASH_E_VALUE);
    mash_bytes_free(&out);
}

static void
origins(void **state)
{
    (void)state;
    char origin[MASH_NOTE_NAME_MAX + 1];
    assert_int_equal(mash_checkpoint_origin("llr", 2026, origin), MASH_OK);
    assert_string_equal(origin, "llr/2026");
    assert_int_equal(mash_checkpoint_origin("llr", 0, origin), MASH_E_VALUE);
    assert_int_equal(mash_checkpoint_origin("llr", 10000, origin), MASH_E_VALUE);
    assert_int_equal(mash_checkpoint_origin("", 2026, origin), MASH_E_VALUE);
    assert_int_equal(mash_checkpoint_origin("l r", 2026, origin), MASH_E_VALUE);
    char text[MASH_NOTE_NAME_MAX + 1];
    memset(text, 'x', sizeof(text));
    text[MASH_NOTE_NAME_MAX - 4] = '\0';
    assert_int_equal(mash_checkpoint_origin(text, 2026, origin), MASH_E_VALUE);
    text[MASH_NOTE_NAME_MAX - 5] = '\0';
    assert_int_equal(mash_checkpoint_origin(text, 2026, origin), MASH_OK);
    assert_int_equal(strlen(origin), MASH_NOTE_NAME_MAX);
}

static void
opening(void **state)
{
    (void)state;
    struct mash_checkpoint made, opened;
    struct mash_note note;
    struct mash_bytes out = mash_bytes_max(MASH_CHECKPOINT_MAX);
    assert_int_equal(mash_checkpoint_parse(mash_span_str("llr/2026\n7\n" ROOT "\n"), &made), MASH_OK);
    assert_int_equal(mash_checkpoint_sign(&made, secret, &out), MASH_OK);
    struct mash_span in = mash_bytes_span(&out);

    assert_int_equal(mash_checkpoint_open(in, "llr/2026", public, &opened, &note), MASH_OK);
    assert_string_equal(opened.origin, "llr/2026");
    assert_int_equal(opened.size, 7);
    assert_true(mash_hash_equal(&opened.root, &made.root));
    assert_true(mash_span_equal(note.text, mash_span_str("llr/2026\n7\n" ROOT "\n")));

    assert_int_equal(mash_checkpoint_open(in, "llr/2027", public, &opened, NULL), MASH_E_UNKNOWN);
    assert_int_equal(mash_checkpoint_open(in, "llr/2026", other_public, &opened, NULL), MASH_E_UNKNOWN);
    assert_int_equal(mash_checkpoint_open(in, "a b", public, &opened, NULL), MASH_E_VALUE);
    for (size_t i = 0; i < out.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            out.data[i] ^= (uint8_t)(1u << bit);
            assert_int_not_equal(mash_checkpoint_open(in, "llr/2026", public, &opened, NULL), MASH_OK);
            out.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t len = 0; len < out.len; len++)
        assert_int_not_equal(mash_checkpoint_open(mash_span(in.data, len), "llr/2026", public, &opened, NULL),
                             MASH_OK);

    /* A second signer, whom we do not know, changes nothing; the log's own bad line does. */
    struct mash_note_key other;
    assert_int_equal(mash_note_key_make("llr/2026", MASH_NOTE_ED25519, other_public, &other), MASH_OK);
    assert_int_equal(mash_note_add(&out, &other, other_secret), MASH_OK);
    assert_int_equal(mash_checkpoint_open(mash_bytes_span(&out), "llr/2026", public, &opened, NULL), MASH_OK);
    mash_bytes_free(&out);
}

/* The log's key under the log's name, over a text that is another origin's checkpoint or none. */
static void
signed_but_not_this_logs_checkpoint(void **state)
{
    (void)state;
    static const struct row wrong[] = {
        { "another year", "llr/2025\n7\n" ROOT "\n", MASH_E_MISMATCH },
        { "an extension", "llr/2026\n7\n" ROOT "\nmore\n", MASH_E_FORMAT },
        { "prose", "hello\n", MASH_E_FORMAT },
    };
    struct mash_note_key key;
    assert_int_equal(mash_note_key_make("llr/2026", MASH_NOTE_ED25519, public, &key), MASH_OK);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct mash_checkpoint opened;
        struct mash_bytes out = mash_bytes_max(MASH_CHECKPOINT_MAX);
        assert_int_equal(mash_note_sign(mash_span_str(wrong[i].text), &key, secret, &out), MASH_OK);
        assert_int_equal(mash_checkpoint_open(mash_bytes_span(&out), "llr/2026", public, &opened, NULL),
                         wrong[i].err);
        mash_bytes_free(&out);
    }
}

static void
a_large_input_is_refused(void **state)
{
    (void)state;
    struct mash_checkpoint opened;
    uint8_t *junk = calloc(1, MASH_CHECKPOINT_MAX + 1);
    assert_non_null(junk);
    assert_int_equal(mash_checkpoint_open(mash_span(junk, MASH_CHECKPOINT_MAX + 1), "llr/2026", public,
                                          &opened, NULL), MASH_E_LIMIT);
    assert_int_equal(mash_checkpoint_open(mash_span(junk, MASH_CHECKPOINT_MAX), "llr/2026", public,
                                          &opened, NULL), MASH_E_FORMAT);
    free(junk);
}

static int
make_keys(void **state)
{
    (void)state;
    const uint8_t seed[32] = { 1 }, other_seed[32] = { 2 };
    mash_sign_keypair(seed, public, secret);
    mash_sign_keypair(other_seed, other_public, other_secret);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(the_longest_text_fits),
        cmocka_unit_test(origins),
        cmocka_unit_test(opening),
        cmocka_unit_test(signed_but_not_this_logs_checkpoint),
        cmocka_unit_test(a_large_input_is_refused),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_keys, NULL);
}
