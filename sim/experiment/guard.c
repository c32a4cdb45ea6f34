/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/steady.h"

static void add_check(struct cs_result *result, const char *name, bool ok, const char *detail)
{
    struct cs_result_check *check =
        CS_ARENA_ARRAY(result->arena, struct cs_result_check, result->n_checks + 1);

    for (size_t i = 0; i < result->n_checks; i++)
        check[i] = result->check[i];
    check[result->n_checks++] =
        (struct cs_result_check){.name = name, .ok = ok, .detail = detail};
    result->check = check;
}

/* ---- length ---- */

/* Below this many autocorrelation times an interval for the long run covers
 * too seldom: 87 % for a nominal 95 % at 29 relaxation times of an M/M/20 at
 * rho 0.9, 94.8 % at 290. */
static const double enough_times = 100.0;

static const char *tell_times(struct cs_arena *arena, double length_s, double time_s)
{
    if (!(time_s > 0.0))
        return cs_arena_printf(arena, "the number of requests in the system never varied");
    return cs_arena_printf(arena,
                           "a replication of %.0f s is %.4g autocorrelation times (%.*f s) of "
                           "the number of requests in the system",
                           length_s, length_s / time_s, time_s < 100.0 ? 1 : 0, time_s);
}

static void check_length(struct cs_result *result, const struct cs_scenario *scenario,
                         const struct cs_summary *summary, size_t n)
{
    struct cs_correlation_parts *parts = CS_NEW_ARRAY(struct cs_correlation_parts, n + 1);
    double length_s = cs_time_s(scenario->horizon.duration);

    for (size_t r = 0; r < n; r++)
        parts[r] = summary[r].correlation;
    double time_s = cs_correlation_time_s(parts, n);
    bool is_short = !(length_s >= enough_times * time_s),
         is_steady = scenario->horizon.is_steady;

    free(parts);
    const char *detail = "a window has too few samples to tell; a shorter horizon.sample helps";
    if (!isnan(time_s))
        detail = tell_times(result->arena, length_s, time_s);
    if (is_short && !isnan(time_s))
        detail = cs_arena_printf(
            result->arena, "%s, fewer than 100: %s", detail,
            is_steady ? "interval known to be optimistic"
                      : "of the window itself all is well, but read as a steady state "
                        "the interval is known to be optimistic");
    add_check(result, "run length", !is_short || !is_steady, detail);
}

/* ---- lead-in ---- */

static bool is_shaped(const struct cs_scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->n_sources; i++)
        if (scenario->source[i].has_daily || scenario->source[i].has_weekly ||
            scenario->source[i].users.n_stages > 0)
            return true;
    return false;
}

static double mean_between(const double *path, size_t from, size_t to)
{
    double sum = 0.0;

    for (size_t i = from; i < to; i++)
        sum += path[i];
    return sum / (double)(to - from);
}

static size_t find_cut(const struct cs_summary *summary, size_t n, size_t points)
{
    double *path = CS_NEW_ARRAY(double, points + 1);

    for (size_t i = 0; i < points; i++)
        for (size_t r = 0; r < n; r++)
            path[i] += summary[r].path[i] / (double)n;
    size_t cut = cs_mser5(path, points);

    free(path);
    return cut;
}

/* The cut is the best of many, and some cut is always found: it counts when
 * what lies between the lead-in and it differs from the rest, replication by
 * replication, at 99.9 %. */
static bool differs(const struct cs_summary *summary, size_t n, size_t from, size_t cut,
                    size_t points)
{
    double *y = CS_NEW_ARRAY(double, n + 1);

    for (size_t r = 0; r < n; r++)
        y[r] = mean_between(summary[r].path, from, cut) -
               mean_between(summary[r].path, cut, points);
    struct cs_estimate e = cs_estimate_mean(y, n, 0.999);

    free(y);
    return e.lo > 0.0 || e.hi < 0.0;
}

static void judge_lead_in(struct cs_result *result, const struct cs_scenario *scenario,
                          const struct cs_summary *summary, size_t n)
{
    size_t points = summary[0].n_path, cut = find_cut(summary, n, points);
    double step_s = cs_time_s(summary[0].path_step);
    double lead_in_s = cs_time_s(scenario->horizon.lead_in);
    size_t from = (size_t)ceil(lead_in_s / step_s - 1e-9);
    bool is_open = cut == points; /* no cut in the first half */

    cut = is_open ? points / 2 : cut;
    if (cut <= from || cut >= points || !differs(summary, n, from, cut, points)) {
        add_check(result, "lead-in", true,
                  cs_arena_printf(result->arena,
                                  "the mean path of the number of requests in the system "
                                  "shows no start-up after the lead-in of %.4g s",
                                  lead_in_s));
        return;
    }
    add_check(result, "lead-in", false,
              cs_arena_printf(result->arena,
                              "the mean path of the number of requests in the system settles "
                              "%s%.4g s after the start, beyond the lead-in of %.4g s: what is "
                              "measured holds part of the start-up",
                              is_open ? "later than " : "", (double)cut * step_s, lead_in_s));
}

static void check_lead_in(struct cs_result *result, const struct cs_scenario *scenario,
                          const struct cs_summary *summary, size_t n)
{
    const struct cs_horizon *horizon = &scenario->horizon;

    if (is_shaped(scenario))
        add_check(result, "lead-in", true,
                  "not judged: the traffic has a shape, so the path never settles");
    else if (horizon->lead_in == 0 && !horizon->is_steady)
        add_check(result, "lead-in", true,
                  "none: the start from an empty system is part of the window");
    else if (n < 3 || summary[0].n_path < 20)
        add_check(result, "lead-in", true,
                  "not judged: too few replications or samples for a mean path");
    else
        judge_lead_in(result, scenario, summary, n);
}

void cs_build_guards(struct cs_result *result, const struct cs_scenario *scenario,
                     const struct cs_summary *summary, size_t n)
{
    if (n == 0)
        return;
    check_length(result, scenario, summary, n);
    check_lead_in(result, scenario, summary, n);
}
