/* SPDX-License-Identifier: Apache-2.0 */
/* party.c - see party.h. */
#include "daemon/path/party.h"

#include <stdlib.h>
#include <string.h>

#include "proto/address.h"

enum mash_err
mash_party_rows(struct mash_path *path, const struct mash_hash *manifest_sha256,
                struct mash_store_obligation **ret_rows, size_t *ret_count)
{
    struct mash_store_obligation *rows = calloc(MASH_PARTIES_MAX, sizeof(*rows));
    if (rows == NULL)
        return MASH_E_NOMEM;
    enum mash_err err =
        mash_store_obligations(path->store, manifest_sha256, rows, MASH_PARTIES_MAX, ret_count);
    if (err != MASH_OK) {
        free(rows);
        return err;
    }
    *ret_rows = rows;
    return MASH_OK;
}

enum mash_err
mash_party_is(struct mash_path *path, const struct mash_hash *manifest_sha256, const char *agency,
              bool *ret_is)
{
    struct mash_store_obligation *rows;
    size_t count;
    bool is = false;
    enum mash_err err = mash_party_rows(path, manifest_sha256, &rows, &count);
    if (err == MASH_E_UNKNOWN) { /* no such notice: nobody is party to it */
        *ret_is = false;
        return MASH_OK;
    }
    if (err != MASH_OK)
        return err;
    for (size_t i = 0; i < count && !is; i++) {
        struct mash_address address;
        is = mash_address_parse(rows[i].mailbox, &address) == MASH_OK && strcmp(address.agency, agency) == 0;
    }
    free(rows);
    *ret_is = is;
    return MASH_OK;
}

enum mash_err
mash_party_accept(struct mash_path *path, uint64_t entry, Mash__Detail **ret_accept)
{
    struct mash_store_entry row = { 0 };
    enum mash_err err = mash_store_entry_get(path->store, entry, &row);
    if (err != MASH_OK)
        return err;
    Mash__Detail *detail = NULL;
    err = mash_message_decode(&mash__detail__descriptor, mash_bytes_span(&row.detail), &detail);
    mash_store_entry_free(&row);
    if (err == MASH_OK && detail->kind_case != MASH__DETAIL__KIND_ACCEPT) {
        mash_message_free(&detail);
        err = MASH_E_FORMAT;
    }
    if (err == MASH_OK)
        *ret_accept = detail;
    return err;
}
