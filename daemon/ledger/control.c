/* SPDX-License-Identifier: Apache-2.0 */
/* control.c - see control.h. */
#include "daemon/ledger/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/proc/log.h"

enum { READ_BYTES = 64 * 1024, LENGTH_BYTES = 4 };

static void
drop(struct mash_control *control)
{
    if (control->fd >= 0)
        (void)close(control->fd);
    mash_bytes_free(&control->in);
    mash_bytes_free(&control->out);
    *control = (struct mash_control){ .fd = -1, .in = control->in, .out = control->out };
}

void
mash_controls_open(struct mash_controls *controls, struct mash_core *core, const struct mash_clock *clock)
{
    *controls = (struct mash_controls){ .core = core, .clock = *clock };
    for (size_t i = 0; i < MASH_CONTROLS_MAX; i++) {
        controls->rows[i].fd = -1;
        controls->rows[i].in = controls->rows[i].out = mash_bytes_max(MASH_CONTROL_MAX + 2u * LENGTH_BYTES);
    }
}

void
mash_controls_close(struct mash_controls *controls)
{
    for (size_t i = 0; i < MASH_CONTROLS_MAX; i++)
        drop(&controls->rows[i]);
}

static bool
may_enter(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

void
mash_controls_accept(struct mash_controls *controls, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; may_enter(fd) && i < MASH_CONTROLS_MAX; i++) {
        struct mash_control *row = &controls->rows[i];
        if (row->fd >= 0)
            continue;
        row->fd = fd;
        row->id = ++controls->last_id;
        row->seen_ms = mash_clock_mono_ms(&controls->clock);
        return;
    }
    mash_log(MASH_LOG_WARN, "control-refused", "%s", "why=\"another user, or too many connections\"");
    (void)close(fd);
}

void
mash_controls_poll(const struct mash_controls *controls, struct pollfd *ret_polls)
{
    for (size_t i = 0; i < MASH_CONTROLS_MAX; i++) {
        const struct mash_control *row = &controls->rows[i];
        short events = row->asked ? 0 : POLLIN;
        if (row->out.len > 0)
            events |= POLLOUT;
        ret_polls[i] = (struct pollfd){ .fd = row->fd, .events = events };
    }
}

/* Hand over the command when it is whole.  False: this connection ends. */
static bool
take_command(struct mash_controls *controls, struct mash_control *row)
{
    struct mash_reader reader = mash_reader(mash_bytes_span(&row->in));
    if (row->in.len < LENGTH_BYTES)
        return true;
    uint32_t len = mash_read_u32be(&reader);
    if (len > MASH_CONTROL_MAX)
        return false;
    if (row->in.len - LENGTH_BYTES < len)
        return true;
    enum mash_err err = mash_core_command(controls->core, row->id, mash_read_span(&reader, len));
    if (err == MASH_E_AGAIN)
        return true; /* looked at again after the next group */
    mash_bytes_drop_front(&row->in, LENGTH_BYTES + (size_t)len);
    row->asked = err == MASH_OK;
    return err == MASH_OK;
}

static bool
read_some(struct mash_control *row)
{
    uint8_t *at;
    size_t room = row->in.max - row->in.len;
    if (room > READ_BYTES)
        room = READ_BYTES;
    if (room == 0 || mash_bytes_extend(&row->in, room, &at) != MASH_OK)
        return false;
    ssize_t n = recv(row->fd, at, room, 0);
    row->in.len -= room - (n > 0 ? (size_t)n : 0);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool
write_some(struct mash_control *row)
{
    if (row->out.len == 0)
        return true;
    ssize_t n = send(row->fd, row->out.data, row->out.len, MSG_NOSIGNAL);
    if (n > 0)
        mash_bytes_drop_front(&row->out, (size_t)n);
    return n > 0 || errno == EAGAIN || errno == EINTR;
}

static bool
serve(struct mash_controls *controls, struct mash_control *row, short events)
{
    uint64_t now_ms = mash_clock_mono_ms(&controls->clock);
    if (events != 0)
        row->seen_ms = now_ms;
    if ((events & POLLOUT) != 0 && !write_some(row))
        return false;
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !row->asked && !read_some(row))
        return false;
    if (!row->asked && !take_command(controls, row))
        return false;
    return row->asked || now_ms < row->seen_ms + MASH_CONTROL_IDLE_MS;
}

void
mash_controls_serve(struct mash_controls *controls, const struct pollfd *polls)
{
    for (size_t i = 0; i < MASH_CONTROLS_MAX; i++) {
        struct mash_control *row = &controls->rows[i];
        if (row->fd >= 0 && polls[i].fd == row->fd && !serve(controls, row, polls[i].revents))
            drop(row);
    }
}

void
mash_controls_answer(struct mash_controls *controls, uint64_t id, struct mash_span answer)
{
    for (size_t i = 0; i < MASH_CONTROLS_MAX; i++) {
        struct mash_control *row = &controls->rows[i];
        if (row->fd < 0 || row->id != id)
            continue;
        uint8_t length[LENGTH_BYTES];
        mash_put_u32be(length, (uint32_t)answer.len);
        row->asked = false;
        if (mash_bytes_append(&row->out, length, sizeof(length)) != MASH_OK ||
            mash_bytes_append(&row->out, answer.data, answer.len) != MASH_OK || !write_some(row))
            drop(row);
        return;
    }
}

void
mash_controls_flush(struct mash_controls *controls)
{
    for (size_t i = 0; i < MASH_CONTROLS_MAX; i++)
        if (controls->rows[i].fd >= 0)
            (void)write_some(&controls->rows[i]);
}
