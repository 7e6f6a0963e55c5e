/* SPDX-License-Identifier: Apache-2.0 */
/* tables.c - see tables.h.  PROTOCOL.md prints the same tables; the second reader compares. */
#include "tests/vectors/tables.h"

#include <stdio.h>
#include <string.h>

#include "proto/answer.h"
#include "proto/bundle_write.h"
#include "proto/manifest.h"
#include "proto/state.h"

/* ---- answers ---- */

json_t *
vectors_answers(void)
{
    json_t *answers = json_array();
    for (unsigned i = 0; i < MASH_ANSWER_COUNT; i++) {
        const struct mash_answer *row = mash_answer((enum mash_answer_id)i);
        json_t *answer = json_object();
        vectors_put(answer, "code", json_integer(row->code));
        vectors_put(answer, "sub_code", json_string(row->sub_code));
        vectors_put(answer, "sentence", json_string(row->sentence));
        vectors_put(answer, "retry", json_boolean(row->retry));
        vectors_put(answer, "exit_code", json_integer(row->exit_code));
        (void)json_array_append_new(answers, answer);
    }
    return answers;
}

/* ---- steps: from-state -> status -> the state it leads to, or why not ---- */

static json_t *
step_json(Mash__State from, Mash__State to)
{
    Mash__Recipient recipient = MASH__RECIPIENT__INIT;
    Mash__Recipient *recipients[] = { &recipient };
    Mash__Manifest manifest = MASH__MANIFEST__INIT;
    recipient.mailbox = (char *)(uintptr_t)"leicester-cc/das@llr";
    manifest.from = (char *)(uintptr_t)"leics-police/ppu@llr";
    manifest.recipients = recipients;
    manifest.n_recipients = 1;
    manifest.subject_count = 1;

    Mash__SubjectOutcome outcome = MASH__SUBJECT_OUTCOME__INIT;
    Mash__SubjectOutcome *outcomes[] = { &outcome };
    Mash__Status status = MASH__STATUS__INIT;
    bool person = (mash_state_right(to) & MASH_MAY_ACT) != 0;
    bool reason = to == MASH__STATE__STATE_TRIAGED || to == MASH__STATE__STATE_DECLINED;
    status.mailbox = to == MASH__STATE__STATE_RECALLED ? manifest.from : recipient.mailbox;
    status.sequence = 1;
    status.state = to;
    status.actor = (char *)(uintptr_t)(person ? "a" : "");
    status.reason = (char *)(uintptr_t)(reason ? "r" : "");
    status.rag = to == MASH__STATE__STATE_TRIAGED ? MASH__RAG__RAG_RED : MASH__RAG__RAG_UNSET;
    status.passed_to = to == MASH__STATE__STATE_PASSED_TO ? manifest.from : status.passed_to;
    status.outcomes = outcomes;
    status.n_outcomes = to == MASH__STATE__STATE_DECIDED ? 1 : 0;

    struct mash_progress progress = mash_progress_start();
    struct mash_hash digest = { { 0 } };
    const char *why = "";
    progress.state = from;
    json_t *step = json_object();
    if (mash_progress_check(&progress, &manifest, &status, &why) == MASH_OK) {
        progress = mash_progress_next(&progress, &status, &digest);
        vectors_put(step, "to", json_string(mash_state_name(progress.state)));
    } else {
        vectors_put(step, "why_not", json_string(why));
    }
    return step;
}

json_t *
vectors_steps(void)
{
    json_t *steps = json_object();
    for (unsigned from = MASH__STATE__STATE_HELD; from < MASH__STATE__STATE_RECALLED; from++) {
        if (from == MASH__STATE__STATE_TRIAGED) /* moves no state: nothing ever stands there */
            continue;
        json_t *row = json_object();
        for (unsigned to = MASH__STATE__STATE_COLLECTED; to <= MASH__STATE__STATE_RECALLED; to++)
            vectors_put(row, mash_state_name((Mash__State)to), step_json((Mash__State)from, (Mash__State)to));
        vectors_put(steps, mash_state_name((Mash__State)from), row);
    }
    return steps;
}

/* ---- bundles ---- */

#define KEY(digit) KEY_16(digit) KEY_16(digit) KEY_16(digit) KEY_16(digit)
#define KEY_16(digit) digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit
#define CLOCK \
    "{\"type\":\"REFERRAL\",\"when_stale\":\"send\",\"receipt_within_s\":60,\"collect_within_s\":3600," \
    "\"acknowledge_within_s\":86400,\"immediate_collect_within_s\":300,\"immediate_acknowledge_within_s\":900}"

#define DAY(date) "{\"title\":\"Holiday\",\"date\":\"" date "\",\"notes\":\"\",\"bunting\":true}"

