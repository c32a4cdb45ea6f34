/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/check.h"
#include "capsim/math.h"
#include "rng/dist_invert.h"

/*
 * Parameters are made with cs_log, cs_exp and IEEE arithmetic only: what libm
 * gives may differ between CPUs by an ulp, and so would every sample.
 */

static int is_amount(double x)
{
    return x >= 0.0 && isfinite(x);
}

static int is_positive(double x)
{
    return x > 0.0 && isfinite(x);
}

struct cs_dist cs_dist_constant(double value)
{
    CS_ASSERT(is_amount(value));
    return (struct cs_dist){.kind = CS_DIST_CONSTANT, .a = value};
}

struct cs_dist cs_dist_exponential(double mean)
{
    CS_ASSERT(is_amount(mean));
    if (mean == 0.0)
        return cs_dist_constant(0.0);
    return (struct cs_dist){.kind = CS_DIST_EXPONENTIAL, .a = mean};
}

struct cs_dist cs_dist_uniform(double min, double max)
{
    CS_ASSERT(is_amount(min) && min <= max && isfinite(max));
    if (min == max)
        return cs_dist_constant(min);
    return (struct cs_dist){.kind = CS_DIST_UNIFORM, .a = min, .b = max};
}

struct cs_dist cs_dist_lognormal(double p50, double p95)
{
    CS_ASSERT(is_positive(p50) && p50 <= p95 && isfinite(p95));
    if (p50 == p95)
        return cs_dist_constant(p50);
    return (struct cs_dist){.kind = CS_DIST_LOGNORMAL,
                            .a = cs_log(p50),
                            .b = cs_log(p95 / p50) / cs_normal_quantile(0.95)};
}

/* sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2. */
struct cs_dist cs_dist_lognormal_mean_cv(double mean, double cv)
{
    CS_ASSERT(is_amount(mean) && is_amount(cv));
    if (mean == 0.0 || cv == 0.0)
        return cs_dist_constant(mean);

    double variance = cs_log(1.0 + cv * cv);
    return (struct cs_dist){
        .kind = CS_DIST_LOGNORMAL, .a = cs_log(mean) - variance / 2, .b = sqrt(variance)};
}

static struct cs_dist gamma_of(enum cs_dist_kind kind, double shape, double scale)
{
    double d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3;

    return (struct cs_dist){.kind = kind, .a = shape, .b = scale, .c = 1.0 / sqrt(9.0 * d)};
}

struct cs_dist cs_dist_gamma(double mean, double cv)
{
    CS_ASSERT(is_amount(mean) && is_amount(cv));
    if (mean == 0.0 || cv == 0.0)
        return cs_dist_constant(mean);
    return gamma_of(CS_DIST_GAMMA, 1.0 / (cv * cv), mean * (cv * cv));
}

struct cs_dist cs_dist_erlang(double mean, uint32_t k)
{
    CS_ASSERT(is_amount(mean) && k >= 1);
    if (mean == 0.0)
        return cs_dist_constant(0.0);

    struct cs_dist dist = gamma_of(CS_DIST_ERLANG, k, mean / k);
    dist.n = k;
    return dist;
}

/*
 * The gamma function of z >= 1, relative error about 4e-15: raised to z >= 15
 * by its recurrence, then Stirling's series (Abramowitz and Stegun 6.1.40).
 */
static double gamma_function(double z)
{
    const double half_log_2pi = 0.91893853320467274178;
    double product = 1.0;

    for (; z < 15.0; z += 1.0)
        product *= z;
    double w = 1.0 / (z * z);
    double series = (1.0 / 12 + w * (-1.0 / 360 +
                                     w * (1.0 / 1260 + w * (-1.0 / 1680 + w * (1.0 / 1188))))) /
                    z;
    return cs_exp((z - 0.5) * cs_log(z) - z + half_log_2pi + series) / product;
}

struct cs_dist cs_dist_weibull(double mean, double shape)
{
    CS_ASSERT(is_amount(mean) && is_positive(shape));
    if (mean == 0.0)
        return cs_dist_constant(0.0);

    double inverse = 1.0 / shape;
    return (struct cs_dist){.kind = CS_DIST_WEIBULL,
                            .a = mean / gamma_function(1.0 + inverse),
                            .b = shape,
                            .c = inverse};
}

struct cs_dist cs_dist_pareto(double min, double shape)
{
    CS_ASSERT(is_amount(min) && is_positive(shape));
    if (min == 0.0)
        return cs_dist_constant(0.0);
    return (struct cs_dist){.kind = CS_DIST_PARETO, .a = min, .b = shape, .c = 1.0 / shape};
}

/*
 * Two phases with balanced means, p_1 m_1 = p_2 m_2 (Morse 1958):
 * p_1 = (1 + sqrt((cv^2 - 1) / (cv^2 + 1))) / 2, m_i = mean / (2 p_i).
 */
struct cs_dist cs_dist_hyperexponential(double mean, double cv)
{
    CS_ASSERT(is_amount(mean) && cv >= 1.0 && isfinite(cv));
    if (mean == 0.0 || cv == 1.0)
        return cs_dist_exponential(mean);

    double root = sqrt((cv * cv - 1.0) / (cv * cv + 1.0));
    /* 1 - root without its cancellation for great cv. */
    double rest = 2.0 / (cv * cv + 1.0) / (1.0 + root);
    return (struct cs_dist){.kind = CS_DIST_HYPEREXPONENTIAL,
                            .a = (1.0 + root) / 2,
                            .b = mean / (1.0 + root),
                            .c = mean / rest};
}

static double *copy_of(struct cs_arena *arena, const double *x, size_t n)
{
    CS_ASSERT(n >= 1 && n <= UINT32_MAX);
    double *copy = CS_ARENA_ARRAY(arena, double, n);

    memcpy(copy, x, n * sizeof *x);
    return copy;
}

struct cs_dist cs_dist_quantiles(struct cs_arena *arena, const double *p, const double *x,
                                 size_t n)
{
    CS_ASSERT(n >= 2 && p[0] == 0.0 && p[n - 1] == 1.0 && is_amount(x[0]));
    for (size_t i = 1; i < n; i++)
        CS_ASSERT(p[i - 1] <= p[i] && x[i - 1] <= x[i] && isfinite(x[i]));
    return (struct cs_dist){.kind = CS_DIST_QUANTILES,
                            .n = (uint32_t)n,
                            .x = copy_of(arena, x, n),
                            .p = copy_of(arena, p, n)};
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct cs_dist cs_dist_samples(struct cs_arena *arena, const double *x, size_t n)
{
    double *sorted = copy_of(arena, x, n);

    for (size_t i = 0; i < n; i++)
        CS_ASSERT(is_amount(sorted[i]));
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    return (struct cs_dist){.kind = CS_DIST_SAMPLES, .n = (uint32_t)n, .x = sorted};
}

struct cs_dist cs_dist_mixture(struct cs_arena *arena, const double *weight,
                               const struct cs_dist *part, size_t n)
{
    double *running = copy_of(arena, weight, n);
    struct cs_dist *parts = CS_ARENA_ARRAY(arena, struct cs_dist, n);
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        CS_ASSERT(is_positive(weight[i]));
        sum += weight[i];
        running[i] = sum;
        parts[i] = part[i];
    }
    for (size_t i = 0; i < n; i++)
        running[i] /= sum;
    return (struct cs_dist){
        .kind = CS_DIST_MIXTURE, .n = (uint32_t)n, .p = running, .part = parts};
}
