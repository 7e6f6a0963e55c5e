/* SPDX-License-Identifier: Apache-2.0 */
/* test_state.c - the state machine: every (state, status) pair, chains, the sender's recall, and long
 * random histories judged by the rules' own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/bundle.h"
#include "proto/state.h"
#include "sample.h"

#define STATES 11 /* UNSET to RECALLED */

/* Give the status the fields that its state needs, and no others. */
static void
become(Mash__Status *status, Mash__State to)
{
    bool person = to == MASH__STATE__STATE_TRIAGED || to == MASH__STATE__STATE_ACKNOWLEDGED ||
                  to == MASH__STATE__STATE_DECLINED || to == MASH__STATE__STATE_PASSED_TO ||
                  to == MASH__STATE__STATE_DECIDED;
    bool reason = to == MASH__STATE__STATE_TRIAGED || to == MASH__STATE__STATE_DECLINED;
    status->state = to;
    status->actor = (char *)(uintptr_t)(person ? "sw-0417" : "");
    status->reason = (char *)(uintptr_t)(reason ? "a-reason" : "");
    status->rag = to == MASH__STATE__STATE_TRIAGED ? MASH__RAG__RAG_RED : MASH__RAG__RAG_UNSET;
    status->passed_to = (char *)(uintptr_t)(to == MASH__STATE__STATE_PASSED_TO ? "leicester-cc/edt@llr" : "");
    status->n_outcomes = to == MASH__STATE__STATE_DECIDED ? 2 : 0;
}

/* Make status the next of progress's chain. */
static void
follow(Mash__Status *status, const struct mash_progress *progress)
{
    status->sequence = progress->sequence + 1;
    status->previous_sha256 = (ProtobufCBinaryData){ 0, NULL };
    if (progress->sequence > 0)
        status->previous_sha256 = mash_span_field(mash_hash_span(&progress->last));
}

static struct mash_progress
standing_at(Mash__State state)
{
    struct mash_progress progress = mash_progress_start();
    progress.state = state;
    if (state != MASH__STATE__STATE_HELD) {
        progress.sequence = 5;
        memset(progress.last.bytes, 0x42, sizeof(progress.last.bytes));
    }
    return progress;
}

/* A recipient's row.  One letter a status in the order of enum State (UNSET HELD COLLECTED OPENED
 * UNREADABLE TRIAGED ACKNOWLEDGED DECLINED PASSED_TO DECIDED RECALLED): '-' refused, otherwise the state
 * that it leads to: h c o u a d p D. */
static const struct pair {
    Mash__State from;
    const char *to;
} pairs[] = {
    { MASH__STATE__STATE_UNSET,        "-----------" },
    { MASH__STATE__STATE_HELD,         "--c--------" },
    { MASH__STATE__STATE_COLLECTED,    "--cou------" },
    { MASH__STATE__STATE_OPENED,       "--oo-oadp--" },
    { MASH__STATE__STATE_UNREADABLE,   "--uou------" },
    { MASH__STATE__STATE_TRIAGED,      "-----------" }, /* moves no state, so no row stands there */
    { MASH__STATE__STATE_ACKNOWLEDGED, "--aa-aadpD-" },
    { MASH__STATE__STATE_DECLINED,     "--dd-dadp--" },
    { MASH__STATE__STATE_PASSED_TO,    "--pp-padp--" },
    { MASH__STATE__STATE_DECIDED,      "--DD-DD-DD-" },
    { MASH__STATE__STATE_RECALLED,     "-----------" },
};

static Mash__State
of_letter(char letter)
{
    static const char letters[] = "-hcou*adpDR";
    const char *at = strchr(letters, letter);
    assert_non_null(at);
    return (Mash__State)(at - letters);
}

