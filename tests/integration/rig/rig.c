/* SPDX-License-Identifier: Apache-2.0 */
/* rig.c - see rig.h. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/proc/heritage.h"
#include "daemon/proc/keyfile.h"
#include "proto/codec.h"

static uint64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static uint16_t
free_port(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
    close(fd);
    return ntohs(name.sin_port);
}

/* A key file as the parent hands it over. */
static int
server_key_fd(struct rig *rig)
{
    char directory[] = "/tmp/mash-rig-XXXXXX";
    char path[64];
    char why[256];
    int fd = -1;
    struct mash_secret *secret = NULL;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/link.key", directory);
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_LINK, &secret), MASH_OK);
    memcpy(rig->server_key, mash_secret_public(secret), 32);
    assert_int_equal(mash_secret_save(secret, path, NULL), MASH_OK);
    assert_int_equal(mash_keyfile_open(path, geteuid(), &fd, why, sizeof(why)), MASH_OK);
    mash_secret_close(&secret);
    (void)unlink(path);
    (void)rmdir(directory);
    return fd;
}

static void
exec_gate(const struct rig *rig, const int *fds, const char *request_rate, const char *max_connections)
{
    static const int places[] = { MASH_FD_PARENT, MASH_FD_LEDGER, MASH_FD_KEY, MASH_FD_CULPRIT };
    char endpoint[96], rate[64], max[64], accept[] = "accept-rate=1000", role[] = "--role=gate", program[] = "mashd";
    char *path = getenv("MASHD");
    int high[4];
    (void)snprintf(endpoint, sizeof(endpoint), "endpoint=%s", rig->endpoint);
    (void)snprintf(rate, sizeof(rate), "request-rate=%s", request_rate);
    (void)snprintf(max, sizeof(max), "max-connections=%s", max_connections);
    for (size_t i = 0; i < 4; i++)
        high[i] = fcntl(fds[i], F_DUPFD, 64);
    for (size_t i = 0; i < 4; i++)
        (void)dup2(high[i], places[i]);
    (void)close(5);
    (void)close(7);
    (void)close_range(9, ~0u, 0);
    (void)setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 0); /* freed memory kept by ASan is not the gate's */
    char *argv[] = { program, role, endpoint, rate, max, accept, NULL };
    if (path != NULL)
        (void)execv(path, argv);
    _exit(127);
}

void
rig_enrol(struct rig *rig, size_t n)
{
    struct mash_bytes rows = mash_bytes_max(4096);
    for (size_t i = 0; i < n; i++) {
        struct mash_key_id id;
        mash_secret_id(rig->keys[i], &id);
        assert_int_equal(mash_bytes_append(&rows, mash_secret_public(rig->keys[i]), 32), MASH_OK);
        assert_int_equal(mash_bytes_append(&rows, id.bytes, sizeof(id.bytes)), MASH_OK);
    }
    assert_int_equal(mash_stream_put(rig->ledger, MASH_FRAME_LINKS, 0, mash_bytes_span(&rows), mash_span(NULL, 0)),
                     MASH_OK);
    assert_int_equal(mash_stream_flush(rig->ledger), MASH_OK);
    mash_bytes_free(&rows);
}

void
rig_start(struct rig *rig, const char *request_rate, const char *max_connections)
{
    int parent[2], ledger[2];
    memset(rig, 0, sizeof(*rig));
    assert_true(sodium_init() >= 0);
    (void)signal(SIGPIPE, SIG_IGN);
    rig->answering = true;
    rig->port = free_port();
    (void)snprintf(rig->endpoint, sizeof(rig->endpoint), "tcp://127.0.0.1:%u", rig->port);
    for (size_t i = 0; i < RIG_KEYS; i++)
        assert_int_equal(mash_secret_generate(MASH_PURPOSE_LINK, &rig->keys[i]), MASH_OK);
    assert_int_equal(mash_secret_generate(MASH_PURPOSE_LINK, &rig->stranger), MASH_OK);
    int key = server_key_fd(rig);
    int page = memfd_create("culprit", MFD_CLOEXEC);
    assert_int_equal(ftruncate(page, sizeof(*rig->page)), 0);
    rig->page = mmap(NULL, sizeof(*rig->page), PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
    assert_true(rig->page != MAP_FAILED);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, parent), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ledger), 0);
    const int fds[] = { parent[1], ledger[1], key, page };
    rig->gate = fork();
    assert_true(rig->gate >= 0);
    if (rig->gate == 0)
        exec_gate(rig, fds, request_rate, max_connections);
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
    rig->parent_fd = parent[0];
    assert_int_equal(mash_stream_open(ledger[0], 64u * 1024u * 1024u, &rig->ledger), MASH_OK);
    rig_enrol(rig, RIG_KEYS);
    struct pollfd item = { rig->parent_fd, POLLIN, 0 };
    char said = 0;
    assert_int_equal(poll(&item, 1, 10000), 1);
    assert_int_equal(recv(rig->parent_fd, &said, 1, 0), 1);
    assert_int_equal(said, MASH_PARENT_READY);
}

