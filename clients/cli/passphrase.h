/* SPDX-License-Identifier: Apache-2.0 */
/* passphrase.h - a passphrase from a file or from the terminal; never from arguments or environment. */
#ifndef MASH_CLIENTS_CLI_PASSPHRASE_H
#define MASH_CLIENTS_CLI_PASSPHRASE_H

#include <stdbool.h>

/* From the first line of path, or, when path is NULL, asked on the terminal without echo (twice when twice
 * is set).  ret_passphrase: in guarded memory, release with passphrase_free().  False: a message was
 * printed. */
bool passphrase_get(const char *path, const char *prompt, bool twice, char **ret_passphrase);

/* Is there a terminal to ask on? */
bool passphrase_can_ask(void);

/* Wipe and release; nothing when NULL. */
void passphrase_free(char *passphrase);

#endif
