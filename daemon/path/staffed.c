/* SPDX-License-Identifier: Apache-2.0 */
/* staffed.c - see staffed.h. */
#include "daemon/path/staffed.h"

#include <stdlib.h>
#include <time.h>

#include "proto/hours.h"

enum { A_SUMMER_DAY = 1751371200, HOUR_S = 3600 }; /* 2025-07-01T12:00:00Z */

void
mash_staffed_zone(void)
{
    struct tm local;
    const time_t summer = A_SUMMER_DAY;
    (void)setenv("TZ", "Europe/London", 1);
    tzset();
    /* a name that the C library has no file for is taken for UTC without a word */
    if (localtime_r(&summer, &local) != NULL && local.tm_gmtoff == HOUR_S)
        return;
    (void)setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1);
    tzset();
}

static bool
is_holiday(const struct mash_bundle *bundle, const struct tm *local)
{
    size_t count;
    const uint32_t *holidays = mash_bundle_holidays(bundle, &count);
    uint32_t date = (uint32_t)(local->tm_year + 1900) * 10000u + (uint32_t)(local->tm_mon + 1) * 100u +
                    (uint32_t)local->tm_mday;
    for (size_t i = 0; i < count && holidays[i] <= date; i++)
        if (holidays[i] == date)
            return true;
    return false;
}

bool
mash_staffed(const struct mash_bundle *bundle, const struct mash_mailbox *mailbox, uint64_t now_ms)
{
    struct tm local;
    const time_t now = (time_t)(now_ms / 1000u);
    if (localtime_r(&now, &local) == NULL)
        return true; /* no calendar has this year */
    unsigned day = ((unsigned)local.tm_wday + 6u) % 7u; /* tm_wday begins with Sunday */
    unsigned week_minute = (day * 24u + (unsigned)local.tm_hour) * 60u + (unsigned)local.tm_min;
    return mash_hours_open(mailbox->hours, week_minute, is_holiday(bundle, &local));
}
