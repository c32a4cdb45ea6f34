/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <math.h>

#include "capsim/rng.h"
#include "capsim/settle.h"

/* Noise of +-1 % around 10, disturbed up to `until`. */
static void fill(float *value, size_t n, size_t until, double by)
{
    struct cs_draw draw;

    cs_draw_init(&draw, 7, 1, 0, 0, 0, 0);
    for (size_t i = 0; i < n; i++)
        value[i] = (float)(10.0 + 0.2 * (cs_draw_uniform(&draw) - 0.5) + (i < until ? by : 0));
}

Test(settle, an_undisturbed_series_has_settled_at_once)
{
    float value[100];

    fill(value, 100, 0, 0);
    cr_expect_eq(cs_settle(value, 100, 0), 0);
}

/* The smoothing may take the last disturbed point for an odd one, no more. */
Test(settle, finds_the_end_of_a_step)
{
    float value[100];

    for (size_t until = 2; until < 45; until++) {
        fill(value, 100, until, 5);
        int settled = cs_settle(value, 100, 0);

        cr_expect(settled >= (int)until - 1 && settled <= (int)until, "%zu: %d", until,
                  settled);
    }
}

/* 8 exp(-i/10) is within 5 % of 10 from i = 27.7 on. */
Test(settle, follows_a_decay_to_its_band)
{
    float value[200];

    for (size_t i = 0; i < 200; i++)
        value[i] = (float)(10.0 + 8.0 * exp(-(double)i / 10.0));
    cr_expect_eq(cs_settle(value, 200, 0), 28);
}

Test(settle, what_ends_elsewhere_has_not_settled)
{
    float value[100];

    fill(value, 100, 70, 5);
    cr_expect_eq(cs_settle(value, 100, 0), -1);
    for (size_t i = 0; i < 100; i++)
        value[i] = (float)i;
    cr_expect_eq(cs_settle(value, 100, 0), -1);
    cr_expect_eq(cs_settle(value, 7, 0), -1);
}

Test(settle, leaves_out_what_is_not_there)
{
    float value[100];

    fill(value, 100, 20, 5);
    for (size_t i = 1; i < 100; i += 3)
        value[i] = NAN;
    int settled = cs_settle(value, 100, 0);

    cr_expect(settled >= 18 && settled <= 20, "%d", settled);
}

/* A share of errors that is nothing but for one step below `least`. */
Test(settle, a_change_below_the_least_is_none)
{
    float value[60] = {0};

    value[3] = value[4] = value[5] = 0.0009f;
    cr_expect_eq(cs_settle(value, 60, 0.001), 0);
    cr_expect_eq(cs_settle(value, 60, 0.0), 6);
}
