/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/check.h"

double cs_theory_erlang_b(double a, unsigned c)
{
    double b = 1.0;

    CS_ASSERT(a >= 0.0);
    for (unsigned n = 1; n <= c; n++)
        b = a * b / ((double)n + a * b);
    return b;
}

double cs_theory_erlang_c(double a, unsigned c)
{
    CS_ASSERT(c >= 1);
    if (a >= (double)c)
        return 1.0;
    double b = cs_theory_erlang_b(a, c);
    double rho = a / (double)c;

    return b / (1.0 - rho * (1.0 - b));
}

double cs_theory_sliding_log(double lambda, double w, unsigned limit)
{
    return cs_theory_erlang_b(lambda * w, limit);
}

/* Poisson weights a^n / n! on 0..m, scaled to sum 1. */
static void truncated_poisson(double *p, double a, unsigned m)
{
    double sum = 1.0;

    p[0] = 1.0;
    for (unsigned n = 1; n <= m; n++) {
        p[n] = p[n - 1] * a / (double)n;
        sum += p[n];
    }
    for (unsigned n = 0; n <= m; n++)
        p[n] /= sum;
}

/* held[0..g] of the units held in all: the same with one instance more. */
static void add_instance(double *held, double *work, unsigned g, const double *p, unsigned m)
{
    for (unsigned i = 0; i <= g; i++) {
        work[i] = 0.0;
        for (unsigned n = 0; n <= m && n <= i; n++)
            work[i] += held[i - n] * p[n];
    }
    for (unsigned i = 0; i <= g; i++)
        held[i] = work[i];
}

double cs_theory_nested_loss(unsigned instances, double a, unsigned m, unsigned g)
{
    CS_ASSERT(instances >= 1);
    double *p = CS_NEW_ARRAY(double, (size_t)m + 1);
    double *others = CS_NEW_ARRAY(double, (size_t)g + 1);
    double *work = CS_NEW_ARRAY(double, (size_t)g + 1);
    double all = 0.0, accepted = 0.0;

    truncated_poisson(p, a, m);
    others[0] = 1.0;
    for (unsigned i = 1; i < instances; i++)
        add_instance(others, work, g, p, m);
    for (unsigned i = 0; i <= g; i++) {
        for (unsigned n = 0; n <= m && n + i <= g; n++) {
            all += others[i] * p[n];
            if (n < m && n + i < g)
                accepted += others[i] * p[n];
        }
    }
    free(work);
    free(others);
    free(p);
    return 1.0 - accepted / all;
}
