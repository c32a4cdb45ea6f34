/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Databases and their pools: rows, sizes, and what changes of them in flight.
 */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

#include "capsim/array.h"

static const unsigned level_stats = CS_STAT_BIT(CS_STAT_TIME_MEAN) |
                                    CS_STAT_BIT(CS_STAT_TIME_P95) |
                                    CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX);

/* Some function of the fleet has a step that uses the database. */
static bool is_asked_by(const struct cs_scenario *scenario, uint32_t database,
                        const struct cs_fleet *fleet)
{
    for (uint32_t f = 0; f < scenario->n_functions; f++) {
        const struct cs_function *function = &scenario->function[f];

        for (uint32_t i = 0; i < function->n_steps; i++)
            if (&scenario->fleet[function->fleet] == fleet &&
                cs_step_asks(&function->step[i], database))
                return true;
    }
    return false;
}

static void wire_pool_rows(struct cs_model *model, uint32_t database,
                           const struct cs_cell *cell)
{
    static const unsigned masks[] = {0, 1, 2, 4};
    const struct cs_database *config = &model->scenario->database[database];
    struct cs_pool_rows *rows = cs_pool_rows(model, database, cell->index);
    struct cs_labels labels =
        CS_LABELS({"database", config->name}, {"fleet", cell->config->name},
                  {"region", cs_region_label(model, cell->region)});
    char name[256];

    if (!cs_scenario_ever_has(model->scenario, CS_HAS_POOL, cell->fleet, database))
        return;
    snprintf(name, sizeof name, "%s/%s/%s", config->name, cell->config->name,
             model->scenario->region[cell->region].name);
    rows->connect_stream = cs_stream_id(CS_PURPOSE_CONNECT, name);
    cs_fan_build(&rows->total, model, "db_pool_total_connections", "connections", level_stats,
                 labels, masks, 4);
    cs_fan_build(&rows->active, model, "db_pool_active_connections", "connections", level_stats,
                 labels, masks, 4);
    cs_fan_build(&rows->idle, model, "db_pool_idle_connections", "connections", level_stats,
                 labels, masks, 4);
    cs_fan_build(&rows->waiting, model, "db_pool_waiting_requests", "requests", level_stats,
                 labels, masks, 4);
    cs_share_build(&rows->share, model, "db_pool_utilization", level_stats, labels, masks, 4,
                   &rows->active, NULL);
    cs_share_build(&rows->open_share, model, "db_pool_open_utilization", level_stats, labels,
                   masks, 4, &rows->active, &rows->total);
    cs_counts_build(&rows->errors, model, "db_pool_connection_errors", "errors", labels, masks,
                    4, &model->meters.measured);
    cs_fan_build(&rows->potential, model, "db_connections_potential", "connections",
                 level_stats, labels, masks, 4);
    rows->is_asked = is_asked_by(model->scenario, database, cell->config);
}

/* ---- the worst pool ---- */

/* More parts than this are not needed: then what is in use is rounded to one. */
enum { MOST_PARTS = 1000000000 };

static int64_t common_parts(int64_t a, int64_t b)
{
    int64_t x = a, y = b;

    while (y != 0) {
        int64_t rest = x % y;
        x = y;
        y = rest;
    }
    return a / x <= MOST_PARTS / b ? a / x * b : MOST_PARTS;
}

uint32_t cs_database_group(const struct cs_database_state *state, uint32_t max)
{
    uint32_t g = 0;

    while (g < state->n_groups && state->group[g].max != max)
        g++;
    return g;
}

static void add_groups(struct cs_database_state *state, const struct cs_scenario *scenario,
                       uint32_t database)
{
    for (uint32_t f = 0; f < scenario->n_fleets; f++) {
        const struct cs_pool_config *pool = &scenario->fleet[f].pool[database];

        if (!pool->exists || cs_database_group(state, pool->max) < state->n_groups)
            continue;
        CS_GROW(state->group, state->n_groups + 1u, state->group_capacity);
        state->group[state->n_groups++] =
            (struct cs_pool_group){pool->max, 0, CS_NEW_ARRAY(uint32_t, pool->max + 1u)};
        state->worst_whole = common_parts(state->worst_whole, pool->max);
    }
}

static void wire_worst(struct cs_model *model, struct cs_database_state *state, uint32_t d)
{
    static const unsigned both = 3;
    const struct cs_scenario *scenario = model->scenario;

    state->worst_whole = 1;
    add_groups(state, scenario, d);
    for (uint32_t v = 0; v < scenario->n_versions; v++)
        add_groups(state, scenario->version[v].scenario, d);
    if (state->n_groups == 0)
        return;
    cs_share_build(&state->worst_share, model, "db_pool_utilization", level_stats,
                   CS_LABELS({"database", state->config->name}, {"instance", "worst"}), &both,
                   1, NULL, NULL);
    cs_share_add(&state->worst_share, 0, state->worst_whole, 0);
}

static void size_stations(struct cs_database_state *state)
{
    const struct cs_gateway_config *gateway = &state->config->gateway;
    const struct cs_server_config *server = &state->config->server;
    int64_t connections = server->exists ? server->max_connections : CS_UNLIMITED;

    state->clients.capacity = gateway->exists ? gateway->max_clients : connections;
    state->backends.capacity =
        gateway->pool_size < connections ? gateway->pool_size : connections;
}

