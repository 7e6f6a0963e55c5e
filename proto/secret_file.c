/* SPDX-License-Identifier: Apache-2.0 */
/* secret_file.c - secret keys as files; prototypes in keys.h, format in PROTOCOL.md "Key files".
 * All text of a key file stays in guarded memory of fixed size, never in a buffer that grows (and
 * would leave copies behind). */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/base64.h"
#include "proto/bech32.h"
#include "proto/file.h"
#include "proto/keys.h"

#define FILE_SIZE_MAX 4096u /* a key file has some 400 bytes; comments of an age file may be longer */
#define MAGIC "mash/secret/v1\n"
#define AGE_IDENTITY_HRP "AGE-SECRET-KEY-"

/* Argon2id: what new files get (libsodium's "moderate"), and what a file may ask of its reader. */
#define SEAL_PASSES 3u
#define SEAL_MEMORY_KIB (256u * 1024u)
#define SEAL_PASSES_MAX 16u
#define SEAL_MEMORY_KIB_MIN 8u
#define SEAL_MEMORY_KIB_MAX (1024u * 1024u)

#define SALT_BYTES crypto_pwhash_SALTBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEALED_BYTES (MASH_SECRET_SEED_BYTES + TAG_BYTES)

struct seal {
    uint32_t passes, memory_kib;
    uint8_t salt[SALT_BYTES], nonce[NONCE_BYTES];
};

/* What stands in guarded memory while a file is read or written. */
struct work {
    uint8_t text[FILE_SIZE_MAX];
    uint8_t seed[MASH_SECRET_SEED_BYTES];
    uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
};

static enum mash_err
seal_key(const struct seal *seal, struct mash_span passphrase, uint8_t *ret_key)
{
    int failed = crypto_pwhash(ret_key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
                               (const char *)passphrase.data, passphrase.len, seal->salt, seal->passes,
                               (size_t)seal->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    return failed ? MASH_E_NOMEM : MASH_OK; /* the parameters are in range: only memory can be missing */
}

/* ---- writing ---- */

static enum mash_err
append_base64(struct mash_bytes *text, const char *before, struct mash_span raw)
{
    enum mash_err err = mash_bytes_append_str(text, before);
    return err == MASH_OK ? mash_base64_encode(raw, MASH_BASE64_PADDED, text) : err;
}

/* The last two lines of a sealed file.  Everything before "secret" is authenticated with it. */
static enum mash_err
append_sealed(struct work *work, struct mash_span passphrase, struct mash_bytes *text)
{
    struct seal seal = { .passes = SEAL_PASSES, .memory_kib = SEAL_MEMORY_KIB };
    uint8_t sealed[SEALED_BYTES];
    randombytes_buf(seal.salt, sizeof(seal.salt));
    randombytes_buf(seal.nonce, sizeof(seal.nonce));

    enum mash_err err = mash_bytes_appendf(text, "sealed argon2id %u %u ", seal.passes, seal.memory_kib);
    if (err == MASH_OK)
        err = append_base64(text, "", mash_span(seal.salt, sizeof(seal.salt)));
    if (err == MASH_OK)
        err = append_base64(text, " ", mash_span(seal.nonce, sizeof(seal.nonce)));
    if (err == MASH_OK)
        err = mash_bytes_append_str(text, "\n");
    if (err == MASH_OK)
        err = seal_key(&seal, passphrase, work->key);
    if (err != MASH_OK)
        return err;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, work->seed, sizeof(work->seed), text->data,
                                                     text->len, NULL, seal.nonce, work->key);
    return append_base64(text, "secret ", mash_span(sealed, sizeof(sealed)));
}

static enum mash_err
append_own(const struct mash_secret *secret, const struct mash_span *passphrase, struct work *work,
           struct mash_bytes *text)
{
    enum mash_err err =
        mash_bytes_appendf(text, MAGIC "purpose %s\npublic %s\n", mash_purpose_name(mash_secret_purpose(secret)),
                           mash_secret_public_text(secret));
    if (err == MASH_OK)
        err = passphrase == NULL ? append_base64(text, "secret ", mash_span(work->seed, sizeof(work->seed)))
                                 : append_sealed(work, *passphrase, text);
    return err == MASH_OK ? mash_bytes_append_str(text, "\n") : err;
}

/* As `age-keygen` writes it. */
static enum mash_err
append_age_identity(const struct mash_secret *secret, const struct work *work, struct mash_bytes *text)
{
    char created[32] = "";
    struct tm utc;
    time_t now = time(NULL); /* a comment for people, judged by nobody */
    if (gmtime_r(&now, &utc) != NULL)
        (void)strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &utc);
    enum mash_err err = mash_bytes_appendf(text, "# created: %s\n# public key: %s\n", created,
                                           mash_secret_public_text(secret));
    if (err == MASH_OK)
        err = mash_bech32_encode(AGE_IDENTITY_HRP, mash_span(work->seed, sizeof(work->seed)), text);
    return err == MASH_OK ? mash_bytes_append_str(text, "\n") : err;
}

