/* SPDX-License-Identifier: Apache-2.0 */
/* question.h - what an installation may ask besides submitting: the rows behind mash_question().
 * allow only refuses; answer runs after the commit. */
#ifndef MASH_DAEMON_PATH_QUESTION_H
#define MASH_DAEMON_PATH_QUESTION_H

#include "daemon/path/stage.h"

/* Hello: protocol version, and the client's checkpoint against our log.
 * MASH_E_DENIED from allow: the client holds a checkpoint that we signed and that our log does not
 * continue: path->read_only has been set, the group must be rolled back. */
MASH_MUSTCHECK enum mash_err mash_hello_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_hello_begin(struct mash_path *path, struct mash_request *request);
MASH_MUSTCHECK enum mash_err mash_hello_answer(struct mash_path *path, const struct mash_request *request);

MASH_MUSTCHECK enum mash_err mash_fetch_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_fetch_begin(struct mash_path *path, struct mash_request *request);

MASH_MUSTCHECK enum mash_err mash_get_bundle_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_get_bundle_answer(struct mash_path *path, const struct mash_request *request);

MASH_MUSTCHECK enum mash_err mash_reach_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_reach_answer(struct mash_path *path, const struct mash_request *request);

MASH_MUSTCHECK enum mash_err mash_track_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_track_begin(struct mash_path *path, struct mash_request *request);
MASH_MUSTCHECK enum mash_err mash_track_answer(struct mash_path *path, const struct mash_request *request);

MASH_MUSTCHECK enum mash_err mash_consistency_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_consistency_answer(struct mash_path *path,
                                                     const struct mash_request *request);

MASH_MUSTCHECK enum mash_err mash_suspend_allow(struct mash_path *path, struct mash_flight *flight);
MASH_MUSTCHECK enum mash_err mash_suspend_begin(struct mash_path *path, struct mash_request *request);
MASH_MUSTCHECK enum mash_err mash_suspend_answer(struct mash_path *path, const struct mash_request *request);

/* An Answer to request with the row of OK; the caller adds the result. */
void mash_question_answer_init(const struct mash_request *request, Mash__Answer *ret_answer);

#endif
