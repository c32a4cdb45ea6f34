/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/dist.h"
#include "capsim/hist.h"

enum { BITS = 7, TOP = 63, N_VALUES = 100000 };

/* 1e5 service times in ns: median 80 ms, sigma 1. */
static void lognormal_values(int64_t *value)
{
    struct cs_dist dist = cs_dist_lognormal(0.08, 0.08 * 5.18);
    struct cs_draw draw;

    cs_draw_init(&draw, 3, 1, 1, 0, 0, 0);
    for (int i = 0; i < N_VALUES; i++)
        value[i] = cs_dist_time(&dist, &draw);
}

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Every value lands in a bin that begins no later and ends no earlier, and
 * bins follow one another: checked against edges made by counting up. */
Test(hist, bins_are_consecutive_and_log_linear)
{
    struct cs_hist hist;
    uint32_t bin = 0;
    int64_t least = 0;

    cs_hist_init(&hist, 3, 20);
    for (int64_t width = 1; bin < hist.n_bins; bin++) {
        cr_assert_eq(cs_hist_bin(&hist, least), bin, "value %ld", (long)least);
        cr_assert_eq(cs_hist_bin(&hist, least + width - 1), bin, "value %ld", (long)least);
        least += width;
        /* From 16 on, eight bins an octave. */
        if (least >= 16 * width)
            width *= 2;
    }
    cr_expect_eq(least, 1 << 20);
    cs_hist_release(&hist);
}

Test(hist, quantiles_against_a_sort)
{
    static int64_t value[N_VALUES];
    struct cs_hist hist;
    double worst = 0.0, worst_middle = 0.0;

    lognormal_values(value);
    cs_hist_init(&hist, BITS, TOP);
    for (int i = 0; i < N_VALUES; i++)
        cs_hist_add(&hist, value[i]);
    qsort(value, N_VALUES, sizeof *value, compare_values);
    for (int permille = 1; permille <= 999; permille++) {
        double exact = (double)value[permille * (N_VALUES / 1000) - 1];
        double ours = cs_hist_quantile(&hist, permille / 1000.0);
        double error = fabs(ours / exact - 1.0);
        worst = fmax(worst, error);
        if (permille >= 50 && permille <= 950)
            worst_middle = fmax(worst_middle, error);
    }
    /* The width of a bin is the bound everywhere; where a bin holds many
     * values, interpolation beats it by far. */
    cr_expect_lt(worst, 1.0 / (1 << BITS), "worst relative error %g", worst);
    cr_expect_lt(worst_middle, 0.001, "worst in the middle %g", worst_middle);
    cr_expect(cs_hist_quantile(&hist, 1.0) == (double)value[N_VALUES - 1]);
    cr_expect_geq(cs_hist_quantile(&hist, 1e-9), (double)value[0]);
    cs_hist_release(&hist);
}

Test(hist, sums_are_exact)
{
    static int64_t value[N_VALUES];
    struct cs_hist hist;
    __int128 sum = 0;

    lognormal_values(value);
    cs_hist_init(&hist, BITS, TOP);
    for (int i = 0; i < N_VALUES; i++) {
        cs_hist_add_n(&hist, value[i], UINT64_C(3000000000));
        sum += (__int128)value[i] * 3000000000;
    }
    cr_expect(sum > INT64_MAX);
    cr_expect(hist.sum == sum);
    cr_expect_eq(hist.total, N_VALUES * UINT64_C(3000000000));
    cr_expect_float_eq(cs_hist_mean(&hist), (double)sum / (N_VALUES * 3e9), 1e-3);
    cs_hist_release(&hist);
}

/* Time at a level: the quantile of small integers is one of them. */
Test(hist, small_integers_are_exact)
{
    struct cs_hist hist;

    cs_hist_init(&hist, BITS, TOP);
    cs_hist_add_n(&hist, 3, 500);
    cs_hist_add_n(&hist, 200, 400);
    cs_hist_add_n(&hist, 255, 100);
    cr_expect(cs_hist_quantile(&hist, 0.2) == 3.0);
    cr_expect(cs_hist_quantile(&hist, 0.5) == 3.0);
    cr_expect(cs_hist_quantile(&hist, 0.501) == 200.0);
    cr_expect(cs_hist_quantile(&hist, 0.9) == 200.0);
    cr_expect(cs_hist_quantile(&hist, 0.95) == 255.0);
    cr_expect(cs_hist_mean(&hist) == 107.0);
    cs_hist_release(&hist);
}

