/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - everything the ledger keeps: notices, bodies, obligations, deliveries, the log, the bundle.
 * Lives in the ledger process, which is the only one that opens it, by one connection.
 * All changes happen in a group: one transaction, durable as a whole or not at all.  The caller holds no
 * authority across groups: group_begin returns the head under lock and every row is asked for here.
 *
 * Errors of every function that changes or reads: MASH_E_FULL - disk full, quota (roll the group back,
 * answer 507); MASH_E_IO - anything else, fsync included: the process must end at once, unanswered, since
 * the outcome of a failed commit is unknown; MASH_E_NOMEM (roll the group back, or end if it came from
 * group_commit); MASH_E_UNKNOWN where a row may be absent; MASH_E_LIMIT, a name longer than its field.
 * FULL, IO and NOMEM spoil the group: each later change and its commit give the same error again until it
 * is rolled back.  Changing anything outside a group is our own fault and stops the process. */
#ifndef MASH_DAEMON_STORE_STORE_H
#define MASH_DAEMON_STORE_STORE_H

#include "proto/bytes.h"
#include "proto/entry.h"
#include "proto/hash.h"
#include "proto/keys.h"
#include "proto/state.h"
#include "proto/tree.h"

struct mash_store;

struct mash_store_head {
    uint64_t size;              /* entries in the log */
    struct mash_hash root;
    uint64_t last_time_ms;      /* time of the last entry: entry times never fall */
};

enum mash_store_found {
    MASH_STORE_NEW,             /* just created */
    MASH_STORE_CLEAN,           /* head not behind the floor: may sign at once */
    MASH_STORE_BEHIND_FLOOR,    /* rows were lost: refuse to sign, say why */
    MASH_STORE_RESTORED,        /* the restore mark is set: wait for confirmation */
    MASH_STORE_DOUBTED          /* a client has shown a past that this log does not continue: the same */
};

/* Open or create the store in directory (made with mode 0700 when absent; its parent must be there).
 * Takes the directory's lock (MASH_E_CONFLICT: another ledger has it).  MASH_E_VERSION: schema newer than
 * this program; nothing was touched.  BEHIND_FLOOR also when the floor file is gone beside a log that has
 * entries, or when rows that the floor's root covers are missing or differ.  The store found BEHIND_FLOOR
 * can be read, but mash_store_group_begin() refuses. */
MASH_MUSTCHECK enum mash_err mash_store_open(const char *directory, struct mash_store **ret_store,
                                             enum mash_store_found *ret_found);
void mash_store_close(struct mash_store **store_p);
/* Size and root of the floor file as found at open. */
void mash_store_floor(const struct mash_store *store, uint64_t *ret_size, struct mash_hash *ret_root);

/* ---- groups ---- */
/* MASH_E_MISMATCH: the store was found behind its floor. */
MASH_MUSTCHECK enum mash_err mash_store_group_begin(struct mash_store *store,
                                                    struct mash_store_head *ret_head);
/* Append a log entry of this kind: draws the salt, commits to detail, updates the tree.
 * time_ms: max(wall clock, last entry's) is the caller's duty.  ret_index: its index. */
MASH_MUSTCHECK enum mash_err mash_store_append(struct mash_store *store, uint8_t kind, uint64_t time_ms,
                                               struct mash_span detail, uint64_t *ret_index);
/* The head including this group's entries so far: what the checkpoint must sign. */
MASH_MUSTCHECK enum mash_err mash_store_group_head(struct mash_store *store,
                                                   struct mash_store_head *ret_head);
/* Make the group durable with its signed checkpoint (a note): transaction, then the floor file, in that
 * order.  Only after MASH_OK may anything be answered.  Two syncs: the WAL, then the floor; one more (the
 * WAL's header) in the first group after a WAL checkpoint or an open.
 * MASH_E_FULL: nothing was written, roll back.  MASH_E_VALUE: entries without a checkpoint.
 * MASH_E_DENIED: a mark is set and this group does not take it off.  After any other error the
 * outcome is unknown. */
MASH_MUSTCHECK enum mash_err mash_store_group_commit(struct mash_store *store, struct mash_span checkpoint);
void mash_store_group_rollback(struct mash_store *store);
/* Housekeeping between groups: a WAL checkpoint (two syncs) when the WAL is large, nothing otherwise.
 * MASH_E_FULL: the WAL keeps what it has and goes on growing; nothing is lost, go on. */
