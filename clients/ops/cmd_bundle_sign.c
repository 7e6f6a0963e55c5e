/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bundle_sign.c - `mashctl bundle sign`: one governance holder's signature, on a machine of their own. */
#include <argp.h>
#include <stdio.h>
#include <sysexits.h>

#include "clients/ops/bundle_folder.h"
#include "clients/ops/offline_commands.h"

static const char command[] = "mashctl bundle sign";

static const char doc[] =
    "Check a bundle, show what it says and what changed, and add a governance holder's signature.\n\n"
    "Examples:\n"
    "  mashctl bundle show /srv/llr          (read it first)\n"
    "  mashctl bundle sign /srv/llr --key /media/stick/g1.key\n"
    "  mashctl bundle sign /media/stick/bundle/2 --key g2.key --passphrase-file p.txt\v"
    "DIRECTORY is the partnership's folder (the newest bundle is signed) or a bundle's own folder, for "
    "holders who sign on other machines: pass the folder on with its file `note`.";

enum { OPTION_PASSPHRASE = 256 };

static const struct argp_option options[] = {
    { "key", 'k', "FILE", 0, "The holder's governance key", 0 },
    { "passphrase-file", OPTION_PASSPHRASE, "FILE", 0, "File with the passphrase of the key", 0 },
    { 0 },
};

struct sign {
    const char *directory, *key, *passphrase_file;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct sign *sign = state->input;
    switch (key) {
    case 'k':
        sign->key = arg;
        return 0;
    case OPTION_PASSPHRASE:
        sign->passphrase_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (sign->directory != NULL)
            argp_usage(state);
        sign->directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (sign->directory == NULL)
            argp_usage(state);
        if (sign->key == NULL)
            argp_error(state, "--key FILE is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int
add_signature(const struct sign *sign, struct mash_bundle_folder *folder, const struct mash_bundle_folder *previous)
{
    struct mash_secret *secret = NULL;
    struct mash_place place;
    int code = mash_place_key(command, sign->key, MASH_PURPOSE_GOVERNANCE, sign->passphrase_file, &secret);
    if (code != EX_OK)
        return code;
    enum mash_err err = mash_bundle_sign(mash_bytes_span(&folder->text), previous != NULL ? &previous->terms : NULL,
                                         secret, &folder->note);
    mash_secret_close(&secret);
    if (err != MASH_OK) {
        fprintf(stderr, "%s: %s: %s\n", command, sign->key,
                err == MASH_E_UNKNOWN    ? "is not a governance key of this partnership"
                : err == MASH_E_CONFLICT ? "has signed this bundle already"
                                         : mash_strerror(err));
        return EX_DATAERR;
    }
    code = mash_place(&place, folder->place.path, "note");
    return code == EX_OK ? mash_place_replace(command, &place, mash_bytes_span(&folder->note), 0644) : code;
}

static int
run(const struct sign *sign, struct mash_bundle_folder *folder)
{
    struct mash_bundle_folder previous;
    char why[300] = "";
    bool has_previous = mash_bundle_folder_previous(folder, &previous);
    enum mash_err err =
        mash_bundle_check(mash_bytes_span(&folder->text), folder->files, MASH_BUNDLE_PARTS, why, sizeof(why));
    int code = err == MASH_OK ? EX_OK : EX_DATAERR;
    if (code != EX_OK)
        fprintf(stderr, "%s: NOT signed: %s\n", command, why);
    if (code == EX_OK)
        code = add_signature(sign, folder, has_previous ? &previous : NULL);
    if (code == EX_OK) {
        mash_bundle_folder_print(folder, has_previous ? &previous : NULL, false);
        if (mash_bundle_folder_complete(folder, has_previous ? &previous : NULL))
            printf("Signed, and complete: `mashctl publish %s` puts it in force.\n", folder->place.path);
        else
            printf("Signed; more governance holders must sign.\n");
    }
    mash_bundle_folder_free(&previous);
    return code;
}

int
mash_cmd_bundle_sign(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "DIRECTORY", doc, NULL, NULL, NULL };
    struct sign sign = { NULL, NULL, NULL };
    struct mash_bundle_folder folder;
    (void)argp_parse(&argp, argc, argv, 0, NULL, &sign);
    int code = mash_bundle_folder_open(command, sign.directory, &folder);
    if (code == EX_OK)
        code = run(&sign, &folder);
    mash_bundle_folder_free(&folder);
    return code;
}
