/* SPDX-License-Identifier: Apache-2.0 */
/* command.c - see command.h. */
#include "clients/cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { KEY_HOME = 0x1000, KEY_JSON, KEY_TIMEOUT };

static const struct argp_option shared_options[] = {
    { "home", KEY_HOME, "DIR", 0, "home of this installation (default: $MASH_HOME, or ~/.local/share/mash)", 90 },
    { "json", KEY_JSON, NULL, 0, "give the result as JSON on standard output", 90 },
    { "timeout", KEY_TIMEOUT, "MS", 0, "milliseconds to wait for an answer of the exchange", 90 },
    { 0 },
};

static error_t
parse_shared(int key, char *arg, struct argp_state *state)
{
    struct shared *shared = state->input;
    char *end = NULL;
    switch (key) {
    case KEY_HOME:
        shared->home = arg;
        return 0;
    case KEY_JSON:
        shared->json = true;
        return 0;
    case KEY_TIMEOUT: {
        unsigned long value = strtoul(arg, &end, 10);
        if (*arg < '0' || *arg > '9' || *end != '\0' || value < 1 || value > 600000)
            argp_error(state, "--timeout: not 1 to 600000 milliseconds");
        shared->timeout_ms = (uint32_t)value;
        return 0;
    }
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp shared_argp = { shared_options, parse_shared, NULL, NULL, NULL, NULL, NULL };
const struct argp_child shared_children[] = { { &shared_argp, 0, NULL, 0 }, { 0 } };

bool
home_path(const struct shared *shared, char *ret_path, size_t size)
{
    const char *base = shared->home != NULL ? shared->home : getenv("MASH_HOME");
    const char *user = getenv("HOME");
    int len;
    if (base != NULL && base[0] != '\0')
        len = snprintf(ret_path, size, "%s", base);
    else if (user != NULL && user[0] != '\0')
        len = snprintf(ret_path, size, "%s/.local/share/mash", user);
    else
        len = -1;
    if (len > 0 && (size_t)len < size)
        return true;
    fprintf(stderr, "mash-client: no home directory: use --home\n");
    return false;
}

int
exit_code_of(enum mash_err err)
{
    switch (err) {
    case MASH_OK:
        return EX_OK;
    case MASH_E_VALUE:
    case MASH_E_FORMAT:
    case MASH_E_LIMIT:
    case MASH_E_CONFLICT:
        return EX_DATAERR;
    case MASH_E_UNKNOWN:
        return EX_NOINPUT;
    case MASH_E_AGAIN:
    case MASH_E_CLOSED:
        return EX_UNAVAILABLE;
    case MASH_E_DENIED:
    case MASH_E_EXPIRED:
        return EX_NOPERM;
    case MASH_E_SIGNATURE:
    case MASH_E_MISMATCH:
    case MASH_E_VERSION:
        return EX_PROTOCOL;
    case MASH_E_NOMEM:
        return EX_OSERR;
    default:
        return EX_IOERR;
    }
}

int
client_start(const struct shared *shared, struct mash_client **ret_client)
{
    char home[4096], why[1024] = "";
    if (!home_path(shared, home, sizeof(home)))
        return EX_CONFIG;
    enum mash_err err = mash_client_open(home, ret_client, why, sizeof(why));
    if (err != MASH_OK) {
        fprintf(stderr, "mash-client: %s\n", why);
        return err == MASH_E_NOMEM || err == MASH_E_IO || err == MASH_E_FULL || err == MASH_E_AGAIN ? EX_IOERR
                                                                                                 : EX_CONFIG;
    }
    if (shared->timeout_ms != 0)
        mash_client_set_timeout(*ret_client, shared->timeout_ms);
    return EX_OK;
}

int
client_failed(const struct mash_client *client, enum mash_err err)
{
    const char *why = mash_client_why(client);
    fprintf(stderr, "mash-client: %s\n", why[0] != '\0' ? why : mash_strerror(err));
    return exit_code_of(err);
}

int
find_id(struct mash_client *client, const char *text, char ret_id[static MASH_NOTICE_ID_TEXT])
{
    enum mash_err err = mash_client_find(client, text, ret_id);
    return err == MASH_OK ? EX_OK : client_failed(client, err);
}

static void
print_warning(void *ctx, const struct mash_warning *warning)
{
    const char *told = ctx;
    if (strcmp(warning->id, told) == 0 && told[0] != '\0' &&
        (strcmp(warning->kind, "refused") == 0 || strcmp(warning->kind, "no-receipt") == 0))
        return;
    fprintf(stderr, "WARNING %s%s%s: %s%s%s\n", warning->kind, warning->id[0] != '\0' ? " " : "", warning->id,
            warning->text, warning->phone[0] != '\0' ? " - phone " : "", warning->phone);
}

void
print_warnings_but(struct mash_client *client, const char *id)
{
    size_t count = 0;
    enum mash_err err = mash_client_watch(client, print_warning, (void *)(uintptr_t)id, &count);
    if (err != MASH_OK)
        (void)client_failed(client, err);
}

void
print_warnings(struct mash_client *client)
{
    print_warnings_but(client, "");
}
