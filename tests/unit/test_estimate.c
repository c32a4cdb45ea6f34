/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "capsim/dist.h"
#include "capsim/estimate.h"

/* t(.975) to 15 digits for 2, 9 and 19 degrees of freedom, by bisection on
 * the incomplete beta function in 25-digit arithmetic. */
Test(estimate, mean_with_students_interval)
{
    const double three[] = {1.0, 2.0, 3.0};
    struct cs_estimate e = cs_estimate_mean(three, 3, 0.95);
    double half = 4.30265272974946 / sqrt(3.0);

    cr_expect_eq(e.n, 3);
    cr_expect(e.mean == 2.0);
    cr_expect_float_eq(e.lo, 2.0 - half, 1e-12);
    cr_expect_float_eq(e.hi, 2.0 + half, 1e-12);

    double many[20];
    for (int i = 0; i < 20; i++)
        many[i] = i % 2 ? 11.0 : 9.0;
    e = cs_estimate_mean(many, 20, 0.95);
    half = 2.09302405440831 * sqrt(20.0 / 19) / sqrt(20.0);
    cr_expect_float_eq(e.hi - e.mean, half, 1e-12);
    e = cs_estimate_mean(many, 10, 0.95);
    half = 2.26215716279821 * sqrt(10.0 / 9) / sqrt(10.0);
    cr_expect_float_eq(e.hi - e.mean, half, 1e-12);
}

Test(estimate, mean_leaves_nan_out)
{
    const double y[] = {(double)NAN, 1.0, (double)NAN, 2.0, 3.0};
    struct cs_estimate e = cs_estimate_mean(y, 5, 0.95);

    cr_expect_eq(e.n, 3);
    cr_expect(e.mean == 2.0);
    cr_expect_float_eq(e.hi, 2.0 + 4.30265272974946 / sqrt(3.0), 1e-12);
}

static void expect_no_interval(struct cs_estimate e, size_t n)
{
    cr_expect_eq(e.n, n);
    cr_expect(isnan(e.lo) && isnan(e.hi));
}

/* 0.1 three times sums to more than 0.3 in doubles: still no variance. */
Test(estimate, mean_without_interval)
{
    const double one[] = {4.0}, same[] = {0.1, 0.1, 0.1}, none[] = {(double)NAN};

    expect_no_interval(cs_estimate_mean(one, 1, 0.95), 1);
    cr_expect(cs_estimate_mean(one, 1, 0.95).mean == 4.0);
    expect_no_interval(cs_estimate_mean(same, 3, 0.95), 3);
    cr_expect(cs_estimate_mean(same, 3, 0.95).mean == 0.1);
    expect_no_interval(cs_estimate_mean(none, 1, 0.95), 0);
    cr_expect(isnan(cs_estimate_mean(none, 1, 0.95).mean));
    expect_no_interval(cs_estimate_mean(NULL, 0, 0.95), 0);
}

/* Without skewness what is left is Student's interval; a NaN is no section. */
Test(estimate, section_takes_the_variance_about_the_pooled_value)
{
    const double y[] = {1.0, 2.0, 3.0, (double)NAN};
    struct cs_estimate e = cs_estimate_section(2.5, y, 4, 0.95);
    /* Squares about 2.5: 2.25 + .25 + .25. */
    double half = 4.30265272974946 * sqrt(2.75 / 2 / 3);

    cr_expect_eq(e.n, 3);
    cr_expect(e.mean == 2.5);
    cr_expect_float_eq(e.lo, 2.5 - half, 1e-12);
    cr_expect_float_eq(e.hi, 2.5 + half, 1e-12);
    expect_no_interval(cs_estimate_section(1.0, y, 1, 0.95), 1);
}

/* 1, 2, 3 and 10 about 3.5: skewness 1.76363261480389, t(.975, 3) =
 * 3.18244630528371, by 40-digit arithmetic from Willink's formula.  Turned
 * round, the values give the interval turned round. */
