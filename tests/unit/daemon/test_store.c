/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c - every row the store keeps: what is put comes back, also after a reopen; what was rolled
 * back never does. */
#include "tests/unit/daemon/fixture_store.h"

#define HUB "hub/front-door@llr"
#define POLICE "police/ppu@llr"
#define SENDER "school/office@llr"

/* A notice with its accept entry, held for HUB; in a group. */
static uint64_t
put_notice(struct mash_store *store, unsigned number)
{
    struct mash_store_notice notice = notice_made(number, append(store, number));
    struct mash_store_obligation row = obligation_made(number, HUB, MASH__STATE__STATE_HELD);
    uint64_t at = 0;
    assert_ok(mash_store_notice_put(store, &notice));
    assert_ok(mash_store_obligation_put(store, &row));
    assert_ok(mash_store_item_put(store, HUB, MASH_ITEM_NOTICE, &notice.manifest_sha256,
                                  notice.accept_entry, &at));
    return at;
}

static void
reopen(struct mash_store **store_p)
{
    mash_store_close(store_p);
    assert_null(*store_p);
    *store_p = open_store("s", MASH_STORE_CLEAN);
}

static void
assert_notice(struct mash_store *store, unsigned number, uint64_t entry)
{
    struct mash_store_notice want = notice_made(number, entry), found;
    assert_ok(mash_store_notice_get(store, &want.manifest_sha256, &found));
    assert_memory_equal(&found, &want, sizeof(want));
    assert_ok(mash_store_notice_find(store, "school", want.notice_id, &found));
    assert_memory_equal(&found, &want, sizeof(want));
}

static void
test_notices(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_notice found, notice = notice_made(1, 0);
    assert_int_equal(mash_store_notice_get(store, &notice.manifest_sha256, &found), MASH_E_UNKNOWN);
    assert_int_equal(mash_store_notice_find(store, "school", notice.notice_id, &found), MASH_E_UNKNOWN);

    (void)begin(store);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(put_notice(store, i), i + 1);
    for (unsigned i = 0; i < 40; i++)
        assert_notice(store, i, i);
    /* The same id with other content, and the same accept entry. */
    notice = notice_made(7, append(store, 40));
    notice.manifest_sha256 = digest_of("manifest", 999);
    assert_int_equal(mash_store_notice_put(store, &notice), MASH_E_CONFLICT);
    notice = notice_made(41, 7);
    assert_int_equal(mash_store_notice_put(store, &notice), MASH_E_CONFLICT);
    notice = notice_made(7, 40); /* another agency may use the same id */
    notice.manifest_sha256 = digest_of("manifest", 999);
    (void)snprintf(notice.from_agency, sizeof(notice.from_agency), "college");
    assert_ok(mash_store_notice_put(store, &notice));
    commit(store);

    reopen(&store);
    for (unsigned i = 0; i < 40; i++)
        assert_notice(store, i, i);
    assert_int_equal(mash_store_notice_find(store, "nobody", notice.notice_id, &found), MASH_E_UNKNOWN);
    assert_ok(mash_store_notice_find(store, "college", notice.notice_id, &found));
    assert_string_equal(found.from_agency, "college");
    mash_store_close(&store);
    mash_store_close(&store);
}

static void
test_bodies(void **state)
{
    (void)state;
    static uint8_t large[MASH_BODY_MAX];
    randombytes_buf(large, sizeof(large));
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_hash a = digest_of("body", 1), b = digest_of("body", 2), twin = a;
    twin.bytes[31] ^= 1; /* the same first 8 bytes: only a part of the digest is indexed */
    struct mash_bytes body = mash_bytes_max(0);

    assert_int_equal(mash_store_body_get(store, &a, &body), MASH_E_UNKNOWN);
    (void)begin(store);
    assert_ok(mash_store_body_put(store, &a, mash_span_str("small")));
    assert_ok(mash_store_body_put(store, &b, mash_span(large, sizeof(large))));
    assert_ok(mash_store_body_put(store, &twin, mash_span_str("twin")));
    assert_ok(mash_store_body_put(store, &a, mash_span_str("small")));
    (void)append(store, 0);
    commit(store);
    reopen(&store);

    assert_ok(mash_store_body_get(store, &a, &body));
    assert_true(mash_span_equal(mash_bytes_span(&body), mash_span_str("small")));
    mash_bytes_free(&body);
    assert_ok(mash_store_body_get(store, &twin, &body));
    assert_true(mash_span_equal(mash_bytes_span(&body), mash_span_str("twin")));
    mash_bytes_free(&body);
    assert_ok(mash_store_body_get(store, &b, &body));
    assert_true(mash_span_equal(mash_bytes_span(&body), mash_span(large, sizeof(large))));
    mash_bytes_free(&body);
    mash_store_close(&store);
}

