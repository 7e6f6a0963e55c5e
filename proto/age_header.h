/* SPDX-License-Identifier: Apache-2.0 */
/* age_header.h - the textual header of an age v1 file: version line, recipient stanzas, MAC line.
 * Syntax only (C2SP age.md "Header"); what a stanza means is its recipient type's business.
 * Strict: one spelling for each header, so that a header cannot be changed without its MAC. */
#ifndef MASH_PROTO_AGE_HEADER_H
#define MASH_PROTO_AGE_HEADER_H

#include "proto/bytes.h"

#define MASH_AGE_FILE_KEY_BYTES 16u
#define MASH_AGE_MAC_BYTES 32u

/* One stanza, borrowed from the file. */
struct mash_age_stanza {
    struct mash_span type;  /* the first argument */
    struct mash_span args;  /* the others, with one space between; empty when there are none */
    struct mash_span lines; /* the body as written: base 64 lines with their line feeds */
    size_t body_bytes;      /* length of the decoded body */
};

/* Read the version line at the front of *rest and step over it.
 * MASH_E_VERSION: an age file of another version; MASH_E_FORMAT: anything else. */
MASH_MUSTCHECK enum mash_err mash_age_version_read(struct mash_span *rest);

/* Read the stanza at the front of *rest and step over it; *rest is unchanged on error.
 * MASH_E_CLOSED: no more stanzas, the MAC line is next.  MASH_E_FORMAT: neither of the two. */
MASH_MUSTCHECK enum mash_err mash_age_stanza_read(struct mash_span *rest, struct mash_age_stanza *ret_stanza);

/* Decode the body of a stanza that mash_age_stanza_read() gave, when it has exactly out_len bytes and
 * fits in one line (out_len < 48).  MASH_E_FORMAT otherwise. */
MASH_MUSTCHECK enum mash_err mash_age_stanza_body(const struct mash_age_stanza *stanza, uint8_t *out,
                                                  size_t out_len);

/* Read the MAC line at the front of *rest and step over it.  MASH_E_FORMAT. */
MASH_MUSTCHECK enum mash_err mash_age_mac_read(struct mash_span *rest,
                                               uint8_t ret_mac[static MASH_AGE_MAC_BYTES]);

/* The MAC of a header: covered is all of it up to and including the "---". */
void mash_age_header_mac(const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES], struct mash_span covered,
                         uint8_t ret_mac[static MASH_AGE_MAC_BYTES]);

/* Writers, the reverse of the above.  Each appends to header: MASH_E_LIMIT, MASH_E_NOMEM.
 * type and each of args is 1 or more characters of 33..126 (our own fault otherwise). */
MASH_MUSTCHECK enum mash_err mash_age_version_write(struct mash_bytes *header);
MASH_MUSTCHECK enum mash_err mash_age_stanza_write(struct mash_bytes *header, const char *type,
                                                   const char *const *args, size_t arg_count,
                                                   struct mash_span body);
/* The MAC line over everything header holds so far. */
MASH_MUSTCHECK enum mash_err mash_age_mac_write(struct mash_bytes *header,
                                                const uint8_t file_key[static MASH_AGE_FILE_KEY_BYTES]);

#endif
