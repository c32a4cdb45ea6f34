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

#include "subject.h"

static void on_window_end(void *self, uint32_t kind, uint64_t arg);
static const struct cs_actor slo_actor = {"objective", on_window_end};

static bool needs_times(const struct cs_slo *slo)
{
    return slo->measure == CS_MEASURE_QUANTILE || slo->measure == CS_MEASURE_MEAN;
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

static double value_of(const struct cs_slo_state *state, const struct cs_slo_window *window)
{
    uint64_t judged = window->all - window->limited;
    const struct cs_slo *slo = state->config;

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
        return 1.0 - (double)window->down / (double)state->window;
    }
    return __builtin_nan("");
}

static void judge(struct cs_slo_state *state, size_t i)
{
    struct cs_slo_window *window = &state->open_window[i];
    double value = value_of(state, window);

    state->value[i] = value;
    state->empty[i] = isnan(value);
    state->met[i] = isnan(value) ||
                    cs_compare_holds(value, state->config->compare, state->config->threshold);
    if (window->hist != NULL) {
        cs_hist_release(window->hist);
        free(window->hist);
        window->hist = NULL;
    }
}

/* ---- uptime ---- */

/* The database was down from `from` to `to`: so much of it lies in window i. */
static void add_down(struct cs_slo_state *state, size_t i, cs_time from, cs_time to)
{
    cs_time start = state->model->start + (cs_time)i * state->window;
    cs_time end = start + state->window;

    from = from > start ? from : start;
    to = to < end ? to : end;
    state->open_window[i].down += to > from ? to - from : 0;
}

void cs_slos_database(struct cs_model *model, uint32_t database, bool is_up)
{
    for (uint32_t s = 0; s < model->scenario->n_slos; s++) {
        struct cs_slo_state *state = &model->slo[s];

        if (state->config->measure != CS_MEASURE_DATABASE_UP ||
            state->config->of_index != database)
            continue;
        for (size_t i = state->next_past; is_up && i < state->n_windows; i++)
            add_down(state, i, state->down_since, model->engine.now);
        state->down_since = is_up ? CS_NEVER : model->engine.now;
    }
}

static void close_window(struct cs_slo_state *state)
{
    size_t i = state->next_past++;

    if (state->down_since != CS_NEVER)
        add_down(state, i, state->down_since, CS_NEVER);
    state->open_window[i].is_past = true;
    if (state->open_window[i].open == 0)
        judge(state, i);
}

/* The run ends with its last request, maybe before the last window's timer. */
void cs_slos_end(struct cs_model *model)
{
    for (uint32_t s = 0; s < model->scenario->n_slos; s++)
        while (model->slo[s].next_past < model->slo[s].n_windows)
            close_window(&model->slo[s]);
}

static void on_window_end(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_slo_state *state = self;
    struct cs_model *model = state->model;

    (void)kind;
    (void)arg;
    close_window(state);
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

static void add(struct cs_slo_state *state, struct cs_slo_window *window,
                const struct cs_request *request, int code, cs_time last_byte)
{
    bool is_error = code >= 500 || code == 499;

    window->all++;
    window->limited += code == 429;
    window->errors += is_error;
    if (code == 429 || code == 499 || !cs_subject_is_timed(state->config->latency, request))
        return;
    cs_time time = cs_subject_latency(state->model, state->config->latency, request, last_byte);

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
        const struct cs_subject scope = {state->config->of, state->config->of_index};

        if (cs_subject_concerns(&scope, state->of_function, request))
            add(state, window, request, code, last_byte);
        if (--window->open == 0 && window->is_past)
            judge(state, (size_t)(window - state->open_window));
    }
}

/* ---- wiring ---- */

static void wire(struct cs_model *model, struct cs_slo_state *state, const struct cs_slo *slo)
{
    const struct cs_scenario *scenario = model->scenario;
    cs_time duration = scenario->horizon.duration;

    *state = (struct cs_slo_state){.config = slo, .model = model, .down_since = CS_NEVER};
    state->window = slo->window < duration ? slo->window : duration;
    state->n_windows = (size_t)(duration / state->window);
    state->open_window = CS_NEW_ARRAY(struct cs_slo_window, state->n_windows);
    state->value = CS_NEW_ARRAY(double, state->n_windows);
    state->met = CS_NEW_ARRAY(bool, state->n_windows);
    state->empty = CS_NEW_ARRAY(bool, state->n_windows);
    state->of_function =
        cs_subject_functions(scenario, &(struct cs_subject){slo->of, slo->of_index});
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
