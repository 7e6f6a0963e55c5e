/* SPDX-License-Identifier: Apache-2.0 */
/* test_trust.c - whom the client believes: the pin, bundles that follow, keys for what they are listed for,
 * and a sealed text only when it says what the manifest says. */
#include "fixture_homes.h"

#include "clients/lib/draft.h"

static enum mash_err
join(struct homes *homes, const char *home, const char *endpoint, const char *pin)
{
    char why[512] = "";
    enum mash_err err = mash_client_join(home, homes->bundle, endpoint, pin, why, sizeof(why));
    assert_true(err == MASH_OK || why[0] != '\0');
    return err;
}

static void
pinned(void **state)
{
    struct homes *homes = *state;
    char good[65], other[65];
    const char *endpoint = homes->exchange.control->endpoint;
    mash_hex_text(mash_span(mash_bundle_governance_digest(homes->exchange.bundle), 32), good);
    memcpy(other, good, sizeof(other));
    other[0] = other[0] == '0' ? '1' : '0';
    assert_int_equal(join(homes, homes->school, endpoint, good), MASH_OK); /* again: no harm */
    assert_int_equal(join(homes, homes->school, endpoint, other), MASH_E_CONFLICT);
    assert_int_equal(join(homes, homes->school, endpoint, "00"), MASH_E_VALUE);
    assert_int_equal(join(homes, homes->school, "http://x", good), MASH_E_VALUE);

    /* a home that has not joined yet: the pin decides, and being listed */
    char fresh[96];
    (void)snprintf(fresh, sizeof(fresh), "%s/fresh", homes->directory);
    homes_init_one(fresh, SCHOOL_BOX, "School office", "school", NULL);
    assert_int_equal(join(homes, fresh, endpoint, other), MASH_E_MISMATCH);
    assert_int_equal(join(homes, fresh, endpoint, good), MASH_E_DENIED);
    struct mash_client *client = NULL;
    char why[512] = "";
    assert_int_equal(mash_client_open(fresh, &client, why, sizeof(why)), MASH_E_UNKNOWN);
    assert_non_null(strstr(why, "join"));
}

static void
init_never_overwrites(void **state)
{
    struct homes *homes = *state;
    char recovery[160], request[160], words[128], why[512] = "";
    struct mash_enrolment_mailbox mailbox = { .address = SCHOOL_BOX, .name = "Office", .phone = "0116 496 0001",
                                              .hours = "24h" };
    (void)snprintf(recovery, sizeof(recovery), "%s/again.recovery", homes->directory);
    (void)snprintf(request, sizeof(request), "%s/again.json", homes->directory);
    struct mash_enrolment enrolment = { .agency_name = "School", .agency_kind = "school", .overdue_role = "Head",
                                        .overdue_phone = "0116 496 0002", .mailboxes = &mailbox, .n_mailboxes = 1,
                                        .installation = "main", .recovery_out = recovery, .request_out = request };
    assert_int_equal(mash_client_init(homes->school, &enrolment, words, sizeof(words), why, sizeof(why)),
                     MASH_E_CONFLICT);
    mailbox.address = "not an address";
    assert_int_equal(mash_client_init(homes->school, &enrolment, words, sizeof(words), why, sizeof(why)), MASH_E_VALUE);
}

/* The recovery key opens what came, without the home. */
static void
recovery_opens(void **state)
{
    struct homes *homes = *state;
    char path[160];
    struct mash_secret *recovery = NULL;
    (void)snprintf(path, sizeof(path), "%s.recovery", homes->social);
    ok(mash_secret_load(path, MASH_PURPOSE_SEAL, NULL, &recovery));
    (void)homes_send(homes);
    (void)homes_collect(homes, homes->social);
    /* put the recovery key in the place of the lost device's */
    struct mash_client *client = homes_open(homes, homes->social);
    mash_secret_close(&client->boxes[0].seal);
    client->boxes[0].seal = recovery;
    struct mash_inbox_key key;
    struct mash_inbox_row row;
    struct mash_collected counts = { 0 };
    size_t found = 0;
    ok(mash_home_inbox_list(client->store, false, 0, &key, 1, &found));
    assert_int_equal(found, 1);
    ok(mash_home_inbox_get(client->store, &key.manifest_sha256, key.mailbox, &row));
    row.state = MASH_INBOX_STORED;
    mash_bytes_free(&row.inner);
    ok(mash_home_inbox_settle(client->store, &row));
    mash_inbox_row_free(&row);
    ok(mash_client_collect(client, 0, &counts));
    assert_int_equal(counts.opened, 1);
}

