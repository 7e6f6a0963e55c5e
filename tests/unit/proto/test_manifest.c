/* SPDX-License-Identifier: Apache-2.0 */
/* test_manifest.c - each field of a manifest wrong in its own way, and each way named in the faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/manifest.h"
#include "sample.h"

#define TEXT(path_, text_) { .path = path_, .kind = SPOIL_TEXT, .text = text_ }
#define NUMBER(path_, number_) { .path = path_, .kind = SPOIL_NUMBER, .number = number_ }
#define BYTES(path_, len_, fill_) { .path = path_, .kind = SPOIL_BYTES, .number = len_, .fill = fill_ }
#define COUNT(path_, count_) { .path = path_, .kind = SPOIL_COUNT, .number = count_ }
#define ABSENT(path_) { .path = path_, .kind = SPOIL_ABSENT }

static const char name_63[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";
static const char code_49[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw";
static const char type_49[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVW";

/* One or two changes that leave the manifest in order. */
static const struct good {
    struct spoil spoils[2];
} good[] = {
    { { { .kind = SPOIL_NOTHING } } },
    { { COUNT("recipients", 1) } },
    { { COUNT("recipients", 64) } },
    { { COUNT("recipients[0].seal_key_ids", 1) } },
    { { COUNT("recipients[0].seal_key_ids", 4) } },
    { { NUMBER("recipients[0].lead", 0) } },
    { { TEXT("recipients[1].cover_for", "") } },
    { { TEXT("type", "MISSING_CHILD") } },
    { { TEXT("type", "A") } },
    { { NUMBER("immediate", 0) } },
    { { BYTES("in_reply_to", 0, 0), NUMBER("relation", 0) } },
    { { NUMBER("relation", 0) } },
    { { NUMBER("relation", 4) } },
    { { NUMBER("event_ms", 0) } },
    { { NUMBER("event_ms", SAMPLE_CREATED_MS + 1) } },
    { { NUMBER("expires_ms", SAMPLE_CREATED_MS + 1) } },
    { { NUMBER("drill", 1), NUMBER("restricted", 1) } },
    { { NUMBER("address_confidential", 1), NUMBER("source_confidential", 1) } },
    { { NUMBER("subject_count", 1) } },
    { { NUMBER("subject_count", 20) } },
    { { COUNT("codes", 0) } },
    { { COUNT("codes", 64) } },
    { { NUMBER("codes[0].subject", 2) } },
    { { NUMBER("body_length", 4096) } },
    { { NUMBER("body_length", 1024 * 1024) } },
    { { ABSENT("log_seen") } },
    { { NUMBER("log_seen.size", 1) } },
    { { NUMBER("bundle.version", 1) } },
};

