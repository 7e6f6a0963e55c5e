/* SPDX-License-Identifier: Apache-2.0 */
/* test_send.c - a sending ends in exactly one of three ways, and only a verified receipt reads as held. */
#include "fixture_homes.h"

/* What the outbox says of the one notice in it. */
struct seen {
    char state[16], content[16], reference[16];
    size_t count, receipt_len;
};

static void
see(void *ctx, const struct mash_notice_info *info)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->receipt_len = strlen(info->receipt);
    (void)snprintf(seen->state, sizeof(seen->state), "%s", info->state);
    (void)snprintf(seen->reference, sizeof(seen->reference), "%s", info->local_reference);
}

static struct seen
look(struct homes *homes, const char *home, bool received)
{
    struct seen seen = { .count = 0 };
    ok(mash_client_each(homes_open(homes, home), received, see, &seen));
    return seen;
}

static void
held_with_receipt(void **state)
{
    struct homes *homes = *state;
    struct mash_result result = homes_send(homes);
    assert_int_equal(result.end, MASH_END_HELD);
    assert_memory_equal(result.sentence, "held (receipt ", 14);
    assert_non_null(strstr(result.sentence, "Nobody has read it yet."));
    struct seen seen = look(homes, homes->school, false);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.state, "held");
    assert_true(seen.receipt_len > 0);
}

