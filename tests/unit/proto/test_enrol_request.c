/* SPDX-License-Identifier: Apache-2.0 */
/* test_enrol_request.c - what an agency writes is what governance reads; anything doubtful is refused. */
#include "proto/enrol_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGE_1 "age15nsf9y4k28p83wth93tf7hafhvfajp45d2mge80ems45gz0c5gys3me64l" /* of the secret 01 01 ... */
#define HEX_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define HEX_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define HEX_3 "3333333333333333333333333333333333333333333333333333333333333333"

#define AGENCY \
    "\"agency\":{\"id\":\"school\",\"name\":\"School\",\"kind\":\"school\"," \
    "\"overdue_role\":\"Head\",\"overdue_phone\":\"0116 4960001\"}"
#define SEAL "\"seal\":[{\"key\":\"" AGE_1 "\",\"recovery\":false}]"
#define SIGN "\"sign\":[{\"key\":\"" HEX_1 "\",\"may\":[\"send\",\"collect\"]}]"
#define MAILBOX_START "{\"id\":\"office\",\"name\":\"Office\",\"phone\":\"0116 4960002\",\"hours\":\"24h\","
#define MAILBOXES "\"mailboxes\":[" MAILBOX_START SEAL "," SIGN "}]"
#define INSTALLATIONS "\"installations\":[{\"id\":\"pc1\",\"link\":\"" HEX_2 "\",\"witness\":\"" HEX_3 "\"}]"
#define START "{\"format\":\"mash/request/v1\",\"partnership\":\"llr\","
#define GOOD START AGENCY "," MAILBOXES "," INSTALLATIONS "}"

static void
read_good(void **state)
{
    (void)state;
    char why[200];
    struct mash_enrol_request *request = NULL;
    if (mash_enrol_request_read(mash_span_str(GOOD), &request, why, sizeof(why)) != MASH_OK)
        fail_msg("%s", why);
    assert_string_equal(request->partnership, "llr");
    assert_string_equal(request->agency.id, "school");
    assert_null(request->agency.archive_key);
    assert_int_equal(request->n_mailboxes, 1);
    const struct mash_mailbox *mailbox = &request->mailboxes[0];
    assert_string_equal(mailbox->address, "school/office@llr");
    assert_int_equal(mailbox->n_seal_keys, 1);
    assert_string_equal(mailbox->seal_keys[0].recipient, AGE_1);
    assert_int_equal(mailbox->sign_keys[0].may, MASH_MAY_SEND | MASH_MAY_COLLECT);
    struct mash_key_id id;
    mash_key_id(MASH_PURPOSE_SEAL, mash_span_str(AGE_1), &id);
    assert_memory_equal(id.bytes, mailbox->seal_keys[0].id.bytes, sizeof(id.bytes));
    assert_int_equal(request->n_installations, 1);
    assert_int_equal(request->installations[0].witness[0], 0x33);
    mash_enrol_request_free(&request);
    assert_null(request);
}

