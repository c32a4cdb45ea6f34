/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_TIME_H
#define CAPSIM_TIME_H

#include <stdint.h>

/*
 * Simulated time: a signed count of nanoseconds.  Integer, so that order and
 * equality are exact; 2^59 ns (18 years) is the longest run the event calendar
 * takes.  The origin of a replication is the start of its lead-in.
 */
typedef int64_t cs_time;

#define CS_NS ((cs_time)1)
#define CS_US ((cs_time)1000)
#define CS_MS ((cs_time)1000000)
#define CS_S ((cs_time)1000000000)
#define CS_MIN (60 * CS_S)
#define CS_HOUR (3600 * CS_S)
#define CS_DAY (86400 * CS_S)

/* No such instant: a timeout that is absent or `unlimited`. */
#define CS_NEVER INT64_MAX

/* The longest time that a sample or a setting may have. */
#define CS_TIME_LIMIT ((cs_time)1 << 59)

/* Seconds as a double; CS_NEVER becomes +infinity. */
static inline double cs_time_s(cs_time t)
{
    return t == CS_NEVER ? __builtin_inf() : (double)t * 1e-9;
}

/*
 * Nanoseconds from seconds, rounded to nearest, half away from zero.
 * Negative and NaN become 0, what passes CS_TIME_LIMIT becomes it: samplers
 * call this on every draw, and a clamp there must not be undefined behaviour.
 */
static inline cs_time cs_time_from_s(double s)
{
    double ns = s * 1e9 + 0.5;

    if (!(ns > 0.0))
        return 0;
    return ns < (double)CS_TIME_LIMIT ? (cs_time)ns : CS_TIME_LIMIT;
}

#endif
