/* SPDX-License-Identifier: Apache-2.0 */
/* floor.h - the file `floor`: the newest (size, root) of the log that was ever made durable.
 * Beside the store and independent of it, so that a store that lost rows (a damaged WAL loses them
 * silently) is recognised at start and does not sign another history.  (design: "Store and audit log")
 *
 * On disk, 8192 bytes, numbers big-endian; two slots of 512 bytes at 0 and 4096, a page each, so that a
 * torn write of one leaves the other whole.  Slot: "mashflr1", u64 sequence, u64 size, 32-byte root, zeros,
 * and in the last 32 bytes the SHA-256 of all before.  A slot that does not check is no slot.  The layout
 * never changes; a new one gets a new magic. */
#ifndef MASH_DAEMON_STORE_FLOOR_H
#define MASH_DAEMON_STORE_FLOOR_H

#include "proto/bytes.h"
#include "proto/hash.h"

#define MASH_FLOOR_FILE "floor"
#define MASH_FLOOR_SLOT_BYTES 512
#define MASH_FLOOR_SLOT_STRIDE 4096
#define MASH_FLOOR_FILE_BYTES (2 * MASH_FLOOR_SLOT_STRIDE)

struct mash_floor;

/* Open the floor file in the directory open as directory_fd (borrowed), creating it zeroed and synced.
 * ret_floor: yours, close it.  MASH_E_IO, MASH_E_NOMEM. */
MASH_MUSTCHECK enum mash_err mash_floor_open(int directory_fd, struct mash_floor **ret_floor);

/* Release *floor_p and set it to NULL; nothing when NULL. */
void mash_floor_close(struct mash_floor **floor_p);

/* The valid slot with the highest size.  False when no slot is valid; the outputs are then unchanged. */
bool mash_floor_get(const struct mash_floor *floor, uint64_t *ret_size, struct mash_hash *ret_root);

/* Write (size, root) over the other slot and sync it: one fdatasync.  MASH_E_IO: stop at once. */
MASH_MUSTCHECK enum mash_err mash_floor_set(struct mash_floor *floor, uint64_t size,
                                            const struct mash_hash *root);

/* Forget what both slots say and begin at (size, root), which may be lower: only after a confirmed
 * restore.  Two fdatasyncs.  MASH_E_IO. */
MASH_MUSTCHECK enum mash_err mash_floor_reset(struct mash_floor *floor, uint64_t size,
                                              const struct mash_hash *root);

#endif
