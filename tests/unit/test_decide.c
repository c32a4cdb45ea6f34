/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "capsim/decide.h"
#include "capsim/dist.h"
#include "capsim/estimate.h"

/* Binomial tails in fractions. */
Test(decide, doubt_golden)
{
    cr_expect_float_eq(cs_share_doubt(36, 36, 0.9), 0.04505679908987835, 1e-14);
    cr_expect_float_eq(cs_share_doubt(5, 20, 0.5), 0.04138946533203125, 1e-14);
    cr_expect_float_eq(cs_share_doubt(40, 50, 0.9), 0.04907587140918291, 1e-14);
    cr_expect(cs_share_doubt(18, 20, 0.9) == 1.0);
    cr_expect(cs_share_doubt(7, 7, 1.0) == 1.0);
    cr_expect(cs_share_doubt(6, 7, 1.0) == 0.0);
}

/* Below 5 % exactly where the interval of 95 % leaves out what is asked. */
Test(decide, doubt_agrees_with_the_interval)
{
    for (uint64_t n = 1; n <= 60; n++)
        for (uint64_t k = 0; k <= n; k++)
            for (int i = 1; i < 20; i++) {
                double asked = i / 20.0 + 0.003;
                struct cs_estimate e = cs_estimate_share(k, n, 0.95);
                bool is_out = e.lo >= asked || e.hi < asked;
                cr_assert_eq(cs_share_doubt(k, n, asked) < 0.05, is_out, "%d of %d, %g", (int)k,
                             (int)n, asked);
            }
}

/* Every n' was tried in exact arithmetic: from 10 of 10 the first is 36; from
 * 19 of 20 the first is 127 and from 154 on all do; 16 of 20: 43, 53. */
Test(decide, needed)
{
    cr_expect_eq(cs_share_needed(10, 10, 0.9, 0.95), 36);
    cr_expect_eq(cs_share_needed(40, 40, 0.9, 0.95), 40);
    cr_expect_eq(cs_share_needed(0, 5, 0.9, 0.95), 5);
    uint64_t high = cs_share_needed(19, 20, 0.9, 0.95);
    cr_expect(high >= 127 && high <= 154, "%d", (int)high);
    uint64_t low = cs_share_needed(16, 20, 0.9, 0.95);
    cr_expect(low >= 43 && low <= 53, "%d", (int)low);
    cr_expect_eq(cs_share_needed(18, 20, 0.9, 0.95), 0);
}

/* By hand: .01 * 4, .013 * 3 (not below the last), .03 * 2, .04 * 1 (likewise). */
Test(decide, holm_by_hand)
{
    double p[] = {0.04, 0.01, 0.03, 0.013}, one[] = {0.2}, big[] = {0.9, 0.8};

    cs_holm(p, 4);
    cr_expect_float_eq(p[1], 0.04, 1e-15);
    cr_expect_float_eq(p[3], 0.04, 1e-15);
    cr_expect_float_eq(p[2], 0.06, 1e-15);
    cr_expect_float_eq(p[0], 0.06, 1e-15);
    cs_holm(one, 1);
    cr_expect(one[0] == 0.2);
    cs_holm(big, 2);
    cr_expect(big[0] == 1.0 && big[1] == 1.0);
}

enum law { NORMAL, EXPONENTIAL, LOGNORMAL };

static double draw_from(enum law law, struct cs_draw *draw)
{
    double u = cs_draw_uniform(draw);

    switch (law) {
    case NORMAL:
        return 10.0 + gsl_cdf_ugaussian_Pinv(u);
    case EXPONENTIAL:
        return -log(u);
    case LOGNORMAL:
        return exp(gsl_cdf_ugaussian_Pinv(u));
    }
    return 0.0;
}

/* How many of `samples` samples of n come out as two groups.  The last n_far
 * values of each are moved by `far`. */
static int count_split(enum law law, size_t n, size_t n_far, double far, int samples)
{
    int split = 0;

    for (int s = 0; s < samples; s++) {
        struct cs_draw draw;
        double y[100];

        cs_draw_init(&draw, 21, 7, (uint64_t)s, (uint32_t)law, (uint32_t)n, 0);
        for (size_t i = 0; i < n; i++)
            y[i] = draw_from(law, &draw) + (i + n_far >= n ? far : 0.0);
        split += cs_split_find(y, n).is_split;
    }
    return split;
}

/* One kind of outcome is seldom taken for two: below 1 in 100 for each law and
 * number (5000 samples; 67 is 1 % less 2.4 standard errors).  Catches a rule
 * that mistakes a tail, or a small sample's gaps, for a second group. */
Test(decide, false_alarms_are_below_one_in_a_hundred)
{
    static const size_t sizes[] = {10, 12, 20, 40, 100};

    for (int law = NORMAL; law <= LOGNORMAL; law++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            int split = count_split((enum law)law, sizes[i], 0, 0.0, 5000);
            cr_expect_lt(split, 33, "law %d, n %zu: %d of 5000", law, sizes[i], split);
        }
}

/* Two outcomes are found: 4 of 20 that are 10 standard deviations away; of so
 * skewed a law as the exponential, 8 of 40 that are 200 times as large. */
Test(decide, a_collapse_is_found)
{
    int normal = count_split(NORMAL, 20, 4, 10.0, 500);
    int exponential = count_split(EXPONENTIAL, 40, 8, 200.0, 500);

    cr_expect_gt(normal, 470, "%d", normal);
    cr_expect_gt(exponential, 450, "%d", exponential);
}

Test(decide, groups_are_told_apart)
{
    double y[] = {31.0, 0.21, 0.19, 0.2, 0.22, 0.2, 30.0, 0.18, (double)NAN, 0.2, 0.21, 32.0};
    struct cs_split split = cs_split_find(y, 12);

    cr_expect(split.is_split);
    cr_expect_eq(split.n, 11);
    cr_expect_eq(split.n_low, 8);
    cr_expect_float_eq(split.low, 1.61 / 8, 1e-12);
    cr_expect_float_eq(split.high, 31.0, 1e-12);
    cr_expect(split.low_end == 0.22 && split.high_end == 30.0);
}

Test(decide, what_is_no_group)
{
    double same[12], lone[12], few[] = {1, 1, 1, 1, 1, 9, 9, 9, 9};

    for (int i = 0; i < 12; i++) {
        same[i] = 5.0;
        lone[i] = i < 11 ? 5.0 + 0.01 * i : 90.0;
    }
    cr_expect(!cs_split_find(same, 12).is_split);
    cr_expect(!cs_split_find(lone, 12).is_split, "one value is an outlier, no group");
    cr_expect(!cs_split_find(few, 9).is_split, "fewer than ten");
    /* Zeros have no logarithm: judged on the scale they have. */
    double errors[] = {0, 0, 0, 0, 0, 0, 0, 0, 0.4, 0.5};
    cr_expect(cs_split_find(errors, 10).is_split);
    cr_expect_eq(cs_split_find(NULL, 0).n, 0);
}
