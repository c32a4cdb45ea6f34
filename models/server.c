/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: running queries share the server equally.
 * Equation:   n queries run at min(n, vcpus) / (1 + a (n-1) + b n (n-1)) in all.
 * Source:     Gunther, Guerrilla Capacity Planning (2007), for the slowdown.
 * Leaves out: locks, disk, replication.
 */
#include "platform.h"

static bool limits_statements(const struct cs_database_state *state)
{
    return state->config->server.exists && state->config->server.statement_timeout != CS_NEVER;
}

static void end_statement(struct cs_model *model, const struct cs_request *request)
{
    struct cs_database_state *state = &model->database[cs_request_database(model, request)];

    if (state->has_statements)
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

/* By its own timer: nothing is shared. */
static void run_alone(struct cs_model *model, struct cs_request *request, cs_time time,
                      cs_time limit)
{
    request->job = CS_NONE;
    cs_timer_set(&model->engine, request->timer,
                 model->engine.now + (time > limit ? limit : time),
                 time > limit ? CS_CLASS_EXPIRY : CS_CLASS_RELEASE,
                 time > limit ? CS_REQUEST_STATEMENT_TIMEOUT : CS_REQUEST_GO_ON);
}

void cs_database_execute(struct cs_model *model, struct cs_request *request, uint32_t database,
                         cs_time time)
{
    struct cs_database_state *state = &model->database[database];
    uint32_t id = cs_request_id(model, request);

    if (state->slow != 1.0)
        time = cs_time_from_s((double)time * state->slow * 1e-9);
    cs_fan_add(&state->running_rows, 1, model->engine.now);
    request->at = CS_AT_SERVER;
    if (!state->has_sharing) {
        run_alone(model, request, time,
                  limits_statements(state) ? state->config->server.statement_timeout
                                           : CS_NEVER);
        return;
    }
    cs_hour_use_add(model, &state->hour_work, (uint64_t)time);
    request->job = cs_sharing_add(&state->server, id, (double)time);
    if (limits_statements(state))
        cs_deadline_arm(&state->statements, id);
}

void cs_database_leave_server(struct cs_model *model, struct cs_request *request)
{
    struct cs_database_state *state = &model->database[cs_request_database(model, request)];

    cs_fan_add(&state->running_rows, -1, model->engine.now);
    if (request->job == CS_NONE)
        return;
    cs_sharing_remove(&state->server, request->job);
    end_statement(model, request);
}

void cs_database_executed(struct cs_model *model, uint32_t database)
{
    cs_fan_add(&model->database[database].running_rows, -1, model->engine.now);
}

/* ---- what it is ---- */

static double cpus_of(const struct cs_server_config *server)
{
    return server->vcpus > 0.0 ? server->vcpus : __builtin_inf();
}

bool cs_server_shares(const struct cs_server_config *server)
{
    return server->exists &&
           (server->vcpus > 0.0 || server->usl_alpha > 0.0 || server->usl_beta > 0.0);
}

static void size_up(struct cs_model *model, struct cs_database_state *state)
{
    const struct cs_server_config *server = &state->config->server;

    if (!state->has_sharing && cs_server_shares(server)) {
        cs_sharing_init(&state->server, &model->engine, cpus_of(server), server->usl_alpha,
                        server->usl_beta, on_served, model);
        state->has_sharing = true;
    }
    if (!state->has_sharing || !limits_statements(state))
        return;
    if (!state->has_statements)
        cs_deadlines_init(&state->statements, &model->engine, &model->statement_node,
                          server->statement_timeout, &cs_request_actor, model,
                          CS_REQUEST_STATEMENT_TIMEOUT);
    state->has_statements = true;
    state->statements.length = server->statement_timeout;
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

static void limit_work(struct cs_model *model, struct cs_database_state *state)
{
    const struct cs_server_config *server = &state->config->server;

    cs_hour_use_limit(model, &state->hour_work,
                      cs_server_shares(server) ? most_work(server) : 0.0);
}

void cs_server_reconfigure(struct cs_model *model, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];
    const struct cs_server_config *server = &state->config->server;

    size_up(model, state);
    if (state->has_sharing)
        cs_sharing_resize(&state->server, cpus_of(server), server->usl_alpha, server->usl_beta);
    limit_work(model, state);
}

void cs_server_wire(struct cs_model *model, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];

    size_up(model, state);
    if (!cs_scenario_ever_has(model->scenario, CS_HAS_SERVER, 0, database))
        return;
    cs_hour_use_wire(model, &state->hour_work, "db_server_utilization",
                     CS_LABELS({"database", state->config->name}));
    limit_work(model, state);
}
