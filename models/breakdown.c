/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request belongs to the busy hour when it was sent in it.
 * Equation:   time in a stage above a quantile = sum of the bins above it.
 * Source:     -
 * Leaves out: requests that had no answer or a 429: they have no duration.
 */
#include "breakdown.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"

_Static_assert((int)CS_STAGES == (int)CS_BREAKDOWN_STAGES, "a sum for each stage");

static void wire_hour(struct cs_model *model)
{
    struct cs_breakdown_state *state = &model->breakdown;
    const unsigned stats = CS_STAT_BIT(CS_STAT_BUSY_HOUR_MEAN) |
                           CS_STAT_BIT(CS_STAT_BUSY_HOUR_P95) |
                           CS_STAT_BIT(CS_STAT_BUSY_HOUR_P99);

    state->hour_duration =
        cs_metric_time(model->registry, "request_duration_seconds", CS_NO_LABELS, stats);
    state->errors = cs_metric_count(model->registry, "errors_total", "requests", CS_NO_LABELS,
                                    &state->judged);
    state->hour_errors = cs_metric_hour_ratio(model->registry, "errors_total", "requests",
                                              CS_NO_LABELS, &state->hour_judged);
}

/* ---- what is used up ---- */

static cs_time into_hour(const struct cs_model *model)
{
    const struct cs_breakdown_state *hour = &model->breakdown;
    cs_time now = model->engine.now;

    return now < hour->hour_start ? hour->hour_start
           : now > hour->hour_end ? hour->hour_end
                                  : now;
}

static uint64_t given(const struct cs_hour_use *use, cs_time length)
{
    return (uint64_t)(use->per_ns * (double)length + 0.5);
}

void cs_hour_use_wire(struct cs_model *model, struct cs_hour_use *use, const char *name,
                      struct cs_labels labels)
{
    use->since = into_hour(model);
    use->used = cs_metric_hour_ratio(model->registry, name, "1", labels, &use->capacity);
}

void cs_hour_use_limit(struct cs_model *model, struct cs_hour_use *use, double per_ns)
{
    cs_time now = into_hour(model);

    if (use->used == NULL)
        return;
    use->until += given(use, now - use->since);
    use->since = now;
    use->per_ns = per_ns;
    use->capacity = use->until + given(use, model->breakdown.hour_end - now);
}

void cs_hour_use_add(struct cs_model *model, struct cs_hour_use *use, uint64_t amount)
{
    if (use->used != NULL && use->per_ns > 0.0 && cs_model_is_busy_hour(model))
        *use->used += amount;
}

void cs_breakdown_wire(struct cs_model *model)
{
    struct cs_breakdown *breakdown = &model->breakdown.breakdown;
    size_t n = (size_t)model->scenario->n_functions * CS_BREAKDOWN_BINS;

    breakdown->n_functions = model->scenario->n_functions;
    breakdown->bin = CS_NEW_ARRAY(struct cs_breakdown_bin, n + 1);
    wire_hour(model);
}

void cs_breakdown_release(struct cs_model *model)
{
    free(model->breakdown.breakdown.bin);
}

static bool is_in_hour(const struct cs_breakdown_state *state, const struct cs_request *request)
{
    return request->sent >= state->hour_start && request->sent < state->hour_end;
}

void cs_breakdown_time(struct cs_model *model, const struct cs_request *request,
                       cs_time duration)
{
    struct cs_breakdown_state *state = &model->breakdown;
    size_t row = (size_t)request->function * CS_BREAKDOWN_BINS;
    struct cs_breakdown_bin *bin =
        &state->breakdown.bin[row + cs_breakdown_index((uint64_t)duration)];

    bin->count++;
    for (int s = 0; s < CS_STAGES; s++)
        bin->stage_ns[s] += (uint64_t)request->stage_time[s];
    if (is_in_hour(state, request))
        cs_hist_add(state->hour_duration, duration);
}

void cs_breakdown_judge(struct cs_model *model, const struct cs_request *request, bool is_error)
{
    struct cs_breakdown_state *state = &model->breakdown;
    bool in_hour = is_in_hour(state, request);

    state->judged++;
    *state->errors += is_error;
    state->hour_judged += in_hour;
    *state->hour_errors += in_hour && is_error;
}

const struct cs_breakdown *cs_model_breakdown(const struct cs_model *model)
{
    return &model->breakdown.breakdown;
}
