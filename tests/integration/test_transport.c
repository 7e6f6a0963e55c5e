/* SPDX-License-Identifier: Apache-2.0 */
/* test_transport.c - hostile and unlucky clients against a real gate: every transport rule of design section 9
 * has a test here that fails when its line is taken out of daemon/gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/gate/links.h"
#include "proto/answer.h"
#include "rig/curve.h"
#include "rig/rig.h"

#define FAILED (ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | \
                ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)

static struct rig rig;

static int
start(void **state)
{
    (void)state;
    rig_start(&rig, "100000", "16");
    return 0;
}

static int
start_slow(void **state)
{
    (void)state;
    rig_start(&rig, "5", "3");
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    rig_stop(&rig); /* fails when the gate has died in between */
    return 0;
}

static void
key_text(const struct mash_secret *key, char text[33])
{
    struct mash_key_id id;
    mash_secret_id(key, &id);
    mash_key_id_text(&id, text);
}

/* A good client is served: after an attack, or instead of one. */
static void
assert_served(const struct mash_secret *key)
{
    struct rig_client client;
    uint64_t id = 0;
    char who[64], text[33];
    rig_connect(&rig, &client, key, NULL, 17);
    assert_true(rig_ask(&client, 77));
    assert_int_equal(rig_answer(&rig, &client, 5000, &id, who), 200);
    assert_int_equal(id, 77);
    key_text(key, text);
    assert_string_equal(who, text); /* the ledger was told the right link */
    rig_close(&client);
}

static void
enrolled_keys_are_served(void **state)
{
    (void)state;
    for (size_t i = 0; i < RIG_KEYS; i++)
        assert_served(rig.keys[i]);
    rig_pump(&rig, 300);
    assert_int_equal(rig.gone, RIG_KEYS); /* and the ledger hears when they leave */
    assert_int_equal(rig_count(&rig, "handshake_succeeded"), RIG_KEYS);
}

static void
unknown_key_is_refused(void **state)
{
    (void)state;
    struct rig_client client;
    unsigned value = 0;
    rig_connect(&rig, &client, rig.stranger, NULL, 17);
    (void)rig_ask(&client, 1);
    assert_int_equal(rig_event(&rig, &client, FAILED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 5000, &value),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_int_equal(value, 400);
    rig_pump(&rig, 300);
    assert_int_equal(rig.requests, 0);
    assert_int_equal(rig_count(&rig, "zap_unknown_key"), 2); /* this one and the self-test */
    rig_close(&client);
    assert_served(rig.keys[0]);
}

static void
wrong_server_key_gets_nowhere(void **state)
{
    (void)state;
    struct rig_client client;
    uint8_t right[32];
    memcpy(right, rig.server_key, 32);
    memcpy(rig.server_key, mash_secret_public(rig.stranger), 32);
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    memcpy(rig.server_key, right, 32);
    (void)rig_ask(&client, 1);
    assert_int_equal(rig_answer(&rig, &client, 1000, NULL, NULL), 0);
    assert_int_equal(rig.requests, 0);
    rig_close(&client);
}

/* Whatever is not ZMTP 3 with CURVE is closed. */
static void
other_greetings_are_closed(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *mechanism; /* of a ZMTP 3.0 greeting that goes before; NULL: none */
        const char *bytes;
        size_t len;
    } cases[] = {
        { "NULL", "NULL", "\4\x29\5READY\x0bSocket-Type\0\0\0\6DEALER\x08Identity\0\0\0\0", 43 },
        { "PLAIN", "PLAIN", "\4\x0a\5HELLO\1a\1b", 12 },
        { "ZMTP 1.0", NULL, "\1\0\2\0x", 5 },
        { "ZMTP 2.0", NULL, "\xff\0\0\0\0\0\0\0\1\x7f\1\5\0\0", 14 },
        { "HTTP", NULL, "GET / HTTP/1.1\r\nHost: broker\r\n\r\n", 32 },
        { "TLS", NULL, "\x16\3\1\2\0\1\0\1\xfc\3\3", 11 },
        { "nothing", NULL, "", 0 },
    };
    int fds[sizeof(cases) / sizeof(cases[0])];
    unsigned long before = rig_memory(&rig);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t greeting[64] = { 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0 };
        fds[i] = rig_raw(&rig);
        if (cases[i].mechanism != NULL) {
            memcpy(greeting + 12, cases[i].mechanism, strlen(cases[i].mechanism));
            assert_int_equal(send(fds[i], greeting, sizeof(greeting), MSG_NOSIGNAL), sizeof(greeting));
        }
        assert_int_equal(send(fds[i], cases[i].bytes, cases[i].len, MSG_NOSIGNAL), cases[i].len);
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!rig_raw_is_closed(&rig, fds[i], 4500)) /* HANDSHAKE_IVL 3 s and slack */
            fail_msg("%s is still connected", cases[i].what);
        close(fds[i]);
    }
    assert_int_equal(rig.requests, 0);
    assert_true(rig_memory(&rig) < before + 1024);
    assert_int_equal(rig_count(&rig, "handshake_failed_protocol"), 2); /* NULL and PLAIN: the wrong mechanism */
    assert_int_equal(rig_count(&rig, "handshake_failed_other"), 1); /* the silent one; the rest has no name */
    assert_int_equal(rig_count(&rig, "disconnected"), 8);              /* all, and the self-test */
    assert_served(rig.keys[0]);
}