bool
rig_is_alive(struct rig *rig)
{
    int status;
    if (rig->gate > 0 && waitpid(rig->gate, &status, WNOHANG) == rig->gate)
        rig->gate = 0;
    return rig->gate > 0;
}

void
rig_stop(struct rig *rig)
{
    const char stop = MASH_PARENT_STOP;
    int status = -1;
    bool alive = rig_is_alive(rig);
    if (alive) {
        assert_int_equal(send(rig->parent_fd, &stop, 1, 0), 1);
        assert_int_equal(waitpid(rig->gate, &status, 0), rig->gate);
    }
    close(rig->parent_fd);
    mash_stream_close(&rig->ledger);
    for (size_t i = 0; i < RIG_KEYS; i++)
        mash_secret_close(&rig->keys[i]);
    mash_secret_close(&rig->stranger);
    (void)munmap(rig->page, sizeof(*rig->page));
    assert_true(alive);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
answer_request(struct rig *rig, const struct mash_frame *frame)
{
    struct mash_bytes out = mash_bytes_max(4096);
    struct mash_key_id id;
    char text[33];
    char sub_code[] = "00";
    Mash__Request *request = NULL;
    Mash__Answer answer = MASH__ANSWER__INIT;
    assert_true(frame->payload.len >= sizeof(id));
    memcpy(id.bytes, frame->payload.data, sizeof(id));
    mash_key_id_text(&id, text);
    assert_int_equal(mash_message_decode(&mash__request__descriptor,
                                         mash_span(frame->payload.data + sizeof(id), frame->payload.len - sizeof(id)),
                                         &request), MASH_OK);
    answer.id = request->id;
    answer.code = 200;
    answer.sub_code = sub_code;
    answer.sentence = text;
    assert_int_equal(mash_message_encode(&answer, &out), MASH_OK);
    assert_int_equal(mash_stream_put(rig->ledger, MASH_FRAME_ANSWER, frame->connection, mash_bytes_span(&out),
                                     mash_span(NULL, 0)), MASH_OK);
    mash_bytes_free(&out);
    mash_message_free(&request);
}

static uint64_t wanted_value;
static const char *wanted_name;

static void
take_figures(struct rig *rig, struct mash_span payload)
{
    Mash__Figures *figures = NULL;
    assert_int_equal(mash_message_decode(&mash__figures__descriptor, payload, &figures), MASH_OK);
    rig->figures++;
    for (size_t i = 0; wanted_name != NULL && i < figures->n_gate; i++)
        if (strcmp(figures->gate[i]->name, wanted_name) == 0)
            wanted_value = figures->gate[i]->value;
    mash_message_free(&figures);
}

static void
pump_once(struct rig *rig, int wait_ms)
{
    struct mash_frame frame;
    struct pollfd item = { mash_stream_fd(rig->ledger), POLLIN, 0 };
    (void)poll(&item, 1, wait_ms);
    if (mash_stream_fill(rig->ledger) != MASH_OK)
        return; /* the gate has ended: the test sees it by rig_is_alive() */
    while (mash_stream_next(rig->ledger, &frame) == MASH_OK) {
        if (frame.kind == MASH_FRAME_REQUEST) {
            rig->requests++;
            rig->last_connection = frame.connection;
            if (rig->answering)
                answer_request(rig, &frame);
        } else if (frame.kind == MASH_FRAME_GONE) {
            rig->gone++;
        } else {
            assert_int_equal(frame.kind, MASH_FRAME_GATE_FIGURES);
            take_figures(rig, frame.payload);
        }
    }
    enum mash_err err = mash_stream_flush(rig->ledger);
    (void)err;
}

void
rig_pump(struct rig *rig, unsigned ms)
{
    uint64_t until = now_ms() + ms;
    do
        pump_once(rig, 10);
    while (now_ms() < until);
}

uint64_t
rig_count(struct rig *rig, const char *name)
{
    uint64_t figures = rig->figures + 2; /* the next ones could have been under way already */
    uint64_t until = now_ms() + 5000;
    wanted_name = name;
    wanted_value = UINT64_MAX;
    while (rig->figures < figures && now_ms() < until)
        pump_once(rig, 10);
    wanted_name = NULL;
    assert_true(wanted_value != UINT64_MAX);
    return wanted_value;
}

unsigned long
rig_memory(const struct rig *rig)
{
    char path[64], line[256];
    unsigned long kib = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)rig->gate);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof(line), in) != NULL)
        (void)sscanf(line, "VmRSS: %lu", &kib);
    (void)fclose(in);
    return kib;
}

