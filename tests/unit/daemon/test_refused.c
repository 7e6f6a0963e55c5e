/* SPDX-License-Identifier: Apache-2.0 */
/* test_refused.c - each wrong notice has its own answer; a refusal stores nothing and harms nobody else in its
 * group. */
#include "fixture_path.h"

/* ---- refused: what is wrong in the manifest, which is then signed as it is ---- */

static void
bad_partnership(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.partnership = (char *)(uintptr_t)"other";
    l->manifest.from = (char *)(uintptr_t)"school/office@other";
    l->recipients[0].mailbox = (char *)(uintptr_t)"social/duty@other";
}
static void
bad_from(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.from = (char *)(uintptr_t)"police/ppu@llr";
}
static void
bad_from_unknown(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.from = (char *)(uintptr_t)"school/canteen@llr";
}
static void
bad_key_id(struct fixture *f, struct letter *l)
{
    (void)f;
    l->from_key_id.bytes[0] ^= 1;
}
static void
bad_expired(struct fixture *f, struct letter *l)
{
    l->manifest.created_ms = f->wall_ms - 2 * DAY_MS;
    l->manifest.expires_ms = f->wall_ms;
}
static void
bad_ahead(struct fixture *f, struct letter *l)
{
    l->manifest.created_ms = f->wall_ms + DAY_MS + 60000u;
    l->manifest.expires_ms = l->manifest.created_ms + DAY_MS;
}
static void
bad_bundle_digest(struct fixture *f, struct letter *l)
{
    (void)f;
    l->bundle.digest = mash_span_field(mash_hash_span(&l->body_sha256));
}
static void
bad_bundle_newer(struct fixture *f, struct letter *l)
{
    (void)f;
    l->bundle.version = 2;
}
static void
bad_type_unknown(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.type = (char *)(uintptr_t)"MARAC_REFERRAL";
}
static void
bad_reply(struct fixture *f, struct letter *l)
{
    (void)f;
    l->reply_sha256 = l->body_sha256;
    l->manifest.in_reply_to = mash_span_field(mash_hash_span(&l->reply_sha256));
}
static void
bad_recipient(struct fixture *f, struct letter *l)
{
    (void)f;
    l->recipients[0].mailbox = (char *)(uintptr_t)"social/nobody@llr";
}
static void
bad_seal_key(struct fixture *f, struct letter *l)
{
    (void)f;
    l->key_ids[0].bytes[3] ^= 1;
}
static void
bad_cover(struct fixture *f, struct letter *l)
{
    (void)f; /* duty covers nobody; night is the cover of duty */
    l->recipients[0].cover_for = (char *)(uintptr_t)"social/night@llr";
}
static void
bad_field(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.subject_count = 21;
}
static void
bad_schema(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.schema = 2;
}
static void
bad_to_self(struct fixture *f, struct letter *l)
{
    (void)f;
    l->recipients[0].mailbox = (char *)(uintptr_t)"school/office@llr";
}
static void
bad_body_length(struct fixture *f, struct letter *l)
{
    (void)f;
    l->manifest.body_length++;
}
static void
bad_body_other(struct fixture *f, struct letter *l)
{
    (void)f;
    l->body.data[l->body.len - 1] ^= 1;
}
static void
bad_body_missing(struct fixture *f, struct letter *l)
{
    (void)f;
    mash_bytes_free(&l->body);
}
/* sealed to one key more than the notice names */
static void
bad_body_keys(struct fixture *f, struct letter *l)
{
    struct mash_span keys[3] = { mash_span_str(mash_secret_public_text(f->seal[SCHOOL])),
                                 mash_span_str(mash_secret_public_text(f->seal[SOCIAL])),
                                 mash_span_str(mash_secret_public_text(f->seal[POLICE])) };
    mash_bytes_free(&l->body);
    ok(mash_body_seal(keys, 3, mash_span_str("inner"), &l->body));
    l->body_sha256 = mash_hash_of(mash_bytes_span(&l->body));
    l->manifest.body_length = l->body.len;
}

/* ---- refused: what is wrong around a good manifest ---- */