Test(estimate, section_is_adjusted_for_skewness)
{
    const double y[] = {1.0, 2.0, 3.0, 10.0}, turned[] = {-1.0, -2.0, -3.0, -10.0};
    struct cs_estimate e = cs_estimate_section(3.5, y, 4, 0.95);

    cr_expect_float_eq(e.lo, -0.311381500128046, 1e-12);
    cr_expect_float_eq(e.hi, 19.2546776302240, 1e-12);
    struct cs_estimate other = cs_estimate_section(-3.5, turned, 4, 0.95);
    cr_expect_float_eq(other.lo, -e.hi, 1e-12);
    cr_expect_float_eq(other.hi, -e.lo, 1e-12);
}

/* The adjustment goes over into none without a step. */
Test(estimate, section_is_smooth_where_skewness_vanishes)
{
    double last = 0.0;

    for (int i = 0; i <= 40; i++) {
        double y[] = {-1.0, 0.0, 1.0 + (i - 20) * 1e-6};
        struct cs_estimate e = cs_estimate_section(0.0, y, 3, 0.95);
        if (i > 0)
            cr_expect_float_eq(e.hi, last, 1e-5, "%d", i);
        last = e.hi;
    }
}

/* The largest ranks that keep 95 %: a known table, checked in fractions. */
Test(estimate, order_statistics_of_the_median)
{
    static const struct {
        size_t n, r;
    } golden[] = {{6, 1},  {8, 1},  {10, 2},  {12, 3},  {15, 4},
                  {20, 6}, {25, 8}, {30, 10}, {50, 18}, {100, 40}};

    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        size_t n = golden[i].n;
        double y[100];
        for (size_t k = 0; k < n; k++)
            y[k] = (double)(n - k); /* descending; the k-th smallest is k */
        struct cs_estimate e = cs_estimate_quantile(y, n, 0.5, 0.95);
        cr_expect(e.lo == (double)golden[i].r, "%zu: lo %g", n, e.lo);
        cr_expect(e.hi == (double)(n + 1 - golden[i].r), "%zu: hi %g", n, e.hi);
        cr_expect(e.mean == (double)(n + 1) / 2);
        cr_expect_eq(e.n, n);
    }
}

Test(estimate, order_statistics_of_other_quantiles)
{
    double y[60];

    for (size_t k = 0; k < 60; k++)
        y[k] = (double)(k + 1);
    struct cs_estimate e = cs_estimate_quantile(y, 60, 0.9, 0.95);
    cr_expect(e.lo == 49.0 && e.hi == 59.0, "%g to %g", e.lo, e.hi);
    e = cs_estimate_quantile(y, 60, 0.25, 0.95);
    cr_expect(e.lo == 9.0 && e.hi == 23.0, "%g to %g", e.lo, e.hi);
    /* With 40 values the largest may well be below the 95 % quantile. */
    e = cs_estimate_quantile(y, 40, 0.95, 0.95);
    expect_no_interval(e, 40);
    double few[] = {3.0, (double)NAN, 1.0, 2.0, 5.0, 4.0};
    expect_no_interval(cs_estimate_quantile(few, 6, 0.5, 0.95), 5);
    expect_no_interval(cs_estimate_quantile(few, 0, 0.5, 0.95), 0);
}

/* 4000 samples of 10 exponentials (skewed) and of 10 normals: the nominal
 * 95 % holds for the normals (|z| < 4.5), and skewness costs a few points for
 * the others, as it should.  Catches n for n - 1, z for t, one side for two. */
