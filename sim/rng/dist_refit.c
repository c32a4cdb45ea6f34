/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"
#include "capsim/dist.h"
#include "capsim/math.h"

/*
 * One draw from the sampling distribution of each kind's estimator.  Where it
 * has a closed form (sums of exponentials are gamma; the mean and the variance
 * of normal logs are independent; uniform order statistics have Dirichlet
 * spacings: Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions,
 * 1994) it costs a few draws.  Elsewhere the sample itself is drawn and its
 * moments are taken; past MOST values, deviations are scaled by 1 / sqrt(n).
 * No libm but sqrt: as for the constructors.
 */
enum { MOST = 10000 };

/* Gamma of mean 1 and this shape. */
static double unit_gamma(double shape, struct cs_draw *draw)
{
    struct cs_dist gamma = cs_dist_gamma(1.0, 1.0 / sqrt(shape));

    return cs_dist_sample(&gamma, draw);
}

static struct cs_dist refit_lognormal(const struct cs_dist *dist, struct cs_draw *draw)
{
    struct cs_dist fitted = *dist;
    double n = dist->fitted_n;

    fitted.a += dist->b / sqrt(n) * cs_normal_quantile(cs_draw_uniform(draw));
    fitted.b *= sqrt(unit_gamma((n - 1.0) / 2, draw));
    return fitted;
}

/* The unbiased ends from the least and the greatest of n. */
static struct cs_dist refit_uniform(const struct cs_dist *dist, struct cs_draw *draw)
{
    double n = dist->fitted_n;
    double below = unit_gamma(1.0, draw), above = unit_gamma(1.0, draw);
    double between = (n - 1.0) * unit_gamma(n - 1.0, draw);
    double width = (dist->b - dist->a) / (below + between + above);
    double least = dist->a + width * below, range = width * between;
    double beyond = range / (n - 1.0);
    double min = least - beyond > 0.0 ? least - beyond : 0.0;

    return cs_dist_uniform(min, least + range + beyond);
}

static struct cs_dist refit_pareto(const struct cs_dist *dist, struct cs_draw *draw)
{
    double n = dist->fitted_n;
    double min = dist->a * cs_exp(unit_gamma(1.0, draw) / (n * dist->b));

    return cs_dist_pareto(min, dist->b / unit_gamma(n - 1.0, draw));
}

struct moments {
    double mean, cv, log_sd;
};

static struct moments draw_moments(const struct cs_dist *dist, uint32_t m, struct cs_draw *draw)
{
    double sum = 0.0, squares = 0.0, log_sum = 0.0, log_squares = 0.0;

    for (uint32_t i = 1; i <= m; i++) { /* Welford's recurrence */
        double x = cs_dist_sample(dist, draw), log_x = cs_log(x > 1e-300 ? x : 1e-300);
        double d = x - sum, log_d = log_x - log_sum;

        sum += d / i;
        log_sum += log_d / i;
        squares += d * (x - sum);
        log_squares += log_d * (log_x - log_sum);
    }
    return (struct moments){.mean = sum,
                            .cv = sqrt(squares / (m - 1)) / sum,
                            .log_sd = sqrt(log_squares / (m - 1))};
}

