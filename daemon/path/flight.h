/* SPDX-License-Identifier: Apache-2.0 */
/* flight.h - one request of an installation, and each notice, status or question in it, on its way along
 * the message path.  A flight is settled once its answer is certain: refused, or held before.
 * Lives in the ledger process for one group; everything it borrows outlives it. */
#ifndef MASH_DAEMON_PATH_FLIGHT_H
#define MASH_DAEMON_PATH_FLIGHT_H

#include "daemon/path/verifier.h"
#include "daemon/store/store.h"
#include "proto/answer.h"
#include "proto/batch.h"
#include "proto/bundle.h"
#include "proto/codec.h"
#include "proto/manifest.h"

#define MASH_FLIGHT_FLAGS_MAX 4u

struct mash_request;

struct mash_flight {
    struct mash_request *request; /* it came in */

    /* verdict */
    bool settled;
    enum mash_answer_id answer;
    char more[240];             /* added to the table's sentence; or empty */
    struct mash_faults *faults; /* with MALFORMED and FIELDS; or NULL */

    /* a notice or a status; borrowed from the request's frame */
    const Mash__SignedNotice *notice;
    struct mash_span signed_bytes; /* manifest or status, as received */
    struct mash_hash sha256;       /* of signed_bytes */
    struct mash_batch_proof proof;
    bool claimed;                  /* claim is filled in: a listed key and a possible proof */
    struct mash_claim claim;
    size_t claim_slot;             /* where it is being verified ahead */
    Mash__Manifest *manifest;      /* owned; of the notice, or of the notice that a status is about */
    Mash__Status *status;          /* owned */
    const struct mash_mailbox *mailbox;    /* that signed */
    const char *flags[MASH_FLIGHT_FLAGS_MAX]; /* of the accept entry, ascending */
    size_t n_flags;

    bool logged;                /* entry is set */
    uint64_t entry;             /* log index of the accept or status entry */
    struct mash_store_obligation obligation; /* of a status: the row it moves */
    uint32_t sequence;          /* with STATUS_SEQUENCE: what the log holds */
    struct mash_hash previous;
};

/* One frame of one connection. */
struct mash_request {
    uint64_t connection;
    struct mash_key_id link_id;
    struct mash_bytes frame;    /* owned: an encoded Mash__Request, as received */
    Mash__Request *message;     /* owned; NULL when it could not be read */
    const struct mash_installation *installation; /* who asks; of the view, in this group */
    struct mash_flight whole;   /* verdict on the request itself; the only flight of a question */
    struct mash_flight *flights; /* owned: one for each notice or status */
    size_t n_flights;
    bool fetching;              /* answered later by deliver */
};

/* Settle flight with answer; the printf text (may be "") is added to the table's sentence. */
void mash_flight_settle(struct mash_flight *flight, enum mash_answer_id answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Keep a copy of faults for the answer.  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_flight_faults(struct mash_flight *flight, const struct mash_faults *faults);

/* Add a flag for the accept entry (static string), keeping them ascending. */
void mash_flight_flag(struct mash_flight *flight, const char *flag);

/* The flight's sentence: the table's and more. */
void mash_flight_sentence(const struct mash_flight *flight, char *ret_text, size_t size);

/* Make request what it was when it came in, to be run in another group. */
void mash_request_again(struct mash_request *request);

/* Release what request holds; the struct itself stays the caller's. */
void mash_request_clear(struct mash_request *request);

#endif
