/* SPDX-License-Identifier: Apache-2.0 */
/* identifier.c - see identifier.h. */
#include "proto/identifier.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool
digit(char c)
{
    return c >= '0' && c <= '9';
}

/* NHS Data Dictionary: weights 10 to 2 on the first nine digits; 11 - sum mod 11, 11 counts as 0. */
bool
mash_nhs_number_ok(const char *text)
{
    char digits[11];
    size_t n = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] == ' ' && (i == 3 || i == 7))
            continue;
        if (!digit(text[i]) || n == 10)
            return false;
        digits[n++] = text[i];
    }
    if (n != 10)
        return false;
    int sum = 0;
    for (int i = 0; i < 9; i++)
        sum += (digits[i] - '0') * (10 - i);
    int check = 11 - sum % 11;
    if (check == 11)
        check = 0;
    return check != 10 && check == digits[9] - '0';
}

/* DfE: check letter = sum of digit_i * i for positions 2 to 13, modulo 23; no I, O, S.  A temporary
 * UPN ends in a letter, counted by its place in the same alphabet. */
bool
mash_upn_ok(const char *text)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
    if (strlen(text) != 13)
        return false;
    unsigned sum = 0;
    for (unsigned i = 1; i < 13; i++) {
        unsigned value;
        if (digit(text[i])) {
            value = (unsigned)(text[i] - '0');
        } else {
            const char *at = i == 12 ? strchr(letters, text[i]) : NULL;
            if (at == NULL)
                return false;
            value = (unsigned)(at - letters);
        }
        sum += value * (i + 1);
    }
    return text[0] == letters[sum % 23];
}

static bool
number(const char *text, size_t digits, int *ret_value)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!digit(text[i]))
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *ret_value = value;
    return true;
}

static bool
read_date(const char *text, int *ret_year, int *ret_month, int *ret_day)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year;
    int month;
    int day;
    if (!number(text, 4, &year) || text[4] != '-' || !number(text + 5, 2, &month) || text[7] != '-' ||
        !number(text + 8, 2, &day))
        return false;
    if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > days[month - 1] + (leap && month == 2 ? 1 : 0))
        return false;
    *ret_year = year;
    *ret_month = month;
    *ret_day = day;
    return true;
}

bool
mash_date_ok(const char *text)
{
    int year;
    int month;
    int day;
    return strlen(text) == 10 && read_date(text, &year, &month, &day);
}

bool
mash_time_parse(const char *text, uint64_t *ret_ms)
{
    struct tm tm = { 0 };
    int offset_minutes = 0;
    size_t len = strlen(text);
    if (len < 20 || !read_date(text, &tm.tm_year, &tm.tm_mon, &tm.tm_mday) || text[10] != 'T' ||
        !number(text + 11, 2, &tm.tm_hour) || text[13] != ':' || !number(text + 14, 2, &tm.tm_min) ||
        text[16] != ':' || !number(text + 17, 2, &tm.tm_sec))
        return false;
    if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
        return false;
    if (text[19] == '+' || text[19] == '-') {
        int hours;
        int minutes;
        if (len != 25 || !number(text + 20, 2, &hours) || text[22] != ':' || !number(text + 23, 2, &minutes) ||
            hours > 14 || minutes > 59)
            return false;
        offset_minutes = (hours * 60 + minutes) * (text[19] == '-' ? -1 : 1);
    } else if (len != 20 || text[19] != 'Z') {
        return false;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t seconds = (int64_t)timegm(&tm) - offset_minutes * 60;
    if (seconds < 0)
        return false;
    if (ret_ms != NULL)
        *ret_ms = (uint64_t)seconds * 1000;
    return true;
}

void
mash_time_text(uint64_t ms, char ret_text[static 21])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL || tm.tm_year > 8099)
        memset(&tm, 0, sizeof(tm));
    (void)strftime(ret_text, 21, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
