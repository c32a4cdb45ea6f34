/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "capsim/theory.h"

#include "twin.h"

enum { MOST_SERVERS = 100000, MOST_BUSY = 300, MOST_LIMIT_STEPS = 20000000 };

static bool is_exponential(const struct cs_dist *dist)
{
    return dist->kind == CS_DIST_EXPONENTIAL;
}

static void response(struct cs_twins *twins, const char *stat, double theory,
                     const char *source, enum cs_twin_kind kind)
{
    const char *quantity = stat[0] == 'm'                     ? "mean response"
                           : stat[1] == '9' && stat[2] == '5' ? "p95 of response"
                                                              : "p99 of response";

    cs_twin_add(twins, &(struct cs_twin_row){.quantity = quantity,
                                             .metric = "request_duration_seconds",
                                             .stat = stat,
                                             .label = {twins->function_label, NULL},
                                             .theory = theory,
                                             .source = source,
                                             .kind = kind});
}

static void refused(struct cs_twins *twins, const char *quantity, const char *code,
                    double theory, const char *source)
{
    cs_twin_add(twins, &(struct cs_twin_row){.quantity = quantity,
                                             .metric = "requests_total",
                                             .stat = "ratio",
                                             .label = {twins->function_label, code},
                                             .theory = theory,
                                             .source = source,
                                             .kind = CS_TWIN_EXACT});
}

bool cs_twin_is_ample(const struct cs_twins *twins, const struct cs_dist *service,
                      double servers)
{
    double a = twins->lambda * cs_dist_mean(service);

    return servers > MOST_SERVERS ||
           (a < servers && cs_theory_erlang_c(a, (unsigned)servers) < 1e-9);
}

static void nobody_waits(struct cs_twins *twins, const struct cs_dist *service)
{
    const char *source = "M/G/infinity: response is service (Takacs 1962)";

    response(twins, "mean", cs_dist_mean(service), source, CS_TWIN_EXACT);
    if (service->kind != CS_DIST_CONSTANT)
        response(twins, "p95", cs_dist_quantile(service, 0.95), source, CS_TWIN_EXACT);
}

void cs_twin_queue(struct cs_twins *twins, const struct cs_dist *service, double servers)
{
    double lambda = twins->lambda, s = cs_dist_mean(service);
    double variance = cs_dist_variance(service);

    if (cs_twin_is_ample(twins, service, servers)) {
        nobody_waits(twins, service);
        return;
    }
    unsigned c = (unsigned)servers;

    if (!(lambda * s < servers) || !isfinite(variance))
        return;
    if (is_exponential(service)) {
        const char *source = "M/M/c (Erlang C; Kleinrock 1975)";

        response(twins, "mean", cs_theory_mmc_mean(lambda, s, c), source, CS_TWIN_EXACT);
        response(twins, "p95", cs_theory_mmc_quantile(lambda, s, c, 0.95), source,
                 CS_TWIN_EXACT);
        response(twins, "p99", cs_theory_mmc_quantile(lambda, s, c, 0.99), source,
                 CS_TWIN_EXACT);
    } else if (c == 1) {
        response(twins, "mean", s + cs_theory_mg1_wait(lambda, s, variance + s * s),
                 "M/G/1 (Pollaczek-Khinchine)", CS_TWIN_EXACT);
    } else { /* wait of M/M/c times (1 + cv^2) / 2 */
        response(twins, "mean",
                 s + (1.0 + variance / (s * s)) / 2 * cs_theory_mmc_wait(lambda, s, c),
                 "M/G/c (Allen and Cunneen 1978)", CS_TWIN_APPROXIMATION);
    }
}

static void elastic(struct cs_twins *twins, const struct cs_fleet *fleet)
{
    double s = cs_dist_mean(twins->service), a = twins->lambda * s;

    if (fleet->concurrency > 1 || fleet->min_instances > 0 || fleet->cold_start != NULL)
        return;
    nobody_waits(twins, twins->service);
    cs_twin_add(twins, &(struct cs_twin_row){"busy instances",
                                             "instances",
                                             "time_mean",
                                             {twins->fleet_label, "state=busy"},
                                             a,
                                             "M/G/infinity: Poisson number (Takacs 1962)",
                                             CS_TWIN_EXACT});
    if (fleet->idle_timeout == NULL || !cs_dist_is_constant(fleet->idle_timeout) ||
        !is_exponential(twins->service) || fleet->reuse != CS_REUSE_LAST_USED || a > MOST_BUSY)
        return;
    double tau = cs_dist_mean(fleet->idle_timeout);
    const char *source = "last-used reuse: first passages of M/M/infinity";

    if (twins->scenario->n_functions == 1)
        cs_twin_add(twins,
                    &(struct cs_twin_row){"share of cold starts",
                                          "cold_starts_total",
                                          "ratio",
                                          {NULL, NULL},
                                          cs_theory_cold_start_share(twins->lambda, s, tau),
                                          source,
                                          CS_TWIN_EXACT});
    cs_twin_add(twins, &(struct cs_twin_row){"idle instances",
                                             "instances",
                                             "time_mean",
                                             {twins->fleet_label, "state=idle"},
                                             cs_theory_cold_start_idle(twins->lambda, s, tau),
                                             source,
                                             CS_TWIN_EXACT});
}

