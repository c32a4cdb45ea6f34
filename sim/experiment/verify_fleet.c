/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "capsim/theory.h"
#include "experiment/verify_facts.h"
#include "experiment/verify_table.h"

/* "p95" is 0.95. */
static double stat_quantile(const struct cs_verify_check *check)
{
    return strtod(check->stat + 1, NULL) / 100.0;
}

double cs_oracle_mmc_wait(const struct cs_scenario *scenario,
                          const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_mmc_wait(f.lambda, f.s, f.servers);
}

double cs_oracle_mmc_mean(const struct cs_scenario *scenario,
                          const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_mmc_mean(f.lambda, f.s, f.servers);
}

double cs_oracle_mmc_quantile(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_mmc_quantile(f.lambda, f.s, f.servers, stat_quantile(check));
}

double cs_oracle_utilization(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return f.lambda * f.s / (double)f.servers;
}

double cs_oracle_loss(const struct cs_scenario *scenario, const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_erlang_b(f.lambda * f.s, f.servers);
}

double cs_oracle_queue_limit(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    unsigned places = f.servers + (unsigned)f.fleet->queue_limit;

    return cs_theory_mmck_blocking(f.lambda, f.s, f.servers, places);
}

double cs_oracle_queue_timeout(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_mmc_patience_abandon(f.lambda, f.s, f.servers,
                                          cs_dist_mean(f.fleet->queue_timeout));
}

double cs_oracle_queue_impatience(const struct cs_scenario *scenario,
                                  const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_erlang_a_abandon(f.lambda, f.s, f.servers,
                                      cs_dist_mean(f.fleet->queue_timeout));
}

double cs_oracle_mg1_wait(const struct cs_scenario *scenario,
                          const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_mg1_wait(f.lambda, f.s, f.es2);
}

double cs_oracle_setup_mean(const struct cs_scenario *scenario,
                            const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    double d = cs_dist_mean(f.fleet->cold_start);
    double d2 = cs_dist_variance(f.fleet->cold_start) + d * d;

    return f.s + cs_theory_mg1_setup_wait(f.lambda, f.s, f.es2, d, d2);
}

/* A job uses at most one CPU, and all of an instance at most cpu_threads. */
double cs_oracle_cpu_sharing(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_ps_mean(f.lambda, f.s,
                             (unsigned)fmin(f.fleet->vcpus, f.fleet->cpu_threads));
}

double cs_oracle_cold_start_share(const struct cs_scenario *scenario,
                                  const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_cold_start_share(f.lambda, f.s, cs_dist_mean(f.fleet->idle_timeout));
}

double cs_oracle_cold_start_idle(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_cold_start_idle(f.lambda, f.s, cs_dist_mean(f.fleet->idle_timeout));
}

/* Requests that fit in an instance's memory. */
static unsigned memory_room(const struct cs_fleet *fleet)
{
    const struct cs_memory_use *use = &fleet->memory_use;

    return (unsigned)((fleet->memory_bytes - use->base) / use->per_request);
}

double cs_oracle_memory_kills(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_memory_kills(f.lambda, f.s, memory_room(f.fleet)) *
           cs_time_s(scenario->horizon.duration);
}

double cs_oracle_memory_lost(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    unsigned room = memory_room(f.fleet);

    return cs_theory_memory_kills(f.lambda, f.s, room) * (double)(room + 1) / f.lambda;
}

double cs_oracle_region_cap(const struct cs_scenario *scenario,
                            const struct cs_verify_check *check)
{
    (void)check;
    return cs_theory_erlang_b(cs_facts_load(scenario),
                              (unsigned)scenario->region[0].max_instances);
}

double cs_oracle_first_step_mean(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return f.s;
}

double cs_oracle_all_steps_busy(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    (void)check;
    return cs_facts_load(scenario);
}

double cs_oracle_service_quantile(const struct cs_scenario *scenario,
                                  const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_dist_quantile(f.time, stat_quantile(check));
}

double cs_oracle_busy(const struct cs_scenario *scenario, const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return f.lambda * f.s;
}

double cs_oracle_max_duration_share(const struct cs_scenario *scenario,
                                    const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_facts_tail(f.time, cs_time_s(f.function->max_duration));
}

double cs_oracle_max_duration_mean(const struct cs_scenario *scenario,
                                   const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_facts_limited_mean(f.time, cs_time_s(f.function->max_duration));
}

double cs_oracle_max_duration_busy(const struct cs_scenario *scenario,
                                   const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return f.lambda * cs_facts_limited_mean(f.time, cs_time_s(f.function->max_duration));
}

double cs_oracle_give_up_share(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_facts_tail(f.time, cs_dist_mean(scenario->clients.patience));
}

double cs_oracle_error_share(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return f.function->outcome[0].probability;
}

double cs_oracle_requests(const struct cs_scenario *scenario,
                          const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return f.lambda * cs_time_s(scenario->horizon.duration);
}
