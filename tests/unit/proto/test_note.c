/* SPDX-License-Identifier: Apache-2.0 */
/* test_note.c - signed notes: published notes, who signed, and texts that are not quite notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/note.h"

#define DASH "\xe2\x80\x94 "
#define SPEC_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SPEC_TEXT "This is an example message.\n"
#define SPEC_BASE64 \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
#define SPEC_LINE DASH "example.com/foo " SPEC_BASE64 "\n"
#define SPEC_NOTE SPEC_TEXT "\n" SPEC_LINE

#define GO_PRIVATE "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define GO_TEXT "If you think cryptography is the answer to your problem,\n" \
                "then you don't know what your problem is.\n"
#define GO_NOTE GO_TEXT "\n" DASH \
    "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy" \
    "BwJnAM=\n"

static struct mash_note_key keys[4]; /* 0: the specification's, 1 to 3: ours */
static uint8_t secrets[4][MASH_SIGN_SECRET_BYTES];
static const char *const names[4] = { NULL, "llr/one", "llr/two", "llr/three" };

static enum mash_err
open_note(struct mash_span in, const struct mash_note_key *known, size_t count,
          struct mash_note_verdict *ret_verdict)
{
    struct mash_note note;
    enum mash_err err = mash_note_parse(in, &note);
    return err == MASH_OK ? mash_note_verify(&note, known, count, ret_verdict) : err;
}

static enum mash_err
open_text(const char *text, struct mash_note_verdict *ret_verdict)
{
    return open_note(mash_span_str(text), keys, 4, ret_verdict);
}

static void
published_notes(void **state)
{
    (void)state;
    struct mash_note_verdict verdict;
    struct mash_note note;
    assert_int_equal(open_text(SPEC_NOTE, &verdict), MASH_OK);
    assert_int_equal(verdict.keys, 1);
    assert_int_equal(verdict.distinct, 1);
    assert_int_equal(mash_note_parse(mash_span_str(SPEC_NOTE), &note), MASH_OK);
    assert_true(mash_span_equal(note.text, mash_span_str(SPEC_TEXT)));
    assert_int_equal(note.count, 1);
    assert_true(mash_span_equal(note.signatures[0].name, mash_span_str("example.com/foo")));
    assert_int_equal(note.signatures[0].id, 0x530d903a);

    struct mash_note_key key;
    uint8_t secret[MASH_SIGN_SECRET_BYTES];
    struct mash_bytes out = mash_bytes_max(4096);
    assert_int_equal(mash_note_key_parse_private(mash_span_str(GO_PRIVATE), &key, secret), MASH_OK);
    assert_int_equal(mash_note_sign(mash_span_str(GO_TEXT), &key, secret, &out), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&out), mash_span_str(GO_NOTE)));
    assert_int_equal(open_note(mash_bytes_span(&out), &key, 1, &verdict), MASH_OK);
    mash_bytes_free(&out);

    /* The poem of the specification: UTF-8 and an empty line inside the text. */
    assert_int_equal(mash_note_parse(mash_span_str(
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
        "\xc3\xa8" "d \xc3\xa8 subito sera.\n\n"
        DASH "quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU"
        "0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"), &note), MASH_OK);
    assert_int_equal(note.text.len, 37 + 31 + 1 + 20);
}

