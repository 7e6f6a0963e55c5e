/* SPDX-License-Identifier: Apache-2.0 */
/* test_census.c - census files, good and bad, become contacts that pass the check or are named.
 * The comparison of the whole sample file with an independent reader is an integration test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/lib/census.h"
#include "proto/content.h"

struct seen {
    size_t episodes, errors, warnings;
    char first[4000];
};

static enum mash_err
on_episode(void *ctx, size_t child, size_t episode, struct mash_span json)
{
    struct seen *seen = ctx;
    assert_true(child >= 1 && episode >= 1);
    if (seen->episodes++ == 0)
        (void)snprintf(seen->first, sizeof(seen->first), "%.*s", (int)json.len, (const char *)json.data);
    const struct mash_type *type = mash_type_find("CONTACT");
    struct mash_findings findings = { 0 };
    struct mash_bytes content = mash_bytes_max(100000);
    struct mash_content_summary summary;
    enum mash_err err = mash_content_from_json(type, json, &findings, &content);
    if (err == MASH_OK)
        err = mash_content_check(type, mash_bytes_span(&content), &findings, &summary);
    seen->errors += findings.n_errors;
    seen->warnings += findings.n_warnings;
    mash_findings_free(&findings);
    mash_bytes_free(&content);
    return MASH_OK;
}

static enum mash_err
read_text(const char *text, struct seen *seen, char *why, size_t size)
{
    char path[] = "census-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct mash_census_referrer referrer = { "A Sample", "Data officer", "Sample council", "0116 496 0001" };
    memset(seen, 0, sizeof(*seen));
    why[0] = '\0';
    enum mash_err err = mash_census_read(path, &referrer, on_episode, seen, why, size);
    unlink(path);
    return err;
}

#define HEAD "<Message><Header/><Children>"
#define TAIL "</Children></Message>"

static void
test_good(void **state)
{
    (void)state;
    struct seen seen;
    char why[200];
    assert_int_equal(
        read_text(HEAD "<Child><ChildIdentifiers><LAchildID>C1</LAchildID><UPN>A950000178301</UPN>"
                       "<PersonBirthDate>2019-12-06</PersonBirthDate><GenderCurrent>1</GenderCurrent>"
                       "</ChildIdentifiers><ChildCharacteristics><Ethnicity>WIRT</Ethnicity><Disabilities>"
                       "<Disability>LD</Disability><Disability>AUT</Disability></Disabilities>"
                       "</ChildCharacteristics><CINdetails><CINreferralDate>2020-07-13</CINreferralDate>"
                       "<ReferralSource>4</ReferralSource><PrimaryNeedCode>N6</PrimaryNeedCode>"
                       "<ReferralNFA>true</ReferralNFA></CINdetails><CINdetails>"
                       "<CINreferralDate>2021-01-02</CINreferralDate><ReferralSource>6</ReferralSource></CINdetails>"
                       "</Child>" TAIL,
                  &seen, why, sizeof(why)),
        MASH_OK);
    assert_int_equal(seen.episodes, 2);
    assert_int_equal(seen.errors, 0);
    assert_non_null(strstr(seen.first, "\"disabilities\":[\"LD\",\"AUT\"]"));
    assert_non_null(strstr(seen.first, "\"referral_nfa\":\"yes\""));
    assert_non_null(strstr(seen.first, "\"primary_need\":\"N6\""));
}

static void
test_bad_codes_are_named(void **state)
{
    (void)state;
    struct seen seen;
    char why[200];
    assert_int_equal(read_text(HEAD "<Child><ChildIdentifiers><LAchildID>C1</LAchildID></ChildIdentifiers>"
                                    "<CINdetails><CINreferralDate>13/07/2020</CINreferralDate>"
                                    "<ReferralSource>99</ReferralSource><ReferralNFA>maybe</ReferralNFA>"
                                    "</CINdetails></Child>" TAIL,
                               &seen, why, sizeof(why)),
                     MASH_OK);
    assert_int_equal(seen.episodes, 1);
    assert_int_equal(seen.errors, 3);
}

static void
test_bad_files(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "plain text", "<Message>", "<Other/>", "<Message><Header/></Message>",
        "<!DOCTYPE m [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Other>&x;</Other>",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct seen seen;
        char why[300];
        assert_int_equal(read_text(texts[i], &seen, why, sizeof(why)), MASH_E_FORMAT);
        assert_true(strlen(why) > 10);
        assert_int_equal(seen.episodes, 0);
    }
    char why[300];
    struct mash_census_referrer referrer = { "", "", "", "" };
    assert_int_equal(mash_census_read("no/such/file", &referrer, on_episode, NULL, why, sizeof(why)), MASH_E_IO);
}

/* A file cannot pull in other files. */
static void
test_no_external_entities(void **state)
{
    (void)state;
    struct seen seen;
    char why[200];
    assert_int_equal(read_text("<!DOCTYPE Message [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>" HEAD
                               "<Child><ChildIdentifiers><LAchildID>&x;</LAchildID></ChildIdentifiers>"
                               "<CINdetails><CINreferralDate>2020-07-13</CINreferralDate></CINdetails></Child>" TAIL,
                               &seen, why, sizeof(why)),
                     MASH_OK);
    assert_null(strstr(seen.first, "la_child_id"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad_codes_are_named),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_no_external_entities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
