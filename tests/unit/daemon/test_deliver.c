/* SPDX-License-Identifier: Apache-2.0 */
/* test_deliver.c - from the queue to the recipient: order, credit, waiting, proofs, what is presented again
 * and what is not, and that a restart changes nothing. */
#include "fixture_letters.h"

#include "daemon/ledger/core_state.h"
#include "daemon/path/deliver.h"
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

static uint64_t
fetch(struct fixture *f, int box, uint64_t after, uint32_t credit, uint32_t wait_ms)
{
    Mash__Fetch ask = MASH__FETCH__INIT;
    ask.mailbox = (char *)(uintptr_t)boxes[box].address;
    ask.after = after;
    ask.credit = credit;
    ask.wait_ms = wait_ms;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &ask;
    fixture_clear_sent(f);
    uint64_t id = fixture_ask(f, boxes[box].link, &request);
    ok(mash_core_run(f->core));
    return id;
}

/* The next answer is the delivery with this number. */
static const Mash__Delivery *
expect_delivery(struct fixture *f, uint64_t id, uint64_t number)
{
    const Mash__Answer *answer = fixture_next(f);
    assert_non_null(answer);
    assert_int_equal(answer->id, id);
    assert_int_equal(answer->code, 200);
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT_DELIVERY);
    assert_int_equal(answer->delivery->number, number);
    return answer->delivery;
}

static void
expect_end(struct fixture *f, uint64_t id)
{
    const Mash__Answer *answer = fixture_next(f);
    assert_non_null(answer);
    assert_int_equal(answer->id, id);
    assert_string_equal(answer->sub_code, mash_answer(MASH_ANSWER_FETCHED)->sub_code);
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT__NOT_SET);
    assert_null(fixture_next(f));
}

static void
a_delivery_carries_its_proofs(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    uint64_t accept_entry;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    uint64_t id = fetch(f, SOCIAL, 0, 10, 0);
    const Mash__Delivery *delivery = expect_delivery(f, id, 1);
    assert_string_equal(delivery->mailbox, "social/duty@llr");
    assert_true(mash_span_equal(mash_field_span(delivery->notice->manifest), mash_bytes_span(&letter.encoded)));
    assert_true(mash_span_equal(mash_field_span(delivery->notice->body), mash_bytes_span(&letter.body)));
    assert_true(mash_span_equal(mash_field_span(delivery->notice->signature),
                                mash_span(letter.proof.signature, MASH_SIGNATURE_BYTES)));
    Mash__Detail *accept = fixture_verify(f, delivery->accept_receipt, &accept_entry);
    Mash__Detail *handed = fixture_verify(f, delivery->proof, NULL);
    assert_true(mash_span_equal(mash_field_span(accept->accept->manifest), mash_bytes_span(&letter.encoded)));
    assert_int_equal(handed->kind_case, MASH__DETAIL__KIND_DELIVERY);
    assert_int_equal(handed->delivery->number, 1);
    assert_int_equal(handed->delivery->accept_entry, accept_entry);
    assert_true(mash_span_equal(mash_field_span(handed->delivery->manifest_sha256), mash_hash_span(&letter.sha256)));
    mash_message_free(&accept);
    mash_message_free(&handed);
    expect_end(f, id);
    letter_clear(&letter);
}

static void
credit_and_cursor_are_kept_in_order(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    for (int i = 0; i < 5; i++) {
        fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
        letter_clear(&letter);
    }
    uint64_t id = fetch(f, SOCIAL, 0, 2, 0);
    (void)expect_delivery(f, id, 1);
    (void)expect_delivery(f, id, 2);
    expect_end(f, id);
    id = fetch(f, SOCIAL, 2, 10, 0);
    for (uint64_t number = 3; number <= 5; number++)
        (void)expect_delivery(f, id, number);
    expect_end(f, id);
    id = fetch(f, SOCIAL, 5, 10, 0);
    expect_end(f, id);
}

static void
more_than_one_group_can_hand_over_goes_on_by_itself(void **state)
{
    enum { COUNT = 150 };
    struct fixture *f = *state;
    struct letter letter;
    for (int i = 0; i < COUNT; i++) {
        fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
        letter_clear(&letter);
    }
    uint64_t id = fetch(f, SOCIAL, 0, 256, 0);
    while (mash_core_wait_ms(f->core) == 0)
        ok(mash_core_run(f->core));
    for (uint64_t number = 1; number <= COUNT; number++)
        (void)expect_delivery(f, id, number);
    expect_end(f, id);
}

