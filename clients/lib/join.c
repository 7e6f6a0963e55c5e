/* SPDX-License-Identifier: Apache-2.0 */
/* join.c - see mash/client.h: the first bundle, checked against the pin that was compared by phone. */
#include "clients/lib/client.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clients/lib/bundles.h"
#include "proto/file.h"
#include "proto/hex.h"

static const char *const names[] = { "agreement.json", "calendar.json", "clocks.json", "registry.json" };
#define FILES_COUNT (sizeof(names) / sizeof(names[0]))

/* Where the sentence about an error goes. */
struct telling {
    char *why;
    size_t size;
};

static enum mash_err say(const struct telling *to, enum mash_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum mash_err
say(const struct telling *to, enum mash_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(to->why, to->size, format, arguments);
    va_end(arguments);
    return err;
}

static enum mash_err
read_one(const struct telling *to, const char *directory, const char *name, struct mash_bytes *ret_content)
{
    char path[MASH_HOME_PATH_MAX];
    enum mash_err err = mash_home_path(directory, name, path);
    if (err == MASH_OK)
        err = mash_file_read(path, ret_content);
    return err == MASH_OK ? err : say(to, err, "%s/%s: %s", directory, name, mash_file_strerror(err));
}

/* The note and its files as one encoded Mash__Bundle. */
static enum mash_err
read_directory(const struct telling *to, const char *directory, struct mash_bytes *ret_value)
{
    struct mash_bytes note = mash_bytes_max(MASH_BUNDLE_FILE_MAX), contents[FILES_COUNT];
    Mash__BundleFile files[FILES_COUNT], *list[FILES_COUNT];
    Mash__Bundle bundle = MASH__BUNDLE__INIT;
    enum mash_err err = read_one(to, directory, "note", &note);
    for (size_t i = 0; i < FILES_COUNT; i++) {
        contents[i] = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
        if (err == MASH_OK)
            err = read_one(to, directory, names[i], &contents[i]);
        mash__bundle_file__init(&files[i]);
        files[i].name = (char *)(uintptr_t)names[i];
        files[i].content = mash_span_field(mash_bytes_span(&contents[i]));
        list[i] = &files[i];
    }
    bundle.note = mash_span_field(mash_bytes_span(&note));
    bundle.n_files = FILES_COUNT;
    bundle.files = list;
    if (err == MASH_OK)
        err = mash_message_encode(&bundle, ret_value);
    for (size_t i = 0; i < FILES_COUNT; i++)
        mash_bytes_free(&contents[i]);
    mash_bytes_free(&note);
    return err;
}

/* Is this installation in the bundle, with its mailboxes?  Otherwise nothing would work later. */
static enum mash_err
check_listed(const struct telling *to, const char *home, const struct mash_conf *conf,
             const struct mash_bundle *bundle)
{
    char path[MASH_HOME_PATH_MAX];
    struct mash_secret *link = NULL;
    struct mash_key_id id;
    enum mash_err err = mash_home_key_path(home, NULL, "link", path);
    if (err == MASH_OK)
        err = mash_secret_load(path, MASH_PURPOSE_LINK, NULL, &link);
    if (err != MASH_OK)
        return say(to, err, "the link key: %s", mash_strerror(err));
    mash_secret_id(link, &id);
    mash_secret_close(&link);
    if (mash_bundle_installation(bundle, &id) == NULL)
        return say(to, MASH_E_DENIED, "this installation is not in the bundle yet: its request was not signed in");
    for (size_t i = 0; i < conf->n_mailboxes; i++)
        if (mash_bundle_mailbox(bundle, conf->mailboxes[i]) == NULL)
            return say(to, MASH_E_DENIED, "%s is not in the bundle", conf->mailboxes[i]);
    return MASH_OK;
}

static enum mash_err
check_pin(const struct telling *to, struct mash_conf *conf, const struct mash_bundle *bundle, const char *pin)
{
    uint8_t digest[MASH_SHA256_BYTES];
    if (mash_hex_parse(mash_span_str(pin), digest, sizeof(digest)) != MASH_OK)
        return say(to, MASH_E_VALUE, "the governance pin is not 64 hexadecimal digits");
    if (conf->pinned && memcmp(conf->governance_pin, digest, sizeof(digest)) != 0)
        return say(to, MASH_E_CONFLICT, "this home has joined under another governance pin");
    if (memcmp(mash_bundle_governance_digest(bundle), digest, sizeof(digest)) != 0)
        return say(to, MASH_E_MISMATCH, "the bundle is governed by other keys than the pin says: do not use it");
    if (strcmp(mash_bundle_partnership(bundle), conf->partnership) != 0)
        return say(to, MASH_E_MISMATCH, "the bundle is of another partnership");
    memcpy(conf->governance_pin, digest, sizeof(digest));
    conf->pinned = true;
    return MASH_OK;
}

/* Store the bundle unless a newer one is there (joining again must not roll back). */
static enum mash_err
keep(const struct telling *to, const char *home, const struct mash_bundle *bundle, struct mash_span value)
{
    char path[MASH_HOME_PATH_MAX];
    struct mash_home_store *store = NULL;
    enum mash_err err = mash_home_path(home, "client.db", path);
    if (err == MASH_OK)
        err = mash_home_store_open(path, &store);
    if (err == MASH_OK)
        err = mash_home_bundle_put(store, mash_bundle_version(bundle), value);
    mash_home_store_close(&store);
    return err == MASH_OK ? err : say(to, err, "the bundle could not be stored: %s", mash_strerror(err));
}

enum mash_err
mash_client_join(const char *home, const char *bundle_directory, const char *endpoint, const char *governance_pin,
                 char *ret_why, size_t why_size)
{
    const struct telling to = { ret_why, why_size };
    char path[MASH_HOME_PATH_MAX];
    struct mash_conf conf;
    struct mash_bundle *bundle = NULL;
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    if (sodium_init() < 0)
        return MASH_E_IO;
    enum mash_err err = mash_home_path(home, "client.conf", path);
    if (err == MASH_OK)
        err = mash_conf_read(path, &conf, ret_why, why_size);
    if (err != MASH_OK)
        return err;
    if (strncmp(endpoint, "tcp://", 6) != 0 || strlen(endpoint) > MASH_CONF_ENDPOINT_MAX)
        return say(&to, MASH_E_VALUE, "the endpoint is not tcp://host:port");
    memcpy(conf.endpoint, endpoint, strlen(endpoint) + 1);

    err = read_directory(&to, bundle_directory, &value);
    if (err == MASH_OK)
        err = mash_bundles_open(mash_bytes_span(&value), &bundle, ret_why, why_size);
    if (err == MASH_OK)
        err = check_pin(&to, &conf, bundle, governance_pin);
    if (err == MASH_OK)
        err = check_listed(&to, home, &conf, bundle);
    if (err == MASH_OK)
        err = keep(&to, home, bundle, mash_bytes_span(&value));
    if (err == MASH_OK) {
        err = mash_conf_write(path, &conf);
        if (err != MASH_OK)
            (void)say(&to, err, "%s: %s", path, mash_strerror(err));
    }
    mash_bundle_close(&bundle);
    mash_bytes_free(&value);
    return err;
}