static void
bad_requests(void **state)
{
    (void)state;
    static const struct row {
        const char *what, *text;
        enum mash_err err;
    } rows[] = {
        { "empty", "", MASH_E_FORMAT },
        { "not JSON", "{", MASH_E_FORMAT },
        { "rest after it", GOOD "{}", MASH_E_FORMAT },
        { "no object", "[]", MASH_E_FORMAT },
        { "no format", "{}", MASH_E_FORMAT },
        { "newer format", "{\"format\":\"mash/request/v2\"}", MASH_E_VERSION },
        { "unknown member", START AGENCY "," MAILBOXES "," INSTALLATIONS ",\"extra\":1}", MASH_E_FORMAT },
        { "repeated member", START AGENCY "," MAILBOXES "," INSTALLATIONS ",\"partnership\":\"llr\"}",
          MASH_E_FORMAT },
        { "no agency", START MAILBOXES "," INSTALLATIONS "}", MASH_E_FORMAT },
        { "agency is a list", START "\"agency\":[]," MAILBOXES "," INSTALLATIONS "}", MASH_E_FORMAT },
        { "no mailbox", START AGENCY ",\"mailboxes\":[]," INSTALLATIONS "}", MASH_E_VALUE },
        { "no installation", START AGENCY "," MAILBOXES ",\"installations\":[]}", MASH_E_VALUE },
        { "mailbox twice", START AGENCY ",\"mailboxes\":[" MAILBOX_START SEAL "," SIGN "}," MAILBOX_START
          "\"seal\":[{\"key\":\"" AGE_1 "\"}],\"sign\":[{\"key\":\"" HEX_3 "\",\"may\":[\"act\"]}]}],"
          INSTALLATIONS "}", MASH_E_VALUE },
        { "no seal key", START AGENCY ",\"mailboxes\":[" MAILBOX_START "\"seal\":[]," SIGN "}]," INSTALLATIONS "}",
          MASH_E_VALUE },
        { "recovery key only", START AGENCY ",\"mailboxes\":[" MAILBOX_START "\"seal\":[{\"key\":\"" AGE_1
          "\",\"recovery\":true}]," SIGN "}]," INSTALLATIONS "}", MASH_E_VALUE },
        { "bad recipient", START AGENCY ",\"mailboxes\":[" MAILBOX_START "\"seal\":[{\"key\":\"age1x\"}]," SIGN
          "}]," INSTALLATIONS "}", MASH_E_VALUE },
        { "secret instead", START AGENCY ",\"mailboxes\":[" MAILBOX_START "\"seal\":[{\"key\":\""
          "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZ9K4CN\"}]," SIGN "}],"
          INSTALLATIONS "}", MASH_E_VALUE },
        { "unknown right", START AGENCY ",\"mailboxes\":[" MAILBOX_START SEAL ",\"sign\":[{\"key\":\"" HEX_1
          "\",\"may\":[\"govern\"]}]}]," INSTALLATIONS "}", MASH_E_VALUE },
        { "right twice", START AGENCY ",\"mailboxes\":[" MAILBOX_START SEAL ",\"sign\":[{\"key\":\"" HEX_1
          "\",\"may\":[\"send\",\"send\"]}]}]," INSTALLATIONS "}", MASH_E_VALUE },
        { "dates are not theirs", START AGENCY ",\"mailboxes\":[" MAILBOX_START SEAL ",\"sign\":[{\"key\":\"" HEX_1
          "\",\"may\":[\"send\"],\"from\":\"2026-01-01T00:00:00Z\"}]}]," INSTALLATIONS "}", MASH_E_FORMAT },
        { "sign key as link key", START AGENCY "," MAILBOXES ",\"installations\":[{\"id\":\"pc1\",\"link\":\"" HEX_1
          "\",\"witness\":\"" HEX_3 "\"}]}", MASH_E_VALUE },
        { "short key", START AGENCY "," MAILBOXES ",\"installations\":[{\"id\":\"pc1\",\"link\":\"11\""
          ",\"witness\":\"" HEX_3 "\"}]}", MASH_E_VALUE },
        { "name with a person's slash", START "\"agency\":{\"id\":\"a/b\",\"name\":\"School\",\"kind\":\"school\","
          "\"overdue_role\":\"Head\",\"overdue_phone\":\"0116 4960001\"}," MAILBOXES "," INSTALLATIONS "}",
          MASH_E_VALUE },
        { "line break in a name", START "\"agency\":{\"id\":\"a\",\"name\":\"Sch\\nool\",\"kind\":\"school\","
          "\"overdue_role\":\"Head\",\"overdue_phone\":\"0116 4960001\"}," MAILBOXES "," INSTALLATIONS "}",
          MASH_E_VALUE },
        { "writing turned round", START "\"agency\":{\"id\":\"a\",\"name\":\"Sch\\u202eool\",\"kind\":\"school\","
          "\"overdue_role\":\"Head\",\"overdue_phone\":\"0116 4960001\"}," MAILBOXES "," INSTALLATIONS "}",
          MASH_E_VALUE },
        { "not UTF-8", START "\"agency\":{\"id\":\"a\",\"name\":\"Sch\xffool\",\"kind\":\"school\","
          "\"overdue_role\":\"Head\",\"overdue_phone\":\"0116 4960001\"}," MAILBOXES "," INSTALLATIONS "}",
          MASH_E_FORMAT },
        { "no phone", START "\"agency\":{\"id\":\"a\",\"name\":\"School\",\"kind\":\"school\","
          "\"overdue_role\":\"Head\",\"overdue_phone\":\"ring\"}," MAILBOXES "," INSTALLATIONS "}", MASH_E_VALUE },
        { "deep", "{\"format\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}", MASH_E_FORMAT },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[200];
        struct mash_enrol_request *request = NULL;
        enum mash_err err = mash_enrol_request_read(mash_span_str(rows[i].text), &request, why, sizeof(why));
        if (err != rows[i].err || request != NULL || why[0] == '\0')
            fail_msg("%s: %s: %s", rows[i].what, mash_strerror(err), why);
    }
}

