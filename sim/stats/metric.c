/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capsim/metric.h"

#include <stdlib.h>

#include "capsim/array.h"

#include "registry.h"

enum { TIME_BITS = 7, TIME_TOP = 63 };

/* 0: not a quantile. */
static const struct {
    const char *name;
    double quantile;
} stats[CS_STATS] = {
    [CS_STAT_MEAN] = {"mean", 0.0},
    [CS_STAT_P50] = {"p50", 0.5},
    [CS_STAT_P90] = {"p90", 0.9},
    [CS_STAT_P95] = {"p95", 0.95},
    [CS_STAT_P99] = {"p99", 0.99},
    [CS_STAT_P999] = {"p999", 0.999},
    [CS_STAT_MAX] = {"max", 0.0},
    [CS_STAT_COUNT] = {"count", 0.0},
    [CS_STAT_RATIO] = {"ratio", 0.0},
    [CS_STAT_TIME_MEAN] = {"time_mean", 0.0},
    [CS_STAT_TIME_P95] = {"time_p95", 0.95},
    [CS_STAT_BUSY_HOUR] = {"busy_hour", 0.0},
    [CS_STAT_BUSY_HOUR_MEAN] = {"busy_hour_mean", 0.0},
    [CS_STAT_BUSY_HOUR_P95] = {"busy_hour_p95", 0.95},
    [CS_STAT_BUSY_HOUR_P99] = {"busy_hour_p99", 0.99},
    [CS_STAT_BUSY_HOUR_RATIO] = {"busy_hour_ratio", 0.0},
    [CS_STAT_TOTAL] = {"total", 0.0},
};

const char *cs_stat_name(enum cs_stat stat)
{
    return stats[stat].name;
}

double cs_stat_quantile(enum cs_stat stat)
{
    return stats[stat].quantile;
}

struct cs_registry *cs_registry_new(void)
{
    return CS_NEW(struct cs_registry);
}

void cs_registry_free(struct cs_registry *registry)
{
    for (size_t i = 0; i < registry->n_metrics; i++) {
        struct cs_metric *metric = &registry->metric[i];

        if (metric->is_alias)
            continue;
        if (metric->hist != NULL)
            cs_hist_release(metric->hist);
        if (metric->level != NULL)
            cs_level_release(metric->level);
        free(metric->hist);
        free(metric->level);
        free(metric->count);
        free(metric->figure);
        free(metric->term);
    }
    cs_series_release(registry);
    free(registry->metric);
    free(registry);
}

/* ---- registering ---- */

static struct cs_metric *add(struct cs_registry *registry, struct cs_metric metric)
{
    CS_GROW(registry->metric, registry->n_metrics + 1, registry->metric_capacity);
    registry->metric[registry->n_metrics] = metric;
    return &registry->metric[registry->n_metrics++];
}

struct cs_hist *cs_metric_time(struct cs_registry *registry, const char *name,
                               struct cs_labels labels, unsigned bits)
{
    struct cs_hist *hist = CS_NEW(struct cs_hist);

    cs_hist_init(hist, TIME_BITS, TIME_TOP);
    add(registry, (struct cs_metric){.name = name,
                                     .unit = "seconds",
                                     .labels = labels,
                                     .kind = CS_METRIC_TIME,
                                     .stats = bits,
                                     .hist = hist});
    return hist;
}

static uint64_t *add_count(struct cs_registry *registry, const char *name, const char *unit,
                           struct cs_labels labels, const uint64_t *total, unsigned bits)
{
    return add(registry, (struct cs_metric){.name = name,
                                            .unit = unit,
                                            .labels = labels,
                                            .kind = CS_METRIC_COUNT,
                                            .stats = bits,
                                            .count = CS_NEW(uint64_t),
                                            .total = total})
        ->count;
}

uint64_t *cs_metric_count(struct cs_registry *registry, const char *name, const char *unit,
                          struct cs_labels labels, const uint64_t *total)
{
    unsigned bits = CS_STAT_BIT(CS_STAT_COUNT);

    if (total != NULL)
        bits |= CS_STAT_BIT(CS_STAT_RATIO);
    return add_count(registry, name, unit, labels, total, bits);
}

uint64_t *cs_metric_hour_ratio(struct cs_registry *registry, const char *name, const char *unit,
                               struct cs_labels labels, const uint64_t *total)
{
    return add_count(registry, name, unit, labels, total, CS_STAT_BIT(CS_STAT_BUSY_HOUR_RATIO));
}

double *cs_metric_peak(struct cs_registry *registry, const char *name, const char *unit,
                       struct cs_labels labels)
{
    double *peak = cs_metric_figure(registry, name, unit, labels);

