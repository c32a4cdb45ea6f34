/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "capsim/array.h"

#include "explain.h"

void cs_pooled_init(struct cs_pooled *pooled, const struct cs_scenario *scenario)
{
    *pooled = (struct cs_pooled){.shape = cs_model_new(scenario, 0)};
    const struct cs_registry *registry = cs_model_registry(pooled->shape);

    pooled->n_metrics = cs_registry_metrics(registry);
    pooled->n_series = cs_registry_n_series(registry);
    pooled->n_steps = cs_registry_steps(registry);
    pooled->hist = CS_NEW_ARRAY(struct cs_hist *, pooled->n_metrics + 1);
    for (size_t i = 0; i < pooled->n_metrics; i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);

        pooled->n_rows += (size_t)__builtin_popcount(metric->stats);
        if (metric->kind != CS_METRIC_TIME)
            continue;
        pooled->hist[i] = CS_NEW(struct cs_hist);
        cs_hist_init(pooled->hist[i], metric->hist->bits, 63);
    }
    pooled->bin = CS_NEW_ARRAY(struct cs_breakdown_bin,
                               (size_t)scenario->n_functions * CS_BREAKDOWN_BINS);
    pthread_mutex_init(&pooled->lock, NULL);
}

void cs_pooled_release(struct cs_pooled *pooled)
{
    for (size_t i = 0; i < pooled->n_metrics; i++) {
        if (pooled->hist[i] == NULL)
            continue;
        cs_hist_release(pooled->hist[i]);
        free(pooled->hist[i]);
    }
    free(pooled->hist);
    free(pooled->bin);
    cs_model_free(pooled->shape);
    pthread_mutex_destroy(&pooled->lock);
}

static void take_rows(struct cs_summary *summary, const struct cs_pooled *pooled,
                      const struct cs_registry *registry)
{
    size_t row = 0;

    summary->row = CS_NEW_ARRAY(double, pooled->n_rows + 1);
    for (size_t i = 0; i < pooled->n_metrics; i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);

        for (int stat = 0; stat < CS_STATS; stat++)
            if ((metric->stats & CS_STAT_BIT(stat)) != 0)
                summary->row[row++] = cs_metric_value(registry, metric, (enum cs_stat)stat);
    }
}

static void take_series(struct cs_summary *summary, const struct cs_pooled *pooled,
                        const struct cs_registry *registry)
{
    summary->series = CS_NEW_ARRAY(float, pooled->n_series * pooled->n_steps + 1);
    for (size_t i = 0; i < pooled->n_series; i++)
        memcpy(summary->series + i * pooled->n_steps, cs_registry_series(registry, i)->value,
               pooled->n_steps * sizeof(float));
}

static void take_slos(struct cs_summary *summary, const struct cs_scenario *scenario,
                      const struct cs_model *model)
{
    summary->slo = CS_NEW_ARRAY(struct cs_summary_slo, scenario->n_slos + 1);
    for (uint32_t s = 0; s < scenario->n_slos; s++) {
        struct cs_slo_outcome outcome = cs_model_slo(model, s);
        size_t n = outcome.n_windows;
        struct cs_summary_slo *slo = &summary->slo[s];

        slo->n_windows = n;
        slo->value = CS_NEW_ARRAY(double, n + 1);
        slo->met = CS_NEW_ARRAY(bool, n + 1);
        slo->empty = CS_NEW_ARRAY(bool, n + 1);
        memcpy(slo->value, outcome.value, n * sizeof *slo->value);
        memcpy(slo->met, outcome.met, n * sizeof *slo->met);
        memcpy(slo->empty, outcome.empty, n * sizeof *slo->empty);
    }
}

static void take_checks(struct cs_summary *summary, const struct cs_model *model)
{
    const struct cs_model_check *check;

    summary->n_checks = cs_model_checks(model, &check);
    summary->check = CS_NEW_ARRAY(struct cs_model_check, summary->n_checks + 1);
    memcpy(summary->check, check, summary->n_checks * sizeof *check);
}

static void take_path(struct cs_summary *summary, const struct cs_model *model)
{
    struct cs_model_path path = cs_model_path(model);

    summary->path = CS_NEW_ARRAY(double, path.n + 1);
    memcpy(summary->path, path.mean, path.n * sizeof *summary->path);
    summary->n_path = path.n;
    summary->path_step = path.step;
    summary->correlation = cs_model_correlation(model);
}

void cs_summary_take(struct cs_summary *summary, struct cs_pooled *pooled,
                     const struct cs_scenario *scenario, const struct cs_model *model)
{
    const struct cs_registry *registry = cs_model_registry(model);

    take_rows(summary, pooled, registry);
    take_series(summary, pooled, registry);
    take_slos(summary, scenario, model);
    cs_summary_take_watches(summary, scenario, model);
    take_checks(summary, model);
    cs_stages_take(summary, scenario, model);
    take_path(summary, model);
    summary->requests = cs_model_requests(model);
    summary->events = cs_model_events(model);
    pthread_mutex_lock(&pooled->lock); /* integers: the order does not matter */
    for (size_t i = 0; i < pooled->n_metrics; i++)
        if (pooled->hist[i] != NULL)
            cs_hist_merge(pooled->hist[i], cs_registry_metric(registry, i)->hist);
    cs_stages_pool(pooled, scenario, model);
    pthread_mutex_unlock(&pooled->lock);
    summary->is_done = true;
}

void cs_summary_release(struct cs_summary *summary, size_t n_slos)
{
    for (size_t s = 0; summary->slo != NULL && s < n_slos; s++) {
        free(summary->slo[s].value);
        free(summary->slo[s].met);
        free(summary->slo[s].empty);
    }
    free(summary->slo);
    free(summary->alert);
    free(summary->health);
    free(summary->row);
    free(summary->series);
    free(summary->check);
    free(summary->stage);
    free(summary->path);
}
