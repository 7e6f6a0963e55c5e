/* SPDX-License-Identifier: Apache-2.0 */
/* test_keys.c - key ids, fingerprint words, and secret key files: plain, sealed, age, damaged. */
#include "proto/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/file.h"
#include "proto/sign.h"

static char directory[64];
static char path[128];

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof(directory), "/tmp/mash-test-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/k.key", directory);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(directory);
}

static struct mash_secret *
fresh(enum mash_purpose purpose)
{
    struct mash_secret *secret = NULL;
    assert_int_equal(mash_secret_generate(purpose, &secret), MASH_OK);
    return secret;
}

static void
ids(void **state)
{
    (void)state;
    /* by another implementation: SHA-256("sign" and 32 bytes of 01) */
    uint8_t key[32];
    memset(key, 1, sizeof(key));
    struct mash_key_id id, other, back;
    char text[33];
    mash_key_id(MASH_PURPOSE_SIGN, mash_span(key, 32), &id);
    mash_key_id_text(&id, text);
    assert_string_equal(text, "5fc277c5f88ccaee2dc4bffb4b4af848");
    mash_key_id(MASH_PURPOSE_WITNESS, mash_span(key, 32), &other);
    assert_memory_not_equal(id.bytes, other.bytes, sizeof(id.bytes)); /* one key, two purposes, two ids */
    assert_int_equal(mash_key_id_parse(text, &back), MASH_OK);
    assert_memory_equal(back.bytes, id.bytes, sizeof(id.bytes));
    assert_int_equal(mash_key_id_parse("", &back), MASH_E_FORMAT);
    text[0] = 'F'; /* upper case */
    assert_int_equal(mash_key_id_parse(text, &back), MASH_E_FORMAT);
}

static void
words(void **state)
{
    (void)state;
    char text[96], again[96], other[96];
    mash_fingerprint_words(mash_span_str("one"), text, sizeof(text));
    mash_fingerprint_words(mash_span_str("one"), again, sizeof(again));
    mash_fingerprint_words(mash_span_str("two"), other, sizeof(other));
    assert_string_equal(text, "compass pasta comet jaguar echo bubble");
    assert_string_equal(text, again);
    assert_string_not_equal(text, other);
}

/* The right public half, and secrets that work: a signature, a shared X25519 secret. */
static void
generated_keys(void **state)
{
    (void)state;
    for (int i = 0; i < MASH_PURPOSE_COUNT; i++) {
        enum mash_purpose purpose = (enum mash_purpose)i;
        struct mash_secret *a = fresh(purpose);
        struct mash_secret *b = fresh(purpose);
        assert_int_equal(mash_secret_purpose(a), purpose);
        assert_memory_not_equal(mash_secret_public(a), mash_secret_public(b), 32);
        if (purpose == MASH_PURPOSE_SEAL || purpose == MASH_PURPOSE_LINK) {
            uint8_t one[32], two[32];
            assert_int_equal(crypto_scalarmult(one, mash_secret_bytes(a), mash_secret_public(b)), 0);
            assert_int_equal(crypto_scalarmult(two, mash_secret_bytes(b), mash_secret_public(a)), 0);
            assert_memory_equal(one, two, 32);
        } else {
            uint8_t signature[MASH_SIGNATURE_BYTES];
            mash_secret_sign(a, mash_span_str("text"), signature);
            assert_int_equal(mash_sign_verify(mash_secret_public(a), mash_span_str("text"), signature), MASH_OK);
            assert_int_equal(mash_sign_verify(mash_secret_public(b), mash_span_str("text"), signature),
                             MASH_E_SIGNATURE);
        }
        size_t chars = strlen(mash_secret_public_text(a));
        assert_int_equal(chars, purpose == MASH_PURPOSE_SEAL ? 62 : 64);
        mash_secret_close(&b);
        mash_secret_close(&a);
        assert_null(a);
        mash_secret_close(&a);
    }
}

