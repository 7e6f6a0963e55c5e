/* SPDX-License-Identifier: Apache-2.0 */
/* leads.h - which notice of a thread leads: of those of one type, the newest update, correction or
 * withdrawal; the older ones stay and say what superseded them. */
#ifndef MASH_CLIENTS_CLI_LEADS_H
#define MASH_CLIENTS_CLI_LEADS_H

#include "mash/client.h"

struct leads;

/* Look through all notices received, or all sent.  MASH_E_NOMEM and the errors of mash_client_each(). */
MASH_MUSTCHECK enum mash_err leads_gather(struct mash_client *client, bool received, struct leads **ret_leads);
void leads_free(struct leads **leads_p);

/* The id of the notice that superseded this one, borrowed; NULL: it leads.  how: "update", "correction" or
 * "withdrawn". */
const char *leads_superseded_by(const struct leads *leads, const struct mash_notice_info *info, const char **ret_how);

#endif
