/* SPDX-License-Identifier: Apache-2.0 */
/* http.h - the console's HTTP server (libmicrohttpd) on a listener somebody else opened: GET of four paths,
 * no cookies, no bodies, no state.  Driven by the caller's loop, no thread of its own. */
#ifndef MASH_DAEMON_CONSOLE_HTTP_H
#define MASH_DAEMON_CONSOLE_HTTP_H

#include "daemon/console/report.h"

struct mash_http;

/* Serve on listen_fd (taken over) what report says at the time of each request; report is borrowed.
 * MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_http_open(int listen_fd, const struct mash_report *report,
                                            struct mash_http **ret_http);
void mash_http_close(struct mash_http **http_p);

/* Poll this descriptor for input, at most mash_http_wait_ms() long, then call mash_http_run(). */
int mash_http_fd(const struct mash_http *http);
int mash_http_wait_ms(const struct mash_http *http, int longest_ms);
void mash_http_run(struct mash_http *http);

#endif
