/* SPDX-License-Identifier: Apache-2.0 */
/* test_collect.c - a delivery is believed only with all its proofs, stored before it is confirmed, and kept
 * aside otherwise; statuses of others are shown only when they verify. */
#include "fixture_homes.h"

#include <sqlite3.h>

/* What is known of the one notice a home has. */
struct seen {
    char id[MASH_NOTICE_ID_TEXT], state[16], recipient_state[16], reference[16];
    size_t count, n_statuses, content_len;
    unsigned reached; /* bit n: a status with sequence n, logged */
};

static void
see(void *ctx, const struct mash_notice_info *info)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->n_statuses = info->n_statuses;
    seen->content_len = info->content_len;
    for (size_t i = 0; i < info->n_statuses; i++)
        seen->reached |= info->statuses[i].logged ? 1u << info->statuses[i].sequence : 0;
    (void)snprintf(seen->id, sizeof(seen->id), "%s", info->id);
    (void)snprintf(seen->state, sizeof(seen->state), "%s", info->state);
    (void)snprintf(seen->reference, sizeof(seen->reference), "%s", info->local_reference);
    (void)snprintf(seen->recipient_state, sizeof(seen->recipient_state), "%s", info->recipients[0].state);
}

static struct seen
look(struct homes *homes, const char *home, bool received)
{
    struct seen seen = { .count = 0 };
    ok(mash_client_each(homes_open(homes, home), received, see, &seen));
    return seen;
}

static void
collected_and_opened(void **state)
{
    struct homes *homes = *state;
    assert_int_equal(homes_send(homes).end, MASH_END_HELD);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.notices, 1);
    assert_int_equal(counts.opened, 1);
    assert_int_equal(counts.quarantined, 0);
    struct seen seen = look(homes, homes->social, true);
    assert_string_equal(seen.state, "opened");
    assert_string_equal(seen.reference, "our 17");
    assert_int_equal(seen.content_len, 7);
    assert_int_equal(seen.reached, 1u << 1 | 1u << 2);
    /* a second time: nothing new, nothing said twice */
    counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.notices + counts.again, 0);
    assert_int_equal(homes->exchange.control->statuses, 2);
    /* and the sender is shown it */
    counts = homes_collect(homes, homes->school);
    assert_int_equal(counts.statuses, 2);
    assert_string_equal(look(homes, homes->school, false).recipient_state, "opened");
}

/* Each lie about a delivery: kept aside with an alarm, never confirmed, and not asked for for ever. */
static void
quarantined(void **state)
{
    static const enum lie lies[] = { LIE_NO_ACCEPT, LIE_ACCEPT_OTHER, LIE_NUMBER, LIE_BODY };
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct homes *homes = homes_make();
        void *own = homes;
        size_t warnings = 0;
        (void)homes_send(homes);
        (void)homes_send(homes);
        homes_lie(homes, lies[i]);
        struct mash_collected counts = homes_collect(homes, homes->social);
        print_message("lie %d: %zu aside\n", lies[i], counts.quarantined);
        assert_int_equal(counts.quarantined, 2);
        assert_int_equal(counts.notices, 0);
        assert_int_equal(homes->exchange.control->statuses, 0);
        ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
        assert_int_equal(warnings, 2);
        homes_lie(homes, LIE_NONE);
        counts = homes_collect(homes, homes->social);
        assert_int_equal(counts.notices + counts.quarantined, 0);
        (void)homes_teardown(&own);
    }
}

/* A signature that the log took in all the same is still not the sender's. */
static void
signature_of_nobody(void **state)
{
    struct homes *homes = *state;
    homes_lie(homes, LIE_SIGNATURE);
    assert_int_equal(homes_send(homes).end, MASH_END_TRYING); /* and its receipt is not ours */
    homes_lie(homes, LIE_NONE);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.quarantined, 1);
    assert_int_equal(homes->exchange.control->statuses, 0);
}

