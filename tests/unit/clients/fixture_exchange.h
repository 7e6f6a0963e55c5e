/* SPDX-License-Identifier: Apache-2.0 */
/* fixture_exchange.h - an exchange for tests of the client: it speaks the link protocol over a real CURVE
 * socket, keeps a real log with real proofs, and lies on demand.  It checks nothing: what the client must
 * notice has to come through.  A process of its own, steered through shared memory. */
#ifndef MASH_TESTS_FIXTURE_EXCHANGE_H
#define MASH_TESTS_FIXTURE_EXCHANGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/answer.h"
#include "proto/bundle.h"
#include "proto/codec.h"
#include "proto/receipt.h"

#define EXCHANGE_NOW_MS 1790000000000u /* 2026-09-21T14:13:20Z: the time of every entry */
#define EXCHANGE_ENTRIES 512
#define EXCHANGE_ITEMS 256
#define EXCHANGE __attribute__((unused)) static

enum lie {
    LIE_NONE,
    LIE_DEAF,             /* answer nothing at all */
    LIE_LOST_ANSWER,      /* log the submission, but do not answer */
    LIE_BUSY,             /* 503: not held */
    LIE_REFUSE,           /* 403: not agreed */
    LIE_UNKNOWN_2XX,      /* a success code this client does not know, without receipt */
    LIE_NO_RECEIPT,       /* "held", without a receipt */
    LIE_RECEIPT_OTHER,    /* "held", with the receipt of the notice before */
    LIE_RECEIPT_FORGED,   /* "held", with a checkpoint signed by another key */
    LIE_OUTCOME_OTHER,    /* an outcome for another digest */
    LIE_NO_ACCEPT,        /* deliver without an accept receipt */
    LIE_ACCEPT_OTHER,     /* deliver with the accept receipt of another notice */
    LIE_NUMBER,           /* deliver under another number than the entry says */
    LIE_BODY,             /* deliver with a changed body */
    LIE_SIGNATURE,        /* accept and deliver a notice whose signature was changed */
    LIE_STATUS_SIGNATURE, /* log and deliver a status whose signature was changed */
    LIE_STATUS_OTHER,     /* deliver a status with the proof of another */
    LIE_FIRST_STATUS,     /* another installation has already written sequence 1 of each chain */
    LIE_REFUSE_STATUS,    /* 409: not a possible step */
    LIE_SUSPEND_KEY,      /* each recipient's first listed key is suspended */
    LIE_SUSPEND_MAILBOX,
    LIE_SHORTER,          /* show a log without its last entry */
    LIE_FORK,             /* show a log of the same length with another first entry */
    LIE_OTHER_BUNDLE,     /* name another bundle of the same version */
    LIE_DEAF_STATUS,      /* answer no status */
    LIE_NEXT_BUNDLE,      /* no lie: x->next is in force */
};

struct exchange_control {
    volatile int lie;
    volatile unsigned submitted, logged, statuses; /* notices seen, accept entries, status entries */
    char endpoint[128];
};

struct exchange_item {
    char mailbox[MASH_ADDRESS_MAX + 1];
    uint64_t number;
    size_t entry;              /* accept or status entry */
    struct mash_bytes message; /* SignedNotice, SignedStatus, or empty: a report */
    int kind;                  /* 1 notice, 2 status, 3 report */
};

struct exchange_entry {
    struct mash_entry entry;
    uint8_t salt[MASH_ENTRY_SALT_BYTES];
    struct mash_bytes detail;
    struct mash_hash leaf, about;
};

struct exchange {
    struct exchange_control *control;
    struct mash_secret *log, *other_log, *link;
    struct mash_bundle *bundle;
    struct mash_bundle *next;       /* another bundle and its encoded Mash__Bundle, or NULL */
    struct mash_bytes next_value;
    void *router;
    struct exchange_entry entries[EXCHANGE_ENTRIES];
    size_t n_entries;
    struct exchange_item items[EXCHANGE_ITEMS];
    size_t n_items;
};

