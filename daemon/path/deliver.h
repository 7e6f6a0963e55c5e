/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.h - from the queue to the recipient: open Fetch requests and what waits for their mailboxes.
 * Starts from the store's items, never from what has just come in, so a restart is no special case.
 * Inside a group, gather() logs one delivery entry for each notice that an installation is handed for the
 * first time; after the commit, send() hands over.  Credit and cursor move only in send(). */
#ifndef MASH_DAEMON_PATH_DELIVER_H
#define MASH_DAEMON_PATH_DELIVER_H

#include "daemon/path/path.h"

#define MASH_FETCHES_MAX 4096u           /* open at once */
#define MASH_FETCHES_CONNECTION_MAX 64u  /* of one connection: one a mailbox and some */
#define MASH_FETCH_WAIT_MAX_MS 60000u
#define MASH_DELIVERIES_GROUP_MAX 256u   /* of one group: the next comes at once */
#define MASH_DELIVERY_ROOM (2u * 1024u * 1024u) /* free bytes that a delivery needs in the sink */

/* MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_fetches_open(struct mash_fetches **ret_fetches);
void mash_fetches_close(struct mash_fetches **fetches_p);

/* Keep request's Fetch open and look at its mailbox in this group; sets request->fetching.
 * MASH_E_FULL: too many are open (the table, not the disk); MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_deliver_open(struct mash_path *path, struct mash_request *request);

/* Something was queued for mailbox; NULL: the law changed, look at all. */
void mash_deliver_wake(struct mash_path *path, const char *mailbox);

/* The connection has ended; UINT64_MAX: all of them (the gate has gone). */
void mash_deliver_gone(struct mash_path *path, uint64_t connection);

/* Choose what to hand over and log it.  Inside a group; errors of mash_path_append(). */
MASH_MUSTCHECK enum mash_err mash_deliver_gather(struct mash_path *path);

/* After the commit: hand over, end what is done or over its time. */
MASH_MUSTCHECK enum mash_err mash_deliver_send(struct mash_path *path);

/* After a rollback: forget what was chosen and end those Fetches with why. */
MASH_MUSTCHECK enum mash_err mash_deliver_failed(struct mash_path *path, enum mash_answer_id why);

/* After a rollback: was it while choosing for a Fetch that gather() failed?  Then that one is ended with why
 * by the next group, and the others can be served. */
bool mash_deliver_blame(struct mash_path *path, enum mash_answer_id why);

/* Must a group run now for deliveries? */
bool mash_deliver_due(struct mash_path *path);
/* Monotonic time of the earliest end of a Fetch for which nothing waits; UINT64_MAX: none. */
uint64_t mash_deliver_deadline(const struct mash_path *path);

#endif
