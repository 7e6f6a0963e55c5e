/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h - live connections that have said hello.  Lives in the ledger; nothing here is an
 * authority: a connection that is forgotten only has to say hello again. */
#ifndef MASH_DAEMON_PATH_CONNECTION_H
#define MASH_DAEMON_PATH_CONNECTION_H

#include "proto/keys.h"

#define MASH_CONNECTIONS_MAX 4096u /* 4 for each of 1024 installations */

struct mash_connection {
    uint64_t id;
    struct mash_key_id link_id;
};

struct mash_connections {
    struct mash_connection *rows; /* owned */
    size_t count, cap;
};

/* Remember that connection id of link said hello.  MASH_E_FULL, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_connections_add(struct mash_connections *all, uint64_t id,
                                                  const struct mash_key_id *link_id);
/* Did this connection, as this link, say hello? */
bool mash_connections_has(const struct mash_connections *all, uint64_t id, const struct mash_key_id *link_id);
void mash_connections_remove(struct mash_connections *all, uint64_t id);
/* Forget all (the gate has gone) and release the memory. */
void mash_connections_clear(struct mash_connections *all);

#endif
