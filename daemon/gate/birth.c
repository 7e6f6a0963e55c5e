/* SPDX-License-Identifier: Apache-2.0 */
/* birth.c - see birth.h. */
#include "daemon/gate/birth.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "daemon/gate/zap.h"
#include "daemon/proc/heritage.h"
#include "daemon/proc/jail.h"
#include "daemon/proc/log.h"

#define OTHER_FDS 64u      /* descriptors that are no client's: libzmq's own, streams, listeners */
#define REBIND_TRIES 100u  /* x 5 ms: the I/O thread closes the self-test's listener in its own time */
#define REBIND_PAUSE_NS 5000000

static int
refuse(int code, const char *what, const char *why)
{
    mash_log(MASH_LOG_ERROR, "refused-to-start", "what=%s why=\"%s\"", what, why);
    return code;
}

/* Read the key and close its descriptor: from here on the gate has no file of any kind. */
static int
take_key(struct mash_secret **ret_key)
{
    enum mash_err err = mash_secret_load_fd(MASH_FD_KEY, MASH_PURPOSE_LINK, NULL, ret_key);
    (void)close(MASH_FD_KEY);
    if (err == MASH_OK)
        return EX_OK;
    if (err == MASH_E_DENIED)
        return refuse(EX_CONFIG, "link-key", "the key file is sealed with a passphrase, which mashd cannot ask for");
    return refuse(err == MASH_E_NOMEM ? EX_OSERR : EX_CONFIG, "link-key", mash_strerror(err));
}

static int
take_culprit(struct mash_gate *gate)
{
    void *page = mmap(NULL, sizeof(*gate->culprit), PROT_READ | PROT_WRITE, MAP_SHARED, MASH_FD_CULPRIT, 0);
    (void)close(MASH_FD_CULPRIT);
    if (page == MAP_FAILED)
        return refuse(EX_OSERR, "culprit", strerror(errno));
    gate->culprit = page;
    return EX_OK;
}

/* As many descriptors as there may be sockets; every connection in its handshake counts. */
static int
size_tables(struct mash_gate *gate)
{
    uint64_t max = mash_config_number(gate->config, MASH_OPTION_MAX_CONNECTIONS);
    gate->max_sockets = 2u * (size_t)max + 32u;
    size_t wanted = gate->max_sockets * 2u + OTHER_FDS; /* accept() runs ahead of our counting */
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return refuse(EX_OSERR, "descriptors", strerror(errno));
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (limit.rlim_cur < wanted)
        return refuse(EX_CONFIG, "descriptors", "the limit of open files is too low for max-connections");
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return refuse(EX_OSERR, "descriptors", strerror(errno));
    if (mash_callers_open(wanted, &gate->callers) != MASH_OK ||
        mash_links_open((size_t)max, mash_config_number(gate->config, MASH_OPTION_ACCEPT_RATE), &gate->links) !=
            MASH_OK)
        return refuse(EX_OSERR, "memory", "out of memory");
    return EX_OK;
}

static int
open_sockets(struct mash_gate *gate, const struct mash_secret *key)
{
    /* libzmq numbers its own routing ids from rand(): unpredictable, or a client could collide with one and
     * abort us (study/security.md, finding 4).  Before the first socket. */
    srand(randombytes_random());
    void *context = zmq_ctx_new();
    if (context == NULL || mash_zap_start(context, gate->links, gate->culprit) != MASH_OK) /* first of all sockets */
        return refuse(EX_OSERR, "zap", zmq_strerror(errno));
    enum mash_err err = mash_transport_open(context, key, &gate->transport);
    if (err == MASH_E_MISMATCH)
        return refuse(EX_CONFIG, "transport", "libzmq does not enforce the ZAP domain");
    return err == MASH_OK ? EX_OK : refuse(EX_OSERR, "transport", zmq_strerror(errno));
}

