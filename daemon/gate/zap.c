/* SPDX-License-Identifier: Apache-2.0 */
/* zap.c - see zap.h. */
#include "daemon/gate/zap.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define ENDPOINT "inproc://zeromq.zap.01" /* RFC 27 */

/* Frames of a request (RFC 27): with CURVE exactly seven. */
enum {
    FRAME_VERSION,
    FRAME_REQUEST_ID,
    FRAME_DOMAIN,
    FRAME_ADDRESS,
    FRAME_ROUTING_ID,
    FRAME_MECHANISM,
    FRAME_KEY,
    FRAMES
};

/* 300 makes the other side try again later, 400 tells it that there is no point. */
static const struct {
    const char *code;
    const char *text;
} grants[MASH_GRANT_COUNT] = {
    [MASH_GRANT_ADMITTED] = { "200", "admitted" },
    [MASH_GRANT_UNKNOWN] = { "400", "this link key is not enrolled, or suspended" },
    [MASH_GRANT_BUSY] = { "300", "too many new connections, try again" },
    [MASH_GRANT_CROWDED] = { "300", "this link key has all the connections it may have" },
    [MASH_GRANT_FULL] = { "300", "the exchange has all the connections it may have" },
};

void
mash_zap_decide(struct mash_links *links, const struct mash_span *frames, size_t n, uint64_t now_ms,
                struct mash_zap_answer *ret_answer)
{
    memset(ret_answer, 0, sizeof(*ret_answer));
    if (n <= FRAME_REQUEST_ID || !mash_span_equal(frames[FRAME_VERSION], mash_span_str("1.0"))) {
        ret_answer->code = "500";
        ret_answer->text = "not a ZAP 1.0 request";
        return;
    }
    /* Every other mechanism is refused, also those libzmq would not ask about. */
    if (n != FRAMES || !mash_span_equal(frames[FRAME_MECHANISM], mash_span_str("CURVE")) ||
        !mash_span_equal(frames[FRAME_DOMAIN], mash_span_str(MASH_ZAP_DOMAIN)) ||
        frames[FRAME_KEY].len != MASH_PUBLIC_KEY_BYTES) {
        ret_answer->code = "400";
        ret_answer->text = "only CURVE";
        return;
    }
    enum mash_grant grant =
        mash_links_admit(links, frames[FRAME_KEY].data, now_ms, &ret_answer->serial, &ret_answer->id);
    ret_answer->code = grants[grant].code;
    ret_answer->text = grants[grant].text;
}

struct handler {
    void *socket;
    struct mash_links *links;
    struct mash_culprit *page;
};

static uint64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Take one whole request; frames beyond the maximum are read and dropped.  -1: the context has ended. */
static int
receive(void *socket, zmq_msg_t *messages, size_t *ret_n)
{
    size_t n = 0;
    bool more = true;
    while (more) {
        zmq_msg_t *message = &messages[n < MASH_ZAP_FRAMES_MAX ? n : MASH_ZAP_FRAMES_MAX];
        if (n > MASH_ZAP_FRAMES_MAX)
            (void)zmq_msg_close(message);
        (void)zmq_msg_init(message);
        while (zmq_msg_recv(message, socket, 0) < 0)
            if (errno != EINTR)
                return -1;
        more = zmq_msg_more(message) != 0;
        n++;
    }
    *ret_n = n;
    return 0;
}

/* One ZMTP property: u8 length, name, u32be length, value (RFC 23). */
static size_t
put_serial(uint64_t serial, uint8_t *out)
{
    char value[17];
    const size_t name_len = sizeof(MASH_ZAP_SERIAL) - 1;
    (void)snprintf(value, sizeof(value), "%016" PRIx64, serial);
    out[0] = (uint8_t)name_len;
    memcpy(out + 1, MASH_ZAP_SERIAL, name_len);
    mash_put_u32be(out + 1 + name_len, 16);
    memcpy(out + 5 + name_len, value, 16);
    return 5 + name_len + 16;
}

static int
reply(void *socket, struct mash_span request_id, const struct mash_zap_answer *answer)
{
    bool admitted = answer->serial != 0;
    char user[33] = "";
    uint8_t metadata[64];
    size_t metadata_len = 0;
    if (admitted) {
        mash_key_id_text(&answer->id, user);
        metadata_len = put_serial(answer->serial, metadata);
    }
    const struct mash_span frames[] = { mash_span_str("1.0"), request_id, mash_span_str(answer->code),
                                        mash_span_str(answer->text), mash_span_str(user),
                                        mash_span(metadata, metadata_len) };
    const size_t n = sizeof(frames) / sizeof(frames[0]);
    for (size_t i = 0; i < n; i++)
        while (zmq_send(socket, frames[i].data, frames[i].len, i + 1 < n ? ZMQ_SNDMORE : 0) < 0)
            if (errno != EINTR)
                return -1;
    return 0;
}

static int
serve_one(struct handler *handler)
{
    zmq_msg_t messages[MASH_ZAP_FRAMES_MAX + 1];
    struct mash_span frames[MASH_ZAP_FRAMES_MAX];
    struct mash_zap_answer answer;
    size_t n;
    if (receive(handler->socket, messages, &n) != 0)
        return -1;
    size_t kept = n < MASH_ZAP_FRAMES_MAX ? n : MASH_ZAP_FRAMES_MAX;
    for (size_t i = 0; i < kept; i++)
        frames[i] = mash_span(zmq_msg_data(&messages[i]), zmq_msg_size(&messages[i]));
    mash_zap_decide(handler->links, frames, n, now_ms(), &answer);
    if (answer.serial != 0 && handler->page != NULL) {
        handler->page->last = answer.id;
        atomic_store(&handler->page->admitted, 1);
    }
    int result = reply(handler->socket, n > FRAME_REQUEST_ID ? frames[FRAME_REQUEST_ID] : mash_span("", 0), &answer);
    for (size_t i = 0; i < (n > kept ? kept + 1 : kept); i++)
        (void)zmq_msg_close(&messages[i]);
    return result;
}

static void *
run(void *arg)
{
    struct handler *handler = arg;
    while (serve_one(handler) == 0)
        continue;
    (void)zmq_close(handler->socket);
    free(handler);
    return NULL;
}

enum mash_err
mash_zap_start(void *context, struct mash_links *links, struct mash_culprit *page)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    struct handler *handler = calloc(1, sizeof(*handler));
    if (handler == NULL)
        return MASH_E_NOMEM;
    handler->links = links;
    handler->page = page;
    handler->socket = zmq_socket(context, ZMQ_REP);
    if (handler->socket == NULL)
        goto fail;
    const int linger = 0;
    if (zmq_setsockopt(handler->socket, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_bind(handler->socket, ENDPOINT) != 0)
        goto fail;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread, NULL, run, handler);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        goto fail;
    (void)pthread_detach(thread);
    return MASH_OK;
fail:
    if (handler->socket != NULL)
        (void)zmq_close(handler->socket);
    free(handler);
    return MASH_E_IO;
}
