/* SPDX-License-Identifier: Apache-2.0 */
/* test_statuses.c - what recipients say of a notice: chains that run to a decision, and what is refused. */
#include "fixture_path.h"

/* ---- statuses ---- */

static void
a_chain_of_statuses_runs_to_a_decision(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    const struct mash_hash *n = &letter.sha256;
    assert_int_equal(fixture_status(f)->waiting, 1);
    assert_int_equal(fixture_step(f, n, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED), 202);
    assert_int_equal(fixture_status(f)->waiting, 0);
    assert_int_equal(fixture_step(f, n, SOCIAL, KEY_COLLECT, 2, &digest, MASH__STATE__STATE_OPENED), 202);
    assert_int_equal(fixture_step(f, n, SOCIAL, KEY_ACT, 3, &digest, MASH__STATE__STATE_ACKNOWLEDGED), 202);
    assert_int_equal(fixture_step(f, n, SOCIAL, KEY_ACT, 4, &digest, MASH__STATE__STATE_DECIDED), 202);
    assert_int_equal(fixture_status(f)->obligations_open, 0);
    letter_clear(&letter);
}

static void
statuses_are_refused_with_their_answer(void **state)
{
    struct fixture *f = *state;
    struct letter letter, other;
    struct mash_hash digest, nobody;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    fixture_hold(f, &other, SCHOOL, 1u << POLICE);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);
    memset(&nobody, 7, sizeof(nobody));
    const struct {
        const char *name;
        const struct mash_hash *notice;
        int box, key;
        uint32_t sequence;
        Mash__State step;
        enum mash_answer_id answer;
    } rows[] = {
        { "unknown notice", &nobody, SOCIAL, KEY_COLLECT, 1, MASH__STATE__STATE_COLLECTED, MASH_ANSWER_UNKNOWN },
        { "somebody else's notice", &other.sha256, SOCIAL, KEY_COLLECT, 1, MASH__STATE__STATE_COLLECTED,
          MASH_ANSWER_UNKNOWN },
        { "act by a collect key", &letter.sha256, SOCIAL, KEY_COLLECT, 2, MASH__STATE__STATE_ACKNOWLEDGED,
          MASH_ANSWER_KEY_MAY_NOT },
        { "collect by a send key", &letter.sha256, SOCIAL, KEY_SEND, 2, MASH__STATE__STATE_OPENED,
          MASH_ANSWER_KEY_MAY_NOT },
        { "a gap", &letter.sha256, SOCIAL, KEY_COLLECT, 3, MASH__STATE__STATE_OPENED, MASH_ANSWER_STATUS_SEQUENCE },
        { "decided unopened", &letter.sha256, SOCIAL, KEY_ACT, 2, MASH__STATE__STATE_DECIDED,
          MASH_ANSWER_STATUS_STEP },
        { "a recipient recalls", &letter.sha256, SOCIAL, KEY_SEND, 2, MASH__STATE__STATE_RECALLED,
          MASH_ANSWER_STATUS_STEP },
        { "recalled after collection", &letter.sha256, SCHOOL, KEY_SEND, 1, MASH__STATE__STATE_RECALLED,
          MASH_ANSWER_STATUS_STEP },
        { "the sender collects", &letter.sha256, SCHOOL, KEY_COLLECT, 1, MASH__STATE__STATE_COLLECTED,
          MASH_ANSWER_STATUS_STEP },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct step step;
        step_write(f, &step, rows[i].notice, rows[i].box, rows[i].key, rows[i].sequence,
                   rows[i].sequence > 1 ? &digest : NULL, rows[i].step);
        step_sign(&step, f->sign[rows[i].box][rows[i].key]);
        const Mash__Outcome *outcome = fixture_submit_step(f, boxes[rows[i].box].link, &step);
        assert_answer(outcome->sub_code, outcome->code, rows[i].answer, rows[i].name);
        assert_int_equal(outcome->receipt.len, 0);
        if (rows[i].answer == MASH_ANSWER_STATUS_SEQUENCE) {
            assert_int_equal(outcome->sequence, 1);
            assert_true(mash_span_equal(mash_field_span(outcome->previous_sha256), mash_hash_span(&digest)));
        }
        mash_bytes_free(&step.encoded);
    }
    letter_clear(&letter);
    letter_clear(&other);
}

