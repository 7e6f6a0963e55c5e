/* SPDX-License-Identifier: Apache-2.0 */
/* test_status.c - each field of a status wrong in its own way, and which fields go with which state. */
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

#define NO_ACTOR "actor: not a reference (letters, digits, '.', '_', '-', at most 64)"

static const char text_65[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm";
static const char text_64[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl";

static const struct bad {
    struct spoil spoil;
    const char *line;
    size_t count; /* faults in all; 0 stands for 1 */
} bad[] = {
    { TEXT("partnership", ""), "partnership: not the name of a partnership" },
    { TEXT("partnership", "kent"), "mailbox: of another partnership" },
    { NUMBER("schema", 0), "schema: not 1" },
    { BYTES("manifest_sha256", 0, 0), "manifest_sha256: not 32 bytes" },
    { BYTES("manifest_sha256", 31, 1), "manifest_sha256: not 32 bytes" },
    { TEXT("mailbox", ""), "mailbox: not an address agency/mailbox@partnership" },
    { TEXT("mailbox", "das@llr"), "mailbox: not an address agency/mailbox@partnership" },
    { TEXT("mailbox", "leicester-cc/das@kent"), "mailbox: of another partnership" },
    { BYTES("key_id", 0, 0), "key_id: not 16 bytes" },
    { BYTES("key_id", 32, 1), "key_id: not 16 bytes" },
    { NUMBER("sequence", 0), "sequence: 0; the first is 1" },
    { NUMBER("sequence", 1), "previous_sha256: not with the first status" },
    { BYTES("previous_sha256", 0, 0), "previous_sha256: not 32 bytes" },
    { BYTES("previous_sha256", 16, 1), "previous_sha256: not 32 bytes" },
    { NUMBER("state", 0), "state: not a state that is signed" },
    { NUMBER("state", 1), "state: not a state that is signed" },
    { TEXT("reason", "because the mother said"), "reason: not a code" },
    { COUNT("outcomes", 0), "outcomes: missing with this state" },
    { COUNT("outcomes", 41), "outcomes: more than 40" },
    { NUMBER("outcomes[1].subject", 21), "outcomes[1].subject: above 20" },
    { TEXT("outcomes[1].code", ""), "outcomes[1].code: not a code" },
    { TEXT("outcomes[1].code", "No further action"), "outcomes[1].code: not a code" },
    { NUMBER("outcomes[1].subject", 0), "outcomes[1]: not in ascending order, each once" },
    { NUMBER("rag", 1), "rag: not with this state" },
    { TEXT("passed_to", "leicester-cc/edt@llr"), "passed_to: not with this state" },
    { TEXT("passed_to", "edt"), "passed_to: not an address agency/mailbox@partnership", 2 },
    { TEXT("actor", ""), "actor: missing with this state" },
    { TEXT("actor", "Jane Smith"), NO_ACTOR },
    { TEXT("actor", "sw/0417"), NO_ACTOR },
    { TEXT("actor", text_65), NO_ACTOR },
    { NUMBER("time_ms", 0), "time_ms: not a time in milliseconds since 1970" },
    { NUMBER("time_ms", 1ull << 48), "time_ms: not a time in milliseconds since 1970" },
    { NUMBER("log_seen.size", 0), "log_seen.size: 0; leave log_seen out before the first checkpoint" },
    { BYTES("log_seen.root", 31, 1), "log_seen.root: not 32 bytes" },
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
print_faults(const struct mash_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        print_error("  %s\n", faults->lines[i]);
}

/* One or two changes that leave the status in order: the edges of what is allowed. */
static const struct good {
    struct spoil spoils[2];
} good[] = {
    { { { .kind = SPOIL_NOTHING } } },
    { { NUMBER("sequence", 1), BYTES("previous_sha256", 0, 0) } },
    { { NUMBER("sequence", 2) } },
    { { NUMBER("sequence", UINT32_MAX) } },
    { { TEXT("reason", "") } },
    { { COUNT("outcomes", 1) } },
    { { COUNT("outcomes", 40) } },
    { { NUMBER("outcomes[0].subject", 0) } },
    { { NUMBER("outcomes[1].subject", 20) } },
    { { NUMBER("outcomes[1].subject", 1) } },
    { { TEXT("actor", text_64) } },
    { { TEXT("actor", "A.z_0-9") } },
    { { NUMBER("time_ms", 1) } },
    { { NUMBER("time_ms", (1ull << 48) - 1) } },
    { { ABSENT("log_seen") } },
};

static void
good_ones_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct sample *s = sample_new();
        for (size_t k = 0; k < 2 && good[i].spoils[k].kind != SPOIL_NOTHING; k++)
            spoil_field(&s->status, &good[i].spoils[k]);
        struct mash_bytes bytes = sample_encode(&s->status);
        struct mash_faults faults;
        Mash__Status *status = NULL;
        enum mash_err err = mash_status_read(mash_bytes_span(&bytes), &status, &faults);
        if (err != MASH_OK)
            print_error("row %zu\n", i);
        assert_int_equal(err, MASH_OK);
        assert_int_equal(faults.count, 0);
        mash_message_free(&status);
        mash_bytes_free(&bytes);
        free(s);
    }
}

/* The same outcome twice, also when the rest is in order. */
static void
an_outcome_stands_once(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->outcomes[1] = s->outcomes[0];
    struct mash_faults faults = { 0 };
    mash_status_check(&s->status, &faults);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.lines[0], "outcomes[1]: not in ascending order, each once");
    free(s);
}

