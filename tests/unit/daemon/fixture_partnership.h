/* SPDX-License-Identifier: Apache-2.0 */
/* fixture_partnership.h - a whole small partnership for tests of the ledger: real keys, a real bundle, a
 * real store in a temporary directory, the real core, and a clock that stands still until it is moved.
 * Agencies: school, social care (with a night cover) and police; each has one installation. */
#ifndef MASH_TESTS_FIXTURE_PARTNERSHIP_H
#define MASH_TESTS_FIXTURE_PARTNERSHIP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <ftw.h>
#include <sodium.h>

#include "daemon/ledger/core.h"
#include "proto/body.h"
#include "proto/bundle_write.h"
#include "proto/receipt.h"
#include "proto/seal_set.h"
#include "proto/uuid.h"

#define PARTNERSHIP "llr"
#define START_MS 1790000000000u /* 2026-09-21T14:13:20Z */
#define DAY_MS 86400000u

enum { SCHOOL, SOCIAL, NIGHT, POLICE, MAILBOXES };       /* NIGHT is of SOCIAL's agency */
enum { LINK_SCHOOL, LINK_SOCIAL, LINK_POLICE, LINKS };
enum { KEY_SEND, KEY_COLLECT, KEY_ACT, SIGN_KEYS };      /* what each mailbox's keys may do */

static const struct {
    const char *address, *id;
    int link;
} boxes[MAILBOXES] = {
    { "school/office@llr", "office", LINK_SCHOOL },
    { "social/duty@llr", "duty", LINK_SOCIAL },
    { "social/night@llr", "night", LINK_SOCIAL },
    { "police/ppu@llr", "ppu", LINK_POLICE },
};

struct sent {
    uint64_t connection;
    Mash__Answer *answer;
};

struct fixture {
    char directory[4096]; /* absolute */
    uint64_t wall_ms, mono_us;
    struct mash_secret *log, *broker, *governance[3], *operators[2];
    struct mash_secret *seal[MAILBOXES], *sign[MAILBOXES][SIGN_KEYS], *link[LINKS], *witness[LINKS];
    uint8_t pin[32];
    struct mash_core *core;
    struct mash_bundle *bundle; /* the last one made, as clients know it */
    struct mash_bundle_terms terms;
    struct sent sent[512];
    size_t n_sent, taken;
    Mash__ControlAnswer *control; /* the last one */
    struct mash_bytes links;      /* the last table */
    unsigned n_links;
    bool links_blocked;           /* the way to the gate is full */
    size_t room;
    uint64_t reserve_bytes, pair_rate;
    const char *partnership; /* that the core is told; NULL: the right one */
    uint64_t next_id;
    const char *social_from; /* since when social care's duty seal key is valid; NULL: long ago */
    uint64_t issued_ms;  /* of the next bundle; 0: now, the first one a day before START_MS */
    uint64_t expires_ms; /* of the next bundle; 0: in 90 days */
    const char *hours;   /* of every mailbox of the next bundle; NULL: "24h" */
};

#define FIXTURE __attribute__((unused)) static
#define ok(err) assert_int_equal((err), MASH_OK)

/* ---- the core's surroundings ---- */

FIXTURE uint64_t
fixture_wall(void *ctx)
{
    return ((struct fixture *)ctx)->wall_ms;
}

FIXTURE uint64_t
fixture_mono(void *ctx)
{
    return ((struct fixture *)ctx)->mono_us;
}

FIXTURE void
fixture_move_clock(struct fixture *f, uint64_t ms)
{
    f->wall_ms += ms;
    f->mono_us += ms * 1000u;
}

FIXTURE void
fixture_answer(void *ctx, uint64_t connection, struct mash_span bytes)
{
    struct fixture *f = ctx;
    assert_true(f->n_sent < 512);
    struct sent *sent = &f->sent[f->n_sent++];
    sent->connection = connection;
    ok(mash_message_decode(&mash__answer__descriptor, bytes, &sent->answer));
}