int
mash_gate_birth(int argc, char **argv, struct mash_gate *ret_gate)
{
    char why[512];
    struct mash_gate *gate = ret_gate;
    struct mash_secret *key = NULL;
    memset(gate, 0, sizeof(*gate));
    if (mash_jail_basics() != MASH_OK || sodium_init() < 0)
        return refuse(EX_OSERR, "system", strerror(errno));
    if (mash_config_from_args(argc, argv, MASH_ROLE_GATE, &gate->config, why, sizeof(why)) != MASH_OK)
        return refuse(EX_CONFIG, "options", why);
    gate->request_rate = mash_config_number(gate->config, MASH_OPTION_REQUEST_RATE);
    uint16_t port = mash_config_port(gate->config, MASH_OPTION_ENDPOINT);
    const struct mash_jail jail = { .bind_port = port };

    int code = take_key(&key);
    if (code == EX_OK)
        code = take_culprit(gate);
    if (code == EX_OK)
        code = size_tables(gate);
    if (code == EX_OK && mash_stream_open(MASH_FD_LEDGER, MASH_LEDGER_OUT_MAX, &gate->ledger) != MASH_OK)
        code = refuse(EX_OSERR, "ledger", strerror(errno));
    if (code == EX_OK && mash_selftest_open(port, &gate->selftest) != MASH_OK)
        code = refuse(EX_OSERR, "self-test", strerror(errno));
    if (code == EX_OK && mash_jail_enter(&jail) != MASH_OK)
        code = refuse(EX_OSERR, "jail", strerror(errno));
    if (code == EX_OK) {
        memcpy(gate->server_key, mash_secret_public(key), sizeof(gate->server_key));
        code = open_sockets(gate, key);
    }
    mash_secret_close(&key); /* libzmq has its own copy */
    return code;
}

/* Bind for the self-test on a loopback address that is not the public one. */
static int
test_strangers(struct mash_gate *gate)
{
    char endpoint[64];
    const char *public = mash_config_text(gate->config, MASH_OPTION_ENDPOINT);
    bool taken = strncmp(public, "tcp://127.0.0.1:", 16) == 0;
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.%d:%u", taken ? 2 : 1,
                   mash_config_port(gate->config, MASH_OPTION_ENDPOINT));
    enum mash_err err = mash_transport_bind(gate->transport, endpoint);
    if (err != MASH_OK)
        return refuse(err == MASH_E_CONFLICT ? EX_TEMPFAIL : EX_OSERR, endpoint, zmq_strerror(errno));
    err = mash_selftest_run(&gate->selftest, endpoint, gate->server_key);
    if (mash_transport_unbind(gate->transport, endpoint) != MASH_OK)
        return refuse(EX_OSERR, endpoint, zmq_strerror(errno));
    if (err == MASH_OK)
        return EX_OK;
    return refuse(err == MASH_E_DENIED ? EX_CONFIG : EX_OSERR, "self-test",
                  err == MASH_E_DENIED ? "a stranger got in: the port stays closed"
                                       : "a stranger was not refused by ZAP: the port stays closed");
}

int
mash_gate_serve(struct mash_gate *gate)
{
    const char ready = MASH_PARENT_READY;
    const char *endpoint = mash_config_text(gate->config, MASH_OPTION_ENDPOINT);
    const struct timespec pause = { 0, REBIND_PAUSE_NS };
    int code = test_strangers(gate);
    if (code != EX_OK)
        return code;

    enum mash_err err = mash_transport_bind(gate->transport, endpoint);
    for (unsigned i = 0; err == MASH_E_CONFLICT && i < REBIND_TRIES; i++) {
        (void)nanosleep(&pause, NULL);
        err = mash_transport_bind(gate->transport, endpoint);
    }
    if (err != MASH_OK)
        return refuse(err == MASH_E_CONFLICT ? EX_TEMPFAIL : EX_OSERR, endpoint, zmq_strerror(errno));
    gate->serving = true;
    (void)send(MASH_FD_PARENT, &ready, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    mash_log(MASH_LOG_INFO, "gate-open", "endpoint=%s", endpoint);
    return -1;
}
