/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h. */
#include "clients/lib/session.h"

#include <string.h>

#include "clients/lib/bundles.h"
#include "clients/lib/seen.h"
#include "proto/answer.h"

#define LINK_PROTOCOL 1u
#define PROGRAM "libmash/0.1.0"

void
mash_session_end(struct mash_client *client)
{
    mash_link_close(&client->link);
}

/* Turn a failure of the link into the client's words; the connection is over. */
static enum mash_err
link_failed(struct mash_client *client, enum mash_err err)
{
    mash_session_end(client);
    switch (err) {
    case MASH_E_CLOSED:
        return mash_client_fail(client, MASH_E_AGAIN, "the exchange at %s cannot be reached", client->conf.endpoint);
    case MASH_E_DENIED:
        return mash_client_fail(client, err, "%s (%u %s)", mash_answer(MASH_ANSWER_LINK_UNKNOWN)->sentence,
                                mash_answer(MASH_ANSWER_LINK_UNKNOWN)->code,
                                mash_answer(MASH_ANSWER_LINK_UNKNOWN)->sub_code);
    case MASH_E_AGAIN:
        return mash_client_fail(client, MASH_E_AGAIN, "the exchange at %s did not answer in time",
                                client->conf.endpoint);
    case MASH_E_FORMAT:
        return mash_client_fail(client, err, "the exchange at %s gave an answer that cannot be read",
                                client->conf.endpoint);
    default:
        return mash_client_fail(client, err, "the connection to %s failed: %s", client->conf.endpoint,
                                mash_strerror(err));
    }
}

static enum mash_err
check_answer(struct mash_client *client, const Mash__Answer *answer, Mash__Answer__ResultCase result)
{
    if (answer->code >= 200 && answer->code < 300) {
        if (answer->result_case == result)
            return MASH_OK;
        return link_failed(client, MASH_E_FORMAT);
    }
    enum mash_err err = answer->code == 404 ? MASH_E_UNKNOWN : MASH_E_DENIED;
    return mash_client_fail(client, err, "%s (%u %s)", answer->sentence, answer->code, answer->sub_code);
}

static enum mash_err
ask_link(struct mash_client *client, Mash__Request *request, Mash__Answer__ResultCase result,
         Mash__Answer **ret_answer)
{
    uint32_t wait_ms = client->timeout_ms;
    if (request->ask_case == MASH__REQUEST__ASK_FETCH)
        wait_ms += request->fetch->wait_ms;
    Mash__Answer *answer = NULL;
    enum mash_err err = mash_link_ask(client->link, request, wait_ms, &answer);
    if (err != MASH_OK)
        return link_failed(client, err);
    /* a Fetch may end with an answer that carries nothing */
    if (request->ask_case == MASH__REQUEST__ASK_FETCH && answer->result_case == MASH__ANSWER__RESULT__NOT_SET)
        result = MASH__ANSWER__RESULT__NOT_SET;
    err = check_answer(client, answer, result);
    if (err == MASH_OK)
        *ret_answer = answer;
    else
        mash_message_free(&answer);
    return err;
}

enum mash_err
mash_session_more(struct mash_client *client, uint32_t extra_wait_ms, Mash__Answer **ret_answer)
{
    Mash__Answer *answer = NULL;
    enum mash_err err = mash_link_more(client->link, client->timeout_ms + extra_wait_ms, &answer);
    if (err != MASH_OK)
        return link_failed(client, err);
    Mash__Answer__ResultCase result = answer->result_case == MASH__ANSWER__RESULT_DELIVERY
                                          ? MASH__ANSWER__RESULT_DELIVERY
                                          : MASH__ANSWER__RESULT__NOT_SET;
    err = check_answer(client, answer, result);
    if (err == MASH_OK)
        *ret_answer = answer;
    else
        mash_message_free(&answer);
    return err;
}

