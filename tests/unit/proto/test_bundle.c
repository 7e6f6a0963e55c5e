/* SPDX-License-Identifier: Apache-2.0 */
/* test_bundle.c - bundles: what a good one says, which may follow which, and the many that are refused. */
#include "tests/unit/proto/bundle_fixture.h"

#include <jansson.h>
#include <sodium.h>

#include "proto/bundle.h"
#include "proto/note.h"

static struct mash_bundle *
opened(struct fixture *fixture)
{
    char why[300];
    struct mash_bundle *bundle = NULL;
    enum mash_err err = fixture_open(fixture, &bundle, why);
    if (err != MASH_OK)
        fail_msg("%s: %s", mash_strerror(err), why);
    return bundle;
}

static void
refused(struct fixture *fixture, enum mash_err wanted, const char *what)
{
    char why[300];
    struct mash_bundle *bundle = NULL;
    enum mash_err err = fixture_open(fixture, &bundle, why);
    if (err != wanted || bundle != NULL || why[0] == '\0')
        fail_msg("%s: wanted \"%s\", got \"%s\": %s", what, mash_strerror(wanted), mash_strerror(err), why);
    print_message("%s\n", why); /* the sentences are for people: let them be read */
}

static void
good(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_make();
    fixture_sign(fixture, "13", NULL);
    struct mash_bundle *bundle = opened(fixture);
    size_t count = 0;
    assert_string_equal(mash_bundle_partnership(bundle), "llr");
    assert_int_equal(mash_bundle_version(bundle), 1);
    assert_int_equal(mash_bundle_expires_ms(bundle), 1798761600000);
    assert_int_equal(mash_bundle_log_key(bundle)[0], 0x11);
    assert_int_equal(mash_bundle_broker_link_key(bundle)[31], 0x00);
    assert_non_null(mash_bundle_files(bundle, &count));
    assert_int_equal(count, 4);

    const struct mash_mailbox *ppu = mash_bundle_mailbox(bundle, "leics-police/ppu@llr");
    const struct mash_mailbox *das = mash_bundle_mailbox(bundle, "city/das@llr");
    assert_non_null(ppu);
    assert_non_null(das);
    assert_null(mash_bundle_mailbox(bundle, "city/das@other"));
    assert_string_equal(ppu->agency->kind, "police");
    assert_ptr_equal(ppu->agency, mash_bundle_agency(bundle, "leics-police"));
    assert_null(mash_bundle_agency(bundle, "leics"));
    assert_string_equal(ppu->cover, "leics-police/control@llr");
    assert_null(das->cover);
    assert_int_equal(ppu->schema_max, 1);
    assert_int_equal(das->schema_max, 2);
    assert_int_equal(ppu->n_sign_keys, 2);
    assert_int_equal(ppu->sign_keys[1].may, MASH_MAY_ACT);
    assert_int_equal(ppu->sign_keys[1].valid_to_ms, 1798761600000);
    assert_int_equal(ppu->sign_keys[0].valid_to_ms, 0);
    assert_int_equal(ppu->seal_keys[0].valid_from_ms, 1767225600000);
    mash_bundle_mailboxes(bundle, &count);
    assert_int_equal(count, 3);

    struct mash_span id = mash_span(ppu->sign_keys[1].id.bytes, 16);
    assert_ptr_equal(mash_mailbox_sign_key(ppu, id), &ppu->sign_keys[1]);
    assert_null(mash_mailbox_sign_key(das, id));
    id = mash_span(ppu->seal_keys[0].id.bytes, 16);
    assert_ptr_equal(mash_mailbox_seal_key(ppu, id), &ppu->seal_keys[0]);
    assert_null(mash_mailbox_seal_key(das, id));
    mash_bundle_close(&bundle);
    assert_null(bundle);
    mash_bundle_close(&bundle);
    fixture_free(fixture);
}

