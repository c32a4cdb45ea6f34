/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/refit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"
#include "capsim/check.h"

/*
 * A copy of all that leads to a distribution; the rest is shared.  Two
 * distributions that are equal in every number, their n among them, are taken
 * for one sample: `like` copies them, and a platform measures once what several
 * places use.
 */
struct refitted {
    const struct cs_dist *from, *to;
};

struct refit {
    struct cs_scenario *copy;
    uint32_t bootstrap;
    struct refitted *done;
    size_t n, capacity;
};

static const struct cs_dist *draw_again(struct refit *refit, const struct cs_dist *dist,
                                        const char *name)
{
    struct cs_dist *to = CS_ARENA_NEW(refit->copy->arena, struct cs_dist);
    struct cs_draw draw;

    cs_draw_init(&draw, refit->copy->seed, cs_stream_id(CS_PURPOSE_BOOTSTRAP, name),
                 refit->bootstrap, 0, 0, 0);
    *to = cs_dist_refit(dist, refit->copy->arena, &draw);
    CS_GROW(refit->done, refit->n + 1, refit->capacity);
    refit->done[refit->n++] = (struct refitted){dist, to};
    return to;
}

/* `name` says which draws are its own; of equal ones, the first. */
__attribute__((format(printf, 3, 4))) static void
visit(struct refit *refit, const struct cs_dist **dist, const char *format, ...)
{
    char name[256];
    va_list args;

    if (*dist == NULL || !cs_dist_is_fitted(*dist))
        return;
    for (size_t i = 0; i < refit->n; i++)
        if (cs_dist_is_equal(refit->done[i].from, *dist)) {
            *dist = refit->done[i].to;
            return;
        }
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    *dist = draw_again(refit, *dist, name);
}

static void *copy_array(struct refit *refit, const void *from, size_t n, size_t size)
{
    void *to = cs_arena_array(refit->copy->arena, n + 1, size);

    if (n > 0)
        memcpy(to, from, n * size);
    return to;
}

static void visit_fleets(struct refit *refit)
{
    struct cs_scenario *s = refit->copy;

    s->fleet = copy_array(refit, s->fleet, s->n_fleets, sizeof *s->fleet);
    for (uint32_t f = 0; f < s->n_fleets; f++) {
        struct cs_fleet *fleet = &s->fleet[f];

        visit(refit, &fleet->cold_start, "fleets.%s.cold_start", fleet->name);
        visit(refit, &fleet->idle_timeout, "fleets.%s.idle_timeout", fleet->name);
        visit(refit, &fleet->queue_timeout, "fleets.%s.queue.timeout", fleet->name);
        fleet->pool = copy_array(refit, fleet->pool, s->n_databases, sizeof *fleet->pool);
        for (uint32_t d = 0; d < s->n_databases; d++)
            visit(refit, &fleet->pool[d].connect, "fleets.%s.pool.%s.connect", fleet->name,
                  s->database[d].name);
    }
}

static void visit_databases(struct refit *refit)
{
    struct cs_scenario *s = refit->copy;

    s->database = copy_array(refit, s->database, s->n_databases, sizeof *s->database);
    for (uint32_t d = 0; d < s->n_databases; d++) {
        struct cs_database *db = &s->database[d];

        visit(refit, &db->pool.connect, "databases.%s.pool.connect", db->name);
        visit(refit, &db->server.failure_every, "databases.%s.server.failures.every", db->name);
        visit(refit, &db->server.repair, "databases.%s.server.failures.repair", db->name);
        db->query = copy_array(refit, db->query, db->n_queries, sizeof *db->query);
        for (uint32_t q = 0; q < db->n_queries; q++)
            visit(refit, &db->query[q].time, "databases.%s.queries.%s", db->name,
                  db->query[q].name);
    }
}

static void visit_dependencies(struct refit *refit)
{
    struct cs_scenario *s = refit->copy;

    s->dependency = copy_array(refit, s->dependency, s->n_dependencies, sizeof *s->dependency);
    for (uint32_t i = 0; i < s->n_dependencies; i++) {
        struct cs_dependency *d = &s->dependency[i];

        visit(refit, &d->latency, "dependencies.%s.latency", d->name);
        visit(refit, &d->first_byte, "dependencies.%s.first_byte", d->name);
        visit(refit, &d->tokens, "dependencies.%s.tokens", d->name);
    }
}

static void visit_functions(struct refit *refit)
{
    struct cs_scenario *s = refit->copy;

    s->function = copy_array(refit, s->function, s->n_functions, sizeof *s->function);
    for (uint32_t f = 0; f < s->n_functions; f++) {
        struct cs_function *function = &s->function[f];
        uint32_t n = function->n_steps;

        function->step = copy_array(refit, function->step, n, sizeof *function->step);
        for (uint32_t i = 0; i < n; i++) {
            struct cs_step *step = &function->step[i];

            visit(refit, &step->time, "functions.%s.steps[%u]", function->name, (unsigned)i);
        }
    }
}

static void visit_sources(struct refit *refit)
{
    struct cs_scenario *s = refit->copy;

    s->source = copy_array(refit, s->source, s->n_sources, sizeof *s->source);
    for (uint32_t i = 0; i < s->n_sources; i++)
        visit(refit, &s->source[i].day_factor, "traffic.%s.day_factor", s->source[i].name);
}

static void visit_network(struct refit *refit)
{
    struct cs_scenario *s = refit->copy;
    uint32_t r = s->n_regions;

    if (s->zone_rtt != NULL)
        s->zone_rtt =
            copy_array(refit, s->zone_rtt, (size_t)s->n_zones * r, sizeof *s->zone_rtt);
    if (s->region_rtt != NULL)
        s->region_rtt = copy_array(refit, s->region_rtt, (size_t)r * r, sizeof *s->region_rtt);
    for (uint32_t i = 0; s->zone_rtt != NULL && i < s->n_zones * r; i++)
        visit(refit, &s->zone_rtt[i], "network.rtt.%s.%s", s->zone[i / r].name,
              s->region[i % r].name);
    for (uint32_t i = 0; s->region_rtt != NULL && i < r * r; i++)
        visit(refit, &s->region_rtt[i], "network.rtt.%s.%s", s->region[i / r].name,
              s->region[i % r].name);
}

static struct refit refit_all(const struct cs_scenario *scenario, uint32_t bootstrap)
{
    struct refit refit = {.copy = CS_NEW(struct cs_scenario), .bootstrap = bootstrap};

    *refit.copy = *scenario;
    refit.copy->arena = cs_arena_new();
    visit_network(&refit);
    visit_databases(&refit);
    visit_dependencies(&refit);
    visit_fleets(&refit);
    visit_functions(&refit);
    visit_sources(&refit);
    visit(&refit, &refit.copy->clients.patience, "clients.patience");
    free(refit.done);
    return refit;
}

struct cs_scenario *cs_scenario_refit(const struct cs_scenario *scenario, uint32_t bootstrap)
{
    return refit_all(scenario, bootstrap).copy;
}

size_t cs_scenario_fitted(const struct cs_scenario *scenario)
{
    struct refit refit = refit_all(scenario, 0);

    cs_scenario_free(refit.copy);
    return refit.n;
}
