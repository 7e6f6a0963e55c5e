/* SPDX-License-Identifier: Apache-2.0 */
/* act_codes.h - the codes of what a person says about a notice, checked before it is signed: a code outside
 * its list would be refused by the exchange only after the trip, without saying which ones there are. */
#ifndef MASH_CLIENTS_LIB_ACT_CODES_H
#define MASH_CLIENTS_LIB_ACT_CODES_H

#include "clients/lib/client.h"

/* Are grade, reason and outcomes of act allowed with this state and type of notice?
 * MASH_E_VALUE: mash_client_why() names the first wrong one and lists those that are allowed.
 * Outcomes of a type that this program does not know are left to the exchange. */
MASH_MUSTCHECK enum mash_err mash_act_codes_check(struct mash_client *client, const char *type, Mash__State state,
                                                  const struct mash_act *act);

#endif