#define must(err)                                                                                            \
    do {                                                                                                     \
        if ((err) != MASH_OK) {                                                                              \
            fprintf(stderr, "exchange: line %d\n", __LINE__);                                                \
            _exit(3);                                                                                        \
        }                                                                                                    \
    } while (0)

/* ---- its log ---- */

EXCHANGE void
exchange_leaves(const struct exchange *x, struct mash_hash *leaves)
{
    for (size_t i = 0; i < x->n_entries; i++)
        leaves[i] = x->entries[i].leaf;
    if (x->control->lie == LIE_FORK)
        leaves[0].bytes[0] ^= 1;
}

EXCHANGE size_t
exchange_size(const struct exchange *x)
{
    return x->control->lie == LIE_SHORTER ? x->n_entries - 1 : x->n_entries;
}

EXCHANGE void
exchange_checkpoint(const struct exchange *x, struct mash_bytes *out)
{
    static struct mash_hash leaves[EXCHANGE_ENTRIES];
    struct mash_checkpoint checkpoint = { .origin = "llr/2026", .size = exchange_size(x) };
    exchange_leaves(x, leaves);
    checkpoint.root = mash_tree_batch_root(leaves, checkpoint.size);
    const struct mash_secret *key = x->control->lie == LIE_RECEIPT_FORGED ? x->other_log : x->log;
    must(mash_checkpoint_sign(&checkpoint, mash_secret_bytes(key), out));
}

EXCHANGE size_t
exchange_append(struct exchange *x, Mash__Detail *detail, struct mash_span about)
{
    if (x->n_entries == EXCHANGE_ENTRIES)
        _exit(4);
    struct exchange_entry *entry = &x->entries[x->n_entries];
    entry->detail = mash_bytes_max(MASH_DETAIL_MAX);
    must(mash_message_encode(detail, &entry->detail));
    randombytes_buf(entry->salt, sizeof(entry->salt));
    entry->entry.kind = (uint8_t)detail->kind_case;
    entry->entry.time_ms = EXCHANGE_NOW_MS;
    entry->entry.commit = mash_entry_commit(entry->salt, mash_bytes_span(&entry->detail));
    entry->leaf = mash_entry_leaf_hash(&entry->entry);
    if (about.len == MASH_HASH_BYTES)
        memcpy(entry->about.bytes, about.data, about.len);
    return x->n_entries++;
}

EXCHANGE void
exchange_proof(const struct exchange *x, size_t index, struct mash_bytes *out)
{
    static struct mash_hash leaves[EXCHANGE_ENTRIES];
    const struct exchange_entry *entry = &x->entries[index];
    struct mash_tree_path path;
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    exchange_leaves(x, leaves);
    must(mash_tree_batch_path(leaves, x->n_entries, index, &path));
    exchange_checkpoint(x, &note);
    must(mash_receipt_encode(&entry->entry, entry->salt, mash_bytes_span(&entry->detail), index, &path,
                             mash_bytes_span(&note), out));
    mash_bytes_free(&note);
}

EXCHANGE enum mash_err
exchange_node(void *ctx, unsigned level, uint64_t index, struct mash_hash *ret_node)
{
    static struct mash_hash leaves[EXCHANGE_ENTRIES];
    const struct exchange *x = ctx;
    exchange_leaves(x, leaves);
    *ret_node = mash_tree_batch_root(leaves + (index << level), (size_t)1 << level);
    return MASH_OK;
}

/* ---- its answers ---- */

struct exchange_asking {
    struct exchange *x;
    zmq_msg_t *peer;
    uint64_t id;
};

EXCHANGE void
exchange_send(struct exchange_asking *asking, Mash__Answer *answer)
{
    struct mash_bytes bytes = mash_bytes_max(MASH_CONTROL_MAX);
    answer->id = asking->id;
    if (answer->code == 0)
        answer->code = 200;
    if (answer->sub_code[0] == '\0')
        answer->sub_code = (char *)(uintptr_t)"S114";
    must(mash_message_encode(answer, &bytes));
    (void)zmq_send(asking->x->router, zmq_msg_data(asking->peer), zmq_msg_size(asking->peer), ZMQ_SNDMORE);
    (void)zmq_send(asking->x->router, bytes.data, bytes.len, 0);
    mash_bytes_free(&bytes);
}

