/* SPDX-License-Identifier: Apache-2.0 */
/* standing.c - see standing.h. */
#include "clients/lib/standing.h"

#include <stdio.h>

#include "proto/limits.h"
#include "proto/state.h"

const char *
mash_standing_decided(uint32_t decided_subjects, uint32_t subject_count, char ret_text[static MASH_STANDING_TEXT])
{
    char open[MASH_STANDING_TEXT / 2] = "";
    unsigned done = 0;
    size_t at = 0;
    for (uint32_t i = 0; i < subject_count && i < MASH_SUBJECTS_MAX; i++) {
        if ((decided_subjects >> i & 1u) != 0)
            done++;
        else if (at < sizeof(open))
            at += (size_t)snprintf(open + at, sizeof(open) - at, "%s%u", at > 0 ? ", " : "", i + 1);
    }
    if (done >= subject_count)
        return mash_state_sentence(MASH__STATE__STATE_DECIDED);
    (void)snprintf(ret_text, MASH_STANDING_TEXT, "Decided for %u of %u; still open: %s.", done, subject_count, open);
    return ret_text;
}

const char *
mash_standing_not_held(const Mash__Recipient *recipient, const struct mash_mailbox *mailbox,
                       char ret_text[static MASH_STANDING_TEXT])
{
    bool phone = mailbox != NULL && mailbox->phone != NULL && mailbox->phone[0] != '\0';
    if (recipient->duty != MASH__DUTY__DUTY_ACTION)
        (void)snprintf(ret_text, MASH_STANDING_TEXT, "NOT held by the exchange.");
    else if (phone)
        (void)snprintf(ret_text, MASH_STANDING_TEXT, "NOT held by the exchange: ring %.200s on %.80s.", mailbox->name,
                       mailbox->phone);
    else
        (void)snprintf(ret_text, MASH_STANDING_TEXT, "NOT held by the exchange: ring %.200s (no phone is listed).",
                       recipient->mailbox);
    return ret_text;
}