static void
a_full_sink_stops_deliveries_and_loses_none(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    for (int i = 0; i < 3; i++) {
        fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
        letter_clear(&letter);
    }
    f->room = 0;
    uint64_t id = fetch(f, SOCIAL, 0, 10, 0);
    assert_null(fixture_next(f));
    assert_true(mash_core_wait_ms(f->core) > 0); /* no spinning meanwhile */
    f->room = 64u << 20;
    assert_int_equal(mash_core_wait_ms(f->core), 0);
    ok(mash_core_run(f->core));
    for (uint64_t number = 1; number <= 3; number++)
        (void)expect_delivery(f, id, number);
    expect_end(f, id);
}

static void
a_waiting_fetch_gets_what_comes_in(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    uint64_t id = fetch(f, SOCIAL, 0, 10, 20000);
    assert_null(fixture_next(f));
    fixture_move_clock(f, 5000);
    ok(mash_core_run(f->core));
    assert_null(fixture_next(f));

    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, &letter, 1); /* one group does both */
    assert_string_equal(answer->outcomes->outcomes[0]->sub_code, mash_answer(MASH_ANSWER_HELD)->sub_code);
    (void)expect_delivery(f, id, 1);
    expect_end(f, id);
    letter_clear(&letter);
}

static void
a_waiting_fetch_ends_at_its_time(void **state)
{
    struct fixture *f = *state;
    uint64_t id = fetch(f, SOCIAL, 0, 10, 20000);
    fixture_move_clock(f, 19999);
    ok(mash_core_run(f->core));
    assert_null(fixture_next(f));
    assert_int_equal(mash_core_wait_ms(f->core), 1);
    fixture_move_clock(f, 1);
    ok(mash_core_run(f->core));
    expect_end(f, id);
}

static void
a_connection_that_has_gone_gets_nothing(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    (void)fetch(f, SOCIAL, 0, 10, 20000);
    mash_core_gone(f->core, LINK_SOCIAL + 1);
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    assert_int_equal(f->n_sent, 1); /* the receipt */
    letter_clear(&letter);
}

static void
what_was_not_collected_is_presented_again_under_its_entry(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    uint64_t first, second;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    uint64_t id = fetch(f, SOCIAL, 0, 10, 0);
    Mash__Detail *detail = fixture_verify(f, expect_delivery(f, id, 1)->proof, &first);
    mash_message_free(&detail);

    fixture_restart(f); /* and nothing is different after a restart */
    fixture_hello_all(f);
    id = fetch(f, SOCIAL, 0, 10, 0);
    detail = fixture_verify(f, expect_delivery(f, id, 1)->proof, &second);
    mash_message_free(&detail);
    assert_int_equal(first, second);
    letter_clear(&letter);
}

static void
what_was_collected_is_not_presented_to_that_device_again(void **state)
{
    struct fixture *f = *state;
    struct letter letters[2];
    struct mash_hash digest;
    fixture_hold(f, &letters[0], SCHOOL, 1u << SOCIAL);
    fixture_hold(f, &letters[1], SCHOOL, 1u << SOCIAL);
    (void)fetch(f, SOCIAL, 0, 10, 0);
    assert_int_equal(fixture_step(f, &letters[0].sha256, SOCIAL, KEY_COLLECT, 1, &digest,
                                  MASH__STATE__STATE_COLLECTED), 202);
    uint64_t id = fetch(f, SOCIAL, 0, 10, 0);
    (void)expect_delivery(f, id, 2);
    expect_end(f, id);

    /* an installation that never had it gets it all the same: a second device of the mailbox */
    struct mash_secret *old = f->link[LINK_SOCIAL];
    f->link[LINK_SOCIAL] = fixture_key(MASH_PURPOSE_LINK);
    assert_int_equal(fixture_publish(f, f->operators[0], 2), 200);
    assert_int_equal(fixture_hello(f, LINK_SOCIAL, mash_span(NULL, 0))->code, 200);
    id = fetch(f, SOCIAL, 0, 10, 0);
    (void)expect_delivery(f, id, 1);
    (void)expect_delivery(f, id, 2);
    expect_end(f, id);
    mash_secret_close(&old);
    letter_clear(&letters[0]);
    letter_clear(&letters[1]);
}