EXCHANGE void
exchange_hello(struct exchange_asking *asking, const Mash__Hello *hello)
{
    struct exchange *x = asking->x;
    Mash__Welcome welcome = MASH__WELCOME__INIT;
    Mash__BundleRef ref = MASH__BUNDLE_REF__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    struct mash_tree_path path = { .count = 0 };
    ProtobufCBinaryData hashes[MASH_TREE_PATH_MAX];
    uint8_t digest[32];
    struct mash_note old_note;
    struct mash_checkpoint old;
    exchange_checkpoint(x, &note);
    if (hello->checkpoint.len > 0 && mash_note_parse(mash_field_span(hello->checkpoint), &old_note) == MASH_OK &&
        mash_checkpoint_parse(old_note.text, &old) == MASH_OK && old.size <= exchange_size(x))
        must(mash_tree_consistency(exchange_node, x, old.size, exchange_size(x), &path));
    for (unsigned i = 0; i < path.count; i++)
        hashes[i] = mash_span_field(mash_hash_span(&path.hashes[i]));
    const struct mash_bundle *bundle = x->control->lie == LIE_NEXT_BUNDLE ? x->next : x->bundle;
    memcpy(digest, mash_bundle_digest(bundle), sizeof(digest));
    if (x->control->lie == LIE_OTHER_BUNDLE)
        digest[0] ^= 1;
    ref.version = mash_bundle_version(bundle);
    ref.digest = mash_span_field(mash_span(digest, sizeof(digest)));
    welcome.partnership = (char *)(uintptr_t)"llr";
    welcome.protocol = 1;
    welcome.now_ms = EXCHANGE_NOW_MS;
    welcome.checkpoint = mash_span_field(mash_bytes_span(&note));
    welcome.n_consistency = path.count;
    welcome.consistency = hashes;
    welcome.bundle = &ref;
    welcome.bundle_first = 1;
    answer.result_case = MASH__ANSWER__RESULT_WELCOME;
    answer.welcome = &welcome;
    exchange_send(asking, &answer);
    mash_bytes_free(&note);
}

EXCHANGE void
exchange_queue(struct exchange *x, const char *mailbox, int kind, size_t entry, const void *message)
{
    if (x->n_items == EXCHANGE_ITEMS)
        _exit(4);
    struct exchange_item *item = &x->items[x->n_items];
    uint64_t number = 1;
    for (size_t i = 0; i < x->n_items; i++)
        number += strcmp(x->items[i].mailbox, mailbox) == 0;
    (void)snprintf(item->mailbox, sizeof(item->mailbox), "%s", mailbox);
    item->number = number;
    item->entry = entry;
    item->kind = kind;
    item->message = mash_bytes_max(MASH_FRAME_MAX);
    if (message != NULL)
        must(mash_message_encode(message, &item->message));
    x->n_items++;
}

/* The accept entry of this manifest, or n_entries. */
EXCHANGE size_t
exchange_find(const struct exchange *x, int kind, struct mash_span about)
{
    size_t i = 0;
    while (i < x->n_entries && !(x->entries[i].entry.kind == kind &&
                                 mash_span_equal(mash_hash_span(&x->entries[i].about), about)))
        i++;
    return i;
}

/* An accept entry of another notice than the one at `entry`; itself when there is none. */
EXCHANGE size_t
exchange_other(const struct exchange *x, size_t entry)
{
    for (size_t i = 0; i < x->n_entries; i++)
        if (i != entry && x->entries[i].entry.kind == MASH__DETAIL__KIND_ACCEPT)
            return i;
    return entry;
}

