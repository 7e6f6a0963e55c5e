/* SPDX-License-Identifier: Apache-2.0 */
/* floor.c - see floor.h.  Ledger process.  Never allocates a block of the file after it was created, so a
 * full disk does not stop it. */
#include "daemon/store/floor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = { 'm', 'a', 's', 'h', 'f', 'l', 'r', '1' };

#define DIGEST_AT (MASH_FLOOR_SLOT_BYTES - MASH_HASH_BYTES)

struct slot {
    bool valid;
    uint64_t sequence;
    uint64_t size;
    struct mash_hash root;
};

struct mash_floor {
    int fd;
    unsigned current; /* the slot that counts; the other is written next */
    struct slot slots[2];
};

static void
slot_encode(const struct slot *slot, uint8_t out[static MASH_FLOOR_SLOT_BYTES])
{
    memset(out, 0, MASH_FLOOR_SLOT_BYTES);
    memcpy(out, magic, sizeof(magic));
    mash_put_u64be(out + 8, slot->sequence);
    mash_put_u64be(out + 16, slot->size);
    memcpy(out + 24, slot->root.bytes, MASH_HASH_BYTES);
    struct mash_hash digest = mash_hash_of(mash_span(out, DIGEST_AT));
    memcpy(out + DIGEST_AT, digest.bytes, MASH_HASH_BYTES);
}

/* Inverse of slot_encode(); an invalid slot is all zeros here. */
static struct slot
slot_decode(const uint8_t in[static MASH_FLOOR_SLOT_BYTES])
{
    struct slot slot = { .valid = false };
    struct mash_hash digest = mash_hash_of(mash_span(in, DIGEST_AT));
    if (memcmp(in, magic, sizeof(magic)) != 0 || memcmp(in + DIGEST_AT, digest.bytes, MASH_HASH_BYTES) != 0)
        return slot;

    struct mash_reader reader = mash_reader(mash_span(in + sizeof(magic), DIGEST_AT - sizeof(magic)));
    slot.sequence = mash_read_u64be(&reader);
    slot.size = mash_read_u64be(&reader);
    mash_read_copy(&reader, slot.root.bytes, MASH_HASH_BYTES);
    slot.valid = true;
    return slot;
}

static bool
slot_beats(const struct slot *a, const struct slot *b)
{
    if (a->valid != b->valid)
        return a->valid;
    return a->size != b->size ? a->size > b->size : a->sequence > b->sequence;
}

static enum mash_err
write_all(int fd, const uint8_t *data, size_t len, off_t at)
{
    while (len > 0) {
        ssize_t done = pwrite(fd, data, len, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return MASH_E_IO;
        data += done;
        len -= (size_t)done;
        at += done;
    }
    return MASH_OK;
}

/* Give a short or new file its full length in real blocks.  What it holds already stays. */
static enum mash_err
make_whole(int fd, int directory_fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return MASH_E_IO;
    if (status.st_size >= MASH_FLOOR_FILE_BYTES)
        return MASH_OK;

    static const uint8_t zeros[MASH_FLOOR_FILE_BYTES];
    size_t missing = (size_t)(MASH_FLOOR_FILE_BYTES - status.st_size);
    enum mash_err err = write_all(fd, zeros, missing, status.st_size);
    if (err != MASH_OK)
        return err;
    return fsync(fd) == 0 && fsync(directory_fd) == 0 ? MASH_OK : MASH_E_IO;
}

static enum mash_err
read_slot(int fd, unsigned number, struct slot *ret_slot)
{
    uint8_t block[MASH_FLOOR_SLOT_BYTES];
    ssize_t got;
    do
        got = pread(fd, block, sizeof(block), (off_t)number * MASH_FLOOR_SLOT_STRIDE);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(block))
        return MASH_E_IO;
    *ret_slot = slot_decode(block);
    return MASH_OK;
}

enum mash_err
mash_floor_open(int directory_fd, struct mash_floor **ret_floor)
{
    enum mash_err err = MASH_E_NOMEM;
    struct mash_floor *floor = calloc(1, sizeof(*floor));
    if (floor == NULL)
        goto out;

    err = MASH_E_IO;
    floor->fd = openat(directory_fd, MASH_FLOOR_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (floor->fd < 0)
        goto out;
    err = make_whole(floor->fd, directory_fd);
    for (unsigned i = 0; i < 2 && err == MASH_OK; i++)
        err = read_slot(floor->fd, i, &floor->slots[i]);
    if (err != MASH_OK)
        goto out;

    floor->current = slot_beats(&floor->slots[1], &floor->slots[0]) ? 1 : 0;
    *ret_floor = floor;
    floor = NULL;
out:
    mash_floor_close(&floor);
    return err;
}

void
mash_floor_close(struct mash_floor **floor_p)
{
    struct mash_floor *floor = *floor_p;
    if (floor == NULL)
        return;
    if (floor->fd >= 0)
        (void)close(floor->fd);
    free(floor);
    *floor_p = NULL;
}

bool
mash_floor_get(const struct mash_floor *floor, uint64_t *ret_size, struct mash_hash *ret_root)
{
    const struct slot *slot = &floor->slots[floor->current];
    if (!slot->valid)
        return false;
    *ret_size = slot->size;
    *ret_root = slot->root;
    return true;
}

static enum mash_err
write_slot(struct mash_floor *floor, unsigned number, uint64_t size, const struct mash_hash *root)
{
    uint64_t newest = floor->slots[0].sequence;
    if (floor->slots[1].sequence > newest)
        newest = floor->slots[1].sequence;
    struct slot slot = { .valid = true, .sequence = newest + 1, .size = size, .root = *root };

    uint8_t block[MASH_FLOOR_SLOT_BYTES];
    slot_encode(&slot, block);
    enum mash_err err = write_all(floor->fd, block, sizeof(block), (off_t)number * MASH_FLOOR_SLOT_STRIDE);
    if (err != MASH_OK || fdatasync(floor->fd) != 0)
        return MASH_E_IO;
    floor->slots[number] = slot;
    floor->current = number;
    return MASH_OK;
}

enum mash_err
mash_floor_set(struct mash_floor *floor, uint64_t size, const struct mash_hash *root)
{
    /* A lower size would lose against the slot it leaves: the floor never falls here. */
    assert(!floor->slots[floor->current].valid || size >= floor->slots[floor->current].size);
    return write_slot(floor, 1 - floor->current, size, root);
}

enum mash_err
mash_floor_reset(struct mash_floor *floor, uint64_t size, const struct mash_hash *root)
{
    enum mash_err err = write_slot(floor, floor->current, size, root);
    return err == MASH_OK ? write_slot(floor, 1 - floor->current, size, root) : err;
}
