/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_enrol.c - `mashctl enrol`: take an agency's request into the draft registry, after its words were
 * compared by phone.  Nothing is in force before governance holders signed a bundle with it. */
#include <argp.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "clients/ops/draft.h"
#include "clients/ops/offline_commands.h"
#include "proto/age_key.h"
#include "proto/enrol_request.h"
#include "proto/identifier.h"
#include "proto/registry.h"

static const char command[] = "mashctl enrol";

static const char doc[] =
    "Take an agency's request into DIRECTORY/draft/registry.json.\n\n"
    "Examples:\n"
    "  mashctl enrol /srv/llr school-request.json\n"
    "  mashctl enrol /srv/llr school-request.json --words \"acorn banjo cedar dolphin earth fox\"\v"
    "Before: ring the agency on a number you already had, not one from the request, and let them read the "
    "six words that their `mash-client init` showed.  --words takes what they read.  Without it the words are "
    "shown and you are asked.";

enum { OPTION_WORDS = 256, OPTION_REPLACE };

static const struct argp_option options[] = {
    { "words", OPTION_WORDS, "WORDS", 0, "The words that the agency read by phone", 0 },
    { "replace", OPTION_REPLACE, NULL, 0, "The agency is listed already: its new request replaces all of its row", 0 },
    { 0 },
};

struct enrol {
    const char *directory, *file, *words;
    bool replace;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct enrol *enrol = state->input;
    switch (key) {
    case OPTION_WORDS:
        enrol->words = arg;
        return 0;
    case OPTION_REPLACE:
        enrol->replace = true;
        return 0;
    case ARGP_KEY_ARG:
        if (enrol->directory == NULL)
            enrol->directory = arg;
        else if (enrol->file == NULL)
            enrol->file = arg;
        else
            argp_usage(state);
        return 0;
    case ARGP_KEY_END:
        if (enrol->file == NULL)
            argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the words ---- */

/* The same words, whatever their case and the white space around them? */
static bool
words_equal(const char *given, const char *right)
{
    char plain[128];
    size_t len = 0;
    for (; *given != '\0'; given++) {
        bool space = isspace((unsigned char)*given);
        if (space && (len == 0 || plain[len - 1] == ' '))
            continue;
        if (len + 1 >= sizeof(plain))
            return false;
        plain[len++] = space ? ' ' : (char)tolower((unsigned char)*given);
    }
    while (len > 0 && plain[len - 1] == ' ')
        len--;
    plain[len] = '\0';
    return strcmp(plain, right) == 0;
}

static int
confirm_words(const struct enrol *enrol, const char *words)
{
    printf("words: %s\n", words);
    if (enrol->words != NULL) {
        if (words_equal(enrol->words, words))
            return EX_OK;
        fprintf(stderr, "%s: NOT enrolled: these are not the words of the request.  Somebody may have changed it "
                        "on its way: ask the agency to send it again and ring them.\n", command);
        return EX_DATAERR;
    }
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "%s: NOT enrolled: ring the agency and give the words they read with --words\n", command);
        return EX_USAGE;
    }
    char answer[16] = "";
    printf("Did the agency read exactly these words to you, rung on a number you already had? Type yes: ");
    (void)fflush(stdout);
    if (fgets(answer, sizeof(answer), stdin) != NULL && strcmp(answer, "yes\n") == 0)
        return EX_OK;
    fprintf(stderr, "%s: NOT enrolled\n", command);
    return EX_NOPERM;
}

/* ---- the request ---- */

static void
print_request(const struct mash_enrol_request *request)
{
    printf("agency: %s (%s), %s\noverdue contact: %s, tel. %s\n", request->agency.id, request->agency.kind,
           request->agency.name, request->agency.overdue_role, request->agency.overdue_phone);
    for (size_t i = 0; i < request->n_mailboxes; i++)
        printf("mailbox: %s, %s, tel. %s, %s\n", request->mailboxes[i].address, request->mailboxes[i].name,
               request->mailboxes[i].phone, request->mailboxes[i].hours);
    for (size_t i = 0; i < request->n_installations; i++)
        printf("installation: %s\n", request->installations[i].id);
}