EXCHANGE size_t
exchange_accept(struct exchange *x, Mash__SignedNotice *notice, const struct mash_hash *sha256)
{
    Mash__Detail detail = MASH__DETAIL__INIT;
    Mash__AcceptDetail accept = MASH__ACCEPT_DETAIL__INIT;
    Mash__Manifest *manifest = NULL;
    size_t found = exchange_find(x, MASH__DETAIL__KIND_ACCEPT, mash_hash_span(sha256));
    if (found < x->n_entries)
        return found;
    if (x->control->lie == LIE_SIGNATURE)
        notice->signature.data[0] ^= 1;
    accept.manifest = notice->manifest;
    accept.signature = notice->signature;
    accept.batch_index = notice->batch_index;
    accept.batch_size = notice->batch_size;
    accept.n_batch_path = notice->n_batch_path;
    accept.batch_path = notice->batch_path;
    accept.bundle_version = mash_bundle_version(x->bundle);
    detail.kind_case = MASH__DETAIL__KIND_ACCEPT;
    detail.accept = &accept;
    size_t entry = exchange_append(x, &detail, mash_hash_span(sha256));
    x->control->logged++;
    must(mash_message_decode(&mash__manifest__descriptor, mash_field_span(notice->manifest), &manifest));
    for (size_t i = 0; i < manifest->n_recipients; i++)
        exchange_queue(x, manifest->recipients[i]->mailbox, 1, entry, notice);
    mash_message_free(&manifest);
    return entry;
}

EXCHANGE void
exchange_outcome(Mash__Outcome *outcome, enum mash_answer_id id)
{
    outcome->code = mash_answer(id)->code;
    outcome->sub_code = (char *)(uintptr_t)mash_answer(id)->sub_code;
    outcome->sentence = (char *)(uintptr_t)mash_answer(id)->sentence;
}

EXCHANGE void
exchange_one_notice(struct exchange *x, Mash__SignedNotice *notice, struct mash_hash *sha256, Mash__Outcome *outcome,
                    struct mash_bytes *receipt)
{
    mash__outcome__init(outcome);
    *receipt = mash_bytes_max(MASH_RECEIPT_MAX);
    *sha256 = mash_hash_of(mash_field_span(notice->manifest));
    x->control->submitted++;
    exchange_outcome(outcome, MASH_ANSWER_HELD);
    if (x->control->lie == LIE_BUSY)
        exchange_outcome(outcome, MASH_ANSWER_BUSY);
    if (x->control->lie == LIE_REFUSE)
        exchange_outcome(outcome, MASH_ANSWER_NOT_AGREED);
    if (outcome->code == 202) {
        size_t entry = exchange_accept(x, notice, sha256);
        size_t shown = x->control->lie == LIE_RECEIPT_OTHER ? exchange_other(x, entry) : entry;
        exchange_proof(x, shown, receipt);
        outcome->receipt = mash_span_field(mash_bytes_span(receipt));
    }
    if (x->control->lie == LIE_NO_RECEIPT || x->control->lie == LIE_UNKNOWN_2XX)
        outcome->receipt = (ProtobufCBinaryData){ 0, NULL };
    if (x->control->lie == LIE_UNKNOWN_2XX) {
        outcome->code = 299;
        outcome->sub_code = (char *)(uintptr_t)"S999";
    }
    struct mash_hash named = *sha256;
    if (x->control->lie == LIE_OUTCOME_OTHER)
        named.bytes[0] ^= 1;
    *sha256 = named;
    outcome->sha256 = mash_span_field(mash_hash_span(sha256));
}

