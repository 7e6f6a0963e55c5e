/* SPDX-License-Identifier: Apache-2.0 */
/* home_store.h - everything a client must not lose, in one SQLite file: outbox, inbox, statuses,
 * reports, cursors, the last checkpoint, bundles, alarms and quarantined deliveries.
 * WAL with synchronous=FULL: what a commit said is durable, which is why a notice is written here
 * before it is submitted and a delivery before `collected` is signed.  (design: "The message path")
 *
 * Errors of every function: MASH_E_FULL (disk), MASH_E_IO, MASH_E_NOMEM, MASH_E_AGAIN (another program
 * holds the database for too long), MASH_E_FORMAT (the file is damaged); MASH_E_UNKNOWN where a row may be
 * absent, MASH_E_CONFLICT where one may exist already. */
#ifndef MASH_CLIENTS_LIB_HOME_STORE_H
#define MASH_CLIENTS_LIB_HOME_STORE_H

#include "proto/bytes.h"
#include "proto/codec.h"
#include "proto/hash.h"
#include "proto/limits.h"

#define MASH_HOME_SENTENCE_MAX 512u /* bytes of a kept sentence, with its NUL */

struct mash_home_store;

/* Open or create the database at path (mode 0600).  MASH_E_VERSION: made by a newer program. */
MASH_MUSTCHECK enum mash_err mash_home_store_open(const char *path, struct mash_home_store **ret_store);
void mash_home_store_close(struct mash_home_store **store_p);

/* One transaction that may write; others wait.  Nothing is durable before MASH_OK of commit. */
MASH_MUSTCHECK enum mash_err mash_home_begin(struct mash_home_store *store);
MASH_MUSTCHECK enum mash_err mash_home_commit(struct mash_home_store *store);
/* Undo what is not committed; does nothing outside a transaction. */
void mash_home_rollback(struct mash_home_store *store);

/* ---- outbox ---- */
enum mash_outbox_state {
    MASH_OUTBOX_DRAFT = 1, /* not sealed yet: the recipients could not be checked, or have no key */
    MASH_OUTBOX_SEALED,    /* sealed and signed, no receipt yet */
    MASH_OUTBOX_HELD,      /* the receipt has verified */
    MASH_OUTBOX_FORGOTTEN  /* taken out by a person, with a reason */
};

struct mash_outbox_row {
    uint8_t notice_id[MASH_ID_BYTES];
    struct mash_hash manifest_sha256; /* zero while a draft */
    enum mash_outbox_state state;
    char mailbox[MASH_ADDRESS_MAX + 1];
    char type[MASH_TYPE_MAX + 1];
    bool immediate;
    uint64_t created_ms, held_ms, tried_ms;
    uint32_t attempts;
    uint32_t code;                    /* of the last answer, 0: none */
    char sub_code[MASH_CODE_MAX + 1];
    char sentence[MASH_HOME_SENTENCE_MAX];
    struct mash_bytes manifest;       /* encoded; of a draft without key ids and body digest */
    struct mash_bytes signed_notice;  /* encoded SignedNotice without its body; empty while a draft */
    struct mash_bytes body;           /* sealed body; of a draft the encoded Inner; empty once closed */
    struct mash_bytes receipt;
    struct mash_bytes local_reference; /* ours, as text; what is sealed can say it to the recipients only */
};

void mash_outbox_row_init(struct mash_outbox_row *row);
void mash_outbox_row_free(struct mash_outbox_row *row);
/* Insert; MASH_E_CONFLICT: the notice id is there already. */
MASH_MUSTCHECK enum mash_err mash_home_outbox_add(struct mash_home_store *store,
                                                  const struct mash_outbox_row *row);
/* Replace everything of the row with this notice id. */
MASH_MUSTCHECK enum mash_err mash_home_outbox_update(struct mash_home_store *store,
                                                     const struct mash_outbox_row *row);
MASH_MUSTCHECK enum mash_err mash_home_outbox_get(struct mash_home_store *store,
                                                  const uint8_t notice_id[static MASH_ID_BYTES],
                                                  struct mash_outbox_row *ret_row);
MASH_MUSTCHECK enum mash_err mash_home_outbox_find(struct mash_home_store *store,
                                                   const struct mash_hash *manifest_sha256,
                                                   struct mash_outbox_row *ret_row);
/* Notice ids, oldest first: at most max from those after position `after` (0: from the start); ret_next:
 * the position to continue from.  open_only: without forgotten ones. */
