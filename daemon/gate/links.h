/* SPDX-License-Identifier: Apache-2.0 */
/* links.h - which link keys may connect, and how many connections each has now.  Lives in the gate; the ZAP
 * thread asks, the gate's loop tells: every call locks.  Holds public keys only. */
#ifndef MASH_DAEMON_GATE_LINKS_H
#define MASH_DAEMON_GATE_LINKS_H

#include "proto/keys.h"

#define MASH_LINKS_PER_KEY 4u       /* live connections of one key (design: "Transport rules") */
#define MASH_LINKS_PENDING_MS 15000u /* an admitted connection counts so long without a first message;
                                        longer than the gate lets it live (MASH_SILENT_MS) */

struct mash_links;

/* What ZAP is told about a key that knocks. */
enum mash_grant {
    MASH_GRANT_ADMITTED,
    MASH_GRANT_UNKNOWN, /* not in the table: never enrolled, suspended or retired */
    MASH_GRANT_BUSY,    /* too many new connections this second */
    MASH_GRANT_CROWDED, /* this key has all its connections */
    MASH_GRANT_FULL,    /* the gate has all its connections */
    MASH_GRANT_COUNT
};

/* Nobody may connect yet.  max: connections in all; rate: admitted a second.  MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_links_open(size_t max, uint64_t rate, struct mash_links **ret_links);
void mash_links_close(struct mash_links **links_p);

/* Replace the table by that of a MASH_FRAME_LINKS payload, all at once; connections keep counting.
 * MASH_E_FORMAT: not n x (32 key, 16 id), or an id that is not the key's; MASH_E_NOMEM.  Unchanged on error. */
MASH_MUSTCHECK enum mash_err mash_links_replace(struct mash_links *links, struct mash_span payload);

/* May key connect at now_ms (monotonic)?  When admitted: ret_serial, the number of the connection, never
 * given twice, never 0; ret_id, the key's id. */
enum mash_grant mash_links_admit(struct mash_links *links, const uint8_t key[static MASH_PUBLIC_KEY_BYTES],
                                 uint64_t now_ms, uint64_t *ret_serial, struct mash_key_id *ret_id);

/* The connection has shown itself (first message): it counts until mash_links_end(). */
void mash_links_settle(struct mash_links *links, uint64_t serial);
void mash_links_end(struct mash_links *links, uint64_t serial);

/* Is the key of this id still allowed? */
bool mash_links_knows(struct mash_links *links, const struct mash_key_id *id);

/* How often each grant was given since the start. */
void mash_links_counts(struct mash_links *links, uint64_t ret_counts[static MASH_GRANT_COUNT]);

#endif
