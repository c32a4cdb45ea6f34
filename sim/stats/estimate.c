/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/estimate.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/check.h"

static struct cs_estimate without_interval(double mean, size_t n)
{
    return (struct cs_estimate){.mean = mean, .lo = (double)NAN, .hi = (double)NAN, .n = n};
}

/* Student's interval about `centre`, from the squared deviations of n values
 * about it. */
static struct cs_estimate student(double centre, double squares, size_t n, double confidence)
{
    if (n < 2 || !(squares > 0.0))
        return without_interval(centre, n);

    double df = (double)(n - 1);
    double t = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, df);
    double half = t * sqrt(squares / df / (double)n);
    return (struct cs_estimate){
        .mean = centre, .lo = centre - half, .hi = centre + half, .n = n};
}

static size_t count_numbers(const double *y, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        used += isnan(y[i]) ? 0 : 1;
    return used;
}

static double squares_about(double centre, const double *y, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            sum += (y[i] - centre) * (y[i] - centre);
    return sum;
}

/* Zero for equal values: the deviations from the first are added, not the
 * values themselves, which would leave rounding as variance. */
static double mean_of(const double *y, size_t n, size_t used)
{
    double first = (double)NAN, sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i]))
            continue;
        if (isnan(first))
            first = y[i];
        sum += y[i] - first;
    }
    return first + sum / (double)used;
}

struct cs_estimate cs_estimate_mean(const double *y, size_t n, double confidence)
{
    CS_ASSERT(confidence > 0.0 && confidence < 1.0);
    size_t used = count_numbers(y, n);
    double mean = mean_of(y, n, used);

    return student(mean, squares_about(mean, y, n), used, confidence);
}

/* Third central moment over the cube of the standard deviation, both unbiased
 * in their parts; 0 where it means nothing. */
static double skewness_of(const double *y, size_t n, size_t used)
{
    double mean = mean_of(y, n, used), cubes = 0.0;
    double squares = squares_about(mean, y, n), k = (double)used;

    if (used < 3 || !(squares > 0.0))
        return 0.0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            cubes += (y[i] - mean) * (y[i] - mean) * (y[i] - mean);
    double s = sqrt(squares / (k - 1.0));
    return k * cubes / ((k - 1.0) * (k - 2.0)) / (s * s * s);
}

/* Willink's G.  Near 1 a cube root less 1 would lose its digits. */
static double adjusted(double r, double a)
{
    double x = 6.0 * a * (r - a);

    if (x == 0.0)
        return r - a;
    return (x > -0.5 ? expm1(log1p(x) / 3.0) : cbrt(1.0 + x) - 1.0) / (2.0 * a);
}

struct cs_estimate cs_estimate_section(double pooled, const double *y, size_t n,
                                       double confidence)
{
    CS_ASSERT(confidence > 0.0 && confidence < 1.0);
    size_t used = count_numbers(y, n);
    double squares = squares_about(pooled, y, n), df = (double)used - 1.0;

    if (used < 2 || !(squares > 0.0))
        return without_interval(pooled, used);
    double t = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, df);
    double a = skewness_of(y, n, used) / (6.0 * sqrt((double)used));
    double error = sqrt(squares / df / (double)used);

    return (struct cs_estimate){.mean = pooled,
                                .lo = pooled - adjusted(t, a) * error,
                                .hi = pooled - adjusted(-t, a) * error,
                                .n = used};
}

/* The p at which a binomial tail, which grows with p, is `tail`.  By bisection:
 * GSL's own inverse does not converge everywhere. */
static double lower_bound(double passed, double failed, double tail)
{
    double low = 0.0, high = 1.0;

    for (;;) {
        double mid = low + (high - low) / 2;
        if (mid <= low || mid >= high)
            return high;
        /* P(passed or more of all) at mid: DLMF 8.17.5. */
        if (gsl_cdf_beta_P(mid, passed, failed + 1.0) < tail)
            low = mid;
        else
            high = mid;
    }
}

/* Clopper and Pearson, Biometrika 26 (1934): the upper bound of the passed is
 * one less the lower bound of the failed. */
struct cs_estimate cs_estimate_share(uint64_t k, uint64_t n, double confidence)
{
    CS_ASSERT(n >= 1 && k <= n);
    CS_ASSERT(confidence > 0.0 && confidence < 1.0);
    double tail = (1.0 - confidence) / 2;
    double passed = (double)k, failed = (double)(n - k);

    return (struct cs_estimate){
        .mean = passed / (double)n,
        .lo = k == 0 ? 0.0 : lower_bound(passed, failed, tail),
        .hi = k == n ? 1.0 : 1.0 - lower_bound(failed, passed, tail),
        .n = n,
    };
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double cs_sample_quantile(double *y, size_t n, double q)
{
    CS_ASSERT(q >= 0.0 && q <= 1.0);
    if (n == 0)
        return (double)NAN;
    qsort(y, n, sizeof *y, compare_doubles);

    double position = q * (double)(n - 1);
    size_t i = (size_t)position;
    if (i + 1 >= n)
        return y[n - 1];
    return y[i] + (position - (double)i) * (y[i + 1] - y[i]);
}

static size_t drop_nan(double *y, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            y[used++] = y[i];
    return used;
}

/* The largest r with P(Bin(n, q) < r) <= tail; 0: none. */
static size_t rank_below(size_t n, double q, double tail)
{
    size_t r = 0;

    while (r < n && gsl_cdf_binomial_P((unsigned)r, q, (unsigned)n) <= tail)
        r++;
    return r;
}

struct cs_estimate cs_estimate_quantile(double *y, size_t n, double q, double confidence)
{
    CS_ASSERT(q > 0.0 && q < 1.0 && confidence > 0.0 && confidence < 1.0);
    double tail = (1.0 - confidence) / 2;

    n = drop_nan(y, n);
    struct cs_estimate e = without_interval(cs_sample_quantile(y, n, q), n);
    size_t r = rank_below(n, q, tail), s = rank_below(n, 1.0 - q, tail);

    if (r == 0 || s == 0)
        return e;
    e.lo = y[r - 1];
    e.hi = y[n - s];
    return e;
}
