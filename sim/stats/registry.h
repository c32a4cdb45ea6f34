/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAPSIM_STATS_REGISTRY_H
#define CAPSIM_STATS_REGISTRY_H

#include "capsim/metric.h"

struct cs_registry {
    struct cs_metric *metric;
    size_t n_metrics, metric_capacity;
    struct cs_series *series;
    size_t n_series, series_capacity;
    struct cs_hist **step_hist; /* emptied after each step */
    size_t n_step_hists, step_hist_capacity;
    cs_time start, end, step, hour_start, hour_end;
    cs_time step_start; /* of the step under way */
    size_t n_steps, at_step;
};

/* series.c: the window is known; a window opens; a step ends. */
void cs_series_allocate(struct cs_registry *registry);
void cs_series_begin(struct cs_registry *registry, cs_time now);
void cs_series_record(struct cs_registry *registry, cs_time now);
void cs_series_release(struct cs_registry *registry);

#endif