static void
each_fault_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sample *s = sample_new();
        spoil_field(&s->status, &bad[i].spoil);
        struct mash_bytes bytes = sample_encode(&s->status);
        struct mash_faults faults;
        Mash__Status *status = NULL;
        enum mash_err err = mash_status_read(mash_bytes_span(&bytes), &status, &faults);
        size_t count = bad[i].count != 0 ? bad[i].count : 1;
        if (err != MASH_E_VALUE || faults.count != count || !has_line(&faults, bad[i].line)) {
            print_error("row %zu (%s): %s, %zu faults\n", i, bad[i].spoil.path, mash_strerror(err), faults.count);
            print_faults(&faults);
            fail();
        }
        assert_null(status);
        assert_int_equal(mash_status_read(mash_bytes_span(&bytes), &status, NULL), MASH_E_VALUE);
        mash_bytes_free(&bytes);
        free(s);
    }
}

/* n: never, y: may, M: must */
static const struct carry {
    Mash__State state;
    const char *reason_outcomes_rag_passed_actor;
} carries[] = {
    { MASH__STATE__STATE_COLLECTED, "nnnnn" }, { MASH__STATE__STATE_OPENED, "nnnnn" },
    { MASH__STATE__STATE_UNREADABLE, "ynnnn" }, { MASH__STATE__STATE_TRIAGED, "MnMnM" },
    { MASH__STATE__STATE_ACKNOWLEDGED, "nnnnM" }, { MASH__STATE__STATE_DECLINED, "MnnnM" },
    { MASH__STATE__STATE_PASSED_TO, "ynnMM" }, { MASH__STATE__STATE_DECIDED, "yMnnM" },
    { MASH__STATE__STATE_RECALLED, "ynnny" },
};

static void
carry_only(Mash__Status *status, unsigned bits)
{
    status->reason = (char *)(uintptr_t)((bits & 1) != 0 ? "a-reason" : "");
    status->n_outcomes = (bits & 2) != 0 ? 1 : 0;
    status->rag = (bits & 4) != 0 ? MASH__RAG__RAG_AMBER : MASH__RAG__RAG_UNSET;
    status->passed_to = (char *)(uintptr_t)((bits & 8) != 0 ? "leicester-cc/edt@llr" : "");
    status->actor = (char *)(uintptr_t)((bits & 16) != 0 ? "sw-0417" : "");
}

/* Every state with every set of fields. */
static void
fields_go_with_states(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    for (size_t i = 0; i < sizeof(carries) / sizeof(carries[0]); i++) {
        for (unsigned bits = 0; bits < 32; bits++) {
            size_t wrong = 0;
            for (unsigned field = 0; field < 5; field++) {
                char rule = carries[i].reason_outcomes_rag_passed_actor[field];
                bool present = (bits >> field & 1) != 0;
                wrong += (rule == 'n' && present) || (rule == 'M' && !present) ? 1 : 0;
            }
            s->status.state = carries[i].state;
            carry_only(&s->status, bits);
            struct mash_faults faults = { 0 };
            mash_status_check(&s->status, &faults);
            if (faults.count != wrong) {
                print_error("state %d, fields %#x\n", (int)carries[i].state, bits);
                print_faults(&faults);
            }
            assert_int_equal(faults.count, wrong);
        }
    }
    s->status.state = MASH__STATE__STATE_PASSED_TO;
    carry_only(&s->status, 8 | 16);
    s->status.passed_to = s->status.mailbox;
    struct mash_faults faults = { 0 };
    mash_status_check(&s->status, &faults);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.lines[0], "passed_to: is the mailbox itself");
    free(s);
}

static void
other_errors(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    s->status.schema = 2;
    struct mash_bytes bytes = sample_encode(&s->status);
    Mash__Status *status = NULL;
    assert_int_equal(mash_status_read(mash_bytes_span(&bytes), &status, NULL), MASH_E_VERSION);
    mash_bytes_free(&bytes);

    static uint8_t large[MASH_STATUS_MAX + 1];
    assert_int_equal(mash_status_read(mash_span(large, sizeof(large)), &status, NULL), MASH_E_LIMIT);
    assert_int_equal(mash_status_read(mash_span(large, sizeof(large) - 1), &status, NULL), MASH_E_FORMAT);
    /* a state beyond the last has no name */
    s->status.schema = 1;
    s->status.state = (Mash__State)11;
    bytes = sample_encode(&s->status);
    assert_int_equal(mash_status_read(mash_bytes_span(&bytes), &status, NULL), MASH_E_FORMAT);
    mash_bytes_free(&bytes);
    free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_read),
        cmocka_unit_test(an_outcome_stands_once),
        cmocka_unit_test(each_fault_has_its_line),
        cmocka_unit_test(fields_go_with_states),
        cmocka_unit_test(other_errors),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
