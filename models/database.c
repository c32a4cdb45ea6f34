/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a gateway (pooler or PostgREST) lends its backends query by
 *             query; running queries share the server.
 * Equation:   n queries run at min(n, vcpus) / (1 + a (n-1) + b n (n-1)) in all.
 * Source:     Gunther, Guerrilla Capacity Planning (2007), for the slowdown.
 * Leaves out: locks, disk, replication; a waiter whose caller is gone leaves.
 */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

#include "capsim/array.h"

uint32_t cs_request_database(const struct cs_model *model, const struct cs_request *request)
{
    return model->program[request->function].op[request->pc - 1].target;
}

/* ---- connections ---- */

static bool holds_backend(const struct cs_database_state *database)
{
    return database->config->gateway.exists &&
           database->config->gateway.mode == CS_GATEWAY_SESSION;
}

bool cs_database_connect(struct cs_model *model, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    if (holds_backend(state) && state->backends.busy >= state->backends.capacity)
        return false;
    if (!cs_station_seize(&state->clients, now))
        return false;
    if (holds_backend(state))
        cs_station_take(&state->backends, now);
    return true;
}

void cs_database_disconnect(struct cs_model *model, uint32_t database, cs_time since)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    cs_station_release(&state->clients, since, now);
    if (holds_backend(state))
        cs_station_release(&state->backends, since, now);
}

/* ---- a backend for a query ---- */

/* Where there is a client pool, its connection is lost and asked for anew. */
void cs_database_waited(struct cs_model *model, struct cs_request *request)
{
    const struct cs_op *op = &model->program[request->function].op[request->pc - 1];
    uint32_t id = cs_request_id(model, request);

    if (!cs_pool_exists(model, request, op->target)) {
        cs_request_end(model, request, 504, CS_REASON_BACKEND_TIMEOUT);
        return;
    }
    if (request->at == CS_AT_BACKEND_WAIT)
        cs_station_abandon(&model->database[op->target].backends, id, model->engine.now);
    request->at = CS_AT_NOWHERE;
    cs_pool_lose(model, request);
    request->pc = op->jump + 1; /* as if the acquisition had failed */
    cs_pool_ask_failed(model, request);
}

static bool wait_for_backend(struct cs_model *model, struct cs_request *request,
                             struct cs_database_state *state)
{
    cs_time limit = state->config->gateway.wait_timeout;

    if (limit == 0) {
        cs_database_waited(model, request);
        return false;
    }
    cs_request_stage(model, request, CS_STAGE_DB_WAIT);
    cs_station_wait(&state->backends, cs_request_id(model, request), model->engine.now);
    request->at = CS_AT_BACKEND_WAIT;
    if (limit != CS_NEVER)
        cs_request_limit(model, request, model->engine.now + limit, CS_REQUEST_BACKEND_TIMEOUT);
    return false;
}

bool cs_database_dial(struct cs_model *model, struct cs_request *request, uint32_t database)
{
    if (!cs_database_connect(model, database)) {
        cs_request_end(model, request, 503, CS_REASON_CONNECTIONS_REFUSED);
        return false;
    }
    cs_request_hold_unit(model, request, CS_UNIT_CLIENT, database, 0);
    return true;
}

bool cs_database_admit(struct cs_model *model, struct cs_request *request, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];

    if (!state->config->gateway.exists || holds_backend(state))
        return true;
    if (!cs_station_seize(&state->backends, model->engine.now))
        return wait_for_backend(model, request, state);
    cs_request_hold_unit(model, request, CS_UNIT_BACKEND, database, 0);
    return true;
}

void cs_database_release_backend(struct cs_model *model, uint32_t database, cs_time since)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    cs_station_release(&state->backends, since, now);
    uint32_t next = cs_station_next(&state->backends, now);

    if (next == CS_NOBODY)
        return;
    struct cs_request *request = &model->request[next];

    cs_station_take(&state->backends, now);
    cs_request_hold_unit(model, request, CS_UNIT_BACKEND, database, 0);
    cs_request_grant(model, request);
}

/* ---- the server ---- */