/* Presented once more, as after `redeliver`: recorded, not doubled, not said again. */
static void
presented_again(void **state)
{
    struct homes *homes = *state;
    char path[160];
    sqlite3 *database = NULL;
    (void)homes_send(homes);
    (void)homes_collect(homes, homes->social);
    mash_client_close(&homes->client);
    (void)snprintf(path, sizeof(path), "%s/client.db", homes->social);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "DELETE FROM cursor", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.again, 1);
    assert_int_equal(counts.notices, 0);
    assert_int_equal(look(homes, homes->social, true).count, 1);
    assert_int_equal(homes->exchange.control->statuses, 2);
}

static void
statuses_of_nobody(void **state)
{
    struct homes *homes = *state;
    (void)homes_send(homes);
    homes_lie(homes, LIE_STATUS_SIGNATURE);
    (void)homes_collect(homes, homes->social);
    homes_lie(homes, LIE_NONE);
    struct mash_collected counts = homes_collect(homes, homes->school);
    assert_int_equal(counts.statuses, 0);
    assert_int_equal(counts.quarantined, 2);
    assert_string_equal(look(homes, homes->school, false).recipient_state, "held");
}

static void
status_with_another_proof(void **state)
{
    struct homes *homes = *state;
    (void)homes_send(homes);
    (void)homes_collect(homes, homes->social);
    homes_lie(homes, LIE_STATUS_OTHER);
    struct mash_collected counts = homes_collect(homes, homes->school);
    assert_int_equal(counts.statuses, 0);
    assert_int_equal(counts.quarantined, 2);
}

/* Another installation of the mailbox was faster: ours are signed again behind its status. */
static void
rebased(void **state)
{
    struct homes *homes = *state;
    (void)homes_send(homes);
    homes_lie(homes, LIE_FIRST_STATUS);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.opened, 1);
    assert_int_equal(homes->exchange.control->statuses, 2);
    struct seen seen = look(homes, homes->social, true);
    assert_int_equal(seen.n_statuses, 2);
    assert_int_equal(seen.reached, 1u << 2 | 1u << 3);
}

/* What was missed can be asked for, also when it does not fit into one answer. */
static void
tracked_to_the_end(void **state)
{
    struct homes *homes = *state;
    struct mash_result result = homes_send(homes);
    (void)homes_collect(homes, homes->social);
    ok(mash_client_track(homes_open(homes, homes->school), result.id));
    assert_string_equal(look(homes, homes->school, false).recipient_state, "opened");
}

/* A status refused for good does not hold up the rest, and is not tried for ever. */
static void
status_refused(void **state)
{
    struct homes *homes = *state;
    (void)homes_send(homes);
    homes_lie(homes, LIE_REFUSE_STATUS);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.opened, 1);
    struct mash_client_figures figures;
    ok(mash_client_figures(homes->client, &figures));
    assert_int_equal(figures.pending_statuses, 0);
    assert_int_equal(look(homes, homes->social, true).n_statuses, 0);
}

/* No answer to the statuses: they wait, and go the next time, once. */
static void
statuses_wait(void **state)
{
    struct homes *homes = *state;
    struct mash_collected counts;
    (void)homes_send(homes);
    struct mash_client *client = homes_open(homes, homes->social);
    homes_lie(homes, LIE_LOST_ANSWER);
    assert_int_equal(mash_client_collect(client, 0, &counts), MASH_E_AGAIN);
    assert_int_equal(counts.opened, 1);
    struct mash_client_figures figures;
    ok(mash_client_figures(client, &figures));
    assert_int_equal(figures.pending_statuses, 2);
}

