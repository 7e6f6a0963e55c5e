/* SPDX-License-Identifier: Apache-2.0 */
/* staffed.h - is a mailbox staffed at a moment, by its hours, the bank holidays of the bundle and the
 * clock on the wall in England?  Lives in the ledger process.  Advice for senders: it refuses nothing. */
#ifndef MASH_DAEMON_PATH_STAFFED_H
#define MASH_DAEMON_PATH_STAFFED_H

#include "proto/bundle.h"

/* Make local time that of Europe/London for the whole process.  Reads the time zone's file: before the jail,
 * and while there is one thread.  Without that file the rule in force since 1996 is used. */
void mash_staffed_zone(void);

/* Is mailbox, of bundle, staffed at now_ms (since 1970 UTC)?  After the last year of the calendar no day
 * counts as a bank holiday. */
bool mash_staffed(const struct mash_bundle *bundle, const struct mash_mailbox *mailbox, uint64_t now_ms);

#endif
