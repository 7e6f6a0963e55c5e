/* SPDX-License-Identifier: Apache-2.0 */
/* crew.h - the three roles as the parent sees them: started in order (ledger, gate, console), joined by
 * sockets, started again at once when they end, stopped in the opposite order.  Never blocks. */
#ifndef MASH_DAEMON_PROC_CREW_H
#define MASH_DAEMON_PROC_CREW_H

#include <poll.h>

#include "daemon/proc/config.h"

#define MASH_CREW_POLL_MAX 6u /* a socket and a log pipe of each role */

/* What the parent opened for them; borrowed for the life of the crew. */
struct mash_crew_fds {
    int log_key;
    int link_key;
    int control;
    int http; /* -1: no console */
};

struct mash_crew;

/* config is borrowed.  Starts nobody yet.  MASH_E_NOMEM, MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_crew_open(const struct mash_config *config, const struct mash_crew_fds *fds,
                                            struct mash_crew **ret_crew);
/* Release; whoever still runs is killed. */
void mash_crew_close(struct mash_crew **crew_p);

/* Start whoever is due at now_ms (monotonic) and see to deadlines.  Returns how many ms until there is
 * something to do again, -1 for nothing. */
int mash_crew_tend(struct mash_crew *crew, uint64_t now_ms);

/* Descriptors to poll for input, at most MASH_CREW_POLL_MAX; then take what the roles said. */
size_t mash_crew_poll(const struct mash_crew *crew, struct pollfd *ret_fds);
void mash_crew_listen(struct mash_crew *crew);

/* After SIGCHLD: see who has ended, and why. */
void mash_crew_reap(struct mash_crew *crew, uint64_t now_ms);

/* Begin to stop all, in order; exit_code is the parent's. */
void mash_crew_stop(struct mash_crew *crew, int exit_code, uint64_t now_ms);

/* All roles are serving. */
bool mash_crew_ready(const struct mash_crew *crew);
/* All have stopped: the parent ends with this code. */
bool mash_crew_ended(const struct mash_crew *crew, int *ret_exit_code);

#endif