MASH_MUSTCHECK enum mash_err mash_store_between_groups(struct mash_store *store);
/* Keep reserve_bytes of the file system free of new bodies, so that statuses and log entries can still be
 * written when notices no longer can.  64 MiB unless set. */
void mash_store_reserve(struct mash_store *store, uint64_t reserve_bytes);
/* MASH_E_FULL: less than the reserve is free, and mash_store_body_put() would refuse. */
MASH_MUSTCHECK enum mash_err mash_store_room(const struct mash_store *store);

/* ---- the log ---- */
struct mash_store_entry {
    uint8_t leaf[MASH_ENTRY_BYTES];
    uint8_t salt[MASH_ENTRY_SALT_BYTES];
    struct mash_bytes detail;
};
MASH_MUSTCHECK enum mash_err mash_store_entry_get(struct mash_store *store, uint64_t index,
                                                  struct mash_store_entry *ret_entry);
void mash_store_entry_free(struct mash_store_entry *entry);
/* Node of the tree of complete subtrees, this group's appended ones included (tree.h callback; ctx is the
 * struct mash_store *). */
enum mash_err mash_store_node(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_hash);
/* The last durable checkpoint (signed note); MASH_E_UNKNOWN before the first. */
MASH_MUSTCHECK enum mash_err mash_store_checkpoint(struct mash_store *store, struct mash_bytes *ret_note);

/* ---- notices ---- */
struct mash_store_notice {
    struct mash_hash manifest_sha256;
    char from[MASH_ADDRESS_MAX + 1];
    char from_agency[MASH_NAME_MAX + 1];
    uint8_t notice_id[MASH_ID_BYTES];
    char type[MASH_TYPE_MAX + 1];
    bool immediate, drill;
    uint32_t subject_count;
    struct mash_hash body_sha256;
    uint64_t accept_entry;
    uint64_t held_ms;               /* entry time */
};
/* MASH_E_CONFLICT: the notice, or another with this id of this agency or this accept entry, is there.
 * The rows below hang on the notice's: those who put them first get MASH_E_UNKNOWN. */
MASH_MUSTCHECK enum mash_err mash_store_notice_put(struct mash_store *store,
                                                   const struct mash_store_notice *notice);
MASH_MUSTCHECK enum mash_err mash_store_notice_get(struct mash_store *store,
                                                   const struct mash_hash *manifest_sha256,
                                                   struct mash_store_notice *ret_notice);
/* By (from agency, notice id): the identity used for dedupe and conflict. */
MASH_MUSTCHECK enum mash_err mash_store_notice_find(struct mash_store *store, const char *from_agency,
                                                    const uint8_t notice_id[static MASH_ID_BYTES],
                                                    struct mash_store_notice *ret_notice);
/* Bodies by digest; putting one that is there already is MASH_OK.  The digest is the caller's to check. */
MASH_MUSTCHECK enum mash_err mash_store_body_put(struct mash_store *store, const struct mash_hash *sha256,
                                                 struct mash_span body);
MASH_MUSTCHECK enum mash_err mash_store_body_get(struct mash_store *store, const struct mash_hash *sha256,
                                                 struct mash_bytes *ret_body);

/* ---- one row a recipient mailbox (and one for the sender, whose only status is a recall) ---- */
struct mash_store_obligation {
    struct mash_hash manifest_sha256;
    char mailbox[MASH_ADDRESS_MAX + 1];
    char cover_for[MASH_ADDRESS_MAX + 1];
    bool sender, action, lead;
    struct mash_progress progress;
    uint64_t held_ms, collected_ms, acknowledged_ms; /* entry times, 0: not yet */
};
/* Insert or replace. */
MASH_MUSTCHECK enum mash_err mash_store_obligation_put(struct mash_store *store,
                                                       const struct mash_store_obligation *row);
MASH_MUSTCHECK enum mash_err mash_store_obligation_get(struct mash_store *store,
                                                       const struct mash_hash *manifest_sha256,
                                                       const char *mailbox,
                                                       struct mash_store_obligation *ret_row);