/* One change, the fault it must be called, and how many faults it makes in all when not one. */
static const struct bad {
    struct spoil spoil;
    const char *line;
    size_t count;
} bad[] = {
    { TEXT("partnership", ""), "partnership: not the name of a partnership" },
    { TEXT("partnership", "LLR"), "partnership: not the name of a partnership" },
    { TEXT("partnership", "l_r"), "partnership: not the name of a partnership" },
    { TEXT("partnership", "leics"), "from: of another partnership", 4 },
    { NUMBER("schema", 0), "schema: not 1" },
    { BYTES("notice_id", 0, 0), "notice_id: not a UUID of version 7" },
    { BYTES("notice_id", 15, 0x77), "notice_id: not a UUID of version 7" },
    { BYTES("notice_id", 17, 0x77), "notice_id: not a UUID of version 7" },
    { BYTES("notice_id", 16, 0x44), "notice_id: not a UUID of version 7" },
    { TEXT("from", ""), "from: not an address agency/mailbox@partnership" },
    { TEXT("from", "ppu@llr"), "from: not an address agency/mailbox@partnership" },
    { TEXT("from", "leics-police/ppu"), "from: not an address agency/mailbox@partnership" },
    { TEXT("from", "leics-police/ppu@llr "), "from: not an address agency/mailbox@partnership" },
    { TEXT("from", "leics-police/PPU@llr"), "from: not an address agency/mailbox@partnership" },
    { TEXT("from", "leics-police/jane smith@llr"), "from: not an address agency/mailbox@partnership" },
    { TEXT("from", "leics-police/ppu@kent"), "from: of another partnership" },
    { TEXT("from", "leicester-cc/edt@llr"), "recipients[1].mailbox: is the sender" },
    { BYTES("from_key_id", 0, 0), "from_key_id: not 16 bytes" },
    { BYTES("from_key_id", 15, 1), "from_key_id: not 16 bytes" },
    { BYTES("from_key_id", 17, 1), "from_key_id: not 16 bytes" },
    { COUNT("recipients", 0), "recipients: not 1 to 64" },
    { COUNT("recipients", 65), "recipients: not 1 to 64" },
    { TEXT("recipients[2].mailbox", "safeguarding"),
      "recipients[2].mailbox: not an address agency/mailbox@partnership" },
    { TEXT("recipients[2].mailbox", "lpt-nhs/safeguarding@kent"), "recipients[2].mailbox: of another partnership" },
    { TEXT("recipients[2].mailbox", "aaa/first@llr"), "recipients[2].mailbox: not in ascending order, each once" },
    { TEXT("recipients[2].mailbox", "leicester-cc/edt@llr"),
      "recipients[2].mailbox: not in ascending order, each once" },
    { COUNT("recipients[0].seal_key_ids", 0), "recipients[0].seal_key_ids: not 1 to 4" },
    { COUNT("recipients[0].seal_key_ids", 5), "recipients[0].seal_key_ids: not 1 to 4" },
    { BYTES("recipients[1].seal_key_ids[0]", 15, 1), "recipients[1].seal_key_ids[0]: not 16 bytes" },
    { BYTES("recipients[1].seal_key_ids[1]", 0, 1), "recipients[1].seal_key_ids[1]: not 16 bytes" },
    { BYTES("recipients[1].seal_key_ids[1]", 32, 1), "recipients[1].seal_key_ids[1]: not 16 bytes" },
    { BYTES("recipients[1].seal_key_ids[1]", 16, 1),
      "recipients[1].seal_key_ids[1]: not in ascending order, each once" },
    { BYTES("recipients[1].seal_key_ids[1]", 16, 0x20),
      "recipients[1].seal_key_ids[1]: not in ascending order, each once" },
    { NUMBER("recipients[2].duty", 0), "recipients[2].duty: neither action nor information" },
    { NUMBER("recipients[1].lead", 1), "recipients: more than one lead" },
    { NUMBER("recipients[2].lead", 1), "recipients[2].lead: the lead must owe action", 2 },
    { TEXT("recipients[1].cover_for", "leicester-cc/mash@llr"),
      "recipients[1].cover_for: not a recipient of this notice" },
    { TEXT("recipients[1].cover_for", "not an address"), "recipients[1].cover_for: not a recipient of this notice" },
    { TEXT("recipients[1].cover_for", "leicester-cc/edt@llr"),
      "recipients[1].cover_for: a mailbox cannot cover itself" },
    { TEXT("recipients[0].cover_for", "leicester-cc/edt@llr"),
      "recipients[1].cover_for: a cover cannot be covered", 2 },
    { TEXT("recipients[1].cover_for", "lpt-nhs/safeguarding@llr"),
      "recipients[1].cover_for: has another duty than the mailbox it covers" },
    { TEXT("type", ""), "type: not the name of a notice type" },
    { TEXT("type", "referral"), "type: not the name of a notice type" },
    { TEXT("type", "REFERRAL Jane Smith"), "type: not the name of a notice type" },
    { TEXT("type", "REFERRAL\n"), "type: not the name of a notice type" },
    { TEXT("type", type_49), "type: not the name of a notice type" },
    { BYTES("thread_id", 0, 0), "thread_id: not 16 bytes" },
    { BYTES("thread_id", 8, 1), "thread_id: not 16 bytes" },
    { BYTES("thread_id", 17, 1), "thread_id: not 16 bytes" },
    { BYTES("in_reply_to", 0, 0), "relation: needs in_reply_to" },
    { BYTES("in_reply_to", 16, 1), "in_reply_to: not 32 bytes" },
    { BYTES("in_reply_to", 33, 1), "in_reply_to: not 32 bytes" },
    { NUMBER("created_ms", 0), "created_ms: not a time in milliseconds since 1970", 2 },
    { NUMBER("created_ms", 1ull << 48), "created_ms: not a time in milliseconds since 1970", 2 },
    { NUMBER("created_ms", UINT64_MAX), "created_ms: not a time in milliseconds since 1970", 2 },
    { NUMBER("created_ms", SAMPLE_CREATED_MS - 1), "expires_ms: more than 30 days after created_ms" },
    { NUMBER("event_ms", 1ull << 48), "event_ms: not a time in milliseconds since 1970" },
    { NUMBER("expires_ms", 0), "expires_ms: not after created_ms", 2 },
    { NUMBER("expires_ms", SAMPLE_CREATED_MS), "expires_ms: not after created_ms" },
    { NUMBER("expires_ms", SAMPLE_CREATED_MS - 1), "expires_ms: not after created_ms" },
    { NUMBER("expires_ms", SAMPLE_CREATED_MS + MASH_EXPIRES_MAX_MS + 1),
      "expires_ms: more than 30 days after created_ms" },
    { NUMBER("expires_ms", UINT64_MAX), "expires_ms: more than 30 days after created_ms", 2 },
    { NUMBER("subject_count", 0), "subject_count: not 1 to 20", 3 },
    { NUMBER("subject_count", 21), "subject_count: not 1 to 20" },
    { NUMBER("subject_count", UINT32_MAX), "subject_count: not 1 to 20" },
    { COUNT("codes", 65), "codes: more than 64" },
    { TEXT("codes[0].list", ""), "codes[0].list: not the name of a code list" },
    { TEXT("codes[0].list", "Jane Smith"), "codes[0].list: not the name of a code list" },
    { TEXT("codes[0].list", code_49), "codes[0].list: not the name of a code list" },
    { TEXT("codes[0].value", ""), "codes[0].value: not a code" },
    { TEXT("codes[0].value", "12 Acacia Avenue"), "codes[0].value: not a code" },
    { TEXT("codes[0].value", "Zo\xc3\xab"), "codes[0].value: not a code" },
    { NUMBER("codes[2].subject", 3), "codes[2].subject: beyond subject_count" },
    { NUMBER("codes[1].subject", 2), "codes[2]: not in ascending order, each once" },
    { TEXT("codes[2].value", "v01"), "codes[2]: not in ascending order, each once" },
    { TEXT("codes[2].value", "v00"), "codes[2]: not in ascending order, each once" },
    { TEXT("codes[1].list", "a-list"), "codes[1]: not in ascending order, each once" },
    { NUMBER("body_length", 0), "body_length: not 4096 to 1048576" },
    { NUMBER("body_length", 4095), "body_length: not 4096 to 1048576" },
    { NUMBER("body_length", 1024 * 1024 + 1), "body_length: not 4096 to 1048576" },
    { NUMBER("body_length", UINT64_MAX), "body_length: not 4096 to 1048576" },
    { BYTES("body_sha256", 0, 0), "body_sha256: not 32 bytes" },
    { BYTES("body_sha256", 31, 1), "body_sha256: not 32 bytes" },
    { BYTES("body_sha256", 64, 1), "body_sha256: not 32 bytes" },
    { NUMBER("log_seen.size", 0), "log_seen.size: 0; leave log_seen out before the first checkpoint" },
    { BYTES("log_seen.root", 0, 0), "log_seen.root: not 32 bytes" },
    { BYTES("log_seen.root", 20, 1), "log_seen.root: not 32 bytes" },
    { ABSENT("bundle"), "bundle: missing" },
    { NUMBER("bundle.version", 0), "bundle.version: 0" },
    { BYTES("bundle.digest", 0, 0), "bundle.digest: not 32 bytes" },
    { BYTES("bundle.digest", 33, 1), "bundle.digest: not 32 bytes" },
};

