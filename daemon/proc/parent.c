/* SPDX-License-Identifier: Apache-2.0 */
/* parent.c - see parent.h. */
#include "daemon/proc/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "daemon/proc/crew.h"
#include "daemon/proc/heritage.h"
#include "daemon/proc/jail.h"
#include "daemon/proc/keyfile.h"
#include "daemon/proc/listener.h"
#include "daemon/proc/log.h"
#include "daemon/proc/notify.h"

struct parent {
    const struct mash_config *config;
    unsigned uid, gid; /* whom we and the roles run as */
    int state_fd;      /* the state directory, locked */
    int signal_fd;
    struct mash_crew_fds fds;
    struct mash_crew *crew;
    bool told_ready;
};

static uint64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static int
refuse(int code, const char *why)
{
    mash_log(MASH_LOG_ERROR, "refused-to-start", "why=\"%s\"", why);
    return code;
}

/* Whom to become: only root has a choice. */
static int
find_user(struct parent *parent)
{
    const char *user = mash_config_text(parent->config, MASH_OPTION_USER);
    parent->uid = geteuid();
    parent->gid = getegid();
    if (user == NULL)
        return parent->uid != 0 ? EX_OK
                                : refuse(EX_CONFIG, "started as root: set the option user to the account that owns the "
                                                    "state directory");
    bool numeric = strspn(user, "0123456789") == strlen(user) && strlen(user) < 10;
    struct passwd *account = numeric ? getpwuid((uid_t)strtoul(user, NULL, 10)) : getpwnam(user);
    if (account == NULL && !numeric)
        return refuse(EX_CONFIG, "the account of the option user does not exist");
    unsigned uid = account != NULL ? account->pw_uid : (unsigned)strtoul(user, NULL, 10);
    unsigned gid = account != NULL ? account->pw_gid : uid;
    if (uid == 0)
        return refuse(EX_CONFIG, "the option user must not be root");
    if (parent->uid != 0 && parent->uid != uid)
        return refuse(EX_CONFIG, "not started as root, nor as the account of the option user");
    parent->uid = uid;
    parent->gid = parent->uid == geteuid() ? getegid() : gid;
    return EX_OK;
}

/* The state directory is ours alone: of one user and of one mashd. */
static int
lock_state(struct parent *parent)
{
    char why[1400];
    struct stat status;
    const char *path = mash_config_text(parent->config, MASH_OPTION_STATE);
    parent->state_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent->state_fd < 0 || fstat(parent->state_fd, &status) != 0) {
        (void)snprintf(why, sizeof(why), "state directory %s: %s", path, strerror(errno));
        return refuse(EX_CONFIG, why);
    }
    if (status.st_uid != parent->uid || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        (void)snprintf(why, sizeof(why), "state directory %s: uid %u mode %04o: it must be of uid %u and mode 0700",
                       path, (unsigned)status.st_uid, (unsigned)(status.st_mode & 07777), parent->uid);
        return refuse(EX_CONFIG, why);
    }
    if (flock(parent->state_fd, LOCK_EX | LOCK_NB) != 0) {
        (void)snprintf(why, sizeof(why), "state directory %s: another mashd runs on it", path);
        return refuse(EX_TEMPFAIL, why);
    }
    return EX_OK;
}

static int
open_files(struct parent *parent)
{
    char why[1400];
    const struct mash_config *config = parent->config;
    const char *console = mash_config_text(config, MASH_OPTION_CONSOLE);
    struct mash_crew_fds *fds = &parent->fds;

    if (mash_keyfile_open(mash_config_text(config, MASH_OPTION_LOG_KEY), parent->uid, &fds->log_key, why,
                          sizeof(why)) != MASH_OK ||
        mash_keyfile_open(mash_config_text(config, MASH_OPTION_LINK_KEY), parent->uid, &fds->link_key, why,
                          sizeof(why)) != MASH_OK)
        return refuse(EX_CONFIG, why);
    if (mash_listener_control(mash_config_text(config, MASH_OPTION_CONTROL), parent->uid, parent->gid, &fds->control,
                              why, sizeof(why)) != MASH_OK)
        return refuse(EX_CANTCREAT, why);
    if (strcmp(console, "off") != 0 && mash_listener_http(console, &fds->http, why, sizeof(why)) != MASH_OK)
        return refuse(EX_CANTCREAT, why);
    return EX_OK;
}