static void
assert_obligation(struct mash_store *store, const struct mash_store_obligation *want)
{
    struct mash_store_obligation found;
    assert_ok(mash_store_obligation_get(store, &want->manifest_sha256, want->mailbox, &found));
    assert_memory_equal(&found, want, sizeof(found));
}

static void
test_obligations(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_obligation rows[4], found, row = obligation_made(1, POLICE, MASH__STATE__STATE_TRIAGED);
    size_t count = 9;
    (void)begin(store);
    assert_int_equal(mash_store_obligation_put(store, &row), MASH_E_UNKNOWN); /* no such notice */
    (void)put_notice(store, 1);
    (void)snprintf(row.cover_for, sizeof(row.cover_for), "%s", HUB);
    row.lead = true;
    row.progress.rag = MASH__RAG__RAG_AMBER;
    row.progress.withdrawn = true;
    row.progress.sequence = UINT32_MAX;
    row.progress.last = digest_of("status", 1);
    row.progress.delivered_entry = 5;
    row.progress.decided_subjects = 0xFFFFF;
    row.collected_ms = 2000;
    row.acknowledged_ms = 3000;
    struct mash_store_obligation sender = obligation_made(1, SENDER, MASH__STATE__STATE_HELD);
    sender.action = false;
    sender.sender = true;
    assert_ok(mash_store_obligation_put(store, &row));
    assert_ok(mash_store_obligation_put(store, &sender));
    commit(store);
    reopen(&store);

    struct mash_store_obligation hub = obligation_made(1, HUB, MASH__STATE__STATE_HELD);
    assert_obligation(store, &row);
    assert_obligation(store, &sender);
    assert_obligation(store, &hub);
    assert_int_equal(mash_store_obligation_get(store, &row.manifest_sha256, "no/body@llr", &found),
                     MASH_E_UNKNOWN);
    assert_ok(mash_store_obligations(store, &row.manifest_sha256, rows, 4, &count));
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].mailbox, HUB);
    assert_string_equal(rows[1].mailbox, POLICE);
    assert_string_equal(rows[2].mailbox, SENDER);
    assert_ok(mash_store_obligations(store, &row.manifest_sha256, rows, 2, &count));
    assert_int_equal(count, 2);
    row.manifest_sha256 = digest_of("manifest", 2);
    assert_int_equal(mash_store_obligations(store, &row.manifest_sha256, rows, 2, &count), MASH_E_UNKNOWN);
    mash_store_close(&store);
}

static void
test_items_are_dense(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_item items[64];
    struct mash_hash second = digest_of("manifest", 1), stranger = digest_of("manifest", 77);
    size_t count = 9;
    uint64_t number = 0;
    assert_ok(mash_store_items_after(store, HUB, 0, items, 64, &count));
    assert_int_equal(count, 0);

    (void)begin(store);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(put_notice(store, i), i + 1);
    assert_int_equal(mash_store_item_put(store, HUB, MASH_ITEM_NOTICE, &stranger, 0, &number),
                     MASH_E_UNKNOWN);
    commit(store);
    (void)begin(store); /* rolled back numbers are given again */
    assert_int_equal(put_notice(store, 10), 11);
    mash_store_group_rollback(store);
    reopen(&store);
    (void)begin(store);
    assert_int_equal(put_notice(store, 10), 11);
    assert_ok(mash_store_item_put(store, SENDER, MASH_ITEM_STATUS, &second, 3, &number));
    assert_int_equal(number, 1);
    assert_ok(mash_store_item_put(store, HUB, MASH_ITEM_REPORT, &second, 4, &number));
    assert_int_equal(number, 12);
    commit(store);

    assert_ok(mash_store_items_after(store, HUB, 9, items, 64, &count));
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(items[i].number, 10 + i);
    assert_int_equal(items[2].kind, MASH_ITEM_REPORT);
    assert_int_equal(items[2].entry, 4);
    assert_memory_equal(&items[2].manifest_sha256, &second, sizeof(second));
    assert_ok(mash_store_items_after(store, HUB, 0, items, 5, &count));
    assert_int_equal(count, 5);
    assert_ok(mash_store_items_after(store, HUB, UINT64_MAX, items, 64, &count));
    assert_int_equal(count, 0);
    mash_store_close(&store);
}

