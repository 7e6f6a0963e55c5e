/* SPDX-License-Identifier: Apache-2.0 */
/* test_flood.c - what one enrolled installation can cost the others: connections that end before they are
 * served, fetches that never tire, short questions with long answers, repeats that must be looked for. */
#include "fixture_letters.h"

#include "proto/answer.h"

static int
setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return -1;
    fixture_open(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    fixture_close(*state);
    free(*state);
    return 0;
}

static void
say_hello(struct fixture *f, uint64_t connection)
{
    Mash__Hello hello = MASH__HELLO__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    struct mash_bytes frame = mash_bytes_max(1024);
    struct mash_key_id id;
    hello.protocol = 1;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &hello;
    mash_secret_id(f->link[LINK_SCHOOL], &id);
    ok(mash_bytes_append(&frame, id.bytes, sizeof(id.bytes)));
    ok(mash_message_encode(&request, &frame));
    ok(mash_core_request(f->core, connection, mash_bytes_span(&frame)));
    mash_bytes_free(&frame);
}

/* Else each would take a place in the table of connections for as long as the gate lives. */
static void
connections_that_ended_at_once_leave_nothing(void **state)
{
    struct fixture *f = *state;
    for (uint64_t connection = 100; connection < 100 + MASH_CONNECTIONS_MAX; connection++) {
        say_hello(f, connection);
        mash_core_gone(f->core, connection);
    }
    ok(mash_core_run(f->core));
    assert_int_equal(f->n_sent, 0);
    for (uint64_t connection = 100; connection < 400; connection++) {
        say_hello(f, connection);
        say_hello(f, 9999);
        mash_core_gone(f->core, connection);
        ok(mash_core_run(f->core));
        assert_int_equal(f->n_sent, 1);
        assert_int_equal(f->sent[0].connection, 9999);
        assert_int_equal(f->sent[0].answer->code, 200);
        fixture_clear_sent(f);
    }
}

static void
ask_fetch(struct fixture *f, int box, uint32_t credit)
{
    Mash__Fetch fetch = MASH__FETCH__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    fetch.mailbox = (char *)(uintptr_t)boxes[box].address;
    fetch.credit = credit;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &fetch;
    (void)fixture_ask(f, boxes[box].link, &request);
}

/* How many Fetches of the social link ended in this group; sets *ret_served when police got something. */
static size_t
ended(struct fixture *f, bool *ret_served)
{
    size_t count = 0;
    for (size_t i = 0; i < f->n_sent; i++) {
        bool delivery = f->sent[i].answer->result_case == MASH__ANSWER__RESULT_DELIVERY;
        if (f->sent[i].connection == LINK_POLICE + 1 && delivery)
            *ret_served = true;
        count += f->sent[i].connection == LINK_SOCIAL + 1 && !delivery ? 1 : 0;
    }
    return count;
}

static void
who_always_fetches_again_starves_nobody(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    for (int i = 0; i < 71; i++) {
        fixture_hold(f, &letter, SCHOOL, i < 70 ? 1u << SOCIAL : 1u << POLICE);
        letter_clear(&letter);
    }
    fixture_clear_sent(f);
    for (int i = 0; i < 12; i++) {
        ask_fetch(f, SOCIAL, 64);
        if (i == 5)
            ask_fetch(f, POLICE, 1);
    }
    bool served = false;
    for (int groups = 0; !served; groups++) {
        assert_true(groups < 4);
        ok(mash_core_run(f->core));
        size_t again = ended(f, &served);
        fixture_clear_sent(f);
        for (size_t i = 0; i < again; i++)
            ask_fetch(f, SOCIAL, 64);
    }
}

/* Ask count times in one group; how many were answered with 200, all others with BUSY. */
static size_t
answered(struct fixture *f, Mash__Request *request, size_t count)
{
    size_t good = 0;
    fixture_clear_sent(f);
    for (size_t i = 0; i < count; i++)
        (void)fixture_ask(f, LINK_SOCIAL, request);
    ok(mash_core_run(f->core));
    assert_int_equal(f->n_sent, count);
    for (size_t i = 0; i < count; i++) {
        const Mash__Answer *answer = f->sent[i].answer;
        if (answer->code == 200)
            good++;
        else
            assert_string_equal(answer->sub_code, mash_answer(MASH_ANSWER_BUSY)->sub_code);
    }
    return good;
}

