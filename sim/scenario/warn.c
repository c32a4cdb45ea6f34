/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "scenario/notes.h"
#include "scenario/validate.h"
#include "scenario/zero_load.h"

static bool fleet_queries(const struct cs_scenario *s, uint32_t fleet, uint32_t database)
{
    for (uint32_t f = 0; f < s->n_functions; f++)
        for (uint32_t i = 0; s->function[f].fleet == fleet && i < s->function[f].n_steps; i++) {
            if (cs_step_asks(&s->function[f].step[i], database))
                return true;
        }
    return false;
}

static void warn_pools(const struct cs_scenario *s, uint32_t f, struct cs_notes *notes)
{
    const struct cs_fleet *fleet = &s->fleet[f];

    for (uint32_t d = 0; d < s->n_databases; d++) {
        const struct cs_pool_config *pool = &fleet->pool[d];
        if (!pool->exists || !fleet_queries(s, f, d))
            continue;
        if (fleet->concurrency <= pool->max)
            cs_note(
                notes,
                "Fleet %s: with concurrency %u an instance holds at most %u connection%s to "
                "%s, so its pool (max %u) can never queue.",
                fleet->name, (unsigned)fleet->concurrency, (unsigned)fleet->concurrency,
                fleet->concurrency == 1 ? "" : "s", s->database[d].name, (unsigned)pool->max);
    }
}

static void warn_load(const struct cs_scenario *s, uint32_t f, struct cs_notes *notes)
{
    double mean_s = 0, erlang = cs_work_load(s, f, &mean_s), slots = cs_work_slots(s, f);
    bool is_used = false, is_closed = s->n_sources > 0;

    for (uint32_t i = 0; i < s->n_sources; i++)
        is_closed = is_closed && s->source[i].users.exists;
    for (uint32_t i = 0; i < s->n_functions; i++)
        is_used = is_used || s->function[i].fleet == f;
    if (!is_used)
        cs_note(notes, "Fleet %s: no function runs on it.", s->fleet[f].name);
    if (erlang >= slots)
        cs_note(notes,
                "Fleet %s: requests need %.4g slots on average and the caps allow %.4g: %s.",
                s->fleet[f].name, erlang, slots,
                s->fleet[f].queue_limit == 0 ? "the rest is refused"
                : is_closed                  ? "users wait"
                                             : "the backlog grows");
}

static void warn_caps(const struct cs_scenario *s, struct cs_notes *notes)
{
    for (uint32_t r = 0; r < s->n_regions; r++) {
        int64_t cap = s->region[r].max_instances, sum = 0;
        bool bounded = cap != CS_UNLIMITED;
        for (uint32_t f = 0; f < s->n_fleets; f++) {
            const struct cs_fleet *fleet = &s->fleet[f];
            if (!fleet->in_region[r])
                continue;
            if (bounded && fleet->max_instances != CS_UNLIMITED && fleet->max_instances > cap)
                cs_note(notes, "Fleet %s: max_instances %lld is above region %s's %lld.",
                        fleet->name, (long long)fleet->max_instances, s->region[r].name,
                        (long long)cap);
            sum = fleet->max_instances > CS_UNLIMITED - sum ? CS_UNLIMITED
                                                            : sum + fleet->max_instances;
        }
        if (bounded && sum < cap)
            cs_note(notes,
                    "Region %s: max_instances %lld can never bind; its fleets allow %lld.",
                    s->region[r].name, (long long)cap, (long long)sum);
    }
}

/* Connections that all instances together may open. */
static double most_connections(const struct cs_scenario *s, uint32_t d)
{
    double most = 0;

    for (uint32_t f = 0; f < s->n_fleets; f++) {
        const struct cs_fleet *fleet = &s->fleet[f];
        double held = fleet->concurrency;
        if (!fleet_queries(s, f, d))
            continue;
        if (fleet->pool[d].exists && fleet->pool[d].max < held)
            held = fleet->pool[d].max;
        most += cs_work_slots(s, f) / fleet->concurrency * held;
    }
    return most;
}

static void warn_database(const struct cs_scenario *s, uint32_t d, struct cs_notes *notes)
{
    const struct cs_database *db = &s->database[d];
    const struct cs_gateway_config *g = &db->gateway;
    double most = most_connections(s, d);
    double cap = g->exists           ? (double)g->max_clients
                 : db->server.exists ? (double)db->server.max_connections
                                     : HUGE_VAL;

    if (g->exists && db->server.exists && g->pool_size != CS_UNLIMITED &&
        g->pool_size > db->server.max_connections)
        cs_note(notes,
                "Database %s: the gateway's pool_size %lld is above the server's %lld "
                "connections.",
                db->name, (long long)g->pool_size, (long long)db->server.max_connections);
    if (g->exists && g->max_clients != CS_UNLIMITED && most < (double)g->max_clients)
        cs_note(notes,
                "Database %s: max_clients %lld can never bind; instances hold %.4g connections "
                "at most.",
                db->name, (long long)g->max_clients, most);
    if (g->exists && g->mode == CS_GATEWAY_SESSION && g->wait_timeout != CS_NEVER)
        cs_note(notes,
                "Database %s: in session mode nobody waits for a backend, so wait_timeout can "
                "never bind: a connection beyond pool_size is refused at once.",
                db->name);
    if (most > cap && cap < (double)CS_UNLIMITED)
        cs_note(
            notes, "Database %s: instances may ask for %s connections, and %.4g are allowed.",
            db->name,
            isinf(most) ? "any number of" : cs_arena_printf(notes->arena, "%.4g", most), cap);
}

