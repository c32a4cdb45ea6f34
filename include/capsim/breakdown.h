/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_BREAKDOWN_H
#define CAPSIM_BREAKDOWN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Durations in coarse log-linear bins, each with the time that its requests
 * spent in each stage: sums of integers, so that merging is exact in any order.
 * A bin is 1/32 of an octave, 3 % of its value, wide; what is above 2^46 ns (19
 * hours) counts in the last one.
 */
enum {
    CS_BREAKDOWN_BITS = 5,
    CS_BREAKDOWN_TOP = 46,
    CS_BREAKDOWN_BINS = (CS_BREAKDOWN_TOP - CS_BREAKDOWN_BITS + 1) << CS_BREAKDOWN_BITS,
    CS_BREAKDOWN_STAGES = 8
};

struct cs_breakdown_bin {
    uint64_t count;
    uint64_t stage_ns[CS_BREAKDOWN_STAGES];
};

struct cs_breakdown {
    struct cs_breakdown_bin *bin; /* function * CS_BREAKDOWN_BINS + bin */
    size_t n_functions;
};

static inline uint32_t cs_breakdown_index(uint64_t ns)
{
    if (ns >> CS_BREAKDOWN_BITS == 0)
        return (uint32_t)ns;
    if (ns >> CS_BREAKDOWN_TOP != 0)
        return CS_BREAKDOWN_BINS - 1;
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - CS_BREAKDOWN_BITS;

    return ((shift + 1) << CS_BREAKDOWN_BITS) +
           (uint32_t)((ns >> shift) - (1ull << CS_BREAKDOWN_BITS));
}

/* Add all of `from`, a row of CS_BREAKDOWN_BINS, to `to`. */
void cs_breakdown_merge(struct cs_breakdown_bin *to, const struct cs_breakdown_bin *from);

/*
 * What share of the time of the slowest `share` (0 < share <= 1) of a row's
 * requests each stage has; 1 is of all.  Of the bin that the quantile is in,
 * that part of its time counts that its requests are needed for.  Returns the
 * mean duration of these requests, in seconds, stages alone; NaN and shares of
 * NaN when there is no request, or none takes time.
 */
double cs_breakdown_shares(const struct cs_breakdown_bin *row, double share,
                           double part[CS_BREAKDOWN_STAGES]);

#endif
