/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_name.c - names of mailboxes, agencies and notice types as small integers, with the figures kept
 * under each.  Ledger process.  A name that was met is kept in memory; its figures are written once a
 * group, at commit.  There are as many as the bundle ever listed: a peer cannot make more. */
#include "daemon/store/sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: the names come from a signed bundle, not from a stranger who looks for collisions. */
static size_t
slot_of(const struct names *names, enum name_kind kind, const char *text)
{
    uint64_t hash = 14695981039346656037ull ^ (uint64_t)kind;
    for (const char *at = text; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * 1099511628211ull;
    size_t slot = (size_t)(hash ^ (hash >> 32)) & (names->slot_count - 1);
    while (names->slots[slot] != NULL
           && (names->slots[slot]->kind != kind || strcmp(names->slots[slot]->text, text) != 0))
        slot = (slot + 1) & (names->slot_count - 1);
    return slot;
}

/* Keep at least half of the slots empty. */
static enum mash_err
names_grow(struct names *names)
{
    if (names->slot_count > 2 * (names->used + 1))
        return MASH_OK;
    struct names larger = { .slot_count = names->slot_count == 0 ? 64 : 2 * names->slot_count };
    larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
    if (larger.slots == NULL)
        return MASH_E_NOMEM;
    for (size_t i = 0; i < names->slot_count; i++) {
        struct name *name = names->slots[i];
        if (name != NULL)
            larger.slots[slot_of(&larger, name->kind, name->text)] = name;
    }
    larger.used = names->used;
    free(names->slots);
    *names = larger;
    return MASH_OK;
}

void
names_drop(struct mash_store *store)
{
    for (size_t i = 0; i < store->names.slot_count; i++)
        free(store->names.slots[i]);
    free(store->names.slots);
    store->names = (struct names){ 0 };
}

static enum mash_err
name_read(struct mash_store *store, enum name_kind kind, const char *text, struct name *name)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_NAME_GET, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)kind);
    sql_text(stmt, 2, text);
    err = sql_row(store, stmt);
    if (err != MASH_OK)
        return err;
    memset(name, 0, sizeof(*name));
    name->id = sqlite3_column_int64(stmt, 0);
    name->kind = kind;
    name->items = sql_column(stmt, 1);
    name->waiting = sql_column(stmt, 2);
    name->unacknowledged = sql_column(stmt, 3);
    name->open = sql_column(stmt, 4);
    name->notices = sql_column(stmt, 5);
    name->seen_ms = sql_column(stmt, 6);
    memcpy(name->text, text, strlen(text) + 1);
    sql_done(stmt);
    return MASH_OK;
}

enum mash_err
name_get(struct mash_store *store, enum name_kind kind, const char *text, struct name **ret_name)
{
    if (strnlen(text, MASH_ADDRESS_MAX + 1) > MASH_ADDRESS_MAX)
        return MASH_E_LIMIT;
    enum mash_err err = names_grow(&store->names);
    if (err != MASH_OK)
        return err;
    size_t slot = slot_of(&store->names, kind, text);
    if (store->names.slots[slot] == NULL) {
        struct name found;
        err = name_read(store, kind, text, &found);
        if (err != MASH_OK)
            return err;
        struct name *name = malloc(sizeof(*name));
        if (name == NULL)
            return MASH_E_NOMEM;
        *name = found;
        store->names.slots[slot] = name;
        store->names.used++;
    }
    *ret_name = store->names.slots[slot];
    return MASH_OK;
}

enum mash_err
name_put(struct mash_store *store, enum name_kind kind, const char *text, struct name **ret_name)
{
    assert(store->in_group);
    enum mash_err err = name_get(store, kind, text, ret_name);
    if (err != MASH_E_UNKNOWN)
        return err;
    sqlite3_stmt *stmt = NULL;
    err = sql_ready(store, SQL_NAME_PUT, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)kind);
    sql_text(stmt, 2, text);
    err = sql_change(store, stmt);
    return err == MASH_OK ? name_get(store, kind, text, ret_name) : err;
}

static enum mash_err
name_write(struct mash_store *store, const struct name *name)
{
    sqlite3_stmt *stmt = NULL;
    enum mash_err err = sql_ready(store, SQL_NAME_COUNTS, &stmt);
    if (err != MASH_OK)
        return err;
    sql_int(stmt, 1, (uint64_t)name->id);
    sql_int(stmt, 2, name->items);
    sql_int(stmt, 3, name->waiting);
    sql_int(stmt, 4, name->unacknowledged);
    sql_int(stmt, 5, name->open);
    sql_int(stmt, 6, name->notices);
    sql_int(stmt, 7, name->seen_ms);
    return sql_change(store, stmt);
}

enum mash_err
names_flush(struct mash_store *store)
{
    for (size_t i = 0; i < store->names.slot_count; i++) {
        struct name *name = store->names.slots[i];
        if (name == NULL || !name->dirty)
            continue;
        enum mash_err err = name_write(store, name);
        if (err != MASH_OK)
            return err;
        name->dirty = false;
    }
    return MASH_OK;
}