MASH_MUSTCHECK enum mash_err mash_home_outbox_list(struct mash_home_store *store, bool open_only,
                                                   uint64_t after, uint8_t (*ret_ids)[MASH_ID_BYTES],
                                                   size_t max, size_t *ret_count, uint64_t *ret_next);

/* ---- inbox ---- */
enum mash_inbox_state {
    MASH_INBOX_STORED = 1, /* verified and durable, not opened yet */
    MASH_INBOX_OPENED,
    MASH_INBOX_UNREADABLE
};

struct mash_inbox_row {
    struct mash_hash manifest_sha256;
    char mailbox[MASH_ADDRESS_MAX + 1];     /* ours */
    uint8_t notice_id[MASH_ID_BYTES];
    char from[MASH_ADDRESS_MAX + 1];
    char type[MASH_TYPE_MAX + 1];
    enum mash_inbox_state state;
    bool immediate, drill;
    uint64_t number;                        /* delivery number in the mailbox */
    uint64_t created_ms, held_ms, stored_ms;
    uint32_t presented;                     /* times delivered */
    char unreadable_reason[MASH_CODE_MAX + 1];
    struct mash_bytes manifest, signed_notice, body, accept_receipt, delivery_proof;
    struct mash_bytes inner;                /* opened plaintext: an encoded Inner */
};

void mash_inbox_row_init(struct mash_inbox_row *row);
void mash_inbox_row_free(struct mash_inbox_row *row);
/* Insert; MASH_E_CONFLICT: (manifest, mailbox) or (sender's agency, notice id, mailbox) is there. */
MASH_MUSTCHECK enum mash_err mash_home_inbox_add(struct mash_home_store *store,
                                                 const struct mash_inbox_row *row, const char *from_agency);
/* Set state, inner and reason of the row. */
MASH_MUSTCHECK enum mash_err mash_home_inbox_settle(struct mash_home_store *store,
                                                    const struct mash_inbox_row *row);
/* Count one more presentation of a notice that is there, and keep its newest proofs: after a restore of the
 * exchange they are others.  MASH_E_UNKNOWN: it is not there. */
MASH_MUSTCHECK enum mash_err mash_home_inbox_presented(struct mash_home_store *store,
                                                       const struct mash_inbox_row *row);
MASH_MUSTCHECK enum mash_err mash_home_inbox_get(struct mash_home_store *store,
                                                 const struct mash_hash *manifest_sha256,
                                                 const char *mailbox, struct mash_inbox_row *ret_row);

/* What a list shows, without the large columns. */
struct mash_inbox_key {
    struct mash_hash manifest_sha256;
    char mailbox[MASH_ADDRESS_MAX + 1];
    uint64_t position; /* continue a list after it */
};
/* Rows after position `after`, in the order they came.  unsettled_only: those not opened or found
 * unreadable yet. */
MASH_MUSTCHECK enum mash_err mash_home_inbox_list(struct mash_home_store *store, bool unsettled_only,
                                                  uint64_t after, struct mash_inbox_key *ret_keys, size_t max,
                                                  size_t *ret_count);

/* ---- finding a notice by what a person typed ---- */
struct mash_home_match {
    struct mash_hash manifest_sha256; /* zero for a draft */
    uint8_t notice_id[MASH_ID_BYTES];
    char mailbox[MASH_ADDRESS_MAX + 1]; /* ours: sender or recipient */
    bool sent;                          /* in the outbox; otherwise in the inbox */
};
/* Notices whose id begins with hex (lower case, no dashes, 1 to 32 digits): at most max. */
MASH_MUSTCHECK enum mash_err mash_home_match(struct mash_home_store *store, const char *hex,
                                             struct mash_home_match *ret_matches, size_t max,
                                             size_t *ret_count);

/* ---- statuses, ours and others' ---- */
enum mash_status_sending {
    MASH_STATUS_PENDING = 1, /* signed by us, not yet accepted */
    MASH_STATUS_LOGGED,      /* in the log: its proof has verified */
    MASH_STATUS_REFUSED,     /* ours, refused for good */
    MASH_STATUS_LOST         /* the exchange was restored without it: another's comes again; ours is pending
                              * again once the notice it is about is back */
};

