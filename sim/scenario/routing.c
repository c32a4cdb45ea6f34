/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "scenario/validate.h"

static double distance_s(const struct cs_scenario *s, uint32_t zone, uint32_t region)
{
    const struct cs_dist *rtt = cs_scenario_zone_rtt(s, zone, region);

    return rtt != NULL ? cs_dist_mean(rtt) : 0;
}

/* What makes a region the better choice when it is less. */
static double rank(const struct cs_scenario *s, uint32_t zone, uint32_t region)
{
    switch (s->routing) {
    case CS_ROUTING_NEAREST:
        return distance_s(s, zone, region);
    case CS_ROUTING_WEIGHTED:
        return -s->region[region].weight;
    case CS_ROUTING_FAILOVER:
        return s->region[region].turn;
    }
    return 0;
}

uint32_t cs_work_region(const struct cs_scenario *s, uint32_t fleet, uint32_t zone)
{
    double best_rank = HUGE_VAL;
    uint32_t best = 0;

    for (uint32_t r = 0; r < s->n_regions; r++) {
        if (!cs_scenario_may_route(s, &s->fleet[fleet], r) || rank(s, zone, r) >= best_rank)
            continue;
        best = r;
        best_rank = rank(s, zone, r);
    }
    return best;
}

double cs_work_share(const struct cs_scenario *s, uint32_t fleet, uint32_t zone,
                     uint32_t region)
{
    double sum = 0;

    if (s->routing != CS_ROUTING_WEIGHTED)
        return cs_work_region(s, fleet, zone) == region ? 1 : 0;
    if (!cs_scenario_may_route(s, &s->fleet[fleet], region))
        return 0;
    for (uint32_t r = 0; r < s->n_regions; r++)
        sum += cs_scenario_may_route(s, &s->fleet[fleet], r) ? s->region[r].weight : 0;
    return s->region[region].weight / sum;
}
