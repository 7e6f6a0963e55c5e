/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c - see conf.h.  The client's door to libeconf.h. */
#include "clients/lib/conf.h"

#include <libeconf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/address.h"
#include "proto/file.h"
#include "proto/hex.h"

#define TIMEOUT_MIN_MS 100u
#define TIMEOUT_MAX_MS 600000u

/* Each setter checks its value; each getter appends it, nothing when it is not set. */
struct option {
    const char *name;
    bool required;
    const char *expects;
    bool (*set)(struct mash_conf *conf, char *value);
    enum mash_err (*get)(const struct mash_conf *conf, struct mash_bytes *out);
};

static bool
copy(char *out, size_t size, const char *value)
{
    int len = snprintf(out, size, "%s", value);
    return len > 0 && (size_t)len < size;
}

static bool
set_partnership(struct mash_conf *conf, char *value)
{
    return mash_partnership_ok(value) && copy(conf->partnership, sizeof(conf->partnership), value);
}

static enum mash_err
get_partnership(const struct mash_conf *conf, struct mash_bytes *out)
{
    return mash_bytes_append_str(out, conf->partnership);
}

static bool
set_agency(struct mash_conf *conf, char *value)
{
    return mash_name_ok(value) && copy(conf->agency, sizeof(conf->agency), value);
}

static enum mash_err
get_agency(const struct mash_conf *conf, struct mash_bytes *out)
{
    return mash_bytes_append_str(out, conf->agency);
}

static bool
set_mailboxes(struct mash_conf *conf, char *value)
{
    char *rest = NULL;
    conf->n_mailboxes = 0;
    for (char *at = strtok_r(value, " ,\t", &rest); at != NULL; at = strtok_r(NULL, " ,\t", &rest)) {
        struct mash_address address;
        if (conf->n_mailboxes == MASH_CONF_MAILBOXES_MAX || mash_address_parse(at, &address) != MASH_OK ||
            mash_conf_is_ours(conf, at))
            return false;
        if (!copy(conf->mailboxes[conf->n_mailboxes++], MASH_ADDRESS_MAX + 1, at))
            return false;
    }
    return conf->n_mailboxes > 0;
}

static enum mash_err
get_mailboxes(const struct mash_conf *conf, struct mash_bytes *out)
{
    enum mash_err err = MASH_OK;
    for (size_t i = 0; err == MASH_OK && i < conf->n_mailboxes; i++)
        err = mash_bytes_appendf(out, "%s%s", i > 0 ? " " : "", conf->mailboxes[i]);
    return err;
}

static bool
set_endpoint(struct mash_conf *conf, char *value)
{
    return strncmp(value, "tcp://", 6) == 0 && copy(conf->endpoint, sizeof(conf->endpoint), value);
}

static enum mash_err
get_endpoint(const struct mash_conf *conf, struct mash_bytes *out)
{
    return mash_bytes_append_str(out, conf->endpoint);
}

static bool
set_pin(struct mash_conf *conf, char *value)
{
    conf->pinned = mash_hex_parse(mash_span_str(value), conf->governance_pin, MASH_SHA256_BYTES) == MASH_OK;
    return conf->pinned;
}

static enum mash_err
get_pin(const struct mash_conf *conf, struct mash_bytes *out)
{
    char text[2 * MASH_SHA256_BYTES + 1] = "";
    if (conf->pinned)
        mash_hex_text(mash_span(conf->governance_pin, MASH_SHA256_BYTES), text);
    return mash_bytes_append_str(out, text);
}

static bool
set_timeout(struct mash_conf *conf, char *value)
{
    char *end = NULL;
    unsigned long long number = strtoull(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || number < TIMEOUT_MIN_MS || number > TIMEOUT_MAX_MS)
        return false;
    conf->timeout_ms = (uint32_t)number;
    return true;
}

static enum mash_err
get_timeout(const struct mash_conf *conf, struct mash_bytes *out)
{
    return mash_bytes_appendf(out, "%u", conf->timeout_ms);
}

