/* SPDX-License-Identifier: Apache-2.0 */
/* test_receipt.c - receipts: from every place of small logs, every flipped bit, every wrong piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/base64.h"
#include "proto/cosignature.h"
#include "proto/receipt.h"

#define ORIGIN "llr/2026"
#define LEAVES 9
#define DETAIL "metadata of entry"

static uint8_t public[MASH_SIGN_PUBLIC_BYTES];
static uint8_t secret[MASH_SIGN_SECRET_BYTES];
static struct mash_entry entries[LEAVES];
static struct mash_hash leaf_hashes[LEAVES];
static uint8_t salts[LEAVES][MASH_ENTRY_SALT_BYTES];

/* The signed checkpoint of the first size entries. */
static void
sign_log(size_t size, struct mash_bytes *out)
{
    struct mash_checkpoint checkpoint = { .origin = ORIGIN, .size = size };
    checkpoint.root = mash_tree_batch_root(leaf_hashes, size);
    *out = mash_bytes_max(MASH_CHECKPOINT_MAX);
    assert_int_equal(mash_checkpoint_sign(&checkpoint, secret, out), MASH_OK);
}

static void
make_receipt(size_t index, size_t size, struct mash_bytes *out)
{
    struct mash_bytes note;
    struct mash_tree_path path;
    sign_log(size, &note);
    assert_int_equal(mash_tree_batch_path(leaf_hashes, size, index, &path), MASH_OK);
    *out = mash_bytes_max(MASH_RECEIPT_MAX);
    assert_int_equal(mash_receipt_encode(&entries[index], salts[index], mash_span_str(DETAIL), index, &path,
                                         mash_bytes_span(&note), out), MASH_OK);
    mash_bytes_free(&note);
}

static enum mash_err
open_receipt(struct mash_span in)
{
    struct mash_receipt receipt;
    enum mash_err err = mash_receipt_open(in, ORIGIN, public, &receipt);
    if (err == MASH_OK)
        mash_receipt_close(&receipt);
    return err;
}

static void
every_place_of_small_logs(void **state)
{
    (void)state;
    for (size_t size = 1; size <= LEAVES; size++) {
        struct mash_hash root = mash_tree_batch_root(leaf_hashes, size);
        for (size_t index = 0; index < size; index++) {
            struct mash_bytes out;
            struct mash_receipt receipt;
            make_receipt(index, size, &out);
            assert_int_equal(mash_receipt_open(mash_bytes_span(&out), ORIGIN, public, &receipt), MASH_OK);
            assert_int_equal(receipt.index, index);
            assert_int_equal(receipt.checkpoint.size, size);
            assert_true(mash_hash_equal(&receipt.checkpoint.root, &root));
            assert_int_equal(receipt.entry.kind, entries[index].kind);
            assert_true(receipt.entry.time_ms == entries[index].time_ms);
            assert_memory_equal(receipt.salt, salts[index], sizeof(receipt.salt));
            assert_true(mash_span_equal(receipt.detail, mash_span_str(DETAIL)));

            struct mash_bytes note;
            sign_log(size, &note);
            assert_true(mash_span_equal(receipt.note, mash_bytes_span(&note)));
            mash_bytes_free(&note);
            mash_receipt_close(&receipt);
            mash_bytes_free(&out);
        }
    }
}

/* The text, line by line, as c2sp.org/tlog-proof "Format" has it. */
static void
the_text(void **state)
{
    (void)state;
    struct mash_bytes got, note, want = mash_bytes_max(MASH_RECEIPT_MAX);
    make_receipt(2, 3, &got);
    sign_log(3, &note);
    uint8_t extra[42 + 32 + sizeof(DETAIL) - 1];
    mash_entry_encode(&entries[2], extra);
    memcpy(extra + 42, salts[2], 32);
    memcpy(extra + 74, DETAIL, sizeof(DETAIL) - 1);
    struct mash_hash sibling = mash_tree_node_hash(&leaf_hashes[0], &leaf_hashes[1]);

    assert_int_equal(mash_bytes_append_str(&want, "c2sp.org/tlog-proof@v1\nextra "), MASH_OK);
    assert_int_equal(mash_base64_encode(mash_span(extra, sizeof(extra)), MASH_BASE64_PADDED, &want), MASH_OK);
    assert_int_equal(mash_bytes_append_str(&want, "\nindex 2\n"), MASH_OK);
    assert_int_equal(mash_base64_encode(mash_hash_span(&sibling), MASH_BASE64_PADDED, &want), MASH_OK);
    assert_int_equal(mash_bytes_append_str(&want, "\n\n"), MASH_OK);
    assert_int_equal(mash_bytes_append(&want, note.data, note.len), MASH_OK);
    assert_true(mash_span_equal(mash_bytes_span(&got), mash_bytes_span(&want)));
    mash_bytes_free(&got);
    mash_bytes_free(&note);
    mash_bytes_free(&want);
}