static bool limits_statements(const struct cs_database_state *state)
{
    return state->config->server.statement_timeout != CS_NEVER;
}

static void end_statement(struct cs_model *model, const struct cs_request *request)
{
    struct cs_database_state *state = &model->database[cs_request_database(model, request)];

    if (limits_statements(state))
        cs_deadline_cancel(&state->statements, cs_request_id(model, request));
}

static void on_served(void *self, uint32_t customer)
{
    struct cs_model *model = self;
    struct cs_request *request = &model->request[customer];

    end_statement(model, request);
    request->at = CS_AT_NOWHERE;
    cs_program_run(model, request);
}

void cs_database_execute(struct cs_model *model, struct cs_request *request, uint32_t database,
                         cs_time time)
{
    struct cs_database_state *state = &model->database[database];
    cs_time limit =
        state->config->server.exists ? state->config->server.statement_timeout : CS_NEVER;
    cs_time now = model->engine.now;

    cs_fan_add(&state->running_rows, 1, now);
    if (!state->has_sharing) {
        request->at = CS_AT_SERVER;
        cs_timer_set(&model->engine, request->timer, now + (time > limit ? limit : time),
                     time > limit ? CS_CLASS_EXPIRY : CS_CLASS_RELEASE,
                     time > limit ? CS_REQUEST_STATEMENT_TIMEOUT : CS_REQUEST_GO_ON);
        return;
    }
    if (cs_model_is_busy_hour(model))
        *state->hour_work += (uint64_t)time;
    request->at = CS_AT_SERVER;
    request->job = cs_sharing_add(&state->server, cs_request_id(model, request), (double)time);
    if (limits_statements(state))
        cs_deadline_arm(&state->statements, cs_request_id(model, request));
}

void cs_database_leave_server(struct cs_model *model, struct cs_request *request)
{
    struct cs_database_state *state = &model->database[cs_request_database(model, request)];

    cs_fan_add(&state->running_rows, -1, model->engine.now);
    if (!state->has_sharing)
        return;
    cs_sharing_remove(&state->server, request->job);
    end_statement(model, request);
}

void cs_database_executed(struct cs_model *model, struct cs_request *request, uint32_t database)
{
    cs_fan_add(&model->database[database].running_rows, -1, model->engine.now);
    if (request->unit[request->n_units - 1].kind == CS_UNIT_BACKEND)
        cs_request_release_unit(model, request, CS_UNIT_BACKEND);
}

/* ---- wiring ---- */

static const unsigned level_stats = CS_STAT_BIT(CS_STAT_TIME_MEAN) |
                                    CS_STAT_BIT(CS_STAT_TIME_P95) |
                                    CS_STAT_BIT(CS_STAT_BUSY_HOUR) | CS_STAT_BIT(CS_STAT_MAX);

static void wire_pool_rows(struct cs_model *model, uint32_t database,
                           const struct cs_cell *cell)
{
    static const unsigned masks[] = {0, 1, 2, 4};
    const struct cs_database *config = &model->scenario->database[database];
    uint32_t n_cells = model->scenario->n_fleets * model->scenario->n_regions;
    struct cs_pool_rows *rows = &model->pool_rows[database * n_cells + cell->index];
    struct cs_labels labels =
        CS_LABELS({"database", config->name}, {"fleet", cell->config->name},
                  {"region", cs_region_label(model, cell->region)});
    char name[256];

    if (!cell->config->pool[database].exists)
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
}

static uint32_t greatest_pool(const struct cs_model *model, uint32_t database)
{
    uint32_t max = 0;

    for (uint32_t f = 0; f < model->scenario->n_fleets; f++) {
        const struct cs_pool_config *pool = &model->scenario->fleet[f].pool[database];

        if (pool->exists && pool->max > max)
            max = pool->max;
    }
    return max;
}

static void wire_worst(struct cs_model *model, struct cs_database_state *state, uint32_t d)
{
    static const unsigned both = 3;
    uint32_t max = greatest_pool(model, d);

    if (max == 0)
        return;
    state->pools_with = CS_NEW_ARRAY(uint32_t, max + 1);
    cs_share_build(&state->worst_share, model, "db_pool_utilization", level_stats,
                   CS_LABELS({"database", state->config->name}, {"instance", "worst"}), &both,
                   1, NULL, NULL);
    cs_share_add(&state->worst_share, 0, max, 0);
}