static void
newer_bundle(void **state)
{
    (void)state;
    struct mash_secret *stranger = NULL;
    assert_true(sodium_init() >= 0);
    ok(mash_secret_generate(MASH_PURPOSE_GOVERNANCE, &stranger));
    const struct row {
        uint32_t version;
        const struct mash_secret *by;
        enum mash_err err;
    } rows[] = {
        { 2, NULL, MASH_OK },                /* the same governance */
        { 2, stranger, MASH_E_SIGNATURE },   /* well signed, by others */
        { 3, NULL, MASH_E_SIGNATURE },       /* a gap: asked for 2, got 3 */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct homes *homes = homes_make_with((struct listing){ NULL, NULL }, rows[i].version, rows[i].by);
        void *own = homes;
        struct mash_client_figures figures;
        size_t warnings = 0;
        homes_lie(homes, LIE_NEXT_BUNDLE);
        struct mash_client *client = homes_open(homes, homes->school);
        assert_int_equal(mash_client_connect(client), rows[i].err);
        ok(mash_client_figures(client, &figures));
        assert_int_equal(figures.bundle_version, rows[i].err == MASH_OK ? 2 : 1);
        ok(mash_client_watch(client, NULL, NULL, &warnings));
        assert_int_equal(warnings, rows[i].err == MASH_OK ? 0 : 1);
        if (rows[i].err == MASH_OK) { /* and back again is refused */
            homes_lie(homes, LIE_NONE);
            assert_int_equal(mash_client_connect(homes_open(homes, homes->school)), MASH_E_SIGNATURE);
        }
        (void)homes_teardown(&own);
    }
    mash_secret_close(&stranger);
}

/* Keys are for what they are listed for, when they are listed: judged by who receives. */
static void
keys_for_their_purpose(void **state)
{
    static const struct row {
        struct listing listing;
        size_t notices, statuses; /* believed: by the recipient, by the sender */
    } rows[] = {
        { { NULL, NULL }, 1, 2 },
        { { "collect", NULL }, 0, 0 },                  /* may not send */
        { { "send", NULL }, 1, 0 },                     /* may not collect */
        { { NULL, "2026-09-21T14:13:20Z" }, 0, 0 },     /* ended in this very second */
        { { NULL, "2026-09-21T14:13:21Z" }, 1, 2 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct homes *homes = homes_make_with(rows[i].listing, 0, NULL);
        void *own = homes;
        (void)homes_send(homes);
        struct mash_collected counts = homes_collect(homes, homes->social);
        assert_int_equal(counts.notices, rows[i].notices);
        assert_int_equal(counts.quarantined, 1 - rows[i].notices);
        counts = homes_collect(homes, homes->school);
        assert_int_equal(counts.statuses, rows[i].statuses);
        (void)homes_teardown(&own);
    }
}

/* A sealed text that says something else than the manifest is not opened, and said to be unreadable. */
static void
inner_mismatch(void **state)
{
    struct homes *homes = *state;
    static const struct mash_draft_recipient to = { .mailbox = SOCIAL_BOX };
    static const struct mash_draft draft = { .recipients = &to, .n_recipients = 1, .type = "REFERRAL",
                                             .subject_count = 1, .content = "x", .content_len = 1 };
    struct mash_client *client = homes_open(homes, homes->school);
    struct mash_outbox_row row;
    Mash__Inner *inner = NULL;
    mash_outbox_row_init(&row);
    ok(mash_draft_row(client, &draft, &row));
    ok(mash_message_decode(&mash__inner__descriptor, mash_bytes_span(&row.body), &inner));
    inner->drill = true;
    row.body.len = 0;
    ok(mash_message_encode(inner, &row.body));
    ok(mash_home_outbox_add(client->store, &row));
    mash_message_free(&inner);
    mash_outbox_row_free(&row);
    ok(mash_client_resubmit(client, NULL, NULL, NULL));
    assert_int_equal(homes->exchange.control->logged, 1);
    struct mash_collected counts = homes_collect(homes, homes->social);
    assert_int_equal(counts.notices, 1);
    assert_int_equal(counts.opened, 0);
    assert_int_equal(counts.unreadable, 1);
    (void)homes_collect(homes, homes->school);
    size_t warnings = 0; /* the sender is told to ring, at once */
    ok(mash_client_watch(homes_open(homes, homes->school), NULL, NULL, &warnings));
    assert_int_equal(warnings, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pinned, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(init_never_overwrites, homes_setup, homes_teardown),
        cmocka_unit_test_setup_teardown(recovery_opens, homes_setup, homes_teardown),
        cmocka_unit_test(newer_bundle),
        cmocka_unit_test(keys_for_their_purpose),
        cmocka_unit_test_setup_teardown(inner_mismatch, homes_setup, homes_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