static int
take_signals(struct parent *parent)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return refuse(EX_OSERR, strerror(errno));
    parent->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return parent->signal_fd >= 0 ? EX_OK : refuse(EX_OSERR, strerror(errno));
}

/* Forget what you need not know: everything above opened what needs rights, from here on there are none. */
static int
prepare(struct parent *parent)
{
    char why[256];
    uint64_t limit = mash_config_number(parent->config, MASH_OPTION_MEMORY_LIMIT) << 20;
    if (mash_config_memory(parent->config, why, sizeof(why)) > limit)
        return refuse(EX_CONFIG, why);
    if (mash_jail_basics() != MASH_OK)
        return refuse(EX_OSERR, strerror(errno));
    int code = find_user(parent);
    if (code == EX_OK)
        code = lock_state(parent);
    if (code == EX_OK)
        code = open_files(parent);
    if (code == EX_OK && geteuid() == 0 && mash_jail_become(parent->uid, parent->gid) != MASH_OK)
        code = refuse(EX_OSERR, "cannot become the account of the option user");
    if (code == EX_OK)
        code = take_signals(parent);
    if (code == EX_OK && mash_crew_open(parent->config, &parent->fds, &parent->crew) != MASH_OK)
        code = refuse(EX_OSERR, strerror(errno));
    return code;
}

static void
stop(struct parent *parent, const char *why)
{
    mash_log(MASH_LOG_INFO, "stopping", "why=%s", why);
    mash_notify("STOPPING=1");
    mash_crew_stop(parent->crew, EX_OK, now_ms());
}

static void
handle_signals(struct parent *parent)
{
    struct signalfd_siginfo info;
    while (read(parent->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD)
            mash_crew_reap(parent->crew, now_ms());
        else if (info.ssi_signo == SIGHUP)
            mash_log(MASH_LOG_WARN, "signal-ignored", "signal=SIGHUP why=\"restart mashd to read its options again\"");
        else
            stop(parent, info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
    }
}

static int
run(struct parent *parent)
{
    int code;
    for (;;) {
        struct pollfd fds[1 + MASH_CREW_POLL_MAX] = { { parent->signal_fd, POLLIN, 0 } };
        int wait_ms = mash_crew_tend(parent->crew, now_ms());
        if (mash_crew_ended(parent->crew, &code))
            return code;
        if (!parent->told_ready && mash_crew_ready(parent->crew)) {
            parent->told_ready = true;
            mash_notify("READY=1");
            mash_log(MASH_LOG_INFO, "serving", "endpoint=%s console=%s control=%s",
                     mash_config_text(parent->config, MASH_OPTION_ENDPOINT),
                     mash_config_text(parent->config, MASH_OPTION_CONSOLE),
                     mash_config_text(parent->config, MASH_OPTION_CONTROL));
        }
        size_t n = mash_crew_poll(parent->crew, fds + 1);
        if (poll(fds, 1 + (nfds_t)n, wait_ms) < 0 && errno != EINTR)
            return refuse(EX_OSERR, strerror(errno));
        mash_crew_listen(parent->crew);
        handle_signals(parent);
    }
}

int
mash_parent_main(const struct mash_config *config)
{
    struct parent parent = { .config = config, .state_fd = -1, .signal_fd = -1, .fds = { -1, -1, -1, -1 } };
    mash_log_name("parent");
    int code = prepare(&parent);
    if (code == EX_OK) {
        code = run(&parent);
        (void)unlink(mash_config_text(config, MASH_OPTION_CONTROL));
        mash_log(MASH_LOG_INFO, "stopped", "exit=%d", code);
    }
    mash_crew_close(&parent.crew);
    const int fds[] = { parent.fds.log_key, parent.fds.link_key, parent.fds.control, parent.fds.http,
                        parent.state_fd, parent.signal_fd };
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    return code;
}