static void
every_flip_and_every_cut_is_refused(void **state)
{
    (void)state;
    struct mash_bytes out;
    make_receipt(3, 5, &out);
    for (size_t i = 0; i < out.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            out.data[i] ^= (uint8_t)(1u << bit);
            assert_int_not_equal(open_receipt(mash_bytes_span(&out)), MASH_OK);
            out.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t len = 0; len < out.len; len++)
        assert_int_not_equal(open_receipt(mash_span(out.data, len)), MASH_OK);
    assert_int_equal(open_receipt(mash_bytes_span(&out)), MASH_OK);
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t more = (uint8_t)byte;
        assert_int_equal(mash_bytes_append(&out, &more, 1), MASH_OK);
        assert_int_not_equal(open_receipt(mash_bytes_span(&out)), MASH_OK);
        out.len--;
    }
    mash_bytes_free(&out);
}

/* Witness lines of keys we do not know may say anything; what is verified is not touched by them. */
static void
a_cosigned_checkpoint(void **state)
{
    (void)state;
    struct mash_bytes out;
    struct mash_note_key witness;
    make_receipt(0, 2, &out);
    size_t from = out.len;
    assert_int_equal(mash_note_key_make("leics-police/witness", MASH_NOTE_COSIGNATURE, public, &witness),
                     MASH_OK);
    struct mash_receipt receipt;
    struct mash_note note;
    struct mash_bytes line = mash_bytes_max(1024);
    assert_int_equal(mash_receipt_open(mash_bytes_span(&out), ORIGIN, public, &receipt), MASH_OK);
    assert_int_equal(mash_note_parse(receipt.note, &note), MASH_OK);
    assert_int_equal(mash_cosignature_make(note.text, &witness, secret, 1679315147, &line), MASH_OK);
    mash_receipt_close(&receipt);
    assert_int_equal(mash_bytes_append(&out, line.data, line.len), MASH_OK);
    mash_bytes_free(&line);

    assert_int_equal(mash_receipt_open(mash_bytes_span(&out), ORIGIN, public, &receipt), MASH_OK);
    assert_int_equal(mash_note_parse(receipt.note, &note), MASH_OK);
    struct mash_note_verdict verdict;
    assert_int_equal(mash_cosignature_verify(&note, &witness, 1, &verdict, NULL), MASH_OK);
    mash_receipt_close(&receipt);

    for (size_t i = 0; i < out.len; i++) {
        out.data[i] ^= 1;
        enum mash_err err = mash_receipt_open(mash_bytes_span(&out), ORIGIN, public, &receipt);
        if (err == MASH_OK) {
            assert_true(i >= from);
            assert_int_equal(receipt.index, 0);
            assert_true(mash_span_equal(receipt.detail, mash_span_str(DETAIL)));
            mash_receipt_close(&receipt);
        }
        out.data[i] ^= 1;
    }
    mash_bytes_free(&out);
}

static void
another_log_or_key(void **state)
{
    (void)state;
    struct mash_bytes out;
    struct mash_receipt receipt;
    uint8_t other[MASH_SIGN_PUBLIC_BYTES];
    memcpy(other, public, sizeof(other));
    other[0] ^= 1;
    make_receipt(1, 4, &out);
    assert_int_equal(mash_receipt_open(mash_bytes_span(&out), "llr/2025", public, &receipt), MASH_E_UNKNOWN);
    assert_int_equal(mash_receipt_open(mash_bytes_span(&out), ORIGIN, other, &receipt), MASH_E_UNKNOWN);
    mash_bytes_free(&out);
}

