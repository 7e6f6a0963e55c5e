/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h. */
#include "tests/bench/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/hex.h"

_Noreturn void
bench_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("bench: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void
bench_must(enum mash_err err, const char *what)
{
    if (err != MASH_OK)
        bench_fail("%s: %s", what, mash_strerror(err));
}

uint64_t
bench_number(const char *option, const char *text, uint64_t max)
{
    size_t len = strlen(text);
    uint64_t value = strtoull(text, NULL, 10);
    if (len < 1 || len > 12 || strspn(text, "0123456789") != len || value < 1 || value > max)
        bench_fail("%s: not a number from 1 to %llu", option, (unsigned long long)max);
    return value;
}

void
bench_await(const char *word)
{
    char line[64] = "";
    if (fgets(line, sizeof(line), stdin) == NULL)
        bench_fail("standard input ended before \"%s\"", word);
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, word) != 0)
        bench_fail("standard input: \"%s\" instead of \"%s\"", line, word);
}

static Mash__Answer *
ask(struct bench_session *session, Mash__Request *request, Mash__Answer__ResultCase result, const char *what)
{
    Mash__Answer *answer = NULL;
    request->id = ++session->last_id;
    bench_must(bench_wire_ask(session->wire, request, &answer), what);
    if (answer->result_case != result)
        bench_fail("%s: %u %s %s", what, answer->code, answer->sub_code, answer->sentence);
    return answer;
}

static void
hello(struct bench_session *session, const char *program, struct mash_bytes *ret_checkpoint)
{
    Mash__Hello hello = MASH__HELLO__INIT;
    hello.protocol = 1;
    hello.client = (char *)(uintptr_t)program;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &hello;
    Mash__Answer *answer = ask(session, &request, MASH__ANSWER__RESULT_WELCOME, "hello");
    ProtobufCBinaryData note = answer->welcome->checkpoint;
    bench_must(mash_bytes_append(ret_checkpoint, note.data, note.len), "checkpoint");
    mash_message_free(&answer);
}

static void
fetch_bundle(struct bench_session *session)
{
    Mash__GetBundle get = MASH__GET_BUNDLE__INIT;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_GET_BUNDLE;
    request.get_bundle = &get;
    Mash__Answer *answer = ask(session, &request, MASH__ANSWER__RESULT_BUNDLE, "get the bundle");
    struct mash_bundle_file files[8];
    char why[256] = "";
    size_t n = answer->bundle->n_files;
    if (n > sizeof(files) / sizeof(files[0]))
        bench_fail("bundle: %zu files", n);
    for (size_t i = 0; i < n; i++)
        files[i] = (struct mash_bundle_file){ answer->bundle->files[i]->name,
                                              mash_field_span(answer->bundle->files[i]->content) };
    if (mash_bundle_open(mash_field_span(answer->bundle->note), files, n, &session->bundle, why, sizeof(why)) !=
        MASH_OK)
        bench_fail("bundle: %s", why);
    mash_message_free(&answer);
}

/* The head of the log at the hello, under the origin that its own first line names. */
static void
open_head(struct bench_session *session, const struct mash_bytes *note)
{
    char origin[MASH_NOTE_NAME_MAX + 1] = "";
    const char *partnership = mash_bundle_partnership(session->bundle);
    size_t len = 0;
    while (len < note->len && len < MASH_NOTE_NAME_MAX && note->data[len] != '\n')
        len++;
    if (len > 0)
        memcpy(origin, note->data, len);
    if (strncmp(origin, partnership, strlen(partnership)) != 0 || origin[strlen(partnership)] != '/')
        bench_fail("the log's origin \"%s\" is not of partnership %s", origin, partnership);
    bench_must(mash_checkpoint_open(mash_bytes_span(note), origin, mash_bundle_log_key(session->bundle),
                                    &session->head, NULL),
               "checkpoint");
}

void
bench_session_open(const struct bench_who *who, const char *program, struct bench_session *ret_session)
{
    uint8_t broker[MASH_PUBLIC_KEY_BYTES];
    struct mash_bytes note = mash_bytes_max(MASH_CHECKPOINT_MAX);
    if (who->endpoint == NULL || who->broker == NULL || who->link_key == NULL || who->sign_key == NULL ||
        who->mailbox == NULL)
        bench_fail("--endpoint, --broker, --link-key, --sign-key and --mailbox are needed");
    memset(ret_session, 0, sizeof(*ret_session));
    bench_must(mash_hex_parse(mash_span_str(who->broker), broker, sizeof(broker)), "--broker");
    bench_must(mash_secret_load(who->link_key, MASH_PURPOSE_LINK, NULL, &ret_session->link_key), who->link_key);
    bench_must(mash_secret_load(who->sign_key, MASH_PURPOSE_SIGN, NULL, &ret_session->sign_key), who->sign_key);
    bench_must(bench_wire_open(who->endpoint, broker, ret_session->link_key, &ret_session->wire), who->endpoint);
    hello(ret_session, program, &note);
    fetch_bundle(ret_session);
    if (memcmp(mash_bundle_broker_link_key(ret_session->bundle), broker, sizeof(broker)) != 0)
        bench_fail("the bundle names another link key for the broker");
    open_head(ret_session, &note);
    mash_bytes_free(&note);
}

void
bench_session_close(struct bench_session *session)
{
    bench_wire_close(&session->wire);
    mash_bundle_close(&session->bundle);
    mash_secret_close(&session->link_key);
    mash_secret_close(&session->sign_key);
}
