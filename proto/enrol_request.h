/* SPDX-License-Identifier: Apache-2.0 */
/* enrol_request.h - the file by which an agency asks to be listed: who it is, its mailboxes with their
 * public keys, its installations.  Nothing secret.  `mash-client init` writes it, `mashctl enrol` reads it
 * after both sides compared its words by phone.  Format: PROTOCOL.md "Enrolment request". */
#ifndef MASH_PROTO_ENROL_REQUEST_H
#define MASH_PROTO_ENROL_REQUEST_H

#include "proto/bundle.h"

/* Keys have no validity and no ids have to be filled in for writing; mailbox addresses are whole. */
struct mash_enrol_request {
    const char *partnership;
    struct mash_agency agency; /* archive_key may be NULL */
    const struct mash_mailbox *mailboxes; /* `agency` of each is not looked at when writing */
    size_t n_mailboxes;
    const struct mash_installation *installations;
    size_t n_installations;
};

/* Write request as indented JSON, appended to ret_text.  What is written is read back first:
 * MASH_E_VALUE, MASH_E_FORMAT: it could not be read (ret_why as below); MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_enrol_request_write(const struct mash_enrol_request *request,
                                                      struct mash_bytes *ret_text, char *ret_why,
                                                      size_t why_size);

/* Read a request.  ret_request: yours, release with mash_enrol_request_free(); key ids are filled in.
 * MASH_E_FORMAT, MASH_E_VALUE (also: a key listed twice), MASH_E_VERSION, MASH_E_LIMIT, MASH_E_NOMEM;
 * ret_why (may be NULL): one sentence about the first fault. */
MASH_MUSTCHECK enum mash_err mash_enrol_request_read(struct mash_span text,
                                                     struct mash_enrol_request **ret_request, char *ret_why,
                                                     size_t why_size);

/* Release *request_p and set it to NULL; nothing when NULL. */
void mash_enrol_request_free(struct mash_enrol_request **request_p);

/* Six words over everything the request says, whatever its spacing and order of members: for the phone.
 * ret_words: at least 96 bytes.  MASH_E_FORMAT: not JSON; MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_enrol_request_words(struct mash_span text, char *ret_words, size_t size);

#endif