EXCHANGE void
exchange_submit(struct exchange_asking *asking, Mash__Submit *submit)
{
    static Mash__Outcome rows[64], *list[64];
    static struct mash_hash sha256s[64];
    static struct mash_bytes receipts[64];
    Mash__Outcomes outcomes = MASH__OUTCOMES__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    for (size_t i = 0; i < submit->n_notices; i++) {
        exchange_one_notice(asking->x, submit->notices[i], &sha256s[i], &rows[i], &receipts[i]);
        list[i] = &rows[i];
    }
    outcomes.n_outcomes = submit->n_notices;
    outcomes.outcomes = list;
    answer.result_case = MASH__ANSWER__RESULT_OUTCOMES;
    answer.outcomes = &outcomes;
    if (asking->x->control->lie != LIE_LOST_ANSWER)
        exchange_send(asking, &answer);
    for (size_t i = 0; i < submit->n_notices; i++)
        mash_bytes_free(&receipts[i]);
}

/* A status of "another installation" with sequence 1: signed by nobody, the client only sees its digest. */
EXCHANGE const struct mash_hash *
exchange_foreign(void)
{
    static struct mash_hash foreign;
    memset(foreign.bytes, 0x77, sizeof(foreign.bytes));
    return &foreign;
}

/* The entry of the same status, or n_entries. */
EXCHANGE size_t
exchange_status_before(const struct exchange *x, Mash__Detail *detail)
{
    struct mash_bytes bytes = mash_bytes_max(MASH_DETAIL_MAX);
    size_t i = 0;
    must(mash_message_encode(detail, &bytes));
    while (i < x->n_entries && !mash_span_equal(mash_bytes_span(&x->entries[i].detail), mash_bytes_span(&bytes)))
        i++;
    mash_bytes_free(&bytes);
    return i;
}

EXCHANGE void
exchange_one_status(struct exchange *x, Mash__SignedStatus *given, struct mash_hash *sha256, Mash__Outcome *outcome,
                    struct mash_bytes *receipt)
{
    Mash__Detail detail = MASH__DETAIL__INIT;
    Mash__StatusDetail row = MASH__STATUS_DETAIL__INIT;
    Mash__Status *status = NULL;
    mash__outcome__init(outcome);
    *receipt = mash_bytes_max(MASH_RECEIPT_MAX);
    *sha256 = mash_hash_of(mash_field_span(given->status));
    outcome->sha256 = mash_span_field(mash_hash_span(sha256));
    must(mash_message_decode(&mash__status__descriptor, mash_field_span(given->status), &status));
    bool behind_foreign = status->sequence >= 3 ||
                          mash_span_equal(mash_field_span(status->previous_sha256), mash_hash_span(exchange_foreign()));
    if (x->control->lie == LIE_REFUSE_STATUS) {
        exchange_outcome(outcome, MASH_ANSWER_STATUS_STEP);
    } else if (x->control->lie == LIE_FIRST_STATUS && !behind_foreign) {
        exchange_outcome(outcome, MASH_ANSWER_STATUS_SEQUENCE);
        outcome->sequence = 1;
        outcome->previous_sha256 = mash_span_field(mash_hash_span(exchange_foreign()));
    } else {
        if (x->control->lie == LIE_STATUS_SIGNATURE)
            given->signature.data[0] ^= 1;
        row.status = given->status;
        row.signature = given->signature;
        row.batch_index = given->batch_index;
        row.batch_size = given->batch_size;
        row.n_batch_path = given->n_batch_path;
        row.batch_path = given->batch_path;
        row.bundle_version = mash_bundle_version(x->bundle);
        detail.kind_case = MASH__DETAIL__KIND_STATUS;
        detail.status = &row;
        size_t entry = exchange_status_before(x, &detail);
        if (entry == x->n_entries) {
            (void)exchange_append(x, &detail, mash_field_span(status->manifest_sha256));
            x->control->statuses++;
            exchange_queue(x, "school/office@llr", 2, entry, given);
        }
        exchange_outcome(outcome, MASH_ANSWER_STATUS_LOGGED);
        exchange_proof(x, entry, receipt);
        outcome->receipt = mash_span_field(mash_bytes_span(receipt));
    }
    mash_message_free(&status);
}

