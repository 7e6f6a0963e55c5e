/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue.h - the notice types: for each its content message, the rules of its fields, labels and codes.
 * All data.  A new type is a message in schema/content.proto and rows in a proto/catalogue_*.c: no code.
 * Used by sender (before sealing) and recipient (to show); the broker never sees a content. */
#ifndef MASH_PROTO_CATALOGUE_H
#define MASH_PROTO_CATALOGUE_H

#include "proto/codec.h"
#include "proto/codes.h"

enum mash_field_kind {
    MASH_FIELD_TEXT,   /* one line */
    MASH_FIELD_PROSE,  /* free text, lines allowed */
    MASH_FIELD_DATE,   /* YYYY-MM-DD */
    MASH_FIELD_TIME,   /* RFC 3339 with offset */
    MASH_FIELD_CODE,   /* of `codes` */
    MASH_FIELD_NUMBER, /* decimal digits */
    MASH_FIELD_NHS,    /* checked; wrong warns */
    MASH_FIELD_UPN,    /* checked; wrong warns */
    MASH_FIELD_GROUP   /* a message or list of messages: its fields have the rules of mash_part_find() */
};

enum {
    MASH_RULE_REQUIRED = 1,  /* absent is an error */
    MASH_RULE_WANTED = 2,    /* absent warns and is counted */
    MASH_RULE_NOT_KNOWN = 4, /* "not known" may stand instead of a value */
    MASH_RULE_EVENT = 8,     /* its time is the notice's event time */
    MASH_RULE_BOARD = 16     /* its code goes into the manifest: the partnership's board counts it */
};

struct mash_field_rule {
    const char *field;      /* name in the message */
    const char *label;      /* plain English */
    enum mash_field_kind kind;
    unsigned flags;
    const char *codes;      /* list name, for CODE */
    const char *when;       /* the rule's REQUIRED/WANTED holds only when: "stage=report|update", tested on
                               the same message's field; NULL: always */
};

/* A message that stands inside contents: subject, adult, referrer ... */
struct mash_part {
    const ProtobufCMessageDescriptor *message;
    const struct mash_field_rule *rules;
    size_t n_rules;
};

/* The rules of a message's fields, or NULL when it is no part. */
const struct mash_part *mash_part_find(const ProtobufCMessageDescriptor *message);

struct mash_type {
    const char *name;       /* "REFERRAL" */
    const char *label;      /* "Referral" */
    const char *about;      /* one sentence */
    const ProtobufCMessageDescriptor *content;
    const struct mash_field_rule *rules;
    size_t n_rules;
    const char *outcomes;   /* code list of `decided` outcomes */
    const char *stage;      /* field whose newest value leads the thread, or NULL */
    const char *only_kind;  /* recipients' agencies must be of this kind ("marac"), or NULL */
    bool restricted;        /* manifest flag is always set */
};

/* The type of that name, or NULL. */
const struct mash_type *mash_type_find(const char *name);
/* All types. */
const struct mash_type *const *mash_types(size_t *ret_count);

/* The words every compose help begins with. */
#define MASH_RING_999 "Child in immediate danger? Ring 999 first."

extern const struct mash_type mash_type_contact, mash_type_referral, mash_type_missing_child,
    mash_type_marac_referral, mash_type_decision;

#endif
