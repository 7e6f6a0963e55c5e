/* SPDX-License-Identifier: Apache-2.0 */
/* fixture_homes.h - two enrolled installations, a school's and social care's, and an exchange between them:
 * made by the library's own init and join, with a bundle that was really signed. */
#ifndef MASH_TESTS_FIXTURE_HOMES_H
#define MASH_TESTS_FIXTURE_HOMES_H

#include "fixture_exchange.h"

#include <ftw.h>
#include <jansson.h>
#include <sys/stat.h>

#include "clients/lib/client.h"
#include "proto/bundle_write.h"
#include "proto/file.h"
#include "proto/hex.h"
#include "proto/note_key.h"

#define ok(err) assert_int_equal((err), MASH_OK)
#define SCHOOL_BOX "school/office@llr"
#define SOCIAL_BOX "social/duty@llr"

/* What governance may list differently for the first sign key of every mailbox; NULL: as asked for. */
struct listing {
    const char *may, *to;
};

struct homes {
    struct listing listing;
    struct mash_secret *governance, *operator_key, *second_operator;
    char directory[64];
    char school[96], social[96], bundle[96];
    struct exchange exchange;
    pid_t pid;
    struct mash_client *client; /* the one open */
    uint64_t now_ms;
};

static const char agreement_text[] =
    "{\"format\":\"mash/agreement/v1\",\"rules\":[{\"types\":[\"REFERRAL\",\"CONTACT\"],\"from\":[\"kind:school\"],"
    "\"to\":[\"kind:social-care\"],\"basis\":\"Children Act 2004 s.11\"}]}";
#define CLOCK(type, stale)                                                                                   \
    "{\"type\":\"" type "\",\"when_stale\":\"" stale "\",\"receipt_within_s\":60,\"collect_within_s\":3600," \
    "\"acknowledge_within_s\":86400,\"immediate_collect_within_s\":300,\"immediate_acknowledge_within_s\":900}"
static const char clocks_text[] =
    "{\"format\":\"mash/clocks/v1\",\"types\":[" CLOCK("REFERRAL", "send") "," CLOCK("CONTACT", "hold") "]}";
#define DAY(date) "{\"title\":\"Holiday\",\"date\":\"" date "\",\"notes\":\"\",\"bunting\":true}"
static const char calendar_text[] =
    "{\"format\":\"mash/calendar/v1\",\"england-and-wales\":{\"division\":\"england-and-wales\",\"events\":["
    DAY("2026-01-01") "," DAY("2026-04-03") "," DAY("2026-04-06") "," DAY("2026-05-04") "," DAY("2026-05-25") ","
    DAY("2026-08-31") "," DAY("2026-12-25") "," DAY("2026-12-28") "]}}";

EXCHANGE void
homes_init_one(const char *home, const char *address, const char *name, const char *kind, const char *passphrase)
{
    char recovery[160], request[160], words[128], why[512] = "";
    struct mash_enrolment_mailbox mailbox = { .address = address, .name = name, .phone = "0116 496 0001",
                                              .hours = "24h" };
    (void)snprintf(recovery, sizeof(recovery), "%s.recovery", home);
    (void)snprintf(request, sizeof(request), "%s.json", home);
    struct mash_enrolment enrolment = { .agency_name = name, .agency_kind = kind, .overdue_role = "Head",
                                        .overdue_phone = "0116 496 0002", .mailboxes = &mailbox, .n_mailboxes = 1,
                                        .installation = "main", .recovery_out = recovery, .request_out = request,
                                        .act_passphrase = passphrase };
    enum mash_err err = mash_client_init(home, &enrolment, words, sizeof(words), why, sizeof(why));
    if (err != MASH_OK)
        fail_msg("init: %s", why);
}

/* Keys of requests get their validity from governance. */
EXCHANGE void
homes_date_keys(json_t *list)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row)
        (void)json_object_set_new(row, "from", json_string("2026-01-01T00:00:00Z"));
}

EXCHANGE json_t *
homes_agency(const struct homes *homes, const char *home)
{
    char path[160];
    size_t i;
    json_t *box;
    (void)snprintf(path, sizeof(path), "%s.json", home);
    json_t *request = json_load_file(path, 0, NULL);
    assert_non_null(request);
    json_t *agency = json_deep_copy(json_object_get(request, "agency"));
    json_t *boxes = json_deep_copy(json_object_get(request, "mailboxes"));
    json_t *installations = json_deep_copy(json_object_get(request, "installations"));
    json_array_foreach(boxes, i, box) {
        homes_date_keys(json_object_get(box, "seal"));
        homes_date_keys(json_object_get(box, "sign"));
        json_t *first = json_array_get(json_object_get(box, "sign"), 0);
        if (homes->listing.may != NULL)
            (void)json_object_set_new(first, "may", json_pack("[s]", homes->listing.may));
        if (homes->listing.to != NULL)
            (void)json_object_set_new(first, "to", json_string(homes->listing.to));
    }
    homes_date_keys(installations);
    (void)json_object_set_new(agency, "mailboxes", boxes);
    (void)json_object_set_new(agency, "installations", installations);
    json_decref(request);
    return agency;
}

