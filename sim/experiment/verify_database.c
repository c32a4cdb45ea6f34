/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/theory.h"
#include "experiment/verify_facts.h"
#include "experiment/verify_table.h"

double cs_oracle_pool_wait(const struct cs_scenario *scenario,
                           const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_pool_config *pool = &f.fleet->pool[0];

    return cs_theory_mmc_wait(f.lambda, f.s, pool->max);
}

double cs_oracle_pool_timeout(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_pool_config *pool = &f.fleet->pool[0];

    return cs_theory_mmc_patience_abandon(f.lambda, f.s, pool->max,
                                          cs_time_s(pool->connect_timeout));
}

double cs_oracle_gateway_timeout(const struct cs_scenario *scenario,
                                 const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];

    return cs_theory_mmc_patience_abandon(f.lambda, f.s, (unsigned)db->gateway.pool_size,
                                          cs_time_s(db->gateway.wait_timeout));
}

/* The instances are fleets of one each, all alike. */
double cs_oracle_nested_loss(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];
    int64_t cap = CS_UNLIMITED;

    if (db->gateway.exists && db->gateway.max_clients < cap)
        cap = db->gateway.max_clients;
    if (db->server.exists && db->server.max_connections < cap)
        cap = db->server.max_connections;
    return cs_theory_nested_loss(scenario->n_fleets, f.lambda * f.s, f.fleet->pool[0].max,
                                 (unsigned)cap);
}

/* Two fleets of one instance each, alike, served in turn. */
static struct cs_theory_two_level two_level(const struct cs_facts *f)
{
    return cs_theory_two_level(f->lambda, f->s, f->fleet->pool[0].max, f->servers, 1.0);
}

double cs_oracle_two_level_loss(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return two_level(&f).blocking;
}

/* Over all requests: who is refused has an answer at once. */
double cs_oracle_two_level_mean(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);

    return two_level(&f).number / (2.0 * f.lambda);
}

double cs_oracle_statement_timeout(const struct cs_scenario *scenario,
                                   const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];

    return cs_facts_tail(f.time, cs_time_s(db->server.statement_timeout));
}

double cs_oracle_usl_blocking(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];

    return cs_theory_usl_blocking(f.lambda, f.s, db->server.usl_alpha, db->server.usl_beta,
                                  (unsigned)db->gateway.max_clients);
}

double cs_oracle_usl_mean(const struct cs_scenario *scenario,
                          const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];

    return cs_theory_usl_mean(f.lambda, f.s, db->server.usl_alpha, db->server.usl_beta,
                              (unsigned)db->gateway.max_clients);
}

double cs_oracle_server_sharing(const struct cs_scenario *scenario,
                                const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];

    return cs_theory_ps_mean(f.lambda, f.s, (unsigned)db->server.vcpus);
}

/* Lost of those that ask while all are held: mean time held from the step that begins
 * the transaction to the one that ends it. */
double cs_oracle_transaction(const struct cs_scenario *scenario,
                             const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];
    int64_t pool = f.fleet->pool[0].max;
    double held = 0.0;

    for (uint32_t i = 0; i < f.function->n_steps; i++) {
        const struct cs_step *step = &f.function->step[i];

        if (step->kind == CS_STEP_QUERY)
            held += step->count * cs_dist_mean(db->query[step->query].time);
        else if (step->kind == CS_STEP_WAIT)
            held += cs_dist_mean(step->time);
    }
    return cs_theory_erlang_b(
        f.lambda * held,
        (unsigned)(pool < db->gateway.pool_size ? pool : db->gateway.pool_size));
}

double cs_oracle_up_share(const struct cs_scenario *scenario,
                          const struct cs_verify_check *check)
{
    const struct cs_server_config *server = &scenario->database[0].server;

    (void)check;
    return cs_theory_up_share(cs_dist_mean(server->failure_every),
                              cs_dist_mean(server->repair));
}

/* Poisson arrivals see time averages; what it cuts off (1 ms of each) is none of them. */
double cs_oracle_down_refused(const struct cs_scenario *scenario,
                              const struct cs_verify_check *check)
{
    return 1.0 - cs_oracle_up_share(scenario, check);
}

static uint32_t nearest_region(const struct cs_scenario *scenario, uint32_t zone)
{
    const struct cs_dist **rtt = &scenario->zone_rtt[zone * scenario->n_regions];
    uint32_t best = 0;

    for (uint32_t r = 1; r < scenario->n_regions; r++)
        if (cs_dist_mean(rtt[r]) < cs_dist_mean(rtt[best]))
            best = r;
    return best;
}

double cs_oracle_distance_mean(const struct cs_scenario *scenario,
                               const struct cs_verify_check *check)
{
    struct cs_facts f = cs_facts(scenario, check);
    const struct cs_database *db = &scenario->database[0];
    double mean = 0.0;

    for (uint32_t z = 0; z < scenario->n_zones; z++) {
        uint32_t r = nearest_region(scenario, z);
        double there = cs_dist_mean(scenario->zone_rtt[z * scenario->n_regions + r]);
        double on =
            r == db->region
                ? 0.0
                : cs_dist_mean(scenario->region_rtt[r * scenario->n_regions + db->region]);

        mean += scenario->zone[z].share * (there + f.step->count * (on + f.s));
    }
    return mean;
}