static void
lookups_by_key(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_make();
    fixture_sign(fixture, "12", NULL);
    struct mash_bundle *bundle = opened(fixture);
    size_t count = 0;
    const struct mash_installation *rows = mash_bundle_installations(bundle, &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        assert_ptr_equal(mash_bundle_installation(bundle, &rows[i].link_id), &rows[i]);
    struct mash_key_id id = { { 0 } };
    assert_null(mash_bundle_installation(bundle, &id));
    assert_null(mash_bundle_operator(bundle, &id));
    uint8_t key[32];
    memset(key, 0x22, sizeof(key));
    mash_key_id(MASH_PURPOSE_OPERATOR, mash_span(key, 32), &id);
    assert_non_null(mash_bundle_operator(bundle, &id));
    assert_string_equal(mash_bundle_operator(bundle, &id)->id, "op1");
    const uint32_t *holidays = mash_bundle_holidays(bundle, &count);
    assert_int_equal(count, 8);
    assert_int_equal(holidays[7], 20261228);
    mash_bundle_close(&bundle);
    fixture_free(fixture);
}

static void
agreement_denies_by_default(void **state)
{
    (void)state;
    static const struct row {
        const char *from, *to, *type;
        bool may;
    } rows[] = {
        { "leics-police/ppu@llr", "city/das@llr", "REFERRAL", true },
        { "leics-police/control@llr", "city/das@llr", "REFERRAL", true },
        { "leics-police/ppu@llr", "leics-police/control@llr", "REFERRAL", false },
        { "city/das@llr", "leics-police/ppu@llr", "REFERRAL", false },
        { "city/das@llr", "leics-police/ppu@llr", "DECISION", true },
        { "leics-police/ppu@llr", "city/das@llr", "DECISION", false },
        { "leics-police/ppu@llr", "city/das@llr", "CONTACT", false },
        { "leics-police/ppu@llr", "city/das@llr", "referral", false },
        { "leics-police/ppu@llr", "city/das@llr", "", false },
    };
    struct fixture *fixture = fixture_make();
    fixture_sign(fixture, "23", NULL);
    struct mash_bundle *bundle = opened(fixture);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *basis = "not set";
        bool may = mash_bundle_may_send(bundle, mash_bundle_mailbox(bundle, rows[i].from),
                                        mash_bundle_mailbox(bundle, rows[i].to), rows[i].type, &basis);
        if (may != rows[i].may || (basis != NULL) != may)
            fail_msg("%s to %s, %s", rows[i].from, rows[i].to, rows[i].type);
    }
    assert_true(mash_bundle_type_rule(bundle, "REFERRAL")->when_stale_send);
    assert_false(mash_bundle_type_rule(bundle, "DECISION")->when_stale_send);
    assert_int_equal(mash_bundle_type_rule(bundle, "DECISION")->immediate_acknowledge_within_s, 900);
    assert_null(mash_bundle_type_rule(bundle, "MARAC"));
    mash_bundle_close(&bundle);
    fixture_free(fixture);
}

static void
valid_at(void **state)
{
    (void)state;
    assert_true(mash_valid_at(10, 20, 10));
    assert_true(mash_valid_at(10, 20, 19));
    assert_false(mash_valid_at(10, 20, 20));
    assert_false(mash_valid_at(10, 20, 9));
    assert_true(mash_valid_at(10, 0, UINT64_MAX));
}

static void
signatures(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_make();
    fixture_sign(fixture, "1", NULL);
    refused(fixture, MASH_E_SIGNATURE, "k-1 signatures");

    /* the same line twice counts once */
    const char *dash = "\xe2\x80\x94";
    uint8_t *line = memmem(fixture->note.data, fixture->note.len, dash, 3);
    assert_non_null(line);
    char copy[400];
    size_t len = (size_t)(fixture->note.data + fixture->note.len - line);
    memcpy(copy, line, len);
    assert_int_equal(mash_bytes_append(&fixture->note, copy, len), MASH_OK);
    char why[300];
    struct mash_bundle *bundle = NULL;
    assert_int_not_equal(fixture_open(fixture, &bundle, why), MASH_OK);
    print_message("%s\n", why);

    /* a stranger's signature does not count */
    fixture_sign(fixture, "1", NULL);
    struct mash_note_key key;
    assert_int_equal(mash_note_key_make("llr/governance/g4", MASH_NOTE_ED25519,
                                        mash_secret_public(fixture->governance[3]), &key), MASH_OK);
    assert_int_equal(mash_note_add(&fixture->note, &key, mash_secret_bytes(fixture->governance[3])), MASH_OK);
    refused(fixture, MASH_E_SIGNATURE, "one of ours, one stranger");

    /* one wrong signature of a governance key spoils the note, however many good ones there are */
    fixture_sign(fixture, "123", NULL);
    mash_bundle_close(&(struct mash_bundle *){ opened(fixture) });
    fixture->note.data[fixture->note.len - 20] ^= 1;
    refused(fixture, MASH_E_SIGNATURE, "a signature changed");

    fixture_sign(fixture, "12", NULL);
    uint8_t *version = memmem(fixture->note.data, fixture->note.len, "version 1", 9);
    version[8] = '2';
    refused(fixture, MASH_E_SIGNATURE, "the text changed");
    fixture_free(fixture);
}