static void
acts(void **state)
{
    struct homes *homes = *state;
    struct mash_result result;
    struct mash_result sent = homes_send(homes);
    (void)homes_collect(homes, homes->social);
    struct mash_client *client = homes_open(homes, homes->social);
    struct mash_outcome_info outcomes[] = { { 2, "STRATEGY_DISCUSSION" }, { 1, "NFA" } };
    struct mash_act ack = { .state = "acknowledged", .actor = "sw-17" };
    struct mash_act decide = { .state = "decided", .actor = "sw-17", .outcomes = outcomes, .n_outcomes = 2 };
    struct mash_act opened = { .state = "opened", .actor = "sw-17" };
    struct mash_act nobody = { .state = "acknowledged" };
    struct mash_act named = { .state = "acknowledged", .actor = "Jane Doe" };
    /* a machine's states are no person's, an act needs its actor, and steps have an order */
    assert_int_equal(mash_client_act(client, sent.id, &opened, &result), MASH_E_VALUE);
    assert_int_not_equal(mash_client_act(client, sent.id, &nobody, &result), MASH_OK);
    assert_int_not_equal(mash_client_act(client, sent.id, &named, &result), MASH_OK);
    assert_int_equal(mash_client_act(client, sent.id, &decide, &result), MASH_E_DENIED);
    assert_int_equal(homes->exchange.control->statuses, 2);
    ok(mash_client_act(client, sent.id, &ack, &result));
    assert_int_equal(result.end, MASH_END_HELD);
    ok(mash_client_act(client, sent.id, &decide, &result));
    assert_int_equal(result.end, MASH_END_HELD);
    (void)homes_collect(homes, homes->school);
    struct seen seen = look(homes, homes->school, false);
    assert_string_equal(seen.recipient_state, "decided");
    assert_int_equal(seen.n_statuses, 4);
}

struct ending {
    char state[16];
    size_t sealed_len;
};

static void
see_ending(void *ctx, const struct mash_notice_info *info)
{
    struct ending *ending = ctx;
    (void)snprintf(ending->state, sizeof(ending->state), "%s", info->state);
    ending->sealed_len = info->sealed_len;
}

/* The sender has heard all there is: in which state is its one notice, and does it still keep the body? */
static void
expect_ending(struct homes *homes, const char *state, bool body)
{
    struct ending ending = { .state = "" };
    (void)homes_collect(homes, homes->school);
    ok(mash_client_each(homes_open(homes, homes->school), false, see_ending, &ending));
    assert_string_equal(ending.state, state);
    assert_int_equal(ending.sealed_len > 0, body);
}

/* The sealed body stays until nothing is owed any more: a restored exchange may need it again. */
static void
closed_lets_the_body_go(void **state)
{
    struct homes *homes = *state;
    struct mash_result result;
    struct mash_result sent = homes_send(homes);
    struct mash_outcome_info outcomes[] = { { 1, "NFA" }, { 2, "STRATEGY_DISCUSSION" } };
    struct mash_act ack = { .state = "acknowledged", .actor = "sw-17" };
    struct mash_act decide = { .state = "decided", .actor = "sw-17", .outcomes = outcomes, .n_outcomes = 1 };
    expect_ending(homes, "held", true);
    (void)homes_collect(homes, homes->social);
    expect_ending(homes, "held", true);
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &ack, &result));
    expect_ending(homes, "held", true);
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &decide, &result)); /* one of two children */
    expect_ending(homes, "held", true);
    decide.outcomes = &outcomes[1];
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &decide, &result));
    expect_ending(homes, "closed", false);
    size_t warnings = 0;
    homes->now_ms += 24u * 3600u * 1000u;
    ok(mash_client_watch(homes_open(homes, homes->school), NULL, NULL, &warnings));
    assert_int_equal(warnings, 0);
}

static void
declined_is_closed_too(void **state)
{
    struct homes *homes = *state;
    struct mash_result result;
    struct mash_result sent = homes_send(homes);
    struct mash_act decline = { .state = "declined", .actor = "sw-17", .reason = "not-known-to-us" };
    (void)homes_collect(homes, homes->social);
    expect_ending(homes, "held", true);
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &decline, &result));
    assert_int_equal(result.end, MASH_END_HELD);
    expect_ending(homes, "closed", false);
}

