/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_DECIDE_H
#define CAPSIM_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * From shares and values of independent replications to decisions: how sure a
 * verdict is, how many more replications it needs, whether outcomes fall into
 * two groups.
 */

/*
 * How well k of n speak against a share that is just `asked`: twice the smaller
 * binomial tail P(X >= k), P(X <= k) at it, at most 1.  A Clopper-Pearson
 * interval of confidence 1 - a leaves `asked` out exactly when this is below a
 * (or at it, at the interval's lower end).  asked in (0, 1]; n >= 1.
 */
double cs_share_doubt(uint64_t k, uint64_t n, double asked);

/*
 * How many trials in all would decide, were the share seen so far, k of n, to
 * go on: the fewest n' >= n at which the Clopper-Pearson interval of the
 * nearest whole k' lies on one side of `asked`.  Found by doubling and halving:
 * near n' the answer is not quite monotone, so it is an estimate.  0 when no
 * number up to 1e9 decides: the share seen is what is asked.
 */
uint64_t cs_share_needed(uint64_t k, uint64_t n, double asked, double confidence);

/*
 * Holm's step-down (Scandinavian Journal of Statistics 6, 1979): each of m
 * p-values adjusted so that all that fall below a hold jointly with confidence
 * 1 - a, whatever their dependence.  In place.
 */
void cs_holm(double *p, size_t m);

/* Two groups of values: the first `n_low` of the ascending order, and the rest. */
struct cs_split {
    bool is_split;
    size_t n, n_low;
    double low, high;         /* means of the groups; of all when not split */
    double low_end, high_end; /* the values on both sides of the gap */
};

/*
 * Whether values fall into two groups.  Of all cuts of the ascending order that
 * leave at least two on each side, the one with the widest gap relative to the
 * pooled standard deviation within the groups; the groups count as two when
 * that ratio exceeds 1.5 + 30 / n, and, where all values are positive, that of
 * the logarithms does too: what is only skewed is apart on one scale alone.
 * n < 10 (NaN left out): never.  The bound was set by simulation: fewer than 1
 * in 100 samples of normal, exponential and lognormal values are split.
 * y is sorted in place.
 */
struct cs_split cs_split_find(double *y, size_t n);

#endif