FIXTURE bool
fixture_links(void *ctx, struct mash_span links)
{
    struct fixture *f = ctx;
    if (f->links_blocked)
        return false;
    mash_bytes_free(&f->links);
    f->links = mash_bytes_max(1 << 20);
    ok(mash_bytes_append(&f->links, links.data, links.len));
    f->n_links++;
    return true;
}

FIXTURE void
fixture_control(void *ctx, uint64_t connection, struct mash_span bytes)
{
    struct fixture *f = ctx;
    (void)connection;
    mash_message_free(&f->control);
    ok(mash_message_decode(&mash__control_answer__descriptor, bytes, &f->control));
}

FIXTURE size_t
fixture_room(void *ctx)
{
    return ((struct fixture *)ctx)->room;
}

FIXTURE enum mash_err
fixture_try_core(struct fixture *f)
{
    char why[300] = "";
    struct mash_core_config config = {
        .state = f->directory,
        .partnership = f->partnership != NULL ? f->partnership : PARTNERSHIP,
        .backup = f->directory,
        .governance = f->pin,
        .reserve_bytes = f->reserve_bytes,
        .pair_rate = f->pair_rate,
        .clock = { fixture_wall, fixture_mono, f },
        .sink = { f, fixture_answer, fixture_links, fixture_control, fixture_room },
    };
    enum mash_err err = mash_core_open(&config, f->log, &f->core, why, sizeof(why));
    if (err != MASH_OK)
        print_message("core: %s: %s\n", why, mash_strerror(err));
    return err;
}

FIXTURE void
fixture_clear_sent(struct fixture *f)
{
    for (size_t i = 0; i < f->n_sent; i++)
        mash_message_free(&f->sent[i].answer);
    f->n_sent = f->taken = 0;
}

/* A crash and a new start: nothing in memory survives. */
FIXTURE void
fixture_restart(struct fixture *f)
{
    mash_core_close(&f->core);
    fixture_clear_sent(f);
    ok(fixture_try_core(f));
}

/* ---- the bundle ---- */

FIXTURE void
write_mailbox(struct fixture *f, int box, struct mash_bytes *out)
{
    static const char *const may[SIGN_KEYS] = { "\"send\"", "\"collect\"", "\"send\",\"collect\",\"act\"" };
    ok(mash_bytes_appendf(out,
                          "{\"id\":\"%s\",\"name\":\"Box %s\",\"phone\":\"0116 496 0%d00\",\"hours\":\"%s\",%s"
                          "\"seal\":[{\"key\":\"%s\",\"from\":\"%s\"}],\"sign\":[",
                          boxes[box].id, boxes[box].id, box + 1, f->hours != NULL ? f->hours : "24h",
                          box == SOCIAL ? "\"cover\":\"social/night@llr\"," : "",
                          mash_secret_public_text(f->seal[box]),
                          box == SOCIAL && f->social_from != NULL ? f->social_from : "2026-01-01T00:00:00Z"));
    for (int i = 0; i < SIGN_KEYS; i++)
        ok(mash_bytes_appendf(out, "%s{\"key\":\"%s\",\"may\":[%s],\"from\":\"2026-01-01T00:00:00Z\"}",
                              i > 0 ? "," : "", mash_secret_public_text(f->sign[box][i]), may[i]));
    ok(mash_bytes_appendf(out, "]}"));
}

FIXTURE void
write_agency(struct fixture *f, const char *id, const char *kind, int link, struct mash_bytes *out)
{
    bool first = true;
    ok(mash_bytes_appendf(out,
                          "{\"id\":\"%s\",\"name\":\"Agency %s\",\"kind\":\"%s\",\"overdue_role\":\"Manager\","
                          "\"overdue_phone\":\"0116 496 0999\",\"mailboxes\":[",
                          id, id, kind));
    for (int box = 0; box < MAILBOXES; box++) {
        if (boxes[box].link != link)
            continue;
        ok(mash_bytes_appendf(out, "%s", first ? "" : ","));
        write_mailbox(f, box, out);
        first = false;
    }
    ok(mash_bytes_appendf(out,
                          "],\"installations\":[{\"id\":\"%s-pc\",\"link\":\"%s\",\"witness\":\"%s\","
                          "\"from\":\"2026-01-01T00:00:00Z\"}]}",
                          id, mash_secret_public_text(f->link[link]), mash_secret_public_text(f->witness[link])));
}

