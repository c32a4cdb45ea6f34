/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request goes to one region, of those that are up and in which its
 *             fleet may run: the nearest by mean round trip; or the first in the
 *             order; or one by weight.
 * Equation:   by weight: the least of Exp(1) / weight over the regions, each with a
 *             draw of its own, so region r takes weight_r / sum, and one that goes
 *             down or is added moves those alone that it loses or takes.
 * Source:     Efraimidis and Spirakis 2006 for the draw; models/README.md.
 * Leaves out: the time in which routers notice that a region is down.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/math.h"

static double rank_of(const struct cs_scenario *scenario, uint32_t zone, uint32_t region)
{
    if (scenario->routing == CS_ROUTING_FAILOVER)
        return scenario->region[region].turn;
    const struct cs_dist *rtt = cs_scenario_zone_rtt(scenario, zone, region);

    return rtt == NULL ? 0.0 : cs_dist_mean(rtt);
}

static bool is_open(const struct cs_model *model, const struct cs_fleet *fleet, uint32_t region,
                    bool even_down)
{
    return cs_scenario_may_route(model->scenario, fleet, region) &&
           (even_down || !model->region[region].is_down);
}

/* Of equals the first. */
static uint32_t best(const struct cs_model *model, uint32_t zone, const struct cs_fleet *fleet,
                     bool even_down)
{
    uint32_t found = CS_NONE;
    double least = 0.0;

    for (uint32_t r = 0; r < model->scenario->n_regions; r++) {
        double rank = rank_of(model->scenario, zone, r);

        if (!is_open(model, fleet, r, even_down) || (found != CS_NONE && rank >= least))
            continue;
        found = r;
        least = rank;
    }
    return found;
}

static uint32_t by_weight(const struct cs_model *model, const struct cs_request *request,
                          const struct cs_fleet *fleet, bool even_down)
{
    const struct cs_scenario *scenario = model->scenario;
    uint64_t stream = model->source[request->source].route_stream;
    uint32_t found = CS_NONE;
    double least = 0.0;
    struct cs_draw draw;

    for (uint32_t r = 0; r < scenario->n_regions; r++) {
        if (!is_open(model, fleet, r, even_down))
            continue;
        cs_draw_init(&draw, scenario->seed, stream, request->number, 0,
                     model->region[r].route_step, model->replication);
        double score = -cs_log(cs_draw_uniform(&draw)) / scenario->region[r].weight;

        if (found != CS_NONE && score >= least)
            continue;
        found = r;
        least = score;
    }
    return found;
}

bool cs_request_route(struct cs_model *model, struct cs_request *request)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t f = scenario->function[request->function].fleet, region;
    bool is_weighted = scenario->routing == CS_ROUTING_WEIGHTED;

    region = is_weighted ? by_weight(model, request, &scenario->fleet[f], false)
                         : model->route[request->zone * scenario->n_fleets + f];
    bool is_up = region != CS_NONE;

    if (!is_up)
        region = is_weighted ? by_weight(model, request, &scenario->fleet[f], true)
                             : best(model, request->zone, &scenario->fleet[f], true);
    CS_ENGINE_ASSERT(&model->engine, region != CS_NONE);
    request->region = region;
    request->cell = f * scenario->n_regions + region;
    return is_up;
}

void cs_routes_refresh(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    for (uint32_t z = 0; z < scenario->n_zones; z++)
        for (uint32_t f = 0; f < scenario->n_fleets; f++)
            model->route[z * scenario->n_fleets + f] =
                best(model, z, &scenario->fleet[f], false);
}

void cs_routes_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    model->route = CS_NEW_ARRAY(uint32_t, (size_t)scenario->n_zones * scenario->n_fleets + 1);
    for (uint32_t r = 0; r < scenario->n_regions; r++)
        model->region[r].route_step =
            (uint32_t)cs_stream_id(CS_PURPOSE_ROUTE, scenario->region[r].name);
    cs_routes_refresh(model);
}

void cs_routes_release(struct cs_model *model)
{
    free(model->route);
}