Test(hist, quantiles_never_fall_and_stay_inside)
{
    struct cs_hist hist;
    double before = 0.0;

    cs_hist_init(&hist, 2, 40);
    cs_hist_add(&hist, 1000003);
    cs_hist_add(&hist, 1000007);
    cs_hist_add(&hist, 5000011);
    for (int i = 1; i <= 1000; i++) {
        double x = cs_hist_quantile(&hist, i / 1000.0);
        cr_assert(x >= 1000003.0 && x <= 5000011.0 && x >= before, "q %d: %g", i, x);
        before = x;
    }
    cs_hist_release(&hist);
}

static int is_same(const struct cs_hist *a, const struct cs_hist *b)
{
    return a->total == b->total && a->sum == b->sum && a->min == b->min && a->max == b->max &&
           a->n_bins == b->n_bins &&
           memcmp(a->count, b->count, a->n_bins * sizeof *a->count) == 0;
}

Test(hist, merging_shards_in_any_order_is_exact)
{
    static int64_t value[N_VALUES];
    struct cs_hist whole, shard[4], merged;

    lognormal_values(value);
    cs_hist_init(&whole, BITS, TOP);
    for (int s = 0; s < 4; s++)
        cs_hist_init(&shard[s], BITS, TOP);
    for (int i = 0; i < N_VALUES; i++) {
        cs_hist_add(&whole, value[i]);
        cs_hist_add(&shard[i * 7 % 3], value[i]); /* the fourth stays empty */
    }
    for (int first = 0; first < 4; first++) {
        cs_hist_init(&merged, BITS, TOP);
        for (int s = 0; s < 4; s++)
            cs_hist_merge(&merged, &shard[(first + s) % 4]);
        cr_expect(is_same(&merged, &whole), "first %d", first);
        cs_hist_release(&merged);
    }
    for (int s = 0; s < 4; s++)
        cs_hist_release(&shard[s]);
    cs_hist_release(&whole);
}

Test(hist, merging_different_shapes_is_ours, .signal = SIGABRT)
{
    struct cs_hist a, b;

    cs_hist_init(&a, 7, 63);
    cs_hist_init(&b, 7, 40);
    cs_hist_merge(&a, &b);
}

Test(hist, reset_is_as_new)
{
    static int64_t value[N_VALUES];
    struct cs_hist used, fresh;

    lognormal_values(value);
    cs_hist_init(&used, BITS, TOP);
    cs_hist_init(&fresh, BITS, TOP);
    cs_hist_reset(&used);
    cr_expect(is_same(&used, &fresh));
    for (int i = 0; i < N_VALUES; i++)
        cs_hist_add(&used, value[i]);
    cs_hist_add(&used, 0);
    cs_hist_add(&used, INT64_MAX);
    cs_hist_reset(&used);
    cr_expect(is_same(&used, &fresh));
    cs_hist_release(&used);
    cs_hist_release(&fresh);
}

Test(hist, values_past_the_top_count_in_the_last_bin)
{
    struct cs_hist hist;

    cs_hist_init(&hist, 4, 10);
    cs_hist_add(&hist, 1023);
    cs_hist_add(&hist, 1024);
    cs_hist_add(&hist, INT64_MAX);
    cr_expect_eq(cs_hist_bin(&hist, hist.min), hist.n_bins - 1);
    cr_expect_eq(hist.count[hist.n_bins - 1], 3);
    cr_expect_eq(hist.max, INT64_MAX);
    cr_expect(hist.sum == (__int128)INT64_MAX + 2047);
    cr_expect(cs_hist_quantile(&hist, 1.0) == (double)INT64_MAX);
    cs_hist_release(&hist);
}

Test(hist, the_greatest_value_has_a_bin)
{
    struct cs_hist hist;

    cs_hist_init(&hist, BITS, TOP);
    cr_expect_eq(hist.n_bins * sizeof *hist.count, 58368);
    cr_expect_eq(cs_hist_bin(&hist, INT64_MAX), hist.n_bins - 1);
    cs_hist_add(&hist, INT64_MAX - 1);
    cs_hist_add(&hist, 5);
    cr_expect(cs_hist_quantile(&hist, 0.5) == 5.0);
    cr_expect(cs_hist_quantile(&hist, 1.0) == (double)INT64_MAX);
    cs_hist_release(&hist);
}

Test(hist, empty_gives_nan)
{
    struct cs_hist hist;

    cs_hist_init(&hist, BITS, TOP);
    cr_expect(isnan(cs_hist_quantile(&hist, 0.5)));
    cr_expect(isnan(cs_hist_mean(&hist)));
    cs_hist_release(&hist);
}
