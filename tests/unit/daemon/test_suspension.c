/* SPDX-License-Identifier: Apache-2.0 */
/* test_suspension.c - an agency stops its own keys and mailboxes at once, and nobody else's. */
#include "fixture_letters.h"

#include "daemon/ledger/core_state.h"
#include "proto/answer.h"
#include "proto/suspend.h"

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

struct asked {
    int link, box, key; /* who asks, whose key signs */
    const char *mailbox;
    struct mash_key_id *id;
    const char *reason, *partnership;
    int64_t ahead_ms;
    uint8_t nonce; /* 0: a fresh one */
    size_t nonce_len;
    unsigned char flip; /* of the signature */
};

#define BY_SOCIAL LINK_SOCIAL, NIGHT, KEY_ACT

static const Mash__Answer *
ask(struct fixture *f, const struct asked *asked)
{
    uint8_t nonce[32], signature[64];
    struct mash_key_id by;
    struct mash_bytes command = mash_bytes_max(4096), bytes = mash_bytes_max(8192);
    Mash__SuspendCommand message = MASH__SUSPEND_COMMAND__INIT;
    memset(nonce, asked->nonce, sizeof(nonce));
    if (asked->nonce == 0)
        randombytes_buf(nonce, sizeof(nonce));
    message.issued_ms = f->wall_ms + (uint64_t)asked->ahead_ms;
    message.nonce = mash_span_field(mash_span(nonce, asked->nonce_len != 0 ? asked->nonce_len : 16));
    if (asked->mailbox != NULL)
        message.mailbox = (char *)(uintptr_t)asked->mailbox;
    if (asked->id != NULL)
        message.key_id = mash_span_field(mash_span(asked->id->bytes, 16));
    message.reason = (char *)(uintptr_t)(asked->reason != NULL ? asked->reason : "device-lost");
    ok(mash_message_encode(&message, &command));
    ok(mash_suspend_signed_bytes(asked->partnership != NULL ? asked->partnership : PARTNERSHIP,
                                 mash_bytes_span(&command), &bytes));
    mash_secret_sign(f->sign[asked->box][asked->key], mash_bytes_span(&bytes), signature);
    signature[7] ^= asked->flip;
    mash_secret_id(f->sign[asked->box][asked->key], &by);
    Mash__Suspend suspend = MASH__SUSPEND__INIT;
    suspend.command = mash_span_field(mash_bytes_span(&command));
    suspend.by_key_id = mash_span_field(mash_span(by.bytes, 16));
    suspend.signature = mash_span_field(mash_span(signature, 64));
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUSPEND;
    request.suspend = &suspend;
    const Mash__Answer *answer = fixture_ask_now(f, asked->link, &request);
    mash_bytes_free(&command);
    mash_bytes_free(&bytes);
    return answer;
}

static uint32_t
send_to(struct fixture *f, unsigned to)
{
    struct letter letter;
    letter_write(f, &letter, SCHOOL, to);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    uint32_t code = fixture_submit(f, LINK_SCHOOL, &letter, 1)->outcomes->outcomes[0]->code;
    letter_clear(&letter);
    return code;
}

static void
a_mailbox_at_once_until_a_bundle(void **state)
{
    struct fixture *f = *state;
    struct asked asked = { BY_SOCIAL, .mailbox = boxes[SOCIAL].address };
    assert_int_equal(send_to(f, 1u << SOCIAL), 202);
    assert_int_equal(ask(f, &asked)->code, 200);
    uint64_t size = f->core->path.left.size;
    assert_int_equal(ask(f, &asked)->code, 200); /* the same again: nothing more is logged */
    assert_int_equal(f->core->path.left.size, size);
    assert_int_equal(send_to(f, 1u << SOCIAL), 403);
    assert_int_equal(send_to(f, 1u << NIGHT), 202);

    struct mash_store_entry entry = { 0 };
    Mash__Detail *detail = NULL;
    ok(mash_store_entry_get(f->core->store, size - 1, &entry));
    ok(mash_message_decode(&mash__detail__descriptor, mash_bytes_span(&entry.detail), &detail));
    assert_int_equal(detail->kind_case, MASH__DETAIL__KIND_SUSPENSION);
    assert_string_equal(detail->suspension->mailbox, boxes[SOCIAL].address);
    assert_string_equal(detail->suspension->reason, "device-lost");
    struct mash_key_id by;
    mash_secret_id(f->sign[NIGHT][KEY_ACT], &by);
    assert_true(mash_span_equal(mash_field_span(detail->suspension->by_key_id), mash_span(by.bytes, 16)));
    assert_int_equal(detail->suspension->signature.len, 64);
    assert_true(detail->suspension->command.len > 16);
    mash_message_free(&detail);
    mash_store_entry_free(&entry);

    fixture_restart(f);
    fixture_hello_all(f);
    assert_int_equal(send_to(f, 1u << SOCIAL), 403);
    fixture_move_clock(f, 2000);
    assert_int_equal(fixture_publish(f, f->operators[0], 2), 200);
    assert_int_equal(send_to(f, 1u << SOCIAL), 202);
}

