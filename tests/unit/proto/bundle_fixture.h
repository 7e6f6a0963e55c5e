/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_fixture.h - a small partnership for tests: three governance keys, two agencies, four files that a
 * test may edit before they are put together and signed. */
#ifndef MASH_TESTS_BUNDLE_FIXTURE_H
#define MASH_TESTS_BUNDLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bundle_write.h"

#define AGE_1 "age15nsf9y4k28p83wth93tf7hafhvfajp45d2mge80ems45gz0c5gys3me64l" /* of the secret 01 01 ... */
#define AGE_2 "age1e6xn45wvkce7c7msc9upffw8dmxs9959q5xng369hgzcwrjc04vszex59m"
#define AGE_3 "age1thld6wmt63lklg5wu9wed82mkr49xa6dfz9a47wlr3hqzf9nau3qqx6458"
#define HEX(digit) HEX_8(digit) HEX_8(digit) HEX_8(digit) HEX_8(digit)
#define HEX_8(digit) digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit
#define FROM "\"from\":\"2026-01-01T00:00:00Z\""

#define FIXTURE_REGISTRY \
    "{\"format\":\"mash/registry/v1\",\"broker\":{\"link\":\"" HEX("0") "\",\"log\":\"" HEX("1") "\"}," \
    "\"operators\":[{\"id\":\"op1\",\"key\":\"" HEX("2") "\"}]," \
    "\"agencies\":[{\"id\":\"leics-police\",\"name\":\"Leicestershire Police\",\"kind\":\"police\"," \
    "\"overdue_role\":\"Force duty officer\",\"overdue_phone\":\"101\"," \
    "\"mailboxes\":[{\"id\":\"ppu\",\"name\":\"Public protection\",\"phone\":\"0116 4960001\"," \
    "\"hours\":\"mon-fri 09:00-17:00\",\"cover\":\"leics-police/control@llr\"," \
    "\"seal\":[{\"key\":\"" AGE_1 "\"," FROM "}]," \
    "\"sign\":[{\"key\":\"" HEX("3") "\",\"may\":[\"send\",\"collect\"]," FROM "}," \
    "{\"key\":\"" HEX("4") "\",\"may\":[\"act\"]," FROM ",\"to\":\"2027-01-01T00:00:00Z\"}]}," \
    "{\"id\":\"control\",\"name\":\"Control room\",\"phone\":\"101\",\"hours\":\"24h\"," \
    "\"seal\":[{\"key\":\"" AGE_2 "\"," FROM "}]," \
    "\"sign\":[{\"key\":\"" HEX("5") "\",\"may\":[\"collect\"]," FROM "}]}]," \
    "\"installations\":[{\"id\":\"pc1\",\"link\":\"" HEX("6") "\",\"witness\":\"" HEX("7") "\"," FROM "}]}," \
    "{\"id\":\"city\",\"name\":\"City social care\",\"kind\":\"social-care\"," \
    "\"overdue_role\":\"Head of service\",\"overdue_phone\":\"0116 4960009\"," \
    "\"mailboxes\":[{\"id\":\"das\",\"name\":\"Duty and advice\",\"phone\":\"0116 4960002\",\"hours\":\"24h\"," \
    "\"schema_max\":2,\"seal\":[{\"key\":\"" AGE_3 "\"," FROM "}]," \
    "\"sign\":[{\"key\":\"" HEX("8") "\",\"may\":[\"send\",\"collect\",\"act\"]," FROM "}]}]," \
    "\"installations\":[{\"id\":\"pc1\",\"link\":\"" HEX("9") "\",\"witness\":\"" HEX("a") "\"," FROM "}]}]}"

#define FIXTURE_AGREEMENT \
    "{\"format\":\"mash/agreement/v1\",\"rules\":[" \
    "{\"types\":[\"REFERRAL\"],\"from\":[\"kind:police\"],\"to\":[\"agency:city\"],\"basis\":\"CA 1989 s.47\"}," \
    "{\"types\":[\"DECISION\"],\"from\":[\"mailbox:city/das@llr\"],\"to\":[\"*\"],\"basis\":\"CA 2004 s.11\"}]}"

#define CLOCK(type, stale) \
    "{\"type\":\"" type "\",\"when_stale\":\"" stale "\",\"receipt_within_s\":60,\"collect_within_s\":3600," \
    "\"acknowledge_within_s\":86400,\"immediate_collect_within_s\":300,\"immediate_acknowledge_within_s\":900}"
#define FIXTURE_CLOCKS \
    "{\"format\":\"mash/clocks/v1\",\"types\":[" CLOCK("REFERRAL", "send") "," CLOCK("DECISION", "hold") "]}"

