/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"

#include <math.h>

#include "capsim/check.h"

double cs_theory_engset(double a, unsigned c, unsigned n)
{
    double weight = 1.0, sum = 1.0;

    CS_ASSERT(a >= 0.0 && n >= 1);
    if (c >= n)
        return 0.0;
    /* k of the n - 1 others busy: the arriving source does not see itself. */
    for (unsigned k = 1; k <= c; k++) {
        weight *= a * (double)(n - k) / (double)k;
        sum += weight;
        if (sum > 1e200) {
            weight /= sum;
            sum = 1.0;
        }
    }
    return weight / sum;
}

struct cs_theory_closed cs_theory_mva(unsigned n, double think, const double *service,
                                      const double *visits, unsigned stations)
{
    double present[CS_THEORY_STATIONS] = {0}, x = 0.0, r = 0.0;

    CS_ASSERT(stations <= CS_THEORY_STATIONS);
    for (unsigned k = 1; k <= n; k++) {
        double at[CS_THEORY_STATIONS] = {0};

        r = 0.0;
        for (unsigned i = 0; i < stations; i++) {
            at[i] = visits[i] * service[i] * (1.0 + present[i]);
            r += at[i];
        }
        x = (double)k / (think + r);
        for (unsigned i = 0; i < stations; i++)
            present[i] = x * at[i];
    }
    struct cs_theory_closed out = {.throughput = x, .response = r};

    for (unsigned i = 0; i < stations; i++)
        out.at[i] = x > 0.0 ? present[i] / (x * visits[i]) : 0.0;
    return out;
}

struct cs_theory_closed cs_theory_repair(unsigned n, double think, double s, unsigned c)
{
    double weight = 1.0, sum = 1.0, number = 0.0, busy = 0.0;

    CS_ASSERT(think > 0.0 && s > 0.0 && c >= 1);
    for (unsigned k = 1; k <= n; k++) {
        double servers = (double)(k < c ? k : c);

        weight *= (double)(n - k + 1) * s / (think * servers);
        sum += weight;
        number += weight * k;
        busy += weight * servers;
        if (sum > 1e200) {
            weight /= sum;
            number /= sum;
            busy /= sum;
            sum = 1.0;
        }
    }
    return (struct cs_theory_closed){
        .throughput = busy / sum / s, .response = number / busy * s, .at = {number / busy * s}};
}

double cs_theory_retry_attempts(double p, unsigned retries)
{
    return p < 1.0 ? (1.0 - pow(p, retries + 1.0)) / (1.0 - p) : retries + 1.0;
}

double cs_theory_retry_success(double p, unsigned retries)
{
    return 1.0 - pow(p, retries + 1.0);
}