EXCHANGE void
exchange_submit_status(struct exchange_asking *asking, Mash__SubmitStatus *submit)
{
    static Mash__Outcome rows[64], *list[64];
    static struct mash_hash sha256s[64];
    static struct mash_bytes receipts[64];
    Mash__Outcomes outcomes = MASH__OUTCOMES__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    for (size_t i = 0; i < submit->n_statuses; i++) {
        exchange_one_status(asking->x, submit->statuses[i], &sha256s[i], &rows[i], &receipts[i]);
        list[i] = &rows[i];
    }
    outcomes.n_outcomes = submit->n_statuses;
    outcomes.outcomes = list;
    answer.result_case = MASH__ANSWER__RESULT_OUTCOMES;
    answer.outcomes = &outcomes;
    if (asking->x->control->lie != LIE_LOST_ANSWER)
        exchange_send(asking, &answer);
    for (size_t i = 0; i < submit->n_statuses; i++)
        mash_bytes_free(&receipts[i]);
}

EXCHANGE void
exchange_deliver(struct exchange_asking *asking, const struct exchange_item *item)
{
    struct exchange *x = asking->x;
    Mash__Delivery delivery = MASH__DELIVERY__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    Mash__SignedNotice *notice = NULL;
    Mash__SignedStatus *status = NULL;
    struct mash_bytes proof = mash_bytes_max(MASH_RECEIPT_MAX), accept = mash_bytes_max(MASH_RECEIPT_MAX);
    int lie = x->control->lie;
    size_t entry = item->entry;
    delivery.mailbox = (char *)(uintptr_t)item->mailbox;
    delivery.number = item->number;
    if (item->kind == 1) {
        Mash__Detail detail = MASH__DETAIL__INIT;
        Mash__DeliveryDetail handover = MASH__DELIVERY_DETAIL__INIT;
        must(mash_message_decode(&mash__signed_notice__descriptor, mash_bytes_span(&item->message), &notice));
        handover.manifest_sha256 = mash_span_field(mash_hash_span(&x->entries[entry].about));
        handover.mailbox = delivery.mailbox;
        handover.number = item->number + (lie == LIE_NUMBER ? 1 : 0);
        handover.accept_entry = lie == LIE_ACCEPT_OTHER ? exchange_other(x, entry) : item->entry;
        detail.kind_case = MASH__DETAIL__KIND_DELIVERY;
        detail.delivery = &handover;
        size_t handed = exchange_append(x, &detail, mash_hash_span(&x->entries[entry].about));
        exchange_proof(x, lie == LIE_ACCEPT_OTHER ? exchange_other(x, entry) : entry, &accept);
        entry = handed;
        if (lie == LIE_BODY)
            notice->body.data[notice->body.len - 1] ^= 1;
        if (lie != LIE_NO_ACCEPT)
            delivery.accept_receipt = mash_span_field(mash_bytes_span(&accept));
        delivery.notice = notice;
    } else if (item->kind == 2) {
        must(mash_message_decode(&mash__signed_status__descriptor, mash_bytes_span(&item->message), &status));
        delivery.status = status;
        for (size_t i = 0; lie == LIE_STATUS_OTHER && i < x->n_entries; i++)
            if (x->entries[i].entry.kind == MASH__DETAIL__KIND_STATUS && i != item->entry)
                entry = i;
    } else {
        delivery.report = true;
    }
    exchange_proof(x, entry, &proof);
    delivery.proof = mash_span_field(mash_bytes_span(&proof));
    answer.result_case = MASH__ANSWER__RESULT_DELIVERY;
    answer.delivery = &delivery;
    exchange_send(asking, &answer);
    mash_message_free(&notice);
    mash_message_free(&status);
    mash_bytes_free(&proof);
    mash_bytes_free(&accept);
}

EXCHANGE void
exchange_fetch(struct exchange_asking *asking, const Mash__Fetch *fetch)
{
    struct exchange *x = asking->x;
    Mash__Answer last = MASH__ANSWER__INIT;
    uint32_t given = 0;
    for (size_t i = 0; i < x->n_items && given < fetch->credit; i++) {
        if (strcmp(x->items[i].mailbox, fetch->mailbox) != 0 || x->items[i].number <= fetch->after)
            continue;
        exchange_deliver(asking, &x->items[i]);
        given++;
    }
    last.sub_code = (char *)(uintptr_t)"S115";
    exchange_send(asking, &last);
}

