/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/shape.h"
#include "scenario/validate.h"

double cs_work_stretch(const struct cs_fleet *fleet)
{
    double speed = 1;

    if (fleet->vcpus > 0 && fleet->vcpus < speed)
        speed = fleet->vcpus;
    if (fleet->vcpus > 0 && fleet->cpu_threads < speed)
        speed = fleet->cpu_threads;
    return 1 / speed;
}

double cs_work_backoff(const struct cs_backoff *backoff, uint32_t n)
{
    double delay = cs_time_s(backoff->initial), most = cs_time_s(backoff->max);

    for (uint32_t i = 1; i < n && delay < most; i++)
        delay *= backoff->factor;
    return delay < most ? delay : most;
}

/*
 * What a call takes where errors alone make it fail: retry n is made with
 * probability p^n, and the fallback is called with p^(r+1).
 */
static double call_s(const struct cs_scenario *s, uint32_t index)
{
    double total = 0, reached = 1;

    for (uint32_t hop = 0; hop < s->n_dependencies && index != CS_NONE; hop++) {
        const struct cs_dependency *d = &s->dependency[index];
        const struct cs_backoff *backoff = &d->retries.backoff;
        double first = cs_dist_mean(d->latency != NULL ? d->latency : d->first_byte);
        double rest = d->tokens != NULL ? cs_dist_mean(d->tokens) / d->tokens_per_second : 0;
        double mean = first + rest, p = d->error_rate, again = 1, limit = cs_time_s(d->timeout);

        for (uint32_t n = 1; p > 0 && n <= d->retries.max; n++) {
            double delay = cs_work_backoff(backoff, n);

            again *= p;
            mean += again * (first + (backoff->full_jitter ? delay / 2 : delay));
        }
        total += reached * (mean < limit ? mean : limit);
        reached *= again * p;
        index = reached > 0 ? d->fallback : CS_NONE;
    }
    return total;
}

static double query_s(const struct cs_scenario *s, uint32_t fleet, uint32_t zone,
                      const struct cs_step *step)
{
    const struct cs_database *db = &s->database[step->target];
    double mean = cs_dist_mean(db->query[step->query].time);

    for (uint32_t r = 0; r < s->n_regions; r++) {
        const struct cs_dist *rtt = cs_scenario_region_rtt(s, r, db->region);
        double share = rtt != NULL ? cs_work_share(s, fleet, zone, r) : 0;
        mean += share > 0 ? share * cs_dist_mean(rtt) : 0;
    }
    return mean;
}

struct cs_work cs_work_of(const struct cs_scenario *s, uint32_t function, uint32_t zone)
{
    const struct cs_function *f = &s->function[function];
    const struct cs_fleet *fleet = &s->fleet[f->fleet];
    struct cs_work work = {.events = s->zone_rtt != NULL ? 5 : 3};

    for (uint32_t i = 0; i < f->n_steps; i++) {
        const struct cs_step *step = &f->step[i];
        work.events += step->count;
        if (step->kind == CS_STEP_CPU)
            work.mean_s += cs_dist_mean(step->time) * cs_work_stretch(fleet);
        else if (step->kind == CS_STEP_WAIT)
            work.mean_s += cs_dist_mean(step->time);
        else if (step->kind == CS_STEP_QUERY)
            work.mean_s += step->count * query_s(s, f->fleet, zone, step);
        else if (step->kind == CS_STEP_CALL)
            work.mean_s += step->count * call_s(s, step->target);
        work.events += step->kind == CS_STEP_QUERY ? step->count : 0;
    }
    double limit = cs_time_s(f->max_duration);
    work.mean_s = work.mean_s < limit ? work.mean_s : limit;
    return work;
}

double cs_work_rate(const struct cs_scenario *s, uint32_t function)
{
    double rate = 0;

    for (uint32_t i = 0; i < s->n_sources; i++)
        rate += cs_work_source_rate(s, &s->source[i], function);
    return rate;
}

double cs_work_invocations(const struct cs_scenario *s, uint32_t function)
{
    const struct cs_cache *cache = &s->function[function].cache;

    return cs_work_rate(s, function) * (cache->exists ? cache->origin_share : 1);
}

double cs_work_load(const struct cs_scenario *s, uint32_t fleet, double *mean_s)
{
    double erlang = 0, rate = 0;

    for (uint32_t f = 0; f < s->n_functions; f++) {
        if (s->function[f].fleet != fleet)
            continue;
        double mean = 0, of_function = cs_work_invocations(s, f);
        for (uint32_t z = 0; z < s->n_zones; z++)
            mean += s->zone[z].share * cs_work_of(s, f, z).mean_s;
        erlang += of_function * mean;
        rate += of_function;
    }
    *mean_s = rate > 0 ? erlang / rate : 0;
    return erlang;
}