FIXTURE void
write_registry(struct fixture *f, struct mash_bytes *out)
{
    ok(mash_bytes_appendf(out, "{\"format\":\"mash/registry/v1\",\"broker\":{\"link\":\"%s\",\"log\":\"%s\"},",
                          mash_secret_public_text(f->broker), mash_secret_public_text(f->log)));
    ok(mash_bytes_appendf(out, "\"operators\":[{\"id\":\"ann\",\"key\":\"%s\"},{\"id\":\"bob\",\"key\":\"%s\"}],",
                          mash_secret_public_text(f->operators[0]), mash_secret_public_text(f->operators[1])));
    ok(mash_bytes_appendf(out, "\"agencies\":["));
    write_agency(f, "police", "police", LINK_POLICE, out);
    ok(mash_bytes_appendf(out, ","));
    write_agency(f, "school", "school", LINK_SCHOOL, out);
    ok(mash_bytes_appendf(out, ","));
    write_agency(f, "social", "social-care", LINK_SOCIAL, out);
    ok(mash_bytes_appendf(out, "]}"));
}

static const char agreement_text[] =
    "{\"format\":\"mash/agreement/v1\",\"rules\":[{\"types\":[\"CONTACT\",\"REFERRAL\"],"
    "\"from\":[\"agency:school\",\"agency:social\"],\"to\":[\"*\"],\"basis\":\"Children Act 2004 s.11\"}]}";

static const char clocks_text[] =
    "{\"format\":\"mash/clocks/v1\",\"types\":["
    "{\"type\":\"CONTACT\",\"when_stale\":\"hold\",\"receipt_within_s\":60,\"collect_within_s\":3600,"
    "\"acknowledge_within_s\":86400,\"immediate_collect_within_s\":600,\"immediate_acknowledge_within_s\":3600},"
    "{\"type\":\"REFERRAL\",\"when_stale\":\"send\",\"receipt_within_s\":60,\"collect_within_s\":3600,"
    "\"acknowledge_within_s\":86400,\"immediate_collect_within_s\":600,\"immediate_acknowledge_within_s\":3600}]}";

static const char calendar_text[] =
    "{\"format\":\"mash/calendar/v1\",\"england-and-wales\":{\"division\":\"england-and-wales\",\"events\":["
    "{\"title\":\"New Year\",\"date\":\"2026-01-01\"},{\"title\":\"Good Friday\",\"date\":\"2026-04-03\"},"
    "{\"title\":\"Easter Monday\",\"date\":\"2026-04-06\"},{\"title\":\"Early May\",\"date\":\"2026-05-04\"},"
    "{\"title\":\"Spring\",\"date\":\"2026-05-25\"},{\"title\":\"Summer\",\"date\":\"2026-08-31\"},"
    "{\"title\":\"Christmas\",\"date\":\"2026-12-25\"},{\"title\":\"Boxing Day\",\"date\":\"2026-12-28\"}]}}";