static void
every_pair(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct mash_hash digest;
    memset(digest.bytes, 0x24, sizeof(digest.bytes));
    for (size_t i = 0; i < STATES; i++) {
        for (unsigned to = 0; to < STATES; to++) {
            assert_int_equal(pairs[i].from, i);
            struct mash_progress progress = standing_at(pairs[i].from);
            become(&s->status, (Mash__State)to);
            follow(&s->status, &progress);
            const char *why = NULL;
            enum mash_err err = mash_progress_check(&progress, &s->manifest, &s->status, &why);
            char expected = pairs[i].to[to];
            if ((err == MASH_OK) != (expected != '-'))
                print_error("from %s to %s: %s\n", mash_state_name(pairs[i].from),
                            mash_state_name((Mash__State)to), why != NULL ? why : "allowed");
            if (expected == '-') {
                assert_int_equal(err, MASH_E_DENIED);
                assert_non_null(why);
                assert_true(strlen(why) > 5);
                continue;
            }
            assert_int_equal(err, MASH_OK);
            struct mash_progress next = mash_progress_next(&progress, &s->status, &digest);
            assert_int_equal(next.state, of_letter(expected));
            assert_int_equal(next.sequence, progress.sequence + 1);
            assert_true(mash_hash_equal(&next.last, &digest));
            assert_false(next.withdrawn);
        }
    }
    free(s);
}

static void
sender_may_only_recall(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->status.mailbox = s->manifest.from;
    for (unsigned from = 0; from < STATES; from++) {
        for (unsigned to = 0; to < STATES; to++) {
            struct mash_progress progress = standing_at((Mash__State)from);
            become(&s->status, (Mash__State)to);
            follow(&s->status, &progress);
            const char *why = NULL;
            enum mash_err err = mash_progress_check(&progress, &s->manifest, &s->status, &why);
            bool legal = from == MASH__STATE__STATE_HELD && to == MASH__STATE__STATE_RECALLED;
            assert_int_equal(err, legal ? MASH_OK : MASH_E_DENIED);
            assert_int_equal(why == NULL, legal);
        }
    }

    struct mash_progress sender = mash_progress_start();
    struct mash_progress recipient = mash_progress_start();
    struct mash_hash digest = { { 1 } };
    const char *why;
    become(&s->status, MASH__STATE__STATE_RECALLED);
    follow(&s->status, &sender);
    struct mash_progress recalled = mash_progress_next(&sender, &s->status, &digest);
    assert_int_equal(recalled.state, MASH__STATE__STATE_RECALLED);
    assert_true(recalled.withdrawn);
    /* a recipient sees that it was withdrawn, and its own chain goes on */
    recipient = mash_progress_recalled_by_sender(&recipient);
    assert_true(recipient.withdrawn);
    assert_int_equal(recipient.state, MASH__STATE__STATE_HELD);
    /* once collected there is nothing to recall; a repeat and a recalled row do not change */
    sender = mash_progress_collected_by_recipient(&sender);
    assert_int_equal(mash_progress_check(&sender, &s->manifest, &s->status, &why), MASH_E_DENIED);
    assert_string_equal(why, "a recipient has collected it");
    sender = mash_progress_collected_by_recipient(&sender);
    assert_int_equal(sender.state, MASH__STATE__STATE_COLLECTED);
    assert_int_equal(mash_progress_collected_by_recipient(&recalled).state, MASH__STATE__STATE_RECALLED);

    s->status.mailbox = s->mailboxes[0];
    follow(&s->status, &recipient);
    assert_int_equal(mash_progress_check(&recipient, &s->manifest, &s->status, &why), MASH_E_DENIED);
    assert_string_equal(why, "only its sender can recall it");
    become(&s->status, MASH__STATE__STATE_COLLECTED);
    assert_int_equal(mash_progress_check(&recipient, &s->manifest, &s->status, &why), MASH_OK);
    assert_true(mash_progress_next(&recipient, &s->status, &digest).withdrawn);
    free(s);
}

