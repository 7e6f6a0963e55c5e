/* SPDX-License-Identifier: Apache-2.0 */
/* notice.c - see mash/client.h: one notice as a program sees it.  Texts are borrowed from the decoded
 * messages that struct mash_notice owns. */
#include "clients/lib/client.h"

#include <stdlib.h>
#include <string.h>

#include "clients/lib/closing.h"
#include "clients/lib/standing.h"
#include "clients/lib/statuses.h"
#include "proto/answer.h"
#include "proto/hex.h"
#include "proto/manifest.h"
#include "proto/state.h"
#include "proto/uuid.h"

#define STATUSES_MAX 1024u /* shown of one notice */
#define REPORTS_MAX 256u

struct told {
    Mash__SignedStatus *signed_status;
    Mash__Status *status;
    struct mash_outcome_info outcomes[MASH_OUTCOMES_MAX];
    struct mash_progress progress; /* of its mailbox, this status included */
    char sentence[MASH_STANDING_TEXT];
};

struct mash_notice {
    struct mash_notice_info info;
    struct mash_outbox_row sent;
    struct mash_inbox_row received;
    Mash__Manifest *manifest;
    Mash__Inner *inner;
    char *receipt;
    struct mash_recipient_info recipients[MASH_RECIPIENTS_MAX];
    char sentences[MASH_RECIPIENTS_MAX][MASH_STANDING_TEXT];
    struct mash_draft_code codes[MASH_CODES_MAX];
    struct told *told;
    struct mash_status_info *statuses;
    size_t n_told;
    struct mash_report_row *report_rows;
    struct mash_report_info *reports;
};

static const char *
rag_name(Mash__Rag rag)
{
    static const char *const names[] = { "", "red", "amber", "green" };
    return (unsigned)rag < sizeof(names) / sizeof(names[0]) ? names[rag] : "";
}

/* ---- the parts ---- */

static void
fill_manifest(struct mash_notice *notice, bool draft)
{
    struct mash_notice_info *info = &notice->info;
    const Mash__Manifest *manifest = notice->manifest;
    mash_uuid_text(manifest->notice_id.data, info->id);
    mash_uuid_text(manifest->thread_id.data, info->thread);
    if (manifest->in_reply_to.len == MASH_SHA256_BYTES)
        mash_hex_text(mash_field_span(manifest->in_reply_to), info->in_reply_to);
    if (!draft)
        mash_hex_text(info->sent ? mash_hash_span(&notice->sent.manifest_sha256)
                                 : mash_hash_span(&notice->received.manifest_sha256),
                      info->manifest_sha256);
    info->from = manifest->from;
    info->type = manifest->type;
    info->relation = (int)manifest->relation;
    info->immediate = manifest->immediate;
    info->drill = manifest->drill;
    info->restricted = manifest->restricted;
    info->address_confidential = manifest->address_confidential;
    info->source_confidential = manifest->source_confidential;
    info->subject_count = manifest->subject_count;
    info->created_ms = manifest->created_ms;
    info->event_ms = manifest->event_ms;
    info->expires_ms = manifest->expires_ms;
    info->n_codes = manifest->n_codes < MASH_CODES_MAX ? manifest->n_codes : MASH_CODES_MAX;
    for (size_t i = 0; i < info->n_codes; i++)
        notice->codes[i] = (struct mash_draft_code){ manifest->codes[i]->list, manifest->codes[i]->value,
                                                     manifest->codes[i]->subject };
    info->codes = notice->codes;
}

static enum mash_err
fill_inner(struct mash_notice *notice, struct mash_span inner)
{
    notice->info.local_reference = "";
    if (inner.len == 0)
        return MASH_OK;
    enum mash_err err = mash_message_decode(&mash__inner__descriptor, inner, &notice->inner);
    if (err != MASH_OK)
        return err;
    notice->info.local_reference = notice->inner->local_reference;
    notice->info.content = notice->inner->content.data;
    notice->info.content_len = notice->inner->content.len;
    return MASH_OK;
}

