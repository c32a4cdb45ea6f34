/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "capsim/check.h"
#include "capsim/dist.h"

/*
 * Moments, from the textbook formulas (Johnson, Kotz and Balakrishnan,
 * Continuous Univariate Distributions, 2nd edition, volume 1).
 */

static double raw_moment_quantiles(const struct cs_dist *d, int power)
{
    double sum = 0.0;

    /* The first two moments of a uniform on [x, y]. */
    for (uint32_t i = 1; i < d->n; i++) {
        double x = d->x[i - 1], y = d->x[i];
        double moment = power == 1 ? (x + y) / 2 : (x * x + x * y + y * y) / 3;
        sum += (d->p[i] - d->p[i - 1]) * moment;
    }
    return sum;
}

static double mean_samples(const struct cs_dist *d)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < d->n; i++)
        sum += d->x[i];
    return sum / d->n;
}

static double variance_samples(const struct cs_dist *d)
{
    double mean = mean_samples(d), sum = 0.0;

    for (uint32_t i = 0; i < d->n; i++)
        sum += (d->x[i] - mean) * (d->x[i] - mean);
    return sum / d->n;
}

static double weight(const struct cs_dist *d, uint32_t i)
{
    return i == 0 ? d->p[0] : d->p[i] - d->p[i - 1];
}

static double mean_mixture(const struct cs_dist *d)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < d->n; i++)
        sum += weight(d, i) * cs_dist_mean(&d->part[i]);
    return sum;
}

static double variance_mixture(const struct cs_dist *d)
{
    double mean = mean_mixture(d), sum = 0.0;

    if (isinf(mean))
        return HUGE_VAL;
    for (uint32_t i = 0; i < d->n; i++) {
        double off = cs_dist_mean(&d->part[i]) - mean;
        sum += weight(d, i) * (cs_dist_variance(&d->part[i]) + off * off);
    }
    return sum;
}

double cs_dist_mean(const struct cs_dist *d)
{
    switch (d->kind) {
    case CS_DIST_CONSTANT:
    case CS_DIST_EXPONENTIAL:
        return d->a;
    case CS_DIST_UNIFORM:
        return (d->a + d->b) / 2;
    case CS_DIST_LOGNORMAL:
        return exp(d->a + d->b * d->b / 2);
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
        return d->a * d->b;
    case CS_DIST_WEIBULL:
        return d->a * tgamma(1.0 + d->c);
    case CS_DIST_PARETO:
        return d->b > 1.0 ? d->a * d->b / (d->b - 1.0) : HUGE_VAL;
    case CS_DIST_HYPEREXPONENTIAL:
        return d->a * d->b + (1.0 - d->a) * d->c;
    case CS_DIST_QUANTILES:
        return raw_moment_quantiles(d, 1);
    case CS_DIST_SAMPLES:
        return mean_samples(d);
    case CS_DIST_MIXTURE:
        return mean_mixture(d);
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}

static double variance_weibull(const struct cs_dist *d)
{
    double g = tgamma(1.0 + d->c);

    return d->a * d->a * (tgamma(1.0 + 2.0 * d->c) - g * g);
}

static double variance_pareto(const struct cs_dist *d)
{
    double mean = cs_dist_mean(d);

    return d->b > 2.0 ? mean * mean / (d->b * (d->b - 2.0)) : HUGE_VAL;
}

static double variance_hyperexponential(const struct cs_dist *d)
{
    double mean = cs_dist_mean(d);

    return 2.0 * (d->a * d->b * d->b + (1.0 - d->a) * d->c * d->c) - mean * mean;
}

static double variance_quantiles(const struct cs_dist *d)
{
    double mean = raw_moment_quantiles(d, 1);
    double variance = raw_moment_quantiles(d, 2) - mean * mean;

    return variance > 0.0 ? variance : 0.0;
}

double cs_dist_variance(const struct cs_dist *d)
{
    double mean;

    switch (d->kind) {
    case CS_DIST_CONSTANT:
        return 0.0;
    case CS_DIST_EXPONENTIAL:
        return d->a * d->a;
    case CS_DIST_UNIFORM:
        return (d->b - d->a) * (d->b - d->a) / 12;
    case CS_DIST_LOGNORMAL:
        mean = cs_dist_mean(d);
        return mean * mean * expm1(d->b * d->b);
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
        return d->a * d->b * d->b;
    case CS_DIST_WEIBULL:
        return variance_weibull(d);
    case CS_DIST_PARETO:
        return variance_pareto(d);
    case CS_DIST_HYPEREXPONENTIAL:
        return variance_hyperexponential(d);
    case CS_DIST_QUANTILES:
        return variance_quantiles(d);
    case CS_DIST_SAMPLES:
        return variance_samples(d);
    case CS_DIST_MIXTURE:
        return variance_mixture(d);
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}

double cs_dist_min(const struct cs_dist *d)
{
    double least = HUGE_VAL;

    switch (d->kind) {
    case CS_DIST_CONSTANT:
    case CS_DIST_UNIFORM:
    case CS_DIST_PARETO:
        return d->a;
    case CS_DIST_EXPONENTIAL:
    case CS_DIST_LOGNORMAL:
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
    case CS_DIST_WEIBULL:
    case CS_DIST_HYPEREXPONENTIAL:
        return 0.0;
    case CS_DIST_QUANTILES:
    case CS_DIST_SAMPLES:
        return d->x[0];
    case CS_DIST_MIXTURE:
        for (uint32_t i = 0; i < d->n; i++)
            least = fmin(least, cs_dist_min(&d->part[i]));
        return least;
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}

double cs_dist_max(const struct cs_dist *d)
{
    double greatest = 0.0;

    switch (d->kind) {
    case CS_DIST_CONSTANT:
        return d->a;
    case CS_DIST_UNIFORM:
        return d->b;
    case CS_DIST_EXPONENTIAL:
    case CS_DIST_LOGNORMAL:
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
    case CS_DIST_WEIBULL:
    case CS_DIST_PARETO:
    case CS_DIST_HYPEREXPONENTIAL:
        return HUGE_VAL;
    case CS_DIST_QUANTILES:
    case CS_DIST_SAMPLES:
        return d->x[d->n - 1];
    case CS_DIST_MIXTURE:
        for (uint32_t i = 0; i < d->n; i++)
            greatest = fmax(greatest, cs_dist_max(&d->part[i]));
        return greatest;
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}

static bool same_table(const double *a, const double *b, uint32_t n)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a == b || memcmp(a, b, n * sizeof *a) == 0;
}

bool cs_dist_is_equal(const struct cs_dist *a, const struct cs_dist *b)
{
    if (a->kind != b->kind || a->n != b->n || a->fitted_n != b->fitted_n)
        return false;
    const double x[] = {a->a, a->b, a->c}, y[] = {b->a, b->b, b->c};

    if (memcmp(x, y, sizeof x) != 0 || !same_table(a->x, b->x, a->n) ||
        !same_table(a->p, b->p, a->n))
        return false;
    for (uint32_t i = 0; a->kind == CS_DIST_MIXTURE && i < a->n; i++)
        if (!cs_dist_is_equal(&a->part[i], &b->part[i]))
            return false;
    return true;
}
