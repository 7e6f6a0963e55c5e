/* SPDX-License-Identifier: Apache-2.0 */
/* test_content.c - the catalogue's tables agree with the schemas, and contents are checked by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/content.h"

/* Each rule leads to a field of the right shape, each field has its rule and its place in the order of the
 * schema is of no matter: nothing goes unchecked. */
static void
rules_match(const char *name, const ProtobufCMessageDescriptor *message, const struct mash_field_rule *rules, size_t n)
{
    assert_int_equal(n, message->n_fields);
    for (size_t i = 0; i < n; i++) {
        const struct mash_field_rule *rule = &rules[i];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(message, rule->field);
        if (field == NULL)
            fail_msg("%s: no field %s", name, rule->field);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(rules[k].field, rule->field);
        assert_int_equal(field->type == PROTOBUF_C_TYPE_MESSAGE, rule->kind == MASH_FIELD_GROUP);
        assert_int_equal(rule->kind == MASH_FIELD_CODE, rule->codes != NULL);
        if (rule->codes != NULL && mash_code_list(rule->codes) == NULL)
            fail_msg("%s: no code list %s", rule->field, rule->codes);
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        const struct mash_part *part = mash_part_find(field->descriptor);
        if (part == NULL)
            fail_msg("%s: no rules for the parts of %s", name, rule->field);
        rules_match(rule->field, part->message, part->rules, part->n_rules);
    }
}

static void
test_tables_match_schemas(void **state)
{
    (void)state;
    size_t n;
    const struct mash_type *const *types = mash_types(&n);
    assert_true(n >= 5);
    for (size_t t = 0; t < n; t++) {
        assert_ptr_equal(mash_type_find(types[t]->name), types[t]);
        assert_non_null(mash_code_list(types[t]->outcomes));
        rules_match(types[t]->name, types[t]->content, types[t]->rules, types[t]->n_rules);
    }
    assert_null(mash_type_find("NO_SUCH_TYPE"));
}

/* Codes that may reach a manifest keep to its character set. */
static void
test_board_codes_fit_the_manifest(void **state)
{
    (void)state;
    size_t n;
    const struct mash_code_list *lists = mash_code_lists(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i].n_codes; k++) {
            assert_true(strlen(lists[i].codes[k].code) <= MASH_CODE_MAX);
            assert_null(strpbrk(lists[i].codes[k].code, " /@\n"));
            for (size_t m = 0; m < k; m++)
                assert_string_not_equal(lists[i].codes[k].code, lists[i].codes[m].code);
        }
}

static const char referral[] =
    "{\"subjects\":["
    "{\"kind\":\"child\",\"given_name\":\"Tamsin\",\"family_name\":\"Example\",\"birth_date\":\"2017-03-09\","
    " \"sex\":\"F\",\"ethnicity\":\"WBRI\",\"address\":\"1 Sample Street\",\"nhs_number\":\"9990000018\"},"
    "{\"kind\":\"unborn\",\"family_name\":\"Example\",\"expected_birth_date\":\"2027-02-01\",\"sex\":\"U\","
    " \"ethnicity\":\"not known\",\"address\":\"not known\"}],"
    "\"referrer\":{\"name\":\"P Sample\",\"role\":\"DSL\",\"agency\":\"Sample School\",\"phone\":\"0116 496 0000\"},"
    "\"source\":\"2A\",\"primary_need\":\"N1\",\"concern\":\"Bruising.\\nSecond line\","
    "\"concern_at\":\"2026-11-20T15:10:00Z\",\"needs_immediate_protection\":\"no\",\"family_aware\":\"yes\","
    "\"consent\":\"yes\",\"source_anonymous\":\"no\"}";

static enum mash_err
compose(const char *type_name, const char *json, struct mash_findings *findings, struct mash_bytes *content)
{
    return mash_content_from_json(mash_type_find(type_name), mash_span_str(json), findings, content);
}

