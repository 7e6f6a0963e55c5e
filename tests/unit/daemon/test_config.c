/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c - options: what is refused, with which sentence; defaults; what a role is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/proc/config.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NEEDED "partnership = llr\nstate = /var/lib/mashd\ngovernance = " PIN "\nendpoint = tcp://*:7470\n"

static char path[] = "test-config-XXXXXX";

static int
make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    return 0;
}

static int
remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static enum mash_err
read_config(const char *text, struct mash_config **ret_config, char why[static 512])
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    return mash_config_open(path, ret_config, why, 512);
}

static void
defaults_are_filled_in(void **state)
{
    (void)state;
    char why[512];
    struct mash_config *config = NULL;
    assert_int_equal(read_config(NEEDED, &config, why), MASH_OK);
    assert_string_equal(mash_config_text(config, MASH_OPTION_CONTROL), "/var/lib/mashd/control.sock");
    assert_string_equal(mash_config_text(config, MASH_OPTION_LOG_KEY), "/var/lib/mashd/log.key");
    assert_string_equal(mash_config_text(config, MASH_OPTION_CONSOLE), "127.0.0.1:9464");
    assert_null(mash_config_text(config, MASH_OPTION_USER));
    assert_int_equal(mash_config_number(config, MASH_OPTION_MAX_CONNECTIONS), 64);
    assert_int_equal(mash_config_number(config, MASH_OPTION_PAIR_RATE), 3000);
    assert_int_equal(mash_config_port(config, MASH_OPTION_ENDPOINT), 7470);
    mash_config_close(&config);
    mash_config_close(&config);
}

static void
bad_files_are_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mash_err err;
        const char *sentence; /* part of it */
    } cases[] = {
        { "", MASH_E_VALUE, "\"partnership\" is missing" },
        { "partnership = llr\nstate = /s\nendpoint = tcp://*:1\n", MASH_E_VALUE, "\"governance\" is missing" },
        { NEEDED "max-conections = 9\n", MASH_E_UNKNOWN,
          ":5: unknown option \"max-conections\", did you mean \"max-connections\"?" },
        { NEEDED "colour = red\n", MASH_E_UNKNOWN, ":5: unknown option \"colour\"" },
        { NEEDED "[gate]\nuser = x\n", MASH_E_UNKNOWN, ":5: unknown group [gate]" },
        { NEEDED "[gate\n", MASH_E_FORMAT, ":5: " },
        { NEEDED "\nstate = /other\n", MASH_E_VALUE, ":6: option \"state\" is given twice" },
        { NEEDED "max-connections = 0\n", MASH_E_VALUE, "a number from 1 to 4096 (connections), not \"0\"" },
        { NEEDED "max-connections = 4097\n", MASH_E_VALUE, ":5: max-connections must be" },
        { NEEDED "max-connections = -1\n", MASH_E_VALUE, "must be a number" },
        { NEEDED "max-connections = 1e3\n", MASH_E_VALUE, "must be a number" },
        { NEEDED "max-connections = 18446744073709551617\n", MASH_E_VALUE, "must be a number" },
        { NEEDED "max-connections =\n", MASH_E_VALUE, "must be a number" },
        { NEEDED "control = here.sock\n", MASH_E_VALUE, "an absolute path" },
        { NEEDED "console = localhost:80\n", MASH_E_VALUE, "ADDRESS:PORT" },
        { NEEDED "console = *:80\n", MASH_E_VALUE, "ADDRESS:PORT" },
        { NEEDED "console = 127.0.0.1:0\n", MASH_E_VALUE, "ADDRESS:PORT" },
        { NEEDED "console = 127.0.0.1:65536\n", MASH_E_VALUE, "ADDRESS:PORT" },
        { NEEDED "console = ::1:80\n", MASH_E_VALUE, "ADDRESS:PORT" },
        { "endpoint = ipc:///run/x\n", MASH_E_VALUE, "endpoint must be tcp://" },
        { "endpoint = tcp://eth0:7470\n", MASH_E_VALUE, "endpoint must be tcp://" },
        { "endpoint = tcp://1.2.3.4\n", MASH_E_VALUE, "endpoint must be tcp://" },
        { "endpoint = tcp://1.2.3.4:7;tcp://1.2.3.5:7\n", MASH_E_VALUE, "endpoint must be tcp://" },
        { "partnership = LLR\n", MASH_E_VALUE, "partnership must be" },
        { "partnership = a/b\n", MASH_E_VALUE, "partnership must be" },
        { "governance = 00ff\n", MASH_E_VALUE, "64 lower-case hex digits" },
        { "partnership = llr\nstate\nendpoint = tcp://*:1\n", MASH_E_VALUE, "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char why[512] = "";
        struct mash_config *config = NULL;
        enum mash_err err = read_config(cases[i].text, &config, why);
        if (err != cases[i].err || strstr(why, cases[i].sentence) == NULL)
            fail_msg("case %zu: %s: %s", i, mash_strerror(err), why);
        assert_null(config);
    }
}

static void
a_missing_file_is_said_so(void **state)
{
    (void)state;
    char why[512];
    struct mash_config *config = NULL;
    assert_int_equal(mash_config_open("/nonexistent/mashd.conf", &config, why, sizeof(why)), MASH_E_IO);
    assert_non_null(strstr(why, "/nonexistent/mashd.conf: No such file"));
}

