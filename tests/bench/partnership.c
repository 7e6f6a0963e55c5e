/* SPDX-License-Identifier: Apache-2.0 */
/* partnership.c - bench_partnership DIRECTORY RECIPIENTS: makes the smallest partnership that can be measured.
 * One agency that sends, so many that receive, each with one mailbox, one installation and one device key:
 * no recovery keys, so that a body is sealed to as few keys as the rules allow.  One governance key.
 * Writes keys/, bundle/ (as `mashctl publish` takes it) and state/ with the broker's two keys, and prints
 * what the conductor must know as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <jansson.h>
#include <sodium.h>

#include "proto/bundle_write.h"
#include "proto/file.h"
#include "proto/hex.h"
#include "proto/identifier.h"
#include "tests/bench/session.h"

#define PARTNERSHIP "bench"
#define DAY_MS (24ull * 3600u * 1000u)
#define PATH_SIZE 4096u

struct making {
    const char *directory;
    char from[21]; /* validity of every key begins: a day ago */
    uint64_t now_ms;
    json_t *agencies, *told;
};

static void
path_of(const struct making *making, const char *name, char ret_path[static PATH_SIZE])
{
    int len = snprintf(ret_path, PATH_SIZE, "%s/%s", making->directory, name);
    if (len < 0 || len >= (int)PATH_SIZE)
        bench_fail("%s: too long", making->directory);
}

/* A fresh key, kept in a file.  ret_text: its public half, for the registry. */
static struct mash_secret *
make_key(const struct making *making, enum mash_purpose purpose, const char *file)
{
    char path[PATH_SIZE];
    struct mash_secret *secret = NULL;
    path_of(making, file, path);
    bench_must(mash_secret_generate(purpose, &secret), "key");
    bench_must(mash_secret_save(secret, path, NULL), path);
    return secret;
}

static json_t *
key_text(const struct making *making, enum mash_purpose purpose, const char *file)
{
    struct mash_secret *secret = make_key(making, purpose, file);
    json_t *text = json_string(mash_secret_public_text(secret));
    mash_secret_close(&secret);
    return text;
}

static void
make_directories(const struct making *making)
{
    static const char *const names[] = { "keys", "bundle", "state" };
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_of(making, names[i], path);
        if (mkdir(path, 0700) != 0)
            bench_fail("%s: %s", path, strerror(errno));
    }
}

static void
add_agency(struct making *making, const char *id)
{
    char link[64], sign[64], seal[64], witness[64];
    (void)snprintf(link, sizeof(link), "keys/%s.link.key", id);
    (void)snprintf(sign, sizeof(sign), "keys/%s.sign.key", id);
    (void)snprintf(seal, sizeof(seal), "keys/%s.seal.key", id);
    (void)snprintf(witness, sizeof(witness), "keys/%s.witness.key", id);
    json_t *agency = json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:[{s:s,s:s,s:s,s:s,s:[{s:o,s:s}],s:[{s:o,s:[sss],s:s}]}],s:[{s:s,s:o,s:o,s:s}]}", "id",
        id, "name", id, "kind", "school", "overdue_role", "Head", "overdue_phone", "0116 4960000", "mailboxes", "id",
        "desk", "name", "Desk", "phone", "0116 4960000", "hours", "24h", "seal", "key",
        key_text(making, MASH_PURPOSE_SEAL, seal), "from", making->from, "sign", "key",
        key_text(making, MASH_PURPOSE_SIGN, sign), "may", "send", "collect", "act", "from", making->from,
        "installations", "id", "pc", "link", key_text(making, MASH_PURPOSE_LINK, link), "witness",
        key_text(making, MASH_PURPOSE_WITNESS, witness), "from", making->from);
    json_t *told = json_pack("{s:s+,s:s,s:s}", "mailbox", id, "/desk@" PARTNERSHIP, "link_key", link, "sign_key", sign);
    if (json_array_append_new(making->agencies, agency) != 0 || json_array_append_new(making->told, told) != 0)
        bench_fail("registry: out of memory");
}

static json_t *
make_registry(struct making *making)
{
    struct mash_secret *link = make_key(making, MASH_PURPOSE_LINK, "state/link.key");
    struct mash_secret *log = make_key(making, MASH_PURPOSE_LOG, "state/log.key");
    json_t *registry = json_pack("{s:s,s:{s:s,s:s},s:[{s:s,s:o}],s:O}", "format", "mash/registry/v1", "broker", "link",
                                 mash_secret_public_text(link), "log", mash_secret_public_text(log), "operators", "id",
                                 "op", "key", key_text(making, MASH_PURPOSE_OPERATOR, "keys/operator.key"), "agencies",
                                 making->agencies);
    mash_secret_close(&link);
    mash_secret_close(&log);
    return registry;
}

/* A calendar must list whole years; nothing here counts days, so any eight of this year will do. */
static json_t *
make_calendar(const struct making *making)
{
    json_t *events = json_array();
    for (int day = 1; day <= 8; day++) {
        char today[21], date[11];
        mash_time_text(making->now_ms, today);
        (void)snprintf(date, sizeof(date), "%.4s-01-%02d", today, day);
        (void)json_array_append_new(events, json_pack("{s:s,s:s}", "title", "Not a holiday", "date", date));
    }
    return json_pack("{s:s,s:{s:s,s:o}}", "format", "mash/calendar/v1", "england-and-wales", "division",
                     "england-and-wales", "events", events);
}

