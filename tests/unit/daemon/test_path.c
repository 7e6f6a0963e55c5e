/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c - a notice's way from the frame to the receipt: what is held, frames and hello, and
 * what a new bundle, a suspension or a full disk change. */
#include "fixture_path.h"

/* ---- held ---- */

static void
a_good_notice_is_held_with_a_receipt(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL | 1u << POLICE);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    /* nobody was ever seen there: held, and whom to ring */
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_HELD_RING, "good");
    assert_non_null(strstr(outcome->sentence, "0116 496 0"));
    Mash__Detail *detail = fixture_verify(f, outcome->receipt, NULL);
    assert_int_equal(detail->kind_case, MASH__DETAIL__KIND_ACCEPT);
    assert_true(mash_span_equal(mash_field_span(detail->accept->manifest), mash_bytes_span(&letter.encoded)));
    assert_int_equal(detail->accept->n_flags, 0);
    mash_message_free(&detail);
    assert_int_equal(fixture_status(f)->notices, 1);
    assert_int_equal(fixture_status(f)->obligations_open, 2);
    letter_clear(&letter);
}

static void
the_same_again_gets_the_same_entry(void **state)
{
    struct fixture *f = *state;
    struct letter letters[2];
    uint64_t first, second, third;
    letter_write(f, &letters[0], SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], letters, 1);
    Mash__Detail *detail = fixture_verify(f, submit_one(f, LINK_SCHOOL, letters)->receipt, &first);
    mash_message_free(&detail);

    /* re-batched with another, and after its last moment of first acceptance has passed */
    fixture_move_clock(f, 8ull * DAY_MS);
    letter_write(f, &letters[1], SCHOOL, 1u << POLICE);
    letters_sign(f->sign[SCHOOL][KEY_SEND], letters, 2);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, letters, 2);
    const Mash__Outcome *again = answer->outcomes->outcomes[0];
    assert_answer(again->sub_code, again->code, MASH_ANSWER_HELD_BEFORE, "again");
    assert_int_equal(answer->outcomes->outcomes[1]->code, 202);
    detail = fixture_verify(f, again->receipt, &second);
    mash_message_free(&detail);
    assert_int_equal(first, second);

    fixture_restart(f);
    fixture_hello_all(f);
    detail = fixture_verify(f, submit_one(f, LINK_SCHOOL, letters)->receipt, &third);
    mash_message_free(&detail);
    assert_int_equal(first, third);
    assert_int_equal(fixture_status(f)->notices, 2);
    letter_clear(&letters[0]);
    letter_clear(&letters[1]);
}

static void
twice_in_one_request_is_one_notice(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    struct letter twice[2] = { letter, letter };
    letter_address(&twice[0]);
    letter_address(&twice[1]);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, twice, 2);
    assert_answer(answer->outcomes->outcomes[0]->sub_code, 202, MASH_ANSWER_HELD_RING, "first");
    assert_answer(answer->outcomes->outcomes[1]->sub_code, 202, MASH_ANSWER_HELD_BEFORE, "second");
    assert_int_equal(fixture_status(f)->notices, 1);
    letter_clear(&letter);
}

static void
batches_of_every_size_are_held(void **state)
{
    static const size_t sizes[] = { 2, 3, 16, 63, 64 };
    struct fixture *f = *state;
    struct letter *letters = calloc(64, sizeof(*letters));
    uint64_t held = 0;
    assert_non_null(letters);
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        for (size_t i = 0; i < sizes[s]; i++)
            letter_write(f, &letters[i], SCHOOL, 1u << SOCIAL);
        letters_sign(f->sign[SCHOOL][KEY_SEND], letters, sizes[s]);
        const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, letters, sizes[s]);
        assert_int_equal(answer->outcomes->n_outcomes, sizes[s]);
        for (size_t i = 0; i < sizes[s]; i++) {
            Mash__Detail *detail = fixture_verify(f, answer->outcomes->outcomes[i]->receipt, NULL);
            assert_int_equal(detail->accept->batch_index, i);
            mash_message_free(&detail);
            letter_clear(&letters[i]);
        }
        held += sizes[s];
    }
    assert_int_equal(fixture_status(f)->notices, held);
    free(letters);
}

