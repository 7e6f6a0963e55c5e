/* SPDX-License-Identifier: Apache-2.0 */
/* test_age_vectors.c - the C2SP CCTV age vectors (github.com/C2SP/CCTV, age/testdata), all of them.
 * Files for X25519 in binary form must give exactly what they expect; files that need armour, a
 * passphrase or a post-quantum key must be refused, whatever they expect of others.
 * The vectors are not part of this tree: $MASH_SHARED/vectors/age/testdata, or ../shared.
 * Exit 77 when they are absent. */
#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef MASH_TEST_ZLIB
#include <zlib.h>
#endif

#include "proto/age.h"
#include "proto/limits.h"

#define SKIPPED 77
#define IDENTITIES_MAX 4
#define FILE_MAX ((size_t)32 << 20) /* the largest vector is 17 MiB when inflated */
/* Fewer than these means that vectors went missing, not that all is well. */
#define PASSED_MIN 67
#define ALL_MIN 143

struct vector {
    char name[256];
    struct mash_bytes raw;  /* the file as it is on disk */
    struct mash_bytes file; /* the age file in it */
    char expect[32];
    char payload[65];
    bool armored;
    bool passphrase;
    bool compressed;
    bool unknown_key;
    bool foreign_identity; /* of a type that we do not have */
    struct mash_age_identity *identities[IDENTITIES_MAX];
    size_t identity_count;
};

struct tally {
    unsigned passed;
    unsigned refused;
    unsigned out_of_scope;
    unsigned failed;
};

static bool
read_file(const char *path, struct mash_bytes *ret)
{
    FILE *in = fopen(path, "rb");
    uint8_t block[65536];
    size_t len;
    bool good = in != NULL;
    while (good && (len = fread(block, 1, sizeof(block), in)) > 0)
        good = mash_bytes_append(ret, block, len) == MASH_OK;
    if (in != NULL)
        good = !ferror(in) && fclose(in) == 0 && good;
    return good;
}

static bool
add_identity(struct vector *vector, const char *value)
{
    struct mash_age_identity *identity = NULL;
    enum mash_err err = mash_age_identity_parse(mash_span_str(value), &identity);
    if (err == MASH_E_VERSION) {
        vector->foreign_identity = true;
        return true;
    }
    if (err != MASH_OK || vector->identity_count == IDENTITIES_MAX) {
        mash_age_identity_close(&identity);
        return false;
    }
    vector->identities[vector->identity_count++] = identity;
    return true;
}

static bool
set_key(struct vector *vector, const char *key, const char *value)
{
    if (strcmp(key, "expect") == 0)
        return snprintf(vector->expect, sizeof(vector->expect), "%s", value) < (int)sizeof(vector->expect);
    if (strcmp(key, "payload") == 0)
        return snprintf(vector->payload, sizeof(vector->payload), "%s", value) < (int)sizeof(vector->payload);
    if (strcmp(key, "identity") == 0)
        return add_identity(vector, value);
    if (strcmp(key, "armored") == 0)
        vector->armored = true;
    else if (strcmp(key, "passphrase") == 0)
        vector->passphrase = true;
    else if (strcmp(key, "compressed") == 0)
        vector->compressed = true;
    else if (strcmp(key, "file key") != 0 && strcmp(key, "comment") != 0)
        vector->unknown_key = true;
    return true;
}

/* "key: value" lines up to an empty one; what follows is the age file. */
static bool
parse(struct vector *vector)
{
    struct mash_span rest = mash_bytes_span(&vector->raw);
    for (;;) {
        const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.data, '\n', rest.len);
        if (end == NULL)
            return false;
        char line[512];
        size_t len = (size_t)(end - rest.data);
        if (len >= sizeof(line))
            return false;
        memcpy(line, rest.data, len);
        line[len] = '\0';
        rest = mash_span(end + 1, rest.len - len - 1);
        if (len == 0)
            break;
        char *colon = strstr(line, ": ");
        if (colon == NULL)
            return false;
        *colon = '\0';
        if (!set_key(vector, line, colon + 2))
            return false;
    }
    return vector->compressed || mash_bytes_append(&vector->file, rest.data, rest.len) == MASH_OK;
}

/* Inflate what follows the header lines; false: no zlib in this build, or no zlib data. */
static bool
inflate_file(struct vector *vector)
{
#ifdef MASH_TEST_ZLIB
    const uint8_t *start = memmem(vector->raw.data, vector->raw.len, "\n\n", 2);
    uint8_t *at;
    if (start == NULL || mash_bytes_extend(&vector->file, FILE_MAX, &at) != MASH_OK)
        return false;
    start += 2;
    uLongf len = FILE_MAX;
    int err = uncompress(at, &len, start, (uLong)(vector->raw.len - (size_t)(start - vector->raw.data)));
    vector->file.len = len;
    return err == Z_OK;
#else
    (void)vector;
    return false;
#endif
}

