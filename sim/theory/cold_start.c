/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <stdlib.h>

#include <gsl/gsl_randist.h>

#include "capsim/array.h"
#include "capsim/check.h"

/*
 * Under last-used reuse the idle instances are a stack, and the one above n busy
 * ones was last used when the number busy fell from n + 1 to n.  Seen from an
 * arrival that finds n busy, that is by reversibility a first passage T_n of
 * M/M/infinity from n to n + 1: the instance is gone when T_n > tau.
 */

/* Poisson mass left out at either end, and the least survival followed. */
static const double NEGLIGIBLE = 1e-15;

struct passage {
    double beyond; /* P(T_n > tau) */
    double within; /* E[min(T_n, tau)] */
};

/* One step of the uniformised chain on 0..n; what leaves n upwards is gone.
 * Returns the mass that stays. */
static double passage_step(double *p, unsigned n, double lambda, double s, double rate)
{
    double up_from_below = 0.0, sum = 0.0;

    for (unsigned i = 0; i <= n; i++) {
        double up = p[i] * lambda / rate;
        double down = p[i] * (double)i / (s * rate);
        double from_above = i < n ? p[i + 1] * (double)(i + 1) / (s * rate) : 0.0;

        p[i] = p[i] - up - down + up_from_below + from_above;
        up_from_below = up;
        sum += p[i];
    }
    return sum;
}

/* P(T > tau) = sum_k Poisson(k; rate tau) s_k, and E[min(T, tau)] = sum_k s_k
 * P(Poisson > k) / rate, with s_k the mass left after k steps. */
static struct passage passage_up(unsigned n, double lambda, double s, double tau)
{
    double *p = CS_NEW_ARRAY(double, (size_t)n + 1);
    double rate = lambda + (double)n / s;
    double left = 1.0, more = 1.0;
    struct passage passage = {0.0, 0.0};

    p[n] = 1.0;
    for (unsigned k = 0; more > NEGLIGIBLE && left > NEGLIGIBLE; k++) {
        double weight = gsl_ran_poisson_pdf(k, rate * tau);

        more -= weight;
        /* Rounding keeps `more` from reaching 0: past the mode, the pmf tells. */
        if ((double)k > rate * tau && weight < NEGLIGIBLE)
            more = 0.0;
        passage.beyond += weight * left;
        passage.within += more * left / rate;
        left = passage_step(p, n, lambda, s, rate);
    }
    free(p);
    return passage;
}

static struct passage over_all_n(double lambda, double s, double tau)
{
    double a = lambda * s;
    struct passage mean = {0.0, 0.0};

    CS_ASSERT(lambda > 0.0 && s > 0.0 && tau >= 0.0);
    if (!(tau > 0.0))
        return (struct passage){1.0, 0.0};
    for (unsigned n = 0;; n++) {
        double weight = gsl_ran_poisson_pdf(n, a);

        if ((double)n > a && weight < NEGLIGIBLE)
            return mean;
        if (weight < NEGLIGIBLE)
            continue;
        struct passage passage = passage_up(n, lambda, s, tau);
        mean.beyond += weight * passage.beyond;
        mean.within += weight * passage.within;
    }
}

double cs_theory_memory_kills(double lambda, double s, unsigned room)
{
    double step = 1.0 / lambda, passage = step;

    CS_ASSERT(lambda > 0.0 && s > 0.0);
    for (unsigned k = 1; k <= room; k++) {
        step = (1.0 + (double)k * step / s) / lambda; /* from k to k + 1 */
        passage += step;
    }
    return 1.0 / passage;
}

double cs_theory_cold_start_share(double lambda, double s, double tau)
{
    return over_all_n(lambda, s, tau).beyond;
}

double cs_theory_cold_start_idle(double lambda, double s, double tau)
{
    return lambda * over_all_n(lambda, s, tau).within;
}