/* A table of verified batches must not let a wrong one through beside a right one. */
static void
one_bad_member_of_a_batch_spoils_only_itself(void **state)
{
    struct fixture *f = *state;
    struct letter letters[3];
    for (size_t i = 0; i < 3; i++)
        letter_write(f, &letters[i], SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], letters, 3);
    letters[1].proof.path[0].bytes[7] ^= 1;
    letter_address(&letters[1]);
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, letters, 3);
    assert_int_equal(answer->outcomes->outcomes[0]->code, 202);
    assert_answer(answer->outcomes->outcomes[1]->sub_code, answer->outcomes->outcomes[1]->code,
                  MASH_ANSWER_SIGNATURE, "middle");
    assert_int_equal(answer->outcomes->outcomes[2]->code, 202);
    for (size_t i = 0; i < 3; i++)
        letter_clear(&letters[i]);
}

static void
clocks_that_are_a_little_wrong_are_flagged(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letter.manifest.created_ms = f->wall_ms + 6 * 60000u;
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    Mash__Detail *detail = fixture_verify(f, submit_one(f, LINK_SCHOOL, &letter)->receipt, NULL);
    assert_int_equal(detail->accept->n_flags, 1);
    assert_string_equal(detail->accept->flags[0], "created-ahead");
    mash_message_free(&detail);
    letter_clear(&letter);
}

static void
a_cover_is_held_beside_the_mailbox_it_covers(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL | 1u << NIGHT);
    letter.recipients[1].cover_for = (char *)(uintptr_t)"social/duty@llr";
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    assert_int_equal(submit_one(f, LINK_SCHOOL, &letter)->code, 202);
    letter_clear(&letter);

    letter_write(f, &letter, SCHOOL, 1u << SOCIAL | 1u << POLICE);
    letter.recipients[0].cover_for = (char *)(uintptr_t)"social/duty@llr"; /* the police do not */
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_COVER, "not its cover");
    letter_clear(&letter);
}

/* ---- frames ---- */

static void
malformed_frames_are_answered_and_harm_nobody(void **state)
{
    struct fixture *f = *state;
    struct mash_key_id id;
    mash_secret_id(f->link[LINK_SCHOOL], &id);
    struct mash_bytes frame = mash_bytes_max(2u << 20);
    assert_int_equal(mash_core_request(f->core, 1, mash_span(id.bytes, 15)), MASH_E_FORMAT);

    ok(mash_bytes_append(&frame, id.bytes, sizeof(id.bytes)));
    ok(mash_bytes_append(&frame, "\xff\xff\xff", 3));
    ok(mash_core_request(f->core, 1, mash_bytes_span(&frame)));
    ok(mash_core_run(f->core));
    const Mash__Answer *answer = fixture_next(f);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_MALFORMED, "garbage");
    assert_int_equal(answer->id, 0);

    uint8_t *large;
    mash_bytes_free(&frame);
    ok(mash_bytes_append(&frame, id.bytes, sizeof(id.bytes)));
    ok(mash_bytes_extend(&frame, MASH_FRAME_MAX + 1, &large));
    memset(large, 0, MASH_FRAME_MAX + 1);
    ok(mash_core_request(f->core, 1, mash_bytes_span(&frame)));
    ok(mash_core_run(f->core));
    answer = fixture_next(f);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_TOO_LARGE, "large");
    mash_bytes_free(&frame);

    Mash__Request nothing = MASH__REQUEST__INIT;
    answer = fixture_ask_now(f, LINK_SCHOOL, &nothing);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_MALFORMED, "asks nothing");
    answer = fixture_submit(f, LINK_SCHOOL, NULL, 0);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_MALFORMED, "submits nothing");

    struct letter many[MASH_SUBMIT_MAX + 1];
    static uint8_t zeros[MASH_MANIFEST_MAX];
    for (size_t i = 0; i <= MASH_SUBMIT_MAX; i++) {
        mash__signed_notice__init(&many[i].message);
        many[i].message.manifest = mash_span_field(mash_span(zeros, 100));
    }
    answer = fixture_submit(f, LINK_SCHOOL, many, MASH_SUBMIT_MAX + 1);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_TOO_MANY, "65");
    for (size_t i = 0; i < 21; i++)
        many[i].message.manifest = mash_span_field(mash_span(zeros, sizeof(zeros)));
    answer = fixture_submit(f, LINK_SCHOOL, many, 21);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_TOO_MANY, "receipts would not fit");
    answer = fixture_submit(f, LINK_SCHOOL, many, 20);
    assert_answer(answer->outcomes->outcomes[19]->sub_code, answer->outcomes->outcomes[19]->code,
                  MASH_ANSWER_MALFORMED, "zeros");

    struct letter letter;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_clear(&letter);
}

