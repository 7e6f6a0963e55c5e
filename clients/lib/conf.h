/* SPDX-License-Identifier: Apache-2.0 */
/* conf.h - client.conf of a home directory: who we are and where the exchange is.  Nothing secret.
 * One table of options in conf.c serves reading, writing and the messages about what is wrong. */
#ifndef MASH_CLIENTS_LIB_CONF_H
#define MASH_CLIENTS_LIB_CONF_H

#include "proto/bytes.h"
#include "proto/limits.h"

#define MASH_CONF_MAILBOXES_MAX 16u  /* of one installation */
#define MASH_CONF_ENDPOINT_MAX 255u  /* characters: a DNS name, scheme and port */
#define MASH_CONF_TIMEOUT_MS 10000u  /* default wait for an answer */

struct mash_conf {
    char partnership[MASH_NAME_MAX + 1];
    char agency[MASH_NAME_MAX + 1];
    char mailboxes[MASH_CONF_MAILBOXES_MAX][MASH_ADDRESS_MAX + 1];
    size_t n_mailboxes;
    char endpoint[MASH_CONF_ENDPOINT_MAX + 1]; /* tcp://host:port; empty before join */
    bool pinned;                               /* governance_pin is set */
    uint8_t governance_pin[MASH_SHA256_BYTES];
    uint32_t timeout_ms;
};

/* Read path.  MASH_E_UNKNOWN: no such file; MASH_E_FORMAT: not a configuration file; MASH_E_VALUE: an
 * option is unknown, missing or wrong; ret_why names it, at most why_size bytes. */
MASH_MUSTCHECK enum mash_err mash_conf_read(const char *path, struct mash_conf *ret_conf, char *ret_why,
                                            size_t why_size);

/* Replace path, whole or not at all.  Errors of mash_file_replace(). */
MASH_MUSTCHECK enum mash_err mash_conf_write(const char *path, const struct mash_conf *conf);

/* Is address one of the installation's mailboxes? */
bool mash_conf_is_ours(const struct mash_conf *conf, const char *address);

#endif
