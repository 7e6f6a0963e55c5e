/* SPDX-License-Identifier: Apache-2.0 */
/* authorise.c - third stage: chooses who judges a flight, and holds the judgements that notices and
 * statuses share: whose mailbox, which key, whose signature.  Only refuses, writes nothing. */
#include "daemon/path/authorise.h"

#include <string.h>

enum mash_err
mash_authorise_each(struct mash_path *path, struct mash_flight *flight, mash_check_fn *const *checks,
                    size_t count)
{
    for (size_t i = 0; i < count && !flight->settled; i++) {
        enum mash_err err = checks[i](path, flight);
        if (err != MASH_OK)
            return err;
    }
    return MASH_OK;
}

bool
mash_authorise_mailbox(struct mash_path *path, struct mash_flight *flight, const char *partnership,
                       const char *address)
{
    if (strcmp(partnership, path->partnership) != 0) {
        mash_flight_settle(flight, MASH_ANSWER_PARTNERSHIP, "(it says %s, this is %s)", partnership,
                           path->partnership);
        return false;
    }
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(path->view.bundle, address);
    /* one answer for what is unknown and what is another's: it tells nobody which mailboxes exist */
    if (mailbox == NULL || mailbox->agency != flight->request->installation->agency) {
        mash_flight_settle(flight, MASH_ANSWER_NOT_YOUR_MAILBOX, "(%s)", address);
        return false;
    }
    flight->mailbox = mailbox;
    return true;
}

bool
mash_authorise_key(struct mash_path *path, struct mash_flight *flight, const struct mash_sign_key *key,
                   unsigned right)
{
    if (key == NULL)
        mash_flight_settle(flight, MASH_ANSWER_KEY_UNKNOWN, "(%s)", flight->mailbox->address);
    else if (mash_view_key_suspended(&path->view, &key->id))
        mash_flight_settle(flight, MASH_ANSWER_KEY_SUSPENDED, "(the signing key)");
    else if (mash_view_mailbox_suspended(&path->view, flight->mailbox->address))
        mash_flight_settle(flight, MASH_ANSWER_MAILBOX_SUSPENDED, "(%s)", flight->mailbox->address);
    else if (!mash_valid_at(key->valid_from_ms, key->valid_to_ms, path->group.now_ms))
        mash_flight_settle(flight, MASH_ANSWER_KEY_EXPIRED, "%s", "");
    else if ((key->may & right) != right)
        mash_flight_settle(flight, MASH_ANSWER_KEY_MAY_NOT, "%s", "");
    return !flight->settled;
}

/* Was this very signature found good for this key and root already?  A batch of 16 costs one verify. */
static bool
verified_before(const struct mash_group *group, const struct mash_verified *wanted)
{
    for (size_t i = 0; i < group->n_verified; i++)
        if (memcmp(&group->verified[i], wanted, sizeof(*wanted)) == 0)
            return true;
    return false;
}

void
mash_authorise_signature(struct mash_path *path, struct mash_flight *flight, enum mash_batch_kind kind,
                         const uint8_t key[static MASH_PUBLIC_KEY_BYTES])
{
    struct mash_hash root;
    if (mash_batch_root(flight->signed_bytes, &flight->proof, &root) != MASH_OK) {
        mash_flight_settle(flight, MASH_ANSWER_BATCH_PROOF, "%s", "");
        return;
    }
    struct mash_verified wanted; /* bytes only, so no padding between */
    memcpy(wanted.key, key, sizeof(wanted.key));
    memcpy(wanted.signature, flight->proof.signature, sizeof(wanted.signature));
    mash_batch_signed_bytes(kind, path->partnership, flight->proof.size, &root, wanted.signed_bytes);
    struct mash_group *group = &path->group;
    if (flight->proof.size > 1 && verified_before(group, &wanted))
        return;
    if (mash_sign_verify(key, mash_span(wanted.signed_bytes, sizeof(wanted.signed_bytes)), wanted.signature) !=
        MASH_OK) {
        mash_flight_settle(flight, MASH_ANSWER_SIGNATURE, "%s", "");
        return;
    }
    if (flight->proof.size == 1)
        return;
    if (group->n_verified == MASH_VERIFIED_MAX)
        group->n_verified = 0; /* a full table starts again: it only saves time */
    group->verified[group->n_verified++] = wanted;
}

enum mash_err
mash_stage_authorise(struct mash_path *path, struct mash_flight *flight)
{
    if (flight->notice != NULL)
        return mash_authorise_notice(path, flight);
    if (flight->status != NULL)
        return mash_authorise_status(path, flight);
    return mash_question(flight->request->message->ask_case)->allow(path, flight);
}