    registry->metric[registry->n_metrics - 1].stats = CS_STAT_BIT(CS_STAT_MAX);
    *peak = 0.0;
    return peak;
}

static struct cs_level *new_level(bool with_time)
{
    struct cs_level *level = CS_NEW(struct cs_level);

    cs_level_init(level, 0, with_time);
    return level;
}

struct cs_level *cs_metric_level(struct cs_registry *registry, const char *name,
                                 const char *unit, struct cs_labels labels, unsigned bits)
{
    return add(registry, (struct cs_metric){.name = name,
                                            .unit = unit,
                                            .labels = labels,
                                            .kind = CS_METRIC_LEVEL,
                                            .stats = bits,
                                            .level = new_level(true)})
        ->level;
}

struct cs_level *cs_metric_share(struct cs_registry *registry, const char *name,
                                 struct cs_labels labels, unsigned bits, struct cs_level *part,
                                 struct cs_level *whole)
{
    return add(registry, (struct cs_metric){.name = name,
                                            .unit = "1",
                                            .labels = labels,
                                            .kind = CS_METRIC_SHARE,
                                            .stats = bits,
                                            .level = new_level(true),
                                            .part = part,
                                            .whole = whole})
        ->level;
}

double *cs_metric_figure(struct cs_registry *registry, const char *name, const char *unit,
                         struct cs_labels labels)
{
    double *figure = add(registry, (struct cs_metric){.name = name,
                                                      .unit = unit,
                                                      .labels = labels,
                                                      .kind = CS_METRIC_FIGURE,
                                                      .stats = CS_STAT_BIT(CS_STAT_MEAN),
                                                      .figure = CS_NEW(double)})
                         ->figure;

    *figure = __builtin_nan("");
    return figure;
}

struct cs_level *cs_metric_integral(struct cs_registry *registry, const char *name,
                                    const char *unit, struct cs_labels labels, double scale,
                                    struct cs_level *of)
{
    return add(registry, (struct cs_metric){.name = name,
                                            .unit = unit,
                                            .labels = labels,
                                            .kind = CS_METRIC_INTEGRAL,
                                            .stats = CS_STAT_BIT(CS_STAT_TOTAL),
                                            .level = of != NULL ? of : new_level(false),
                                            .is_alias = of != NULL,
                                            .scale = scale})
        ->level;
}

void cs_metric_sum(struct cs_registry *registry, const char *name, const char *unit,
                   struct cs_labels labels, double constant, const struct cs_metric_term *term,
                   size_t n_terms)
{
    struct cs_metric_term *own = CS_NEW_ARRAY(struct cs_metric_term, n_terms + 1);

    for (size_t i = 0; i < n_terms; i++) {
        CS_ASSERT(term[i].row < registry->n_metrics);
        own[i] = term[i];
    }
    add(registry, (struct cs_metric){.name = name,
                                     .unit = unit,
                                     .labels = labels,
                                     .kind = CS_METRIC_SUM,
                                     .stats = CS_STAT_BIT(CS_STAT_TOTAL),
                                     .term = own,
                                     .n_terms = n_terms,
                                     .constant = constant});
}

void cs_metric_alias(struct cs_registry *registry, size_t row, const char *name,
                     struct cs_labels labels)
{
    struct cs_metric metric = registry->metric[row];

    metric.name = name;
    metric.labels = labels;
    metric.is_alias = true;
    add(registry, metric);
}

/* ---- windows ---- */

void cs_registry_window(struct cs_registry *registry, cs_time start, cs_time end, cs_time step,
                        cs_time hour_start, cs_time hour_end)
{
    CS_ASSERT(start <= hour_start && hour_start < hour_end && hour_end <= end && step > 0);
    registry->start = start;
    registry->end = end;
    registry->step = step;
    registry->hour_start = hour_start;
    registry->hour_end = hour_end;
    registry->n_steps = (size_t)((end - start + step - 1) / step);
}

static struct cs_metric_span take_span(struct cs_metric *metric, cs_time now)
{
    struct cs_metric_span span = {0};

    if (metric->level != NULL) {
        cs_level_flush(metric->level, now);
        span.level = metric->level->area;
    }
    if (metric->part != NULL) {
        cs_level_flush(metric->part, now);
        cs_level_flush(metric->whole, now);
        span.part = metric->part->area;
        span.whole = metric->whole->area;
    }
    return span;
}