struct mash_status_row {
    struct mash_hash status_sha256, manifest_sha256;
    char mailbox[MASH_ADDRESS_MAX + 1];
    uint32_t sequence;
    Mash__State state;
    uint64_t time_ms, entry_ms;
    bool ours;
    enum mash_status_sending sending;
    uint32_t code;
    char sentence[MASH_HOME_SENTENCE_MAX];
    struct mash_bytes signed_status; /* encoded SignedStatus */
    struct mash_bytes proof;
};

void mash_status_row_init(struct mash_status_row *row);
void mash_status_row_free(struct mash_status_row *row);
/* Insert or replace by status digest. */
MASH_MUSTCHECK enum mash_err mash_home_status_put(struct mash_home_store *store,
                                                  const struct mash_status_row *row);
MASH_MUSTCHECK enum mash_err mash_home_status_remove(struct mash_home_store *store,
                                                     const struct mash_hash *status_sha256);
/* One by its digest, refused ones too. */
MASH_MUSTCHECK enum mash_err mash_home_status_get(struct mash_home_store *store,
                                                  const struct mash_hash *status_sha256,
                                                  struct mash_status_row *ret_row);
/* The n-th (from 0) status of a notice at a mailbox (NULL: at any) that was not refused, by mailbox and
 * sequence.  MASH_E_UNKNOWN: no more. */
MASH_MUSTCHECK enum mash_err mash_home_status_nth(struct mash_home_store *store,
                                                  const struct mash_hash *manifest_sha256,
                                                  const char *mailbox, size_t n,
                                                  struct mash_status_row *ret_row);
/* The n-th pending status of all, in the order of mailbox, notice and sequence. */
MASH_MUSTCHECK enum mash_err mash_home_status_pending(struct mash_home_store *store, size_t n,
                                                      struct mash_status_row *ret_row);
/* What the broker says is the last of a chain that another installation has written to: signing
 * continues from there.  sequence 0: nothing known. */
MASH_MUSTCHECK enum mash_err mash_home_chain_put(struct mash_home_store *store,
                                                 const struct mash_hash *manifest_sha256, const char *mailbox,
                                                 uint32_t sequence, const struct mash_hash *last);
MASH_MUSTCHECK enum mash_err mash_home_chain_get(struct mash_home_store *store,
                                                 const struct mash_hash *manifest_sha256, const char *mailbox,
                                                 uint32_t *ret_sequence, struct mash_hash *ret_last);

/* ---- reports ---- */
struct mash_report_row {
    struct mash_hash manifest_sha256;
    uint64_t entry, time_ms;
    uint32_t code, level;
    char sub_code[MASH_CODE_MAX + 1];
    char recipient[MASH_ADDRESS_MAX + 1];
};
/* Insert; the same log entry twice is MASH_OK. */
MASH_MUSTCHECK enum mash_err mash_home_report_add(struct mash_home_store *store,
                                                  const struct mash_report_row *row, struct mash_span proof);
/* Reports about a notice, in log order. */
MASH_MUSTCHECK enum mash_err mash_home_reports(struct mash_home_store *store,
                                               const struct mash_hash *manifest_sha256,
                                               struct mash_report_row *ret_rows, size_t max,
                                               size_t *ret_count);

/* ---- what the exchange showed us ---- */
MASH_MUSTCHECK enum mash_err mash_home_cursor_get(struct mash_home_store *store, const char *mailbox,
                                                  uint64_t *ret_number);
/* Never moves back. */
MASH_MUSTCHECK enum mash_err mash_home_cursor_put(struct mash_home_store *store, const char *mailbox,
                                                  uint64_t number);
/* The largest checkpoint (signed note) verified so far; MASH_E_UNKNOWN before the first. */
MASH_MUSTCHECK enum mash_err mash_home_checkpoint_get(struct mash_home_store *store,
                                                      struct mash_bytes *ret_note);
MASH_MUSTCHECK enum mash_err mash_home_checkpoint_put(struct mash_home_store *store, uint64_t size,
                                                      const struct mash_hash *root, struct mash_span note);
/* Bundles by version; value: an encoded Mash__Bundle.  version 0: the newest. */
MASH_MUSTCHECK enum mash_err mash_home_bundle_get(struct mash_home_store *store, uint32_t version,
                                                  struct mash_bytes *ret_value);
MASH_MUSTCHECK enum mash_err mash_home_bundle_put(struct mash_home_store *store, uint32_t version,
                                                  struct mash_span value);