static void
test_referral_round_trip(void **state)
{
    (void)state;
    const struct mash_type *type = mash_type_find("REFERRAL");
    struct mash_findings findings = { 0 };
    struct mash_bytes content = mash_bytes_max(100000);
    struct mash_content_summary summary;
    assert_int_equal(compose("REFERRAL", referral, &findings, &content), MASH_OK);
    enum mash_err err = mash_content_check(type, mash_bytes_span(&content), &findings, &summary);
    for (size_t i = 0; i < findings.n_kept; i++)
        print_message("%s %s\n", findings.rows[i].path, findings.rows[i].text);
    assert_int_equal(err, MASH_OK);
    assert_int_equal(findings.n_warnings, 0);
    assert_int_equal(summary.subject_count, 2);
    assert_int_equal(summary.event_ms, 1795187400000ull);
    assert_int_equal(summary.n_codes, 3);
    assert_string_equal(summary.codes[0].list, "consent");
    assert_string_equal(summary.codes[1].list, "primary-need");
    assert_string_equal(summary.codes[2].list, "referral-source");
    assert_string_equal(summary.codes[2].value, "2A");

    struct mash_bytes json = mash_bytes_max(100000);
    struct mash_bytes again = mash_bytes_max(100000);
    assert_int_equal(mash_content_to_json(type, mash_bytes_span(&content), &json), MASH_OK);
    assert_int_equal(mash_content_from_json(type, mash_bytes_span(&json), &findings, &again), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&content), mash_bytes_span(&again)));

    struct mash_bytes text = mash_bytes_max(100000);
    assert_int_equal(mash_content_to_text(type, mash_bytes_span(&content), &text), MASH_OK);
    assert_int_equal(mash_bytes_append(&text, "", 1), MASH_OK);
    assert_non_null(strstr((char *)text.data, "Children and unborn children, number 1:\n    Child, unborn"));
    assert_non_null(strstr((char *)text.data, "Source: Schools (2A)\n"));
    assert_non_null(strstr((char *)text.data, "Concern: Bruising.\n    Second line\n"));
    mash_bytes_free(&json);
    mash_bytes_free(&again);
    mash_bytes_free(&text);
    mash_bytes_free(&content);
    mash_findings_free(&findings);
}

/* One change to the good referral (path = value) and what must be said of it. */
static void
test_faults_are_listed(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
        bool error;
        const char *says;
    } rows[] = {
        { "source", "2Z", true, "1A, 1B, 1C" },
        { "source", "6", false, "Police risk grade: missing" }, /* warned and counted, never stopped */
        { "subjects.1.birth_date", "9.3.2017", true, "not a date" },
        { "subjects.1.birth_date", "not known", false, NULL },
        { "subjects.1.kind", "boy", true, "child, unborn, adult" },
        { "subjects.1.nhs_number", "9990000010", false, "check digit" },
        { "subjects.1.upn", "A850728973744", false, "check letter" },
        { "subjects.1.given_name", "two\nlines", true, "one line" },
        { "subjects.2.kind", "child", true, "Given name: required" },
        { "concern_at", "yesterday", true, "not a time" },
        { "consent", "no", true, "Why without consent: required" },
        { "referrer.phone", "", true, "Phone: required" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_findings findings = { 0 };
        struct mash_bytes json = mash_bytes_max(100000);
        struct mash_bytes content = mash_bytes_max(100000);
        struct mash_content_summary summary;
        assert_int_equal(mash_bytes_append_str(&json, referral), MASH_OK);
        assert_int_equal(mash_content_json_set(&json, rows[i].path, rows[i].value), MASH_OK);
        assert_int_equal(
            mash_content_from_json(mash_type_find("REFERRAL"), mash_bytes_span(&json), &findings, &content), MASH_OK);
        enum mash_err err =
            mash_content_check(mash_type_find("REFERRAL"), mash_bytes_span(&content), &findings, &summary);
        bool said = rows[i].says == NULL;
        for (size_t k = 0; k < findings.n_kept; k++)
            said |= rows[i].says != NULL && strstr(findings.rows[k].text, rows[i].says) != NULL;
        if (err != (rows[i].error ? MASH_E_VALUE : MASH_OK) || !said)
            fail_msg("%s=%s: %s%s", rows[i].path, rows[i].value, mash_strerror(err),
                     findings.n_kept > 0 ? findings.rows[0].text : "");
        mash_bytes_free(&json);
        mash_bytes_free(&content);
        mash_findings_free(&findings);
    }
}

