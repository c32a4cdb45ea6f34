/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/shape.h"

#include <string.h>

#define QUARTER (15 * CS_MIN)

enum { MOST_STEPS = 40000 };

static bool is_plain(const struct cs_source *source)
{
    return source->profile.n == 0 && source->trace.path == NULL && source->growth.n == 0 &&
           source->n_calendar == 0 && source->from == 0 && source->to == 0;
}

/* What chance multiplies the rate by on average. */
static double mean_factor(const struct cs_source *source)
{
    double factor = source->day_factor != NULL ? cs_dist_mean(source->day_factor) : 1.0;

    if (source->burst.exists) {
        double high = (double)source->burst.high, low = (double)source->burst.low;

        factor *= (high * source->burst.factor + low) / (high + low);
    }
    return factor;
}

/* Rows of the window between two instants from its start, even within a slot. */
static double trace_rows(const struct cs_trace *trace, cs_time from, cs_time to)
{
    double sum = 0.0;

    from = from > 0 ? from : 0;
    for (uint32_t i = (uint32_t)(from / trace->slot); i < trace->n_slots; i++) {
        cs_time start = i * trace->slot, end = start + trace->slot;
        cs_time a = start > from ? start : from, b = end < to ? end : to;

        if (a >= b)
            break;
        sum += trace->by_slot[i] * ((double)(b - a) / (double)trace->slot);
    }
    return sum;
}

/* Over an interval in which all but a profile changes little. */
static double expected_in(const struct cs_scenario *scenario, const struct cs_source *source,
                          cs_time from, cs_time to)
{
    cs_time start = scenario->horizon.lead_in, mid = from + (to - from) / 2;
    double base = source->profile.n > 0
                      ? cs_profile_mean(&source->profile, from - start, to - start)
                      : source->rate_per_s;
    double rate = cs_shape_clock(scenario, source, base, mid) * mean_factor(source);

    if (source->growth.n > 0)
        rate *= cs_growth_factor(scenario, cs_growth_quantile(&source->growth, 0.5), mid);
    return rate * ((double)(to - from) * 1e-9);
}

/* The part of [from, to) in which the source is active. */
static void clip(const struct cs_scenario *scenario, const struct cs_source *source,
                 cs_time *from, cs_time *to)
{
    cs_time start = scenario->horizon.lead_in;

    if (source->from == 0 && source->to == 0)
        return;
    if (*from < source->from + start)
        *from = source->from + start;
    if (source->to<CS_TIME_LIMIT && * to> source->to + start)
        *to = source->to + start;
}

double cs_shape_expected(const struct cs_scenario *scenario, const struct cs_source *source,
                         cs_time from, cs_time to)
{
    cs_time start = scenario->horizon.lead_in;
    double sum = 0.0;

    if (source->trace.path != NULL)
        return trace_rows(&source->trace, from - start, to - start);
    if (is_plain(source))
        return source->rate_per_s * mean_factor(source) * ((double)(to - from) * 1e-9);
    clip(scenario, source, &from, &to);
    if (from >= to)
        return 0.0;
    cs_time step = (to - from) / MOST_STEPS + 1;

    step = step < QUARTER ? QUARTER : step;
    while (from < to) {
        cs_time end = to - from > step ? from + step : to;

        sum += expected_in(scenario, source, from, end);
        from = end;
    }
    return sum;
}

double cs_shape_expected_rate(const struct cs_scenario *scenario,
                              const struct cs_source *source, cs_time t)
{
    cs_time from = t - QUARTER / 2, to = t + QUARTER / 2;

    if (source->trace.path == NULL && is_plain(source))
        return cs_shape_clock(scenario, source, source->rate_per_s, t) * mean_factor(source);
    return cs_shape_expected(scenario, source, from, to) / ((double)QUARTER * 1e-9);
}

double cs_shape_mean_rate(const struct cs_scenario *scenario, const struct cs_source *source)
{
    cs_time start = scenario->horizon.lead_in, duration = scenario->horizon.duration;

    if (source->trace.path == NULL && is_plain(source))
        return source->rate_per_s * mean_factor(source);
    return cs_shape_expected(scenario, source, start, start + duration) / cs_time_s(duration);
}

double cs_shape_share(const struct cs_source *source, uint32_t function)
{
    double share = 0.0, below = 0.0;

    for (uint32_t m = 0; m < source->n_mix; m++) {
        if (source->mix[m].index == function)
            share += source->mix[m].cumulative - below;
        below = source->mix[m].cumulative;
    }
    if (source->trace.path == NULL || source->trace.rows == 0)
        return share;
    const struct cs_trace *trace = &source->trace;

    return ((double)trace->by_function[function] + share * (double)trace->unnamed) /
           (double)trace->rows;
}

static bool same_bytes(const void *a, const void *b, size_t n)
{
    return n == 0 || a == b || memcmp(a, b, n) == 0;
}

static bool is_number_equal(double a, double b)
{
    return !(a < b || a > b);
}

static bool same_profile(const struct cs_profile *a, const struct cs_profile *b)
{
    return a->n == b->n && a->is_step == b->is_step && a->repeat == b->repeat &&
           same_bytes(a->at, b->at, a->n * sizeof *a->at) &&
           same_bytes(a->rate_per_s, b->rate_per_s, a->n * sizeof *a->rate_per_s);
}

static bool same_clock(const struct cs_source *a, const struct cs_source *b)
{
    return a->has_daily == b->has_daily && a->has_weekly == b->has_weekly &&
           same_bytes(a->daily, b->daily, a->has_daily ? sizeof a->daily : 0) &&
           same_bytes(a->weekly, b->weekly, a->has_weekly ? sizeof a->weekly : 0) &&
           a->n_calendar == b->n_calendar &&
           same_bytes(a->calendar, b->calendar, a->n_calendar * sizeof *a->calendar);
}

static bool same_chance(const struct cs_source *a, const struct cs_source *b)
{
    const struct cs_growth *g = &a->growth, *h = &b->growth;

    if (g->n != h->n || !same_bytes(g->score, h->score, g->n * sizeof *g->score) ||
        !same_bytes(g->per_s, h->per_s, g->n * sizeof *g->per_s))
        return false;
    if (a->burst.exists != b->burst.exists ||
        !is_number_equal(a->burst.factor, b->burst.factor) || a->burst.high != b->burst.high ||
        a->burst.low != b->burst.low)
        return false;
    if (a->day_factor == NULL || b->day_factor == NULL)
        return a->day_factor == b->day_factor;
    return cs_dist_is_equal(a->day_factor, b->day_factor);
}

bool cs_shape_is_same(const struct cs_source *a, const struct cs_source *b)
{
    return is_number_equal(a->rate_per_s, b->rate_per_s) && a->from == b->from &&
           a->to == b->to && same_profile(&a->profile, &b->profile) && same_clock(a, b) &&
           same_chance(a, b);
}