/* A link that is stopped is not in the gate's table any more, before anybody is answered. */
static void
keys_of_every_purpose(void **state)
{
    struct fixture *f = *state;
    struct mash_key_id sign, seal, link;
    struct mash_hash digest;
    struct letter letter;
    mash_secret_id(f->sign[SOCIAL][KEY_COLLECT], &sign);
    mash_secret_id(f->seal[SOCIAL], &seal);
    mash_secret_id(f->link[LINK_SOCIAL], &link);
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    assert_int_equal(ask(f, &(struct asked){ BY_SOCIAL, .id = &sign })->code, 200);
    assert_int_equal(fixture_step(f, &letter.sha256, SOCIAL, KEY_COLLECT, 1, &digest, MASH__STATE__STATE_COLLECTED),
                     403);
    letter_clear(&letter);
    assert_int_equal(ask(f, &(struct asked){ BY_SOCIAL, .id = &seal })->code, 200);
    assert_int_equal(send_to(f, 1u << SOCIAL), 424);
    assert_int_equal(f->links.len, LINKS * (32 + 16));
    assert_int_equal(ask(f, &(struct asked){ BY_SOCIAL, .id = &link })->code, 200);
    assert_int_equal(f->links.len, (LINKS - 1) * (32 + 16));
    assert_int_equal(ask(f, &(struct asked){ BY_SOCIAL, .mailbox = boxes[NIGHT].address })->code, 403);
}

static void
refused(void **state)
{
    struct fixture *f = *state;
    struct mash_key_id theirs, unknown = { { 1, 2, 3 } }, operator_id;
    mash_secret_id(f->sign[POLICE][KEY_SEND], &theirs);
    mash_secret_id(f->operators[0], &operator_id);
    const char *own = boxes[SOCIAL].address;
    const struct row {
        const char *what;
        struct asked asked;
        enum mash_answer_id answer;
    } rows[] = {
        { "another agency's mailbox", { BY_SOCIAL, .mailbox = boxes[POLICE].address }, MASH_ANSWER_UNKNOWN },
        { "another agency's key", { BY_SOCIAL, .id = &theirs }, MASH_ANSWER_UNKNOWN },
        { "an operator", { BY_SOCIAL, .id = &operator_id }, MASH_ANSWER_UNKNOWN },
        { "no such key", { BY_SOCIAL, .id = &unknown }, MASH_ANSWER_UNKNOWN },
        { "a key that may not act", { LINK_SOCIAL, NIGHT, KEY_SEND, .mailbox = own }, MASH_ANSWER_KEY_MAY_NOT },
        { "another agency's act key", { LINK_SOCIAL, POLICE, KEY_ACT, .mailbox = own }, MASH_ANSWER_KEY_UNKNOWN },
        { "another agency's link", { LINK_POLICE, NIGHT, KEY_ACT, .mailbox = own }, MASH_ANSWER_KEY_UNKNOWN },
        { "a changed signature", { BY_SOCIAL, .mailbox = own, .flip = 1 }, MASH_ANSWER_SIGNATURE },
        { "for another partnership", { BY_SOCIAL, .mailbox = own, .partnership = "else" }, MASH_ANSWER_SIGNATURE },
        { "too old", { BY_SOCIAL, .mailbox = own, .ahead_ms = -301000 }, MASH_ANSWER_COMMAND_TIME },
        { "from the future", { BY_SOCIAL, .mailbox = own, .ahead_ms = 301000 }, MASH_ANSWER_COMMAND_TIME },
        { "two things", { BY_SOCIAL, .mailbox = own, .id = &theirs }, MASH_ANSWER_FIELDS },
        { "nothing", { BY_SOCIAL, .mailbox = NULL }, MASH_ANSWER_FIELDS },
        { "a reason that is none", { BY_SOCIAL, .mailbox = own, .reason = "no code" }, MASH_ANSWER_FIELDS },
        { "a short nonce", { BY_SOCIAL, .mailbox = own, .nonce_len = 8 }, MASH_ANSWER_FIELDS },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const Mash__Answer *answer = ask(f, &rows[i].asked);
        if (strcmp(answer->sub_code, mash_answer(rows[i].answer)->sub_code) != 0)
            fail_msg("%s: %u %s %s", rows[i].what, answer->code, answer->sub_code, answer->sentence);
        assert_int_equal(f->core->path.view.n_suspensions, 0);
    }
    assert_int_equal(send_to(f, 1u << SOCIAL | 1u << POLICE), 202);
}

/* Lifted by a bundle, then brought again by whoever kept the bytes. */
static void
a_command_works_once(void **state)
{
    struct fixture *f = *state;
    struct asked asked = { BY_SOCIAL, .mailbox = boxes[SOCIAL].address, .nonce = 9 };
    assert_int_equal(ask(f, &asked)->code, 200);
    fixture_move_clock(f, 2000);
    assert_int_equal(fixture_publish(f, f->operators[0], 2), 200);
    assert_int_equal(send_to(f, 1u << SOCIAL), 202);
    asked.ahead_ms = -2000;
    assert_string_equal(ask(f, &asked)->sub_code, mash_answer(MASH_ANSWER_NONCE)->sub_code);
    assert_int_equal(send_to(f, 1u << SOCIAL), 202);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_mailbox_at_once_until_a_bundle),
        ROW(keys_of_every_purpose),
        ROW(refused),
        ROW(a_command_works_once),
    };
    return cmocka_run_group_tests_name("suspension", tests, NULL, NULL);
}
