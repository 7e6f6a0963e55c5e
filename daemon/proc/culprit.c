/* SPDX-License-Identifier: Apache-2.0 */
/* culprit.c - see culprit.h.  The key whose frame was in work goes before the one let in last: libzmq's own
 * aborts come right after a handshake, ours while a frame is looked at. */
#include "daemon/proc/culprit.h"

#include <string.h>

bool
mash_crashes_add(struct mash_crashes *crashes, const struct mash_culprit *page, uint64_t now_ms,
                 struct mash_key_id *ret_key)
{
    const size_t last = MASH_CULPRIT_CRASHES - 1;
    memmove(&crashes->crash[0], &crashes->crash[1], last * sizeof(crashes->crash[0]));
    bool working = atomic_load(&page->working) != 0;
    crashes->crash[last].at_ms = now_ms;
    crashes->crash[last].known = working || atomic_load(&page->admitted) != 0;
    crashes->crash[last].key = working ? page->current : page->last;

    for (size_t i = 0; i < MASH_CULPRIT_CRASHES; i++) {
        if (!crashes->crash[i].known || now_ms - crashes->crash[i].at_ms > MASH_CULPRIT_WITHIN_MS ||
            memcmp(&crashes->crash[i].key, &crashes->crash[last].key, sizeof(struct mash_key_id)) != 0)
            return false;
    }
    *ret_key = crashes->crash[last].key;
    memset(crashes, 0, sizeof(*crashes));
    return true;
}
