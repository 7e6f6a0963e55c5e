/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - see view.h. */
#include "daemon/path/view.h"

#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"

enum { BUNDLE_FILES_MAX = 16 }; /* four today; more than that is not a bundle of ours */

enum mash_err
mash_view_bundle_decode(struct mash_span value, struct mash_bundle **ret_bundle, char *ret_why,
                        size_t why_size)
{
    Mash__Bundle *message = NULL;
    enum mash_err err = mash_message_decode(&mash__bundle__descriptor, value, &message);
    if (err != MASH_OK)
        goto out;
    if (message->n_files > BUNDLE_FILES_MAX) {
        err = MASH_E_FORMAT;
        goto out;
    }
    struct mash_bundle_file files[BUNDLE_FILES_MAX];
    for (size_t i = 0; i < message->n_files; i++) {
        files[i].name = message->files[i]->name;
        files[i].content = mash_field_span(message->files[i]->content);
    }
    err = mash_bundle_open(mash_field_span(message->note), files, message->n_files, ret_bundle, ret_why,
                           why_size);
out:
    mash_message_free(&message);
    return err;
}

static enum mash_err
load_bundle(struct mash_view *view, struct mash_store *store)
{
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    uint32_t version = 0;
    enum mash_err err = mash_store_bundle_get(store, 0, &version, &value);
    if (err == MASH_E_UNKNOWN) {
        mash_bundle_close(&view->bundle);
        err = MASH_OK;
        goto out;
    }
    if (err != MASH_OK || (view->bundle != NULL && mash_bundle_version(view->bundle) == version))
        goto out;
    struct mash_bundle *bundle = NULL;
    err = mash_view_bundle_decode(mash_bytes_span(&value), &bundle, NULL, 0);
    if (err != MASH_OK)
        goto out;
    mash_bundle_close(&view->bundle);
    view->bundle = bundle;
out:
    mash_bytes_free(&value);
    return err;
}

enum mash_err
mash_view_load(struct mash_view *view, struct mash_store *store)
{
    enum mash_err err = load_bundle(view, store);
    if (err != MASH_OK)
        return err;
    if (view->suspensions == NULL) {
        view->suspensions = calloc(MASH_SUSPENSIONS_MAX, sizeof(*view->suspensions));
        if (view->suspensions == NULL)
            return MASH_E_NOMEM;
    }
    return mash_store_suspensions(store, view->suspensions, MASH_SUSPENSIONS_MAX, &view->n_suspensions);
}

void
mash_view_clear(struct mash_view *view)
{
    mash_bundle_close(&view->bundle);
    free(view->suspensions);
    *view = (struct mash_view){ 0 };
}

bool
mash_view_key_suspended(const struct mash_view *view, const struct mash_key_id *key_id)
{
    for (size_t i = 0; i < view->n_suspensions; i++)
        if (view->suspensions[i].mailbox[0] == '\0' &&
            memcmp(view->suspensions[i].key_id.bytes, key_id->bytes, MASH_KEY_ID_BYTES) == 0)
            return true;
    return false;
}

bool
mash_view_mailbox_suspended(const struct mash_view *view, const char *address)
{
    for (size_t i = 0; i < view->n_suspensions; i++)
        if (strcmp(view->suspensions[i].mailbox, address) == 0)
            return true;
    return false;
}

const struct mash_installation *
mash_view_link(const struct mash_view *view, const struct mash_key_id *link_id, uint64_t now_ms,
               uint64_t also_ms)
{
    if (view->bundle == NULL)
        return NULL;
    const struct mash_installation *at = mash_bundle_installation(view->bundle, link_id);
    if (at == NULL ||
        (!mash_valid_at(at->valid_from_ms, at->valid_to_ms, now_ms) &&
         !mash_valid_at(at->valid_from_ms, at->valid_to_ms, also_ms)) ||
        mash_view_key_suspended(view, link_id))
        return NULL;
    return at;
}

enum mash_err
mash_view_older_digest(struct mash_view *view, struct mash_store *store, uint32_t version,
                       uint8_t ret_digest[static MASH_SHA256_BYTES])
{
    for (size_t i = 0; i < view->n_older; i++) {
        if (view->older[i].version == version) {
            memcpy(ret_digest, view->older[i].digest, MASH_SHA256_BYTES);
            return MASH_OK;
        }
    }
    struct mash_bundle *bundle = NULL;
    struct mash_bytes value = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = mash_store_bundle_get(store, version, NULL, &value);
    if (err != MASH_OK)
        goto out;
    err = mash_view_bundle_decode(mash_bytes_span(&value), &bundle, NULL, 0);
    if (err != MASH_OK)
        goto out;
    memcpy(ret_digest, mash_bundle_digest(bundle), MASH_SHA256_BYTES);
    struct mash_view_older *slot = &view->older[version % MASH_VIEW_OLDER_MAX];
    if (view->n_older < MASH_VIEW_OLDER_MAX)
        slot = &view->older[view->n_older++];
    slot->version = version;
    memcpy(slot->digest, ret_digest, MASH_SHA256_BYTES);
out:
    mash_bundle_close(&bundle);
    mash_bytes_free(&value);
    return err;
}

enum mash_err
mash_view_links(const struct mash_view *view, uint64_t now_ms, uint64_t also_ms, struct mash_bytes *out)
{
    if (view->bundle == NULL)
        return MASH_OK;
    size_t count;
    const struct mash_installation *all = mash_bundle_installations(view->bundle, &count);
    for (size_t i = 0; i < count; i++) {
        if (mash_view_link(view, &all[i].link_id, now_ms, also_ms) == NULL)
            continue;
        enum mash_err err = mash_bytes_append(out, all[i].link, MASH_PUBLIC_KEY_BYTES);
        if (err == MASH_OK)
            err = mash_bytes_append(out, all[i].link_id.bytes, MASH_KEY_ID_BYTES);
        if (err != MASH_OK)
            return err;
    }
    return MASH_OK;
}
