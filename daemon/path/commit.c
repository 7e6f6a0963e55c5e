/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c - sixth stage: the checkpoint over the group's head and one durable transaction.  Before it
 * returns MASH_OK nothing may be answered; a failed commit has an unknown outcome and ends the process. */
#include "daemon/path/stage.h"

/* The note to commit with: a new one when the log grew, the one before otherwise. */
static enum mash_err
group_note(const struct mash_path *path, const struct mash_store_head *head, struct mash_bytes *out)
{
    if (path->group.appended > 0)
        return mash_path_sign(path, head, out);
    return mash_bytes_append(out, path->checkpoint.data, path->checkpoint.len);
}

enum mash_err
mash_stage_commit(struct mash_path *path)
{
    struct mash_group *group = &path->group;
    if (group->detached) {
        group->open = false;
        return MASH_OK;
    }
    if (!group->changed) {
        mash_store_group_rollback(path->store); /* nothing was written: no sync */
        path->left = group->head;
        group->open = false;
        return MASH_OK;
    }
    struct mash_store_head head;
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    enum mash_err err = mash_store_group_head(path->store, &head);
    if (err == MASH_OK)
        err = group_note(path, &head, &note);
    if (err == MASH_OK)
        err = mash_store_group_commit(path->store, mash_bytes_span(&note));
    if (err != MASH_OK) {
        mash_bytes_free(&note);
        return err;
    }
    mash_bytes_free(&path->checkpoint);
    path->checkpoint = note;
    path->checkpoint_size = head.size;
    path->left = head;
    path->groups++;
    group->open = false;
    return MASH_OK;
}
