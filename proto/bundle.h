/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.h - the partnership bundle: registry, agreement, clock profile and calendar under one note
 * signed by k of n governance keys.  The only source of keys and rules; the broker cannot introduce any.
 * A struct mash_bundle is immutable once opened; everything it returns is borrowed from it.
 * File formats: PROTOCOL.md "Bundle".  Times: ms since 1970 UTC; valid_to_ms 0 means open-ended. */
#ifndef MASH_PROTO_BUNDLE_H
#define MASH_PROTO_BUNDLE_H

#include "proto/keys.h"

enum mash_may { MASH_MAY_SEND = 1, MASH_MAY_COLLECT = 2, MASH_MAY_ACT = 4 };

struct mash_seal_key {
    struct mash_key_id id;
    const char *recipient; /* age recipient string */
    bool recovery;         /* the offline recovery key */
    uint64_t valid_from_ms, valid_to_ms;
};

struct mash_sign_key {
    struct mash_key_id id;
    uint8_t key[MASH_PUBLIC_KEY_BYTES];
    unsigned may; /* enum mash_may bits */
    uint64_t valid_from_ms, valid_to_ms;
};

struct mash_agency {
    const char *id, *name;
    const char *kind;          /* "police", "health", "school", "social-care", "housing", "marac", ... */
    const char *overdue_role;  /* overdue contact */
    const char *overdue_phone;
    const char *archive_key;   /* age recipient string, or NULL */
};

struct mash_mailbox {
    const char *address;       /* agency/mailbox@partnership */
    const char *name;          /* "Duty and advice service" */
    const struct mash_agency *agency;
    const char *phone;         /* fallback phone: who to ring when the exchange cannot reach them */
    const char *hours;         /* "24h" or e.g. "mon-fri 09:00-17:00" */
    const char *cover;         /* address of the duty cover, or NULL */
    unsigned schema_max;       /* highest schema version it reads */
    const struct mash_seal_key *seal_keys;
    size_t n_seal_keys;
    const struct mash_sign_key *sign_keys;
    size_t n_sign_keys;
};

struct mash_installation {
    const char *id;
    const struct mash_agency *agency;
    struct mash_key_id link_id;
    uint8_t link[MASH_PUBLIC_KEY_BYTES];
    uint8_t witness[MASH_PUBLIC_KEY_BYTES];
    uint64_t valid_from_ms, valid_to_ms;
};

struct mash_operator {
    const char *id;
    struct mash_key_id key_id;
    uint8_t key[MASH_PUBLIC_KEY_BYTES];
};

/* How one notice type is watched and what a stale bundle does to it. */
struct mash_type_rule {
    const char *type;
    bool when_stale_send;        /* goes out, flagged, when the bundle has expired */
    uint32_t receipt_within_s;   /* sender's watchdog: no receipt -> alarm */
    uint32_t collect_within_s;   /* no recipient-signed `collected` -> alarm */
    uint32_t acknowledge_within_s;
    uint32_t immediate_collect_within_s;
    uint32_t immediate_acknowledge_within_s;
};

struct mash_bundle_file {
    const char *name; /* "registry.json", "agreement.json", "clocks.json", "calendar.json" */
    struct mash_span content;
};

struct mash_bundle;

/* Check and take in a bundle: note well-formed, signed by k distinct governance keys of ITS OWN list,
 * digests of all four files match, files well-formed, no duplicate key ids, every reference resolves.
 * Trust is not decided here: see mash_bundle_follows() and the caller's pin.
 * MASH_E_SIGNATURE, MASH_E_MISMATCH (a digest), MASH_E_FORMAT, MASH_E_VALUE, MASH_E_VERSION (a format this
 * program does not read), MASH_E_LIMIT, MASH_E_NOMEM; ret_why (may be NULL): one
 * English sentence about the first fault, at most why_size bytes. */
