/* SPDX-License-Identifier: Apache-2.0 */
/* test_ledger.c - the ledger as a process of its own, with this test as parent, gate, console and mashctl:
 * descriptors, frames, the control socket, stopping, and what it answers after it was killed. */
#include "fixture_letters.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon/ledger/ledger.h"
#include "daemon/proc/frame.h"
#include "daemon/proc/heritage.h"
#include "proto/answer.h"
#include "proto/hex.h"

enum { WAIT_MS = 20000, CONNECTION = 9 };

struct process {
    struct fixture f; /* keys, bundle, directory; its core is not opened */
    pid_t pid;
    int parent;       /* our end of the parent's channel */
    int listener;     /* the control socket, kept over restarts */
    struct sockaddr_un control;
    struct mash_stream *gate, *console;
};

/* ---- what the parent does ---- */

static void
listen_control(struct process *p)
{
    p->control.sun_family = AF_UNIX;
    int n = snprintf(p->control.sun_path, sizeof(p->control.sun_path), "%s.sock", strrchr(p->f.directory, '/') + 1);
    assert_true(n > 0 && (size_t)n < sizeof(p->control.sun_path));
    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&p->control, sizeof(p->control)), 0);
    assert_int_equal(listen(p->listener, 8), 0);
}

static void
place(int from, int to)
{
    if (dup2(from, to) != to)
        _exit(111);
}

static void
run_ledger(struct process *p, int parent_end, int key_fd)
{
    char state[5000], governance[100], hex[65], backup[5100];
    (void)snprintf(state, sizeof(state), "state=%s", p->f.directory);
    (void)snprintf(backup, sizeof(backup), "backup=%s/backup", p->f.directory);
    mash_hex_text(mash_span(p->f.pin, 32), hex);
    (void)snprintf(governance, sizeof(governance), "governance=%s", hex);
    char partnership[] = "partnership=" PARTNERSHIP;
    char pair_rate[] = "pair-rate=3000";
    char *args[] = { partnership, state, governance, backup, pair_rate };
    /* out of the way of the fixed numbers first */
    int parent_fd = fcntl(parent_end, F_DUPFD, 50), listener = fcntl(p->listener, F_DUPFD, 50);
    int key = fcntl(key_fd, F_DUPFD, 50);
    place(parent_fd, MASH_FD_PARENT);
    place(listener, MASH_FD_CONTROL);
    place(key, MASH_FD_KEY);
    _exit(mash_ledger_main(5, args));
}

static int
key_descriptor(struct process *p)
{
    char path[5000];
    (void)snprintf(path, sizeof(path), "%s/log.key", p->f.directory);
    if (access(path, F_OK) != 0)
        ok(mash_secret_save(p->f.log, path, NULL));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void
send_peer(struct process *p, uint8_t kind, struct mash_stream **ret_stream)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    union {
        struct cmsghdr header;
        uint8_t space[CMSG_SPACE(sizeof(int))];
    } control = { .space = { 0 } };
    struct iovec part = { &kind, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space,
                              .msg_controllen = sizeof(control.space) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
    assert_int_equal(sendmsg(p->parent, &message, 0), 1);
    (void)close(ends[1]);
    ok(mash_stream_open(ends[0], 64u << 20, ret_stream));
}

static void
start(struct process *p)
{
    int ends[2], key = key_descriptor(p);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0)
        run_ledger(p, ends[1], key);
    (void)close(ends[1]);
    (void)close(key);
    p->parent = ends[0];
    struct pollfd ready = { .fd = p->parent, .events = POLLIN };
    uint8_t byte = 0;
    assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
    assert_int_equal(recv(p->parent, &byte, 1, 0), 1);
    assert_int_equal(byte, MASH_PARENT_READY);
    send_peer(p, MASH_PARENT_GATE, &p->gate);
    send_peer(p, MASH_PARENT_CONSOLE, &p->console);
}

/* The exit status once it has ended. */
static int
end(struct process *p)
{
    int status = -1;
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    p->pid = 0;
    mash_stream_close(&p->gate);
    mash_stream_close(&p->console);
    (void)close(p->parent);
    return status;
}

static int
setup(void **state)
{
    struct process *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return -1;
    fixture_prepare(&p->f);
    listen_control(p);
    start(p);
    *state = p;
    return 0;
}

