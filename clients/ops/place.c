/* SPDX-License-Identifier: Apache-2.0 */
/* place.c - see place.h. */
#include "clients/ops/place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "proto/file.h"

#define PASSPHRASE_MAX 1024u

int
mash_place(struct mash_place *ret_place, const char *directory, const char *format, ...)
{
    char name[PATH_MAX];
    va_list args;
    va_start(args, format);
    int name_len = vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    size_t len = strlen(directory);
    if (name_len < 0 || len + (size_t)name_len + 2 > sizeof(ret_place->path)) {
        fprintf(stderr, "mashctl: the path %.60s... is too long\n", directory);
        return EX_USAGE;
    }
    memcpy(ret_place->path, directory, len);
    ret_place->path[len] = '/';
    memcpy(ret_place->path + len + 1, name, (size_t)name_len + 1);
    return EX_OK;
}

int
mash_place_read(const char *command, const struct mash_place *place, struct mash_bytes *ret_content)
{
    enum mash_err err = mash_file_read(place->path, ret_content);
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "%s: %s: %s\n", command, place->path, mash_file_strerror(err));
    return EX_NOINPUT;
}

int
mash_place_create(const char *command, const struct mash_place *place, struct mash_span content, mode_t mode)
{
    enum mash_err err = mash_file_create(place->path, content, mode);
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "%s: %s: %s\n", command, place->path, mash_file_strerror(err));
    return EX_CANTCREAT;
}

int
mash_place_replace(const char *command, const struct mash_place *place, struct mash_span content, mode_t mode)
{
    enum mash_err err = mash_file_replace(place->path, content, mode);
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "%s: %s: %s\n", command, place->path, mash_file_strerror(err));
    return EX_CANTCREAT;
}

int
mash_passphrase_read(const char *command, const char *path, struct mash_bytes *ret_text)
{
    *ret_text = mash_bytes_max(PASSPHRASE_MAX);
    enum mash_err err = mash_file_read(path, ret_text);
    const uint8_t *end = ret_text->len > 0 ? memchr(ret_text->data, '\n', ret_text->len) : NULL;
    if (end != NULL)
        ret_text->len = (size_t)(end - ret_text->data);
    if (err == MASH_OK && ret_text->len > 0)
        return EX_OK;
    fprintf(stderr, "%s: passphrase file %s: %s\n", command, path,
            err == MASH_OK ? "is empty" : mash_file_strerror(err));
    return EX_NOINPUT;
}

int
mash_place_key(const char *command, const char *path, enum mash_purpose purpose, const char *passphrase_file,
               struct mash_secret **ret_secret)
{
    struct mash_bytes text = mash_bytes_max(0);
    int code = passphrase_file != NULL ? mash_passphrase_read(command, passphrase_file, &text) : EX_OK;
    if (code != EX_OK)
        return code;
    struct mash_span passphrase = mash_bytes_span(&text);
    enum mash_err err = mash_secret_load(path, purpose, passphrase_file != NULL ? &passphrase : NULL, ret_secret);
    mash_bytes_wipe(&text);
    switch (err) {
    case MASH_OK:
        return EX_OK;
    case MASH_E_DENIED:
        fprintf(stderr, "%s: %s: its mode must be 0600 and its passphrase, if it has one, given with "
                        "--passphrase-file\n", command, path);
        return EX_NOPERM;
    case MASH_E_MISMATCH:
        fprintf(stderr, "%s: %s: is not a %s key\n", command, path, mash_purpose_name(purpose));
        return EX_DATAERR;
    case MASH_E_FORMAT:
        fprintf(stderr, "%s: %s: is not a key file\n", command, path);
        return EX_DATAERR;
    default:
        fprintf(stderr, "%s: %s: %s\n", command, path, mash_file_strerror(err));
        return EX_NOINPUT;
    }
}
