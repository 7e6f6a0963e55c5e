/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - see answer.h.  (design: "Limits and answers") */
#include "proto/answer.h"

#include <assert.h>
#include <string.h>
#include <sysexits.h>

/* what a program does next; the last two columns of a row */
#define DONE false, EX_OK
#define LATER true, EX_TEMPFAIL
#define REFUSED false, EX_NOPERM

static const struct mash_answer answers[] = {
    [MASH_ANSWER_OK] = { 200, "S114", "Done.", DONE },
    [MASH_ANSWER_FETCHED] = { 200, "S115", "Nothing more is waiting for this mailbox.", DONE },
    [MASH_ANSWER_HELD] = { 202, "S100", "Held by the exchange. Nobody has read it yet.", DONE },
    [MASH_ANSWER_HELD_BEFORE] = { 202, "S111",
        "Held by the exchange already: this is the receipt of the first time. It was not sent twice.", DONE },
    [MASH_ANSWER_HELD_RING] = { 202, "S102",
        "Held by the exchange. Nobody has read it yet, and the recipient is out of hours or has been silent: "
        "ring them now.", DONE },
    [MASH_ANSWER_STATUS_LOGGED] = { 202, "S112", "Logged; the sender will be shown it.", DONE },
    [MASH_ANSWER_STATUS_BEFORE] = { 202, "S113", "Logged already: this is the receipt of the first time.",
        DONE },

    [MASH_ANSWER_MALFORMED] = { 400, "06",
        "The message cannot be read as the protocol demands. Report this to whoever supplies your software.",
        REFUSED },
    [MASH_ANSWER_HELLO_FIRST] = { 400, "S120",
        "A connection begins with a hello. Restart the client; if it stays, report it to its supplier.",
        REFUSED },
    [MASH_ANSWER_BATCH_PROOF] = { 400, "S121",
        "The batch size, index and path do not fit together. Report this to whoever supplies your software.",
        REFUSED },

    [MASH_ANSWER_LINK_UNKNOWN] = { 401, "S123",
        "This installation is not enrolled in the partnership, or its enrolment has ended. Ring the operator.",
        LATER },
    [MASH_ANSWER_SIGNATURE] = { 401, "S105",
        "The signature is not that of the key it names. Seal and sign the notice again.", REFUSED },
    [MASH_ANSWER_KEY_UNKNOWN] = { 401, "S124",
        "The signing key is not listed for this mailbox. Use a listed key, or have this one enrolled.",
        REFUSED },
    [MASH_ANSWER_KEY_EXPIRED] = { 401, "S125",
        "The signing key is not valid at this time. Sign with a valid key, or have a new one enrolled.",
        REFUSED },
    [MASH_ANSWER_OPERATOR_UNKNOWN] = { 401, "S160",
        "The command is not signed by an operator key of the bundle in force.", REFUSED },

    [MASH_ANSWER_NOT_YOUR_MAILBOX] = { 403, "07",
        "This installation does not act for that mailbox's agency. Check the mailbox you are sending as.",
        REFUSED },
    [MASH_ANSWER_PARTNERSHIP] = { 403, "S129",
        "This exchange serves another partnership. Check which exchange your client is set up for.", REFUSED },
    [MASH_ANSWER_KEY_MAY_NOT] = { 403, "S126",
        "The key that signed is not listed for doing this. Acknowledging and deciding need a person's key.",
        REFUSED },
    [MASH_ANSWER_NOT_AGREED] = { 403, "17",
        "The partnership's agreement does not let this mailbox send that type to that recipient. If a child is "
        "at risk, ring the recipient now.", REFUSED },
    [MASH_ANSWER_BUNDLE_OLD] = { 403, "S107",
        "It was prepared by an outdated partnership bundle. Fetch the current one, then seal and send again.",
        REFUSED },
    [MASH_ANSWER_BUNDLE_EXPIRED] = { 403, "S130",
        "The partnership bundle has expired and this type waits for a new one. It stays in the outbox: ring "
        "the recipient.", LATER },
    [MASH_ANSWER_KEY_SUSPENDED] = { 403, "S127",
        "The key is suspended. Only a new partnership bundle lifts that: ring the operator.", REFUSED },
    [MASH_ANSWER_MAILBOX_SUSPENDED] = { 403, "S128",
        "The mailbox is suspended. Only a new partnership bundle lifts that: ring the recipient.", LATER },
    [MASH_ANSWER_COMMAND_TIME] = { 403, "S161",
        "The command's time is more than five minutes from the broker's clock. Set the clock, then repeat it.",
        REFUSED },

    [MASH_ANSWER_UNKNOWN] = { 404, "20", "There is no such notice, or it is not yours.", REFUSED },
    [MASH_ANSWER_RECIPIENT_UNKNOWN] = { 404, "12",
        "A recipient is not a mailbox of this partnership. Check the address in the directory.", REFUSED },
    [MASH_ANSWER_BUNDLE_UNKNOWN] = { 404, "S133", "The broker does not have that version of the bundle.",
        REFUSED },

    [MASH_ANSWER_UNCOLLECTED] = { 408, "14",
        "No device of the recipient has collected it in the time allowed. Ring the recipient now.", LATER },
    [MASH_ANSWER_CONFLICT] = { 409, "S110",
        "Another notice with this id was accepted before, with other content. Send this one under a new id.",
        REFUSED },
    [MASH_ANSWER_STATUS_SEQUENCE] = { 409, "S134",
        "The status does not continue the mailbox's history. Take up the history in this answer, then repeat.",
        REFUSED },
    [MASH_ANSWER_STATUS_STEP] = { 409, "S132", "That step is not possible from where the notice stands.",
        REFUSED },
    [MASH_ANSWER_NONCE] = { 409, "S106", "This command was given before and is not carried out twice.",
        REFUSED },
    [MASH_ANSWER_BUNDLE_VERSION] = { 409, "S162",
        "The bundle does not follow the one in force: its version must be the next and enough of the present "
        "governance keys must have signed it.", REFUSED },
    [MASH_ANSWER_EXISTS] = { 409, "S164", "The directory exists already. Name a new one.", REFUSED },
    [MASH_ANSWER_ROOT] = { 409, "S165", "That is not the head of the restored log. Compare both and repeat.",
        REFUSED },
    [MASH_ANSWER_EXPIRED] = { 410, "19",
        "Its last moment for a first acceptance has passed. Send it again as a new notice, or ring.", REFUSED },
    [MASH_ANSWER_RECALLED] = { 410, "S137", "The sender has recalled it.", REFUSED },
    [MASH_ANSWER_ERASED] = { 410, "S138", "Its body has been erased; the log shows when and why.", REFUSED },

    [MASH_ANSWER_TOO_LARGE] = { 413, "S139",
        "It is larger than the exchange takes. Send less in one notice.", REFUSED },
    [MASH_ANSWER_TOO_MANY] = { 413, "S140", "There are too many things in one request. Send fewer at once.",
        REFUSED },
    [MASH_ANSWER_FIELDS] = { 422, "S141", "Fields are wrong; each is listed with the reason.", REFUSED },
    [MASH_ANSWER_TYPE] = { 422, "11", "The partnership does not use this type of notice.", REFUSED },
    [MASH_ANSWER_BODY_MISSING] = { 422, "02",
        "The sealed body did not come with the notice and was not uploaded before. Send both.", REFUSED },
    [MASH_ANSWER_BODY_MISMATCH] = { 422, "S142",
        "The sealed body is not the one the notice names. Seal and send again.", REFUSED },
    [MASH_ANSWER_BODY_KEYS] = { 422, "S143",
        "The body is not sealed to exactly the keys of those it names. Seal and send again.", REFUSED },
    [MASH_ANSWER_SEAL_KEY] = { 422, "S146",
        "It is sealed to a key that the recipient does not have. Fetch the bundle, seal and send again.",
        REFUSED },
    [MASH_ANSWER_REPLY_UNKNOWN] = { 422, "S144",
        "It replies to a notice that this mailbox neither sent nor received.", REFUSED },
    [MASH_ANSWER_AHEAD] = { 422, "S145",
        "It was created more than 24 hours ahead of the exchange's clock. Set your clock, then send again.",
        REFUSED },
    [MASH_ANSWER_DRILL] = { 422, "S109",
        "A drill replies to a live notice, or a live notice to a drill. The two never mix.", REFUSED },
    [MASH_ANSWER_COVER] = { 422, "S148",
        "A recipient is named as cover for a mailbox that it does not cover.", REFUSED },
    [MASH_ANSWER_RECIPIENT_SCHEMA] = { 422, "S147",
        "A recipient's software does not read this version of notices yet. Send in the version it reads.",
        REFUSED },
    [MASH_ANSWER_BUNDLE_BAD] = { 422, "S163", "The bundle is not in order.", REFUSED },
    [MASH_ANSWER_NO_KEY] = { 424, "S101",
        "The recipient has no key to seal to. It stays in the outbox: ring the recipient.", LATER },
    [MASH_ANSWER_PROTOCOL] = { 426, "09", "The client speaks another version of the protocol. Update it.",
        LATER },
    [MASH_ANSWER_SCHEMA] = { 426, "S149", "The notice is in a version that the exchange does not read.",
        REFUSED },
    [MASH_ANSWER_PAIR_RATE] = { 429, "S150",
        "Too many notices from this mailbox to that recipient at once. The client will try again.", LATER },
    [MASH_ANSWER_LINK_RATE] = { 429, "S151",
        "Too many requests from this installation at once. The client will try again.", LATER },
    [MASH_ANSWER_BARRED] = { 451, "S103",
        "A recipient is barred from this matter. Take legal advice before sharing by another way.", REFUSED },

    [MASH_ANSWER_NOT_LOGGED] = { 503, "S152",
        "It cannot be logged at present, so it is not held. The client will try again; ring if it is urgent.",
        LATER },
    [MASH_ANSWER_READ_ONLY] = { 503, "S136",
        "The exchange only reads until its operator has looked into a fault of the log. It is not held: ring.",
        LATER },
    [MASH_ANSWER_BUSY] = { 503, "S153", "The exchange is busy or stopping. It is not held; try again soon.",
        LATER },
    [MASH_ANSWER_FULL] = { 507, "S154",
        "The exchange's disk is full. It is not held: ring the recipient, and tell the operator.", LATER },
};

static_assert(sizeof(answers) / sizeof(answers[0]) == MASH_ANSWER_COUNT, "one row an answer");

const struct mash_answer *
mash_answer(enum mash_answer_id id)
{
    assert((unsigned)id < MASH_ANSWER_COUNT);
    return &answers[id];
}

const struct mash_answer *
mash_answer_find(uint32_t code, const char *sub_code)
{
    for (size_t i = 0; i < MASH_ANSWER_COUNT; i++)
        if (answers[i].code == code && strcmp(answers[i].sub_code, sub_code) == 0)
            return &answers[i];
    return NULL;
}

bool
mash_answer_retry(uint32_t code, const char *sub_code)
{
    const struct mash_answer *row = mash_answer_find(code, sub_code);
    if (row != NULL)
        return row->retry;
    /* Not known here: a plain 4xx is the asker's fault and stays so; all else may change. */
    return code < 400 || code >= 500 || code == 424 || code == 426 || code == 429;
}

int
mash_answer_exit_code(uint32_t code, const char *sub_code)
{
    const struct mash_answer *row = mash_answer_find(code, sub_code);
    if (row != NULL)
        return row->exit_code;
    return mash_answer_retry(code, sub_code) ? EX_TEMPFAIL : EX_NOPERM;
}