static void warn_server(const struct cs_scenario *s, uint32_t d, struct cs_notes *notes)
{
    const struct cs_database *db = &s->database[d];
    double busy = 0;

    for (uint32_t f = 0; f < s->n_functions; f++)
        for (uint32_t i = 0; i < s->function[f].n_steps; i++) {
            const struct cs_step *step = &s->function[f].step[i];
            if (step->kind == CS_STEP_QUERY && step->target == d)
                busy += cs_work_invocations(s, f) * step->count *
                        cs_dist_mean(db->query[step->query].time);
        }
    if (db->server.exists && db->server.vcpus > 0 && busy >= db->server.vcpus)
        cs_note(notes,
                "Database %s: queries need %.3g vCPUs on average and the server has %.3g.",
                db->name, busy, db->server.vcpus);
}

/* Of two windows of a log the longer binds only below what the shorter lets through. */
static const char *window_key(cs_time window)
{
    return window == CS_S      ? "per_second"
           : window == CS_MIN  ? "per_minute"
           : window == CS_HOUR ? "per_hour"
                               : "per_day";
}

static void warn_windows(const struct cs_limiter *limiter, const char *tier,
                         const struct cs_tier_limit *limits, struct cs_notes *notes)
{
    for (uint32_t i = 0; i < limits->n; i++)
        for (uint32_t k = i + 1; k < limits->n; k++) {
            const struct cs_rate_limit *a = &limits->limit[i], *b = &limits->limit[k];
            int64_t most = b->window / a->window * a->count;
            if (b->count >= most)
                cs_note(notes, "Rate limit %s, tier %s: %s %u can never bind; %s allows %lld.",
                        limiter->name, tier, window_key(b->window), (unsigned)b->count,
                        window_key(a->window), (long long)most);
        }
}

static void warn_limiter(const struct cs_scenario *s, uint32_t l, struct cs_notes *notes)
{
    const struct cs_limiter *limiter = &s->limiter[l];
    bool is_used = false;

    for (uint32_t f = 0; f < s->n_functions; f++)
        for (uint32_t i = 0; i < s->function[f].n_steps; i++)
            is_used = is_used || (s->function[f].step[i].kind == CS_STEP_LIMIT &&
                                  s->function[f].step[i].target == l);
    if (!is_used)
        cs_note(notes, "Rate limit %s: no function has it among its steps.", limiter->name);
    for (uint32_t t = 0; limiter->algorithm == CS_LIMIT_SLIDING_LOG && t < s->n_tiers; t++)
        warn_windows(limiter, s->tier[t].name, &limiter->tier[t], notes);
}

static void warn_slo(const struct cs_scenario *s, const struct cs_slo *slo,
                     struct cs_notes *notes)
{
    double best = cs_zero_load(s, slo);
    bool wants_less = slo->compare == CS_LT || slo->compare == CS_LE;
    char value[CS_UNIT_TEXT], days[CS_UNIT_TEXT];

    /* 3 % is the error of the draws behind it. */
    if (wants_less && best > slo->threshold * 1.03)
        cs_note(notes, "Objective %s (%s): missed even at zero load, where it is about %s.",
                slo->name, slo->target, cs_unit_print(value, best, CS_DIM_TIME));
    if (slo->measure == CS_MEASURE_DATABASE_UP && !cs_scenario_can_go_down(s, slo->of_index))
        cs_note(notes, "Objective %s: nothing in this scenario can take the database down.",
                slo->name);
    if (slo->window > s->horizon.duration)
        cs_note(notes,
                "Objective %s: its window of %s is longer than the horizon; each replication "
                "counts as one window, taken to repeat.",
                slo->name, cs_unit_print(days, cs_time_s(slo->window), CS_DIM_TIME));
}

size_t cs_scenario_warnings(const struct cs_scenario *s, struct cs_arena *arena,
                            const char ***out)
{
    struct cs_notes notes = {.arena = arena};

    for (uint32_t f = 0; f < s->n_fleets; f++) {
        warn_load(s, f, &notes);
        warn_pools(s, f, &notes);
        cs_warn_scaling(s, f, &notes);
    }
    warn_caps(s, &notes);
    for (uint32_t l = 0; l < s->n_limiters; l++)
        warn_limiter(s, l, &notes);
    for (uint32_t d = 0; d < s->n_databases; d++) {
        warn_database(s, d, &notes);
        warn_server(s, d, &notes);
    }
    cs_warn_traffic(s, &notes);
    cs_warn_dependencies(s, &notes);
    for (uint32_t f = 0; f < s->n_functions; f++)
        if (cs_work_rate(s, f) <= 0)
            cs_note(&notes, "Function %s: no traffic asks for it.", s->function[f].name);
    for (uint32_t f = 0; f < s->n_functions; f++)
        if (s->function[f].cache.exists && s->function[f].cache.hit_share <= 0)
            cs_note(&notes, "Function %s: its cache answers nobody: all who ask have a user.",
                    s->function[f].name);
    for (uint32_t i = 0; i < s->n_slos; i++)
        warn_slo(s, &s->slo[i], &notes);
    *out = notes.line;
    return notes.n;
}
