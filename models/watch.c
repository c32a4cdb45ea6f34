/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Assumption: a request counts in the sample in which it was settled, each
 *             attempt for itself, those of the lead-in as well.
 * Equation:   errors = (5xx + gave up) / all but 429s, over the trailing range.
 * Source:     the scenario's semantics (models/README.md).
 * Leaves out: what a scrape misses and delays; a range is rounded up to whole
 *             samples.
 */
#include "watch_state.h"

#include "platform.h"
#include "subject.h"

/* ---- values ---- */

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : __builtin_nan("");
}

static double value_of_requests(const struct cs_term *config,
                                const struct cs_trail_range *range)
{
    const struct cs_tally *sum = &range->sum;
    uint64_t judged = sum->all - sum->limited;

    switch (config->measure) {
    case CS_MEASURE_QUANTILE:
        return cs_hist_quantile(&range->times, config->quantile) * 1e-9;
    case CS_MEASURE_MEAN:
        return sum->timed > 0 ? (double)sum->sum / (double)sum->timed * 1e-9
                              : __builtin_nan("");
    case CS_MEASURE_UNDER:
        return ratio(sum->under, judged);
    case CS_MEASURE_SUCCESS:
        return 1.0 - ratio(sum->errors, judged);
    case CS_MEASURE_ERRORS:
        return ratio(sum->errors, judged);
    case CS_MEASURE_LIMITED:
        return ratio(sum->limited, sum->all);
    case CS_MEASURE_DATABASE_UP: /* no measure of requests */
        break;
    }
    return __builtin_nan("");
}

static double value_of(const struct cs_watches *watches, const struct cs_term *config,
                       const struct cs_watch_term *term)
{
    if (term->whole != NULL)
        return term->whole->value > 0 ? (double)term->part->value / (double)term->whole->value
                                      : __builtin_nan("");
    if (term->part != NULL)
        return (double)term->part->value;
    const struct cs_watch_source *source = &watches->source[term->source];

    if (config->measure == CS_MEASURE_DATABASE_UP)
        return cs_database_up(watches->model,
                              source->of.of == CS_OF_DATABASE ? source->of.index : CS_NONE);
    return value_of_requests(config, &source->trail.range[term->range]);
}

static bool holds(const struct cs_watches *watches, struct cs_watch_expr *expr)
{
    for (uint32_t i = 0; i < expr->config->n; i++)
        expr->value[i] = value_of(watches, &expr->config->term[i], &expr->term[i]);
    return cs_expr_holds(expr->config, expr->value);
}

/* ---- looks ---- */

static void look_at_dashboard(const struct cs_watches *watches,
                              struct cs_dashboard_state *state, cs_time now, cs_time until)
{
    bool is_critical = holds(watches, &state->critical);
    bool is_warning = !is_critical && holds(watches, &state->warning);

    cs_level_set(&state->is_critical, is_critical, now);
    cs_level_set(&state->is_warning, is_warning, now);
    if (is_critical)
        state->time.critical += until - now;
    else if (is_warning)
        state->time.warning += until - now;
    else
        state->time.healthy += until - now;
}

static void look(struct cs_watches *watches)
{
    const struct cs_scenario *scenario = watches->model->scenario;
    cs_time now = watches->model->engine.now, end = watches->model->end;
    cs_time until = end - now < watches->sample ? end : now + watches->sample;

    for (uint32_t i = 0; i < scenario->n_alerts; i++) {
        struct cs_alert_state *state = &watches->alert[i];

        cs_level_set(&state->firing,
                     cs_alert_look(&state->run, holds(watches, &state->expr),
                                   scenario->alert[i].hold, now, until),
                     now);
    }
    for (uint32_t i = 0; i < scenario->n_dashboards; i++)
        look_at_dashboard(watches, &watches->dashboard[i], now, until);
}

static void on_sample(void *self, uint32_t kind, uint64_t arg)
{
    struct cs_watches *watches = self;
    struct cs_model *model = watches->model;
    cs_time now = model->engine.now;

    (void)arg;
    for (uint32_t i = 0; i < watches->n_sources; i++) {
        if (kind == CS_WATCH_RESTART)
            cs_trail_restart(&watches->source[i].trail);
        else
            cs_trail_step(&watches->source[i].trail);
    }
    if (now >= model->start)
        look(watches);
    if (now + watches->sample < model->end)
        cs_timer_set(&model->engine, watches->timer, now + watches->sample, CS_CLASS_SAMPLE,
                     CS_WATCH_STEP);
}

const struct cs_actor cs_watch_actor = {"alerts", on_sample};

void cs_watches_settle(struct cs_model *model, const struct cs_request *request, int code,
                       bool is_timed, cs_time last_byte)
{
    struct cs_watches *watches = model->watches;
    bool is_error = code >= 500 || code == 499;

    for (uint32_t i = 0; i < watches->n_sources; i++) {
        struct cs_watch_source *source = &watches->source[i];
        struct cs_tally *now = &source->trail.now;

        if (!cs_subject_concerns(&source->of, source->of_function, request))
            continue;
        now->all++;
        now->errors += is_error;
        now->limited += code == 429;
        if (!is_timed || !cs_subject_is_timed(source->latency, request) ||
            (!source->trail.has_times && source->under == 0))
            continue;
        cs_time time = cs_subject_latency(model, source->latency, request, last_byte);

        now->under += !is_error && time < source->under;
        now->timed++;
        now->sum += time;
        if (source->trail.has_times)
            cs_trail_time(&source->trail, time);
    }
}

/* ---- what it came to ---- */

struct cs_alert_outcome cs_model_alert(const struct cs_model *model, size_t alert)
{
    const struct cs_alert_run *run = &model->watches->alert[alert].run;

    return (struct cs_alert_outcome){
        .fired = run->fired,
        .firing = run->firing,
        .first = run->first == CS_NEVER ? CS_NEVER : run->first - model->start};
}

struct cs_health_outcome cs_model_health(const struct cs_model *model, size_t dashboard)
{
    return model->watches->dashboard[dashboard].time;
}