EXCHANGE void
exchange_check(struct exchange_asking *asking, const Mash__Check *check)
{
    struct exchange *x = asking->x;
    static Mash__Reach rows[64], *list[64];
    static ProtobufCBinaryData keys[64];
    Mash__Reaches reaches = MASH__REACHES__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    for (size_t i = 0; i < check->n_mailboxes; i++) {
        const struct mash_mailbox *mailbox = mash_bundle_mailbox(x->bundle, check->mailboxes[i]);
        mash__reach__init(&rows[i]);
        rows[i].mailbox = check->mailboxes[i];
        rows[i].known = mailbox != NULL;
        rows[i].suspended = x->control->lie == LIE_SUSPEND_MAILBOX;
        if (mailbox != NULL && x->control->lie == LIE_SUSPEND_KEY) {
            keys[i] = mash_span_field(mash_span(mailbox->seal_keys[0].id.bytes, MASH_KEY_ID_BYTES));
            rows[i].n_suspended_key_ids = 1;
            rows[i].suspended_key_ids = &keys[i];
        }
        list[i] = &rows[i];
    }
    reaches.n_reaches = check->n_mailboxes;
    reaches.reaches = list;
    answer.result_case = MASH__ANSWER__RESULT_REACHES;
    answer.reaches = &reaches;
    exchange_send(asking, &answer);
}

EXCHANGE void
exchange_consistency(struct exchange_asking *asking, const Mash__GetConsistency *get)
{
    Mash__Consistency consistency = MASH__CONSISTENCY__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    ProtobufCBinaryData hashes[MASH_TREE_PATH_MAX];
    struct mash_tree_path path = { .count = 0 };
    if (get->new_size <= asking->x->n_entries && get->old_size <= get->new_size)
        must(mash_tree_consistency(exchange_node, asking->x, get->old_size, get->new_size, &path));
    for (unsigned i = 0; i < path.count; i++)
        hashes[i] = mash_span_field(mash_hash_span(&path.hashes[i]));
    consistency.n_path = path.count;
    consistency.path = hashes;
    answer.result_case = MASH__ANSWER__RESULT_CONSISTENCY;
    answer.consistency = &consistency;
    exchange_send(asking, &answer);
}

EXCHANGE void
exchange_track(struct exchange_asking *asking, const Mash__Track *track)
{
    struct exchange *x = asking->x;
    enum { TRACKED_MAX = 2 }; /* so that a client has to ask on */
    static Mash__TrackedEntry rows[TRACKED_MAX], *list[TRACKED_MAX];
    static struct mash_bytes proofs[TRACKED_MAX];
    Mash__Tracked tracked = MASH__TRACKED__INIT;
    Mash__Answer answer = MASH__ANSWER__INIT;
    for (size_t i = 0; i < x->n_entries; i++) {
        if (!mash_span_equal(mash_hash_span(&x->entries[i].about), mash_field_span(track->manifest_sha256)) ||
            (track->after != 0 && i <= track->after))
            continue;
        tracked.more = tracked.n_entries == TRACKED_MAX;
        if (tracked.more)
            break;
        size_t at = tracked.n_entries++;
        proofs[at] = mash_bytes_max(MASH_RECEIPT_MAX);
        exchange_proof(x, i, &proofs[at]);
        mash__tracked_entry__init(&rows[at]);
        rows[at].proof = mash_span_field(mash_bytes_span(&proofs[at]));
        list[at] = &rows[at];
    }
    tracked.entries = list;
    answer.result_case = MASH__ANSWER__RESULT_TRACKED;
    answer.tracked = &tracked;
    exchange_send(asking, &answer);
    for (size_t i = 0; i < tracked.n_entries; i++)
        mash_bytes_free(&proofs[i]);
}