static const struct shape {
    const char *what;
    const char *text;
    enum mash_err err;
} shapes[] = {
    { "as published", SPEC_NOTE, MASH_OK },
    { "an unknown key beside it", SPEC_TEXT "\n" DASH "other AAAAAAA=\n" SPEC_LINE, MASH_OK },
    { "its id under another name", SPEC_TEXT "\n" DASH "other " SPEC_BASE64 "\n" SPEC_LINE, MASH_OK },
    { "its name with another id", SPEC_TEXT "\n" DASH "example.com/foo AAAAAAA=\n" SPEC_LINE, MASH_OK },
    { "the same line twice", SPEC_TEXT "\n" SPEC_LINE SPEC_LINE, MASH_OK },
    { "only unknown keys", SPEC_TEXT "\n" DASH "other AAAAAAA=\n", MASH_E_UNKNOWN },
    { "only its id under another name", SPEC_TEXT "\n" DASH "other " SPEC_BASE64 "\n", MASH_E_UNKNOWN },
    { "another text", "This is an example massage.\n\n" SPEC_LINE, MASH_E_SIGNATURE },
    { "one more newline in the text", SPEC_TEXT "\n\n" SPEC_LINE, MASH_E_SIGNATURE },
    { "a known key, a short signature", SPEC_TEXT "\n" DASH "example.com/foo Uw2QOgA=\n", MASH_E_SIGNATURE },
    { "good line, then the same key bad", SPEC_TEXT "\n" SPEC_LINE DASH
      "example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72"
      "IneyaQA=\n",
      MASH_E_SIGNATURE },
    { "nothing", "", MASH_E_FORMAT },
    { "one newline", "\n", MASH_E_FORMAT },
    { "two newlines", "\n\n", MASH_E_FORMAT },
    { "no signature", SPEC_TEXT, MASH_E_FORMAT },
    { "no signature line", SPEC_TEXT "\n", MASH_E_FORMAT },
    { "no empty line", SPEC_TEXT SPEC_LINE, MASH_E_FORMAT },
    { "an empty line at the end", SPEC_NOTE "\n", MASH_E_FORMAT },
    { "an empty line between signatures", SPEC_NOTE "\n" SPEC_LINE, MASH_E_SIGNATURE },
    { "no final newline", SPEC_TEXT "\n" DASH "example.com/foo " SPEC_BASE64, MASH_E_FORMAT },
    { "CR LF", "This is an example message.\r\n\r\n" DASH "example.com/foo " SPEC_BASE64 "\r\n",
      MASH_E_FORMAT },
    { "CR in the text", "This is\r an example message.\n\n" SPEC_LINE, MASH_E_FORMAT },
    { "tab in the text", "This is\tan example message.\n\n" SPEC_LINE, MASH_E_FORMAT },
    { "escape in the text", "\x1b[31mThis\n\n" SPEC_LINE, MASH_E_FORMAT },
    { "not UTF-8", "This is \xff\n\n" SPEC_LINE, MASH_E_FORMAT },
    { "a surrogate", "This is \xed\xa0\x80\n\n" SPEC_LINE, MASH_E_FORMAT },
    { "hyphen, not em dash", SPEC_TEXT "\n- example.com/foo " SPEC_BASE64 "\n", MASH_E_FORMAT },
    { "en dash", SPEC_TEXT "\n\xe2\x80\x93 example.com/foo " SPEC_BASE64 "\n", MASH_E_FORMAT },
    { "no space after the dash", SPEC_TEXT "\n\xe2\x80\x94" "example.com/foo " SPEC_BASE64 "\n",
      MASH_E_FORMAT },
    { "two spaces", SPEC_TEXT "\n" DASH "example.com/foo  " SPEC_BASE64 "\n", MASH_E_FORMAT },
    { "a space at the end", SPEC_TEXT "\n" DASH "example.com/foo " SPEC_BASE64 " \n", MASH_E_FORMAT },
    { "no name", SPEC_TEXT "\n" DASH " " SPEC_BASE64 "\n", MASH_E_FORMAT },
    { "plus in the name", SPEC_TEXT "\n" DASH "a+b " SPEC_BASE64 "\n" SPEC_LINE, MASH_E_FORMAT },
    { "no-break space in the name", SPEC_TEXT "\n" DASH "a\xc2\xa0z " SPEC_BASE64 "\n" SPEC_LINE,
      MASH_E_FORMAT },
    { "name only", SPEC_TEXT "\n" DASH "example.com/foo\n", MASH_E_FORMAT },
    { "empty base64", SPEC_TEXT "\n" DASH "example.com/foo \n", MASH_E_FORMAT },
    { "an id and no signature", SPEC_TEXT "\n" DASH "other AAAAAA==\n" SPEC_LINE, MASH_E_FORMAT },
    { "base64 of another alphabet", SPEC_TEXT "\n" DASH "other AAA-AAA=\n" SPEC_LINE, MASH_E_FORMAT },
    { "base64 without padding", SPEC_TEXT "\n" DASH "other AAAAAAA\n" SPEC_LINE, MASH_E_FORMAT },
    { "base64 with trailing bits", SPEC_TEXT "\n" DASH "other AAAAAAB=\n" SPEC_LINE, MASH_E_FORMAT },
    { "a line that is no signature", SPEC_TEXT "\n" SPEC_LINE "hello\n", MASH_E_FORMAT },
};

