/* SPDX-License-Identifier: Apache-2.0 */
/* test_crash.c - SIGKILL at whatever line the client happens to be in: nothing that the exchange holds is
 * unknown to the outbox, nothing is sent twice, nothing that was collected goes unsaid. */
#include "fixture_homes.h"

#define ROUNDS 24

typedef void work_fn(struct homes *homes);

static void
send_one(struct homes *homes)
{
    (void)homes_send(homes);
}

static void
collect_all(struct homes *homes)
{
    struct mash_collected counts;
    struct mash_client *client = homes_open(homes, homes->social);
    (void)!mash_client_collect(client, 0, &counts);
}

/* Run work in a process of its own and kill it after so many microseconds. */
static void
run_and_kill(struct homes *homes, work_fn *work, unsigned after_us)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        work(homes);
        _exit(0);
    }
    (void)usleep(after_us);
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

struct counted {
    size_t all, held, opened, complete;
};

static void
count(void *ctx, const struct mash_notice_info *info)
{
    struct counted *counted = ctx;
    unsigned reached = 0;
    for (size_t i = 0; i < info->n_statuses; i++)
        reached |= info->statuses[i].logged ? 1u << info->statuses[i].sequence : 0;
    counted->all++;
    counted->held += strcmp(info->state, "held") == 0;
    counted->opened += strcmp(info->state, "opened") == 0;
    counted->complete += info->n_statuses == 2 && reached == (1u << 1 | 1u << 2);
}

static struct counted
look(struct homes *homes, const char *home, bool received)
{
    struct counted counted = { 0 };
    ok(mash_client_each(homes_open(homes, home), received, count, &counted));
    return counted;
}

/* Killed anywhere in a sending. */
static void
killed_while_sending(void **state)
{
    struct homes *homes = *state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        run_and_kill(homes, send_one, 500 + i * 1500);
        /* the exchange never knows more than the outbox */
        assert_true(look(homes, homes->school, false).all >= homes->exchange.control->logged);
    }
    ok(mash_client_resubmit(homes_open(homes, homes->school), NULL, NULL, NULL));
    struct counted counted = look(homes, homes->school, false);
    print_message("%zu of %d in the outbox, %u entries\n", counted.all, ROUNDS, homes->exchange.control->logged);
    assert_true(counted.all > 0);
    assert_int_equal(counted.held, counted.all);
    assert_int_equal(homes->exchange.control->logged, counted.all);
}

/* Killed between the exchange's commit and its answer. */
static void
killed_before_the_answer(void **state)
{
    struct homes *homes = *state;
    homes_lie(homes, LIE_LOST_ANSWER);
    run_and_kill(homes, send_one, 400000);
    assert_int_equal(homes->exchange.control->logged, 1);
    assert_int_equal(look(homes, homes->school, false).held, 0);
    homes_lie(homes, LIE_NONE);
    ok(mash_client_resubmit(homes_open(homes, homes->school), NULL, NULL, NULL));
    assert_int_equal(look(homes, homes->school, false).held, 1);
    assert_int_equal(homes->exchange.control->logged, 1);
}

/* Killed anywhere in collecting. */
static void
killed_while_collecting(void **state)
{
    struct homes *homes = *state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(homes_send(homes).end, MASH_END_HELD);
        mash_client_close(&homes->client);
        run_and_kill(homes, collect_all, 500 + i * 1500);
    }
    (void)homes_collect(homes, homes->social);
    struct counted counted = look(homes, homes->social, true);
    assert_int_equal(counted.all, ROUNDS);
    assert_int_equal(counted.opened, ROUNDS);
    assert_int_equal(counted.complete, ROUNDS);
    assert_int_equal(homes->exchange.control->statuses, 2 * ROUNDS);
}

/* Stored and opened, but nothing said yet: said the next time. */
static void
killed_before_confirming(void **state)
{
    struct homes *homes = *state;
    (void)homes_send(homes);
    mash_client_close(&homes->client);
    homes_lie(homes, LIE_DEAF_STATUS);
    run_and_kill(homes, collect_all, 400000);
    assert_int_equal(homes->exchange.control->statuses, 0);
    assert_int_equal(look(homes, homes->social, true).opened, 1);
    homes_lie(homes, LIE_NONE);
    (void)homes_collect(homes, homes->social);
    assert_int_equal(look(homes, homes->social, true).complete, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_while_sending, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(killed_before_the_answer, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(killed_while_collecting, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(killed_before_confirming, homes_setup, homes_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