/* Of a sent notice the reference stays readable after it was sealed. */
static enum mash_err
fill_reference(struct mash_notice *notice)
{
    struct mash_bytes *reference = &notice->sent.local_reference;
    enum mash_err err = mash_bytes_append(reference, "", 1); /* its NUL */
    if (err == MASH_OK)
        notice->info.local_reference = (const char *)reference->data;
    return err;
}

static void
fill_sealed(struct mash_notice *notice, const struct mash_bytes *body)
{
    notice->info.sealed = body->len > 0 ? body->data : NULL;
    notice->info.sealed_len = body->len;
}

static enum mash_err
fill_receipt(struct mash_notice *notice, const struct mash_bytes *receipt)
{
    notice->receipt = calloc(1, receipt->len + 1);
    if (notice->receipt == NULL)
        return MASH_E_NOMEM;
    if (receipt->len > 0)
        memcpy(notice->receipt, receipt->data, receipt->len);
    notice->info.receipt = notice->receipt;
    return MASH_OK;
}

/* What a status says once it is applied to those of its mailbox before it; rows come in their order. */
static const char *
status_sentence(struct mash_notice *notice, struct told *told, const struct mash_hash *sha256)
{
    struct mash_progress before = mash_progress_start();
    const struct told *last = told > notice->told ? told - 1 : NULL;
    if (last != NULL && strcmp(last->status->mailbox, told->status->mailbox) == 0)
        before = last->progress;
    told->progress = mash_progress_next(&before, told->status, sha256);
    if (told->status->state != MASH__STATE__STATE_DECIDED)
        return mash_state_sentence(told->status->state);
    return mash_standing_decided(told->progress.decided_subjects, notice->manifest->subject_count, told->sentence);
}

static void
fill_status(struct mash_notice *notice, const struct mash_status_row *row, struct told *told,
            struct mash_status_info *info)
{
    const Mash__Status *status = told->status;
    size_t n = status->n_outcomes < MASH_OUTCOMES_MAX ? status->n_outcomes : MASH_OUTCOMES_MAX;
    for (size_t i = 0; i < n; i++)
        told->outcomes[i] = (struct mash_outcome_info){ status->outcomes[i]->subject, status->outcomes[i]->code };
    *info = (struct mash_status_info){
        .mailbox = status->mailbox, .state = mash_state_name(status->state),
        .sentence = status_sentence(notice, told, &row->status_sha256), .reason = status->reason,
        .actor = status->actor,
        .passed_to = status->passed_to, .rag = rag_name(status->rag), .sequence = status->sequence,
        .time_ms = status->time_ms, .entry_ms = row->entry_ms, .ours = row->ours,
        .logged = row->sending == MASH_STATUS_LOGGED, .outcomes = told->outcomes, .n_outcomes = n,
    };
}

static enum mash_err
fill_statuses(struct mash_client *client, struct mash_notice *notice, const struct mash_hash *sha256)
{
    enum mash_err err = MASH_OK;
    notice->told = calloc(STATUSES_MAX, sizeof(*notice->told));
    notice->statuses = calloc(STATUSES_MAX, sizeof(*notice->statuses));
    if (notice->told == NULL || notice->statuses == NULL)
        return MASH_E_NOMEM;
    while (err == MASH_OK && notice->n_told < STATUSES_MAX) {
        struct mash_status_row row;
        struct told *told = &notice->told[notice->n_told];
        err = mash_home_status_nth(client->store, sha256, NULL, notice->n_told, &row);
        if (err != MASH_OK)
            break;
        err = mash_statuses_decode(mash_bytes_span(&row.signed_status), &told->signed_status, &told->status);
        if (err == MASH_OK) {
            fill_status(notice, &row, told, &notice->statuses[notice->n_told]);
            notice->n_told++;
        }
        mash_status_row_free(&row);
    }
    notice->info.statuses = notice->statuses;
    notice->info.n_statuses = notice->n_told;
    return err == MASH_E_UNKNOWN ? MASH_OK : err;
}