static void
same_secret(const struct mash_secret *a, const struct mash_secret *b)
{
    bool seal = mash_secret_purpose(a) == MASH_PURPOSE_SEAL || mash_secret_purpose(a) == MASH_PURPOSE_LINK;
    assert_int_equal(mash_secret_purpose(a), mash_secret_purpose(b));
    assert_memory_equal(mash_secret_bytes(a), mash_secret_bytes(b), seal ? 32 : 64);
    assert_memory_equal(mash_secret_public(a), mash_secret_public(b), 32);
    assert_string_equal(mash_secret_public_text(a), mash_secret_public_text(b));
}

static void
plain_files(void **state)
{
    (void)state;
    for (int i = 0; i < MASH_PURPOSE_COUNT; i++) {
        enum mash_purpose purpose = (enum mash_purpose)i;
        enum mash_purpose wrong = purpose == MASH_PURPOSE_LOG ? MASH_PURPOSE_SIGN : MASH_PURPOSE_LOG;
        struct mash_secret *secret = fresh(purpose);
        struct mash_secret *back = NULL, *none = NULL;
        struct stat status;
        assert_int_equal(mash_secret_save(secret, path, NULL), MASH_OK);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_int_equal(mash_secret_save(secret, path, NULL), MASH_E_CONFLICT);
        assert_int_equal(mash_secret_load(path, purpose, NULL, &back), MASH_OK);
        same_secret(secret, back);
        assert_int_equal(mash_secret_load(path, wrong, NULL, &none),
                         purpose == MASH_PURPOSE_SEAL ? MASH_E_FORMAT : MASH_E_MISMATCH);
        assert_null(none);
        mash_secret_close(&back);
        mash_secret_close(&secret);
        assert_int_equal(unlink(path), 0);
    }
}

static void
modes(void **state)
{
    (void)state;
    static const struct row {
        mode_t mode;
        enum mash_err by_path, by_fd;
    } rows[] = {
        { 0600, MASH_OK, MASH_OK },
        { 0400, MASH_OK, MASH_OK },
        { 0700, MASH_OK, MASH_OK },
        { 0440, MASH_E_DENIED, MASH_OK }, /* the mask of a systemd credential's access list */
        { 0640, MASH_E_DENIED, MASH_OK },
        { 0620, MASH_E_DENIED, MASH_E_DENIED },
        { 0604, MASH_E_DENIED, MASH_E_DENIED },
        { 0601, MASH_E_DENIED, MASH_E_DENIED },
        { 0602, MASH_E_DENIED, MASH_E_DENIED },
        { 0644, MASH_E_DENIED, MASH_E_DENIED },
    };
    struct mash_secret *secret = fresh(MASH_PURPOSE_LINK);
    assert_int_equal(mash_secret_save(secret, path, NULL), MASH_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_secret *back = NULL;
        assert_int_equal(chmod(path, rows[i].mode), 0);
        assert_int_equal(mash_secret_load(path, MASH_PURPOSE_LINK, NULL, &back), rows[i].by_path);
        mash_secret_close(&back);
        int fd = open(path, O_RDONLY);
        assert_int_equal(mash_secret_load_fd(fd, MASH_PURPOSE_LINK, NULL, &back), rows[i].by_fd);
        mash_secret_close(&back);
        (void)close(fd);
    }
    mash_secret_close(&secret);
}

static void
link_and_memfd(void **state)
{
    (void)state;
    char name[160];
    (void)snprintf(name, sizeof(name), "%s/link", directory);
    struct mash_secret *secret = fresh(MASH_PURPOSE_LOG);
    struct mash_secret *back = NULL;
    assert_int_equal(mash_secret_save(secret, path, NULL), MASH_OK);
    assert_int_equal(symlink(path, name), 0);
    assert_int_equal(mash_secret_load(name, MASH_PURPOSE_LOG, NULL, &back), MASH_OK);
    mash_secret_close(&back);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(mash_secret_load(name, MASH_PURPOSE_LOG, NULL, &back), MASH_E_UNKNOWN);
    assert_int_equal(mash_secret_load(directory, MASH_PURPOSE_LOG, NULL, &back), MASH_E_FORMAT);

    struct mash_bytes content = mash_bytes_max(4096);
    assert_int_equal(mash_file_read(path, &content), MASH_OK);
    int fd = memfd_create("key", MFD_CLOEXEC);
    assert_int_equal(write(fd, content.data, content.len), (ssize_t)content.len);
    for (int i = 0; i < 2; i++) { /* a role that restarts reads the same descriptor again */
        assert_int_equal(mash_secret_load_fd(fd, MASH_PURPOSE_LOG, NULL, &back), MASH_OK);
        same_secret(secret, back);
        mash_secret_close(&back);
    }
    (void)close(fd);
    mash_bytes_free(&content);
    mash_secret_close(&secret);
}

