/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bundle_show.c - `mashctl bundle show`: what a bundle says, who signed it, and whether it would be
 * taken. */
#include <argp.h>
#include <stdio.h>
#include <sysexits.h>

#include "clients/ops/bundle_folder.h"
#include "clients/ops/offline_commands.h"

static const char command[] = "mashctl bundle show";

static const char doc[] =
    "Show what a bundle says, who signed it and whether it is complete.\n\n"
    "Examples:\n"
    "  mashctl bundle show /srv/llr\n"
    "  mashctl bundle show /srv/llr/bundle/1\v"
    "DIRECTORY is the partnership's folder (the newest bundle is shown) or a bundle's own folder. "
    "Exit status: 0 complete, 75 signatures are missing, 65 it would be refused.\n";

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    const char **directory = state->input;
    if (key == ARGP_KEY_ARG && *directory == NULL)
        *directory = arg;
    else if (key == ARGP_KEY_ARG || (key == ARGP_KEY_END && *directory == NULL))
        argp_usage(state);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

int
mash_cmd_bundle_show(int argc, char **argv)
{
    static const struct argp argp = { NULL, parse, "DIRECTORY", doc, NULL, NULL, NULL };
    const char *directory = NULL;
    struct mash_bundle_folder folder, previous;
    char why[300] = "";
    (void)argp_parse(&argp, argc, argv, 0, NULL, &directory);
    int code = mash_bundle_folder_open(command, directory, &folder);
    if (code != EX_OK) {
        mash_bundle_folder_free(&folder);
        return code;
    }
    bool has_previous = mash_bundle_folder_previous(&folder, &previous);
    mash_bundle_folder_print(&folder, has_previous ? &previous : NULL, true);
    if (mash_bundle_check(mash_bytes_span(&folder.text), folder.files, MASH_BUNDLE_PARTS, why, sizeof(why)) !=
        MASH_OK) {
        printf("WOULD BE REFUSED: %s\n", why);
        code = EX_DATAERR;
    } else if (!mash_bundle_folder_complete(&folder, has_previous ? &previous : NULL)) {
        printf("Signatures are missing: nobody takes it yet.\n");
        code = EX_TEMPFAIL;
    } else {
        printf("Complete.\n");
    }
    mash_bundle_folder_free(&previous);
    mash_bundle_folder_free(&folder);
    return code;
}