EXCHANGE char *
homes_registry(struct homes *homes)
{
    json_t *root = json_pack("{s:s, s:{s:s, s:s}, s:[{s:s, s:s}, {s:s, s:s}], s:[o, o]}",
                             "format", "mash/registry/v1", "broker",
                             "link", mash_secret_public_text(homes->exchange.link), "log",
                             mash_secret_public_text(homes->exchange.log), "operators", "id", "op1", "key",
                             mash_secret_public_text(homes->operator_key), "id", "op2", "key",
                             mash_secret_public_text(homes->second_operator), "agencies",
                             homes_agency(homes, homes->school), homes_agency(homes, homes->social));
    assert_non_null(root);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

EXCHANGE void
homes_write(const struct homes *homes, const char *name, struct mash_span content)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", homes->bundle, name);
    ok(mash_file_create(path, content, 0644));
}

/* Make a bundle, signed by a governance key that is also the one it lists. */
EXCHANGE void
homes_sign_bundle(struct homes *homes, uint32_t version, const struct mash_secret *governance, char **ret_registry,
                  struct mash_bytes *ret_note, struct mash_bundle **ret_bundle)
{
    char why[300] = "", *registry = homes_registry(homes);
    struct mash_bytes text = mash_bytes_max(1 << 20);
    struct mash_bundle_file files[] = { { "agreement.json", mash_span_str(agreement_text) },
                                        { "calendar.json", mash_span_str(calendar_text) },
                                        { "clocks.json", mash_span_str(clocks_text) },
                                        { "registry.json", mash_span_str(registry) } };
    struct mash_bundle_terms terms = { .partnership = "llr", .version = version, .threshold = 1, .n_governance = 1,
                                       .issued_ms = EXCHANGE_NOW_MS - 86400000u,
                                       .renew_by_ms = EXCHANGE_NOW_MS + 30ull * 86400000u,
                                       .expires_ms = EXCHANGE_NOW_MS + 60ull * 86400000u };
    *ret_note = mash_bytes_max(1 << 20);
    ok(mash_note_key_make("llr/governance/g1", MASH_NOTE_ED25519, mash_secret_public(governance),
                          &terms.governance[0]));
    if (mash_bundle_write(&terms, files, 4, &text, why, sizeof(why)) != MASH_OK)
        fail_msg("bundle: %s", why);
    ok(mash_bundle_sign(mash_bytes_span(&text), NULL, governance, ret_note));
    ok(mash_bundle_open(mash_bytes_span(ret_note), files, 4, ret_bundle, why, sizeof(why)));
    mash_bytes_free(&text);
    *ret_registry = registry;
}

/* The first bundle, written for join. */
EXCHANGE void
homes_make_bundle(struct homes *homes)
{
    char *registry = NULL;
    struct mash_bytes note;
    homes_sign_bundle(homes, 1, homes->governance, &registry, &note, &homes->exchange.bundle);
    assert_int_equal(mkdir(homes->bundle, 0700), 0);
    homes_write(homes, "agreement.json", mash_span_str(agreement_text));
    homes_write(homes, "calendar.json", mash_span_str(calendar_text));
    homes_write(homes, "clocks.json", mash_span_str(clocks_text));
    homes_write(homes, "registry.json", mash_span_str(registry));
    homes_write(homes, "note", mash_bytes_span(&note));
    mash_bytes_free(&note);
    free(registry);
}

/* A further bundle that the exchange can put in force, good or bad. */
EXCHANGE void
homes_make_next(struct homes *homes, uint32_t version, const struct mash_secret *governance)
{
    char *registry = NULL;
    struct mash_bytes note;
    Mash__Bundle message = MASH__BUNDLE__INIT;
    Mash__BundleFile rows[4], *list[4];
    homes_sign_bundle(homes, version, governance, &registry, &note, &homes->exchange.next);
    const struct mash_bundle_file files[] = { { "agreement.json", mash_span_str(agreement_text) },
                                              { "calendar.json", mash_span_str(calendar_text) },
                                              { "clocks.json", mash_span_str(clocks_text) },
                                              { "registry.json", mash_span_str(registry) } };
    for (size_t i = 0; i < 4; i++) {
        mash__bundle_file__init(&rows[i]);
        rows[i].name = (char *)(uintptr_t)files[i].name;
        rows[i].content = mash_span_field(files[i].content);
        list[i] = &rows[i];
    }
    message.note = mash_span_field(mash_bytes_span(&note));
    message.n_files = 4;
    message.files = list;
    homes->exchange.next_value = mash_bytes_max(1 << 20);
    ok(mash_message_encode(&message, &homes->exchange.next_value));
    mash_bytes_free(&note);
    free(registry);
}

EXCHANGE uint64_t
homes_clock(void *ctx)
{
    return ((const struct homes *)ctx)->now_ms;
}

