/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - see mash/client.h and clients/lib/client.h: opening and closing a home. */
#include "clients/lib/client.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/lib/bundles.h"
#include "clients/lib/seen.h"
#include "proto/address.h"

static uint64_t
wall_clock_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

enum mash_err
mash_home_path(const char *home, const char *name, char ret_path[static MASH_HOME_PATH_MAX])
{
    int len = snprintf(ret_path, MASH_HOME_PATH_MAX, "%s/%s", home, name);
    return len > 0 && (size_t)len < MASH_HOME_PATH_MAX ? MASH_OK : MASH_E_LIMIT;
}

enum mash_err
mash_home_key_path(const char *home, const char *mailbox_address, const char *what,
                   char ret_path[static MASH_HOME_PATH_MAX])
{
    struct mash_address address = { .mailbox = "" };
    if (mailbox_address != NULL) {
        enum mash_err err = mash_address_parse(mailbox_address, &address);
        if (err != MASH_OK)
            return err;
    }
    char name[MASH_NAME_MAX + 32];
    (void)snprintf(name, sizeof(name), "keys/%s%s%s.key", address.mailbox, mailbox_address != NULL ? "." : "",
                   what);
    return mash_home_path(home, name, ret_path);
}

enum mash_err
mash_client_fail(struct mash_client *client, enum mash_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(client->why, sizeof(client->why), format, arguments);
    va_end(arguments);
    return err;
}

uint64_t
mash_client_now(const struct mash_client *client)
{
    return client->now_ms(client->now_ctx);
}

int
mash_client_box(const struct mash_client *client, const char *address)
{
    for (size_t i = 0; i < client->conf.n_mailboxes; i++)
        if (strcmp(client->conf.mailboxes[i], address) == 0)
            return (int)i;
    return -1;
}

const char *
mash_client_phone(const struct mash_client *client, const char *mailbox)
{
    const struct mash_mailbox *row = mash_bundle_mailbox(client->bundle, mailbox);
    return row != NULL && row->phone != NULL ? row->phone : "";
}

static enum mash_err
load_key(struct mash_client *client, const char *mailbox, const char *what, enum mash_purpose purpose,
         struct mash_secret **ret_secret)
{
    char path[MASH_HOME_PATH_MAX];
    enum mash_err err = mash_home_key_path(client->home, mailbox, what, path);
    if (err == MASH_OK)
        err = mash_secret_load(path, purpose, NULL, ret_secret);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the key file %s: %s", path, mash_strerror(err));
    return MASH_OK;
}

static enum mash_err
load_keys(struct mash_client *client)
{
    enum mash_err err = load_key(client, NULL, "link", MASH_PURPOSE_LINK, &client->link_key);
    for (size_t i = 0; err == MASH_OK && i < client->conf.n_mailboxes; i++) {
        err = load_key(client, client->conf.mailboxes[i], "seal", MASH_PURPOSE_SEAL, &client->boxes[i].seal);
        if (err == MASH_OK)
            err = load_key(client, client->conf.mailboxes[i], "sign", MASH_PURPOSE_SIGN, &client->boxes[i].sign);
    }
    return err;
}

static enum mash_err
load_home(struct mash_client *client)
{
    char path[MASH_HOME_PATH_MAX];
    enum mash_err err = mash_home_path(client->home, "client.conf", path);
    if (err == MASH_OK)
        err = mash_conf_read(path, &client->conf, client->why, sizeof(client->why));
    if (err != MASH_OK)
        return err;
    client->timeout_ms = client->conf.timeout_ms;
    if (!client->conf.pinned || client->conf.endpoint[0] == '\0')
        return mash_client_fail(client, MASH_E_UNKNOWN,
                                "this installation has not joined the partnership: run mash-client join");

    err = mash_home_path(client->home, "client.db", path);
    if (err == MASH_OK)
        err = mash_home_store_open(path, &client->store);
    if (err != MASH_OK)
        return mash_client_fail(client, err, "the database %s: %s", path, mash_strerror(err));
    err = load_keys(client);
    if (err == MASH_OK)
        err = mash_bundles_load(client);
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    if (err == MASH_OK)
        err = mash_seen_load(client, &note);
    mash_bytes_free(&note);
    return err;
}

enum mash_err
mash_client_open(const char *home, struct mash_client **ret_client, char *ret_why, size_t why_size)
{
    if (why_size > 0)
        ret_why[0] = '\0';
    if (sodium_init() < 0)
        return MASH_E_IO;
    struct mash_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        return MASH_E_NOMEM;
    client->now_ms = wall_clock_ms;
    client->home = strdup(home);
    enum mash_err err = client->home == NULL ? MASH_E_NOMEM : load_home(client);
    if (err == MASH_OK) {
        *ret_client = client;
        return MASH_OK;
    }
    (void)snprintf(ret_why, why_size, "%s", client->why[0] != '\0' ? client->why : mash_strerror(err));
    mash_client_close(&client);
    return err;
}

void
mash_client_close(struct mash_client **client_p)
{
    struct mash_client *client = *client_p;
    if (client == NULL)
        return;
    mash_link_close(&client->link);
    mash_home_store_close(&client->store);
    mash_bundle_close(&client->earlier);
    mash_bundle_close(&client->bundle);
    mash_secret_close(&client->link_key);
    for (size_t i = 0; i < MASH_CONF_MAILBOXES_MAX; i++) {
        mash_secret_close(&client->boxes[i].seal);
        mash_secret_close(&client->boxes[i].sign);
    }
    free(client->home);
    free(client);
    *client_p = NULL;
}

const char *
mash_client_why(const struct mash_client *client)
{
    return client->why;
}

void
mash_client_set_timeout(struct mash_client *client, uint32_t timeout_ms)
{
    client->timeout_ms = timeout_ms;
}

const char *
mash_client_mailbox(const struct mash_client *client, size_t n)
{
    return n < client->conf.n_mailboxes ? client->conf.mailboxes[n] : NULL;
}
