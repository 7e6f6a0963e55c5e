/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_restore.c - `mashctl restore`: put a backup back.  Off-line: no broker may run on the directory.
 * The mark `restored` goes first, so that no moment shows a restored store without it: the broker then
 * signs nothing until two operators (or a witness quorum) have confirmed the head. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "clients/ops/online_commands.h"

static const char doc[] =
    "Put a backup back into an empty state directory.\v"
    "STATE must hold no store: move a damaged one aside, it is evidence.  Afterwards start mashd: it is read-only\n"
    "until two operators have run `mashctl confirm-restore`.  Clients that connect afterwards check both signatures\n"
    "and refill what was receipted after the backup: `mash-client watch` at once, otherwise the next\n"
    "`mash-client resubmit`.\n\n"
    "Example:\n"
    "  mashctl restore /var/backups/mashd-2026-11-22 /var/lib/mashd\n";

/* In this order. */
static const char *const names[] = { "restored", "floor", "store.db" };
#define STORE_FILE "store.db"
#define LOCK_FILE "lock"

struct restore {
    char *backup, *state;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct restore *restore = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (restore->backup == NULL)
            restore->backup = arg;
        else if (restore->state == NULL)
            restore->state = arg;
        else
            argp_usage(state);
        return 0;
    case ARGP_KEY_END:
        if (restore->state == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int
complain(const char *folder, const char *name, int code)
{
    fprintf(stderr, "mashctl restore: %s/%s: %s\n", folder, name, strerror(errno));
    return code;
}

static bool
copy_bytes(int from, int to)
{
    static char block[1 << 16];
    for (;;) {
        ssize_t got = read(from, block, sizeof(block));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, block + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return false;
            done += put > 0 ? put : 0;
        }
    }
}

/* The broker runs as the directory's owner: what root makes there must be the owner's too. */
static bool
give_to_owner(int state_fd, int fd)
{
    struct stat owner;
    return geteuid() != 0 ||
           (fstat(state_fd, &owner) == 0 && fchown(fd, owner.st_uid, owner.st_gid) == 0);
}

static int
copy_file(const struct restore *restore, int backup_fd, int state_fd, const char *name)
{
    int from = openat(backup_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from < 0)
        return complain(restore->backup, name, EX_NOINPUT);
    int to = openat(state_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int code = EX_OK;
    if (to < 0 || !copy_bytes(from, to) || fsync(to) != 0)
        code = complain(restore->state, name, errno == EEXIST ? EX_CANTCREAT : EX_IOERR);
    if (code == EX_OK && !give_to_owner(state_fd, to))
        code = complain(restore->state, name, EX_IOERR);
    if (to >= 0)
        (void)close(to);
    (void)close(from);
    return code;
}

static int
restore_into(const struct restore *restore, int backup_fd, int state_fd)
{
    if (faccessat(state_fd, STORE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        fprintf(stderr, "mashctl restore: %s holds a store already: move it aside first, it is evidence\n",
                restore->state);
        return EX_CANTCREAT;
    }
    int lock = openat(state_fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || !give_to_owner(state_fd, lock))
        return complain(restore->state, LOCK_FILE, EX_IOERR);
    int code = EX_OK;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "mashctl restore: a broker runs on %s: stop it first\n", restore->state);
        code = EX_TEMPFAIL;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && code == EX_OK; i++)
        code = copy_file(restore, backup_fd, state_fd, names[i]);
    if (code == EX_OK && fsync(state_fd) != 0)
        code = complain(restore->state, "", EX_IOERR);
    (void)close(lock);
    return code;
}

int
mash_cmd_restore(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, "BACKUP STATE", doc, NULL, NULL, NULL };
    struct restore restore = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &restore);

    int backup_fd = open(restore.backup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (backup_fd < 0)
        return complain(restore.backup, "", EX_NOINPUT);
    int state_fd = open(restore.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state_fd < 0) {
        (void)close(backup_fd);
        return complain(restore.state, "", EX_NOINPUT);
    }
    int code = restore_into(&restore, backup_fd, state_fd);
    (void)close(state_fd);
    (void)close(backup_fd);
    if (code == EX_OK)
        printf("Restored, and marked so: mashd signs nothing until two operators confirm the head.\n");
    return code;
}
