/* SPDX-License-Identifier: Apache-2.0 */
/* crew.c - see crew.h.  Gate and console are stateless and hang on the ledger by a stream: when the ledger
 * goes they go too, and all three start anew. */
#include "daemon/proc/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/proc/culprit.h"
#include "daemon/proc/heritage.h"
#include "daemon/proc/log.h"
#include "daemon/proc/relay.h"
#include "daemon/proc/role.h"

#define LIVED_MS 2000u       /* a role that lived shorter is not started again without delay for ever */
#define DELAY_MS 50u         /* first such delay; doubles */
#define DELAY_MAX_MS 5000u
#define STOP_WITHIN_MS 5000u /* gate and console */
#define STOP_LEDGER_WITHIN_MS 30000u /* a group commit and a checkpoint of the store */
#define STREAM_BUFFER (4 * 1024 * 1024) /* bytes each way: the largest group (daemon/path/path.h) */

enum { LEDGER, GATE, CONSOLE, ROLES };

static const struct role_row {
    const char *name;
    enum mash_role_bit bit;
    char peer; /* what the ledger is told with the other end of its stream; 0: the ledger itself */
} rows[ROLES] = {
    [LEDGER] = { "ledger", MASH_ROLE_LEDGER, 0 },
    [GATE] = { "gate", MASH_ROLE_GATE, MASH_PARENT_GATE },
    [CONSOLE] = { "console", MASH_ROLE_CONSOLE, MASH_PARENT_CONSOLE },
};

struct role {
    pid_t pid; /* 0: not running */
    int sock;
    struct mash_relay relay;
    bool wanted;
    bool ready;
    bool told_to_stop;
    bool killed; /* by us: no crash of its own */
    unsigned quick; /* short lives in a row */
    uint64_t started_ms;
    uint64_t start_at_ms;
};

struct mash_crew {
    const struct mash_config *config;
    struct mash_crew_fds fds;
    int null_fd;
    int culprit_fd;
    struct mash_culprit *culprit;
    struct mash_crashes crashes;
    struct role roles[ROLES];
    bool stopping;
    int exit_code;
    uint64_t stop_by_ms;
};