/* All rows of a notice in mailbox order, at most max. */
MASH_MUSTCHECK enum mash_err mash_store_obligations(struct mash_store *store,
                                                    const struct mash_hash *manifest_sha256,
                                                    struct mash_store_obligation *ret_rows, size_t max,
                                                    size_t *ret_count);

/* ---- what waits for a mailbox ---- */
enum mash_item_kind { MASH_ITEM_NOTICE = 1, MASH_ITEM_STATUS = 2, MASH_ITEM_REPORT = 3 };
struct mash_store_item {
    uint64_t number;                /* dense per mailbox, from 1 */
    enum mash_item_kind kind;
    struct mash_hash manifest_sha256;
    uint64_t entry;                 /* accept, status or report entry */
    bool retired;                   /* notice: collected by a signed status */
};
/* Queue an item; ret_number: its number. */
MASH_MUSTCHECK enum mash_err mash_store_item_put(struct mash_store *store, const char *mailbox,
                                                 enum mash_item_kind kind,
                                                 const struct mash_hash *manifest_sha256, uint64_t entry,
                                                 uint64_t *ret_number);
/* Items with number > after, ascending, at most max. */
MASH_MUSTCHECK enum mash_err mash_store_items_after(struct mash_store *store, const char *mailbox,
                                                    uint64_t after, struct mash_store_item *ret_items,
                                                    size_t max, size_t *ret_count);
/* Mark the notice's item in this mailbox as collected; MASH_OK when it was already.
 * MASH_E_UNKNOWN: this notice never waited there. */
MASH_MUSTCHECK enum mash_err mash_store_item_retire(struct mash_store *store, const char *mailbox,
                                                    const struct mash_hash *manifest_sha256);
/* The delivery entry of (mailbox, number) for one installation; MASH_E_UNKNOWN: not handed over yet. */
MASH_MUSTCHECK enum mash_err mash_store_handover_get(struct mash_store *store, const char *mailbox,
                                                     uint64_t number, const struct mash_key_id *link_id,
                                                     uint64_t *ret_entry);
MASH_MUSTCHECK enum mash_err mash_store_handover_put(struct mash_store *store, const char *mailbox,
                                                     uint64_t number, const struct mash_key_id *link_id,
                                                     uint64_t entry);

/* An installation has brought its mailbox's signed `collected`; again is MASH_OK. */
MASH_MUSTCHECK enum mash_err mash_store_collector_put(struct mash_store *store,
                                                      const struct mash_hash *manifest_sha256,
                                                      const char *mailbox, const struct mash_key_id *link_id);
/* Has it?  ret_is: false also when nothing is known of notice or mailbox. */
MASH_MUSTCHECK enum mash_err mash_store_collector_is(struct mash_store *store,
                                                     const struct mash_hash *manifest_sha256,
                                                     const char *mailbox, const struct mash_key_id *link_id,
                                                     bool *ret_is);

/* Which entries above after are about a notice (accept, delivery, status, report), ascending, for Track;
 * after 0: all.  The accept entry is about its notice without being put. */
MASH_MUSTCHECK enum mash_err mash_store_about_put(struct mash_store *store,
                                                  const struct mash_hash *manifest_sha256, uint64_t entry);
MASH_MUSTCHECK enum mash_err mash_store_about(struct mash_store *store,
                                              const struct mash_hash *manifest_sha256, uint64_t after,
                                              uint64_t *ret_entries, size_t max, size_t *ret_count);

/* ---- bundle, suspensions, last seen, commands ---- */
/* value: an encoded Mash__Bundle. */
MASH_MUSTCHECK enum mash_err mash_store_bundle_put(struct mash_store *store, uint32_t version,
                                                   struct mash_span value);
/* version 0: the newest; ret_version may be NULL. */
MASH_MUSTCHECK enum mash_err mash_store_bundle_get(struct mash_store *store, uint32_t version,
                                                   uint32_t *ret_version, struct mash_bytes *ret_value);
struct mash_store_suspension {
    char mailbox[MASH_ADDRESS_MAX + 1]; /* or empty */
    struct mash_key_id key_id;          /* or zero */
    uint32_t bundle_version;            /* in force; one that is issued later lifts it */
    uint64_t entry;
};
MASH_MUSTCHECK enum mash_err mash_store_suspension_put(struct mash_store *store,
                                                       const struct mash_store_suspension *row);
