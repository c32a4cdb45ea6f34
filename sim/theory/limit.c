/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"

static double poisson(double a, unsigned n)
{
    return exp((double)n * log(a) - a - lgamma((double)n + 1.0));
}

/* E[(N - m)+] of a Poisson N; every term is positive. */
static double excess(double a, unsigned m)
{
    double sum = 0.0;

    for (unsigned n = m + 1;; n++) {
        double term = (double)(n - m) * poisson(a, n);

        sum += term;
        if ((double)n > a && term < 1e-18 * sum)
            return sum;
        if ((double)n > a + 40.0 * sqrt(a) + 100.0)
            return sum;
    }
}

double cs_theory_fixed_window(double lambda, double w, unsigned limit)
{
    double a = lambda * w;

    CS_ASSERT(a > 0.0);
    return excess(a, limit) / a;
}

double cs_theory_fixed_window_user(double lambda, double w, unsigned limit)
{
    double a = lambda * w, none = exp(-a);

    CS_ASSERT(a > 0.0 && limit >= 1);
    return (none * excess(a, limit - 1) + excess(a, limit)) / (none * (1.0 + a) + a);
}

/* tail[k] = P(A > k) of a Poisson A. */
static void poisson_tail(double *tail, double a, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        double sum = 0.0;

        for (unsigned i = k + 1;; i++) {
            double term = poisson(a, i);

            sum += term;
            if ((double)i > a && term <= 1e-18 * sum)
                break;
        }
        tail[k] = sum;
    }
}

double cs_theory_token_bucket(double lambda, double rate, unsigned burst)
{
    double rho = lambda / rate, sum = 1.0;

    CS_ASSERT(rho > 0.0 && rho < 500.0 && burst >= 1);
    double *tail = CS_NEW_ARRAY(double, (size_t)burst + 1);
    double *left = CS_NEW_ARRAY(double, (size_t)burst + 1);

    poisson_tail(tail, rho, burst + 1);
    left[0] = 1.0;
    for (unsigned j = 0; j + 1 < burst; j++) {
        double up = left[0] * tail[j];

        for (unsigned i = 1; i <= j; i++)
            up += left[i] * tail[j + 1 - i];
        left[j + 1] = up * exp(rho);
        sum += left[j + 1];
        for (unsigned i = 0; sum > 1e200 && i <= j + 1; i++)
            left[i] *= 1e-200;
        sum = sum > 1e200 ? sum * 1e-200 : sum;
    }
    double blocked = 1.0 - 1.0 / (left[0] / sum + rho);

    free(left);
    free(tail);
    return blocked;
}