EXCHANGE void
exchange_bundle(struct exchange_asking *asking)
{
    Mash__Answer answer = MASH__ANSWER__INIT;
    Mash__Bundle *bundle = NULL;
    must(mash_message_decode(&mash__bundle__descriptor, mash_bytes_span(&asking->x->next_value), &bundle));
    answer.result_case = MASH__ANSWER__RESULT_BUNDLE;
    answer.bundle = bundle;
    exchange_send(asking, &answer);
    mash_message_free(&bundle);
}

/* ---- its process ---- */

EXCHANGE void
exchange_serve(struct exchange_asking *asking, const Mash__Request *request)
{
    asking->id = request->id;
    switch (request->ask_case) {
    case MASH__REQUEST__ASK_HELLO: exchange_hello(asking, request->hello); break;
    case MASH__REQUEST__ASK_SUBMIT: exchange_submit(asking, request->submit); break;
    case MASH__REQUEST__ASK_SUBMIT_STATUS:
        if (asking->x->control->lie != LIE_DEAF_STATUS)
            exchange_submit_status(asking, request->submit_status);
        break;
    case MASH__REQUEST__ASK_FETCH: exchange_fetch(asking, request->fetch); break;
    case MASH__REQUEST__ASK_CHECK: exchange_check(asking, request->check); break;
    case MASH__REQUEST__ASK_GET_BUNDLE: exchange_bundle(asking); break;
    case MASH__REQUEST__ASK_TRACK: exchange_track(asking, request->track); break;
    case MASH__REQUEST__ASK_GET_CONSISTENCY: exchange_consistency(asking, request->get_consistency); break;
    default: break;
    }
}

EXCHANGE void
exchange_run(struct exchange *x)
{
    void *context = zmq_ctx_new();
    int one = 1;
    size_t size = sizeof(x->control->endpoint);
    char endpoint[128];
    Mash__Detail start = MASH__DETAIL__INIT;
    Mash__StartDetail detail = MASH__START_DETAIL__INIT;
    start.kind_case = MASH__DETAIL__KIND_START;
    start.start = &detail;
    (void)exchange_append(x, &start, mash_span(NULL, 0));
    x->router = zmq_socket(context, ZMQ_ROUTER);
    if (zmq_setsockopt(x->router, ZMQ_CURVE_SERVER, &one, sizeof(one)) != 0 ||
        zmq_setsockopt(x->router, ZMQ_CURVE_SECRETKEY, mash_secret_bytes(x->link), 32) != 0 ||
        zmq_bind(x->router, "tcp://127.0.0.1:*") != 0 ||
        zmq_getsockopt(x->router, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
        _exit(5);
    memcpy(x->control->endpoint, endpoint, sizeof(endpoint));
    for (;;) {
        zmq_msg_t peer, body;
        Mash__Request *request = NULL;
        (void)zmq_msg_init(&peer);
        (void)zmq_msg_init(&body);
        if (zmq_msg_recv(&peer, x->router, 0) < 0 || zmq_msg_recv(&body, x->router, 0) < 0)
            _exit(6);
        must(mash_message_decode(&mash__request__descriptor, mash_span(zmq_msg_data(&body), zmq_msg_size(&body)),
                                 &request));
        struct exchange_asking asking = { x, &peer, 0 };
        if (x->control->lie != LIE_DEAF)
            exchange_serve(&asking, request);
        mash_message_free(&request);
        (void)zmq_msg_close(&peer);
        (void)zmq_msg_close(&body);
    }
}

/* Start it; returns its process once it listens.  x->control must be shared memory. */
EXCHANGE pid_t
exchange_start(struct exchange *x)
{
    x->control->endpoint[0] = '\0';
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        exchange_run(x);
    }
    for (int i = 0; i < 1000 && x->control->endpoint[0] == '\0'; i++)
        (void)usleep(5000);
    assert_true(x->control->endpoint[0] != '\0');
    return pid;
}

#endif