static void
strict_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct mash_note_verdict verdict;
        enum mash_err err = open_text(shapes[i].text, &verdict);
        if (err != shapes[i].err)
            print_error("%s\n", shapes[i].what);
        assert_int_equal(err, shapes[i].err);
    }
    struct mash_note note;
    static const char nul[] = "This is\0an example message.\n\n" SPEC_LINE;
    assert_int_equal(mash_note_parse(mash_span(nul, sizeof(nul) - 1), &note), MASH_E_FORMAT);
    assert_int_equal(mash_note_parse(mash_span(NULL, 0), &note), MASH_E_FORMAT);
}

static void
every_flip_of_a_lone_signature_is_refused(void **state)
{
    (void)state;
    char text[] = SPEC_NOTE;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct mash_note_verdict verdict;
            text[i] = (char)(text[i] ^ (1 << bit));
            assert_int_not_equal(open_note(mash_span(text, sizeof(text) - 1), keys, 4, &verdict), MASH_OK);
            text[i] = (char)(text[i] ^ (1 << bit));
        }
    }
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct mash_note_verdict verdict;
        assert_int_not_equal(open_note(mash_span(text, len), keys, 4, &verdict), MASH_OK);
    }
}

static void
k_of_n_counts_holders(void **state)
{
    (void)state;
    struct mash_bytes note = mash_bytes_max(MASH_NOTE_MAX);
    struct mash_note_verdict verdict;
    assert_int_equal(mash_note_sign(mash_span_str("bundle 7\n"), &keys[1], secrets[1], &note), MASH_OK);
    assert_int_equal(mash_note_add(&note, &keys[3], secrets[3]), MASH_OK);
    assert_int_equal(open_note(mash_bytes_span(&note), keys, 4, &verdict), MASH_OK);
    assert_int_equal(verdict.keys, 1 << 1 | 1 << 3);
    assert_int_equal(verdict.distinct, 2);

    /* the second time changes nothing */
    size_t len = note.len;
    assert_int_equal(mash_note_add(&note, &keys[3], secrets[3]), MASH_E_CONFLICT);
    assert_int_equal(note.len, len);

    /* A known subset: the other line is unknown, and the count is one. */
    assert_int_equal(open_note(mash_bytes_span(&note), &keys[3], 1, &verdict), MASH_OK);
    assert_int_equal(verdict.distinct, 1);
    assert_int_equal(open_note(mash_bytes_span(&note), &keys[2], 1, &verdict), MASH_E_UNKNOWN);
    assert_int_equal(open_note(mash_bytes_span(&note), keys, 0, &verdict), MASH_E_UNKNOWN);

    /* One holder under a second name, and one entry listed twice, are still one holder. */
    struct mash_note_key twice[4] = { keys[1], keys[3], keys[1] };
    assert_int_equal(mash_note_key_make("llr/alias", MASH_NOTE_ED25519, keys[1].public, &twice[3]), MASH_OK);
    assert_int_equal(mash_note_add(&note, &twice[3], secrets[1]), MASH_OK);
    assert_int_equal(open_note(mash_bytes_span(&note), twice, 4, &verdict), MASH_OK);
    assert_int_equal(verdict.keys, 0xf);
    assert_int_equal(verdict.distinct, 2);

    /* Two signatures, one bad: the whole note falls, although k of the others would do. */
    struct mash_span second = mash_span_str("llr/three ");
    uint8_t *at = memmem(note.data, note.len, second.data, second.len);
    assert_non_null(at);
    at[second.len + 20] = at[second.len + 20] == 'A' ? 'B' : 'A';
    assert_int_equal(open_note(mash_bytes_span(&note), keys, 4, &verdict), MASH_E_SIGNATURE);
    assert_int_equal(open_note(mash_bytes_span(&note), &keys[1], 1, &verdict), MASH_OK);
    mash_bytes_free(&note);
}