static void
test_retire_and_figures(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_hash first = digest_of("manifest", 0);
    struct mash_store_mailbox_figures box;
    struct mash_store_figures all;
    struct mash_store_item items[4];
    size_t count = 0;
    (void)begin(store);
    for (unsigned i = 0; i < 3; i++)
        (void)put_notice(store, i);
    commit(store);
    assert_ok(mash_store_mailbox_figures(store, HUB, &box));
    assert_int_equal(box.waiting, 3);
    assert_int_equal(box.unacknowledged, 3);
    assert_int_equal(box.oldest_waiting_ms, 1000);

    (void)begin(store);
    struct mash_store_obligation row = obligation_made(0, SENDER, MASH__STATE__STATE_HELD);
    row.sender = true;
    assert_ok(mash_store_obligation_put(store, &row));
    assert_int_equal(mash_store_item_retire(store, SENDER, &first), MASH_E_UNKNOWN);
    assert_ok(mash_store_item_retire(store, HUB, &first));
    assert_ok(mash_store_item_retire(store, HUB, &first)); /* by another device */
    row = obligation_made(1, HUB, MASH__STATE__STATE_ACKNOWLEDGED);
    assert_ok(mash_store_obligation_put(store, &row));
    row = obligation_made(0, HUB, MASH__STATE__STATE_DECIDED);
    assert_ok(mash_store_obligation_put(store, &row));
    commit(store);
    reopen(&store);

    assert_ok(mash_store_mailbox_figures(store, HUB, &box));
    assert_int_equal(box.waiting, 2);
    assert_int_equal(box.unacknowledged, 1);
    assert_int_equal(box.oldest_waiting_ms, 1001);
    assert_ok(mash_store_figures(store, &all));
    assert_int_equal(all.notices, 3);
    assert_int_equal(all.obligations_open, 2);
    assert_int_equal(all.waiting, 2);
    assert_true(all.store_bytes > 4096);
    assert_ok(mash_store_items_after(store, HUB, 0, items, 4, &count));
    assert_int_equal(count, 3);
    assert_true(items[0].retired);
    assert_false(items[1].retired);
    assert_ok(mash_store_mailbox_figures(store, "no/body@llr", &box));
    assert_int_equal(box.waiting, 0);
    mash_store_close(&store);
}

static void
count_type(void *ctx, const char *type, uint64_t count)
{
    char *text = ctx;
    (void)snprintf(text + strlen(text), 64, "%s %llu;", type, (unsigned long long)count);
}

static void
test_types_are_counted(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    char text[256] = "";
    (void)begin(store);
    for (unsigned i = 0; i < 7; i++)
        (void)put_notice(store, i);
    assert_ok(mash_store_count_types(store, count_type, text)); /* this group's included */
    assert_string_equal(text, "CONTACT 4;REFERRAL 3;");
    mash_store_group_rollback(store);
    text[0] = '\0';
    assert_ok(mash_store_count_types(store, count_type, text));
    assert_string_equal(text, "");
    mash_store_close(&store);
}

