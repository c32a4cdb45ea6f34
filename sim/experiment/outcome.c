/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/decide.h"

/* ---- two-sided outcomes ---- */

static bool is_met_by(const struct cs_slo *slo, double value)
{
    switch (slo->compare) {
    case CS_LT:
        return value < slo->threshold;
    case CS_LE:
        return value <= slo->threshold;
    case CS_GT:
        return value > slo->threshold;
    case CS_GE:
        return value >= slo->threshold;
    }
    return false;
}

/* Groups that hardly differ, measured by the target, are one outcome. */
static bool matters(const struct cs_slo *slo, const struct cs_split *split)
{
    return is_met_by(slo, split->low) != is_met_by(slo, split->high) ||
           split->high - split->low >= fabs(slo->threshold) / 2;
}

static struct cs_result_split split_of(const struct cs_slo *slo, double *y, size_t n,
                                       double confidence)
{
    struct cs_split split = cs_split_find(y, n);
    bool low_is_better = slo->compare == CS_LT || slo->compare == CS_LE;

    if (!split.is_split || !matters(slo, &split))
        return (struct cs_result_split){.is_split = false};
    size_t n_worse = low_is_better ? split.n - split.n_low : split.n_low;
    return (struct cs_result_split){
        .is_split = true,
        .worse = cs_estimate_share(n_worse, split.n, confidence),
        .better_mean = low_is_better ? split.low : split.high,
        .worse_mean = low_is_better ? split.high : split.low,
    };
}

static const char *note_split(struct cs_arena *arena, const struct cs_result_split *split)
{
    double n = (double)split->worse.n, worse = split->worse.mean * n;

    return cs_arena_printf(arena,
                           "two outcomes: %.0f replications near %.3g and %.0f near %.3g; "
                           "the worse has probability %.3g%% (%.3g%% to %.3g%%), and the mean "
                           "describes neither",
                           n - worse, split->better_mean, worse, split->worse_mean,
                           100 * split->worse.mean, 100 * split->worse.lo,
                           100 * split->worse.hi);
}

/* ---- what would decide ---- */

static uint64_t needed_of(const struct cs_result *result, const struct cs_result_slo *slo,
                          size_t n)
{
    uint64_t a_replication = slo->windows / n;
    uint64_t windows =
        cs_share_needed(slo->windows_met, slo->windows, slo->attain, result->confidence);

    return (windows + a_replication - 1) / a_replication;
}

static const char *note_needed(struct cs_arena *arena, const struct cs_result_slo *slo,
                               size_t n)
{
    if (slo->needed == 0)
        return "the share met is what is asked: no number of replications would decide";
    return cs_arena_printf(arena,
                           "at this share about %" PRIu64 " more replication%s would decide",
                           slo->needed - n, slo->needed - n == 1 ? "" : "s");
}

void cs_build_outcome(struct cs_result *result, struct cs_result_slo *slo,
                      const struct cs_scenario *scenario, const struct cs_summary *summary,
                      size_t n, size_t s)
{
    size_t count;
    double *y = cs_build_values(summary, n, s, &count);

    slo->median = cs_estimate_quantile(y, count, 0.5, result->confidence);
    if (n == 1) /* its windows depend on each other */
        slo->median.lo = slo->median.hi = (double)NAN;
    slo->doubt = (double)NAN;
    if (slo->gate && n > 1 && slo->verdict != CS_NOT_EXERCISED)
        slo->split = split_of(&scenario->slo[s], y, slo->median.n, result->confidence);
    if (slo->split.is_split)
        slo->note =
            cs_build_also(result->arena, slo->note, note_split(result->arena, &slo->split));
    if (slo->verdict == CS_UNDECIDED) {
        slo->needed = needed_of(result, slo, n);
        slo->note = cs_build_also(result->arena, slo->note, note_needed(result->arena, slo, n));
    }
    free(y);
}

/* ---- all together ---- */

static bool counts(const struct cs_result_slo *slo)
{
    return slo->gate && slo->verdict != CS_NOT_EXERCISED && slo->windows > 0;
}

static bool all_hold(const struct cs_result *result, const struct cs_summary *summary)
{
    for (size_t s = 0; s < result->n_slos; s++)
        for (size_t w = 0; counts(&result->slo[s]) && w < summary->slo[s].n_windows; w++)
            if (!summary->slo[s].met[w])
                return false;
    return true;
}

/* Several looks at the data share the error as several objectives do. */
static void adjust(struct cs_result *result)
{
    double *p = CS_NEW_ARRAY(double, result->n_slos + 1);
    double looks = fmax(1.0, (double)result->stopping.looks);
    size_t m = 0;

    for (size_t s = 0; s < result->n_slos; s++) {
        const struct cs_result_slo *slo = &result->slo[s];

        if (counts(slo))
            p[m++] = cs_share_doubt(slo->windows_met, slo->windows, slo->attain);
    }
    cs_holm(p, m);
    for (size_t s = result->n_slos; s-- > 0;)
        if (counts(&result->slo[s]))
            result->slo[s].doubt = fmin(1.0, looks * p[--m]);
    free(p);
}

void cs_build_joint(struct cs_result *result, const struct cs_summary *summary, size_t n)
{
    struct cs_result_joint *joint = &result->joint;
    uint64_t hold = 0;

    *joint = (struct cs_result_joint){.n = 0};
    adjust(result);
    for (size_t s = 0; s < result->n_slos; s++) {
        const struct cs_result_slo *slo = &result->slo[s];

        joint->n += counts(slo);
        joint->decided += counts(slo) && slo->verdict != CS_UNDECIDED && slo->doubt <= 0.05;
    }
    for (size_t r = 0; r < n; r++)
        hold += all_hold(result, &summary[r]);
    joint->all_met =
        joint->n > 0
            ? cs_estimate_share(hold, n, result->confidence)
            : (struct cs_estimate){.mean = (double)NAN, .lo = (double)NAN, .hi = (double)NAN};
}
