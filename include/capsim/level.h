/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_LEVEL_H
#define CAPSIM_LEVEL_H

#include "capsim/hist.h"
#include "capsim/time.h"

/*
 * A level: an integer quantity that holds between changes (instances, waiting
 * requests, busy connections, or a share in units of 1e-4), integrated over
 * time.  The integral is exact (128-bit), so that Little's law can be checked
 * to the last nanosecond; beside it the time spent at each value and the
 * maximum of the measured window.
 *
 * The statistic takes `now` as an argument and knows no engine.
 */
struct cs_level {
    int64_t value;
    cs_time since;       /* of the last change or flush */
    __int128 area;       /* integral of value dt since init, value * ns */
    int64_t max;         /* since the last reset */
    struct cs_hist time; /* ns at each value since the last reset, if kept */
};

/* with_time: keep the distribution over time (for time_p95). */
void cs_level_init(struct cs_level *level, cs_time now, bool with_time);
void cs_level_release(struct cs_level *level);

/* Bring the integral up to `now` without a change. */
static inline void cs_level_flush(struct cs_level *level, cs_time now)
{
    cs_time dt = now - level->since;

    CS_ASSERT_DEBUG(dt >= 0);
    if (dt == 0)
        return;
    level->area += (__int128)level->value * dt;
    if (level->time.count != NULL) /* its other fields: see cs_level_quantile */
        level->time.count[cs_hist_bin(&level->time, level->value)] += (uint64_t)dt;
    level->since = now;
}

/*
 * Record that the quantity is `value` from `now` on.
 *
 * now    ns, not before the previous call (asserted in debug builds)
 * value  >= 0
 *
 * O(1), no allocation.  Two changes at one instant are legal; the first
 * contributes no area, but counts for the maximum.
 */
static inline void cs_level_set(struct cs_level *level, int64_t value, cs_time now)
{
    cs_level_flush(level, now);
    level->value = value;
    level->max = value > level->max ? value : level->max;
}

static inline void cs_level_add(struct cs_level *level, int64_t delta, cs_time now)
{
    cs_level_set(level, level->value + delta, now);
}

/* The value below which the level was for a share q of the time since the last
 * reset.  NaN when no time has passed, or none is kept. */
double cs_level_quantile(struct cs_level *level, double q);

/* Start a new window at `now`: max is the present value, the distribution over
 * time is empty; value and area go on. */
void cs_level_reset(struct cs_level *level, cs_time now);

#endif
