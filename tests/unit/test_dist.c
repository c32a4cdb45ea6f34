/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>

#include "capsim/dist.h"
#include "capsim/math.h"

enum { N_DRAWS = 200000, MANY_PARTS = 3 };

static const double PROBABILITIES[] = {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999};
enum { N_PROBABILITIES = sizeof PROBABILITIES / sizeof *PROBABILITIES };

/* One value for each entity, as requests draw. */
static double draw_value(const struct cs_dist *dist, uint64_t entity, double *first_uniform)
{
    struct cs_draw draw, same;

    cs_draw_init(&draw, 2024, 1, entity, 0, 0, 0);
    same = draw;
    *first_uniform = cs_draw_uniform(&same);
    return cs_dist_sample(dist, &draw);
}

static int is_by_inversion(const struct cs_dist *dist)
{
    return dist->kind != CS_DIST_GAMMA && dist->kind != CS_DIST_ERLANG &&
           dist->kind != CS_DIST_HYPEREXPONENTIAL && dist->kind != CS_DIST_MIXTURE;
}

/*
 * Fixed seed, |z| < 4.5.  The mean and variance catch a wrong parameter or a
 * biased sampler; the shares below the stated quantiles a wrong shape; and a
 * kind by inversion must give the quantile of its one uniform to the last bit.
 */
static void check_sampling(const struct cs_dist *dist, int has_fourth_moment)
{
    double mean = cs_dist_mean(dist), variance = cs_dist_variance(dist);
    double sum = 0.0, squares = 0.0, fourths = 0.0;
    double quantile[N_PROBABILITIES];
    unsigned below[N_PROBABILITIES] = {0};

    for (int j = 0; j < N_PROBABILITIES; j++)
        quantile[j] = cs_dist_quantile(dist, PROBABILITIES[j]);
    for (uint64_t i = 0; i < N_DRAWS; i++) {
        double u, x = draw_value(dist, i, &u), off = x - mean;

        cr_assert(x >= cs_dist_min(dist) && x <= cs_dist_max(dist));
        if (is_by_inversion(dist))
            cr_assert(x == cs_dist_quantile(dist, u), "u = %a", u);
        sum += off;
        squares += off * off;
        fourths += off * off * off * off;
        for (int j = 0; j < N_PROBABILITIES; j++)
            below[j] += x <= quantile[j];
    }
    double z = sum / N_DRAWS / sqrt(variance / N_DRAWS);
    cr_expect_lt(fabs(z), 4.5, "mean: z = %g", z);
    if (has_fourth_moment) {
        double spread = fourths / N_DRAWS - variance * variance;
        z = (squares / N_DRAWS - variance) / sqrt(spread / N_DRAWS);
        cr_expect_lt(fabs(z), 4.5, "variance: z = %g", z);
    }
    for (int j = 0; j < N_PROBABILITIES; j++) {
        double p = cs_dist_cdf(dist, quantile[j]);
        if (p == 1.0) {
            cr_expect_eq(below[j], N_DRAWS);
            continue;
        }
        z = (below[j] - p * N_DRAWS) / sqrt(p * (1.0 - p) * N_DRAWS);
        cr_expect_lt(fabs(z), 4.5, "p = %g: z = %g", PROBABILITIES[j], z);
    }
}

/* The inversion by our own log, exp and normal quantile against GSL's and
 * libm's distribution functions; and the moments stated against known ones. */
static void check_facts(const struct cs_dist *dist, double mean, double variance)
{
    cr_expect_float_eq(cs_dist_mean(dist), mean, 1e-12 * mean);
    cr_expect_float_eq(cs_dist_variance(dist), variance, 1e-11 * variance);
    for (int j = 0; j < N_PROBABILITIES; j++) {
        double p = PROBABILITIES[j];
        cr_expect_float_eq(cs_dist_cdf(dist, cs_dist_quantile(dist, p)), p, 1e-11, "p = %g", p);
    }
    cr_expect(cs_dist_cdf(dist, -1.0) == 0.0);
    cr_expect_float_eq(cs_dist_cdf(dist, 1e15), 1.0, 1e-12);
}

static void check(struct cs_dist dist, double mean, double variance)
{
    check_facts(&dist, mean, variance);
    check_sampling(&dist, 1);
}

Test(dist, exponential)
{
    check(cs_dist_exponential(0.3), 0.3, 0.09);
}

