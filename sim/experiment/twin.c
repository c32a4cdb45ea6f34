/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/memory.h"
#include "capsim/theory.h"

#include "explain.h"
#include "twin.h"

static const struct cs_result_metric *find(const struct cs_twins *twins, const char *name,
                                           const char *stat, const char *a, const char *b)
{
    const char *const label[] = {a, b};

    return cs_result_find(twins->result, name, stat, label, a == NULL ? 0 : b == NULL ? 1 : 2);
}

void cs_twin_add(struct cs_twins *twins, const struct cs_twin_row *row)
{
    struct cs_explain *explain = &twins->result->explain;
    const struct cs_result_metric *metric =
        find(twins, row->metric, row->stat, row->label[0], row->label[1]);

    if (metric == NULL || !isfinite(row->theory) || isnan(metric->value.mean) ||
        explain->n_twins == twins->capacity)
        return;
    explain->twin[explain->n_twins++] = (struct cs_explain_twin){
        .where = cs_arena_strdup(twins->result->arena, twins->where),
        .quantity = row->quantity,
        .unit = metric->unit,
        .theory = row->theory,
        .simulated = metric->value,
        .source = row->source,
        .kind = row->kind,
    };
}

static double rate_of(const struct cs_scenario *s, uint32_t function)
{
    double rate = 0.0;

    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t m = 0; m < s->source[i].n_mix; m++) {
            const struct cs_share *mix = s->source[i].mix;

            if (mix[m].index == function)
                rate += s->source[i].rate_per_s * s->load *
                        (mix[m].cumulative - (m > 0 ? mix[m - 1].cumulative : 0.0));
        }
    return rate;
}

/* The only function of the fleet that anybody asks for; CS_NONE. */
static uint32_t only_function(const struct cs_scenario *s, uint32_t fleet)
{
    uint32_t only = CS_NONE;

    for (uint32_t f = 0; f < s->n_functions; f++) {
        if (s->function[f].fleet != fleet || !(rate_of(s, f) > 0.0))
            continue;
        if (only != CS_NONE)
            return CS_NONE;
        only = f;
    }
    return only;
}

/* A load that is the same all the time, and nothing between client and fleet. */
static bool is_plain(const struct cs_scenario *s)
{
    for (uint32_t i = 0; i < s->n_sources; i++)
        if (s->source[i].has_daily || s->source[i].has_weekly || s->source[i].users.exists)
            return false;
    return s->n_regions == 1 && s->region[0].max_instances == CS_UNLIMITED &&
           s->zone_rtt == NULL && s->region_rtt == NULL && s->clients.patience == NULL &&
           !s->clients.retry.exists;
}

static void look_at_fleet(struct cs_twins *twins, uint32_t f)
{
    const struct cs_scenario *s = twins->scenario;
    const struct cs_fleet *fleet = &s->fleet[f];
    uint32_t function = only_function(s, f);

    if (fleet->start_burst.exists || fleet->n_scale_out > 0 ||
        cs_memory_most(s, f) > fleet->memory_bytes)
        return; /* no closed form of a fleet that these change */
    if (function == CS_NONE || s->function[function].n_outcomes > 0 ||
        s->function[function].max_duration != CS_NEVER || s->function[function].n_steps == 0 ||
        s->function[function].cache.exists)
        return;
    const struct cs_function *fn = &s->function[function];

    twins->function = function;
    twins->lambda = rate_of(s, function);
    snprintf(twins->function_label, sizeof twins->function_label, "function=%.100s", fn->name);
    snprintf(twins->fleet_label, sizeof twins->fleet_label, "fleet=%.100s", fleet->name);
    snprintf(twins->where, sizeof twins->where, "fleet %.100s", fleet->name);
    if (fn->step[0].kind == CS_STEP_LIMIT)
        cs_twin_limiter(twins, fleet);
    if (fn->n_steps != 1)
        return;
    twins->service = fn->step[0].time;
    if (fn->step[0].kind == CS_STEP_WAIT)
        cs_twin_station(twins, fleet);
    else if (fn->step[0].kind == CS_STEP_CPU)
        cs_twin_processor(twins, fleet);
    else if (fn->step[0].kind == CS_STEP_QUERY && fn->step[0].count == 1)
        cs_twin_database(twins, fleet, &fn->step[0]);
}

void cs_build_twins(struct cs_result *result, const struct cs_scenario *scenario)
{
    struct cs_twins twins = {.result = result, .scenario = scenario};

    if (!is_plain(scenario))
        return;
    twins.capacity = (size_t)scenario->n_fleets * (6 + scenario->n_tiers);
    result->explain.twin =
        CS_ARENA_ARRAY(result->arena, struct cs_explain_twin, twins.capacity + 1);
    for (uint32_t f = 0; f < scenario->n_fleets; f++)
        look_at_fleet(&twins, f);
}