/* Make bundle `version`, signed by two of the three governance keys; ret_message: encoded Mash__Bundle. */
FIXTURE void
fixture_bundle(struct fixture *f, uint32_t version, struct mash_bytes *ret_message)
{
    char why[300] = "";
    struct mash_bytes registry = mash_bytes_max(1 << 20), text = mash_bytes_max(1 << 20);
    struct mash_bytes note = mash_bytes_max(1 << 20);
    write_registry(f, &registry);
    struct mash_bundle_file files[] = {
        { "agreement.json", mash_span_str(agreement_text) },
        { "calendar.json", mash_span_str(calendar_text) },
        { "clocks.json", mash_span_str(clocks_text) },
        { "registry.json", mash_bytes_span(&registry) },
    };
    struct mash_bundle_terms terms = { .version = version, .threshold = 2, .n_governance = 3 };
    (void)snprintf(terms.partnership, sizeof(terms.partnership), "%s", PARTNERSHIP);
    terms.issued_ms = version == 1 ? START_MS - DAY_MS : f->wall_ms;
    if (f->issued_ms != 0)
        terms.issued_ms = f->issued_ms;
    terms.issued_ms -= terms.issued_ms % 1000u;
    terms.expires_ms = f->expires_ms != 0 ? f->expires_ms : terms.issued_ms + 90ull * DAY_MS;
    terms.renew_by_ms = (terms.issued_ms + terms.expires_ms) / 2000u * 1000u;
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "%s/governance-%zu", PARTNERSHIP, i + 1);
        ok(mash_note_key_make(name, MASH_NOTE_ED25519, mash_secret_public(f->governance[i]), &terms.governance[i]));
    }
    enum mash_err err = mash_bundle_write(&terms, files, 4, &text, why, sizeof(why));
    if (err != MASH_OK)
        print_message("bundle: %s\n", why);
    ok(err);
    ok(mash_bundle_sign(mash_bytes_span(&text), NULL, f->governance[0], &note));
    ok(mash_bundle_sign(mash_bytes_span(&text), NULL, f->governance[2], &note));

    mash_bundle_close(&f->bundle);
    ok(mash_bundle_open(mash_bytes_span(&note), files, 4, &f->bundle, why, sizeof(why)));
    memcpy(f->pin, mash_bundle_governance_digest(f->bundle), sizeof(f->pin));

    Mash__BundleFile rows[4], *list[4];
    Mash__Bundle message = MASH__BUNDLE__INIT;
    for (size_t i = 0; i < 4; i++) {
        mash__bundle_file__init(&rows[i]);
        rows[i].name = (char *)(uintptr_t)files[i].name;
        rows[i].content = mash_span_field(files[i].content);
        list[i] = &rows[i];
    }
    message.note = mash_span_field(mash_bytes_span(&note));
    message.n_files = 4;
    message.files = list;
    ok(mash_message_encode(&message, ret_message));
    mash_bytes_free(&registry);
    mash_bytes_free(&text);
    mash_bytes_free(&note);
}

/* ---- operators ---- */

FIXTURE void
fixture_sign_command(const struct mash_secret *key, struct mash_span command, uint8_t ret_signature[static 64])
{
    static const char domain[] = "mash/operator/v1";
    struct mash_bytes message = mash_bytes_max(1 << 23);
    struct mash_hash partnership = mash_hash_of(mash_span_str(PARTNERSHIP));
    ok(mash_bytes_append(&message, domain, sizeof(domain)));
    ok(mash_bytes_append(&message, partnership.bytes, sizeof(partnership.bytes)));
    ok(mash_bytes_append(&message, command.data, command.len));
    mash_secret_sign(key, mash_bytes_span(&message), ret_signature);
    mash_bytes_free(&message);
}

