/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Wiring, running and checking one replication; no mechanism lives here.
 */
#include "capsim/model.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "event.h"
#include "platform.h"

enum { MODEL_START, MODEL_STEP, MODEL_HOUR_START, MODEL_HOUR_END, MODEL_END };

/* A result's series have at most this many points. */
enum { MAX_POINTS = 1440 };

/* ---- the clock of the measured window ---- */

/* The step that ends with the window is the window's to end. */
static void next_step(struct cs_model *model)
{
    cs_time next = model->engine.now + cs_registry_step_length(model->registry);

    if (next < model->end)
        cs_timer_set(&model->engine, model->step_timer, next, CS_CLASS_SAMPLE, MODEL_STEP);
}

static void window_starts(struct cs_model *model)
{
    cs_registry_start(model->registry, model->engine.now);
    model->waiting_at_start = cs_waiting(model);
    next_step(model);
    cs_timer_set(&model->engine, model->window_timer, model->end, CS_CLASS_SAMPLE, MODEL_END);
}

/* Last step, hour if it is the last, window: all at one instant, in this order. */
static void window_ends(struct cs_model *model)
{
    cs_time now = model->engine.now;

    cs_registry_step(model->registry, now);
    if (model->hour_end == model->end)
        cs_registry_hour(model->registry, now, false);
    cs_registry_end(model->registry, now);
    model->waiting_at_end = cs_waiting(model);
    model->is_window_over = true;
    cs_model_may_stop(model);
}

static void on_clock(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_model *model = self;
    cs_time now = model->engine.now;

    (void)arg;
    cs_shares_settle(&model->meters, now);
    switch (kind) {
    case MODEL_START:
        window_starts(model);
        break;
    case MODEL_STEP:
        cs_registry_step(model->registry, now);
        next_step(model);
        break;
    case MODEL_HOUR_START:
        cs_registry_hour(model->registry, now, true);
        if (model->hour_end < model->end)
            cs_timer_set(&model->engine, model->hour_timer, model->hour_end, CS_CLASS_SAMPLE,
                         MODEL_HOUR_END);
        break;
    case MODEL_HOUR_END:
        cs_registry_hour(model->registry, now, false);
        break;
    case MODEL_END:
        window_ends(model);
        break;
    }
}

static const struct cs_actor clock_actor = {"clock", on_clock};

/* The window's hour with most expected arrivals; the last of equals, which is
 * furthest from the start.  All of a window of less than two hours. */
static void find_busy_hour(struct cs_model *model, cs_time *from, cs_time *to)
{
    double most = -1.0;

    *from = model->start;
    *to = model->end;
    if (model->end - model->start < 2 * CS_HOUR)
        return;
    for (cs_time t = model->start; t + CS_HOUR <= model->end; t += CS_HOUR) {
        double sum = 0.0;

        for (int i = 0; i < 4; i++)
            sum += cs_sources_rate(model->scenario, t + (2 * i + 1) * CS_HOUR / 8);
        if (sum >= most * (1.0 - 1e-12)) {
            most = sum > most ? sum : most;
            *from = t;
            *to = t + CS_HOUR;
        }
    }
}

/* A whole number of samples, few enough points. */
static cs_time step_length(const struct cs_horizon *horizon)
{
    cs_time step = horizon->sample;

    while ((horizon->duration + step - 1) / step > MAX_POINTS)
        step *= 2;
    return step;
}

static void wire_clock(struct cs_model *model)
{
    const struct cs_horizon *horizon = &model->scenario->horizon;
    cs_time hour_start;

    find_busy_hour(model, &hour_start, &model->hour_end);
    model->breakdown.hour_start = hour_start;
    model->breakdown.hour_end = model->hour_end;
    cs_registry_window(model->registry, model->start, model->end, step_length(horizon),
                       hour_start, model->hour_end);
    model->window_timer = cs_timer_new(&model->engine, CS_TREE_FAR, &clock_actor, model, 0);
    model->step_timer = cs_timer_new(&model->engine, CS_TREE_FAR, &clock_actor, model, 0);
    model->hour_timer = cs_timer_new(&model->engine, CS_TREE_FAR, &clock_actor, model, 0);
    cs_timer_set(&model->engine, model->window_timer, model->start, CS_CLASS_SET, MODEL_START);
    cs_timer_set(&model->engine, model->hour_timer, hour_start, CS_CLASS_SET, MODEL_HOUR_START);
}

/* ---- wiring ---- */

