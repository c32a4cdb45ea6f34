/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request belongs to the window in which it was sent; a window is
 *             judged when it is over and all its requests are settled.
 * Equation:   errors = (5xx + gave up) / all but 429s; success = 1 - errors;
 *             under D counts a 5xx and a give-up as not under.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: a remainder of the horizon that is no whole window.
 */
#include "platform.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

static void on_window_end(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor slo_actor = {"objective", on_window_end};

static bool needs_times(const struct cs_slo *slo)
{
    return slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN;
}

static bool concerns(const struct cs_slo_state *state, const struct cs_request *request)
{
    const struct cs_slo *slo = state->config;

    switch (slo->of) {
    case CS_OF_ALL:
        return true;
    case CS_OF_FUNCTION:
    case CS_OF_FLEET:
    case CS_OF_DATABASE:
    case CS_OF_DEPENDENCY:
        return state->of_function[request->function];
    case CS_OF_REGION:
        return request->region == slo->of_index;
    case CS_OF_ZONE:
        return request->zone == slo->of_index;
    case CS_OF_TIER:
        return request->user != CS_ANONYMOUS && request->tier == slo->of_index;
    }
    return false;
}

static struct cs_slo_window *window_of(const struct cs_slo_state *state,
                                       const struct cs_request *request)
{
    size_t i = (size_t)((request->sent - state->model->start) / state->window);

    return i < state->n_windows ? &state->open_window[i] : NULL;
}

/* ---- judging ---- */

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : __builtin_nan("");
}

static double value_of(const struct cs_slo *slo, const struct cs_slo_window *window)
{
    uint64_t judged = window->all - window->limited;

    switch (slo->measure) {
    case CS_MEASURE_QUANTILE:
        return window->hist == NULL ? __builtin_nan("")
                                    : cs_hist_quantile(window->hist, slo->quantile) * 1e-9;
    case CS_MEASURE_MEAN:
        return window->hist == NULL ? __builtin_nan("") : cs_hist_mean(window->hist) * 1e-9;
    case CS_MEASURE_UNDER:
        return ratio(window->under, judged);
    case CS_MEASURE_SUCCESS:
        return 1.0 - ratio(window->errors, judged);
    case CS_MEASURE_ERRORS:
        return ratio(window->errors, judged);
    case CS_MEASURE_LIMITED:
        return ratio(window->limited, window->all);
    case CS_MEASURE_DATABASE_UP:
        return 1.0; /* nothing takes a database down */
    }
    return __builtin_nan("");
}

static bool compare(double value, enum cs_compare how, double threshold)
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

static void judge(struct cs_slo_state *state, size_t i)
{
    struct cs_slo_window *window = &state->open_window[i];
    double value = value_of(state->config, window);

    state->value[i] = value;
    state->empty[i] = isnan(value);
    state->met[i] =
        isnan(value) || compare(value, state->config->compare, state->config->threshold);
    if (window->hist != NULL) {
        cs_hist_release(window->hist);
        free(window->hist);
        window->hist = NULL;
    }
}

static void on_window_end(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_slo_state *state = self;
    struct cs_model *model = state->model;
    size_t i = state->next_past++;

    (void)kind;
    (void)arg;
    state->open_window[i].is_past = true;
    if (state->open_window[i].open == 0)
        judge(state, i);
    if (state->next_past < state->n_windows)
        cs_timer_set(&model->engine, state->timer, model->engine.now + state->window,
                     CS_CLASS_SAMPLE, 0);
}

/* ---- requests ---- */

void cs_slos_open(struct cs_model *model, const struct cs_request *request)
{
    for (uint32_t s = 0; s < model->scenario->n_slos; s++) {
        struct cs_slo_window *window = window_of(&model->slo[s], request);

        if (window != NULL)
            window->open++;
    }
}

static cs_time latency(const struct cs_model *model, const struct cs_slo *slo,
                       const struct cs_request *request, cs_time last_byte)
{
    switch (slo->latency) {
    case CS_LATENCY_CLIENT:
        return last_byte - request->sent;
    case CS_LATENCY_FIRST_BYTE:
        return request->first_byte - request->sent;
    case CS_LATENCY_SERVER:
        return model->engine.now - request->entered;
    }
    return 0;
}