/* The answer was lost, and another device of the mailbox was quicker to collect. */
static void
a_lost_delivery_comes_again_although_another_device_collected(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    uint64_t first, again;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    uint64_t id = fetch(f, SOCIAL, 0, 10, 0);
    Mash__Detail *detail = fixture_verify(f, expect_delivery(f, id, 1)->proof, &first);
    mash_message_free(&detail);

    struct mash_secret *lost = f->link[LINK_SOCIAL], *quick = fixture_key(MASH_PURPOSE_LINK);
    f->link[LINK_SOCIAL] = quick;
    assert_int_equal(fixture_publish(f, f->operators[0], 2), 200);
    assert_int_equal(fixture_hello(f, LINK_SOCIAL, mash_span(NULL, 0))->code, 200);
    (void)fetch(f, SOCIAL, 0, 10, 0);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);

    f->link[LINK_SOCIAL] = lost;
    assert_int_equal(fixture_publish(f, f->operators[0], 3), 200);
    assert_int_equal(fixture_hello(f, LINK_SOCIAL, mash_span(NULL, 0))->code, 200);
    id = fetch(f, SOCIAL, 0, 10, 0);
    detail = fixture_verify(f, expect_delivery(f, id, 1)->proof, &again);
    mash_message_free(&detail);
    assert_int_equal(first, again);
    expect_end(f, id);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 2, &digest, MASH__STATE__STATE_COLLECTED),
                     202); /* it says so itself: now it has it */
    id = fetch(f, SOCIAL, 0, 10, 0);
    expect_end(f, id);
    mash_secret_close(&quick);
    letter_clear(&letter);
}

static void
the_sender_gets_each_status_with_its_proof(void **state)
{
    static const Mash__State steps[] = { MASH__STATE__STATE_COLLECTED, MASH__STATE__STATE_OPENED,
                                         MASH__STATE__STATE_ACKNOWLEDGED };
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, i < 2 ? KEY_COLLECT : KEY_ACT, i + 1, &digest,
                                      steps[i]), 202);
    uint64_t id = fetch(f, SCHOOL, 0, 10, 0);
    for (uint32_t i = 0; i < 3; i++) {
        const Mash__Delivery *delivery = expect_delivery(f, id, i + 1);
        assert_null(delivery->notice);
        Mash__Detail *detail = fixture_verify(f, delivery->proof, NULL);
        Mash__Status *status = NULL;
        assert_int_equal(detail->kind_case, MASH__DETAIL__KIND_STATUS);
        assert_true(mash_span_equal(mash_field_span(detail->status->status),
                                    mash_field_span(delivery->status->status)));
        ok(mash_status_read(mash_field_span(delivery->status->status), &status, NULL));
        assert_int_equal(status->state, steps[i]);
        mash_message_free(&status);
        mash_message_free(&detail);
    }
    expect_end(f, id);
    letter_clear(&letter);
}

static void
a_recalled_notice_is_not_handed_over(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL | 1u << POLICE);
    uint64_t id = fetch(f, SOCIAL, 0, 10, 0); /* handed over, not collected */
    assert_int_equal(fixture_step(f, &letter.sha256, SCHOOL, KEY_SEND, 1, &digest, MASH__STATE__STATE_RECALLED), 202);
    id = fetch(f, POLICE, 0, 10, 0);
    expect_end(f, id);
    id = fetch(f, SOCIAL, 1, 10, 0); /* who had it is told */
    assert_non_null(expect_delivery(f, id, 2)->status);
    expect_end(f, id);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     410);
    letter_clear(&letter);
}

static void
fetches_are_refused_with_their_answer(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name;
        int box, link;
        uint32_t credit, wait_ms;
        enum mash_answer_id answer;
    } rows[] = {
        { "another's mailbox", SOCIAL, LINK_SCHOOL, 1, 0, MASH_ANSWER_NOT_YOUR_MAILBOX },
        { "no credit", SCHOOL, LINK_SCHOOL, 0, 0, MASH_ANSWER_FIELDS },
        { "too much credit", SCHOOL, LINK_SCHOOL, 257, 0, MASH_ANSWER_FIELDS },
        { "waits too long", SCHOOL, LINK_SCHOOL, 1, 60001, MASH_ANSWER_FIELDS },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Mash__Fetch ask = MASH__FETCH__INIT;
        ask.mailbox = (char *)(uintptr_t)boxes[rows[i].box].address;
        ask.credit = rows[i].credit;
        ask.wait_ms = rows[i].wait_ms;
        Mash__Request request = MASH__REQUEST__INIT;
        request.ask_case = MASH__REQUEST__ASK_FETCH;
        request.fetch = &ask;
        const Mash__Answer *answer = fixture_ask_now(f, rows[i].link, &request);
        if (strcmp(answer->sub_code, mash_answer(rows[i].answer)->sub_code) != 0)
            fail_msg("%s: answered %u %s", rows[i].name, answer->code, answer->sub_code);
    }
}