static enum mash_err
fill_reports(struct mash_client *client, struct mash_notice *notice, const struct mash_hash *sha256)
{
    size_t count = 0;
    notice->report_rows = calloc(REPORTS_MAX, sizeof(*notice->report_rows));
    notice->reports = calloc(REPORTS_MAX, sizeof(*notice->reports));
    if (notice->report_rows == NULL || notice->reports == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = mash_home_reports(client->store, sha256, notice->report_rows, REPORTS_MAX, &count);
    for (size_t i = 0; err == MASH_OK && i < count; i++) {
        const struct mash_report_row *row = &notice->report_rows[i];
        const struct mash_answer *answer = mash_answer_find(row->code, row->sub_code);
        notice->reports[i] = (struct mash_report_info){ .recipient = row->recipient, .sub_code = row->sub_code,
                                                        .sentence = answer != NULL ? answer->sentence : "",
                                                        .code = row->code, .level = row->level,
                                                        .time_ms = row->time_ms };
    }
    notice->info.reports = notice->reports;
    notice->info.n_reports = count;
    return err;
}

/* Each recipient with where it stands by what has verified: the first fact comes from the receipt alone. */
static void
fill_recipients(struct mash_client *client, struct mash_notice *notice)
{
    struct mash_notice_info *info = &notice->info;
    bool held = info->held_ms != 0;
    info->n_recipients = notice->manifest->n_recipients;
    info->recipients = notice->recipients;
    for (size_t i = 0; i < info->n_recipients; i++) {
        const Mash__Recipient *from = notice->manifest->recipients[i];
        const struct mash_mailbox *mailbox = mash_bundle_mailbox(client->bundle, from->mailbox);
        Mash__State state = held ? MASH__STATE__STATE_HELD : MASH__STATE__STATE_UNSET;
        const char *sentence = held ? mash_state_sentence(state)
                                    : mash_standing_not_held(from, mailbox, notice->sentences[i]);
        uint64_t state_ms = info->held_ms;
        for (size_t j = 0; j < notice->n_told; j++) {
            const Mash__Status *status = notice->told[j].status;
            if (strcmp(status->mailbox, from->mailbox) != 0 || !(notice->statuses[j].logged || !info->sent) ||
                mash_state_rank(status->state) < mash_state_rank(state) ||
                mash_state_rank(status->state) == 0)
                continue;
            state = status->state;
            state_ms = notice->statuses[j].time_ms;
            sentence = notice->statuses[j].sentence;
        }
        notice->recipients[i] = (struct mash_recipient_info){
            .mailbox = from->mailbox, .name = mailbox != NULL ? mailbox->name : "",
            .phone = mailbox != NULL && mailbox->phone != NULL ? mailbox->phone : "", .cover_for = from->cover_for,
            .information = from->duty == MASH__DUTY__DUTY_INFORMATION, .lead = from->lead,
            .state = mash_state_name(state), .sentence = sentence, .state_ms = state_ms,
        };
    }
}

/* ---- loading ---- */

static enum mash_err
load_sent(struct mash_client *client, const uint8_t id[static MASH_ID_BYTES], struct mash_notice *notice)
{
    static const char *const states[] = { "", "draft", "sealed", "held", "forgotten" };
    struct mash_outbox_row row;
    enum mash_err err = mash_home_outbox_get(client->store, id, &row);
    if (err != MASH_OK)
        return err;
    notice->sent = row;
    notice->info.sent = true;
    notice->info.mailbox = notice->sent.mailbox;
    notice->info.held_ms = row.held_ms;
    notice->info.sentence = notice->sent.sentence;
    notice->info.state = (unsigned)row.state < 5 ? states[row.state] : "";
    bool draft = row.state == MASH_OUTBOX_DRAFT ||
                 (row.state == MASH_OUTBOX_FORGOTTEN && row.signed_notice.len == 0);
    err = mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&notice->sent.manifest), &notice->manifest);
    if (err == MASH_OK) {
        fill_manifest(notice, draft);
        err = fill_inner(notice, draft ? mash_bytes_span(&notice->sent.body) : mash_span(NULL, 0));
        if (err == MASH_OK)
            err = fill_reference(notice);
        if (!draft)
            fill_sealed(notice, &notice->sent.body);
    }
    if (err == MASH_OK)
        err = fill_receipt(notice, &notice->sent.receipt);
    if (err == MASH_OK)
        err = fill_statuses(client, notice, &notice->sent.manifest_sha256);
    bool closed = false;
    if (err == MASH_OK && row.state == MASH_OUTBOX_HELD)
        err = mash_closing_is(client, notice->manifest, &notice->sent.manifest_sha256, &closed);
    if (closed)
        notice->info.state = "closed";
    return err == MASH_OK ? fill_reports(client, notice, &notice->sent.manifest_sha256) : err;
}

