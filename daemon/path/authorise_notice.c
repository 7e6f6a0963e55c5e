/* SPDX-License-Identifier: Apache-2.0 */
/* authorise_notice.c - the rules a notice must keep to be held, each its own judgement with its own
 * answer, in the order: who, authentic, held before, key, time, law, recipients, body. */
#include "daemon/path/authorise.h"

#include <string.h>

#include "daemon/path/party.h"
#include "proto/body.h"
#include "proto/seal_set.h"

static enum mash_err
check_sender(struct mash_path *path, struct mash_flight *flight)
{
    (void)mash_authorise_mailbox(path, flight, flight->manifest->partnership, flight->manifest->from);
    return MASH_OK;
}

static const struct mash_sign_key *
signing_key(const struct mash_flight *flight)
{
    return mash_mailbox_sign_key(flight->mailbox, mash_field_span(flight->manifest->from_key_id));
}

/* A key that is no longer listed cannot be asked; check_repeat may still know the notice. */
static enum mash_err
check_signature(struct mash_path *path, struct mash_flight *flight)
{
    if (signing_key(flight) != NULL)
        mash_authorise_signature(path, flight);
    return MASH_OK;
}

/* Identity = (from agency, id, digest of the manifest): the same again gets the same receipt, whatever
 * has expired since; other content under the id is a conflict (design: "A notice on the wire"). */
static enum mash_err
check_repeat(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_store_notice held;
    enum mash_err err = mash_store_notice_find(path->store, flight->mailbox->agency->id,
                                               flight->manifest->notice_id.data, &held);
    if (err == MASH_E_UNKNOWN)
        return MASH_OK;
    if (err != MASH_OK)
        return err;
    if (!mash_hash_equal(&held.manifest_sha256, &flight->sha256)) {
        mash_flight_settle(flight, MASH_ANSWER_CONFLICT, "%s", "");
        return MASH_OK;
    }
    mash_flight_settle(flight, MASH_ANSWER_HELD_BEFORE, "%s", "");
    flight->logged = true;
    flight->entry = held.accept_entry;
    return MASH_OK;
}

static enum mash_err
check_key(struct mash_path *path, struct mash_flight *flight)
{
    (void)mash_authorise_key(path, flight, signing_key(flight), MASH_MAY_SEND);
    return MASH_OK;
}

static enum mash_err
check_times(struct mash_path *path, struct mash_flight *flight)
{
    uint64_t now_ms = path->group.now_ms, created_ms = flight->manifest->created_ms;
    if (created_ms > now_ms + MASH_AHEAD_REFUSE_MS && created_ms > path->group.also_ms + MASH_AHEAD_REFUSE_MS)
        mash_flight_settle(flight, MASH_ANSWER_AHEAD, "(the exchange's clock says %llu ms since 1970 UTC)",
                           (unsigned long long)now_ms);
    else if (flight->manifest->expires_ms <= now_ms &&
             mash_clock_mono_ms(&path->clock) >= path->clock_doubted_ms)
        mash_flight_settle(flight, MASH_ANSWER_EXPIRED, "%s", "");
    else if (created_ms > now_ms + MASH_AHEAD_FLAG_MS)
        mash_flight_flag(flight, "created-ahead");
    return MASH_OK;
}

/* The bundle the sender judged by: the current one, or an older one under whose rules the notice still
 * holds today.  All other judgements are by the current bundle. */
static enum mash_err
check_bundle(struct mash_path *path, struct mash_flight *flight)
{
    const Mash__BundleRef *ref = flight->manifest->bundle;
    uint32_t current = mash_bundle_version(path->view.bundle);
    uint8_t digest[MASH_SHA256_BYTES];
    enum mash_err err = MASH_E_UNKNOWN;
    if (ref != NULL && ref->version == current) {
        memcpy(digest, mash_bundle_digest(path->view.bundle), sizeof(digest));
        err = MASH_OK;
    } else if (ref != NULL && ref->version > 0 && ref->version < current) {
        err = mash_view_older_digest(&path->view, path->store, ref->version, digest);
        mash_flight_flag(flight, "older-bundle");
    }
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    if (err == MASH_E_UNKNOWN ||
        !mash_span_equal(mash_field_span(ref->digest), mash_span(digest, sizeof(digest))))
        mash_flight_settle(flight, MASH_ANSWER_BUNDLE_UNKNOWN, "(version %u; the current one is %u)",
                           ref != NULL ? ref->version : 0, current);
    return MASH_OK;
}