/* Replace the first `from` in the file by `to` (equally long). */
static void
edit(const char *from, const char *to)
{
    struct mash_bytes content = mash_bytes_max(8192);
    assert_int_equal(mash_file_read(path, &content), MASH_OK);
    uint8_t *at = memmem(content.data, content.len, from, strlen(from));
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    assert_int_equal(mash_file_replace(path, mash_bytes_span(&content), 0600), MASH_OK);
    mash_bytes_free(&content);
}

static void
sealed_files(void **state)
{
    (void)state;
    static const enum mash_purpose purposes[] = { MASH_PURPOSE_SEAL, MASH_PURPOSE_SIGN };
    struct mash_span right = mash_span_str("correct horse");
    struct mash_span wrong = mash_span_str("correct horsf");
    struct mash_span empty = mash_span("", 0);
    for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
        struct mash_secret *secret = fresh(purposes[i]);
        struct mash_secret *back = NULL;
        assert_int_equal(mash_secret_save(secret, path, &empty), MASH_E_VALUE);
        assert_int_equal(mash_secret_save(secret, path, &right), MASH_OK);
        assert_int_equal(mash_secret_load(path, purposes[i], NULL, &back), MASH_E_DENIED);
        assert_int_equal(mash_secret_load(path, purposes[i], &wrong, &back), MASH_E_DENIED);
        assert_int_equal(mash_secret_load(path, purposes[i], &right, &back), MASH_OK);
        same_secret(secret, back);
        mash_secret_close(&back);

        struct mash_bytes content = mash_bytes_max(8192);
        assert_int_equal(mash_file_read(path, &content), MASH_OK);
        assert_null(memmem(content.data, content.len, mash_secret_bytes(secret), 32));
        assert_null(memmem(content.data, content.len, "AGE-SECRET", 10));
        mash_bytes_free(&content);
        if (i == 0) { /* the clear lines are authenticated too */
            edit("public age1", "public age2");
            assert_int_equal(mash_secret_load(path, purposes[i], &right, &back), MASH_E_DENIED);
        }
        mash_secret_close(&secret);
        assert_int_equal(unlink(path), 0);
    }
}

static void
sealed_parameters(void **state)
{
    (void)state;
    struct mash_span right = mash_span_str("correct horse");
    static const struct row {
        const char *from, *to;
        enum mash_err err;
    } rows[] = {
        { "argon2id 3 262144", "argon2id 3 9999999", MASH_E_FORMAT }, /* asks for 10 GB */
        { "argon2id 3 ", "argon2id 99 ", MASH_E_FORMAT },
        { "argon2id 3 ", "argon2id 0 ", MASH_E_FORMAT },
        { "argon2id 3 ", "argon2id 03", MASH_E_FORMAT },
        { "argon2id 3 262144", "argon2id 3 000004", MASH_E_FORMAT },
        { "argon2id", "argon2ie", MASH_E_VERSION },
        { "sealed ", "Sealed ", MASH_E_FORMAT },
    };
    struct mash_secret *secret = fresh(MASH_PURPOSE_LINK);
    assert_int_equal(mash_secret_save(secret, path, &right), MASH_OK);
    struct mash_bytes content = mash_bytes_max(8192);
    assert_int_equal(mash_file_read(path, &content), MASH_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_secret *back = NULL;
        assert_int_equal(mash_file_replace(path, mash_bytes_span(&content), 0600), MASH_OK);
        edit(rows[i].from, rows[i].to);
        print_message("%s\n", rows[i].to);
        assert_int_equal(mash_secret_load(path, MASH_PURPOSE_LINK, &right, &back), rows[i].err);
    }
    mash_bytes_free(&content);
    mash_secret_close(&secret);
}

