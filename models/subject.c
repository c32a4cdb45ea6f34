/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request concerns a database or a dependency when its function
 *             has a step that uses it, whether or not it came so far.
 * Equation:   none.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: -
 */
#include "subject.h"

#include "capsim/array.h"

#include "platform.h"

static bool function_asks(const struct cs_function *function, uint32_t database)
{
    for (uint32_t i = 0; i < function->n_steps; i++)
        if (cs_step_asks(&function->step[i], database))
            return true;
    return false;
}

static bool function_calls(const struct cs_function *function, uint32_t dependency)
{
    for (uint32_t i = 0; i < function->n_steps; i++)
        if (function->step[i].kind == CS_STEP_CALL && function->step[i].target == dependency)
            return true;
    return false;
}

static bool takes_in(const struct cs_scenario *scenario, const struct cs_subject *scope,
                     uint32_t f)
{
    const struct cs_function *function = &scenario->function[f];

    switch (scope->of) {
    case CS_OF_FUNCTION:
        return f == scope->index;
    case CS_OF_FLEET:
        return function->fleet == scope->index;
    case CS_OF_DATABASE:
        return function_asks(function, scope->index);
    case CS_OF_DEPENDENCY:
        return function_calls(function, scope->index);
    case CS_OF_ALL:
    case CS_OF_REGION:
    case CS_OF_ZONE:
    case CS_OF_TIER:
        return true;
    }
    return true;
}

bool *cs_subject_functions(const struct cs_scenario *scenario, const struct cs_subject *scope)
{
    bool *of_function = CS_NEW_ARRAY(bool, scenario->n_functions + 1);

    for (uint32_t f = 0; f < scenario->n_functions; f++)
        of_function[f] = takes_in(scenario, scope, f);
    return of_function;
}

bool cs_subject_concerns(const struct cs_subject *scope, const bool *of_function,
                         const struct cs_request *request)
{
    switch (scope->of) {
    case CS_OF_ALL:
        return true;
    case CS_OF_FUNCTION:
    case CS_OF_FLEET:
    case CS_OF_DATABASE:
    case CS_OF_DEPENDENCY:
        return of_function[request->function];
    case CS_OF_REGION:
        return request->region == scope->index;
    case CS_OF_ZONE:
        return request->zone == scope->index;
    case CS_OF_TIER:
        return request->user != CS_ANONYMOUS && request->tier == scope->index;
    }
    return false;
}

cs_time cs_subject_latency(const struct cs_model *model, enum cs_latency latency,
                           const struct cs_request *request, cs_time last_byte)
{
    switch (latency) {
    case CS_LATENCY_CLIENT:
        return last_byte - request->sent;
    case CS_LATENCY_FIRST_BYTE:
        return request->first_byte - request->sent;
    case CS_LATENCY_SERVER:
        return model->engine.now - request->entered;
    }
    return 0;
}

bool cs_compare_holds(double value, enum cs_compare how, double threshold)
{
    switch (how) {
    case CS_LT:
        return value < threshold;
    case CS_LE:
        return value <= threshold;
    case CS_GT:
        return value > threshold;
    case CS_GE:
        return value >= threshold;
    }
    return false;
}