static const struct option options[] = {
    { "partnership", true, "a partnership's name", set_partnership, get_partnership },
    { "agency", true, "an agency's name", set_agency, get_agency },
    { "mailboxes", true, "1 to 16 addresses agency/mailbox@partnership", set_mailboxes, get_mailboxes },
    { "endpoint", false, "tcp://host:port", set_endpoint, get_endpoint },
    { "governance_pin", false, "64 hexadecimal digits", set_pin, get_pin },
    { "timeout_ms", false, "milliseconds, 100 to 600000", set_timeout, get_timeout },
};
#define OPTIONS_COUNT (sizeof(options) / sizeof(options[0]))

static enum mash_err
wrong(char *ret_why, size_t why_size, const char *name, const char *expects)
{
    (void)snprintf(ret_why, why_size, "client.conf: %s: expected %s", name, expects);
    return MASH_E_VALUE;
}

static enum mash_err
check_known(econf_file *file, char *ret_why, size_t why_size)
{
    char **keys = NULL;
    size_t count = 0;
    enum mash_err err = MASH_OK;
    if (econf_getKeys(file, NULL, &count, &keys) != ECONF_SUCCESS)
        return MASH_OK; /* no key at all: the required ones will be missed */
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < OPTIONS_COUNT; j++)
            known = known || strcmp(options[j].name, keys[i]) == 0;
        if (!known)
            err = wrong(ret_why, why_size, keys[i], "no such option");
    }
    econf_freeArray(keys);
    return err;
}

enum mash_err
mash_conf_read(const char *path, struct mash_conf *ret_conf, char *ret_why, size_t why_size)
{
    struct mash_conf conf = { .timeout_ms = MASH_CONF_TIMEOUT_MS };
    econf_file *file = NULL;
    if (access(path, R_OK) != 0) {
        (void)snprintf(ret_why, why_size, "there is no readable %s: run mash-client init", path);
        return MASH_E_UNKNOWN;
    }
    econf_err read = econf_readFile(&file, path, "=", "#");
    if (read != ECONF_SUCCESS) {
        (void)snprintf(ret_why, why_size, "%s: %s", path, econf_errString(read));
        return MASH_E_FORMAT;
    }
    enum mash_err err = check_known(file, ret_why, why_size);
    for (size_t i = 0; err == MASH_OK && i < OPTIONS_COUNT; i++) {
        char *value = NULL;
        bool there = econf_getStringValue(file, NULL, options[i].name, &value) == ECONF_SUCCESS && value != NULL &&
                     *value != '\0';
        if (there ? !options[i].set(&conf, value) : options[i].required)
            err = wrong(ret_why, why_size, options[i].name, options[i].expects);
        free(value);
    }
    econf_freeFile(file);
    if (err == MASH_OK)
        *ret_conf = conf;
    return err;
}

enum mash_err
mash_conf_write(const char *path, const struct mash_conf *conf)
{
    struct mash_bytes out = mash_bytes_max(16384);
    enum mash_err err = mash_bytes_append_str(&out, "# Written by mash-client; see mash-client(1).\n");
    for (size_t i = 0; err == MASH_OK && i < OPTIONS_COUNT; i++) {
        struct mash_bytes value = mash_bytes_max(8192);
        err = options[i].get(conf, &value);
        if (err == MASH_OK && value.len > 0)
            err = mash_bytes_appendf(&out, "%s = %.*s\n", options[i].name, (int)value.len, (char *)value.data);
        mash_bytes_free(&value);
    }
    if (err == MASH_OK)
        err = mash_file_replace(path, mash_bytes_span(&out), 0600);
    mash_bytes_free(&out);
    return err;
}

bool
mash_conf_is_ours(const struct mash_conf *conf, const char *address)
{
    for (size_t i = 0; i < conf->n_mailboxes; i++)
        if (strcmp(conf->mailboxes[i], address) == 0)
            return true;
    return false;
}
