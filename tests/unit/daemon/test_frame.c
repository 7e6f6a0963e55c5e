/* SPDX-License-Identifier: Apache-2.0 */
/* test_frame.c - frames between roles: what is put comes out whole and in order whatever the socket does,
 * buffers stay bounded, and a faulty peer is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/proc/frame.h"

#define EMPTY mash_span(NULL, 0)

struct pair {
    struct mash_stream *a;
    struct mash_stream *b;
};

static struct pair
pair_open(size_t out_max)
{
    int fds[2];
    struct pair pair;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(mash_stream_open(fds[0], out_max, &pair.a), MASH_OK);
    assert_int_equal(mash_stream_open(fds[1], out_max, &pair.b), MASH_OK);
    return pair;
}

static void
pair_close(struct pair *pair)
{
    mash_stream_close(&pair->a);
    mash_stream_close(&pair->b);
    mash_stream_close(&pair->b); /* nothing when NULL */
}

/* A stream and the bare other end, to write faulty bytes. */
static struct mash_stream *
raw_open(int *ret_fd)
{
    int fds[2];
    struct mash_stream *stream;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(mash_stream_open(fds[0], 1000, &stream), MASH_OK);
    *ret_fd = fds[1];
    return stream;
}

static void
frames_arrive_in_order(void **state)
{
    (void)state;
    struct pair pair = pair_open(1000);
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_REQUEST, 7, mash_span("head", 4), mash_span("body", 4)),
                     MASH_OK);
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_GONE, UINT64_MAX, EMPTY, EMPTY), MASH_OK);
    assert_int_equal(mash_stream_pending(pair.a), 13 + 8 + 13);
    assert_int_equal(mash_stream_flush(pair.a), MASH_OK);
    assert_int_equal(mash_stream_pending(pair.a), 0);

    struct mash_frame frame;
    assert_int_equal(mash_stream_next(pair.b, &frame), MASH_E_AGAIN);
    assert_int_equal(mash_stream_fill(pair.b), MASH_OK);
    assert_int_equal(mash_stream_next(pair.b, &frame), MASH_OK);
    assert_int_equal(frame.kind, MASH_FRAME_REQUEST);
    assert_int_equal(frame.connection, 7);
    assert_true(mash_span_equal(frame.payload, mash_span_str("headbody")));
    assert_int_equal(mash_stream_next(pair.b, &frame), MASH_OK);
    assert_int_equal(frame.kind, MASH_FRAME_GONE);
    assert_true(frame.connection == UINT64_MAX);
    assert_int_equal(frame.payload.len, 0);
    assert_int_equal(mash_stream_next(pair.b, &frame), MASH_E_AGAIN);
    pair_close(&pair);
}

static void
the_bytes_are_the_documented_ones(void **state)
{
    (void)state;
    int fd;
    uint8_t got[64];
    static const uint8_t wanted[] = { 0, 0, 0, 11, 16, 0, 0, 0, 0, 0, 0, 1, 2, 'o', 'k' };
    struct mash_stream *stream = raw_open(&fd);
    assert_int_equal(mash_stream_put(stream, MASH_FRAME_ANSWER, 0x102, mash_span("o", 1), mash_span("k", 1)),
                     MASH_OK);
    assert_int_equal(mash_stream_flush(stream), MASH_OK);
    assert_int_equal(read(fd, got, sizeof(got)), sizeof(wanted));
    assert_memory_equal(got, wanted, sizeof(wanted));
    close(fd);
    mash_stream_close(&stream);
}

static void
one_byte_at_a_time(void **state)
{
    (void)state;
    int fd;
    struct mash_frame frame;
    struct mash_stream *stream = raw_open(&fd);
    static const uint8_t bytes[] = { 0, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 9, 'a', 'b', 'c' };
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_int_equal(mash_stream_next(stream, &frame), MASH_E_AGAIN);
        assert_int_equal(write(fd, bytes + i, 1), 1);
        assert_int_equal(mash_stream_fill(stream), MASH_OK);
    }
    assert_int_equal(mash_stream_next(stream, &frame), MASH_OK);
    assert_true(mash_span_equal(frame.payload, mash_span_str("abc")));
    close(fd);
    mash_stream_close(&stream);
}

static void
faulty_frames_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint8_t bytes[13];
        size_t len;
    } cases[] = {
        { "length shorter than a header", { 0, 0, 0, 8, 1 }, 13 },
        { "length 0", { 0 }, 4 },
        { "length one above the maximum", { 0x00, 0x80, 0x00, 0x3d, 1 }, 5 },
        { "length 4 GiB", { 0xff, 0xff, 0xff, 0xff, 1 }, 5 },
        { "kind 0", { 0, 0, 0, 9, 0 }, 13 },
        { "kind nobody sends", { 0, 0, 0, 9, 200 }, 13 },
        { "unknown kind is seen before the payload comes", { 0, 0, 1, 0, 99 }, 13 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd;
        struct mash_frame frame;
        struct mash_stream *stream = raw_open(&fd);
        assert_int_equal(write(fd, cases[i].bytes, cases[i].len), cases[i].len);
        assert_int_equal(mash_stream_fill(stream), MASH_OK);
        enum mash_err err = mash_stream_next(stream, &frame);
        if (err != MASH_E_FORMAT)
            fail_msg("%s: %s", cases[i].what, mash_strerror(err));
        close(fd);
        mash_stream_close(&stream);
    }
}

