/* SPDX-License-Identifier: Apache-2.0 */
/* fixture_store.h - what the store's tests share: a scratch directory, groups of made-up rows, copies of a
 * directory as a crash would leave it. */
#ifndef MASH_TESTS_FIXTURE_STORE_H
#define MASH_TESTS_FIXTURE_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/store.h"

#define FIXTURE __attribute__((unused)) static
#define assert_ok(call) assert_int_equal((call), MASH_OK)

static char scratch[64]; /* of the running test; names below are inside it */

FIXTURE int
scratch_setup(void **state)
{
    (void)state;
    (void)snprintf(scratch, sizeof(scratch), "store-XXXXXX");
    return sodium_init() >= 0 && mkdtemp(scratch) != NULL ? 0 : -1;
}

static int
scratch_remove(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

FIXTURE int
scratch_teardown(void **state)
{
    (void)state;
    return nftw(scratch, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* scratch/name[/file], in one of a few static buffers. */
FIXTURE const char *
inside(const char *name, const char *file)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    const char *slash = file != NULL ? "/" : "";
    (void)snprintf(path, sizeof(paths[0]), "%s/%s%s%s", scratch, name, slash, file != NULL ? file : "");
    return path;
}

FIXTURE void
copy_file(const char *from, const char *to)
{
    static uint8_t block[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t got; (got = fread(block, 1, sizeof(block), in)) > 0;)
        assert_int_equal(fwrite(block, 1, got, out), got);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

/* Copy a store's directory while it is open: what a crash at this moment leaves. */
FIXTURE void
copy_store(const char *from, const char *to)
{
    assert_int_equal(mkdir(inside(to, NULL), 0700), 0);
    DIR *directory = opendir(inside(from, NULL));
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.')
            copy_file(inside(from, entry->d_name), inside(to, entry->d_name));
    (void)closedir(directory);
}

FIXTURE struct mash_store *
open_store(const char *name, enum mash_store_found want)
{
    struct mash_store *store = NULL;
    enum mash_store_found found;
    assert_ok(mash_store_open(inside(name, NULL), &store, &found));
    assert_int_equal(found, want);
    return store;
}

FIXTURE struct mash_store_head
begin(struct mash_store *store)
{
    struct mash_store_head head;
    assert_ok(mash_store_group_begin(store, &head));
    return head;
}

FIXTURE void
commit(struct mash_store *store)
{
    assert_ok(mash_store_group_commit(store, mash_span_str("a signed note\n")));
}

/* Append an entry whose detail is its number in text. */
FIXTURE uint64_t
append(struct mash_store *store, uint64_t number)
{
    char detail[64];
    uint64_t index = 0;
    (void)snprintf(detail, sizeof(detail), "entry %llu", (unsigned long long)number);
    assert_ok(mash_store_append(store, 1, 1000 + number, mash_span_str(detail), &index));
    return index;
}

/* A group of count entries, committed. */
FIXTURE struct mash_store_head
commit_entries(struct mash_store *store, uint64_t count)
{
    struct mash_store_head head = begin(store);
    uint64_t first = head.size;
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(append(store, first + i), first + i);
    assert_ok(mash_store_group_head(store, &head));
    assert_int_equal(head.size, first + count);
    commit(store);
    return head;
}

FIXTURE struct mash_hash
digest_of(const char *what, unsigned number)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%s %u", what, number);
    return mash_hash_of(mash_span_str(text));
}

FIXTURE struct mash_store_notice
notice_made(unsigned number, uint64_t accept_entry)
{
    struct mash_store_notice notice;
    memset(&notice, 0, sizeof(notice));
    notice.manifest_sha256 = digest_of("manifest", number);
    notice.body_sha256 = digest_of("body", number);
    (void)snprintf(notice.from, sizeof(notice.from), "school/office@llr");
    (void)snprintf(notice.from_agency, sizeof(notice.from_agency), "school");
    (void)snprintf(notice.type, sizeof(notice.type), number % 2 == 0 ? "CONTACT" : "REFERRAL");
    mash_put_u32be(notice.notice_id, number);
    notice.immediate = number % 3 == 0;
    notice.drill = number % 5 == 0;
    notice.subject_count = 1 + number % 20;
    notice.accept_entry = accept_entry;
    notice.held_ms = 1000 + accept_entry;
    return notice;
}

FIXTURE struct mash_store_obligation
obligation_made(unsigned number, const char *mailbox, Mash__State state)
{
    struct mash_store_obligation row;
    memset(&row, 0, sizeof(row));
    row.manifest_sha256 = digest_of("manifest", number);
    (void)snprintf(row.mailbox, sizeof(row.mailbox), "%s", mailbox);
    row.action = true;
    row.progress.state = state;
    row.held_ms = 1000;
    return row;
}

#endif
