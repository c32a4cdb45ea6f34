/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/shape.h"

#include "capsim/math.h"

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Unix time in ns of a simulated instant: the measured window starts at
 * horizon.start, simulated time with the lead-in. */
static int64_t unix_ns(const struct cs_scenario *scenario, cs_time t)
{
    return scenario->horizon.start_unix_s * CS_S + (t - scenario->horizon.lead_in);
}

int64_t cs_shape_day(const struct cs_scenario *scenario, cs_time t)
{
    return floor_div(unix_ns(scenario, t), CS_DAY);
}

cs_time cs_shape_day_start(const struct cs_scenario *scenario, cs_time t)
{
    return t - (unix_ns(scenario, t) - CS_DAY * cs_shape_day(scenario, t));
}

/* ---- the clock ---- */

static double calendar_factor(const struct cs_source *source, int64_t day)
{
    uint32_t low = 0, high = source->n_calendar;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (source->calendar[mid].day == day)
            return source->calendar[mid].factor;
        if (source->calendar[mid].day < day)
            low = mid + 1;
        else
            high = mid;
    }
    return 1.0;
}

/* Monday 1970-01-05 is four days into Unix time. */
static double clock_factor(const struct cs_source *source, int64_t local_ns)
{
    double factor = 1.0;

    if (source->has_daily) {
        int64_t hour = floor_div(local_ns, CS_HOUR);
        double part = (double)(local_ns - hour * CS_HOUR) / (double)CS_HOUR;
        int64_t i = hour - 24 * floor_div(hour, 24);

        factor = source->daily[i] + part * (source->daily[(i + 1) % 24] - source->daily[i]);
    }
    int64_t day = floor_div(local_ns, CS_DAY);

    if (source->has_weekly)
        factor *= source->weekly[day - 4 - 7 * floor_div(day - 4, 7)];
    if (source->n_calendar > 0)
        factor *= calendar_factor(source, day);
    return factor;
}

static bool has_clock(const struct cs_source *source)
{
    return source->has_daily || source->has_weekly || source->n_calendar > 0;
}

double cs_shape_zone(const struct cs_scenario *scenario, const struct cs_source *source,
                     uint32_t zone, double base, cs_time t)
{
    double rate = base * scenario->zone[zone].share;

    if (!has_clock(source))
        return rate;
    return rate * clock_factor(source, unix_ns(scenario, t) + scenario->zone[zone].utc_offset);
}

double cs_shape_clock(const struct cs_scenario *scenario, const struct cs_source *source,
                      double base, cs_time t)
{
    double rate = 0.0;

    for (uint32_t z = 0; z < scenario->n_zones; z++)
        rate += cs_shape_zone(scenario, source, z, base, t);
    return rate;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

/*
 * The most of one zone from `from` to `to`, less than an hour: its shape is linear
 * between whole hours of its clock and jumps only at midnights, so it is at an end, or
 * on either side of a whole hour between them.
 */
static double zone_bound(const struct cs_scenario *scenario, const struct cs_source *source,
                         uint32_t zone, double base, cs_time from, cs_time to)
{
    int64_t local = unix_ns(scenario, to) + scenario->zone[zone].utc_offset;
    cs_time hour = to - (local - CS_HOUR * floor_div(local, CS_HOUR));
    double most = greater(cs_shape_zone(scenario, source, zone, base, from),
                          cs_shape_zone(scenario, source, zone, base, to));

    if (hour <= from)
        return most;
    most = greater(most, cs_shape_zone(scenario, source, zone, base, hour - 1));
    return greater(most, cs_shape_zone(scenario, source, zone, base, hour));
}

/* The greatest sum of bounds of quarters of an hour. */
double cs_shape_clock_bound(const struct cs_scenario *scenario, const struct cs_source *source,
                            double base, cs_time t)
{
    double most = 0.0;

    if (!has_clock(source))
        return cs_shape_clock(scenario, source, base, t);
    for (int q = 0; q < 96; q++) {
        cs_time from = t + q * (CS_DAY / 96), to = from + CS_DAY / 96 - 1;
        double sum = 0.0;

        for (uint32_t z = 0; z < scenario->n_zones; z++)
            sum += zone_bound(scenario, source, z, base, from, to);
        most = greater(most, sum);
    }
    return most * (1.0 + 1e-9);
}

/* ---- growth ---- */

double cs_growth_quantile(const struct cs_growth *growth, double u)
{
    uint32_t i = 1;

    if (growth->n == 1)
        return growth->per_s[0];
    double z = cs_normal_quantile(u);

    while (i + 1 < growth->n && z > growth->score[i])
        i++;
    double part = (z - growth->score[i - 1]) / (growth->score[i] - growth->score[i - 1]);

    return growth->per_s[i - 1] + part * (growth->per_s[i] - growth->per_s[i - 1]);
}

double cs_growth_factor(const struct cs_scenario *scenario, double per_s, cs_time t)
{
    return cs_exp(per_s * (double)(t - scenario->horizon.lead_in) * 1e-9);
}

/* ---- when it is there at all ---- */

bool cs_shape_is_active(const struct cs_scenario *scenario, const struct cs_source *source,
                        cs_time t, cs_time *until)
{
    cs_time rel = t - scenario->horizon.lead_in;

    *until = CS_NEVER;
    if (source->from == 0 && source->to == 0)
        return true;
    if (rel < source->from) {
        *until = source->from + scenario->horizon.lead_in;
        return false;
    }
    if (rel < source->to && source->to < CS_TIME_LIMIT)
        *until = source->to + scenario->horizon.lead_in;
    return rel < source->to;
}
