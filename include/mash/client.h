/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - public: an agency's installation: its home directory, and its dealings with the exchange.
 * Blocking calls, one thread a client.  Whatever a call says it has stored is durable when it returns.
 *
 * Errors beside those named: MASH_E_NOMEM; MASH_E_FULL and MASH_E_IO (our disk); MASH_E_AGAIN (the exchange
 * could not be reached, or another program holds the home); mash_client_why() gives the sentence. */
#ifndef MASH_CLIENT_H
#define MASH_CLIENT_H

#include "mash/notice.h"

struct mash_client;

/* ---- enrolment ---- */

struct mash_enrolment_mailbox {
    const char *address;   /* agency/mailbox@partnership */
    const char *name;      /* "Duty and advice service" */
    const char *phone;     /* whom to ring when the exchange cannot reach them */
    const char *hours;     /* "24h", "mon-fri 09:00-17:00" */
    const char *cover;     /* address of the duty cover, or NULL */
};

struct mash_enrolment {
    const char *agency_name, *agency_kind, *overdue_role, *overdue_phone;
    const struct mash_enrolment_mailbox *mailboxes;
    size_t n_mailboxes;            /* 1 to 16, all of one agency */
    const char *installation;      /* name of this installation, e.g. "front-desk" */
    const char *recovery_out;      /* file for the recovery key; to be moved off-line by a person */
    const char *request_out;       /* file for the enrolment request */
    const char *act_passphrase;    /* seals the act keys; NULL: they are not sealed */
};

/* Make a home: keys, client.conf, database, the recovery key (and drill it: a test body is sealed to it and
 * opened with the file just written), the request file.  ret_words: fingerprint words of the request, at
 * least 96 bytes.  MASH_E_CONFLICT: there is a home already; MASH_E_VALUE: what is wrong is in ret_why. */
MASH_MUSTCHECK enum mash_err mash_client_init(const char *home, const struct mash_enrolment *enrolment,
                                              char *ret_words, size_t words_size, char *ret_why,
                                              size_t why_size);

/* Take in the first bundle from a directory (note and files), pinned to the governance digest that was
 * checked by phone (64 hex digits).  MASH_E_MISMATCH: another governance or partnership; MASH_E_SIGNATURE;
 * MASH_E_CONFLICT: joined already under another pin. */
MASH_MUSTCHECK enum mash_err mash_client_join(const char *home, const char *bundle_directory,
                                              const char *endpoint, const char *governance_pin, char *ret_why,
                                              size_t why_size);

/* ---- a client ---- */

/* Open the home.  MASH_E_UNKNOWN: there is none, or it has not joined; MASH_E_DENIED: a key file can be read
 * by others.  ret_why is filled in on errors. */
MASH_MUSTCHECK enum mash_err mash_client_open(const char *home, struct mash_client **ret_client,
                                              char *ret_why, size_t why_size);
void mash_client_close(struct mash_client **client_p);

/* The sentence about the last error; never NULL, borrowed until the next call. */
const char *mash_client_why(const struct mash_client *client);

/* How long to wait for an answer, ms; the default stands in client.conf. */
void mash_client_set_timeout(struct mash_client *client, uint32_t timeout_ms);

/* Connect, say hello, check that the log only grew, fetch newer bundles.  Calls that need the exchange do
 * this themselves.  MASH_E_AGAIN: not reached; MASH_E_SIGNATURE: ALARM, the exchange shows another history. */
MASH_MUSTCHECK enum mash_err mash_client_connect(struct mash_client *client);

/* The installation's mailboxes, borrowed. */
const char *mash_client_mailbox(const struct mash_client *client, size_t n); /* NULL: no more */

/* ---- sending ---- */

/* Send n notices (1 to 64; those of one mailbox under one signature).  Each is durable in the outbox before
 * the exchange hears of it.  ret_results: n, in order; each says how its notice ended.
 * Errors are only those where nothing was stored: MASH_E_VALUE (why says which draft and field). */
MASH_MUSTCHECK enum mash_err mash_client_send(struct mash_client *client, const struct mash_draft *drafts,
                                              size_t n, struct mash_result *ret_results);

typedef void mash_result_fn(void *ctx, const struct mash_result *result);

/* Submit again what has no receipt yet: one notice (its full id) or all (NULL); also statuses that wait.
 * fn is called for each notice that was tried. */
MASH_MUSTCHECK enum mash_err mash_client_resubmit(struct mash_client *client, const char *id,
                                                  mash_result_fn *fn, void *ctx);

/* A person takes a notice without receipt out of the outbox; the record of it and the reason stay.
 * MASH_E_UNKNOWN; MASH_E_DENIED: it is held by the exchange; MASH_E_VALUE: no reason. */
MASH_MUSTCHECK enum mash_err mash_client_forget(struct mash_client *client, const char *id, const char *reason);

/* Something a person must act on: a notice without receipt or not collected in its time, an alarm. */
struct mash_warning {
    const char *kind;     /* "no-receipt", "not-collected", "unreadable", "refused", "alarm", "bundle",
                           * "quarantine" */
    const char *id;       /* of the notice, or "" */
    const char *mailbox;  /* it is about, or "" */
    const char *phone;    /* to ring, or "" */
    const char *text;     /* one sentence */
};
typedef void mash_warning_fn(void *ctx, const struct mash_warning *warning);

