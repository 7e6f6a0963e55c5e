/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_publish.c - `mashctl publish`: put a bundle that the governance holders signed in force. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "clients/ops/online.h"
#include "clients/ops/online_commands.h"
#include "proto/bundle.h"
#include "proto/file.h"

static const char doc[] =
    "Put a signed bundle in force.\v"
    "BUNDLE is the folder with the note and its four files.  The broker checks it as every client does: it\n"
    "follows the version in force and k governance holders signed it.\n\n"
    "Examples:\n"
    "  mashctl publish partnership/bundle/2 --key partnership/operators/op1.key\n";

static const char *const names[] = { "agreement.json", "calendar.json", "clocks.json", "registry.json" };
#define N_FILES (sizeof(names) / sizeof(names[0]))

struct publish {
    struct mash_online online;
    const char *folder;
    struct mash_bytes note;
    struct mash_bytes contents[N_FILES];
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct publish *publish = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &publish->online;
        return 0;
    case ARGP_KEY_ARG:
        if (publish->folder != NULL)
            argp_usage(state);
        publish->folder = arg;
        return 0;
    case ARGP_KEY_END:
        if (publish->folder == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int
read_one(const char *folder, const char *name, struct mash_bytes *ret_content)
{
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);
    enum mash_err err =
        len > 0 && (size_t)len < sizeof(path) ? mash_file_read(path, ret_content) : MASH_E_LIMIT;
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "mashctl publish: %s: %s\n", path, mash_file_strerror(err));
    return EX_NOINPUT;
}

/* The same check as the broker's, so that a mistake is explained before it is sent. */
static int
read_bundle(struct publish *publish)
{
    struct mash_bundle_file files[N_FILES];
    int code = read_one(publish->folder, "note", &publish->note);
    for (size_t i = 0; i < N_FILES && code == EX_OK; i++) {
        code = read_one(publish->folder, names[i], &publish->contents[i]);
        files[i] = (struct mash_bundle_file){ names[i], mash_bytes_span(&publish->contents[i]) };
    }
    if (code != EX_OK)
        return code;

    char why[300];
    struct mash_bundle *bundle = NULL;
    enum mash_err err =
        mash_bundle_open(mash_bytes_span(&publish->note), files, N_FILES, &bundle, why, sizeof(why));
    mash_bundle_close(&bundle);
    if (err == MASH_OK)
        return EX_OK;
    fprintf(stderr, "mashctl publish: %s: %s\n", publish->folder, why);
    return EX_DATAERR;
}

static int
send_bundle(struct publish *publish)
{
    Mash__BundleFile files[N_FILES];
    Mash__BundleFile *list[N_FILES];
    for (size_t i = 0; i < N_FILES; i++) {
        mash__bundle_file__init(&files[i]);
        files[i].name = (char *)(uintptr_t)names[i];
        files[i].content = mash_span_field(mash_bytes_span(&publish->contents[i]));
        list[i] = &files[i];
    }
    Mash__Bundle bundle = MASH__BUNDLE__INIT;
    bundle.note = mash_span_field(mash_bytes_span(&publish->note));
    bundle.files = list;
    bundle.n_files = N_FILES;
    Mash__CommandPublish ask = MASH__COMMAND_PUBLISH__INIT;
    ask.bundle = &bundle;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_PUBLISH;
    command.publish = &ask;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(&publish->online, "publish", true, &command, &answer);
    return code == EX_OK ? mash_online_done(&publish->online, &answer) : code;
}

int
mash_cmd_publish(int argc, char **argv)
{
    static const struct argp_child children[] = { { &mash_online_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = { NULL, parse, "BUNDLE", doc, children, NULL, NULL };
    struct publish publish = { .note = mash_bytes_max(MASH_BUNDLE_FILE_MAX) };
    for (size_t i = 0; i < N_FILES; i++)
        publish.contents[i] = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    (void)argp_parse(&argp, argc, argv, 0, NULL, &publish);

    int code = read_bundle(&publish);
    if (code == EX_OK)
        code = send_bundle(&publish);
    mash_bytes_free(&publish.note);
    for (size_t i = 0; i < N_FILES; i++)
        mash_bytes_free(&publish.contents[i]);
    return code;
}