/* The identity is what ZAP said, whatever the client's own metadata claims. */
static void
forged_user_id_is_ignored(void **state)
{
    (void)state;
    uint8_t properties[512], id[17] = { 7 }, serial[] = "0000000000000001";
    char forged[33], real[33];
    struct rig_client victim;
    struct curve curve;
    memset(id, 7, sizeof(id));
    key_text(rig.keys[1], forged);
    key_text(rig.keys[0], real);
    rig_connect(&rig, &victim, rig.keys[1], NULL, 17);
    assert_true(rig_ask(&victim, 1));
    assert_int_equal(rig_answer(&rig, &victim, 5000, NULL, NULL), 200);
    uint64_t connection = rig.last_connection;

    uint8_t *end = curve_property(properties, "Identity", mash_span(id, sizeof(id)));
    end = curve_property(end, "User-Id", mash_span_str(forged));
    end = curve_property(end, "X-Mash-Connection", mash_span(serial, 16));
    assert_true(curve_open(&rig, &curve, rig.keys[0], mash_span(properties, (size_t)(end - properties))));
    rig.answering = true;
    rig.requests = 0;
    const uint8_t request[] = { 0x08, 0x05, 0x12, 0x02, 0x08, 0x01 }; /* id 5, hello, protocol 1 */
    curve_send(&curve, mash_span(request, sizeof(request)));
    rig_pump(&rig, 300);
    assert_int_equal(rig.requests, 1);
    assert_true(rig.last_connection != connection); /* a connection of its own */
    assert_int_equal(rig_answer(&rig, &victim, 200, NULL, NULL), 0); /* and nothing for the victim */
    /* whose link was it? the gate's page says which key it last worked for */
    struct mash_key_id key;
    char text[33];
    key = rig.page->current;
    mash_key_id_text(&key, text);
    assert_string_equal(text, real);
    close(curve.fd);
    rig_close(&victim);
}

/* libzmq numbers anonymous clients 0x00 || u32 from rand(): unseeded it is known, and a client that took
 * the number first makes the next anonymous one abort the process. */
