/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h - agencies with their mailboxes, keys and installations, read from registry.json or from an
 * agency's enrolment request.  Internal to the bundle and the request: everybody else asks bundle.h.
 * All texts are borrowed from the JSON that the registry keeps.  Format: PROTOCOL.md "Bundle". */
#ifndef MASH_PROTO_REGISTRY_H
#define MASH_PROTO_REGISTRY_H

#include <jansson.h>

#include "proto/bundle.h"
#include "proto/note_key.h"
#include "proto/why.h"

#define MASH_AGENCIES_MAX 1000u
#define MASH_MAILBOXES_MAX 64u     /* of an agency */
#define MASH_SIGN_KEYS_MAX 64u     /* of a mailbox: a key for each device that signs */
#define MASH_INSTALLATIONS_MAX 64u /* of an agency */
#define MASH_OPERATORS_MAX 32u
#define MASH_LINE_MAX 120u         /* bytes of a name or role */
#define MASH_RECIPIENT_TEXT_MAX 2000u /* an age recipient; post-quantum ones have 1959 characters */

struct mash_registry {
    json_t *root;
    char partnership[MASH_NAME_MAX + 1];
    struct mash_agency *agencies; /* in the order of the file */
    const struct mash_agency **agencies_by_id;
    struct mash_mailbox *mailboxes; /* by address */
    struct mash_seal_key *seal_keys;
    struct mash_sign_key *sign_keys;
    struct mash_installation *installations; /* by link key id */
    struct mash_operator *operators;
    char (*addresses)[MASH_ADDRESS_MAX + 1];
    size_t n_agencies, n_mailboxes, n_seal_keys, n_sign_keys, n_installations, n_operators;
    uint8_t broker_link[MASH_PUBLIC_KEY_BYTES];
    uint8_t log_key[MASH_PUBLIC_KEY_BYTES];
};

/* Read registry.json and check it whole: names unique, every cover exists, no key listed twice, not even
 * for two purposes and not one of the n_governance governance keys either.
 * ret_registry: release with mash_registry_free().  MASH_E_FORMAT, MASH_E_VALUE, MASH_E_VERSION,
 * MASH_E_LIMIT, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err
mash_registry_read(struct mash_span in, const char *partnership, const struct mash_note_key *governance,
                   size_t n_governance, struct mash_registry *ret_registry, const struct mash_why *why);

/* Release everything; the registry is then empty. */
void mash_registry_free(struct mash_registry *registry);

const struct mash_agency *mash_registry_agency(const struct mash_registry *registry, const char *id);
const struct mash_mailbox *mash_registry_mailbox(const struct mash_registry *registry, const char *address);

/* ---- parts, for registry.c and enrol_request.c ---- */

/* Make room for all that the count holders of lists ("mailboxes", "installations") hold: one an agency. */
MASH_MUSTCHECK enum mash_err mash_registry_room(struct mash_registry *registry, json_t *const *holders,
                                                size_t count);

/* Read one agency, its own members from fields and its lists from holder (the same object in
 * registry.json).  dated: keys carry "from" and "to", which requests leave to the registry. */
MASH_MUSTCHECK enum mash_err mash_registry_add(struct mash_registry *registry, json_t *fields, json_t *holder,
                                               bool dated, const char *where, const struct mash_why *why);

/* Sort for lookups, then the checks named at mash_registry_read(); covers: whether covers must exist. */
MASH_MUSTCHECK enum mash_err mash_registry_check(struct mash_registry *registry,
                                                 const struct mash_note_key *governance, size_t n_governance,
                                                 bool covers, const struct mash_why *why);

#endif