/* Open a home on the still clock, with a short patience. */
EXCHANGE struct mash_client *
homes_open(struct homes *homes, const char *home)
{
    char why[512] = "";
    mash_client_close(&homes->client);
    if (mash_client_open(home, &homes->client, why, sizeof(why)) != MASH_OK)
        fail_msg("open: %s", why);
    homes->client->now_ms = homes_clock;
    homes->client->now_ctx = homes;
    mash_client_set_timeout(homes->client, 1000);
    return homes->client;
}

EXCHANGE void
homes_join(struct homes *homes, const char *home)
{
    char pin[65], why[512] = "";
    mash_hex_text(mash_span(mash_bundle_governance_digest(homes->exchange.bundle), 32), pin);
    if (mash_client_join(home, homes->bundle, homes->exchange.control->endpoint, pin, why, sizeof(why)) != MASH_OK)
        fail_msg("join: %s", why);
}

/* Everything but the exchange's process: next_by, when not NULL, governs a version 2 kept ready. */
EXCHANGE struct homes *
homes_make_with(struct listing listing, uint32_t next_version, const struct mash_secret *next_by)
{
    assert_true(sodium_init() >= 0);
    struct homes *homes = calloc(1, sizeof(*homes));
    assert_non_null(homes);
    homes->now_ms = EXCHANGE_NOW_MS;
    homes->listing = listing;
    ok(mash_secret_generate(MASH_PURPOSE_GOVERNANCE, &homes->governance));
    ok(mash_secret_generate(MASH_PURPOSE_OPERATOR, &homes->operator_key));
    ok(mash_secret_generate(MASH_PURPOSE_OPERATOR, &homes->second_operator));
    (void)snprintf(homes->directory, sizeof(homes->directory), "/tmp/mash-homes-XXXXXX");
    assert_non_null(mkdtemp(homes->directory));
    (void)snprintf(homes->school, sizeof(homes->school), "%s/school", homes->directory);
    (void)snprintf(homes->social, sizeof(homes->social), "%s/social", homes->directory);
    (void)snprintf(homes->bundle, sizeof(homes->bundle), "%s/bundle", homes->directory);
    homes->exchange.control = mmap(NULL, sizeof(*homes->exchange.control), PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(homes->exchange.control != MAP_FAILED);
    ok(mash_secret_generate(MASH_PURPOSE_LOG, &homes->exchange.log));
    ok(mash_secret_generate(MASH_PURPOSE_LOG, &homes->exchange.other_log));
    ok(mash_secret_generate(MASH_PURPOSE_LINK, &homes->exchange.link));
    homes_init_one(homes->school, SCHOOL_BOX, "School office", "school", NULL);
    homes_init_one(homes->social, SOCIAL_BOX, "Duty and advice", "social-care", NULL);
    homes_make_bundle(homes);
    if (next_version != 0)
        homes_make_next(homes, next_version, next_by != NULL ? next_by : homes->governance);
    homes->pid = exchange_start(&homes->exchange);
    homes_join(homes, homes->school);
    homes_join(homes, homes->social);
    return homes;
}

EXCHANGE struct homes *
homes_make(void)
{
    return homes_make_with((struct listing){ NULL, NULL }, 0, NULL);
}

EXCHANGE int
homes_remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

EXCHANGE int
homes_setup(void **state)
{
    *state = homes_make();
    return 0;
}

EXCHANGE int
homes_teardown(void **state)
{
    struct homes *homes = *state;
    mash_client_close(&homes->client);
    (void)kill(homes->pid, SIGKILL);
    (void)waitpid(homes->pid, NULL, 0);
    mash_bundle_close(&homes->exchange.bundle);
    mash_bundle_close(&homes->exchange.next);
    mash_bytes_free(&homes->exchange.next_value);
    mash_secret_close(&homes->governance);
    mash_secret_close(&homes->operator_key);
    mash_secret_close(&homes->second_operator);
    mash_secret_close(&homes->exchange.log);
    mash_secret_close(&homes->exchange.other_log);
    mash_secret_close(&homes->exchange.link);
    (void)nftw(homes->directory, homes_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    (void)munmap(homes->exchange.control, sizeof(*homes->exchange.control));
    free(homes);
    return 0;
}

/* ---- what tests do with them ---- */

EXCHANGE void
homes_lie(struct homes *homes, enum lie lie)
{
    homes->exchange.control->lie = lie;
}

/* Send one referral from the school's home. */
EXCHANGE struct mash_result
homes_send(struct homes *homes)
{
    static const struct mash_draft_recipient to = { .mailbox = SOCIAL_BOX };
    static const struct mash_draft draft = { .recipients = &to, .n_recipients = 1, .type = "REFERRAL",
                                             .subject_count = 2, .local_reference = "our 17",
                                             .content = "content", .content_len = 7 };
    struct mash_result result;
    ok(mash_client_send(homes_open(homes, homes->school), &draft, 1, &result));
    return result;
}

EXCHANGE struct mash_collected
homes_collect(struct homes *homes, const char *home)
{
    struct mash_collected counts;
    struct mash_client *client = homes_open(homes, home);
    enum mash_err err = mash_client_collect(client, 0, &counts);
    if (err != MASH_OK)
        fail_msg("collect: %s", mash_client_why(client));
    return counts;
}

#endif
