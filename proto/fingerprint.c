/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.c - keys as words that two people compare by phone.
 * Six of 256 words are 48 bits; the digest is stretched, so that whoever wants to make a key with the
 * same words pays 2^18 hashes for each try.  Prototype in keys.h. */
#include <assert.h>
#include <stdio.h>

#include "proto/hash.h"
#include "proto/keys.h"

/* Plain English words, easy to say and hard to mishear: no two differ in one letter only.  The order is
 * part of the format: never change it. */
static const char *const words[256] = {
    "acorn", "actor", "album", "amber", "anchor", "angle", "apple", "apron", "arrow", "atlas", "autumn",
    "badge", "baker", "bamboo", "banjo", "barrel", "basket", "beacon", "beetle", "bicycle", "biscuit",
    "blanket", "blossom", "bottle", "branch", "brass", "breeze", "bridge", "bubble", "bucket", "buffalo",
    "bundle", "button", "cabin", "cactus", "camel", "candle", "canoe", "carpet", "castle", "cedar", "chalk",
    "cherry", "chimney", "cinema", "circle", "cloud", "clover", "coconut", "coffee", "comet", "compass",
    "copper", "coral", "corner", "cotton", "cradle", "crayon", "cricket", "crystal", "cupboard", "curtain",
    "desert", "diamond", "dinner", "dolphin", "domino", "donkey", "dragon", "drawer", "drummer", "eagle",
    "earth", "echo", "elbow", "elephant", "engine", "envelope", "evening", "fabric", "falcon", "farmer",
    "feather", "fiddle", "flannel", "flute", "forest", "fossil", "fountain", "fox", "galaxy", "garden",
    "garlic", "gate", "giraffe", "glacier", "glove", "goose", "granite", "grape", "guitar", "hammer",
    "harbour", "harvest", "hazel", "hedge", "helmet", "heron", "hill", "hockey", "honey", "horse", "hotel",
    "igloo", "island", "ivory", "jacket", "jaguar", "jelly", "jigsaw", "jungle", "kettle", "kitchen",
    "kite", "koala", "ladder", "lagoon", "lantern", "laundry", "lemon", "leopard", "lizard", "lobster",
    "lotus", "magnet", "mango", "maple", "marble", "market", "meadow", "melon", "mirror", "mitten", "moon",
    "morning", "mosaic", "moss", "muffin", "museum", "mustard", "napkin", "nectar", "nephew", "notebook",
    "nutmeg", "oasis", "ocean", "octopus", "olive", "onion", "orange", "orbit", "orchid", "ostrich",
    "otter", "owl", "oyster", "paddle", "palace", "panda", "paper", "parrot", "pasta", "peacock", "pebble",
    "pelican", "pencil", "pepper", "piano", "picnic", "pillow", "pilot", "planet", "pony", "potato",
    "pottery", "pudding", "pumpkin", "puzzle", "pyramid", "quarter", "quilt", "rabbit", "raccoon", "radio",
    "rainbow", "raisin", "ribbon", "river", "robin", "rocket", "ruby", "salad", "salmon", "sandal",
    "saucer", "scarf", "seagull", "shadow", "silver", "singer", "sister", "sky", "snow", "soup", "sparrow",
    "spoon", "squirrel", "station", "stone", "summer", "sunset", "swan", "table", "teapot", "temple",
    "tennis", "thistle", "ticket", "tiger", "toast", "tomato", "torch", "tractor", "train", "trumpet",
    "tulip", "tunnel", "turtle", "umbrella", "valley", "vanilla", "velvet", "village", "violin", "voyage",
    "waffle", "wagon", "walnut", "water", "window", "winter", "wolf", "yellow", "zebra", "zipper",
};

#define STRETCH_ROUNDS (1u << 18)

void
mash_fingerprint_words(struct mash_span key, char *ret_text, size_t size)
{
    struct mash_span parts[] = { mash_span("mash/fingerprint/v1", 20), key }; /* with its NUL */
    struct mash_hash digest = mash_hash_parts(parts, 2);
    for (unsigned i = 0; i < STRETCH_ROUNDS; i++)
        digest = mash_hash_of(mash_hash_span(&digest));

    const uint8_t *d = digest.bytes;
    int len = snprintf(ret_text, size, "%s %s %s %s %s %s", words[d[0]], words[d[1]], words[d[2]], words[d[3]],
                       words[d[4]], words[d[5]]);
    assert(len > 0 && (size_t)len < size);
}