static void
signing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_make();
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX);
    struct mash_bytes other = mash_bytes_max(MASH_NOTE_MAX);
    struct mash_secret *sign = NULL;
    char why[300];
    unsigned count = 9;
    assert_int_equal(mash_bundle_write(&fixture->terms, fixture->files, 4, &text, why, sizeof(why)), MASH_OK);
    fixture->terms.version = 2;
    assert_int_equal(mash_bundle_write(&fixture->terms, fixture->files, 4, &other, why, sizeof(why)), MASH_OK);
    struct mash_span one = mash_bytes_span(&text);
    assert_int_equal(mash_bundle_sign(one, NULL, fixture->governance[3], &fixture->note), MASH_E_UNKNOWN);
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_SIGN, &sign), MASH_OK);
    assert_int_equal(mash_bundle_sign(one, NULL, sign, &fixture->note), MASH_E_UNKNOWN);
    mash_secret_close(&sign);
    uint8_t seed[32];
    memset(seed, 1, sizeof(seed)); /* g1's key, filed for another purpose */
    assert_int_equal(mash_secret_from_seed(MASH_PURPOSE_SIGN, seed, &sign), MASH_OK);
    assert_int_equal(mash_bundle_sign(one, NULL, sign, &fixture->note), MASH_E_UNKNOWN);
    mash_secret_close(&sign);
    assert_int_equal(fixture->note.len, 0);
    assert_int_equal(mash_bundle_sign(one, NULL, fixture->governance[0], &fixture->note), MASH_OK);
    assert_int_equal(mash_bundle_signatures(mash_bytes_span(&fixture->note), &fixture->terms, &count), MASH_OK);
    assert_int_equal(count, 1);
    assert_int_equal(mash_bundle_sign(one, NULL, fixture->governance[0], &fixture->note), MASH_E_CONFLICT);
    assert_int_equal(mash_bundle_sign(mash_bytes_span(&other), NULL, fixture->governance[1], &fixture->note),
                     MASH_E_MISMATCH);
    assert_int_equal(mash_bundle_sign(one, NULL, fixture->governance[1], &fixture->note), MASH_OK);
    mash_bundle_close(&(struct mash_bundle *){ opened(fixture) });
    mash_bytes_free(&text);
    mash_bytes_free(&other);
    fixture_free(fixture);
}

static void
files(void **state)
{
    (void)state;
    char why[300];
    struct mash_bundle *bundle = NULL;
    struct fixture *fixture = fixture_make();
    fixture_sign(fixture, "12", NULL);
    struct mash_span note = mash_bytes_span(&fixture->note);
    assert_int_equal(mash_bundle_open(note, fixture->files, 3, &bundle, why, sizeof(why)), MASH_E_FORMAT);
    struct mash_bundle_file five[5];
    memcpy(five, fixture->files, sizeof(fixture->files));
    five[4] = (struct mash_bundle_file){ "extra.json", mash_span_str("{}") };
    assert_int_equal(mash_bundle_open(note, five, 5, &bundle, why, sizeof(why)), MASH_E_FORMAT);
    five[4] = five[0];
    assert_int_equal(mash_bundle_open(note, five, 5, &bundle, why, sizeof(why)), MASH_E_FORMAT);
    five[0].name = "../agreement.json";
    assert_int_equal(mash_bundle_open(note, five, 4, &bundle, why, sizeof(why)), MASH_E_FORMAT);
    assert_int_equal(mash_bundle_open(mash_span_str("x"), five, 4, &bundle, why, sizeof(why)), MASH_E_FORMAT);
    assert_int_equal(mash_bundle_open(mash_span(NULL, 0), five, 4, &bundle, NULL, 0), MASH_E_FORMAT);

    /* the same order of files does not matter */
    memcpy(five, fixture->files, sizeof(fixture->files));
    five[4] = five[0];
    assert_int_equal(mash_bundle_open(note, five + 1, 4, &bundle, why, sizeof(why)), MASH_OK);
    mash_bundle_close(&bundle);

    for (int part = 0; part < MASH_BUNDLE_PARTS; part++) { /* one space more is another file */
        struct fixture *tampered = fixture_make();
        fixture_sign(tampered, "12", NULL);
        fixture_edit(tampered, (enum mash_bundle_part)part, "{", "{ ");
        refused(tampered, MASH_E_MISMATCH, "tampered file");
        fixture_free(tampered);
    }
    char *large = malloc(2u << 20);
    assert_non_null(large);
    memset(large, ' ', 2u << 20);
    fixture->files[0].content = mash_span(large, 2u << 20);
    refused(fixture, MASH_E_LIMIT, "2 MiB file");
    free(large);
    fixture_free(fixture);
}