static void
late_signature(struct fixture *f, struct letter *l)
{
    (void)f;
    l->proof.signature[5] ^= 1;
}
static void
late_manifest(struct fixture *f, struct letter *l)
{
    (void)f;
    l->notice_id[15] ^= 1; /* another notice under the old signature */
    struct mash_batch_proof proof = l->proof;
    letter_encode(l);
    l->proof = proof;
}
/* someone else's body under one's own signature, as if it were one's own: the keys are not */
static void
late_key_other(struct fixture *f, struct letter *l)
{
    letters_sign(f->sign[SCHOOL][KEY_ACT], l, 1); /* not the key it names */
}
static void
late_path_long(struct fixture *f, struct letter *l)
{
    (void)f;
    l->proof.n_path = 1;
}
static void
late_index(struct fixture *f, struct letter *l)
{
    (void)f;
    l->proof.index = 1;
}
static void
late_size_zero(struct fixture *f, struct letter *l)
{
    (void)f;
    l->proof.size = 0;
}
static void
late_size_large(struct fixture *f, struct letter *l)
{
    (void)f;
    l->proof.size = 65;
    l->proof.n_path = 6;
}

static void
refusals_have_their_answer_and_store_nothing(void **state)
{
    static const struct {
        const char *name;
        void (*before)(struct fixture *f, struct letter *letter);
        void (*after)(struct fixture *f, struct letter *letter);
        enum mash_answer_id answer;
    } rows[] = {
        { "other partnership", bad_partnership, NULL, MASH_ANSWER_PARTNERSHIP },
        { "another agency's mailbox", bad_from, NULL, MASH_ANSWER_NOT_YOUR_MAILBOX },
        { "unknown sending mailbox", bad_from_unknown, NULL, MASH_ANSWER_NOT_YOUR_MAILBOX },
        { "unknown key", bad_key_id, NULL, MASH_ANSWER_KEY_UNKNOWN },
        { "expired", bad_expired, NULL, MASH_ANSWER_EXPIRED },
        { "far ahead", bad_ahead, NULL, MASH_ANSWER_AHEAD },
        { "other bundle digest", bad_bundle_digest, NULL, MASH_ANSWER_BUNDLE_UNKNOWN },
        { "newer bundle", bad_bundle_newer, NULL, MASH_ANSWER_BUNDLE_UNKNOWN },
        { "unknown type", bad_type_unknown, NULL, MASH_ANSWER_TYPE },
        { "reply to nothing", bad_reply, NULL, MASH_ANSWER_REPLY_UNKNOWN },
        { "unknown recipient", bad_recipient, NULL, MASH_ANSWER_RECIPIENT_UNKNOWN },
        { "unknown seal key", bad_seal_key, NULL, MASH_ANSWER_SEAL_KEY },
        { "cover of another", bad_cover, NULL, MASH_ANSWER_FIELDS },
        { "too many subjects", bad_field, NULL, MASH_ANSWER_FIELDS },
        { "to oneself", bad_to_self, NULL, MASH_ANSWER_FIELDS },
        { "newer schema", bad_schema, NULL, MASH_ANSWER_SCHEMA },
        { "body length", bad_body_length, NULL, MASH_ANSWER_BODY_MISMATCH },
        { "body changed", bad_body_other, NULL, MASH_ANSWER_BODY_MISMATCH },
        { "no body", bad_body_missing, NULL, MASH_ANSWER_BODY_MISSING },
        { "one key too many", bad_body_keys, NULL, MASH_ANSWER_BODY_KEYS },
        { "signature changed", NULL, late_signature, MASH_ANSWER_SIGNATURE },
        { "manifest changed", NULL, late_manifest, MASH_ANSWER_SIGNATURE },
        { "signed by another key", NULL, late_key_other, MASH_ANSWER_SIGNATURE },
        { "path too long", NULL, late_path_long, MASH_ANSWER_BATCH_PROOF },
        { "index out of range", NULL, late_index, MASH_ANSWER_BATCH_PROOF },
        { "batch of none", NULL, late_size_zero, MASH_ANSWER_BATCH_PROOF },
        { "batch of 65", NULL, late_size_large, MASH_ANSWER_BATCH_PROOF },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct letter letter;
        letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
        if (rows[i].before != NULL)
            rows[i].before(f, &letter);
        letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
        if (rows[i].after != NULL)
            rows[i].after(f, &letter);
        letter_address(&letter);
        const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
        assert_answer(outcome->sub_code, outcome->code, rows[i].answer, rows[i].name);
        assert_int_equal(outcome->receipt.len, 0);
        assert_true(strlen(outcome->sentence) > 20);
        letter_clear(&letter);
    }
    assert_int_equal(fixture_status(f)->notices, 0);
    struct letter good;
    fixture_hold(f, &good, SCHOOL, 1u << SOCIAL);
    letter_clear(&good);
}

