/* SPDX-License-Identifier: Apache-2.0 */
/* census.c - see census.h.  Element names: DfE CIN census schema 2024, modules ChildIdentifiers,
 * ChildCharacteristics and CINdetails. */
#include "clients/lib/census.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#define CENSUS_MAX_BYTES (64 * 1024 * 1024)
#define NOT_KNOWN "not known"

/* An element of the census and the field of the contact it fills. */
struct mapping {
    const char *element;
    const char *field;
};

static const struct mapping subject_map[] = {
    { "LAchildID", "la_child_id" },         { "UPN", "upn" },
    { "UPNunknown", "upn_unknown" },        { "PersonBirthDate", "birth_date" },
    { "ExpectedPersonBirthDate", "expected_birth_date" }, { "PersonDeathDate", "death_date" },
    { "GenderCurrent", "gender_current" },  { "Sex", "sex" },
};

static const struct mapping episode_map[] = {
    { "CINreferralDate", "referral_date" },      { "CINclosureDate", "closure_date" },
    { "ReasonForClosure", "reason_for_closure" }, { "DateOfInitialCPC", "initial_conference_date" },
};

static const struct mapping contact_map[] = {
    { "ReferralSource", "source" },
    { "PrimaryNeedCode", "primary_need" },
};

static xmlNode *
child_named(xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
            return node;
    return NULL;
}

/* Set field to the element's text, without the white space around it; nothing when absent or empty. */
static void
copy_text(json_t *object, const char *field, xmlNode *node)
{
    xmlChar *raw = node != NULL ? xmlNodeGetContent(node) : NULL;
    if (raw == NULL)
        return;
    const char *text = (const char *)raw;
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    if (len > 0)
        (void)json_object_set_new(object, field, json_stringn(text, len));
    xmlFree(raw);
}

static void
copy_mapped(json_t *object, xmlNode *parent, const struct mapping *map, size_t n)
{
    for (size_t i = 0; i < n; i++)
        copy_text(object, map[i].field, child_named(parent, map[i].element));
}

#define MAPPED(object, parent, map) copy_mapped(object, parent, map, sizeof(map) / sizeof((map)[0]))

static json_t *
read_subject(xmlNode *child)
{
    xmlNode *traits = child_named(child, "ChildCharacteristics");
    json_t *subject = json_object();
    MAPPED(subject, child_named(child, "ChildIdentifiers"), subject_map);
    copy_text(subject, "ethnicity", child_named(traits, "Ethnicity"));

    json_t *disabilities = json_array();
    xmlNode *list = child_named(traits, "Disabilities");
    for (xmlNode *node = list != NULL ? list->children : NULL; node != NULL; node = node->next) {
        json_t *holder = json_object();
        if (node->type == XML_ELEMENT_NODE)
            copy_text(holder, "code", node);
        json_t *code = json_object_get(holder, "code");
        if (code != NULL)
            (void)json_array_append(disabilities, code);
        json_decref(holder);
    }
    if (json_array_size(disabilities) > 0)
        (void)json_object_set(subject, "disabilities", disabilities);
    json_decref(disabilities);

    bool unborn = json_object_get(subject, "birth_date") == NULL &&
                  json_object_get(subject, "expected_birth_date") != NULL;
    (void)json_object_set_new(subject, "kind", json_string(unborn ? "unborn" : "child"));
    if (!unborn) {
        (void)json_object_set_new(subject, "given_name", json_string(NOT_KNOWN));
        if (json_object_get(subject, "birth_date") == NULL)
            (void)json_object_set_new(subject, "birth_date", json_string(NOT_KNOWN));
    }
    (void)json_object_set_new(subject, "family_name", json_string(NOT_KNOWN));
    return subject;
}

static json_t *
read_contact(json_t *subject, xmlNode *details, const struct mash_census_referrer *referrer)
{
    json_t *contact = json_object();
    json_t *census = json_object();
    MAPPED(contact, details, contact_map);
    MAPPED(census, details, episode_map);
    json_t *nfa = json_object();
    copy_text(nfa, "text", child_named(details, "ReferralNFA"));
    const char *text = json_string_value(json_object_get(nfa, "text"));
    if (text != NULL) { /* xs:boolean; anything else stays for the check to name */
        bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
        bool no = strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
        (void)json_object_set_new(census, "referral_nfa", json_string(yes ? "yes" : no ? "no" : text));
    }
    json_decref(nfa);
    (void)json_object_set_new(contact, "census", census);
    (void)json_object_set_new(contact, "subjects", json_pack("[O]", subject));
    (void)json_object_set_new(contact, "referrer",
                              json_pack("{s:s,s:s,s:s,s:s}", "name", referrer->name, "role", referrer->role,
                                        "agency", referrer->agency, "phone", referrer->phone));
    (void)json_object_set_new(contact, "concern",
                              json_string("Taken from a children-in-need census, which holds no narrative."));
    return contact;
}

static enum mash_err
give_episode(json_t *contact, size_t child, size_t episode, mash_census_episode_fn *fn, void *ctx)
{
    char *text = json_dumps(contact, JSON_COMPACT);
    if (text == NULL)
        return MASH_E_NOMEM;
    enum mash_err err = fn(ctx, child, episode, mash_span_str(text));
    free(text);
    return err;
}

static enum mash_err
read_children(xmlNode *children, const struct mash_census_referrer *referrer, mash_census_episode_fn *fn, void *ctx)
{
    enum mash_err err = MASH_OK;
    size_t child_number = 0;
    for (xmlNode *child = children->children; child != NULL && err == MASH_OK; child = child->next) {
        if (child->type != XML_ELEMENT_NODE || strcmp((const char *)child->name, "Child") != 0)
            continue;
        child_number++;
        size_t episode = 0;
        json_t *subject = read_subject(child);
        for (xmlNode *node = child->children; node != NULL && err == MASH_OK; node = node->next) {
            if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, "CINdetails") != 0)
                continue;
            json_t *contact = read_contact(subject, node, referrer);
            err = give_episode(contact, child_number, ++episode, fn, ctx);
            json_decref(contact);
        }
        json_decref(subject);
    }
    return err;
}

enum mash_err
mash_census_read(const char *path, const struct mash_census_referrer *referrer, mash_census_episode_fn *fn,
                 void *ctx, char *ret_why, size_t why_size)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        (void)snprintf(ret_why, why_size, "%s: %s", path, strerror(errno));
        return MASH_E_IO;
    }
    if (info.st_size > CENSUS_MAX_BYTES) {
        (void)snprintf(ret_why, why_size, "%s: larger than 64 MiB", path);
        return MASH_E_LIMIT;
    }
    /* No network, no entity substitution, no external subset: the file is data from elsewhere. */
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    xmlDoc *doc = xmlReadFile(path, NULL, options);
    if (doc == NULL) {
        const xmlError *error = xmlGetLastError();
        (void)snprintf(ret_why, why_size, "%s: not XML: line %d: %.*s", path, error != NULL ? error->line : 0,
                       error != NULL && error->message != NULL ? (int)strcspn(error->message, "\n") : 0,
                       error != NULL && error->message != NULL ? error->message : "");
        return MASH_E_FORMAT;
    }
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *children =
        root != NULL && strcmp((const char *)root->name, "Message") == 0 ? child_named(root, "Children") : NULL;
    enum mash_err err;
    if (children == NULL) {
        (void)snprintf(ret_why, why_size, "%s: not a children-in-need census: no <Message> with <Children>", path);
        err = MASH_E_FORMAT;
    } else {
        err = read_children(children, referrer, fn, ctx);
    }
    xmlFreeDoc(doc);
    return err;
}
