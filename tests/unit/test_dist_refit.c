/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "capsim/dist.h"

enum { DRAWS = 4000, SIZE = 400 };

static struct cs_arena *arena;

static void set_up(void)
{
    arena = cs_arena_new();
}

static void tear_down(void)
{
    cs_arena_free(arena);
}

TestSuite(dist_refit, .init = set_up, .fini = tear_down);

static struct cs_dist refit(struct cs_dist dist, uint32_t n, uint64_t entity)
{
    struct cs_draw draw;

    dist.fitted_n = n;
    cs_draw_init(&draw, 11, cs_stream_id(CS_PURPOSE_BOOTSTRAP, "test"), entity, 0, 0, 0);
    return cs_dist_refit(&dist, arena, &draw);
}

struct spread {
    double mean, sd;
};

static struct spread means_of(struct cs_dist dist, uint32_t n)
{
    double sum = 0, squares = 0;

    for (int i = 0; i < DRAWS; i++) {
        struct cs_dist fitted = refit(dist, n, (uint64_t)i);
        double d = cs_dist_mean(&fitted) / cs_dist_mean(&dist) - 1;

        sum += d;
        squares += d * d;
    }
    return (struct spread){sum / DRAWS, sqrt(squares / DRAWS)};
}

/*
 * Where the mean is estimated by the sample's mean, the fitted means scatter by
 * cv / sqrt(n) about the mean.  Catches a wrong shape of the sampling
 * distribution, one not centred, and n that is not used.
 */
static void expect_spread(struct cs_dist dist, uint32_t n, double bias)
{
    double want = sqrt(cs_dist_variance(&dist) / n) / cs_dist_mean(&dist);
    struct spread got = means_of(dist, n);

    cr_expect_lt(fabs(got.mean), 4.5 * want / sqrt(DRAWS) + bias, "kind %d: %g of %g",
                 (int)dist.kind, got.mean, want);
    /* The relative error of a standard deviation is about 1 / sqrt(2 n). */
    cr_expect_lt(fabs(got.sd / want - 1), 4.5 / sqrt(2.0 * DRAWS) + 0.01, "kind %d: %g of %g",
                 (int)dist.kind, got.sd, want);
}

Test(dist_refit, means_scatter_as_a_sample_mean_does)
{
    expect_spread(cs_dist_exponential(0.2), SIZE, 0);
    expect_spread(cs_dist_exponential(0.2), 4 * SIZE, 0);
    expect_spread(cs_dist_erlang(0.2, 3), SIZE, 0);
    expect_spread(cs_dist_gamma(0.2, 0.5), SIZE, 0.001);
    expect_spread(cs_dist_hyperexponential(0.2, 2), SIZE, 0.002);
    expect_spread(cs_dist_weibull(0.2, 1.5), SIZE, 0.001);
}

/* Beyond 10,000 values deviations are scaled: still cv / sqrt(n). */
Test(dist_refit, great_samples_are_scaled)
{
    struct cs_dist gamma = cs_dist_gamma(0.2, 0.5);
    double squares = 0;

    for (int i = 0; i < 400; i++) {
        struct cs_dist fitted = refit(gamma, 1000000, (uint64_t)i);

        squares += pow(cs_dist_mean(&fitted) / 0.2 - 1, 2);
    }
    cr_expect_lt(fabs(sqrt(squares / 400) / 0.0005 - 1), 4.5 / sqrt(800.0));
}

/* Maximum likelihood: the median is exp of a normal mean of logs. */
Test(dist_refit, lognormal)
{
    struct cs_dist dist = cs_dist_lognormal(0.004, 0.015);
    double sum = 0, squares = 0, spread = 0;

    for (int i = 0; i < DRAWS; i++) {
        struct cs_dist fitted = refit(dist, SIZE, (uint64_t)i);
        double d = fitted.a - dist.a, r = fitted.b * fitted.b / (dist.b * dist.b) - 1;

        sum += d;
        squares += d * d;
        spread += r * r;
    }
    cr_expect_lt(fabs(sum / DRAWS), 4.5 * dist.b / sqrt(SIZE) / sqrt(DRAWS));
    cr_expect_float_eq(sqrt(squares / DRAWS) / (dist.b / sqrt(SIZE)), 1.0, 0.05);
    cr_expect_float_eq(sqrt(spread / DRAWS) / sqrt(2.0 / (SIZE - 1)), 1.0, 0.05);
}

/* P(X <= x) of a fitted quantile's x is a Beta order statistic: sd as a share's. */
Test(dist_refit, quantiles_scatter_as_shares_do)
{
    const double p[] = {0, 0.5, 0.9, 1}, x[] = {0, 1, 3, 10};
    struct cs_dist dist = cs_dist_quantiles(arena, p, x, 4);
    double sum = 0, squares = 0;

    for (int i = 0; i < DRAWS; i++) {
        struct cs_dist fitted = refit(dist, SIZE, (uint64_t)i);
        double d = cs_dist_cdf(&dist, fitted.x[2]) - 0.9;

        cr_assert_eq(fitted.x[3], 10);
        sum += d;
        squares += d * d;
    }
    double want = sqrt(0.9 * 0.1 / (SIZE + 2));
    cr_expect_lt(fabs(sum / DRAWS), 4.5 * want / sqrt(DRAWS));
    cr_expect_float_eq(sqrt(squares / DRAWS) / want, 1.0, 0.05);
}

Test(dist_refit, the_rest_stays_near_what_it_was)
{
    const double weight[] = {9, 1};
    struct cs_dist part[] = {cs_dist_exponential(1), cs_dist_constant(0)};
    double values[200];

    for (int i = 0; i < 200; i++)
        values[i] = i;
    cr_expect_lt(fabs(means_of(cs_dist_uniform(1, 3), SIZE).mean), 0.001);
    cr_expect_lt(fabs(means_of(cs_dist_pareto(1, 3), SIZE).mean), 0.01);
    struct spread drawn = means_of(cs_dist_samples(arena, values, 200), 200);
    cr_expect_float_eq(drawn.sd / (sqrt((200.0 * 200 - 1) / 12 / 200) / 99.5), 1.0, 0.05);

    part[0].fitted_n = 100;
    struct cs_dist mixture = cs_dist_mixture(arena, weight, part, 2);
    cr_expect(cs_dist_is_fitted(&mixture));
    struct cs_dist fitted = refit(mixture, 0, 1);
    cr_expect_neq(fitted.part[0].a, 1.0);
    cr_expect_eq(fitted.part[1].a, 0.0);
    cr_expect_eq(fitted.p[0], mixture.p[0]);
}

Test(dist_refit, without_n_nothing_changes_and_the_same_draw_gives_the_same)
{
    struct cs_dist dist = cs_dist_lognormal(1, 3);
    struct cs_dist same = refit(dist, 0, 1), a = refit(dist, 50, 1), b = refit(dist, 50, 1),
                   c = refit(dist, 50, 2);

    cr_expect_not(cs_dist_is_fitted(&dist));
    cr_expect_eq(same.a, dist.a);
    cr_expect_eq(same.b, dist.b);
    cr_expect_eq(a.a, b.a);
    cr_expect_eq(a.b, b.b);
    cr_expect_neq(a.a, c.a);
    cr_expect_eq(a.fitted_n, 50);
}
