/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - mash-verify: checks what the exchange gave out, off-line.  No network, no trust in the broker:
 * all it believes is the partnership's bundle, whose governance fingerprint a reader compares by phone. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include <sodium.h>

#include "clients/verify/receipt.h"
#include "proto/file.h"
#include "proto/hex.h"

static const char doc[] =
    "Verify a receipt of the exchange off-line.\v"
    "BUNDLE is the folder of the partnership's signed bundle that was in force (note and four JSON files).\n"
    "Exit 0: verified; 1: not verified, the reason is said; 66: a file cannot be read.\n\n"
    "Examples:\n"
    "  mash-verify --bundle partnership/bundle/1 receipt.tlog-proof\n"
    "  mash-verify --json --bundle bundle receipt.tlog-proof\n";

const char *argp_program_version = "mash-verify " MASH_VERSION;

static const struct argp_option options[] = {
    { "bundle", 'b', "BUNDLE", 0, "Folder of the bundle (required)", 0 },
    { "json", 'j', NULL, 0, "Print JSON", 0 },
    { 0 },
};

static const char *const names[] = { "agreement.json", "calendar.json", "clocks.json", "registry.json" };
#define N_FILES (sizeof(names) / sizeof(names[0]))

struct verify {
    const char *bundle, *receipt;
    bool json;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct verify *verify = state->input;
    switch (key) {
    case 'b':
        verify->bundle = arg;
        return 0;
    case 'j':
        verify->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (verify->receipt != NULL)
            argp_usage(state);
        verify->receipt = arg;
        return 0;
    case ARGP_KEY_END:
        if (verify->receipt == NULL || verify->bundle == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum mash_err
read_file(const char *folder, const char *name, struct mash_bytes *ret_content)
{
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);
    enum mash_err err = len > 0 && (size_t)len < sizeof(path) ? mash_file_read(path, ret_content) : MASH_E_LIMIT;
    if (err != MASH_OK)
        fprintf(stderr, "mash-verify: %s: %s\n", path, mash_file_strerror(err));
    return err;
}

static int
open_bundle(const char *folder, struct mash_bundle **ret_bundle)
{
    struct mash_bytes note = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    struct mash_bytes contents[N_FILES];
    struct mash_bundle_file files[N_FILES];
    char why[300] = "";
    enum mash_err err = read_file(folder, "note", &note);
    for (size_t i = 0; i < N_FILES; i++) {
        contents[i] = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
        if (err == MASH_OK)
            err = read_file(folder, names[i], &contents[i]);
        files[i] = (struct mash_bundle_file){ names[i], mash_bytes_span(&contents[i]) };
    }
    int code = err == MASH_OK ? EX_OK : EX_NOINPUT;
    if (err == MASH_OK && mash_bundle_open(mash_bytes_span(&note), files, N_FILES, ret_bundle, why, sizeof(why)) !=
                              MASH_OK) {
        fprintf(stderr, "mash-verify: the bundle in %s does not verify: %s\n", folder, why);
        code = 1;
    }
    mash_bytes_free(&note);
    for (size_t i = 0; i < N_FILES; i++)
        mash_bytes_free(&contents[i]);
    return code;
}

int
main(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "RECEIPT", doc, NULL, NULL, NULL };
    struct verify verify = { 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &verify);
    if (sodium_init() < 0)
        return EX_SOFTWARE;

    struct mash_bundle *bundle = NULL;
    int code = open_bundle(verify.bundle, &bundle);
    if (code != EX_OK)
        return code;

    struct mash_bytes text = mash_bytes_max(MASH_RECEIPT_MAX);
    enum mash_err err = mash_file_read(verify.receipt, &text);
    if (err != MASH_OK) {
        fprintf(stderr, "mash-verify: %s: %s\n", verify.receipt, mash_file_strerror(err));
        code = EX_NOINPUT;
    } else {
        code = mash_verify_receipt(mash_bytes_span(&text), bundle, verify.json);
    }
    mash_bytes_free(&text);
    mash_bundle_close(&bundle);
    return code;
}
