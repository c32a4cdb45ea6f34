/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

enum cs_verdict cs_verdict_of(struct cs_estimate attainment, double attain)
{
    if (attainment.lo >= attain)
        return CS_MET;
    return attainment.hi < attain ? CS_MISSED : CS_UNDECIDED;
}

static double mean_of_windows(const struct cs_summary_slo *slo)
{
    double sum = 0.0;
    size_t seen = 0;

    for (size_t w = 0; w < slo->n_windows; w++) {
        if (slo->empty[w])
            continue;
        sum += slo->value[w];
        seen++;
    }
    return seen > 0 ? sum / (double)seen : __builtin_nan("");
}

/* Windows of one replication follow each other and are not independent: the
 * value's interval rests on replication means where there are several. */
double *cs_build_values(const struct cs_summary *summary, size_t n, size_t s, size_t *count)
{
    const struct cs_summary_slo *first = &summary[0].slo[s];

    *count = n > 1 ? n : first->n_windows;
    double *y = CS_NEW_ARRAY(double, *count + 1);

    for (size_t r = 0; n > 1 && r < n; r++)
        y[r] = mean_of_windows(&summary[r].slo[s]);
    for (size_t w = 0; n == 1 && w < *count; w++)
        y[w] = first->value[w];
    return y;
}

static struct cs_estimate value_of(const struct cs_summary *summary, size_t n, size_t s,
                                   double confidence)
{
    size_t count;
    double *y = cs_build_values(summary, n, s, &count);
    struct cs_estimate value = cs_estimate_mean(y, count, confidence);

    free(y);
    return value;
}

static size_t count_empty(const struct cs_summary *summary, size_t n, size_t s)
{
    size_t empty = 0;

    for (size_t r = 0; r < n; r++)
        for (size_t w = 0; w < summary[r].slo[s].n_windows; w++)
            empty += summary[r].slo[s].empty[w];
    return empty;
}

/* ---- what has to be said beside the numbers ---- */

const char *cs_build_also(struct cs_arena *arena, const char *note, const char *more)
{
    return *note == '\0' ? more : cs_arena_printf(arena, "%s; %s", note, more);
}

static const char *note_window(struct cs_arena *arena, cs_time window, cs_time duration)
{
    if (window > duration)
        return cs_arena_printf(arena,
                               "each replication of %s is taken as a window of %s that "
                               "repeats it",
                               cs_build_span(arena, duration), cs_build_span(arena, window));
    if (duration % window != 0)
        return cs_arena_printf(arena, "the last %s are no whole window and are not judged",
                               cs_build_span(arena, duration % window));
    return "";
}

static const char *note_interval(const struct cs_result_slo *slo, size_t replications)
{
    if (slo->value.n == 0)
        return "";
    if (slo->value.n == 1)
        return "a single value gives no interval";
    if (isnan(slo->value.lo))
        return "the value was always the same: no interval";
    return replications == 1 ? "the interval is across the windows of one replication" : "";
}

static const char *note_of(struct cs_arena *arena, const struct cs_result_slo *slo,
                           cs_time window, cs_time duration, size_t replications, size_t empty)
{
    if (slo->verdict == CS_NOT_EXERCISED)
        return empty == slo->windows ? "no window had such a request"
                                     : "nothing in the scenario could make this fail";
    const char *note = note_window(arena, window, duration);
    const char *interval = note_interval(slo, replications);

    if (empty > 0)
        note =
            cs_build_also(arena, note,
                          cs_arena_printf(arena,
                                          "%zu of %" PRIu64 " windows had no such request and "
                                          "count%s as met",
                                          empty, slo->windows, empty == 1 ? "s" : ""));
    return *interval == '\0' ? note : cs_build_also(arena, note, interval);
}

static void build_slo(struct cs_result *result, struct cs_result_slo *to,
                      const struct cs_scenario *scenario, const struct cs_summary *summary,
                      size_t n, size_t s)
{
    const struct cs_slo *slo = &scenario->slo[s];
    bool is_time = slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN;

    *to = (struct cs_result_slo){
        .name = cs_arena_strdup(result->arena, slo->name),
        .target = cs_arena_strdup(result->arena, slo->target),
        .of = cs_build_subject(result->arena, scenario,
                               (struct cs_subject){slo->of, slo->of_index}),
        .unit = is_time ? "seconds" : "1",
        .window_s = cs_time_s(slo->window),
        .threshold = slo->threshold,
        .attain = slo->attain,
        .gate = slo->gate,
        .value = cs_build_within(value_of(summary, n, s, result->confidence),
                                 is_time ? HUGE_VAL : 1.0),
    };
    for (size_t r = 0; r < n; r++) {
        to->windows += summary[r].slo[s].n_windows;
        for (size_t w = 0; w < summary[r].slo[s].n_windows; w++)
            to->windows_met += summary[r].slo[s].met[w];
    }
    to->attainment = cs_estimate_share(to->windows_met, to->windows, result->confidence);
    size_t empty = count_empty(summary, n, s);

    /* What failed could fail, whatever one thinks of the scenario. */
    bool could_fail = cs_slo_is_exercised(scenario, slo) || to->windows_met < to->windows;

    to->verdict = could_fail && empty < to->windows ? cs_verdict_of(to->attainment, slo->attain)
                                                    : CS_NOT_EXERCISED;
    to->note = note_of(result->arena, to, slo->window, scenario->horizon.duration, n, empty);
    cs_build_outcome(result, to, scenario, summary, n, s);
}

void cs_build_slos(struct cs_result *result, const struct cs_scenario *scenario,
                   const struct cs_summary *summary, size_t n)
{
    result->n_slos = scenario->n_slos;
    result->slo = CS_ARENA_ARRAY(result->arena, struct cs_result_slo, scenario->n_slos);
    for (size_t s = 0; s < scenario->n_slos && n > 0; s++)
        build_slo(result, &result->slo[s], scenario, summary, n, s);
    if (n > 0)
        cs_build_joint(result, summary, n);
}

int cs_experiment_exit_status(const struct cs_result *result)
{
    int status = 0;

    for (size_t s = 0; s < result->n_slos; s++) {
        if (!result->slo[s].gate)
            continue;
        if (result->slo[s].verdict == CS_MISSED)
            return 3;
        if (result->slo[s].verdict == CS_UNDECIDED)
            status = 4;
    }
    return status;
}
