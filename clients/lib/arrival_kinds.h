/* SPDX-License-Identifier: Apache-2.0 */
/* arrival_kinds.h - the three kinds of delivery, each verified and stored by its own function.
 * Errors for which mash_arrival_is_fault() holds lead to quarantine, others to trying again. */
#ifndef MASH_CLIENTS_LIB_ARRIVAL_KINDS_H
#define MASH_CLIENTS_LIB_ARRIVAL_KINDS_H

#include "clients/lib/arrival.h"
#include "proto/batch.h"

/* Is it the delivery that is at fault, rather than our disk, memory or connection? */
bool mash_arrival_is_fault(enum mash_err err);

/* A notice for the mailbox. */
MASH_MUSTCHECK enum mash_err mash_arrival_notice(struct mash_client *client, const Mash__Delivery *delivery,
                                                 struct mash_collected *counts);
/* A status of another party to a notice that the mailbox sent. */
MASH_MUSTCHECK enum mash_err mash_arrival_told(struct mash_client *client, const Mash__Delivery *delivery,
                                               struct mash_collected *counts);
/* A report of the exchange. */
MASH_MUSTCHECK enum mash_err mash_arrival_report(struct mash_client *client, const Mash__Delivery *delivery,
                                                 struct mash_collected *counts);

#endif
