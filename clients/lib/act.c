/* SPDX-License-Identifier: Apache-2.0 */
/* act.c - see mash/client.h: what a person says about a notice.  Only a key that a person has unlocked may
 * say it; no part of this program calls this by itself.  (design: "Trust: keys and the bundle") */
#include "clients/lib/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/act_codes.h"
#include "clients/lib/outgoing.h"
#include "clients/lib/statuses.h"
#include "proto/hex.h"
#include "proto/manifest.h"
#include "proto/state.h"
#include "proto/uuid.h"

/* The notice an act is about. */
struct subject {
    char mailbox[MASH_ADDRESS_MAX + 1];
    struct mash_hash manifest_sha256;
    Mash__Manifest *manifest;
};

static enum mash_err
find_subject(struct mash_client *client, const char *id, bool sent, struct subject *ret_subject)
{
    struct mash_home_match matches[8];
    uint8_t notice_id[MASH_ID_BYTES];
    char hex[2 * MASH_ID_BYTES + 1];
    size_t count = 0;
    if (mash_uuid_parse(id, notice_id) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not the id of a notice", id);
    mash_hex_text(mash_span(notice_id, sizeof(notice_id)), hex);
    enum mash_err err = mash_home_match(client->store, hex, matches, 8, &count);
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        if (matches[i].sent != sent)
            continue;
        memcpy(ret_subject->mailbox, matches[i].mailbox, sizeof(ret_subject->mailbox));
        ret_subject->manifest_sha256 = matches[i].manifest_sha256;
        return MASH_OK;
    }
    return err != MASH_OK ? err : mash_client_fail(client, MASH_E_UNKNOWN, "there is no such notice %s",
                                                   sent ? "in the outbox" : "in the inbox");
}

static enum mash_err
load_manifest(struct mash_client *client, bool sent, struct subject *subject)
{
    enum mash_err err;
    if (sent) {
        struct mash_outbox_row row;
        err = mash_home_outbox_find(client->store, &subject->manifest_sha256, &row);
        if (err == MASH_OK) {
            err = mash_manifest_read(mash_bytes_span(&row.manifest), &subject->manifest, NULL);
            mash_outbox_row_free(&row);
        }
    } else {
        struct mash_inbox_row row;
        err = mash_home_inbox_get(client->store, &subject->manifest_sha256, subject->mailbox, &row);
        if (err == MASH_OK) {
            err = mash_manifest_read(mash_bytes_span(&row.manifest), &subject->manifest, NULL);
            mash_inbox_row_free(&row);
        }
    }
    if (err == MASH_E_UNKNOWN)
        return mash_client_fail(client, err, "the notice was never sealed: forget it instead");
    return err;
}

enum mash_err
mash_client_act_key(struct mash_client *client, const char *mailbox, const char *passphrase,
                    struct mash_secret **ret_key)
{
    char path[MASH_HOME_PATH_MAX];
    struct mash_span phrase = passphrase != NULL ? mash_span_str(passphrase) : mash_span(NULL, 0);
    enum mash_err err = mash_home_key_path(client->home, mailbox, "act", path);
    if (err == MASH_OK)
        err = mash_secret_load(path, MASH_PURPOSE_SIGN, passphrase != NULL ? &phrase : NULL, ret_key);
    if (err == MASH_E_DENIED)
        return mash_client_fail(client, err, "the act key of %s is locked: its passphrase is missing or wrong",
                                mailbox);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the act key %s: %s", path, mash_strerror(err));
    return MASH_OK;
}

static Mash__Rag
rag_of(const char *text)
{
    static const struct { const char *name; Mash__Rag rag; } names[] = {
        { "red", MASH__RAG__RAG_RED }, { "amber", MASH__RAG__RAG_AMBER }, { "green", MASH__RAG__RAG_GREEN } };
    for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i].name, text) == 0)
            return names[i].rag;
    return MASH__RAG__RAG_UNSET;
}

