/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/check.h"
#include "capsim/theory.h"

double cs_theory_up_share(double every, double repair)
{
    CS_ASSERT(every > 0.0 && repair >= 0.0);
    return every / (every + repair);
}

/* Given k incidents their sum is Erlang(k), beyond x with e^-x (1 + ... + x^(k-1)/(k-1)!). */
double cs_theory_downtime_over(double incidents, double mean, double most)
{
    double x = most / mean;
    double beyond = 0.0, term = exp(-x); /* P(Erlang(k) > x), and what k + 1 adds */
    double weight = exp(-incidents);     /* P(k incidents) */
    double sum = 0.0, seen = weight;

    CS_ASSERT(incidents > 0.0 && mean > 0.0 && most >= 0.0);
    for (unsigned k = 1; k < 10000 && seen < 1.0 - 1e-15; k++) {
        beyond += term;
        term *= x / (double)k;
        weight *= incidents / (double)k;
        seen += weight;
        sum += weight * beyond;
    }
    return sum;
}