static void
reserved_routing_ids_do_not_abort(void **state)
{
    (void)state;
    struct rig_client clients[12], anonymous[4];
    srand(1); /* what an unseeded rand() gives */
    for (size_t i = 0; i < 12; i++) {
        static uint32_t number;
        uint8_t id[5] = { 0 };
        if (i % 3 == 0) {
            uint32_t low = (uint32_t)rand();
            number = low | (uint32_t)rand() << 31; /* libzmq's generate_random() */
        }
        mash_put_u32be(id + 1, number + (uint32_t)(i % 3));
        rig_connect(&rig, &clients[i], rig.keys[i / 4], id, sizeof(id));
        assert_true(rig_event(&rig, &clients[i], ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 5000, NULL) != 0);
    }
    for (size_t i = 0; i < 4; i++) {
        rig_connect(&rig, &anonymous[i], rig.keys[3], NULL, 0);
        assert_true(rig_event(&rig, &anonymous[i], ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 5000, NULL) != 0);
        (void)rig_ask(&anonymous[i], 1);
    }
    rig_pump(&rig, 300);
    assert_true(rig_is_alive(&rig));
    for (size_t i = 0; i < 12; i++)
        (void)rig_ask(&clients[i], 1);
    for (size_t i = 0; i < 12; i++)
        assert_true(rig_event(&rig, &clients[i], ZMQ_EVENT_DISCONNECTED, 2000, NULL) != 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(rig_event(&rig, &anonymous[i], ZMQ_EVENT_DISCONNECTED, 2000, NULL) != 0);
    assert_int_equal(rig.requests, 0); /* such ids are not listened to */
    for (size_t i = 0; i < 12; i++)
        rig_close(&clients[i]);
    for (size_t i = 0; i < 4; i++)
        rig_close(&anonymous[i]);
    assert_served(rig.keys[0]);
}

static void
short_routing_ids_are_refused(void **state)
{
    (void)state;
    struct rig_client client;
    rig_connect(&rig, &client, rig.keys[0], "police", 6);
    (void)rig_ask(&client, 1);
    assert_true(rig_event(&rig, &client, ZMQ_EVENT_DISCONNECTED, 5000, NULL) != 0);
    assert_int_equal(rig.requests, 0);
    assert_int_equal(rig_count(&rig, "routing_refused"), 1);
    rig_close(&client);
}

/* Memory before any key is bounded: a frame of the handshake that claims too much ends the connection. */
static void
oversized_frames_are_cut(void **state)
{
    (void)state;
    static char block[256 * 1024];
    uint8_t head[64 + 9] = { 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E' };
    static const uint64_t sizes[] = { 4ull << 30, 200ull << 20, 2u << 20 };
    unsigned long before = rig_memory(&rig);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        int fd = rig_raw(&rig);
        head[64] = 0x06; /* a long command */
        mash_put_u64be(head + 65, sizes[i]);
        assert_int_equal(send(fd, head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
        bool closed = false;
        size_t sent = 0;
        for (unsigned j = 0; j < 200 && !closed; j++) {
            ssize_t n = send(fd, block, sizeof(block), MSG_NOSIGNAL | MSG_DONTWAIT);
            sent += n > 0 ? (size_t)n : 0;
            closed = rig_raw_is_closed(&rig, fd, 5);
        }
        assert_true(closed);
        assert_true(sent < 8u << 20);
        close(fd);
    }
    assert_true(rig_memory(&rig) < before + 5 * 1024);
    assert_served(rig.keys[0]);
}

/* The same limit holds behind the handshake. */
static void
oversized_messages_are_cut(void **state)
{
    (void)state;
    struct rig_client client;
    const size_t len = MASH_FRAME_MAX + 1;
    char *large = calloc(1, len);
    assert_non_null(large);
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    assert_int_equal(zmq_send(client.socket, large, len, 0), len);
    assert_true(rig_event(&rig, &client, ZMQ_EVENT_DISCONNECTED, 5000, NULL) != 0);
    assert_int_equal(rig.requests, 0);
    free(large);
    rig_close(&client);
}

static void
the_fifth_connection_of_a_key_is_refused(void **state)
{
    (void)state;
    struct rig_client clients[MASH_LINKS_PER_KEY], fifth;
    unsigned value = 0;
    for (size_t i = 0; i < MASH_LINKS_PER_KEY; i++) {
        rig_connect(&rig, &clients[i], rig.keys[0], NULL, 17);
        assert_true(rig_ask(&clients[i], i));
        assert_int_equal(rig_answer(&rig, &clients[i], 5000, NULL, NULL), 200);
    }
    rig_connect(&rig, &fifth, rig.keys[0], NULL, 17);
    (void)rig_ask(&fifth, 1);
    assert_int_equal(rig_event(&rig, &fifth, FAILED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED, 5000,
                               &value) & ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
    rig_close(&fifth);
    assert_int_equal(rig_count(&rig, "zap_crowded"), 1);
    assert_served(rig.keys[1]); /* others are not concerned */
    rig_close(&clients[0]);
    rig_pump(&rig, 500);
    assert_served(rig.keys[0]); /* and there is a place again */
    for (size_t i = 1; i < MASH_LINKS_PER_KEY; i++)
        rig_close(&clients[i]);
}

/* Another agency that takes a routing id in use gets nothing, disturbs nobody and is cut in time; and so is a
 * connection that never says a word. */
static void
a_routing_id_in_use_is_not_taken_over(void **state)
{
    (void)state;
    static const uint8_t id[17] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
    struct rig_client owner, thief, silent;
    rig_connect(&rig, &owner, rig.keys[0], id, sizeof(id));
    assert_true(rig_ask(&owner, 1));
    assert_int_equal(rig_answer(&rig, &owner, 5000, NULL, NULL), 200);
    rig_connect(&rig, &thief, rig.keys[1], id, sizeof(id));
    rig_connect(&rig, &silent, rig.keys[2], NULL, 17);
    (void)rig_ask(&thief, 2);
    assert_int_equal(rig_answer(&rig, &thief, 500, NULL, NULL), 0);
    for (uint64_t i = 10; i < 20; i++) {
        uint64_t answered = 0;
        assert_true(rig_ask(&owner, i));
        assert_int_equal(rig_answer(&rig, &owner, 5000, &answered, NULL), 200);
        assert_int_equal(answered, i);
    }
    assert_int_equal(rig.requests, 11);
    assert_true(rig_event(&rig, &thief, ZMQ_EVENT_DISCONNECTED, 16000, NULL) != 0);
    assert_true(rig_event(&rig, &silent, ZMQ_EVENT_DISCONNECTED, 3000, NULL) != 0);
    assert_true(rig_ask(&owner, 99));
    assert_int_equal(rig_answer(&rig, &owner, 5000, NULL, NULL), 200);
    rig_close(&owner);
    rig_close(&thief);
    rig_close(&silent);
}

static void
malformed_requests_are_answered_400(void **state)
{
    (void)state;
    static const char *const bodies[] = { "not a request", "\x12\x02\x08", "\x08\x05\x7a\x01x" /* unknown field */ };
    struct rig_client client;
    uint64_t id = 99;
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_true(zmq_send(client.socket, bodies[i], strlen(bodies[i]), 0) >= 0);
        assert_int_equal(rig_answer(&rig, &client, 5000, &id, NULL), 400);
        assert_int_equal(id, 0);
    }
    assert_true(zmq_send(client.socket, "\x08\x05\x12\x02\x08\x01", 6, ZMQ_SNDMORE) >= 0); /* good by itself */
    assert_true(zmq_send(client.socket, "and more", 8, 0) >= 0);
    assert_int_equal(rig_answer(&rig, &client, 5000, &id, NULL), 400);
    assert_int_equal(rig.requests, 0);
    assert_true(rig_ask(&client, 3));
    assert_int_equal(rig_answer(&rig, &client, 5000, NULL, NULL), 200);
    assert_int_equal(rig_count(&rig, "malformed"), 4);
    rig_close(&client);
}

static void
removed_keys_are_cut_within_a_second(void **state)
{
    (void)state;
    struct rig_client stays, goes;
    rig_connect(&rig, &stays, rig.keys[0], NULL, 17);
    rig_connect(&rig, &goes, rig.keys[1], NULL, 17);
    assert_true(rig_ask(&stays, 1) && rig_ask(&goes, 1));
    assert_int_equal(rig_answer(&rig, &stays, 5000, NULL, NULL), 200);
    assert_int_equal(rig_answer(&rig, &goes, 5000, NULL, NULL), 200);
    rig_enrol(&rig, 1);
    assert_true(rig_event(&rig, &goes, ZMQ_EVENT_DISCONNECTED, 1000, NULL) != 0);
    assert_true(rig_ask(&stays, 2));
    assert_int_equal(rig_answer(&rig, &stays, 5000, NULL, NULL), 200);
    rig_close(&goes);
    rig_connect(&rig, &goes, rig.keys[1], NULL, 17);
    assert_int_equal(rig_event(&rig, &goes, FAILED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 5000, NULL),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    rig_close(&goes);
    rig_close(&stays);
}

static void
the_ledger_can_cut_a_connection(void **state)
{
    (void)state;
    struct rig_client client;
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    assert_true(rig_ask(&client, 1));
    assert_int_equal(rig_answer(&rig, &client, 5000, NULL, NULL), 200);
    assert_int_equal(mash_stream_put(rig.ledger, MASH_FRAME_CUT, rig.last_connection, mash_span(NULL, 0),
                                     mash_span(NULL, 0)), MASH_OK);
    assert_true(rig_event(&rig, &client, ZMQ_EVENT_DISCONNECTED, 1000, NULL) != 0);
    rig_pump(&rig, 300);
    assert_int_equal(rig.gone, 1);
    rig_close(&client);
    assert_served(rig.keys[0]);
}

/* Rig of 5 requests a second and 3 connections. */
static void
too_many_requests_are_answered_429(void **state)
{
    (void)state;
    struct rig_client client;
    unsigned ok = 0, refused = 0;
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    for (uint64_t i = 1; i <= 30; i++)
        assert_true(rig_ask(&client, i));
    for (uint64_t i = 1; i <= 30; i++) {
        uint64_t id = 0;
        unsigned code = rig_answer(&rig, &client, 5000, &id, NULL);
        ok += code == 200 ? 1 : 0;
        refused += code == 429 ? 1 : 0;
        assert_true(id >= 1 && id <= 30);
    }
    assert_int_equal(ok + refused, 30);
    assert_true(ok >= 5 && ok <= 10); /* they may fall into two seconds */
    assert_int_equal(rig.requests, ok);
    rig_close(&client);
}

static void
connections_in_all_are_limited(void **state)
{
    (void)state;
    struct rig_client clients[3], fourth;
    for (size_t i = 0; i < 3; i++) {
        rig_connect(&rig, &clients[i], rig.keys[i], NULL, 17);
        assert_true(rig_ask(&clients[i], i));
        assert_int_equal(rig_answer(&rig, &clients[i], 5000, NULL, NULL), 200);
    }
    rig_connect(&rig, &fourth, rig.keys[3], NULL, 17);
    (void)rig_ask(&fourth, 1);
    assert_int_equal(rig_event(&rig, &fourth, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 1000, NULL), 0);
    assert_int_equal(rig_count(&rig, "zap_full"), 1);
    rig_close(&fourth);
    for (size_t i = 0; i < 3; i++)
        rig_close(&clients[i]);
}

static void
floods_of_silent_sockets_are_cut(void **state)
{
    (void)state;
    int fds[60];
    unsigned closed = 0;
    for (size_t i = 0; i < 60; i++)
        fds[i] = rig_raw(&rig);
    rig_pump(&rig, 500);
    for (size_t i = 0; i < 60; i++)
        closed += rig_raw_is_closed(&rig, fds[i], 0) ? 1 : 0;
    assert_int_equal(closed, 60 - 38); /* 2 x 3 + 32 may be open */
    assert_true(rig_count(&rig, "over_limit") == closed);
    for (size_t i = 0; i < 60; i++)
        close(fds[i]);
    rig_pump(&rig, 300);
    assert_served(rig.keys[0]);
}

/* The ledger does not read: the gate stops reading the network and keeps its memory; then all arrives. */
static void
a_busy_ledger_slows_clients_down(void **state)
{
    (void)state;
    struct rig_client client;
    uint8_t *large = calloc(1, 1u << 20);
    unsigned sent = 0;
    assert_non_null(large);
    /* id 5, and the hello's client string of nearly 1 MiB */
    const size_t text = (1u << 20) - 64;
    const uint8_t head[] = { 0x08, 0x05,
                             0x12, (uint8_t)((text + 4) & 127) | 128, (uint8_t)((text + 4) >> 7 & 127) | 128,
                             (uint8_t)((text + 4) >> 14), 0x12, (uint8_t)(text & 127) | 128,
                             (uint8_t)(text >> 7 & 127) | 128, (uint8_t)(text >> 14) };
    memset(large, 'a', 1u << 20);
    memcpy(large, head, sizeof(head));
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    assert_true(rig_event(&rig, &client, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 5000, NULL) != 0);
    unsigned long before = rig_memory(&rig);
    for (; sent < 400; sent++)
        assert_true(zmq_send(client.socket, large, text + sizeof(head), ZMQ_DONTWAIT) >= 0);
    usleep(1500000);
    unsigned long grown = rig_memory(&rig) - before;
    assert_true(grown < 64 * 1024); /* 16 + 8 messages of 1 MiB, and what TCP brings; the rest waits with us */
    rig.answering = false;
    for (unsigned i = 0; i < 200 && rig.requests < sent; i++)
        rig_pump(&rig, 100);
    assert_int_equal(rig.requests, sent);
    free(large);
    rig_close(&client);
}

/* A client that does not read its answers is cut; others do not notice, and memory stays bounded. */
static void
a_client_that_does_not_read_is_cut(void **state)
{
    (void)state;
    struct rig_client slow, good;
    uint8_t *large = calloc(1, 1u << 20);
    const int small = 4, buffer = 4096;
    assert_non_null(large);
    rig_connect(&rig, &good, rig.keys[1], NULL, 17);
    assert_true(rig_ask(&good, 1));
    assert_int_equal(rig_answer(&rig, &good, 5000, NULL, NULL), 200);
    rig_connect(&rig, &slow, rig.keys[0], NULL, 17);
    assert_int_equal(zmq_setsockopt(slow.socket, ZMQ_RCVHWM, &small, sizeof(small)), 0);
    assert_int_equal(zmq_setsockopt(slow.socket, ZMQ_RCVBUF, &buffer, sizeof(buffer)), 0);
    assert_true(rig_ask(&slow, 1));
    while (rig.requests < 2)
        rig_pump(&rig, 10);
    uint64_t connection = rig.last_connection;
    unsigned long before = rig_memory(&rig);
    unsigned gone = rig.gone;
    for (unsigned i = 0; i < 2000 && rig.gone == gone; i++) {
        if (mash_stream_pending(rig.ledger) < 4u << 20)
            assert_int_equal(mash_stream_put(rig.ledger, MASH_FRAME_ANSWER, connection, mash_span(large, 1u << 20),
                                             mash_span(NULL, 0)), MASH_OK);
        rig_pump(&rig, 1);
    }
    assert_int_equal(rig.gone, gone + 1);
    assert_true(rig_memory(&rig) < before + 160 * 1024); /* 64 messages of 1 MiB, stalled ones, buffers */
    assert_true(rig_count(&rig, "overrun") >= 1);
    assert_true(rig_ask(&good, 2));
    assert_int_equal(rig_answer(&rig, &good, 5000, NULL, NULL), 200);
    free(large);
    rig_close(&slow);
    rig_close(&good);
}

/* More answers at once than libzmq's queue holds, to a client that does read: none is lost, none doubled. */
static void
a_burst_of_answers_arrives_whole(void **state)
{
    (void)state;
    struct rig_client client;
    const uint64_t count = 1000;
    rig_connect(&rig, &client, rig.keys[0], NULL, 17);
    rig.answering = false;
    assert_true(rig_ask(&client, 1));
    while (rig.requests < 1)
        rig_pump(&rig, 5);
    for (uint64_t i = 1; i <= count; i++) {
        uint8_t answer[] = { 0x08, (uint8_t)((i & 127) | 128), (uint8_t)(i >> 7), 0x10, 0xc8, 0x01 };
        size_t skip = i < 128 ? 1 : 0;
        if (skip != 0) {
            answer[1] = (uint8_t)i;
            memmove(answer + 2, answer + 3, 3);
        }
        assert_int_equal(mash_stream_put(rig.ledger, MASH_FRAME_ANSWER, rig.last_connection,
                                         mash_span(answer, sizeof(answer) - skip), mash_span(NULL, 0)), MASH_OK);
    }
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t id = 0;
        assert_int_equal(rig_answer(&rig, &client, 5000, &id, NULL), 200);
        assert_int_equal(id, i);
    }
    assert_int_equal(rig_count(&rig, "overrun"), 0);
    rig_close(&client);
}

/* What the gate has in its hands: sockets, pipes, anonymous things, /dev/null; no file, no memfd. */
static void
the_gate_holds_no_file(void **state)
{
    (void)state;
    char path[64], target[256];
    unsigned seen = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)rig.gate);
    DIR *directory = opendir(path);
    if (directory == NULL)
        skip(); /* not root: the gate is not dumpable, nobody else may look */
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char name[512];
        struct stat status;
        if (entry->d_name[0] == '.' || atoi(entry->d_name) <= 2)
            continue; /* the test's own 0, 1 and 2: with a parent they are /dev/null and a pipe */
        (void)snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        ssize_t n = readlink(name, target, sizeof(target) - 1);
        assert_true(n > 0);
        target[n] = '\0';
        assert_int_equal(stat(name, &status), 0);
        if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
            fail_msg("descriptor %s is %s", entry->d_name, target);
        if (strncmp(target, "socket:", 7) != 0 && strncmp(target, "anon_inode:[event", 17) != 0)
            fail_msg("descriptor %s is %s", entry->d_name, target);
        seen++;
    }
    (void)closedir(directory);
    assert_true(seen >= 4);
}