static double fixed_slots(const struct cs_fleet *fleet)
{
    return (double)fleet->max_instances * fleet->concurrency;
}

static bool is_fixed(const struct cs_fleet *fleet)
{
    return fleet->max_instances != CS_UNLIMITED && fleet->min_instances == fleet->max_instances;
}

static bool waits_for_ever(const struct cs_fleet *fleet)
{
    return fleet->queue_limit == CS_UNLIMITED && fleet->queue_timeout == NULL;
}

/* What is refused for want of a slot. */
static void limited(struct cs_twins *twins, const struct cs_fleet *fleet, unsigned c)
{
    double lambda = twins->lambda, s = cs_dist_mean(twins->service);
    const struct cs_dist *patience = fleet->queue_timeout;
    const char *what = "share refused (503)", *code = "code=503";

    if (fleet->queue_limit == 0)
        refused(twins, what, code, cs_theory_erlang_b(lambda * s, c), "M/G/c/c (Erlang B)");
    else if (!is_exponential(twins->service))
        return;
    else if (patience == NULL && fleet->queue_limit < MOST_SERVERS)
        refused(twins, what, code,
                cs_theory_mmck_blocking(lambda, s, c, c + (unsigned)fleet->queue_limit),
                "M/M/c/k");
    else if (fleet->queue_limit == CS_UNLIMITED && cs_dist_is_constant(patience))
        refused(twins, what, code,
                cs_theory_mmc_patience_abandon(lambda, s, c, cs_dist_mean(patience)),
                "M/M/c+D (Barrer 1957)");
    else if (fleet->queue_limit == CS_UNLIMITED && is_exponential(patience))
        refused(twins, what, code,
                cs_theory_erlang_a_abandon(lambda, s, c, cs_dist_mean(patience)),
                "M/M/c+M (Palm 1957)");
}

void cs_twin_station(struct cs_twins *twins, const struct cs_fleet *fleet)
{
    if (fleet->max_instances == CS_UNLIMITED)
        elastic(twins, fleet);
    else if (is_fixed(fleet) && waits_for_ever(fleet))
        cs_twin_queue(twins, twins->service, fixed_slots(fleet));
    else if (is_fixed(fleet) && fixed_slots(fleet) <= MOST_SERVERS)
        limited(twins, fleet, (unsigned)fixed_slots(fleet));
}

/* Mean of processor sharing where a job uses at most one processor. */
static void sharing(struct cs_twins *twins, const struct cs_dist *service, double processors)
{
    double speed = processors < 1.0 ? processors : 1.0;

    if (processors > 1.0 && processors != floor(processors))
        return;
    response(twins, "mean",
             cs_theory_ps_mean(twins->lambda, cs_dist_mean(service) / speed,
                               processors < 1.0 ? 1 : (unsigned)processors),
             "M/G/k processor sharing (Kleinrock 1967; Cohen 1979)", CS_TWIN_EXACT);
}

/* The number present is geometric: so many slots are never all taken. */
static bool is_out_of_reach(double load, double processors, double slots)
{
    return load < processors && (slots - processors) * log(load / processors) < log(1e-9);
}

void cs_twin_processor(struct cs_twins *twins, const struct cs_fleet *fleet)
{
    double cpus = fleet->vcpus < fleet->cpu_threads ? fleet->vcpus : fleet->cpu_threads;
    double load = twins->lambda * cs_dist_mean(twins->service);

    if (!is_fixed(fleet) || fleet->max_instances != 1 || !(cpus > 0.0) ||
        !is_out_of_reach(load, cpus, fleet->concurrency))
        return;
    sharing(twins, twins->service, cpus);
}

/* Nobody else asks the database. */
static bool is_alone(const struct cs_twins *twins, uint32_t database)
{
    const struct cs_scenario *s = twins->scenario;

    for (uint32_t f = 0; f < s->n_functions; f++)
        for (uint32_t i = 0; i < s->function[f].n_steps; i++)
            if (f != twins->function && cs_step_asks(&s->function[f].step[i], database))
                return false;
    return true;
}

static void of_server(struct cs_twins *twins, const struct cs_dist *service,
                      const struct cs_server_config *server, double slots)
{
    double load = twins->lambda * cs_dist_mean(service);

    if (server->usl_alpha > 0.0 || server->usl_beta > 0.0 || !(server->vcpus > 0.0) ||
        server->statement_timeout != CS_NEVER ||
        !is_out_of_reach(load, server->vcpus, fmin(slots, (double)server->max_connections)))
        return;
    sharing(twins, service, server->vcpus);
}

/* A pool, or a gateway without one, is a station of connections.  Who waits for
 * one holds a slot of the instance: there must be more than are ever taken. */
