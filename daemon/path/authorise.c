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
    else if (!mash_path_valid(path, key->valid_from_ms, key->valid_to_ms))
        mash_flight_settle(flight, MASH_ANSWER_KEY_EXPIRED, "%s", "");
    else if ((key->may & right) != right)
        mash_flight_settle(flight, MASH_ANSWER_KEY_MAY_NOT, "%s", "");
    return !flight->settled;
}

/* The claim of a notice or status: the key that it names, the signature, and what is said to be signed. */
static bool
make_claim(const struct mash_path *path, struct mash_flight *flight)
{
    bool notice = flight->notice != NULL;
    const struct mash_mailbox *mailbox =
        mash_bundle_mailbox(path->view.bundle, notice ? flight->manifest->from : flight->status->mailbox);
    ProtobufCBinaryData id = notice ? flight->manifest->from_key_id : flight->status->key_id;
    const struct mash_sign_key *key =
        mailbox != NULL ? mash_mailbox_sign_key(mailbox, mash_field_span(id)) : NULL;
    struct mash_hash root;
    if (key == NULL || mash_batch_root(flight->signed_bytes, &flight->proof, &root) != MASH_OK)
        return false;
    memcpy(flight->claim.key, key->key, sizeof(flight->claim.key));
    memcpy(flight->claim.signature, flight->proof.signature, sizeof(flight->claim.signature));
    mash_batch_signed_bytes(notice ? MASH_BATCH_NOTICE : MASH_BATCH_STATUS, path->partnership, flight->proof.size,
                            &root, flight->claim.signed_bytes);
    return true;
}

void
mash_authorise_ahead(struct mash_path *path, struct mash_request *request)
{
    for (size_t i = 0; i < request->n_flights; i++) {
        struct mash_flight *flight = &request->flights[i];
        flight->claim_slot = MASH_VERIFIER_NONE;
        if (flight->settled)
            continue;
        flight->claimed = make_claim(path, flight);
        /* a batch is verified once, by whoever comes first; lone ones are what costs */
        if (flight->claimed && flight->proof.size == 1)
            flight->claim_slot = mash_verifier_post(path->verifier, &flight->claim);
    }
}

/* Was this very signature found good for this key and root already?  A batch of 16 costs one verify. */
static bool
verified_before(const struct mash_group *group, const struct mash_claim *wanted)
{
    for (size_t i = 0; i < group->n_verified; i++)
        if (memcmp(&group->verified[i], wanted, sizeof(*wanted)) == 0)
            return true;
    return false;
}

void
mash_authorise_signature(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_group *group = &path->group;
    if (!flight->claimed) { /* the key is listed, so it is the proof that is impossible */
        mash_flight_settle(flight, MASH_ANSWER_BATCH_PROOF, "%s", "");
        return;
    }
    bool batch = flight->proof.size > 1;
    if (batch && verified_before(group, &flight->claim))
        return;
    if (!mash_verifier_result(path->verifier, flight->claim_slot, &flight->claim)) {
        mash_flight_settle(flight, MASH_ANSWER_SIGNATURE, "%s", "");
        return;
    }
    if (!batch)
        return;
    if (group->n_verified == MASH_VERIFIED_MAX)
        group->n_verified = 0; /* a full table starts again: it only saves time */
    group->verified[group->n_verified++] = flight->claim;
}

/* Nothing is answered before hello, which may stand in the same group. */
enum mash_err
mash_stage_greeted(struct mash_path *path, struct mash_request *request)
{
    if (request->message->ask_case != MASH__REQUEST__ASK_HELLO &&
        !mash_connections_has(&path->connections, request->connection, &request->link_id))
        mash_flight_settle(&request->whole, MASH_ANSWER_HELLO_FIRST, "%s", "");
    return MASH_OK;
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
