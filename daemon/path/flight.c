/* SPDX-License-Identifier: Apache-2.0 */
/* flight.c - see flight.h. */
#include "daemon/path/flight.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mash_flight_settle(struct mash_flight *flight, enum mash_answer_id answer, const char *format, ...)
{
    flight->settled = true;
    flight->answer = answer;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(flight->more, sizeof(flight->more), format, args); /* a longer text is cut */
    va_end(args);
}

enum mash_err
mash_flight_faults(struct mash_flight *flight, const struct mash_faults *faults)
{
    if (faults->count == 0)
        return MASH_OK;
    if (flight->faults == NULL)
        flight->faults = malloc(sizeof(*flight->faults));
    if (flight->faults == NULL)
        return MASH_E_NOMEM;
    *flight->faults = *faults;
    return MASH_OK;
}

void
mash_flight_flag(struct mash_flight *flight, const char *flag)
{
    assert(flight->n_flags < MASH_FLIGHT_FLAGS_MAX);
    size_t at = flight->n_flags++;
    for (; at > 0 && strcmp(flight->flags[at - 1], flag) > 0; at--)
        flight->flags[at] = flight->flags[at - 1];
    flight->flags[at] = flag;
}

void
mash_flight_sentence(const struct mash_flight *flight, char *ret_text, size_t size)
{
    const struct mash_answer *row = mash_answer(flight->answer);
    (void)snprintf(ret_text, size, "%s%s%s", row->sentence, flight->more[0] != '\0' ? " " : "", flight->more);
}

static void
flight_clear(struct mash_flight *flight)
{
    free(flight->faults);
    mash_message_free(&flight->manifest);
    mash_message_free(&flight->status);
}

void
mash_request_again(struct mash_request *request)
{
    struct mash_request fresh = { .connection = request->connection, .link_id = request->link_id,
                                  .frame = request->frame };
    request->frame = mash_bytes_max(0);
    mash_request_clear(request);
    *request = fresh;
}

void
mash_request_clear(struct mash_request *request)
{
    flight_clear(&request->whole);
    for (size_t i = 0; i < request->n_flights; i++)
        flight_clear(&request->flights[i]);
    free(request->flights);
    mash_message_free(&request->message);
    mash_bytes_free(&request->frame);
    *request = (struct mash_request){ 0 };
}
