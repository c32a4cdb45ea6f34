/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Wiring of alerts and dashboards: terms that ask about the same requests share
 * what is counted of them.
 */
#include "watch_state.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "platform.h"
#include "subject.h"

static uint32_t find_source(struct cs_watches *watches, const struct cs_subject *of,
                            const struct cs_term *term)
{
    bool has_times = term->measure == CS_MEASURE_QUANTILE || term->measure == CS_MEASURE_MEAN;
    bool is_timed = has_times || term->measure == CS_MEASURE_UNDER;
    enum cs_latency latency = is_timed ? term->latency : CS_LATENCY_CLIENT;
    cs_time under = term->measure == CS_MEASURE_UNDER ? term->under : 0;
    uint32_t i = 0;

    for (; i < watches->n_sources; i++) {
        const struct cs_watch_source *source = &watches->source[i];

        if (source->of.of == of->of && source->of.index == of->index &&
            source->latency == latency &&
            (source->under == under || source->under == 0 || under == 0))
            break;
    }
    if (i == watches->n_sources) {
        CS_GROW(watches->source, i + 1, watches->source_capacity);
        watches->source[i] = (struct cs_watch_source){
            .of = *of,
            .latency = latency,
            .of_function = cs_subject_functions(watches->model->scenario, of)};
        watches->n_sources++;
    }
    watches->source[i].under = under != 0 ? under : watches->source[i].under;
    watches->source[i].trail.has_times |= has_times;
    return i;
}

static struct cs_labels labels_of(const struct cs_model *model, const struct cs_subject *of)
{
    const struct cs_scenario *scenario = model->scenario;

    switch (of->of) {
    case CS_OF_FLEET:
        return CS_LABELS({"fleet", scenario->fleet[of->index].name});
    case CS_OF_DATABASE:
        return CS_LABELS({"database", scenario->database[of->index].name});
    case CS_OF_REGION:
        return CS_LABELS({"region", cs_region_label(model, of->index)});
    case CS_OF_DEPENDENCY:
        return CS_LABELS({"dependency", scenario->dependency[of->index].name});
    case CS_OF_ALL:
    case CS_OF_FUNCTION:
    case CS_OF_ZONE:
    case CS_OF_TIER:
        return CS_NO_LABELS;
    }
    return CS_NO_LABELS;
}

static void find_level(const struct cs_model *model, const struct cs_subject *of,
                       const struct cs_term *config, struct cs_watch_term *term)
{
    struct cs_labels labels = labels_of(model, of);
    size_t row = cs_row_find(model, config->level, &labels);

    CS_ASSERT(row < cs_registry_metrics(model->registry));
    const struct cs_metric *metric = cs_registry_metric(model->registry, row);

    term->part = metric->kind == CS_METRIC_SHARE ? metric->part : metric->level;
    term->whole = metric->kind == CS_METRIC_SHARE ? metric->whole : NULL;
}

static uint32_t samples_of(const struct cs_watches *watches, cs_time range)
{
    cs_time n = (range + watches->sample - 1) / watches->sample;

    return n > 0 ? (uint32_t)n : 1;
}

static void wire_expr(struct cs_watches *watches, struct cs_watch_expr *expr,
                      const struct cs_expr *config, const struct cs_subject *of)
{
    expr->config = config;
    expr->term = CS_NEW_ARRAY(struct cs_watch_term, config->n + 1);
    expr->value = CS_NEW_ARRAY(double, config->n + 1);
    for (uint32_t i = 0; i < config->n; i++) {
        const struct cs_term *term = &config->term[i];
        struct cs_watch_term *to = &expr->term[i];

        if (term->level != NULL) {
            find_level(watches->model, of, term, to);
            continue;
        }
        to->source = find_source(watches, of, term);
        to->range =
            cs_trail_want(&watches->source[to->source].trail, samples_of(watches, term->range));
    }
}

static void wire_alert(struct cs_watches *watches, uint32_t i)
{
    struct cs_model *model = watches->model;
    const struct cs_alert *config = &model->scenario->alert[i];
    struct cs_alert_state *state = &watches->alert[i];

    wire_expr(watches, &state->expr, &config->expr, &config->of);
    cs_alert_run_init(&state->run);
    cs_level_init(&state->firing, 0, false);
    cs_series_level(model->registry, "alert_firing", "1", CS_LABELS({"alert", config->name}),
                    &state->firing);
}

static void wire_dashboard(struct cs_watches *watches, uint32_t i)
{
    struct cs_model *model = watches->model;
    const struct cs_dashboard *config = &model->scenario->dashboard[i];
    struct cs_dashboard_state *state = &watches->dashboard[i];
    struct cs_labels labels = CS_LABELS({"dashboard", config->name});

    wire_expr(watches, &state->warning, &config->warning, &config->of);
    wire_expr(watches, &state->critical, &config->critical, &config->of);
    cs_level_init(&state->is_warning, 0, false);
    cs_level_init(&state->is_critical, 0, false);
    cs_series_level(model->registry, "health_warning", "1", labels, &state->is_warning);
    cs_series_level(model->registry, "health_critical", "1", labels, &state->is_critical);
}

/* The longest window reaches back from the start of the measured one, as far as
 * the lead-in goes. */
static cs_time first_sample(const struct cs_watches *watches)
{
    cs_time back = watches->model->start / watches->sample, longest = 0;

    for (uint32_t i = 0; i < watches->n_sources; i++)
        if (longest < (cs_time)watches->source[i].trail.longest)
            longest = (cs_time)watches->source[i].trail.longest;
    return watches->model->start - (back < longest ? back : longest) * watches->sample;
}

void cs_watches_wire(struct cs_model *model)
{
    const struct cs_scenario *scenario = model->scenario;

    if (scenario->n_alerts == 0 && scenario->n_dashboards == 0)
        return;
    struct cs_watches *watches = model->watches = CS_NEW(struct cs_watches);

    watches->model = model;
    watches->sample = scenario->horizon.sample;
    watches->alert = CS_NEW_ARRAY(struct cs_alert_state, scenario->n_alerts + 1);
    watches->dashboard = CS_NEW_ARRAY(struct cs_dashboard_state, scenario->n_dashboards + 1);
    for (uint32_t i = 0; i < scenario->n_alerts; i++)
        wire_alert(watches, i);
    for (uint32_t i = 0; i < scenario->n_dashboards; i++)
        wire_dashboard(watches, i);
    for (uint32_t i = 0; i < watches->n_sources; i++)
        cs_trail_start(&watches->source[i].trail);
    watches->timer = cs_timer_new(&model->engine, CS_TREE_FAR, &cs_watch_actor, watches, 0);
    cs_timer_set(&model->engine, watches->timer, first_sample(watches), CS_CLASS_SAMPLE,
                 CS_WATCH_RESTART);
}

static void release_expr(struct cs_watch_expr *expr)
{
    free(expr->term);
    free(expr->value);
}

void cs_watches_release(struct cs_model *model)
{
    struct cs_watches *watches = model->watches;

    if (watches == NULL)
        return;
    for (uint32_t i = 0; i < model->scenario->n_alerts; i++)
        release_expr(&watches->alert[i].expr);
    for (uint32_t i = 0; i < model->scenario->n_dashboards; i++) {
        release_expr(&watches->dashboard[i].warning);
        release_expr(&watches->dashboard[i].critical);
    }
    for (uint32_t i = 0; i < watches->n_sources; i++) {
        cs_trail_release(&watches->source[i].trail);
        free(watches->source[i].of_function);
    }
    free(watches->source);
    free(watches->alert);
    free(watches->dashboard);
    free(watches);
}