static void
follows(void **state)
{
    (void)state;
    static const struct row {
        const char *what;
        uint32_t version;
        unsigned threshold;
        const char *partnership;
        const char *governance; /* by number */
        const char *signers;
        enum mash_err err;
    } rows[] = {
        { "next", 8, 2, "llr", "123", "12", MASH_OK },
        { "next by other two", 8, 2, "llr", "123", "23", MASH_OK },
        { "the same again", 7, 2, "llr", "123", "12", MASH_E_VERSION },
        { "rollback", 6, 2, "llr", "123", "123", MASH_E_VERSION },
        { "gap", 9, 2, "llr", "123", "123", MASH_E_VERSION },
        { "other partnership", 8, 2, "other", "123", "123", MASH_E_MISMATCH },
        { "g1 goes, g4 comes, by who stays", 8, 2, "llr", "234", "23", MASH_OK },
        { "g1 signs itself out", 8, 2, "llr", "234", "124", MASH_OK },
        { "one of the old only", 8, 2, "llr", "234", "24", MASH_E_SIGNATURE },
        { "threshold lowered by one old key", 8, 1, "llr", "123", "1", MASH_E_SIGNATURE },
        { "threshold lowered by two", 8, 1, "llr", "123", "12", MASH_OK },
        { "new set signs alone", 8, 1, "llr", "4", "4", MASH_E_SIGNATURE },
    };
    struct fixture *first = fixture_make();
    first->terms.version = 7;
    fixture_sign(first, "12", NULL);
    struct mash_bundle *current = opened(first);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *second = fixture_make();
        second->terms.version = rows[i].version;
        second->terms.threshold = rows[i].threshold;
        (void)snprintf(second->terms.partnership, sizeof(second->terms.partnership), "%s", rows[i].partnership);
        if (strcmp(rows[i].partnership, "llr") != 0) {
            fixture_edit(second, MASH_BUNDLE_REGISTRY, "control@llr", "control@other");
            fixture_edit(second, MASH_BUNDLE_AGREEMENT, "das@llr", "das@other");
        }
        second->terms.n_governance = strlen(rows[i].governance);
        for (size_t j = 0; j < second->terms.n_governance; j++)
            fixture_govern(second, j, (size_t)(rows[i].governance[j] - '1'));
        fixture_sign(second, rows[i].signers, &first->terms);
        struct mash_bundle *next = opened(second);
        enum mash_err err = mash_bundle_follows(current, next);
        if (err != rows[i].err)
            fail_msg("%s: %s", rows[i].what, mash_strerror(err));
        bool same = memcmp(mash_bundle_governance_digest(current), mash_bundle_governance_digest(next), 32) == 0;
        assert_int_equal(same, strcmp(rows[i].governance, "123") == 0 && rows[i].threshold == 2);
        mash_bundle_close(&next);
        fixture_free(second);
    }
    mash_bundle_close(&current);
    fixture_free(first);
}

/* A changed set whose own k did not sign is refused before anybody asks what it follows. */
static void
new_set_without_its_own_signatures(void **state)
{
    (void)state;
    struct fixture *first = fixture_make();
    struct fixture *second = fixture_make();
    second->terms.version = 2;
    second->terms.n_governance = 2;
    fixture_govern(second, 0, 2);
    fixture_govern(second, 1, 3);
    fixture_sign(second, "123", &first->terms);
    refused(second, MASH_E_SIGNATURE, "k of the old, one of the new");
    fixture_free(first);
    fixture_free(second);
}

