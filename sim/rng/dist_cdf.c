/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "capsim/check.h"
#include "capsim/dist.h"
#include "rng/dist_invert.h"

static double cdf_gamma(const struct cs_dist *d, double x)
{
    /* So far out the rest is below e^-50, and GSL complains of underflow. */
    if (x / d->b > 2.0 * d->a + 100.0)
        return 1.0;
    return gsl_cdf_gamma_P(x, d->a, d->b);
}

static double cdf_quantiles(const struct cs_dist *d, double x)
{
    uint32_t i = cs_count_up_to(d->x, d->n, x);

    if (i == 0)
        return 0.0;
    if (i == d->n)
        return 1.0;
    double share = (x - d->x[i - 1]) / (d->x[i] - d->x[i - 1]);
    return d->p[i - 1] + share * (d->p[i] - d->p[i - 1]);
}

static double cdf_mixture(const struct cs_dist *d, double x)
{
    double sum = 0.0, before = 0.0;

    for (uint32_t i = 0; i < d->n; i++) {
        sum += (d->p[i] - before) * cs_dist_cdf(&d->part[i], x);
        before = d->p[i];
    }
    return sum;
}

double cs_dist_cdf(const struct cs_dist *d, double x)
{
    if (x < cs_dist_min(d))
        return 0.0;
    if (x >= cs_dist_max(d))
        return 1.0;

    switch (d->kind) {
    case CS_DIST_CONSTANT:
        return 1.0;
    case CS_DIST_EXPONENTIAL:
        return -expm1(-x / d->a);
    case CS_DIST_UNIFORM:
        return (x - d->a) / (d->b - d->a);
    case CS_DIST_LOGNORMAL:
        return x == 0.0 ? 0.0 : gsl_cdf_lognormal_P(x, d->a, d->b);
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
        return cdf_gamma(d, x);
    case CS_DIST_WEIBULL:
        return -expm1(-pow(x / d->a, d->b));
    case CS_DIST_PARETO:
        return -expm1(-d->b * log(x / d->a));
    case CS_DIST_HYPEREXPONENTIAL:
        return -d->a * expm1(-x / d->b) - (1.0 - d->a) * expm1(-x / d->c);
    case CS_DIST_QUANTILES:
        return cdf_quantiles(d, x);
    case CS_DIST_SAMPLES:
        return (double)cs_count_up_to(d->x, d->n, x) / d->n;
    case CS_DIST_MIXTURE:
        return cdf_mixture(d, x);
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}

/* The least double x with cdf(x) >= p. */
static double bisect(const struct cs_dist *d, double p)
{
    double low = cs_dist_min(d), high = cs_dist_max(d);

    if (cs_dist_cdf(d, low) >= p)
        return low;
    if (isinf(high))
        for (high = low > 0.0 ? 2.0 * low : 1.0; cs_dist_cdf(d, high) < p;)
            high *= 2.0;
    for (;;) {
        double mid = low + (high - low) / 2;
        if (mid <= low || mid >= high)
            return high;
        if (cs_dist_cdf(d, mid) >= p)
            high = mid;
        else
            low = mid;
    }
}

double cs_dist_quantile(const struct cs_dist *d, double p)
{
    CS_ASSERT(p > 0.0 && p < 1.0);
    switch (d->kind) {
    case CS_DIST_CONSTANT:
    case CS_DIST_EXPONENTIAL:
    case CS_DIST_UNIFORM:
    case CS_DIST_LOGNORMAL:
    case CS_DIST_WEIBULL:
    case CS_DIST_PARETO:
    case CS_DIST_QUANTILES:
    case CS_DIST_SAMPLES:
        return cs_dist_invert(d, p);
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
    case CS_DIST_HYPEREXPONENTIAL:
    case CS_DIST_MIXTURE:
        return bisect(d, p);
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}
