/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_RNG_DIST_INVERT_H
#define CAPSIM_RNG_DIST_INVERT_H

#include "capsim/dist.h"

/*
 * What the fields of struct cs_dist hold:
 *
 * constant          a value
 * exponential       a mean
 * uniform           a min, b max
 * lognormal         a mu, b sigma
 * gamma, erlang     a shape, b scale, c 1 / sqrt(9 d) of Marsaglia and Tsang,
 *                   d = shape - 1/3 (shape + 2/3 below shape 1); erlang: n = k
 * weibull, pareto   a scale or min, b shape, c 1 / shape
 * hyperexponential  a P(phase 1), b and c the means of the phases
 * quantiles         n points (p, x)
 * samples           n values x
 * mixture           n parts, p the running sum of their weights, last one 1
 */

/* The value at u in (0, 1) of a kind that is sampled by inversion (or is
 * constant); asserted for the others.  Not decreasing in u.  No libm. */
double cs_dist_invert(const struct cs_dist *dist, double u);

/* The number of entries <= x of v[0..n), ascending.  O(log n). */
static inline uint32_t cs_count_up_to(const double *v, uint32_t n, double x)
{
    uint32_t low = 0, high = n;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (v[mid] <= x)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

#endif
