/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "capsim/theory.h"
#include "experiment/verify_facts.h"
#include "experiment/verify_table.h"

/* Every zone's edge and every key is a cache of its own. */
double cs_oracle_cache_hits(const struct cs_scenario *scenario,
                            const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_cache *cache = &f.function->cache;
    double ttl = cs_time_s(cache->ttl), stale = cs_time_s(cache->stale_while_revalidate);
    double weights = 0.0, hits = 0.0;

    for (uint32_t k = 1; k <= cache->keys; k++)
        weights += pow(k, -cache->zipf_exponent);
    for (uint32_t z = 0; z < scenario->n_zones; z++)
        for (uint32_t k = 1; k <= cache->keys; k++) {
            double share = scenario->zone[z].share * pow(k, -cache->zipf_exponent) / weights;

            hits += share * cs_theory_ttl_hits(share * f.lambda, ttl, stale);
        }
    return hits;
}

double cs_oracle_cache_mean(const struct cs_scenario *scenario,
                            const struct cs_verify_check *check)
{
    return cs_oracle_cache_hits(scenario, check) * cs_dist_mean(scenario->cdn.hit_time);
}

static uint32_t labelled_region(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    for (uint32_t r = 0; r < scenario->n_regions; r++)
        if (strcmp(check->label[0] + sizeof "region=" - 1, scenario->region[r].name) == 0)
            return r;
    return 0;
}

double cs_oracle_routed_share(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    return scenario->region[labelled_region(scenario, check)].weight;
}

double cs_oracle_routed_mean(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    double mean = 0.0;

    (void)check;
    for (uint32_t z = 0; z < scenario->n_zones; z++)
        for (uint32_t r = 0; r < scenario->n_regions; r++)
            mean += scenario->zone[z].share * scenario->region[r].weight *
                    cs_dist_mean(cs_scenario_zone_rtt(scenario, z, r));
    return mean;
}

/* Busy and idle ones: an instance starts at once. */
double cs_oracle_instance_seconds(const struct cs_scenario *scenario,
                                  const struct cs_verify_check *check)
{
    double there = cs_oracle_busy(scenario, check) + cs_oracle_cold_start_idle(scenario, check);

    return there * cs_time_s(scenario->horizon.duration);
}

double cs_oracle_cost_per_month(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    const struct cs_prices *prices = &scenario->prices;
    struct cs_facts f = cs_facts(scenario, check);
    double hours = cs_oracle_instance_seconds(scenario, check) / 3600.0;
    double bill = hours * f.fleet->memory_bytes / 0x1p30 * prices->gb_hour +
                  cs_oracle_requests(scenario, check) * prices->million_invocations / 1e6;

    return bill * 30 * 86400 / cs_time_s(scenario->horizon.duration);
}
