/* SPDX-License-Identifier: Apache-2.0 */
/* hours.c - see hours.h. */
#include "proto/hours.h"

#include <stddef.h>
#include <string.h>

#define SPANS_MAX 14
#define PHONE_MAX 40

/* Days 0 (mon) to 6, both staffed; times in minutes since midnight, the last one not. */
struct span {
    int first_day, last_day;
    int from, to;
};

/* Take a day's name off *text: 0 (mon) to 6, or -1. */
static int
take_day(const char **text)
{
    static const char names[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    for (int i = 0; i < 7; i++)
        if (strncmp(*text, names[i], 3) == 0) {
            *text += 3;
            return i;
        }
    return -1;
}

static int
take_two_digits(const char **text)
{
    const char *at = *text;
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return -1;
    *text += 2;
    return (at[0] - '0') * 10 + (at[1] - '0');
}

static bool
take_char(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

/* Take HH:MM off *text: minutes since midnight, or -1. */
static int
take_time(const char **text)
{
    int hour = take_two_digits(text);
    if (hour < 0 || !take_char(text, ':'))
        return -1;
    int minute = take_two_digits(text);
    if (minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60)
        return -1;
    return hour * 60 + minute;
}

static bool
take_span(const char **text, struct span *ret_span)
{
    int first = take_day(text);
    int last = first;
    if (first >= 0 && take_char(text, '-'))
        last = take_day(text);
    if (first < 0 || last < first || !take_char(text, ' '))
        return false;
    int from = take_time(text);
    if (from < 0 || !take_char(text, '-'))
        return false;
    int to = take_time(text);
    *ret_span = (struct span){ first, last, from, to };
    return to > from;
}

bool
mash_hours_ok(const char *text)
{
    if (strcmp(text, "24h") == 0)
        return true;
    for (int i = 0; i < SPANS_MAX; i++) {
        struct span span;
        if (!take_span(&text, &span))
            return false;
        if (*text == '\0')
            return true;
        if (!take_char(&text, ',') || !take_char(&text, ' '))
            return false;
    }
    return false;
}

bool
mash_hours_open(const char *text, unsigned week_minute, bool holiday)
{
    if (strcmp(text, "24h") == 0)
        return true;
    int day = (int)(week_minute / (24 * 60)), minute = (int)(week_minute % (24 * 60));
    for (int i = 0; i < SPANS_MAX; i++) {
        struct span span;
        if (!take_span(&text, &span))
            return false;
        bool whole_week = span.first_day == 0 && span.last_day == 6;
        if (day >= span.first_day && day <= span.last_day && minute >= span.from && minute < span.to &&
            (whole_week || !holiday))
            return true;
        if (!take_char(&text, ',') || !take_char(&text, ' '))
            return false;
    }
    return false;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool
mash_phone_ok(const char *text)
{
    size_t len = strlen(text);
    const char *extension = strstr(text, " ext ");
    size_t main_len = extension != NULL ? (size_t)(extension - text) : len;
    size_t digits = 0;
    if (len > PHONE_MAX || (extension != NULL && !is_digit(extension[5])))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (i == main_len)
            i += strlen(" ext ");
        bool inner = i > 0 && i < main_len && (strchr("-()", text[i]) != NULL ||
                                               (text[i] == ' ' && text[i - 1] != ' ' && i + 1 < main_len));
        if (!is_digit(text[i]) && !inner && !(i == 0 && strchr("+(", text[i]) != NULL))
            return false;
        digits += is_digit(text[i]);
    }
    return digits >= 3;
}