/* test_transport [PATTERN]: only the tests whose name matches. */
int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(enrolled_keys_are_served, start, stop),
        cmocka_unit_test_setup_teardown(unknown_key_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(wrong_server_key_gets_nowhere, start, stop),
        cmocka_unit_test_setup_teardown(other_greetings_are_closed, start, stop),
        cmocka_unit_test_setup_teardown(forged_user_id_is_ignored, start, stop),
        cmocka_unit_test_setup_teardown(reserved_routing_ids_do_not_abort, start, stop),
        cmocka_unit_test_setup_teardown(short_routing_ids_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(oversized_frames_are_cut, start, stop),
        cmocka_unit_test_setup_teardown(oversized_messages_are_cut, start, stop),
        cmocka_unit_test_setup_teardown(the_fifth_connection_of_a_key_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_routing_id_in_use_is_not_taken_over, start, stop),
        cmocka_unit_test_setup_teardown(malformed_requests_are_answered_400, start, stop),
        cmocka_unit_test_setup_teardown(removed_keys_are_cut_within_a_second, start, stop),
        cmocka_unit_test_setup_teardown(the_ledger_can_cut_a_connection, start, stop),
        cmocka_unit_test_setup_teardown(too_many_requests_are_answered_429, start_slow, stop),
        cmocka_unit_test_setup_teardown(connections_in_all_are_limited, start_slow, stop),
        cmocka_unit_test_setup_teardown(floods_of_silent_sockets_are_cut, start_slow, stop),
        cmocka_unit_test_setup_teardown(a_busy_ledger_slows_clients_down, start, stop),
        cmocka_unit_test_setup_teardown(a_client_that_does_not_read_is_cut, start, stop),
        cmocka_unit_test_setup_teardown(a_burst_of_answers_arrives_whole, start, stop),
        cmocka_unit_test_setup_teardown(the_gate_holds_no_file, start, stop),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
