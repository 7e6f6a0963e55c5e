/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - see log.h.  In a role stderr is a pipe to the parent, which puts the role's name before each line. */
#include "daemon/proc/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024u

static const char *const level_names[] = { "info", "warn", "error" };

static const char *log_name = ""; /* set once by the parent */

void
mash_log_name(const char *name)
{
    log_name = name;
}

static size_t
put_time(char *line, size_t size)
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    int more = snprintf(line, size, "%s%s%s", log_name[0] != '\0' ? "role=" : "", log_name,
                        log_name[0] != '\0' ? " " : "");
    size_t len = more > 0 ? (size_t)more : 0;
    len += strftime(line + len, size - len, "time=%Y-%m-%dT%H:%M:%S", &utc);
    more = snprintf(line + len, size - len, ".%03ldZ", now.tv_nsec / 1000000);
    return more > 0 ? len + (size_t)more : len;
}

void
mash_log(enum mash_log_level level, const char *event, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    const size_t room = sizeof(line) - 1; /* for the newline */
    size_t len = put_time(line, room);

    int more = snprintf(line + len, room - len, " level=%s event=%s ", level_names[level], event);
    if (more > 0 && (size_t)more < room - len)
        len += (size_t)more;

    va_list args;
    va_start(args, format);
    more = vsnprintf(line + len, room - len, format, args);
    va_end(args);
    if (more > 0)
        len = (size_t)more < room - len ? len + (size_t)more : room - 1;

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?'; /* one event, one line, whatever a value held */
    while (len > 0 && line[len - 1] == ' ')
        len--;
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* nowhere left to say that the log is gone */
}

void
mash_log_id(struct mash_span id, char ret_text[static 9])
{
    static const char digits[] = "0123456789abcdef";
    size_t len = id.len < 4 ? id.len : 4;
    for (size_t i = 0; i < len; i++) {
        ret_text[2 * i] = digits[id.data[i] >> 4];
        ret_text[2 * i + 1] = digits[id.data[i] & 15];
    }
    ret_text[2 * len] = '\0';
}