#define SIGN_PUBLIC "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c" /* of the seed 01 01 ... */
#define SIGN_SECRET "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define AGE_SECRET "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZ9K4CN" /* of 01 01 ... */

static void
texts(void **state)
{
    (void)state;
    static const struct row {
        enum mash_purpose purpose;
        enum mash_err err;
        const char *text;
    } rows[] = {
        { MASH_PURPOSE_SIGN, MASH_OK,
          "mash/secret/v1\npurpose sign\npublic " SIGN_PUBLIC "\nsecret " SIGN_SECRET "\n" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT, "" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT, "mash/secret" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT, "mash/secret/v1\npurpose sign\n" },
        { MASH_PURPOSE_SIGN, MASH_E_VERSION,
          "mash/secret/v2\npurpose sign\npublic " SIGN_PUBLIC "\nsecret " SIGN_SECRET "\n" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT,
          "mash/secret/v1\npurpose sign\npublic " SIGN_PUBLIC "\nsecret " SIGN_SECRET },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT,
          "mash/secret/v1\npurpose sign\npublic " SIGN_PUBLIC "\nsecret " SIGN_SECRET "\n\n" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT,
          "mash/secret/v1\npurpose sign\npublic 00" SIGN_PUBLIC "\nsecret " SIGN_SECRET "\n" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT,
          "mash/secret/v1\npurpose sign\npublic " SIGN_PUBLIC "\nsecret AQEB" SIGN_SECRET "\n" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT,
          "mash/secret/v1\npublic " SIGN_PUBLIC "\npurpose sign\nsecret " SIGN_SECRET "\n" },
        { MASH_PURPOSE_LOG, MASH_E_MISMATCH,
          "mash/secret/v1\npurpose sign\npublic " SIGN_PUBLIC "\nsecret " SIGN_SECRET "\n" },
        { MASH_PURPOSE_SEAL, MASH_OK, "# a comment\n\n" AGE_SECRET "\n" },
        { MASH_PURPOSE_SEAL, MASH_OK, AGE_SECRET },
        { MASH_PURPOSE_SEAL, MASH_OK, AGE_SECRET "\r\n" },
        { MASH_PURPOSE_SEAL, MASH_E_FORMAT, "# nothing\n" },
        { MASH_PURPOSE_SEAL, MASH_E_FORMAT, AGE_SECRET "\n" AGE_SECRET "\n" },
        { MASH_PURPOSE_SEAL, MASH_E_FORMAT, "AGE-SECRET-KEY-1QQQ\n" },
        { MASH_PURPOSE_SEAL, MASH_E_FORMAT, "rubbish\n" },
        { MASH_PURPOSE_SIGN, MASH_E_FORMAT, AGE_SECRET "\n" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_secret *back = NULL;
        assert_int_equal(mash_file_replace(path, mash_span_str(rows[i].text), 0600), MASH_OK);
        print_message("row %zu\n", i); /* which row failed */
        assert_int_equal(mash_secret_load(path, rows[i].purpose, NULL, &back), rows[i].err);
        assert_true((back != NULL) == (rows[i].err == MASH_OK));
        mash_secret_close(&back);
    }
    static char large[5000];
    memset(large, '#', sizeof(large) - 1);
    struct mash_secret *back = NULL;
    assert_int_equal(mash_file_replace(path, mash_span_str(large), 0600), MASH_OK);
    assert_int_equal(mash_secret_load(path, MASH_PURPOSE_SEAL, NULL, &back), MASH_E_FORMAT);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids),
        cmocka_unit_test(words),
        cmocka_unit_test(generated_keys),
        cmocka_unit_test_setup_teardown(plain_files, setup, teardown),
        cmocka_unit_test_setup_teardown(modes, setup, teardown),
        cmocka_unit_test_setup_teardown(link_and_memfd, setup, teardown),
        cmocka_unit_test_setup_teardown(sealed_files, setup, teardown),
        cmocka_unit_test_setup_teardown(sealed_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(texts, setup, teardown),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