static int
teardown(void **state)
{
    struct process *p = *state;
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        (void)end(p);
    }
    (void)close(p->listener);
    (void)unlink(p->control.sun_path);
    fixture_close(&p->f);
    free(p);
    return 0;
}

/* ---- what gate, console and mashctl do ---- */

/* The next frame of stream; payload copied into out. */
static struct mash_frame
next_frame(struct mash_stream *stream)
{
    struct mash_frame frame;
    for (;;) {
        enum mash_err err = mash_stream_next(stream, &frame);
        if (err == MASH_OK)
            return frame;
        assert_int_equal(err, MASH_E_AGAIN);
        struct pollfd ready = { .fd = mash_stream_fd(stream), .events = POLLIN };
        assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
        ok(mash_stream_fill(stream));
    }
}

static Mash__Answer *
next_answer(struct process *p)
{
    Mash__Answer *answer = NULL;
    struct mash_frame frame = next_frame(p->gate);
    assert_int_equal(frame.kind, MASH_FRAME_ANSWER);
    assert_int_equal(frame.connection, CONNECTION);
    ok(mash_message_decode(&mash__answer__descriptor, frame.payload, &answer));
    return answer;
}

static void
put_request(struct process *p, int link, Mash__Request *request)
{
    struct mash_bytes bytes = mash_bytes_max(2u << 20);
    struct mash_key_id id;
    mash_secret_id(p->f.link[link], &id);
    request->id = ++p->f.next_id;
    ok(mash_message_encode(request, &bytes));
    ok(mash_stream_put(p->gate, MASH_FRAME_REQUEST, CONNECTION, mash_span(id.bytes, sizeof(id.bytes)),
                       mash_bytes_span(&bytes)));
    mash_bytes_free(&bytes);
}

static void
flush(struct mash_stream *stream)
{
    while (mash_stream_pending(stream) > 0) {
        struct pollfd ready = { .fd = mash_stream_fd(stream), .events = POLLOUT };
        assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
        ok(mash_stream_flush(stream));
    }
}

static void
hello(struct process *p, int link)
{
    Mash__Hello message = MASH__HELLO__INIT;
    message.protocol = 1;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_HELLO;
    request.hello = &message;
    put_request(p, link, &request);
    flush(p->gate);
    Mash__Answer *answer = next_answer(p);
    assert_int_equal(answer->code, 200);
    mash_message_free(&answer);
}

static void
put_letter(struct process *p, struct letter *letter)
{
    Mash__SignedNotice *list[1] = { &letter->message };
    Mash__Submit submit = MASH__SUBMIT__INIT;
    submit.n_notices = 1;
    submit.notices = list;
    Mash__Request request = MASH__REQUEST__INIT;
    request.ask_case = MASH__REQUEST__ASK_SUBMIT;
    request.submit = &submit;
    put_request(p, LINK_SCHOOL, &request);
}

/* mashctl: one command, one answer. */
static Mash__ControlAnswer *
control(struct process *p, const struct mash_secret *key, Mash__Command *command)
{
    struct mash_bytes encoded = mash_bytes_max(1 << 23), frame = mash_bytes_max(1 << 23);
    uint8_t nonce[16], signature[64], length[4];
    struct mash_key_id id;
    randombytes_buf(nonce, sizeof(nonce));
    command->nonce = mash_span_field(mash_span(nonce, sizeof(nonce)));
    struct mash_clock clock = mash_clock_system();
    command->issued_ms = mash_clock_wall_ms(&clock);
    ok(mash_message_encode(command, &encoded));
    fixture_sign_command(key, mash_bytes_span(&encoded), signature);
    mash_secret_id(key, &id);
    Mash__SignedCommand message = MASH__SIGNED_COMMAND__INIT;
    message.command = mash_span_field(mash_bytes_span(&encoded));
    message.operator_key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
    message.signature = mash_span_field(mash_span(signature, sizeof(signature)));
    ok(mash_message_encode(&message, &frame));
    mash_put_u32be(length, (uint32_t)frame.len);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&p->control, sizeof(p->control)), 0);
    assert_int_equal(send(fd, length, 2, 0), 2); /* in pieces, as a slow writer would */
    assert_int_equal(send(fd, length + 2, 2, 0), 2);
    assert_int_equal(send(fd, frame.data, frame.len, 0), (ssize_t)frame.len);
    uint8_t answer[65536];
    assert_int_equal(recv(fd, length, 4, MSG_WAITALL), 4);
    struct mash_reader reader = mash_reader(mash_span(length, 4));
    size_t len = mash_read_u32be(&reader);
    assert_true(len <= sizeof(answer));
    assert_int_equal(recv(fd, answer, len, MSG_WAITALL), (ssize_t)len);
    (void)close(fd);
    Mash__ControlAnswer *decoded = NULL;
    ok(mash_message_decode(&mash__control_answer__descriptor, mash_span(answer, len), &decoded));
    mash_bytes_free(&encoded);
    mash_bytes_free(&frame);
    return decoded;
}

