/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h - calendar.json: bank holidays of England and Wales in the shape of GOV.UK's
 * bank-holidays.json.  Whoever counts working days refuses to count past the last year.
 * Internal to the bundle.  Format: PROTOCOL.md "Bundle". */
#ifndef MASH_PROTO_CALENDAR_H
#define MASH_PROTO_CALENDAR_H

#include "proto/bytes.h"
#include "proto/why.h"

#define MASH_HOLIDAYS_MAX 1000u
#define MASH_HOLIDAYS_A_YEAR 8u /* England and Wales has never had fewer since 1978 */

struct mash_calendar {
    uint32_t *holidays; /* as 20261225, ascending; each year from the first to the last is whole */
    size_t n_holidays;
};

/* ret_calendar: release with mash_calendar_free().  MASH_E_FORMAT, _VALUE, _VERSION, _LIMIT, _NOMEM. */
MASH_MUSTCHECK enum mash_err mash_calendar_read(struct mash_span in, struct mash_calendar *ret_calendar,
                                                const struct mash_why *why);
void mash_calendar_free(struct mash_calendar *calendar);

#endif