static void
good_addresses_are_taken(void **state)
{
    (void)state;
    static const char *const lines[] = { "console = off\n", "console = [::1]:8080\n", "console = 10.0.0.1:65535\n" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char why[512];
        char text[1024];
        struct mash_config *config = NULL;
        (void)snprintf(text, sizeof(text), "%s%s", NEEDED, lines[i]);
        if (read_config(text, &config, why) != MASH_OK)
            fail_msg("%s", why);
        assert_int_equal(mash_config_port(config, MASH_OPTION_CONSOLE), i == 0 ? 0 : i == 1 ? 8080 : 65535);
        mash_config_close(&config);
    }
}

static void
credentials_go_before_the_state_directory(void **state)
{
    (void)state;
    char why[512];
    char directory[] = "/tmp/test-config-XXXXXX";
    char key[64];
    struct mash_config *config = NULL;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(key, sizeof(key), "%s/link.key", directory);
    FILE *out = fopen(key, "w");
    assert_non_null(out);
    (void)fclose(out);
    (void)setenv("CREDENTIALS_DIRECTORY", directory, 1);
    assert_int_equal(read_config(NEEDED, &config, why), MASH_OK);
    assert_string_equal(mash_config_text(config, MASH_OPTION_LINK_KEY), key);
    assert_string_equal(mash_config_text(config, MASH_OPTION_LOG_KEY), "/var/lib/mashd/log.key");
    mash_config_close(&config);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    (void)unlink(key);
    (void)rmdir(directory);
}

/* What the parent writes as arguments is what the role reads, and nothing else. */
static void
roles_are_told_their_options_only(void **state)
{
    (void)state;
    char why[512];
    struct mash_config *config = NULL;
    struct mash_config *role = NULL;
    struct mash_bytes args = mash_bytes_max(4096);
    char *argv[MASH_OPTION_COUNT + 1];
    size_t count = 0;
    assert_int_equal(read_config(NEEDED "accept-rate = 77\n", &config, why), MASH_OK);
    assert_int_equal(mash_config_args(config, MASH_ROLE_GATE, &args, &count), MASH_OK);
    char *at = (char *)args.data;
    for (size_t i = 0; i < count; i++) {
        argv[i] = at;
        assert_null(strstr(at, "key"));
        assert_null(strstr(at, "state"));
        at += strlen(at) + 1;
    }
    assert_ptr_equal(at, args.data + args.len);
    assert_int_equal(mash_config_from_args((int)count, argv, MASH_ROLE_GATE, &role, why, sizeof(why)), MASH_OK);
    assert_int_equal(mash_config_number(role, MASH_OPTION_ACCEPT_RATE), 77);
    assert_string_equal(mash_config_text(role, MASH_OPTION_ENDPOINT), "tcp://*:7470");
    mash_config_close(&role);

    /* one short, for another role, one more, nonsense */
    assert_int_equal(mash_config_from_args((int)count - 1, argv, MASH_ROLE_GATE, &role, why, sizeof(why)),
                     MASH_E_VALUE);
    assert_int_equal(mash_config_from_args((int)count, argv, MASH_ROLE_LEDGER, &role, why, sizeof(why)), MASH_E_VALUE);
    char extra[] = "state=/s";
    argv[count] = extra;
    assert_int_equal(mash_config_from_args((int)count + 1, argv, MASH_ROLE_GATE, &role, why, sizeof(why)),
                     MASH_E_VALUE);
    char nonsense[] = "nonsense";
    argv[count] = nonsense;
    assert_int_equal(mash_config_from_args((int)count + 1, argv, MASH_ROLE_GATE, &role, why, sizeof(why)),
                     MASH_E_UNKNOWN);
    assert_null(role);
    mash_bytes_free(&args);
    mash_config_close(&config);
}

static void
what_is_printed_can_be_read_again(void **state)
{
    (void)state;
    char why[512];
    char text[8192] = "";
    struct mash_config *config = NULL;
    assert_int_equal(read_config(NEEDED "request-rate = 5\nuser = mashd\n", &config, why), MASH_OK);
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_non_null(out);
    mash_config_print(config, out);
    (void)fclose(out);
    mash_config_close(&config);
    if (read_config(text, &config, why) != MASH_OK)
        fail_msg("%s", why);
    assert_int_equal(mash_config_number(config, MASH_OPTION_REQUEST_RATE), 5);
    assert_string_equal(mash_config_text(config, MASH_OPTION_USER), "mashd");
    mash_config_close(&config);
}

static void
memory_is_connections_times_hwm_times_size(void **state)
{
    (void)state;
    char why[512];
    char text[256];
    struct mash_config *config = NULL;
    assert_int_equal(read_config(NEEDED "max-connections = 10\n", &config, why), MASH_OK);
    assert_int_equal(mash_config_memory(config, text, sizeof(text)), 10ull * ((64 + 16) * 1280ull + 4096) * 1024);
    assert_non_null(strstr(text, "10 connections x"));
    assert_non_null(strstr(text, "= 1040 MiB"));
    mash_config_close(&config);
}

static void
slips_of_the_pen_are_recognised(void **state)
{
    (void)state;
    assert_string_equal(mash_config_nearest("partnershp"), "partnership");
    assert_string_equal(mash_config_nearest("link_key"), "link-key");
    assert_string_equal(mash_config_nearest("user"), "user");
    assert_null(mash_config_nearest("x"));
    assert_null(mash_config_nearest("something-else"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(bad_files_are_refused_with_a_sentence),
        cmocka_unit_test(a_missing_file_is_said_so),
        cmocka_unit_test(good_addresses_are_taken),
        cmocka_unit_test(credentials_go_before_the_state_directory),
        cmocka_unit_test(roles_are_told_their_options_only),
        cmocka_unit_test(what_is_printed_can_be_read_again),
        cmocka_unit_test(memory_is_connections_times_hwm_times_size),
        cmocka_unit_test(slips_of_the_pen_are_recognised),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
