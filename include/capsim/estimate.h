/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_ESTIMATE_H
#define CAPSIM_ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Intervals across independent replications (or windows).  Never on pooled
 * requests: they are dependent, and such an interval covers the truth 7 to 53
 * times in 100 where 95 are promised.
 */
struct cs_estimate {
    double mean;
    double lo, hi; /* NaN where there is no interval: n < 2, or no variance */
    size_t n;      /* replications or windows it rests on */
};

/*
 * Mean with Student's t interval: mean -+ t_{n-1} s / sqrt(n).
 * confidence  e.g. 0.95
 * Values that are NaN (no observation in that replication) are left out; n
 * counts the rest.  Zero variance gives no interval.
 */
struct cs_estimate cs_estimate_mean(const double *y, size_t n, double confidence);

/*
 * A pooled quantile by sectioning (Asmussen and Glynn 2007, III.5a) with
 * Willink's adjustment for skewness (Communications in Statistics 34, 2005):
 * `pooled` is from all replications' data together, the variance from the
 * replications' own quantiles y about it, s^2 = sum (y_i - pooled)^2 / (n - 1),
 * and with a = (skewness of y) / (6 sqrt(n)) and
 * G(r) = ((1 + 6 a (r - a))^(1/3) - 1) / (2 a) the interval is
 * [pooled - G(t) s / sqrt(n), pooled - G(-t) s / sqrt(n)], t = t_{n-1}.
 * The skewness is n sum d^3 / ((n - 1)(n - 2)) over s^3, with d and s about y's
 * own mean; 0 for n < 3, which leaves Student's interval.
 */
struct cs_estimate cs_estimate_section(double pooled, const double *y, size_t n,
                                       double confidence);

/*
 * A quantile across replications or windows, without any distribution assumed:
 * the sample quantile of y, and for the ends the order statistics r and s that
 * lie closest and leave at most (1 - confidence) / 2 outside on either side:
 * P(Bin(n, q) < r) and P(Bin(n, q) >= s).  An end that no order statistic gives
 * makes both NaN.  y is sorted in place, NaN left out.
 */
struct cs_estimate cs_estimate_quantile(double *y, size_t n, double q, double confidence);

/* A share k of n with its Clopper-Pearson (exact binomial) interval.  n >= 1. */
struct cs_estimate cs_estimate_share(uint64_t k, uint64_t n, double confidence);

/* Sample quantile of y (sorted in place), linear between order statistics
 * (type 7 of Hyndman and Fan 1996).  NaN for n = 0. */
double cs_sample_quantile(double *y, size_t n, double q);

#endif
