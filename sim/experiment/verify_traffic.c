/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/theory.h"
#include "experiment/verify_facts.h"

/* A profile as it runs through the measured window: from point to point, round by
 * round.  Independent of how the models find the rate of an instant. */
struct walk {
    const struct cs_profile *profile;
    double t, end; /* s */
    unsigned i;    /* next point */
    double round;  /* start of the present repetition */
    double rate;
};

struct leg {
    double dt, from, to;
};

static double point_s(const struct cs_profile *profile, unsigned i)
{
    return cs_time_s(profile->at[i]);
}

static struct walk walk_from_start(const struct cs_scenario *scenario)
{
    const struct cs_profile *profile = &scenario->source[0].profile;

    return (struct walk){.profile = profile,
                         .end = cs_time_s(scenario->horizon.duration),
                         .rate = profile->rate_per_s[0]};
}

/* The next leg, cut off at the end of the window; false at the end. */
static bool next_leg(struct walk *walk, struct leg *leg)
{
    const struct cs_profile *p = walk->profile;
    double next = walk->end, rate = walk->rate, from = walk->rate;

    if (walk->t >= walk->end)
        return false;
    if (walk->i < p->n) {
        next = walk->round + point_s(p, walk->i);
        rate = p->rate_per_s[walk->i++];
    } else if (p->repeat > 0) {
        walk->round += cs_time_s(p->repeat);
        walk->i = 1;
        next = walk->round + point_s(p, 0);
        rate = p->rate_per_s[0];
    }
    double to = p->is_step ? from : rate, dt = next - walk->t;

    if (next > walk->end) {
        to = from + (to - from) * (walk->end - walk->t) / dt;
        dt = walk->end - walk->t;
    }
    *leg = (struct leg){dt, from, to};
    walk->t += dt;
    walk->rate = rate;
    return true;
}

double cs_oracle_profile_requests(const struct cs_scenario *scenario,
                                  const struct cs_verify_check *check)
{
    struct walk walk = walk_from_start(scenario);
    struct leg leg;
    double sum = 0.0;

    (void)check;
    while (next_leg(&walk, &leg))
        sum += leg.dt * (leg.from + leg.to) / 2.0;
    return sum * scenario->load;
}

/* The integral of m' = rate - m / s over the window. */
double cs_oracle_profile_busy(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    struct walk walk = walk_from_start(scenario);
    double s = cs_facts(scenario, check).s, first = s * walk.rate, m = first;
    struct leg leg;

    while (next_leg(&walk, &leg))
        if (leg.dt > 0.0)
            m = cs_theory_minf_linear(m, leg.from, leg.to, leg.dt, s);
    double requests = cs_oracle_profile_requests(scenario, check) / scenario->load;

    return scenario->load * s * (requests - (m - first)) / walk.end;
}

double cs_oracle_growth_requests(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    double g = scenario->source[0].growth.per_s[0], t = cs_time_s(scenario->horizon.duration);

    return cs_facts(scenario, check).lambda * expm1(g * t) / g;
}

double cs_oracle_calendar_requests(const struct cs_scenario *scenario,
                                   const struct cs_verify_check *check)
{
    const struct cs_source *source = &scenario->source[0];
    double days = cs_time_s(scenario->horizon.duration) / 86400.0;

    for (uint32_t i = 0; i < source->n_calendar; i++)
        days += source->calendar[i].factor - 1.0;
    return cs_facts(scenario, check).lambda * 86400.0 * days;
}

double cs_oracle_burst_requests(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    const struct cs_burst *burst = &scenario->source[0].burst;
    double high = cs_time_s(burst->high), low = cs_time_s(burst->low);

    return cs_facts(scenario, check).lambda * cs_time_s(scenario->horizon.duration) *
           (burst->factor * high + low) / (high + low);
}