enum mash_err
mash_secret_save(const struct mash_secret *secret, const char *path, const struct mash_span *passphrase)
{
    if (passphrase != NULL && passphrase->len == 0)
        return MASH_E_VALUE;
    struct work *work = sodium_malloc(sizeof(*work));
    if (work == NULL)
        return MASH_E_NOMEM;
    struct mash_bytes text = { work->text, 0, FILE_SIZE_MAX, FILE_SIZE_MAX };
    memcpy(work->seed, mash_secret_bytes(secret), sizeof(work->seed)); /* Ed25519: the seed stands first */

    enum mash_err err = passphrase == NULL && mash_secret_purpose(secret) == MASH_PURPOSE_SEAL
                            ? append_age_identity(secret, work, &text)
                            : append_own(secret, passphrase, work, &text);
    if (err == MASH_OK)
        err = mash_file_create(path, mash_bytes_span(&text), 0600);
    sodium_free(work);
    return err;
}

/* ---- reading ---- */

/* Take the next line, without its newline, from the front of rest. */
static bool
take_line(struct mash_span *rest, struct mash_span *ret_line)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    if (end == NULL)
        return false;
    *ret_line = mash_span(rest->data, (size_t)(end - rest->data));
    rest->len -= ret_line->len + 1;
    rest->data = end + 1;
    return true;
}

static bool
starts_with(struct mash_span text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* Take a line that begins with prefix; ret_value is what follows it. */
static bool
take_value(struct mash_span *rest, const char *prefix, struct mash_span *ret_value)
{
    if (!take_line(rest, ret_value) || !starts_with(*ret_value, prefix))
        return false;
    ret_value->data += strlen(prefix);
    ret_value->len -= strlen(prefix);
    return true;
}

/* Take what stands before the next space, or all. */
static struct mash_span
take_word(struct mash_span *line)
{
    const uint8_t *space = line->len == 0 ? NULL : memchr(line->data, ' ', line->len);
    struct mash_span word = *line;
    if (space != NULL)
        word.len = (size_t)(space - line->data);
    size_t used = word.len + (space != NULL);
    *line = mash_span(line->data + used, line->len - used);
    return word;
}

/* A decimal number from min to max without leading zeros; min is at least 1. */
static bool
read_number(struct mash_span word, uint32_t min, uint32_t max, uint32_t *ret_number)
{
    uint64_t number = 0;
    if (word.len == 0 || word.len > 9 || word.data[0] == '0')
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(word.data[i] - '0');
    }
    *ret_number = (uint32_t)number;
    return number >= min && number <= max;
}

static bool
read_exact(struct mash_span text, uint8_t *out, size_t out_len)
{
    return mash_base64_decode_exact(text, MASH_BASE64_PADDED, out, out_len) == MASH_OK;
}

static enum mash_err
read_seal(struct mash_span line, struct seal *ret_seal)
{
    struct mash_span algorithm = take_word(&line);
    if (!mash_span_equal(algorithm, mash_span_str("argon2id")))
        return MASH_E_VERSION;
    struct mash_span passes = take_word(&line);
    struct mash_span memory = take_word(&line);
    struct mash_span salt = take_word(&line);
    if (!read_number(passes, 1, SEAL_PASSES_MAX, &ret_seal->passes) ||
        !read_number(memory, SEAL_MEMORY_KIB_MIN, SEAL_MEMORY_KIB_MAX, &ret_seal->memory_kib) ||
        !read_exact(salt, ret_seal->salt, sizeof(ret_seal->salt)) ||
        !read_exact(line, ret_seal->nonce, sizeof(ret_seal->nonce)))
        return MASH_E_FORMAT;
    return MASH_OK;
}

/* Open the sealed seed; clear: everything before the "secret" line. */
static enum mash_err
open_sealed(struct mash_span seal_line, struct mash_span secret, struct mash_span clear,
            const struct mash_span *passphrase, struct work *work)
{
    struct seal seal;
    uint8_t sealed[SEALED_BYTES];
    enum mash_err err = read_seal(seal_line, &seal);
    if (err != MASH_OK)
        return err;
    if (!read_exact(secret, sealed, sizeof(sealed)))
        return MASH_E_FORMAT;
    if (passphrase == NULL)
        return MASH_E_DENIED;
    err = seal_key(&seal, *passphrase, work->key);
    if (err != MASH_OK)
        return err;
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(work->seed, NULL, NULL, sealed, sizeof(sealed),
                                                            clear.data, clear.len, seal.nonce, work->key);
    return failed ? MASH_E_DENIED : MASH_OK;
}