/* The page shared with the gate; sealed, so that a taken gate cannot shrink it under our feet. */
static enum mash_err
open_culprit(struct mash_crew *crew)
{
    crew->culprit_fd = memfd_create("culprit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (crew->culprit_fd < 0 || ftruncate(crew->culprit_fd, sizeof(struct mash_culprit)) != 0 ||
        fcntl(crew->culprit_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return MASH_E_IO;
    void *page = mmap(NULL, sizeof(struct mash_culprit), PROT_READ | PROT_WRITE, MAP_SHARED, crew->culprit_fd, 0);
    if (page == MAP_FAILED)
        return MASH_E_IO;
    crew->culprit = page;
    return MASH_OK;
}

enum mash_err
mash_crew_open(const struct mash_config *config, const struct mash_crew_fds *fds, struct mash_crew **ret_crew)
{
    struct mash_crew *crew = calloc(1, sizeof(*crew));
    if (crew == NULL)
        return MASH_E_NOMEM;
    crew->config = config;
    crew->fds = *fds;
    crew->culprit_fd = -1;
    for (size_t i = 0; i < ROLES; i++) {
        crew->roles[i].sock = -1;
        crew->roles[i].relay.fd = -1;
        crew->roles[i].wanted = i != CONSOLE || fds->http >= 0;
    }
    crew->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (crew->null_fd < 0 || open_culprit(crew) != MASH_OK) {
        mash_crew_close(&crew);
        return MASH_E_IO;
    }
    *ret_crew = crew;
    return MASH_OK;
}

static void
forget(struct role *role, const char *name)
{
    mash_relay_close(&role->relay, name, STDERR_FILENO);
    if (role->sock >= 0)
        (void)close(role->sock);
    role->sock = -1;
    role->pid = 0;
    role->ready = false;
    role->told_to_stop = false;
    role->killed = false;
}

void
mash_crew_close(struct mash_crew **crew_p)
{
    struct mash_crew *crew = *crew_p;
    if (crew == NULL)
        return;
    for (size_t i = 0; i < ROLES; i++) {
        if (crew->roles[i].pid > 0) {
            (void)kill(crew->roles[i].pid, SIGKILL);
            (void)waitpid(crew->roles[i].pid, NULL, 0);
        }
        forget(&crew->roles[i], rows[i].name);
    }
    if (crew->culprit != NULL)
        (void)munmap(crew->culprit, sizeof(*crew->culprit));
    if (crew->culprit_fd >= 0)
        (void)close(crew->culprit_fd);
    if (crew->null_fd >= 0)
        (void)close(crew->null_fd);
    free(crew);
    *crew_p = NULL;
}

/* Tell the ledger of a new peer and hand it its end of their stream. */
static enum mash_err
introduce(const struct mash_crew *crew, char peer, int fd)
{
    struct iovec text = { &peer, 1 };
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof(control));
    struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes,
                              .msg_controllen = sizeof(control.bytes) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return sendmsg(crew->roles[LEDGER].sock, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? MASH_OK : MASH_E_IO;
}

/* fork and exec role i with the descriptors heritage.h lists for it. */
static enum mash_err
spawn(struct mash_crew *crew, size_t i, int parent_fd, int ledger_fd, int log_fd)
{
    struct mash_bytes args = mash_bytes_max(16384);
    size_t n_args = 0;
    struct mash_handover fds[8] = { { crew->null_fd, 0 }, { crew->null_fd, 1 }, { log_fd, 2 },
                                    { parent_fd, MASH_FD_PARENT } };
    size_t n = 4;
    if (ledger_fd >= 0)
        fds[n++] = (struct mash_handover){ ledger_fd, MASH_FD_LEDGER };
    if (i == LEDGER) {
        fds[n++] = (struct mash_handover){ crew->fds.control, MASH_FD_CONTROL };
        fds[n++] = (struct mash_handover){ crew->fds.log_key, MASH_FD_KEY };
    } else if (i == GATE) {
        fds[n++] = (struct mash_handover){ crew->fds.link_key, MASH_FD_KEY };
        fds[n++] = (struct mash_handover){ crew->culprit_fd, MASH_FD_CULPRIT };
        memset(crew->culprit, 0, sizeof(*crew->culprit));
    } else {
        fds[n++] = (struct mash_handover){ crew->fds.http, MASH_FD_HTTP };
    }
    enum mash_err err = mash_config_args(crew->config, rows[i].bit, &args, &n_args);
    if (err == MASH_OK)
        err = mash_role_spawn(rows[i].name, mash_bytes_span(&args), n_args, i != LEDGER, fds, n, &crew->roles[i].pid);
    mash_bytes_free(&args);
    return err;
}

/* Let the socket hold what comes in while the ledger is in a group: with the usual 208 KiB a group is some
 * forty notices, however many wait in the gate, and each group costs two syncs.  Only root may pass the
 * system's limit; without, less fits. */
static void
widen(const int stream[static 2])
{
    const int bytes = STREAM_BUFFER;
    for (size_t j = 0; j < 2; j++)
        if (setsockopt(stream[j], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) != 0)
            (void)setsockopt(stream[j], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static enum mash_err
start(struct mash_crew *crew, size_t i, uint64_t now_ms)
{
    struct role *role = &crew->roles[i];
    int pair[2] = { -1, -1 };   /* parent and role */
    int stream[2] = { -1, -1 }; /* ledger and role */
    int log_fd = -1;
    enum mash_err err = MASH_E_IO;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        goto out;
    if (i != LEDGER && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, stream) != 0)
        goto out;
    if (i != LEDGER)
        widen(stream);
    err = mash_relay_open(&role->relay, &log_fd);
    if (err == MASH_OK && i != LEDGER)
        err = introduce(crew, rows[i].peer, stream[0]);
    if (err == MASH_OK)
        err = spawn(crew, i, pair[1], stream[1], log_fd);
    if (err != MASH_OK) {
        mash_relay_close(&role->relay, rows[i].name, STDERR_FILENO);
        goto out;
    }
    role->sock = pair[0];
    pair[0] = -1;
    role->started_ms = now_ms;
    mash_log(MASH_LOG_INFO, "role-started", "name=%s pid=%d", rows[i].name, (int)role->pid);
out:
    for (size_t j = 0; j < 2; j++) {
        if (pair[j] >= 0)
            (void)close(pair[j]);
        if (stream[j] >= 0)
            (void)close(stream[j]);
    }
    if (log_fd >= 0)
        (void)close(log_fd);
    return err;
}

static void
tell_to_stop(struct mash_crew *crew, size_t i)
{
    const char stop = MASH_PARENT_STOP;
    struct role *role = &crew->roles[i];
    if (role->pid == 0 || role->told_to_stop)
        return;
    role->told_to_stop = true;
    (void)send(role->sock, &stop, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool
peers_are_gone(const struct mash_crew *crew)
{
    return crew->roles[GATE].pid == 0 && crew->roles[CONSOLE].pid == 0;
}

/* Gate and console first, so that nothing new comes in; then the ledger. */
static int
tend_stop(struct mash_crew *crew, uint64_t now_ms)
{
    tell_to_stop(crew, GATE);
    tell_to_stop(crew, CONSOLE);
    if (peers_are_gone(crew) && crew->roles[LEDGER].pid != 0 && !crew->roles[LEDGER].told_to_stop) {
        tell_to_stop(crew, LEDGER);
        crew->stop_by_ms = now_ms + STOP_LEDGER_WITHIN_MS;
    }
    for (size_t i = 0; now_ms >= crew->stop_by_ms && i < ROLES; i++) {
        struct role *role = &crew->roles[i];
        if (role->pid == 0 || !role->told_to_stop || role->killed)
            continue;
        mash_log(MASH_LOG_WARN, "role-killed", "name=%s why=\"did not stop in time\"", rows[i].name);
        role->killed = true;
        (void)kill(role->pid, SIGKILL);
    }
    return 100;
}

/* May role i start now?  The ledger first; the others when it serves. */
static bool
is_due(const struct mash_crew *crew, size_t i, uint64_t now_ms)
{
    const struct role *role = &crew->roles[i];
    if (!role->wanted || role->pid != 0 || now_ms < role->start_at_ms)
        return false;
    return i == LEDGER ? peers_are_gone(crew) : crew->roles[LEDGER].ready;
}

int
mash_crew_tend(struct mash_crew *crew, uint64_t now_ms)
{
    int wait_ms = -1;
    if (crew->stopping)
        return tend_stop(crew, now_ms);
    for (size_t i = 0; i < ROLES; i++) {
        struct role *role = &crew->roles[i];
        if (is_due(crew, i, now_ms)) {
            enum mash_err err = start(crew, i, now_ms);
            if (err != MASH_OK) {
                mash_log(MASH_LOG_ERROR, "role-not-started", "name=%s why=\"%s\"", rows[i].name, mash_strerror(err));
                /* A peer is often just too early: the ledger it was to be given to has died a moment before
                 * and will be back at once.  Only for the ledger itself is patience right. */
                role->start_at_ms = now_ms + (i == LEDGER ? DELAY_MAX_MS : DELAY_MS);
            }
        }
        if (role->wanted && role->pid == 0 && role->start_at_ms > now_ms) {
            int left = (int)(role->start_at_ms - now_ms);
            wait_ms = wait_ms < 0 || left < wait_ms ? left : wait_ms;
        }
    }
    return wait_ms;
}

size_t
mash_crew_poll(const struct mash_crew *crew, struct pollfd *ret_fds)
{
    size_t n = 0;
    for (size_t i = 0; i < ROLES; i++) {
        if (crew->roles[i].sock >= 0)
            ret_fds[n++] = (struct pollfd){ crew->roles[i].sock, POLLIN, 0 };
        if (crew->roles[i].relay.fd >= 0)
            ret_fds[n++] = (struct pollfd){ crew->roles[i].relay.fd, POLLIN, 0 };
    }
    return n;
}

void
mash_crew_listen(struct mash_crew *crew)
{
    for (size_t i = 0; i < ROLES; i++) {
        struct role *role = &crew->roles[i];
        char said;
        ssize_t n = role->sock >= 0 ? recv(role->sock, &said, 1, MSG_DONTWAIT) : -1;
        if (n == 1 && said == MASH_PARENT_READY && !role->ready) {
            role->ready = true;
            mash_log(MASH_LOG_INFO, "role-ready", "name=%s pid=%d", rows[i].name, (int)role->pid);
        } else if (n == 0) {
            (void)close(role->sock); /* it is ending: SIGCHLD tells the rest */
            role->sock = -1;
        }
        if (role->relay.fd >= 0 && mash_relay_pump(&role->relay, rows[i].name, STDERR_FILENO) != MASH_OK)
            mash_relay_close(&role->relay, rows[i].name, STDERR_FILENO);
    }
}

/* Three crashes on account of one key: the ledger is asked to suspend it. */
static void
blame(struct mash_crew *crew, uint64_t now_ms)
{
    struct mash_key_id key;
    char message[1 + MASH_KEY_ID_BYTES] = { MASH_PARENT_SUSPECT };
    char text[9];
    if (!mash_crashes_add(&crew->crashes, crew->culprit, now_ms, &key))
        return;
    memcpy(message + 1, key.bytes, sizeof(key.bytes));
    mash_log_id(mash_span(key.bytes, sizeof(key.bytes)), text);
    ssize_t sent = send(crew->roles[LEDGER].sock, message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
    mash_log(MASH_LOG_ERROR, "key-suspected", "link=%s crashes=%u told=%s", text, MASH_CULPRIT_CRASHES,
             sent == sizeof(message) ? "yes" : "no");
}

/* Start role i again: at once, or later when it keeps dying young. */
static void
schedule(struct role *role, uint64_t now_ms)
{
    role->quick = now_ms - role->started_ms < LIVED_MS ? role->quick + 1 : 0;
    uint64_t delay = 0;
    if (role->quick > 1)
        delay = role->quick < 8 ? (uint64_t)DELAY_MS << (role->quick - 2) : DELAY_MAX_MS;
    role->start_at_ms = now_ms + (delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS);
}

static void
ledger_ended(struct mash_crew *crew, int code, uint64_t now_ms)
{
    if (code == MASH_EXIT_DONE || code == MASH_EXIT_REFUSED) {
        mash_crew_stop(crew, code, now_ms);
        return;
    }
    for (size_t i = GATE; i < ROLES; i++) {
        if (crew->roles[i].pid == 0)
            continue;
        crew->roles[i].killed = true;
        (void)kill(crew->roles[i].pid, SIGKILL);
    }
}

static void
role_ended(struct mash_crew *crew, size_t i, int status, uint64_t now_ms)
{
    struct role *role = &crew->roles[i];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    bool expected = role->told_to_stop || role->killed;
    bool killed = role->killed;
    mash_log(expected || code == 0 ? MASH_LOG_INFO : MASH_LOG_ERROR, "role-ended", "name=%s pid=%d %s=%d lived_ms=%llu",
             rows[i].name, (int)role->pid, code >= 0 ? "exit" : "signal", code >= 0 ? code : WTERMSIG(status),
             (unsigned long long)(now_ms - role->started_ms));
    forget(role, rows[i].name);
    if (crew->stopping)
        return;
    if (killed)
        role->start_at_ms = now_ms;
    else
        schedule(role, now_ms);
    if (i == GATE && !expected && code != MASH_EXIT_DONE && code != MASH_EXIT_REFUSED)
        blame(crew, now_ms);
    if (i == LEDGER)
        ledger_ended(crew, code, now_ms);
    else if (code == MASH_EXIT_REFUSED)
        mash_crew_stop(crew, code, now_ms);
}

void
mash_crew_reap(struct mash_crew *crew, uint64_t now_ms)
{
    for (size_t i = 0; i < ROLES; i++) {
        int status;
        if (crew->roles[i].pid > 0 && waitpid(crew->roles[i].pid, &status, WNOHANG) == crew->roles[i].pid)
            role_ended(crew, i, status, now_ms);
    }
}

void
mash_crew_stop(struct mash_crew *crew, int exit_code, uint64_t now_ms)
{
    if (crew->stopping)
        return;
    crew->stopping = true;
    crew->exit_code = exit_code;
    crew->stop_by_ms = now_ms + STOP_WITHIN_MS;
}

bool
mash_crew_ready(const struct mash_crew *crew)
{
    for (size_t i = 0; i < ROLES; i++)
        if (crew->roles[i].wanted && !crew->roles[i].ready)
            return false;
    return !crew->stopping;
}

bool
mash_crew_ended(const struct mash_crew *crew, int *ret_exit_code)
{
    if (!crew->stopping || !peers_are_gone(crew) || crew->roles[LEDGER].pid != 0)
        return false;
    *ret_exit_code = crew->exit_code;
    return true;
}