static void
publish(struct process *p)
{
    struct mash_bytes encoded = mash_bytes_max(1 << 23);
    fixture_bundle(&p->f, 1, &encoded);
    Mash__CommandPublish ask = MASH__COMMAND_PUBLISH__INIT;
    ok(mash_message_decode(&mash__bundle__descriptor, mash_bytes_span(&encoded), &ask.bundle));
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_PUBLISH;
    command.publish = &ask;
    Mash__ControlAnswer *answer = control(p, p->f.operators[0], &command);
    assert_int_equal(answer->code, 200);
    mash_message_free(&answer);
    mash_message_free(&ask.bundle);
    mash_bytes_free(&encoded);
}

static size_t
next_links(struct process *p)
{
    struct mash_frame frame = next_frame(p->gate);
    assert_int_equal(frame.kind, MASH_FRAME_LINKS);
    return frame.payload.len / 48;
}

/* The fixture's bundle is dated by its own clock, so notices are too: set it to the real time. */
static void
use_real_time(struct fixture *f)
{
    struct mash_clock clock = mash_clock_system();
    f->wall_ms = mash_clock_wall_ms(&clock);
    f->expires_ms = (f->wall_ms / DAY_MS + 30) * DAY_MS;
}

/* ---- tests ---- */

static void
a_ledger_process_serves_and_stops(void **state)
{
    struct process *p = *state;
    struct letter letter;
    use_real_time(&p->f);
    assert_int_equal(next_links(p), 0); /* before the first bundle nobody may connect */
    publish(p);
    assert_int_equal(next_links(p), LINKS);
    hello(p, LINK_SCHOOL);
    letter_write(&p->f, &letter, SCHOOL, 1u << SOCIAL);
    letters_sign(p->f.sign[SCHOOL][KEY_SEND], &letter, 1);
    put_letter(p, &letter);
    flush(p->gate);
    Mash__Answer *answer = next_answer(p);
    assert_int_equal(answer->outcomes->outcomes[0]->code, 202);
    mash_message_free(&answer);

    ok(mash_stream_put(p->console, MASH_FRAME_ASK_FIGURES, 3, mash_span(NULL, 0), mash_span(NULL, 0)));
    flush(p->console);
    struct mash_frame frame = next_frame(p->console);
    Mash__Figures *figures = NULL;
    assert_int_equal(frame.kind, MASH_FRAME_FIGURES);
    assert_int_equal(frame.connection, 3);
    ok(mash_message_decode(&mash__figures__descriptor, frame.payload, &figures));
    assert_int_equal(figures->notices, 1);
    mash_message_free(&figures);

    Mash__CommandStop stop = MASH__COMMAND_STOP__INIT;
    stop.reason = (char *)(uintptr_t)"maintenance";
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_STOP;
    command.stop = &stop;
    Mash__ControlAnswer *stopped = control(p, p->f.operators[1], &command);
    assert_int_equal(stopped->code, 200);
    mash_message_free(&stopped);
    int status = end(p);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), MASH_EXIT_DONE);
    letter_clear(&letter);
}

