/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <math.h>

#include <gsl/gsl_math.h>

double cs_theory_mg1_wait(double lambda, double es, double es2)
{
    double rho = lambda * es;

    return rho < 1.0 ? lambda * es2 / (2.0 * (1.0 - rho)) : HUGE_VAL;
}

double cs_theory_mg1_setup_wait(double lambda, double es, double es2, double ed, double ed2)
{
    return cs_theory_mg1_wait(lambda, es, es2) +
           (2.0 * ed + lambda * ed2) / (2.0 * (1.0 + lambda * ed));
}

double cs_theory_ps_mean(double lambda, double s, unsigned k)
{
    return cs_theory_mmc_mean(lambda, s, k);
}

double cs_theory_lognormal_tail(double median, double sigma, double x)
{
    if (x <= 0.0)
        return 1.0;
    return 0.5 * erfc(log(x / median) / (sigma * M_SQRT2));
}

double cs_theory_lognormal_limited_mean(double median, double sigma, double x)
{
    if (x <= 0.0)
        return 0.0;
    /* E[S; S <= x] = E[S] P(S e^(sigma^2) <= x). */
    double mean = median * exp(sigma * sigma / 2.0);
    double shifted = median * exp(sigma * sigma);

    return mean * (1.0 - cs_theory_lognormal_tail(shifted, sigma, x)) +
           x * cs_theory_lognormal_tail(median, sigma, x);
}

double cs_theory_mt_minf(double lambda, double a, double period, double s, double t)
{
    double g = 2.0 * M_PI / period;
    double gs = g * s;

    return lambda * s * (1.0 + a / (1.0 + gs * gs) * (sin(g * t) - gs * cos(g * t)));
}

double cs_theory_minf_linear(double m0, double from, double to, double dt, double s)
{
    double slope = (to - from) / dt;
    /* a + b t solves it but for a transient; -expm1 keeps short steps exact. */
    double at0 = s * from - s * s * slope;

    return m0 + s * slope * dt + (m0 - at0) * expm1(-dt / s);
}

double cs_theory_mmpp2_dispersion(double l1, double l2, double s1, double s2, double dt)
{
    double sum = s1 + s2, mean = (l1 * s2 + l2 * s1) / sum;
    double rest = dt + expm1(-sum * dt) / sum;

    return 1.0 + 2.0 * s1 * s2 * (l1 - l2) * (l1 - l2) / (sum * sum * sum * mean * dt) * rest;
}
