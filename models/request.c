/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request holds what its steps take, as a stack, and gives it
 *             back in one place, whatever ends it.
 * Equation:   none; order at one instant is the calendar's.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: -
 */
#include "platform.h"

#include "capsim/array.h"

/* More requests under way than this is a backlog without bound. */
enum { MAX_IN_FLIGHT = 1 << 21 };

static void grow_nodes(struct cs_model *model)
{
    uint32_t old = model->node_capacity;
    uint32_t duration = old, patience = old, statement = old;

    CS_GROW(model->wait, model->n_requests, model->node_capacity);
    CS_GROW(model->duration_node, model->n_requests, duration);
    CS_GROW(model->patience_node, model->n_requests, patience);
    CS_GROW(model->statement_node, model->n_requests, statement);
    for (uint32_t i = old; i < model->node_capacity; i++) {
        model->wait[i] = (struct cs_wait_node){0};
        model->duration_node[i] = (struct cs_deadline_node){0};
        model->patience_node[i] = (struct cs_deadline_node){0};
        model->statement_node[i] = (struct cs_deadline_node){0};
    }
}

static uint32_t new_id(struct cs_model *model)
{
    if (model->n_free > 0)
        return model->free_request[--model->n_free];
    uint32_t id = model->n_requests++;

    CS_GROW(model->request, model->n_requests, model->request_capacity);
    CS_GROW(model->free_request, model->n_requests, model->free_capacity);
    if (model->n_requests > model->node_capacity)
        grow_nodes(model);
    model->request[id] = (struct cs_request){
        .timer = cs_timer_new(&model->engine, CS_TREE_NEAR, &cs_request_actor, model, id),
        .patience_timer = CS_NONE,
    };
    return id;
}

struct cs_request *cs_request_new(struct cs_model *model)
{
    if (model->n_requests - model->n_free >= MAX_IN_FLIGHT) {
        model->is_unstable = true;
        cs_engine_stop(&model->engine);
        return NULL;
    }
    uint32_t id = new_id(model); /* may move the array */
    struct cs_request *request = &model->request[id];

    *request = (struct cs_request){.generation = request->generation,
                                   .timer = request->timer,
                                   .patience_timer = request->patience_timer,
                                   .first_byte = CS_NEVER,
                                   .give_up_at = CS_NEVER,
                                   .entry = CS_NONE,
                                   .retry_after = CS_NEVER,
                                   .virtual_user = CS_NONE};
    return request;
}

struct cs_draw cs_request_draw(const struct cs_model *model, const struct cs_request *request,
                               uint64_t stream, uint32_t step)
{
    struct cs_draw draw;

    cs_draw_init(&draw, model->scenario->seed, stream, request->number, request->attempt, step,
                 model->replication);
    return draw;
}

void cs_request_enter(struct cs_model *model, struct cs_request *request)
{
    request->entered = model->engine.now;
    if (model->region[request->region].is_down) { /* since it set out */
        cs_request_end(model, request, 502, CS_REASON_REGION_DOWN);
        return;
    }
    cs_request_stage(model, request, CS_STAGE_INSTANCE_WAIT);
    cs_fleet_enter(model, request);
}

void cs_request_stage(struct cs_model *model, struct cs_request *request, enum cs_stage stage)
{
    cs_time now = model->engine.now;

    request->stage_time[request->stage] += now - request->stage_since;
    request->stage_since = now;
    request->stage = stage;
}

void cs_request_hold(struct cs_model *model, struct cs_request *request, cs_time delay)
{
    request->at = CS_AT_TIMER;
    cs_timer_set(&model->engine, request->timer, model->engine.now + delay, CS_CLASS_RELEASE,
                 CS_REQUEST_GO_ON);
}

void cs_request_limit(struct cs_model *model, struct cs_request *request, cs_time at,
                      enum cs_request_event event)
{
    cs_timer_set(&model->engine, request->timer, at, CS_CLASS_EXPIRY, event);
}

void cs_request_grant(struct cs_model *model, struct cs_request *request)
{
    cs_timer_cancel(&model->engine, request->timer);
    request->at = CS_AT_GRANT;
    cs_engine_grant(&model->engine, &cs_request_actor, model, CS_REQUEST_GRANTED,
                    (uint64_t)request->generation << 32 | cs_request_id(model, request));
}

void cs_request_hold_unit(struct cs_model *model, struct cs_request *request,
                          enum cs_unit_kind kind, uint32_t owner, uint32_t unit)
{
    CS_ENGINE_ASSERT(&model->engine, request->n_units < CS_MAX_UNITS);
    request->unit[request->n_units++] = (struct cs_unit){
        .kind = kind, .owner = owner, .unit = unit, .since = model->engine.now};
}

