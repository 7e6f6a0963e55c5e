/* SPDX-License-Identifier: Apache-2.0 */
/* clock_linux.c - the system's clocks; see clock.h. */
#include "daemon/path/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t
read_us(clockid_t id)
{
    struct timespec now = { 0 };
    (void)clock_gettime(id, &now); /* cannot fail for these two ids */
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t
wall_ms(void *ctx)
{
    (void)ctx;
    return read_us(CLOCK_REALTIME) / 1000u;
}

static uint64_t
mono_us(void *ctx)
{
    (void)ctx;
    return read_us(CLOCK_MONOTONIC);
}

struct mash_clock
mash_clock_system(void)
{
    return (struct mash_clock){ wall_ms, mono_us, NULL };
}
