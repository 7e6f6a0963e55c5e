/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init.c - `mashctl init`: the keys and working files of a new partnership. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "clients/ops/draft.h"
#include "clients/ops/offline_commands.h"
#include "proto/address.h"
#include "proto/hex.h"

static const char command[] = "mashctl init";

static const char doc[] =
    "Make the keys and working files of a new partnership.\n\n"
    "Examples:\n"
    "  mashctl init /srv/llr --partnership llr --governance 3 --threshold 2\n\n"
    "DIRECTORY must not exist yet, or be empty.\v"
    "Made in DIRECTORY: governance/g1.key, g2.key ... (give each to its holder and keep none: they sign "
    "bundles), broker/link.key and broker/log.key (for the broker's machine only), operators/op1.key and "
    "op2.key (give them to two people: confirming a restored log takes both), "
    "draft/ (edit these files: who may send what to whom, clocks, bank holidays).";

enum { OPTION_PARTNERSHIP = 256, OPTION_GOVERNANCE, OPTION_THRESHOLD, OPTION_PASSPHRASE };

static const struct argp_option options[] = {
    { "partnership", OPTION_PARTNERSHIP, "NAME", 0, "Name of the partnership; it ends every address for good", 0 },
    { "governance", OPTION_GOVERNANCE, "N", 0, "Governance keys to make, 1 to 16 (default 3)", 0 },
    { "threshold", OPTION_THRESHOLD, "K", 0, "How many of them must sign a bundle (default 2)", 0 },
    { "passphrase-file", OPTION_PASSPHRASE, "FILE", 0,
      "Seal governance and operator keys with the passphrase in FILE", 0 },
    { 0 },
};

struct init {
    const char *directory, *partnership, *passphrase_file;
    unsigned n_governance, threshold;
    struct mash_bytes passphrase;
};

static unsigned
read_count(const char *arg, struct argp_state *state, const char *option)
{
    char *end;
    unsigned long count = strtoul(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || count < 1 || count > MASH_GOVERNANCE_MAX)
        argp_error(state, "%s takes a number from 1 to %u", option, MASH_GOVERNANCE_MAX);
    return (unsigned)count;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct init *init = state->input;
    switch (key) {
    case OPTION_PARTNERSHIP:
        if (!mash_partnership_ok(arg))
            argp_error(state, "\"%s\" is not a partnership's name: a-z, 0-9, inner - and ., first a letter", arg);
        init->partnership = arg;
        return 0;
    case OPTION_GOVERNANCE:
        init->n_governance = read_count(arg, state, "--governance");
        return 0;
    case OPTION_THRESHOLD:
        init->threshold = read_count(arg, state, "--threshold");
        return 0;
    case OPTION_PASSPHRASE:
        init->passphrase_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (init->directory != NULL)
            argp_usage(state);
        init->directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (init->directory == NULL)
            argp_usage(state);
        if (init->partnership == NULL)
            argp_error(state, "--partnership NAME is needed");
        if (init->threshold > init->n_governance)
            argp_error(state, "--threshold cannot be more than --governance");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int
make_folders(const char *directory)
{
    static const char *const names[] = { "governance", "broker", "operators", "draft", "bundle" };
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "%s: %s: %s\n", command, directory, strerror(errno));
        return EX_CANTCREAT;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct mash_place place;
        int code = mash_place(&place, directory, "%s", names[i]);
        if (code != EX_OK)
            return code;
        if (mkdir(place.path, 0700) != 0) {
            fprintf(stderr, "%s: %s: %s\n", command, place.path, strerror(errno));
            return EX_CANTCREAT;
        }
    }
    return EX_OK;
}