/* The exchange must know at least the bundle we know, and the same one.  (design: "Rollback is refused") */
static enum mash_err
check_bundle(struct mash_client *client, const Mash__Welcome *welcome)
{
    if (welcome->bundle == NULL || welcome->bundle->version == 0)
        return mash_client_fail(client, MASH_E_FORMAT, "the exchange names no partnership bundle");
    uint32_t ours = mash_bundle_version(client->bundle);
    if (welcome->bundle->version > ours) {
        if (welcome->bundle_first > ours + 1)
            return mash_client_fail(client, MASH_E_VERSION,
                                    "this installation's bundle (version %u) is older than any the exchange can "
                                    "lead on from: join again with the current bundle",
                                    ours);
        enum mash_err err = mash_bundles_fetch(client, welcome->bundle->version);
        if (err != MASH_OK)
            return err;
    }
    struct mash_span digest = mash_span(mash_bundle_digest(client->bundle), MASH_SHA256_BYTES);
    if (welcome->bundle->version == mash_bundle_version(client->bundle) &&
        mash_span_equal(mash_field_span(welcome->bundle->digest), digest))
        return MASH_OK;
    (void)mash_client_fail(client, MASH_E_SIGNATURE,
                           "ALARM: the exchange works with another partnership bundle (version %u) than this "
                           "installation has verified (version %u): a rollback or a split view. Ring the "
                           "governance contact",
                           welcome->bundle->version, mash_bundle_version(client->bundle));
    enum mash_err err = mash_home_alarm_add(client->store, mash_client_now(client), "bundle", client->why,
                                            mash_span(NULL, 0));
    return err == MASH_OK ? MASH_E_SIGNATURE : err;
}

static enum mash_err
check_welcome(struct mash_client *client, const Mash__Welcome *welcome)
{
    if (strcmp(welcome->partnership, client->conf.partnership) != 0)
        return mash_client_fail(client, MASH_E_MISMATCH, "the exchange serves another partnership");
    if (welcome->protocol != LINK_PROTOCOL)
        return mash_client_fail(client, MASH_E_VERSION, "the exchange speaks another version of the protocol");
    enum mash_err err = check_bundle(client, welcome);
    if (err != MASH_OK)
        return err;
    struct mash_hash path[MASH_TREE_PATH_MAX];
    if (welcome->n_consistency > MASH_TREE_PATH_MAX)
        return mash_client_fail(client, MASH_E_FORMAT, "the exchange's consistency proof is too long");
    for (size_t i = 0; i < welcome->n_consistency; i++) {
        if (welcome->consistency[i].len != MASH_HASH_BYTES)
            return mash_client_fail(client, MASH_E_FORMAT, "the exchange's consistency proof is malformed");
        memcpy(path[i].bytes, welcome->consistency[i].data, MASH_HASH_BYTES);
    }
    return mash_seen_head(client, welcome, path);
}

enum mash_err
mash_client_connect(struct mash_client *client)
{
    if (client->link != NULL)
        return MASH_OK;
    enum mash_err err = mash_link_open(client->conf.endpoint, mash_bundle_broker_link_key(client->bundle),
                                       client->link_key, &client->link);
    if (err != MASH_OK)
        return link_failed(client, err);

    Mash__Hello hello = MASH__HELLO__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__Answer *answer = NULL;
    struct mash_bytes last = mash_bytes_max(MASH_CHECKPOINT_MAX);
    struct mash_hash restored;
    hello.protocol = LINK_PROTOCOL;
    hello.client = (char *)(uintptr_t)PROGRAM;
    /* another program of this home may have seen more; what is checked must be what the hello shows */
    err = mash_seen_load(client, &last);
    if (err == MASH_OK) {
        hello.checkpoint = mash_span_field(mash_bytes_span(&last));
        err = mash_home_restored_last(client->store, &restored);
    }
    if (err == MASH_OK)
        hello.restored = mash_span_field(mash_hash_span(&restored));
    if (err == MASH_OK || err == MASH_E_UNKNOWN) {
        request.ask_case = MASH__REQUEST__ASK_HELLO;
        request.hello = &hello;
        err = ask_link(client, &request, MASH__ANSWER__RESULT_WELCOME, &answer);
    }
    if (err == MASH_OK)
        err = check_welcome(client, answer->welcome);
    mash_message_free(&answer);
    mash_bytes_free(&last);
    if (err != MASH_OK)
        mash_session_end(client);
    return err;
}

enum mash_err
mash_session_ask(struct mash_client *client, Mash__Request *request, Mash__Answer__ResultCase result,
                 Mash__Answer **ret_answer)
{
    enum mash_err err = mash_client_connect(client);
    return err == MASH_OK ? ask_link(client, request, result, ret_answer) : err;
}
