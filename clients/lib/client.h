/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - the inside of struct mash_client: one open home directory, its keys, its newest bundle and,
 * while connected, its link.  Only for clients/lib. */
#ifndef MASH_CLIENTS_LIB_CLIENT_H
#define MASH_CLIENTS_LIB_CLIENT_H

#include "mash/client.h"

#include "clients/lib/conf.h"
#include "clients/lib/home_store.h"
#include "clients/lib/link.h"
#include "proto/bundle.h"
#include "proto/checkpoint.h"

#define MASH_HOME_PATH_MAX 4096u /* bytes of a path below the home, with its NUL */

/* The unattended keys of one mailbox. */
struct mash_box_keys {
    struct mash_secret *seal; /* opens bodies */
    struct mash_secret *sign; /* send and collect */
};

struct mash_client {
    char *home;
    struct mash_conf conf;
    struct mash_home_store *store;
    struct mash_bundle *bundle;   /* newest; NULL before join */
    struct mash_bundle *earlier;  /* the one last asked for by version, or NULL */
    struct mash_secret *link_key;
    struct mash_box_keys boxes[MASH_CONF_MAILBOXES_MAX]; /* as in conf.mailboxes */
    bool has_checkpoint;
    struct mash_checkpoint checkpoint; /* largest verified */
    struct mash_link *link;       /* NULL while not connected */
    uint32_t timeout_ms;
    uint64_t (*now_ms)(void *ctx); /* wall clock; tests set their own */
    void *now_ctx;
    char why[1024];
};

/* Path of a file below the home; MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_home_path(const char *home, const char *name,
                                            char ret_path[static MASH_HOME_PATH_MAX]);
/* Path of a key of a mailbox: keys/<mailbox>.<what>.key, what: "seal", "sign" or "act"; with mailbox NULL,
 * of the installation: keys/<what>.key, what: "link" or "witness". */
MASH_MUSTCHECK enum mash_err mash_home_key_path(const char *home, const char *mailbox_address, const char *what,
                                                char ret_path[static MASH_HOME_PATH_MAX]);

/* Keep the sentence for mash_client_why(); gives err back. */
enum mash_err mash_client_fail(struct mash_client *client, enum mash_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

uint64_t mash_client_now(const struct mash_client *client);

/* The place of one of our mailboxes in conf and boxes; -1: not ours. */
int mash_client_box(const struct mash_client *client, const char *address);

/* Unlock the act key of one of our mailboxes; passphrase may be NULL.  ret_key: mash_secret_close().
 * MASH_E_DENIED: it is locked. */
MASH_MUSTCHECK enum mash_err mash_client_act_key(struct mash_client *client, const char *mailbox,
                                                 const char *passphrase, struct mash_secret **ret_key);

/* Fallback phone of a mailbox by the newest bundle, or "" . */
const char *mash_client_phone(const struct mash_client *client, const char *mailbox);

#endif
