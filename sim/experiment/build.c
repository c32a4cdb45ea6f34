/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"

static const char *own(struct cs_result *result, const char *s)
{
    return s == NULL ? NULL : cs_arena_strdup(result->arena, s);
}

static unsigned copy_labels(struct cs_result *result, const struct cs_labels *labels,
                            struct cs_result_label *to)
{
    unsigned n = 0;

    for (; n < CS_MAX_LABELS && labels->label[n].key != NULL; n++)
        to[n] = (struct cs_result_label){own(result, labels->label[n].key),
                                         own(result, labels->label[n].value)};
    return n;
}

/* ---- metrics ---- */

static const char *unit_of(const struct cs_metric *metric, enum cs_stat stat)
{
    return stat == CS_STAT_RATIO || stat == CS_STAT_BUSY_HOUR_RATIO ? "1" : metric->unit;
}

/* A ratio is of a part to all. */
static bool is_share(const struct cs_metric *metric, enum cs_stat stat)
{
    return metric->kind == CS_METRIC_SHARE || stat == CS_STAT_RATIO ||
           stat == CS_STAT_BUSY_HOUR_RATIO;
}

struct cs_estimate cs_build_within(struct cs_estimate estimate, double most)
{
    estimate.lo = estimate.lo < 0.0 && estimate.mean >= 0.0 ? 0.0 : estimate.lo;
    estimate.hi = estimate.hi > most && estimate.mean <= most ? most : estimate.hi;
    return estimate;
}

static struct cs_estimate estimate(const struct cs_metric *metric, enum cs_stat stat,
                                   const struct cs_hist *pooled, const double *y, size_t n,
                                   double confidence)
{
    double quantile = cs_stat_quantile(stat);

    if (metric->kind != CS_METRIC_TIME || quantile == 0.0)
        return cs_build_within(cs_estimate_mean(y, n, confidence),
                               is_share(metric, stat) ? 1.0 : HUGE_VAL);
    return cs_build_within(
        cs_estimate_section(cs_hist_quantile(pooled, quantile) * 1e-9, y, n, confidence),
        HUGE_VAL);
}

void cs_build_metrics(struct cs_result *result, const struct cs_pooled *pooled,
                      const struct cs_summary *summary, size_t n)
{
    const struct cs_registry *registry = cs_model_registry(pooled->shape);
    double *y = CS_NEW_ARRAY(double, n + 1);
    size_t row = 0;

    result->n_metrics = pooled->n_rows;
    result->metric = CS_ARENA_ARRAY(result->arena, struct cs_result_metric, pooled->n_rows);
    for (size_t i = 0; i < pooled->n_metrics; i++) {
        const struct cs_metric *metric = cs_registry_metric(registry, i);
        struct cs_result_metric shape = {.name = own(result, metric->name)};

        shape.n_labels = copy_labels(result, &metric->labels, shape.label);
        for (int stat = 0; stat < CS_STATS; stat++) {
            if ((metric->stats & CS_STAT_BIT(stat)) == 0)
                continue;
            for (size_t r = 0; r < n; r++)
                y[r] = summary[r].row[row];
            shape.stat = cs_stat_name((enum cs_stat)stat);
            shape.unit = own(result, unit_of(metric, (enum cs_stat)stat));
            shape.value =
                estimate(metric, (enum cs_stat)stat, pooled->hist[i], y, n, result->confidence);
            result->metric[row++] = shape;
        }
    }
    free(y);
}

/* ---- series ---- */

static void fill_step(struct cs_result_series *series, size_t step, double *y, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += y[i];
    series->mean[step] = n > 0 ? sum / (double)n : __builtin_nan("");
    series->p5[step] = cs_sample_quantile(y, n, 0.05);
    series->p50[step] = cs_sample_quantile(y, n, 0.5);
    series->p95[step] = cs_sample_quantile(y, n, 0.95);
}

void cs_build_series(struct cs_result *result, const struct cs_pooled *pooled,
                     const struct cs_summary *summary, size_t n)
{
    const struct cs_registry *registry = cs_model_registry(pooled->shape);
    double *y = CS_NEW_ARRAY(double, n + 1);

    result->n_series = pooled->n_series;
    result->series = CS_ARENA_ARRAY(result->arena, struct cs_result_series, pooled->n_series);
    for (size_t i = 0; i < pooled->n_series; i++) {
        const struct cs_series *from = cs_registry_series(registry, i);
        struct cs_result_series *to = &result->series[i];

        to->name = own(result, from->name);
        to->n_labels = copy_labels(result, &from->labels, to->label);
        to->stat = own(result, from->stat);
        to->unit = own(result, from->unit);
        to->step_s = cs_time_s(cs_registry_step_length(registry));
        to->n = pooled->n_steps;
        to->mean = CS_ARENA_ARRAY(result->arena, double, to->n);
        to->p5 = CS_ARENA_ARRAY(result->arena, double, to->n);
        to->p50 = CS_ARENA_ARRAY(result->arena, double, to->n);
        to->p95 = CS_ARENA_ARRAY(result->arena, double, to->n);
        for (size_t step = 0; step < to->n; step++) {
            size_t seen = 0;

            for (size_t r = 0; r < n; r++) {
                float value = summary[r].series[i * pooled->n_steps + step];

                if (!isnan(value))
                    y[seen++] = (double)value;
            }
            fill_step(to, step, y, seen);
        }
    }
    free(y);
}

/* ---- checks ---- */

static void fold_check(struct cs_result *result, struct cs_result_check *check,
                       const struct cs_summary *summary, size_t n, size_t i)
{
    *check =
        (struct cs_result_check){.name = own(result, summary[0].check[i].name), .ok = true};
    for (size_t r = 0; r < n; r++) {
        const struct cs_model_check *one = &summary[r].check[i];

        if (one->ok)
            continue;
        check->ok = false;
        check->detail =
            cs_arena_printf(result->arena, "replication %zu: %s", r + 1, one->detail);
        return;
    }
    check->detail = n == 1 ? own(result, summary[0].check[i].detail)
                           : cs_arena_printf(result->arena,
                                             "in each of %zu replications; "
                                             "in the first: %s",
                                             n, summary[0].check[i].detail);
}

void cs_build_checks(struct cs_result *result, const struct cs_summary *summary, size_t n)
{
    size_t n_checks = n > 0 ? summary[0].n_checks : 0;

    result->check = CS_ARENA_ARRAY(result->arena, struct cs_result_check, n_checks + 1);
    for (size_t i = 0; i < n_checks; i++)
        fold_check(result, &result->check[i], summary, n, i);
    result->check[n_checks] = (struct cs_result_check){
        .name = "intervals",
        .ok = n >= 2,
        .detail = n >= 2
                      ? cs_arena_printf(result->arena, "from %zu independent replications", n)
                      : "one replication gives no interval",
    };
    result->n_checks = n_checks + 1;
}
