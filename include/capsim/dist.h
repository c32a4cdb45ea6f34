/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_DIST_H
#define CAPSIM_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capsim/arena.h"
#include "capsim/rng.h"
#include "capsim/time.h"

/*
 * A distribution of a non-negative quantity in SI units (seconds, tokens,
 * bytes), compiled at load time to what sampling needs.  Plain data: copy it
 * freely; tables belong to the arena given to the constructor.
 *
 * By inversion, monotone in one uniform (the best for common random numbers):
 * exponential, uniform, lognormal, weibull, pareto, quantiles, samples.
 * More draws: erlang, gamma (Marsaglia and Tsang 2000), hyperexponential (H2,
 * balanced means), mixture.
 */
enum cs_dist_kind {
    CS_DIST_CONSTANT,
    CS_DIST_EXPONENTIAL,
    CS_DIST_UNIFORM,
    CS_DIST_LOGNORMAL,
    CS_DIST_GAMMA,
    CS_DIST_ERLANG,
    CS_DIST_WEIBULL,
    CS_DIST_PARETO,
    CS_DIST_HYPEREXPONENTIAL,
    CS_DIST_QUANTILES, /* joined linearly in the probability */
    CS_DIST_SAMPLES,   /* the empirical distribution, each value as likely */
    CS_DIST_MIXTURE
};

struct cs_dist {
    enum cs_dist_kind kind;
    uint32_t n;                 /* erlang: k; tables: their length */
    double a, b, c;             /* per kind, see dist.c */
    const double *x;            /* quantiles: values; samples: values, ascending */
    const double *p;            /* quantiles: probabilities; mixture: cumulative weights */
    const struct cs_dist *part; /* mixture: its n parts */
    uint32_t fitted_n;          /* values that it was fitted to; 0: taken as exact */
};

struct cs_dist cs_dist_constant(double value);
struct cs_dist cs_dist_exponential(double mean);
struct cs_dist cs_dist_uniform(double min, double max);
struct cs_dist cs_dist_lognormal(double p50, double p95);
struct cs_dist cs_dist_lognormal_mean_cv(double mean, double cv);
struct cs_dist cs_dist_gamma(double mean, double cv);
struct cs_dist cs_dist_erlang(double mean, uint32_t k);
struct cs_dist cs_dist_weibull(double mean, double shape);
struct cs_dist cs_dist_pareto(double min, double shape);
/* cv > 1; at cv = 1 it is the exponential. */
struct cs_dist cs_dist_hyperexponential(double mean, double cv);
/* p ascending from 0 to 1 inclusive, x ascending; both copied. */
struct cs_dist cs_dist_quantiles(struct cs_arena *arena, const double *p, const double *x,
                                 size_t n);
/* Copied and sorted. */
struct cs_dist cs_dist_samples(struct cs_arena *arena, const double *x, size_t n);
/* Weights > 0, scaled to sum 1; parts copied. */
struct cs_dist cs_dist_mixture(struct cs_arena *arena, const double *weight,
                               const struct cs_dist *part, size_t n);

/* One value.  No libm, no allocation. */
double cs_dist_sample(const struct cs_dist *dist, struct cs_draw *draw);

/* One duration from a distribution in seconds. */
static inline cs_time cs_dist_time(const struct cs_dist *dist, struct cs_draw *draw)
{
    return cs_time_from_s(cs_dist_sample(dist, draw));
}

/* Load-time facts (libm and GSL allowed).  variance may be +infinity (pareto,
 * shape <= 2), mean too (shape <= 1).  cdf is P(X <= x). */
double cs_dist_mean(const struct cs_dist *dist);
double cs_dist_variance(const struct cs_dist *dist);
double cs_dist_cdf(const struct cs_dist *dist, double x);
/* The quantile of p in (0, 1), by bisection on cdf where there is no formula. */
double cs_dist_quantile(const struct cs_dist *dist, double p);
/* The least and the greatest value that can come (0 and +infinity included). */
double cs_dist_min(const struct cs_dist *dist);
double cs_dist_max(const struct cs_dist *dist);

/* Equal in every number, fitted_n among them. */
bool cs_dist_is_equal(const struct cs_dist *a, const struct cs_dist *b);

/* Whether it, or a part of it, carries the size of the sample it was fitted to. */
bool cs_dist_is_fitted(const struct cs_dist *dist);
/*
 * The distribution that another sample of fitted_n >= 2 values would have given:
 * one draw of a parametric bootstrap (Efron and Tibshirani 1993, 6.5).  Parameters
 * are estimated anew: exponential, erlang, lognormal and pareto by maximum
 * likelihood, uniform by the unbiased ends, gamma and hyperexponential by mean and
 * cv, weibull by mean and spread of the logarithm; the probabilities of quantiles
 * are those of order statistics; samples are drawn again with replacement; of a
 * mixture the parts, its weights stay.  What is not fitted comes back as it is.
 * Load time; O(1) to O(fitted_n).
 */
struct cs_dist cs_dist_refit(const struct cs_dist *dist, struct cs_arena *arena,
                             struct cs_draw *draw);

static inline int cs_dist_is_constant(const struct cs_dist *dist)
{
    return dist->kind == CS_DIST_CONSTANT;
}

/*
 * Ranks 0..n-1 with weight (rank + 1 + shift)^-exponent, by Walker's alias
 * method: one 64-bit word a draw, 8 bytes a rank, read-only and shared.
 */
struct cs_zipf {
    uint64_t n;
    const struct cs_zipf_cell {
        uint32_t threshold, alias; /* side by side: a draw looks at one cell of many */
    } * cell;
};

/* n >= 1, < 2^32; exponent >= 0 (0 = uniform); shift > -1. */
struct cs_zipf cs_zipf_new(struct cs_arena *arena, uint64_t n, double exponent, double shift);
uint64_t cs_zipf_sample(const struct cs_zipf *zipf, uint64_t word);

#endif