static double held(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Mean and cv as the constructors have them, not through libm. */
static struct moments own_moments(const struct cs_dist *dist)
{
    if (dist->kind == CS_DIST_GAMMA)
        return (struct moments){.mean = dist->a * dist->b, .cv = 1.0 / sqrt(dist->a)};
    if (dist->kind == CS_DIST_WEIBULL) /* scale over that of mean 1 */
        return (struct moments){.mean = dist->a / cs_dist_weibull(1.0, dist->b).a};
    double rest = 1.0 - dist->a, mean = dist->a * dist->b + rest * dist->c;
    double square = 2.0 * (dist->a * dist->b * dist->b + rest * dist->c * dist->c);

    return (struct moments){.mean = mean, .cv = sqrt(square / (mean * mean) - 1.0)};
}

static struct cs_dist refit_moments(const struct cs_dist *dist, struct cs_draw *draw)
{
    const double gumbel_sd = 1.28254983016186409554; /* pi / sqrt(6): of log of a Weibull */
    uint32_t m = dist->fitted_n < MOST ? dist->fitted_n : MOST;
    double scale = sqrt((double)m / dist->fitted_n);
    struct moments own = own_moments(dist), drawn = draw_moments(dist, m, draw);
    double mean = own.mean, cv = own.cv;

    mean *= cs_exp(scale * cs_log(drawn.mean / mean));
    if (dist->kind == CS_DIST_WEIBULL)
        return cs_dist_weibull(
            mean, held(dist->b * cs_exp(scale * cs_log(gumbel_sd / dist->b / drawn.log_sd)),
                       0.1, 100.0));
    cv *= cs_exp(scale * cs_log(drawn.cv / cv));
    if (dist->kind == CS_DIST_GAMMA)
        return cs_dist_gamma(mean, held(cv, 1e-3, 100.0));
    return cs_dist_hyperexponential(mean, held(cv, 1.0, 100.0));
}

static double quantile_at(const struct cs_dist *dist, double p)
{
    uint32_t i = 1;

    while (i + 1 < dist->n && dist->p[i] < p)
        i++;
    double step = dist->p[i] - dist->p[i - 1];

    return dist->x[i - 1] +
           (step > 0.0 ? (p - dist->p[i - 1]) / step : 1.0) * (dist->x[i] - dist->x[i - 1]);
}

/* The ends stay: a sample tells little about them. */
static struct cs_dist refit_quantiles(const struct cs_dist *dist, struct cs_arena *arena,
                                      struct cs_draw *draw)
{
    double *x = CS_NEW_ARRAY(double, dist->n), *u = CS_NEW_ARRAY(double, dist->n);

    for (uint32_t i = 1; i < dist->n; i++) {
        double shape = (dist->fitted_n + 1.0) * (dist->p[i] - dist->p[i - 1]);

        u[i] = u[i - 1] + (shape > 0.0 ? shape * unit_gamma(shape, draw) : 0.0);
    }
    for (uint32_t i = 0; i < dist->n; i++)
        x[i] =
            i == 0 || i + 1 == dist->n ? dist->x[i] : quantile_at(dist, u[i] / u[dist->n - 1]);
    struct cs_dist fitted = cs_dist_quantiles(arena, dist->p, x, dist->n);

    free(x);
    free(u);
    return fitted;
}

static struct cs_dist refit_samples(const struct cs_dist *dist, struct cs_arena *arena,
                                    struct cs_draw *draw)
{
    double *x = CS_NEW_ARRAY(double, dist->fitted_n);

    for (uint32_t i = 0; i < dist->fitted_n; i++)
        x[i] = cs_dist_sample(dist, draw);
    struct cs_dist fitted = cs_dist_samples(arena, x, dist->fitted_n);

    free(x);
    return fitted;
}

static struct cs_dist refit_mixture(const struct cs_dist *dist, struct cs_arena *arena,
                                    struct cs_draw *draw)
{
    struct cs_dist *part = CS_ARENA_ARRAY(arena, struct cs_dist, dist->n);
    struct cs_dist fitted = *dist;

    for (uint32_t i = 0; i < dist->n; i++)
        part[i] = cs_dist_refit(&dist->part[i], arena, draw);
    fitted.part = part;
    return fitted;
}

static struct cs_dist refit(const struct cs_dist *dist, struct cs_arena *arena,
                            struct cs_draw *draw)
{
    double n = dist->fitted_n;

    switch (dist->kind) {
    case CS_DIST_CONSTANT:
    case CS_DIST_MIXTURE:
        break;
    case CS_DIST_EXPONENTIAL:
        return cs_dist_exponential(dist->a * unit_gamma(n, draw));
    case CS_DIST_ERLANG:
        return cs_dist_erlang(dist->a * dist->b * unit_gamma(n * dist->n, draw), dist->n);
    case CS_DIST_UNIFORM:
        return refit_uniform(dist, draw);
    case CS_DIST_LOGNORMAL:
        return refit_lognormal(dist, draw);
    case CS_DIST_PARETO:
        return refit_pareto(dist, draw);
    case CS_DIST_GAMMA:
    case CS_DIST_WEIBULL:
    case CS_DIST_HYPEREXPONENTIAL:
        return refit_moments(dist, draw);
    case CS_DIST_QUANTILES:
        return refit_quantiles(dist, arena, draw);
    case CS_DIST_SAMPLES:
        return refit_samples(dist, arena, draw);
    }
    return *dist;
}

bool cs_dist_is_fitted(const struct cs_dist *dist)
{
    if (dist->fitted_n > 0)
        return true;
    for (uint32_t i = 0; dist->kind == CS_DIST_MIXTURE && i < dist->n; i++)
        if (cs_dist_is_fitted(&dist->part[i]))
            return true;
    return false;
}

struct cs_dist cs_dist_refit(const struct cs_dist *dist, struct cs_arena *arena,
                             struct cs_draw *draw)
{
    if (dist->kind == CS_DIST_MIXTURE)
        return refit_mixture(dist, arena, draw);
    if (dist->fitted_n == 0)
        return *dist;
    CS_ASSERT(dist->fitted_n >= 2);
    struct cs_dist fitted = refit(dist, arena, draw);

    fitted.fitted_n = dist->fitted_n;
    return fitted;
}
