/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_HIST_H
#define CAPSIM_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsim/check.h"

/*
 * An integer log-linear histogram: values below 2^bits are exact, above that
 * each octave has 2^bits bins.  Index by clz and shift, so it is the same on
 * every machine; counts are integers, so merging is exact in any order.
 *
 * With bits = 7 a bin is at most 0.8 % wide, and a quantile, interpolated
 * inside its bin, errs far less; memory is 58 KB, touched only where values
 * fall.  Weights may be 1 (requests) or nanoseconds (time at a level).
 */
struct cs_hist {
    uint64_t *count;
    unsigned bits;
    uint32_t n_bins;
    uint64_t total; /* sum of weights */
    int64_t min, max;
    __int128 sum; /* sum of value * weight, exact */
};

/* bits: 1..12.  Values up to 2^top - 1 (top <= 63) are resolved; greater ones
 * count in the last bin (max and sum stay exact). */
void cs_hist_init(struct cs_hist *hist, unsigned bits, unsigned top);
void cs_hist_release(struct cs_hist *hist);
/* Empty it; costs the bins that were touched. */
void cs_hist_reset(struct cs_hist *hist);

static inline uint32_t cs_hist_bin(const struct cs_hist *hist, int64_t value)
{
    uint64_t v = (uint64_t)value;

    if (v >> hist->bits == 0)
        return (uint32_t)v;
    unsigned shift = 63u - (unsigned)__builtin_clzll(v) - hist->bits;
    uint32_t bin =
        ((shift + 1) << hist->bits) + (uint32_t)((v >> shift) - (1ull << hist->bits));
    return bin < hist->n_bins ? bin : hist->n_bins - 1;
}

/* Add `weight` at value >= 0.  A few nanoseconds. */
static inline void cs_hist_add_n(struct cs_hist *hist, int64_t value, uint64_t weight)
{
    CS_ASSERT_DEBUG(value >= 0);
    hist->count[cs_hist_bin(hist, value)] += weight;
    hist->total += weight;
    hist->sum += (__int128)value * (int64_t)weight;
    hist->min = value < hist->min ? value : hist->min;
    hist->max = value > hist->max ? value : hist->max;
}

static inline void cs_hist_add(struct cs_hist *hist, int64_t value)
{
    cs_hist_add_n(hist, value, 1);
}

/* For an owner that adds to the bins alone: total, min and max from them, to a
 * bin's width; the sum stays as it is. */
void cs_hist_recount(struct cs_hist *hist);

/* Add all of src (same bits and top, asserted) to dst.  Exact. */
void cs_hist_merge(struct cs_hist *dst, const struct cs_hist *src);

/*
 * The q-quantile, 0 < q <= 1: the value below which a share q of the weight
 * lies, interpolated inside its bin, within [min, max].  NaN when empty.
 */
double cs_hist_quantile(const struct cs_hist *hist, double q);
/* NaN when empty. */
double cs_hist_mean(const struct cs_hist *hist);

#endif