static void
open_fetches_are_bounded_and_end_when_suspended(void **state)
{
    struct fixture *f = *state;
    Mash__Fetch ask = MASH__FETCH__INIT;
    ask.mailbox = (char *)(uintptr_t)boxes[SOCIAL].address;
    ask.credit = 1;
    ask.wait_ms = 60000;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_FETCH;
    request.fetch = &ask;
    fixture_clear_sent(f);
    for (unsigned i = 0; i <= MASH_FETCHES_CONNECTION_MAX; i++) {
        (void)fixture_ask(f, LINK_SOCIAL, &request);
        ok(mash_core_run(f->core));
    }
    assert_int_equal(f->n_sent, 1);
    assert_int_equal(f->sent[0].answer->code, 413);

    fixture_clear_sent(f);
    assert_int_equal(fixture_suspend(f, "social/duty@llr", NULL), 200);
    assert_int_equal(f->n_sent, MASH_FETCHES_CONNECTION_MAX); /* at once, not when they would have ended */
    for (size_t i = 0; i < f->n_sent; i++)
        assert_string_equal(f->sent[i].answer->sub_code, mash_answer(MASH_ANSWER_MAILBOX_SUSPENDED)->sub_code);
}

static const Mash__Answer *
track_after(struct fixture *f, int link, const struct mash_hash *notice, uint64_t after)
{
    Mash__Track ask = MASH__TRACK__INIT;
    ask.manifest_sha256 = mash_span_field(mash_hash_span(notice));
    ask.after = after;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_TRACK;
    request.track = &ask;
    return fixture_ask_now(f, link, &request);
}

static const Mash__Answer *
track(struct fixture *f, int link, const struct mash_hash *notice)
{
    return track_after(f, link, notice, 0);
}

/* Let count more entries be about the notice; the index of the first. */
static uint64_t
add_entries(struct fixture *f, const struct mash_hash *notice, size_t count)
{
    struct mash_path *path = &f->core->path;
    Mash__StopDetail stop = MASH__STOP_DETAIL__INIT;
    Mash__Detail detail = MASH__DETAIL__INIT;
    detail.kind_case = MASH__DETAIL__KIND_STOP;
    detail.stop = &stop;
    uint64_t index = 0;
    ok(mash_path_begin(path));
    for (size_t i = 0; i < count; i++) {
        ok(mash_path_append(path, &detail, &index));
        ok(mash_store_about_put(path->store, notice, index));
    }
    ok(mash_path_commit(path));
    return index - count + 1;
}

static void
a_long_history_is_tracked_in_parts(void **state)
{
    enum { ADDED = 1500 };
    struct fixture *f = *state;
    struct letter letter;
    size_t seen = 0, answers = 0;
    uint64_t last = 0;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    uint64_t first = add_entries(f, &letter.sha256, ADDED);
    bool more = true;
    while (more) {
        const Mash__Tracked *tracked = track_after(f, LINK_SCHOOL, &letter.sha256, last)->tracked;
        assert_true(tracked->n_entries > 0);
        uint64_t index = 0;
        Mash__Detail *detail = fixture_verify(f, tracked->entries[0]->proof, &index);
        mash_message_free(&detail);
        assert_true(index > last);
        detail = fixture_verify(f, tracked->entries[tracked->n_entries - 1]->proof, &last);
        mash_message_free(&detail);
        seen += tracked->n_entries;
        more = tracked->more;
        answers++;
    }
    assert_int_equal(seen, 1 + ADDED);
    assert_true(answers > 1);
    assert_int_equal(last, first + ADDED - 1);
    assert_int_equal(track_after(f, LINK_SCHOOL, &letter.sha256, last)->tracked->n_entries, 0);
    assert_int_equal(track_after(f, LINK_SCHOOL, &letter.sha256, UINT64_MAX)->tracked->n_entries, 0);
    letter_clear(&letter);
}

