/* SPDX-License-Identifier: Apache-2.0 */
/* defaults.h - what a new partnership's draft says before its members change it: an agreement as the field
 * would expect it, clocks for each notice type, the bank holidays known today. */
#ifndef MASH_CLIENTS_OPS_DEFAULTS_H
#define MASH_CLIENTS_OPS_DEFAULTS_H

#include <jansson.h>

/* Fresh JSON for agreement.json, clocks.json and calendar.json; NULL: out of memory. */
json_t *mash_default_agreement(void);
json_t *mash_default_clocks(void);
json_t *mash_default_calendar(void);

#endif
