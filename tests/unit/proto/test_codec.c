/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec.c - one message has one encoding: whatever else a peer may send in its place is refused,
 * above all a name in a field that nobody reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/manifest.h"
#include "sample.h"

#define RAW(text_) { (const uint8_t *)(text_), sizeof(text_) - 1 }

static enum mash_err
decode(const ProtobufCMessageDescriptor *type, struct mash_span in)
{
    void *message = NULL;
    enum mash_err err = mash_message_decode(type, in, &message);
    assert_int_equal(message != NULL, err == MASH_OK);
    mash_message_free(&message);
    return err;
}

static enum mash_err
decode_manifest(struct mash_span in)
{
    return decode(&mash__manifest__descriptor, in);
}

/* ---- cutting an encoding into its fields ---- */

struct piece {
    uint32_t number;
    size_t at, content, end; /* tag, content (after a length), end */
};

static uint64_t
varint(struct mash_span in, size_t *at)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(*at < in.len && shift < 64);
        uint8_t byte = in.data[(*at)++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}

static size_t
cut(struct mash_span in, struct piece *pieces, size_t max)
{
    size_t count = 0;
    for (size_t at = 0; at < in.len; count++) {
        assert_true(count < max);
        pieces[count].at = at;
        uint64_t tag = varint(in, &at);
        pieces[count].number = (uint32_t)(tag >> 3);
        uint64_t value = varint(in, &at);
        pieces[count].content = at;
        if ((tag & 7) == 2)
            at += value;
        else
            assert_int_equal(tag & 7, 0);
        pieces[count].end = at;
    }
    return count;
}

static void
put(struct mash_bytes *out, const void *data, size_t len)
{
    assert_int_equal(mash_bytes_append(out, data, len), MASH_OK);
}

static void
put_length(struct mash_bytes *out, size_t len)
{
    for (; len >= 0x80; len >>= 7)
        put(out, (uint8_t[]){ (uint8_t)(len | 0x80) }, 1);
    put(out, (uint8_t[]){ (uint8_t)len }, 1);
}

/* The encoding with extra appended inside the first field `number`, its length mended. */
static struct mash_bytes
smuggle(struct mash_span in, uint32_t number, struct mash_span extra)
{
    struct piece pieces[64];
    size_t count = cut(in, pieces, 64);
    struct mash_bytes out = mash_bytes_max(1u << 20);
    bool done = false;
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = &pieces[i];
        if (piece->number != number || done) {
            put(&out, in.data + piece->at, piece->end - piece->at);
            continue;
        }
        done = true;
        uint64_t tag = (uint64_t)number << 3 | 2;
        put_length(&out, tag);
        put_length(&out, piece->end - piece->content + extra.len);
        put(&out, in.data + piece->content, piece->end - piece->content);
        put(&out, extra.data, extra.len);
    }
    assert_true(done);
    return out;
}

static void
names_in_unknown_fields(void **state)
{
    (void)state;
    static const struct mash_span hiding_places[] = {
        RAW("\xfa\x06\x08Jane Doe"),             /* field 111, a string */
        RAW("\xfa\xff\xff\xff\x0f\x08Jane Doe"), /* the highest field number */
        RAW("\xf8\x06\x2a"),                     /* a number */
        RAW("\xfd\x06JaDo"),                     /* fixed32 */
        RAW("\xf9\x06Jane Doe"),                 /* fixed64 */
        RAW("\xfb\x06\xfc\x06"),                 /* a group */
        RAW("\xfa\x06\x00"),                     /* an empty string says something too */
    };
    static const uint32_t nested[] = { 6, 20, 23, 24 }; /* Recipient, Code, Seen, BundleRef */
    struct sample *s = sample_new();
    struct mash_bytes good = sample_encode(&s->manifest);
    assert_int_equal(decode_manifest(mash_bytes_span(&good)), MASH_OK);

    for (size_t i = 0; i < sizeof(hiding_places) / sizeof(hiding_places[0]); i++) {
        struct mash_bytes top = sample_encode(&s->manifest);
        put(&top, hiding_places[i].data, hiding_places[i].len);
        assert_int_equal(decode_manifest(mash_bytes_span(&top)), MASH_E_FORMAT);
        mash_bytes_free(&top);
        for (size_t k = 0; k < sizeof(nested) / sizeof(nested[0]); k++) {
            struct mash_bytes inside = smuggle(mash_bytes_span(&good), nested[k], hiding_places[i]);
            Mash__Manifest *manifest = NULL;
            assert_int_equal(decode_manifest(mash_bytes_span(&inside)), MASH_E_FORMAT);
            assert_int_equal(mash_manifest_read(mash_bytes_span(&inside), &manifest, NULL), MASH_E_FORMAT);
            mash_bytes_free(&inside);
        }
    }
    /* the tool itself: nothing smuggled leaves the encoding as it was */
    struct mash_bytes same = smuggle(mash_bytes_span(&good), 23, mash_span(NULL, 0));
    assert_true(mash_span_equal(mash_bytes_span(&same), mash_bytes_span(&good)));
    mash_bytes_free(&same);
    mash_bytes_free(&good);
    free(s);
}