static void
nothing_is_answered_before_hello_nor_to_strangers(void **state)
{
    struct fixture *f = *state;
    Mash__GetBundle get = MASH__GET_BUNDLE__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_GET_BUNDLE;
    request.get_bundle = &get;
    mash_core_gone(f->core, LINK_SCHOOL + 1);
    const Mash__Answer *answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_HELLO_FIRST, "no hello");

    struct mash_secret *mine = f->link[LINK_SCHOOL];
    f->link[LINK_SCHOOL] = fixture_key(MASH_PURPOSE_LINK);
    answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_LINK_UNKNOWN, "stranger");
    mash_secret_close(&f->link[LINK_SCHOOL]);
    f->link[LINK_SCHOOL] = mine;
}

/* The first refusal of an (agency, code) a minute is an entry, the rest one count. */
static void
refusals_are_counted_in_the_log(void **state)
{
    struct fixture *f = *state;
    uint64_t before = fixture_status(f)->log_size;
    for (int i = 0; i < 5; i++) {
        struct letter letter;
        letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
        letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
        letter.proof.signature[0] ^= 1;
        letter_address(&letter);
        assert_int_equal(submit_one(f, LINK_SCHOOL, &letter)->code, 401);
        letter_clear(&letter);
    }
    assert_int_equal(fixture_status(f)->log_size, before + 1);
    fixture_move_clock(f, 61000);
    ok(mash_core_run(f->core));
    assert_int_equal(fixture_status(f)->log_size, before + 2);
    fixture_move_clock(f, 61000);
    ok(mash_core_run(f->core));
    const Mash__Figures *figures = fixture_status(f);
    assert_int_equal(figures->log_size, before + 2);
    assert_int_equal(figures->n_refused, 1);
    assert_int_equal(figures->refused[0]->value, 5);
}

/* ---- the law changes ---- */

static void
an_older_bundle_is_good_while_everything_still_holds(void **state)
{
    struct fixture *f = *state;
    struct letter letters[2];
    letter_write(f, &letters[0], SCHOOL, 1u << SOCIAL);
    letter_write(f, &letters[1], SCHOOL, 1u << POLICE);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letters[0], 1);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letters[1], 1);
    mash_secret_close(&f->seal[POLICE]);
    f->seal[POLICE] = fixture_key(MASH_PURPOSE_SEAL); /* rotated */
    assert_int_equal(fixture_publish(f, f->operators[1], 2), 200);

    Mash__Detail *detail = fixture_verify(f, submit_one(f, LINK_SCHOOL, &letters[0])->receipt, NULL);
    assert_string_equal(detail->accept->flags[0], "older-bundle");
    assert_int_equal(detail->accept->bundle_version, 2);
    mash_message_free(&detail);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letters[1]);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_BUNDLE_OLD, "rotated key");
    letter_clear(&letters[0]);
    letter_clear(&letters[1]);
}

static void
an_expired_bundle_lets_only_urgent_types_go_out(void **state)
{
    struct fixture *f = *state;
    fixture_move_clock(f, 95ull * DAY_MS);
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    Mash__Detail *detail = fixture_verify(f, submit_one(f, LINK_SCHOOL, &letter)->receipt, NULL);
    assert_string_equal(detail->accept->flags[0], "stale-bundle");
    mash_message_free(&detail);
    letter_clear(&letter);

    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letter.manifest.type = (char *)(uintptr_t)"CONTACT";
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_BUNDLE_EXPIRED, "contact");
    letter_clear(&letter);
}