static void
test_handovers_and_about(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_hash manifest = digest_of("manifest", 0), stranger = digest_of("manifest", 9);
    struct mash_key_id one = { { 1 } }, two = { { 2 } };
    uint64_t entry = 0, entries[4];
    size_t count = 0;
    (void)begin(store);
    (void)put_notice(store, 0);
    assert_int_equal(mash_store_handover_get(store, HUB, 1, &one, &entry), MASH_E_UNKNOWN);
    assert_ok(mash_store_handover_put(store, HUB, 1, &one, 17));
    assert_int_equal(mash_store_handover_put(store, HUB, 1, &one, 18), MASH_E_CONFLICT);
    assert_int_equal(mash_store_handover_put(store, HUB, 2, &one, 18), MASH_E_UNKNOWN);
    assert_int_equal(mash_store_handover_put(store, POLICE, 1, &one, 18), MASH_E_UNKNOWN);
    assert_ok(mash_store_about_put(store, &manifest, 30));
    assert_ok(mash_store_about_put(store, &manifest, 20));
    assert_ok(mash_store_about_put(store, &manifest, 20));
    assert_ok(mash_store_about_put(store, &manifest, 0));
    assert_int_equal(mash_store_about_put(store, &stranger, 20), MASH_E_UNKNOWN);
    commit(store);
    reopen(&store);

    assert_ok(mash_store_handover_get(store, HUB, 1, &one, &entry));
    assert_int_equal(entry, 17);
    assert_int_equal(mash_store_handover_get(store, HUB, 1, &two, &entry), MASH_E_UNKNOWN);
    assert_int_equal(mash_store_handover_get(store, HUB, UINT64_MAX, &one, &entry), MASH_E_UNKNOWN);
    assert_ok(mash_store_about(store, &manifest, 0, entries, 4, &count));
    assert_int_equal(count, 3);
    assert_int_equal(entries[0], 0);
    assert_int_equal(entries[1], 20);
    assert_int_equal(entries[2], 30);
    assert_ok(mash_store_about(store, &manifest, 0, entries, 2, &count));
    assert_int_equal(count, 2);
    assert_ok(mash_store_about(store, &manifest, 20, entries, 4, &count));
    assert_int_equal(count, 1);
    assert_int_equal(entries[0], 30);
    assert_int_equal(mash_store_about(store, &stranger, 0, entries, 2, &count), MASH_E_UNKNOWN);
    mash_store_close(&store);
}