/* Brackets are counted before the parser recurses, and not inside texts. */
static void
nesting(void **state)
{
    (void)state;
    char why[200];
    struct mash_enrol_request *request = NULL;
    const char *deep = "{\"format\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}";
    assert_int_equal(mash_enrol_request_read(mash_span_str(deep), &request, why, sizeof(why)), MASH_E_FORMAT);
    assert_non_null(strstr(why, "nested deeper than 16"));
    const char *text = "{\"format\":\"\\\"[[[[[[[[[[[[[[[[[[[[\"}";
    assert_int_equal(mash_enrol_request_read(mash_span_str(text), &request, why, sizeof(why)), MASH_E_VERSION);
}

static struct mash_bytes
written(struct mash_enrol_request *request, enum mash_err wanted)
{
    char why[200];
    struct mash_bytes text = mash_bytes_max(1u << 20);
    enum mash_err err = mash_enrol_request_write(request, &text, why, sizeof(why));
    if (err != wanted)
        fail_msg("%s: %s", mash_strerror(err), why);
    return text;
}

static void
write_and_read_back(void **state)
{
    (void)state;
    struct mash_secret *seal = NULL, *sign = NULL;
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_SEAL, &seal), MASH_OK);
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_SIGN, &sign), MASH_OK);
    struct mash_seal_key seals[2] = { { .recipient = mash_secret_public_text(seal) },
                                      { .recipient = AGE_1, .recovery = true } };
    struct mash_sign_key signs[1] = { { .may = MASH_MAY_ACT } };
    memcpy(signs[0].key, mash_secret_public(sign), 32);
    struct mash_mailbox mailbox = {
        .address = "leics-police/ppu@llr", .name = "Public protection \"unit\"", .phone = "101 ext 7",
        .hours = "mon-fri 09:00-17:00", .cover = "leics-police/control@llr", .seal_keys = seals, .n_seal_keys = 2,
        .sign_keys = signs, .n_sign_keys = 1,
    };
    struct mash_installation installation = { .id = "ppu-1" };
    memset(installation.link, 5, 32);
    memset(installation.witness, 6, 32);
    struct mash_enrol_request request = {
        .partnership = "llr",
        .agency = { "leics-police", "Leicestershire Police", "police", "Force duty officer", "101", NULL },
        .mailboxes = &mailbox, .n_mailboxes = 1, .installations = &installation, .n_installations = 1,
    };
    struct mash_bytes text = written(&request, MASH_OK);
    struct mash_enrol_request *back = NULL;
    assert_int_equal(mash_enrol_request_read(mash_bytes_span(&text), &back, NULL, 0), MASH_OK);
    assert_string_equal(back->mailboxes[0].cover, "leics-police/control@llr");
    assert_string_equal(back->mailboxes[0].name, "Public protection \"unit\"");
    assert_int_equal(back->mailboxes[0].n_seal_keys, 2);
    assert_true(back->mailboxes[0].seal_keys[1].recovery);
    assert_memory_equal(back->mailboxes[0].sign_keys[0].key, signs[0].key, 32);
    assert_memory_equal(back->installations[0].link, installation.link, 32);
    mash_enrol_request_free(&back);
    mash_bytes_free(&text);

    mailbox.address = "other/ppu@llr";
    text = written(&request, MASH_E_VALUE);
    assert_int_equal(text.len, 0);
    mailbox.address = "leics-police/ppu@llr";
    installation.id = NULL;
    text = written(&request, MASH_E_VALUE);
    installation.id = "ppu-1";
    mailbox.name = NULL;
    text = written(&request, MASH_E_VALUE);
    mash_secret_close(&seal);
    mash_secret_close(&sign);
}

static void
words_ignore_spacing_only(void **state)
{
    (void)state;
    char one[96], two[96], three[96];
    assert_int_equal(mash_enrol_request_words(mash_span_str(GOOD), one, sizeof(one)), MASH_OK);
    assert_int_equal(mash_enrol_request_words(mash_span_str(START "\r\n  " MAILBOXES ",\n" AGENCY ", " INSTALLATIONS
                                                                  "}\n"),
                                              two, sizeof(two)),
                     MASH_OK);
    assert_string_equal(one, two);
    char changed[] = GOOD;
    char *at = strstr(changed, "0116 4960002");
    at[11] = '3';
    assert_int_equal(mash_enrol_request_words(mash_span_str(changed), three, sizeof(three)), MASH_OK);
    assert_string_not_equal(one, three);
    assert_int_equal(mash_enrol_request_words(mash_span_str("{"), three, sizeof(three)), MASH_E_FORMAT);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_good),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(nesting),
        cmocka_unit_test(write_and_read_back),
        cmocka_unit_test(words_ignore_spacing_only),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