static void of_connections(struct cs_twins *twins, const struct cs_dist *service,
                           double connections, cs_time limit, const char *code, double slots)
{
    double load = twins->lambda * cs_dist_mean(service);
    double most_waiting = limit == CS_NEVER ? 0.0 : twins->lambda * cs_time_s(limit);

    if (limit == CS_NEVER && is_out_of_reach(load, connections, slots))
        cs_twin_queue(twins, service, connections);
    else if (limit != CS_NEVER && is_exponential(service) && connections <= MOST_SERVERS &&
             slots > connections + 10.0 * (most_waiting + 10.0))
        refused(twins, "share that waits too long", code,
                cs_theory_mmc_patience_abandon(twins->lambda, cs_dist_mean(service),
                                               (unsigned)connections, cs_time_s(limit)),
                "M/M/c+D (Barrer 1957)");
}

void cs_twin_database(struct cs_twins *twins, const struct cs_fleet *fleet,
                      const struct cs_step *query)
{
    const struct cs_database *db = &twins->scenario->database[query->target];
    const struct cs_dist *service = db->query[query->query].time;
    const struct cs_pool_config *pool = &fleet->pool[query->target];
    const struct cs_gateway_config *gateway = &db->gateway;
    bool is_pooled = pool->exists && pool->connect == NULL && pool->retries.max == 0;

    /* Two things that may be waited for at once have no formula here. */
    if (!is_fixed(fleet) || fleet->max_instances != 1 || !is_alone(twins, query->target) ||
        (pool->exists && !is_pooled) || pool->exists + gateway->exists + db->server.exists > 1)
        return;
    snprintf(twins->where, sizeof twins->where, "database %.100s", db->name);
    if (pool->exists)
        of_connections(twins, service, pool->max, pool->connect_timeout, "code=500",
                       fleet->concurrency);
    else if (db->server.exists)
        of_server(twins, service, &db->server, fleet->concurrency);
    else if (gateway->exists && gateway->mode == CS_GATEWAY_TRANSACTION &&
             gateway->max_clients >= (int64_t)fleet->concurrency)
        of_connections(twins, service, (double)gateway->pool_size, gateway->wait_timeout,
                       "code=504", fleet->concurrency);
}

/* Share of a tier's requests over the limit: each user is an Erlang loss system
 * of its own, weighted by what it sends. */
static double limited_share(const struct cs_tier *tier, double rate,
                            const struct cs_rate_limit *limit)
{
    double weights = 0.0, sum = 0.0;

    for (uint64_t u = 0; u < tier->users; u++)
        weights += pow((double)(u + 1) + tier->zipf_shift, -tier->zipf_exponent);
    for (uint64_t u = 0; u < tier->users; u++) {
        double p = pow((double)(u + 1) + tier->zipf_shift, -tier->zipf_exponent) / weights;

        sum += p * cs_theory_sliding_log(rate * p, cs_time_s(limit->window), limit->count);
    }
    return sum;
}

static double tier_rate(const struct cs_scenario *s, uint32_t tier)
{
    double rate = 0.0;

    for (uint32_t i = 0; i < s->n_sources; i++)
        for (uint32_t k = 0; k < s->source[i].n_tiers; k++) {
            const struct cs_share *share = s->source[i].tier;

            if (share[k].index == tier)
                rate += s->source[i].rate_per_s * s->load *
                        (share[k].cumulative - (k > 0 ? share[k - 1].cumulative : 0.0));
        }
    return rate;
}

void cs_twin_limiter(struct cs_twins *twins, const struct cs_fleet *fleet)
{
    const struct cs_scenario *s = twins->scenario;
    const struct cs_limiter *limiter = &s->limiter[s->function[twins->function].step[0].target];
    bool is_one =
        limiter->scope != CS_SCOPE_INSTANCE || (is_fixed(fleet) && fleet->max_instances == 1);
    char label[160];

    if (!is_one || s->n_functions != 1 || limiter->algorithm != CS_LIMIT_SLIDING_LOG)
        return;
    for (uint32_t t = 0; t < s->n_tiers; t++) {
        const struct cs_rate_limit *limit = limiter->tier[t].limit;
        double steps = (double)s->tier[t].users * limit[0].count;

        if (limiter->tier[t].n != 1 || steps > MOST_LIMIT_STEPS || !(tier_rate(s, t) > 0.0))
            continue;
        snprintf(label, sizeof label, "tier=%.100s", s->tier[t].name);
        snprintf(twins->where, sizeof twins->where, "rate limit %.40s, tier %.40s",
                 limiter->name, s->tier[t].name);
        cs_twin_add(
            twins, &(struct cs_twin_row){"share limited (429)",
                                         "rate_limited_total",
                                         "ratio",
                                         {label, NULL},
                                         limited_share(&s->tier[t], tier_rate(s, t), &limit[0]),
                                         "sliding log: a loss system for each user (Erlang B)",
                                         CS_TWIN_EXACT});
    }
}
