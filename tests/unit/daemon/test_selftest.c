/* SPDX-License-Identifier: Apache-2.0 */
/* test_selftest.c - what the gate's socket does when ZAP is missing, and what its self-test says of sockets that
 * let strangers in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/gate/selftest.h"
#include "daemon/gate/transport.h"
#include "daemon/gate/zap.h"

enum server { REAL, REAL_WITHOUT_ZAP, CURVE_WITHOUT_ZAP, NOT_CURVE, NOBODY };

static uint16_t
free_port(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    close(fd);
    return ntohs(name.sin_port);
}

/* A socket such as a careless gate could have: CURVE, but nobody to ask. */
static void *
careless(void *context, const struct mash_secret *key, bool curve)
{
    const int one = 1, zero = 0;
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof(zero)), 0);
    if (curve) {
        assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof(one)), 0);
        assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, mash_secret_bytes(key), 32), 0);
    }
    return socket;
}

static enum mash_err
knock_at(enum server server)
{
    char endpoint[64];
    struct mash_selftest test;
    struct mash_links *links = NULL;
    struct mash_secret *key = NULL;
    struct mash_transport *transport = NULL;
    void *other = NULL;
    uint16_t port = free_port();
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", port);
    assert_int_equal(mash_selftest_open(port, &test), MASH_OK); /* before the first thread */
    assert_int_equal(mash_links_open(4, 100, &links), MASH_OK);
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_LINK, &key), MASH_OK);
    void *context = zmq_ctx_new();
    if (server == REAL)
        assert_int_equal(mash_zap_start(context, links, NULL), MASH_OK);
    if (server == REAL || server == REAL_WITHOUT_ZAP) {
        assert_int_equal(mash_transport_open(context, key, &transport), MASH_OK);
        assert_int_equal(mash_transport_bind(transport, endpoint), MASH_OK);
    } else if (server != NOBODY) {
        other = careless(context, key, server == CURVE_WITHOUT_ZAP);
        assert_int_equal(zmq_bind(other, endpoint), 0);
    }
    enum mash_err err = mash_selftest_run(&test, endpoint, mash_secret_public(key));
    mash_transport_close(&transport);
    if (other != NULL)
        (void)zmq_close(other);
    (void)zmq_ctx_term(context);
    mash_secret_close(&key);
    mash_links_close(&links);
    return err;
}

static void
the_gate_refuses_strangers(void **state)
{
    (void)state;
    assert_int_equal(knock_at(REAL), MASH_OK);
}

/* libzmq lets everybody in when no handler is bound; ours must not (study/security.md, finding 1). */
static void
without_zap_nobody_gets_in(void **state)
{
    (void)state;
    assert_int_equal(knock_at(REAL_WITHOUT_ZAP), MASH_E_MISMATCH); /* closed, but not by ZAP: not a pass either */
}

static void
a_careless_socket_is_found_out(void **state)
{
    (void)state;
    assert_int_equal(knock_at(CURVE_WITHOUT_ZAP), MASH_E_DENIED);
    assert_int_equal(knock_at(NOT_CURVE), MASH_E_MISMATCH);
    assert_int_equal(knock_at(NOBODY), MASH_E_MISMATCH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gate_refuses_strangers),
        cmocka_unit_test(without_zap_nobody_gets_in),
        cmocka_unit_test(a_careless_socket_is_found_out),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