static void
short_questions_with_long_answers_leave_room(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    Mash__Track track = MASH__TRACK__INIT;
    track.manifest_sha256 = mash_span_field(mash_hash_span(&letter.sha256));
    Mash__Request tracks = MASH__REQUEST__INIT;
    tracks.ask_case = MASH__REQUEST__ASK_TRACK;
    tracks.track = &track;
    f->room = 8u << 20;
    assert_int_equal(answered(f, &tracks, 100), 3); /* each may be 1.2 MiB */
    assert_int_equal(answered(f, &tracks, 3), 3);

    Mash__GetBundle get = MASH__GET_BUNDLE__INIT;
    Mash__Request bundles = MASH__REQUEST__INIT;
    bundles.ask_case = MASH__REQUEST__ASK_GET_BUNDLE;
    bundles.get_bundle = &get;
    f->room = 64u << 10;
    size_t good = answered(f, &bundles, 100);
    size_t bytes = mash_bundle_note(f->bundle).len, files;
    const struct mash_bundle_file *list = mash_bundle_files(f->bundle, &files);
    for (size_t i = 0; i < files; i++)
        bytes += list[i].content.len;
    assert_true(good >= 1 && good * bytes <= f->room / 2);
    f->room = 64u << 20;
    assert_int_equal(answered(f, &bundles, 100), 100);
    letter_clear(&letter);
}

enum { REPEATED = 1100, ASKED_AGAIN = 64 };

/* Many `collected` of one notice, each sent again: the last one's search passes all before it. */
static void
repeats_cost_a_group_only_so_much(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest = { { 0 } };
    struct step *steps = calloc(REPEATED, sizeof(*steps));
    assert_non_null(steps);
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    for (uint32_t i = 0; i < REPEATED; i++) {
        step_write(f, &steps[i], &letter.sha256, SOCIAL, KEY_COLLECT, i + 1, i > 0 ? &digest : NULL,
                   MASH__STATE__STATE_COLLECTED);
        step_sign(&steps[i], f->sign[SOCIAL][KEY_COLLECT]);
        assert_int_equal(fixture_submit_step(f, LINK_SOCIAL, &steps[i])->code, 202);
        digest = steps[i].sha256;
    }
    Mash__SignedStatus *list[ASKED_AGAIN];
    for (int i = 0; i < ASKED_AGAIN; i++)
        list[i] = &steps[REPEATED - 1].message;
    Mash__SubmitStatus submit = MASH__SUBMIT_STATUS__INIT;
    submit.n_statuses = ASKED_AGAIN;
    submit.statuses = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT_STATUS;
    request.submit_status = &submit;
    const Mash__Outcomes *outcomes = fixture_ask_now(f, LINK_SOCIAL, &request)->outcomes;
    const char *before = mash_answer(MASH_ANSWER_STATUS_BEFORE)->sub_code;
    assert_string_equal(outcomes->outcomes[0]->sub_code, before);
    assert_string_equal(outcomes->outcomes[50]->sub_code, before);
    assert_string_equal(outcomes->outcomes[ASKED_AGAIN - 1]->sub_code,
                        mash_answer(MASH_ANSWER_BUSY)->sub_code);
    submit.n_statuses = 1; /* and the next group has its own */
    assert_string_equal(fixture_ask_now(f, LINK_SOCIAL, &request)->outcomes->outcomes[0]->sub_code, before);
    for (int i = 0; i < REPEATED; i++)
        mash_bytes_free(&steps[i].encoded);
    free(steps);
    letter_clear(&letter);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(connections_that_ended_at_once_leave_nothing),
        ROW(who_always_fetches_again_starves_nobody),
        ROW(short_questions_with_long_answers_leave_room),
        ROW(repeats_cost_a_group_only_so_much),
    };
    return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