MASH_MUSTCHECK enum mash_err mash_bundle_open(struct mash_span note, const struct mash_bundle_file *files,
                                              size_t n_files, struct mash_bundle **ret_bundle,
                                              char *ret_why, size_t why_size);
void mash_bundle_close(struct mash_bundle **bundle_p);

/* May next replace current?  Same partnership, version exactly one more, signed by k of current's
 * governance keys (and by k of its own when the set or k changes: checked at open).
 * MASH_E_VERSION: rollback or gap; MASH_E_SIGNATURE; MASH_E_MISMATCH: other partnership. */
MASH_MUSTCHECK enum mash_err mash_bundle_follows(const struct mash_bundle *current,
                                                 const struct mash_bundle *next);

const char *mash_bundle_partnership(const struct mash_bundle *bundle);
uint32_t mash_bundle_version(const struct mash_bundle *bundle);
/* SHA-256 of the note's text (without signatures): 32 bytes. */
const uint8_t *mash_bundle_digest(const struct mash_bundle *bundle);
uint64_t mash_bundle_issued_ms(const struct mash_bundle *bundle);
uint64_t mash_bundle_renew_by_ms(const struct mash_bundle *bundle);
uint64_t mash_bundle_expires_ms(const struct mash_bundle *bundle);
/* The signed note and the files as given. */
struct mash_span mash_bundle_note(const struct mash_bundle *bundle);
const struct mash_bundle_file *mash_bundle_files(const struct mash_bundle *bundle, size_t *ret_count);
/* SHA-256("mash/governance/v1\0" || u32be(k) || public keys, ascending): what a client pins at enrolment;
 * 32 bytes. */
const uint8_t *mash_bundle_governance_digest(const struct mash_bundle *bundle);

/* Log origins are `<partnership>/<year>`; the log key and the broker's link key: 32 bytes. */
const uint8_t *mash_bundle_log_key(const struct mash_bundle *bundle);
const uint8_t *mash_bundle_broker_link_key(const struct mash_bundle *bundle);

/* Lookups; NULL when there is none. */
const struct mash_agency *mash_bundle_agency(const struct mash_bundle *bundle, const char *id);
const struct mash_mailbox *mash_bundle_mailbox(const struct mash_bundle *bundle, const char *address);
const struct mash_mailbox *mash_bundle_mailboxes(const struct mash_bundle *bundle, size_t *ret_count);
const struct mash_installation *mash_bundle_installation(const struct mash_bundle *bundle,
                                                         const struct mash_key_id *link_id);
const struct mash_installation *mash_bundle_installations(const struct mash_bundle *bundle,
                                                          size_t *ret_count);
const struct mash_operator *mash_bundle_operator(const struct mash_bundle *bundle,
                                                 const struct mash_key_id *key_id);
const struct mash_sign_key *mash_mailbox_sign_key(const struct mash_mailbox *mailbox, struct mash_span key_id);
const struct mash_seal_key *mash_mailbox_seal_key(const struct mash_mailbox *mailbox, struct mash_span key_id);
/* NULL: the partnership does not use this type. */
const struct mash_type_rule *mash_bundle_type_rule(const struct mash_bundle *bundle, const char *type);

/* Bank holidays of England and Wales as 20261225, ascending; each year from the first to the last is whole. */
const uint32_t *mash_bundle_holidays(const struct mash_bundle *bundle, size_t *ret_count);

/* The agreement: may `from` send `type` to `to`?  Deny by default.
 * ret_basis: the lawful basis of the rule that allows it, borrowed; NULL when denied. */
bool mash_bundle_may_send(const struct mash_bundle *bundle, const struct mash_mailbox *from,
                          const struct mash_mailbox *to, const char *type, const char **ret_basis);

/* True when now lies within [from, to) with to 0 = open-ended. */
bool mash_valid_at(uint64_t valid_from_ms, uint64_t valid_to_ms, uint64_t now_ms);

#endif