Test(dist, uniform)
{
    check(cs_dist_uniform(2.0, 5.0), 3.5, 0.75);
}

Test(dist, lognormal_of_quantiles)
{
    /* p95 = p50 e^(z sigma): sigma 0.5 when ln(p95 / p50) is half of z(.95). */
    double p95 = 0.2 * exp(0.5 * 1.6448536269514722);
    double mean = 0.2 * exp(0.125);
    struct cs_dist dist = cs_dist_lognormal(0.2, p95);

    check(dist, mean, mean * mean * expm1(0.25));
    cr_expect_float_eq(cs_dist_quantile(&dist, 0.5), 0.2, 1e-15);
    cr_expect_float_eq(cs_dist_quantile(&dist, 0.95), p95, 1e-15);
}

Test(dist, lognormal_of_mean_and_cv)
{
    check(cs_dist_lognormal_mean_cv(3.0, 0.8), 3.0, 9.0 * 0.64);
}

Test(dist, gamma)
{
    check(cs_dist_gamma(2.0, 0.6), 2.0, 4.0 * 0.36);
    check(cs_dist_gamma(2.0, 1.0), 2.0, 4.0);
    check(cs_dist_gamma(2.0, 2.0), 2.0, 16.0);
    check(cs_dist_gamma(2.0, 0.05), 2.0, 4.0 * 0.0025);
}

/* 1, 2 and 8 by the product of uniforms, 9 and 100 as a gamma variate. */
Test(dist, erlang)
{
    static const uint32_t k[] = {1, 2, 8, 9, 100};

    for (size_t i = 0; i < sizeof k / sizeof *k; i++)
        check(cs_dist_erlang(0.04, k[i]), 0.04, 0.0016 / k[i]);
}

Test(dist, weibull)
{
    /* Shape 2: variance / mean^2 = 4 / pi - 1.  Shape 0.5: 5. */
    check(cs_dist_weibull(3.0, 2.0), 3.0, 9.0 * (4.0 / 3.14159265358979323846 - 1.0));
    check(cs_dist_weibull(3.0, 0.5), 3.0, 9.0 * 5.0);
    check(cs_dist_weibull(3.0, 1.0), 3.0, 9.0);
}

Test(dist, pareto)
{
    struct cs_dist dist = cs_dist_pareto(2.0, 6.0);
    struct cs_dist heavy = cs_dist_pareto(1.0, 1.5), wild = cs_dist_pareto(1.0, 0.9);

    check_facts(&dist, 2.4, 2.4 * 2.4 / 24.0);
    check_sampling(&dist, 0);
    cr_expect_float_eq(cs_dist_mean(&heavy), 3.0, 1e-14);
    cr_expect(isinf(cs_dist_variance(&heavy)));
    cr_expect(isinf(cs_dist_mean(&wild)) && isinf(cs_dist_variance(&wild)));
    cr_expect(cs_dist_min(&wild) == 1.0 && isinf(cs_dist_max(&wild)));
}

Test(dist, hyperexponential)
{
    struct cs_dist dist = cs_dist_hyperexponential(0.5, 3.0);

    check(dist, 0.5, 0.25 * 9.0);
    check(cs_dist_hyperexponential(0.5, 1.2), 0.5, 0.25 * 1.44);
    /* Balanced: each phase brings half of the work. */
    cr_expect_float_eq(dist.a * dist.b, 0.25, 1e-15);
    cr_expect_float_eq((1.0 - dist.a) * dist.c, 0.25, 1e-14);
    dist = cs_dist_hyperexponential(0.5, 1.0);
    cr_expect_eq(dist.kind, CS_DIST_EXPONENTIAL);
}

Test(dist, quantiles)
{
    static const double p[] = {0.0, 0.5, 0.9, 1.0}, x[] = {1.0, 2.0, 4.0, 14.0};
    struct cs_arena *arena = cs_arena_new();
    struct cs_dist dist = cs_dist_quantiles(arena, p, x, 4);

    /* Mean .5 * 1.5 + .4 * 3 + .1 * 9; E[X^2] .5 * 7/3 + .4 * 28/3 + .1 * 268/3. */
    check(dist, 2.85, 0.5 * 7 / 3 + 0.4 * 28 / 3 + 0.1 * 268 / 3 - 2.85 * 2.85);
    cr_expect_float_eq(cs_dist_quantile(&dist, 0.7), 3.0, 1e-14);
    cr_expect(cs_dist_min(&dist) == 1.0 && cs_dist_max(&dist) == 14.0);
    cs_arena_free(arena);
}