Test(estimate, coverage_of_the_mean)
{
    enum { SAMPLES = 4000, N = 10 };
    struct cs_dist dist = cs_dist_exponential(1.0);
    int normal_hits = 0, exponential_hits = 0;

    for (uint64_t s = 0; s < SAMPLES; s++) {
        struct cs_draw draw;
        double normal[N], exponential[N];

        cs_draw_init(&draw, 12, 1, s, 0, 0, 0);
        for (int i = 0; i < N; i++) {
            normal[i] = gsl_cdf_ugaussian_Pinv(cs_draw_uniform(&draw));
            exponential[i] = cs_dist_sample(&dist, &draw);
        }
        struct cs_estimate e = cs_estimate_mean(normal, N, 0.95);
        normal_hits += e.lo <= 0.0 && 0.0 <= e.hi;
        e = cs_estimate_mean(exponential, N, 0.95);
        exponential_hits += e.lo <= 1.0 && 1.0 <= e.hi;
    }
    double z = (normal_hits - 0.95 * SAMPLES) / sqrt(0.95 * 0.05 * SAMPLES);
    cr_expect_lt(fabs(z), 4.5, "z = %g", z);
    cr_expect_gt(exponential_hits, 0.87 * SAMPLES);
    cr_expect_lt(exponential_hits, 0.93 * SAMPLES);
}

/* Two-sided golden values from the incomplete beta function in 25 digits; for
 * n of n the bound is tail^(1/n). */
Test(estimate, share_golden)
{
    static const struct {
        uint64_t k, n;
        double confidence, lo, hi;
    } golden[] = {
        {10, 10, 0.95, 0.691502892181239, 1.0},
        {20, 20, 0.95, 0.831566529016915, 1.0},
        {0, 20, 0.95, 0.0, 1.0 - 0.831566529016915},
        /* One-sided 95 % is two-sided 90 %. */
        {10, 10, 0.90, 0.741134449106948, 1.0},
        {20, 20, 0.90, 0.860891659331735, 1.0},
        {30, 30, 0.90, 0.904966147144696, 1.0},
        {59, 59, 0.90, 0.950492390111773, 1.0},
        {7, 10, 0.95, 0.347547149940003, 0.933260488822266},
        {59, 60, 0.95, 0.910600949942513, 0.999578125547658},
        {998, 1000, 0.95, 0.992794161088543, 0.999757698883123},
    };

    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        struct cs_estimate e =
            cs_estimate_share(golden[i].k, golden[i].n, golden[i].confidence);
        cr_expect_float_eq(e.lo, golden[i].lo, 1e-12, "%zu: lo %.15g", i, e.lo);
        cr_expect_float_eq(e.hi, golden[i].hi, 1e-12, "%zu: hi %.15g", i, e.hi);
        cr_expect(e.mean == (double)golden[i].k / (double)golden[i].n);
        cr_expect_eq(e.n, golden[i].n);
    }
}

/* By definition: at the lower bound k or more passes have probability tail,
 * at the upper bound k or fewer.  The binomial itself judges every k. */
Test(estimate, share_bounds_meet_the_binomial)
{
    static const unsigned sizes[] = {1, 2, 5, 30, 100, 365, 1000};

    for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
        unsigned n = sizes[j];
        for (unsigned k = 0; k <= n; k++) {
            struct cs_estimate e = cs_estimate_share(k, n, 0.95);
            if (k > 0)
                cr_assert_float_eq(gsl_cdf_binomial_Q(k - 1, e.lo, n), 0.025, 1e-9, "%u of %u",
                                   k, n);
            if (k < n)
                cr_assert_float_eq(gsl_cdf_binomial_P(k, e.hi, n), 0.025, 1e-9, "%u of %u", k,
                                   n);
        }
    }
}

Test(estimate, sample_quantile_is_type_7)
{
    double y[] = {40.0, 10.0, 30.0, 20.0};

    cr_expect(cs_sample_quantile(y, 4, 0.5) == 25.0);
    cr_expect(y[0] == 10.0 && y[3] == 40.0);
    cr_expect(cs_sample_quantile(y, 4, 0.0) == 10.0);
    cr_expect(cs_sample_quantile(y, 4, 1.0) == 40.0);
    cr_expect_float_eq(cs_sample_quantile(y, 4, 0.1), 13.0, 1e-13);
    cr_expect_float_eq(cs_sample_quantile(y, 4, 0.95), 38.5, 1e-13);
    cr_expect(cs_sample_quantile(y, 1, 0.7) == 10.0);
    cr_expect(isnan(cs_sample_quantile(NULL, 0, 0.5)));
}
