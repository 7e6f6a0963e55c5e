/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - the message path: accept, parse, authorise, store, route, commit, answer; deliver separately.
 * Lives in the ledger process, sees no socket: frames come in as struct mash_request, answers leave
 * through the sink.  Works in groups: everything of a group is one transaction of the store, and nothing
 * is answered before the store says that it is durable. */
#ifndef MASH_DAEMON_PATH_PATH_H
#define MASH_DAEMON_PATH_PATH_H

#include "daemon/path/clock.h"
#include "daemon/path/connection.h"
#include "daemon/path/flight.h"
#include "daemon/path/pairs.h"
#include "daemon/path/refusal.h"
#include "daemon/path/view.h"
#include "daemon/store/store.h"
#include "proto/checkpoint.h"

#define MASH_GROUP_REQUESTS_MAX 256u              /* requests of one group: bounds the wait of the first */
#define MASH_GROUP_BYTES_MAX (4u * 1024u * 1024u) /* their frames together; one frame always fits */
#define MASH_VERIFIED_MAX 64u                     /* batches remembered as verified in one group */

/* Where answers go.  room: bytes that may be queued now; deliveries keep within it. */
struct mash_sink {
    void *ctx;
    void (*answer)(void *ctx, uint64_t connection, struct mash_span answer);
    size_t (*room)(void *ctx);
};

/* The group that is being made. */
struct mash_group {
    bool open;                  /* between begin and commit or rollback */
    bool detached;              /* read-only: without a transaction, nothing may be written */
    bool full;                  /* the store has no room for bodies; known once room_known */
    bool room_known;
    bool changed;               /* rows were written: there is something to commit */
    bool law_changed;           /* bundle or suspensions were written */
    uint64_t appended;          /* entries so far */
    uint64_t now_ms;            /* wall clock at its begin */
    uint64_t also_ms;           /* mash_path_also_ms() at its begin */
    uint64_t entry_ms;          /* time of its entries: never before the last one's */
    struct mash_store_head head; /* at its begin */
    struct mash_claim verified[MASH_VERIFIED_MAX]; /* batch signatures found good in this group */
    size_t n_verified;
    size_t promised;            /* bytes of long answers that mash_path_promise() has allowed */
    uint64_t searched;          /* log entries that were read to find repeats */
};

struct mash_fetches;

struct mash_path {
    struct mash_store *store;            /* borrowed */
    const struct mash_secret *log_key;   /* borrowed */
    struct mash_clock clock;
    struct mash_sink sink;
    char partnership[MASH_NAME_MAX + 1];
    char origin[MASH_NOTE_NAME_MAX + 1]; /* of the log: partnership/year of its first entry */
    char read_only[200];                 /* why nothing may be signed; or empty */
    uint64_t clock_doubted_ms;           /* monotonic: until then the wall clock alone refuses nothing */
    int64_t clock_before_ms;             /* wall minus monotonic clock, before it jumped */
    struct mash_view view;
    struct mash_connections connections;
    struct mash_refusals refusals;
    struct mash_pairs pairs;             /* empty, no limit, until mash_pairs_open() */
    struct mash_fetches *fetches;        /* owned */
    struct mash_verifier *verifier;      /* owned */
    struct mash_group group;
    struct mash_store_head left;         /* head that the last group left */
    struct mash_bytes checkpoint;        /* the newest durable one, a signed note */
    uint64_t checkpoint_size;            /* entries under it */
    uint64_t groups;                     /* commits since start */
};

/* Ready path for use.  Everything but fetches is zeroed first; store, log_key and partnership are
 * borrowed or copied.  MASH_E_NOMEM, and errors of the store and of mash_view_load(). */
MASH_MUSTCHECK enum mash_err mash_path_open(struct mash_path *path, struct mash_store *store,
                                            const struct mash_secret *log_key, const char *partnership,
                                            const struct mash_clock *clock, const struct mash_sink *sink);
void mash_path_close(struct mash_path *path);

/* Begin a group: head under lock, times, the law read again when somebody else wrote.  While read-only
 * the group has no transaction and only refuses. */
MASH_MUSTCHECK enum mash_err mash_path_begin(struct mash_path *path);

/* Take the requests along accept .. route, then gather deliveries.  Inside a group.
 * MASH_E_FULL: mash_path_rollback(), then mash_path_answer_failed(); other errors end the process. */
MASH_MUSTCHECK enum mash_err mash_path_run(struct mash_path *path, struct mash_request *requests, size_t count);

/* commit: checkpoint over the group's head, one durable transaction.  Nothing to write: no sync. */
MASH_MUSTCHECK enum mash_err mash_path_commit(struct mash_path *path);

/* answer: only after mash_path_commit() gave MASH_OK.  Errors end the process. */
MASH_MUSTCHECK enum mash_err mash_path_answer(struct mash_path *path, struct mash_request *requests,
                                              size_t count);

/* Forget the group; nothing of it is stored. */
MASH_MUSTCHECK enum mash_err mash_path_rollback(struct mash_path *path);

/* After a rollback: the requests that wanted something written are answered with why (FULL or NOT_LOGGED);
 * the Fetches are mash_deliver_failed()'s. */
MASH_MUSTCHECK enum mash_err mash_path_answer_failed(struct mash_path *path, struct mash_request *requests,
                                                     size_t count, enum mash_answer_id why);

/* Append a log entry to the group.  MASH_E_FULL, MASH_E_IO, MASH_E_NOMEM, MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_path_append(struct mash_path *path, const Mash__Detail *detail,
                                              uint64_t *ret_index);

/* Queue an item for a mailbox and wake its fetches. */
MASH_MUSTCHECK enum mash_err mash_path_queue(struct mash_path *path, const char *mailbox,
                                             enum mash_item_kind kind, const struct mash_hash *manifest_sha256,
                                             uint64_t entry);

/* Somebody works for this mailbox now: it fetches, or what it signed was logged.  "Last seen" is a figure
 * for senders, so a few seconds old is good enough and saves a sync.  Inside a group. */
MASH_MUSTCHECK enum mash_err mash_path_seen(struct mash_path *path, const char *mailbox);

/* Sign a checkpoint over head into out.  MASH_E_DENIED: the path is read-only. */
MASH_MUSTCHECK enum mash_err mash_path_sign(const struct mash_path *path, const struct mash_store_head *head,
                                            struct mash_bytes *out);

/* The tlog-proof of an entry against the newest durable checkpoint, appended to out. */
MASH_MUSTCHECK enum mash_err mash_path_proof(struct mash_path *path, uint64_t entry, struct mash_bytes *out);

/* What the wall clock would say had it not jumped; the wall clock itself while it is not doubted.  A clock
 * that jumps must never stop delivery (design: "Store and audit log"): keys and dates that are good at one
 * of the two times are good. */
uint64_t mash_path_also_ms(const struct mash_path *path);
/* Is the group between these two times, by either clock?  valid_to_ms 0: open-ended. */
bool mash_path_valid(const struct mash_path *path, uint64_t valid_from_ms, uint64_t valid_to_ms);

/* May this group answer with bytes more?  A short question can have a long answer (the bundle, a Track):
 * together these get half of the sink, so that a flood of them never costs others their receipts. */
bool mash_path_promise(struct mash_path *path, size_t bytes);

/* Send one Answer.  MASH_E_NOMEM, MASH_E_LIMIT. */
MASH_MUSTCHECK enum mash_err mash_path_send(struct mash_path *path, uint64_t connection,
                                            const Mash__Answer *answer);

#endif
