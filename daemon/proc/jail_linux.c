/* SPDX-License-Identifier: Apache-2.0 */
/* jail_linux.c - see jail.h.  Landlock by its system calls: Debian 12 has no library for it, and its kernel
 * header stops at ABI 3, so the newer bits stand here (Documentation/userspace-api/landlock.rst). */
#include "daemon/proc/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/proc/log.h"

#define ABI_TCP 4      /* first with TCP rules */
#define ABI_SCOPE 6    /* first with scopes */
#define NET_BIND 1ull  /* LANDLOCK_ACCESS_NET_BIND_TCP */
#define NET_CONNECT 2ull
#define SCOPE_ABSTRACT_UNIX 1ull
#define SCOPE_SIGNAL 2ull
#define RULE_NET_PORT 2

/* struct landlock_ruleset_attr and landlock_net_port_attr as newer headers have them. */
struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scoped;
};

struct port_rule {
    uint64_t access;
    uint64_t port;
};

enum mash_err
mash_jail_basics(void)
{
    const struct rlimit none = { 0, 0 };
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return MASH_E_IO;
    return MASH_OK;
}

enum mash_err
mash_jail_become(unsigned uid, unsigned gid)
{
    uid_t real_uid, effective_uid, saved_uid;
    gid_t real_gid, effective_gid, saved_gid;
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return MASH_E_IO;
    if (getresuid(&real_uid, &effective_uid, &saved_uid) != 0 || getresgid(&real_gid, &effective_gid, &saved_gid) != 0)
        return MASH_E_IO;
    bool all = real_uid == uid && effective_uid == uid && saved_uid == uid && real_gid == gid &&
               effective_gid == gid && saved_gid == gid;
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a change of uid may have set it again */
    return all && (uid == 0 || setresuid(0, 0, 0) != 0) ? MASH_OK : MASH_E_IO; /* and no way back */
}

/* Every right over files that this ABI knows. */
static uint64_t
all_file_rights(long abi)
{
    unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return (1ull << bits) - 1u;
}

static int
allow_directory(int ruleset, const char *path, uint64_t handled)
{
    const uint64_t never = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                           LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SOCK | (1ull << 15) /* IOCTL_DEV */;
    struct landlock_path_beneath_attr rule = { .allowed_access = handled & ~never };
    rule.parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT ? 0 : -1;
    long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    (void)close(rule.parent_fd);
    return result == 0 ? 0 : -1;
}

static int
allow_port(int ruleset, uint64_t access, uint16_t port)
{
    const struct port_rule rule = { access, port };
    return port == 0 ? 0 : (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

static enum mash_err
restrict_self(const struct mash_jail *jail, long abi)
{
    struct ruleset attr = { .files = all_file_rights(abi) };
    size_t size = sizeof(attr.files);
    if (abi >= ABI_TCP) {
        attr.net = NET_BIND | NET_CONNECT;
        size += sizeof(attr.net);
    }
    if (abi >= ABI_SCOPE) {
        attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
        size += sizeof(attr.scoped);
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return MASH_E_IO;

    int failed = 0;
    for (size_t i = 0; i < sizeof(jail->directories) / sizeof(jail->directories[0]); i++)
        if (jail->directories[i] != NULL)
            failed |= allow_directory(ruleset, jail->directories[i], attr.files);
    if (abi >= ABI_TCP)
        failed |= allow_port(ruleset, NET_BIND, jail->bind_port) |
                  allow_port(ruleset, NET_CONNECT, jail->connect_port);
    if (failed == 0)
        failed = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    (void)close(ruleset);
    return failed == 0 ? MASH_OK : MASH_E_IO;
}

enum mash_err
mash_jail_enter(const struct mash_jail *jail)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) {
        mash_log(MASH_LOG_WARN, "jail-degraded", "landlock=none why=\"%s\"", strerror(errno));
        return MASH_OK;
    }
    enum mash_err err = restrict_self(jail, abi);
    if (err != MASH_OK)
        mash_log(MASH_LOG_ERROR, "jail-failed", "landlock=%ld why=\"%s\"", abi, strerror(errno));
    else
        mash_log(abi >= ABI_TCP ? MASH_LOG_INFO : MASH_LOG_WARN, abi >= ABI_TCP ? "jailed" : "jail-degraded",
                 "landlock=%ld tcp=%s signals=%s", abi, abi >= ABI_TCP ? "closed" : "open",
                 abi >= ABI_SCOPE ? "closed" : "open");
    return err;
}
