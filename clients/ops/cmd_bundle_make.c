/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bundle_make.c - `mashctl bundle make`: the next version of the bundle, ready for signing. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "clients/ops/bundle_folder.h"
#include "clients/ops/draft.h"
#include "clients/ops/offline_commands.h"

static const char command[] = "mashctl bundle make";

#define DAY_MS (24ull * 3600u * 1000u)
#define DAYS_MAX 3660u

static const char doc[] =
    "Put the next version of the bundle together from DIRECTORY/draft.\n\n"
    "Examples:\n"
    "  mashctl bundle make /srv/llr\n"
    "  mashctl bundle make /srv/llr --renew-days 60 --expire-days 120\n"
    "  mashctl bundle make /srv/llr --again        (the last one was not signed and is to be replaced)\v"
    "Made: DIRECTORY/bundle/N with the four files and `text`, which the governance holders sign.\n";

enum { OPTION_RENEW = 256, OPTION_EXPIRE, OPTION_AGAIN };

static const struct argp_option options[] = {
    { "renew-days", OPTION_RENEW, "DAYS", 0, "After these days alarms ask for a new bundle (default 90)", 0 },
    { "expire-days", OPTION_EXPIRE, "DAYS", 0, "After these days most new notices wait (default 180)", 0 },
    { "again", OPTION_AGAIN, NULL, 0, "Replace the last version, which is not fully signed", 0 },
    { 0 },
};

struct make {
    const char *directory;
    unsigned renew_days, expire_days;
    bool again;
};

static unsigned
read_days(const char *arg, struct argp_state *state)
{
    char *end;
    unsigned long days = strtoul(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || days < 1 || days > DAYS_MAX)
        argp_error(state, "days are a number from 1 to %u", DAYS_MAX);
    return (unsigned)days;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct make *make = state->input;
    switch (key) {
    case OPTION_RENEW:
        make->renew_days = read_days(arg, state);
        return 0;
    case OPTION_EXPIRE:
        make->expire_days = read_days(arg, state);
        return 0;
    case OPTION_AGAIN:
        make->again = true;
        return 0;
    case ARGP_KEY_ARG:
        if (make->directory != NULL)
            argp_usage(state);
        make->directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (make->directory == NULL)
            argp_usage(state);
        if (make->renew_days >= make->expire_days)
            argp_error(state, "--renew-days must be less than --expire-days");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Which version comes next: one more than the last, or the last --again.  An unsigned one in between would
 * make a gap that no broker takes. */
static int
choose_version(const struct make *make, uint32_t *ret_version)
{
    uint32_t newest = 0;
    int code = mash_bundle_newest(command, make->directory, &newest);
    if (code != EX_OK || newest == 0) {
        *ret_version = 1;
        return code;
    }
    struct mash_bundle_folder last, before;
    code = mash_bundle_folder_open(command, make->directory, &last);
    bool has_before = code == EX_OK && last.terms.version > 1;
    bool found = has_before && mash_bundle_folder_previous(&last, &before);
    bool complete = code == EX_OK && mash_bundle_folder_complete(&last, found ? &before : NULL);
    if (has_before)
        mash_bundle_folder_free(&before);
    mash_bundle_folder_free(&last);
    if (code != EX_OK)
        return code;
    if (complete && make->again) {
        fprintf(stderr, "%s: bundle %u is fully signed: it may be in force and is never replaced\n", command, newest);
        return EX_DATAERR;
    }
    if (!complete && !make->again) {
        fprintf(stderr, "%s: bundle %u is not fully signed yet: sign it, or replace it with --again\n", command,
                newest);
        return EX_TEMPFAIL;
    }
    *ret_version = complete ? newest + 1 : newest;
    return EX_OK;
}

static int
read_drafts(const struct make *make, struct mash_bytes contents[MASH_BUNDLE_PARTS],
            struct mash_bundle_file files[MASH_BUNDLE_PARTS])
{
    int code = EX_OK;
    for (int i = 0; i < MASH_BUNDLE_PARTS && code == EX_OK; i++) {
        struct mash_place place;
        const char *name = mash_bundle_part_name((enum mash_bundle_part)i);
        code = mash_place(&place, make->directory, "draft/%s", name);
        if (code == EX_OK)
            code = mash_place_read(command, &place, &contents[i]);
        files[i] = (struct mash_bundle_file){ name, mash_bytes_span(&contents[i]) };
    }
    return code;
}

/* The text goes last: without it the folder is no bundle.  An old note is about another text. */
static int
write_folder(const struct make *make, uint32_t version, const struct mash_bundle_file files[MASH_BUNDLE_PARTS],
             struct mash_span text)
{
    struct mash_place folder, place;
    int code = mash_place(&folder, make->directory, "bundle/%u", version);
    if (code != EX_OK)
        return code;
    if (mkdir(folder.path, 0755) != 0 && errno != EEXIST) {
        fprintf(stderr, "%s: %s: %s\n", command, folder.path, strerror(errno));
        return EX_CANTCREAT;
    }
    code = mash_place(&place, folder.path, "note");
    if (code == EX_OK && unlink(place.path) != 0 && errno != ENOENT) {
        fprintf(stderr, "%s: %s: %s\n", command, place.path, strerror(errno));
        return EX_CANTCREAT;
    }
    for (int i = 0; i < MASH_BUNDLE_PARTS && code == EX_OK; i++) {
        code = mash_place(&place, folder.path, "%s", files[i].name);
        if (code == EX_OK)
            code = mash_place_replace(command, &place, files[i].content, 0644);
    }
    if (code == EX_OK)
        code = mash_place(&place, folder.path, "text");
    if (code == EX_OK)
        code = mash_place_replace(command, &place, text, 0644);
    if (code == EX_OK)
        printf("%s is ready for signing: each of the governance holders runs\n"
               "  mashctl bundle sign %s --key KEYFILE\n", folder.path, make->directory);
    return code;
}

static void
set_dates(const struct make *make, struct mash_bundle_terms *terms)
{
    terms->issued_ms = (uint64_t)time(NULL) * 1000;
    terms->renew_by_ms = terms->issued_ms + make->renew_days * DAY_MS;
    terms->expires_ms = terms->issued_ms + make->expire_days * DAY_MS;
}

int
mash_cmd_bundle_make(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "DIRECTORY", doc, NULL, NULL, NULL };
    struct make make = { .renew_days = 90, .expire_days = 180 };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &make);

    char why[300] = "";
    struct mash_bundle_terms terms = { .version = 0 };
    struct mash_bytes contents[MASH_BUNDLE_PARTS];
    struct mash_bundle_file files[MASH_BUNDLE_PARTS];
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX);
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++)
        contents[i] = mash_bytes_max(MASH_BUNDLE_FILE_MAX);

    int code = mash_draft_governance(command, make.directory, &terms);
    if (code == EX_OK)
        code = choose_version(&make, &terms.version);
    if (code == EX_OK)
        code = read_drafts(&make, contents, files);
    set_dates(&make, &terms);
    if (code == EX_OK && mash_bundle_write(&terms, files, MASH_BUNDLE_PARTS, &text, why, sizeof(why)) != MASH_OK) {
        fprintf(stderr, "%s: %s/draft: %s\n", command, make.directory, why);
        code = EX_DATAERR;
    }
    if (code == EX_OK)
        code = write_folder(&make, terms.version, files, mash_bytes_span(&text));
    mash_bytes_free(&text);
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++)
        mash_bytes_free(&contents[i]);
    return code;
}