static bool
has_line(const struct mash_faults *faults, const char *line)
{
    for (size_t i = 0; i < faults->count; i++)
        if (strcmp(faults->lines[i], line) == 0)
            return true;
    return false;
}

static void
print_faults(const char *path, const struct mash_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        print_error("%s -> %s\n", path, faults->lines[i]);
}

static void
good_ones_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct sample *s = sample_new();
        for (size_t k = 0; k < 2 && good[i].spoils[k].kind != SPOIL_NOTHING; k++)
            spoil_field(&s->manifest, &good[i].spoils[k]);
        struct mash_bytes bytes = sample_encode(&s->manifest);
        struct mash_faults faults;
        Mash__Manifest *manifest = NULL;
        enum mash_err err = mash_manifest_read(mash_bytes_span(&bytes), &manifest, &faults);
        if (err != MASH_OK)
            print_faults(good[i].spoils[0].path, &faults);
        assert_int_equal(err, MASH_OK);
        assert_int_equal(faults.count, 0);
        assert_string_equal(manifest->from, "leics-police/ppu@llr");
        mash_message_free(&manifest);
        mash_bytes_free(&bytes);
        free(s);
    }
}

static void
each_fault_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sample *s = sample_new();
        spoil_field(&s->manifest, &bad[i].spoil);
        struct mash_bytes bytes = sample_encode(&s->manifest);
        struct mash_faults faults;
        Mash__Manifest *manifest = NULL;
        enum mash_err err = mash_manifest_read(mash_bytes_span(&bytes), &manifest, &faults);
        size_t count = bad[i].count != 0 ? bad[i].count : 1;
        if (err != MASH_E_VALUE || faults.count != count || !has_line(&faults, bad[i].line)) {
            print_error("row %zu: %s, %zu faults\n", i, mash_strerror(err), faults.count);
            print_faults(bad[i].spoil.path, &faults);
            fail();
        }
        assert_null(manifest);
        assert_int_equal(mash_manifest_read(mash_bytes_span(&bytes), &manifest, NULL), MASH_E_VALUE);
        mash_bytes_free(&bytes);
        free(s);
    }
}

