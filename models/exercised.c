/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an objective says something only if the scenario has a mechanism
 *             that could make it fail.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: whether the mechanism is likely.
 */
#include "capsim/memory.h"
#include "capsim/attempt.h"
#include "capsim/model.h"

static bool has_server_errors(const struct cs_function *function)
{
    for (uint32_t i = 0; i < function->n_outcomes; i++)
        if (function->outcome[i].code >= 500 && function->outcome[i].probability > 0.0)
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
            (gateway->max_clients != CS_UNLIMITED || gateway->wait_timeout != CS_NEVER)) ||
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

    if (function->max_duration != CS_NEVER || has_server_errors(function) ||
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

bool cs_slo_is_exercised(const struct cs_scenario *scenario, const struct cs_slo *slo)
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