/* Keys of a type that this version cannot seal to would make the agency unreachable. */
static int
check_seal_keys(const struct mash_enrol_request *request)
{
    for (size_t i = 0; i < request->n_mailboxes; i++)
        for (size_t j = 0; j < request->mailboxes[i].n_seal_keys; j++) {
            const char *recipient = request->mailboxes[i].seal_keys[j].recipient;
            if (mash_age_recipient_check(mash_span_str(recipient)) != MASH_OK) {
                fprintf(stderr, "%s: %s: nothing can be sealed to its key %.80s\n", command,
                        request->mailboxes[i].address, recipient);
                return EX_DATAERR;
            }
        }
    return EX_OK;
}

static int
read_request(const struct enrol *enrol, const char *partnership, struct mash_bytes *text,
             struct mash_enrol_request **ret_request)
{
    struct mash_place place;
    char why[300];
    (void)snprintf(place.path, sizeof(place.path), "%s", enrol->file);
    int code = mash_place_read(command, &place, text);
    if (code != EX_OK)
        return code;
    if (mash_enrol_request_read(mash_bytes_span(text), ret_request, why, sizeof(why)) != MASH_OK) {
        fprintf(stderr, "%s: %s: %s\n", command, enrol->file, why);
        return EX_DATAERR;
    }
    if (strcmp((*ret_request)->partnership, partnership) != 0) {
        fprintf(stderr, "%s: %s: asks partnership %s, this is %s\n", command, enrol->file,
                (*ret_request)->partnership, partnership);
        return EX_DATAERR;
    }
    return check_seal_keys(*ret_request);
}

/* ---- the registry ---- */

/* Give every key of the list "from". */
static bool
date_rows(json_t *rows, const char *from)
{
    bool done = json_is_array(rows);
    for (size_t i = 0; i < json_array_size(rows); i++)
        done = done && json_object_set_new(json_array_get(rows, i), "from", json_string(from)) == 0;
    return done;
}

/* The agency's row of registry.json: its request, the keys valid from today on. */
static json_t *
make_row(struct mash_span request, const char *from)
{
    json_t *root = json_loadb((const char *)request.data, request.len, JSON_REJECT_DUPLICATES, NULL);
    json_t *row = json_deep_copy(json_object_get(root, "agency"));
    json_t *mailboxes = json_object_get(root, "mailboxes");
    json_t *installations = json_object_get(root, "installations");
    bool done = row != NULL && date_rows(installations, from);
    for (size_t i = 0; i < json_array_size(mailboxes); i++)
        done = done && date_rows(json_object_get(json_array_get(mailboxes, i), "seal"), from) &&
               date_rows(json_object_get(json_array_get(mailboxes, i), "sign"), from);
    done = done && json_object_set(row, "mailboxes", mailboxes) == 0 &&
           json_object_set(row, "installations", installations) == 0;
    json_decref(root);
    if (done)
        return row;
    json_decref(row);
    return NULL;
}

static int
put_row(const struct enrol *enrol, json_t *registry, const char *id, json_t *row)
{
    json_t *agencies = json_object_get(registry, "agencies");
    for (size_t i = 0; i < json_array_size(agencies); i++) {
        const char *found = json_string_value(json_object_get(json_array_get(agencies, i), "id"));
        if (found == NULL || strcmp(found, id) != 0)
            continue;
        if (!enrol->replace) {
            json_decref(row);
            fprintf(stderr, "%s: %s is enrolled already; --replace puts this request in place of its row\n", command,
                    id);
            return EX_DATAERR;
        }
        return json_array_set_new(agencies, i, row) == 0 ? EX_OK : EX_OSERR;
    }
    return json_array_append_new(agencies, row) == 0 ? EX_OK : EX_OSERR;
}