/* Whatever goes wrong: never "held", and the notice stays. */
static void
never_held(void **state)
{
    static const struct row {
        enum lie lie;
        enum mash_end end;
        bool alarm;
    } rows[] = {
        { LIE_DEAF, MASH_END_TRYING, false },
        { LIE_LOST_ANSWER, MASH_END_TRYING, false },
        { LIE_BUSY, MASH_END_TRYING, false },
        { LIE_REFUSE, MASH_END_REFUSED, true }, /* the watchdog warns of a refused notice at once */
        { LIE_UNKNOWN_2XX, MASH_END_TRYING, false },
        { LIE_NO_RECEIPT, MASH_END_TRYING, true },
        { LIE_OUTCOME_OTHER, MASH_END_TRYING, false },
        { LIE_SUSPEND_MAILBOX, MASH_END_TRYING, false },
        { LIE_OTHER_BUNDLE, MASH_END_TRYING, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct homes *homes = homes_make();
        void *own = homes;
        size_t warnings = 0;
        homes_lie(homes, rows[i].lie);
        struct mash_result result = homes_send(homes);
        print_message("lie %d: %s\n", rows[i].lie, result.sentence);
        assert_int_equal(result.end, rows[i].end);
        assert_memory_equal(result.sentence, rows[i].end == MASH_END_TRYING ? "NOT sent" : "refused:", 8);
        ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
        assert_int_equal(warnings > 0, rows[i].alarm);
        struct seen seen = look(homes, homes->school, false);
        assert_int_equal(seen.count, 1);
        assert_string_not_equal(seen.state, "held");
        (void)homes_teardown(&own);
    }
    (void)state;
}

/* "NOT sent" says whom to ring, on which number. */
static void
trying_names_the_phone(void **state)
{
    struct homes *homes = *state;
    homes_lie(homes, LIE_DEAF);
    struct mash_result result = homes_send(homes);
    assert_string_equal(result.sentence, "NOT sent, still trying: ring Duty and advice on 0116 496 0001");
}

/* A checkpoint that the log did not sign, in a receipt of a session that began well. */
static void
forged_receipt(void **state)
{
    struct homes *homes = *state;
    struct mash_client *client = homes_open(homes, homes->school);
    static const struct mash_draft_recipient to = { .mailbox = SOCIAL_BOX };
    static const struct mash_draft draft = { .recipients = &to, .n_recipients = 1, .type = "REFERRAL",
                                             .subject_count = 1 };
    struct mash_result result;
    ok(mash_client_connect(client));
    homes_lie(homes, LIE_RECEIPT_FORGED);
    ok(mash_client_send(client, &draft, 1, &result));
    assert_int_equal(result.end, MASH_END_TRYING);
    assert_int_equal(homes->exchange.control->logged, 1);
}

/* The receipt of another notice of ours is a good receipt, but not this one's. */
static void
receipt_of_another(void **state)
{
    struct homes *homes = *state;
    assert_int_equal(homes_send(homes).end, MASH_END_HELD);
    homes_lie(homes, LIE_RECEIPT_OTHER);
    struct mash_result result = homes_send(homes);
    assert_int_equal(result.end, MASH_END_TRYING);
    assert_non_null(strstr(result.warning, "the receipt is for another notice"));
}

struct ended {
    size_t held, trying, refused;
};

static void
count_end(void *ctx, const struct mash_result *result)
{
    struct ended *ended = ctx;
    ended->held += result->end == MASH_END_HELD;
    ended->trying += result->end == MASH_END_TRYING;
    ended->refused += result->end == MASH_END_REFUSED;
}

/* The answer was lost: the same manifest again gives the receipt of the first time, and one entry. */
static void
resubmit_after_lost_answer(void **state)
{
    struct homes *homes = *state;
    struct ended ended = { 0 };
    homes_lie(homes, LIE_LOST_ANSWER);
    assert_int_equal(homes_send(homes).end, MASH_END_TRYING);
    homes_lie(homes, LIE_NONE);
    ok(mash_client_resubmit(homes_open(homes, homes->school), NULL, count_end, &ended));
    assert_int_equal(ended.held, 1);
    assert_int_equal(homes->exchange.control->submitted, 2);
    assert_int_equal(homes->exchange.control->logged, 1);
    struct ended again = { 0 };
    ok(mash_client_resubmit(homes->client, NULL, count_end, &again));
    assert_int_equal(again.held + again.trying + again.refused, 0);
}

/* A receipt that never came can also be had by tracking. */
static void
track_finds_the_receipt(void **state)
{
    struct homes *homes = *state;
    homes_lie(homes, LIE_LOST_ANSWER);
    struct mash_result result = homes_send(homes);
    homes_lie(homes, LIE_NONE);
    ok(mash_client_track(homes_open(homes, homes->school), result.id));
    assert_string_equal(look(homes, homes->school, false).state, "held");
}

/* A refusal never takes a notice out; a person does, with a reason, but not what is held. */
static void
only_a_person_forgets(void **state)
{
    struct homes *homes = *state;
    struct ended ended = { 0 };
    homes_lie(homes, LIE_REFUSE);
    struct mash_result refused = homes_send(homes);
    homes_lie(homes, LIE_NONE);
    ok(mash_client_resubmit(homes_open(homes, homes->school), NULL, count_end, &ended));
    assert_int_equal(ended.held + ended.trying + ended.refused, 0); /* refused for good: not by itself */
    assert_int_equal(look(homes, homes->school, false).count, 1);
    struct mash_client *client = homes_open(homes, homes->school);
    assert_int_equal(mash_client_forget(client, refused.id, ""), MASH_E_VALUE);
    ok(mash_client_forget(client, refused.id, "told them by phone"));
    assert_int_equal(look(homes, homes->school, false).count, 0);
    struct mash_notice *record = NULL; /* the record of it stays */
    ok(mash_notice_open(homes->client, refused.id, false, &record));
    assert_string_equal(mash_notice_info(record)->state, "forgotten");
    assert_non_null(strstr(mash_notice_info(record)->sentence, "told them by phone"));
    mash_notice_close(&record);
    struct mash_result held = homes_send(homes);
    assert_int_equal(mash_client_forget(homes->client, held.id, "why not"), MASH_E_DENIED);
}

static void
named_resubmit_of_a_refused_one(void **state)
{
    struct homes *homes = *state;
    struct ended ended = { 0 };
    homes_lie(homes, LIE_REFUSE);
    struct mash_result refused = homes_send(homes);
    homes_lie(homes, LIE_NONE);
    ok(mash_client_resubmit(homes_open(homes, homes->school), refused.id, count_end, &ended));
    assert_int_equal(ended.held, 1);
}

/* Suspended keys are told of and left out; the notice still goes to the others. */
static void
suspended_key_is_left_out(void **state)
{
    struct homes *homes = *state;
    homes_lie(homes, LIE_SUSPEND_KEY);
    struct mash_result result = homes_send(homes);
    assert_int_equal(result.end, MASH_END_HELD);
    assert_non_null(strstr(result.warning, "suspended"));
    /* the first key listed is that of the device: it says so instead of opening */
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.notices, 1);
    assert_int_equal(counts.unreadable, 1);
}