/* One that does not verify closes nothing. */
static void
forged_closes_nothing(void **state)
{
    struct homes *homes = *state;
    struct mash_result result;
    struct mash_result sent = homes_send(homes);
    struct mash_act decline = { .state = "declined", .actor = "sw-17", .reason = "not-known-to-us" };
    (void)homes_collect(homes, homes->social);
    homes_lie(homes, LIE_STATUS_SIGNATURE);
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &decline, &result));
    homes_lie(homes, LIE_NONE);
    assert_int_equal(homes->exchange.control->statuses, 3);
    expect_ending(homes, "held", true);
}

static void
assert_sentence(struct homes *homes, const char *home, const char *id, bool received, const char *sentence)
{
    struct mash_notice *notice = NULL;
    ok(mash_notice_open(homes_open(homes, home), id, received, &notice));
    const struct mash_notice_info *info = mash_notice_info(notice);
    assert_string_equal(info->recipients[0].sentence, sentence);
    assert_string_equal(info->statuses[info->n_statuses - 1].sentence, sentence);
    mash_notice_close(&notice);
}

/* With siblings a decision about one child must not read as one about both, on neither side. */
static void
decided_for_one_of_two(void **state)
{
    struct homes *homes = *state;
    struct mash_result result, sent = homes_send(homes);
    struct mash_outcome_info first = { 1, "NFA" }, second = { 2, "ASSESSMENT" };
    struct mash_act ack = { .state = "acknowledged", .actor = "sw-17" };
    struct mash_act decide = { .state = "decided", .actor = "sw-17", .outcomes = &first, .n_outcomes = 1 };
    (void)homes_collect(homes, homes->social);
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &ack, &result));
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &decide, &result));
    (void)homes_collect(homes, homes->school);
    assert_sentence(homes, homes->social, sent.id, true, "Decided for 1 of 2; still open: 2.");
    assert_sentence(homes, homes->school, sent.id, false, "Decided for 1 of 2; still open: 2.");
    decide.outcomes = &second;
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &decide, &result));
    (void)homes_collect(homes, homes->school);
    assert_sentence(homes, homes->social, sent.id, true, "The recipient has decided.");
    assert_sentence(homes, homes->school, sent.id, false, "The recipient has decided.");
}

/* A code outside its list is not signed; the sentence lists the codes that there are. */
static void
acts_with_wrong_codes(void **state)
{
    struct homes *homes = *state;
    struct mash_result sent = homes_send(homes);
    (void)homes_collect(homes, homes->social);
    struct mash_client *client = homes_open(homes, homes->social);
    static const struct mash_outcome_info of_marac[] = { { 1, "NFA" }, { 2, "ACCEPTED" } };
    static const struct row {
        struct mash_act act;
        const char *says;
    } rows[] = {
        { { .state = "decided", .outcomes = of_marac, .n_outcomes = 2 }, "outcome: ACCEPTED is none of: NFA (No " },
        { { .state = "decided" }, "outcome is needed, one of: NFA" },
        { { .state = "declined", .reason = "first-grading" }, "not-for-us (Not for us), not-known-to-us" },
        { { .state = "declined" }, "reason is needed, one of: not-for-us" },
        { { .state = "triaged", .rag = "purple", .reason = "first-grading" },
          "red (Red), amber (Amber), green (Green)" },
        { { .state = "triaged", .reason = "first-grading" }, "rag is needed" },
        { { .state = "triaged", .rag = "red", .reason = "wrong-area" }, "partner-request" },
        { { .state = "triaged", .rag = "red" }, "reason is needed" },
    };
    unsigned before = homes->exchange.control->statuses;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_result result;
        struct mash_act act = rows[i].act;
        act.actor = "sw-17";
        assert_int_equal(mash_client_act(client, sent.id, &act, &result), MASH_E_VALUE);
        assert_non_null(strstr(mash_client_why(client), rows[i].says));
    }
    assert_int_equal(homes->exchange.control->statuses, before);
    struct mash_result result;
    struct mash_act triage = { .state = "triaged", .actor = "sw-17", .rag = "red", .reason = "first-grading" };
    ok(mash_client_act(client, sent.id, &triage, &result));
}