static void
every_wrong_field_is_listed(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letter.manifest.subject_count = 0;
    letter.manifest.type = (char *)(uintptr_t)"not a type";
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_FIELDS, "two");
    assert_int_equal(outcome->n_bad_fields, 2);
    letter_clear(&letter);
}

/* A name smuggled in a field that nobody knows, at the top and nested in the bundle reference. */
static void
unknown_fields_are_refused_at_any_depth(void **state)
{
    struct fixture *f = *state;
    static const uint8_t smuggled[] = { 0xa2, 0x06, 4, 'N', 'o', 'r', 'a' }; /* field 100 */
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    ok(mash_bytes_append(&letter.encoded, smuggled, sizeof(smuggled)));
    struct mash_span span = mash_bytes_span(&letter.encoded);
    ok(mash_batch_sign(MASH_BATCH_NOTICE, PARTNERSHIP, f->sign[SCHOOL][KEY_SEND], &span, 1, &letter.proof));
    letter_address(&letter);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_MALFORMED, "top");
    letter_clear(&letter);
    assert_int_equal(fixture_status(f)->notices, 0);
}

static void
other_content_under_an_old_id_is_a_conflict(void **state)
{
    struct fixture *f = *state;
    struct letter letter, other;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_write(f, &other, SCHOOL, 1u << SOCIAL);
    memcpy(other.notice_id, letter.notice_id, 16);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &other, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &other);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_CONFLICT, "other");
    assert_int_equal(fixture_status(f)->notices, 1);

    /* the id is another agency's own affair */
    struct letter social;
    letter_write(f, &social, SOCIAL, 1u << SCHOOL);
    memcpy(social.notice_id, letter.notice_id, 16);
    letters_sign(f->sign[SOCIAL][KEY_SEND], &social, 1);
    assert_int_equal(submit_one(f, LINK_SOCIAL, &social)->code, 202);
    letter_clear(&letter);
    letter_clear(&other);
    letter_clear(&social);
}

static void
a_stolen_body_cannot_be_signed_again(void **state)
{
    struct fixture *f = *state;
    struct letter letter, stolen;
    fixture_hold(f, &letter, SCHOOL, 1u << SOCIAL);
    letter_write(f, &stolen, SOCIAL, 1u << SCHOOL);
    mash_bytes_free(&stolen.body);
    ok(mash_bytes_append(&stolen.body, letter.body.data, letter.body.len));
    letters_sign(f->sign[SOCIAL][KEY_SEND], &stolen, 1); /* names its own body's digest */
    const Mash__Outcome *outcome = submit_one(f, LINK_SOCIAL, &stolen);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_BODY_MISMATCH, "stolen");
    letter_clear(&letter);
    letter_clear(&stolen);
}

static void
rights_and_agreement_are_kept(void **state)
{
    struct fixture *f = *state;
    struct letter letter;
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    mash_secret_id(f->sign[SCHOOL][KEY_COLLECT], &letter.from_key_id);
    letters_sign(f->sign[SCHOOL][KEY_COLLECT], &letter, 1);
    const Mash__Outcome *outcome = submit_one(f, LINK_SCHOOL, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_KEY_MAY_NOT, "collect key");
    letter_clear(&letter);

    letter_write(f, &letter, POLICE, 1u << SOCIAL);
    letters_sign(f->sign[POLICE][KEY_SEND], &letter, 1);
    outcome = submit_one(f, LINK_POLICE, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_NOT_AGREED, "no rule");
    letter_clear(&letter);

    /* another agency's link with a notice that is good in itself */
    letter_write(f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(f->sign[SCHOOL][KEY_SEND], &letter, 1);
    outcome = submit_one(f, LINK_POLICE, &letter);
    assert_answer(outcome->sub_code, outcome->code, MASH_ANSWER_NOT_YOUR_MAILBOX, "wrong link");
    letter_clear(&letter);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(refusals_have_their_answer_and_store_nothing),
        ROW(every_wrong_field_is_listed),
        ROW(unknown_fields_are_refused_at_any_depth),
        ROW(other_content_under_an_old_id_is_a_conflict),
        ROW(a_stolen_body_cannot_be_signed_again),
        ROW(rights_and_agreement_are_kept),
    };
    return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}
