/* SPDX-License-Identifier: Apache-2.0 */
/* notice.h - public: what a program gives to send a notice, and what it sees of one sent or received.
 * Times: milliseconds since 1970 UTC, 0 = not set.  Texts: UTF-8.  Structs that the library fills in only
 * ever grow at their end; structs that a program fills in must be zeroed first. */
#ifndef MASH_NOTICE_H
#define MASH_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mash/err.h"

#define MASH_NOTICE_ID_TEXT 37   /* bytes: a UUID and its NUL */
#define MASH_DIGEST_TEXT 65      /* bytes: 64 hex digits and a NUL */

/* ---- to send ---- */

struct mash_draft_recipient {
    const char *mailbox;    /* agency/mailbox@partnership */
    bool information;       /* for information only: owes nothing */
    bool lead;
    const char *cover_for;  /* the mailbox this one covers, or NULL */
};

struct mash_draft_code {
    const char *list, *value;
    uint32_t subject;       /* 0: the notice; otherwise which child */
};

/* A notice before it is sealed.  What is 0 or NULL gets a default: from - the home's first mailbox; created
 * - now; expires - 30 days later; thread - the notice's own id. */
struct mash_draft {
    const char *from;
    const struct mash_draft_recipient *recipients;
    size_t n_recipients;                /* 1 to 64 */
    const char *type;                   /* of the catalogue, e.g. "REFERRAL" */
    bool immediate, drill, restricted, address_confidential, source_confidential;
    uint32_t subject_count;             /* 1 to 20 */
    const struct mash_draft_code *codes;
    size_t n_codes;
    const char *in_reply_to;            /* digest of a manifest, 64 hex digits */
    const char *thread;                 /* UUID text */
    int relation;                       /* enum Relation of the wire contract */
    uint64_t event_ms, expires_ms;
    const char *local_reference;        /* the sender's own; travels inside the sealed body */
    const void *content;                /* the type's encoded message */
    size_t content_len;
};

/* How a sending or an act ended: in exactly one of these ways. */
enum mash_end {
    MASH_END_HELD = 0,    /* held by the exchange; the receipt has verified and is stored */
    MASH_END_TRYING = 75, /* not sent, kept, will be tried again: ring */
    MASH_END_REFUSED = 77 /* refused; a notice stays in the outbox until a person forgets it */
};

struct mash_result {
    enum mash_end end;
    char id[MASH_NOTICE_ID_TEXT];
    char manifest_sha256[MASH_DIGEST_TEXT]; /* empty before it was sealed */
    unsigned code;                          /* of the answer, 0: none came */
    char sub_code[49];
    char sentence[1024];                    /* exactly one of the three sentences */
    char warning[1024];                     /* suspended keys, silence of the recipient; or empty */
};

/* ---- seen ---- */

struct mash_recipient_info {
    const char *mailbox, *name, *phone, *cover_for; /* name and phone from the bundle, or "" */
    bool information, lead;
    const char *state;    /* "held", "collected", ... of what has verified */
    const char *sentence; /* the words for a person */
    uint64_t state_ms;
};

struct mash_outcome_info {
    uint32_t subject;
    const char *code;
};

struct mash_status_info {
    const char *mailbox, *state, *sentence, *reason, *actor, *passed_to;
    const char *rag;       /* "red", "amber", "green" or "" */
    uint32_t sequence;
    uint64_t time_ms;      /* the writer's clock */
    uint64_t entry_ms;     /* the log's; 0: not logged yet */
    bool ours, logged;
    const struct mash_outcome_info *outcomes;
    size_t n_outcomes;
};

struct mash_report_info {
    const char *recipient, *sub_code, *sentence;
    unsigned code, level;
    uint64_t time_ms;
};

struct mash_notice_info {
    char id[MASH_NOTICE_ID_TEXT];
    char thread[MASH_NOTICE_ID_TEXT];
    char manifest_sha256[MASH_DIGEST_TEXT]; /* empty for a draft */
    char in_reply_to[MASH_DIGEST_TEXT];     /* or empty */
    bool sent;                  /* by us; otherwise received */
    const char *mailbox;        /* ours */
    const char *from, *type;
    int relation;
    bool immediate, drill, restricted, address_confidential, source_confidential;
    uint32_t subject_count;
    uint64_t created_ms, event_ms, expires_ms;
    uint64_t held_ms;           /* time of the accept entry */
    uint64_t stored_ms;         /* received: made durable here */
    const char *state;          /* sent: draft, sealed, held, closed, forgotten; received: stored, opened, unreadable */
    const char *sentence;       /* last answer of the exchange, reason of unreadability, ... or "" */
    const char *local_reference;
    const void *content;        /* NULL until opened */
    size_t content_len;
    const char *receipt;        /* tlog-proof of the accept entry, or "" */
    const struct mash_recipient_info *recipients;
    size_t n_recipients;
    const struct mash_draft_code *codes;
    size_t n_codes;
    const struct mash_status_info *statuses; /* by mailbox and sequence */
    size_t n_statuses;
    const struct mash_report_info *reports;
    size_t n_reports;
    const void *sealed;         /* the sealed body, an age file; NULL: none (yet), or let go once closed */
    size_t sealed_len;
};

#endif