/* Put together what does not belong together. */
static void
wrong_pieces(void **state)
{
    (void)state;
    struct mash_bytes note, out = mash_bytes_max(MASH_RECEIPT_MAX);
    struct mash_tree_path path;
    struct mash_span detail = mash_span_str(DETAIL);
    sign_log(6, &note);
    struct mash_span cp = mash_bytes_span(&note);
    assert_int_equal(mash_tree_batch_path(leaf_hashes, 6, 2, &path), MASH_OK);

    const struct {
        const struct mash_entry *entry;
        size_t salt;
        uint64_t index;
        int count; /* hashes more than the path has */
        enum mash_err err;
    } rows[] = {
        { &entries[2], 2, 2, 0, MASH_OK },
        { &entries[2], 2, 3, 0, MASH_E_SIGNATURE },
        { &entries[2], 2, 5, 0, MASH_E_SIGNATURE },
        { &entries[2], 2, 6, 0, MASH_E_VALUE },
        { &entries[2], 2, UINT64_MAX, 0, MASH_E_FORMAT },
        { &entries[3], 3, 2, 0, MASH_E_SIGNATURE },
        { &entries[2], 2, 2, -1, MASH_E_SIGNATURE },
        { &entries[2], 2, 2, 1, MASH_E_SIGNATURE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_tree_path used = path;
        used.count = (unsigned)((int)path.count + rows[i].count);
        out.len = 0;
        assert_int_equal(mash_receipt_encode(rows[i].entry, salts[rows[i].salt], detail, rows[i].index,
                                             &used, cp, &out), MASH_OK);
        assert_int_equal(open_receipt(mash_bytes_span(&out)), rows[i].err);
    }

    out.len = 0;
    assert_int_equal(mash_receipt_encode(&entries[2], salts[3], detail, 2, &path, cp, &out), MASH_E_MISMATCH);
    assert_int_equal(mash_receipt_encode(&entries[2], salts[2], mash_span_str("other"), 2, &path, cp, &out),
                     MASH_E_MISMATCH);
    path.count = MASH_TREE_PATH_MAX + 1;
    assert_int_equal(mash_receipt_encode(&entries[2], salts[2], detail, 2, &path, cp, &out), MASH_E_LIMIT);
    assert_int_equal(out.len, 0);
    mash_bytes_free(&out);
    mash_bytes_free(&note);
}

/* Texts built around a good checkpoint and good details, wrong only in their form. */
static void
wrong_forms(void **state)
{
    (void)state;
    struct mash_bytes good;
    make_receipt(0, 1, &good); /* no hash: the empty line follows the index */
    assert_int_equal(mash_bytes_append(&good, "", 1), MASH_OK);
    const char *text = (const char *)good.data;
    const char *extra = strchr(text, '\n') + 1;
    const char *index = strchr(extra, '\n') + 1;
    const char *rest = strchr(index, '\n') + 1;
    int extra_len = (int)(index - extra);

    static const struct { const char *first, *before, *index; bool has_extra; enum mash_err err; } rows[] = {
        { "c2sp.org/tlog-proof@v1\n", "", "index 0\n", true, MASH_OK },
        { "c2sp.org/tlog-proof@v2\n", "", "index 0\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\r\n", "", "index 0\n", true, MASH_E_FORMAT },
        { "", "", "index 0\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index 0\n", false, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "extra \n", "index 0\n", false, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "extra AAAA\n", "index 0\n", false, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "extra !!!!\n", "index 0\n", false, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "extra AAAA\n", "index 0\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "\n", "index 0\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index 00\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index -0\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index  0\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index 0 \n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index 1\n", true, MASH_E_VALUE },
        { "c2sp.org/tlog-proof@v1\n", "", "index 0\nAAAA\n", true, MASH_E_FORMAT },
        { "c2sp.org/tlog-proof@v1\n", "", "index 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", true,
          MASH_E_SIGNATURE },
        { "c2sp.org/tlog-proof@v1\n", "", "index 0\n\n", true, MASH_E_SIGNATURE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mash_bytes out = mash_bytes_max(MASH_RECEIPT_MAX);
        assert_int_equal(mash_bytes_appendf(&out, "%s%s%.*s%s%s", rows[i].first, rows[i].before,
                                            rows[i].has_extra ? extra_len : 0, extra, rows[i].index, rest),
                         MASH_OK);
        enum mash_err err = open_receipt(mash_bytes_span(&out));
        if (err != rows[i].err)
            print_error("row %zu\n", i);
        assert_int_equal(err, rows[i].err);
        mash_bytes_free(&out);
    }
    mash_bytes_free(&good);
}

static void
limits(void **state)
{
    (void)state;
    struct mash_bytes note, out = mash_bytes_max(2 * MASH_RECEIPT_MAX);
    struct mash_hash kept = leaf_hashes[0];
    uint8_t *detail = calloc(1, MASH_DETAIL_MAX + 1);
    assert_non_null(detail);
    struct mash_tree_path path = { .count = 0 };
    struct mash_entry entry = entries[0];

    /* the largest detail, and none */
    static const size_t sizes[] = { MASH_DETAIL_MAX, 0, 1, 2 };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct mash_span span = mash_span(detail, sizes[i]);
        entry.commit = mash_entry_commit(salts[0], span);
        leaf_hashes[0] = mash_entry_leaf_hash(&entry);
        sign_log(1, &note);
        out.len = 0;
        assert_int_equal(mash_receipt_encode(&entry, salts[0], span, 0, &path, mash_bytes_span(&note), &out),
                         MASH_OK);
        assert_true(out.len <= MASH_RECEIPT_MAX);
        assert_int_equal(open_receipt(mash_bytes_span(&out)), MASH_OK);
        mash_bytes_free(&note);
    }
    sign_log(1, &note);
    out.len = 0;
    assert_int_equal(mash_receipt_encode(&entry, salts[0], mash_span(detail, MASH_DETAIL_MAX + 1), 0, &path,
                                         mash_bytes_span(&note), &out), MASH_E_LIMIT);
    assert_int_equal(out.len, 0);
    mash_bytes_free(&note);
    leaf_hashes[0] = kept;

    /* 64 hashes are read, 65 are not; an extra line one group too long is not decoded */
    for (unsigned count = MASH_TREE_PATH_MAX; count <= MASH_TREE_PATH_MAX + 1; count++) {
        make_receipt(0, 1, &note);
        struct mash_span rest = mash_bytes_span(&note);
        const uint8_t *at = memmem(rest.data, rest.len, "index 0\n", 8);
        assert_non_null(at);
        size_t head = (size_t)(at - rest.data) + 8;
        out.len = 0;
        assert_int_equal(mash_bytes_append(&out, rest.data, head), MASH_OK);
        for (unsigned i = 0; i < count; i++)
            assert_int_equal(mash_bytes_append_str(&out, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
                             MASH_OK);
        assert_int_equal(mash_bytes_append(&out, rest.data + head, rest.len - head), MASH_OK);
        assert_int_equal(open_receipt(mash_bytes_span(&out)),
                         count == MASH_TREE_PATH_MAX ? MASH_E_SIGNATURE : MASH_E_LIMIT);
        mash_bytes_free(&note);
    }
    out.len = 0;
    assert_int_equal(mash_bytes_append_str(&out, "c2sp.org/tlog-proof@v1\nextra "), MASH_OK);
    for (size_t i = 0; i < (42 + 32 + MASH_DETAIL_MAX) / 3 + 1; i++)
        assert_int_equal(mash_bytes_append_str(&out, "AAAA"), MASH_OK);
    assert_int_equal(mash_bytes_append_str(&out, "\nindex 0\n\nx"), MASH_OK);
    assert_int_equal(open_receipt(mash_bytes_span(&out)), MASH_E_LIMIT);
    free(detail);
    mash_bytes_free(&out);

    uint8_t *junk = calloc(1, 1024 * 1024);
    assert_non_null(junk);
    assert_int_equal(open_receipt(mash_span(junk, 1024 * 1024)), MASH_E_LIMIT);
    assert_int_equal(open_receipt(mash_span(junk, MASH_RECEIPT_MAX)), MASH_E_FORMAT);
    assert_int_equal(open_receipt(mash_span(NULL, 0)), MASH_E_FORMAT);
    free(junk);
}

/* Encoding stops cleanly wherever the buffer ends. */
static void
a_full_buffer_is_left_as_it_was(void **state)
{
    (void)state;
    struct mash_bytes note;
    struct mash_tree_path path;
    sign_log(3, &note);
    assert_int_equal(mash_tree_batch_path(leaf_hashes, 3, 0, &path), MASH_OK);
    struct mash_bytes whole = mash_bytes_max(MASH_RECEIPT_MAX);
    assert_int_equal(mash_receipt_encode(&entries[0], salts[0], mash_span_str(DETAIL), 0, &path,
                                         mash_bytes_span(&note), &whole), MASH_OK);
    for (size_t max = 0; max < whole.len; max++) {
        struct mash_bytes out = mash_bytes_max(max);
        assert_int_equal(mash_receipt_encode(&entries[0], salts[0], mash_span_str(DETAIL), 0, &path,
                                             mash_bytes_span(&note), &out), MASH_E_LIMIT);
        assert_int_equal(out.len, 0);
        mash_bytes_free(&out);
    }
    mash_bytes_free(&whole);
    mash_bytes_free(&note);
}

static int
make_log(void **state)
{
    (void)state;
    const uint8_t seed[32] = { 3 };
    mash_sign_keypair(seed, public, secret);
    for (uint8_t i = 0; i < LEAVES; i++) {
        memset(salts[i], i, sizeof(salts[i]));
        entries[i].kind = (uint8_t)(i + 1);
        entries[i].time_ms = 1767225600000u + i;
        entries[i].commit = mash_entry_commit(salts[i], mash_span_str(DETAIL));
        leaf_hashes[i] = mash_entry_leaf_hash(&entries[i]);
    }
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_of_small_logs),
        cmocka_unit_test(the_text),
        cmocka_unit_test(every_flip_and_every_cut_is_refused),
        cmocka_unit_test(a_cosigned_checkpoint),
        cmocka_unit_test(another_log_or_key),
        cmocka_unit_test(wrong_pieces),
        cmocka_unit_test(wrong_forms),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_full_buffer_is_left_as_it_was),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_log, NULL);
}