static void
a_status_is_neither_from_the_future_nor_passed_to_nobody(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    struct step step;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    step_write(f, &step, &letter.sha256, SOCIAL, KEY_COLLECT, 1, NULL, MASH__STATE__STATE_COLLECTED);
    step.status.time_ms = f->wall_ms + MASH_AHEAD_REFUSE_MS + 1;
    step_sign(&step, f->sign[SOCIAL][KEY_COLLECT]);
    const Mash__Outcome *outcome = fixture_submit_step(f, LINK_SOCIAL, &step);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_AHEAD, "ahead");
    mash_bytes_free(&step.encoded);

    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 2, &digest, MASH__STATE__STATE_OPENED), 202);
    static const struct {
        const char *to;
        enum mash_answer_id answer;
    } rows[] = { { "social/nobody@llr", MASH_ANSWER_RECIPIENT_UNKNOWN },
                 { "police/ppu@llr", MASH_ANSWER_STATUS_LOGGED } };
    for (size_t i = 0; i < 2; i++) {
        step_write(f, &step, &letter.sha256, SOCIAL, KEY_ACT, 3, &digest, MASH__STATE__STATE_PASSED_TO);
        step.status.passed_to = (char *)(uintptr_t)rows[i].to;
        step_sign(&step, f->sign[SOCIAL][KEY_ACT]);
        outcome = fixture_submit_step(f, LINK_SOCIAL, &step);
        assert_answer(outcome->sub_code, outcome->code, rows[i].answer, rows[i].to);
        mash_bytes_free(&step.encoded);
    }
    letter_clear(&letter);
}

/* Anything else could be a name, and would stay in the log. */
static void
codes_in_the_clear_are_of_their_lists(void **state)
{
    static const struct {
        const char *list, *value;
        bool held;
    } rows[] = {
        { "referral-source", "not-known", true },
        { "referral-source", "jane-mary-smith-of-12-station-road", false },
        { "jane-mary-smith", "not-known", false },
    };
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Mash__Code code = MASH__CODE__INIT, *list[] = { &code };
        letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
        code.list = (char *)(uintptr_t)rows[i].list;
        code.value = (char *)(uintptr_t)rows[i].value;
        letter.manifest.n_codes = 1;
        letter.manifest.codes = list;
        letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
        const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
        assert_int_equal(outcome->code, rows[i].held ? 202 : 422);
        assert_int_equal(outcome->n_bad_fields, rows[i].held ? 0 : 1);
        letter_clear(&letter);
    }
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);
    static const struct {
        const char *reason;
        uint32_t code;
    } reasons[] = { { "jane-mary-smith", 422 }, { "damaged", 202 } };
    for (size_t i = 0; i < 2; i++) {
        struct step step;
        step_write(f, &step, &letter.sha256, SOCIAL, KEY_COLLECT, 2, &digest, MASH__STATE__STATE_UNREADABLE);
        step.status.reason = (char *)(uintptr_t)reasons[i].reason;
        step_sign(&step, f->sign[SOCIAL][KEY_COLLECT]);
        assert_int_equal(fixture_submit_step(f, LINK_SOCIAL, &step)->code, reasons[i].code);
        mash_bytes_free(&step.encoded);
    }
    letter_clear(&letter);
}

static void
the_same_status_again_gets_the_same_entry(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    uint64_t first, second;
    struct step step;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    step_write(f, &step, &letter.sha256, SOCIAL, KEY_COLLECT, 1, NULL, MASH__STATE__STATE_COLLECTED);
    step_sign(&step, f->sign[SOCIAL][KEY_COLLECT]);
    Mash__Detail *detail = fixture_verify(f, fixture_submit_step(f, LINK_SOCIAL, &step)->receipt, &first);
    mash_message_free(&detail);
    digest = step.sha256;
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 2, &digest, MASH__STATE__STATE_OPENED), 202);
    const Mash__Outcome *outcome = fixture_submit_step(f, LINK_SOCIAL, &step);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_STATUS_BEFORE, "again");
    detail = fixture_verify(f, outcome->receipt, &second);
    mash_message_free(&detail);
    assert_int_equal(first, second);
    mash_bytes_free(&step.encoded);
    letter_clear(&letter);
}

/* The reserve is for statuses and the log: a notice is told that the disk is full before they are. */
int
main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_chain_of_statuses_runs_to_a_decision),
        ROW(statuses_are_refused_with_their_answer),
        ROW(a_status_is_neither_from_the_future_nor_passed_to_nobody),
        ROW(codes_in_the_clear_are_of_their_lists),
        ROW(the_same_status_again_gets_the_same_entry),
    };
    return cmocka_run_group_tests_name("statuses", tests, NULL, NULL);
}
