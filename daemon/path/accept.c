/* SPDX-License-Identifier: Apache-2.0 */
/* accept.c - first stage: who asks, how much, and may anything be answered now?
 * Costs next to nothing, so that a flood of what is refused anyway stays cheap. */
#include "daemon/path/stage.h"

static void
refuse_link(struct mash_path *path, struct mash_request *request)
{
    bool suspended = mash_view_key_suspended(&path->view, &request->link_id);
    mash_flight_settle(&request->whole, suspended ? MASH_ANSWER_KEY_SUSPENDED : MASH_ANSWER_LINK_UNKNOWN, "%s",
                       "");
}

enum mash_err
mash_stage_accept(struct mash_path *path, struct mash_request *request)
{
    request->installation =
        mash_view_link(&path->view, &request->link_id, path->group.now_ms, path->group.also_ms);
    if (request->installation == NULL)
        refuse_link(path, request);
    else if (path->read_only[0] != '\0')
        mash_flight_settle(&request->whole, MASH_ANSWER_READ_ONLY, "(%s)", path->read_only);
    else if (request->frame.len > MASH_FRAME_MAX)
        mash_flight_settle(&request->whole, MASH_ANSWER_TOO_LARGE, "(at most %u bytes a request)",
                           MASH_FRAME_MAX);
    return MASH_OK;
}
