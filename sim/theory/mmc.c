/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <math.h>

#include "capsim/check.h"

double cs_theory_mmc_wait(double lambda, double s, unsigned c)
{
    double a = lambda * s;

    if (a >= (double)c)
        return HUGE_VAL;
    return cs_theory_erlang_c(a, c) * s / ((double)c - a);
}

double cs_theory_mmc_mean(double lambda, double s, unsigned c)
{
    return s + cs_theory_mmc_wait(lambda, s, c);
}

/* P(response > x service times): e^-x (1 + C (1 - e^-(d x)) / d), d = c - 1 - a,
 * which tends to e^-x (1 + C x) as d goes to 0. */
static double response_tail(double x, double wait, double d)
{
    double growth = fabs(d * x) > 1e-12 ? -expm1(-d * x) / d : x;

    return exp(-x) * (1.0 + wait * growth);
}

double cs_theory_mmc_quantile(double lambda, double s, unsigned c, double p)
{
    double a = lambda * s;

    CS_ASSERT(p > 0.0 && p < 1.0);
    if (a >= (double)c)
        return HUGE_VAL;
    double wait = cs_theory_erlang_c(a, c);
    double d = (double)c - 1.0 - a;
    double lo = 0.0, hi = 1.0;

    while (response_tail(hi, wait, d) > 1.0 - p)
        hi *= 2.0;
    /* Bisection down to neighbouring doubles. */
    for (;;) {
        double mid = lo + (hi - lo) / 2.0;
        if (mid <= lo || mid >= hi)
            return s * hi;
        if (response_tail(mid, wait, d) > 1.0 - p)
            lo = mid;
        else
            hi = mid;
    }
}

/*
 * The virtual wait V of M/M/c+D has density lambda pi e^(x v) up to D, with
 * x = lambda - c mu, and decays as e^(-c mu v) beyond, where nobody joins; pi is
 * the probability of c - 1 busy servers.
 */
struct patience {
    double below; /* P(0 < V <= D) / pi */
    double above; /* P(V > D) / pi */
    double free;  /* P(V = 0) / pi */
};

static struct patience patience_weights(double lambda, double s, unsigned c, double d)
{
    double full_rate = (double)c / s;
    double x = lambda - full_rate;
    double area = fabs(x * d) > 1e-12 ? expm1(x * d) / x : d;

    CS_ASSERT(c >= 1 && d >= 0.0);
    return (struct patience){
        .below = lambda * area,
        .above = lambda * exp(x * d) / full_rate,
        .free = 1.0 / cs_theory_erlang_b(lambda * s, c - 1),
    };
}

double cs_theory_mmc_patience_abandon(double lambda, double s, unsigned c, double d)
{
    struct patience w = patience_weights(lambda, s, c, d);

    return w.above / (w.free + w.below + w.above);
}

double cs_theory_mmc_patience_wait(double lambda, double s, unsigned c, double d)
{
    struct patience w = patience_weights(lambda, s, c, d);

    return (w.below + w.above) / (w.free + w.below + w.above);
}
