/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_VERIFY_TABLE_H
#define CAPSIM_VERIFY_TABLE_H

#include <stddef.h>

#include "capsim/scenario.h"

/*
 * One check: a scenario, a metric of its result, and what theory says of it.
 * Checks with the same file and sets stand together: they share a simulation.
 */
struct cs_verify_check {
    const char *file; /* in the folder of theory scenarios */
    const char *sets; /* PATH=VALUE, separated by spaces; or "" */
    const char *system, *quantity, *unit;
    const char *metric, *stat;
    const char *label[2]; /* "key=value", or NULL */
    double (*oracle)(const struct cs_scenario *scenario, const struct cs_verify_check *check);
};

extern const struct cs_verify_check cs_verify_table[];
extern const size_t cs_verify_table_n;

/*
 * What theory says, from the loaded scenario's own numbers.  The function in
 * question is the one that the check's label names, or else the first; its
 * service time is that of its first timed step; its servers are the slots of its
 * fleet.
 */
double cs_oracle_mmc_wait(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_mmc_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_mmc_quantile(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_utilization(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_loss(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_queue_limit(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_queue_timeout(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_queue_impatience(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_mg1_wait(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_setup_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_cpu_sharing(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_cold_start_share(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_cold_start_idle(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_memory_kills(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_memory_lost(const struct cs_scenario *, const struct cs_verify_check *);
/* Without a limit on servers: quantile of the service, and mean number of them. */
double cs_oracle_service_quantile(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_busy(const struct cs_scenario *, const struct cs_verify_check *);
/* The first limiter's first tier: a limit of one user, its shadow, and a limit for
 * each of many users. */
double cs_oracle_limit(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_shadow_limit(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_zipf_limits(const struct cs_scenario *, const struct cs_verify_check *);
/* Two fleets that share a region's cap; a function that answers after its first
 * step. */
double cs_oracle_region_cap(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_first_step_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_all_steps_busy(const struct cs_scenario *, const struct cs_verify_check *);
/* A lognormal time cut off by max_duration, by the client's patience. */
double cs_oracle_max_duration_share(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_max_duration_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_max_duration_busy(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_give_up_share(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_error_share(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_requests(const struct cs_scenario *, const struct cs_verify_check *);

/* The first source: requests of the window as its profile, growth, calendar or bursts
 * have them, in one zone on UTC; mean number busy under a profile joined linearly. */
double cs_oracle_profile_requests(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_profile_busy(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_growth_requests(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_calendar_requests(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_burst_requests(const struct cs_scenario *, const struct cs_verify_check *);

/* The first database, and the first function's way to it. */
double cs_oracle_pool_wait(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_pool_timeout(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_gateway_timeout(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_nested_loss(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_two_level_loss(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_two_level_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_statement_timeout(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_usl_blocking(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_usl_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_server_sharing(const struct cs_scenario *, const struct cs_verify_check *);

/* The dependency that the function calls. */
double cs_oracle_transaction(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_up_share(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_down_refused(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_timeout(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_error(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_first_byte(const struct cs_scenario *, const struct cs_verify_check *);
/* Its breaker, retries, rate limit and cap. */
double cs_oracle_breaker_short_circuited(const struct cs_scenario *,
                                         const struct cs_verify_check *);
double cs_oracle_breaker_opened(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_attempts(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_success(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_rate_use(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_limited(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_call_refused(const struct cs_scenario *, const struct cs_verify_check *);
/* Mean over zones of round trips to the nearest region, and on to the database. */
double cs_oracle_distance_mean(const struct cs_scenario *, const struct cs_verify_check *);

/* Clients that ask again; closed traffic, whose functions are the stations. */
double cs_oracle_retry_attempts(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_retry_success(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_closed_requests(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_closed_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_repair_requests(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_repair_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_engset(const struct cs_scenario *, const struct cs_verify_check *);

/* Share answered by the edge, and mean response where all else takes no time; share of
 * the region that the check's first label names, and mean of round trips by weight. */
double cs_oracle_cache_hits(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_cache_mean(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_routed_share(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_routed_mean(const struct cs_scenario *, const struct cs_verify_check *);
/* Of last-used reuse with a keep-alive: time of instances, and what it costs. */
double cs_oracle_instance_seconds(const struct cs_scenario *, const struct cs_verify_check *);
double cs_oracle_cost_per_month(const struct cs_scenario *, const struct cs_verify_check *);

#endif
