/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a gateway (pooler or PostgREST) lends its backends query by query, or
 *             for a whole transaction; in session mode, connection by connection.
 * Equation:   none; a waiter whose request has ended stays until it is reached, and
 *             is passed over at no cost.
 * Source:     Supavisor and PgBouncer, as the scenario format describes them.
 * Leaves out: the opening and closing of backends; a wait for a session.
 */
#include "platform.h"

uint32_t cs_request_database(const struct cs_model *model, const struct cs_request *request)
{
    return model->program[request->function].op[request->pc - 1].target;
}

/* ---- connections ---- */

bool cs_database_is_session(const struct cs_database_state *state)
{
    return state->config->gateway.exists && state->config->gateway.mode == CS_GATEWAY_SESSION;
}

bool cs_database_connect(struct cs_model *model, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    if (state->down_causes > 0)
        return false;
    if (cs_database_is_session(state) && state->backends.busy >= state->backends.capacity)
        return false;
    if (!cs_station_seize(&state->clients, now))
        return false;
    if (cs_database_is_session(state))
        cs_station_take(&state->backends, now);
    return true;
}

void cs_database_disconnect(struct cs_model *model, uint32_t database, cs_time since)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    cs_station_release(&state->clients, since, now);
    if (cs_database_is_session(state))
        cs_station_release(&state->backends, since, now);
}

bool cs_database_sheds(const struct cs_model *model, uint32_t database)
{
    const struct cs_database_state *state = &model->database[database];

    return state->down_causes > 0 || state->clients.busy > state->clients.capacity ||
           (cs_database_is_session(state) && state->backends.busy > state->backends.capacity);
}

bool cs_database_dial(struct cs_model *model, struct cs_request *request, uint32_t database)
{
    if (cs_database_connect(model, database)) {
        cs_request_hold_unit(model, request, CS_UNIT_CLIENT, database, 0);
        return true;
    }
    cs_request_end(model, request, 503,
                   model->database[database].down_causes > 0 ? CS_REASON_DATABASE_DOWN
                                                             : CS_REASON_CONNECTIONS_REFUSED);
    return false;
}

/* ---- waiting for a backend ---- */

static void leave_queue(struct cs_model *model, struct cs_request *request)
{
    cs_station_abandon(&model->database[cs_request_database(model, request)].backends,
                       cs_request_id(model, request), model->engine.now);
}

bool cs_database_stop_waiting(struct cs_model *model, struct cs_request *request)
{
    const struct cs_database_state *state =
        &model->database[cs_request_database(model, request)];

    if (state->config->gateway.drop_abandoned) {
        leave_queue(model, request);
        return false;
    }
    request->is_ghost = true;
    model->n_ghosts++;
    return true;
}

/* Where there is a client pool, its connection is lost and asked for anew; a
 * transaction, which has lost it with its first query, begins again. */
void cs_database_waited(struct cs_model *model, struct cs_request *request)
{
    const struct cs_op *op = &model->program[request->function].op[request->pc - 1];

    if (request->is_ghost) {
        leave_queue(model, request);
        cs_request_forget(model, request);
        return;
    }
    if (request->at == CS_AT_BACKEND_WAIT)
        leave_queue(model, request);
    request->at = CS_AT_NOWHERE;
    if (!cs_pool_exists(model, request, op->target)) {
        cs_request_end(model, request, 504, CS_REASON_BACKEND_TIMEOUT);
        return;
    }
    cs_pool_lose(model, request);
    if (op->is_held)
        request->tries = request->transaction_tries;
    request->pc = op->acquire + 1; /* as if the acquisition had failed */
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

/* ---- a backend for a query ---- */

bool cs_database_admit(struct cs_model *model, struct cs_request *request, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];

    if (!state->config->gateway.exists || cs_database_is_session(state) ||
        request->unit[request->n_units - 1].kind == CS_UNIT_BACKEND)
        return true;
    if (!cs_station_seize(&state->backends, model->engine.now))
        return wait_for_backend(model, request, state);
    cs_request_hold_unit(model, request, CS_UNIT_BACKEND, database, 0);
    return true;
}

void cs_database_serve(struct cs_model *model, uint32_t database)
{
    struct cs_database_state *state = &model->database[database];
    cs_time now = model->engine.now;

    while (state->backends.waiting > 0 && state->backends.busy < state->backends.capacity) {
        struct cs_request *request = &model->request[cs_station_next(&state->backends, now)];

        if (request->is_ghost) {
            cs_request_forget(model, request);
            continue;
        }
        cs_station_take(&state->backends, now);
        cs_request_hold_unit(model, request, CS_UNIT_BACKEND, database, 0);
        cs_request_grant(model, request);
    }
}

void cs_database_forget(struct cs_model *model, uint32_t database)
{
    struct cs_station *backends = &model->database[database].backends;

    while (backends->waiting > 0)
        cs_request_forget(model, &model->request[cs_station_next(backends, model->engine.now)]);
}

void cs_database_release_backend(struct cs_model *model, uint32_t database, cs_time since)
{
    cs_station_release(&model->database[database].backends, since, model->engine.now);
    cs_database_serve(model, database);
}
