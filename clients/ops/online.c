/* SPDX-License-Identifier: Apache-2.0 */
/* online.c - see online.h. */
#include "clients/ops/online.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

#include "clients/ops/control.h"
#include "clients/ops/place.h"

#define DEFAULT_SOCKET "/run/mashd/control.sock"
#define DEFAULT_TIMEOUT_S 30u

enum { OPTION_TIMEOUT = 256 };

static const struct argp_option options[] = {
    { "socket", 's', "PATH", 0, "Control socket of the broker (default $MASH_CONTROL or " DEFAULT_SOCKET ")", 10 },
    { "key", 'k', "FILE", 0, "Operator key; needed by every command that changes anything", 10 },
    { "passphrase-file", 'P', "FILE", 0, "File with the passphrase of the operator key", 10 },
    { "timeout", OPTION_TIMEOUT, "SECONDS", 0, "How long to wait for an answer (default 30)", 10 },
    { "json", 'j', NULL, 0, "Answer as JSON", 10 },
    { 0 },
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    struct mash_online *online = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        online->socket = getenv("MASH_CONTROL");
        if (online->socket == NULL)
            online->socket = DEFAULT_SOCKET;
        online->timeout_s = DEFAULT_TIMEOUT_S;
        return 0;
    case 's':
        online->socket = arg;
        return 0;
    case 'k':
        online->key = arg;
        return 0;
    case 'P':
        online->passphrase_file = arg;
        return 0;
    case 'j':
        online->json = true;
        return 0;
    case OPTION_TIMEOUT: {
        char *end;
        unsigned long value = strtoul(arg, &end, 10);
        if (*end != '\0' || value < 1 || value > 3600)
            argp_error(state, "--timeout takes 1 to 3600 seconds");
        online->timeout_s = (unsigned)value;
        return 0;
    }
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp mash_online_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };

static int
exit_code(uint32_t code)
{
    switch (code) {
    case 401:
    case 403:
        return EX_NOPERM;
    case 404:
        return EX_NOINPUT;
    case 429:
    case 503:
    case 507:
        return EX_TEMPFAIL;
    default:
        return code < 300 ? EX_OK : EX_DATAERR;
    }
}

static int
transport_exit(enum mash_err err)
{
    switch (err) {
    case MASH_E_CLOSED:
        return EX_UNAVAILABLE;
    case MASH_E_DENIED:
        return EX_NOPERM;
    case MASH_E_AGAIN:
        return EX_TEMPFAIL;
    case MASH_E_IO:
        return EX_IOERR;
    case MASH_E_FORMAT:
        return EX_PROTOCOL;
    default:
        return EX_SOFTWARE;
    }
}

static int
load_key(const struct mash_online *online, const char *name, struct mash_secret **ret_key)
{
    char command[64];
    (void)snprintf(command, sizeof(command), "mashctl %s", name);
    if (online->key != NULL)
        return mash_place_key(command, online->key, MASH_PURPOSE_OPERATOR, online->passphrase_file, ret_key);
    fprintf(stderr, "%s: --key FILE is needed: the command is signed by an operator\n", command);
    return EX_USAGE;
}

/* The ledger says which partnership it serves: a command for another one would not verify there. */
static int
ask_partnership(const struct mash_online *online, const char *name, char **ret_partnership)
{
    Mash__Command command = MASH__COMMAND__INIT;
    Mash__CommandStatus status = MASH__COMMAND_STATUS__INIT;
    command.ask_case = MASH__COMMAND__ASK_STATUS;
    command.status = &status;
    Mash__ControlAnswer *answer = NULL;
    int code = mash_online_ask(online, name, false, &command, &answer);
    if (code != EX_OK)
        return code;
    *ret_partnership = answer->figures != NULL ? strdup(answer->figures->partnership) : NULL;
    mash_message_free(&answer);
    if (*ret_partnership != NULL)
        return EX_OK;
    fprintf(stderr, "mashctl %s: the broker does not say which partnership it serves\n", name);
    return EX_PROTOCOL;
}

int
mash_online_ask(const struct mash_online *online, const char *name, bool signed_by_operator, Mash__Command *command,
                Mash__ControlAnswer **ret_answer)
{
    struct mash_secret *key = NULL;
    char *partnership = NULL;
    Mash__ControlAnswer *answer = NULL;
    char why[300];
    int code = EX_OK;
    if (signed_by_operator) {
        code = load_key(online, name, &key);
        if (code == EX_OK)
            code = ask_partnership(online, name, &partnership);
        if (code != EX_OK)
            goto out;
    }
    enum mash_err err = mash_control_ask(online->socket, partnership != NULL ? partnership : "", command, key,
                                         online->timeout_s, &answer, why, sizeof(why));
    if (err != MASH_OK) {
        fprintf(stderr, "mashctl %s: %s\n", name, why);
        code = transport_exit(err);
        goto out;
    }
    if (answer->code >= 300) {
        fprintf(stderr, "mashctl %s: refused (%u %s): %s\n", name, answer->code, answer->sub_code, answer->sentence);
        code = exit_code(answer->code);
        goto out;
    }
    *ret_answer = answer;
    answer = NULL;
out:
    mash_message_free(&answer);
    mash_secret_close(&key);
    free(partnership);
    return code;
}

int
mash_online_done(const struct mash_online *online, Mash__ControlAnswer **answer_p)
{
    const Mash__ControlAnswer *answer = *answer_p;
    if (online->json) {
        json_t *object = json_pack("{s:i,s:s,s:s}", "code", (int)answer->code, "sub_code", answer->sub_code, "sentence",
                                   answer->sentence);
        (void)json_dumpf(object, stdout, JSON_INDENT(2));
        (void)putchar('\n');
        json_decref(object);
    } else {
        printf("%s\n", answer->sentence);
    }
    mash_message_free(answer_p);
    return EX_OK;
}