MASH_MUSTCHECK enum mash_err mash_store_suspensions(struct mash_store *store,
                                                    struct mash_store_suspension *ret_rows, size_t max,
                                                    size_t *ret_count);
MASH_MUSTCHECK enum mash_err mash_store_suspensions_clear(struct mash_store *store);
/* When somebody last worked for a mailbox. */
MASH_MUSTCHECK enum mash_err mash_store_seen_put(struct mash_store *store, const char *mailbox,
                                                 uint64_t time_ms);
MASH_MUSTCHECK enum mash_err mash_store_seen_get(struct mash_store *store, const char *mailbox,
                                                 uint64_t *ret_time_ms);
/* Remember a command's nonce; MASH_E_CONFLICT when it was used before. */
MASH_MUSTCHECK enum mash_err mash_store_nonce_put(struct mash_store *store, const uint8_t nonce[static 16],
                                                  uint64_t time_ms);

/* ---- figures, backup ---- */
struct mash_store_mailbox_figures {
    uint64_t waiting;           /* notices not collected */
    uint64_t unacknowledged;    /* action notices that no person has acknowledged, declined or passed on */
    uint64_t oldest_waiting_ms; /* when the oldest waiting notice was held; 0: none waits */
};
MASH_MUSTCHECK enum mash_err mash_store_mailbox_figures(struct mash_store *store, const char *mailbox,
                                                        struct mash_store_mailbox_figures *ret_figures);
struct mash_store_figures {
    uint64_t notices;
    uint64_t obligations_open; /* action notices not yet decided, declined, passed on or recalled */
    uint64_t waiting;          /* notices not collected, over all mailboxes */
    uint64_t store_bytes;      /* database and WAL */
};
MASH_MUSTCHECK enum mash_err mash_store_figures(struct mash_store *store,
                                                struct mash_store_figures *ret_figures);
/* Notices accepted by type: calls fn for each. */
MASH_MUSTCHECK enum mash_err mash_store_count_types(struct mash_store *store,
                                                    void (*fn)(void *ctx, const char *type, uint64_t count),
                                                    void *ctx);
/* A consistent copy of the whole store into a directory that must not exist (MASH_E_CONFLICT), synced;
 * between groups.  The copy bears the restore mark: whatever opens it must not sign as if nothing happened
 * since.  Takes as long as copying the database; the ledger answers nobody meanwhile.  An error concerns the
 * copy, of which nothing is left: the store goes on. */
MASH_MUSTCHECK enum mash_err mash_store_backup(struct mash_store *store, const char *directory);

/* ---- restores, and doubt ---- */
/* A head that two operators have confirmed: what was logged from `size` on before that is lost. */
struct mash_store_restore {
    uint64_t size;                      /* entries that remained */
    struct mash_hash root;
    uint64_t first_entry, second_entry; /* the two operators' commands */
    uint64_t shown_size;                /* the checkpoint whose showing was the reason; 0: there was none */
    struct mash_hash shown_root;
};
/* Take the marks off when this group commits, and keep row: the floor begins anew at the group's head, then
 * the marks go (four more syncs).  MASH_E_UNKNOWN: no mark is set. */
MASH_MUSTCHECK enum mash_err mash_store_restore_confirmed(struct mash_store *store,
                                                          const struct mash_store_restore *row);
/* The newest confirmed restores, at most max, in the order they were confirmed. */
MASH_MUSTCHECK enum mash_err mash_store_restores(struct mash_store *store, struct mash_store_restore *ret_rows,
                                                 size_t max, size_t *ret_count);
/* Set the mark of a doubted log, durably, inside a group or not: why (one line), and the client's signed
 * checkpoint as evidence.  From then on nothing commits before a confirmation, also after a restart.  A mark
 * that is set already stays as it is. */
MASH_MUSTCHECK enum mash_err mash_store_doubt(struct mash_store *store, const char *why, struct mash_span note);
/* What the mark says; ret_note is appended to.  MASH_E_UNKNOWN: there is none; MASH_E_FORMAT: damaged. */
MASH_MUSTCHECK enum mash_err mash_store_doubt_get(const struct mash_store *store, char *ret_why, size_t why_size,
                                                  struct mash_bytes *ret_note);

#endif
