/* SPDX-License-Identifier: Apache-2.0 */
/* pad.c - see pad.h. */
#include "proto/pad.h"

#include "proto/limits.h"

/* floor(log2(value)) of a value > 0. */
static unsigned
floor_log2(uint64_t value)
{
    unsigned log = 0;
    while ((value >>= 1) != 0)
        log++;
    return log;
}

uint64_t
mash_pad_padme(uint64_t len_bytes)
{
    if (len_bytes < 2)
        return len_bytes; /* no exponent to speak of */

    unsigned exponent = floor_log2(len_bytes);
    unsigned mantissa_bits = floor_log2(exponent) + 1; /* as many as it takes to write the exponent */
    if (mantissa_bits >= exponent)
        return len_bytes;

    uint64_t mask = (UINT64_C(1) << (exponent - mantissa_bits)) - 1;
    if (len_bytes > UINT64_MAX - mask)
        return UINT64_MAX;
    return (len_bytes + mask) & ~mask;
}

uint64_t
mash_pad_body_len(uint64_t len_bytes)
{
    uint64_t len = mash_pad_padme(len_bytes);
    return len < MASH_BODY_MIN ? MASH_BODY_MIN : len;
}