static void
words_why_not(void **state)
{
    (void)state;
    static const struct {
        Mash__State from, to;
        const char *why;
    } rows[] = {
        { MASH__STATE__STATE_HELD, MASH__STATE__STATE_OPENED, "it was never collected" },
        { MASH__STATE__STATE_HELD, MASH__STATE__STATE_ACKNOWLEDGED, "it was never opened" },
        { MASH__STATE__STATE_COLLECTED, MASH__STATE__STATE_ACKNOWLEDGED, "it was never opened" },
        { MASH__STATE__STATE_COLLECTED, MASH__STATE__STATE_DECIDED, "it was never opened" },
        { MASH__STATE__STATE_UNREADABLE, MASH__STATE__STATE_DECLINED, "no device there could open it" },
        { MASH__STATE__STATE_OPENED, MASH__STATE__STATE_DECIDED, "it was never acknowledged" },
        { MASH__STATE__STATE_OPENED, MASH__STATE__STATE_UNREADABLE, "a device there has opened it" },
        { MASH__STATE__STATE_DECIDED, MASH__STATE__STATE_DECLINED, "it was decided" },
        { MASH__STATE__STATE_OPENED, MASH__STATE__STATE_HELD, "no mailbox can sign that state" },
        { MASH__STATE__STATE_OPENED, (Mash__State)99, "no mailbox can sign that state" },
        { (Mash__State)99, MASH__STATE__STATE_OPENED, "its state is not known" },
    };
    struct sample *s = sample_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_progress progress = standing_at(rows[i].from);
        become(&s->status, rows[i].to);
        follow(&s->status, &progress);
        const char *why = "";
        assert_int_equal(mash_progress_check(&progress, &s->manifest, &s->status, &why), MASH_E_DENIED);
        assert_string_equal(why, rows[i].why);
    }
    free(s);
}