/* Make a key and its file.  sealed: with the passphrase, if there is one. */
static int
make_key(const struct init *init, enum mash_purpose purpose, bool sealed, const char *name,
         struct mash_secret **ret_secret)
{
    struct mash_place place;
    struct mash_span passphrase = mash_bytes_span(&init->passphrase);
    int code = mash_place(&place, init->directory, "%s", name);
    if (code != EX_OK)
        return code;
    enum mash_err err = mash_secret_generate(purpose, ret_secret);
    if (err == MASH_OK)
        err = mash_secret_save(*ret_secret, place.path, sealed && init->passphrase_file != NULL ? &passphrase : NULL);
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "%s: %s: %s\n", command, place.path, err == MASH_E_IO ? strerror(errno) : mash_strerror(err));
    return EX_CANTCREAT;
}

static int
make_governance(const struct init *init, struct mash_bundle_terms *terms)
{
    (void)snprintf(terms->partnership, sizeof(terms->partnership), "%s", init->partnership);
    terms->threshold = init->threshold;
    for (unsigned i = 1; i <= init->n_governance; i++) {
        char name[32], key_name[MASH_NAME_MAX + 32];
        struct mash_secret *secret = NULL;
        (void)snprintf(name, sizeof(name), "governance/g%u.key", i);
        (void)snprintf(key_name, sizeof(key_name), "%s/governance/g%u", init->partnership, i);
        int code = make_key(init, MASH_PURPOSE_GOVERNANCE, true, name, &secret);
        if (code == EX_OK && mash_note_key_make(key_name, MASH_NOTE_ED25519, mash_secret_public(secret),
                                                &terms->governance[terms->n_governance++]) != MASH_OK)
            code = EX_SOFTWARE;
        mash_secret_close(&secret);
        if (code != EX_OK)
            return code;
    }
    return EX_OK;
}

static int
make_all(const struct init *init, struct mash_bundle_terms *terms)
{
    struct mash_secret *link = NULL, *log = NULL, *operators[2] = { NULL, NULL };
    int code = make_folders(init->directory);
    if (code == EX_OK)
        code = make_governance(init, terms);
    if (code == EX_OK)
        code = make_key(init, MASH_PURPOSE_LINK, false, "broker/link.key", &link);
    if (code == EX_OK)
        code = make_key(init, MASH_PURPOSE_LOG, false, "broker/log.key", &log);
    if (code == EX_OK)
        code = make_key(init, MASH_PURPOSE_OPERATOR, true, "operators/op1.key", &operators[0]);
    if (code == EX_OK)
        code = make_key(init, MASH_PURPOSE_OPERATOR, true, "operators/op2.key", &operators[1]);
    if (code == EX_OK)
        code = mash_draft_write(command, init->directory, terms, mash_secret_public_text(link),
                                mash_secret_public_text(log), mash_secret_public_text(operators[0]),
                                mash_secret_public_text(operators[1]));
    mash_secret_close(&link);
    mash_secret_close(&log);
    mash_secret_close(&operators[0]);
    mash_secret_close(&operators[1]);
    return code;
}

int
mash_cmd_init(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "DIRECTORY", doc, NULL, NULL, NULL };
    struct init init = { .n_governance = 3, .threshold = 2 };
    struct mash_bundle_terms terms = { .version = 0 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &init);

    int code = init.passphrase_file != NULL
                   ? mash_passphrase_read(command, init.passphrase_file, &init.passphrase)
                   : EX_OK;
    if (code == EX_OK)
        code = make_all(&init, &terms);
    mash_bytes_wipe(&init.passphrase);
    if (code != EX_OK)
        return code;

    char pin[2 * MASH_HASH_BYTES + 1];
    struct mash_hash governance = mash_bundle_terms_governance(&terms);
    mash_hex_text(mash_hash_span(&governance), pin);
    printf("Partnership %s is set up in %s: %u governance keys, %u must sign a bundle.\n"
           "governance pin: %s\n"
           "Next: give each governance key to its holder; `mashctl enrol` the agencies; `mashctl bundle make`.\n",
           init.partnership, init.directory, init.n_governance, init.threshold, pin);
    return EX_OK;
}
