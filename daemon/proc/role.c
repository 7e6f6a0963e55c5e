/* SPDX-License-Identifier: Apache-2.0 */
/* role.c - see role.h.  Between fork and exec only system calls: descriptors are first copied out of the way,
 * then put in their places, then all others are closed. */
#include "daemon/proc/role.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FD_PLACES 16 /* heritage.h uses the numbers below this */
#define ARGS_MAX 32
#define EXIT_NOT_STARTED 71 /* EX_OSERR */

/* The variables a role may see: never a credential, a notify socket or a path to search. */
static const char *const environment[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS" };
#define N_ENVIRONMENT (sizeof(environment) / sizeof(environment[0]))

static bool
place_descriptors(const struct mash_handover *fds, size_t n_fds)
{
    int high[FD_PLACES];
    bool used[FD_PLACES] = { false };
    assert(n_fds <= FD_PLACES);
    for (size_t i = 0; i < n_fds; i++) {
        assert(fds[i].to < FD_PLACES);
        high[i] = fcntl(fds[i].from, F_DUPFD, FD_PLACES);
        if (high[i] < 0)
            return false;
    }
    for (size_t i = 0; i < n_fds; i++) {
        if (dup2(high[i], fds[i].to) < 0)
            return false;
        used[fds[i].to] = true;
    }
    for (int fd = 0; fd < FD_PLACES; fd++)
        if (!used[fd])
            (void)close(fd);
    return close_range(FD_PLACES, ~0u, 0) == 0;
}

static void
become_role(char *const *argv, char *const *envp, bool mortal, const struct mash_handover *fds, size_t n_fds)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (mortal)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (place_descriptors(fds, n_fds))
        (void)execve("/proc/self/exe", argv, envp);
    _exit(EXIT_NOT_STARTED);
}

enum mash_err
mash_role_spawn(const char *name, struct mash_span args, size_t n_args, bool mortal,
                const struct mash_handover *fds, size_t n_fds, pid_t *ret_pid)
{
    char role[32];
    char program[] = "mashd";
    char *argv[ARGS_MAX + 3] = { program, role };
    char *envp[N_ENVIRONMENT + 1] = { NULL };
    char variables[N_ENVIRONMENT][512];
    size_t n_variables = 0;
    enum mash_err err = MASH_E_NOMEM;

    char *copy = malloc(args.len + 1);
    if (copy == NULL || n_args > ARGS_MAX)
        goto out;
    if (args.len > 0) /* the console gets none */
        memcpy(copy, args.data, args.len);
    copy[args.len] = '\0';
    (void)snprintf(role, sizeof(role), "--role=%s", name);
    char *at = copy;
    for (size_t i = 0; i < n_args; i++) {
        argv[2 + i] = at;
        at += strlen(at) + 1;
    }
    for (size_t i = 0; i < N_ENVIRONMENT; i++) {
        const char *value = getenv(environment[i]);
        if (value == NULL)
            continue;
        (void)snprintf(variables[n_variables], sizeof(variables[0]), "%s=%s", environment[i], value);
        envp[n_variables] = variables[n_variables];
        n_variables++;
    }

    pid_t pid = fork();
    if (pid == 0)
        become_role(argv, envp, mortal, fds, n_fds);
    if (pid > 0)
        *ret_pid = pid;
    err = pid > 0 ? MASH_OK : MASH_E_IO;
out:
    free(copy);
    return err;
}