static bool
payload_matches(const struct vector *vector, const struct mash_bytes *plain)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(hash) + 1];
    crypto_hash_sha256(hash, plain->data, plain->len);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    return strcmp(hex, vector->payload) == 0;
}

/* Is err what our reader owes to this expectation?  All failures that need a key are one. */
static bool
err_is_expected(const char *expect, enum mash_err err)
{
    static const struct {
        const char *expect;
        enum mash_err err;
        enum mash_err or;
    } rows[] = {
        { "success", MASH_OK, MASH_OK },
        { "header failure", MASH_E_FORMAT, MASH_E_VERSION },
        { "no match", MASH_E_SIGNATURE, MASH_E_SIGNATURE },
        { "HMAC failure", MASH_E_SIGNATURE, MASH_E_SIGNATURE },
        { "payload failure", MASH_E_SIGNATURE, MASH_E_SIGNATURE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].expect, expect) == 0)
            return err == rows[i].err || err == rows[i].or;
    }
    return false;
}

static void
fail(struct tally *tally, const struct vector *vector, const char *why)
{
    fprintf(stderr, "age vector %s: expected \"%s\": %s\n", vector->name, vector->expect, why);
    tally->failed++;
}

static void
judge(const struct vector *vector, struct tally *tally)
{
    const struct mash_age_identity *identities[IDENTITIES_MAX];
    for (size_t i = 0; i < vector->identity_count; i++)
        identities[i] = vector->identities[i];
    struct mash_bytes plain = mash_bytes_max(FILE_MAX);
    enum mash_err err =
        mash_age_decrypt(identities, vector->identity_count, mash_bytes_span(&vector->file), &plain);
    bool foreign = vector->armored || vector->passphrase || vector->foreign_identity;

    if (err != MASH_OK && plain.data != NULL)
        fail(tally, vector, "gave out a plaintext with an error");
    else if (foreign && err == MASH_OK)
        fail(tally, vector, "opened, without the feature it needs");
    else if (foreign && err != MASH_E_FORMAT && err != MASH_E_VERSION && err != MASH_E_SIGNATURE)
        fail(tally, vector, mash_strerror(err));
    else if (foreign)
        tally->refused++;
    else if (!err_is_expected(vector->expect, err))
        fail(tally, vector, mash_strerror(err));
    else if (err == MASH_OK && !payload_matches(vector, &plain))
        fail(tally, vector, "another payload");
    else
        tally->passed++;
    mash_bytes_wipe(&plain);
}

static void
run(const char *folder, const char *name, struct tally *tally)
{
    char path[4096];
    struct vector vector = { .raw = mash_bytes_max(FILE_MAX), .file = mash_bytes_max(FILE_MAX) };
    (void)snprintf(vector.name, sizeof(vector.name), "%s", name);
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)
        || !read_file(path, &vector.raw) || !parse(&vector)) {
        fail(tally, &vector, "cannot be read");
    } else if (vector.unknown_key) {
        printf("age vector %s: out of scope, unknown header key\n", name);
        tally->out_of_scope++;
    } else if (vector.compressed && !inflate_file(&vector)) {
        printf("age vector %s: out of scope, compressed and no zlib in this build\n", name);
        tally->out_of_scope++;
    } else {
        judge(&vector, tally);
    }
    for (size_t i = 0; i < vector.identity_count; i++)
        mash_age_identity_close(&vector.identities[i]);
    mash_bytes_free(&vector.raw);
    mash_bytes_free(&vector.file);
}

int
main(void)
{
    const char *shared = getenv("MASH_SHARED");
    char folder[2048];
    struct tally tally = { 0 };
    if (sodium_init() < 0)
        return 1;
    (void)snprintf(folder, sizeof(folder), "%s/vectors/age/testdata", shared != NULL ? shared : "../shared");

    DIR *dir = opendir(folder);
    if (dir == NULL) {
        printf("SKIP: vectors not present (%d files not run)\n", ALL_MIN);
        return SKIPPED;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.')
            run(folder, entry->d_name, &tally);
    }
    closedir(dir);

    printf("age vectors: %u passed, %u refused as expected, %u out of scope\n", tally.passed, tally.refused,
           tally.out_of_scope);
    unsigned all = tally.passed + tally.refused + tally.out_of_scope + tally.failed;
    if (tally.failed > 0 || all < ALL_MIN || tally.passed + tally.out_of_scope < PASSED_MIN) {
        fprintf(stderr, "age vectors: %u failed of %u found\n", tally.failed, all);
        return 1;
    }
    return 0;
}