static void
chains_and_values(void **state)
{
    (void)state;
    static const struct {
        struct spoil spoil;
        enum mash_err err;
    } rows[] = {
        { { .kind = SPOIL_NOTHING }, MASH_OK },
        { { "sequence", SPOIL_NUMBER, .number = 5 }, MASH_E_CONFLICT },
        { { "sequence", SPOIL_NUMBER, .number = 7 }, MASH_E_CONFLICT },
        { { "sequence", SPOIL_NUMBER, .number = 0 }, MASH_E_CONFLICT },
        { { "sequence", SPOIL_NUMBER, .number = UINT32_MAX }, MASH_E_CONFLICT },
        { { "previous_sha256", SPOIL_BYTES, .number = 0 }, MASH_E_CONFLICT },
        { { "previous_sha256", SPOIL_BYTES, .number = 32, .fill = 0x43 }, MASH_E_CONFLICT },
        { { "previous_sha256", SPOIL_BYTES, .number = 31, .fill = 0x42 }, MASH_E_CONFLICT },
        { { "previous_sha256", SPOIL_BYTES, .number = 33, .fill = 0x42 }, MASH_E_CONFLICT },
        { { "mailbox", SPOIL_TEXT, .text = "leicester-cc/mash@llr" }, MASH_E_DENIED },
        { { "mailbox", SPOIL_TEXT, .text = "" }, MASH_E_DENIED },
        { { "partnership", SPOIL_TEXT, .text = "kent" }, MASH_E_VALUE },
        { { "actor", SPOIL_TEXT, .text = "" }, MASH_E_VALUE },
        { { "outcomes", SPOIL_COUNT, .number = 0 }, MASH_E_VALUE },
        { { "outcomes[1].subject", SPOIL_NUMBER, .number = 3 }, MASH_E_VALUE },
        { { "outcomes[0].subject", SPOIL_NUMBER, .number = 0 }, MASH_OK },
        { { "rag", SPOIL_NUMBER, .number = 1 }, MASH_E_VALUE },
        { { "passed_to", SPOIL_TEXT, .text = "leicester-cc/edt@llr" }, MASH_E_VALUE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sample *s = sample_new();
        struct mash_progress progress = standing_at(MASH__STATE__STATE_ACKNOWLEDGED);
        become(&s->status, MASH__STATE__STATE_DECIDED);
        follow(&s->status, &progress);
        if (rows[i].spoil.kind != SPOIL_NOTHING)
            spoil_field(&s->status, &rows[i].spoil);
        const char *why = NULL;
        assert_int_equal(mash_progress_check(&progress, &s->manifest, &s->status, &why), rows[i].err);
        assert_int_equal(why != NULL, rows[i].err != MASH_OK);
        free(s);
    }
    struct sample *s = sample_new();
    /* the first status has no previous one; the last number has no next one */
    struct mash_progress progress = mash_progress_start();
    const char *why;
    become(&s->status, MASH__STATE__STATE_COLLECTED);
    follow(&s->status, &progress);
    s->status.previous_sha256 = sample_fill(0, 32);
    assert_int_equal(mash_progress_check(&progress, &s->manifest, &s->status, &why), MASH_E_CONFLICT);
    progress = standing_at(MASH__STATE__STATE_OPENED);
    progress.sequence = UINT32_MAX;
    follow(&s->status, &progress);
    assert_int_equal(mash_progress_check(&progress, &s->manifest, &s->status, &why), MASH_E_CONFLICT);
    /* who is only informed may acknowledge */
    progress = standing_at(MASH__STATE__STATE_OPENED);
    s->status.mailbox = s->mailboxes[2];
    become(&s->status, MASH__STATE__STATE_ACKNOWLEDGED);
    follow(&s->status, &progress);
    assert_int_equal(mash_progress_check(&progress, &s->manifest, &s->status, &why), MASH_OK);
    free(s);
}

static void
decisions_add_up(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct mash_progress progress = standing_at(MASH__STATE__STATE_ACKNOWLEDGED);
    struct mash_hash digest = { { 9 } };
    s->manifest.subject_count = 3;
    become(&s->status, MASH__STATE__STATE_DECIDED);

    s->status.n_outcomes = 1;
    s->outcomes[0].subject = 3;
    progress = mash_progress_next(&progress, &s->status, &digest);
    assert_int_equal(progress.decided_subjects, 4);
    assert_false(mash_progress_all_decided(&progress, &s->manifest));
    s->status.n_outcomes = 2;
    s->outcomes[0].subject = 1;
    s->outcomes[1].subject = 2;
    struct mash_progress all = mash_progress_next(&progress, &s->status, &digest);
    assert_int_equal(all.decided_subjects, 7);
    assert_true(mash_progress_all_decided(&all, &s->manifest));
    /* subject 0 stands for all of them */
    s->status.n_outcomes = 1;
    s->outcomes[0].subject = 0;
    all = mash_progress_next(&progress, &s->status, &digest);
    assert_true(mash_progress_all_decided(&all, &s->manifest));
    s->manifest.subject_count = 20;
    assert_true(mash_progress_all_decided(&all, &s->manifest));
    s->manifest.subject_count = 1;
    assert_true(mash_progress_all_decided(&all, &s->manifest));
    assert_false(mash_progress_all_decided(&progress, &s->manifest)); /* it is 3 that was decided */
    s->outcomes[0].subject = 20;
    all = mash_progress_next(&progress, &s->status, &digest);
    assert_int_equal(all.decided_subjects, 1u << 19 | 4);
    s->manifest.subject_count = 20;
    progress.decided_subjects = 0x7ffff;
    assert_false(mash_progress_all_decided(&progress, &s->manifest));

    become(&s->status, MASH__STATE__STATE_TRIAGED);
    struct mash_progress graded = mash_progress_next(&progress, &s->status, &digest);
    assert_int_equal(graded.rag, MASH__RAG__RAG_RED);
    assert_int_equal(graded.state, progress.state);
    free(s);
}

/* ---- long random histories against the rules in other words ---- */

struct model {
    bool collected, opened, decided;
    Mash__State said; /* the last of acknowledged, declined and passed_to */
};

static bool
model_allows(const struct model *m, Mash__State to)
{
    switch (to) {
    case MASH__STATE__STATE_COLLECTED:
        return true;
    case MASH__STATE__STATE_OPENED:
        return m->collected;
    case MASH__STATE__STATE_UNREADABLE:
        return m->collected && !m->opened;
    case MASH__STATE__STATE_TRIAGED:
    case MASH__STATE__STATE_ACKNOWLEDGED:
    case MASH__STATE__STATE_PASSED_TO:
        return m->opened;
    case MASH__STATE__STATE_DECLINED:
        return m->opened && !m->decided;
    case MASH__STATE__STATE_DECIDED:
        return m->decided || m->said == MASH__STATE__STATE_ACKNOWLEDGED;
    default:
        return false;
    }
}

static void
model_apply(struct model *m, Mash__State to)
{
    m->collected = m->collected || to == MASH__STATE__STATE_COLLECTED;
    m->opened = m->opened || to == MASH__STATE__STATE_OPENED;
    m->decided = m->decided || to == MASH__STATE__STATE_DECIDED;
    if (to == MASH__STATE__STATE_ACKNOWLEDGED || to == MASH__STATE__STATE_DECLINED ||
        to == MASH__STATE__STATE_PASSED_TO)
        m->said = to;
}

static uint32_t
draw(uint32_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

static void
random_histories(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    uint32_t seed = 0x5eed;
    size_t allowed = 0;
    for (unsigned history = 0; history < 2000; history++) {
        struct mash_progress progress = mash_progress_start();
        struct model model = { 0 };
        progress.delivered_entry = history;
        for (unsigned step = 0; step < 40; step++) {
            Mash__State to = (Mash__State)draw(&seed, STATES);
            become(&s->status, to);
            follow(&s->status, &progress);
            bool broken = draw(&seed, 8) == 0;
            if (broken)
                s->status.sequence += 1 + draw(&seed, 3);
            const char *why = NULL;
            enum mash_err err = mash_progress_check(&progress, &s->manifest, &s->status, &why);
            if (broken || !model_allows(&model, to)) {
                assert_int_equal(err, broken ? MASH_E_CONFLICT : MASH_E_DENIED);
                assert_non_null(why);
                continue;
            }
            assert_int_equal(err, MASH_OK);
            struct mash_hash digest = { { (uint8_t)step, (uint8_t)history } };
            struct mash_progress next = mash_progress_next(&progress, &s->status, &digest);
            assert_true(mash_state_rank(next.state) >= mash_state_rank(progress.state));
            assert_int_equal(next.sequence, progress.sequence + 1);
            assert_true(mash_hash_equal(&next.last, &digest));
            assert_int_equal(next.decided_subjects & progress.decided_subjects, progress.decided_subjects);
            assert_int_equal(next.delivered_entry, history);
            model_apply(&model, to);
            progress = next;
            allowed++;
        }
    }
    assert_true(allowed > 20000);
    free(s);
}

static void
names_rights_and_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned right;
    } rows[STATES] = {
        [MASH__STATE__STATE_UNSET] = { "unset", 0 },
        [MASH__STATE__STATE_HELD] = { "held", 0 },
        [MASH__STATE__STATE_COLLECTED] = { "collected", MASH_MAY_COLLECT },
        [MASH__STATE__STATE_OPENED] = { "opened", MASH_MAY_COLLECT },
        [MASH__STATE__STATE_UNREADABLE] = { "unreadable", MASH_MAY_COLLECT },
        [MASH__STATE__STATE_TRIAGED] = { "triaged", MASH_MAY_ACT },
        [MASH__STATE__STATE_ACKNOWLEDGED] = { "acknowledged", MASH_MAY_ACT },
        [MASH__STATE__STATE_DECLINED] = { "declined", MASH_MAY_ACT },
        [MASH__STATE__STATE_PASSED_TO] = { "passed_to", MASH_MAY_ACT },
        [MASH__STATE__STATE_DECIDED] = { "decided", MASH_MAY_ACT },
        [MASH__STATE__STATE_RECALLED] = { "recalled", MASH_MAY_SEND },
    };
    for (unsigned i = 0; i < STATES; i++) {
        Mash__State parsed = MASH__STATE__STATE_UNSET;
        assert_string_equal(mash_state_name((Mash__State)i), rows[i].name);
        assert_int_equal(mash_state_right((Mash__State)i), rows[i].right);
        assert_true(strlen(mash_state_sentence((Mash__State)i)) > 10);
        assert_int_equal(mash_state_parse(rows[i].name, &parsed), i == 0 ? MASH_E_UNKNOWN : MASH_OK);
        assert_int_equal(parsed, i);
    }
    assert_string_equal(mash_state_sentence(MASH__STATE__STATE_HELD),
                        "Held by the exchange. Nobody has read it yet.");
    Mash__State parsed;
    assert_int_equal(mash_state_parse("", &parsed), MASH_E_UNKNOWN);
    assert_int_equal(mash_state_parse("Held", &parsed), MASH_E_UNKNOWN);
    assert_int_equal(mash_state_right((Mash__State)99), 0);
    assert_string_equal(mash_state_name((Mash__State)99), "unset");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair),
        cmocka_unit_test(sender_may_only_recall),
        cmocka_unit_test(words_why_not),
        cmocka_unit_test(chains_and_values),
        cmocka_unit_test(decisions_add_up),
        cmocka_unit_test(random_histories),
        cmocka_unit_test(names_rights_and_sentences),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