static void
drafts_that_are_wrong(void **state)
{
    struct homes *homes = *state;
    struct mash_client *client = homes_open(homes, homes->school);
    static const struct mash_draft_recipient to = { .mailbox = SOCIAL_BOX }, nobody = { .mailbox = "nobody" },
                                             self = { .mailbox = SCHOOL_BOX },
                                             twice[] = { { .mailbox = SOCIAL_BOX },
                                                         { .mailbox = SOCIAL_BOX, .information = true } };
    const struct row {
        const char *names;
        struct mash_draft draft;
    } rows[] = {
        { "recipients", { .type = "REFERRAL", .subject_count = 1 } },
        { "mailbox", { .recipients = &nobody, .n_recipients = 1, .type = "REFERRAL", .subject_count = 1 } },
        { "recipients: " SCHOOL_BOX " is the sender", { .recipients = &self, .n_recipients = 1,
                                                        .type = "REFERRAL", .subject_count = 1 } },
        { SOCIAL_BOX " is named twice", { .recipients = twice, .n_recipients = 2, .type = "REFERRAL",
                                          .subject_count = 1 } },
        { "type", { .recipients = &to, .n_recipients = 1, .type = "a referral", .subject_count = 1 } },
        { "subject_count", { .recipients = &to, .n_recipients = 1, .type = "REFERRAL" } },
        { "from", { .from = SOCIAL_BOX, .recipients = &nobody, .n_recipients = 1, .type = "X", .subject_count = 1 } },
        { "expires", { .recipients = &to, .n_recipients = 1, .type = "REFERRAL", .subject_count = 1,
                       .expires_ms = 5 } },
        { "thread", { .recipients = &to, .n_recipients = 1, .type = "REFERRAL", .subject_count = 1, .thread = "x" } },
        { "in_reply_to", { .recipients = &to, .n_recipients = 1, .type = "REFERRAL", .subject_count = 1,
                           .in_reply_to = "00" } },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_result result;
        assert_int_equal(mash_client_send(client, &rows[i].draft, 1, &result), MASH_E_VALUE);
        if (rows[i].draft.from == NULL)
            assert_non_null(strstr(mash_client_why(client), rows[i].names));
    }
    assert_int_equal(look(homes, homes->school, false).count, 0);
}

/* What the agreement does not allow is refused before it is sealed, and stays. */
static void
not_agreed(void **state)
{
    struct homes *homes = *state;
    static const struct mash_draft_recipient to = { .mailbox = SCHOOL_BOX };
    static const struct mash_draft draft = { .recipients = &to, .n_recipients = 1, .type = "REFERRAL",
                                             .subject_count = 1 };
    struct mash_result result;
    ok(mash_client_send(homes_open(homes, homes->social), &draft, 1, &result));
    assert_int_equal(result.end, MASH_END_REFUSED);
    assert_int_equal(result.code, 403);
    assert_int_equal(homes->exchange.control->submitted, 0);
    assert_string_equal(look(homes, homes->social, false).state, "draft");
}

/* Many under one signature: each has its own receipt. */
static void
batch_of_many(void **state)
{
    struct homes *homes = *state;
    static const struct mash_draft_recipient to = { .mailbox = SOCIAL_BOX };
    struct mash_draft drafts[20];
    static struct mash_result results[20];
    for (size_t i = 0; i < 20; i++)
        drafts[i] = (struct mash_draft){ .recipients = &to, .n_recipients = 1, .type = "REFERRAL",
                                         .subject_count = 1, .content = "x", .content_len = 1 };
    ok(mash_client_send(homes_open(homes, homes->school), drafts, 20, results));
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(results[i].end, MASH_END_HELD);
    assert_int_equal(homes->exchange.control->logged, 20);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.notices, 20);
    assert_int_equal(counts.opened, 20);
    assert_int_equal(homes->exchange.control->statuses, 40);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(held_with_receipt, homes_setup, homes_teardown),
        cmocka_unit_test(never_held),
        cmocka_unit_test_setup_teardown(trying_names_the_phone, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(forged_receipt, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(receipt_of_another, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(resubmit_after_lost_answer, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(track_finds_the_receipt, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(only_a_person_forgets, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(named_resubmit_of_a_refused_one, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(suspended_key_is_left_out, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(drafts_that_are_wrong, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(not_agreed, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(batch_of_many, homes_setup, homes_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
