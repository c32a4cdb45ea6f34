/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

/*
 * The error budget of an objective on a share of requests: what its target
 * allows to go wrong in a window (Beyer et al., Site Reliability Engineering,
 * chapter 3).  The burn is the share that went wrong over the share allowed: at
 * 1 a window spends exactly its budget.  Left is 1 - burn; below 0, overspent.
 * A quantile or a mean of times is no share and allows no number of failures.
 */

/* Share of requests that may go wrong; 0: there is no budget. */
static double allowed(const struct cs_slo *slo)
{
    bool is_floor = slo->compare == CS_GT || slo->compare == CS_GE;

    switch (slo->measure) {
    case CS_MEASURE_SUCCESS:
    case CS_MEASURE_UNDER:
    case CS_MEASURE_DATABASE_UP:
        return is_floor ? 1.0 - slo->threshold : 0.0;
    case CS_MEASURE_ERRORS:
    case CS_MEASURE_LIMITED:
        return is_floor ? 0.0 : slo->threshold;
    case CS_MEASURE_QUANTILE:
    case CS_MEASURE_MEAN:
        return 0.0;
    }
    return 0.0;
}

static double wrong(const struct cs_slo *slo, double value)
{
    bool is_right = slo->measure == CS_MEASURE_SUCCESS || slo->measure == CS_MEASURE_UNDER ||
                    slo->measure == CS_MEASURE_DATABASE_UP;

    return is_right ? 1.0 - value : value;
}

static struct cs_estimate none(void)
{
    return (struct cs_estimate){(double)NAN, (double)NAN, (double)NAN, 0};
}

static struct cs_estimate exhausted(const struct cs_summary *summary, size_t n, size_t s,
                                    const struct cs_slo *slo, double confidence)
{
    uint64_t windows = 0, spent = 0;

    for (size_t r = 0; r < n; r++) {
        const struct cs_summary_slo *seen = &summary[r].slo[s];

        for (size_t w = 0; w < seen->n_windows; w++) {
            if (seen->empty[w])
                continue;
            windows++;
            spent += wrong(slo, seen->value[w]) >= allowed(slo);
        }
    }
    return windows > 0 ? cs_estimate_share(spent, windows, confidence) : none();
}

static void build_budget(struct cs_result_slo *to, const struct cs_slo *slo,
                         const struct cs_summary *summary, size_t n, size_t s,
                         double confidence)
{
    double may = allowed(slo);

    to->budget_left = to->burn = to->p_exhausted = none();
    if (!(may > 0.0) || to->verdict == CS_NOT_EXERCISED)
        return;
    size_t count = 0;
    double *y = cs_build_values(summary, n, s, &count);

    for (size_t i = 0; i < count; i++)
        y[i] = wrong(slo, y[i]) / may;
    to->burn = cs_build_within(cs_estimate_mean(y, count, confidence), HUGE_VAL);
    to->budget_left = (struct cs_estimate){1.0 - to->burn.mean, 1.0 - to->burn.hi,
                                           1.0 - to->burn.lo, to->burn.n};
    to->p_exhausted = exhausted(summary, n, s, slo, confidence);
    free(y);
}

void cs_build_budgets(struct cs_result *result, const struct cs_scenario *scenario,
                      const struct cs_summary *summary, size_t n)
{
    for (size_t s = 0; s < result->n_slos; s++)
        build_budget(&result->slo[s], &scenario->slo[s], summary, n, s, result->confidence);
}
