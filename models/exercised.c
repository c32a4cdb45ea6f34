/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an objective says something only if the scenario has a mechanism
 *             that could make it fail.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: whether the mechanism is likely.
 */
#include "capsim/attempt.h"
#include "capsim/memory.h"
#include "capsim/model.h"

/* Codes that count as limited, or as errors. */
static bool is_bad(int code, bool is_limited)
{
    return is_limited ? code == 429 : code >= 500;
}

/* Of the function's own code. */
static bool answers_badly(const struct cs_function *function, bool is_limited)
{
    for (uint32_t i = 0; i < function->n_outcomes; i++)
        if (is_bad(function->outcome[i].code, is_limited) &&
            function->outcome[i].probability > 0.0)
            return true;
    return false;
}

/* By a bad deployment, or with its region. */
static bool event_can_fail(const struct cs_scenario *scenario, const struct cs_event *event,
                           uint32_t fleet, bool is_limited)
{
    const struct cs_error_burst *burst = &event->error_burst;

    if (burst->exists && (burst->fleet == CS_NONE || burst->fleet == fleet) &&
        is_bad((int)burst->code, is_limited))
        return true;
    return !is_limited && event->outage.exists && event->outage.region != CS_NONE &&
           cs_scenario_may_route(scenario, &scenario->fleet[fleet], event->outage.region);
}

static bool events_can_fail(const struct cs_scenario *scenario, uint32_t fleet, bool is_limited)
{
    for (uint32_t i = 0; i < scenario->n_events; i++)
        if (event_can_fail(scenario, &scenario->event[i], fleet, is_limited))
            return true;
    return false;
}

static bool fleet_can_refuse(const struct cs_scenario *scenario, const struct cs_fleet *fleet)
{
    if (fleet->queue_limit == CS_UNLIMITED && fleet->queue_timeout == NULL)
        return false;
    if (fleet->max_instances != CS_UNLIMITED || fleet->start_burst.exists)
        return true;
    for (uint32_t r = 0; r < scenario->n_regions; r++)
        if (scenario->region[r].max_instances != CS_UNLIMITED)
            return true;
    return false;
}

static bool database_can_fail(const struct cs_fleet *fleet, const struct cs_database *database,
                              uint32_t d)
{
    const struct cs_gateway_config *gateway = &database->gateway;
    const struct cs_server_config *server = &database->server;

    return (fleet->pool[d].exists && fleet->pool[d].connect_timeout != CS_NEVER) ||
           (gateway->exists &&
            (gateway->max_clients != CS_UNLIMITED || gateway->wait_timeout != CS_NEVER ||
             (gateway->mode == CS_GATEWAY_SESSION && gateway->pool_size != CS_UNLIMITED))) ||
           (server->exists &&
            (server->max_connections != CS_UNLIMITED || server->statement_timeout != CS_NEVER));
}

/* A call with fallbacks fails when the last of them does, or when an answer is
 * cut off by the timeout after its first byte has gone to the client. */
static bool call_can_fail(const struct cs_scenario *scenario, uint32_t index, bool is_streamed)
{
    while (cs_scenario_attempt_can_fail(scenario, index)) {
        const struct cs_dependency *dependency = &scenario->dependency[index];

        if (dependency->fallback == CS_NONE ||
            (is_streamed && dependency->tokens != NULL && dependency->timeout != CS_NEVER))
            return true;
        index = dependency->fallback;
    }
    return false;
}

static bool step_can_fail(const struct cs_scenario *scenario, const struct cs_fleet *fleet,
                          const struct cs_step *step)
{
    switch (step->kind) {
    case CS_STEP_QUERY:
    case CS_STEP_TRANSACTION:
        return cs_scenario_can_go_down(scenario, step->target) ||
               database_can_fail(fleet, &scenario->database[step->target], step->target);
    case CS_STEP_CALL:
        return call_can_fail(scenario, step->target, step->stream);
    case CS_STEP_LIMIT:
    case CS_STEP_CPU:
    case CS_STEP_WAIT:
    case CS_STEP_RESPOND:
    case CS_STEP_COMMIT:
        return false;
    }
    return false;
}

static bool function_can_fail(const struct cs_scenario *scenario,
                              const struct cs_function *function)
{
    const struct cs_fleet *fleet = &scenario->fleet[function->fleet];

    if (function->max_duration != CS_NEVER || answers_badly(function, false) ||
        events_can_fail(scenario, function->fleet, false) ||
        fleet_can_refuse(scenario, fleet) ||
        cs_memory_most(scenario, function->fleet) > fleet->memory_bytes)
        return true;
    for (uint32_t i = 0; i < function->n_steps; i++)
        if (step_can_fail(scenario, fleet, &function->step[i]))
            return true;
    return false;
}

static bool limits_anybody(const struct cs_scenario *scenario, const struct cs_limiter *limiter)
{
    for (uint32_t t = 0; t < scenario->n_tiers; t++)
        if (cs_tier_is_limited(&limiter->tier[t]))
            return true;
    return false;
}

static bool can_limit(const struct cs_scenario *scenario, const struct cs_function *function)
{
    if (answers_badly(function, true) || events_can_fail(scenario, function->fleet, true))
        return true;
    for (uint32_t i = 0; i < function->n_steps; i++)
        if (function->step[i].kind == CS_STEP_LIMIT &&
            limits_anybody(scenario, &scenario->limiter[function->step[i].target]))
            return true;
    return false;
}

static bool is_about(const struct cs_slo *slo, const struct cs_function *function, uint32_t f)
{
    if (slo->of == CS_OF_FUNCTION)
        return f == slo->of_index;
    return slo->of != CS_OF_FLEET || function->fleet == slo->of_index;
}

/* With the settings as they are in one version of the scenario. */
static bool is_exercised_in(const struct cs_scenario *scenario, const struct cs_slo *slo)
{
    bool is_errors = slo->measure == CS_MEASURE_SUCCESS || slo->measure == CS_MEASURE_ERRORS;

    if (slo->measure == CS_MEASURE_DATABASE_UP)
        return cs_scenario_can_go_down(scenario, slo->of_index);
    if (scenario->n_sources == 0)
        return false;
    if (!is_errors && slo->measure != CS_MEASURE_LIMITED)
        return true;
    if (is_errors && scenario->clients.patience != NULL)
        return true;
    for (uint32_t f = 0; f < scenario->n_functions; f++) {
        const struct cs_function *function = &scenario->function[f];

        if (is_about(slo, function, f) &&
            (is_errors ? function_can_fail(scenario, function) : can_limit(scenario, function)))
            return true;
    }
    return false;
}

bool cs_slo_is_exercised(const struct cs_scenario *scenario, const struct cs_slo *slo)
{
    bool is_exercised = is_exercised_in(scenario, slo);

    for (uint32_t i = 0; !is_exercised && i < scenario->n_versions; i++)
        is_exercised = is_exercised_in(scenario->version[i].scenario, slo);
    return is_exercised;
}
