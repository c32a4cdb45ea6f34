/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/dist.h"

#include "capsim/check.h"
#include "capsim/math.h"
#include "rng/dist_invert.h"

/* Up to here an Erlang variate is the logarithm of a product of uniforms: two
 * Philox blocks at most, and the product never below 2^-424. */
enum { ERLANG_PRODUCT_MAX = 8 };

static double invert_quantiles(const struct cs_dist *dist, double u)
{
    /* p[0] = 0 <= u < 1 = p[n - 1]: 1 <= i <= n - 1 and p[i - 1] < p[i]. */
    uint32_t i = cs_count_up_to(dist->p, dist->n, u);
    double share = (u - dist->p[i - 1]) / (dist->p[i] - dist->p[i - 1]);

    return dist->x[i - 1] + share * (dist->x[i] - dist->x[i - 1]);
}

static double invert_samples(const struct cs_dist *dist, double u)
{
    double rank = u * dist->n;
    uint32_t below = (uint32_t)rank;

    /* The least value with distribution function >= u: index ceil(rank) - 1. */
    return dist->x[(double)below == rank ? below - 1 : below];
}

/* 1 - u is exact for every u that cs_uniform_of makes. */
static inline double unit_exponential(double u)
{
    return -cs_log(1.0 - u);
}

static inline double invert(const struct cs_dist *dist, double u)
{
    switch (dist->kind) {
    case CS_DIST_CONSTANT:
        return dist->a;
    case CS_DIST_EXPONENTIAL:
        return dist->a * unit_exponential(u);
    case CS_DIST_UNIFORM:
        return dist->a + u * (dist->b - dist->a);
    case CS_DIST_LOGNORMAL:
        return cs_exp(dist->a + dist->b * cs_normal_quantile(u));
    case CS_DIST_WEIBULL:
        return dist->a * cs_exp(dist->c * cs_log(unit_exponential(u)));
    case CS_DIST_PARETO:
        return dist->a * cs_exp(dist->c * unit_exponential(u));
    case CS_DIST_QUANTILES:
        return invert_quantiles(dist, u);
    case CS_DIST_SAMPLES:
        return invert_samples(dist, u);
    case CS_DIST_GAMMA:
    case CS_DIST_ERLANG:
    case CS_DIST_HYPEREXPONENTIAL:
    case CS_DIST_MIXTURE:
        break;
    }
    cs_assert_failed("a kind sampled by inversion", __FILE__, __LINE__);
}

double cs_dist_invert(const struct cs_dist *dist, double u)
{
    return invert(dist, u);
}

/* Marsaglia and Tsang, "A simple method for generating gamma variables", ACM
 * TOMS 26 (2000): section 4, and section 6 for shapes below 1. */
static double sample_gamma(const struct cs_dist *dist, struct cs_draw *draw)
{
    double shape = dist->a, boost = 1.0;

    if (shape < 1.0) {
        boost = cs_exp(cs_log(cs_draw_uniform(draw)) / shape);
        shape += 1.0;
    }
    double d = shape - 1.0 / 3;
    for (;;) {
        double z = cs_normal_quantile(cs_draw_uniform(draw));
        double v = 1.0 + dist->c * z;
        if (v <= 0.0)
            continue;
        v = v * v * v;
        double u = cs_draw_uniform(draw);
        double z2 = z * z;
        if (u < 1.0 - 0.0331 * z2 * z2 || cs_log(u) < 0.5 * z2 + d * (1.0 - v + cs_log(v)))
            return dist->b * boost * d * v;
    }
}

static double sample_erlang(const struct cs_dist *dist, struct cs_draw *draw)
{
    if (dist->n > ERLANG_PRODUCT_MAX)
        return sample_gamma(dist, draw);

    double product = 1.0;
    for (uint32_t i = 0; i < dist->n; i++)
        product *= 1.0 - cs_draw_uniform(draw);
    return -dist->b * cs_log(product);
}

static double sample_hyperexponential(const struct cs_dist *dist, struct cs_draw *draw)
{
    double mean = cs_draw_uniform(draw) < dist->a ? dist->b : dist->c;

    return mean * unit_exponential(cs_draw_uniform(draw));
}

double cs_dist_sample(const struct cs_dist *dist, struct cs_draw *draw)
{
    while (dist->kind == CS_DIST_MIXTURE)
        dist = &dist->part[cs_count_up_to(dist->p, dist->n, cs_draw_uniform(draw))];

    switch (dist->kind) {
    case CS_DIST_CONSTANT:
        return dist->a;
    case CS_DIST_EXPONENTIAL:
    case CS_DIST_UNIFORM:
    case CS_DIST_LOGNORMAL:
    case CS_DIST_WEIBULL:
    case CS_DIST_PARETO:
    case CS_DIST_QUANTILES:
    case CS_DIST_SAMPLES:
        return invert(dist, cs_draw_uniform(draw));
    case CS_DIST_GAMMA:
        return sample_gamma(dist, draw);
    case CS_DIST_ERLANG:
        return sample_erlang(dist, draw);
    case CS_DIST_HYPEREXPONENTIAL:
        return sample_hyperexponential(dist, draw);
    case CS_DIST_MIXTURE:
        break;
    }
    cs_assert_failed("a known kind of distribution", __FILE__, __LINE__);
}
