/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - see output.h. */
#include "clients/cli/output.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/base64.h"
#include "proto/content.h"
#include "proto/state.h"

void
time_text(uint64_t time_ms, char *ret_text, size_t size)
{
    time_t seconds = (time_t)(time_ms / 1000u);
    struct tm parts;
    if (time_ms == 0 || gmtime_r(&seconds, &parts) == NULL ||
        strftime(ret_text, size, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        (void)snprintf(ret_text, size, "-");
}

/* ---- JSON ---- */

static void
set_text(json_t *object, const char *name, const char *text)
{
    (void)json_object_set_new(object, name, json_string(text != NULL ? text : ""));
}

static void
set_number(json_t *object, const char *name, uint64_t value)
{
    (void)json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void
set_bool(json_t *object, const char *name, bool value)
{
    (void)json_object_set_new(object, name, json_boolean(value));
}

bool
print_json(json_t *value)
{
    bool ok = value != NULL && json_dumpf(value, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(value);
    return ok && fflush(stdout) == 0;
}

json_t *
result_json(const struct mash_result *result, const char *done)
{
    const struct { enum mash_end end; const char *name; } ends[] = {
        { MASH_END_HELD, done }, { MASH_END_TRYING, "trying" }, { MASH_END_REFUSED, "refused" } };
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i].end == result->end)
            set_text(object, "end", ends[i].name);
    set_number(object, "exit", (uint64_t)result->end);
    set_text(object, "id", result->id);
    set_text(object, "manifest_sha256", result->manifest_sha256);
    set_number(object, "code", result->code);
    set_text(object, "sub_code", result->sub_code);
    set_text(object, "sentence", result->sentence);
    set_text(object, "warning", result->warning);
    return object;
}

json_t *
warning_json(const struct mash_warning *warning)
{
    json_t *object = json_object();
    set_text(object, "kind", warning->kind);
    set_text(object, "id", warning->id);
    set_text(object, "mailbox", warning->mailbox);
    set_text(object, "phone", warning->phone);
    set_text(object, "text", warning->text);
    return object;
}

static json_t *
recipients_json(const struct mash_notice_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->n_recipients; i++) {
        const struct mash_recipient_info *from = &info->recipients[i];
        json_t *object = json_object();
        set_text(object, "mailbox", from->mailbox);
        set_text(object, "name", from->name);
        set_text(object, "phone", from->phone);
        set_text(object, "duty", from->information ? "information" : "action");
        set_bool(object, "lead", from->lead);
        set_text(object, "cover_for", from->cover_for);
        set_text(object, "state", from->state);
        set_text(object, "sentence", from->sentence);
        set_number(object, "state_ms", from->state_ms);
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *
statuses_json(const struct mash_notice_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->n_statuses; i++) {
        const struct mash_status_info *from = &info->statuses[i];
        json_t *object = json_object(), *outcomes = json_array();
        set_text(object, "mailbox", from->mailbox);
        set_text(object, "state", from->state);
        set_text(object, "sentence", from->sentence);
        set_number(object, "sequence", from->sequence);
        set_text(object, "reason", from->reason);
        set_text(object, "actor", from->actor);
        set_text(object, "rag", from->rag);
        set_text(object, "passed_to", from->passed_to);
        set_number(object, "time_ms", from->time_ms);
        set_number(object, "entry_ms", from->entry_ms);
        set_bool(object, "ours", from->ours);
        set_bool(object, "logged", from->logged);
        for (size_t j = 0; j < from->n_outcomes; j++) {
            json_t *outcome = json_object();
            set_number(outcome, "subject", from->outcomes[j].subject);
            set_text(outcome, "code", from->outcomes[j].code);
            (void)json_array_append_new(outcomes, outcome);
        }
        (void)json_object_set_new(object, "outcomes", outcomes);
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *
reports_json(const struct mash_notice_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->n_reports; i++) {
        json_t *object = json_object();
        set_number(object, "code", info->reports[i].code);
        set_text(object, "sub_code", info->reports[i].sub_code);
        set_text(object, "sentence", info->reports[i].sentence);
        set_text(object, "recipient", info->reports[i].recipient);
        set_number(object, "level", info->reports[i].level);
        set_number(object, "time_ms", info->reports[i].time_ms);
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *
codes_json(const struct mash_notice_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->n_codes; i++) {
        json_t *object = json_object();
        set_text(object, "list", info->codes[i].list);
        set_text(object, "value", info->codes[i].value);
        set_number(object, "subject", info->codes[i].subject);
        (void)json_array_append_new(list, object);
    }
    return list;
}

/* The content by its type, or as base64 when this program does not know the type. */
static void
set_content(json_t *object, const struct mash_notice_info *info)
{
    const struct mash_type *type = mash_type_find(info->type);
    struct mash_span content = mash_span(info->content, info->content_len);
    struct mash_bytes text = mash_bytes_max(8u * MASH_BODY_MAX);
    if (info->content == NULL)
        return;
    if (type != NULL && mash_content_to_json(type, content, &text) == MASH_OK) {
        json_t *value = json_loadb((const char *)text.data, text.len, 0, NULL);
        if (value != NULL)
            (void)json_object_set_new(object, "content", value);
    } else {
        mash_bytes_wipe(&text);
        if (mash_base64_encode(content, MASH_BASE64_PADDED, &text) == MASH_OK)
            (void)json_object_set_new(object, "content_base64", json_stringn((const char *)text.data, text.len));
    }
    mash_bytes_wipe(&text);
}

json_t *
notice_json(const struct mash_notice_info *info)
{
    json_t *object = json_object();
    set_text(object, "id", info->id);
    set_text(object, "manifest_sha256", info->manifest_sha256);
    set_text(object, "direction", info->sent ? "sent" : "received");
    set_text(object, "mailbox", info->mailbox);
    set_text(object, "from", info->from);
    set_text(object, "type", info->type);
    set_text(object, "state", info->state);
    set_text(object, "sentence", info->sentence);
    set_text(object, "thread", info->thread);
    set_text(object, "in_reply_to", info->in_reply_to);
    set_number(object, "relation", (uint64_t)info->relation);
    set_bool(object, "immediate", info->immediate);
    set_bool(object, "drill", info->drill);
    set_bool(object, "restricted", info->restricted);
    set_bool(object, "address_confidential", info->address_confidential);
    set_bool(object, "source_confidential", info->source_confidential);
    set_number(object, "subject_count", info->subject_count);
    set_number(object, "created_ms", info->created_ms);
    set_number(object, "event_ms", info->event_ms);
    set_number(object, "expires_ms", info->expires_ms);
    set_number(object, "held_ms", info->held_ms);
    set_number(object, "stored_ms", info->stored_ms);
    set_text(object, "local_reference", info->local_reference);
    (void)json_object_set_new(object, "codes", codes_json(info));
    (void)json_object_set_new(object, "recipients", recipients_json(info));
    (void)json_object_set_new(object, "statuses", statuses_json(info));
    (void)json_object_set_new(object, "reports", reports_json(info));
    set_content(object, info);
    return object;
}

/* ---- words ---- */

void
print_result(const struct mash_result *result)
{
    printf("%s\n", result->sentence);
    if (result->id[0] != '\0')
        fprintf(stderr, "notice %s\n", result->id);
    if (result->warning[0] != '\0')
        fprintf(stderr, "%s\n", result->warning);
}

/* Where a thread of stages stands, e.g. "return" of a missing child; from the codes in the clear. */
static const char *
stage_of(const struct mash_notice_info *info)
{
    const struct mash_type *type = mash_type_find(info->type);
    for (size_t i = 0; type != NULL && type->stage != NULL && i < type->n_rules; i++)
        for (size_t k = 0; strcmp(type->rules[i].field, type->stage) == 0 && k < info->n_codes; k++)
            if (strcmp(info->codes[k].list, type->rules[i].codes) == 0)
                return info->codes[k].value;
    return "";
}

void
print_notice_line(const struct mash_notice_info *info)
{
    char created[24];
    char type[80];
    const char *stage = stage_of(info);
    time_text(info->created_ms, created, sizeof(created));
    (void)snprintf(type, sizeof(type), "%s%s%s", info->type, stage[0] != '\0' ? " " : "", stage);
    printf("%s  %s  %-10s  %-24s  %s%s%s\n", info->id, created, info->state, type,
           info->sent ? "" : info->from, info->immediate ? "  IMMEDIATE" : "", info->drill ? "  DRILL" : "");
    for (size_t i = 0; info->sent && i < info->n_recipients; i++)
        printf("    %s: %s\n", info->recipients[i].mailbox, info->recipients[i].sentence);
}

static void
print_flags(const struct mash_notice_info *info)
{
    const struct { bool on; const char *text; } flags[] = {
        { info->drill, "THIS IS A DRILL" },
        { info->immediate, "IMMEDIATE" },
        { info->restricted, "Restricted: share only as the notice says" },
        { info->address_confidential, "ADDRESS CONFIDENTIAL: do not disclose any address" },
        { info->source_confidential, "SOURCE CONFIDENTIAL: do not disclose who told us" },
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (flags[i].on)
            printf("*** %s ***\n", flags[i].text);
}

/* " (label)" of a code in the list of that name; nothing when this program does not know it. */
static void
print_label(const char *list_name, const char *code)
{
    const struct mash_code_list *list = list_name != NULL ? mash_code_list(list_name) : NULL;
    const struct mash_code *row = list != NULL ? mash_code_find(list, code) : NULL;
    if (row != NULL)
        printf(" (%s)", row->label);
}

static void
print_status(const struct mash_notice_info *info, const struct mash_status_info *status)
{
    char when[24];
    Mash__State state = MASH__STATE__STATE_UNSET;
    const struct mash_type *type = mash_type_find(info->type);
    time_text(status->time_ms, when, sizeof(when));
    printf("  %s  %s  %s%s%s%s%s", when, status->mailbox, status->state, status->rag[0] != '\0' ? " " : "", status->rag,
           status->actor[0] != '\0' ? " by " : "", status->actor);
    if (status->reason[0] != '\0') {
        printf(", reason %s", status->reason);
        if (mash_state_parse(status->state, &state) == MASH_OK)
            print_label(mash_state_reasons(state), status->reason);
    }
    for (size_t j = 0; j < status->n_outcomes; j++) {
        printf(", %u: %s", status->outcomes[j].subject, status->outcomes[j].code);
        print_label(type != NULL ? type->outcomes : NULL, status->outcomes[j].code);
    }
    printf("%s%s%s\n", status->passed_to[0] != '\0' ? ", to " : "", status->passed_to,
           status->logged ? "" : " (not logged yet)");
}

static void
print_statuses(const struct mash_notice_info *info)
{
    char when[24];
    for (size_t i = 0; i < info->n_recipients; i++)
        printf("%s (%s)%s: %s\n", info->recipients[i].mailbox, info->recipients[i].phone,
               info->recipients[i].information ? ", for information" : "", info->recipients[i].sentence);
    for (size_t i = 0; i < info->n_statuses; i++)
        print_status(info, &info->statuses[i]);
    for (size_t i = 0; i < info->n_reports; i++) {
        time_text(info->reports[i].time_ms, when, sizeof(when));
        printf("  %s  REPORT %u %s: %s\n", when, info->reports[i].code, info->reports[i].recipient,
               info->reports[i].sentence);
    }
}

void
print_notice(const struct mash_notice_info *info)
{
    char created[24], held[24];
    time_text(info->created_ms, created, sizeof(created));
    time_text(info->held_ms, held, sizeof(held));
    print_flags(info);
    printf("%s %s\nfrom %s, created %s, held by the exchange %s\n", info->type, info->id, info->from, created, held);
    /* once held, where each recipient stands says more than the exchange's answer did */
    const char *sentence = info->sent && info->held_ms != 0 ? "" : info->sentence;
    printf("state: %s%s%s\n", info->state, sentence[0] != '\0' ? ", " : "", sentence);
    if (info->local_reference[0] != '\0')
        printf("sender's reference: %s\n", info->local_reference);
    print_statuses(info);
    const struct mash_type *type = mash_type_find(info->type);
    struct mash_bytes text = mash_bytes_max(8u * MASH_BODY_MAX);
    if (info->content != NULL && type != NULL &&
        mash_content_to_text(type, mash_span(info->content, info->content_len), &text) == MASH_OK)
        printf("\n%.*s", (int)text.len, (const char *)text.data);
    else if (info->content != NULL)
        printf("\n(%zu bytes of a type this program does not know: use --body-out)\n", info->content_len);
    mash_bytes_wipe(&text);
}
