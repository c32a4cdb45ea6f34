/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/zero_load.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "scenario/validate.h"

struct walk {
    const struct cs_scenario *scenario;
    struct cs_draw draw;
};

static double sample_or_zero(struct walk *w, const struct cs_dist *dist)
{
    return dist != NULL ? cs_dist_sample(dist, &w->draw) : 0;
}

static double at_most(double value, cs_time limit)
{
    double most = cs_time_s(limit);

    return value < most ? value : most;
}

/*
 * One call, whose first byte comes after *first.  Errors count where they are
 * tried again: one that is not ends the request, and no objective of times
 * should take that for a quick answer.
 */
static double walk_call(struct walk *w, uint32_t dependency, double *first)
{
    const struct cs_dependency *d = &w->scenario->dependency[dependency];
    const struct cs_backoff *backoff = &d->retries.backoff;
    double before = 0, byte = 0;

    for (uint32_t n = 1;; n++) {
        byte = cs_dist_sample(d->latency != NULL ? d->latency : d->first_byte, &w->draw);
        if (n > d->retries.max || d->error_rate <= 0 ||
            cs_draw_uniform(&w->draw) >= d->error_rate)
            break;
        before += byte + cs_work_backoff(backoff, n) *
                             (backoff->full_jitter ? cs_draw_uniform(&w->draw) : 1);
    }
    double rest =
        d->tokens != NULL ? cs_dist_sample(d->tokens, &w->draw) / d->tokens_per_second : 0;

    *first = before + byte;
    return at_most(before + byte + rest, d->timeout);
}

/* One step; *first grows until the client has its first byte. */
static double walk_step(struct walk *w, const struct cs_step *step,
                        const struct cs_fleet *fleet, uint32_t region, double *first)
{
    const struct cs_scenario *s = w->scenario;
    double took = 0, head = 0;

    if (step->kind == CS_STEP_CPU || step->kind == CS_STEP_WAIT)
        head = took = cs_dist_sample(step->time, &w->draw) *
                      (step->kind == CS_STEP_CPU ? cs_work_stretch(fleet) : 1);
    for (uint32_t i = 0; step->kind == CS_STEP_QUERY && i < step->count; i++) {
        const struct cs_database *db = &s->database[step->target];
        bool is_far = s->region_rtt != NULL && db->region != CS_NONE;
        double query = cs_dist_sample(db->query[step->query].time, &w->draw);
        took += at_most(query, db->server.statement_timeout);
        if (is_far)
            took += sample_or_zero(w, s->region_rtt[region * s->n_regions + db->region]);
        head = took;
    }
    for (uint32_t i = 0; step->kind == CS_STEP_CALL && i < step->count; i++) {
        double byte = 0, call = walk_call(w, step->target, &byte);
        head = i == 0 && step->stream ? byte : step->stream ? head : took + call;
        took += call;
    }
    *first += head;
    return took;
}

/* Where it goes: of several, one by weight, or the one that the objective is of. */
static uint32_t walk_region(struct walk *w, const struct cs_slo *slo, uint32_t fleet,
                            uint32_t zone)
{
    const struct cs_scenario *s = w->scenario;

    if (slo->of == CS_OF_REGION)
        return slo->of_index;
    if (s->routing != CS_ROUTING_WEIGHTED)
        return cs_work_region(s, fleet, zone);
    double u = cs_draw_uniform(&w->draw);
    uint32_t last = 0;

    for (uint32_t r = 0; r < s->n_regions && u >= 0; r++) {
        double share = cs_work_share(s, fleet, zone, r);
        u -= share;
        last = share > 0 ? r : last;
    }
    return last;
}

static double walk_request(struct walk *w, uint32_t function, uint32_t zone,
                           const struct cs_slo *slo)
{
    const struct cs_scenario *s = w->scenario;
    const struct cs_function *f = &s->function[function];
    const struct cs_fleet *fleet = &s->fleet[f->fleet];
    uint32_t region = walk_region(w, slo, f->fleet, zone);
    enum cs_latency latency = slo->latency;
    double total = 0, first = 0, answer = -1;
    bool has_first = false;

    if (f->cache.exists && latency != CS_LATENCY_SERVER &&
        cs_draw_uniform(&w->draw) < f->cache.hit_share)
        return sample_or_zero(w, s->cdn.hit_time);
    for (uint32_t i = 0; i < f->n_steps; i++) {
        double head = 0;
        total += walk_step(w, &f->step[i], fleet, region, &head);
        first += has_first ? 0 : head;
        has_first = has_first || f->step[i].stream || f->step[i].kind == CS_STEP_RESPOND;
        if (f->step[i].kind == CS_STEP_RESPOND && answer < 0)
            answer = total;
    }
    double rtt =
        s->zone_rtt != NULL ? sample_or_zero(w, s->zone_rtt[zone * s->n_regions + region]) : 0;
    total = at_most(answer >= 0 ? answer : total, f->max_duration);
    if (latency == CS_LATENCY_SERVER)
        return total;
    return rtt + (latency == CS_LATENCY_FIRST_BYTE && first < total ? first : total);
}

static uint32_t pick(const double *weight, uint32_t n, double u)
{
    double sum = 0, so_far = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += weight[i];
    for (uint32_t i = 0; i < n; i++) {
        so_far += weight[i];
        if (u * sum < so_far)
            return i;
    }
    return n - 1;
}

/* How much of the function's traffic from the zone counts for the objective. */
static double counts(const struct cs_scenario *s, const struct cs_slo *slo, uint32_t function,
                     uint32_t zone)
{
    uint32_t fleet = s->function[function].fleet;

    if ((slo->of == CS_OF_FUNCTION && slo->of_index != function) ||
        (slo->of == CS_OF_FLEET && slo->of_index != fleet) ||
        (slo->of == CS_OF_ZONE && slo->of_index != zone))
        return 0;
    return slo->of == CS_OF_REGION ? cs_work_share(s, fleet, zone, slo->of_index) : 1;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

double cs_zero_load(const struct cs_scenario *s, const struct cs_slo *slo)
{
    uint32_t cells = s->n_functions * s->n_zones;
    double *weight = CS_NEW_ARRAY(double, cells);
    double *time_s = CS_NEW_ARRAY(double, CS_ZERO_LOAD_DRAWS);
    double total = 0, sum = 0, value = 0;
    struct walk w = {.scenario = s};

    for (uint32_t i = 0; i < cells; i++) {
        uint32_t f = i / s->n_zones, z = i % s->n_zones;
        weight[i] = counts(s, slo, f, z) * cs_work_rate(s, f) * s->zone[z].share;
        total += weight[i];
    }
    for (uint32_t i = 0; total > 0 && i < CS_ZERO_LOAD_DRAWS; i++) {
        cs_draw_init(&w.draw, 1, 0, i, 0, 0, 0);
        uint32_t cell = pick(weight, cells, cs_draw_uniform(&w.draw));
        time_s[i] = walk_request(&w, cell / s->n_zones, cell % s->n_zones, slo);
        sum += time_s[i];
    }
    qsort(time_s, CS_ZERO_LOAD_DRAWS, sizeof *time_s, by_value);
    if (slo->measure == CS_MEASURE_QUANTILE)
        value = time_s[(size_t)(slo->quantile * (CS_ZERO_LOAD_DRAWS - 1))];
    else
        value = sum / CS_ZERO_LOAD_DRAWS;
    free(weight);
    free(time_s);
    bool is_latency = slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN;
    return total > 0 && is_latency ? value : (double)NAN;
}