static void
the_output_is_bounded(void **state)
{
    (void)state;
    struct pair pair = pair_open(100);
    uint8_t payload[87] = { 1 };
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_ANSWER, 1, mash_span(payload, 88), EMPTY), MASH_E_FULL);
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_ANSWER, 1, mash_span(payload, 87), EMPTY), MASH_OK);
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_GONE, 1, EMPTY, EMPTY), MASH_E_FULL);
    assert_int_equal(mash_stream_pending(pair.a), 100);
    assert_int_equal(mash_stream_flush(pair.a), MASH_OK);
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_GONE, 1, EMPTY, EMPTY), MASH_OK);
    pair_close(&pair);

    pair = pair_open(3u * MASH_IPC_FRAME_MAX);
    uint8_t *large = calloc(1, MASH_IPC_FRAME_MAX);
    assert_non_null(large);
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_LINKS, 0, mash_span(large, MASH_IPC_FRAME_MAX - 13),
                                     mash_span("x", 1)), MASH_E_LIMIT);
    assert_int_equal(mash_stream_pending(pair.a), 0);
    free(large);
    pair_close(&pair);
}

/* The largest frame, then thousands of small ones, through a socket that takes a little at a time. */
static void
much_traffic_arrives_unchanged(void **state)
{
    (void)state;
    struct pair pair = pair_open(2u * MASH_IPC_FRAME_MAX);
    size_t large_len = MASH_IPC_FRAME_MAX - 13u;
    uint8_t *large = malloc(large_len);
    assert_non_null(large);
    for (size_t i = 0; i < large_len; i++)
        large[i] = (uint8_t)(i * 31u >> 3);

    uint64_t put = 0;
    uint64_t taken = 0;
    const uint64_t count = 20000;
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_LINKS, 0, mash_span(large, large_len), EMPTY), MASH_OK);
    while (taken < count + 1) {
        while (put < count && mash_stream_put(pair.a, MASH_FRAME_REQUEST, put, mash_span(large, put % 700),
                                              mash_span(&put, sizeof(put))) == MASH_OK)
            put++;
        assert_int_equal(mash_stream_flush(pair.a), MASH_OK);
        assert_int_equal(mash_stream_fill(pair.b), MASH_OK);
        struct mash_frame frame;
        enum mash_err err;
        while ((err = mash_stream_next(pair.b, &frame)) == MASH_OK) {
            if (taken == 0) {
                assert_int_equal(frame.kind, MASH_FRAME_LINKS);
                assert_true(mash_span_equal(frame.payload, mash_span(large, large_len)));
            } else {
                uint64_t number = taken - 1;
                assert_int_equal(frame.connection, number);
                assert_int_equal(frame.payload.len, number % 700 + sizeof(number));
                assert_memory_equal(frame.payload.data, large, number % 700);
                assert_memory_equal(frame.payload.data + number % 700, &number, sizeof(number));
            }
            taken++;
        }
        assert_int_equal(err, MASH_E_AGAIN);
    }
    free(large);
    pair_close(&pair);
}

static void
the_end_comes_after_the_frames(void **state)
{
    (void)state;
    struct pair pair = pair_open(1000);
    struct mash_frame frame;
    assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_CUT, 5, EMPTY, EMPTY), MASH_OK);
    assert_int_equal(mash_stream_flush(pair.a), MASH_OK);
    mash_stream_close(&pair.a);
    assert_int_equal(mash_stream_fill(pair.b), MASH_OK);
    assert_int_equal(mash_stream_next(pair.b, &frame), MASH_OK);
    assert_int_equal(frame.kind, MASH_FRAME_CUT);
    assert_int_equal(mash_stream_fill(pair.b), MASH_E_CLOSED);
    assert_int_equal(mash_stream_put(pair.b, MASH_FRAME_GONE, 5, EMPTY, EMPTY), MASH_OK);
    assert_int_equal(mash_stream_flush(pair.b), MASH_E_CLOSED); /* and no SIGPIPE */
    pair_close(&pair);
}

static void
an_unread_input_stays_bounded(void **state)
{
    (void)state;
    struct pair pair = pair_open(64u * 1024u * 1024u);
    uint8_t payload[1000] = { 0 };
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(mash_stream_put(pair.a, MASH_FRAME_ANSWER, i, mash_span(payload, sizeof(payload)), EMPTY),
                         MASH_OK);
        assert_int_equal(mash_stream_flush(pair.a), MASH_OK);
        assert_int_equal(mash_stream_fill(pair.b), MASH_OK);
    }
    assert_true(mash_stream_pending(pair.a) > 4u * 1024u * 1024u); /* the reader took no more than it may hold */
    pair_close(&pair);
}

static void
open_needs_a_descriptor(void **state)
{
    (void)state;
    struct mash_stream *stream = NULL;
    assert_int_equal(mash_stream_open(-1, 10, &stream), MASH_E_IO);
    assert_null(stream);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_arrive_in_order),
        cmocka_unit_test(the_bytes_are_the_documented_ones),
        cmocka_unit_test(one_byte_at_a_time),
        cmocka_unit_test(faulty_frames_are_refused),
        cmocka_unit_test(the_output_is_bounded),
        cmocka_unit_test(much_traffic_arrives_unchanged),
        cmocka_unit_test(the_end_comes_after_the_frames),
        cmocka_unit_test(an_unread_input_stays_bounded),
        cmocka_unit_test(open_needs_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