static void give_back(struct cs_model *model, struct cs_request *request)
{
    struct cs_unit unit = request->unit[--request->n_units];

    switch (unit.kind) {
    case CS_UNIT_SLOT:
        cs_fleet_leave(model, request, unit.since);
        break;
    case CS_UNIT_CONNECTION:
        cs_pool_give_back(model, request, unit.owner, unit.unit, unit.since);
        break;
    case CS_UNIT_CLIENT:
        cs_database_disconnect(model, unit.owner, unit.since);
        break;
    case CS_UNIT_BACKEND:
        cs_database_release_backend(model, unit.owner, unit.since);
        break;
    case CS_UNIT_CALL:
        cs_call_hang_up(model, request, unit.since);
        break;
    }
}

void cs_request_release_unit(struct cs_model *model, struct cs_request *request,
                             enum cs_unit_kind kind)
{
    CS_ENGINE_ASSERT(&model->engine,
                     request->n_units > 0 && request->unit[request->n_units - 1].kind == kind);
    give_back(model, request);
}

/* Undo what it waits for. */
static void stop_waiting(struct cs_model *model, struct cs_request *request)
{
    switch (request->at) {
    case CS_AT_INSTANCE_WAIT:
    case CS_AT_STARTING:
        cs_fleet_stop_waiting(model, request);
        break;
    case CS_AT_CPU:
        cs_cpu_leave(model, request);
        break;
    case CS_AT_CONNECTION_WAIT:
    case CS_AT_CONNECTING:
        cs_pool_stop_waiting(model, request);
        break;
    case CS_AT_BACKEND_WAIT:
        request->at = CS_AT_NOWHERE;
        if (cs_database_stop_waiting(model, request))
            return;
        break;
    case CS_AT_SERVER:
        cs_database_leave_server(model, request);
        break;
    case CS_AT_NOWHERE:
    case CS_AT_TIMER:
    case CS_AT_GRANT:
        break;
    }
    cs_timer_cancel(&model->engine, request->timer);
    request->at = CS_AT_NOWHERE;
}

void cs_request_end(struct cs_model *model, struct cs_request *request, int code,
                    enum cs_reason reason)
{
    uint32_t id = cs_request_id(model, request);
    uint32_t function = request->function;

    stop_waiting(model, request);
    cs_request_answer(model, request, code, reason);
    cs_deadline_cancel(&model->duration_list[function], id);
    while (request->n_units > 0)
        give_back(model, request);
    cs_little_leave(&model->system, request->sent, model->engine.now);
    model->gone++;
    request->generation++;
    model->open_measured -= request->is_measured;
    if (!request->is_ghost)
        model->free_request[model->n_free++] = id;
    cs_model_may_stop(model);
}

void cs_request_forget(struct cs_model *model, struct cs_request *request)
{
    CS_ENGINE_ASSERT(&model->engine, request->is_ghost);
    cs_timer_cancel(&model->engine, request->timer);
    request->is_ghost = false;
    model->n_ghosts--;
    model->free_request[model->n_free++] = cs_request_id(model, request);
}

static void go_on(struct cs_model *model, struct cs_request *request)
{
    request->at = CS_AT_NOWHERE;
    if (request->has_begun)
        cs_program_run(model, request);
    else
        cs_fleet_begin(model, request);
}

static void on_request(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_model *model = self;
    struct cs_request *request = &model->request[(uint32_t)arg];

    switch ((enum cs_request_event)kind) {
    case CS_REQUEST_ENTER:
        cs_request_enter(model, request);
        break;
    case CS_REQUEST_GO_ON:
        go_on(model, request);
        break;
    case CS_REQUEST_GRANTED:
        if (arg >> 32 == request->generation)
            go_on(model, request);
        break;
    case CS_REQUEST_CPU_DONE:
        cs_cpu_done(model, request);
        break;
    case CS_REQUEST_QUEUE_TIMEOUT:
        cs_request_end(model, request, 503, CS_REASON_QUEUE_TIMEOUT);
        break;
    case CS_REQUEST_CONNECT_TIMEOUT:
        cs_pool_stop_waiting(model, request);
        cs_pool_ask_failed(model, request);
        break;
    case CS_REQUEST_RETRY_CONNECT:
        request->pc--; /* the acquisition again */
        go_on(model, request);
        break;
    case CS_REQUEST_BACKEND_TIMEOUT:
        cs_database_waited(model, request);
        break;
    case CS_REQUEST_STATEMENT_TIMEOUT:
        cs_request_end(model, request, 500, CS_REASON_STATEMENT_TIMEOUT);
        break;
    case CS_REQUEST_MAX_DURATION:
        cs_request_end(model, request, 504, CS_REASON_MAX_DURATION);
        break;
    case CS_REQUEST_GIVE_UP:
        cs_request_give_up(model, request);
        break;
    case CS_REQUEST_EDGE_ANSWERS:
        cs_edge_answer(model, request);
        break;
    case CS_REQUEST_RETRY_CALL:
        cs_call_retry(model, request);
        break;
    case CS_REQUEST_CALL_TIMEOUT:
        cs_call_timed_out(model, request);
        break;
    }
}

const struct cs_actor cs_request_actor = {"request", on_request};
