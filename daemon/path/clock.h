/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the injected clock: wall time for records, monotonic time for time-outs.  The ledger passes
 * the system's, tests and the simulator pass their own. */
#ifndef MASH_DAEMON_PATH_CLOCK_H
#define MASH_DAEMON_PATH_CLOCK_H

#include <stdint.h>

struct mash_clock {
    uint64_t (*wall_ms)(void *ctx); /* since 1970-01-01T00:00:00Z */
    uint64_t (*mono_us)(void *ctx); /* microseconds since some moment; never falls */
    void *ctx;
};

static inline uint64_t
mash_clock_wall_ms(const struct mash_clock *clock)
{
    return clock->wall_ms(clock->ctx);
}

static inline uint64_t
mash_clock_mono_us(const struct mash_clock *clock)
{
    return clock->mono_us(clock->ctx);
}

static inline uint64_t
mash_clock_mono_ms(const struct mash_clock *clock)
{
    return clock->mono_us(clock->ctx) / 1000u;
}

/* The system's clocks. */
struct mash_clock mash_clock_system(void);

#endif
