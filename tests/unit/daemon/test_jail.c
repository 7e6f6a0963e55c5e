/* SPDX-License-Identifier: Apache-2.0 */
/* test_jail.c - what a jailed process tries and does not get.  Each case is a child of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/proc/jail.h"

#define SKIPPED 77

static char directory[] = "/tmp/mash-jail-XXXXXX";
static uint16_t listening_port;

static long
abi(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* Run body in a child; its exit code. */
static int
in_child(int (*body)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(body());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int
listener(uint16_t port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 || listen(fd, 4) != 0)
        return -1;
    socklen_t len = sizeof(name);
    (void)getsockname(fd, (struct sockaddr *)&name, &len);
    listening_port = ntohs(name.sin_port);
    return fd;
}

static int
reach(uint16_t port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&name, sizeof(name));
}

/* Each returns 0 when all is as it must be, otherwise the number of the check that was not. */

static int
no_file_can_be_opened(void)
{
    const struct mash_jail jail = { .bind_port = 0 };
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/file", directory);
    if (abi() < 1)
        return SKIPPED;
    if (mash_jail_enter(&jail) != MASH_OK)
        return 1;
    if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
        return 2;
    if (open(path, O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES)
        return 3;
    if (open("/proc/self/maps", O_RDONLY) >= 0 || open("/dev/null", O_RDWR) >= 0)
        return 4;
    return open(directory, O_RDONLY | O_DIRECTORY) >= 0 ? 5 : 0;
}

static int
files_beneath_the_directory_only(void)
{
    const struct mash_jail jail = { .directories = { directory, "/nonexistent/directory" } };
    char path[80], moved[80], outside[] = "/tmp/mash-jail-outside";
    (void)snprintf(path, sizeof(path), "%s/file", directory);
    (void)snprintf(moved, sizeof(moved), "%s/moved", directory);
    if (abi() < 1)
        return SKIPPED;
    if (mash_jail_enter(&jail) != MASH_OK)
        return 1;
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) != 0 || close(fd) != 0)
        return 2;
    if (rename(path, moved) != 0 || unlink(moved) != 0)
        return 3;
    if (open(outside, O_WRONLY | O_CREAT, 0600) >= 0 || open("/etc/passwd", O_RDONLY) >= 0)
        return 4;
    (void)snprintf(path, sizeof(path), "%s/../../etc/passwd", directory);
    if (open(path, O_RDONLY) >= 0)
        return 5;
    (void)snprintf(path, sizeof(path), "%s/program", directory);
    fd = open(path, O_WRONLY | O_CREAT, 0700);
    if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10 || close(fd) != 0)
        return 6;
    (void)execl(path, path, (char *)NULL);
    if (errno != EACCES) /* what was written cannot be run */
        return 7;
    return unlink(path) != 0 ? 8 : 0;
}

static int
only_the_port_can_be_bound(void)
{
    if (abi() < 4)
        return SKIPPED;
    int fd = listener(0); /* find a free port */
    uint16_t port = listening_port;
    (void)close(fd);
    const struct mash_jail jail = { .bind_port = port };
    if (mash_jail_enter(&jail) != MASH_OK)
        return 1;
    if (listener(0) >= 0 || errno != EACCES)
        return 2;
    if (listener(port) < 0)
        return 3;
    return reach(port) == 0 || errno != EACCES ? 4 : 0; /* not even to itself */
}

static int
only_the_port_can_be_connected_to(void)
{
    if (abi() < 4)
        return SKIPPED;
    if (listener(0) < 0)
        return 1;
    uint16_t port = listening_port;
    if (listener(0) < 0)
        return 2;
    uint16_t other = listening_port;
    const struct mash_jail jail = { .connect_port = port };
    if (mash_jail_enter(&jail) != MASH_OK)
        return 3;
    if (reach(port) != 0)
        return 4;
    return reach(other) == 0 || errno != EACCES ? 5 : 0;
}

static int
no_signal_goes_outside(void)
{
    const struct mash_jail jail = { .bind_port = 0 };
    if (abi() < 6)
        return SKIPPED;
    if (kill(getppid(), 0) != 0)
        return 1;
    if (mash_jail_enter(&jail) != MASH_OK)
        return 2;
    return kill(getppid(), 0) == 0 || errno != EPERM ? 3 : 0;
}

static int
basics_hold(void)
{
    struct rlimit limit;
    if (mash_jail_basics() != MASH_OK)
        return 1;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 2;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 3;
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
        return 4;
    if (umask(0) != 077)
        return 5;
    return signal(SIGPIPE, SIG_DFL) == SIG_IGN ? 0 : 6;
}

static int
root_is_given_up_for_good(void)
{
    gid_t groups[8];
    if (geteuid() != 0)
        return SKIPPED;
    if (mash_jail_become(65534, 65534) != MASH_OK)
        return 1;
    if (getuid() != 65534 || geteuid() != 65534 || getgid() != 65534 || getegid() != 65534)
        return 2;
    if (getgroups(8, groups) != 0)
        return 3;
    if (setuid(0) == 0 || setgid(0) == 0)
        return 4;
    return open("/etc/shadow", O_RDONLY) >= 0 ? 5 : 0;
}

static const struct {
    const char *name;
    int (*body)(void);
} bodies[] = {
    { "no file can be opened", no_file_can_be_opened },
    { "files beneath the directory only", files_beneath_the_directory_only },
    { "only the port can be bound", only_the_port_can_be_bound },
    { "only the port can be connected to", only_the_port_can_be_connected_to },
    { "no signal goes outside", no_signal_goes_outside },
    { "basics hold", basics_hold },
    { "root is given up for good", root_is_given_up_for_good },
};

static void
jails_hold(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        int code = in_child(bodies[i].body);
        if (code == SKIPPED)
            print_message("SKIP %s: this kernel or user cannot\n", bodies[i].name);
        else if (code != 0)
            fail_msg("%s: check %d", bodies[i].name, code);
    }
    assert_int_equal(rmdir(directory), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(jails_hold) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
