/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCENARIO_VALIDATE_H
#define SCENARIO_VALIDATE_H

#include "scenario/bind.h"

/* What a binder cannot see: contradictions between keys, what follows from
 * others (vCPUs, pools by fleet, the lead-in), and products that are too large
 * to run. */
void cs_validate(struct cs_bind *bind);
/* Of a closed source, and of what only one may have (bind_session.c). */
void cs_validate_source(struct cs_bind *bind, const struct cs_source *source);

/* Memory and rules on utilisation (check_scaling.c), once the fleet is filled. */
void cs_validate_scaling(struct cs_bind *bind, const struct cs_fleet *fleet);
/* One source: its tiers where they go without saying, and contradictions of an open one. */
void cs_validate_demand(struct cs_bind *bind, struct cs_source *source);
/* It has what changes a rate from one time to another. */
bool cs_validate_has_shape(const struct cs_source *source);
/* Its part about dependencies (bind_dependency.c). */
void cs_validate_dependencies(struct cs_bind *bind);

/* ---- work of a request, as far as it can be known without queues ---- */

/* Mean time of a function's steps for a user of zone z (waits, queries, calls,
 * processor time at the speed of an otherwise idle instance, round trips to
 * databases), in seconds, and about how many events it takes to simulate. */
struct cs_work {
    double mean_s;
    double events;
};
struct cs_work cs_work_of(const struct cs_scenario *scenario, uint32_t function, uint32_t zone);
/* Requests a second of one function from a source at load: of an open one the
 * mean of its shape, of a closed one users / (think + response), the interactive
 * response-time law (Denning and Buzen 1978) with the response of an empty platform. */
double cs_work_source_rate(const struct cs_scenario *scenario, const struct cs_source *source,
                           uint32_t function);
/* Fill in what an iteration of each closed source asks for and takes. */
void cs_work_sessions(struct cs_scenario *scenario);
/* Seconds that one vCPU second takes on an instance that serves nothing else. */
double cs_work_stretch(const struct cs_fleet *fleet);
/* Seconds before retry n (1 = the first), before jitter. */
double cs_work_backoff(const struct cs_backoff *backoff, uint32_t n);
/* Requests a second that reach the function at load: mean of the shape, or of the
 * measured window where the rate changes in another way. */
double cs_work_rate(const struct cs_scenario *scenario, uint32_t function);
/* Where requests of zone z for the fleet go while every region is up (routing.c):
 * the one region, or, weighted, that with the largest weight; and the share of them
 * that a region takes. */
uint32_t cs_work_region(const struct cs_scenario *scenario, uint32_t fleet, uint32_t zone);
double cs_work_share(const struct cs_scenario *scenario, uint32_t fleet, uint32_t zone,
                     uint32_t region);
/* What is left of them behind the edge. */
double cs_work_invocations(const struct cs_scenario *scenario, uint32_t function);
/* Sizes of caches, and what follows from their settings (bind_cache.c); after all
 * else is known to be sound. */
void cs_validate_caches(struct cs_bind *bind);
/* Contradictions of routing (bind_routing.c), of prices (bind_prices.c). */
void cs_validate_prices(struct cs_bind *bind);
void cs_validate_routing(struct cs_bind *bind);
/* Mean number of slots that a fleet's requests hold, in Erlang, cold starts left out. */
double cs_work_load(const struct cs_scenario *scenario, uint32_t fleet, double *mean_s);
/* Slots of a fleet over all regions; +infinity without a cap. */
double cs_work_slots(const struct cs_scenario *scenario, uint32_t fleet);
/* Requests of the whole run, all replications. */
double cs_work_requests(const struct cs_scenario *scenario);
/* 20 relaxation times and the rest of the rule. */
cs_time cs_work_lead_in(const struct cs_scenario *scenario);

#endif