static void
signing_refuses_what_parsing_would(void **state)
{
    (void)state;
    struct mash_bytes out = mash_bytes_max(MASH_NOTE_MAX);
    assert_int_equal(mash_bytes_append_str(&out, "kept"), MASH_OK);
    static const char *const texts[] = { "", "no newline", "a\tb\n", "a\r\n", "\xff\n" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(mash_note_sign(mash_span_str(texts[i]), &keys[1], secrets[1], &out), MASH_E_FORMAT);
    assert_int_equal(mash_note_sign(mash_span_str("a\n"), &keys[1], secrets[2], &out), MASH_E_MISMATCH);
    struct mash_note_key witness;
    assert_int_equal(mash_note_key_make("w", MASH_NOTE_COSIGNATURE, keys[1].public, &witness), MASH_OK);
    assert_int_equal(mash_note_sign(mash_span_str("a\n"), &witness, secrets[1], &out), MASH_E_VALUE);
    assert_int_equal(mash_note_add(&out, &keys[1], secrets[1]), MASH_E_FORMAT);
    assert_true(mash_span_equal(mash_bytes_span(&out), mash_span_str("kept")));
    mash_bytes_free(&out);

    /* Texts that look like signatures or end in empty lines come back as they were. */
    static const char *const odd[] = { "\n", "\n\n\n", "a\n\n", SPEC_NOTE, SPEC_NOTE "\n" };
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct mash_note note;
        struct mash_note_verdict verdict;
        out = mash_bytes_max(MASH_NOTE_MAX);
        assert_int_equal(mash_note_sign(mash_span_str(odd[i]), &keys[1], secrets[1], &out), MASH_OK);
        assert_int_equal(mash_note_parse(mash_bytes_span(&out), &note), MASH_OK);
        assert_true(mash_span_equal(note.text, mash_span_str(odd[i])));
        assert_int_equal(mash_note_verify(&note, keys, 4, &verdict), MASH_OK);
        mash_bytes_free(&out);
    }
}

/* A signature whose last byte is zero must not be accepted without it, whatever lies behind it. */
static void
a_cut_signature_is_refused(void **state)
{
    (void)state;
    char text[32];
    uint8_t signature[MASH_SIGN_BYTES] = { [63] = 1 };
    for (unsigned i = 0; signature[63] != 0; i++) {
        (void)snprintf(text, sizeof(text), "text %u\n", i);
        mash_sign(secrets[1], mash_span_str(text), signature);
    }
    for (size_t len = 63; len <= 64; len++) {
        struct mash_note_verdict verdict;
        struct mash_bytes out = mash_bytes_max(1024);
        assert_int_equal(mash_bytes_appendf(&out, "%s\n", text), MASH_OK);
        assert_int_equal(mash_note_line(&keys[1], mash_span(signature, len), &out), MASH_OK);
        assert_int_equal(open_note(mash_bytes_span(&out), keys, 4, &verdict),
                         len == 64 ? MASH_OK : MASH_E_SIGNATURE);
        mash_bytes_free(&out);
    }
}

