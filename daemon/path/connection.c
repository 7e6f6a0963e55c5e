/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c - see connection.h.  A few hundred rows: a linear search is cheaper than a table. */
#include "daemon/path/connection.h"

#include <stdlib.h>
#include <string.h>

static struct mash_connection *
find(const struct mash_connections *all, uint64_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->rows[i].id == id)
            return &all->rows[i];
    return NULL;
}

enum mash_err
mash_connections_add(struct mash_connections *all, uint64_t id, const struct mash_key_id *link_id)
{
    struct mash_connection *row = find(all, id);
    if (row != NULL) {
        row->link_id = *link_id;
        return MASH_OK;
    }
    if (all->count == MASH_CONNECTIONS_MAX)
        return MASH_E_FULL;
    if (all->count == all->cap) {
        size_t cap = all->cap == 0 ? 64 : all->cap * 2;
        struct mash_connection *rows = realloc(all->rows, cap * sizeof(*rows));
        if (rows == NULL)
            return MASH_E_NOMEM;
        all->rows = rows;
        all->cap = cap;
    }
    all->rows[all->count++] = (struct mash_connection){ id, *link_id };
    return MASH_OK;
}

bool
mash_connections_has(const struct mash_connections *all, uint64_t id, const struct mash_key_id *link_id)
{
    const struct mash_connection *row = find(all, id);
    return row != NULL && memcmp(row->link_id.bytes, link_id->bytes, MASH_KEY_ID_BYTES) == 0;
}

void
mash_connections_remove(struct mash_connections *all, uint64_t id)
{
    struct mash_connection *row = find(all, id);
    if (row != NULL)
        *row = all->rows[--all->count];
}

void
mash_connections_clear(struct mash_connections *all)
{
    free(all->rows);
    *all = (struct mash_connections){ 0 };
}