static enum mash_err
load_received(struct mash_client *client, const struct mash_hash *sha256, const char *mailbox,
              struct mash_notice *notice)
{
    static const char *const states[] = { "", "stored", "opened", "unreadable" };
    struct mash_inbox_row row;
    enum mash_err err = mash_home_inbox_get(client->store, sha256, mailbox, &row);
    if (err != MASH_OK)
        return err;
    notice->received = row;
    notice->info.mailbox = notice->received.mailbox;
    notice->info.held_ms = row.held_ms;
    notice->info.stored_ms = row.stored_ms;
    notice->info.sentence = notice->received.unreadable_reason;
    notice->info.state = (unsigned)row.state < 4 ? states[row.state] : "";
    err = mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&notice->received.manifest),
                              &notice->manifest);
    if (err == MASH_OK) {
        fill_manifest(notice, false);
        fill_sealed(notice, &notice->received.body);
        err = fill_inner(notice, mash_bytes_span(&notice->received.inner));
    }
    if (err == MASH_OK)
        err = fill_receipt(notice, &notice->received.accept_receipt);
    if (err == MASH_OK)
        err = fill_statuses(client, notice, &notice->received.manifest_sha256);
    return err == MASH_OK ? fill_reports(client, notice, &notice->received.manifest_sha256) : err;
}

static struct mash_notice *
notice_new(void)
{
    struct mash_notice *notice = calloc(1, sizeof(*notice));
    if (notice == NULL)
        return NULL;
    mash_outbox_row_init(&notice->sent);
    mash_inbox_row_init(&notice->received);
    return notice;
}

enum mash_err
mash_notice_open(struct mash_client *client, const char *id, bool received, struct mash_notice **ret_notice)
{
    struct mash_home_match matches[8];
    uint8_t notice_id[MASH_ID_BYTES];
    char hex[2 * MASH_ID_BYTES + 1];
    size_t count = 0;
    if (mash_uuid_parse(id, notice_id) != MASH_OK)
        return mash_client_fail(client, MASH_E_VALUE, "%s is not the id of a notice", id);
    mash_hex_text(mash_span(notice_id, sizeof(notice_id)), hex);
    enum mash_err err = mash_home_match(client->store, hex, matches, 8, &count);
    if (err == MASH_OK && count == 0)
        return mash_client_fail(client, MASH_E_UNKNOWN, "there is no such notice");
    struct mash_notice *notice = err == MASH_OK ? notice_new() : NULL;
    if (notice == NULL)
        return err == MASH_OK ? MASH_E_NOMEM : err;
    const struct mash_home_match *match = &matches[0];
    for (size_t i = 0; i < count; i++)
        if (matches[i].sent != received)
            match = &matches[i];
    err = match->sent ? load_sent(client, notice_id, notice)
                      : load_received(client, &match->manifest_sha256, match->mailbox, notice);
    if (err == MASH_OK) {
        fill_recipients(client, notice);
        *ret_notice = notice;
    } else {
        (void)mash_client_fail(client, err, "the notice could not be read: %s", mash_strerror(err));
        mash_notice_close(&notice);
    }
    return err;
}

const struct mash_notice_info *
mash_notice_info(const struct mash_notice *notice)
{
    return &notice->info;
}

void
mash_notice_close(struct mash_notice **notice_p)
{
    struct mash_notice *notice = *notice_p;
    if (notice == NULL)
        return;
    mash_outbox_row_free(&notice->sent);
    mash_inbox_row_free(&notice->received);
    mash_message_free(&notice->manifest);
    mash_message_free(&notice->inner);
    for (size_t i = 0; i < notice->n_told; i++) {
        mash_message_free(&notice->told[i].status);
        mash_message_free(&notice->told[i].signed_status);
    }
    free(notice->told);
    free(notice->statuses);
    free(notice->report_rows);
    free(notice->reports);
    free(notice->receipt);
    free(notice);
    *notice_p = NULL;
}
