/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <gsl/gsl_math.h>

#include "capsim/check.h"

double cs_theory_breaker_short_circuited(double lambda, double p, unsigned k, double open)
{
    CS_ASSERT(p > 0.0 && p <= 1.0 && k >= 1);
    /* A cycle is one opening, and the calls that are made until the next. */
    double made = gsl_pow_int(1.0 / p, (int)k);

    return lambda * open / (made + lambda * open);
}

double cs_theory_breaker_trip(double p, unsigned k)
{
    CS_ASSERT(p > 0.0 && p < 1.0 && k >= 1);
    double all = gsl_pow_int(p, (int)k);

    return (1.0 - all) / ((1.0 - p) * all);
}