void
rig_connect(struct rig *rig, struct rig_client *client, const struct mash_secret *key, const void *id, size_t id_len)
{
    uint8_t random_id[17] = { 1 };
    const int none = 0, never = -1;
    randombytes_buf(random_id + 1, 16);
    client->context = zmq_ctx_new();
    client->socket = zmq_socket(client->context, ZMQ_DEALER);
    client->monitor = zmq_socket(client->context, ZMQ_PAIR);
    assert_non_null(client->monitor);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_LINGER, &none, sizeof(none)), 0);
    assert_int_equal(zmq_setsockopt(client->monitor, ZMQ_LINGER, &none, sizeof(none)), 0);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_RECONNECT_IVL, &never, sizeof(never)), 0);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_CURVE_SERVERKEY, rig->server_key, 32), 0);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_CURVE_PUBLICKEY, mash_secret_public(key), 32), 0);
    assert_int_equal(zmq_setsockopt(client->socket, ZMQ_CURVE_SECRETKEY, mash_secret_bytes(key), 32), 0);
    if (id == NULL && id_len != 0)
        assert_int_equal(zmq_setsockopt(client->socket, ZMQ_ROUTING_ID, random_id, sizeof(random_id)), 0);
    else if (id_len != 0)
        assert_int_equal(zmq_setsockopt(client->socket, ZMQ_ROUTING_ID, id, id_len), 0);
    assert_int_equal(zmq_socket_monitor(client->socket, "inproc://monitor", ZMQ_EVENT_ALL), 0);
    assert_int_equal(zmq_connect(client->monitor, "inproc://monitor"), 0);
    assert_int_equal(zmq_connect(client->socket, rig->endpoint), 0);
}

void
rig_close(struct rig_client *client)
{
    if (client->context == NULL)
        return;
    (void)zmq_socket_monitor(client->socket, NULL, 0);
    (void)zmq_close(client->socket);
    (void)zmq_close(client->monitor);
    (void)zmq_ctx_term(client->context);
    client->context = NULL;
}

bool
rig_ask(struct rig_client *client, uint64_t request_id)
{
    struct mash_bytes out = mash_bytes_max(4096);
    Mash__Request request = MASH__REQUEST__INIT;
    Mash__Hello hello = MASH__HELLO__INIT;
    request.id = request_id;
    hello.protocol = 1;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &hello;
    assert_int_equal(mash_message_encode(&request, &out), MASH_OK);
    int sent = zmq_send(client->socket, out.data, out.len, ZMQ_DONTWAIT);
    mash_bytes_free(&out);
    return sent >= 0;
}

unsigned
rig_answer(struct rig *rig, struct rig_client *client, unsigned ms, uint64_t *ret_id, char *ret_sentence)
{
    uint8_t buffer[4096];
    uint64_t until = now_ms() + ms;
    do {
        pump_once(rig, 2);
        int n = zmq_recv(client->socket, buffer, sizeof(buffer), ZMQ_DONTWAIT);
        if (n < 0)
            continue;
        Mash__Answer *answer = NULL;
        assert_int_equal(mash_message_decode(&mash__answer__descriptor, mash_span(buffer, (size_t)n), &answer),
                         MASH_OK);
        unsigned code = answer->code;
        if (ret_id != NULL)
            *ret_id = answer->id;
        if (ret_sentence != NULL)
            (void)snprintf(ret_sentence, 64, "%s", answer->sentence);
        mash_message_free(&answer);
        return code;
    } while (now_ms() < until);
    return 0;
}

unsigned
rig_event(struct rig *rig, struct rig_client *client, unsigned events, unsigned ms, unsigned *ret_value)
{
    uint64_t until = now_ms() + ms;
    do {
        uint8_t frame[6], address[256];
        uint16_t event;
        uint32_t value;
        pump_once(rig, 2);
        while (zmq_recv(client->monitor, frame, sizeof(frame), ZMQ_DONTWAIT) == (int)sizeof(frame)) {
            (void)zmq_recv(client->monitor, address, sizeof(address), 0);
            memcpy(&event, frame, sizeof(event));
            memcpy(&value, frame + 2, sizeof(value));
            if ((event & events) == 0)
                continue;
            if (ret_value != NULL)
                *ret_value = value;
            return event;
        }
    } while (now_ms() < until);
    return 0;
}

int
rig_raw(struct rig *rig)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(rig->port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

bool
rig_raw_is_closed(struct rig *rig, int fd, unsigned ms)
{
    uint64_t until = now_ms() + ms;
    do {
        char scratch[4096];
        pump_once(rig, 2);
        ssize_t n;
        do
            n = recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT); /* a greeting may come first */
        while (n > 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
    } while (now_ms() < until);
    return false;
}
