/* SPDX-License-Identifier: Apache-2.0 */
/* passphrase.c - see passphrase.h. */
#include "clients/cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSPHRASE_MAX 1024u /* bytes with the NUL */

/* One line from fd without its newline; byte by byte, so that no buffer keeps a copy. */
static bool
read_line(int fd, char *line)
{
    size_t len = 0;
    for (;;) {
        char byte;
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || (got == 0 && len == 0))
            return false;
        if (got == 0 || byte == '\n')
            break;
        if (len + 1 == PASSPHRASE_MAX)
            return false;
        line[len++] = byte;
    }
    line[len] = '\0';
    return len > 0;
}

static bool
ask(const char *prompt, char *line)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before, silent;
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(fd, TCSAFLUSH, &silent);
    (void)dprintf(fd, "%s", prompt);
    bool ok = read_line(fd, line);
    (void)dprintf(fd, "\n");
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    (void)close(fd);
    return ok;
}

bool
passphrase_can_ask(void)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

static bool
ask_twice(const char *prompt, char *line)
{
    char *again = sodium_malloc(PASSPHRASE_MAX);
    bool same = again != NULL && ask(prompt, line) && ask("Again: ", again) && strcmp(line, again) == 0;
    if (!same)
        fprintf(stderr, "mash-client: no passphrase, or the two differ\n");
    sodium_free(again);
    return same;
}

bool
passphrase_get(const char *path, const char *prompt, bool twice, char **ret_passphrase)
{
    if (sodium_init() < 0)
        return false;
    char *line = sodium_malloc(PASSPHRASE_MAX);
    if (line == NULL)
        return false;
    bool ok = false;
    if (path != NULL) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ok = fd >= 0 && read_line(fd, line);
        if (!ok)
            fprintf(stderr, "mash-client: no passphrase in %s\n", path);
        if (fd >= 0)
            (void)close(fd);
    } else if (twice) {
        ok = ask_twice(prompt, line);
    } else {
        ok = ask(prompt, line);
        if (!ok)
            fprintf(stderr, "mash-client: no passphrase: use --passphrase-file, or a terminal\n");
    }
    if (ok)
        *ret_passphrase = line;
    else
        sodium_free(line);
    return ok;
}

void
passphrase_free(char *passphrase)
{
    sodium_free(passphrase);
}