static void
suspended_is_refused_at_once(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_key_id id;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);

    assert_int_equal(fixture_suspend(f, "social/duty@llr", NULL), 200);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_MAILBOX_SUSPENDED, "recipient");

    mash_secret_id(f->sign[SCHOOL][KEY_SEND], &id);
    assert_int_equal(fixture_suspend(f, "", &id), 200);
    outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_KEY_SUSPENDED, "sign key");

    mash_secret_id(f->link[LINK_SCHOOL], &id);
    size_t links = f->links.len;
    assert_int_equal(fixture_suspend(f, "", &id), 200);
    assert_int_equal(f->links.len, links - 48); /* the gate was told */
    const Mash__Answer *answer = fixture_submit(f, LINK_SCHOOL, &letter, 1);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_KEY_SUSPENDED, "link");

    assert_int_equal(fixture_publish(f, f->operators[0], 2), 200); /* a later bundle lifts them */
    assert_int_equal(f->links.len, links);
    outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_int_equal(outcome->code, 202);
    letter_clear(&letter);
}

/* The sender's PC is a few minutes slow, the recipient was enrolled just now. */
static void
seal_keys_are_judged_when_it_is_accepted(void **state)
{
    static const struct {
        const char *from; /* START_MS is 14:13:20 */
        enum mash_answer_id answer;
    } rows[] = { { "2026-09-21T14:12:00Z", MASH_ANSWER_HELD_RING },  /* after created, before now */
                 { "2026-09-21T14:17:00Z", MASH_ANSWER_HELD_RING },  /* the exchange's clock may be slow, too */
                 { "2026-09-21T14:19:00Z", MASH_ANSWER_NO_KEY } };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct letter letter;
        f->social_from = rows[i].from;
        assert_int_equal(fixture_publish(f, f->operators[0], (uint32_t)i + 2), 200);
        letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
        letter.manifest.created_ms -= 3u * 60000u;
        letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
        const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
        assert_answer(outcome->sub_code, outcome->code, rows[i].answer, rows[i].from);
        letter_clear(&letter);
    }
}

static void
a_suspended_seal_key_leaves_nothing_to_seal_to(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_key_id id;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    mash_secret_id(f->seal[SOCIAL], &id);
    assert_int_equal(fixture_suspend(f, "", &id), 200);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_NO_KEY, "no key");
    assert_non_null(strstr(outcome->sentence, "0116"));
    letter_clear(&letter);
}

static void
a_disk_without_room_refuses_notices_only(void **state)
{
    struct fixture *f = *state;
    struct letter held, letter;
    struct mash_hash digest;
    fixture_hold(f, &held, SCHOOL, 1u << SOCIAL);
    f->reserve_bytes = UINT64_MAX / 4;
    fixture_restart(f);
    fixture_hello_all(f);
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_FULL, "full");
    assert_int_equal(fixture_step(f, &held.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     202);
    assert_answer(submit_one(f, LINK_SCHOOL, &held)->sub_code, 202, MASH_ANSWER_HELD_BEFORE, "held before");
    f->reserve_bytes = 1;
    fixture_restart(f);
    fixture_hello_all(f);
    assert_int_equal(submit_one(f, LINK_SCHOOL, &letter)->code, 202);
    letter_clear(&letter);
    letter_clear(&held);
}

static void
a_reply_needs_a_notice_that_was_sent_or_received(void **state)
{
    struct fixture *f = *state;
    struct letter letter, reply;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_write(f, &reply, SOCIAL, 1u << SCHOOL);
    reply.reply_sha256 = letter.sha256;
    reply.manifest.in_reply_to = mash_span_field(mash_hash_span(&reply.reply_sha256));
    letters_sign(f->sign[SOCIAL][KEY_SEND], &reply, 1);
    assert_int_equal(submit_one(f, LINK_SOCIAL, &reply)->code, 202);
    letter_clear(&reply);

    letter_write(f, &reply, SOCIAL, 1u << SCHOOL);
    reply.manifest.drill = true;
    reply.reply_sha256 = letter.sha256;
    reply.manifest.in_reply_to = mash_span_field(mash_hash_span(&reply.reply_sha256));
    letters_sign(f->sign[SOCIAL][KEY_SEND], &reply, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SOCIAL, &reply);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_DRILL, "drill");
    letter_clear(&reply);
    letter_clear(&letter);
}

/* ---- hello ---- */