static int
outcome_order(const void *a, const void *b)
{
    const Mash__SubjectOutcome *left = *(const Mash__SubjectOutcome *const *)a;
    const Mash__SubjectOutcome *right = *(const Mash__SubjectOutcome *const *)b;
    if (left->subject != right->subject)
        return left->subject < right->subject ? -1 : 1;
    return strcmp(left->code, right->code);
}

static char *
borrow(const char *text)
{
    return text != NULL ? (char *)(uintptr_t)text : (char *)(uintptr_t)protobuf_c_empty_string;
}

/* Is the step legal by what we know of the history?  The broker decides; this saves a person the trip. */
static enum mash_err
check_step(struct mash_client *client, const struct subject *subject, const Mash__Status *asked)
{
    struct mash_progress progress = mash_progress_start();
    enum mash_err err = MASH_OK;
    for (size_t n = 0; err == MASH_OK; n++) {
        struct mash_status_row row;
        Mash__SignedStatus *signed_status = NULL;
        Mash__Status *status = NULL;
        err = mash_home_status_nth(client->store, &subject->manifest_sha256, subject->mailbox, n, &row);
        if (err != MASH_OK)
            break;
        err = mash_statuses_decode(mash_bytes_span(&row.signed_status), &signed_status, &status);
        if (err == MASH_OK)
            progress = mash_progress_next(&progress, status, &row.status_sha256);
        mash_message_free(&status);
        mash_message_free(&signed_status);
        mash_status_row_free(&row);
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    Mash__Status next = *asked;
    next.partnership = client->conf.partnership;
    next.sequence = progress.sequence + 1;
    next.previous_sha256 =
        progress.sequence > 0 ? mash_span_field(mash_hash_span(&progress.last)) : (ProtobufCBinaryData){ 0, NULL };
    const char *why = "";
    err = mash_progress_check(&progress, subject->manifest, &next, &why);
    /* a gap in what we know of the chain is the broker's to judge */
    if (err == MASH_OK || err == MASH_E_CONFLICT)
        return MASH_OK;
    return mash_client_fail(client, err, "not possible: %s", why);
}

/* How the act ended, read back from the store after the flush. */
static enum mash_err
conclude(struct mash_client *client, const struct subject *subject, const Mash__Status *asked, enum mash_err flushed,
         struct mash_result *result)
{
    bool logged = false, pending = false;
    struct mash_status_row row;
    enum mash_err err = MASH_OK;
    for (size_t n = 0; err == MASH_OK; n++) {
        err = mash_home_status_nth(client->store, &subject->manifest_sha256, subject->mailbox, n, &row);
        if (err != MASH_OK)
            break;
        if (row.ours && row.state == asked->state && row.time_ms == asked->time_ms) {
            logged = row.sending == MASH_STATUS_LOGGED;
            pending = row.sending == MASH_STATUS_PENDING;
        }
        mash_status_row_free(&row);
    }
    if (err != MASH_E_UNKNOWN)
        return err;
    const char *name = mash_state_name(asked->state);
    result->end = logged ? MASH_END_HELD : pending ? MASH_END_TRYING : MASH_END_REFUSED;
    if (logged) {
        (void)snprintf(result->sentence, sizeof(result->sentence), "%s: logged, the sender will be shown it", name);
    } else if (pending) {
        char ring[512];
        const char *phone = mash_client_phone(client, subject->manifest->from);
        (void)snprintf(ring, sizeof(ring), "ring %s%s%s", subject->manifest->from, phone[0] != '\0' ? " on " : "",
                       phone);
        (void)snprintf(result->sentence, sizeof(result->sentence), "NOT sent, still trying: %s", ring);
        (void)snprintf(result->warning, sizeof(result->warning), "%s", flushed != MASH_OK ? client->why : "");
    }
    return MASH_OK;
}

/* The sentence with which a status of ours was refused. */
static void
refused_sentence(struct mash_client *client, const struct mash_hash *status_sha256, struct mash_result *result)
{
    struct mash_status_row row;
    (void)snprintf(result->sentence, sizeof(result->sentence), "refused: see mash-client track");
    if (mash_home_status_get(client->store, status_sha256, &row) == MASH_OK) {
        result->code = row.code;
        (void)snprintf(result->sentence, sizeof(result->sentence), "refused: %s", row.sentence);
        mash_status_row_free(&row);
    }
}

static enum mash_err
sign_and_submit(struct mash_client *client, const struct subject *subject, const struct mash_secret *key,
                Mash__Status *status, struct mash_result *result)
{
    struct mash_hash sha256;
    Mash__Status *list[] = { status };
    enum mash_err err = mash_home_begin(client->store);
    if (err == MASH_OK)
        err = mash_statuses_add(client, key, list, 1, &sha256);
    if (err == MASH_OK)
        err = mash_home_commit(client->store);
    mash_home_rollback(client->store);
    if (err != MASH_OK)
        return err;
    enum mash_err flushed = mash_statuses_flush_with(client, key);
    if (flushed == MASH_E_NOMEM || flushed == MASH_E_IO || flushed == MASH_E_FULL)
        return flushed;
    err = conclude(client, subject, status, flushed, result);
    if (err == MASH_OK && result->end == MASH_END_REFUSED)
        refused_sentence(client, &sha256, result);
    return err;
}

enum mash_err
mash_client_act(struct mash_client *client, const char *id, const struct mash_act *act, struct mash_result *ret_result)
{
    struct subject subject = { .manifest = NULL };
    struct mash_secret *key = NULL;
    Mash__SubjectOutcome outcomes[MASH_OUTCOMES_MAX], *list[MASH_OUTCOMES_MAX];
    Mash__Status status = MASH__STATUS__INIT;
    struct mash_result result = { .end = MASH_END_TRYING };
    if (mash_state_parse(act->state, &status.state) != MASH_OK || mash_state_right(status.state) == MASH_MAY_COLLECT ||
        mash_state_right(status.state) == 0)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not something a person says", act->state);
    if (act->n_outcomes > MASH_OUTCOMES_MAX)
        return mash_client_fail(client, MASH_E_VALUE, "more than %u outcomes", MASH_OUTCOMES_MAX);
    bool sent = status.state == MASH__STATE__STATE_RECALLED;
    enum mash_err err = find_subject(client, id, sent, &subject);
    if (err == MASH_OK)
        err = load_manifest(client, sent, &subject);
    if (err == MASH_OK)
        err = mash_act_codes_check(client, subject.manifest->type, status.state, act);
    if (err != MASH_OK)
        goto out;

    status.manifest_sha256 = mash_span_field(mash_hash_span(&subject.manifest_sha256));
    status.mailbox = subject.mailbox;
    status.reason = borrow(act->reason);
    status.actor = borrow(act->actor);
    status.passed_to = borrow(act->passed_to);
    status.rag = rag_of(act->rag);
    status.time_ms = mash_client_now(client);
    status.n_outcomes = act->n_outcomes;
    status.outcomes = list;
    for (size_t i = 0; i < act->n_outcomes; i++) {
        mash__subject_outcome__init(&outcomes[i]);
        outcomes[i].subject = act->outcomes[i].subject;
        outcomes[i].code = borrow(act->outcomes[i].code);
        list[i] = &outcomes[i];
    }
    qsort(list, act->n_outcomes, sizeof(list[0]), outcome_order);
    err = check_step(client, &subject, &status);
    if (err == MASH_OK && !sent)
        err = mash_client_act_key(client, subject.mailbox, act->passphrase, &key);
    if (err == MASH_OK) {
        const struct mash_secret *signer = sent ? client->boxes[mash_client_box(client, subject.mailbox)].sign : key;
        err = sign_and_submit(client, &subject, signer, &status, &result);
    }
    if (err == MASH_OK) {
        memcpy(result.id, id, strnlen(id, sizeof(result.id) - 1));
        mash_hex_text(mash_hash_span(&subject.manifest_sha256), result.manifest_sha256);
        *ret_result = result;
    }
out:
    mash_secret_close(&key);
    mash_message_free(&subject.manifest);
    return err;
}