static const char *const contents[MASH_BUNDLE_PARTS] = {
    [MASH_BUNDLE_REGISTRY] =
        "{\"format\":\"mash/registry/v1\",\"broker\":{\"link\":\"" KEY("0") "\",\"log\":\"" KEY("1") "\"},"
        "\"operators\":[{\"id\":\"op1\",\"key\":\"" KEY("2") "\"}],\"agencies\":[{\"id\":\"leics-police\","
        "\"name\":\"Leicestershire Police\",\"kind\":\"police\",\"overdue_role\":\"Force duty officer\","
        "\"overdue_phone\":\"101\",\"mailboxes\":[{\"id\":\"ppu\",\"name\":\"Public protection\","
        "\"phone\":\"0116 4960001\",\"hours\":\"24h\",\"seal\":[{\"key\":"
        "\"age15nsf9y4k28p83wth93tf7hafhvfajp45d2mge80ems45gz0c5gys3me64l\",\"from\":\"2026-01-01T00:00:00Z\"}],"
        "\"sign\":[{\"key\":\"" KEY("3") "\",\"may\":[\"send\",\"collect\"],\"from\":\"2026-01-01T00:00:00Z\"}]}],"
        "\"installations\":[{\"id\":\"pc1\",\"link\":\"" KEY("6") "\",\"witness\":\"" KEY("7") "\","
        "\"from\":\"2026-01-01T00:00:00Z\"}]}]}",
    [MASH_BUNDLE_AGREEMENT] =
        "{\"format\":\"mash/agreement/v1\",\"rules\":[{\"types\":[\"REFERRAL\"],\"from\":[\"kind:police\"],"
        "\"to\":[\"*\"],\"basis\":\"CA 1989 s.47\"}]}",
    [MASH_BUNDLE_CLOCKS] = "{\"format\":\"mash/clocks/v1\",\"types\":[" CLOCK "]}",
    [MASH_BUNDLE_CALENDAR] =
        "{\"format\":\"mash/calendar/v1\",\"england-and-wales\":{\"division\":\"england-and-wales\",\"events\":["
        DAY("2026-01-01") "," DAY("2026-04-03") "," DAY("2026-04-06") "," DAY("2026-05-04") "," DAY("2026-05-25")
        "," DAY("2026-08-31") "," DAY("2026-12-25") "," DAY("2026-12-28") "]}}",
};

static void
bundle_files(struct mash_bundle_file ret_files[static MASH_BUNDLE_PARTS])
{
    for (int part = 0; part < MASH_BUNDLE_PARTS; part++)
        ret_files[part] = (struct mash_bundle_file){ mash_bundle_part_name((enum mash_bundle_part)part),
                                                     mash_span_str(contents[part]) };
}

/* Governance keys as numbers of the fixed ones; the first two sign. */
static void
bundle_note(uint32_t version, const unsigned numbers[static 3], struct mash_bytes *ret_note)
{
    struct mash_bundle_terms terms = { .partnership = "llr", .version = version, .threshold = 2, .n_governance = 3 };
    terms.issued_ms = 1795392000000;
    terms.renew_by_ms = terms.issued_ms + 90ull * 86400000;
    terms.expires_ms = terms.issued_ms + 120ull * 86400000;
    struct mash_secret *secrets[3];
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        secrets[i] = vectors_key(MASH_PURPOSE_GOVERNANCE, numbers[i]);
        (void)snprintf(name, sizeof(name), "llr/governance/g%u", numbers[i]);
        vectors_must(mash_note_key_make(name, MASH_NOTE_ED25519, mash_secret_public(secrets[i]),
                                        &terms.governance[i]));
    }
    struct mash_bundle_file files[MASH_BUNDLE_PARTS];
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX);
    char why[300] = "";
    bundle_files(files);
    enum mash_err err = mash_bundle_write(&terms, files, MASH_BUNDLE_PARTS, &text, why, sizeof(why));
    if (err != MASH_OK)
        (void)fprintf(stderr, "make_vectors: %s\n", why);
    vectors_must(err);
    for (size_t i = 0; i < 2; i++)
        vectors_must(mash_bundle_sign(mash_bytes_span(&text), NULL, secrets[i], ret_note));
    for (size_t i = 0; i < 3; i++)
        mash_secret_close(&secrets[i]);
    mash_bytes_free(&text);
}

static json_t *
bundle_json(const struct mash_bundle *bundle)
{
    json_t *object = json_object();
    json_t *files = json_object();
    struct mash_span note = mash_bundle_note(bundle);
    vectors_put(object, "version", json_integer(mash_bundle_version(bundle)));
    vectors_put(object, "note", json_stringn((const char *)note.data, note.len));
    vectors_put_hex(object, "digest", mash_span(mash_bundle_digest(bundle), 32));
    vectors_put_hex(object, "pin", mash_span(mash_bundle_governance_digest(bundle), 32));
    for (int part = 0; part < MASH_BUNDLE_PARTS; part++)
        vectors_put(files, mash_bundle_part_name((enum mash_bundle_part)part), json_string(contents[part]));
    vectors_put(object, "files", files);
    return object;
}

json_t *
vectors_bundles(void)
{
    static const unsigned sets[2][3] = { { 1, 2, 3 }, { 1, 2, 4 } };
    struct mash_bundle *bundles[2] = { NULL, NULL };
    json_t *array = json_array();
    for (uint32_t i = 0; i < 2; i++) {
        struct mash_bytes note = mash_bytes_max(MASH_NOTE_MAX);
        struct mash_bundle_file files[MASH_BUNDLE_PARTS];
        bundle_files(files);
        bundle_note(i + 1, sets[i], &note);
        vectors_must(mash_bundle_open(mash_bytes_span(&note), files, MASH_BUNDLE_PARTS, &bundles[i], NULL, 0));
        (void)json_array_append_new(array, bundle_json(bundles[i]));
        mash_bytes_free(&note);
    }
    vectors_must(mash_bundle_follows(bundles[0], bundles[1]));
    mash_bundle_close(&bundles[0]);
    mash_bundle_close(&bundles[1]);
    return array;
}