static void
all_faults_are_listed(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (strchr(bad[i].spoil.path, '[') == NULL && bad[i].spoil.kind != SPOIL_COUNT &&
            strncmp(bad[i].spoil.path, "bundle", 6) != 0)
            spoil_field(&s->manifest, &bad[i].spoil);
    struct mash_faults faults = { 0 };
    mash_manifest_check(&s->manifest, &faults);
    assert_in_range(faults.count, 15, MASH_FAULTS_MAX);
    assert_false(faults.more);

    /* more than an answer holds: cut, and said to be cut */
    s->manifest.n_recipients = 60;
    for (size_t i = 0; i < 60; i++)
        s->recipients[i].duty = MASH__DUTY__DUTY_UNSET;
    faults.count = 0;
    mash_manifest_check(&s->manifest, &faults);
    assert_int_equal(faults.count, MASH_FAULTS_MAX);
    assert_true(faults.more);
    free(s);
}

/* A wrong value may be a child's name: no line may repeat it. */
/* Thousands of recipients fit into a manifest's bytes; comparing each with each is what a flood would want. */
static void
too_many_recipients_are_not_looked_at(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct sample *s = sample_new();
    Mash__Recipient *rows = calloc(MANY, sizeof(*rows));
    Mash__Recipient **list = calloc(MANY, sizeof(Mash__Recipient *));
    assert_true(rows != NULL && list != NULL);
    for (size_t i = 0; i < MANY; i++) {
        mash__recipient__init(&rows[i]);
        rows[i].cover_for = (char *)(uintptr_t)"a";
        list[i] = &rows[i];
    }
    s->manifest.n_recipients = MANY;
    s->manifest.recipients = list;
    struct mash_bytes bytes = sample_encode(&s->manifest);
    struct mash_faults faults;
    Mash__Manifest *manifest = NULL;
    assert_int_equal(mash_manifest_read(mash_bytes_span(&bytes), &manifest, &faults), MASH_E_VALUE);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.lines[0], "recipients: not 1 to 64");
    mash_bytes_free(&bytes);
    free(list);
    free(rows);
    free(s);
}

static void
values_are_never_repeated(void **state)
{
    (void)state;
    static const char *const paths[] = { "partnership", "from", "recipients[0].mailbox", "type",
                                         "recipients[1].cover_for", "codes[0].list", "codes[0].value" };
    struct sample *s = sample_new();
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct spoil spoil = TEXT(paths[i], "Zaphod Example");
        spoil_field(&s->manifest, &spoil);
    }
    struct mash_faults faults = { 0 };
    mash_manifest_check(&s->manifest, &faults);
    assert_in_range(faults.count, 7, MASH_FAULTS_MAX);
    for (size_t i = 0; i < faults.count; i++)
        assert_null(strstr(faults.lines[i], "Zaphod"));
    free(s);
}

