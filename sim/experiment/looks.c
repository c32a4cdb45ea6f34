/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "looks.h"

#include <math.h>

uint64_t cs_looks_next(uint64_t n, uint64_t max)
{
    uint64_t next = n + (3 * n + 9) / 10;

    return next < max ? next : max;
}

uint64_t cs_looks_count(uint64_t min, uint64_t max)
{
    uint64_t count = 1;

    for (uint64_t n = min; n < max; n = cs_looks_next(n, max))
        count++;
    return count;
}

static bool has_gate(const struct cs_result *result)
{
    for (size_t s = 0; s < result->n_slos; s++)
        if (result->slo[s].gate)
            return true;
    return false;
}

static double precision_of(const struct cs_result_slo *slo)
{
    const struct cs_estimate *value = &slo->value;

    if (slo->verdict == CS_NOT_EXERCISED || value->n == 0)
        return 0.0;
    if (value->n == 1)
        return HUGE_VAL;
    if (isnan(value->lo))
        return 0.0;
    /* An end that was held back at a limit of the quantity says too little. */
    return fmax(value->hi - value->mean, value->mean - value->lo) / fabs(value->mean);
}

double cs_looks_precision(const struct cs_result *result)
{
    bool gated = has_gate(result);
    double most = 0.0;

    for (size_t s = 0; s < result->n_slos; s++)
        if (result->slo[s].gate || !gated)
            most = fmax(most, precision_of(&result->slo[s]));
    return most;
}

bool cs_looks_are_enough(const struct cs_result *result, double precision)
{
    bool gated = has_gate(result);

    for (size_t s = 0; s < result->n_slos; s++)
        if ((result->slo[s].gate || !gated) && result->slo[s].verdict == CS_UNDECIDED)
            return false;
    return cs_looks_precision(result) <= precision;
}