/* A step in x is an atom, a step in p a gap. */
Test(dist, quantiles_with_steps)
{
    static const double p[] = {0.0, 0.3, 0.6, 0.6, 1.0}, x[] = {1.0, 2.0, 2.0, 5.0, 6.0};
    struct cs_arena *arena = cs_arena_new();
    struct cs_dist dist = cs_dist_quantiles(arena, p, x, 5);

    check_sampling(&dist, 1);
    cr_expect_float_eq(cs_dist_cdf(&dist, 2.0), 0.6, 1e-15);
    cr_expect_float_eq(cs_dist_cdf(&dist, 3.0), 0.6, 1e-15);
    cr_expect_float_eq(cs_dist_quantile(&dist, 0.5), 2.0, 1e-15);
    cr_expect_float_eq(cs_dist_quantile(&dist, 0.8), 5.5, 1e-14);
    cs_arena_free(arena);
}

Test(dist, samples)
{
    static const double x[] = {5.0, 1.0, 2.0, 2.0, 10.0};
    struct cs_arena *arena = cs_arena_new();
    struct cs_dist dist = cs_dist_samples(arena, x, 5);

    check_sampling(&dist, 1);
    cr_expect_float_eq(cs_dist_mean(&dist), 4.0, 1e-15);
    cr_expect_float_eq(cs_dist_variance(&dist), 134.0 / 5 - 16.0, 1e-13);
    cr_expect(cs_dist_cdf(&dist, 1.999) == 0.2);
    cr_expect(cs_dist_cdf(&dist, 2.0) == 0.6);
    cr_expect(cs_dist_quantile(&dist, 0.2) == 1.0);
    cr_expect(cs_dist_quantile(&dist, 0.21) == 2.0);
    cr_expect(cs_dist_quantile(&dist, 0.999) == 10.0);
    cr_expect(cs_dist_min(&dist) == 1.0 && cs_dist_max(&dist) == 10.0);
    cs_arena_free(arena);
}

Test(dist, mixture)
{
    struct cs_arena *arena = cs_arena_new();
    const double weight[MANY_PARTS] = {6.0, 3.0, 1.0};
    const struct cs_dist part[MANY_PARTS] = {cs_dist_exponential(1.0), cs_dist_gamma(4.0, 0.5),
                                             cs_dist_uniform(10.0, 12.0)};
    struct cs_dist dist = cs_dist_mixture(arena, weight, part, MANY_PARTS);
    /* E[X^2] of the parts: 2, 16 * 1.25, 121 + 1/3. */
    double mean = 0.6 + 0.3 * 4.0 + 1.1;
    double second = 0.6 * 2.0 + 0.3 * 20.0 + 0.1 * (121.0 + 1.0 / 3);

    check(dist, mean, second - mean * mean);
    cr_expect(cs_dist_min(&dist) == 0.0 && isinf(cs_dist_max(&dist)));
    cs_arena_free(arena);
}

Test(dist, mixture_of_mixtures_and_constants)
{
    struct cs_arena *arena = cs_arena_new();
    const double half[2] = {1.0, 1.0}, odd[2] = {1.0, 3.0};
    const struct cs_dist constants[2] = {cs_dist_constant(1.0), cs_dist_constant(2.0)};
    struct cs_dist inner = cs_dist_mixture(arena, half, constants, 2);
    const struct cs_dist parts[2] = {inner, cs_dist_constant(7.0)};
    struct cs_dist dist = cs_dist_mixture(arena, odd, parts, 2);

    check_sampling(&dist, 1);
    cr_expect_float_eq(cs_dist_mean(&dist), 0.25 * 1.5 + 0.75 * 7.0, 1e-14);
    cr_expect(cs_dist_cdf(&dist, 1.0) == 0.125);
    cr_expect(cs_dist_cdf(&dist, 2.0) == 0.25);
    cr_expect(cs_dist_quantile(&dist, 0.1) == 1.0);
    cr_expect(cs_dist_quantile(&dist, 0.2) == 2.0);
    cr_expect(cs_dist_quantile(&dist, 0.3) == 7.0);
    cr_expect(cs_dist_min(&dist) == 1.0 && cs_dist_max(&dist) == 7.0);
    cs_arena_free(arena);
}