/* Look through the outbox and the alarms.  Opens no link; while one is open, asks what is new of a notice
 * before it warns that it is late.  ret_count: warnings given. */
MASH_MUSTCHECK enum mash_err mash_client_watch(struct mash_client *client, mash_warning_fn *fn, void *ctx,
                                               size_t *ret_count);
/* Mark all alarms as dealt with. */
MASH_MUSTCHECK enum mash_err mash_client_clear_alarms(struct mash_client *client);

/* ---- receiving ---- */

struct mash_collected {
    size_t notices;      /* new, verified and stored */
    size_t opened, unreadable;
    size_t again;        /* presented before */
    size_t statuses, reports;
    size_t quarantined;  /* failed verification: kept aside, not confirmed */
};

/* Collect everything that waits, for all mailboxes; when nothing does, wait up to wait_ms (at most 60000).
 * Stores durably, then confirms (`collected`), opens, and says `opened` or `unreadable`.  ret_collected is
 * filled in on errors too. */
MASH_MUSTCHECK enum mash_err mash_client_collect(struct mash_client *client, uint32_t wait_ms,
                                                 struct mash_collected *ret_collected);

/* What a recipient, or with RECALLED the sender, says about a notice. */
struct mash_act {
    const char *state;      /* "acknowledged", "decided", "declined", "triaged", "passed-to", "recalled" */
    const char *actor;      /* opaque reference into the agency's actor register */
    const char *reason;     /* reason code, or NULL */
    const char *rag;        /* with "triaged": "red", "amber", "green" */
    const char *passed_to;  /* with "passed-to": a mailbox */
    const struct mash_outcome_info *outcomes;
    size_t n_outcomes;
    const char *passphrase; /* of the act key, or NULL */
};

/* Sign it with the mailbox's act key (recalled: its send key), store it, submit it.  id: full id of a notice.
 * MASH_E_DENIED: key locked or missing, or not a step the notice allows; MASH_E_VALUE; MASH_E_UNKNOWN. */
MASH_MUSTCHECK enum mash_err mash_client_act(struct mash_client *client, const char *id, const struct mash_act *act,
                                             struct mash_result *ret_result);

/* Stop a key or a mailbox of our agency at once; only a new bundle lifts that. */
struct mash_suspend {
    const char *mailbox;    /* this mailbox, or NULL */
    const char *key_id;     /* this sign, seal or link key, 32 hex digits, or NULL */
    const char *reason;     /* a code: "device-lost" */
    const char *by;         /* the mailbox of ours whose act key says it; NULL: the first */
    const char *passphrase; /* of that act key, or NULL */
};
/* MASH_OK: it is in force.  MASH_E_DENIED: key locked or missing, or refused; MASH_E_UNKNOWN: our agency has no
 * such mailbox or key; MASH_E_VALUE.  After MASH_E_AGAIN it may be in force: ask again. */
MASH_MUSTCHECK enum mash_err mash_client_suspend(struct mash_client *client, const struct mash_suspend *suspend);

/* ---- looking ---- */

/* The full id of the one notice whose id begins with text (hex digits, dashes allowed); ret_id has
 * MASH_NOTICE_ID_TEXT bytes.  MASH_E_UNKNOWN: none; MASH_E_CONFLICT: more than one; MASH_E_VALUE. */
MASH_MUSTCHECK enum mash_err mash_client_find(struct mash_client *client, const char *text, char *ret_id);

struct mash_notice;

/* Load one notice with all that is known of it.  A notice between two mailboxes of one home is given as
 * received when `received` is true and it was, else as sent.  MASH_E_UNKNOWN. */
MASH_MUSTCHECK enum mash_err mash_notice_open(struct mash_client *client, const char *id, bool received,
                                              struct mash_notice **ret_notice);
const struct mash_notice_info *mash_notice_info(const struct mash_notice *notice);
void mash_notice_close(struct mash_notice **notice_p);

typedef void mash_notice_fn(void *ctx, const struct mash_notice_info *info);
/* Each notice received, or each sent that was not forgotten, oldest first. */
MASH_MUSTCHECK enum mash_err mash_client_each(struct mash_client *client, bool received, mash_notice_fn *fn,
                                              void *ctx);

/* Ask the exchange for all entries about a notice, verify and store them.  MASH_E_UNKNOWN: not known there,
 * or not ours. */
MASH_MUSTCHECK enum mash_err mash_client_track(struct mash_client *client, const char *id);

struct mash_client_figures {
    const char *partnership, *agency, *endpoint;
    uint32_t bundle_version;
    uint64_t bundle_renew_by_ms, bundle_expires_ms;
    uint64_t log_size;          /* of the last checkpoint seen */
    size_t waiting, held;       /* outbox: without and with receipt */
    size_t received, unopened;
    size_t pending_statuses, quarantined;
};
MASH_MUSTCHECK enum mash_err mash_client_figures(struct mash_client *client,
                                                 struct mash_client_figures *ret_figures);

#endif
