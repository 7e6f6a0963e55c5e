/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_folder.c - see bundle_folder.h; printing is in bundle_print.c. */
#include "clients/ops/bundle_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "proto/file.h"
#include "proto/line.h"
#include "proto/note.h"

/* A folder that has no text yet was left behind by an interrupted `make`: it is no bundle. */
static bool
is_bundle(const char *directory)
{
    struct mash_place text, note;
    return mash_place(&text, directory, "text") == EX_OK && mash_place(&note, directory, "note") == EX_OK &&
           (access(text.path, F_OK) == 0 || access(note.path, F_OK) == 0);
}

int
mash_bundle_newest(const char *command, const char *directory, uint32_t *ret_version)
{
    struct mash_place place;
    int code = mash_place(&place, directory, "bundle");
    if (code != EX_OK)
        return code;
    DIR *dir = opendir(place.path);
    if (dir == NULL) {
        fprintf(stderr, "%s: %s: %s: is this a folder that `mashctl init` made?\n", command, place.path,
                strerror(errno));
        return EX_NOINPUT;
    }
    uint32_t newest = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        uint64_t version = 0;
        struct mash_place folder;
        if (mash_line_decimal(mash_span_str(entry->d_name), &version) && version > newest &&
            version <= UINT32_MAX && mash_place(&folder, place.path, "%s", entry->d_name) == EX_OK &&
            is_bundle(folder.path))
            newest = (uint32_t)version;
    }
    (void)closedir(dir);
    *ret_version = newest;
    return EX_OK;
}

/* Read what there is of text and note; text is taken from the note where it stands alone. */
static int
read_note(const char *command, struct mash_bundle_folder *folder)
{
    struct mash_place place;
    struct mash_note parsed;
    int code = mash_place(&place, folder->place.path, "note");
    if (code == EX_OK && access(place.path, F_OK) == 0)
        code = mash_place_read(command, &place, &folder->note);
    if (code == EX_OK)
        code = mash_place(&place, folder->place.path, "text");
    if (code == EX_OK && (folder->note.len == 0 || access(place.path, F_OK) == 0))
        code = mash_place_read(command, &place, &folder->text);
    if (code != EX_OK || folder->note.len == 0)
        return code;
    if (mash_note_parse(mash_bytes_span(&folder->note), &parsed) != MASH_OK) {
        fprintf(stderr, "%s: %s/note: is not a signed note\n", command, folder->place.path);
        return EX_DATAERR;
    }
    if (folder->text.len == 0)
        return mash_bytes_append(&folder->text, parsed.text.data, parsed.text.len) == MASH_OK ? EX_OK : EX_OSERR;
    if (!mash_span_equal(parsed.text, mash_bytes_span(&folder->text))) {
        fprintf(stderr, "%s: %s: the note is about another text than the file `text`\n", command,
                folder->place.path);
        return EX_DATAERR;
    }
    return EX_OK;
}

static int
read_all(const char *command, struct mash_bundle_folder *folder)
{
    char text[300];
    struct mash_why why = mash_why(text, sizeof(text));
    int code = read_note(command, folder);
    for (int i = 0; i < MASH_BUNDLE_PARTS && code == EX_OK; i++) {
        struct mash_place place;
        const char *name = mash_bundle_part_name((enum mash_bundle_part)i);
        code = mash_place(&place, folder->place.path, "%s", name);
        if (code == EX_OK)
            code = mash_place_read(command, &place, &folder->contents[i]);
        folder->files[i] = (struct mash_bundle_file){ name, mash_bytes_span(&folder->contents[i]) };
    }
    if (code == EX_OK && mash_bundle_terms_read(mash_bytes_span(&folder->text), &folder->terms, &why) != MASH_OK) {
        fprintf(stderr, "%s: %s: %s\n", command, folder->place.path, text);
        code = EX_DATAERR;
    }
    return code;
}

static void
empty_folder(struct mash_bundle_folder *folder)
{
    memset(folder, 0, sizeof(*folder));
    folder->text = mash_bytes_max(MASH_NOTE_MAX);
    folder->note = mash_bytes_max(MASH_NOTE_MAX);
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++)
        folder->contents[i] = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
}

int
mash_bundle_folder_open(const char *command, const char *directory, struct mash_bundle_folder *ret_folder)
{
    uint32_t version = 0;
    int code = EX_OK;
    empty_folder(ret_folder);
    if (is_bundle(directory)) {
        (void)snprintf(ret_folder->place.path, sizeof(ret_folder->place.path), "%s", directory);
    } else {
        code = mash_bundle_newest(command, directory, &version);
        if (code == EX_OK && version == 0) {
            fprintf(stderr, "%s: %s: has no bundle yet; `mashctl bundle make` makes one\n", command, directory);
            code = EX_NOINPUT;
        }
        if (code == EX_OK)
            code = mash_place(&ret_folder->place, directory, "bundle/%u", version);
    }
    return code == EX_OK ? read_all(command, ret_folder) : code;
}

bool
mash_bundle_folder_previous(const struct mash_bundle_folder *folder, struct mash_bundle_folder *ret_previous)
{
    empty_folder(ret_previous);
    if (folder->terms.version < 2 ||
        mash_place(&ret_previous->place, folder->place.path, "../%u", folder->terms.version - 1) != EX_OK ||
        !is_bundle(ret_previous->place.path))
        return false;
    return read_all("mashctl bundle", ret_previous) == EX_OK;
}

void
mash_bundle_folder_free(struct mash_bundle_folder *folder)
{
    mash_bytes_free(&folder->text);
    mash_bytes_free(&folder->note);
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++)
        mash_bytes_free(&folder->contents[i]);
}

static bool
signed_by(const struct mash_bundle_folder *folder, const struct mash_bundle_terms *terms)
{
    unsigned count = 0;
    return folder->note.len > 0 &&
           mash_bundle_signatures(mash_bytes_span(&folder->note), terms, &count) == MASH_OK &&
           count >= terms->threshold;
}

bool
mash_bundle_folder_complete(const struct mash_bundle_folder *folder, const struct mash_bundle_folder *previous)
{
    return signed_by(folder, &folder->terms) && (previous == NULL || signed_by(folder, &previous->terms));
}