static void wire_stations(struct cs_model *model, struct cs_database_state *state)
{
    cs_station_init(&state->clients, &model->wait, 0, 0);
    cs_station_init(&state->backends, &model->wait, 0, CS_UNLIMITED);
    size_stations(state);
    state->clients.busy_rows = &state->clients_rows;
    state->clients.little_busy = &state->little_clients;
    state->backends.waiting_rows = &state->backend_wait_rows;
    state->backends.little_busy = &state->little_backends;
    state->backends.little_waiting = &state->little_backend_wait;
}

/* The runbook's name for the mean of all queries, where there are pools. */
static void name_query_time(struct cs_model *model, const struct cs_database *config)
{
    struct cs_labels labels[] = {CS_LABELS({"database", config->name}), CS_NO_LABELS};

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        size_t row = cs_row_find(model, "db_query_seconds", &labels[i]);
        size_t known = cs_row_find(model, "db_pool_average_query_time", &labels[i]);

        if (known == cs_registry_metrics(model->registry))
            cs_metric_alias(model->registry, row, "db_pool_average_query_time", labels[i]);
    }
}

static void wire_queries(struct cs_model *model, struct cs_database_state *state)
{
    static const unsigned masks[] = {0, 1, 2};
    const unsigned stats =
        CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P95) | CS_STAT_BIT(CS_STAT_P99);
    const struct cs_database *config = state->config;

    state->query_time = CS_NEW_ARRAY(struct cs_fan_times, config->n_queries + 1);
    for (uint32_t q = 0; q < config->n_queries; q++) {
        struct cs_labels labels =
            CS_LABELS({"database", config->name}, {"query", config->query[q].name});

        cs_times_build(&state->query_time[q], model, "db_query_seconds", stats, labels, masks,
                       3);
    }
    if (state->n_groups > 0 && config->n_queries > 0)
        name_query_time(model, config);
}

static void wire_database(struct cs_model *model, uint32_t d)
{
    static const unsigned masks[] = {0, 1};
    struct cs_database_state *state = &model->database[d];
    const struct cs_database *config = state->config = &model->scenario->database[d];
    struct cs_labels labels = CS_LABELS({"database", config->name});

    state->model = model;
    cs_fan_build(&state->clients_rows, model, "db_connections", "connections", level_stats,
                 labels, masks, 2);
    cs_fan_build(&state->running_rows, model, "db_backends_active", "connections", level_stats,
                 labels, masks, 2);
    cs_fan_build(&state->backend_wait_rows, model, "db_backends_waiting", "requests",
                 level_stats, labels, masks, 2);
    wire_stations(model, state);
    wire_worst(model, state, d);
    cs_server_wire(model, d);
    wire_queries(model, state);
    cs_uptime_wire(model, d);
}

struct cs_pool_rows *cs_pool_rows(const struct cs_model *model, uint32_t database,
                                  uint32_t cell)
{
    uint32_t n_cells = model->scenario->n_fleets * model->scenario->n_regions;

    return &model->pool_rows[database * n_cells + cell];
}

void cs_databases_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;
    uint32_t n_cells = scenario->n_fleets * scenario->n_regions;

    model->database = CS_NEW_ARRAY(struct cs_database_state, scenario->n_databases + 1);
    model->pool_rows =
        CS_NEW_ARRAY(struct cs_pool_rows, (size_t)scenario->n_databases * n_cells + 1);
    for (uint32_t d = 0; d < scenario->n_databases; d++) {
        wire_database(model, d);
        for (uint32_t c = 0; c < n_cells; c++)
            wire_pool_rows(model, d, &model->cell[c]);
    }
    for (uint32_t c = 0; c < n_cells; c++)
        for (uint32_t i = 0; i < model->cell[c].n_instances; i++)
            cs_pools_count_potential(model, model->cell[c].instance[i], 1);
}

void cs_databases_release(struct cs_model *model)
{
    for (uint32_t d = 0; d < model->scenario->n_databases; d++) {
        if (model->database[d].has_sharing)
            cs_sharing_release(&model->database[d].server);
        for (uint32_t g = 0; g < model->database[d].n_groups; g++)
            free(model->database[d].group[g].with);
        free(model->database[d].group);
        free(model->database[d].query_time);
    }
    free(model->database);
    free(model->pool_rows);
}

/* ---- in flight ---- */

/* Close what is idle above a lowered cap, the longest idle of each pool first. */
static void shed_idle(struct cs_model *model, uint32_t database)
{
    uint32_t n_cells = model->scenario->n_fleets * model->scenario->n_regions;

    for (uint32_t c = 0; c < n_cells; c++)
        for (uint32_t i = 0; i < model->cell[c].n_instances; i++) {
            struct cs_pool *pool = model->cell[c].instance[i]->pool[database];

            while (pool != NULL && pool->is_open && pool->n_idle > 0 &&
                   cs_database_sheds(model, database))
                cs_idle_close(model, pool);
        }
}

void cs_databases_reconfigure(struct cs_model *model)
{
    for (uint32_t d = 0; d < model->scenario->n_databases; d++) {
        struct cs_database_state *state = &model->database[d];
        const struct cs_server_config *before = &state->config->server;

        state->config = &model->scenario->database[d];
        size_stations(state);
        cs_server_reconfigure(model, d);
        cs_uptime_reconfigure(model, d, before);
        if (!cs_database_is_session(state))
            cs_database_serve(model, d);
        shed_idle(model, d);
    }
}