static void
what_was_receipted_is_there_after_a_kill(void **state)
{
    enum { COUNT = 200, TAKEN = 60 };
    struct process *p = *state;
    struct letter *letters = calloc(COUNT, sizeof(*letters));
    assert_non_null(letters);
    use_real_time(&p->f);
    (void)next_links(p);
    publish(p);
    (void)next_links(p);
    hello(p, LINK_SCHOOL);
    for (size_t i = 0; i < COUNT; i++) {
        letter_write(&p->f, &letters[i], SCHOOL, 1u << SOCIAL);
        letters_sign(p->f.sign[SCHOOL][KEY_SEND], &letters[i], 1);
        put_letter(p, &letters[i]);
    }
    uint64_t first = p->f.next_id - COUNT + 1;
    bool receipted[COUNT] = { false };
    flush(p->gate);
    for (size_t i = 0; i < TAKEN; i++) {
        Mash__Answer *answer = next_answer(p);
        assert_int_equal(answer->outcomes->outcomes[0]->code, 202);
        receipted[answer->id - first] = true;
        mash_message_free(&answer);
    }
    assert_int_equal(kill(p->pid, SIGKILL), 0);
    assert_true(WIFSIGNALED(end(p)));

    start(p);
    assert_int_equal(next_links(p), LINKS);
    hello(p, LINK_SCHOOL);
    for (size_t i = 0; i < COUNT; i++) {
        put_letter(p, &letters[i]);
        flush(p->gate);
        Mash__Answer *answer = next_answer(p);
        const Mash__Outcome *outcome = answer->outcomes->outcomes[0];
        assert_int_equal(outcome->code, 202);
        if (receipted[i])
            assert_string_equal(outcome->sub_code, mash_answer(MASH_ANSWER_HELD_BEFORE)->sub_code);
        mash_message_free(&answer);
        letter_clear(&letters[i]);
    }
    free(letters);
}

/* Jailed: it makes its backups where it was told, and its descriptors are those of heritage.h. */
static void
the_jail_leaves_the_store_and_its_backups(void **state)
{
    struct process *p = *state;
    char backup[5100], name[64], line[4096];
    use_real_time(&p->f);
    (void)next_links(p);
    publish(p);
    (void)snprintf(backup, sizeof(backup), "%s/backup/one", p->f.directory);
    Mash__CommandBackup ask = MASH__COMMAND_BACKUP__INIT;
    ask.directory = backup;
    Mash__Command command = MASH__COMMAND__INIT;
    command.ask_case = MASH__COMMAND__ASK_BACKUP;
    command.backup = &ask;
    Mash__ControlAnswer *answer = control(p, p->f.operators[0], &command);
    assert_int_equal(answer->code, 200);
    mash_message_free(&answer);
    assert_int_equal(access(backup, F_OK), 0);

    (void)snprintf(name, sizeof(name), "/proc/%d/status", (int)p->pid);
    FILE *status = fopen(name, "r");
    bool no_new_privs = false;
    assert_non_null(status);
    while (fgets(line, sizeof(line), status) != NULL)
        no_new_privs |= strcmp(line, "NoNewPrivs:\t1\n") == 0;
    (void)fclose(status);
    assert_true(no_new_privs);
}

static void
a_gate_that_breaks_the_framing_is_dropped_and_replaced(void **state)
{
    struct process *p = *state;
    (void)next_links(p);
    ok(mash_stream_put(p->gate, MASH_FRAME_REQUEST, CONNECTION, mash_span("short", 5), mash_span(NULL, 0)));
    flush(p->gate);
    struct pollfd ready = { .fd = mash_stream_fd(p->gate), .events = POLLIN };
    assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
    assert_int_equal(mash_stream_fill(p->gate), MASH_E_CLOSED);
    mash_stream_close(&p->gate);
    send_peer(p, MASH_PARENT_GATE, &p->gate);
    assert_int_equal(next_links(p), 0);
}

static void
the_parents_stop_and_end_stop_the_ledger(void **state)
{
    struct process *p = *state;
    uint8_t stop = MASH_PARENT_STOP;
    assert_int_equal(send(p->parent, &stop, 1, 0), 1);
    int status = end(p);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == MASH_EXIT_DONE);
    start(p);
    assert_int_equal(shutdown(p->parent, SHUT_RDWR), 0);
    status = end(p);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == MASH_EXIT_DONE);
}

int
main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_ledger_process_serves_and_stops),
        ROW(what_was_receipted_is_there_after_a_kill),
        ROW(the_jail_leaves_the_store_and_its_backups),
        ROW(a_gate_that_breaks_the_framing_is_dropped_and_replaced),
        ROW(the_parents_stop_and_end_stop_the_ledger),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
