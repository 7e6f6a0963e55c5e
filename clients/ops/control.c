/* SPDX-License-Identifier: Apache-2.0 */
/* control.c - see control.h. */
#include "clients/ops/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/hash.h"

static const char domain[] = "mash/operator/v1"; /* signed with its NUL */

/* domain NUL || SHA-256(partnership) || command */
static enum mash_err
sign_command(const struct mash_secret *key, const char *partnership, struct mash_span command,
             uint8_t ret_signature[static MASH_SIGNATURE_BYTES])
{
    struct mash_bytes message = mash_bytes_max(MASH_CONTROL_MAX + 256);
    struct mash_hash hash = mash_hash_of(mash_span_str(partnership));
    enum mash_err err = mash_bytes_append(&message, domain, sizeof(domain));
    if (err == MASH_OK)
        err = mash_bytes_append(&message, hash.bytes, sizeof(hash.bytes));
    if (err == MASH_OK)
        err = mash_bytes_append(&message, command.data, command.len);
    if (err == MASH_OK)
        mash_secret_sign(key, mash_bytes_span(&message), ret_signature);
    mash_bytes_free(&message);
    return err;
}

/* The frame to send: u32be length, then the SignedCommand. */
static enum mash_err
make_frame(Mash__Command *command, const char *partnership, const struct mash_secret *key, struct mash_bytes *ret_frame)
{
    uint8_t nonce[16];
    uint8_t signature[MASH_SIGNATURE_BYTES];
    uint8_t length[4] = { 0 };
    struct timespec now;
    struct mash_key_id id;
    Mash__SignedCommand frame = MASH__SIGNED_COMMAND__INIT;
    struct mash_bytes encoded = mash_bytes_max(MASH_CONTROL_MAX);

    randombytes_buf(nonce, sizeof(nonce));
    (void)clock_gettime(CLOCK_REALTIME, &now);
    command->issued_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    command->nonce = mash_span_field(mash_span(nonce, sizeof(nonce)));
    enum mash_err err = mash_message_encode(command, &encoded);
    command->nonce = mash_span_field(mash_span(NULL, 0));
    frame.command = mash_span_field(mash_bytes_span(&encoded));
    if (err == MASH_OK && key != NULL) {
        mash_secret_id(key, &id);
        frame.operator_key_id = mash_span_field(mash_span(id.bytes, sizeof(id.bytes)));
        err = sign_command(key, partnership, mash_bytes_span(&encoded), signature);
        frame.signature = mash_span_field(mash_span(signature, sizeof(signature)));
    }
    if (err == MASH_OK)
        err = mash_bytes_append(ret_frame, length, sizeof(length));
    if (err == MASH_OK)
        err = mash_message_encode(&frame, ret_frame);
    if (err == MASH_OK)
        mash_put_u32be(ret_frame->data, (uint32_t)(ret_frame->len - 4));
    mash_bytes_free(&encoded);
    return err;
}

static enum mash_err
write_all(int fd, struct mash_span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EPIPE || errno == ECONNRESET ? MASH_E_CLOSED : MASH_E_IO;
        bytes = mash_span(bytes.data + n, bytes.len - (size_t)n);
    }
    return MASH_OK;
}

static enum mash_err
read_all(int fd, uint8_t *out, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(fd, out, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return MASH_E_CLOSED;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? MASH_E_AGAIN : MASH_E_IO;
        out += n;
        len -= (size_t)n;
    }
    return MASH_OK;
}

static enum mash_err
read_answer(int fd, Mash__ControlAnswer **ret_answer)
{
    uint8_t head[4];
    uint8_t *at;
    struct mash_bytes bytes = mash_bytes_max(MASH_CONTROL_MAX);
    enum mash_err err = read_all(fd, head, sizeof(head));
    if (err == MASH_OK) {
        struct mash_reader reader = mash_reader(mash_span(head, sizeof(head)));
        uint32_t len = mash_read_u32be(&reader);
        err = mash_bytes_extend(&bytes, len, &at);
        if (err == MASH_OK)
            err = read_all(fd, at, len);
    }
    if (err == MASH_OK)
        err = mash_message_decode(&mash__control_answer__descriptor, mash_bytes_span(&bytes), ret_answer);
    mash_bytes_free(&bytes);
    return err;
}

static enum mash_err
connect_to(const char *path, unsigned timeout_s, int *ret_fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval timeout = { .tv_sec = (time_t)timeout_s };
    if (strlen(path) >= sizeof(address.sun_path))
        return MASH_E_LIMIT;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return MASH_E_IO;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        int reason = errno;
        (void)close(fd);
        errno = reason;
        if (reason == ENOENT || reason == ECONNREFUSED)
            return MASH_E_CLOSED;
        return reason == EACCES || reason == EPERM ? MASH_E_DENIED : MASH_E_IO;
    }
    *ret_fd = fd;
    return MASH_OK;
}

static void
explain(enum mash_err err, const char *path, unsigned timeout_s, char *ret_why, size_t size)
{
    switch (err) {
    case MASH_E_CLOSED:
        (void)snprintf(ret_why, size, "no broker answers at %s: is mashd running?", path);
        break;
    case MASH_E_DENIED:
        (void)snprintf(ret_why, size, "may not open %s: run it as the user of mashd or as root", path);
        break;
    case MASH_E_AGAIN:
        (void)snprintf(ret_why, size, "no answer within %u s: whether it was done is not known, ask `mashctl status`",
                       timeout_s);
        break;
    case MASH_E_LIMIT:
        (void)snprintf(ret_why, size, "the socket path or the command is too long");
        break;
    default:
        (void)snprintf(ret_why, size, "control socket %s: %s", path, mash_strerror(err));
        break;
    }
}

enum mash_err
mash_control_ask(const char *socket_path, const char *partnership, Mash__Command *command,
                 const struct mash_secret *operator_key, unsigned timeout_s, Mash__ControlAnswer **ret_answer,
                 char *ret_why, size_t why_size)
{
    int fd = -1;
    struct mash_bytes frame = mash_bytes_max(MASH_CONTROL_MAX + 1024);
    enum mash_err err = make_frame(command, partnership, operator_key, &frame);
    if (err == MASH_OK)
        err = connect_to(socket_path, timeout_s, &fd);
    if (err == MASH_OK)
        err = write_all(fd, mash_bytes_span(&frame));
    if (err == MASH_OK)
        err = read_answer(fd, ret_answer);
    if (err != MASH_OK)
        explain(err, socket_path, timeout_s, ret_why, why_size);
    if (fd >= 0)
        (void)close(fd);
    mash_bytes_free(&frame);
    return err;
}