static json_t *
make_clocks(void)
{
    return json_pack("{s:s,s:[{s:s,s:s,s:i,s:i,s:i,s:i,s:i}]}", "format", "mash/clocks/v1", "types", "type", "CONTACT",
                     "when_stale", "send", "receipt_within_s", 60, "collect_within_s", 3600, "acknowledge_within_s",
                     86400, "immediate_collect_within_s", 300, "immediate_acknowledge_within_s", 900);
}

static json_t *
make_agreement(void)
{
    return json_pack("{s:s,s:[{s:[s],s:[s],s:[s],s:s}]}", "format", "mash/agreement/v1", "rules", "types", "CONTACT",
                     "from", "*", "to", "*", "basis", "none: invented notices");
}

static void
write_file(const struct making *making, const char *name, struct mash_span content)
{
    char path[PATH_SIZE], file[64];
    (void)snprintf(file, sizeof(file), "bundle/%s", name);
    path_of(making, file, path);
    bench_must(mash_file_create(path, content, 0644), path);
}

/* The note over the files, signed by the one governance key.  ret_digest: what the broker's config pins. */
static void
sign_bundle(const struct making *making, const struct mash_bundle_file *files, struct mash_hash *ret_digest)
{
    struct mash_secret *governance = make_key(making, MASH_PURPOSE_GOVERNANCE, "keys/governance.key");
    struct mash_bytes text = mash_bytes_max(MASH_NOTE_MAX), note = mash_bytes_max(MASH_NOTE_MAX);
    uint64_t today_ms = making->now_ms / DAY_MS * DAY_MS;
    char why[300] = "";
    struct mash_bundle_terms terms = { .partnership = PARTNERSHIP, .version = 1, .issued_ms = today_ms - DAY_MS,
                                       .renew_by_ms = today_ms + 60 * DAY_MS, .expires_ms = today_ms + 90 * DAY_MS,
                                       .threshold = 1, .n_governance = 1 };
    bench_must(mash_note_key_make(PARTNERSHIP "/governance/one", MASH_NOTE_ED25519, mash_secret_public(governance),
                                  &terms.governance[0]),
               "governance key");
    if (mash_bundle_write(&terms, files, MASH_BUNDLE_PARTS, &text, why, sizeof(why)) != MASH_OK)
        bench_fail("bundle: %s", why);
    bench_must(mash_bundle_sign(mash_bytes_span(&text), NULL, governance, &note), "sign the bundle");
    write_file(making, "note", mash_bytes_span(&note));
    *ret_digest = mash_bundle_terms_governance(&terms);
    mash_bytes_free(&text);
    mash_bytes_free(&note);
    mash_secret_close(&governance);
}

/* registry: borrowed.  The other three files are made here. */
static void
make_bundle(const struct making *making, json_t *registry, struct mash_hash *ret_digest)
{
    json_t *parts[MASH_BUNDLE_PARTS] = {
        [MASH_BUNDLE_AGREEMENT] = make_agreement(), [MASH_BUNDLE_CALENDAR] = make_calendar(making),
        [MASH_BUNDLE_CLOCKS] = make_clocks(),       [MASH_BUNDLE_REGISTRY] = json_incref(registry),
    };
    struct mash_bundle_file files[MASH_BUNDLE_PARTS];
    char *texts[MASH_BUNDLE_PARTS];
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++) {
        if (parts[i] == NULL || (texts[i] = json_dumps(parts[i], JSON_INDENT(1))) == NULL)
            bench_fail("%s: cannot be written", mash_bundle_part_name((enum mash_bundle_part)i));
        files[i] = (struct mash_bundle_file){ mash_bundle_part_name((enum mash_bundle_part)i),
                                              mash_span_str(texts[i]) };
        write_file(making, files[i].name, files[i].content);
    }
    sign_bundle(making, files, ret_digest);
    for (int i = 0; i < MASH_BUNDLE_PARTS; i++) {
        free(texts[i]);
        json_decref(parts[i]);
    }
}

int
main(int argc, char **argv)
{
    struct making making = { .agencies = json_array(), .told = json_array() };
    struct timespec now;
    struct mash_hash digest;
    char governance[2 * MASH_HASH_BYTES + 1];
    if (argc != 3 || sodium_init() < 0)
        bench_fail("usage: bench_partnership DIRECTORY RECIPIENTS");
    uint64_t recipients = bench_number("RECIPIENTS", argv[2], 16);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    making.directory = argv[1];
    making.now_ms = (uint64_t)now.tv_sec * 1000u;
    mash_time_text(making.now_ms - DAY_MS, making.from);
    make_directories(&making);

    add_agency(&making, "sender");
    for (uint64_t i = 1; i <= recipients; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "recipient-%llu", (unsigned long long)i);
        add_agency(&making, id);
    }
    json_t *registry = make_registry(&making);
    make_bundle(&making, registry, &digest);
    mash_hex_text(mash_hash_span(&digest), governance);
    json_t *told = json_pack("{s:s,s:s,s:O,s:O}", "partnership", PARTNERSHIP, "governance", governance, "broker",
                             json_object_get(json_object_get(registry, "broker"), "link"), "mailboxes", making.told);
    if (told == NULL || json_dumpf(told, stdout, JSON_INDENT(1)) != 0)
        bench_fail("cannot say what was made");
    json_decref(told);
    json_decref(registry);
    json_decref(making.agencies);
    json_decref(making.told);
    return 0;
}