static void wire_stations(struct cs_model *model, struct cs_database_state *state)
{
    const struct cs_gateway_config *gateway = &state->config->gateway;
    const struct cs_server_config *server = &state->config->server;
    int64_t connections = server->exists ? server->max_connections : CS_UNLIMITED;
    int64_t pool_size = gateway->pool_size < connections ? gateway->pool_size : connections;

    cs_station_init(&state->clients, &model->wait,
                    gateway->exists ? gateway->max_clients : connections, 0);
    cs_station_init(&state->backends, &model->wait, pool_size, CS_UNLIMITED);
    state->clients.busy_rows = &state->clients_rows;
    state->clients.little_busy = &state->little_clients;
    state->backends.waiting_rows = &state->backend_wait_rows;
    state->backends.little_busy = &state->little_backends;
    state->backends.little_waiting = &state->little_backend_wait;
}

/*
 * The most work a second that any number of queries at once gets done: more only
 * slow each other down (Gunther 2007, 4.4).
 */
static double most_work(const struct cs_server_config *server)
{
    double most = 0.0;

    for (int64_t n = 1; n <= server->max_connections && n <= 100000; n++) {
        double m = (double)n;
        double busy = server->vcpus > 0.0 && server->vcpus < m ? server->vcpus : m;
        double work =
            busy / (1.0 + server->usl_alpha * (m - 1.0) + server->usl_beta * m * (m - 1.0));

        most = work > most ? work : most;
    }
    return most;
}

static void wire_work(struct cs_model *model, struct cs_database_state *state)
{
    const struct cs_breakdown_state *hour = &model->breakdown;
    double length = (double)(hour->hour_end - hour->hour_start);

    state->hour_capacity = (uint64_t)(length * most_work(&state->config->server));
    state->hour_work = cs_metric_hour_ratio(model->registry, "db_server_utilization", "1",
                                            CS_LABELS({"database", state->config->name}),
                                            &state->hour_capacity);
}

static void wire_database(struct cs_model *model, uint32_t d)
{
    static const unsigned masks[] = {0, 1};
    static const unsigned query_masks[] = {0, 1, 2};
    const unsigned time_stats =
        CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P95) | CS_STAT_BIT(CS_STAT_P99);
    struct cs_database_state *state = &model->database[d];
    const struct cs_database *config = state->config = &model->scenario->database[d];
    const struct cs_server_config *server = &config->server;
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
    state->has_sharing = server->exists && (server->vcpus > 0.0 || server->usl_alpha > 0.0 ||
                                            server->usl_beta > 0.0);
    if (state->has_sharing)
        cs_sharing_init(&state->server, &model->engine,
                        server->vcpus > 0.0 ? server->vcpus : __builtin_inf(),
                        server->usl_alpha, server->usl_beta, on_served, model);
    if (state->has_sharing)
        wire_work(model, state);
    if (state->has_sharing && limits_statements(state))
        cs_deadlines_init(&state->statements, &model->engine, &model->statement_node,
                          server->statement_timeout, &cs_request_actor, model,
                          CS_REQUEST_STATEMENT_TIMEOUT);
    state->query_time = CS_NEW_ARRAY(struct cs_fan_times, config->n_queries + 1);
    for (uint32_t q = 0; q < config->n_queries; q++) {
        labels.label[1] = (struct cs_label){"query", config->query[q].name};
        cs_times_build(&state->query_time[q], model, "db_query_seconds", time_stats, labels,
                       query_masks, 3);
    }
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
}

void cs_databases_release(struct cs_model *model)
{
    for (uint32_t d = 0; d < model->scenario->n_databases; d++) {
        if (model->database[d].has_sharing)
            cs_sharing_release(&model->database[d].server);
        free(model->database[d].pools_with);
        free(model->database[d].query_time);
    }
    free(model->database);
    free(model->pool_rows);
}