void cs_registry_start(struct cs_registry *registry, cs_time now)
{
    for (size_t i = 0; i < registry->n_metrics; i++) {
        struct cs_metric *metric = &registry->metric[i];

        if (metric->level != NULL)
            cs_level_reset(metric->level, now);
        metric->window_start = take_span(metric, now);
    }
    cs_series_allocate(registry);
    cs_series_begin(registry, now);
}

void cs_registry_step(struct cs_registry *registry, cs_time now)
{
    cs_series_record(registry, now);
}

void cs_registry_hour(struct cs_registry *registry, cs_time now, bool is_start)
{
    for (size_t i = 0; i < registry->n_metrics; i++) {
        struct cs_metric *metric = &registry->metric[i];

        if (is_start)
            metric->hour_start = take_span(metric, now);
        else
            metric->hour_end = take_span(metric, now);
    }
}

/* What changes after the end is not of the window: keep the maximum and the
 * distribution over time as they are now.  A great level's quantile is known to
 * the width of a bin, its maximum exactly. */
void cs_registry_end(struct cs_registry *registry, cs_time now)
{
    for (size_t i = 0; i < registry->n_metrics; i++) {
        struct cs_metric *metric = &registry->metric[i];

        metric->window_end = take_span(metric, now);
        if (metric->level == NULL)
            continue;
        metric->max = metric->level->max;
        metric->time_p95 = cs_level_quantile(metric->level, cs_stat_quantile(CS_STAT_TIME_P95));
        if (metric->time_p95 > (double)metric->max)
            metric->time_p95 = (double)metric->max;
    }
    registry->end = now;
}

/* ---- reading ---- */

size_t cs_registry_metrics(const struct cs_registry *registry)
{
    return registry->n_metrics;
}

const struct cs_metric *cs_registry_metric(const struct cs_registry *registry, size_t i)
{
    return &registry->metric[i];
}

static double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : __builtin_nan("");
}

static double time_value(const struct cs_metric *metric, enum cs_stat stat)
{
    if (metric->hist->total == 0)
        return __builtin_nan("");
    if (stat == CS_STAT_MEAN || stat == CS_STAT_BUSY_HOUR_MEAN)
        return cs_hist_mean(metric->hist) * 1e-9;
    if (stat == CS_STAT_MAX)
        return (double)metric->hist->max * 1e-9;
    return cs_hist_quantile(metric->hist, cs_stat_quantile(stat)) * 1e-9;
}

static double mean_between(const struct cs_metric *metric, const struct cs_metric_span *from,
                           const struct cs_metric_span *to, cs_time length)
{
    if (metric->kind == CS_METRIC_SHARE) /* nothing there is nothing in use */
        return to->whole > from->whole
                   ? (double)(to->part - from->part) / (double)(to->whole - from->whole)
                   : 0.0;
    return ratio((double)(to->level - from->level), (double)length);
}

static double level_value(const struct cs_registry *registry, const struct cs_metric *metric,
                          enum cs_stat stat)
{
    double unit = metric->kind == CS_METRIC_SHARE ? 1e-4 : 1.0;

    if (stat == CS_STAT_TIME_MEAN)
        return mean_between(metric, &metric->window_start, &metric->window_end,
                            registry->end - registry->start);
    if (stat == CS_STAT_BUSY_HOUR)
        return mean_between(metric, &metric->hour_start, &metric->hour_end,
                            registry->hour_end - registry->hour_start);
    return unit * (stat == CS_STAT_MAX ? (double)metric->max : metric->time_p95);
}

static double sum_value(const struct cs_registry *registry, const struct cs_metric *metric)
{
    double sum = metric->constant;

    for (size_t i = 0; i < metric->n_terms; i++) {
        const struct cs_metric_term *term = &metric->term[i];

        sum +=
            term->factor * cs_metric_value(registry, &registry->metric[term->row], term->stat);
    }
    return sum;
}

double cs_metric_value(const struct cs_registry *registry, const struct cs_metric *metric,
                       enum cs_stat stat)
{
    switch (metric->kind) {
    case CS_METRIC_TIME:
        return time_value(metric, stat);
    case CS_METRIC_COUNT:
        return stat == CS_STAT_COUNT ? (double)*metric->count
                                     : ratio((double)*metric->count, (double)*metric->total);
    case CS_METRIC_LEVEL:
    case CS_METRIC_SHARE:
        return level_value(registry, metric, stat);
    case CS_METRIC_FIGURE:
        return *metric->figure;
    case CS_METRIC_INTEGRAL:
        return metric->scale * 1e-9 *
               (double)(metric->window_end.level - metric->window_start.level);
    case CS_METRIC_SUM:
        return sum_value(registry, metric);
    }
    return __builtin_nan("");
}