static enum mash_err
check_type(struct mash_path *path, struct mash_flight *flight)
{
    const struct mash_type_rule *rule = mash_bundle_type_rule(path->view.bundle, flight->manifest->type);
    if (rule == NULL) {
        mash_flight_settle(flight, MASH_ANSWER_TYPE, "(%s)", flight->manifest->type);
        return MASH_OK;
    }
    if (mash_path_valid(path, 0, mash_bundle_expires_ms(path->view.bundle)))
        return MASH_OK;
    if (rule->when_stale_send)
        mash_flight_flag(flight, "stale-bundle");
    else
        mash_flight_settle(flight, MASH_ANSWER_BUNDLE_EXPIRED, "%s", "");
    return MASH_OK;
}

/* Must name a notice that the sender sent or received; live and drill never mix. */
static enum mash_err
check_reply(struct mash_path *path, struct mash_flight *flight)
{
    if (flight->manifest->in_reply_to.len == 0)
        return MASH_OK;
    struct mash_hash sha256;
    memcpy(sha256.bytes, flight->manifest->in_reply_to.data, sizeof(sha256.bytes)); /* length: parse */
    struct mash_store_notice notice;
    bool is_party = false;
    enum mash_err err = mash_store_notice_get(path->store, &sha256, &notice);
    if (err == MASH_OK)
        err = mash_party_is(path, &sha256, flight->mailbox->agency->id, &is_party);
    if (err != MASH_OK && err != MASH_E_UNKNOWN)
        return err;
    if (!is_party)
        mash_flight_settle(flight, MASH_ANSWER_REPLY_UNKNOWN, "%s", "");
    else if (notice.drill != (bool)flight->manifest->drill)
        mash_flight_settle(flight, MASH_ANSWER_DRILL, "%s", "");
    return MASH_OK;
}

static bool
key_suspended(const struct mash_path *path, const struct mash_seal_key *key)
{
    return mash_view_key_suspended(&path->view, &key->id);
}

static bool
lists_key(const Mash__Recipient *recipient, const struct mash_seal_key *key)
{
    for (size_t i = 0; i < recipient->n_seal_key_ids; i++)
        if (mash_span_equal(mash_field_span(recipient->seal_key_ids[i]),
                            mash_span(key->id.bytes, sizeof(key->id.bytes))))
            return true;
    return false;
}

/* Sealed to exactly the usable keys: with one less a device could not open it, with one more somebody
 * else could.  Judged at the time of the accept entry; judged by an older bundle, fetching the new one is
 * what helps. */
static void
check_seal_keys(struct mash_path *path, struct mash_flight *flight, const Mash__Recipient *recipient,
                const struct mash_mailbox *mailbox)
{
    uint64_t at_ms = path->group.entry_ms;
    size_t usable = 0, good = 0, missing = 0; /* ids are unique: checked by parse */
    for (size_t i = 0; i < mailbox->n_seal_keys; i++) {
        const struct mash_seal_key *key = &mailbox->seal_keys[i];
        bool listed = lists_key(recipient, key);
        if (!mash_seal_key_may(key, at_ms) || key_suspended(path, key))
            continue;
        usable++;
        good += listed ? 1 : 0;
        missing += !listed && mash_seal_key_must(key, at_ms) ? 1 : 0;
    }
    if (usable == 0) {
        mash_flight_settle(flight, MASH_ANSWER_NO_KEY, "(%s: %s)", mailbox->address, mailbox->phone);
        return;
    }
    if (missing == 0 && good == recipient->n_seal_key_ids)
        return;
    bool older = flight->manifest->bundle->version != mash_bundle_version(path->view.bundle);
    mash_flight_settle(flight, older ? MASH_ANSWER_BUNDLE_OLD : MASH_ANSWER_SEAL_KEY,
                       "(%s: %zu of the %zu keys named are its own, valid and not suspended; it has %zu)",
                       mailbox->address, good, recipient->n_seal_key_ids, usable);
}

static void
check_cover(struct mash_path *path, struct mash_flight *flight, const Mash__Recipient *recipient)
{
    if (recipient->cover_for[0] == '\0')
        return;
    const struct mash_mailbox *covered = mash_bundle_mailbox(path->view.bundle, recipient->cover_for);
    if (covered == NULL || covered->cover == NULL || strcmp(covered->cover, recipient->mailbox) != 0)
        mash_flight_settle(flight, MASH_ANSWER_COVER, "(%s for %s)", recipient->mailbox, recipient->cover_for);
}