/* Give a command of key (NULL: unsigned) and run a group; the answer's code.  nonce 0: a fresh one. */
FIXTURE uint32_t
fixture_command(struct fixture *f, const struct mash_secret *key, Mash__Command *command, uint8_t nonce)
{
    uint8_t nonce_bytes[16], signature[64];
    memset(nonce_bytes, nonce, sizeof(nonce_bytes));
    if (nonce == 0)
        randombytes_buf(nonce_bytes, sizeof(nonce_bytes));
    command->nonce = mash_span_field(mash_span(nonce_bytes, sizeof(nonce_bytes)));
    if (command->issued_ms == 0)
        command->issued_ms = f->wall_ms;
    struct mash_bytes encoded = mash_bytes_max(1 << 23), frame = mash_bytes_max(1 << 23);
    ok(mash_message_encode(command, &encoded));
    Mash__SignedCommand message = MASH__SIGNED_COMMAND__INIT;
    struct mash_key_id id;
    message.command = mash_span_field(mash_bytes_span(&encoded));
    if (key != NULL) {
        mash_secret_id(key, &id);
        fixture_sign_command(key, mash_bytes_span(&encoded), signature);
        message.operator_key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
        message.signature = mash_span_field(mash_span(signature, sizeof(signature)));
    }
    ok(mash_message_encode(&message, &frame));
    ok(mash_core_command(f->core, 77, mash_bytes_span(&frame)));
    mash_message_free(&f->control);
    ok(mash_core_run(f->core));
    mash_bytes_free(&encoded);
    mash_bytes_free(&frame);
    command->issued_ms = 0;
    assert_non_null(f->control);
    return f->control->code;
}

FIXTURE uint32_t
fixture_publish(struct fixture *f, const struct mash_secret *key, uint32_t version)
{
    struct mash_bytes encoded = mash_bytes_max(1 << 23);
    fixture_bundle(f, version, &encoded);
    Mash__CommandPublish publish = MASH__COMMAND_PUBLISH__INIT;
    ok(mash_message_decode(&mash__bundle__descriptor, mash_bytes_span(&encoded), &publish.bundle));
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_PUBLISH;
    command.publish = &publish;
    uint32_t code = fixture_command(f, key, &command, 0);
    if (code != 200)
        print_message("publish: %s\n", f->control->sentence);
    mash_message_free(&publish.bundle);
    mash_bytes_free(&encoded);
    return code;
}

FIXTURE const Mash__Figures *
fixture_status(struct fixture *f)
{
    Mash__CommandStatus status = MASH__COMMAND_STATUS__INIT;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_STATUS;
    command.status = &status;
    assert_int_equal(fixture_command(f, NULL, &command, 0), 200);
    assert_non_null(f->control->figures);
    return f->control->figures;
}

FIXTURE uint32_t
fixture_suspend(struct fixture *f, const char *mailbox, const struct mash_key_id *key)
{
    Mash__CommandSuspend suspend = MASH__COMMAND_SUSPEND__INIT;
    suspend.mailbox = (char *)(uintptr_t)mailbox;
    if (key != NULL)
        suspend.key_id = mash_span_field(mash_span(key->bytes, sizeof(key->bytes)));
    suspend.reason = (char *)(uintptr_t)"key-lost";
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_SUSPEND;
    command.suspend = &suspend;
    return fixture_command(f, f->operators[0], &command, 0);
}

/* ---- installations ---- */

/* Send a request as a link on connection link + 1; does not run a group. */
FIXTURE uint64_t
fixture_ask(struct fixture *f, int link, Mash__Request *request)
{
    struct mash_bytes frame = mash_bytes_max(1 << 23);
    struct mash_key_id id;
    mash_secret_id(f->link[link], &id);
    request->id = ++f->next_id;
    ok(mash_bytes_append(&frame, id.bytes, sizeof(id.bytes)));
    ok(mash_message_encode(request, &frame));
    ok(mash_core_request(f->core, (uint64_t)link + 1, mash_bytes_span(&frame)));
    mash_bytes_free(&frame);
    return request->id;
}

/* The next answer that was sent; NULL: none. */
FIXTURE const Mash__Answer *
fixture_next(struct fixture *f)
{
    return f->taken < f->n_sent ? f->sent[f->taken++].answer : NULL;
}

/* Ask, run, and give the one answer. */
FIXTURE const Mash__Answer *
fixture_ask_now(struct fixture *f, int link, Mash__Request *request)
{
    fixture_clear_sent(f);
    uint64_t id = fixture_ask(f, link, request);
    ok(mash_core_run(f->core));
    const Mash__Answer *answer = fixture_next(f);
    assert_non_null(answer);
    assert_int_equal(answer->id, id);
    assert_int_equal(f->sent[0].connection, (uint64_t)link + 1);
    return answer;
}