static void
act_without_the_exchange(void **state)
{
    struct homes *homes = *state;
    struct mash_result result;
    struct mash_result sent = homes_send(homes);
    (void)homes_collect(homes, homes->social);
    struct mash_act ack = { .state = "acknowledged", .actor = "sw-17" };
    homes_lie(homes, LIE_DEAF);
    ok(mash_client_act(homes_open(homes, homes->social), sent.id, &ack, &result));
    assert_int_equal(result.end, MASH_END_TRYING);
    homes_lie(homes, LIE_NONE);
    (void)homes_collect(homes, homes->social);
    assert_int_equal(homes->exchange.control->statuses, 3);
    assert_int_equal(look(homes, homes->social, true).reached, 1u << 1 | 1u << 2 | 1u << 3);
}

/* A history that is not the one we saw: an alarm, and nothing is asked of it any more. */
static void
other_histories(void **state)
{
    static const enum lie lies[] = { LIE_SHORTER, LIE_FORK };
    (void)state;
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        struct homes *homes = homes_make();
        void *own = homes;
        size_t warnings = 0;
        (void)homes_send(homes);
        homes_lie(homes, lies[i]);
        struct mash_client *client = homes_open(homes, homes->school);
        assert_int_equal(mash_client_connect(client), MASH_E_SIGNATURE);
        assert_memory_equal(mash_client_why(client), "ALARM", 5);
        ok(mash_client_watch(client, NULL, NULL, &warnings));
        assert_int_equal(warnings, 1);
        (void)homes_teardown(&own);
    }
}

/* The sender's own watchdog: not collected in the type's time, whatever the exchange says. */
static void
watchdog(void **state)
{
    struct homes *homes = *state;
    size_t warnings = 0;
    assert_int_equal(homes_send(homes).end, MASH_END_HELD);
    ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
    assert_int_equal(warnings, 0);
    homes->now_ms += 3600u * 1000u - 1u;
    ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
    assert_int_equal(warnings, 0);
    homes->now_ms += 1;
    ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
    assert_int_equal(warnings, 1);
    (void)homes_collect(homes, homes->social);
    /* nobody is asked without a link; with one, the answer comes before the warning */
    ok(mash_client_watch(homes_open(homes, homes->school), NULL, NULL, &warnings));
    assert_int_equal(warnings, 1);
    ok(mash_client_connect(homes->client));
    ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
    assert_int_equal(warnings, 0);
    homes_lie(homes, LIE_BUSY);
    (void)homes_send(homes);
    ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
    assert_int_equal(warnings, 0);
    homes->now_ms += 60u * 1000u;
    ok(mash_client_watch(homes->client, NULL, NULL, &warnings));
    assert_int_equal(warnings, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(collected_and_opened, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(closed_lets_the_body_go, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(declined_is_closed_too, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(forged_closes_nothing, homes_setup, homes_teardown),
        cmocka_unit_test(quarantined),
        cmocka_unit_test_setup_teardown(tracked_to_the_end, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(signature_of_nobody, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(presented_again, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(statuses_of_nobody, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(status_with_another_proof, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(rebased, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(status_refused, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(statuses_wait, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(acts, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(decided_for_one_of_two, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(acts_with_wrong_codes, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(act_without_the_exchange, homes_setup, homes_teardown),
        cmocka_unit_test(other_histories),
        cmocka_unit_test_setup_teardown(watchdog, homes_setup, homes_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