static void
track_shows_all_to_the_parties_and_nothing_to_others(void **state)
{
    static const Mash__Detail__KindCase kinds[] = { MASH__DETAIL__KIND_ACCEPT, MASH__DETAIL__KIND_DELIVERY,
                                                    MASH__DETAIL__KIND_STATUS };
    struct fixture *f = *state;
    struct letter letter;
    struct mash_hash digest;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    (void)fetch(f, SOCIAL, 0, 10, 0);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);
    for (int link = LINK_SCHOOL; link <= LINK_SOCIAL; link++) {
        const Mash__Answer *answer = track(f, link, &letter.sha256);
        assert_int_equal(answer->code, 200);
        assert_int_equal(answer->tracked->n_entries, 3);
        for (size_t i = 0; i < 3; i++) {
            Mash__Detail *detail = fixture_verify(f, answer->tracked->entries[i]->proof, NULL);
            assert_int_equal(detail->kind_case, kinds[i]);
            mash_message_free(&detail);
        }
    }
    const Mash__Answer *answer = track(f, LINK_POLICE, &letter.sha256);
    assert_string_equal(answer->sub_code, mash_answer(MASH_ANSWER_UNKNOWN)->sub_code);
    memset(&digest, 9, sizeof(digest));
    answer = track(f, LINK_SCHOOL, &digest);
    assert_string_equal(answer->sub_code, mash_answer(MASH_ANSWER_UNKNOWN)->sub_code);
    letter_clear(&letter);
}

static void
questions_about_reach_bundle_and_consistency(void **state)
{
    struct fixture *f = *state;
    char *mailboxes[] = { (char *)(uintptr_t)"social/duty@llr", (char *)(uintptr_t)"nobody/there@llr" };
    (void)fetch(f, SOCIAL, 0, 1, 0);
    Mash__Check check = MASH__CHECK__INIT;
    check.n_mailboxes = 2;
    check.mailboxes = mailboxes;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_CHECK;
    request.check = &check;
    const Mash__Answer *answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_int_equal(answer->reaches->n_reaches, 2);
    assert_true(answer->reaches->reaches[0]->known);
    assert_int_equal(answer->reaches->reaches[0]->last_seen_ms, f->wall_ms);
    assert_false(answer->reaches->reaches[1]->known);

    Mash__GetBundle get = MASH__GET_BUNDLE__INIT;
    request.ask_case = MASH__REQUEST__ASK_GET_BUNDLE;
    request.get_bundle = &get;
    answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_true(mash_span_equal(mash_field_span(answer->bundle->note), mash_bundle_note(f->bundle)));
    get.version = 2;
    answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_string_equal(answer->sub_code, mash_answer(MASH_ANSWER_BUNDLE_UNKNOWN)->sub_code);

    Mash__GetConsistency between = MASH__GET_CONSISTENCY__INIT;
    between.old_size = 1;
    between.new_size = 3;
    request.ask_case = MASH__REQUEST__ASK_GET_CONSISTENCY;
    request.get_consistency = &between;
    answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_true(answer->consistency->n_path > 0);
    between.new_size = 1000;
    answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_int_equal(answer->code, 422);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_delivery_carries_its_proofs),
        ROW(credit_and_cursor_are_kept_in_order),
        ROW(more_than_one_group_can_hand_over_goes_on_by_itself),
        ROW(a_full_sink_stops_deliveries_and_loses_none),
        ROW(a_waiting_fetch_gets_what_comes_in),
        ROW(a_waiting_fetch_ends_at_its_time),
        ROW(a_connection_that_has_gone_gets_nothing),
        ROW(what_was_not_collected_is_presented_again_under_its_entry),
        ROW(what_was_collected_is_not_presented_to_that_device_again),
        ROW(a_lost_delivery_comes_again_although_another_device_collected),
        ROW(the_sender_gets_each_status_with_its_proof),
        ROW(a_recalled_notice_is_not_handed_over),
        ROW(fetches_are_refused_with_their_answer),
        ROW(open_fetches_are_bounded_and_end_when_suspended),
        ROW(track_shows_all_to_the_parties_and_nothing_to_others),
        ROW(a_long_history_is_tracked_in_parts),
        ROW(questions_about_reach_bundle_and_consistency),
    };
    return cmocka_run_group_tests_name("deliver", tests, NULL, NULL);
}