FIXTURE const Mash__Answer *
fixture_hello(struct fixture *f, int link, struct mash_span checkpoint)
{
    Mash__Hello hello = MASH__HELLO__INIT;
    hello.protocol = 1;
    hello.client = (char *)(uintptr_t)"test 1";
    hello.checkpoint = mash_span_field(checkpoint);
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &hello;
    return fixture_ask_now(f, link, &request);
}

FIXTURE void
fixture_hello_all(struct fixture *f)
{
    for (int i = 0; i < LINKS; i++)
        assert_int_equal(fixture_hello(f, i, mash_span(NULL, 0))->code, 200);
    fixture_clear_sent(f);
}

/* ---- set up and take down ---- */

FIXTURE struct mash_secret *
fixture_key(enum mash_purpose purpose)
{
    struct mash_secret *secret = NULL;
    ok(mash_secret_generate(purpose, &secret));
    return secret;
}

/* Keys and directory, no core. */
FIXTURE void
fixture_prepare(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    assert_true(sodium_init() >= 0);
    char name[] = "ledger-XXXXXX";
    assert_non_null(mkdtemp(name));
    assert_non_null(realpath(name, f->directory));
    f->wall_ms = START_MS;
    f->mono_us = 5000000;
    f->room = 64u << 20;
    f->log = fixture_key(MASH_PURPOSE_LOG);
    f->broker = fixture_key(MASH_PURPOSE_LINK);
    for (int i = 0; i < 3; i++)
        f->governance[i] = fixture_key(MASH_PURPOSE_GOVERNANCE);
    for (int i = 0; i < 2; i++)
        f->operators[i] = fixture_key(MASH_PURPOSE_OPERATOR);
    for (int i = 0; i < LINKS; i++) {
        f->link[i] = fixture_key(MASH_PURPOSE_LINK);
        f->witness[i] = fixture_key(MASH_PURPOSE_WITNESS);
    }
    for (int i = 0; i < MAILBOXES; i++) {
        f->seal[i] = fixture_key(MASH_PURPOSE_SEAL);
        for (int j = 0; j < SIGN_KEYS; j++)
            f->sign[i][j] = fixture_key(MASH_PURPOSE_SIGN);
    }
    struct mash_bytes bundle = mash_bytes_max(1 << 23);
    fixture_bundle(f, 1, &bundle); /* for the pin */
    mash_bytes_free(&bundle);
}

/* A broker that serves bundle 1, every link having said hello. */
FIXTURE void
fixture_open(struct fixture *f)
{
    fixture_prepare(f);
    ok(fixture_try_core(f));
    assert_int_equal(fixture_publish(f, f->operators[0], 1), 200);
    fixture_hello_all(f);
}

static int
fixture_remove(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

FIXTURE void
fixture_close(struct fixture *f)
{
    mash_core_close(&f->core);
    fixture_clear_sent(f);
    mash_message_free(&f->control);
    mash_bytes_free(&f->links);
    mash_bundle_close(&f->bundle);
    mash_secret_close(&f->log);
    mash_secret_close(&f->broker);
    for (int i = 0; i < 3; i++)
        mash_secret_close(&f->governance[i]);
    for (int i = 0; i < 2; i++)
        mash_secret_close(&f->operators[i]);
    for (int i = 0; i < LINKS; i++) {
        mash_secret_close(&f->link[i]);
        mash_secret_close(&f->witness[i]);
    }
    for (int i = 0; i < MAILBOXES; i++) {
        mash_secret_close(&f->seal[i]);
        for (int j = 0; j < SIGN_KEYS; j++)
            mash_secret_close(&f->sign[i][j]);
    }
    assert_int_equal(nftw(f->directory, fixture_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
