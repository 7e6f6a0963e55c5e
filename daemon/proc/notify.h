/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - tell systemd how we are: one datagram to $NOTIFY_SOCKET (sd_notify(3)). */
#ifndef MASH_DAEMON_PROC_NOTIFY_H
#define MASH_DAEMON_PROC_NOTIFY_H

/* Send state, e.g. "READY=1".  Does nothing without $NOTIFY_SOCKET; failure is of no consequence. */
void mash_notify(const char *state);

#endif