/* What would be written must be a registry. */
static int
check_registry(struct mash_span text, const struct mash_bundle_terms *terms)
{
    char why_text[300];
    struct mash_why why = mash_why(why_text, sizeof(why_text));
    struct mash_registry registry;
    if (mash_registry_read(text, terms->partnership, terms->governance, terms->n_governance, &registry, &why) !=
        MASH_OK) {
        fprintf(stderr, "%s: NOT enrolled: %s\n", command, why_text);
        return EX_DATAERR;
    }
    mash_registry_free(&registry);
    return EX_OK;
}

static int
write_registry(const struct mash_place *place, json_t *registry, const struct mash_bundle_terms *terms)
{
    char *dumped = json_dumps(registry, JSON_INDENT(2));
    struct mash_bytes text = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    enum mash_err err = dumped == NULL ? MASH_E_NOMEM : mash_bytes_appendf(&text, "%s\n", dumped);
    int code = EX_OK;
    if (err != MASH_OK) {
        fprintf(stderr, "%s: NOT enrolled: the registry: %s\n", command, mash_strerror(err));
        code = err == MASH_E_LIMIT ? EX_DATAERR : EX_OSERR;
    }
    if (code == EX_OK)
        code = check_registry(mash_bytes_span(&text), terms);
    if (code == EX_OK)
        code = mash_place_replace(command, place, mash_bytes_span(&text), 0644);
    mash_bytes_free(&text);
    free(dumped);
    return code;
}

static int
add_to_registry(const struct enrol *enrol, const struct mash_bundle_terms *terms, struct mash_span request,
                const char *id)
{
    char from[21];
    uint64_t now_s = (uint64_t)time(NULL);
    mash_time_text((now_s - now_s % 86400) * 1000, from); /* midnight: the broker's clock may be behind ours */
    struct mash_place place;
    struct mash_bytes text = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    json_t *registry = NULL;
    int code = mash_place(&place, enrol->directory, "draft/registry.json");
    if (code == EX_OK)
        code = mash_place_read(command, &place, &text);
    if (code == EX_OK)
        code = check_registry(mash_bytes_span(&text), terms);
    if (code == EX_OK) {
        registry = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
        json_t *row = registry == NULL ? NULL : make_row(request, from);
        code = row == NULL ? EX_OSERR : put_row(enrol, registry, id, row);
    }
    if (code == EX_OK)
        code = write_registry(&place, registry, terms);
    json_decref(registry);
    mash_bytes_free(&text);
    return code;
}

int
mash_cmd_enrol(int argc, char **argv)
{
    static const struct argp argp = { options, parse, "DIRECTORY REQUEST.json", doc, NULL, NULL, NULL };
    struct enrol enrol = { .replace = false };
    (void)argp_parse(&argp, argc, argv, 0, NULL, &enrol);

    char words[96];
    struct mash_bundle_terms terms = { .version = 0 };
    struct mash_bytes text = mash_bytes_max(MASH_BUNDLE_FILE_MAX);
    struct mash_enrol_request *request = NULL;
    int code = mash_draft_governance(command, enrol.directory, &terms);
    if (code == EX_OK)
        code = read_request(&enrol, terms.partnership, &text, &request);
    if (code == EX_OK) {
        print_request(request);
        code = mash_enrol_request_words(mash_bytes_span(&text), words, sizeof(words)) == MASH_OK ? EX_OK : EX_OSERR;
    }
    if (code == EX_OK)
        code = confirm_words(&enrol, words);
    if (code == EX_OK)
        code = add_to_registry(&enrol, &terms, mash_bytes_span(&text), request->agency.id);
    if (code == EX_OK)
        printf("Enrolled %s in the draft.  Next: `mashctl bundle make %s`, then the signatures.\n",
               request->agency.id, enrol.directory);
    mash_enrol_request_free(&request);
    mash_bytes_free(&text);
    return code;
}
