/* SPDX-License-Identifier: Apache-2.0 */
/* test_age_cli.c - the standard `age` tool opens what we seal, and we open what it seals: the promise
 * that an agency can read its archive without us.  Exit 77 when age is not on the PATH. */
#include "proto/body.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/limits.h"
#include "proto/pad.h"

#define SKIPPED 77
#define LEN(table) (sizeof(table) / sizeof((table)[0]))

extern char **environ;

static char folder[] = "/tmp/mash-age-XXXXXX";
static struct mash_age_identity *people[2];

/* Run a program, its output into the file `out` (NULL: nowhere).  Its exit status, or -1. */
static int
run(const char *const *argv, const char *out)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    bool ready = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0
                 && posix_spawn_file_actions_addopen(&actions, 1, out != NULL ? out : "/dev/null",
                                                     O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0
                 && posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0;
    bool ran = ready && posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ) == 0
               && waitpid(pid, &status, 0) == pid;
    (void)posix_spawn_file_actions_destroy(&actions);
    return ran && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *
path_of(const char *name, char path[static 64])
{
    (void)snprintf(path, 64, "%s/%s", folder, name);
    return path;
}

static void
put_file(const char *name, struct mash_span content)
{
    char path[64];
    int fd = open(path_of(name, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.data, content.len), content.len);
    assert_int_equal(close(fd), 0);
}

static struct mash_bytes
get_file(const char *name)
{
    char path[64];
    struct stat info;
    struct mash_bytes content = mash_bytes_max((size_t)4 << 20);
    int fd = open(path_of(name, path), O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &info), 0);
    uint8_t *at;
    assert_int_equal(mash_bytes_extend(&content, (size_t)info.st_size, &at), MASH_OK);
    assert_int_equal(read(fd, at, (size_t)info.st_size), info.st_size);
    assert_int_equal(close(fd), 0);
    return content;
}

static int
make_people(void **state)
{
    (void)state;
    static const char *const names[] = { "key0", "key1" };
    if (mkdtemp(folder) == NULL)
        return -1;
    for (size_t i = 0; i < LEN(people); i++) {
        struct mash_bytes text = mash_bytes_max(MASH_AGE_IDENTITY_CHARS);
        if (mash_age_identity_generate(&people[i]) != MASH_OK
            || mash_age_identity_text(people[i], &text) != MASH_OK)
            return -1;
        put_file(names[i], mash_bytes_span(&text));
        mash_bytes_wipe(&text);
    }
    return 0;
}

static int
drop_people(void **state)
{
    (void)state;
    static const char *const names[] = { "key0", "key1", "plain", "sealed" };
    char path[64];
    for (size_t i = 0; i < LEN(names); i++)
        (void)unlink(path_of(names[i], path));
    for (size_t i = 0; i < LEN(people); i++)
        mash_age_identity_close(&people[i]);
    return rmdir(folder);
}

/* age -d -i key sealed > plain: its exit status */
static int
age_opens(const char *key)
{
    char key_path[64];
    char sealed_path[64];
    char plain_path[64];
    const char *const argv[] = { "age", "-d", "-i", path_of(key, key_path), path_of("sealed", sealed_path),
                                 NULL };
    return run(argv, path_of("plain", plain_path));
}

/* age -r both plain > sealed */
static int
age_seals(void)
{
    char sealed_path[64];
    char plain_path[64];
    const char *const argv[] = { "age", "-r", mash_age_identity_recipient(people[0]), "-r",
                                 mash_age_identity_recipient(people[1]), path_of("plain", plain_path), NULL };
    return run(argv, path_of("sealed", sealed_path));
}

static struct mash_bytes
random_text(size_t len)
{
    struct mash_bytes text = mash_bytes_max(len);
    uint8_t *at;
    assert_int_equal(mash_bytes_extend(&text, len, &at), MASH_OK);
    if (len > 0)
        randombytes_buf(at, len);
    return text;
}

static const size_t lens[] = { 0, 1, 100, 65535, 65536, 65537, 131072, 1000000 };