static void
check_recipient(struct mash_path *path, struct mash_flight *flight, const Mash__Recipient *recipient)
{
    const struct mash_bundle *bundle = path->view.bundle;
    const struct mash_mailbox *mailbox = mash_bundle_mailbox(bundle, recipient->mailbox);
    const char *basis;
    if (mailbox == NULL)
        mash_flight_settle(flight, MASH_ANSWER_RECIPIENT_UNKNOWN, "(%s)", recipient->mailbox);
    else if (mash_view_mailbox_suspended(&path->view, mailbox->address))
        mash_flight_settle(flight, MASH_ANSWER_MAILBOX_SUSPENDED, "(%s: %s)", mailbox->address,
                           mailbox->phone);
    else if (!mash_bundle_may_send(bundle, flight->mailbox, mailbox, flight->manifest->type, &basis))
        mash_flight_settle(flight, MASH_ANSWER_NOT_AGREED, "(%s to %s)", flight->manifest->type,
                           mailbox->address);
    else if (flight->manifest->schema > mailbox->schema_max)
        mash_flight_settle(flight, MASH_ANSWER_RECIPIENT_SCHEMA, "(%s reads up to %u)", mailbox->address,
                           mailbox->schema_max);
    else
        check_seal_keys(path, flight, recipient, mailbox);
    if (!flight->settled)
        check_cover(path, flight, recipient);
}

static enum mash_err
check_recipients(struct mash_path *path, struct mash_flight *flight)
{
    for (size_t i = 0; i < flight->manifest->n_recipients && !flight->settled; i++)
        check_recipient(path, flight, flight->manifest->recipients[i]);
    return MASH_OK;
}

static enum mash_err
check_body(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_span body = mash_field_span(flight->notice->body);
    if (body.len == 0) {
        mash_flight_settle(flight, MASH_ANSWER_BODY_MISSING, "%s", "");
        return MASH_OK;
    }
    struct mash_hash sha256 = mash_hash_of(body);
    if (body.len != flight->manifest->body_length ||
        !mash_span_equal(mash_hash_span(&sha256), mash_field_span(flight->manifest->body_sha256))) {
        mash_flight_settle(flight, MASH_ANSWER_BODY_MISMATCH, "%s", "");
        return MASH_OK;
    }
    struct mash_seal_set set;
    if (mash_seal_set_of(path->view.bundle, flight->manifest, &set, NULL) != MASH_OK)
        mash_flight_settle(flight, MASH_ANSWER_SEAL_KEY, "%s", "");
    else if (mash_body_check(body, set.count, MASH_BODY_MAX) != MASH_OK)
        mash_flight_settle(flight, MASH_ANSWER_BODY_KEYS, "(there are %zu)", set.count);
    return MASH_OK;
}

/* Statuses and the log keep a reserve of the disk; a notice is told early, without the others of its
 * group losing theirs. */
static enum mash_err
check_room(struct mash_path *path, struct mash_flight *flight)
{
    struct mash_group *group = &path->group;
    if (!group->room_known) {
        enum mash_err err = mash_store_room(path->store);
        if (err != MASH_OK && err != MASH_E_FULL)
            return err;
        group->full = err == MASH_E_FULL;
        group->room_known = true;
    }
    if (group->full)
        mash_flight_settle(flight, MASH_ANSWER_FULL, "%s", "");
    return MASH_OK;
}

/* Last, so that only what would be held counts: a repeat or a refused notice takes nothing. */
static enum mash_err
check_pairs(struct mash_path *path, struct mash_flight *flight)
{
    const char *to[MASH_RECIPIENTS_MAX];
    size_t count = flight->manifest->n_recipients; /* at most that many: parse */
    for (size_t i = 0; i < count; i++)
        to[i] = flight->manifest->recipients[i]->mailbox;
    size_t taken = mash_pairs_take(&path->pairs, flight->mailbox->address, to, count,
                                   mash_clock_mono_ms(&path->clock));
    if (taken < count)
        mash_flight_settle(flight, MASH_ANSWER_PAIR_RATE, "(%s: more than %llu a minute)", to[taken],
                           (unsigned long long)path->pairs.per_minute);
    return MASH_OK;
}

enum mash_err
mash_authorise_notice(struct mash_path *path, struct mash_flight *flight)
{
    static mash_check_fn *const checks[] = {
        check_sender, check_signature, check_repeat, check_key, check_times, check_bundle,
        check_type,   mash_authorise_board_codes, check_reply, check_recipients, check_body, check_room,
        check_pairs,
    };
    return mash_authorise_each(path, flight, checks, sizeof(checks) / sizeof(checks[0]));
}