static void
hello_proves_that_the_log_only_grew(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    const Mash__Answer *answer = fixture_hello(f, LINK_SCHOOL, mash_span(NULL, 0));
    assert_int_equal(answer->result_case, MASH__ANSWER__RESULT_WELCOME);
    assert_int_equal(answer->welcome->bundle->version, 1);
    struct mash_bytes old_note = mash_bytes_max(1 << 16);
    ok(mash_bytes_append(&old_note, answer->welcome->checkpoint.data, answer->welcome->checkpoint.len));
    struct mash_checkpoint old, now;
    ok(mash_checkpoint_open(mash_bytes_span(&old_note), PARTNERSHIP "/2026", mash_secret_public(f->log), &old, NULL));
    for (int i = 0; i < 5; i++) {
        fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
        letter_clear(&letter);
    }
    answer = fixture_hello(f, LINK_SCHOOL, mash_bytes_span(&old_note));
    assert_int_equal(answer->code, 200);
    ok(mash_checkpoint_open(mash_field_span(answer->welcome->checkpoint), PARTNERSHIP "/2026",
                            mash_secret_public(f->log), &now, NULL));
    assert_int_equal(now.size, old.size + 5);
    struct mash_hash path[64];
    for (size_t i = 0; i < answer->welcome->n_consistency; i++)
        memcpy(path[i].bytes, answer->welcome->consistency[i].data, 32);
    ok(mash_tree_verify_consistency(old.size, &old.root, now.size, &now.root, path,
                                    answer->welcome->n_consistency));
    mash_bytes_free(&old_note);
}

static void
a_checkpoint_beyond_the_log_turns_the_broker_read_only(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    struct mash_checkpoint beyond = { .origin = PARTNERSHIP "/2026", .size = 100000 };
    struct mash_bytes note = mash_bytes_max(1 << 16);
    ok(mash_checkpoint_sign(&beyond, mash_secret_bytes(f->log), &note));

    /* one that is not this log's own is the client's fault, and only its */
    struct mash_secret *other = fixture_key(MASH_PURPOSE_LOG);
    struct mash_bytes foreign = mash_bytes_max(1 << 16);
    ok(mash_checkpoint_sign(&beyond, mash_secret_bytes(other), &foreign));
    const Mash__Answer *answer = fixture_hello(f, LINK_POLICE, mash_bytes_span(&foreign));
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_SIGNATURE, "foreign");
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_clear(&letter);

    answer = fixture_hello(f, LINK_POLICE, mash_bytes_span(&note));
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_READ_ONLY, "beyond");
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    answer = fixture_submit(f, LINK_SCHOOL, &letter, 1);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_READ_ONLY, "submission");
    const Mash__Figures *figures = fixture_status(f);
    assert_true(figures->read_only);
    assert_non_null(strstr(figures->read_only_why, "police-pc"));
    assert_int_equal(figures->notices, 1);
    letter_clear(&letter);
    mash_secret_close(&other);
    mash_bytes_free(&note);
    mash_bytes_free(&foreign);
}

static void
another_protocol_is_refused(void **state)
{
    struct fixture *f = *state;
    Mash__Hello hello = MASH__HELLO__INIT;
    hello.protocol = 2;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &hello;
    const Mash__Answer *answer = fixture_ask_now(f, LINK_SCHOOL, &request);
    assert_answer(answer->sub_code, answer->code, MASH_ANSWER_PROTOCOL, "2");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_good_notice_is_held_with_a_receipt),
        ROW(the_same_again_gets_the_same_entry),
        ROW(twice_in_one_request_is_one_notice),
        ROW(batches_of_every_size_are_held),
        ROW(one_bad_member_of_a_batch_spoils_only_itself),
        ROW(clocks_that_are_a_little_wrong_are_flagged),
        ROW(a_cover_is_held_beside_the_mailbox_it_covers),
        ROW(malformed_frames_are_answered_and_harm_nobody),
        ROW(nothing_is_answered_before_hello_nor_to_strangers),
        ROW(refusals_are_counted_in_the_log),
        ROW(an_older_bundle_is_good_while_everything_still_holds),
        ROW(an_expired_bundle_lets_only_urgent_types_go_out),
        ROW(suspended_is_refused_at_once),
        ROW(seal_keys_are_judged_when_it_is_accepted),
        ROW(a_suspended_seal_key_leaves_nothing_to_seal_to),
        ROW(a_disk_without_room_refuses_notices_only),
        ROW(a_reply_needs_a_notice_that_was_sent_or_received),
        ROW(hello_proves_that_the_log_only_grew),
        ROW(a_checkpoint_beyond_the_log_turns_the_broker_read_only),
        ROW(another_protocol_is_refused),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