static void
age_opens_ours(void **state)
{
    (void)state;
    struct mash_span recipients[2];
    for (size_t i = 0; i < 2; i++)
        recipients[i] = mash_span_str(mash_age_identity_recipient(people[i]));
    for (size_t i = 0; i < LEN(lens); i++) {
        struct mash_bytes text = random_text(lens[i]);
        struct mash_bytes file = mash_bytes_max((size_t)4 << 20);
        size_t count = i % 2 + 1;
        assert_int_equal(mash_age_encrypt(recipients, count, mash_bytes_span(&text), &file), MASH_OK);
        put_file("sealed", mash_bytes_span(&file));
        assert_int_equal(age_opens("key0"), 0);
        struct mash_bytes plain = get_file("plain");
        assert_true(mash_span_equal(mash_bytes_span(&plain), mash_bytes_span(&text)));
        if (count == 1)
            assert_int_not_equal(age_opens("key1"), 0);
        else
            assert_int_equal(age_opens("key1"), 0);
        mash_bytes_free(&plain);
        mash_bytes_free(&file);
        mash_bytes_free(&text);
    }
}

static void
we_open_what_age_seals(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(lens); i++) {
        struct mash_bytes text = random_text(lens[i]);
        put_file("plain", mash_bytes_span(&text));
        assert_int_equal(age_seals(), 0);
        struct mash_bytes file = get_file("sealed");
        for (size_t who = 0; who < 2; who++) {
            const struct mash_age_identity *const identities[] = { people[who] };
            struct mash_bytes plain = mash_bytes_max(lens[i]);
            assert_int_equal(mash_age_decrypt(identities, 1, mash_bytes_span(&file), &plain), MASH_OK);
            assert_true(mash_span_equal(mash_bytes_span(&plain), mash_bytes_span(&text)));
            mash_bytes_wipe(&plain);
        }
        mash_bytes_free(&file);
        mash_bytes_free(&text);
    }
}

/* The body of a notice, both ways. */
static void
bodies(void **state)
{
    (void)state;
    struct mash_span recipient = mash_span_str(mash_age_identity_recipient(people[1]));
    struct mash_bytes text = random_text(5000);
    struct mash_bytes body = mash_bytes_max(MASH_BODY_MAX);
    assert_int_equal(mash_body_seal(&recipient, 1, mash_bytes_span(&text), &body), MASH_OK);
    put_file("sealed", mash_bytes_span(&body));
    assert_int_equal(age_opens("key1"), 0);
    struct mash_bytes plain = get_file("plain");
    assert_int_equal(plain.len, mash_pad_body_len(5004));
    assert_memory_equal(plain.data, "\x00\x00\x13\x88", 4);
    assert_memory_equal(plain.data + 4, text.data, text.len);

    const struct mash_age_identity *const identities[] = { people[0] };
    struct mash_bytes inner = mash_bytes_max(MASH_BODY_MAX);
    assert_int_equal(age_seals(), 0);
    struct mash_bytes theirs = get_file("sealed");
    assert_int_equal(mash_body_open(identities, 1, 2, mash_bytes_span(&theirs), &inner), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&inner), mash_bytes_span(&text)));
    mash_bytes_wipe(&inner);
    mash_bytes_free(&theirs);
    mash_bytes_free(&plain);
    mash_bytes_free(&body);
    mash_bytes_free(&text);
}

/* age-keygen -y prints the recipient of an identity. */
static void
age_agrees_on_our_keys(void **state)
{
    (void)state;
    char key_path[64];
    char plain_path[64];
    const char *const argv[] = { "age-keygen", "-y", path_of("key0", key_path), NULL };
    assert_int_equal(run(argv, path_of("plain", plain_path)), 0);
    struct mash_bytes printed = get_file("plain");
    assert_int_equal(printed.len, MASH_AGE_RECIPIENT_CHARS + 1);
    assert_memory_equal(printed.data, mash_age_identity_recipient(people[0]), MASH_AGE_RECIPIENT_CHARS);
    mash_bytes_free(&printed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(age_opens_ours),
        cmocka_unit_test(we_open_what_age_seals),
        cmocka_unit_test(bodies),
        cmocka_unit_test(age_agrees_on_our_keys),
    };
    const char *const version[] = { "age", "--version", NULL };
    if (sodium_init() < 0)
        return 1;
    if (run(version, NULL) != 0) {
        printf("SKIP: no age tool on the PATH (%zu tests not run; Debian package age)\n", LEN(tests));
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, make_people, drop_people);
}