static void check_constant(struct cs_dist dist, double value)
{
    struct cs_draw draw;

    cs_draw_init(&draw, 1, 1, 1, 0, 0, 0);
    cr_expect(cs_dist_is_constant(&dist));
    cr_expect(cs_dist_sample(&dist, &draw) == value);
    cr_expect(cs_dist_mean(&dist) == value && cs_dist_variance(&dist) == 0.0);
    cr_expect(cs_dist_quantile(&dist, 0.3) == value);
    cr_expect(cs_dist_cdf(&dist, value) == 1.0);
    cr_expect(cs_dist_cdf(&dist, nextafter(value, -1.0)) == 0.0);
    cr_expect(cs_dist_min(&dist) == value && cs_dist_max(&dist) == value);
}

Test(dist, degenerate_parameters_make_constants)
{
    check_constant(cs_dist_constant(4.5), 4.5);
    check_constant(cs_dist_exponential(0.0), 0.0);
    check_constant(cs_dist_uniform(2.0, 2.0), 2.0);
    check_constant(cs_dist_lognormal(0.7, 0.7), 0.7);
    check_constant(cs_dist_lognormal_mean_cv(0.7, 0.0), 0.7);
    check_constant(cs_dist_lognormal_mean_cv(0.0, 2.0), 0.0);
    check_constant(cs_dist_gamma(0.7, 0.0), 0.7);
    check_constant(cs_dist_erlang(0.0, 3), 0.0);
    check_constant(cs_dist_weibull(0.0, 3.0), 0.0);
    check_constant(cs_dist_pareto(0.0, 3.0), 0.0);
    check_constant(cs_dist_hyperexponential(0.0, 3.0), 0.0);
}

/* The ends of the uniform must not make infinities or NaN. */
Test(dist, extreme_uniforms_stay_finite)
{
    const struct cs_dist dist[] = {
        cs_dist_exponential(1.0),  cs_dist_lognormal_mean_cv(1.0, 50.0),
        cs_dist_weibull(1.0, 0.1), cs_dist_pareto(1.0, 0.1),
        cs_dist_uniform(0.0, 1.0), cs_dist_lognormal(1.0, 1e6),
    };

    for (size_t i = 0; i < sizeof dist / sizeof *dist; i++) {
        double low = cs_dist_quantile(&dist[i], cs_uniform_of(0));
        double high = cs_dist_quantile(&dist[i], cs_uniform_of(UINT64_MAX));
        cr_expect(low >= 0.0 && low < high && isfinite(high), "%zu: %g %g", i, low, high);
    }
}

Test(dist, durations_are_rounded_and_clamped)
{
    struct cs_dist dist = cs_dist_constant(1.5e-9), far = cs_dist_constant(1e30);
    struct cs_draw draw;

    cs_draw_init(&draw, 1, 1, 1, 0, 0, 0);
    cr_expect_eq(cs_dist_time(&dist, &draw), 2);
    cr_expect_eq(cs_dist_time(&far, &draw), CS_TIME_LIMIT);
}

Test(dist, wrong_parameters_are_ours, .signal = SIGABRT)
{
    cs_dist_hyperexponential(1.0, 0.5);
}

/* The same values on every machine: parameters and samplers use no libm. */
Test(dist, bits_are_pinned)
{
    const struct cs_dist dist[] = {
        cs_dist_exponential(0.2),
        cs_dist_lognormal(0.1, 0.4),
        cs_dist_gamma(1.0, 0.7),
        cs_dist_gamma(1.0, 1.7),
        cs_dist_erlang(0.04, 2),
        cs_dist_weibull(1.0, 0.7),
        cs_dist_pareto(0.1, 2.5),
        cs_dist_hyperexponential(1.0, 2.0),
        cs_dist_lognormal_mean_cv(1.0, 2.0),
    };
    uint64_t hash = 0;

    for (uint64_t i = 0; i < N_DRAWS; i++) {
        union {
            double d;
            uint64_t u;
        } x;
        double u;
        x.d = draw_value(&dist[i % (sizeof dist / sizeof *dist)], i, &u);
        hash = (hash ^ x.u) * UINT64_C(0x100000001b3);
    }
    cr_expect_eq(hash, UINT64_C(0x0a108cb105ab6407), "%016" PRIx64, hash);
}