static void
test_collectors(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_hash manifest = digest_of("manifest", 0), stranger = digest_of("manifest", 9);
    struct mash_key_id one = { { 1 } }, two = { { 2 } };
    (void)begin(store);
    (void)put_notice(store, 0);
    assert_ok(mash_store_collector_put(store, &manifest, HUB, &one));
    assert_ok(mash_store_collector_put(store, &manifest, HUB, &one));
    assert_int_equal(mash_store_collector_put(store, &stranger, HUB, &one), MASH_E_UNKNOWN);
    commit(store);
    reopen(&store);
    const struct {
        const struct mash_hash *manifest;
        const char *mailbox;
        const struct mash_key_id *link;
        bool is;
    } rows[] = {
        { &manifest, HUB, &one, true },
        { &manifest, HUB, &two, false },
        { &manifest, POLICE, &one, false },
        { &stranger, HUB, &one, false },
        { &manifest, "nobody/here@llr", &one, false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is = !rows[i].is;
        assert_ok(mash_store_collector_is(store, rows[i].manifest, rows[i].mailbox, rows[i].link, &is));
        assert_int_equal(is, rows[i].is);
    }
    mash_store_close(&store);
}

static void
test_bundles(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_bytes value = mash_bytes_max(0);
    uint32_t version = 0;
    assert_int_equal(mash_store_bundle_get(store, 0, &version, &value), MASH_E_UNKNOWN);
    (void)begin(store);
    (void)append(store, 0);
    assert_ok(mash_store_bundle_put(store, 1, mash_span_str("one")));
    assert_ok(mash_store_bundle_put(store, 2, mash_span_str("two")));
    assert_int_equal(mash_store_bundle_put(store, 2, mash_span_str("other")), MASH_E_CONFLICT);
    commit(store);
    reopen(&store);
    assert_ok(mash_store_bundle_get(store, 0, &version, &value));
    assert_int_equal(version, 2);
    assert_true(mash_span_equal(mash_bytes_span(&value), mash_span_str("two")));
    mash_bytes_free(&value);
    assert_ok(mash_store_bundle_get(store, 1, NULL, &value));
    assert_true(mash_span_equal(mash_bytes_span(&value), mash_span_str("one")));
    mash_bytes_free(&value);
    assert_int_equal(mash_store_bundle_get(store, 3, &version, &value), MASH_E_UNKNOWN);
    mash_store_close(&store);
}

static void
test_suspensions(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_store_suspension box = { .bundle_version = 1, .entry = 4 }, found[4];
    struct mash_store_suspension key = { .key_id = { { 9 } }, .bundle_version = 2, .entry = 5 };
    (void)snprintf(box.mailbox, sizeof(box.mailbox), HUB);
    size_t count = 9;
    (void)begin(store);
    (void)append(store, 0);
    assert_ok(mash_store_suspension_put(store, &box));
    assert_ok(mash_store_suspension_put(store, &key));
    commit(store);
    reopen(&store);
    assert_ok(mash_store_suspensions(store, found, 4, &count));
    assert_int_equal(count, 2);
    assert_memory_equal(&found[0], &box, sizeof(box));
    assert_memory_equal(&found[1], &key, sizeof(key));
    assert_ok(mash_store_suspensions(store, found, 1, &count));
    assert_int_equal(count, 1);
    (void)begin(store);
    assert_ok(mash_store_suspensions_clear(store));
    commit(store);
    assert_ok(mash_store_suspensions(store, found, 4, &count));
    assert_int_equal(count, 0);
    mash_store_close(&store);
}

static void
test_seen_and_nonces(void **state)
{
    (void)state;
    static const uint8_t nonce[16] = { 1 }, other[16] = { 2 };
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    uint64_t seen = 0;
    assert_int_equal(mash_store_seen_get(store, HUB, &seen), MASH_E_UNKNOWN);
    (void)begin(store);
    (void)append(store, 0);
    assert_ok(mash_store_seen_put(store, HUB, 5));
    assert_ok(mash_store_seen_put(store, HUB, 6));
    assert_ok(mash_store_nonce_put(store, nonce, 7));
    commit(store);
    reopen(&store);
    assert_ok(mash_store_seen_get(store, HUB, &seen));
    assert_int_equal(seen, 6);
    (void)begin(store);
    assert_int_equal(mash_store_nonce_put(store, nonce, 8), MASH_E_CONFLICT);
    assert_ok(mash_store_nonce_put(store, other, 8));
    assert_ok(mash_store_seen_put(store, HUB, 9));
    mash_store_group_rollback(store);
    assert_ok(mash_store_seen_get(store, HUB, &seen));
    assert_int_equal(seen, 6);
    mash_store_close(&store);
}

/* Everything at once, rolled back: nothing of it is left, in memory or on disk. */
static void
test_rollback_leaves_nothing(void **state)
{
    (void)state;
    static const uint8_t nonce[16] = { 1 };
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    (void)begin(store);
    (void)put_notice(store, 0);
    commit(store);

    for (unsigned round = 0; round < 2; round++) {
        struct mash_store_head before = begin(store), after;
        struct mash_hash body = digest_of("body", 1), manifest = digest_of("manifest", 1);
        struct mash_hash old = digest_of("manifest", 0);
        (void)put_notice(store, 1);
        assert_ok(mash_store_body_put(store, &body, mash_span_str("x")));
        assert_ok(mash_store_bundle_put(store, 1, mash_span_str("x")));
        assert_ok(mash_store_nonce_put(store, nonce, 1));
        assert_ok(mash_store_about_put(store, &old, 1));
        assert_ok(mash_store_item_retire(store, HUB, &old));
        for (unsigned i = 0; i < 600; i++)
            (void)append(store, 100 + i);
        mash_store_group_rollback(store);
        mash_store_group_rollback(store);

        struct mash_store_notice notice;
        struct mash_store_entry entry;
        struct mash_bytes bytes = mash_bytes_max(0);
        struct mash_hash hash;
        struct mash_store_mailbox_figures box;
        uint64_t entries[4];
        size_t count = 0;
        assert_int_equal(mash_store_notice_get(store, &manifest, &notice), MASH_E_UNKNOWN);
        assert_int_equal(mash_store_body_get(store, &body, &bytes), MASH_E_UNKNOWN);
        assert_int_equal(mash_store_bundle_get(store, 0, NULL, &bytes), MASH_E_UNKNOWN);
        assert_int_equal(mash_store_entry_get(store, 1, &entry), MASH_E_UNKNOWN);
        assert_int_equal(mash_store_node(store, 0, 1, &hash), MASH_E_UNKNOWN);
        assert_int_equal(mash_store_node(store, 8, 0, &hash), MASH_E_UNKNOWN);
        assert_ok(mash_store_about(store, &old, 0, entries, 4, &count));
        assert_int_equal(count, 1);
        assert_ok(mash_store_mailbox_figures(store, HUB, &box));
        assert_int_equal(box.waiting, 1);
        after = begin(store);
        assert_memory_equal(&after, &before, sizeof(after));
        struct mash_store_obligation row = obligation_made(1, POLICE, MASH__STATE__STATE_HELD);
        assert_int_equal(mash_store_obligation_put(store, &row), MASH_E_UNKNOWN);
        assert_ok(mash_store_nonce_put(store, nonce, 1));
        mash_store_group_rollback(store);
        reopen(&store);
    }
    mash_store_close(&store);
}

/* Below the reserve bodies are refused; statuses and entries still go in. */
static void
test_reserve(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    struct mash_hash body = digest_of("body", 1), held = digest_of("body", 2);
    (void)begin(store);
    assert_ok(mash_store_room(store));
    assert_ok(mash_store_body_put(store, &held, mash_span_str("x")));
    (void)append(store, 0);
    commit(store);
    mash_store_reserve(store, UINT64_MAX);
    (void)begin(store);
    assert_int_equal(mash_store_room(store), MASH_E_FULL);
    assert_int_equal(mash_store_body_put(store, &body, mash_span_str("x")), MASH_E_FULL);
    assert_ok(mash_store_body_put(store, &held, mash_span_str("x")));
    (void)append(store, 1);
    commit(store);
    mash_store_close(&store);
}

static void
test_too_long_names(void **state)
{
    (void)state;
    char longest[MASH_ADDRESS_MAX + 2];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    uint64_t seen = 0;
    (void)begin(store);
    assert_int_equal(mash_store_seen_put(store, longest, 1), MASH_E_LIMIT);
    assert_int_equal(mash_store_seen_get(store, longest, &seen), MASH_E_LIMIT);
    longest[MASH_ADDRESS_MAX] = '\0';
    assert_ok(mash_store_seen_put(store, longest, 1));
    commit(store);
    mash_store_close(&store);
}

/* More names than the first table of names has slots. */
static void
test_many_names(void **state)
{
    (void)state;
    struct mash_store *store = open_store("s", MASH_STORE_NEW);
    char name[64];
    uint64_t seen = 0;
    (void)begin(store);
    (void)append(store, 0);
    for (unsigned i = 1; i <= 500; i++) {
        (void)snprintf(name, sizeof(name), "agency-%u/box@llr", i);
        assert_ok(mash_store_seen_put(store, name, i));
    }
    commit(store);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 1; i <= 500; i++) {
            (void)snprintf(name, sizeof(name), "agency-%u/box@llr", i);
            assert_ok(mash_store_seen_get(store, name, &seen));
            assert_int_equal(seen, i);
        }
        reopen(&store);
    }
    mash_store_close(&store);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_notices), CASE(test_bodies), CASE(test_obligations), CASE(test_items_are_dense),
        CASE(test_retire_and_figures), CASE(test_types_are_counted), CASE(test_handovers_and_about),
        CASE(test_collectors),
        CASE(test_bundles), CASE(test_suspensions), CASE(test_seen_and_nonces),
        CASE(test_rollback_leaves_nothing), CASE(test_reserve), CASE(test_too_long_names),
        CASE(test_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
