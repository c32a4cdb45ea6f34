/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: an external service answers with a first byte and then tokens at
 *             a constant rate, or with one latency; errors come at first byte.
 * Equation:   answer = first byte + tokens / tokens per second.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: the provider's rate limit, retries, breakers and fallbacks.
 */
#include "platform.h"

#include <stdlib.h>

#include "capsim/array.h"

struct answer {
    cs_time first_byte, last_byte;
    bool is_error;
};

static struct answer draw_answer(const struct cs_model *model, const struct cs_request *request,
                                 const struct cs_op *op, const struct cs_dependency *config)
{
    struct cs_draw draw =
        cs_request_draw(model, request, model->source[request->source].step_stream,
                        (uint32_t)op->step << 16 | (request->loop & 0xffffu));
    struct answer answer = {.is_error = cs_draw_uniform(&draw) < config->error_rate};

    if (config->latency != NULL) {
        answer.first_byte = answer.last_byte = cs_dist_time(config->latency, &draw);
        return answer;
    }
    answer.first_byte = answer.last_byte = cs_dist_time(config->first_byte, &draw);
    if (config->tokens != NULL)
        answer.last_byte +=
            cs_time_from_s(cs_dist_sample(config->tokens, &draw) / config->tokens_per_second);
    return answer;
}

bool cs_dependency_call(struct cs_model *model, struct cs_request *request,
                        const struct cs_op *op)
{
    struct cs_dependency_state *state = &model->dependency[op->target];
    struct answer answer = draw_answer(model, request, op, state->config);
    cs_time limit = state->config->timeout;

    request->asked = model->engine.now;
    cs_request_stage(model, request, CS_STAGE_CALL);
    if (!cs_station_seize(&state->calls, model->engine.now)) {
        cs_request_end(model, request, 502, CS_REASON_DEPENDENCY_FULL);
        return false;
    }
    cs_request_hold_unit(model, request, CS_UNIT_CALL, op->target, 0);
    if (answer.is_error)
        answer.last_byte = answer.first_byte;
    request->fate = answer.last_byte > limit ? CS_FATE_TIMEOUT
                    : answer.is_error        ? CS_FATE_ERROR
                                             : CS_FATE_FINE;
    cs_time end = answer.last_byte > limit ? limit : answer.last_byte;
    if (state->hour_time != NULL && cs_model_is_busy_hour(model))
        *state->hour_time += (uint64_t)end;
    cs_time first = op->stream && answer.first_byte < end ? answer.first_byte : end;

    request->rest = end - first;
    cs_request_hold(model, request, first);
    return false;
}

/* By Little's law, the share of its places that calls take. */
static void wire_use(struct cs_model *model, struct cs_dependency_state *state)
{
    const struct cs_breakdown_state *hour = &model->breakdown;
    double places = (double)state->config->max_concurrency;

    if (places > 1e6) /* as good as none */
        return;
    state->hour_capacity = (uint64_t)(places * (double)(hour->hour_end - hour->hour_start));
    state->hour_time = cs_metric_hour_ratio(model->registry, "dependency_utilization", "1",
                                            CS_LABELS({"dependency", state->config->name}),
                                            &state->hour_capacity);
}

void cs_dependencies_wire(struct cs_model *model)
{
    static const unsigned masks[] = {0, 1};
    const struct cs_scenario *scenario = model->scenario;
    const unsigned stats =
        CS_STAT_BIT(CS_STAT_MEAN) | CS_STAT_BIT(CS_STAT_P95) | CS_STAT_BIT(CS_STAT_P99);

    model->dependency = CS_NEW_ARRAY(struct cs_dependency_state, scenario->n_dependencies + 1);
    for (uint32_t i = 0; i < scenario->n_dependencies; i++) {
        struct cs_dependency_state *state = &model->dependency[i];

        state->config = &scenario->dependency[i];
        cs_station_init(&state->calls, &model->wait, state->config->max_concurrency, 0);
        state->calls.little_busy = &state->little_calls;
        cs_times_build(&state->time, model, "dependency_duration_seconds", stats,
                       CS_LABELS({"dependency", state->config->name}), masks, 2);
        wire_use(model, state);
    }
}

void cs_dependencies_release(struct cs_model *model)
{
    free(model->dependency);
}
