/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/check.h"
#include "capsim/theory.h"
#include "experiment/verify_facts.h"
#include "experiment/verify_table.h"

/* ---- clients that ask again ---- */

double cs_oracle_retry_attempts(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_retry_attempts(f.function->outcome[0].probability,
                                    scenario->clients.retry.max);
}

double cs_oracle_retry_success(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_retry_success(f.function->outcome[0].probability,
                                   scenario->clients.retry.max);
}

/* ---- closed traffic: the first source ---- */

/* How often an iteration asks for a function, and how long it thinks. */
static double visits_to(const struct cs_users *users, uint32_t function)
{
    double visits = 0.0;

    for (uint32_t i = 0; i < users->n_ops; i++)
        if (users->op[i].code == CS_SESSION_REQUEST && users->op[i].function == function)
            visits += users->op[i].times;
    return visits;
}

static double think_s(const struct cs_users *users)
{
    double think = 0.0;

    for (uint32_t i = 0; i < users->n_ops; i++)
        if (users->op[i].code == CS_SESSION_THINK)
            think += users->op[i].times * cs_dist_mean(users->op[i].time);
    return think;
}

static unsigned users_of(const struct cs_scenario *scenario)
{
    return (unsigned)((double)scenario->source[0].users.start * scenario->load + 0.5);
}

static struct cs_theory_closed network(const struct cs_scenario *scenario)
{
    const struct cs_users *users = &scenario->source[0].users;
    double service[CS_THEORY_STATIONS], visits[CS_THEORY_STATIONS];

    CS_ASSERT(scenario->n_functions <= CS_THEORY_STATIONS);
    for (uint32_t i = 0; i < scenario->n_functions; i++) {
        service[i] = cs_dist_mean(scenario->function[i].step[0].time);
        visits[i] = visits_to(users, i);
    }
    return cs_theory_mva(users_of(scenario), think_s(users), service, visits,
                         scenario->n_functions);
}

double cs_oracle_closed_requests(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    double visits =
        visits_to(&scenario->source[0].users, (uint32_t)(f.function - scenario->function));

    return network(scenario).throughput * visits * cs_time_s(scenario->horizon.duration);
}

double cs_oracle_closed_mean(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return network(scenario).at[f.function - scenario->function];
}

static struct cs_theory_closed repair(const struct cs_scenario *scenario,
                                      const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_repair(users_of(scenario), think_s(&scenario->source[0].users), f.s,
                            f.servers);
}

double cs_oracle_repair_requests(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    return repair(scenario, check).throughput * cs_time_s(scenario->horizon.duration);
}

double cs_oracle_repair_mean(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    return repair(scenario, check).response;
}

double cs_oracle_engset(const struct cs_scenario *scenario, const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return cs_theory_engset(f.s / think_s(&scenario->source[0].users), f.servers,
                            users_of(scenario));
}
