/* SPDX-License-Identifier: Apache-2.0 */
/* seal_set.h - exactly which age recipients the body of a notice is sealed to.  Sender, broker and
 * recipient all compute it from the manifest and the bundle the manifest names, so that a body with one
 * key more or less is noticed by each of them.  (design: "A notice on the wire", body) */
#ifndef MASH_PROTO_SEAL_SET_H
#define MASH_PROTO_SEAL_SET_H

#include "proto/bundle.h"
#include "proto/codec.h"

struct mash_seal_set {
    size_t count;
    struct mash_span recipients[MASH_STANZAS_MAX]; /* age recipient texts, all different; borrowed from the bundle */
};

/* Whether a listed key is valid is judged once, at the time of the accept entry.  The sender chose by its own
 * clock, which may be five minutes wrong: a key that is valid at any moment so near may be listed, one that is
 * valid all that while must be. */
bool mash_seal_key_may(const struct mash_seal_key *key, uint64_t at_ms);
bool mash_seal_key_must(const struct mash_seal_key *key, uint64_t at_ms);

/* The keys that the manifest lists for its recipients, then the sending mailbox's own keys that are valid
 * at created_ms, then the archive keys of the agencies concerned; each text once.
 * MASH_E_UNKNOWN: a mailbox or listed key is not in the bundle; MASH_E_LIMIT: more than MASH_STANZAS_MAX.
 * ret_recipient: the recipient at fault, borrowed
 * from manifest, or NULL; may be NULL itself. */
MASH_MUSTCHECK enum mash_err mash_seal_set_of(const struct mash_bundle *bundle, const Mash__Manifest *manifest,
                                              struct mash_seal_set *ret_set, const char **ret_recipient);

#endif
