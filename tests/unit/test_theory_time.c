/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed forms of what changes over time: arrivals, and a server's uptime. */
#include <criterion/criterion.h>
#include <math.h>

#include "capsim/theory.h"

#define NEAR(value, expected, within) cr_expect_float_eq(value, expected, within)

/* ---- traffic that changes ---- */

/* Many short legs of a sinusoid, from nothing: the periodic solution. */
Test(theory, number_under_a_rate_of_pieces)
{
    enum { LEGS = 100000 };
    const double pi = 3.14159265358979323846;
    double m = 0.0;

    for (int i = 0; i < LEGS; i++) {
        double t = 82.5 * i / LEGS, next = 82.5 * (i + 1) / LEGS;

        m = cs_theory_minf_linear(m, 10 + 5 * sin(2 * pi * t / 10),
                                  10 + 5 * sin(2 * pi * next / 10), next - t, 1.0);
    }
    cr_expect_float_eq(m, 13.584784, 1e-6);
    /* A constant rate: a (1 - e^(-t / s)). */
    cr_expect_float_eq(cs_theory_minf_linear(0, 4, 4, 3, 2), 8 * (1 - exp(-1.5)), 1e-12);
}

/* A known value; no modulation is Poisson; a short time shows none of it. */
Test(theory, dispersion_of_a_modulated_source)
{
    cr_expect_float_eq(cs_theory_mmpp2_dispersion(20, 2, .5, .1, 10), 26.0124, 5e-5);
    cr_expect_float_eq(cs_theory_mmpp2_dispersion(7, 7, .5, .1, 10), 1.0, 1e-12);
    cr_expect_float_eq(cs_theory_mmpp2_dispersion(20, 2, .5, .1, 1e-9), 1.0, 1e-6);
}

/* A month: 99.9 % leaves 43.2 min, 99.95 % 21.6.  One incident at most: by hand. */
Test(theory, uptime)
{
    NEAR(cs_theory_downtime_over(2.88, 15.0, 43.2), 0.414861, 1e-6);
    NEAR(cs_theory_downtime_over(1.0, 10.0, 43.2), 0.0377646, 1e-6);
    NEAR(cs_theory_downtime_over(0.2, 5.0, 21.6), 0.0035708, 1e-7);
    NEAR(cs_theory_downtime_over(1e-6, 2.0, 1.0), 1e-6 * exp(-0.5), 1e-12);
    NEAR(cs_theory_downtime_over(3.0, 1.0, 0.0), 1.0 - exp(-3.0), 1e-12);
    NEAR(cs_theory_up_share(9.0, 1.0), 0.9, 1e-15);
}