static void
limits(void **state)
{
    (void)state;
    struct mash_note note;
    struct mash_note_verdict verdict;
    const size_t mebi = 1024 * 1024;
    uint8_t *junk = malloc(mebi);
    assert_non_null(junk);
    memset(junk, '\n', mebi);
    assert_int_equal(mash_note_parse(mash_span(junk, mebi), &note), MASH_E_LIMIT);
    assert_int_equal(mash_note_parse(mash_span(junk, MASH_NOTE_MAX), &note), MASH_E_FORMAT);
    randombytes_buf(junk, MASH_NOTE_MAX);
    assert_int_equal(mash_note_parse(mash_span(junk, MASH_NOTE_MAX), &note), MASH_E_FORMAT);
    free(junk);

    struct mash_bytes out = mash_bytes_max(MASH_NOTE_MAX);
    assert_int_equal(mash_bytes_append_str(&out, SPEC_TEXT "\n" SPEC_LINE), MASH_OK);
    for (unsigned i = 1; i < MASH_NOTE_SIGNATURES_MAX; i++)
        assert_int_equal(mash_bytes_append_str(&out, DASH "other AAAAAAA=\n"), MASH_OK);
    assert_int_equal(open_note(mash_bytes_span(&out), keys, 4, &verdict), MASH_OK);
    assert_int_equal(mash_note_add(&out, &keys[1], secrets[1]), MASH_E_LIMIT);
    assert_int_equal(mash_bytes_append_str(&out, DASH "other AAAAAAA=\n"), MASH_OK);
    assert_int_equal(open_note(mash_bytes_span(&out), keys, 4, &verdict), MASH_E_LIMIT);
    mash_bytes_free(&out);

    struct mash_note_key many[65];
    for (size_t i = 0; i < 65; i++)
        many[i] = keys[0];
    assert_int_equal(open_note(mash_span_str(SPEC_NOTE), many, 64, &verdict), MASH_OK);
    assert_int_equal(verdict.distinct, 1);
    assert_int_equal(open_note(mash_span_str(SPEC_NOTE), many, 65, &verdict), MASH_E_LIMIT);
}

/* C2SP: at least 16 signatures of post-quantum size from keys we do not know. */
static void
long_unknown_signatures_are_ignored(void **state)
{
    (void)state;
    struct mash_note_verdict verdict;
    struct mash_bytes out = mash_bytes_max(MASH_NOTE_MAX);
    char base64[6400 + 1];
    memset(base64, 'A', sizeof(base64) - 1);
    base64[sizeof(base64) - 1] = '\0';
    assert_int_equal(mash_bytes_append_str(&out, SPEC_NOTE), MASH_OK);
    for (int i = 0; i < 16; i++)
        assert_int_equal(mash_bytes_appendf(&out, DASH "post-quantum %s\n", base64), MASH_OK);
    assert_int_equal(open_note(mash_bytes_span(&out), keys, 4, &verdict), MASH_OK);
    mash_bytes_free(&out);

    /* The same from a key that is known cannot be its signature. */
    out = mash_bytes_max(MASH_NOTE_MAX);
    memcpy(base64, "Uw2QOg", 6);
    assert_int_equal(mash_bytes_appendf(&out, SPEC_NOTE DASH "example.com/foo %s\n", base64), MASH_OK);
    assert_int_equal(open_note(mash_bytes_span(&out), keys, 4, &verdict), MASH_E_SIGNATURE);
    mash_bytes_free(&out);
}

static int
make_keys(void **state)
{
    (void)state;
    if (mash_note_key_parse(mash_span_str(SPEC_VKEY), &keys[0]) != MASH_OK)
        return -1;
    for (uint8_t i = 1; i < 4; i++) {
        const uint8_t seed[32] = { i };
        uint8_t public[32];
        mash_sign_keypair(seed, public, secrets[i]);
        if (mash_note_key_make(names[i], MASH_NOTE_ED25519, public, &keys[i]) != MASH_OK)
            return -1;
    }
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_notes),
        cmocka_unit_test(strict_shapes),
        cmocka_unit_test(every_flip_of_a_lone_signature_is_refused),
        cmocka_unit_test(k_of_n_counts_holders),
        cmocka_unit_test(signing_refuses_what_parsing_would),
        cmocka_unit_test(a_cut_signature_is_refused),
        cmocka_unit_test(limits),
        cmocka_unit_test(long_unknown_signatures_are_ignored),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_keys, NULL);
}