static void
test_bad_json(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum mash_err err;
        const char *says;
    } rows[] = {
        { "", MASH_E_FORMAT, "not a JSON object" },
        { "[]", MASH_E_FORMAT, "not a JSON object" },
        { "{\"source\":\"2A\",\"source\":\"2B\"}", MASH_E_FORMAT, "duplicate" },
        { "{\"sauce\":\"2A\"}", MASH_E_VALUE, "no such field; allowed here: subjects" },
        { "{\"subjects\":{}}", MASH_E_VALUE, "must be a list" },
        { "{\"subjects\":[\"Tamsin\"]}", MASH_E_VALUE, "must be an object" },
        { "{\"concern\":1.5}", MASH_E_VALUE, "must be a text" },
        { "{\"concern\":\"a\\u0000b\"}", MASH_E_FORMAT, "not a JSON object" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_findings findings = { 0 };
        struct mash_bytes content = mash_bytes_max(1000);
        assert_int_equal(compose("CONTACT", rows[i].json, &findings, &content), rows[i].err);
        assert_true(findings.n_kept >= 1);
        if (strstr(findings.rows[0].text, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].json, findings.rows[0].text);
        assert_int_equal(content.len, 0);
        mash_bytes_free(&content);
        mash_findings_free(&findings);
    }
}

static void
test_stage_rules(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } rows[] = {
        { "{\"stage\":\"return\"}", "Returned or found at: required" },
        { "{\"stage\":\"report\"}", "Last seen at: required" },
        { "{\"stage\":\"interview\",\"interview_offered\":\"no\"}", "Why it was not offered: required" },
        { "{\"stage\":\"interview\",\"interview_offered\":\"yes\",\"interview_accepted\":\"yes\"}",
          "Harm disclosed: required" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_findings findings = { 0 };
        struct mash_bytes content = mash_bytes_max(1000);
        struct mash_content_summary summary;
        assert_int_equal(compose("MISSING_CHILD", rows[i].json, &findings, &content), MASH_OK);
        assert_int_equal(mash_content_check(mash_type_find("MISSING_CHILD"), mash_bytes_span(&content), &findings,
                                            &summary),
                         MASH_E_VALUE);
        bool said = false;
        for (size_t k = 0; k < findings.n_kept; k++)
            said |= strstr(findings.rows[k].text, rows[i].says) != NULL;
        if (!said)
            fail_msg("%s", rows[i].json);
        mash_bytes_free(&content);
        mash_findings_free(&findings);
    }
}

static void
test_set_paths(void **state)
{
    (void)state;
    struct mash_bytes json = mash_bytes_max(1000);
    assert_int_equal(mash_content_json_set(&json, "subjects.1.kind", "child"), MASH_OK);
    assert_int_equal(mash_content_json_set(&json, "subjects.1.disabilities.1", "LD"), MASH_OK);
    assert_int_equal(mash_content_json_set(&json, "subjects.3.kind", "child"), MASH_E_VALUE);
    assert_int_equal(mash_content_json_set(&json, "subjects.0.kind", "child"), MASH_E_VALUE);
    assert_int_equal(mash_content_json_set(&json, "", "child"), MASH_E_VALUE);
    assert_int_equal(mash_content_json_set(&json, "source", "1A"), MASH_OK);
    assert_int_equal(mash_content_json_set(&json, "source.x", "1A"), MASH_E_VALUE);
    assert_int_equal(mash_bytes_append(&json, "", 1), MASH_OK);
    assert_string_equal((char *)json.data,
                        "{\"subjects\":[{\"kind\":\"child\",\"disabilities\":[\"LD\"]}],\"source\":\"1A\"}");
    mash_bytes_free(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_match_schemas),
        cmocka_unit_test(test_board_codes_fit_the_manifest), cmocka_unit_test(test_referral_round_trip),
        cmocka_unit_test(test_faults_are_listed), cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_stage_rules), cmocka_unit_test(test_set_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
