/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/theory.h"

double cs_theory_ttl_hits(double lambda, double ttl, double stale)
{
    double x = lambda * ttl;

    return (x - expm1(-lambda * stale)) / (1.0 + x);
}