static void add(struct cs_slo_state *state, struct cs_slo_window *window,
                const struct cs_request *request, int code, cs_time last_byte)
{
    bool is_error = code >= 500 || code == 499;

    window->all++;
    window->limited += code == 429;
    window->errors += is_error;
    if (code == 429 || code == 499)
        return;
    cs_time time = latency(state->model, state->config, request, last_byte);

    window->under += !is_error && time < state->config->under;
    if (!needs_times(state->config))
        return;
    if (window->hist == NULL) {
        window->hist = CS_NEW(struct cs_hist);
        cs_hist_init(window->hist, 7, 63);
    }
    cs_hist_add(window->hist, time);
}

void cs_slos_settle(struct cs_model *model, const struct cs_request *request, int code,
                    cs_time last_byte)
{
    for (uint32_t s = 0; s < model->scenario->n_slos; s++) {
        struct cs_slo_state *state = &model->slo[s];
        struct cs_slo_window *window = window_of(state, request);

        if (window == NULL)
            continue;
        if (concerns(state, request))
            add(state, window, request, code, last_byte);
        if (--window->open == 0 && window->is_past)
            judge(state, (size_t)(window - state->open_window));
    }
}

/* ---- wiring ---- */

static bool function_uses(const struct cs_function *function, enum cs_step_kind kind,
                          uint32_t target)
{
    for (uint32_t i = 0; i < function->n_steps; i++)
        if (function->step[i].kind == kind && function->step[i].target == target)
            return true;
    return false;
}

static bool function_concerned(const struct cs_scenario *scenario, const struct cs_slo *slo,
                               uint32_t f)
{
    const struct cs_function *function = &scenario->function[f];

    switch (slo->of) {
    case CS_OF_FUNCTION:
        return f == slo->of_index;
    case CS_OF_FLEET:
        return function->fleet == slo->of_index;
    case CS_OF_DATABASE:
        return function_uses(function, CS_STEP_QUERY, slo->of_index);
    case CS_OF_DEPENDENCY:
        return function_uses(function, CS_STEP_CALL, slo->of_index);
    case CS_OF_ALL:
    case CS_OF_REGION:
    case CS_OF_ZONE:
    case CS_OF_TIER:
        return true;
    }
    return true;
}

static void wire(struct cs_model *model, struct cs_slo_state *state, const struct cs_slo *slo)
{
    const struct cs_scenario *scenario = model->scenario;
    cs_time duration = scenario->horizon.duration;

    *state = (struct cs_slo_state){.config = slo, .model = model};
    state->window = slo->window < duration ? slo->window : duration;
    state->n_windows = (size_t)(duration / state->window);
    state->open_window = CS_NEW_ARRAY(struct cs_slo_window, state->n_windows);
    state->value = CS_NEW_ARRAY(double, state->n_windows);
    state->met = CS_NEW_ARRAY(bool, state->n_windows);
    state->empty = CS_NEW_ARRAY(bool, state->n_windows);
    state->of_function = CS_NEW_ARRAY(bool, scenario->n_functions + 1);
    for (uint32_t f = 0; f < scenario->n_functions; f++)
        state->of_function[f] = function_concerned(scenario, slo, f);
    state->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &slo_actor, state, 0);
    cs_timer_set(&model->engine, state->timer, model->start + state->window, CS_CLASS_SAMPLE,
                 0);
}

void cs_slos_wire(struct cs_model *model)
{
    model->slo = CS_NEW_ARRAY(struct cs_slo_state, model->scenario->n_slos + 1);
    for (uint32_t s = 0; s < model->scenario->n_slos; s++)
        wire(model, &model->slo[s], &model->scenario->slo[s]);
}

void cs_slos_release(struct cs_model *model)
{
    for (uint32_t s = 0; s < model->scenario->n_slos; s++) {
        struct cs_slo_state *state = &model->slo[s];

        for (size_t i = 0; i < state->n_windows; i++) {
            if (state->open_window[i].hist == NULL)
                continue;
            cs_hist_release(state->open_window[i].hist);
            free(state->open_window[i].hist);
        }
        free(state->open_window);
        free(state->value);
        free(state->met);
        free(state->empty);
        free(state->of_function);
    }
    free(model->slo);
}

struct cs_slo_outcome cs_model_slo(const struct cs_model *model, size_t slo)
{
    const struct cs_slo_state *state = &model->slo[slo];

    return (struct cs_slo_outcome){.n_windows = state->n_windows,
                                   .value = state->value,
                                   .met = state->met,
                                   .empty = state->empty};
}