double cs_work_slots(const struct cs_scenario *s, uint32_t fleet)
{
    const struct cs_fleet *f = &s->fleet[fleet];
    double slots = 0;

    for (uint32_t r = 0; r < s->n_regions; r++) {
        int64_t cap = f->max_instances < s->region[r].max_instances
                          ? f->max_instances
                          : s->region[r].max_instances;
        if (cs_scenario_may_route(s, f, r))
            slots += cap == CS_UNLIMITED ? HUGE_VAL : (double)cap * f->concurrency;
    }
    return slots;
}

/* A window of a night has fewer than the mean of the week: a quarter of an hour at a
 * time, where the clock matters. */
static double requests_until(const struct cs_scenario *s, const struct cs_source *source,
                             cs_time end)
{
    const cs_time quarter = 15 * CS_MIN;
    bool has_clock = source->has_daily || source->has_weekly || source->n_calendar > 0;
    double sum = 0;

    if (source->trace.path != NULL || !has_clock)
        return cs_shape_expected(s, source, 0, end);
    for (cs_time from = 0; from < end; from += quarter) {
        cs_time to = end - from > quarter ? from + quarter : end;

        sum += cs_shape_expected_rate(s, source, from + (to - from) / 2) * cs_time_s(to - from);
    }
    return sum;
}

double cs_work_requests(const struct cs_scenario *s)
{
    cs_time end = s->horizon.lead_in + s->horizon.duration;
    double requests = 0;

    double seconds = cs_time_s(end);

    for (uint32_t i = 0; i < s->n_sources; i++) {
        const struct cs_source *source = &s->source[i];

        if (!source->users.exists)
            requests += requests_until(s, source, end) * s->load;
        for (uint32_t f = 0; source->users.exists && f < s->n_functions; f++)
            requests += cs_work_source_rate(s, source, f) * seconds;
    }
    return requests * s->replications;
}

/*
 * Relaxation time of a fleet taken for an M/M/c queue: s / (sqrt(c) - sqrt(a))^2
 * with a = lambda s, exact for c = 1 (Cohen, The Single Server Queue, 1982,
 * II.2.1), and at least s, that of M/M/infinity.
 */
static double relaxation_s(double erlang, double mean_s, double slots)
{
    double gap = sqrt(slots) - sqrt(erlang);

    if (isinf(slots) || erlang >= slots || 1 / (gap * gap) < 1)
        return mean_s;
    return mean_s / (gap * gap);
}

static double longest(double a, double b)
{
    return isfinite(b) && b > a ? b : a;
}

/* How far back a limit looks, up to an hour: its longest window, or the time that a
 * bucket takes to fill. */
static double limit_s(const struct cs_tier_limit *tier)
{
    double s = 0;

    for (uint32_t w = 0; w < tier->n; w++)
        s = longest(s, cs_time_s(tier->limit[w].window));
    if (tier->bucket.cost > 0)
        s = longest(s, (double)tier->bucket.size / (double)tier->bucket.gain * 1e-9);
    return s < 3600 ? s : 3600;
}

cs_time cs_work_lead_in(const struct cs_scenario *s)
{
    double lead_in = 0, mean_s = 0;

    for (uint32_t f = 0; f < s->n_fleets; f++) {
        const struct cs_fleet *fleet = &s->fleet[f];
        double erlang = cs_work_load(s, f, &mean_s);
        lead_in = longest(lead_in, 20 * relaxation_s(erlang, mean_s, cs_work_slots(s, f)));
        if (fleet->idle_timeout != NULL)
            lead_in = longest(lead_in, cs_dist_mean(fleet->idle_timeout));
        for (uint32_t d = 0; d < s->n_databases; d++)
            if (fleet->pool[d].exists)
                lead_in = longest(lead_in, cs_time_s(fleet->pool[d].idle_timeout));
    }
    /* Users that all start at once spread over some iterations. */
    for (uint32_t i = 0; i < s->n_sources; i++)
        if (s->source[i].users.exists && s->source[i].users.n_stages == 0)
            lead_in = longest(lead_in, 20 * s->source[i].users.iteration_s);
    for (uint32_t f = 0; f < s->n_functions; f++)
        if (s->function[f].cache.exists)
            lead_in = longest(lead_in, cs_time_s(s->function[f].cache.ttl));
    for (uint32_t i = 0; i < s->n_limiters; i++)
        for (uint32_t t = 0; t < s->n_tiers; t++) {
            lead_in = longest(lead_in, limit_s(&s->limiter[i].tier[t]));
            if (s->limiter[i].shadow != NULL)
                lead_in = longest(lead_in, limit_s(&s->limiter[i].shadow[t]));
        }
    lead_in = ceil(lead_in < 86400 ? lead_in : 86400);
    return cs_time_from_s(lead_in);
}
