/* SPDX-License-Identifier: Apache-2.0 */
/* bundles.c - see bundles.h. */
#include "clients/lib/bundles.h"

#include <string.h>

#include "clients/lib/session.h"

#define BUNDLE_FILES_MAX 16u

enum mash_err
mash_bundles_open(struct mash_span value, struct mash_bundle **ret_bundle, char *ret_why, size_t why_size)
{
    Mash__Bundle *message = NULL;
    enum mash_err err = mash_message_decode(&mash__bundle__descriptor, value, &message);
    if (err == MASH_OK && message->n_files > BUNDLE_FILES_MAX)
        err = MASH_E_LIMIT;
    struct mash_bundle_file files[BUNDLE_FILES_MAX];
    for (size_t i = 0; err == MASH_OK && i < message->n_files; i++)
        files[i] = (struct mash_bundle_file){ message->files[i]->name,
                                              mash_field_span(message->files[i]->content) };
    if (err == MASH_OK)
        err = mash_bundle_open(mash_field_span(message->note), files, message->n_files, ret_bundle, ret_why,
                               why_size);
    mash_message_free(&message);
    return err;
}

static enum mash_err
stored(struct mash_client *client, uint32_t version, struct mash_bundle **ret_bundle)
{
    char why[256] = "";
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = mash_home_bundle_get(client->store, version, &value);
    if (err == MASH_OK) {
        err = mash_bundles_open(mash_bytes_span(&value), ret_bundle, why, sizeof(why));
        if (err != MASH_OK)
            (void)mash_client_fail(client, err, "the stored partnership bundle is damaged: %s", why);
    }
    mash_bytes_free(&value);
    return err;
}

enum mash_err
mash_bundles_load(struct mash_client *client)
{
    struct mash_bundle *bundle = NULL;
    enum mash_err err = stored(client, 0, &bundle);
    if (err == MASH_E_UNKNOWN)
        return mash_client_fail(client, err, "no partnership bundle is stored: run mash-client join");
    if (err != MASH_OK)
        return err;
    mash_bundle_close(&client->bundle);
    client->bundle = bundle;
    return MASH_OK;
}

static enum mash_err
refuse(struct mash_client *client, uint32_t version, const char *why, struct mash_span evidence)
{
    (void)mash_client_fail(client, MASH_E_SIGNATURE,
                           "ALARM: the exchange offers a partnership bundle (version %u) that is not to be "
                           "trusted: %s. Ring the governance contact",
                           version, why);
    enum mash_err err = mash_home_alarm_add(client->store, mash_client_now(client), "bundle", client->why, evidence);
    return err == MASH_OK ? MASH_E_SIGNATURE : err;
}

/* Take in the next version, given as an encoded Mash__Bundle. */
static enum mash_err
take(struct mash_client *client, uint32_t version, struct mash_span value)
{
    char why[256] = "";
    struct mash_bundle *next = NULL;
    enum mash_err err = mash_bundles_open(value, &next, why, sizeof(why));
    if (err != MASH_OK)
        return err == MASH_E_NOMEM ? err : refuse(client, version, why[0] != '\0' ? why : mash_strerror(err), value);
    err = mash_bundle_follows(client->bundle, next);
    if (err == MASH_OK && mash_bundle_version(next) != version)
        err = MASH_E_VERSION;
    if (err != MASH_OK) {
        mash_bundle_close(&next);
        return refuse(client, version, "it does not follow the one in force", value);
    }
    err = mash_home_bundle_put(client->store, version, value);
    if (err != MASH_OK) {
        mash_bundle_close(&next);
        return mash_client_fail(client, err, "the bundle could not be stored: %s", mash_strerror(err));
    }
    mash_bundle_close(&client->bundle);
    client->bundle = next;
    return MASH_OK;
}

static enum mash_err
fetch_one(struct mash_client *client, uint32_t version)
{
    Mash__GetBundle get = MASH__GET_BUNDLE__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__Answer *answer = NULL;
    get.version = version;
    request.ask_case = MASH__REQUEST__ASK_GET_BUNDLE;
    request.get_bundle = &get;
    enum mash_err err = mash_session_ask(client, &request, MASH__ANSWER__RESULT_BUNDLE, &answer);
    if (err != MASH_OK)
        return err;
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    err = mash_message_encode(answer->bundle, &value);
    if (err == MASH_OK)
        err = take(client, version, mash_bytes_span(&value));
    mash_bytes_free(&value);
    mash_message_free(&answer);
    return err;
}

enum mash_err
mash_bundles_fetch(struct mash_client *client, uint32_t wanted)
{
    enum mash_err err = MASH_OK;
    while (err == MASH_OK && mash_bundle_version(client->bundle) < wanted)
        err = fetch_one(client, mash_bundle_version(client->bundle) + 1);
    return err;
}

enum mash_err
mash_bundles_at(struct mash_client *client, uint32_t version, const struct mash_bundle **ret_bundle)
{
    enum mash_err err = mash_bundles_fetch(client, version);
    if (err != MASH_OK)
        return err;
    for (uint32_t at = version; at != 0 && at < mash_bundle_version(client->bundle); at++) {
        if (client->earlier != NULL && mash_bundle_version(client->earlier) == at) {
            *ret_bundle = client->earlier;
            return MASH_OK;
        }
        struct mash_bundle *bundle = NULL;
        err = stored(client, at, &bundle);
        if (err == MASH_E_UNKNOWN)
            continue; /* from before this installation joined */
        if (err != MASH_OK)
            return err;
        mash_bundle_close(&client->earlier);
        client->earlier = bundle;
        *ret_bundle = bundle;
        return MASH_OK;
    }
    *ret_bundle = client->bundle;
    return MASH_OK;
}
