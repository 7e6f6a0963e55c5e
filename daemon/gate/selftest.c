/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.c - see selftest.h. */
#include "daemon/gate/selftest.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/proc/jail.h"

#define KNOCK_MS 3000  /* the child waits so long for an event */
#define RESULT_MS 6000 /* and the gate for the child */
#define ZAP_REFUSED 400u

/* What the gate tells the child. */
struct order {
    uint8_t server_key[MASH_PUBLIC_KEY_BYTES];
    char endpoint[128];
};

/* What the child found. */
enum { FOUND_REFUSED = 'r', FOUND_ADMITTED = 'a', FOUND_NOTHING = 'n' };

static bool
set_up(void *socket, void *monitor, const struct order *order)
{
    uint8_t key[32];
    uint8_t secret[32];
    const int once = -1;
    const int linger = 0;
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    (void)crypto_box_keypair(key, secret);
    return zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &once, sizeof(once)) == 0 &&
           zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, order->server_key, 32) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, key, 32) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, 32) == 0 &&
           zmq_socket_monitor(socket, "inproc://selftest", events) == 0 &&
           zmq_connect(monitor, "inproc://selftest") == 0 && zmq_connect(socket, order->endpoint) == 0;
}

/* The first thing that became of the handshake. */
static char
knock(const struct order *order)
{
    uint8_t frame[6];
    uint16_t event;
    uint32_t value;
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_DEALER);
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    if (socket == NULL || monitor == NULL || !set_up(socket, monitor, order))
        return FOUND_NOTHING;
    zmq_pollitem_t item = { .socket = monitor, .events = ZMQ_POLLIN };
    if (zmq_poll(&item, 1, KNOCK_MS) != 1 || zmq_recv(monitor, frame, sizeof(frame), 0) != (int)sizeof(frame))
        return FOUND_NOTHING;
    memcpy(&event, frame, sizeof(event));
    memcpy(&value, frame + 2, sizeof(value));
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        return FOUND_ADMITTED;
    return event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == ZAP_REFUSED ? FOUND_REFUSED : FOUND_NOTHING;
}

/* The child: all it has is its end of the pair and stderr; it ends with the gate. */
static void
child_main(int fd, uint16_t port)
{
    const struct mash_jail jail = { .connect_port = port };
    struct order order;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)dup2(fd, 3);
    if (close_range(4, ~0u, 0) != 0 || mash_jail_enter(&jail) != MASH_OK)
        _exit(1);
    if (recv(3, &order, sizeof(order), MSG_WAITALL) != (ssize_t)sizeof(order))
        _exit(1);
    char found = knock(&order);
    (void)send(3, &found, 1, MSG_NOSIGNAL);
    _exit(0);
}

enum mash_err
mash_selftest_open(uint16_t port, struct mash_selftest *ret_test)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return MASH_E_IO;
    pid_t pid = fork();
    if (pid == 0)
        child_main(pair[1], port);
    (void)close(pair[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        return MASH_E_IO;
    }
    ret_test->pid = pid;
    ret_test->fd = pair[0];
    return MASH_OK;
}

enum mash_err
mash_selftest_run(struct mash_selftest *test, const char *endpoint,
                  const uint8_t server_key[static MASH_PUBLIC_KEY_BYTES])
{
    struct order order;
    char found = 0;
    memset(&order, 0, sizeof(order));
    memcpy(order.server_key, server_key, sizeof(order.server_key));
    (void)snprintf(order.endpoint, sizeof(order.endpoint), "%s", endpoint);

    enum mash_err err = MASH_E_IO;
    struct pollfd item = { test->fd, POLLIN, 0 };
    if (send(test->fd, &order, sizeof(order), MSG_NOSIGNAL) == (ssize_t)sizeof(order) &&
        poll(&item, 1, RESULT_MS) == 1 && recv(test->fd, &found, 1, 0) == 1)
        err = found == FOUND_REFUSED ? MASH_OK : found == FOUND_ADMITTED ? MASH_E_DENIED : MASH_E_MISMATCH;
    mash_selftest_close(test);
    return err;
}

void
mash_selftest_close(struct mash_selftest *test)
{
    if (test->pid <= 0)
        return;
    (void)close(test->fd);
    (void)kill(test->pid, SIGKILL);
    while (waitpid(test->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    test->pid = 0;
}
