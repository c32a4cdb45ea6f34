/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "capsim/array.h"
#include "capsim/metric.h"

#include "registry.h"

enum { STEP_BITS = 7, STEP_TOP = 63 };

static struct cs_series *add(struct cs_registry *registry, struct cs_series series)
{
    CS_GROW(registry->series, registry->n_series + 1, registry->series_capacity);
    registry->series[registry->n_series] = series;
    return &registry->series[registry->n_series++];
}

struct cs_hist *cs_series_time(struct cs_registry *registry, const char *name,
                               struct cs_labels labels, const enum cs_stat *stats, size_t n)
{
    struct cs_hist *hist = CS_NEW(struct cs_hist);

    cs_hist_init(hist, STEP_BITS, STEP_TOP);
    CS_GROW(registry->step_hist, registry->n_step_hists + 1, registry->step_hist_capacity);
    registry->step_hist[registry->n_step_hists++] = hist;
    for (size_t i = 0; i < n; i++)
        add(registry, (struct cs_series){.name = name,
                                         .unit = "seconds",
                                         .stat = cs_stat_name(stats[i]),
                                         .labels = labels,
                                         .kind = CS_SERIES_QUANTILE,
                                         .quantile = cs_stat_quantile(stats[i]),
                                         .hist = hist});
    return hist;
}

void cs_series_ratio(struct cs_registry *registry, const char *name, struct cs_labels labels,
                     const uint64_t *count, const uint64_t *total)
{
    add(registry, (struct cs_series){.name = name,
                                     .unit = "1",
                                     .stat = "ratio",
                                     .labels = labels,
                                     .kind = CS_SERIES_RATIO,
                                     .count = count,
                                     .total = total});
}

void cs_series_rate(struct cs_registry *registry, const char *name, const char *unit,
                    struct cs_labels labels, const uint64_t *count)
{
    add(registry, (struct cs_series){.name = name,
                                     .unit = unit,
                                     .stat = "rate",
                                     .labels = labels,
                                     .kind = CS_SERIES_RATE,
                                     .count = count});
}

void cs_series_level(struct cs_registry *registry, const char *name, const char *unit,
                     struct cs_labels labels, struct cs_level *level)
{
    add(registry, (struct cs_series){.name = name,
                                     .unit = unit,
                                     .stat = "mean",
                                     .labels = labels,
                                     .kind = CS_SERIES_LEVEL,
                                     .part = level});
}

void cs_series_share(struct cs_registry *registry, const char *name, struct cs_labels labels,
                     struct cs_level *part, struct cs_level *whole)
{
    add(registry, (struct cs_series){.name = name,
                                     .unit = "1",
                                     .stat = "mean",
                                     .labels = labels,
                                     .kind = CS_SERIES_SHARE,
                                     .part = part,
                                     .whole = whole});
}

void cs_series_allocate(struct cs_registry *registry)
{
    for (size_t i = 0; i < registry->n_series; i++) {
        registry->series[i].value = CS_NEW_ARRAY(float, registry->n_steps);
        for (size_t k = 0; k < registry->n_steps; k++)
            registry->series[i].value[k] = NAN;
    }
}

void cs_series_release(struct cs_registry *registry)
{
    for (size_t i = 0; i < registry->n_series; i++)
        free(registry->series[i].value);
    for (size_t i = 0; i < registry->n_step_hists; i++) {
        cs_hist_release(registry->step_hist[i]);
        free(registry->step_hist[i]);
    }
    free(registry->step_hist);
    free(registry->series);
}

/* Where counters and integrals stand. */
static void read_sources(const struct cs_series *series, cs_time now, __int128 *part,
                         __int128 *whole)
{
    *part = *whole = 0;
    if (series->count != NULL)
        *part = *series->count;
    if (series->total != NULL)
        *whole = *series->total;
    if (series->part != NULL) {
        cs_level_flush(series->part, now);
        *part = series->part->area;
    }
    if (series->whole != NULL) {
        cs_level_flush(series->whole, now);
        *whole = series->whole->area;
    }
}

void cs_series_begin(struct cs_registry *registry, cs_time now)
{
    for (size_t i = 0; i < registry->n_series; i++) {
        struct cs_series *series = &registry->series[i];

        read_sources(series, now, &series->last_part, &series->last_whole);
    }
    for (size_t i = 0; i < registry->n_step_hists; i++)
        cs_hist_reset(registry->step_hist[i]);
    registry->step_start = now;
    registry->at_step = 0;
}

static double value_of(const struct cs_series *series, double part, double whole, double ns)
{
    switch (series->kind) {
    case CS_SERIES_QUANTILE:
        return cs_hist_quantile(series->hist, series->quantile) * 1e-9;
    case CS_SERIES_RATIO:
        return whole > 0.0 ? part / whole : __builtin_nan("");
    case CS_SERIES_RATE:
        return part / (ns * 1e-9);
    case CS_SERIES_LEVEL:
        return part / ns;
    case CS_SERIES_SHARE:
        return whole > 0.0 ? part / whole : 0.0;
    }
    return __builtin_nan("");
}

void cs_series_record(struct cs_registry *registry, cs_time now)
{
    double ns = (double)(now - registry->step_start);

    if (ns <= 0.0 || registry->at_step >= registry->n_steps)
        return;
    for (size_t i = 0; i < registry->n_series; i++) {
        struct cs_series *series = &registry->series[i];
        __int128 part, whole;

        read_sources(series, now, &part, &whole);
        series->value[registry->at_step] =
            (float)value_of(series, (double)(part - series->last_part),
                            (double)(whole - series->last_whole), ns);
        series->last_part = part;
        series->last_whole = whole;
    }
    for (size_t i = 0; i < registry->n_step_hists; i++)
        cs_hist_reset(registry->step_hist[i]);
    registry->step_start = now;
    registry->at_step++;
}

size_t cs_registry_n_series(const struct cs_registry *registry)
{
    return registry->n_series;
}

const struct cs_series *cs_registry_series(const struct cs_registry *registry, size_t i)
{
    return &registry->series[i];
}

size_t cs_registry_steps(const struct cs_registry *registry)
{
    return registry->n_steps;
}

cs_time cs_registry_step_length(const struct cs_registry *registry)
{
    return registry->step;
}