static void
other_errors(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->manifest.schema = 2;
    struct mash_bytes bytes = sample_encode(&s->manifest);
    Mash__Manifest *manifest = NULL;
    assert_int_equal(mash_manifest_read(mash_bytes_span(&bytes), &manifest, NULL), MASH_E_VERSION);
    /* a later version with a field that this one does not know is a version, not rubbish */
    assert_int_equal(mash_bytes_append(&bytes, "\xfa\x06\x01x", 4), MASH_OK);
    assert_int_equal(mash_manifest_read(mash_bytes_span(&bytes), &manifest, NULL), MASH_E_VERSION);
    mash_bytes_free(&bytes);

    static uint8_t large[MASH_MANIFEST_MAX + 1];
    assert_int_equal(mash_manifest_read(mash_span(large, sizeof(large)), &manifest, NULL), MASH_E_LIMIT);
    assert_int_equal(mash_manifest_read(mash_span(large, sizeof(large) - 1), &manifest, NULL), MASH_E_FORMAT);
    assert_int_equal(mash_manifest_read(mash_span(NULL, 0), &manifest, NULL), MASH_E_VALUE);

    /* the largest manifest there can be fits */
    s->manifest.schema = 1;
    s->manifest.n_recipients = MASH_RECIPIENTS_MAX;
    static char longest[MASH_RECIPIENTS_MAX][MASH_ADDRESS_MAX + 1];
    for (size_t i = 0; i < MASH_RECIPIENTS_MAX; i++) {
        (void)snprintf(longest[i], sizeof(longest[i]), "%s/%.61s%02zu@llr", name_63, name_63, i);
        s->recipients[i].mailbox = longest[i];
        s->recipients[i].cover_for = i % 2 == 1 ? longest[i - 1] : (char *)(uintptr_t)"";
        s->recipients[i].duty = MASH__DUTY__DUTY_ACTION;
        s->recipients[i].n_seal_key_ids = 4;
    }
    s->manifest.n_codes = MASH_CODES_MAX;
    bytes = sample_encode(&s->manifest);
    assert_int_equal(mash_manifest_read(mash_bytes_span(&bytes), &manifest, NULL), MASH_OK);
    assert_ptr_equal(mash_manifest_recipient(manifest, longest[63]), manifest->recipients[63]);
    assert_null(mash_manifest_recipient(manifest, "leicester-cc/das@llr"));
    assert_null(mash_manifest_recipient(manifest, ""));
    mash_message_free(&manifest);
    mash_bytes_free(&bytes);
    free(s);
}

static void
inner_must_repeat_the_manifest(void **state)
{
    (void)state;
    static const struct spoil rows[] = {
        { .kind = SPOIL_NOTHING },
        TEXT("partnership", "kent"),
        BYTES("notice_id", 16, 0x77),
        BYTES("notice_id", 0, 0),
        TEXT("from", "lpt-nhs/safeguarding@llr"),
        COUNT("to", 2),
        TEXT("to[2]", "lpt-nhs/other@llr"),
        NUMBER("created_ms", SAMPLE_CREATED_MS + 1),
        TEXT("type", "CONTACT"),
        NUMBER("drill", 1),
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sample *s = sample_new();
        char *to[] = { s->mailboxes[0], s->mailboxes[1], s->mailboxes[2] };
        Mash__Inner inner = MASH__INNER__INIT;
        inner.partnership = s->manifest.partnership;
        inner.notice_id = s->manifest.notice_id;
        inner.from = s->manifest.from;
        inner.to = to;
        inner.n_to = 3;
        inner.created_ms = s->manifest.created_ms;
        inner.type = s->manifest.type;
        inner.drill = s->manifest.drill;
        inner.local_reference = (char *)(uintptr_t)"NICHE-1";
        if (rows[i].kind != SPOIL_NOTHING)
            spoil_field(&inner, &rows[i]);
        const char *field = NULL;
        enum mash_err err = mash_inner_matches(&inner, &s->manifest, &field);
        if (rows[i].kind == SPOIL_NOTHING) {
            assert_int_equal(err, MASH_OK);
        } else {
            assert_int_equal(err, MASH_E_MISMATCH);
            assert_memory_equal(field, rows[i].path, strlen(field));
        }
        free(s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_read),
        cmocka_unit_test(each_fault_has_its_line),
        cmocka_unit_test(all_faults_are_listed),
        cmocka_unit_test(too_many_recipients_are_not_looked_at),
        cmocka_unit_test(values_are_never_repeated),
        cmocka_unit_test(other_errors),
        cmocka_unit_test(inner_must_repeat_the_manifest),
    };
    return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