static void
bad_terms(void **state)
{
    (void)state;
    static const struct row {
        const char *from, *to;
        enum mash_err err;
    } rows[] = {
        { "mash/bundle/v1", "mash/bundle/v2", MASH_E_VERSION },
        { "partnership llr", "partnership LLR", MASH_E_VALUE },
        { "partnership llr\n", "", MASH_E_FORMAT },
        { "version 1", "version 0", MASH_E_VALUE },
        { "version 1", "version 01", MASH_E_FORMAT },
        { "version 1", "version 4294967296", MASH_E_FORMAT },
        { "issued 2026-01-01T00:00:00Z", "issued 2026-01-01", MASH_E_FORMAT },
        { "issued 2026-01-01T00:00:00Z", "issued 2026-01-01T01:00:00+01:00", MASH_E_FORMAT },
        { "issued 2026-01-01T00:00:00Z", "issued 2026-02-30T00:00:00Z", MASH_E_FORMAT },
        { "issued 2026-01-01T00:00:00Z", "issued 2026-08-01T00:00:00Z", MASH_E_VALUE },
        { "expires 2027", "expires 2025", MASH_E_VALUE },
        { "renew-by 2026-07-01T00:00:00Z\n", "", MASH_E_FORMAT },
        { "threshold 2", "threshold 0", MASH_E_VALUE },
        { "threshold 2", "threshold 4", MASH_E_VALUE },
        { "governance llr/governance/g1", "governance llr/governance/g9", MASH_E_FORMAT }, /* id is not its */
        { "file clocks.json ", "file clocks.txt ", MASH_E_FORMAT },
        { "file registry.json", "note x\nfile registry.json", MASH_E_FORMAT },
        { "file agreement.json", " file agreement.json", MASH_E_FORMAT },
    };
    struct fixture *fixture = fixture_make();
    struct mash_why nobody = mash_why(NULL, 0);
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX);
    assert_int_equal(mash_bundle_terms_write(&fixture->terms, &text, &nobody), MASH_OK);
    assert_int_equal(mash_bytes_append(&text, "", 1), MASH_OK);
    const char *good_text = (const char *)text.data;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char bad[4096], why[200];
        struct mash_bundle_terms terms;
        const char *at = strstr(good_text, rows[i].from);
        assert_non_null(at);
        (void)snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(at - good_text), good_text, rows[i].to,
                       at + strlen(rows[i].from));
        struct mash_why reason = mash_why(why, sizeof(why));
        enum mash_err err = mash_bundle_terms_read(mash_span_str(bad), &terms, &reason);
        if (err != rows[i].err || why[0] == '\0')
            fail_msg("%s: %s: %s", rows[i].to, mash_strerror(err), why);
    }
    struct mash_bundle_terms terms;
    assert_int_equal(mash_bundle_terms_read(mash_span(text.data, text.len - 1), &terms, &nobody), MASH_OK);
    assert_int_equal(mash_bundle_terms_read(mash_span(text.data, text.len - 2), &terms, &nobody), MASH_E_FORMAT);

    char *line = strstr((char *)text.data, "governance llr/governance/g1");
    char *next = strstr((char *)text.data, "governance llr/governance/g2");
    size_t len = (size_t)(next - line); /* both lines are equally long */
    char swap[200];
    memcpy(swap, line, len);
    memcpy(line, next, len);
    memcpy(next, swap, len);
    assert_int_equal(mash_bundle_terms_read(mash_span(text.data, text.len - 1), &terms, &nobody), MASH_E_FORMAT);
    fixture->terms.governance[2] = fixture->terms.governance[0];
    assert_int_equal(mash_bundle_terms_write(&fixture->terms, &text, &nobody), MASH_E_VALUE);
    mash_bytes_free(&text);
    fixture_free(fixture);
}