/* ---- restores of the exchange ---- */
/* What was taken in of one confirmed restore (proto/operator.h); message: the Restored as received. */
struct mash_home_restored {
    struct mash_hash digest, root;
    uint64_t size, confirmed_ms;
};
MASH_MUSTCHECK enum mash_err mash_home_restored_add(struct mash_home_store *store,
                                                    const struct mash_home_restored *row, uint64_t time_ms,
                                                    struct mash_span message);
/* Digest of the last one taken in; MASH_E_UNKNOWN: none ever. */
MASH_MUSTCHECK enum mash_err mash_home_restored_last(struct mash_home_store *store, struct mash_hash *ret_digest);
/* MASH_E_UNKNOWN: it was never taken in. */
MASH_MUSTCHECK enum mash_err mash_home_restored_find(struct mash_home_store *store, const struct mash_hash *digest);
/* Was there a restore that lost entry size - 1, confirmed at until_ms or later?  MASH_E_UNKNOWN: no. */
MASH_MUSTCHECK enum mash_err mash_home_restored_lost(struct mash_home_store *store, uint64_t size, uint64_t until_ms);
/* The latest time, by the log's clock, of what the log has proven to us; 0: nothing. */
MASH_MUSTCHECK enum mash_err mash_home_log_time(struct mash_home_store *store, uint64_t *ret_ms);
/* Keep a proof from a part of the log that is lost, as evidence.  kind: "notice", "receipt" or "status". */
MASH_MUSTCHECK enum mash_err mash_home_lost_add(struct mash_home_store *store, const struct mash_hash *digest,
                                                const char *kind, const struct mash_hash *sha256,
                                                struct mash_span proof);
/* The largest checkpoint from now on, also when it is not larger. */
MASH_MUSTCHECK enum mash_err mash_home_checkpoint_replace(struct mash_home_store *store, uint64_t size,
                                                          const struct mash_hash *root, struct mash_span note);
/* Delivery numbers begin anew. */
MASH_MUSTCHECK enum mash_err mash_home_cursors_forget(struct mash_home_store *store);
/* The next logged status behind position (0: the first); ret_position: continue from there.
 * MASH_E_UNKNOWN: no more. */
MASH_MUSTCHECK enum mash_err mash_home_status_logged(struct mash_home_store *store, uint64_t position,
                                                     struct mash_status_row *ret_row, uint64_t *ret_position);
/* It is not logged (any more): pending or lost, without proof. */
MASH_MUSTCHECK enum mash_err mash_home_status_unlogged(struct mash_home_store *store,
                                                       const struct mash_hash *status_sha256,
                                                       enum mash_status_sending sending);
/* Our pending statuses of this chain wait until the notice is back; and they need wait no longer. */
MASH_MUSTCHECK enum mash_err mash_home_chain_park(struct mash_home_store *store,
                                                  const struct mash_hash *manifest_sha256, const char *mailbox);
MASH_MUSTCHECK enum mash_err mash_home_chain_revive(struct mash_home_store *store,
                                                    const struct mash_hash *manifest_sha256, const char *mailbox);

/* ---- what a person must look at ---- */
struct mash_alarm_row {
    uint64_t id, time_ms;
    char kind[MASH_CODE_MAX + 1];
    char text[MASH_HOME_SENTENCE_MAX];
};
/* Keep an alarm with its evidence (may be empty); an open one of the same kind and text is not doubled. */
MASH_MUSTCHECK enum mash_err mash_home_alarm_add(struct mash_home_store *store, uint64_t time_ms,
                                                 const char *kind, const char *text, struct mash_span evidence);
MASH_MUSTCHECK enum mash_err mash_home_alarms(struct mash_home_store *store, struct mash_alarm_row *ret_rows,
                                              size_t max, size_t *ret_count);
/* A person has dealt with it. */
MASH_MUSTCHECK enum mash_err mash_home_alarm_clear(struct mash_home_store *store, uint64_t id);
/* Keep a delivery that failed verification, as received. */
MASH_MUSTCHECK enum mash_err mash_home_quarantine_add(struct mash_home_store *store, uint64_t time_ms,
                                                      const char *mailbox, uint64_t number, const char *reason,
                                                      struct mash_span delivery);
/* How much of everything is here. */
struct mash_home_counts {
    size_t waiting, held;        /* outbox: without and with receipt */
    size_t received, unopened;
    size_t pending_statuses, quarantined;
};
MASH_MUSTCHECK enum mash_err mash_home_counts(struct mash_home_store *store, struct mash_home_counts *ret_counts);

#endif