/* Our own format.  ret_public is borrowed from text. */
static enum mash_err
read_own(struct mash_span text, enum mash_purpose purpose, const struct mash_span *passphrase,
         struct work *work, struct mash_span *ret_public)
{
    struct mash_span rest = text;
    struct mash_span magic, name, line, secret;
    if (!take_line(&rest, &magic) || !take_value(&rest, "purpose ", &name) ||
        !take_value(&rest, "public ", ret_public))
        return MASH_E_FORMAT;
    if (!mash_span_equal(name, mash_span_str(mash_purpose_name(purpose))))
        return MASH_E_MISMATCH;

    bool sealed = starts_with(rest, "sealed ");
    if (sealed && !take_value(&rest, "sealed ", &line))
        return MASH_E_FORMAT;
    struct mash_span clear = mash_span(text.data, text.len - rest.len);
    if (!take_value(&rest, "secret ", &secret) || rest.len != 0)
        return MASH_E_FORMAT;
    if (sealed)
        return open_sealed(line, secret, clear, passphrase, work);
    return read_exact(secret, work->seed, sizeof(work->seed)) ? MASH_OK : MASH_E_FORMAT;
}

/* A standard age identity file: comments, empty lines, and exactly one identity. */
static enum mash_err
read_age_identity(struct mash_span text, struct work *work)
{
    struct mash_span rest = text;
    struct mash_span line, hrp;
    size_t count = 0, len = 0;
    while (rest.len > 0) {
        if (!take_line(&rest, &line)) { /* the last line may lack its newline */
            line = rest;
            rest.len = 0;
        }
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 || line.data[0] == '#')
            continue;
        enum mash_err err = mash_bech32_decode(line, &hrp, work->seed, sizeof(work->seed), &len);
        if (err != MASH_OK || len != sizeof(work->seed) ||
            !mash_span_equal(hrp, mash_span_str(AGE_IDENTITY_HRP)) || ++count > 1)
            return MASH_E_FORMAT;
    }
    return count == 1 ? MASH_OK : MASH_E_FORMAT;
}

static enum mash_err
read_text(struct mash_span text, enum mash_purpose purpose, const struct mash_span *passphrase,
          struct work *work, struct mash_secret **ret_secret)
{
    struct mash_span public = mash_span(NULL, 0);
    enum mash_err err;
    if (starts_with(text, MAGIC))
        err = read_own(text, purpose, passphrase, work, &public);
    else if (purpose == MASH_PURPOSE_SEAL)
        err = read_age_identity(text, work);
    else
        err = starts_with(text, "mash/secret/") ? MASH_E_VERSION : MASH_E_FORMAT;
    if (err != MASH_OK)
        return err;

    struct mash_secret *secret = NULL;
    err = mash_secret_from_seed(purpose, work->seed, &secret);
    if (err != MASH_OK)
        return err;
    if (public.len != 0 && !mash_span_equal(public, mash_span_str(mash_secret_public_text(secret)))) {
        mash_secret_close(&secret); /* the public line is not that of the secret: damaged or edited */
        return MASH_E_FORMAT;
    }
    *ret_secret = secret;
    return MASH_OK;
}

static enum mash_err
load(int fd, mode_t forbidden, enum mash_purpose purpose, const struct mash_span *passphrase,
     struct mash_secret **ret_secret)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return MASH_E_IO;
    if (S_ISDIR(status.st_mode))
        return MASH_E_FORMAT;
    /* A memfd has mode 0777 and no name by which anybody could open it. */
    if (status.st_nlink != 0 && (status.st_mode & forbidden) != 0)
        return MASH_E_DENIED;

    struct work *work = sodium_malloc(sizeof(*work));
    if (work == NULL)
        return MASH_E_NOMEM;
    size_t len = 0;
    enum mash_err err = mash_file_read_fd(fd, work->text, sizeof(work->text), &len);
    if (err == MASH_E_LIMIT)
        err = MASH_E_FORMAT;
    if (err == MASH_OK)
        err = read_text(mash_span(work->text, len), purpose, passphrase, work, ret_secret);
    sodium_free(work);
    return err;
}

enum mash_err
mash_secret_load(const char *path, enum mash_purpose purpose, const struct mash_span *passphrase,
                 struct mash_secret **ret_secret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? MASH_E_UNKNOWN : MASH_E_IO;
    enum mash_err err = load(fd, S_IRWXG | S_IRWXO, purpose, passphrase, ret_secret);
    (void)close(fd);
    return err;
}

enum mash_err
mash_secret_load_fd(int fd, enum mash_purpose purpose, const struct mash_span *passphrase,
                    struct mash_secret **ret_secret)
{
    return load(fd, S_IWGRP | S_IXGRP | S_IRWXO, purpose, passphrase, ret_secret);
}
