/* SPDX-License-Identifier: Apache-2.0 */
/* statuses.h - statuses that our mailboxes sign: each continues the chain of its notice and mailbox, is
 * stored before it is submitted, and is submitted until the log has it.  When another installation of the
 * mailbox was faster, ours is signed again behind theirs. */
#ifndef MASH_CLIENTS_LIB_STATUSES_H
#define MASH_CLIENTS_LIB_STATUSES_H

#include "clients/lib/client.h"

/* Where the chain of a notice at one of our mailboxes ends by what we know, ours pending included. */
struct mash_chain {
    uint32_t sequence; /* 0: no status yet */
    struct mash_hash last;
};
MASH_MUSTCHECK enum mash_err mash_chain_end(struct mash_client *client, const struct mash_hash *manifest_sha256,
                                            const char *mailbox, struct mash_chain *ret_chain);

#define MASH_STATUSES_AT_ONCE MASH_BATCH_MAX

/* Complete n (1 to 64) statuses of one mailbox, in order (notice, mailbox, state and particulars are set),
 * sign them as one batch with key and store them as pending.  Opens no transaction of its own.
 * ret_sha256s: n, or NULL.  MASH_E_VALUE: fields are wrong, why says which. */
MASH_MUSTCHECK enum mash_err mash_statuses_add(struct mash_client *client, const struct mash_secret *key,
                                               Mash__Status *const *statuses, size_t n,
                                               struct mash_hash *ret_sha256s);

/* Submit all pending statuses; what the log has taken is marked, what it refused for good becomes an alarm.
 * act_key: may sign acts again when a chain has moved on, or NULL.  MASH_E_AGAIN: the rest waits. */
MASH_MUSTCHECK enum mash_err mash_statuses_flush_with(struct mash_client *client, const struct mash_secret *act_key);
static inline MASH_MUSTCHECK enum mash_err
mash_statuses_flush(struct mash_client *client)
{
    return mash_statuses_flush_with(client, NULL);
}

/* Read an encoded SignedStatus: ret_signed owns the bytes that ret_status was decoded from. */
MASH_MUSTCHECK enum mash_err mash_statuses_decode(struct mash_span in, Mash__SignedStatus **ret_signed,
                                                  Mash__Status **ret_status);

#endif