#define DAY(date) "{\"title\":\"Holiday\",\"date\":\"" date "\",\"notes\":\"\",\"bunting\":true}"
#define FIXTURE_CALENDAR \
    "{\"format\":\"mash/calendar/v1\",\"england-and-wales\":{\"division\":\"england-and-wales\",\"events\":[" \
    DAY("2026-01-01") "," DAY("2026-04-03") "," DAY("2026-04-06") "," DAY("2026-05-04") "," DAY("2026-05-25") "," \
    DAY("2026-08-31") "," DAY("2026-12-25") "," DAY("2026-12-28") "]}}"

struct fixture {
    struct mash_secret *governance[4]; /* g1 to g3 govern; g4 is for changes */
    struct mash_bundle_terms terms;
    char *contents[MASH_BUNDLE_PARTS];
    struct mash_bundle_file files[MASH_BUNDLE_PARTS];
    struct mash_bytes note;
};

static inline void
fixture_govern(struct fixture *fixture, size_t slot, size_t secret)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "llr/governance/g%zu", secret + 1);
    assert_int_equal(mash_note_key_make(name, MASH_NOTE_ED25519, mash_secret_public(fixture->governance[secret]),
                                        &fixture->terms.governance[slot]),
                     MASH_OK);
}

static inline void
fixture_content(struct fixture *fixture, enum mash_bundle_part part, const char *text)
{
    free(fixture->contents[part]);
    fixture->contents[part] = strdup(text);
    fixture->files[part] = (struct mash_bundle_file){ mash_bundle_part_name(part),
                                                      mash_span_str(fixture->contents[part]) };
}

/* Replace the first `from` of a file by `to`. */
static inline void
fixture_edit(struct fixture *fixture, enum mash_bundle_part part, const char *from, const char *to)
{
    const char *old = fixture->contents[part];
    const char *at = strstr(old, from);
    if (at == NULL)
        fail_msg("the fixture has no %s", from);
    size_t size = strlen(old) + strlen(to) + 1;
    char *text = malloc(size);
    assert_non_null(text);
    (void)snprintf(text, size, "%.*s%s%s", (int)(at - old), old, to, at + strlen(from));
    fixture_content(fixture, part, text);
    free(text);
}

static inline struct fixture *
fixture_make(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->terms = (struct mash_bundle_terms){
        .partnership = "llr",
        .version = 1,
        .issued_ms = 1767225600000, /* 2026-01-01 */
        .renew_by_ms = 1782864000000,
        .expires_ms = 1798761600000,
        .threshold = 2,
        .n_governance = 3,
    };
    for (size_t i = 0; i < 4; i++) {
        uint8_t seed[32];
        memset(seed, (int)i + 1, sizeof(seed));
        assert_int_equal(mash_secret_from_seed(MASH_PURPOSE_GOVERNANCE, seed, &fixture->governance[i]), MASH_OK);
        if (i < 3)
            fixture_govern(fixture, i, i);
    }
    fixture_content(fixture, MASH_BUNDLE_REGISTRY, FIXTURE_REGISTRY);
    fixture_content(fixture, MASH_BUNDLE_AGREEMENT, FIXTURE_AGREEMENT);
    fixture_content(fixture, MASH_BUNDLE_CLOCKS, FIXTURE_CLOCKS);
    fixture_content(fixture, MASH_BUNDLE_CALENDAR, FIXTURE_CALENDAR);
    fixture->note = mash_bytes_max(MASH_NOTE_MAX);
    return fixture;
}

static inline void
fixture_free(struct fixture *fixture)
{
    for (size_t i = 0; i < 4; i++)
        mash_secret_close(&fixture->governance[i]);
    for (size_t i = 0; i < MASH_BUNDLE_PARTS; i++)
        free(fixture->contents[i]);
    mash_bytes_free(&fixture->note);
    free(fixture);
}

/* Put the note together without looking into the files, signed by the secrets named: "12" is g1 and g2. */
static inline void
fixture_sign(struct fixture *fixture, const char *signers, const struct mash_bundle_terms *previous)
{
    struct mash_why nobody = mash_why(NULL, 0);
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX);
    for (size_t i = 0; i < MASH_BUNDLE_PARTS; i++)
        fixture->terms.files[i] = mash_hash_of(fixture->files[i].content);
    assert_int_equal(mash_bundle_terms_write(&fixture->terms, &text, &nobody), MASH_OK);
    mash_bytes_free(&fixture->note);
    for (; *signers != '\0'; signers++)
        assert_int_equal(mash_bundle_sign(mash_bytes_span(&text), previous, fixture->governance[*signers - '1'],
                                          &fixture->note),
                         MASH_OK);
    mash_bytes_free(&text);
}

static inline enum mash_err
fixture_open(const struct fixture *fixture, struct mash_bundle **ret_bundle, char why[static 300])
{
    return mash_bundle_open(mash_bytes_span(&fixture->note), fixture->files, MASH_BUNDLE_PARTS, ret_bundle, why, 300);
}

#endif
