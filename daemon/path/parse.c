/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c - second stage: bytes to messages, strictly, every field checked on its own; a submission
 * becomes one flight for each notice or status.  Knows no keys, rules or rows. */
#include "daemon/path/stage.h"

#include <stdlib.h>

/* Turn what a reader of manifests or statuses found into the flight's answer. */
static enum mash_err
judge(struct mash_flight *flight, enum mash_err found, const struct mash_faults *faults)
{
    switch (found) {
    case MASH_OK:
        return MASH_OK;
    case MASH_E_FORMAT:
    case MASH_E_LIMIT:
        mash_flight_settle(flight, MASH_ANSWER_MALFORMED, "%s", "");
        return mash_flight_faults(flight, faults);
    case MASH_E_VERSION:
        mash_flight_settle(flight, MASH_ANSWER_SCHEMA, "%s", "");
        return MASH_OK;
    case MASH_E_VALUE:
        mash_flight_settle(flight, MASH_ANSWER_FIELDS, "%s", "");
        return mash_flight_faults(flight, faults);
    default:
        return found;
    }
}

static enum mash_err
parse_notice(struct mash_flight *flight, const Mash__SignedNotice *notice)
{
    flight->notice = notice;
    flight->signed_bytes = mash_field_span(notice->manifest);
    flight->sha256 = mash_hash_of(flight->signed_bytes);
    if (notice->manifest.len > MASH_MANIFEST_MAX || notice->body.len > MASH_BODY_MAX) {
        mash_flight_settle(flight, MASH_ANSWER_TOO_LARGE, "(a body has at most %u bytes, a manifest %u)",
                           MASH_BODY_MAX, MASH_MANIFEST_MAX);
        return MASH_OK;
    }
    struct mash_faults faults = { 0 };
    enum mash_err found = mash_manifest_read(flight->signed_bytes, &flight->manifest, &faults);
    enum mash_err err = judge(flight, found, &faults);
    if (err == MASH_OK && !flight->settled &&
        mash_batch_proof_read(mash_field_span(notice->signature), notice->batch_index, notice->batch_size,
                              notice->batch_path, notice->n_batch_path, &flight->proof) != MASH_OK)
        mash_flight_settle(flight, MASH_ANSWER_BATCH_PROOF, "%s", "");
    return err;
}

static enum mash_err
parse_status(struct mash_flight *flight, const Mash__SignedStatus *status)
{
    flight->signed_bytes = mash_field_span(status->status);
    flight->sha256 = mash_hash_of(flight->signed_bytes);
    if (status->status.len > MASH_STATUS_MAX) {
        mash_flight_settle(flight, MASH_ANSWER_TOO_LARGE, "(a status has at most %u bytes)", MASH_STATUS_MAX);
        return MASH_OK;
    }
    struct mash_faults faults = { 0 };
    enum mash_err found = mash_status_read(flight->signed_bytes, &flight->status, &faults);
    enum mash_err err = judge(flight, found, &faults);
    if (err == MASH_OK && !flight->settled &&
        mash_batch_proof_read(mash_field_span(status->signature), status->batch_index, status->batch_size,
                              status->batch_path, status->n_batch_path, &flight->proof) != MASH_OK)
        mash_flight_settle(flight, MASH_ANSWER_BATCH_PROOF, "%s", "");
    return err;
}

/* Room for count flights of request; settles the request when there are none or too many. */
static enum mash_err
make_flights(struct mash_request *request, size_t count)
{
    if (count == 0)
        mash_flight_settle(&request->whole, MASH_ANSWER_MALFORMED, "%s", "(an empty submission)");
    if (count > MASH_SUBMIT_MAX)
        mash_flight_settle(&request->whole, MASH_ANSWER_TOO_MANY, "(at most %u)", MASH_SUBMIT_MAX);
    if (request->whole.settled)
        return MASH_OK;
    request->flights = calloc(count, sizeof(*request->flights));
    if (request->flights == NULL)
        return MASH_E_NOMEM;
    request->n_flights = count;
    for (size_t i = 0; i < count; i++)
        request->flights[i].request = request;
    return MASH_OK;
}

static enum mash_err
parse_submit(struct mash_request *request)
{
    const Mash__Submit *submit = request->message->submit;
    size_t bytes = 0;
    for (size_t i = 0; i < submit->n_notices; i++)
        bytes += submit->notices[i]->manifest.len;
    if (bytes > MASH_SUBMIT_SIGNED_MAX) {
        mash_flight_settle(&request->whole, MASH_ANSWER_TOO_MANY, "(at most %u bytes of manifests)",
                           MASH_SUBMIT_SIGNED_MAX);
        return MASH_OK;
    }
    enum mash_err err = make_flights(request, submit->n_notices);
    for (size_t i = 0; err == MASH_OK && i < request->n_flights; i++)
        err = parse_notice(&request->flights[i], submit->notices[i]);
    return err;
}

static enum mash_err
parse_submit_status(struct mash_request *request)
{
    const Mash__SubmitStatus *submit = request->message->submit_status;
    enum mash_err err = make_flights(request, submit->n_statuses);
    for (size_t i = 0; err == MASH_OK && i < request->n_flights; i++)
        err = parse_status(&request->flights[i], submit->statuses[i]);
    return err;
}

enum mash_err
mash_stage_parse(struct mash_path *path, struct mash_request *request)
{
    (void)path;
    enum mash_err err = mash_message_decode(&mash__request__descriptor, mash_bytes_span(&request->frame),
                                            &request->message);
    if (err == MASH_E_FORMAT || err == MASH_E_LIMIT) {
        mash_flight_settle(&request->whole, MASH_ANSWER_MALFORMED, "%s", "");
        return MASH_OK;
    }
    if (err != MASH_OK)
        return err;
    Mash__Request__AskCase ask = request->message->ask_case;
    if (ask == MASH__REQUEST__ASK__NOT_SET) {
        mash_flight_settle(&request->whole, MASH_ANSWER_MALFORMED, "%s", "(it asks nothing)");
        return MASH_OK;
    }
    if (ask == MASH__REQUEST__ASK_SUBMIT)
        return parse_submit(request);
    if (ask == MASH__REQUEST__ASK_SUBMIT_STATUS)
        return parse_submit_status(request);
    return MASH_OK;
}
