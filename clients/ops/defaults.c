/* SPDX-License-Identifier: Apache-2.0 */
/* defaults.c - see defaults.h.  Tables only: the partnership edits the files made from them.
 * Sources of the times: Working Together chapter 1 (decision on a referral within one working day) and
 * local procedures; of the holidays: Banking and Financial Dealings Act 1971 and royal proclamations. */
#include "clients/ops/defaults.h"

#include <string.h>

#define LIST_MAX 8
#define HOUR 3600
#define DAY (24 * HOUR)

#define ART_6_9 "UK GDPR Art 6(1)(e), 9(2)(g) with DPA 2018 Sch 1 para 18 (safeguarding)"

static const struct rule {
    const char *types[LIST_MAX], *from[LIST_MAX], *to[LIST_MAX];
    const char *basis;
} rules[] = {
    { { "CONTACT", "REFERRAL" }, { "*" }, { "kind:social-care" },
      "Children Act 1989 s.17, s.47; Children Act 2004 s.11; " ART_6_9 },
    { { "REFERRAL" }, { "kind:social-care" },
      { "kind:health", "kind:early-help", "kind:housing", "kind:domestic-abuse" },
      "Children Act 1989 s.17, s.27; Children Act 2004 s.10; " ART_6_9 },
    { { "MISSING_CHILD" },
      { "kind:police", "kind:social-care", "kind:health", "kind:school" },
      { "kind:police", "kind:social-care", "kind:health", "kind:school" },
      "Children Act 2004 s.10, s.11; " ART_6_9 },
    { { "MARAC_REFERRAL" }, { "*" }, { "kind:marac" }, "Crime and Disorder Act 1998 s.115; " ART_6_9 },
    { { "DECISION" }, { "kind:social-care", "kind:marac" }, { "*" },
      "Children Act 2004 s.10, s.11; " ART_6_9 },
};

static const struct clock {
    const char *type, *when_stale;
    int receipt, collect, acknowledge, immediate_collect, immediate_acknowledge; /* seconds */
} clocks[] = {
    { "CONTACT", "hold", 120, 4 * HOUR, DAY, 900, 1800 },
    { "REFERRAL", "send", 120, HOUR, DAY, 300, 900 },
    { "MISSING_CHILD", "send", 60, 900, HOUR, 300, 900 },
    { "MARAC_REFERRAL", "send", 120, 4 * HOUR, DAY, 900, HOUR },
    { "DECISION", "hold", 120, DAY, 3 * DAY, HOUR, 4 * HOUR },
};

static const struct holiday {
    const char *date, *title;
} holidays[] = {
    { "2026-01-01", "New Year\u2019s Day" },
    { "2026-04-03", "Good Friday" },
    { "2026-04-06", "Easter Monday" },
    { "2026-05-04", "Early May bank holiday" },
    { "2026-05-25", "Spring bank holiday" },
    { "2026-08-31", "Summer bank holiday" },
    { "2026-12-25", "Christmas Day" },
    { "2026-12-28", "Boxing Day (substitute day)" },
    { "2027-01-01", "New Year\u2019s Day" },
    { "2027-03-26", "Good Friday" },
    { "2027-03-29", "Easter Monday" },
    { "2027-05-03", "Early May bank holiday" },
    { "2027-05-31", "Spring bank holiday" },
    { "2027-08-30", "Summer bank holiday" },
    { "2027-12-27", "Christmas Day (substitute day)" },
    { "2027-12-28", "Boxing Day (substitute day)" },
    { "2028-01-03", "New Year\u2019s Day (substitute day)" },
    { "2028-04-14", "Good Friday" },
    { "2028-04-17", "Easter Monday" },
    { "2028-05-01", "Early May bank holiday" },
    { "2028-05-29", "Spring bank holiday" },
    { "2028-08-28", "Summer bank holiday" },
    { "2028-12-25", "Christmas Day" },
    { "2028-12-26", "Boxing Day" },
};

static json_t *
texts(const char *const list[LIST_MAX])
{
    json_t *json = json_array();
    for (size_t i = 0; i < LIST_MAX && list[i] != NULL; i++)
        if (json_array_append_new(json, json_string(list[i])) != 0) {
            json_decref(json);
            return NULL;
        }
    return json;
}

/* Append row; on failure the list is given up and becomes NULL. */
static void
append_row(json_t **list, json_t *row)
{
    if (json_array_append_new(*list, row) == 0)
        return;
    json_decref(*list);
    *list = NULL;
}

json_t *
mash_default_agreement(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        append_row(&list, json_pack("{s:o, s:o, s:o, s:s}", "types", texts(rules[i].types), "from",
                                    texts(rules[i].from), "to", texts(rules[i].to), "basis", rules[i].basis));
    return json_pack("{s:s, s:o}", "format", "mash/agreement/v1", "rules", list);
}

json_t *
mash_default_clocks(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
        append_row(&list, json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i}", "type", clocks[i].type, "when_stale",
                                    clocks[i].when_stale, "receipt_within_s", clocks[i].receipt, "collect_within_s",
                                    clocks[i].collect, "acknowledge_within_s", clocks[i].acknowledge,
                                    "immediate_collect_within_s", clocks[i].immediate_collect,
                                    "immediate_acknowledge_within_s", clocks[i].immediate_acknowledge));
    return json_pack("{s:s, s:o}", "format", "mash/clocks/v1", "types", list);
}

json_t *
mash_default_calendar(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(holidays) / sizeof(holidays[0]); i++)
        append_row(&list, json_pack("{s:s, s:s, s:s, s:b}", "title", holidays[i].title, "date", holidays[i].date,
                                    "notes", strstr(holidays[i].title, "substitute") != NULL ? "Substitute day" : "",
                                    "bunting", strstr(holidays[i].title, "Good Friday") == NULL));
    return json_pack("{s:s, s:{s:s, s:o}}", "format", "mash/calendar/v1", "england-and-wales", "division",
                     "england-and-wales", "events", list);
}
