/* SPDX-License-Identifier: Apache-2.0 */
/* stage.h - the stages of the message path, one a file, in the order of path.c's table.
 * A stage settles a flight (the peer's fault: refused, with the answer) or returns an error (the world's
 * fault: disk full, I/O, memory), never both.  Errors are those of daemon/store/store.h. */
#ifndef MASH_DAEMON_PATH_STAGE_H
#define MASH_DAEMON_PATH_STAGE_H

#include "daemon/path/path.h"

/* accept: who asks, how much, and may anything be answered now?  Cheap refusals first. */
MASH_MUSTCHECK enum mash_err mash_stage_accept(struct mash_path *path, struct mash_request *request);
/* parse: bytes to messages, each field on its own; one flight for each notice or status. */
MASH_MUSTCHECK enum mash_err mash_stage_parse(struct mash_path *path, struct mash_request *request);
/* Between them: make the claims of a request's flights and let them be verified ahead. */
void mash_authorise_ahead(struct mash_path *path, struct mash_request *request);
/* authorise: may this installation, key and mailbox do this now?  Only refuses, writes nothing. */
MASH_MUSTCHECK enum mash_err mash_stage_greeted(struct mash_path *path, struct mash_request *request);
MASH_MUSTCHECK enum mash_err mash_stage_authorise(struct mash_path *path, struct mash_flight *flight);
/* store: body, log entry, notice row. */
MASH_MUSTCHECK enum mash_err mash_stage_store(struct mash_path *path, struct mash_flight *flight);
/* route: one obligation a recipient, one item a mailbox that must hear of it. */
MASH_MUSTCHECK enum mash_err mash_stage_route(struct mash_path *path, struct mash_flight *flight);
/* commit: counts, checkpoint, one durable transaction for the group. */
MASH_MUSTCHECK enum mash_err mash_stage_commit(struct mash_path *path);
/* answer: receipts, only now. */
MASH_MUSTCHECK enum mash_err mash_stage_answer(struct mash_path *path, struct mash_request *request);

/* The two halves of authorise. */
MASH_MUSTCHECK enum mash_err mash_authorise_notice(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_authorise_status(struct mash_path *path, struct mash_flight *flight);

/* One question that a request can ask.  allow: the same rules as authorise; begin: inside the group, when
 * allowed, may be NULL; answer: after the commit, NULL when deliver answers. */
struct mash_question {
    enum mash_err (*allow)(struct mash_path *path, struct mash_flight *flight);
    enum mash_err (*begin)(struct mash_path *path, struct mash_request *request);
    enum mash_err (*answer)(struct mash_path *path, const struct mash_request *request);
};

/* The row for a request's ask (Mash__Request__AskCase); NULL for submissions. */
const struct mash_question *mash_question(Mash__Request__AskCase ask);

#endif
