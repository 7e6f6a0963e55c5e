/* SPDX-License-Identifier: Apache-2.0 */
/* test_file.c - whole files: limits, refusal to replace, no temporary file left behind. */
#include "proto/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static const char *
in_directory(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static int
count_files(void)
{
    DIR *dir = opendir(directory);
    int count = 0;
    for (const struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof(directory), "/tmp/mash-test-XXXXXX");
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(in_directory("a"));
    return rmdir(directory);
}

static void
create_then_refuse_then_replace(void **state)
{
    (void)state;
    struct stat status;
    struct mash_bytes content = mash_bytes_max(16);
    assert_int_equal(mash_file_create(in_directory("a"), mash_span_str("one"), 0640), MASH_OK);
    assert_int_equal(stat(in_directory("a"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(mash_file_create(in_directory("a"), mash_span_str("two"), 0600), MASH_E_CONFLICT);
    assert_int_equal(mash_file_read(in_directory("a"), &content), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&content), mash_span_str("one")));
    assert_int_equal(mash_file_replace(in_directory("a"), mash_span_str("three"), 0600), MASH_OK);
    assert_int_equal(mash_file_read(in_directory("a"), &content), MASH_OK); /* appends */
    assert_true(mash_span_equal(mash_bytes_span(&content), mash_span_str("onethree")));
    assert_int_equal(count_files(), 1);
    mash_bytes_free(&content);
}

static void
bad_reads(void **state)
{
    (void)state;
    struct mash_bytes content = mash_bytes_max(4);
    assert_int_equal(mash_file_create(in_directory("a"), mash_span_str("12345"), 0600), MASH_OK);
    assert_int_equal(mash_file_read(in_directory("a"), &content), MASH_E_LIMIT);
    assert_int_equal(mash_file_read(in_directory("b"), &content), MASH_E_UNKNOWN);
    assert_string_equal(mash_file_strerror(MASH_E_UNKNOWN), strerror(ENOENT));
    assert_int_equal(mash_file_read(in_directory("a/b"), &content), MASH_E_UNKNOWN);
    assert_string_equal(mash_file_strerror(MASH_E_UNKNOWN), strerror(ENOTDIR));
    assert_int_equal(mash_file_read(directory, &content), MASH_E_FORMAT);
    assert_int_equal(mash_file_read("/dev/null", &content), MASH_E_FORMAT);
    assert_int_equal(content.len, 0);
    mash_bytes_free(&content);
}

static void
bad_writes(void **state)
{
    (void)state;
    assert_int_equal(mash_file_create(in_directory("none/a"), mash_span_str("x"), 0600), MASH_E_UNKNOWN);
    assert_int_equal(mkdir(in_directory("d"), 0700), 0);
    assert_int_equal(mash_file_replace(in_directory("d"), mash_span_str("x"), 0600), MASH_E_IO); /* a directory */
    assert_string_equal(mash_file_strerror(MASH_E_IO), strerror(EISDIR));
    assert_int_equal(rmdir(in_directory("d")), 0);
    assert_int_equal(count_files(), 0);
}

static void
descriptor_from_its_beginning(void **state)
{
    (void)state;
    uint8_t buffer[5];
    size_t len = 0;
    assert_int_equal(mash_file_create(in_directory("a"), mash_span_str("12345"), 0600), MASH_OK);
    int fd = open(in_directory("a"), O_RDONLY);
    assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
    assert_int_equal(mash_file_read_fd(fd, buffer, 5, &len), MASH_OK);
    assert_int_equal(len, 5);
    assert_memory_equal(buffer, "12345", 5);
    assert_int_equal(mash_file_read_fd(fd, buffer, 4, &len), MASH_E_LIMIT);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
    (void)close(fd);
    assert_int_equal(mash_file_read_fd(-1, buffer, 4, &len), MASH_E_IO);

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    (void)close(ends[1]);
    assert_int_equal(mash_file_read_fd(ends[0], buffer, 5, &len), MASH_OK);
    assert_int_equal(len, 3);
    (void)close(ends[0]);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(create_then_refuse_then_replace, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(descriptor_from_its_beginning, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
