/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c - see calendar.h. */
#include "proto/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "proto/identifier.h"
#include "proto/json_read.h"

#define WHERE "calendar.json"
#define DIVISION "england-and-wales"

static bool
division_ok(const char *text)
{
    return strcmp(text, DIVISION) == 0;
}

/* 20261225 of "2026-12-25", which is a date. */
static uint32_t
date_number(const char *text)
{
    uint32_t number = 0;
    for (; *text != '\0'; text++)
        if (*text != '-')
            number = number * 10 + (uint32_t)(*text - '0');
    return number;
}

static enum mash_err
take_event(json_t *value, const char *where, uint32_t *ret_date, const struct mash_why *why)
{
    const char *title = NULL, *date = NULL;
    bool bunting = false;
    json_t *event = value;
    const char *notes = json_string_value(json_object_get(value, "notes"));
    const struct mash_json_member members[] = {
        { .name = "title", .text = &title, .max = 120 },
        { .name = "date", .text = &date, .max = 10, .check = mash_date_ok, .must = "a day like 2026-12-25" },
        { .name = "bunting", .flag = &bunting, .optional = true },
        { .name = "notes", .text = &notes, .max = 200, .optional = true },
    };
    /* GOV.UK writes "notes": "" where there is none; our texts are never empty. */
    bool empty_notes = notes != NULL && notes[0] == '\0';
    if (empty_notes)
        event = json_copy(value);
    if (event == NULL)
        return MASH_E_NOMEM;
    if (empty_notes)
        (void)json_object_del(event, "notes");
    enum mash_err err = mash_json_members(event, where, members, sizeof(members) / sizeof(members[0]), why);
    if (err == MASH_OK)
        *ret_date = date_number(date);
    if (empty_notes)
        json_decref(event);
    return err;
}

/* Each year whole: a list that stops in June would make working days of August's bank holiday. */
static enum mash_err
check_years(const struct mash_calendar *calendar, const struct mash_why *why)
{
    size_t in_year = 0;
    uint32_t year = calendar->holidays[0] / 10000;
    for (size_t i = 0; i <= calendar->n_holidays; i++) {
        uint32_t next = i < calendar->n_holidays ? calendar->holidays[i] / 10000 : year + 1;
        if (next != year && (in_year < MASH_HOLIDAYS_A_YEAR || next != year + 1))
            return mash_why_set(why, MASH_E_VALUE,
                                WHERE ": year %u has %zu bank holidays or the year after it is missing", year, in_year);
        in_year = next == year ? in_year + 1 : 1;
        year = next;
    }
    return MASH_OK;
}

static enum mash_err
take_events(struct mash_calendar *calendar, json_t *events, const struct mash_why *why)
{
    size_t count = json_array_size(events);
    calendar->holidays = calloc(count, sizeof(*calendar->holidays));
    if (calendar->holidays == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        char where[MASH_JSON_WHERE_SIZE];
        mash_json_element(where, WHERE ": " DIVISION, "events", i);
        enum mash_err err = take_event(json_array_get(events, i), where, &calendar->holidays[i], why);
        if (err == MASH_OK && i > 0 && calendar->holidays[i] <= calendar->holidays[i - 1])
            err = mash_why_set(why, MASH_E_VALUE, "%s.date: is not after the one before", where);
        if (err != MASH_OK)
            return err;
        calendar->n_holidays++;
    }
    return check_years(calendar, why);
}

enum mash_err
mash_calendar_read(struct mash_span in, struct mash_calendar *ret_calendar, const struct mash_why *why)
{
    struct mash_calendar calendar = { NULL, 0 };
    const char *format = NULL, *division = NULL;
    json_t *root = NULL, *england = NULL, *events = NULL;
    const struct mash_json_member members[] = {
        { .name = "format", .text = &format, .max = 40 },
        { .name = DIVISION, .object = &england },
    };
    const struct mash_json_member parts[] = {
        { .name = "division", .text = &division, .max = 40, .check = division_ok, .must = "\"" DIVISION "\"" },
        { .name = "events", .list = &events, .least = MASH_HOLIDAYS_A_YEAR, .most = MASH_HOLIDAYS_MAX },
    };
    enum mash_err err = mash_json_parse(in, "mash/calendar/v1", WHERE, &root, why);
    if (err == MASH_OK)
        err = mash_json_members(root, WHERE, members, 2, why);
    if (err == MASH_OK)
        err = mash_json_members(england, WHERE ": " DIVISION, parts, 2, why);
    if (err == MASH_OK)
        err = take_events(&calendar, events, why);
    json_decref(root);
    if (err == MASH_OK)
        *ret_calendar = calendar;
    else
        mash_calendar_free(&calendar);
    return err;
}

void
mash_calendar_free(struct mash_calendar *calendar)
{
    free(calendar->holidays);
    *calendar = (struct mash_calendar){ NULL, 0 };
}