static void
names_in_statuses_and_requests(void **state)
{
    (void)state;
    static const struct mash_span extra = RAW("\xfa\x06\x08Jane Doe");
    struct sample *s = sample_new();
    struct mash_bytes status = sample_encode(&s->status);
    assert_int_equal(decode(&mash__status__descriptor, mash_bytes_span(&status)), MASH_OK);
    static const uint32_t nested[] = { 10, 15 }; /* SubjectOutcome, Seen */
    for (size_t k = 0; k < 2; k++) {
        struct mash_bytes inside = smuggle(mash_bytes_span(&status), nested[k], extra);
        assert_int_equal(decode(&mash__status__descriptor, mash_bytes_span(&inside)), MASH_E_FORMAT);
        mash_bytes_free(&inside);
    }
    mash_bytes_free(&status);

    /* three levels down: Request.submit.notices[0] */
    Mash__SignedNotice notice = MASH__SIGNED_NOTICE__INIT;
    notice.manifest = sample_fill(1, 20);
    Mash__SignedNotice *list[] = { &notice };
    Mash__Submit submit = MASH__SUBMIT__INIT;
    submit.notices = list;
    submit.n_notices = 1;
    struct mash_bytes plain = sample_encode(&submit);
    struct mash_bytes spoilt = smuggle(mash_bytes_span(&plain), 1, extra);
    for (int i = 0; i < 2; i++) {
        struct mash_bytes request = mash_bytes_max(4096);
        struct mash_bytes *inner = i == 0 ? &plain : &spoilt;
        put(&request, "\x08\x07\x1a", 3); /* id 7, submit */
        put_length(&request, inner->len);
        put(&request, inner->data, inner->len);
        assert_int_equal(decode(&mash__request__descriptor, mash_bytes_span(&request)),
                         i == 0 ? MASH_OK : MASH_E_FORMAT);
        mash_bytes_free(&request);
    }
    mash_bytes_free(&plain);
    mash_bytes_free(&spoilt);
    free(s);
}