static void
bad_contents(void **state)
{
    (void)state;
    enum { A = MASH_BUNDLE_AGREEMENT, D = MASH_BUNDLE_CALENDAR, C = MASH_BUNDLE_CLOCKS, R = MASH_BUNDLE_REGISTRY };
    static const struct row {
        int part;
        const char *from, *to;
        enum mash_err err;
    } rows[] = {
        { R, "{", "[", MASH_E_FORMAT },
        { R, "registry/v1", "registry/v2", MASH_E_VERSION },
        { R, "\"broker\":{", "\"broker\":{\"extra\":1,", MASH_E_FORMAT },
        { R, "\"operators\":", "\"operatives\":", MASH_E_FORMAT },
        { R, "\"kind\":\"police\"", "\"kind\":\"police\",\"kind\":\"police\"", MASH_E_FORMAT },
        { R, "\"kind\":\"police\",", "", MASH_E_FORMAT },
        { R, "\"kind\":\"police\"", "\"kind\":5", MASH_E_FORMAT },
        { R, "\"id\":\"city\"", "\"id\":\"leics-police\"", MASH_E_VALUE },
        { R, "\"id\":\"control\"", "\"id\":\"ppu\"", MASH_E_VALUE },
        { R, "control@llr", "nobody@llr", MASH_E_VALUE },
        { R, "control@llr", "ppu@llr", MASH_E_VALUE },
        { R, "control@llr", "control@other", MASH_E_VALUE },
        { R, AGE_2, AGE_1, MASH_E_VALUE },           /* two mailboxes, one seal key */
        { R, HEX("5"), HEX("3"), MASH_E_VALUE },     /* two mailboxes, one sign key */
        { R, HEX("6"), HEX("3"), MASH_E_VALUE },     /* sign key as link key */
        { R, HEX("7"), HEX("6"), MASH_E_VALUE },     /* witness key = link key */
        { R, HEX("2"), HEX("1"), MASH_E_VALUE },     /* operator key = log key */
        { R, HEX("9"), HEX("0"), MASH_E_VALUE },     /* an installation with the broker's link key */
        { R, HEX("2"), "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c",
          MASH_E_VALUE },                            /* operator key = governance key g1 */
        { R, HEX("2"), HEX("A"), MASH_E_VALUE },
        { R, "\"may\":[\"act\"]", "\"may\":[]", MASH_E_VALUE },
        { R, "\"may\":[\"act\"]", "\"may\":[\"all\"]", MASH_E_VALUE },
        { R, "\"to\":\"2027-01-01T00:00:00Z\"", "\"to\":\"2025-01-01T00:00:00Z\"", MASH_E_VALUE },
        { R, "\"to\":\"2027-01-01T00:00:00Z\"", "\"to\":\"2027-02-29T00:00:00Z\"", MASH_E_VALUE },
        { R, "\"to\":\"2027-01-01T00:00:00Z\"", "\"to\":\"\"", MASH_E_VALUE },
        { R, "," FROM "}", "}", MASH_E_FORMAT },
        { R, "\"24h\"", "\"always\"", MASH_E_VALUE },
        { R, "\"0116 4960001\"", "\"ask\"", MASH_E_VALUE },
        { R, "\"schema_max\":2", "\"schema_max\":0", MASH_E_VALUE },
        { R, "\"schema_max\":2", "\"schema_max\":2.5", MASH_E_FORMAT },
        { R, "\"operators\":[", "\"operators\":[{\"id\":\"op1\",\"key\":\"" HEX("b") "\"},", MASH_E_VALUE },
        { R, "\"operators\":[{\"id\":\"op1\",\"key\":\"" HEX("2") "\"}]", "\"operators\":[]", MASH_E_VALUE },
        { R, "\"name\":\"City social care\"", "\"name\":\"City \\u0007care\"", MASH_E_VALUE },
        { R, "\"name\":\"City social care\"", "\"name\":\"City\\u0000care\"", MASH_E_FORMAT },
        { A, "agreement/v1", "agreement/v9", MASH_E_VERSION },
        { A, "\"types\":[\"REFERRAL\"]", "\"types\":[\"REFERAL\"]", MASH_E_VALUE },
        { A, "\"types\":[\"REFERRAL\"]", "\"types\":[]", MASH_E_VALUE },
        { A, "agency:city", "agency:town", MASH_E_VALUE },
        { A, "mailbox:city/das@llr", "mailbox:city/duty@llr", MASH_E_VALUE },
        { A, "kind:police", "police", MASH_E_VALUE },
        { A, "kind:police", "kind:", MASH_E_VALUE },
        { A, "\"basis\":\"CA 1989 s.47\"", "\"basis\":\"\"", MASH_E_VALUE },
        { A, ",\"basis\":\"CA 1989 s.47\"", "", MASH_E_FORMAT },
        { A, "\"rules\":[", "\"deny\":[],\"rules\":[", MASH_E_FORMAT },
        { C, "clocks/v1", "clocks/v2", MASH_E_VERSION },
        { C, "DECISION", "REFERRAL", MASH_E_VALUE },
        { C, "DECISION", "Decision", MASH_E_VALUE },
        { C, "\"send\"", "\"yes\"", MASH_E_VALUE },
        { C, "\"receipt_within_s\":60", "\"receipt_within_s\":0", MASH_E_VALUE },
        { C, "\"receipt_within_s\":60", "\"receipt_within_s\":-1", MASH_E_VALUE },
        { C, "\"receipt_within_s\":60", "\"receipt_within_s\":99999999", MASH_E_VALUE },
        { C, "\"receipt_within_s\":60", "\"rag_within_s\":60", MASH_E_FORMAT },
        { D, "calendar/v1", "calendar/v2", MASH_E_VERSION },
        { D, "\"england-and-wales\":{", "\"scotland\":{", MASH_E_FORMAT },
        { D, "\"division\":\"england-and-wales\"", "\"division\":\"scotland\"", MASH_E_VALUE },
        { D, "2026-04-03", "2026-04-31", MASH_E_VALUE },
        { D, "2026-04-03", "2026-04-06", MASH_E_VALUE },
        { D, "2026-12-25", "2026-01-02", MASH_E_VALUE },
        { D, "2026-12-28", "2027-12-28", MASH_E_VALUE }, /* neither year is whole */
        { D, "," DAY("2026-08-31"), "", MASH_E_VALUE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *fixture = fixture_make();
        fixture_edit(fixture, (enum mash_bundle_part)rows[i].part, rows[i].from, rows[i].to);
        fixture_sign(fixture, "12", NULL);
        refused(fixture, rows[i].err, rows[i].to);
        fixture_free(fixture);
    }
}

/* A future seal key type must not lock an old program out of the whole registry. */
static void
seal_key_of_a_newer_type(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_make();
    fixture_edit(fixture, MASH_BUNDLE_REGISTRY, AGE_2,
                 "age1tag1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qursw7r9zg7");
    fixture_sign(fixture, "12", NULL);
    struct mash_bundle *bundle = opened(fixture);
    assert_non_null(mash_bundle_mailbox(bundle, "leics-police/control@llr"));
    mash_bundle_close(&bundle);
    fixture_free(fixture);
}

/* Whichever allocation of the JSON reader is missing: an error, no crash, no leak (the sanitizer build
 * watches), never a bundle with something left out. */
static size_t allocations_left;

static void *
scarce(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(size);
}

static void
out_of_memory_in_json(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_make();
    fixture_sign(fixture, "12", NULL);
    struct mash_bundle *bundle = NULL;
    size_t given = 0;
    json_set_alloc_funcs(scarce, free);
    for (; bundle == NULL && given < 100000; given += 13) {
        char why[300];
        allocations_left = given;
        enum mash_err err = fixture_open(fixture, &bundle, why);
        assert_true((err == MASH_OK) == (bundle != NULL));
    }
    assert_true(given > 13 && given < 100000);
    assert_non_null(mash_bundle_mailbox(bundle, "leics-police/control@llr"));
    mash_bundle_close(&bundle);
    json_set_alloc_funcs(malloc, free);
    fixture_free(fixture);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(lookups_by_key),
        cmocka_unit_test(agreement_denies_by_default),
        cmocka_unit_test(valid_at),
        cmocka_unit_test(signatures),
        cmocka_unit_test(signing),
        cmocka_unit_test(files),
        cmocka_unit_test(follows),
        cmocka_unit_test(new_set_without_its_own_signatures),
        cmocka_unit_test(bad_terms),
        cmocka_unit_test(bad_contents),
        cmocka_unit_test(seal_key_of_a_newer_type),
        cmocka_unit_test(out_of_memory_in_json),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
