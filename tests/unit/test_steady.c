/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "capsim/dist.h"
#include "capsim/steady.h"

/* ---- autocorrelation time ---- */

/* The number in an M/M/1 at mu = 1, in steps of `step`, from a chain of its
 * jumps: rate rho up, 1 down. */
static struct cs_correlation_parts watch_mm1(double rho, cs_time step, cs_time end,
                                             uint64_t number)
{
    struct cs_correlation correlation;
    struct cs_draw draw;
    int64_t present = 0;
    cs_time now = 0, next_step = step;
    __int128 area = 0;

    cs_correlation_init(&correlation, step);
    cs_draw_init(&draw, 5, 9, number, 0, 0, 0);
    while (now < end) {
        double rate = present > 0 ? 1.0 + rho : rho;
        cs_time jump = now + cs_time_from_s(-log(cs_draw_uniform(&draw)) / rate);

        while (next_step <= jump && next_step <= end) {
            area += (__int128)present * (next_step - now);
            now = next_step;
            next_step += step;
            cs_correlation_add(&correlation, present, area);
            area = 0;
        }
        area += (__int128)present * (jump - now);
        now = jump;
        present += cs_draw_uniform(&draw) * rate < rho ? 1 : -1;
    }
    return cs_correlation_parts(&correlation);
}

/* tau = (1 + rho) / (mu (1 - rho)^2): asymptotic variance 2 rho (1 + rho) /
 * (1 - rho)^4 (Whitt, Management Science 35, 1989) over twice the variance
 * rho / (1 - rho)^2.  At 0.5: 6 s.  40 runs of 8 to 15 blocks have some 400
 * degrees of freedom: a standard error of 7 %.
 * Catches a factor of two, a step's length lost, blocks joined wrongly. */
Test(steady, time_of_an_mm1)
{
    static const cs_time steps[] = {CS_S / 2, 20 * CS_S};

    for (size_t i = 0; i < 2; i++) {
        struct cs_correlation_parts parts[40];
        for (uint64_t r = 0; r < 40; r++)
            parts[r] = watch_mm1(0.5, steps[i], 4000 * CS_S, r);
        double time_s = cs_correlation_time_s(parts, 40);
        cr_expect(time_s > 4.5 && time_s < 7.9, "step %zu: %g s", i, time_s);
    }
}

/* A level that jumps every step anew: blocks as good as steps, tau is half a
 * step. */
Test(steady, time_of_white_noise)
{
    struct cs_correlation correlation;
    struct cs_draw draw;

    cs_correlation_init(&correlation, CS_S);
    cs_draw_init(&draw, 3, 3, 0, 0, 0, 0);
    struct cs_correlation_parts parts[60];
    for (int r = 0; r < 60; r++) {
        cs_correlation_init(&correlation, CS_S);
        for (int i = 0; i < 2000; i++) {
            int64_t level = (int64_t)(cs_draw_uniform(&draw) * 100);
            cs_correlation_add(&correlation, level, (__int128)level * CS_S);
        }
        parts[r] = cs_correlation_parts(&correlation);
    }
    double time_s = cs_correlation_time_s(parts, 60);
    cr_expect(time_s > 0.44 && time_s < 0.56, "%g", time_s);
}

/* Runs of a third of tau from a start that is no longer empty: about its own
 * mean each would look settled. */
Test(steady, time_of_what_is_too_short)
{
    struct cs_correlation_parts parts[40];

    for (uint64_t r = 0; r < 40; r++)
        parts[r] = watch_mm1(0.9, CS_S, 60 * CS_S, r);
    double time_s = cs_correlation_time_s(parts, 40);
    cr_expect(60.0 / time_s < 40.0, "%g", time_s);
    cr_expect(60.0 / time_s > 1.0, "%g", time_s);
}

Test(steady, time_of_little)
{
    struct cs_correlation correlation;

    cs_correlation_init(&correlation, CS_S);
    for (int i = 0; i < 7; i++)
        cs_correlation_add(&correlation, i, i);
    struct cs_correlation_parts parts = cs_correlation_parts(&correlation);
    cr_expect(parts.block.n == 0.0 && isnan(cs_correlation_time_s(&parts, 1)));
    cr_expect(isnan(cs_correlation_time_s(NULL, 0)));
    cs_correlation_init(&correlation, CS_S);
    for (int i = 0; i < 1000; i++)
        cs_correlation_add(&correlation, 3, (__int128)3 * CS_S);
    parts = cs_correlation_parts(&correlation);
    cr_expect(cs_correlation_time_s(&parts, 1) == 0.0, "a level that never varies");
}

/* Sample variance of 0 .. 9 in a thousand looks, in exact numbers. */
Test(steady, variance_is_exact)
{
    struct cs_correlation correlation;

    cs_correlation_init(&correlation, CS_S);
    for (int i = 0; i < 1000; i++)
        cs_correlation_add(&correlation, 1000000000 + i % 10, CS_S);
    cr_expect(cs_correlation_parts(&correlation).level.squares == 8250.0);
}

/* ---- truncation ---- */

/* The definition, term by term. */
static size_t mser5_by_definition(const double *y, size_t n)
{
    size_t m = n / 5, best = 0;
    double least = HUGE_VAL;

    for (size_t d = 0; 2 * d < m; d++) {
        double mean = 0.0, g = 0.0;
        for (size_t i = d; i < m; i++)
            mean += (y[5 * i] + y[5 * i + 1] + y[5 * i + 2] + y[5 * i + 3] + y[5 * i + 4]) / 5;
        mean /= (double)(m - d);
        for (size_t i = d; i < m; i++) {
            double z =
                (y[5 * i] + y[5 * i + 1] + y[5 * i + 2] + y[5 * i + 3] + y[5 * i + 4]) / 5;
            g += (z - mean) * (z - mean);
        }
        g /= (double)((m - d) * (m - d));
        if (g < least) {
            least = g;
            best = d;
        }
    }
    return best > 0 && 2 * (best + 1) >= m ? n : 5 * best;
}

Test(steady, mser5_is_what_it_says)
{
    double y[403];

    for (uint64_t s = 0; s < 200; s++) {
        struct cs_draw draw;
        size_t n = 20 + (size_t)(s * 383 / 199);
        double start = (double)(s % 7);

        cs_draw_init(&draw, 8, 2, s, 0, 0, 0);
        for (size_t i = 0; i < n; i++)
            y[i] = 3.0 - start * exp(-(double)i / 20.0) + cs_draw_uniform(&draw);
        cr_assert_eq(cs_mser5(y, n), mser5_by_definition(y, n), "%d: %zu and %zu", (int)s,
                     cs_mser5(y, n), mser5_by_definition(y, n));
    }
}

/* By hand: ten values that are off make two batches. */
Test(steady, mser5_cuts_the_start)
{
    double y[100];

    for (int i = 0; i < 100; i++)
        y[i] = i < 10 ? 0.0 : 7.0;
    cr_expect_eq(cs_mser5(y, 100), 10);
    for (int i = 0; i < 100; i++)
        y[i] = 7.0;
    cr_expect_eq(cs_mser5(y, 100), 0);
    for (int i = 0; i < 100; i++)
        y[i] = i; /* never settles */
    cr_expect_eq(cs_mser5(y, 100), 100);
    cr_expect_eq(cs_mser5(y, 19), 19, "too few to tell");
}