static void wire_functions(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    model->program = CS_NEW_ARRAY(struct cs_program, scenario->n_functions + 1);
    model->duration_list = CS_NEW_ARRAY(struct cs_deadlines, scenario->n_functions + 1);
    for (uint32_t f = 0; f < scenario->n_functions; f++) {
        const struct cs_function *function = &scenario->function[f];

        cs_program_compile(&model->program[f], function);
        cs_deadlines_init(&model->duration_list[f], &model->engine, &model->duration_node,
                          function->max_duration, &cs_request_actor, model,
                          CS_REQUEST_MAX_DURATION);
    }
    cs_clients_wire(model);
}

struct cs_model *cs_model_new(const struct cs_scenario *scenario, uint32_t replication)
{
    struct cs_model *model = CS_NEW(struct cs_model);

    model->scenario = scenario;
    model->replication = replication;
    model->start = scenario->horizon.lead_in;
    model->end = model->start + scenario->horizon.duration;
    cs_engine_init(&model->engine, scenario->seed, replication);
    model->registry = cs_registry_new();
    wire_clock(model);
    cs_meters_wire(model);
    cs_breakdown_wire(model);
    wire_functions(model);
    cs_limiters_wire(model);
    cs_fleets_wire(model);
    cs_routes_wire(model);
    cs_cdn_wire(model);
    cs_databases_wire(model);
    cs_dependencies_wire(model);
    cs_costs_wire(model);
    cs_slos_wire(model);
    cs_sources_wire(model);
    cs_meters_wire_levels(model);
    cs_watches_wire(model);
    cs_sampler_wire(model);
    cs_events_wire(model);
    cs_aftermath_wire(model);
    return model;
}

void cs_model_free(struct cs_model *model)
{
    if (model == NULL)
        return;
    cs_aftermath_release(model);
    cs_events_release(model);
    cs_watches_release(model);
    cs_slos_release(model);
    cs_dependencies_release(model);
    cs_cdn_release(model);
    cs_routes_release(model);
    cs_fleets_release(model);
    cs_databases_release(model);
    cs_limiters_release(model);
    cs_costs_release(model);
    cs_breakdown_release(model);
    cs_meters_release(model);
    for (uint32_t f = 0; f < model->scenario->n_functions; f++)
        cs_program_release(&model->program[f]);
    cs_sampler_release(model);
    free(model->program);
    free(model->duration_list);
    for (uint32_t i = 0; i < model->n_sources; i++)
        cs_closed_release(&model->source[i]);
    cs_sources_release(model);
    cs_clients_release(model);
    free(model->request);
    free(model->free_request);
    free(model->wait);
    free(model->duration_node);
    free(model->patience_node);
    free(model->statement_node);
    cs_registry_free(model->registry);
    cs_engine_release(&model->engine);
    free(model);
}

/* Requests that cannot end are settled as such, so that the counts add up. */
static void settle_unfinished(struct cs_model *model)
{
    bool *is_free = CS_NEW_ARRAY(bool, model->n_requests + 1);

    for (uint32_t i = 0; i < model->n_free; i++)
        is_free[model->free_request[i]] = true;
    for (uint32_t id = 0; id < model->n_requests; id++) {
        struct cs_request *request = &model->request[id];

        if (!is_free[id] && !request->is_ghost)
            cs_request_unfinished(model, request);
    }
    free(is_free);
    cs_clients_unfinished(model);
}

void cs_model_run(struct cs_model *model)
{
    if (model->trouble[0] == '\0')
        cs_engine_run(&model->engine, cs_model_limit(model));
    if (model->trouble[0] != '\0')
        return;
    model->unfinished_users = model->open_users;
    if (model->open_measured > 0 || model->open_users > 0)
        settle_unfinished(model);
    cs_slos_end(model);
    if (model->engine.now < model->end) {
        cs_shares_settle(&model->meters, model->engine.now);
        cs_registry_end(model->registry, model->engine.now);
    }
    cs_aftermath_run(model);
    cs_checks_run(model);
}

/* ---- what it came to ---- */

const struct cs_registry *cs_model_registry(const struct cs_model *model)
{
    return model->registry;
}

const char *cs_model_trouble(const struct cs_model *model)
{
    return model->trouble[0] != '\0' ? model->trouble : NULL;
}

uint64_t cs_model_requests(const struct cs_model *model)
{
    return model->requests;
}

uint64_t cs_model_events(const struct cs_model *model)
{
    return model->engine.events;
}

size_t cs_model_checks(const struct cs_model *model, const struct cs_model_check **checks)
{
    *checks = model->check;
    return model->n_checks;
}