/* Encodings by hand.  Those that are right stand beside those that are nearly so. */
static const struct row {
    const char *what;
    struct mash_span bytes;
    enum mash_err err;
} rows[] = {
    { "nothing", RAW(""), MASH_OK },
    { "partnership, schema", RAW("\x0a\x03llr\x10\x01"), MASH_OK },
    { "overlong varint", RAW("\x0a\x03llr\x10\x81\x00"), MASH_E_FORMAT },
    { "overlong length", RAW("\x0a\x83\x00llr\x10\x01"), MASH_E_FORMAT },
    { "overlong tag", RAW("\x8a\x00\x03llr\x10\x01"), MASH_E_FORMAT },
    { "varint of 10 bytes", RAW("\x10\x81\x80\x80\x80\x80\x80\x80\x80\x80\x01"), MASH_E_FORMAT },
    { "varint of 11 bytes", RAW("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), MASH_E_FORMAT },
    { "uint32 beyond 32 bits", RAW("\x10\x81\x80\x80\x80\x10"), MASH_E_FORMAT },
    { "wrong order", RAW("\x10\x01\x0a\x03llr"), MASH_E_FORMAT },
    { "field twice", RAW("\x0a\x03llr\x10\x01\x10\x01"), MASH_E_FORMAT },
    { "field twice, other value", RAW("\x0a\x03llr\x10\x01\x10\x02"), MASH_E_FORMAT },
    { "string twice", RAW("\x0a\x03llr\x0a\x03llr"), MASH_E_FORMAT },
    { "message twice", RAW("\xba\x01\x02\x08\x01\xba\x01\x02\x08\x01"), MASH_E_FORMAT },
    { "message once", RAW("\xba\x01\x02\x08\x01"), MASH_OK },
    { "empty message", RAW("\xba\x01\x00"), MASH_OK },
    { "default number written out", RAW("\x0a\x03llr\x10\x00"), MASH_E_FORMAT },
    { "default string written out", RAW("\x0a\x00\x10\x01"), MASH_E_FORMAT },
    { "default bytes written out", RAW("\x10\x01\x1a\x00"), MASH_E_FORMAT },
    { "default bool written out", RAW("\x40\x00"), MASH_E_FORMAT },
    { "default inside a message", RAW("\xba\x01\x02\x08\x00"), MASH_E_FORMAT },
    { "bool 1", RAW("\x40\x01"), MASH_OK },
    { "bool 2", RAW("\x40\x02"), MASH_E_FORMAT },
    { "enum with a name", RAW("\x58\x04"), MASH_OK },
    { "enum without a name", RAW("\x58\x05"), MASH_E_FORMAT },
    { "negative enum", RAW("\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), MASH_E_FORMAT },
    { "enum without a name, nested", RAW("\x32\x02\x18\x03"), MASH_E_FORMAT },
    { "wrong wire type, fixed32", RAW("\x15\x01\x00\x00\x00"), MASH_E_FORMAT },
    { "wrong wire type, fixed64", RAW("\x11\x01\x00\x00\x00\x00\x00\x00\x00"), MASH_E_FORMAT },
    { "wrong wire type, bytes", RAW("\x12\x01\x01"), MASH_E_FORMAT },
    { "wrong wire type, varint", RAW("\x08\x01"), MASH_E_FORMAT },
    { "group", RAW("\x13\x14"), MASH_E_FORMAT },
    { "wire type 6", RAW("\x16\x01"), MASH_E_FORMAT },
    { "wire type 7", RAW("\x17\x01"), MASH_E_FORMAT },
    { "field number 0", RAW("\x02\x01x"), MASH_E_FORMAT },
    { "tag alone", RAW("\x0a"), MASH_E_FORMAT },
    { "tag cut", RAW("\xba"), MASH_E_FORMAT },
    { "length alone", RAW("\x0a\x03"), MASH_E_FORMAT },
    { "content cut", RAW("\x0a\x03ll"), MASH_E_FORMAT },
    { "content one longer", RAW("\x0a\x02llr"), MASH_E_FORMAT },
    { "64 MiB claimed", RAW("\x0a\x80\x80\x80\x20llr"), MASH_E_FORMAT },
    { "4 GiB claimed", RAW("\x0a\xff\xff\xff\xff\x0fllr"), MASH_E_FORMAT },
    { "2^63 claimed", RAW("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7fllr"), MASH_E_FORMAT },
    { "2^64 - 1 claimed", RAW("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01llr"), MASH_E_FORMAT },
    { "2^64 - 1 claimed, nested", RAW("\x32\x0c\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), MASH_E_FORMAT },
    { "nested beyond its parent", RAW("\x32\x03\x0a\x09llr\x10\x01xxxx"), MASH_E_FORMAT },
    { "NUL inside", RAW("\x0a\x03l\0r"), MASH_E_FORMAT },
    { "NUL at the end", RAW("\x0a\x04llr\0"), MASH_E_FORMAT },
    { "NUL at the beginning", RAW("\x0a\x04\0llr"), MASH_E_FORMAT },
    { "NUL nested", RAW("\x32\x05\x0a\x03l\0r"), MASH_E_FORMAT },
    { "UTF-8, two bytes", RAW("\x0a\x02\xc3\xa9"), MASH_OK },
    { "UTF-8, three bytes", RAW("\x0a\x03\xe2\x82\xac"), MASH_OK },
    { "UTF-8, four bytes", RAW("\x0a\x04\xf0\x9f\x98\x80"), MASH_OK },
    { "UTF-8, least of three bytes", RAW("\x0a\x03\xe0\xa0\x80"), MASH_OK },
    { "UTF-8, least of four bytes", RAW("\x0a\x04\xf0\x90\x80\x80"), MASH_OK },
    { "UTF-8, last code point", RAW("\x0a\x04\xf4\x8f\xbf\xbf"), MASH_OK },
    { "beyond the last code point", RAW("\x0a\x04\xf4\x90\x80\x80"), MASH_E_FORMAT },
    { "overlong UTF-8 slash", RAW("\x0a\x02\xc0\xaf"), MASH_E_FORMAT },
    { "overlong UTF-8, c1", RAW("\x0a\x02\xc1\xbf"), MASH_E_FORMAT },
    { "overlong UTF-8, three bytes", RAW("\x0a\x03\xe0\x9f\xbf"), MASH_E_FORMAT },
    { "overlong UTF-8, four bytes", RAW("\x0a\x04\xf0\x8f\xbf\xbf"), MASH_E_FORMAT },
    { "surrogate", RAW("\x0a\x03\xed\xa0\x80"), MASH_E_FORMAT },
    { "last surrogate", RAW("\x0a\x03\xed\xbf\xbf"), MASH_E_FORMAT },
    { "lone continuation", RAW("\x0a\x01\x80"), MASH_E_FORMAT },
    { "cut UTF-8", RAW("\x0a\x01\xc3"), MASH_E_FORMAT },
    { "cut UTF-8, three bytes", RAW("\x0a\x02\xe2\x82"), MASH_E_FORMAT },
    { "UTF-8 f5", RAW("\x0a\x04\xf5\x80\x80\x80"), MASH_E_FORMAT },
    { "UTF-8 ff", RAW("\x0a\x01\xff"), MASH_E_FORMAT },
    { "bad UTF-8, nested", RAW("\x32\x03\x0a\x01\xff"), MASH_E_FORMAT },
    { "escape", RAW("\x0a\x03\x1b[m"), MASH_E_FORMAT },
    { "carriage return", RAW("\x0a\x01\r"), MASH_E_FORMAT },
    { "delete", RAW("\x0a\x01\x7f"), MASH_E_FORMAT },
    { "C1 control", RAW("\x0a\x02\xc2\x85"), MASH_E_FORMAT },
    { "first C1 control", RAW("\x0a\x02\xc2\x80"), MASH_E_FORMAT },
    { "last C1 control", RAW("\x0a\x02\xc2\x9f"), MASH_E_FORMAT },
    { "escape after two bytes", RAW("\x0a\x03\xc3\xa9\x1b"), MASH_E_FORMAT },
    { "escape after four bytes", RAW("\x0a\x05\xf0\x9f\x98\x80\x1b"), MASH_E_FORMAT },
    { "no-break space", RAW("\x0a\x02\xc2\xa0"), MASH_OK },
};

static void
one_encoding_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum mash_err err = decode_manifest(rows[i].bytes);
        if (err != rows[i].err)
            print_error("%s: %s\n", rows[i].what, mash_strerror(err));
        assert_int_equal(err, rows[i].err);
    }
}

/* Cut anywhere, and with any one byte changed: refused, or another whole manifest, never a crash.
 * (The memory checker watches this one.) */
static void
every_cut_and_every_flip(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct mash_bytes good = sample_encode(&s->manifest);
    struct piece pieces[64];
    size_t count = cut(mash_bytes_span(&good), pieces, 64);
    for (size_t len = 0; len < good.len; len++) {
        bool at_border = false;
        for (size_t i = 0; i < count; i++)
            at_border = at_border || pieces[i].at == len;
        uint8_t *copy = malloc(len > 0 ? len : 1); /* its own block, so that reading on is seen */
        assert_non_null(copy);
        memcpy(copy, good.data, len);
        assert_int_equal(decode_manifest(mash_span(copy, len)), at_border ? MASH_OK : MASH_E_FORMAT);
        free(copy);
    }
    for (size_t at = 0; at < good.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            good.data[at] ^= (uint8_t)(1u << bit);
            enum mash_err err = decode_manifest(mash_bytes_span(&good));
            assert_true(err == MASH_OK || err == MASH_E_FORMAT);
            good.data[at] ^= (uint8_t)(1u << bit);
        }
    }
    mash_bytes_free(&good);
    free(s);
}

/* Two bytes on the wire that become a hundred in memory: the decoder's budget ends it. */
static void
memory_is_bounded(void **state)
{
    (void)state;
    static uint8_t many[MASH_FRAME_MAX];
    for (size_t i = 0; i + 1 < sizeof(many); i += 2) {
        many[i] = 0x32; /* an empty recipient */
        many[i + 1] = 0;
    }
    assert_int_equal(decode_manifest(mash_span(many, sizeof(many))), MASH_E_LIMIT);
    assert_int_equal(decode_manifest(mash_span(many, 2000)), MASH_OK);
}

static void
what_is_written_is_read(void **state)
{
    (void)state;
    struct sample *s = sample_new();
    struct mash_bytes bytes = sample_encode(&s->manifest);
    Mash__Manifest *manifest = NULL;
    assert_int_equal(mash_message_decode(&mash__manifest__descriptor, mash_bytes_span(&bytes), &manifest),
                     MASH_OK);
    struct mash_bytes again = sample_encode(manifest);
    assert_true(mash_span_equal(mash_bytes_span(&bytes), mash_bytes_span(&again)));
    mash_message_free(&manifest);
    assert_null(manifest);
    mash_message_free(&manifest);

    struct mash_bytes small = mash_bytes_max(bytes.len - 1);
    assert_int_equal(mash_message_encode(&s->manifest, &small), MASH_E_LIMIT);
    assert_int_equal(small.len, 0);
    mash_bytes_free(&bytes);
    mash_bytes_free(&again);
    free(s);
}

/* A message whose parts take far more memory than its bytes: it lies in many blocks, all found again. */
static void
many_parts_are_all_there(void **state)
{
    (void)state;
    enum { PARTS = 5000 };
    static Mash__Outcome parts[PARTS];
    static Mash__Outcome *list[PARTS];
    Mash__Outcomes outcomes = MASH__OUTCOMES__INIT;
    Mash__Outcomes *read = NULL;
    struct mash_bytes bytes = mash_bytes_max(MASH_FRAME_MAX);
    for (size_t i = 0; i < PARTS; i++) {
        mash__outcome__init(&parts[i]);
        parts[i].code = (uint32_t)i;
        parts[i].sub_code = i % 2 == 0 ? "S102" : "";
        list[i] = &parts[i];
    }
    outcomes.n_outcomes = PARTS;
    outcomes.outcomes = list;
    assert_int_equal(mash_message_encode(&outcomes, &bytes), MASH_OK);
    assert_int_equal(mash_message_decode(&mash__outcomes__descriptor, mash_bytes_span(&bytes), &read), MASH_OK);
    assert_int_equal(read->n_outcomes, PARTS);
    for (size_t i = 0; i < PARTS; i++) {
        assert_int_equal(read->outcomes[i]->code, i);
        assert_string_equal(read->outcomes[i]->sub_code, parts[i].sub_code);
        assert_int_equal((uintptr_t)read->outcomes[i] % _Alignof(max_align_t), 0);
    }
    mash_message_free(&read);
    assert_null(read);
    mash_bytes_free(&bytes);
}

static void
schema_is_seen_first(void **state)
{
    (void)state;
    static const struct {
        struct mash_span bytes;
        uint32_t schema;
    } heads[] = {
        { RAW("\x0a\x03llr\x10\x01"), 1 },
        { RAW("\x0a\x03llr\x10\x02\xff\xff"), 2 },
        { RAW("\x0a\x03llr\x10\x7f"), 127 },
        { RAW("\x0a\x03llr\x10\x80"), 0 },
        { RAW("\x0a\x03llr\x18\x01"), 0 },
        { RAW("\x0a\x03llr\x10"), 0 },
        { RAW("\x0a\xffllr\x10\x02"), 0 },
        { RAW("\x10\x02"), 0 },
        { RAW("\x0a"), 0 },
        { RAW(""), 0 },
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        assert_int_equal(mash_message_schema(heads[i].bytes), heads[i].schema);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_unknown_fields),
        cmocka_unit_test(names_in_statuses_and_requests),
        cmocka_unit_test(one_encoding_only),
        cmocka_unit_test(every_cut_and_every_flip),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(many_parts_are_all_there),
        cmocka_unit_test(schema_is_seen_first),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
