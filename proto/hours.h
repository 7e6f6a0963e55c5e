/* SPDX-License-Identifier: Apache-2.0 */
/* hours.h - when a mailbox is staffed, and phone numbers, as the registry writes them. */
#ifndef MASH_PROTO_HOURS_H
#define MASH_PROTO_HOURS_H

#include <stdbool.h>

/* "24h", or up to 14 spans with ", " between them: DAY[-DAY] HH:MM-HH:MM, days mon to sun in week order,
 * times 00:00 to 24:00, local time, the first before the second: "mon-thu 08:30-17:00, fri 08:30-16:30". */
bool mash_hours_ok(const char *text);

#define MASH_WEEK_MINUTES (7u * 24u * 60u)

/* Is a mailbox with these hours (mash_hours_ok()) staffed?  week_minute: minutes on the local clock since
 * Monday 00:00, below MASH_WEEK_MINUTES; holiday: the local day is a bank holiday.  On one only "24h" and
 * spans of the whole week ("mon-sun ...") are staffed.  A span includes its first minute and not its last;
 * none crosses midnight. */
bool mash_hours_open(const char *text, unsigned week_minute, bool holiday);

/* Digits, and inside single spaces, '-', '(' and ')'; "+" may stand first, " ext 12" last; 3 to 40
 * characters with at least 3 digits. */
bool mash_phone_ok(const char *text);

#endif
