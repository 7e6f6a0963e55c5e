/* SPDX-License-Identifier: Apache-2.0 */
/* tile.h - C2SP tlog-tiles: the Merkle tree cut into tiles of height 8, which is how the log is
 * stored (a row a tile) and exported (a file a tile).  Tile (level L, number N) holds the hashes of
 * subtrees of 256^L leaves, N*256 to N*256+255.  A loaded tile remembers each inner node it computed.
 * Pure: reads and writes no store. */
#ifndef MASH_PROTO_TILE_H
#define MASH_PROTO_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mash/err.h"
#include "proto/bytes.h"
#include "proto/hash.h"

#define MASH_TILE_HEIGHT 8
#define MASH_TILE_WIDTH 256      /* hashes of a full tile */
#define MASH_TILE_LEVEL_MAX 7    /* 256^8 leaves would be more than MASH_TREE_SIZE_MAX */
#define MASH_TILE_BYTES_MAX (MASH_TILE_WIDTH * MASH_HASH_BYTES)
#define MASH_TILE_PATH_SIZE 64   /* longest path with its NUL */

struct mash_tile {
    uint8_t level;
    uint64_t number;
    unsigned width; /* hashes present, 0 to 256 */
    struct mash_hash hashes[MASH_TILE_WIDTH];
    /* Memo of inner nodes, in heap order: 1 is the tile's root, 2i and 2i+1 the children of i. */
    struct mash_hash inner[MASH_TILE_WIDTH];
    bool known[MASH_TILE_WIDTH];
};

/* The tile whose rows hold or yield tree node (node_level, index): tile level node_level / 8.
 * node_level: 0 (leaf) to 63. */
void mash_tile_of_node(unsigned node_level, uint64_t index, uint8_t *ret_level, uint64_t *ret_number);

/* How many hashes tile (level, number) has in a tree of size leaves: 0 (no such tile) to 256.
 * level: 0 to MASH_TILE_LEVEL_MAX. */
unsigned mash_tile_width(uint8_t level, uint64_t number, uint64_t size);

/* An empty tile. */
void mash_tile_init(struct mash_tile *tile, uint8_t level, uint64_t number);

/* A tile from its stored bytes: 1 to 256 hashes of 32 bytes.  MASH_E_FORMAT: any other length. */
MASH_MUSTCHECK enum mash_err
mash_tile_load(struct mash_tile *tile, uint8_t level, uint64_t number, struct mash_span bytes);

/* The bytes to store or export: width hashes, borrowed from tile. */
struct mash_span mash_tile_bytes(const struct mash_tile *tile);

/* Add the next hash.  MASH_E_FULL: the tile has 256. */
MASH_MUSTCHECK enum mash_err mash_tile_append(struct mash_tile *tile, const struct mash_hash *hash);

/* Tree node (node_level, index), where 8 * level <= node_level <= 8 * level + 8: at the upper end the
 * root of a full tile, which is also a hash of the tile above.  Each inner node is hashed once.
 * MASH_E_VALUE: not a node of this tile; MASH_E_UNKNOWN: not complete yet. */
MASH_MUSTCHECK enum mash_err
mash_tile_node(struct mash_tile *tile, unsigned node_level, uint64_t index, struct mash_hash *ret_node);

/* `tile/<L>/<N>[.p/<W>]` of tlog-tiles, `.p` when width < 256, and `tile/entries/<N>[.p/<W>]`.
 * width: 1 to 256. */
void mash_tile_path(uint8_t level, uint64_t number, unsigned width,
                    char ret_path[static MASH_TILE_PATH_SIZE]);
void mash_tile_entries_path(uint64_t number, unsigned width, char ret_path[static MASH_TILE_PATH_SIZE]);

#endif
